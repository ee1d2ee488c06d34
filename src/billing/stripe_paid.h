/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_paid.h: what was collected at Stripe comes into our books. */
#ifndef BH_BILLING_STRIPE_PAID_H
#define BH_BILLING_STRIPE_PAID_H

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "json/json.h"

struct billing;

/* What an invoice at Stripe, as it stands now, means for ours. Runs again without effect. BH_E_INVALID for one in another
 * currency. */
BH_MUST_CHECK int stripe_paid(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_json *invoice, const struct billing *billing);

#endif
