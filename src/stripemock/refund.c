/* SPDX-License-Identifier: Apache-2.0 */
/* refund.c: payments that are given back, and the charges that the events of that are about. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/operation.h"
#include "stripemock/payment.h"

const struct stripemock_param refund_create_params[] = {
	{"payment_intent", STRIPEMOCK_TEXT},
	{"charge", STRIPEMOCK_TEXT},
	{"amount", STRIPEMOCK_INT},
	{"reason", STRIPEMOCK_CHOICE, 0, "duplicate fraudulent requested_by_customer"},
	{"metadata", STRIPEMOCK_MAP},
	{0},
};

const struct stripemock_param refund_update_params[] = {
	{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY},
	{0},
};

const struct stripemock_param refund_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"payment_intent", STRIPEMOCK_TEXT},
	{"charge", STRIPEMOCK_TEXT},
	{0},
};

static const char template[] =
	"{'amount':0,'balance_transaction':null,'charge':null,'currency':null,"
	"'destination_details':{'card':{'reference_status':'pending','reference_type':"
	"'acquirer_reference_number','type':'refund'},'type':'card'},'metadata':{},"
	"'payment_intent':null,'reason':null,'receipt_number':null,'source_transfer_reversal':null,"
	"'status':'succeeded','transfer_reversal':null}";

/* The payment: by its id, or by that of its charge. */
static int
find_payment(struct stripemock_work *work, struct stripemock_doc **out)
{
	const char *charge = text_at(work->params, "charge");
	const struct stripemock_filter filter = {.kind = "payment_intent",
		.members = charge != NULL ? stripemock_work_member(work, "latest_charge", charge) : NULL};
	struct stripemock_doc **found;
	size_t n = 0;
	int rc;

	if (charge == NULL)
		return stripemock_work_get(work, "payment_intent", text_at(work->params, "payment_intent"),
			"payment_intent", out);
	rc = stripemock_work_list(work, &filter, &found, &n);
	if (rc == 0 && n == 0)
		rc = stripemock_work_refuse(work, "resource_missing", "charge", "No such charge: '%s'",
			charge);
	if (rc == 0)
		*out = found[0];
	return rc;
}

/* Kept nowhere: what its payment says of it. */
static void
tell_charge(struct stripemock_work *work, const struct stripemock_doc *intent, const char *type)
{
	struct stripemock_value *charge = stripemock_value_literal(work->arena,
		"{'object':'charge','livemode':false,'paid':true,'status':'succeeded'}");
	static const char *const same[] = {"amount", "currency", "customer", "metadata", "created"};

	put_text(charge, "id", text_at(intent->body, "latest_charge"));
	for (size_t i = 0; i < BH_COUNT(same); i++)
		put_copy(charge, same[i], stripemock_value_at(intent->body, same[i]));
	put_text(charge, "payment_intent", intent->id);
	put_int(charge, "amount_refunded", int_at(intent->body, "_refunded"));
	put_bool(charge, "refunded",
		int_at(intent->body, "_refunded") == int_at(intent->body, "amount_received"));
	stripemock_work_event_of(work, type, charge, NULL);
}

/* By a card of which Stripe learns later that it takes nothing back. */
static int
fail(struct stripemock_work *work, struct stripemock_doc *doc, struct stripemock_doc *intent)
{
	int rc;

	put_text(doc->body, "status", "failed");
	put_text(doc->body, "failure_reason", "expired_or_canceled_card");
	put_int(intent->body, "_refunded",
		int_at(intent->body, "_refunded") - int_at(doc->body, "amount"));
	rc = stripemock_work_event(work, "refund.updated", doc);
	return rc < 0 ? rc : stripemock_work_event(work, "refund.failed", doc);
}

static int
check(struct stripemock_work *work, const struct stripemock_doc *intent, int64_t left,
	int64_t amount)
{
	if (!stripemock_value_is(intent->body, "status", "succeeded"))
		return stripemock_work_refuse(work, "payment_intent_unexpected_state", "payment_intent",
			"This PaymentIntent does not have a successful charge to refund.");
	if (left == 0)
		return stripemock_work_refuse(work, "charge_already_refunded", NULL,
			"Charge %s has already been refunded.", text_at(intent->body, "latest_charge"));
	if (amount < 1 || amount > left)
		return stripemock_work_refuse(work, NULL, "amount",
			"Refund amount is greater than unrefunded amount on charge (%lld).", (long long)left);
	return 0;
}

int
stripemock_refund_create(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	struct stripemock_doc *intent, *method = NULL, *doc;
	int64_t left, amount;
	int rc = 0;

	(void)operation;
	if (has_at(work->params, "payment_intent") == has_at(work->params, "charge"))
		return stripemock_work_refuse(work, "parameter_missing", "payment_intent",
			"You must provide either a charge or a payment_intent.");
	rc = find_payment(work, &intent);
	if (rc < 0)
		return rc;
	left = int_at(intent->body, "amount_received") - int_at(intent->body, "_refunded");
	amount = has_at(work->params, "amount") ? int_at(work->params, "amount") : left;
	rc = check(work, intent, left, amount);
	if (rc == 0)
		rc = stripemock_work_find(work, "payment_method", text_at(intent->body, "payment_method"),
			&method);
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "refund", "re", template);
	stripemock_operation_apply(doc->body, work->params, "charge payment_intent amount");
	put_int(doc->body, "amount", amount);
	put_text(doc->body, "payment_intent", intent->id);
	put_copy(doc->body, "charge", stripemock_value_at(intent->body, "latest_charge"));
	put_copy(doc->body, "currency", stripemock_value_at(intent->body, "currency"));
	put_int(intent->body, "_refunded", int_at(intent->body, "_refunded") + amount);
	stripemock_work_touch(intent);
	rc = stripemock_work_event(work, "refund.created", doc);
	if (rc == 0)
		tell_charge(work, intent, "charge.refunded");
	if (rc == 0 && method != NULL && bool_at(method->body, "_refund_fails"))
		rc = fail(work, doc, intent);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}
