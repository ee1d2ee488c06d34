/* test_price.c: money is exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/meter.h"

static void
a_fraction_of_a_nano_is_rounded_up_once(void **state)
{
	(void)state;
	assert_int_equal(model_cost(0, 0, 1000, 1000), 0);
	assert_int_equal(model_cost(1, 0, 1, 0), 1);
	assert_int_equal(model_cost(1, 1, 500000, 500000), 1);
	assert_int_equal(model_cost(1, 1, 500000, 500001), 2);
	/* 0.15 and 0.60 per million tokens */
	assert_int_equal(model_cost(150000000, 600000000, 1000, 2000), 1350000);
}

static void
an_absurd_price_saturates_instead_of_wrapping(void **state)
{
	(void)state;
	assert_true(model_cost(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX) == INT64_MAX);
}

static void
a_month_begins_at_midnight_utc(void **state)
{
	char month[16];

	(void)state;
	model_month(1793491199999LL, month); /* 2026-10-31T23:59:59.999Z */
	assert_string_equal(month, "2026-10-01");
	model_month(1793491200000LL, month);
	assert_string_equal(month, "2026-11-01");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fraction_of_a_nano_is_rounded_up_once),
		cmocka_unit_test(a_month_begins_at_midnight_utc),
		cmocka_unit_test(an_absurd_price_saturates_instead_of_wrapping),
	};

	return cmocka_run_group_tests_name("model/price", tests, NULL, NULL);
}
