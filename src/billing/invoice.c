/* SPDX-License-Identifier: Apache-2.0 */
/* invoice.c: from draft to number, and what that moves in the ledger. */
#include "billing/invoice.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "billing/currency.h"
#include "billing/invoice_line.h"
#include "billing/ledger.h"
#include "billing/store_invoice.h"
#include "billing/stripe_collect.h"
#include "billing/store_ledger.h"
#include "json/fields.h"

int64_t
billing_invoice_left(const struct billing_invoice *invoice)
{
	int64_t left = invoice->due - invoice->paid - invoice->credited;

	return left > 0 ? left : 0;
}

int
billing_invoice_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const struct billing_invoice_line *lines, size_t n,
	bool *out_new)
{
	int rc = billing_store_invoice_add(tx, tenant, invoice, out_new);

	for (size_t i = 0; rc == 0 && *out_new && i < n; i++)
		rc = billing_store_line_add(tx, tenant, &invoice->id, &lines[i]);
	return rc;
}

/* ---- what it comes to ---- */

static const char *
party_json(struct bh_arena *arena, const struct billing_party *party)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_object(&write);
	bh_write_pair_text(&write, "name", party->name);
	bh_write_pair_text(&write, "address", party->address);
	bh_write_pair_text(&write, "country", party->country);
	bh_write_pair_text(&write, "vat_id", party->vat_id);
	bh_write_pair_text(&write, "email", party->email);
	bh_write_end(&write);
	return bh_arena_strdup(arena, bh_buf_string(&text));
}

/* Tax, total and what is due. */
static void
add_up(struct billing_invoice *invoice)
{
	int64_t wanted;

	invoice->tax_nanos = billing_tax_of(&invoice->tax, invoice->subtotal);
	invoice->total = invoice->subtotal + (invoice->tax.inclusive ? 0 : invoice->tax_nanos);
	wanted = billing_currency_round(invoice->currency, invoice->total + invoice->carried_in);
	invoice->due = wanted > 0 ? wanted : 0;
	invoice->carried_out = invoice->total + invoice->carried_in - invoice->due;
}

static int
set_parties(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_terms *terms,
	const char *today, struct billing_invoice *invoice)
{
	struct billing_party buyer;
	int rc = billing_store_profile_get(tx, tenant, &buyer);

	if (rc == 0 && (terms->seller.name[0] == '\0' || terms->seller.country[0] == '\0'))
		rc = bh_error(BH_E_STATE,
			"Invoices need a seller: set billing.seller_name and billing.seller_country.");
	if (rc == 0)
		rc = billing_tax_decide(&terms->tax, &terms->seller, &buyer, today, &invoice->tax);
	if (rc < 0)
		return rc;
	invoice->seller = party_json(tx->arena, &terms->seller);
	invoice->buyer = party_json(tx->arena, &buyer);
	return 0;
}

static int
lock_draft(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_invoice *out)
{
	int rc = billing_store_invoice_lock(tx, tenant, id, out);

	if (rc == 0 && strcmp(out->status, "draft") != 0)
		return bh_error(BH_E_STATE, "This invoice is %s.", out->status);
	return rc;
}

/* *out_asked: the end that the draft was given. Posts usage first: it takes the lock behind which all of this stands. */
static int
build(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct billing_terms *terms, struct billing_invoice *invoice, const char **out_asked,
	struct billing_line_sums *sums)
{
	struct billing_days days;
	int rc = billing_ledger_usage(tx, tenant, terms->currency);

	if (rc == 0)
		rc = lock_draft(tx, tenant, id, invoice);
	if (rc == 0)
		rc = billing_store_billed_days(tx, tenant, invoice->ends_on, &days);
	if (rc == 0)
		rc = set_parties(tx, tenant, terms, days.today, invoice);
	if (rc == 0)
		rc = billing_invoice_line_compute(tx, tenant, invoice, &days, sums);
	if (rc == 0)
		rc = billing_store_ledger_balance(tx, tenant, BILLING_CARRIED, &invoice->carried_in);
	if (rc < 0)
		return rc;
	*out_asked = invoice->ends_on;
	invoice->starts_on = invoice->bills_usage ? days.starts_on : NULL;
	invoice->ends_on = invoice->bills_usage ? days.ends_on : NULL;
	invoice->subtotal = sums->all;
	invoice->usage_nanos = sums->usage;
	add_up(invoice);
	return 0;
}

