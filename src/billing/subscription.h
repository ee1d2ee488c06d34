/* SPDX-License-Identifier: Apache-2.0 */
/* subscription.h: the life of a tenant's subscription: what moves it on, and what each step brings about.
 *
 * Every function runs inside bh_tx_run, takes the subscription's row first, brings it up to `now_ms` (periods
 * that ended in the meantime are closed one by one), and does all that follows from the step in the same
 * transaction: the lines and events of periods, rates, included quantities, the tenant's plan as tokens tell it,
 * and the jobs that go on from there.
 *
 * What an act leaves of a state; a dash is refused with BH_E_STATE. Of the states, "paused" and "suspended" are with
 * the period still open; "ended": it has ended, and none has begun. A canceled subscription answers like none, with
 * BH_E_NOT_FOUND; a second start is BH_E_EXISTS.
 *
 *                    trialing   active     past_due   paused     paused,    suspended  suspended,
 *                                                                ended                 ended
 *   change           trialing   active     past_due   -          -          -          -
 *   pause            paused     paused     paused     paused     paused     -          -
 *   resume           trialing   active     past_due   as it owes as it owes -          -
 *   cancel now       canceled   canceled   canceled   canceled   canceled   canceled   canceled
 *   cancel at end    trialing   active     past_due   paused     canceled   suspended  canceled
 *   period ends      active     active     past_due   ended      -          ended      -
 *   paid             trialing   active     active     paused     paused     active     active
 *   past due         past_due   past_due   past_due   paused     paused     past_due   past_due
 *   long past due    suspended  suspended  suspended  paused     paused     suspended  suspended
 *   the tenant's own:
 *   change           trialing   active     at the end -          -          -          -
 *   cancel           trialing   active     past_due   -          -          suspended  canceled
 *   resume           trialing   active     past_due   -          -          -          -
 *
 * A period that ends cancels where that was to come. A change and a cancellation that are to come take each other
 * back; a change now takes back a change only. test_states.c goes through all of it. */
#ifndef BH_BILLING_SUBSCRIPTION_H
#define BH_BILLING_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/plan.h"
#include "billing/store_subscription.h"
#include "db/db.h"

#define BILLING_JOB_ROLLOVER "rollover" /* its subject is the subscription */

/* Starts one, with the plan's trial unless the tenant had any before. BH_E_EXISTS if the tenant has one that is not canceled, BH_E_INVALID for a plan that is archived. */
BH_MUST_CHECK int billing_subscription_start(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan, bool with_trial, int64_t now_ms,
	struct billing_subscription *out);

/* Another plan, or another version: now, with the parts of both prices by the second, or from the next period
 * on. The plan that it has already takes back a change that was to come. Included quantities count by the second like
 * prices: there is what each plan includes for its part of the period, less what was drawn. A plan with another
 * interval or another way of billing ends the period and begins one, into which what was drawn too much is carried. BH_E_NOT_FOUND, BH_E_STATE while it is paused or suspended. */
BH_MUST_CHECK int billing_subscription_change(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_plan *plan, bool at_end, int64_t now_ms);

/* Pausing refuses the services at once; the period goes on to its end, and no other begins. Resuming begins one
 * where none is open; it also takes back a cancellation that was to come. */
BH_MUST_CHECK int billing_subscription_pause(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t now_ms);
BH_MUST_CHECK int billing_subscription_resume(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t now_ms);

/* At the period's end, or now: then what was used of a plan in arrears is charged, and what was paid before is
 * not given back. */
BH_MUST_CHECK int billing_subscription_cancel(struct bh_db *tx, const struct bh_uuid *tenant,
	bool at_end, int64_t now_ms);

/* Closes the periods of this subscription that have ended by then. *out_due_ms: when the current one ends; 0: none
 * is open. Nothing for one that is canceled. */
BH_MUST_CHECK int billing_subscription_roll(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *subscription, int64_t now_ms, int64_t *out_due_ms);

#endif
