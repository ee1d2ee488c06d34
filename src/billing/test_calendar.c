/* SPDX-License-Identifier: Apache-2.0 */
/* test_calendar.c: periods end where people expect, and parts of a price add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "billing/calendar.h"

static int64_t
at(int year, int month, int day, int hour)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour};

	return (int64_t)timegm(&tm) * 1000;
}

static void
a_period_ends_on_the_day_it_began(void **state)
{
	(void)state;
	assert_int_equal(billing_calendar_add(at(2026, 1, 15, 13), 1), at(2026, 2, 15, 13));
	assert_int_equal(billing_calendar_add(at(2026, 12, 1, 0), 1), at(2027, 1, 1, 0));
	assert_int_equal(billing_calendar_add(at(2026, 11, 29, 23), 12), at(2027, 11, 29, 23));
	assert_int_equal(billing_calendar_add(at(2026, 3, 3, 1) + 123, 0), at(2026, 3, 3, 1) + 123);
}

static void
the_31st_comes_back_after_a_short_month(void **state)
{
	(void)state;
	assert_int_equal(billing_calendar_add(at(2026, 1, 31, 0), 1), at(2026, 2, 28, 0));
	assert_int_equal(billing_calendar_add(at(2026, 1, 31, 0), 2), at(2026, 3, 31, 0));
	assert_int_equal(billing_calendar_add(at(2026, 1, 31, 0), 3), at(2026, 4, 30, 0));
	assert_int_equal(billing_calendar_add(at(2027, 12, 31, 0), 2), at(2028, 2, 29, 0));
}

static void
a_leap_day_is_the_28th_in_other_years(void **state)
{
	(void)state;
	assert_int_equal(billing_calendar_add(at(2028, 2, 29, 5), 12), at(2029, 2, 28, 5));
	assert_int_equal(billing_calendar_add(at(2028, 2, 29, 5), 48), at(2032, 2, 29, 5));
	assert_int_equal(billing_calendar_add(at(2099, 2, 28, 5), 12), at(2100, 2, 28, 5));
	assert_int_equal(billing_calendar_add(at(2000, 2, 29, 5), 1200), at(2100, 2, 28, 5));
}

static void
every_day_of_a_century_agrees_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 36525; day++) {
		int64_t ms = day * 86400000;
		time_t when = (time_t)(day * 86400);
		struct tm tm;
		int64_t next = billing_calendar_add(ms, 1);

		gmtime_r(&when, &tm);
		tm.tm_mon++;
		tm.tm_mday = 1;
		/* The first of the next month, and as many days on as that has. */
		assert_true(next >= (int64_t)timegm(&tm) * 1000);
		tm.tm_mon++;
		assert_true(next < (int64_t)timegm(&tm) * 1000);
	}
}

static void
two_parts_add_up_to_the_whole(void **state)
{
	const int64_t from = at(2026, 2, 1, 0), until = at(2026, 3, 1, 0);
	const int64_t prices[] = {0, 1, 7, 49000000000, 999999999999999999, 1000000000000000000};

	(void)state;
	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		for (int64_t cut = from; cut <= until; cut += 7777777) {
			int64_t first = billing_calendar_part(prices[i], from, until, from, cut);
			int64_t second = billing_calendar_part(prices[i], from, until, cut, until);

			assert_true(first >= 0 && second >= 0);
			assert_int_equal(first + second, prices[i]);
		}
	}
}

static void
any_number_of_parts_adds_up_to_the_whole(void **state)
{
	const int64_t from = at(2026, 1, 31, 12), until = billing_calendar_add(from, 1);
	int64_t sum = 0, last = from;

	(void)state;
	srandom(1);
	while (last < until) {
		int64_t next = last + 1 + random() % 100000000;

		sum += billing_calendar_part(49000000001, from, until, last, next < until ? next : until);
		last = next;
	}
	assert_int_equal(sum, 49000000001);
}

static void
half_a_period_costs_half(void **state)
{
	const int64_t from = at(2026, 4, 1, 0), until = at(2026, 5, 1, 0);

	(void)state;
	assert_int_equal(billing_calendar_part(30, from, until, from, at(2026, 4, 16, 0)), 15);
	assert_int_equal(billing_calendar_part(30, from, until, at(2026, 4, 16, 0), until), 15);
	/* Rounded down, and what is lost so is in the other part. */
	assert_int_equal(billing_calendar_part(31, from, until, from, at(2026, 4, 16, 0)), 15);
	assert_int_equal(billing_calendar_part(31, from, until, at(2026, 4, 16, 0), until), 16);
	/* Beyond the period there is nothing. */
	assert_int_equal(billing_calendar_part(31, from, until, until, until + 86400000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_period_ends_on_the_day_it_began),
		cmocka_unit_test(the_31st_comes_back_after_a_short_month),
		cmocka_unit_test(a_leap_day_is_the_28th_in_other_years),
		cmocka_unit_test(every_day_of_a_century_agrees_with_the_c_library),
		cmocka_unit_test(two_parts_add_up_to_the_whole),
		cmocka_unit_test(any_number_of_parts_adds_up_to_the_whole),
		cmocka_unit_test(half_a_period_costs_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
