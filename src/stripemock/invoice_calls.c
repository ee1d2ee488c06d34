/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_calls.c: the calls on invoices and on items that wait for one. */
#include "stripemock/invoice.h"

#include <string.h>

#include "base/arena.h"
#include "stripemock/operation.h"
#include "stripemock/payment.h"
#include "stripemock/pricing.h"
#include "stripemock/subscription.h"

#define INVOICE_PARAMS \
	{"auto_advance", STRIPEMOCK_BOOL}, \
		{"collection_method", STRIPEMOCK_CHOICE, 0, "charge_automatically send_invoice"}, \
		{"days_until_due", STRIPEMOCK_INT}, {"due_date", STRIPEMOCK_INT}, \
		{"default_payment_method", STRIPEMOCK_TEXT}, {"default_tax_rates[]", STRIPEMOCK_TEXT}, \
		{"description", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"footer", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, {"statement_descriptor", STRIPEMOCK_TEXT}, \
	{ \
		"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY \
	}

const struct stripemock_param invoice_create_params[] = {
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"subscription", STRIPEMOCK_TEXT},
	{"currency", STRIPEMOCK_TEXT},
	{"pending_invoice_items_behavior", STRIPEMOCK_CHOICE, 0, "exclude include"},
	INVOICE_PARAMS,
	{0},
};

const struct stripemock_param invoice_update_params[] = {
	INVOICE_PARAMS,
	{0},
};

const struct stripemock_param invoice_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT},
	{"subscription", STRIPEMOCK_TEXT},
	{"collection_method", STRIPEMOCK_CHOICE, 0, "charge_automatically send_invoice"},
	{"status", STRIPEMOCK_CHOICE, 0, "draft open paid uncollectible void"},
	{0},
};

const struct stripemock_param invoice_finalize_params[] = {
	{"auto_advance", STRIPEMOCK_BOOL},
	{0},
};

const struct stripemock_param invoice_pay_params[] = {
	{"payment_method", STRIPEMOCK_TEXT},
	{"paid_out_of_band", STRIPEMOCK_BOOL},
	{"off_session", STRIPEMOCK_BOOL},
	{"forgive", STRIPEMOCK_BOOL},
	{0},
};

const struct stripemock_param invoice_preview_params[] = {
	{"customer", STRIPEMOCK_TEXT},
	{"subscription", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{0},
};

const struct stripemock_param invoice_payment_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"invoice", STRIPEMOCK_TEXT},
	{"status", STRIPEMOCK_CHOICE, 0, "open paid canceled"},
	{0},
};

int
stripemock_invoice_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	bool takes_items = stripemock_value_is(params, "pending_invoice_items_behavior", "include");
	struct stripemock_doc *customer, *subscription, *doc;
	int rc = stripemock_operation_customer(work, &customer);

	(void)operation;
	if (rc == 0)
		rc = stripemock_operation_param(work, "subscription", "subscription", &subscription);
	if (rc < 0)
		return rc;
	doc = stripemock_invoice_new(work, customer, subscription, "manual");
	if (subscription == NULL && has_at(customer->body, "currency"))
		put_copy(doc->body, "currency", stripemock_value_at(customer->body, "currency"));
	put_bool(doc->body, "auto_advance", false);
	put_null(doc->body, "automatically_finalizes_at");
	stripemock_operation_apply(doc->body, params,
		"customer subscription pending_invoice_items_behavior days_until_due default_tax_rates");
	if (bool_at(params, "auto_advance"))
		put_int(doc->body, "automatically_finalizes_at", work->now_s + 3600);
	if (has_at(params, "days_until_due"))
		put_int(doc->body, "_days_until_due", int_at(params, "days_until_due"));
	if (has_at(params, "default_tax_rates"))
		rc = stripemock_subscription_rates(work, doc->body,
			stripemock_value_at(params, "default_tax_rates"));
	if (rc == 0 && stripemock_value_is(doc->body, "collection_method", "send_invoice") &&
		!has_at(doc->body, "due_date") && !has_at(doc->body, "_days_until_due"))
		rc = stripemock_work_refuse(work, "parameter_missing", "days_until_due",
			"If invoice's collection method is send_invoice, days_until_due or due_date is "
			"needed.");
	if (rc == 0 && takes_items)
		rc = stripemock_invoice_items_take(work, doc,
			subscription != NULL ? subscription->id : NULL);
	if (rc == 0)
		rc = stripemock_invoice_sum(work, doc);
	if (rc == 0)
		rc = stripemock_work_event(work, "invoice.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_invoice_list(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	const char *subscription = text_at(work->params, "subscription");

	if (subscription != NULL)
		put_text(work->params, "_subscription", subscription);
	stripemock_value_drop(work->params, "subscription");
	return stripemock_operation_list_all(work, operation);
}

