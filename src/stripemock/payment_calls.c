/* SPDX-License-Identifier: Apache-2.0 */
/* payment_calls.c: the calls on payment methods and payments. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/invoice.h"
#include "stripemock/operation.h"
#include "stripemock/payment.h"

/* ---- payment methods ---- */

const struct stripemock_param payment_method_create_params[] = {
	{"type", STRIPEMOCK_CHOICE, STRIPEMOCK_REQUIRED, "card"},
	{"card.token", STRIPEMOCK_TEXT},
	{"billing_details.name", STRIPEMOCK_TEXT},
	{"billing_details.email", STRIPEMOCK_TEXT},
	{"metadata", STRIPEMOCK_MAP},
	{0},
};

const struct stripemock_param payment_method_attach_params[] = {
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{0},
};

const struct stripemock_param payment_method_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT},
	{"type", STRIPEMOCK_CHOICE, 0, "card"},
	{0},
};

/* Card numbers are refused: what is tested with are tokens. */
int
stripemock_payment_method_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const char *token = text_at(work->params, "card.token");
	struct stripemock_doc *doc;
	int rc;

	(void)operation;
	if (token == NULL)
		return stripemock_work_refuse(work, "parameter_missing", "card[token]",
			"This mock takes test tokens only: card[token]=tok_visa.");
	token = strncmp(token, "tok_", 4) == 0 ? bh_arena_printf(work->arena, "pm_card_%s", token + 4)
										   : token;
	rc = stripemock_payment_method(work, token, "card[token]", &doc);
	if (rc < 0)
		return rc;
	stripemock_operation_apply(doc->body, work->params, "card type");
	return stripemock_view_answer(work, doc);
}

