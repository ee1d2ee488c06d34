/* SPDX-License-Identifier: Apache-2.0 */
/* turns.c: one list of all who run or wait; few enough that it may be walked. */
#include "rag/turns.h"

#include "base/clock.h"
#include "base/error.h"

void
rag_turns_init(struct rag_turns *turns, size_t of_one)
{
	pthread_mutex_init(&turns->lock, NULL);
	turns->first = NULL;
	turns->end = &turns->first;
	turns->of_one = of_one;
}

static size_t
running_of(const struct rag_turns *turns, const struct bh_uuid *tenant)
{
	const struct rag_turn *turn;
	size_t n = 0;

	for (turn = turns->first; turn != NULL; turn = turn->next)
		n += turn->running && bh_uuid_equal(&turn->tenant, tenant);
	return n;
}

static void
take_out(struct rag_turns *turns, struct rag_turn *turn)
{
	struct rag_turn **at = &turns->first;

	while (*at != turn)
		at = &(*at)->next;
	*at = turn->next;
	if (turns->end == &turn->next)
		turns->end = at;
	pthread_cond_destroy(&turn->wake);
}

int
rag_turns_enter(struct rag_turns *turns, const struct bh_uuid *tenant, int64_t wait_ms,
	struct rag_turn *turn)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	bool runs;

	*turn = (struct rag_turn){.tenant = *tenant};
	bh_clock_cond_init(&turn->wake);
	pthread_mutex_lock(&turns->lock);
	turn->running = running_of(turns, tenant) < turns->of_one;
	*turns->end = turn;
	turns->end = &turn->next;
	while (!turn->running && bh_clock_wait_until(&turn->wake, &turns->lock, until_ms))
		;
	runs = turn->running;
	if (!runs)
		take_out(turns, turn);
	pthread_mutex_unlock(&turns->lock);
	return runs ? 0
				: bh_error(BH_E_BUSY,
					  "Limit reached: %zu concurrent searches of the tenant. Try again when one "
					  "has finished.",
					  turns->of_one);
}

/* Hands the place to the one of the same tenant that has waited longest. */
void
rag_turns_leave(struct rag_turns *turns, struct rag_turn *turn)
{
	struct bh_uuid tenant = turn->tenant;
	struct rag_turn *next;

	pthread_mutex_lock(&turns->lock);
	take_out(turns, turn);
	for (next = turns->first; next != NULL; next = next->next) {
		if (next->running || !bh_uuid_equal(&next->tenant, &tenant))
			continue;
		next->running = true;
		pthread_cond_signal(&next->wake);
		break;
	}
	pthread_mutex_unlock(&turns->lock);
}
