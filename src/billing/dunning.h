/* SPDX-License-Identifier: Apache-2.0 */
/* dunning.h: what follows when invoices stay unpaid: past_due, then suspended, and back when they are paid. */
#ifndef BH_BILLING_DUNNING_H
#define BH_BILLING_DUNNING_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* Brings the tenant's state up to its open invoices, and tells its subscription of a change. Called every
 * night and with each payment, in the caller's transaction. `suspend_days` count from the day of payment; 0:
 * nobody is suspended. *out_state (may be NULL): "active", "past_due", "suspended". */
BH_MUST_CHECK int billing_dunning_update(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t suspend_days, const char **out_state);

#endif
