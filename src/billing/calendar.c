/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c: days and months of the Gregorian calendar, by counting from 1 March of the year 0. */
#include "billing/calendar.h"

#define DAY_MS INT64_C(86400000)

struct date {
	int64_t year;
	int64_t month; /* from 1 */
	int64_t day;
};

/* Days since 1970-01-01. Years begin in March, so that a leap day is the last. */
static int64_t
days_of(struct date date)
{
	int64_t year = date.month <= 2 ? date.year - 1 : date.year;
	int64_t era = year / 400, in_era = year - era * 400;
	int64_t in_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static struct date
date_of(int64_t days)
{
	int64_t shifted = days + 719468, era = shifted / 146097, in_era = shifted - era * 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	return (struct date){
		.year = year + era * 400 + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = in_year - (153 * month + 2) / 5 + 1,
	};
}

static int64_t
days_in(int64_t year, int64_t month)
{
	struct date first = {year, month, 1}, next = {year, month + 1, 1};

	if (month == 12)
		next = (struct date){year + 1, 1, 1};
	return days_of(next) - days_of(first);
}

int64_t
billing_calendar_add(int64_t anchor_ms, int64_t months)
{
	int64_t days = anchor_ms / DAY_MS, rest = anchor_ms - days * DAY_MS, last;
	struct date date = date_of(days);
	int64_t month = date.month - 1 + months;

	date.year += month / 12;
	date.month = month % 12 + 1;
	last = days_in(date.year, date.month);
	if (date.day > last)
		date.day = last;
	return days_of(date) * DAY_MS + rest;
}

/* What falls on the time before a moment. */
static int64_t
before(int64_t nanos, int64_t from_s, int64_t until_s, int64_t at_s)
{
	if (at_s <= from_s)
		return 0;
	if (at_s >= until_s)
		return nanos;
	return (int64_t)((__int128)nanos * (at_s - from_s) / (until_s - from_s));
}

int64_t
billing_calendar_part(int64_t nanos, int64_t from_ms, int64_t until_ms, int64_t a_ms, int64_t b_ms)
{
	int64_t from_s = from_ms / 1000, until_s = until_ms / 1000;

	return before(nanos, from_s, until_s, b_ms / 1000) -
		before(nanos, from_s, until_s, a_ms / 1000);
}
