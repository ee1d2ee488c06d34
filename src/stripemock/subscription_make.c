/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_make.c: a subscription from its parameters to its first invoice. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "stripemock/calendar.h"
#include "stripemock/invoice.h"
#include "stripemock/operation.h"
#include "stripemock/payment.h"
#include "stripemock/subscription.h"
#include "stripemock/subscription_item.h"

static const char template[] =
	"{'_is_over':false,'application':null,'application_fee_percent':null,'automatic_tax':{'"
	"disabled_reason':null,"
	"'enabled':false,'liability':null},'billing_cycle_anchor':0,"
	"'billing_cycle_anchor_config':null,'billing_mode':{'type':'classic'},"
	"'billing_schedules':[],'billing_thresholds':null,'cancel_at':null,"
	"'cancel_at_period_end':false,'canceled_at':null,'cancellation_details':{'comment':null,"
	"'feedback':null,'reason':null},'collection_method':'charge_automatically','currency':null,"
	"'customer':null,'customer_account':null,'days_until_due':null,"
	"'default_payment_method':null,'default_source':null,'default_tax_rates':[],"
	"'description':null,'discounts':[],'ended_at':null,"
	"'invoice_settings':{'account_tax_ids':null,'custom_fields':null,'description':null,"
	"'footer':null,'issuer':{'type':'self'}},"
	"'items':{'object':'list','data':[],'has_more':false,'url':null},'latest_invoice':null,"
	"'managed_payments':null,'metadata':{},'next_pending_invoice_item_invoice':null,"
	"'on_behalf_of':null,'pause_collection':null,"
	"'payment_settings':{'payment_method_options':null,'payment_method_types':null,"
	"'save_default_payment_method':'off'},'pending_invoice_item_interval':null,"
	"'pending_setup_intent':null,'pending_update':null,'schedule':null,'start_date':0,"
	"'status':'incomplete','test_clock':null,'transfer_data':null,'trial_end':null,"
	"'trial_settings':{'end_behavior':{'missing_payment_method':'create_invoice'}},"
	"'trial_start':null}";

/* The members that are copied as they came. */
static const char made_here[] =
	"customer items trial_end trial_period_days payment_behavior proration_behavior off_session "
	"default_payment_method billing_cycle_anchor cancel_at_period_end cancel_at default_tax_rates "
	"currency trial_from_plan add_invoice_items pause_collection";

int
stripemock_subscription_rates(struct stripemock_work *work, struct stripemock_value *body,
	const struct stripemock_value *ids)
{
	struct stripemock_value *shown = stripemock_value_new(work->arena, BH_JSON_ARRAY);
	struct stripemock_doc *rate;

	for (EACH(id, ids)) {
		int rc = stripemock_work_get(work, "tax_rate", id->text, "default_tax_rates", &rate);

		if (rc < 0)
			return rc;
		stripemock_value_add(shown, stripemock_value_clone(work->arena, rate->body));
	}
	put_copy(body, "_tax_rates", ids);
	stripemock_value_put(body, "default_tax_rates", shown);
	return 0;
}

static int
take_trial(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params)
{
	int64_t end = int_at(params, "trial_end");

	if (has_at(params, "trial_period_days"))
		end = work->now_s + int_at(params, "trial_period_days") * STRIPEMOCK_DAY_S;
	if (stripemock_value_is(params, "trial_end", "now") || end == 0)
		return 0;
	if (end <= work->now_s || end > work->now_s + 730LL * STRIPEMOCK_DAY_S)
		return stripemock_work_refuse(work, NULL, "trial_end",
			"Invalid timestamp: it must be in the future, and not more than two years from now.");
	put_int(doc->body, "trial_start", work->now_s);
	put_int(doc->body, "trial_end", end);
	put_int(doc->body, "billing_cycle_anchor", end);
	put_text(doc->body, "status", "trialing");
	return 0;
}

/* The first period: the trial, or until the anchor, or a whole one. */
static int
begin_period(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params)
{
	int64_t trial_end = int_at(doc->body, "trial_end"),
			anchor = int_at(params, "billing_cycle_anchor");
	int rc = stripemock_subscription_period(work, doc, work->now_s);

	if (rc < 0)
		return rc;
	for (EACH(item, stripemock_value_at(doc->body, "items.data"))) {
		if (trial_end != 0)
			put_int(item, "current_period_end", trial_end);
		else if (anchor != 0 && int_at(item, "current_period_end") != anchor)
			return stripemock_work_refuse(work, NULL, "billing_cycle_anchor",
				"billing_cycle_anchor cannot be later than the next natural billing date.");
	}
	if (anchor != 0 && stripemock_value_is(params, "proration_behavior", "none"))
		put_int(doc->body, "_free_until", anchor);
	return 0;
}

