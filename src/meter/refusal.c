/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c: the sentences. */
#include "meter/refusal.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

int
meter_refusal_error(const struct meter_refusal *refusal)
{
	static const char *const owners[] = {"the tenant", "the team", "this user", "this API key"};
	static const char *const windows[] = {
		[METER_DAY] = "daily",
		[METER_MONTH] = "monthly",
		[METER_TOTAL] = "total",
	};
	static const char *const ends[] = {
		[METER_DAY] = "It is renewed at midnight (UTC).",
		[METER_MONTH] = "It is renewed on the first of the month (UTC).",
		[METER_TOTAL] = "It is not renewed; it must be raised.",
	};
	char amount[32];

	BH_ASSERT(refusal->span != METER_ADMITTED);
	bh_text_from_nanos(refusal->limit, amount);
	switch (refusal->span) {
	case METER_PRICE:
		return bh_error(BH_E_OVER_BUDGET,
			"The model has no price, which is required because %s has a budget.",
			owners[refusal->scope]);
	case METER_BALANCE:
		return bh_error(BH_E_OVER_BUDGET,
			"The prepaid balance of the tenant (%s) does not cover this request and the calls in "
			"flight. It has to be topped up.",
			amount);
	default:
		return bh_error(BH_E_OVER_BUDGET,
			"The %s budget of %s (%s) is exhausted or reserved by calls in flight. %s",
			windows[refusal->span], owners[refusal->scope], amount, ends[refusal->span]);
	}
}