int
stripemock_invoice_update(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc < 0)
		return rc;
	if (!stripemock_value_is(doc->body, "status", "draft") &&
		(params->count > 1 || !has_at(params, "metadata")))
		return stripemock_work_refuse(work, "invoice_not_editable", NULL,
			"Finalized invoices can't be updated in this way.");
	stripemock_operation_apply(doc->body, params, "days_until_due default_tax_rates");
	if (has_at(params, "days_until_due"))
		put_int(doc->body, "_days_until_due", int_at(params, "days_until_due"));
	if (has_at(params, "default_tax_rates"))
		rc = stripemock_subscription_rates(work, doc->body,
			stripemock_value_at(params, "default_tax_rates"));
	if (rc == 0 && stripemock_value_is(doc->body, "status", "draft"))
		rc = stripemock_invoice_sum(work, doc);
	stripemock_work_touch(doc);
	if (rc == 0)
		rc = stripemock_work_event(work, "invoice.updated", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_invoice_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 &&
		(!stripemock_value_is(doc->body, "status", "draft") ||
			stripemock_invoice_subscription(doc) != NULL))
		rc = stripemock_work_refuse(work, "invoice_not_editable", NULL,
			"You can only delete draft invoices that are not of a subscription.");
	return rc < 0 ? rc : stripemock_operation_delete(work, operation);
}

