/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_life.c: draft, open, paid, void, uncollectible. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "stripemock/calendar.h"
#include "stripemock/credit.h"
#include "stripemock/invoice.h"
#include "stripemock/payment.h"
#include "stripemock/subscription.h"

/* How long a draft waits before it is made final, and days between the tries to be paid. */
enum { DRAFT_S = 3600, TRIES = 4 };
static const int64_t retry_days[TRIES] = {3, 2, 2, 0};

static const char template[] =
	"{'account_country':'US','account_name':'Mock of Stripe','account_tax_ids':null,"
	"'amount_due':0,'amount_overpaid':0,'amount_paid':0,'amount_remaining':0,'amount_shipping':0,"
	"'application':null,'attempt_count':0,'attempted':false,'auto_advance':false,"
	"'automatic_tax':{'disabled_reason':null,'enabled':false,'liability':null,'provider':null,"
	"'status':null},'automatically_finalizes_at':null,'billing_reason':'manual',"
	"'collection_method':'charge_automatically','currency':'usd','custom_fields':null,"
	"'customer':null,'customer_account':null,'customer_address':null,'customer_email':null,"
	"'customer_name':null,'customer_phone':null,'customer_shipping':null,"
	"'customer_tax_exempt':'none','customer_tax_ids':[],'default_payment_method':null,"
	"'default_source':null,'default_tax_rates':[],'description':null,'discounts':[],"
	"'due_date':null,'effective_at':null,'ending_balance':null,'footer':null,"
	"'from_invoice':null,'hosted_invoice_url':null,'invoice_pdf':null,"
	"'issuer':{'type':'self'},'last_finalization_error':null,'latest_revision':null,"
	"'lines':{'object':'list','data':[],'has_more':false,'url':null},'metadata':{},"
	"'next_payment_attempt':null,'number':null,'on_behalf_of':null,'parent':null,"
	"'payment_settings':{'default_mandate':null,'payment_method_options':null,"
	"'payment_method_types':null},'period_end':0,'period_start':0,"
	"'post_payment_credit_notes_amount':0,'pre_payment_credit_notes_amount':0,"
	"'receipt_number':null,'rendering':null,'shipping_cost':null,'shipping_details':null,"
	"'starting_balance':0,'statement_descriptor':null,'status':'draft',"
	"'status_transitions':{'finalized_at':null,'marked_uncollectible_at':null,'paid_at':null,"
	"'voided_at':null},'subscription':null,'subtotal':0,'subtotal_excluding_tax':0,"
	"'test_clock':null,'total':0,'total_discount_amounts':[],'total_excluding_tax':0,"
	"'total_pretax_credit_amounts':[],'total_taxes':[],'webhooks_delivered_at':null}";

static void
put_customer(struct stripemock_value *body, const struct stripemock_doc *customer)
{
	static const char *const same[] = {"address", "email", "name", "phone", "shipping",
		"tax_exempt"};

	put_text(body, "customer", customer->id);
	for (size_t i = 0; i < BH_COUNT(same); i++)
		put_copy(body, bh_arena_printf(body->arena, "customer_%s", same[i]),
			stripemock_value_at(customer->body, same[i]));
	put_copy(body, "test_clock", stripemock_value_at(customer->body, "test_clock"));
}

static void
put_subscription(struct stripemock_value *body, const struct stripemock_doc *subscription)
{
	static const char *const same[] = {"currency", "collection_method", "description"};

	for (size_t i = 0; i < BH_COUNT(same); i++)
		put_copy(body, same[i], stripemock_value_at(subscription->body, same[i]));
	put_null(body, "parent.quote_details");
	put_copy(body, "parent.subscription_details.metadata",
		stripemock_value_at(subscription->body, "metadata"));
	put_text(body, "parent.subscription_details.subscription", subscription->id);
	put_text(body, "parent.type", "subscription_details");
	put_text(body, "_subscription", subscription->id);
	put_copy(body, "_days_until_due", stripemock_value_at(subscription->body, "days_until_due"));
	put_copy(body, "_tax_rates", stripemock_value_at(subscription->body, "_tax_rates"));
	put_copy(body, "default_tax_rates",
		stripemock_value_at(subscription->body, "default_tax_rates"));
	put_bool(body, "auto_advance", true);
}

