/* SPDX-License-Identifier: Apache-2.0 */
/* test_ended.c: the order of the acts that wait for their event, and who is held meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/error.h"
#include "meter/ended.h"

enum { LONG_MS = 60000 };

struct fixture {
	struct meter_ended *ended;
	struct meter_slot slots[METER_SLOTS];
	struct bh_uuid busy, calm;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (fix == NULL || meter_ended_open(&fix->ended) < 0) {
		free(fix);
		return -1;
	}
	fix->busy = bh_uuid_new();
	fix->calm = bh_uuid_new();
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	meter_ended_close(fix->ended);
	free(fix);
	return 0;
}

/* Slots first .. first + count - 1 end, all of that tenant. */
static void
end(struct fixture *fix, const struct bh_uuid *tenant, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++) {
		fix->slots[i].tenant = *tenant;
		assert_int_equal(meter_ended_add(fix->ended, &fix->slots[i]),
			i == 0 || i + 1 == METER_ENDED_MOST);
		assert_int_equal(fix->slots[i].state, METER_SLOT_ENDED);
	}
}

static void
test_oldest_first(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *taken[8];

	end(fix, &fix->busy, 0, 10);
	assert_int_equal(meter_ended_take(fix->ended, taken, 8), 8);
	for (size_t i = 0; i < 8; i++)
		assert_ptr_equal(taken[i], &fix->slots[i]);
	/* Put back after a failure, they stand behind those that were there. */
	assert_false(meter_ended_add(fix->ended, taken[0]));
	assert_int_equal(meter_ended_take(fix->ended, taken, 8), 3);
	assert_ptr_equal(taken[0], &fix->slots[8]);
	assert_ptr_equal(taken[2], &fix->slots[0]);
	assert_int_equal(meter_ended_take(fix->ended, taken, 8), 0);
}

static void
test_every_slot_fits(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *taken[100];
	size_t all = 0;
	size_t count;

	end(fix, &fix->busy, 0, 100);
	assert_int_equal(meter_ended_take(fix->ended, taken, 100), 100);
	end(fix, &fix->busy, 0, METER_SLOTS);
	while ((count = meter_ended_take(fix->ended, taken, 100)) > 0) {
		for (size_t i = 0; i < count; i++)
			assert_ptr_equal(taken[i], &fix->slots[all + i]);
		all += count;
	}
	assert_int_equal(all, METER_SLOTS);
}

static void
test_only_the_busy_tenant_is_held(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *taken[1];

	end(fix, &fix->busy, 0, METER_ENDED_MOST - 1);
	assert_int_equal(meter_ended_wait(fix->ended, &fix->busy, LONG_MS), 0);
	end(fix, &fix->busy, METER_ENDED_MOST - 1, 1);
	assert_int_equal(meter_ended_wait(fix->ended, &fix->busy, 0), BH_E_UNAVAILABLE);
	assert_int_equal(meter_ended_wait(fix->ended, &fix->calm, 0), 0);
	assert_int_equal(meter_ended_take(fix->ended, taken, 1), 1);
	assert_int_equal(meter_ended_wait(fix->ended, &fix->busy, 0), 0);
}

static void
test_a_failing_writer_holds_nobody(void **state)
{
	struct fixture *fix = *state;

	end(fix, &fix->busy, 0, METER_ENDED_MOST);
	meter_ended_written(fix->ended, true);
	assert_int_equal(meter_ended_wait(fix->ended, &fix->busy, LONG_MS), BH_E_UNAVAILABLE);
	assert_int_equal(meter_ended_wait(fix->ended, &fix->calm, LONG_MS), 0);
}

static void *
wait_long(void *argument)
{
	struct fixture *fix = argument;

	return (void *)(intptr_t)meter_ended_wait(fix->ended, &fix->busy, LONG_MS);
}

static void
test_the_writer_lets_go(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *taken[16];
	pthread_t thread;
	void *rc;

	end(fix, &fix->busy, 0, METER_ENDED_MOST);
	assert_int_equal(pthread_create(&thread, NULL, wait_long, fix), 0);
	assert_int_equal(meter_ended_take(fix->ended, taken, 16), 16);
	meter_ended_written(fix->ended, false);
	assert_int_equal(pthread_join(thread, &rc), 0);
	assert_int_equal((intptr_t)rc, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_oldest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_slot_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_the_busy_tenant_is_held, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_failing_writer_holds_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_writer_lets_go, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
