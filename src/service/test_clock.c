/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c: which of two clocks is believed, and when neither is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "db/testing.h"
#include "service/clock.h"

static int64_t
shift_of(int64_t before_ms, int64_t after_ms, int64_t took_ms, int64_t database_ms)
{
	int64_t out_ms = -1;

	return bh_clock_shift_of(before_ms, after_ms, took_ms, database_ms, &out_ms) ? out_ms : -1;
}

static void
a_clock_that_is_near_stays(void **state)
{
	(void)state;
	assert_int_equal(shift_of(1000000, 1000010, 10, 1000005), 0);
	assert_int_equal(shift_of(1000000, 1000010, 10, 1001990), 0);
	assert_int_equal(shift_of(1000000, 1000010, 10, 998100), 0);
}

static void
one_that_is_off_is_put_right_either_way(void **state)
{
	(void)state;
	assert_int_equal(shift_of(1000000, 1000010, 10, 1120005), 120000);
	assert_int_equal(shift_of(1000000, 1000010, 10, 880005), -120000);
}

static void
an_answer_that_took_long_or_a_clock_that_was_set_meanwhile_tells_nothing(void **state)
{
	(void)state;
	assert_int_equal(shift_of(1000000, 1004000, 4000, 1120005), -1);
	assert_int_equal(shift_of(1000000, 1120010, 10, 1120005), -1);
	assert_int_equal(shift_of(1000000, 880010, 10, 880005), -1);
}

static void
the_databases_time_replaces_a_wrong_one_and_no_right_one(void **state)
{
	struct bh_db db = bh_test_db_as(&bh_test_group, "bulkhead_model", NULL);
	int64_t right_ms = bh_clock_machine_ms(), ahead_ms;

	(void)state;
	/* A shift that was right once: the machine's clock has been mended since. */
	bh_clock_shift_set(7200000);
	ahead_ms = bh_clock_wall_ms() - right_ms;
	assert_true(ahead_ms >= 7200000 && ahead_ms < 7800000);
	assert_int_equal(bh_clock_follow(&db), 0);
	ahead_ms = bh_clock_wall_ms() - right_ms;
	assert_true(ahead_ms >= 0 && ahead_ms < 600000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_is_near_stays),
		cmocka_unit_test(one_that_is_off_is_put_right_either_way),
		cmocka_unit_test(an_answer_that_took_long_or_a_clock_that_was_set_meanwhile_tells_nothing),
		cmocka_unit_test(the_databases_time_replaces_a_wrong_one_and_no_right_one),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
