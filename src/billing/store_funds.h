/* SPDX-License-Identifier: Apache-2.0 */
/* store_funds.h: what a tenant may still draw. */
#ifndef BH_BILLING_STORE_FUNDS_H
#define BH_BILLING_STORE_FUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"

/* Nano-units. */
struct billing_balance {
	bool prepaid;
	int64_t balance; /* what credits hold, less what is owed; may be below 0 */
	int64_t held;    /* what of the credits is set aside for acts in flight */
	int64_t owed;
};

BH_MUST_CHECK int billing_store_balance_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_balance *out);

#endif
