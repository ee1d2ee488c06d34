/* SPDX-License-Identifier: Apache-2.0 */
/* invoice.h: invoices and credit notes: draft → open → paid | void | uncollectible.
 *
 * A line's amount, the tax and the total are exact to the nano-unit; only what is due is in whole minor units.
 * What that leaves, less than a unit, or more where the total is below 0, stands on the account
 * `carried` and comes into the next invoice. Everything here runs inside the caller's transaction. */
#ifndef BH_BILLING_INVOICE_H
#define BH_BILLING_INVOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/store_invoice.h"
#include "billing/tax.h"
#include "db/db.h"

/* The job that finalizes the draft of a period; its subject is the invoice. */
#define BILLING_JOB_INVOICE "invoice"

/* What an installation says of all invoices. Borrowed. */
struct billing_terms {
	const char *currency;
	struct billing_party seller;
	const char *prefix, *note_prefix; /* of numbers */
	int64_t payment_days;
	struct billing_tax_book
		tax; /* read before the transaction: the platform's rows and the tenant's */
};

/* Begins one with lines of its own. One of this id that is there already is left as it is: *out_new. */
BH_MUST_CHECK int billing_invoice_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const struct billing_invoice_line *lines, size_t n,
	bool *out_new);

/* Fills in what a draft would come to now. BH_E_NOT_FOUND, BH_E_STATE. */
BH_MUST_CHECK int billing_invoice_build(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct billing_terms *terms);

/* The same, and gives it its number, its place in the ledger and its day of payment. */
BH_MUST_CHECK int billing_invoice_finalize(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct billing_terms *terms);

/* `nanos` 0: all that is left. The same reference again changes nothing. BH_E_STATE, BH_E_INVALID (more than is
 * left), BH_E_EXISTS (the reference paid another amount or invoice). */
BH_MUST_CHECK int billing_invoice_pay(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *reference, int64_t nanos);

/* An open one of which nothing was paid or credited: usage that it billed is unbilled again, and a draft has its
 * other lines. */
BH_MUST_CHECK int billing_invoice_void(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* Gives up what is left of it. */
BH_MUST_CHECK int billing_invoice_write_off(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* Takes back part of it, in whole minor units (0: all that is left to credit); what was paid already is to be
 * refunded. `note`: its id, chosen by the caller: the same again changes nothing. BH_E_STATE, BH_E_INVALID (more than
 * was not credited yet), BH_E_EXISTS (the id is of something else). */
BH_MUST_CHECK int billing_invoice_credit(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_uuid *note, int64_t nanos, const char *reason,
	const struct billing_terms *terms);

/* What is still to be paid of it. */
int64_t billing_invoice_left(const struct billing_invoice *invoice);

/* Moves what was charged in advance to revenue, when its time is over. */
BH_MUST_CHECK int billing_invoice_earn(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *currency);

#endif
