/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_undo.c: void invoices and credit notes: what was billed is taken back. */
#include <string.h>

#include "base/error.h"
#include "billing/currency.h"
#include "billing/invoice.h"
#include "billing/invoice_part.h"
#include "billing/ledger.h"
#include "billing/store_ledger.h"
#include "billing/stripe_collect.h"
#include "billing/stripe_refund.h"

/* What was not usage: that comes back by itself, for days are billed from the end of the last invoice that stands. */
static bool
is_own(const struct billing_invoice_line *line)
{
	return strcmp(line->kind, "base") == 0 || strcmp(line->kind, "proration") == 0 ||
		strcmp(line->kind, "manual") == 0;
}

/* A draft of the same lines and minimum, in the same act: nobody else would bill the price of a plan again. It waits
 * for whoever voided the invoice, who finalizes or removes it. */
static int
replace(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_invoice *invoice)
{
	struct billing_invoice draft = {.kind = "invoice",
		.of_invoice = invoice->id,
		.currency = invoice->currency,
		.ends_on = invoice->ends_on,
		.minimum = invoice->minimum,
		.bills_usage = invoice->bills_usage,
		.note = invoice->note};
	struct billing_invoice_line *lines = NULL;
	char of[BH_UUID_TEXT];
	size_t n = 0, own = 0;
	bool is_new = false;
	int rc = billing_store_line_list(tx, tenant, &invoice->id, &lines, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (is_own(&lines[i]))
			lines[own++] = lines[i];
	}
	if (rc < 0 || (own == 0 && invoice->minimum == 0))
		return rc;
	bh_uuid_format(&invoice->id, of);
	draft.id = billing_ledger_id("replacement", of);
	return billing_invoice_begin(tx, tenant, &draft, lines, own, &is_new);
}

