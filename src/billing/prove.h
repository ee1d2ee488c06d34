/* SPDX-License-Identifier: Apache-2.0 */
/* prove.h: a proof and its alarm: what does not add up is counted and logged. */
#ifndef BH_BILLING_PROVE_H
#define BH_BILLING_PROVE_H

#include "billing/billing.h"
#include "billing/check.h"

/* `event_days` as in billing_check. An error only where the proof could not be made. */
BH_MUST_CHECK int billing_prove(struct billing *billing, struct bh_db *db,
	const struct bh_uuid *tenant, int64_t event_days, struct billing_proof *out);

#endif
