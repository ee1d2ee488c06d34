/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.h: billing periods: days, weeks, months and years from an anchor, in UTC. */
#ifndef BH_STRIPEMOCK_CALENDAR_H
#define BH_STRIPEMOCK_CALENDAR_H

#include <stdint.h>

enum { STRIPEMOCK_DAY_S = 86400 };

/* `count` intervals ("day", "week", "month", "year") after a moment. A day that the month lacks is its last. */
int64_t stripemock_calendar_add(int64_t moment, const char *interval, int64_t count);

/* The first end of a period after `after`: periods of `count` intervals begin at the anchor, so that one of
 * January 31 ends on February 28 and the next on March 31. */
int64_t stripemock_calendar_next(int64_t anchor, const char *interval, int64_t count,
	int64_t after);

#endif
