/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c: adds intervals to moments, in UTC. */
#include "stripemock/calendar.h"

#include <string.h>
#include <time.h>

static int
days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month] + (month == 1 && leap);
}

static int64_t
add_months(int64_t moment, int64_t months)
{
	time_t seconds = (time_t)moment;
	struct tm tm;
	int64_t month;

	gmtime_r(&seconds, &tm);
	month = tm.tm_year * 12LL + tm.tm_mon + months;
	tm.tm_year = (int)(month / 12);
	tm.tm_mon = (int)(month % 12);
	if (tm.tm_mday > days_in(tm.tm_year + 1900, tm.tm_mon))
		tm.tm_mday = days_in(tm.tm_year + 1900, tm.tm_mon);
	return (int64_t)timegm(&tm);
}

int64_t
stripemock_calendar_add(int64_t moment, const char *interval, int64_t count)
{
	if (strcmp(interval, "day") == 0)
		return moment + count * STRIPEMOCK_DAY_S;
	if (strcmp(interval, "week") == 0)
		return moment + count * 7 * STRIPEMOCK_DAY_S;
	return add_months(moment, strcmp(interval, "year") == 0 ? count * 12 : count);
}

int64_t
stripemock_calendar_next(int64_t anchor, const char *interval, int64_t count, int64_t after)
{
	/* No interval is longer than this guess of its length, so the guess of how many there were is not too
	 * high by much, and then it is counted on. */
	int64_t longest = strcmp(interval, "day") == 0 ? 1
		: strcmp(interval, "week") == 0            ? 7
		: strcmp(interval, "month") == 0           ? 31
												   : 366;
	int64_t k = (after - anchor) / (longest * count * STRIPEMOCK_DAY_S);
	int64_t end;

	if (after < anchor)
		k = (after - anchor) / ((longest > 28 ? longest - 3 : longest) * count * STRIPEMOCK_DAY_S) -
			2;
	do
		end = stripemock_calendar_add(anchor, interval, ++k * count);
	while (end <= after);
	return end;
}
