/* SPDX-License-Identifier: Apache-2.0 */
/* checkout.c: checkout sessions. */
#include "stripemock/checkout.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "stripemock/invoice.h"
#include "stripemock/operation.h"
#include "stripemock/payment.h"
#include "stripemock/pricing.h"
#include "stripemock/subscription.h"

enum { OPEN_S = 86400, OPEN_LEAST_S = 1800 };

const struct stripemock_param checkout_create_params[] = {
	{"mode", STRIPEMOCK_CHOICE, STRIPEMOCK_REQUIRED, "payment setup subscription"},
	{"success_url", STRIPEMOCK_TEXT},
	{"cancel_url", STRIPEMOCK_TEXT},
	{"custom_text.submit.message", STRIPEMOCK_TEXT},
	{"client_reference_id", STRIPEMOCK_TEXT},
	{"customer", STRIPEMOCK_TEXT},
	{"customer_email", STRIPEMOCK_TEXT},
	{"customer_creation", STRIPEMOCK_CHOICE, 0, "always if_required"},
	{"currency", STRIPEMOCK_TEXT},
	{"expires_at", STRIPEMOCK_INT},
	{"allow_promotion_codes", STRIPEMOCK_BOOL},
	{"billing_address_collection", STRIPEMOCK_CHOICE, 0, "auto required"},
	{"locale", STRIPEMOCK_TEXT},
	{"metadata", STRIPEMOCK_MAP},
	{"payment_method_types[]", STRIPEMOCK_TEXT},
	{"payment_method_collection", STRIPEMOCK_CHOICE, 0, "always if_required"},
	{"submit_type", STRIPEMOCK_CHOICE, 0, "auto book donate pay subscribe"},
	{"line_items[].price", STRIPEMOCK_TEXT},
	{"line_items[].quantity", STRIPEMOCK_INT},
	{"subscription_data.metadata", STRIPEMOCK_MAP},
	{"subscription_data.description", STRIPEMOCK_TEXT},
	{"subscription_data.trial_period_days", STRIPEMOCK_INT},
	{"subscription_data.trial_end", STRIPEMOCK_INT},
	{"subscription_data.default_tax_rates[]", STRIPEMOCK_TEXT},
	{"payment_intent_data.metadata", STRIPEMOCK_MAP},
	{"payment_intent_data.description", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param checkout_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT},
	{"payment_intent", STRIPEMOCK_TEXT},
	{"subscription", STRIPEMOCK_TEXT},
	{"status", STRIPEMOCK_CHOICE, 0, "complete expired open"},
	{0},
};

static const char template[] =
	"{'adaptive_pricing':null,'after_expiration':null,'allow_promotion_codes':null,"
	"'amount_subtotal':null,'amount_total':null,'automatic_tax':{'enabled':false,"
	"'liability':null,'provider':null,'status':null},'billing_address_collection':null,"
	"'cancel_url':null,'client_reference_id':null,'client_secret':null,"
	"'collected_information':null,'consent':null,'consent_collection':null,'currency':null,"
	"'currency_conversion':null,'custom_fields':[],'custom_text':{'after_submit':null,"
	"'shipping_address':null,'submit':null,'terms_of_service_acceptance':null},"
	"'customer':null,'customer_account':null,'customer_creation':null,'customer_details':null,"
	"'customer_email':null,'discounts':[],'expires_at':0,'integration_identifier':null,"
	"'invoice':null,'invoice_creation':null,'locale':null,'managed_payments':null,"
	"'metadata':{},'mode':null,'origin_context':null,'payment_intent':null,"
	"'payment_link':null,'payment_method_collection':'always',"
	"'payment_method_configuration_details':null,'payment_method_options':{},"
	"'payment_method_types':['card'],'payment_status':'unpaid','permissions':null,"
	"'phone_number_collection':{'enabled':false},'recovered_from':null,"
	"'saved_payment_method_options':null,'setup_intent':null,"
	"'shipping_address_collection':null,'shipping_cost':null,'shipping_options':[],"
	"'status':'open','submit_type':null,'subscription':null,'success_url':null,"
	"'total_details':null,'ui_mode':'hosted_page','url':null,'wallet_options':null}";

