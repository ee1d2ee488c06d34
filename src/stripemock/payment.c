/* SPDX-License-Identifier: Apache-2.0 */
/* payment.c: test cards, and what comes of paying with them. */
#include "stripemock/payment.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

/* Test cards by the names that Stripe gives them. */
static const struct card {
	const char *token, *brand, *last4;
	const char *code, *decline_code; /* NULL: payments succeed */
	bool refused;                    /* when it is attached already */
	bool refund_fails;
} cards[] = {
	{"pm_card_visa", "visa", "4242"},
	{"pm_card_visa_debit", "visa", "5556"},
	{"pm_card_mastercard", "mastercard", "4444"},
	{"pm_card_amex", "amex", "8431"},
	{"pm_card_discover", "discover", "9424"},
	{"pm_card_us", "visa", "4242"},
	{"pm_card_refundFail", "visa", "5126", .refund_fails = true},
	{"pm_card_chargeCustomerFail", "visa", "0341", "card_declined", "generic_decline"},
	{"pm_card_authenticationRequired", "visa", "3184", "authentication_required",
		"authentication_required"},
	{"pm_card_chargeDeclined", "visa", "0002", "card_declined", "generic_decline", true},
	{"pm_card_visa_chargeDeclined", "visa", "0002", "card_declined", "generic_decline", true},
	{"pm_card_chargeDeclinedInsufficientFunds", "visa", "9995", "card_declined",
		"insufficient_funds", true},
	{"pm_card_visa_chargeDeclinedInsufficientFunds", "visa", "9995", "card_declined",
		"insufficient_funds", true},
	{"pm_card_visa_chargeDeclinedLostCard", "visa", "9987", "card_declined", "lost_card", true},
	{"pm_card_visa_chargeDeclinedStolenCard", "visa", "9979", "card_declined", "stolen_card", true},
	{"pm_card_chargeDeclinedExpiredCard", "visa", "0069", "expired_card", "expired_card", true},
	{"pm_card_chargeDeclinedIncorrectCvc", "visa", "0127", "incorrect_cvc", "incorrect_cvc", true},
	{"pm_card_chargeDeclinedProcessingError", "visa", "0119", "processing_error",
		"processing_error", true},
};

static const char method_template[] =
	"{'allow_redisplay':'unspecified','billing_details':{'address':{'city':null,'country':null,"
	"'line1':null,'line2':null,'postal_code':null,'state':null},'email':null,'name':null,"
	"'phone':null,'tax_id':null},'card':{'brand':null,'checks':{'address_line1_check':null,"
	"'address_postal_code_check':null,'cvc_check':'pass'},'country':'US','display_brand':null,"
	"'exp_month':12,'exp_year':2040,'fingerprint':null,'funding':'credit','generated_from':null,"
	"'last4':null,'networks':{'available':[],'preferred':null},'regulated_status':'unregulated',"
	"'three_d_secure_usage':{'supported':true},'wallet':null},'customer':null,"
	"'customer_account':null,'metadata':{},'type':'card'}";

static const struct card *
find_card(const char *token)
{
	for (size_t i = 0; i < BH_COUNT(cards); i++) {
		if (strcmp(cards[i].token, token) == 0)
			return &cards[i];
	}
	return NULL;
}

static struct stripemock_doc *
new_method(struct stripemock_work *work, const struct card *card)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "payment_method", "pm", method_template);
	struct stripemock_value *network = stripemock_value_new(work->arena, BH_JSON_STRING);

	network->text = card->brand;
	stripemock_value_add(stripemock_value_at(doc->body, "card.networks.available"), network);
	put_text(doc->body, "card.brand", card->brand);
	put_text(doc->body, "card.display_brand", card->brand);
	put_text(doc->body, "card.last4", card->last4);
	put_text(doc->body, "card.fingerprint", bh_arena_printf(work->arena, "mock%s", card->last4));
	put_text(doc->body, "_code", card->code);
	put_text(doc->body, "_decline_code", card->decline_code);
	put_bool(doc->body, "_refused", card->refused);
	put_bool(doc->body, "_refund_fails", card->refund_fails);
	return doc;
}

/* By its id, or a new one by a test token. */
int
stripemock_payment_method(struct stripemock_work *work, const char *id, const char *param,
	struct stripemock_doc **out)
{
	const struct card *card = find_card(id);

	if (card == NULL)
		return stripemock_work_get(work, "payment_method", id, param, out);
	*out = new_method(work, card);
	return 0;
}

static const char *
message_of(const char *code)
{
	static const struct {
		const char *code, *message;
	} messages[] = {
		{"card_declined", "Your card was declined."},
		{"expired_card", "Your card has expired."},
		{"incorrect_cvc", "Your card's security code is incorrect."},
		{"processing_error",
			"An error occurred while processing your card. Try again in a little bit."},
		{"authentication_required",
			"Your card was declined. This transaction requires authentication."},
	};

	for (size_t i = 0; i < BH_COUNT(messages); i++) {
		if (strcmp(messages[i].code, code) == 0)
			return messages[i].message;
	}
	return "Your card was declined.";
}

int
stripemock_payment_attach(struct stripemock_work *work, const char *id,
	struct stripemock_doc *customer, const char *param, struct stripemock_doc **out)
{
	struct stripemock_doc *doc;
	const char *owner;
	int rc = stripemock_payment_method(work, id, param, &doc);

