/* SPDX-License-Identifier: Apache-2.0 */
/* test_turns.c: pictures of one tenant wait for each other, and leave room for another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "picture/turns.h"

static const struct bh_uuid acme = {{1}}, other = {{2}};

struct reading {
	struct bh_picture_turns *turns;
	const struct bh_uuid *tenant;
	struct bh_picture_wait wait;
	struct bh_picture_turn turn;
	pthread_t thread;
	int rc;
};

static int
enter(struct bh_picture_turns *turns, const struct bh_uuid *tenant, int64_t most_ms,
	struct bh_picture_turn *turn)
{
	return bh_picture_turns_enter(turns, tenant, &(struct bh_picture_wait){.most_ms = most_ms},
		turn);
}

static void *
read_one(void *ctx)
{
	struct reading *reading = ctx;

	reading->rc = bh_picture_turns_enter(reading->turns, reading->tenant, &reading->wait,
		&reading->turn);
	return NULL;
}

static size_t
known(struct bh_picture_turns *turns)
{
	const struct bh_picture_turn *turn;
	size_t n = 0;

	pthread_mutex_lock(&turns->lock);
	for (turn = turns->first; turn != NULL; turn = turn->next)
		n++;
	pthread_mutex_unlock(&turns->lock);
	return n;
}

static void
begin_watching(struct bh_picture_turns *turns, const struct bh_uuid *tenant, int watch_fd,
	const bool *cancel, struct reading *reading)
{
	size_t before = known(turns);

	*reading = (struct reading){.turns = turns,
		.tenant = tenant,
		.wait = {60000, watch_fd, cancel},
		.rc = 1};
	assert_int_equal(pthread_create(&reading->thread, NULL, read_one, reading), 0);
	while (known(turns) == before)
		usleep(1000);
}

static void
begin(struct bh_picture_turns *turns, const struct bh_uuid *tenant, struct reading *reading)
{
	begin_watching(turns, tenant, -1, NULL, reading);
}

static void
end(struct reading *reading)
{
	pthread_join(reading->thread, NULL);
	assert_int_equal(reading->rc, 0);
}

static void
a_tenant_has_its_places_and_leaves_one(void **state)
{
	struct bh_picture_turns turns;
	struct bh_picture_turn first, second, third;

	(void)state;
	bh_picture_turns_init(&turns, 2, 1);
	assert_int_equal(enter(&turns, &acme, 0, &first), 0);
	assert_int_equal(enter(&turns, &acme, 0, &second), BH_E_BUSY);
	assert_int_equal(enter(&turns, &other, 0, &third), 0);
	bh_picture_turns_leave(&turns, &first);
	assert_int_equal(enter(&turns, &acme, 0, &second), 0);
	bh_picture_turns_leave(&turns, &second);
	bh_picture_turns_leave(&turns, &third);
	assert_null(turns.first);
	assert_int_equal(turns.running, 0);
}

static void
of_those_that_wait_the_tenant_with_fewest_comes_first(void **state)
{
	struct bh_picture_turns turns;
	struct bh_picture_turn first, second;
	struct reading again, strange;

	(void)state;
	bh_picture_turns_init(&turns, 2, 2);
	assert_int_equal(enter(&turns, &acme, 0, &first), 0);
	assert_int_equal(enter(&turns, &acme, 0, &second), 0);
	begin(&turns, &acme, &again);
	begin(&turns, &other, &strange);
	bh_picture_turns_leave(&turns, &first);
	end(&strange);
	pthread_mutex_lock(&turns.lock);
	assert_false(again.turn.running);
	pthread_mutex_unlock(&turns.lock);
	bh_picture_turns_leave(&turns, &second);
	end(&again);
	bh_picture_turns_leave(&turns, &again.turn);
	bh_picture_turns_leave(&turns, &strange.turn);
}

static void
a_tenant_cannot_fill_the_list(void **state)
{
	struct bh_picture_turns turns;
	struct bh_picture_turn first, late, strange;
	struct reading waiting;

	(void)state;
	bh_picture_turns_init(&turns, 1, 1);
	turns.waiting_of_one = 1;
	assert_int_equal(enter(&turns, &acme, 0, &first), 0);
	begin(&turns, &acme, &waiting);
	assert_int_equal(enter(&turns, &acme, 60000, &late), BH_E_BUSY);
	assert_int_equal(enter(&turns, &other, 0, &strange), BH_E_BUSY);
	assert_int_equal(known(&turns), 2);
	bh_picture_turns_leave(&turns, &first);
	end(&waiting);
	bh_picture_turns_leave(&turns, &waiting.turn);
}

static void
whoever_leaves_or_is_cancelled_waits_no_longer(void **state)
{
	struct bh_picture_turns turns;
	struct bh_picture_turn first;
	struct reading leaves, cancelled;
	bool cancel = false;
	int client[2];

	(void)state;
	bh_picture_turns_init(&turns, 1, 1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
	assert_int_equal(enter(&turns, &acme, 0, &first), 0);
	begin_watching(&turns, &acme, client[0], NULL, &leaves);
	begin_watching(&turns, &acme, -1, &cancel, &cancelled);
	close(client[1]);
	pthread_join(leaves.thread, NULL);
	assert_int_equal(leaves.rc, BH_E_GONE);
	assert_int_equal(known(&turns), 2);
	__atomic_store_n(&cancel, true, __ATOMIC_RELAXED);
	pthread_join(cancelled.thread, NULL);
	assert_int_equal(cancelled.rc, BH_E_CANCELLED);
	bh_picture_turns_leave(&turns, &first);
	assert_null(turns.first);
	close(client[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_has_its_places_and_leaves_one),
		cmocka_unit_test(of_those_that_wait_the_tenant_with_fewest_comes_first),
		cmocka_unit_test(a_tenant_cannot_fill_the_list),
		cmocka_unit_test(whoever_leaves_or_is_cancelled_waits_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