static const char *
name_of(struct stripemock_work *work, const struct stripemock_doc *price)
{
	struct stripemock_doc *product;
	int rc = stripemock_work_find(work, "product", text_at(price->body, "product"), &product);

	return rc == 0 && product != NULL ? text_at(product->body, "name") : price->id;
}

/* One line; usage is billed later. */
static int
add_line(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params, struct stripemock_value *lines)
{
	bool subscribes = stripemock_value_is(doc->body, "mode", "subscription");
	struct stripemock_value *line = stripemock_value_literal(work->arena,
		"{'object':'item','adjustable_quantity':null,'amount_discount':0,'amount_tax':0,"
		"'metadata':{}}");
	int64_t quantity = has_at(params, "quantity") ? int_at(params, "quantity") : 1, amount = 0;
	struct stripemock_doc *price;
	bool metered;
	int rc = stripemock_work_get(work, "price", text_at(params, "price"), "line_items[0][price]",
		&price);

	if (rc < 0)
		return rc;
	if (!subscribes && stripemock_value_is(price->body, "type", "recurring"))
		return stripemock_work_refuse(work, NULL, "line_items",
			"You specified `payment` mode but passed a recurring price.");
	if (has_at(doc->body, "currency") &&
		!stripemock_value_is(doc->body, "currency", text_at(price->body, "currency")))
		return stripemock_work_refuse(work, NULL, "line_items",
			"All prices must have the same currency.");
	metered = stripemock_value_is(price->body, "recurring.usage_type", "metered");
	if (metered && has_at(params, "quantity"))
		return stripemock_work_refuse(work, NULL, "line_items[0][quantity]",
			"Quantity should not be specified where usage_type is metered.");
	if (!metered && stripemock_pricing_amount(price->body, quantity, &amount) < 0)
		return stripemock_work_refuse(work, "amount_too_large", "line_items",
			"The amount is too large.");
	put_text(line, "id", stripemock_work_id(work, "li"));
	put_int(line, "amount_subtotal", amount);
	put_int(line, "amount_total", amount);
	put_copy(line, "currency", stripemock_value_at(price->body, "currency"));
	put_text(line, "description", name_of(work, price));
	put_copy(line, "price", price->body);
	if (metered)
		put_null(line, "quantity");
	else
		put_int(line, "quantity", quantity);
	put_copy(doc->body, "currency", stripemock_value_at(price->body, "currency"));
	stripemock_value_add(lines, line);
	return 0;
}

static int
take_lines(struct stripemock_work *work, struct stripemock_doc *doc)
{
	const struct stripemock_value *items = stripemock_value_at(work->params, "line_items");
	struct stripemock_value *list = stripemock_operation_list(work->arena,
		bh_arena_printf(work->arena, "/v1/checkout/sessions/%s/line_items", doc->id));
	bool trial = has_at(work->params, "subscription_data.trial_period_days") ||
		has_at(work->params, "subscription_data.trial_end");
	int64_t sum = 0;
	int rc = 0;

	if (stripemock_value_is(doc->body, "mode", "setup"))
		return 0;
	if (items == NULL || items->count == 0)
		return stripemock_work_refuse(work, "parameter_missing", "line_items",
			"Missing required param: line_items.");
	for (EACH(item, items)) {
		if (rc == 0)
			rc = add_line(work, doc, item, stripemock_value_at(list, "data"));
	}
	for (EACH(line, stripemock_value_at(list, "data"))) {
		bool later = trial && stripemock_value_is(line, "price.type", "recurring");

		sum += later ? 0 : int_at(line, "amount_total");
	}
	stripemock_value_put(doc->body, "_line_items", list);
	put_int(doc->body, "amount_subtotal", sum);
	put_int(doc->body, "amount_total", sum);
	put_literal(doc->body, "total_details",
		"{'amount_discount':0,'amount_shipping':0,'amount_tax':0}");
	return rc;
}

/* The page's address cannot be guessed. */
static void
put_page(struct stripemock_work *work, struct stripemock_doc *doc)
{
	put_text(doc->body, "url",
		bh_arena_printf(work->arena, "%s/mock-stripe/checkout/%s", work->mock->conf.page_url,
			doc->id));
	if (!has_at(doc->body, "expires_at") || int_at(doc->body, "expires_at") == 0)
		put_int(doc->body, "expires_at", work->wall_s + OPEN_S);
}