int
billing_invoice_build(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct billing_terms *terms)
{
	struct billing_invoice invoice = {0};
	struct billing_line_sums sums;
	const char *ends_on = NULL;
	int rc = build(tx, tenant, id, terms, &invoice, &ends_on, &sums);

	/* A draft keeps the end that it was given: without one, that is the day on which it is finalized. */
	invoice.ends_on = ends_on;
	return rc < 0 ? rc : billing_store_invoice_fill(tx, tenant, &invoice);
}

/* ---- the ledger ---- */

static int
post(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind, const char *memo,
	const struct billing_invoice *invoice, const int64_t nanos[BILLING_ACCOUNTS])
{
	char reference[BH_UUID_TEXT];
	struct billing_entry entry = {.kind = kind,
		.reference = reference,
		.memo = bh_arena_printf(tx->arena, "%s %s", memo,
			invoice->number != NULL ? invoice->number : ""),
		.currency = invoice->currency};

	bh_uuid_format(&invoice->id, reference);
	memcpy(entry.nanos, nanos, sizeof(entry.nanos));
	return billing_ledger_post(tx, tenant, &entry, NULL);
}

/* What finalizing moves. Tax that prices contain was taken for revenue, and is taken out of it here. */
static void
entry_of(const struct billing_invoice *invoice, const struct billing_line_sums *sums,
	int64_t nanos[BILLING_ACCOUNTS])
{
	nanos[BILLING_RECEIVABLE] = invoice->due;
	nanos[BILLING_UNBILLED] = -sums->usage;
	nanos[BILLING_DEFERRED] = -sums->ahead;
	nanos[BILLING_REVENUE] = (invoice->tax.inclusive ? invoice->tax_nanos : 0) - sums->else_nanos;
	nanos[BILLING_TAX_PAYABLE] = -invoice->tax_nanos;
	nanos[BILLING_CARRIED] = invoice->carried_out - invoice->carried_in;
}

/* "INV-1A2B3C4D": numbers differ between tenants, as they are one seller's. */
static const char *
series_prefix(struct bh_arena *arena, const char *prefix, const struct bh_uuid *tenant)
{
	const uint8_t *end = tenant->bytes + 12;

	return bh_arena_printf(arena, "%s-%02X%02X%02X%02X", prefix, end[0], end[1], end[2], end[3]);
}

/* A tenant that left a way to pay at Stripe is charged there. */
static int
collect(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_invoice *invoice)
{
	const struct stripe_due due = {.kind = "invoice",
		.id = invoice->id,
		.name = invoice->number,
		.nanos = invoice->due,
		.currency = invoice->currency};

	return stripe_collect_owe(tx, tenant, &due);
}

int
billing_invoice_finalize(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct billing_terms *terms)
{
	int64_t nanos[BILLING_ACCOUNTS] = {0};
	struct billing_invoice invoice;
	struct billing_line_sums sums;
	const char *asked;
	int rc = build(tx, tenant, id, terms, &invoice, &asked, &sums);

	if (rc == 0)
		rc = billing_store_invoice_fill(tx, tenant, &invoice);
	if (rc == 0)
		rc = billing_store_invoice_number(tx, tenant, &invoice,
			series_prefix(tx->arena, terms->prefix, tenant), invoice.due > 0 ? "open" : "paid",
			terms->payment_days);
	if (rc == 0)
		rc = billing_store_invoice_get(tx, tenant, id, &invoice);
	if (rc < 0)
		return rc;
	entry_of(&invoice, &sums, nanos);
	rc = post(tx, tenant, "invoice", "Invoice", &invoice, nanos);
	return rc < 0 || invoice.due <= 0 ? rc : collect(tx, tenant, &invoice);
}

/* ---- paying ---- */

/* The account on which what is left of it stands; -1: nothing can be paid in its state. */
static int
stands_on(const struct billing_invoice *invoice)
{
	if (strcmp(invoice->kind, "invoice") != 0)
		return -1;
	if (strcmp(invoice->status, "open") == 0)
		return BILLING_RECEIVABLE;
	return strcmp(invoice->status, "uncollectible") == 0 ? BILLING_BAD_DEBT : -1;
}

