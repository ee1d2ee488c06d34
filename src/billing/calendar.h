/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.h: the ends of periods, and the parts of a price; all in UTC, all in integers. */
#ifndef BH_BILLING_CALENDAR_H
#define BH_BILLING_CALENDAR_H

#include <stdint.h>

/* `months` after a moment: the same day of the month, or its last day where it has fewer, at the same time of
 * the day. Always counted from the anchor, so that the 31st comes back after a short month. */
int64_t billing_calendar_add(int64_t anchor_ms, int64_t months);

/* What of a price for [from, until) falls on [a, b), by the second, in nano-units: the difference of what falls
 * on the time before each, both rounded down. So the parts of a time add up to the whole. */
int64_t billing_calendar_part(int64_t nanos, int64_t from_ms, int64_t until_ms, int64_t a_ms,
	int64_t b_ms);

#endif
