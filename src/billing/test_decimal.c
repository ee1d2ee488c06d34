/* SPDX-License-Identifier: Apache-2.0 */
/* test_decimal.c: what is read, to the last digit, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/decimal.h"

static const struct billing_decimal one = {1, 0};

static struct billing_decimal
read_as(const char *text)
{
	struct billing_decimal out = {0};

	assert_int_equal(billing_decimal_read(text, strlen(text), &out), 0);
	return out;
}

/* A price of one token as nano-units per million. */
static int64_t
per_token(const char *text, const char *rate, bool *out_rounded)
{
	int64_t out = -1;

	assert_int_equal(billing_decimal_scale(read_as(text), read_as(rate), 15, &out, out_rounded), 0);
	return out;
}

static void
numbers_are_read_to_the_last_digit(void **state)
{
	bool rounded;

	(void)state;
	assert_int_equal(per_token("1.5e-07", "1", &rounded), 150000000);
	assert_false(rounded);
	assert_int_equal(per_token("0.00000015", "1", &rounded), 150000000);
	assert_int_equal(per_token("6E-7", "1", &rounded), 600000000);
	assert_int_equal(per_token("2.5e-06", "1.0", &rounded), 2500000000);
	assert_int_equal(per_token("0.0", "1", &rounded), 0);
	assert_int_equal(per_token("0", "1", &rounded), 0);
	assert_int_equal(per_token("1e-15", "1", &rounded), 1);
	assert_false(rounded);
	assert_int_equal(per_token("100.0e-2", "1", &rounded), 1000000000000000);
}

static void
what_does_not_fit_is_rounded_once_and_told(void **state)
{
	bool rounded;

	(void)state;
	assert_int_equal(per_token("1.2500000000000001e-07", "1", &rounded), 125000000);
	assert_true(rounded);
	assert_int_equal(per_token("5e-16", "1", &rounded), 1);
	assert_true(rounded);
	assert_int_equal(per_token("4.9e-16", "1", &rounded), 0);
	assert_true(rounded);
	assert_int_equal(per_token("1e-400", "1", &rounded), 0);
	assert_true(rounded);
	assert_int_equal(per_token("1e-06", "0.9215", &rounded), 921500000);
	assert_false(rounded);
}

static void
no_number_is_refused(void **state)
{
	static const char *const bad[] = {"", "-1", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", "1 ",
		" 1", "NaN", "Infinity", "1,5", "1.5.1", "--1"};
	static const char *const huge[] = {"1e401", "12345678901234567890123", "1e99999999999999999999",
		"11111111111111111111111111111111111111111111111111111111111111111"};
	struct billing_decimal out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(billing_decimal_read(bad[i], strlen(bad[i]), &out), BH_E_INVALID);
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++)
		assert_int_equal(billing_decimal_read(huge[i], strlen(huge[i]), &out), BH_E_RANGE);
}

static void
amounts_end_at_a_milliard(void **state)
{
	bool rounded;
	int64_t out;

	(void)state;
	assert_int_equal(billing_decimal_scale(read_as("1e9"), one, 9, &out, &rounded), 0);
	assert_int_equal(out, BILLING_NANOS_MOST);
	assert_int_equal(billing_decimal_scale(read_as("1e10"), one, 9, &out, &rounded), BH_E_RANGE);
	assert_int_equal(billing_decimal_scale(read_as("1e400"), one, 15, &out, &rounded), BH_E_RANGE);
	assert_int_equal(billing_decimal_scale(read_as("999999999999999999"),
						 read_as("999999999999999999"), -18, &out, &rounded),
		0);
	assert_int_equal(out, 999999999999999998);
}

static void
rates_say_for_how_many(void **state)
{
	char text[64];
	int64_t out = 0;

	(void)state;
	assert_int_equal(billing_rate_read("0.60/million", &out), 0);
	assert_int_equal(out, 600000000);
	billing_rate_write(out, text);
	assert_string_equal(text, "0.6/million");
	assert_int_equal(billing_rate_read("1.25/thousand", &out), 0);
	assert_int_equal(out, 1250000000000);
	assert_int_equal(billing_rate_read("0.04", &out), 0);
	assert_int_equal(out, 40000000000000);
	assert_int_equal(billing_rate_read("0.04/unit", &out), 0);
	assert_int_equal(out, 40000000000000);
	assert_int_equal(billing_rate_read("0/million", &out), 0);
	assert_int_equal(out, 0);
}

static void
other_rates_are_refused(void **state)
{
	static const char *const bad[] = {"", "/million", "1e3", "1e3/million", "-1/million",
		"1/billion", "1/", "1 /million", "0.0000000001/million", "1,5/million", "abc",
		"1/million/million"};
	int64_t out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(billing_rate_read(bad[i], &out), BH_E_INVALID);
	assert_int_equal(billing_rate_read("1000001/million", &out), 0);
	assert_int_equal(billing_rate_read("10000000000/million", &out), BH_E_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_to_the_last_digit),
		cmocka_unit_test(what_does_not_fit_is_rounded_once_and_told),
		cmocka_unit_test(no_number_is_refused),
		cmocka_unit_test(amounts_end_at_a_milliard),
		cmocka_unit_test(rates_say_for_how_many),
		cmocka_unit_test(other_rates_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
