/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_period.h: opens and closes the periods of a subscription. */
#ifndef BH_BILLING_SUBSCRIPTION_PERIOD_H
#define BH_BILLING_SUBSCRIPTION_PERIOD_H

#include "base/macros.h"
#include "billing/plan.h"
#include "billing/store_subscription.h"

/* A subscription on its way, inside a transaction that holds its row. */
struct billing_moving {
	struct bh_db *tx;             /* borrowed */
	const struct bh_uuid *tenant; /* borrowed */
	int64_t now_ms;
	struct billing_subscription s;
	struct billing_plan plan; /* in force */
	bool carried;             /* the period that begins has what another one drew too much */
};

/* Whether the current period is the trial, which costs nothing. */
static inline bool
billing_moving_in_trial(const struct billing_moving *m)
{
	return m->s.spans < 0;
}

/* Begins a period of the current plan: what it includes and gives, the price if it is prepaid, the event. The
 * subscription's number, from, until are set; the first one has number 0. */
BH_MUST_CHECK int billing_period_open(struct billing_moving *m);

/* Ends the current period at a moment: what it costs in arrears, its included quantities, the event. */
BH_MUST_CHECK int billing_period_close(struct billing_moving *m, int64_t at_ms, bool last);

/* Ends the current period now, for another plan's to begin: what was paid for the rest is given back, and what was
 * drawn beyond the part that has passed is carried into the next one. */
BH_MUST_CHECK int billing_period_cut(struct billing_moving *m);

/* Writes the lines of a change of plan within the period, and swaps what is included. */
BH_MUST_CHECK int billing_period_swap(struct billing_moving *m, const struct billing_plan *next);

/* Gives back what was paid for the time from now on. */
BH_MUST_CHECK int billing_period_give_back(struct billing_moving *m);

#endif
