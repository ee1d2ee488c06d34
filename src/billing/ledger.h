/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h: the ledger: double entry, nano-units, append-only.
 *
 * Debits are above 0, credits below. An entry's id is made from what it is about, so that posting it again
 * changes nothing. Everything here runs inside the caller's transaction. What stands on which account
 * is said in db/migrations/0130-ledger.sql. */
#ifndef BH_BILLING_LEDGER_H
#define BH_BILLING_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/account.h"
#include "db/db.h"

/* The id of an entry, and of whatever else is made once for such a reference (a UUID of version 8). */
struct bh_uuid billing_ledger_id(const char *kind, const char *reference);

/* Posts it; *out_new (may be NULL) tells whether it was not there yet. An entry of nothing but zeros is none.
 * BH_E_DB_DATA: the account has another currency, or the reference was posted with other amounts. */
BH_MUST_CHECK int billing_ledger_post(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_entry *entry, bool *out_new);

/* Posts what the meter's sums have become since the last time: days of usage, what credits were drawn, and
 * what they drew beyond the acts that they cover (a prepaid overrun that was repaid, a reservation that
 * expired). Takes the tenant's row of the meter first, so that what it reads stands until the commit. */
BH_MUST_CHECK int billing_ledger_usage(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *currency);

#endif
