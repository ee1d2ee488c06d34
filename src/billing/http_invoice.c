/* SPDX-License-Identifier: Apache-2.0 */
/* http_invoice.c: invoices: the owner reads them, the operator makes them and notes what becomes of them. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/dunning.h"
#include "billing/http.h"
#include "billing/store_invoice.h"
#include "billing/terms.h"
#include "service/list.h"
#include "service/request.h"

static const struct bh_paging paging = {20, 100, "after before order"};

#define STATUSES "draft open paid void uncollectible"

struct shown {
	struct billing_invoice invoice;
	struct billing_invoice_line *lines;
	size_t n_lines;
};

static int64_t
left_of(const void *row)
{
	const struct billing_invoice *invoice = &((const struct shown *)row)->invoice;

	return strcmp(invoice->kind, "invoice") == 0 ? billing_invoice_left(invoice) : 0;
}

static int64_t
is_past_due(const void *row)
{
	const struct billing_invoice *invoice = &((const struct shown *)row)->invoice;

	return invoice->past_due_ms != 0 && strcmp(invoice->status, "open") == 0;
}

/* Percent, as a decimal. */
static int64_t
rate_of(const void *row)
{
	return ((const struct shown *)row)->invoice.tax.ppm * 100000;
}

#define AT(member) offsetof(struct shown, invoice.member)

/* clang-format off */
#define INVOICE_FIELDS \
	{"id", BH_FIELD_ID, AT(id)}, \
	{"object", BH_FIELD_TEXT, AT(kind)}, \
	{"number", BH_FIELD_TEXT, AT(number), BH_NULLABLE}, \
	{"status", BH_FIELD_CHOICE, AT(status), .words = STATUSES}, \
	{"past_due", BH_FIELD_BOOL, .number_of = is_past_due}, \
	{"corrects", BH_FIELD_ID, AT(of_invoice), BH_NULLABLE}, \
	{"currency", BH_FIELD_TEXT, AT(currency)}, \
	{"starts_on", BH_FIELD_TEXT, AT(starts_on), BH_NULLABLE}, \
	{"ends_on", BH_FIELD_TEXT, AT(ends_on), BH_NULLABLE}, \
	{"subtotal", BH_FIELD_MONEY, AT(subtotal)}, \
	{"tax_name", BH_FIELD_TEXT, AT(tax.name)}, \
	{"tax_rate", BH_FIELD_MONEY, .number_of = rate_of}, \
	{"tax_inclusive", BH_FIELD_BOOL, AT(tax.inclusive)}, \
	{"reverse_charge", BH_FIELD_BOOL, AT(tax.reverse_charge)}, \
	{"tax_note", BH_FIELD_TEXT, AT(tax.note)}, \
	{"tax", BH_FIELD_MONEY, AT(tax_nanos)}, \
	{"total", BH_FIELD_MONEY, AT(total)}, \
	{"carried_in", BH_FIELD_MONEY, AT(carried_in)}, \
	{"carried_out", BH_FIELD_MONEY, AT(carried_out)}, \
	{"amount_due", BH_FIELD_MONEY, AT(due)}, \
	{"amount_paid", BH_FIELD_MONEY, AT(paid)}, \
	{"amount_credited", BH_FIELD_MONEY, AT(credited)}, \
	{"amount_refunded", BH_FIELD_MONEY, AT(refunded)}, \
	{"amount_remaining", BH_FIELD_MONEY, .number_of = left_of}, \
	{"note", BH_FIELD_TEXT, AT(note)}, \
	{"created_at", BH_FIELD_TIME, AT(created_ms)}, \
	{"finalized_at", BH_FIELD_TIME, AT(finalized_ms), BH_NULLABLE}, \
	{"due_at", BH_FIELD_TIME, AT(due_ms), BH_NULLABLE}, \
	{"ended_at", BH_FIELD_TIME, AT(ended_ms), BH_NULLABLE}
/* clang-format on */

static const struct bh_field invoice_fields[] = {INVOICE_FIELDS};

const struct bh_shape billing_invoice_shape = BH_SHAPE("BillingInvoice", struct shown,
	invoice_fields);

#define LINE(member) offsetof(struct billing_invoice_line, member)

static const struct bh_field line_fields[] = {
	{"kind", BH_FIELD_TEXT, LINE(kind)},
	{"description", BH_FIELD_TEXT, LINE(description)},
	{"starts_at", BH_FIELD_TIME, LINE(starts_ms), BH_NULLABLE},
	{"ends_at", BH_FIELD_TIME, LINE(ends_ms), BH_NULLABLE},
	{"act", BH_FIELD_TEXT, LINE(act)},
	{"model", BH_FIELD_TEXT, LINE(model)},
	{"batch", BH_FIELD_BOOL, LINE(batch)},
	{"price_version", BH_FIELD_INT, LINE(price_version)},
	{"rate_version", BH_FIELD_INT, LINE(rate_version)},
	{"calls", BH_FIELD_INT, LINE(calls)},
	{"quantities", BH_FIELD_JSON, LINE(quantities)},
	{"amount", BH_FIELD_MONEY, LINE(nanos)},
};
static const struct bh_field line_row = {.type = BH_FIELD_OBJECT, BH_FIELDS(line_fields)};