int
billing_invoice_void(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	int64_t nanos[BILLING_ACCOUNTS] = {0};
	struct billing_ahead *ahead = NULL;
	struct billing_line_sums sums;
	struct billing_invoice invoice;
	size_t n = 0;
	int rc = billing_store_meter_lock(tx, tenant);

	if (rc == 0)
		rc = billing_store_invoice_lock(tx, tenant, id, &invoice);
	if (rc == 0 &&
		(billing_invoice_account(&invoice) != BILLING_RECEIVABLE || invoice.paid > 0 ||
			invoice.credited > 0))
		rc = bh_error(BH_E_STATE,
			"Only an open invoice of which nothing was paid or credited can be voided.");
	if (rc == 0)
		rc = billing_store_ahead_of(tx, tenant, id, &ahead, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = billing_invoice_earn_line(tx, tenant, invoice.currency, &ahead[i]);
	if (rc == 0)
		rc = billing_store_line_sums(tx, tenant, id, &sums);
	if (rc < 0)
		return rc;
	billing_invoice_entry(&invoice, &sums, nanos);
	for (int i = 0; i < BILLING_ACCOUNTS; i++)
		nanos[i] = -nanos[i];
	invoice.status = "void";
	rc = billing_invoice_post(tx, tenant, "invoice_void", "Void:", &invoice, nanos);
	if (rc == 0)
		rc = billing_store_invoice_settle(tx, tenant, &invoice);
	if (rc == 0)
		rc = replace(tx, tenant, &invoice);
	return rc < 0 ? rc : stripe_collect_end(tx, tenant, id);
}

/* A credit note as it is written: the tax in it is the invoice's share. */
static struct billing_invoice
note_of(const struct billing_invoice *invoice, const struct bh_uuid *id, int64_t nanos,
	const char *reason)
{
	struct billing_invoice note = {.id = *id,
		.kind = "credit_note",
		.of_invoice = invoice->id,
		.currency = invoice->currency,
		.tax = invoice->tax,
		.total = nanos,
		.due = nanos,
		.seller = invoice->seller,
		.buyer = invoice->buyer,
		.note = reason};

	/* By what is credited in all: the shares of several notes add up to that of one. */
	if (invoice->total > 0)
		note.tax_nanos = billing_share(invoice->credited + nanos, invoice->tax_nanos,
							 invoice->total) -
			billing_share(invoice->credited, invoice->tax_nanos, invoice->total);
	note.subtotal = nanos - (invoice->tax.inclusive ? 0 : note.tax_nanos);
	return note;
}

static int
write_note(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_invoice *invoice,
	const struct billing_invoice *note, const char *prefix)
{
	const struct billing_invoice_line line = {.kind = "credit_note",
		.description = bh_arena_printf(tx->arena, "Credit for invoice %s", invoice->number),
		.nanos = note->subtotal};
	const char *series = NULL;
	bool is_new = false;
	int rc = billing_invoice_begin(tx, tenant, note, &line, 1, &is_new);

	/* Somebody wrote the same at this moment, perhaps for another invoice. */
	if (rc == 0 && !is_new)
		return BH_E_DB_RETRY;
	if (rc == 0)
		rc = billing_store_invoice_fill(tx, tenant, note);
	if (rc == 0)
		rc = billing_invoice_series(tx, tenant, prefix, &series);
	return rc < 0 ? rc : billing_store_invoice_number(tx, tenant, note, series, "paid", 0);
}

static int
check_credit(const struct billing_invoice *invoice, int64_t nanos)
{
	int64_t most = invoice->due - invoice->credited;
	char left[48];

	if (strcmp(invoice->kind, "invoice") != 0 || invoice->number == NULL ||
		strcmp(invoice->status, "void") == 0)
		return bh_error(BH_E_STATE, "This invoice is %s.", invoice->status);
	if (nanos > 0 && nanos <= most && nanos == billing_currency_round(invoice->currency, nanos))
		return 0;
	billing_currency_print(invoice->currency, most, left);
	return bh_error_param(BH_E_INVALID, "amount",
		"'amount' must be in whole minor units of the currency and at most what was not credited "
		"yet, %s.",
		left);
}

/* BH_E_NOT_FOUND: there is no note of this id yet. */
static int
noted(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *note, int64_t nanos)
{
	bool same = false;
	int rc = billing_store_note_same(tx, tenant, id, note, nanos, &same);

	if (rc == 0 && !same)
		return bh_error_param(BH_E_EXISTS, "id",
			"What has this id is another document, or a credit note of another invoice or amount.");
	return rc;
}

/* What of it takes from what is open, and what has to be given back. */
static int
post_note(struct bh_db *tx, const struct bh_uuid *tenant, struct billing_invoice *invoice,
	const struct billing_invoice *note)
{
	int64_t entry[BILLING_ACCOUNTS] = {0};
	int account = billing_invoice_account(invoice);
	int64_t left = account >= 0 ? billing_invoice_left(invoice) : 0;
	int64_t open_part = note->total < left ? note->total : left;
	int rc;

	entry[BILLING_REVENUE] = note->total - note->tax_nanos;
	entry[BILLING_TAX_PAYABLE] = note->tax_nanos;
	entry[BILLING_REFUND] = open_part - note->total;
	if (open_part > 0)
		entry[account] = -open_part;
	rc = billing_invoice_post(tx, tenant, "credit_note", "Credit note for", note, entry);
	invoice->credited += note->total;
	if (rc == 0)
		rc = billing_invoice_settle(tx, tenant, invoice);
	if (rc == 0 && note->total > open_part)
		rc = stripe_refund_owe(tx, tenant, invoice, &note->id, note->total - open_part);
	return rc == 0 && open_part > 0 && billing_invoice_left(invoice) == 0
		? stripe_collect_end(tx, tenant, &invoice->id)
		: rc;
}

int
billing_invoice_credit(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *note_id, int64_t nanos, const char *reason,
	const struct billing_terms *terms)
{
	struct billing_invoice invoice, note;
	int rc = billing_store_invoice_lock(tx, tenant, id, &invoice);

	if (rc < 0)
		return rc;
	/* First: a full note leaves nothing that could be credited when it is asked for again. */
	rc = noted(tx, tenant, id, note_id, nanos);
	if (rc != BH_E_NOT_FOUND)
		return rc;
	if (nanos == 0)
		nanos = invoice.due - invoice.credited;
	rc = check_credit(&invoice, nanos);
	if (rc < 0)
		return rc;
	note = note_of(&invoice, note_id, nanos, reason);
	rc = write_note(tx, tenant, &invoice, &note, terms->note_prefix);
	return rc < 0 ? rc : post_note(tx, tenant, &invoice, &note);
}
