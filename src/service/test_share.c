/* SPDX-License-Identifier: Apache-2.0 */
/* test_share.c: no tenant takes more than its share, and whoever asks for little finds room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "service/share.h"

#define LONG_MS 60000

static const struct bh_uuid a = {{[15] = 1}}, b = {{[15] = 2}}, c = {{[0] = 9, [15] = 2}};

static int
setup(void **state)
{
	static struct bh_share share;

	bh_share_init(&share, "things", 800, 50, 10);
	*state = &share;
	return 0;
}

static int
teardown(void **state)
{
	struct bh_share *share = *state;

	assert_int_equal(bh_share_state(share).used, 0);
	bh_share_close(share);
	bh_share_close(share);
	return 0;
}

static void
a_tenant_is_refused_beyond_its_share_and_others_are_not(void **state)
{
	struct bh_share *share = *state;

	assert_int_equal(bh_share_take(share, &a, 300, 0), 0);
	assert_int_equal(bh_share_take(share, &a, 100, 0), 0);
	assert_int_equal(bh_share_take(share, &a, 1, 0), BH_E_BUSY);
	assert_int_equal(bh_share_take(share, &b, 200, 0), 0);
	assert_int_equal(bh_share_state(share).refused, 1);
	bh_share_give(share, &a, 400);
	bh_share_give(share, &b, 200);
}

static void
who_asks_for_little_finds_room_in_a_full_house(void **state)
{
	struct bh_share *share = *state;

	assert_int_equal(bh_share_take(share, &a, 400, 0), 0);
	assert_int_equal(bh_share_take(share, &b, 300, 0), 0);
	assert_int_equal(bh_share_take(share, &c, 11, 0), BH_E_UNAVAILABLE);
	assert_int_equal(bh_share_take(share, &b, 10, 0), BH_E_UNAVAILABLE);
	assert_int_equal(bh_share_take(share, &c, 10, 0), 0);
	bh_share_give(share, &a, 400);
	bh_share_give(share, &b, 300);
	bh_share_give(share, &c, 10);
}

static void
a_piece_above_the_share_goes_alone_and_one_above_all_never(void **state)
{
	struct bh_share *share = *state;

	assert_int_equal(bh_share_take(share, &a, 701, LONG_MS), BH_E_TOO_LARGE);
	assert_int_equal(bh_share_take(share, &a, 600, 0), 0);
	assert_int_equal(bh_share_take(share, &a, 1, 0), BH_E_BUSY);
	bh_share_give(share, &a, 600);
}

struct asker {
	struct bh_share *share;
	const struct bh_uuid *tenant;
	int64_t amount;
	pthread_t thread;
	int rc;
	int place; /* in the order in which they were served */
};

static int served; /* guarded by what the askers wait for: each takes all of it */

static void *
ask(void *arg)
{
	struct asker *asker = arg;

	asker->rc = bh_share_take(asker->share, asker->tenant, asker->amount, LONG_MS);
	asker->place = served++;
	bh_share_give(asker->share, asker->tenant, asker->amount);
	return NULL;
}

static void
wait_until_waiting(struct bh_share *share, uint64_t n)
{
	while (bh_share_state(share).waited < n)
		sched_yield();
}

/* a, a, a, b, c wait for all there is; the others do not stand behind all of a's. */
static void
who_waits_is_served_in_turns_by_tenant(void **state)
{
	struct asker askers[] = {{.tenant = &a}, {.tenant = &a}, {.tenant = &a}, {.tenant = &b},
		{.tenant = &c}};
	struct bh_share *share = *state;

	served = 0;
	assert_int_equal(bh_share_take(share, &a, 700, 0), 0);
	for (size_t i = 0; i < BH_COUNT(askers); i++) {
		askers[i].share = share;
		askers[i].amount = 700;
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
		wait_until_waiting(share, i + 1);
	}
	bh_share_give(share, &a, 700);
	for (size_t i = 0; i < BH_COUNT(askers); i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		assert_int_equal(askers[i].rc, 0);
	}
	assert_int_equal(askers[0].place, 0);
	assert_int_equal(askers[3].place, 1);
	assert_int_equal(askers[4].place, 2);
	assert_int_equal(askers[1].place, 3);
	assert_int_equal(askers[2].place, 4);
}

static void
who_waited_in_vain_leaves_the_queue_to_the_next(void **state)
{
	struct bh_share *share = *state;

	assert_int_equal(bh_share_take(share, &a, 390, 0), 0);
	assert_int_equal(bh_share_take(share, &a, 100, 1), BH_E_BUSY);
	assert_int_equal(bh_share_take(share, &b, 380, 1), BH_E_UNAVAILABLE);
	assert_int_equal(bh_share_take(share, &a, 10, 0), 0);
	assert_int_equal(bh_share_take(share, &b, 10, 0), 0);
	bh_share_give(share, &a, 400);
	bh_share_give(share, &b, 10);
}

#define THREADS 32
#define ROUNDS 400

static int64_t most_seen;

static void *
take_and_give(void *arg)
{
	struct asker *asker = arg;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t amount = (i * 37 + (int)asker->amount) % 300 + 1, used;

		asker->rc = bh_share_take(asker->share, asker->tenant, amount, LONG_MS);
		if (asker->rc < 0)
			return NULL;
		used = bh_share_state(asker->share).used;
		if (used > __atomic_load_n(&most_seen, __ATOMIC_RELAXED))
			__atomic_store_n(&most_seen, used, __ATOMIC_RELAXED);
		bh_share_give(asker->share, asker->tenant, amount);
	}
	return NULL;
}

static void
many_threads_never_hold_more_than_there_is_and_all_come_through(void **state)
{
	static const struct bh_uuid *const tenants[] = {&a, &b, &c};
	struct asker askers[THREADS];
	struct bh_share *share = *state;

	most_seen = 0;
	for (int i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){share, tenants[i % 3], i, 0, 0, 0};
		assert_int_equal(pthread_create(&askers[i].thread, NULL, take_and_give, &askers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		assert_int_equal(askers[i].rc, 0);
	}
	assert_true(most_seen <= 800);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_tenant_is_refused_beyond_its_share_and_others_are_not,
			setup, teardown),
		cmocka_unit_test_setup_teardown(who_asks_for_little_finds_room_in_a_full_house, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_piece_above_the_share_goes_alone_and_one_above_all_never,
			setup, teardown),
		cmocka_unit_test_setup_teardown(who_waits_is_served_in_turns_by_tenant, setup, teardown),
		cmocka_unit_test_setup_teardown(who_waited_in_vain_leaves_the_queue_to_the_next, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			many_threads_never_hold_more_than_there_is_and_all_come_through, setup, teardown),
	};

	return cmocka_run_group_tests_name("service/share", tests, NULL, NULL);
}
