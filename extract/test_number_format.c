/* SPDX-License-Identifier: Apache-2.0 */
/* test_number_format.c: numbers as a spreadsheet shows them. */
#include "number_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

static void
assert_shown(double value, const char *code, const char *shown)
{
	struct extract_buffer out = {0};

	extract_number_format(value, code, false, &out);
	assert_string_equal(extract_buffer_string(&out), shown);
	extract_buffer_close(&out);
}

static void
numbers_have_the_decimals_and_signs_of_their_format(void **state)
{
	(void)state;
	assert_shown(0.1 + 0.2, "General", "0.3");
	assert_shown(1234567, "General", "1234567");
	assert_shown(1234.5, "#,##0.00", "1,234.50");
	assert_shown(-1234.5, "#,##0.00_);[Red](#,##0.00)", "(1,234.50)");
	assert_shown(0, "0.0;-0.0;\"none\"", "none");
	assert_shown(0.256, "0.0%", "25.6%");
	assert_shown(1500000, "0.0,,\" m\"", "1.5 m");
	assert_shown(99, "[$\xe2\x82\xac-407] 0", "\xe2\x82\xac 99");
	assert_shown(12, "0\\ \"kg\"", "12 kg");
	assert_shown(12345, "0.00E+00", "1.23E+04");
	assert_shown(-0.001, "0", "0");
	assert_shown(3, "@", "3");
	assert_shown(1e16, "General", "10000000000000000");
}

static void
zeros_and_what_stands_between_digits_are_kept(void **state)
{
	(void)state;
	assert_shown(123, "00000", "00123");
	assert_shown(7.5, "000.00", "007.50");
	assert_shown(7, "0,000", "0,007");
	assert_shown(12345678, "000-00-0000", "012-34-5678");
	assert_shown(4712345678, "00 00 00 00 00", "47 12 34 56 78");
	assert_shown(12345678901, "\\+00\\ 000\\ 000", "+12345 678 901");
	assert_shown(5551234, "[<=9999999]###-####;(###) ###-####", "555-1234");
	assert_shown(3035551234, "[<=9999999]###-####;(###) ###-####", "(303) 555-1234");
	assert_shown(50, "[>100]\"big\";\"small\"", "small");
	assert_shown(-5, "[Red][<0]0;0", "-5");
	assert_shown(0.4, "#", "0");
	assert_shown(1234567.891, "#,##0.00", "1,234,567.89");
}

static void
dates_are_written_as_iso_8601_does(void **state)
{
	(void)state;
	assert_shown(45356, "m/d/yyyy", "2024-03-05");
	assert_shown(45356.604166666664, "dd.mm.yyyy hh:mm", "2024-03-05 14:30");
	assert_shown(45356, "mmm-yy", "2024-03");
	assert_shown(45356, "yyyy", "2024");
	assert_shown(0.5, "h:mm AM/PM", "12:00");
	assert_shown(1.25, "[h]:mm", "30:00");
	assert_shown(0.000693, "mm:ss", "01:00");
	assert_shown(1, "d/m/yyyy", "1900-01-01");
	assert_shown(61, "d/m/yyyy", "1900-03-01");
	assert_shown(-1, "d/m/yyyy", "-1");
}

static void
dates_may_count_from_1904(void **state)
{
	struct extract_buffer out = {0};

	(void)state;
	assert_int_equal(extract_number_format(0, "yyyy-mm-dd", true, &out), EXTRACT_SHEET_DATE);
	assert_string_equal(extract_buffer_string(&out), "1904-01-01");
	extract_buffer_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_the_decimals_and_signs_of_their_format),
		cmocka_unit_test(zeros_and_what_stands_between_digits_are_kept),
		cmocka_unit_test(dates_are_written_as_iso_8601_does),
		cmocka_unit_test(dates_may_count_from_1904),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
