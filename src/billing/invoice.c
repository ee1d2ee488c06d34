/* SPDX-License-Identifier: Apache-2.0 */
/* invoice.c: from draft to number, and what that moves in the ledger. */
#include "billing/invoice.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "billing/currency.h"
#include "billing/invoice_line.h"
#include "billing/invoice_part.h"
#include "billing/ledger.h"
#include "billing/store_invoice.h"
#include "billing/store_ledger.h"
#include "billing/stripe_collect.h"
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
	char confirmed[BH_TIME_TEXT];

	bh_write_object(&write);
	bh_write_pair_text(&write, "name", party->name);
	bh_write_pair_text(&write, "address", party->address);
	bh_write_pair_text(&write, "country", party->country);
	bh_write_pair_text(&write, "vat_id", party->vat_id);
	bh_write_pair_text(&write, "email", party->email);
	/* What reverse charge rests on, as it was then. */
	if (party->vat_confirmed_ms != 0) {
		bh_clock_format(party->vat_confirmed_ms, confirmed);
		bh_write_pair_text(&write, "vat_confirmed_at", confirmed);
		bh_write_pair_text(&write, "vat_confirmed_by", party->vat_confirmed_by);
	}
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

int
billing_invoice_post(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind,
	const char *memo, const struct billing_invoice *invoice, const int64_t nanos[BILLING_ACCOUNTS])
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

/* Tax that prices contain was taken for revenue, and is taken out of it here. */
void
billing_invoice_entry(const struct billing_invoice *invoice, const struct billing_line_sums *sums,
	int64_t nanos[BILLING_ACCOUNTS])
{
	nanos[BILLING_RECEIVABLE] = invoice->due;
	nanos[BILLING_UNBILLED] = -sums->usage;
	nanos[BILLING_DEFERRED] = -sums->ahead;
	nanos[BILLING_REVENUE] = (invoice->tax.inclusive ? invoice->tax_nanos : 0) - sums->else_nanos;
	nanos[BILLING_TAX_PAYABLE] = -invoice->tax_nanos;
	nanos[BILLING_CARRIED] = invoice->carried_out - invoice->carried_in;
}

/* "INV-1A2B3C4D": the end of the tenant's id. Two tenants whose ends are the same get longer ones, by the order in
 * which they came. */
int
billing_invoice_series(struct bh_db *tx, const struct bh_uuid *tenant, const char *prefix,
	const char **out)
{
	enum { SHORT = 8, STEP = 4 };
	/* The same transaction, in the context in which all tenants' parts stand. */
	struct bh_db platform = *tx;
	const char *part = NULL;
	char hex[BH_UUID_TEXT];
	int rc;

	platform.payer = *bh_db_payer(tx);
	platform.context = bh_platform_tenant;
	bh_text_hex(tenant->bytes, sizeof(tenant->bytes), hex);
	for (char *c = hex; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	rc = billing_store_prefix_find(&platform, &bh_platform_tenant, tenant, &part);
	for (size_t len = SHORT; rc == 0 && part == NULL && len <= strlen(hex); len += STEP) {
		rc = billing_store_prefix_take(&platform, &bh_platform_tenant, tenant,
			hex + strlen(hex) - len);
		if (rc == 0)
			rc = billing_store_prefix_find(&platform, &bh_platform_tenant, tenant, &part);
	}
	if (rc < 0)
		return rc;
	BH_ASSERT(part != NULL);
	*out = bh_arena_printf(tx->arena, "%s-%s", prefix, part);
	return 0;
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
	const char *asked, *prefix = NULL;
	int rc = build(tx, tenant, id, terms, &invoice, &asked, &sums);

	if (rc == 0)
		rc = billing_store_invoice_fill(tx, tenant, &invoice);
	if (rc == 0)
		rc = billing_invoice_series(tx, tenant, terms->prefix, &prefix);
	if (rc == 0)
		rc = billing_store_invoice_number(tx, tenant, &invoice, prefix,
			invoice.due > 0 ? "open" : "paid", terms->payment_days);
	if (rc == 0)
		rc = billing_store_invoice_get(tx, tenant, id, &invoice);
	if (rc < 0)
		return rc;
	billing_invoice_entry(&invoice, &sums, nanos);
	rc = billing_invoice_post(tx, tenant, "invoice", "Invoice", &invoice, nanos);
	return rc < 0 || invoice.due <= 0 ? rc : collect(tx, tenant, &invoice);
}

/* ---- paying ---- */

int
billing_invoice_account(const struct billing_invoice *invoice)
{
	if (strcmp(invoice->kind, "invoice") != 0)
		return -1;
	if (strcmp(invoice->status, "open") == 0)
		return BILLING_RECEIVABLE;
	return strcmp(invoice->status, "uncollectible") == 0 ? BILLING_BAD_DEBT : -1;
}

int
billing_invoice_settle(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_invoice *invoice)
{
	if (billing_invoice_account(invoice) >= 0 && billing_invoice_left(invoice) == 0)
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
	entry.nanos[billing_invoice_account(invoice)] = -nanos;
	if (rc == 0)
		rc = billing_ledger_post(tx, tenant, &entry, NULL);
	invoice->paid += nanos;
	if (rc == 0)
		rc = billing_invoice_settle(tx, tenant, invoice);
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
	if (billing_invoice_account(&invoice) < 0)
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
	if (billing_invoice_account(&invoice) != BILLING_RECEIVABLE)
		return bh_error(BH_E_STATE, "This invoice is %s.", invoice.status);
	nanos[BILLING_BAD_DEBT] = billing_invoice_left(&invoice);
	nanos[BILLING_RECEIVABLE] = -nanos[BILLING_BAD_DEBT];
	invoice.status = "uncollectible";
	rc = billing_invoice_post(tx, tenant, "write_off", "Given up:", &invoice, nanos);
	if (rc == 0)
		rc = billing_store_invoice_settle(tx, tenant, &invoice);
	return rc < 0 ? rc : stripe_collect_end(tx, tenant, id);
}

/* ---- what was charged in advance ---- */

int
billing_invoice_earn_line(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency,
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
		rc = billing_invoice_earn_line(tx, tenant, currency, &ahead[i]);
	return rc;
}