/* Its state and the ledger's, after a change of what is paid or credited. */
static int
settle(struct bh_db *tx, const struct bh_uuid *tenant, struct billing_invoice *invoice)
{
	if (stands_on(invoice) >= 0 && billing_invoice_left(invoice) == 0)
		invoice->status = "paid";
	return billing_store_invoice_settle(tx, tenant, invoice);
}

/* BH_E_NOT_FOUND: no payment has this reference. */
static int
repeated(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *reference, int64_t nanos)
{
	bool same = false;
	int rc = billing_store_payment_same(tx, tenant, id, reference, nanos, &same);

	if (rc == 0 && !same)
		return bh_error_param(BH_E_EXISTS, "reference",
			"A payment with this reference is of another invoice or amount.");
	return rc;
}

static int
take_payment(struct bh_db *tx, const struct bh_uuid *tenant, struct billing_invoice *invoice,
	const char *reference, int64_t nanos)
{
	struct billing_entry entry = {.kind = "payment",
		.reference = reference,
		.memo = bh_arena_printf(tx->arena, "Payment of %s", invoice->number),
		.currency = invoice->currency};
	bool is_new = false;
	int rc = billing_store_payment_add(tx, tenant, &invoice->id, reference, nanos, &is_new);

	/* Somebody noted the same at this moment. */
	if (rc == 0 && !is_new)
		return BH_E_DB_RETRY;
	entry.nanos[BILLING_CASH] = nanos;
	entry.nanos[stands_on(invoice)] = -nanos;
	if (rc == 0)
		rc = billing_ledger_post(tx, tenant, &entry, NULL);
	invoice->paid += nanos;
	if (rc == 0)
		rc = settle(tx, tenant, invoice);
	/* Paid in another way than by Stripe, which must not charge it as well. */
	if (rc == 0 && billing_invoice_left(invoice) == 0 && strncmp(reference, "in_", 3) != 0)
		rc = stripe_collect_end(tx, tenant, &invoice->id);
	return rc;
}

int
billing_invoice_pay(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *reference, int64_t nanos)
{
	struct billing_invoice invoice;
	int rc = billing_store_invoice_lock(tx, tenant, id, &invoice);

	if (rc < 0)
		return rc;
	rc = repeated(tx, tenant, id, reference, nanos);
	if (rc != BH_E_NOT_FOUND)
		return rc;
	if (stands_on(&invoice) < 0)
		return bh_error(BH_E_STATE, "This invoice is %s.", invoice.status);
	if (nanos == 0)
		nanos = billing_invoice_left(&invoice);
	if (nanos > billing_invoice_left(&invoice) ||
		nanos != billing_currency_round(invoice.currency, nanos)) {
		char left[48];

		billing_currency_print(invoice.currency, billing_invoice_left(&invoice), left);
		return bh_error_param(BH_E_INVALID, "amount",
			"'amount' must be in whole minor units of the currency and at most what is left, %s.",
			left);
	}
	return take_payment(tx, tenant, &invoice, reference, nanos);
}

int
billing_invoice_write_off(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	int64_t nanos[BILLING_ACCOUNTS] = {0};
	struct billing_invoice invoice;
	int rc = billing_store_invoice_lock(tx, tenant, id, &invoice);

	if (rc < 0)
		return rc;
	if (stands_on(&invoice) != BILLING_RECEIVABLE)
		return bh_error(BH_E_STATE, "This invoice is %s.", invoice.status);
	nanos[BILLING_BAD_DEBT] = billing_invoice_left(&invoice);
	nanos[BILLING_RECEIVABLE] = -nanos[BILLING_BAD_DEBT];
	invoice.status = "uncollectible";
	rc = post(tx, tenant, "write_off", "Given up:", &invoice, nanos);
	if (rc == 0)
		rc = billing_store_invoice_settle(tx, tenant, &invoice);
	return rc < 0 ? rc : stripe_collect_end(tx, tenant, id);
}

/* ---- taking back ---- */

