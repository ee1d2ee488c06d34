/* SPDX-License-Identifier: Apache-2.0 */
/* turns.c: one list of all that are at work or wait; few enough that it may be walked. */
#include "picture/turns.h"

#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/processors.h"

enum { WAITING_OF_ONE = 32, TICK_MS = 100 };

void
bh_picture_turns_init(struct bh_picture_turns *turns, size_t most, size_t of_one)
{
	size_t processors = bh_processors();

	pthread_mutex_init(&turns->lock, NULL);
	turns->first = NULL;
	turns->end = &turns->first;
	turns->running = 0;
	turns->most = most > 0 ? most : processors > 2 ? processors : 2;
	turns->of_one = of_one > 0 ? of_one : (turns->most + 1) / 2;
	turns->waiting_of_one = WAITING_OF_ONE;
}

static size_t
count(const struct bh_picture_turns *turns, const struct bh_uuid *tenant, bool running)
{
	const struct bh_picture_turn *turn;
	size_t n = 0;

	for (turn = turns->first; turn != NULL; turn = turn->next)
		n += turn->running == running && bh_uuid_equal(&turn->tenant, tenant);
	return n;
}

/* NULL: none waits that may go on. */
static struct bh_picture_turn *
next_one(const struct bh_picture_turns *turns)
{
	struct bh_picture_turn *turn, *next = NULL;
	size_t fewest = turns->of_one;

	for (turn = turns->first; turn != NULL; turn = turn->next) {
		size_t running = turn->running ? fewest : count(turns, &turn->tenant, true);

		if (!turn->running && running < fewest) {
			fewest = running;
			next = turn;
		}
	}
	return next;
}

/* Under the lock: whoever may go on does. */
static void
go_on(struct bh_picture_turns *turns)
{
	struct bh_picture_turn *next;

	while (turns->running < turns->most && (next = next_one(turns)) != NULL) {
		next->running = true;
		turns->running++;
		pthread_cond_signal(&next->wake);
	}
}

static void
take_out(struct bh_picture_turns *turns, struct bh_picture_turn *turn)
{
	struct bh_picture_turn **at = &turns->first;

	while (*at != turn)
		at = &(*at)->next;
	*at = turn->next;
	if (turns->end == &turn->next)
		turns->end = at;
	pthread_cond_destroy(&turn->wake);
}

static int
busy(void)
{
	return bh_error(BH_E_BUSY,
		"Too many images of the tenant are being read or made. Try again when one has finished.");
}

/* Whoever left keeps nobody's place. */
static int
look(const struct bh_picture_wait *wait, int64_t until_ms)
{
	struct pollfd client = {wait->watch_fd > 0 ? wait->watch_fd : -1, POLLRDHUP, 0};

	if (wait->cancel != NULL && __atomic_load_n(wait->cancel, __ATOMIC_RELAXED))
		return BH_E_CANCELLED;
	if (poll(&client, 1, 0) > 0 && (client.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
		return BH_E_GONE;
	return bh_clock_steady_ms() < until_ms ? 0 : busy();
}

/* Under the lock, which the wait gives back. */
static int
wait_turn(struct bh_picture_turns *turns, struct bh_picture_turn *turn,
	const struct bh_picture_wait *wait)
{
	int64_t until_ms = bh_clock_steady_ms() + wait->most_ms;
	int rc = 0;

	while (!turn->running && (rc = look(wait, until_ms)) == 0) {
		int64_t tick_ms = bh_clock_steady_ms() + TICK_MS;

		(void)bh_clock_wait_until(&turn->wake, &turns->lock,
			tick_ms < until_ms ? tick_ms : until_ms);
	}
	return rc;
}

int
bh_picture_turns_enter(struct bh_picture_turns *turns, const struct bh_uuid *tenant,
	const struct bh_picture_wait *wait, struct bh_picture_turn *turn)
{
	int rc;

	pthread_mutex_lock(&turns->lock);
	if (count(turns, tenant, false) >= turns->waiting_of_one) {
		pthread_mutex_unlock(&turns->lock);
		return busy();
	}
	*turn = (struct bh_picture_turn){.tenant = *tenant};
	bh_clock_cond_init(&turn->wake);
	*turns->end = turn;
	turns->end = &turn->next;
	go_on(turns);
	rc = wait_turn(turns, turn, wait);
	if (rc < 0)
		take_out(turns, turn);
	pthread_mutex_unlock(&turns->lock);
	return rc;
}

void
bh_picture_turns_leave(struct bh_picture_turns *turns, struct bh_picture_turn *turn)
{
	pthread_mutex_lock(&turns->lock);
	take_out(turns, turn);
	turns->running--;
	go_on(turns);
	pthread_mutex_unlock(&turns->lock);
}
