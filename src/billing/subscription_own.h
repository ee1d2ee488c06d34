/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_own.h: what a tenant may do with its subscription itself. A plan that is not public was agreed with the
 * operator, and so was a pause: neither is the tenant's to move. Like subscription.h, inside bh_tx_run. */
#ifndef BH_BILLING_SUBSCRIPTION_OWN_H
#define BH_BILLING_SUBSCRIPTION_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* Whether a page of Stripe may begin another plan for it. BH_E_STATE. */
BH_MUST_CHECK int billing_subscription_own_check(struct bh_db *db, const struct bh_uuid *tenant);

/* Another public plan, by its name, in its newest version, from the next period on; now only where that one costs more
 * for the same interval, in the same way, and nothing is past due: what one draws of another's quantities is paid for
 * then. The plan that it has takes back a change that was to come. BH_E_INVALID names "plan" or "when"; BH_E_NOT_FOUND;
 * BH_E_STATE. */
BH_MUST_CHECK int billing_subscription_own_change(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *plan, bool at_end, int64_t now_ms);

/* At the period's end: one that began anew at once would bring what it includes anew. One whose period is over, for
 * it was not paid, ends now. BH_E_NOT_FOUND, BH_E_STATE. */
BH_MUST_CHECK int billing_subscription_own_cancel(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t now_ms);

/* Takes back a cancellation that was to come. BH_E_NOT_FOUND, BH_E_STATE. */
BH_MUST_CHECK int billing_subscription_own_resume(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t now_ms);

#endif