int
stripemock_checkout_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	int64_t expires = int_at(work->params, "expires_at");
	struct stripemock_doc *customer, *doc;
	int rc = stripemock_operation_param(work, "customer", "customer", &customer);

	(void)operation;
	if (rc < 0)
		return rc;
	if (expires != 0 && (expires < work->wall_s + OPEN_LEAST_S || expires > work->wall_s + OPEN_S))
		return stripemock_work_refuse(work, NULL, "expires_at",
			"The `expires_at` timestamp must be between 30 minutes and 24 hours from now.");
	if (!has_at(work->params, "success_url"))
		return stripemock_work_refuse(work, "parameter_missing", "success_url",
			"Missing required param: success_url.");
	rc = stripemock_work_check_url(work, "success_url");
	if (rc == 0)
		rc = stripemock_work_check_url(work, "cancel_url");
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "checkout.session", "cs_test", template);
	stripemock_operation_apply(doc->body, work->params,
		"line_items subscription_data payment_intent_data custom_text");
	put_copy(doc->body, "custom_text.submit",
		stripemock_value_at(work->params, "custom_text.submit"));
	put_copy(doc->body, "_subscription_data",
		stripemock_value_at(work->params, "subscription_data"));
	put_copy(doc->body, "_payment_data", stripemock_value_at(work->params, "payment_intent_data"));
	put_page(work, doc);
	rc = take_lines(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_checkout_lines(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc < 0)
		return rc;
	work->result = has_at(doc->body, "_line_items")
		? stripemock_value_clone(work->arena, stripemock_value_at(doc->body, "_line_items"))
		: stripemock_operation_list(work->arena, "/v1/checkout/sessions");
	return 0;
}

int
stripemock_checkout_expire(struct stripemock_work *work, struct stripemock_doc *session)
{
	put_text(session->body, "status", "expired");
	put_null(session->body, "url");
	stripemock_work_touch(session);
	return stripemock_work_event(work, "checkout.session.expired", session);
}

