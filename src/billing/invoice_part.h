/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_part.h: what the files of invoices share, inside the caller's transaction. */
#ifndef BH_BILLING_INVOICE_PART_H
#define BH_BILLING_INVOICE_PART_H

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/account.h"
#include "billing/store_invoice.h"
#include "db/db.h"

/* Posts what an invoice moves; kind and its id make the entry. */
BH_MUST_CHECK int billing_invoice_post(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *kind, const char *memo, const struct billing_invoice *invoice,
	const int64_t nanos[BILLING_ACCOUNTS]);

/* What finalizing it moves. */
void billing_invoice_entry(const struct billing_invoice *invoice,
	const struct billing_line_sums *sums, int64_t nanos[BILLING_ACCOUNTS]);

/* What its number, or a credit note's, begins with. */
BH_MUST_CHECK int billing_invoice_series(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *prefix, const char **out);

/* The account on which what is left of it stands; -1: nothing can be paid in its state. */
int billing_invoice_account(const struct billing_invoice *invoice);

/* Writes its state after a change of what is paid or credited. */
BH_MUST_CHECK int billing_invoice_settle(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_invoice *invoice);

/* Of a line charged in advance: what is revenue now. */
BH_MUST_CHECK int billing_invoice_earn_line(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *currency, const struct billing_ahead *ahead);

#endif
