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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fraction_of_a_nano_is_rounded_up_once),
		cmocka_unit_test(an_absurd_price_stops_at_the_most_an_act_may_cost),
		cmocka_unit_test(each_line_has_its_price),
	};

	return cmocka_run_group_tests_name("meter/price", tests, NULL, NULL);
}