struct stripemock_doc *
stripemock_invoice_new(struct stripemock_work *work, const struct stripemock_doc *customer,
	const struct stripemock_doc *subscription, const char *reason)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "invoice", "in", template);
	struct stripemock_value *body = doc->body;

	put_text(body, "billing_reason", reason);
	put_customer(body, customer);
	put_text(body, "lines.url", bh_arena_printf(work->arena, "/v1/invoices/%s/lines", doc->id));
	put_int(body, "period_start", work->now_s);
	put_int(body, "period_end", work->now_s);
	if (subscription != NULL) {
		put_subscription(body, subscription);
		put_int(body, "automatically_finalizes_at", work->now_s + DRAFT_S);
	}
	return doc;
}

/* ---- payment ---- */

int
stripemock_invoice_intent(struct stripemock_work *work, const struct stripemock_doc *invoice,
	struct stripemock_doc **out)
{
	return stripemock_work_find(work, "payment_intent", text_at(invoice->body, "_payment_intent"),
		out);
}

/* The payment that an open invoice waits for. */
static int
add_payment(struct stripemock_work *work, struct stripemock_doc *invoice,
	const struct stripemock_doc *customer)
{
	int64_t amount = int_at(invoice->body, "amount_remaining");
	const char *currency = text_at(invoice->body, "currency");
	struct stripemock_doc *intent = stripemock_payment_new(work, customer, amount, currency);
	struct stripemock_doc *payment = stripemock_work_new(work, "invoice_payment", "inpay",
		"{'amount_paid':null,'is_default':true,'status':'open',"
		"'status_transitions':{'canceled_at':null,'paid_at':null}}");

	put_int(payment->body, "amount_requested", amount);
	put_text(payment->body, "currency", currency);
	put_text(payment->body, "invoice", invoice->id);
	put_text(payment->body, "payment.type", "payment_intent");
	put_text(payment->body, "payment.payment_intent", intent->id);
	put_text(invoice->body, "_payment_intent", intent->id);
	put_text(invoice->body, "_payment", payment->id);
	put_copy(invoice->body, "_confirmation_secret.client_secret",
		stripemock_value_at(intent->body, "client_secret"));
	put_text(invoice->body, "_confirmation_secret.type", "payment_intent");
	put_text(intent->body, "_invoice", invoice->id);
	put_text(intent->body, "description",
		stripemock_invoice_subscription(invoice) != NULL ? "Subscription update"
														 : "Payment for Invoice");
	return stripemock_work_event(work, "payment_intent.created", intent);
}

static int
end_payment(struct stripemock_work *work, struct stripemock_doc *invoice, bool is_paid)
{
	struct stripemock_doc *payment;
	int rc = stripemock_work_find(work, "invoice_payment", text_at(invoice->body, "_payment"),
		&payment);

	if (rc < 0 || payment == NULL)
		return rc;
	put_text(payment->body, "status", is_paid ? "paid" : "canceled");
	if (is_paid)
		put_copy(payment->body, "amount_paid",
			stripemock_value_at(payment->body, "amount_requested"));
	put_int(payment->body,
		is_paid ? "status_transitions.paid_at" : "status_transitions.canceled_at", work->now_s);
	stripemock_work_touch(payment);
	return is_paid ? stripemock_work_event(work, "invoice_payment.paid", payment) : 0;
}

int
stripemock_invoice_settle(struct stripemock_work *work, struct stripemock_doc *invoice,
	const char *method)
{
	struct stripemock_value *body = invoice->body;
	int rc;

	put_text(body, "status", "paid");
	put_int(body, "status_transitions.paid_at", work->now_s);
	put_int(body, "amount_paid", method != NULL ? int_at(body, "amount_remaining") : 0);
	put_int(body, "amount_remaining", 0);
	put_bool(body, "attempted", true);
	put_bool(body, "auto_advance", false);
	put_null(body, "next_payment_attempt");
	stripemock_work_touch(invoice);
	rc = stripemock_work_event(work, "invoice.paid", invoice);
	if (rc == 0)
		rc = stripemock_work_event(work, "invoice.payment_succeeded", invoice);
	return rc < 0 ? rc : stripemock_subscription_paid(work, invoice);
}

