/* SPDX-License-Identifier: Apache-2.0 */
/* store_price.h: the price book: versions of prices, only added to. */
#ifndef BH_BILLING_STORE_PRICE_H
#define BH_BILLING_STORE_PRICE_H

#include "base/macros.h"
#include "billing/price.h"
#include "db/db.h"

struct billing_price_row {
	struct bh_uuid tenant; /* owner of the item */
	int64_t version;
	int64_t effective_ms;
	const char *source;
	struct billing_price price;
};

/* Adds a version that is in force from then on. *out_version 0: the one in force then has the same prices.
 * BH_E_CONFLICT: somebody else adds one at this moment. Inside bh_tx_run. */
BH_MUST_CHECK int billing_store_price_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_price *price, int64_t effective_ms, const char *source,
	int64_t *out_version);

/* The versions in force at a time, behind the item `after` (NULL: from the first; `item` not NULL: only that), in
 * the order of items: the tenant's own, and the platform's where it has none. */
BH_MUST_CHECK int billing_store_price_list(struct bh_db *db, const struct bh_uuid *tenant,
	const char *item, const char *after, int64_t at_ms, int64_t limit,
	struct billing_price_row **out, size_t *out_count);

/* What whoever calls a model of `owner` (the tenant itself or the platform) pays at a time. BH_E_NOT_FOUND: the
 * item has no price. */
BH_MUST_CHECK int billing_store_price_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *owner, const char *item, int64_t at_ms, struct billing_price_row *out);

#endif