	if (rc < 0)
		return rc;
	owner = text_at(doc->body, "customer");
	if (owner != NULL && strcmp(owner, customer->id) != 0)
		return stripemock_work_refuse(work, "payment_method_unexpected_state", param,
			"The payment method has already been attached to another customer.");
	if (bool_at(doc->body, "_refused")) {
		const char *code = text_at(doc->body, "_code");

		rc = stripemock_work_refuse(work, code, param, "%s", message_of(code));
		work->problem.status = 402;
		work->problem.type = "card_error";
		work->problem.decline_code = text_at(doc->body, "_decline_code");
		return rc;
	}
	*out = doc;
	if (owner != NULL)
		return 0;
	put_text(doc->body, "customer", customer->id);
	stripemock_work_touch(doc);
	return stripemock_work_event(work, "payment_method.attached", doc);
}

int
stripemock_payment_own(struct stripemock_work *work, const char *id,
	const struct stripemock_doc *customer, const char *param, struct stripemock_doc **out)
{
	struct stripemock_doc *doc;
	int rc = stripemock_work_get(work, "payment_method", id, param, &doc);

	if (rc == 0 && !stripemock_value_is(doc->body, "customer", customer->id))
		return stripemock_work_refuse(work, "resource_missing", param,
			"The customer does not have a payment method with the ID %s.", id);
	if (rc == 0)
		*out = doc;
	return rc;
}

int
stripemock_payment_default(struct stripemock_work *work, const struct stripemock_doc *customer,
	const struct stripemock_doc *subscription, struct stripemock_doc **out)
{
	const char *id = subscription != NULL ? text_at(subscription->body, "default_payment_method")
										  : NULL;

	if (id == NULL)
		id = text_at(customer->body, "invoice_settings.default_payment_method");
	return stripemock_work_find(work, "payment_method", id, out);
}

/* ---- payments ---- */

static const char intent_template[] =
	"{'amount':0,'amount_capturable':0,'amount_details':{'tip':{}},'amount_received':0,"
	"'application':null,'application_fee_amount':null,'automatic_payment_methods':null,"
	"'canceled_at':null,'cancellation_reason':null,'capture_method':'automatic',"
	"'client_secret':null,'confirmation_method':'automatic','currency':null,'customer':null,"
	"'customer_account':null,'description':null,'excluded_payment_method_types':null,"
	"'last_payment_error':null,'latest_charge':null,'managed_payments':null,'metadata':{},"
	"'next_action':null,'on_behalf_of':null,'payment_method':null,"
	"'payment_method_configuration_details':null,'payment_method_options':{},"
	"'payment_method_types':['card'],'processing':null,'receipt_email':null,'review':null,"
	"'setup_future_usage':null,'shipping':null,'source':null,'statement_descriptor':null,"
	"'statement_descriptor_suffix':null,'status':'requires_payment_method','transfer_data':null,"
	"'transfer_group':null}";

struct stripemock_doc *
stripemock_payment_new(struct stripemock_work *work, const struct stripemock_doc *customer,
	int64_t amount, const char *currency)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "payment_intent", "pi", intent_template);

	put_int(doc->body, "amount", amount);
	put_text(doc->body, "currency", currency);
	put_text(doc->body, "customer", customer != NULL ? customer->id : NULL);
	put_text(doc->body, "client_secret",
		bh_arena_printf(work->arena, "%s_secret_mock%s", doc->id, stripemock_work_random(work)));
	return doc;
}

static void
put_error(struct stripemock_work *work, struct stripemock_doc *intent,
	const struct stripemock_doc *method)
{
	const char *code = method != NULL ? text_at(method->body, "_code")
									  : "payment_intent_unexpected_state";
	struct stripemock_value *error = stripemock_value_new(work->arena, BH_JSON_OBJECT);

	put_text(error, "code", code);
	if (method != NULL) {
		put_text(error, "decline_code", text_at(method->body, "_decline_code"));
		put_text(error, "message", message_of(code));
		put_copy(error, "payment_method", method->body);
		put_text(error, "type", "card_error");
	} else {
		put_text(error, "message", "There is no payment method to pay with.");
		put_text(error, "type", "invalid_request_error");
	}
	stripemock_value_put(intent->body, "last_payment_error", error);
}

int
stripemock_payment_try(struct stripemock_work *work, struct stripemock_doc *intent,
	struct stripemock_doc *method)
{
	struct stripemock_value *body = intent->body;

	stripemock_work_touch(intent);
	if (method == NULL || text_at(method->body, "_code") != NULL) {
		put_text(body, "status", "requires_payment_method");
		put_null(body, "payment_method");
		put_error(work, intent, method);
		return stripemock_work_event(work, "payment_intent.payment_failed", intent);
	}
	put_text(body, "payment_method", method->id);
	put_text(body, "status", "succeeded");
	put_int(body, "amount_received", int_at(body, "amount"));
	put_text(body, "latest_charge", stripemock_work_id(work, "ch"));
	put_null(body, "last_payment_error");
	return stripemock_work_event(work, "payment_intent.succeeded", intent);
}

int
stripemock_payment_cancel(struct stripemock_work *work, struct stripemock_doc *intent,
	const char *reason)
{
	put_text(intent->body, "status", "canceled");
	put_text(intent->body, "cancellation_reason", reason);
	put_int(intent->body, "canceled_at", work->now_s);
	stripemock_work_touch(intent);
	return stripemock_work_event(work, "payment_intent.canceled", intent);
}

void
stripemock_payment_problem(struct stripemock_work *work, const struct stripemock_doc *intent)
{
	const struct stripemock_value *error = stripemock_value_at(intent->body, "last_payment_error");

	work->problem = (struct stripemock_problem){
		.status = stripemock_value_is(error, "type", "card_error") ? 402 : 400,
		.type = text_at(error, "type"),
		.code = text_at(error, "code"),
		.decline_code = text_at(error, "decline_code"),
		.message = text_at(error, "message"),
		.payment_intent = intent->body,
		.payment_method = stripemock_value_at(error, "payment_method"),
		.is_kept = true,
	};
}
