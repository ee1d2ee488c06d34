/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_calls.c: the calls on subscriptions and their items. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "stripemock/invoice.h"
#include "stripemock/operation.h"
#include "stripemock/payment.h"
#include "stripemock/subscription.h"
#include "stripemock/subscription_item.h"

#define ITEM_PARAMS \
	{"items[].price", STRIPEMOCK_TEXT}, {"items[].quantity", STRIPEMOCK_INT}, \
		{"items[].metadata", STRIPEMOCK_MAP}, \
	{ \
		"items[].tax_rates[]", STRIPEMOCK_TEXT \
	}

#define SUBSCRIPTION_PARAMS \
	ITEM_PARAMS, {"cancel_at", STRIPEMOCK_INT, STRIPEMOCK_EMPTY}, \
		{"cancel_at_period_end", STRIPEMOCK_BOOL}, \
		{"collection_method", STRIPEMOCK_CHOICE, 0, "charge_automatically send_invoice"}, \
		{"days_until_due", STRIPEMOCK_INT}, \
		{"default_payment_method", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"default_tax_rates[]", STRIPEMOCK_TEXT}, \
		{"description", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY}, {"off_session", STRIPEMOCK_BOOL}, \
		{"payment_behavior", STRIPEMOCK_CHOICE, 0, \
			"allow_incomplete default_incomplete error_if_incomplete"}, \
		{"payment_settings.save_default_payment_method", STRIPEMOCK_CHOICE, 0, \
			"off on_subscription"}, \
		{"payment_settings.payment_method_types[]", STRIPEMOCK_TEXT}, \
		{"proration_behavior", STRIPEMOCK_CHOICE, 0, "create_prorations none always_invoice"}, \
		{"trial_end", STRIPEMOCK_MOMENT, 0, "now"}, \
	{ \
		"trial_settings.end_behavior.missing_payment_method", STRIPEMOCK_CHOICE, 0, \
			"cancel create_invoice pause" \
	}

const struct stripemock_param subscription_create_params[] = {
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"currency", STRIPEMOCK_TEXT},
	{"billing_cycle_anchor", STRIPEMOCK_INT},
	{"billing_mode.type", STRIPEMOCK_CHOICE, 0, "classic flexible"},
	{"trial_period_days", STRIPEMOCK_INT},
	SUBSCRIPTION_PARAMS,
	{0},
};

const struct stripemock_param subscription_update_params[] = {
	{"items[].id", STRIPEMOCK_TEXT},
	{"items[].deleted", STRIPEMOCK_BOOL},
	{"items[].clear_usage", STRIPEMOCK_BOOL},
	{"billing_cycle_anchor", STRIPEMOCK_CHOICE, 0, "now unchanged"},
	{"proration_date", STRIPEMOCK_INT},
	{"pause_collection.behavior", STRIPEMOCK_CHOICE, 0, "keep_as_draft mark_uncollectible void"},
	{"pause_collection.resumes_at", STRIPEMOCK_INT},
	{"cancellation_details.comment", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"cancellation_details.feedback", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	SUBSCRIPTION_PARAMS,
	{0},
};

const struct stripemock_param subscription_cancel_params[] = {
	{"invoice_now", STRIPEMOCK_BOOL},
	{"prorate", STRIPEMOCK_BOOL},
	{"cancellation_details.comment", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"cancellation_details.feedback", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{0},
};

const struct stripemock_param subscription_resume_params[] = {
	{"billing_cycle_anchor", STRIPEMOCK_CHOICE, 0, "now unchanged"},
	{"proration_behavior", STRIPEMOCK_CHOICE, 0, "create_prorations none always_invoice"},
	{0},
};

const struct stripemock_param subscription_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT},
	{"price", STRIPEMOCK_TEXT},
	{"collection_method", STRIPEMOCK_CHOICE, 0, "charge_automatically send_invoice"},
	{"test_clock", STRIPEMOCK_TEXT},
	{"status", STRIPEMOCK_CHOICE, 0,
		"active past_due unpaid canceled incomplete incomplete_expired trialing paused all ended"},
	{0},
};

