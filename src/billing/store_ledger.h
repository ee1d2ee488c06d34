/* SPDX-License-Identifier: Apache-2.0 */
/* store_ledger.h: entries, balances, and what of the meter's sums was posted. */
#ifndef BH_BILLING_STORE_LEDGER_H
#define BH_BILLING_STORE_LEDGER_H

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/account.h"
#include "db/db.h"

/* A sum of the meter beside what the ledger has of it. */
struct billing_posting {
	const char *subject;
	int64_t number; /* postings so far */
	int64_t nanos, covered;
	int64_t posted_nanos, posted_covered;
};

struct billing_ledger_balance {
	const char *account;
	int64_t nanos;
	const char *currency;
};

BH_MUST_CHECK int billing_store_ledger_post(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct billing_entry *entry, bool *out_new);

/* All that the tenant has; in the order of the accounts' names. */
BH_MUST_CHECK int billing_store_ledger_balances(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_ledger_balance **out, size_t *out_n);
/* 0 for an account without a line. */
BH_MUST_CHECK int billing_store_ledger_balance(struct bh_db *db, const struct bh_uuid *tenant,
	enum billing_account account, int64_t *out);

/* Holds the tenant's row of the meter to the end of the transaction. */
BH_MUST_CHECK int billing_store_meter_lock(struct bh_db *tx, const struct bh_uuid *tenant);

/* Days whose usage is another than what was posted. Looks as far back as a late settlement may reach. */
BH_MUST_CHECK int billing_store_days_changed(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_posting **out, size_t *out_n);
/* Credits of which another amount is drawn than was posted. */
BH_MUST_CHECK int billing_store_grants_drawn(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_posting **out, size_t *out_n);
/* What credits drew and no day shows as covered. */
BH_MUST_CHECK int billing_store_drawn_read(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_posting *out);

/* Notes that the posting was made: the next one has the next number. */
BH_MUST_CHECK int billing_store_posted_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *kind, const struct billing_posting *posting);
BH_MUST_CHECK int billing_store_grant_drawn(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *grant, int64_t drawn);

#endif