/* Whether and when it is tried again. After the last try the subscription ends. */
static int
note_failure(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	struct stripemock_value *body = invoice->body;
	int64_t count = int_at(body, "attempt_count");
	bool is_last = count >= TRIES || !bool_at(body, "auto_advance");
	int rc;

	if (is_last)
		put_null(body, "next_payment_attempt");
	else
		put_int(body, "next_payment_attempt",
			work->now_s + retry_days[count - 1] * STRIPEMOCK_DAY_S);
	rc = stripemock_work_event(work, "invoice.payment_failed", invoice);
	return rc < 0 ? rc : stripemock_subscription_unpaid(work, invoice, count >= TRIES);
}

int
stripemock_invoice_pay(struct stripemock_work *work, struct stripemock_doc *invoice,
	struct stripemock_doc *method)
{
	struct stripemock_value *body = invoice->body;
	struct stripemock_doc *customer, *subscription = NULL, *intent;
	int rc = stripemock_work_get(work, "customer", text_at(body, "customer"), "customer",
		&customer);

	if (rc == 0)
		rc = stripemock_work_find(work, "subscription", stripemock_invoice_subscription(invoice),
			&subscription);
	if (rc == 0 && method == NULL)
		rc = stripemock_work_find(work, "payment_method", text_at(body, "default_payment_method"),
			&method);
	if (rc == 0 && method == NULL)
		rc = stripemock_payment_default(work, customer, subscription, &method);
	if (rc == 0)
		rc = stripemock_invoice_intent(work, invoice, &intent);
	if (rc < 0 || intent == NULL)
		return rc < 0 ? rc : stripemock_invoice_settle(work, invoice, NULL);
	put_int(body, "attempt_count", int_at(body, "attempt_count") + 1);
	put_bool(body, "attempted", true);
	stripemock_work_touch(invoice);
	rc = stripemock_payment_try(work, intent, method);
	if (rc < 0 || !stripemock_value_is(intent->body, "status", "succeeded"))
		return rc < 0 ? rc : note_failure(work, invoice);
	rc = end_payment(work, invoice, true);
	return rc < 0 ? rc : stripemock_invoice_settle(work, invoice, "payment_intent");
}

/* ---- final ---- */

static void
put_number(struct stripemock_work *work, struct stripemock_value *body,
	struct stripemock_doc *customer)
{
	int64_t number = int_at(customer->body, "next_invoice_sequence");

	put_text(body, "number",
		bh_arena_printf(work->arena, "%s-%04lld", text_at(customer->body, "invoice_prefix"),
			(long long)number));
	put_int(customer->body, "next_invoice_sequence", number + 1);
	stripemock_work_touch(customer);
}

/* What is final does not change any more. */
static void
put_final(struct stripemock_work *work, struct stripemock_doc *invoice,
	struct stripemock_doc *customer)
{
	struct stripemock_value *body = invoice->body;
	const char *base = work->mock->conf.page_url;

	put_number(work, body, customer);
	put_text(body, "status", "open");
	put_int(body, "status_transitions.finalized_at", work->now_s);
	put_int(body, "effective_at", work->now_s);
	put_null(body, "automatically_finalizes_at");
	put_int(body, "ending_balance", int_at(body, "_ending_balance"));
	put_int(customer->body, "balance", int_at(body, "_ending_balance"));
	put_copy(customer->body, "currency", stripemock_value_at(body, "currency"));
	if (stripemock_value_is(body, "collection_method", "send_invoice") && !has_at(body, "due_date"))
		put_int(body, "due_date", work->now_s + int_at(body, "_days_until_due") * STRIPEMOCK_DAY_S);
	put_text(body, "hosted_invoice_url",
		bh_arena_printf(work->arena, "%s/mock-stripe/invoice/%s", base, invoice->id));
	put_text(body, "invoice_pdf",
		bh_arena_printf(work->arena, "%s/mock-stripe/invoice/%s/pdf", base, invoice->id));
}