int
stripemock_subscription_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *customer, *doc;
	int rc = stripemock_operation_customer(work, &customer);

	(void)operation;
	if (rc == 0)
		rc = stripemock_subscription_make(work, work->params, customer, NULL, &doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_subscription_list(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_value *params = work->params;
	const char *status = text_at(params, "status"), *price = text_at(params, "price");
	struct stripemock_filter filter = {.kind = operation->kind,
		.customer = text_at(params, "customer")};
	struct stripemock_value *members = stripemock_value_new(work->arena, BH_JSON_OBJECT);

	if (status == NULL)
		put_bool(members, "_is_over", false);
	else if (strcmp(status, "ended") == 0)
		put_bool(members, "_is_over", true);
	else if (strcmp(status, "all") != 0)
		put_text(members, "status", status);
	if (price != NULL)
		put_copy(members, "items",
			stripemock_value_literal(work->arena, "{'data':[{'price':''}]}"));
	if (price != NULL)
		put_text(stripemock_value_at(members, "items.data.0"), "price", price);
	stripemock_operation_apply(members, params,
		"limit starting_after ending_before created customer price status");
	filter.members = stripemock_value_print(work->arena, members, true);
	return stripemock_operation_pages(work, &filter, "/v1/subscriptions");
}

/* ---- changes ---- */

static bool
is_over(const struct stripemock_doc *doc)
{
	return stripemock_value_is(doc->body, "status", "canceled") ||
		stripemock_value_is(doc->body, "status", "incomplete_expired");
}

static void
change_cancel(struct stripemock_work *work, struct stripemock_value *body,
	const struct stripemock_value *params)
{
	if (stripemock_value_at(params, "cancel_at_period_end") == NULL &&
		stripemock_value_at(params, "cancel_at") == NULL)
		return;
	put_bool(body, "cancel_at_period_end", bool_at(params, "cancel_at_period_end"));
	put_time(body, "cancel_at",
		bool_at(params, "cancel_at_period_end") ? stripemock_subscription_period_end(body)
												: int_at(params, "cancel_at"));
	put_time(body, "canceled_at", has_at(body, "cancel_at") ? work->now_s : 0);
	put_text(body, "cancellation_details.reason",
		has_at(body, "cancel_at") ? "cancellation_requested" : NULL);
}

static void
change_pause(struct stripemock_value *body, const struct stripemock_value *params)
{
	const struct stripemock_value *pause = stripemock_value_at(params, "pause_collection");

	if (pause == NULL)
		return;
	put_copy(body, "pause_collection", pause);
	if (pause->kind == BH_JSON_OBJECT)
		put_time(body, "pause_collection.resumes_at", int_at(pause, "resumes_at"));
}

/* A trial that ends now, or at another time; a longer one begins a period until its end. */
static int
change_trial(struct stripemock_work *work, struct stripemock_doc *doc,
	struct stripemock_item_change *change)
{
	struct stripemock_value *body = doc->body;
	int64_t end = int_at(work->params, "trial_end");
	bool now = stripemock_value_is(work->params, "trial_end", "now");

	if (!has_at(work->params, "trial_end"))
		return 0;
	if (now && !stripemock_value_is(body, "status", "trialing"))
		return 0;
	if (!now && end <= work->now_s)
		return stripemock_work_refuse(work, NULL, "trial_end",
			"Invalid timestamp: can be no more than five years in the future, and not in the "
			"past.");
	put_int(body, "trial_end", now ? work->now_s : end);
	put_text(body, "status", now ? "active" : "trialing");
	put_bool(body, "_warned", false);
	if (now) {
		change->was_reset = true;
		return 0;
	}
	put_int(body, "trial_start", work->now_s);
	put_int(body, "billing_cycle_anchor", end);
	for (EACH(item, stripemock_value_at(body, "items.data"))) {
		put_int(item, "current_period_start", work->now_s);
		put_int(item, "current_period_end", end);
	}
	return 0;
}

/* The period begins anew, and is billed at once with the usage of the old one. */
static int
reset_period(struct stripemock_work *work, struct stripemock_doc *doc, bool waits,
	struct stripemock_doc **out)
{
	const struct stripemock_bill bill = {"subscription_update", .with_period = true,
		.since = int_at(doc->body, "items.data.0.current_period_start"), .waits = waits};
	int rc;

	put_int(doc->body, "billing_cycle_anchor", work->now_s);
	rc = stripemock_subscription_period(work, doc, work->now_s);
	return rc < 0 ? rc : stripemock_subscription_invoice(work, doc, &bill, out);
}

/* What the change costs is billed now, where that was asked for or the period begins anew. */
static int
bill_change(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_item_change *change)
{
	bool waits = stripemock_value_is(work->params, "payment_behavior", "default_incomplete");
	const struct stripemock_bill bill = {"subscription_update", .waits = waits};
	struct stripemock_doc *invoice, *intent = NULL;
	int rc = 0;

	if (change->was_reset)
		rc = reset_period(work, doc, waits, &invoice);
	else if (strcmp(change->proration, "always_invoice") == 0 && has_at(work->params, "items"))
		rc = stripemock_subscription_invoice(work, doc, &bill, &invoice);
	else
		return 0;
	if (rc < 0 || !stripemock_value_is(invoice->body, "status", "open") ||
		!stripemock_value_is(work->params, "payment_behavior", "error_if_incomplete"))
		return rc;
	rc = stripemock_invoice_intent(work, invoice, &intent);
	if (rc < 0 || intent == NULL)
		return rc;
	stripemock_payment_problem(work, intent);
	return BH_E_INVALID;
}

static int
change_members(struct stripemock_work *work, struct stripemock_doc *doc)
{
	static const char other[] =
		"items cancel_at cancel_at_period_end default_payment_method default_tax_rates off_session "
		"payment_behavior proration_behavior proration_date trial_end billing_cycle_anchor "
		"pause_collection";
	const struct stripemock_value *params = work->params;
	const char *method = text_at(params, "default_payment_method");
	struct stripemock_doc *customer, *own;
	int rc = stripemock_work_get(work, "customer", text_at(doc->body, "customer"), "customer",
		&customer);

	if (rc == 0 && method != NULL)
		rc = stripemock_payment_own(work, method, customer, "default_payment_method", &own);
	if (rc < 0)
		return rc;
	stripemock_operation_apply(doc->body, params, other);
	if (stripemock_value_at(params, "default_payment_method") != NULL)
		put_text(doc->body, "default_payment_method", method);
	change_cancel(work, doc->body, params);
	change_pause(doc->body, params);
	return stripemock_value_at(params, "default_tax_rates") == NULL
		? 0
		: stripemock_subscription_rates(work, doc->body,
			  stripemock_value_at(params, "default_tax_rates"));
}

int
stripemock_subscription_change(struct stripemock_work *work, struct stripemock_doc *doc)
{
	const struct stripemock_value *params = work->params;
	struct stripemock_item_change change = {
		.proration = text_at(params, "proration_behavior"),
		.moment_s = work->now_s,
	};
	int64_t date = int_at(params, "proration_date");
	int rc;

	if (is_over(doc))
		return stripemock_work_refuse(work, NULL, NULL,
			"A canceled subscription can only update its cancellation_details and metadata.");
	if (change.proration == NULL)
		change.proration = "create_prorations";
	if (date != 0 &&
		(date < int_at(doc->body, "items.data.0.current_period_start") ||
			date >= stripemock_subscription_period_end(doc->body)))
		return stripemock_work_refuse(work, NULL, "proration_date",
			"Cannot specify a proration date outside of the current period.");
	if (date != 0)
		change.moment_s = date;
	rc = change_members(work, doc);
	if (rc == 0 && stripemock_value_is(params, "billing_cycle_anchor", "now")) {
		change.was_reset = true;
		if (strcmp(change.proration, "none") != 0 && !has_at(params, "items"))
			rc = stripemock_subscription_items_credit(work, doc, change.moment_s);
	}
	if (rc == 0)
		rc = stripemock_subscription_items_change(work, doc, stripemock_value_at(params, "items"),
			&change);
	if (rc == 0)
		rc = change_trial(work, doc, &change);
	if (rc == 0)
		rc = bill_change(work, doc, &change);
	return rc < 0 ? rc : stripemock_subscription_status(work, doc, text_at(doc->body, "status"));
}

int
stripemock_subscription_update(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = stripemock_subscription_change(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* Usage and what waits are billed before the end. */
static int
bill_end(struct stripemock_work *work, struct stripemock_doc *doc)
{
	const struct stripemock_bill bill = {"subscription_update", .with_period = true,
		.since = int_at(doc->body, "items.data.0.current_period_start")};
	struct stripemock_doc *invoice;

	put_int(doc->body, "ended_at", work->now_s);
	return stripemock_subscription_invoice(work, doc, &bill, &invoice);
}

int
stripemock_subscription_cancel(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && is_over(doc))
		rc = stripemock_work_refuse(work, "resource_missing", "id", "No such subscription: '%s'",
			doc->id);
	if (rc == 0 && bool_at(work->params, "prorate"))
		rc = stripemock_subscription_items_credit(work, doc, work->now_s);
	if (rc < 0)
		return rc;
	stripemock_operation_apply(doc->body, work->params, "invoice_now prorate");
	put_text(doc->body, "cancellation_details.reason", "cancellation_requested");
	put_int(doc->body, "canceled_at", work->now_s);
	if (bool_at(work->params, "invoice_now"))
		rc = bill_end(work, doc);
	if (rc == 0)
		rc = stripemock_subscription_end(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_subscription_resume(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc, *invoice;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && !stripemock_value_is(doc->body, "status", "paused"))
		rc = stripemock_work_refuse(work, NULL, NULL, "This subscription is not paused.");
	if (rc < 0)
		return rc;
	put_text(doc->body, "status", "active");
	rc = reset_period(work, doc, false, &invoice);
	if (rc == 0)
		rc = stripemock_work_event(work, "customer.subscription.resumed", doc);
	if (rc == 0)
		rc = stripemock_subscription_status(work, doc, text_at(doc->body, "status"));
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}
