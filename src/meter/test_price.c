/* SPDX-License-Identifier: Apache-2.0 */
/* test_price.c: money is exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/price.h"

static int64_t
cost(int64_t price_in, int64_t price_out, int64_t in, int64_t out)
{
	const int64_t prices[METER_LINES] = {[METER_INPUT] = price_in, [METER_OUTPUT] = price_out};
	const int64_t quantities[METER_LINES] = {[METER_INPUT] = in, [METER_OUTPUT] = out};

	return meter_cost(prices, quantities);
}

static void
a_fraction_of_a_nano_is_rounded_up_once(void **state)
{
	(void)state;
	assert_int_equal(cost(0, 0, 1000, 1000), 0);
	assert_int_equal(cost(1, 0, 1, 0), 1);
	assert_int_equal(cost(1, 1, 500000, 500000), 1);
	assert_int_equal(cost(1, 1, 500000, 500001), 2);
	/* 0.15 and 0.60 per million tokens */
	assert_int_equal(cost(150000000, 600000000, 1000, 2000), 1350000);
}

static void
an_absurd_price_stops_at_the_most_an_act_may_cost(void **state)
{
	(void)state;
	assert_int_equal(cost(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX), METER_COST_MOST);
	assert_int_equal(cost(INT64_MAX, INT64_MAX, -1, 0), 0);
}

static void
each_line_has_its_price(void **state)
{
	const int64_t prices[METER_LINES] = {1000000, 10000000, 100000000, 1000000000, 10000000000};
	const int64_t quantities[METER_LINES] = {1, 2, 3, 4, 5};

	(void)state;
	assert_int_equal(meter_cost(prices, quantities), 54321);
}

static void
a_batch_has_its_tier_and_else_the_nearest(void **state)
{
	const int64_t said[METER_TIERS][METER_LINES] = {
		{100, 10, -1, 400, -1},
		{200, -1, -1, 800, -1},
		{50, -1, -1, -1, -1},
		{-1, -1, -1, 300, -1},
	};
	const int64_t plain[METER_LINES] = {100, 10, 100, 400, 0};
	const int64_t lengthy[METER_LINES] = {200, 10, 200, 800, 0};
	const int64_t batch[METER_LINES] = {50, 10, 50, 400, 0};
	/* Its own output; of input the batch's comes before the long prompt's. */
	const int64_t both[METER_LINES] = {50, 10, 50, 300, 0};
	int64_t lines[METER_LINES];

	(void)state;
	meter_price_lines(said, 0, lines);
	assert_memory_equal(lines, plain, sizeof(lines));
	meter_price_lines(said, METER_TIER_LONG, lines);
	assert_memory_equal(lines, lengthy, sizeof(lines));
	meter_price_lines(said, METER_TIER_BATCH, lines);
	assert_memory_equal(lines, batch, sizeof(lines));
	meter_price_lines(said, METER_TIER_BATCH | METER_TIER_LONG, lines);
	assert_memory_equal(lines, both, sizeof(lines));
	assert_int_equal(meter_price_of(said, METER_TIER_BATCH, METER_UNITS), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fraction_of_a_nano_is_rounded_up_once),
		cmocka_unit_test(an_absurd_price_stops_at_the_most_an_act_may_cost),
		cmocka_unit_test(each_line_has_its_price),
		cmocka_unit_test(a_batch_has_its_tier_and_else_the_nearest),
	};

	return cmocka_run_group_tests_name("meter/price", tests, NULL, NULL);
}
