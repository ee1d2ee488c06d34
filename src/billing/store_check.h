/* SPDX-License-Identifier: Apache-2.0 */
/* store_check.h: sums made again: each function gives what differs, at most BILLING_CHECK_MOST rows. */
#ifndef BH_BILLING_STORE_CHECK_H
#define BH_BILLING_STORE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* Two sums that differ. */
struct billing_mismatch {
	const char *check;   /* "balance" */
	const char *subject; /* the account, day, invoice, credit, … */
	int64_t expected, found;
};

enum { BILLING_CHECK_MOST = 20 };

/* Lines of an entry add up to 0, and every entry has some. */
BH_MUST_CHECK int billing_store_check_entries(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* Kept balances are the sums of their lines. */
BH_MUST_CHECK int billing_store_check_balances(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* drawn and rounding are 0. */
BH_MUST_CHECK int billing_store_check_clearing(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* What was posted of each day is the day's usage. */
BH_MUST_CHECK int billing_store_check_posted(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* Events, as far as they are kept, add up to the days' usage: those of the last `days` days, 0: all. */
BH_MUST_CHECK int billing_store_check_events(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t days, struct billing_mismatch **out, size_t *out_n);
/* What owners spent on a day is the day's usage. */
BH_MUST_CHECK int billing_store_check_days(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* What owners spent in a day, month and altogether is the sum of their days. */
BH_MUST_CHECK int billing_store_check_owners(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* Credits and funds are the same, and what is not left of a fund was drawn. */
BH_MUST_CHECK int billing_store_check_credits(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* Accounts hold what credits, usage, invoices and payments say. */
BH_MUST_CHECK int billing_store_check_accounts(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* Invoices add up: lines, tax, total, what is due, payments, credit notes. */
BH_MUST_CHECK int billing_store_check_invoices(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);
/* Each has the entry that it should have. */
BH_MUST_CHECK int billing_store_check_invoice_entries(struct bh_db *db,
	const struct bh_uuid *tenant, struct billing_mismatch **out, size_t *out_n);
/* No number is missing or given twice. */
BH_MUST_CHECK int billing_store_check_numbers(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n);

#endif