int
stripemock_invoice_finalize_call(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = stripemock_invoice_finalize(work, doc);
	if (rc == 0 && has_at(work->params, "auto_advance"))
		put_bool(doc->body, "auto_advance", bool_at(work->params, "auto_advance"));
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

static int
pay(struct stripemock_work *work, struct stripemock_doc *doc)
{
	const char *id = text_at(work->params, "payment_method");
	struct stripemock_doc *customer, *method = NULL, *intent;
	int rc = stripemock_work_get(work, "customer", text_at(doc->body, "customer"), "customer",
		&customer);

	if (rc == 0 && id != NULL)
		rc = stripemock_payment_attach(work, id, customer, "payment_method", &method);
	if (rc == 0)
		rc = stripemock_invoice_pay(work, doc, method);
	if (rc < 0 || stripemock_value_is(doc->body, "status", "paid"))
		return rc;
	rc = stripemock_invoice_intent(work, doc, &intent);
	if (rc == 0 && intent != NULL)
		stripemock_payment_problem(work, intent);
	return rc;
}

static int
pay_elsewhere(struct stripemock_work *work, struct stripemock_doc *doc)
{
	int rc = stripemock_invoice_forgo(work, doc);

	return rc < 0 ? rc : stripemock_invoice_settle(work, doc, "out_of_band");
}

int
stripemock_invoice_pay_call(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && stripemock_value_is(doc->body, "status", "draft"))
		rc = stripemock_invoice_finalize(work, doc);
	else if (rc == 0 && stripemock_value_is(doc->body, "status", "paid"))
		rc = stripemock_work_refuse(work, NULL, NULL, "Invoice is already paid");
	else if (rc == 0 && stripemock_value_is(doc->body, "status", "void"))
		rc = stripemock_work_refuse(work, NULL, NULL, "Invoice is void");
	if (rc < 0)
		return rc;
	if (!stripemock_value_is(doc->body, "status", "paid"))
		rc = bool_at(work->params, "paid_out_of_band") ? pay_elsewhere(work, doc) : pay(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_invoice_void_call(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = stripemock_invoice_void(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_invoice_uncollectible_call(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = stripemock_invoice_uncollectible(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_invoice_send(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && !stripemock_value_is(doc->body, "collection_method", "send_invoice"))
		rc = stripemock_work_refuse(work, NULL, NULL,
			"You can only manually send an invoice if its collection method is 'send_invoice'.");
	if (rc == 0 && stripemock_value_is(doc->body, "status", "draft"))
		rc = stripemock_invoice_finalize(work, doc);
	if (rc == 0)
		rc = stripemock_work_event(work, "invoice.sent", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_invoice_lines(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		work->result = stripemock_value_clone(work->arena, stripemock_value_at(doc->body, "lines"));
	return rc;
}

/* What the next invoice would be: it is made, shown and not kept. */
int
stripemock_invoice_preview(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *subscription, *customer, *doc;
	int64_t since;
	int rc = stripemock_operation_param(work, "subscription", "subscription", &subscription);

	(void)operation;
	if (rc == 0)
		rc = stripemock_work_enter(work, subscription);
	if (rc == 0)
		rc = stripemock_work_get(work, "customer", text_at(subscription->body, "customer"),
			"customer", &customer);
	if (rc < 0)
		return rc;
	since = int_at(subscription->body, "items.data.0.current_period_start");
	doc = stripemock_invoice_new(work, customer, subscription, "upcoming");
	rc = stripemock_subscription_period(work, subscription,
		stripemock_subscription_period_end(subscription->body));
	if (rc == 0)
		rc = stripemock_subscription_bill(work, subscription, doc, since);
	if (rc == 0)
		rc = stripemock_invoice_sum(work, doc);
	if (rc == 0)
		rc = stripemock_view_answer(work, doc);
	if (rc < 0)
		return rc;
	put_text(work->result, "id", bh_arena_printf(work->arena, "upcoming_%s", doc->id));
	/* Nothing of this is written. */
	work->docs = NULL;
	return 0;
}

/* ---- items that wait ---- */

const struct stripemock_param invoiceitem_create_params[] = {
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"amount", STRIPEMOCK_INT},
	{"currency", STRIPEMOCK_TEXT},
	{"description", STRIPEMOCK_TEXT},
	{"invoice", STRIPEMOCK_TEXT},
	{"subscription", STRIPEMOCK_TEXT},
	{"metadata", STRIPEMOCK_MAP},
	{"quantity", STRIPEMOCK_INT},
	{"unit_amount_decimal", STRIPEMOCK_DECIMAL},
	{"pricing.price", STRIPEMOCK_TEXT},
	{"tax_rates[]", STRIPEMOCK_TEXT},
	{"period.start", STRIPEMOCK_INT},
	{"period.end", STRIPEMOCK_INT},
	{0},
};

const struct stripemock_param invoiceitem_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT},
	{"invoice", STRIPEMOCK_TEXT},
	{"pending", STRIPEMOCK_BOOL},
	{0},
};

/* What the parameters say of the line: an amount, or a price and how many. */
static int
read_line(struct stripemock_work *work, struct stripemock_line *line)
{
	const struct stripemock_value *params = work->params;
	struct stripemock_value *unit = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	const char *price_id = text_at(params, "pricing.price");
	const struct stripemock_value *priced = unit;
	struct stripemock_doc *price;
	int rc = 0;

	if (price_id != NULL) {
		rc = stripemock_work_get(work, "price", price_id, "pricing[price]", &price);
		if (rc < 0)
			return rc;
		line->price = priced = price->body;
		line->currency = text_at(price->body, "currency");
	} else if (has_at(params, "unit_amount_decimal")) {
		put_copy(unit, "unit_amount_decimal", stripemock_value_at(params, "unit_amount_decimal"));
	} else if (has_at(params, "amount")) {
		line->amount = int_at(params, "amount");
		line->quantity = 1;
	} else {
		return stripemock_work_refuse(work, "parameter_missing", "amount",
			"An item needs an amount or a price.");
	}
	if (line->currency == NULL)
		return stripemock_work_refuse(work, "parameter_missing", "currency",
			"Missing required param: currency.");
	if (!has_at(params, "amount") &&
		stripemock_pricing_amount(priced, line->quantity, &line->amount) < 0)
		return stripemock_work_refuse(work, "amount_too_large", "quantity",
			"The amount is too large.");
	return 0;
}

static int
check_invoice(struct stripemock_work *work, struct stripemock_doc **out)
{
	int rc = stripemock_operation_param(work, "invoice", "invoice", out);

	if (rc == 0 && *out != NULL && !stripemock_value_is((*out)->body, "status", "draft"))
		rc = stripemock_work_refuse(work, "invoice_not_editable", "invoice",
			"The invoice is no longer a draft.");
	return rc;
}

int
stripemock_invoiceitem_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	struct stripemock_doc *customer, *invoice, *subscription, *doc;
	struct stripemock_line line = {
		.quantity = has_at(params, "quantity") ? int_at(params, "quantity") : 1,
		.currency = text_at(params, "currency"),
		.description = text_at(params, "description"),
		.metadata = stripemock_value_at(params, "metadata"),
		.tax_rates = stripemock_value_at(params, "tax_rates"),
		.subscription = text_at(params, "subscription"),
	};
	int rc = stripemock_operation_customer(work, &customer);

	(void)operation;
	if (rc == 0)
		rc = check_invoice(work, &invoice);
	if (rc == 0)
		rc = stripemock_operation_param(work, "subscription", "subscription", &subscription);
	if (rc == 0)
		rc = read_line(work, &line);
	if (rc < 0)
		return rc;
	line.start = has_at(params, "period.start") ? int_at(params, "period.start") : work->now_s;
	line.end = has_at(params, "period.end") ? int_at(params, "period.end") : work->now_s;
	rc = stripemock_invoice_item_add(work, customer, &line, &doc);
	if (rc == 0 && invoice != NULL) {
		stripemock_invoice_item_take(work, invoice, doc);
		rc = stripemock_invoice_sum(work, invoice);
	}
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_invoiceitem_list(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	bool pending = bool_at(work->params, "pending");

	stripemock_value_drop(work->params, "pending");
	if (pending)
		put_null(work->params, "invoice");
	return stripemock_operation_list_all(work, operation);
}

int
stripemock_invoiceitem_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && has_at(doc->body, "invoice"))
		rc = stripemock_work_refuse(work, "invoice_not_editable", NULL,
			"The item is on an invoice already.");
	return rc < 0 ? rc : stripemock_operation_delete(work, operation);
}