/* Of a line charged in advance: what is revenue now. */
static int
post_earned(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency,
	const struct billing_ahead *ahead)
{
	const struct billing_posting posting = {.subject = ahead->subject,
		.number = ahead->number,
		.nanos = ahead->nanos};
	struct billing_entry entry = {.kind = "earned",
		.reference = bh_arena_printf(tx->arena, "%s#%lld", ahead->subject,
			(long long)ahead->number + 1),
		.memo = "Charged in advance",
		.currency = currency};
	int rc;

	entry.nanos[BILLING_DEFERRED] = ahead->nanos - ahead->posted;
	entry.nanos[BILLING_REVENUE] = -entry.nanos[BILLING_DEFERRED];
	rc = billing_ledger_post(tx, tenant, &entry, NULL);
	return rc < 0 ? rc : billing_store_posted_set(tx, tenant, "earned", &posting);
}

int
billing_invoice_earn(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency)
{
	struct billing_ahead *ahead = NULL;
	size_t n = 0;
	int rc = billing_store_ahead_over(tx, tenant, &ahead, &n);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = post_earned(tx, tenant, currency, &ahead[i]);
	return rc;
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
		(stands_on(&invoice) != BILLING_RECEIVABLE || invoice.paid > 0 || invoice.credited > 0))
		rc = bh_error(BH_E_STATE,
			"Only an open invoice of which nothing was paid or credited can be voided.");
	if (rc == 0)
		rc = billing_store_ahead_of(tx, tenant, id, &ahead, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = post_earned(tx, tenant, invoice.currency, &ahead[i]);
	if (rc == 0)
		rc = billing_store_line_sums(tx, tenant, id, &sums);
	if (rc < 0)
		return rc;
	entry_of(&invoice, &sums, nanos);
	for (int i = 0; i < BILLING_ACCOUNTS; i++)
		nanos[i] = -nanos[i];
	invoice.status = "void";
	rc = post(tx, tenant, "invoice_void", "Void:", &invoice, nanos);
	if (rc == 0)
		rc = billing_store_invoice_settle(tx, tenant, &invoice);
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

	note.tax_nanos = invoice->total > 0 ? billing_share(nanos, invoice->tax_nanos, invoice->total)
										: 0;
	note.subtotal = nanos - (invoice->tax.inclusive ? 0 : note.tax_nanos);
	return note;
}

static int
write_note(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_invoice *invoice,
	const struct billing_invoice *note, const char *prefix, bool *out_new)
{
	const struct billing_invoice_line line = {.kind = "credit_note",
		.description = bh_arena_printf(tx->arena, "Credit for invoice %s", invoice->number),
		.nanos = note->subtotal};
	int rc = billing_invoice_begin(tx, tenant, note, &line, 1, out_new);

	if (rc < 0 || !*out_new)
		return rc;
	rc = billing_store_invoice_fill(tx, tenant, note);
	return rc < 0 ? rc
				  : billing_store_invoice_number(tx, tenant, note,
						series_prefix(tx->arena, prefix, tenant), "paid", 0);
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

int
billing_invoice_credit(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *note_id, int64_t nanos, const char *reason,
	const struct billing_terms *terms)
{
	int64_t entry[BILLING_ACCOUNTS] = {0};
	struct billing_invoice invoice, note;
	int64_t left, open_part;
	bool is_new = false;
	int rc = billing_store_invoice_lock(tx, tenant, id, &invoice);

	if (rc < 0)
		return rc;
	if (nanos == 0)
		nanos = invoice.due - invoice.credited;
	rc = check_credit(&invoice, nanos);
	if (rc < 0)
		return rc;
	note = note_of(&invoice, note_id, nanos, reason);
	rc = write_note(tx, tenant, &invoice, &note, terms->note_prefix, &is_new);
	if (rc < 0 || !is_new)
		return rc;
	left = stands_on(&invoice) >= 0 ? billing_invoice_left(&invoice) : 0;
	open_part = nanos < left ? nanos : left;
	entry[BILLING_REVENUE] = nanos - note.tax_nanos;
	entry[BILLING_TAX_PAYABLE] = note.tax_nanos;
	entry[BILLING_REFUND] = open_part - nanos;
	if (open_part > 0)
		entry[stands_on(&invoice)] = -open_part;
	rc = post(tx, tenant, "credit_note", "Credit note for", &note, entry);
	invoice.credited += nanos;
	if (rc == 0)
		rc = settle(tx, tenant, &invoice);
	return rc == 0 && open_part > 0 && billing_invoice_left(&invoice) == 0
		? stripe_collect_end(tx, tenant, id)
		: rc;
}