int
stripemock_checkout_expire_call(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && !stripemock_value_is(doc->body, "status", "open"))
		rc = stripemock_work_refuse(work, NULL, NULL,
			"Only Checkout Sessions with a status in [\"open\"] can be expired.");
	if (rc == 0)
		rc = stripemock_checkout_expire(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* ---- the page's work ---- */

const char *
stripemock_checkout_url(struct stripemock_work *work, const struct stripemock_doc *session,
	const char *member)
{
	static const char place[] = "{CHECKOUT_SESSION_ID}";
	const char *url = text_at(session->body, member);
	const char *at = url != NULL ? strstr(url, place) : NULL;

	if (at == NULL)
		return url;
	return bh_arena_printf(work->arena, "%.*s%s%s", (int)(at - url), url, session->id,
		at + strlen(place));
}

static int
find_customer(struct stripemock_work *work, struct stripemock_doc *session,
	struct stripemock_doc **out)
{
	const char *id = text_at(session->body, "customer");
	int rc;

	if (id != NULL)
		rc = stripemock_work_get(work, "customer", id, "customer", out);
	else {
		*out = stripemock_customer_new(work);
		put_copy((*out)->body, "email", stripemock_value_at(session->body, "customer_email"));
		rc = stripemock_work_event(work, "customer.created", *out);
	}
	return rc < 0 ? rc : stripemock_work_enter(work, *out);
}

static int
subscribe(struct stripemock_work *work, struct stripemock_doc *session,
	struct stripemock_doc *customer, struct stripemock_doc *method)
{
	struct stripemock_value *params = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	struct stripemock_value *items = stripemock_value_new(work->arena, BH_JSON_ARRAY);
	const struct stripemock_value *data = stripemock_value_at(session->body, "_subscription_data");
	struct stripemock_doc *doc;
	int rc;

	if (data != NULL && data->kind == BH_JSON_OBJECT)
		stripemock_operation_apply(params, data, "");
	for (EACH(line, stripemock_value_at(session->body, "_line_items.data"))) {
		struct stripemock_value *item = stripemock_value_new(work->arena, BH_JSON_OBJECT);

		put_copy(item, "price", stripemock_value_at(line, "price.id"));
		if (has_at(line, "quantity"))
			put_copy(item, "quantity", stripemock_value_at(line, "quantity"));
		stripemock_value_add(items, item);
	}
	stripemock_value_put(params, "items", items);
	put_text(params, "payment_behavior", "error_if_incomplete");
	rc = stripemock_subscription_make(work, params, customer, method, &doc);
	if (rc < 0)
		return rc;
	put_text(session->body, "subscription", doc->id);
	put_copy(session->body, "invoice", stripemock_value_at(doc->body, "latest_invoice"));
	return 0;
}

static int
pay_once(struct stripemock_work *work, struct stripemock_doc *session,
	struct stripemock_doc *customer, struct stripemock_doc *method)
{
	const struct stripemock_value *data = stripemock_value_at(session->body, "_payment_data");
	struct stripemock_doc *intent = stripemock_payment_new(work, customer,
		int_at(session->body, "amount_total"), text_at(session->body, "currency"));
	int rc;

	if (data != NULL && data->kind == BH_JSON_OBJECT)
		stripemock_operation_apply(intent->body, data, "");
	rc = stripemock_work_event(work, "payment_intent.created", intent);
	if (rc == 0)
		rc = stripemock_payment_try(work, intent, method);
	if (rc < 0)
		return rc;
	if (!stripemock_value_is(intent->body, "status", "succeeded")) {
		stripemock_payment_problem(work, intent);
		return BH_E_INVALID;
	}
	put_text(session->body, "payment_intent", intent->id);
	return 0;
}

static int
set_up(struct stripemock_work *work, struct stripemock_doc *session,
	const struct stripemock_doc *customer, const struct stripemock_doc *method)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "setup_intent", "seti",
		"{'application':null,'automatic_payment_methods':null,'cancellation_reason':null,"
		"'client_secret':null,'customer':null,'description':null,"
		"'excluded_payment_method_types':null,'flow_directions':null,'last_setup_error':null,"
		"'latest_attempt':null,'mandate':null,'metadata':{},'next_action':null,"
		"'on_behalf_of':null,'payment_method':null,"
		"'payment_method_configuration_details':null,'payment_method_options':{},"
		"'payment_method_types':['card'],'single_use_mandate':null,'status':'succeeded',"
		"'usage':'off_session'}");

	put_text(doc->body, "customer", customer->id);
	put_text(doc->body, "payment_method", method->id);
	put_text(session->body, "setup_intent", doc->id);
	return stripemock_work_event(work, "setup_intent.succeeded", doc);
}

static int
complete(struct stripemock_work *work, struct stripemock_doc *session,
	const struct stripemock_doc *customer)
{
	struct stripemock_value *body = session->body;
	bool free = stripemock_value_is(body, "mode", "setup") || int_at(body, "amount_total") == 0;

	put_text(body, "customer", customer->id);
	put_text(body, "status", "complete");
	put_text(body, "payment_status", free ? "no_payment_required" : "paid");
	put_null(body, "url");
	put_literal(body, "customer_details",
		"{'address':null,'business_name':null,'email':null,'individual_name':null,'name':null,"
		"'phone':null,'tax_exempt':'none','tax_ids':[]}");
	put_copy(body, "customer_details.email", stripemock_value_at(customer->body, "email"));
	put_copy(body, "customer_details.name", stripemock_value_at(customer->body, "name"));
	stripemock_work_touch(session);
	return stripemock_work_event(work, "checkout.session.completed", session);
}

int
stripemock_checkout_pay(struct stripemock_work *work, struct stripemock_doc *session,
	const char *card, bool *out_paid)
{
	struct stripemock_doc *customer, *method;
	int rc;

	*out_paid = false;
	if (!stripemock_value_is(session->body, "status", "open"))
		return stripemock_work_refuse(work, NULL, NULL, "This session has ended.");
	rc = find_customer(work, session, &customer);
	if (rc == 0)
		rc = stripemock_payment_attach(work, card, customer, "payment_method", &method);
	if (rc < 0)
		return rc;
	if (stripemock_value_is(session->body, "mode", "subscription"))
		rc = subscribe(work, session, customer, method);
	else if (stripemock_value_is(session->body, "mode", "payment"))
		rc = pay_once(work, session, customer, method);
	else
		rc = set_up(work, session, customer, method);
	if (rc == 0)
		rc = complete(work, session, customer);
	*out_paid = rc == 0;
	return rc;
}
