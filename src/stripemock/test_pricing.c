/* SPDX-License-Identifier: Apache-2.0 */
/* test_pricing.c: periods, amounts, parts of periods, taxes: in whole numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "stripemock/calendar.h"
#include "stripemock/pricing.h"

#define JANUARY_31 1769817600 /* 2026-01-31 00:00 UTC */
#define FEBRUARY_28 (JANUARY_31 + 28LL * STRIPEMOCK_DAY_S)
#define MARCH_31 (JANUARY_31 + 59LL * STRIPEMOCK_DAY_S)

static struct bh_arena arena;

static int64_t
amount(const char *price, int64_t quantity)
{
	int64_t out = -1;

	assert_int_equal(stripemock_pricing_amount(stripemock_value_literal(&arena, price), quantity,
						 &out),
		0);
	return out;
}

static void
months_keep_the_day_of_their_anchor(void **state)
{
	(void)state;
	assert_int_equal(stripemock_calendar_next(JANUARY_31, "month", 1, JANUARY_31), FEBRUARY_28);
	assert_int_equal(stripemock_calendar_next(JANUARY_31, "month", 1, FEBRUARY_28), MARCH_31);
	assert_int_equal(stripemock_calendar_next(JANUARY_31, "month", 1, FEBRUARY_28 - 1),
		FEBRUARY_28);
	assert_int_equal(stripemock_calendar_next(JANUARY_31, "month", 2, JANUARY_31), MARCH_31);
}

static void
all_intervals_are_added(void **state)
{
	const int64_t leap = 1709164800; /* 2024-02-29 00:00 UTC */

	(void)state;
	assert_int_equal(stripemock_calendar_add(leap, "year", 1), leap + 365LL * STRIPEMOCK_DAY_S);
	assert_int_equal(stripemock_calendar_add(leap, "day", 3), leap + 3LL * STRIPEMOCK_DAY_S);
	assert_int_equal(stripemock_calendar_add(leap, "week", 2), leap + 14LL * STRIPEMOCK_DAY_S);
	assert_int_equal(stripemock_calendar_add(leap, "month", -1), leap - 31LL * STRIPEMOCK_DAY_S);
	assert_int_equal(stripemock_calendar_next(leap, "year", 4, leap),
		leap + (4 * 365LL + 1) * STRIPEMOCK_DAY_S);
}

static void
an_anchor_may_lie_ahead(void **state)
{
	static const char *const intervals[] = {"day", "week", "month", "year"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(intervals); i++) {
		for (int64_t back = 1; back < 4000; back += 97) {
			int64_t after = MARCH_31 - back * STRIPEMOCK_DAY_S;
			int64_t end = stripemock_calendar_next(MARCH_31, intervals[i], 1, after);

			assert_true(end > after);
			assert_true(
				end <= stripemock_calendar_add(after, intervals[i], 1) + 3 * STRIPEMOCK_DAY_S);
			assert_true(end <= MARCH_31);
		}
	}
}

static void
the_next_end_is_the_first_one(void **state)
{
	(void)state;
	for (int64_t days = 0; days < 3000; days += 13) {
		int64_t after = JANUARY_31 + days * STRIPEMOCK_DAY_S;
		int64_t end = stripemock_calendar_next(JANUARY_31, "month", 1, after);

		assert_true(end > after && end - after <= 31LL * STRIPEMOCK_DAY_S);
	}
}

static void
units_are_multiplied_first_and_rounded_once(void **state)
{
	(void)state;
	assert_int_equal(amount("{'unit_amount_decimal':'2000'}", 3), 6000);
	assert_int_equal(amount("{'unit_amount_decimal':'0.000015'}", 1000000), 15);
	assert_int_equal(amount("{'unit_amount_decimal':'0.5'}", 1), 1);
	assert_int_equal(amount("{'unit_amount_decimal':'0.49'}", 1), 0);
	assert_int_equal(amount("{'unit_amount_decimal':'0.5'}", 201), 101);
	assert_int_equal(amount("{'unit_amount_decimal':'10','transform_quantity':{'divide_by':1000,'"
							"round':'up'}}",
						 1001),
		20);
	assert_int_equal(amount("{'unit_amount_decimal':'10','transform_quantity':{'divide_by':1000,'"
							"round':"
							"'down'}}",
						 1999),
		10);
}

#define TIERS \
	"'_tiers':[{'up_to':10,'unit_amount_decimal':'100','flat_amount_decimal':'7'}," \
	"{'up_to':null,'unit_amount_decimal':'50','flat_amount_decimal':null}]"

static void
tiers_are_graduated_or_by_volume(void **state)
{
	(void)state;
	assert_int_equal(amount("{'tiers_mode':'graduated'," TIERS "}", 0), 7);
	assert_int_equal(amount("{'tiers_mode':'graduated'," TIERS "}", 10), 1007);
	assert_int_equal(amount("{'tiers_mode':'graduated'," TIERS "}", 12), 1107);
	assert_int_equal(amount("{'tiers_mode':'volume'," TIERS "}", 10), 1007);
	assert_int_equal(amount("{'tiers_mode':'volume'," TIERS "}", 12), 600);
}

static void
what_cannot_be_told_is_refused(void **state)
{
	const struct stripemock_value *price = stripemock_value_literal(&arena,
		"{'unit_amount_decimal':'999999999999'}");
	int64_t out = 5;

	(void)state;
	assert_int_equal(stripemock_pricing_amount(price, 1000000000000, &out), BH_E_RANGE);
	assert_int_equal(stripemock_pricing_amount(price, INT64_MAX, &out), BH_E_RANGE);
	assert_int_equal(out, 5);
}

static void
parts_of_a_period_add_up_to_it(void **state)
{
	const int64_t whole = 31LL * STRIPEMOCK_DAY_S;

	(void)state;
	assert_int_equal(stripemock_pricing_prorate(3100, STRIPEMOCK_DAY_S, whole), 100);
	assert_int_equal(stripemock_pricing_prorate(-2000, whole / 2, whole), -1000);
	assert_int_equal(stripemock_pricing_prorate(1, 1, 2), 1);
	assert_int_equal(stripemock_pricing_prorate(-1, 1, 2), -1);
	for (int64_t part = 1; part < whole; part += 99991) {
		int64_t sum = stripemock_pricing_prorate(1999, part, whole) +
			stripemock_pricing_prorate(1999, whole - part, whole);

		assert_true(sum >= 1999 && sum <= 2000);
	}
}

static void
taxes_are_added_or_contained(void **state)
{
	(void)state;
	assert_int_equal(stripemock_pricing_tax(1000, "8.25", false), 83);
	assert_int_equal(stripemock_pricing_tax(1190, "19", true), 190);
	assert_int_equal(stripemock_pricing_tax(-1000, "8.25", false), -83);
	assert_int_equal(stripemock_pricing_tax(1000, NULL, false), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(months_keep_the_day_of_their_anchor),
		cmocka_unit_test(all_intervals_are_added),
		cmocka_unit_test(an_anchor_may_lie_ahead),
		cmocka_unit_test(the_next_end_is_the_first_one),
		cmocka_unit_test(units_are_multiplied_first_and_rounded_once),
		cmocka_unit_test(tiers_are_graduated_or_by_volume),
		cmocka_unit_test(what_cannot_be_told_is_refused),
		cmocka_unit_test(parts_of_a_period_add_up_to_it),
		cmocka_unit_test(taxes_are_added_or_contained),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	bh_arena_close(&arena);
	return failed;
}
