/* SPDX-License-Identifier: Apache-2.0 */
/* test_price.c: money is exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/price.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fraction_of_a_nano_is_rounded_up_once),
		cmocka_unit_test(an_absurd_price_saturates_instead_of_wrapping),
	};

	return cmocka_run_group_tests_name("model/price", tests, NULL, NULL);
}
