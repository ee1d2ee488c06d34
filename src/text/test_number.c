/* SPDX-License-Identifier: Apache-2.0 */
/* test_number.c: where numbers end, and how they are spelled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "text/number.h"

/* The first number of a text in its one spelling; `closed` where it may be read without marks as well. */
static void
assert_number(const char *text, const char *expected, bool closed)
{
	struct bh_buf spelled = {0};
	uint32_t points[64];
	size_t n = strlen(text);

	assert_true(n < BH_COUNT(points));
	for (size_t i = 0; i < n; i++)
		points[i] = (unsigned char)text[i];
	assert_int_equal(bh_number_spell(points, 0, bh_number_end(points, n, 0), &spelled), closed);
	assert_string_equal(bh_buf_string(&spelled), expected);
	bh_buf_close(&spelled);
}

static void
thousands_are_closed_up_whatever_divides_them(void **state)
{
	(void)state;
	assert_number("1,250", "1250", false);
	assert_number("1,250,000", "1250000", false);
	assert_number("12.250.000", "12250000", false);
	assert_number("1'250'000", "1250000", false);
	assert_number("1250,000", "1250", false);
}

static void
a_decimal_comma_is_a_point(void **state)
{
	(void)state;
	assert_number("7,5", "7.5", false);
	assert_number("0,25 m", "0.25", false);
	assert_number("1.250,50", "1250.50", false);
	assert_number("1,250.50", "1250.50", false);
}

static void
a_point_before_three_digits_may_be_either(void **state)
{
	(void)state;
	assert_number("1.250", "1.250", true);
	assert_number("1250.125", "1250.125", false);
}

static void
versions_times_and_addresses_stay(void **state)
{
	(void)state;
	assert_number("2.3.1", "2.3.1", false);
	assert_number("2.13.1", "2.13.1", false);
	assert_number("192.168.1.20", "192.168.1.20", false);
	assert_number("8:30", "8:30", false);
	assert_number("8:30:", "8:30", false);
}

static void
a_list_is_several_numbers(void **state)
{
	(void)state;
	assert_number("1,2,3", "1", false);
	assert_number("2019,2020", "2019", false);
	assert_number("5'2", "5", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_are_closed_up_whatever_divides_them),
		cmocka_unit_test(a_decimal_comma_is_a_point),
		cmocka_unit_test(a_point_before_three_digits_may_be_either),
		cmocka_unit_test(versions_times_and_addresses_stay),
		cmocka_unit_test(a_list_is_several_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
