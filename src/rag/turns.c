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
}

static void
put_last(struct rag_turns *turns, struct rag_turn *turn)
{
	turn->next = NULL;
	*turns->end = turn;
	turns->end = &turn->next;
}

/* Of a tenant's waiting ones; NULL: none waits. */
static struct rag_turn *
next_of(const struct rag_turns *turns, const struct bh_uuid *tenant)
{
	struct rag_turn *turn, *next = NULL;

	for (turn = turns->first; turn != NULL; turn = turn->next)
		if (!turn->running && bh_uuid_equal(&turn->tenant, tenant) &&
			(next == NULL || turn->rank < next->rank))
			next = turn;
	return next;
}

/* Somebody goes before those who wait: in the end each comes first. */
static void
pass_over(struct rag_turns *turns, const struct bh_uuid *tenant)
{
	for (struct rag_turn *turn = turns->first; turn != NULL; turn = turn->next)
		if (!turn->running && bh_uuid_equal(&turn->tenant, tenant))
			turn->rank -= RAG_TURN_PASSED;
}

static void
run(struct rag_turns *turns, struct rag_turn *turn)
{
	turn->running = true;
	pthread_cond_signal(&turn->wake);
	pass_over(turns, &turn->tenant);
}

/* Under the lock. */
static int
wait(struct rag_turns *turns, struct rag_turn *turn, int64_t until_ms)
{
	while (!turn->running && bh_clock_wait_until(&turn->wake, &turns->lock, until_ms))
		;
	if (turn->running)
		return 0;
	take_out(turns, turn);
	pthread_cond_destroy(&turn->wake);
	return bh_error(BH_E_BUSY,
		"Limit reached: %zu concurrent searches of the tenant. Try again when one has finished.",
		turns->of_one);
}

int
rag_turns_enter_ranked(struct rag_turns *turns, const struct bh_uuid *tenant, int64_t rank,
	int64_t wait_ms, struct rag_turn *turn)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	int rc;

	*turn = (struct rag_turn){.tenant = *tenant, .rank = rank};
	bh_clock_cond_init(&turn->wake);
	pthread_mutex_lock(&turns->lock);
	turn->running = running_of(turns, tenant) < turns->of_one;
	put_last(turns, turn);
	rc = wait(turns, turn, until_ms);
	pthread_mutex_unlock(&turns->lock);
	return rc;
}

int
rag_turns_enter(struct rag_turns *turns, const struct bh_uuid *tenant, int64_t wait_ms,
	struct rag_turn *turn)
{
	return rag_turns_enter_ranked(turns, tenant, 0, wait_ms, turn);
}

int
rag_turns_pass(struct rag_turns *turns, int64_t rank, int64_t wait_ms, struct rag_turn *turn)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	struct rag_turn *next;
	int rc = 0;

	pthread_mutex_lock(&turns->lock);
	turn->rank = rank;
	next = next_of(turns, &turn->tenant);
	if (next == NULL || next->rank >= rank) {
		pass_over(turns, &turn->tenant);
	} else {
		run(turns, next);
		take_out(turns, turn);
		turn->running = false;
		put_last(turns, turn);
		rc = wait(turns, turn, until_ms);
	}
	pthread_mutex_unlock(&turns->lock);
	return rc;
}

/* Hands the place to the next one of the same tenant. */
void
rag_turns_leave(struct rag_turns *turns, struct rag_turn *turn)
{
	struct bh_uuid tenant = turn->tenant;
	struct rag_turn *next;

	pthread_mutex_lock(&turns->lock);
	take_out(turns, turn);
	pthread_cond_destroy(&turn->wake);
	next = next_of(turns, &tenant);
	if (next != NULL)
		run(turns, next);
	pthread_mutex_unlock(&turns->lock);
}