static int
take_anchor(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params)
{
	int64_t anchor = int_at(params, "billing_cycle_anchor");

	put_int(doc->body, "billing_cycle_anchor", work->now_s);
	put_int(doc->body, "start_date", work->now_s);
	if (!has_at(params, "billing_cycle_anchor"))
		return 0;
	if (anchor <= work->now_s)
		return stripemock_work_refuse(work, NULL, "billing_cycle_anchor",
			"billing_cycle_anchor must be in the future.");
	put_int(doc->body, "billing_cycle_anchor", anchor);
	return 0;
}

static int
take_cancel(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params)
{
	struct stripemock_value *body = doc->body;

	if (has_at(params, "cancel_at") && int_at(params, "cancel_at") <= work->now_s)
		return stripemock_work_refuse(work, NULL, "cancel_at", "cancel_at must be in the future.");
	put_bool(body, "cancel_at_period_end", bool_at(params, "cancel_at_period_end"));
	put_time(body, "cancel_at",
		bool_at(params, "cancel_at_period_end") ? stripemock_subscription_period_end(body)
												: int_at(params, "cancel_at"));
	if (has_at(body, "cancel_at"))
		put_int(body, "canceled_at", work->now_s);
	return 0;
}

static int
fill(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params, const struct stripemock_doc *customer)
{
	struct stripemock_value *body = doc->body;
	int rc;

	stripemock_operation_apply(body, params, made_here);
	put_text(body, "customer", customer->id);
	put_copy(body, "test_clock", stripemock_value_at(customer->body, "test_clock"));
	put_text(body, "items.url",
		bh_arena_printf(work->arena, "/v1/subscription_items?subscription=%s", doc->id));
	rc = take_anchor(work, doc, params);
	if (rc == 0)
		rc = take_trial(work, doc, params);
	for (EACH(item, stripemock_value_at(params, "items"))) {
		if (rc == 0)
			rc = stripemock_subscription_item_add(work, doc, item);
	}
	if (rc == 0 && stripemock_value_at(body, "items.data")->count == 0)
		rc = stripemock_work_refuse(work, "parameter_missing", "items",
			"Missing required param: items.");
	if (rc == 0)
		rc = begin_period(work, doc, params);
	if (rc == 0)
		rc = take_cancel(work, doc, params);
	return rc < 0 ? rc
				  : stripemock_subscription_rates(work, body,
						stripemock_value_at(params, "default_tax_rates"));
}

/* A subscription that is paid by itself needs something to pay with, unless its first invoice waits. */
static int
check_method(struct stripemock_work *work, const struct stripemock_doc *doc,
	const struct stripemock_value *params, const struct stripemock_doc *customer)
{
	struct stripemock_doc *method = NULL;
	int rc = stripemock_payment_default(work, customer, doc, &method);

	if (rc == 0 && method == NULL &&
		stripemock_value_is(doc->body, "collection_method", "charge_automatically") &&
		!stripemock_value_is(doc->body, "status", "trialing") &&
		!stripemock_value_is(params, "payment_behavior", "default_incomplete"))
		rc = stripemock_work_refuse(work, "resource_missing", NULL,
			"This customer has no attached payment source or default payment method. Please "
			"consider adding a default payment method.");
	return rc;
}

/* The first invoice decides whether it begins. */
static int
begin(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params)
{
	bool waits = stripemock_value_is(params, "payment_behavior", "default_incomplete");
	bool sent = stripemock_value_is(doc->body, "collection_method", "send_invoice");
	const struct stripemock_bill bill = {"subscription_create", .with_period = true,
		.waits = waits};
	struct stripemock_doc *invoice, *intent;
	int rc = stripemock_subscription_invoice(work, doc, &bill, &invoice);

	if (rc < 0)
		return rc;
	if (sent && stripemock_value_is(doc->body, "status", "incomplete"))
		return stripemock_subscription_status(work, doc, "active");
	if (!stripemock_value_is(doc->body, "status", "incomplete") ||
		!stripemock_value_is(params, "payment_behavior", "error_if_incomplete"))
		return stripemock_subscription_status(work, doc, text_at(doc->body, "status"));
	rc = stripemock_invoice_intent(work, invoice, &intent);
	if (rc < 0 || intent == NULL)
		return rc;
	stripemock_payment_problem(work, intent);
	return BH_E_INVALID;
}

int
stripemock_subscription_make(struct stripemock_work *work, const struct stripemock_value *params,
	struct stripemock_doc *customer, struct stripemock_doc *method, struct stripemock_doc **out)
{
	const char *named = text_at(params, "default_payment_method");
	struct stripemock_doc *doc = stripemock_work_new(work, "subscription", "sub", template);
	int rc = 0;

	if (method == NULL && named != NULL)
		rc = stripemock_payment_own(work, named, customer, "default_payment_method", &method);
	if (rc == 0 && method != NULL)
		put_text(doc->body, "default_payment_method", method->id);
	if (rc == 0)
		rc = fill(work, doc, params, customer);
	if (rc == 0)
		rc = check_method(work, doc, params, customer);
	if (rc == 0)
		rc = stripemock_work_event(work, "customer.subscription.created", doc);
	if (rc == 0)
		rc = begin(work, doc, params);
	*out = doc;
	return rc;
}