int
stripemock_payment_method_attach(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *customer, *doc;
	int rc = stripemock_operation_customer(work, &customer);

	(void)operation;
	if (rc == 0)
		rc = stripemock_payment_attach(work, work->ids[0], customer, "id", &doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_payment_method_detach(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && !has_at(doc->body, "customer"))
		rc = stripemock_work_refuse(work, NULL, "id",
			"The payment method you provided is not attached to a customer.");
	if (rc < 0)
		return rc;
	put_null(doc->body, "customer");
	stripemock_work_touch(doc);
	rc = stripemock_work_event(work, "payment_method.detached", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_payment_method_customer_list(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_filter filter = {.kind = operation->kind, .customer = work->ids[0]};
	struct stripemock_doc *customer;
	int rc = stripemock_work_get(work, "customer", work->ids[0], "id", &customer);

	return rc < 0
		? rc
		: stripemock_operation_pages(work, &filter,
			  bh_arena_printf(work->arena, "/v1/customers/%s/payment_methods", customer->id));
}

/* ---- payments ---- */

#define CONFIRM_PARAMS \
	{"payment_method", STRIPEMOCK_TEXT}, {"off_session", STRIPEMOCK_BOOL}, \
		{"return_url", STRIPEMOCK_TEXT}, \
	{ \
		"setup_future_usage", STRIPEMOCK_CHOICE, 0, "off_session on_session" \
	}

const struct stripemock_param payment_intent_create_params[] = {
	{"amount", STRIPEMOCK_INT, STRIPEMOCK_REQUIRED},
	{"currency", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"customer", STRIPEMOCK_TEXT},
	{"confirm", STRIPEMOCK_BOOL},
	{"description", STRIPEMOCK_TEXT},
	{"receipt_email", STRIPEMOCK_TEXT},
	{"statement_descriptor", STRIPEMOCK_TEXT},
	{"metadata", STRIPEMOCK_MAP},
	{"payment_method_types[]", STRIPEMOCK_TEXT},
	{"automatic_payment_methods.enabled", STRIPEMOCK_BOOL},
	{"automatic_payment_methods.allow_redirects", STRIPEMOCK_CHOICE, 0, "always never"},
	CONFIRM_PARAMS,
	{0},
};

const struct stripemock_param payment_intent_update_params[] = {
	{"amount", STRIPEMOCK_INT},
	{"currency", STRIPEMOCK_TEXT},
	{"description", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"receipt_email", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY},
	{0},
};

const struct stripemock_param payment_intent_confirm_params[] = {
	CONFIRM_PARAMS,
	{0},
};

const struct stripemock_param payment_intent_cancel_params[] = {
	{"cancellation_reason", STRIPEMOCK_CHOICE, 0,
		"duplicate fraudulent requested_by_customer abandoned"},
	{0},
};

const struct stripemock_param customer_page_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT},
	{0},
};

/* Pays, and an invoice that waited for it is paid with it. */
static int
confirm(struct stripemock_work *work, struct stripemock_doc *doc)
{
	const char *id = text_at(work->params, "payment_method");
	struct stripemock_doc *method = NULL, *customer, *invoice;
	int rc;

	if (stripemock_value_is(doc->body, "status", "succeeded") ||
		stripemock_value_is(doc->body, "status", "canceled"))
		return stripemock_work_refuse(work, "payment_intent_unexpected_state", NULL,
			"You cannot confirm this PaymentIntent because it has a status of %s.",
			text_at(doc->body, "status"));
	rc = stripemock_work_find(work, "customer", text_at(doc->body, "customer"), &customer);
	if (rc == 0 && id != NULL)
		rc = stripemock_payment_method(work, id, "payment_method", &method);
	else if (rc == 0)
		rc = stripemock_work_find(work, "payment_method", text_at(doc->body, "payment_method"),
			&method);
	if (rc == 0 && method == NULL)
		rc = stripemock_work_refuse(work, "parameter_missing", "payment_method",
			"You cannot confirm this PaymentIntent because it's missing a payment method.");
	if (rc == 0 && customer != NULL && has_at(work->params, "setup_future_usage") &&
		!has_at(method->body, "_code"))
		rc = stripemock_payment_attach(work, method->id, customer, "payment_method", &method);
	if (rc == 0)
		rc = stripemock_work_find(work, "invoice", text_at(doc->body, "_invoice"), &invoice);
	if (rc < 0)
		return rc;
	rc = invoice != NULL ? stripemock_invoice_pay(work, invoice, method)
						 : stripemock_payment_try(work, doc, method);
	if (rc == 0 && !stripemock_value_is(doc->body, "status", "succeeded"))
		stripemock_payment_problem(work, doc);
	return rc;
}

int
stripemock_payment_intent_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	const struct stripemock_value *params = work->params;
	const char *method = text_at(params, "payment_method");
	struct stripemock_doc *customer, *doc, *found;
	int rc = stripemock_operation_customer(work, &customer);

	(void)operation;
	if (rc == 0 && (int_at(params, "amount") < 1 || int_at(params, "amount") > 99999999))
		rc = stripemock_work_refuse(work, "parameter_invalid_integer", "amount",
			"This value must be between 1 and 99999999.");
	if (rc < 0)
		return rc;
	doc = stripemock_payment_new(work, customer, int_at(params, "amount"),
		text_at(params, "currency"));
	stripemock_operation_apply(doc->body, params,
		"amount currency customer confirm off_session return_url payment_method");
	if (method != NULL) {
		rc = stripemock_payment_method(work, method, "payment_method", &found);
		if (rc < 0)
			return rc;
		put_text(doc->body, "payment_method", found->id);
		put_text(doc->body, "status", "requires_confirmation");
		put_text(work->params, "payment_method", found->id);
	}
	rc = stripemock_work_event(work, "payment_intent.created", doc);
	if (rc == 0 && bool_at(params, "confirm"))
		rc = confirm(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_payment_intent_confirm(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = confirm(work, doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_payment_intent_cancel(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 &&
		(stripemock_value_is(doc->body, "status", "succeeded") ||
			stripemock_value_is(doc->body, "status", "canceled")))
		rc = stripemock_work_refuse(work, "payment_intent_unexpected_state", NULL,
			"You cannot cancel this PaymentIntent because it has a status of %s.",
			text_at(doc->body, "status"));
	if (rc == 0)
		rc = stripemock_payment_cancel(work, doc, text_at(work->params, "cancellation_reason"));
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}
