/* SPDX-License-Identifier: Apache-2.0 */
/* store_dunning.h: invoices that are past due. */
#ifndef BH_BILLING_STORE_DUNNING_H
#define BH_BILLING_STORE_DUNNING_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct billing_dunning {
	int64_t past_due, long_due; /* invoices; the second for longer than is borne */
	const char *state;          /* as it was kept */
};

/* Notes on open invoices that their day has passed. */
BH_MUST_CHECK int billing_store_dunning_mark(struct bh_db *tx, const struct bh_uuid *tenant);
BH_MUST_CHECK int billing_store_dunning_read(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t suspend_days, struct billing_dunning *out);
BH_MUST_CHECK int billing_store_dunning_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *state);

#endif