static const struct bh_field detail_fields[] = {
	INVOICE_FIELDS,
	{"seller", BH_FIELD_JSON, AT(seller)},
	{"buyer", BH_FIELD_JSON, AT(buyer)},
	{"lines", BH_FIELD_ARRAY, offsetof(struct shown, lines),
		BH_ELEMENTS(struct shown, lines, n_lines, &line_row)},
};

#undef AT
#undef LINE

const struct bh_shape billing_invoice_detail_shape = BH_SHAPE("BillingInvoiceDetail", struct shown,
	detail_fields);

/* ---- reading ---- */

/* GET /api/billing/invoices, GET /api/tenants/{tenant}/invoices */
int
billing_http_invoice_list(struct bh_request *req)
{
	struct billing_invoice *invoices = NULL;
	const char *status = NULL;
	struct shown *shown;
	struct bh_slice slice;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = bh_request_query_text(req, "status", &status);
	if (rc == 0 && status != NULL && !bh_text_has_word(STATUSES, status))
		rc = bh_error_param(BH_E_INVALID, "status", "'status' must be one of " STATUSES ".");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = billing_store_invoice_list(req->target_db, &req->target, &slice, status, &invoices, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i].invoice = invoices[i];
	return bh_reply_page(req, &billing_invoice_shape, &page, shown, n);
}

static int
reply_invoice(struct bh_request *req, int status, const struct bh_uuid *id)
{
	struct shown shown = {0};
	int rc = billing_store_invoice_get(req->target_db, &req->target, id, &shown.invoice);

	if (rc == 0)
		rc = billing_store_line_list(req->target_db, &req->target, id, &shown.lines,
			&shown.n_lines);
	return rc < 0 ? bh_reply_error(req, rc, "invoice")
				  : bh_reply_object(req, status, &billing_invoice_detail_shape, &shown);
}

/* GET /api/billing/invoices/{invoice}, GET /api/tenants/{tenant}/invoices/{invoice} */
int
billing_http_invoice_get(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "invoice", &id);

	return rc < 0 ? bh_reply_error(req, rc, "invoice") : reply_invoice(req, 200, &id);
}

/* ---- the operator ---- */

struct act {
	struct bh_request *req;
	struct bh_uuid id;
	struct billing_terms terms;
	struct billing_invoice invoice;
	struct billing_invoice_line line;
	/* Of the body. */
	struct bh_uuid note;
	const char *reference, *reason;
	int64_t amount;
};

/* Reads the terms first, for what needs them, and answers with the invoice as it is then. */
static int
act(struct bh_request *req, int (*work)(struct bh_db *tx, void *ctx), struct act *act, int status)
{
	int rc = billing_terms_read(req->service, req->target_db, &req->target, &act->terms);

	act->req = req;
	if (rc == 0)
		rc = bh_tx_run(req->target_db, work, act);
	return rc < 0 ? bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "invoice" : NULL)
				  : reply_invoice(req, status, &act->id);
}

struct invoice_new {
	const char *ends_on, *note, *description;
	int64_t minimum, amount;
	bool has_amount, usage;
};

#define AT(member) offsetof(struct invoice_new, member)

static const struct bh_field new_fields[] = {
	{"ends_on", BH_FIELD_TEXT, AT(ends_on), BH_NULLABLE, 10, 10},
	{"usage", BH_FIELD_BOOL, AT(usage)},
	{"minimum", BH_FIELD_MONEY, AT(minimum)},
	{"amount", BH_FIELD_MONEY, AT(amount), BH_NULLABLE,
		.set = BH_SET(struct invoice_new, has_amount)},
	{"description", BH_FIELD_TEXT, AT(description), 0, 1, 500},
	{"note", BH_FIELD_TEXT, AT(note), 0, 0, 500},
};

#undef AT

const struct bh_shape billing_invoice_new_shape = BH_SHAPE("BillingInvoiceCreate",
	struct invoice_new, new_fields);

static int
begin(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;
	const struct bh_uuid *tenant = &act->req->target;
	bool is_new = false;
	int rc = billing_invoice_begin(tx, tenant, &act->invoice, &act->line, act->line.nanos != 0,
		&is_new);

	return rc < 0 ? rc : billing_invoice_build(tx, tenant, &act->id, &act->terms);
}

/* No sum of amounts that are asked for comes near the end of the integers. */
static int
check_amount(const char *param, int64_t nanos)
{
	return nanos <= INT64_C(1000000000000000000)
		? 0
		: bh_error_param(BH_E_INVALID, param, "'%s' must be at most 1000000000.", param);
}