int
stripemock_invoice_finalize(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	struct stripemock_doc *customer;
	int rc;

	if (!stripemock_value_is(invoice->body, "status", "draft"))
		return stripemock_work_refuse(work, "invoice_not_editable", NULL,
			"This invoice is already finalized, you can't re-finalize a non-draft invoice.");
	rc = stripemock_work_get(work, "customer", text_at(invoice->body, "customer"), "customer",
		&customer);
	if (rc == 0)
		rc = stripemock_credit_apply(work, invoice);
	if (rc == 0)
		rc = stripemock_invoice_sum(work, invoice);
	if (rc < 0)
		return rc;
	put_final(work, invoice, customer);
	if (int_at(invoice->body, "amount_remaining") > 0)
		rc = add_payment(work, invoice, customer);
	if (rc == 0)
		rc = stripemock_work_event(work, "invoice.finalized", invoice);
	if (rc == 0 && int_at(invoice->body, "amount_remaining") <= 0)
		rc = stripemock_invoice_settle(work, invoice, NULL);
	return rc;
}

int
stripemock_invoice_forgo(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	struct stripemock_doc *intent;
	int rc = end_payment(work, invoice, false);

	if (rc == 0)
		rc = stripemock_invoice_intent(work, invoice, &intent);
	if (rc == 0 && intent != NULL)
		rc = stripemock_payment_cancel(work, intent, "void_invoice");
	put_bool(invoice->body, "auto_advance", false);
	put_null(invoice->body, "next_payment_attempt");
	stripemock_work_touch(invoice);
	return rc;
}

int
stripemock_invoice_void(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	int rc;

	if (!stripemock_value_is(invoice->body, "status", "open") &&
		!stripemock_value_is(invoice->body, "status", "uncollectible"))
		return stripemock_work_refuse(work, "invoice_not_editable", NULL,
			"You can only void open or uncollectible invoices.");
	rc = stripemock_invoice_forgo(work, invoice);
	if (rc == 0)
		rc = stripemock_credit_restore(work, invoice);
	if (rc < 0)
		return rc;
	put_text(invoice->body, "status", "void");
	put_int(invoice->body, "status_transitions.voided_at", work->now_s);
	rc = stripemock_work_event(work, "invoice.voided", invoice);
	return rc < 0 ? rc : stripemock_subscription_voided(work, invoice);
}

int
stripemock_invoice_uncollectible(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	if (!stripemock_value_is(invoice->body, "status", "open"))
		return stripemock_work_refuse(work, "invoice_not_editable", NULL,
			"Only open invoices can be marked as uncollectible.");
	put_text(invoice->body, "status", "uncollectible");
	put_int(invoice->body, "status_transitions.marked_uncollectible_at", work->now_s);
	put_bool(invoice->body, "auto_advance", false);
	put_null(invoice->body, "next_payment_attempt");
	stripemock_work_touch(invoice);
	return stripemock_work_event(work, "invoice.marked_uncollectible", invoice);
}

/* ---- by itself ---- */

/* What a paused subscription does with its invoices. */
static int
end_paused(struct stripemock_work *work, struct stripemock_doc *invoice, const char *behavior)
{
	return strcmp(behavior, "void") == 0 ? stripemock_invoice_void(work, invoice)
										 : stripemock_invoice_uncollectible(work, invoice);
}

/* Who is sent an invoice and does not pay it in time. */
static int
note_overdue(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	int rc;

	put_bool(invoice->body, "_overdue", true);
	stripemock_work_touch(invoice);
	rc = stripemock_work_event(work, "invoice.overdue", invoice);
	return rc < 0 ? rc : stripemock_subscription_unpaid(work, invoice, false);
}

int
stripemock_invoice_due(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	bool is_draft = stripemock_value_is(invoice->body, "status", "draft");
	const char *paused = text_at(invoice->body, "_pause");
	int rc = is_draft ? stripemock_invoice_finalize(work, invoice) : 0;

	if (rc < 0 || !stripemock_value_is(invoice->body, "status", "open"))
		return rc;
	if (paused != NULL)
		return end_paused(work, invoice, paused);
	if (stripemock_value_is(invoice->body, "collection_method", "send_invoice"))
		return is_draft ? stripemock_work_event(work, "invoice.sent", invoice)
						: note_overdue(work, invoice);
	return stripemock_invoice_pay(work, invoice, NULL);
}