/* POST /api/tenants/{tenant}/invoices: a draft of what was used until now. */
int
billing_http_invoice_create(struct bh_request *req)
{
	const struct billing *billing = req->service;
	struct invoice_new want = {.usage = true, .note = "", .description = "By agreement"};
	struct act making = {.id = bh_uuid_new()};
	int rc = bh_request_object(req, &billing_invoice_new_shape, &want);

	if (rc == 0)
		rc = check_amount("minimum", want.minimum);
	if (rc == 0)
		rc = check_amount("amount", want.amount);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	making.invoice = (struct billing_invoice){.id = making.id,
		.kind = "invoice",
		.currency = billing->conf.currency,
		.ends_on = want.ends_on,
		.bills_usage = want.usage,
		.minimum = want.minimum,
		.note = want.note};
	making.line = (struct billing_invoice_line){.kind = "manual",
		.description = want.description,
		.nanos = want.amount};
	return act(req, begin, &making, 201);
}

static int
finalize(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;

	return billing_invoice_finalize(tx, &act->req->target, &act->id, &act->terms);
}

/* POST /api/tenants/{tenant}/invoices/{invoice}/finalize */
int
billing_http_invoice_finalize(struct bh_request *req)
{
	struct act finalizing = {0};
	int rc = bh_request_uuid(req, "invoice", &finalizing.id);

	return rc < 0 ? bh_reply_error(req, rc, "invoice") : act(req, finalize, &finalizing, 200);
}

/* DELETE /api/tenants/{tenant}/invoices/{invoice}: of drafts only. */
int
billing_http_invoice_remove(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_uuid(req, "invoice", &id);

	if (rc == 0)
		rc = billing_store_invoice_remove(req->target_db, &req->target, &id);
	return rc < 0 ? bh_reply_error(req, rc, "invoice") : bh_reply_empty(req, 204);
}

#define AT(member) offsetof(struct act, member)

static const struct bh_field pay_fields[] = {
	{"reference", BH_FIELD_TEXT, AT(reference), BH_REQUIRED, 1, 200},
	{"amount", BH_FIELD_MONEY, AT(amount)},
};
const struct bh_shape billing_invoice_pay_shape = BH_SHAPE("BillingInvoicePay", struct act,
	pay_fields);

static const struct bh_field credit_fields[] = {
	{"id", BH_FIELD_ID, AT(note)},
	{"reason", BH_FIELD_TEXT, AT(reason), BH_REQUIRED, 1, 500},
	{"amount", BH_FIELD_MONEY, AT(amount)},
};
const struct bh_shape billing_invoice_credit_shape = BH_SHAPE("BillingInvoiceCredit", struct act,
	credit_fields);

#undef AT

/* Whoever pays the last one is served again at once. */
static int
update_dunning(struct bh_db *tx, const struct act *act)
{
	const struct billing *billing = act->req->service;

	return billing_dunning_update(tx, &act->req->target, billing->conf.suspend_days, NULL);
}

static int
pay(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;
	int rc = billing_invoice_pay(tx, &act->req->target, &act->id, act->reference, act->amount);

	return rc < 0 ? rc : update_dunning(tx, act);
}

/* POST /api/tenants/{tenant}/invoices/{invoice}/pay */
int
billing_http_invoice_pay(struct bh_request *req)
{
	struct act paying = {0};
	int rc = bh_request_object(req, &billing_invoice_pay_shape, &paying);

	if (rc == 0)
		rc = bh_request_uuid(req, "invoice", &paying.id);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : act(req, pay, &paying, 200);
}

static int
void_it(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;
	int rc = billing_invoice_void(tx, &act->req->target, &act->id);

	return rc < 0 ? rc : update_dunning(tx, act);
}

/* POST /api/tenants/{tenant}/invoices/{invoice}/void */
int
billing_http_invoice_void(struct bh_request *req)
{
	struct act voiding = {0};
	int rc = bh_request_uuid(req, "invoice", &voiding.id);

	return rc < 0 ? bh_reply_error(req, rc, "invoice") : act(req, void_it, &voiding, 200);
}

static int
write_off(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;
	int rc = billing_invoice_write_off(tx, &act->req->target, &act->id);

	return rc < 0 ? rc : update_dunning(tx, act);
}

/* POST /api/tenants/{tenant}/invoices/{invoice}/write-off */
int
billing_http_invoice_write_off(struct bh_request *req)
{
	struct act giving_up = {0};
	int rc = bh_request_uuid(req, "invoice", &giving_up.id);

	return rc < 0 ? bh_reply_error(req, rc, "invoice") : act(req, write_off, &giving_up, 200);
}

static int
take_back(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;
	int rc = billing_invoice_credit(tx, &act->req->target, &act->id, &act->note, act->amount,
		act->reason, &act->terms);

	return rc < 0 ? rc : update_dunning(tx, act);
}

/* POST /api/tenants/{tenant}/invoices/{invoice}/credit-note: answers with the note. */
int
billing_http_invoice_credit(struct bh_request *req)
{
	struct act crediting = {0};
	int rc = bh_request_object(req, &billing_invoice_credit_shape, &crediting);

	if (bh_uuid_is_zero(&crediting.note))
		crediting.note = bh_uuid_new();
	if (rc == 0)
		rc = bh_request_uuid(req, "invoice", &crediting.id);
	if (rc == 0)
		rc = billing_terms_read(req->service, req->target_db, &req->target, &crediting.terms);
	crediting.req = req;
	if (rc == 0)
		rc = bh_tx_run(req->target_db, take_back, &crediting);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_invoice(req, 201, &crediting.note);
}
