/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_life.c: what happens to a subscription by itself: trials and periods end, invoices are paid or not. */
#include <string.h>

#include "stripemock/entitlement.h"
#include "stripemock/invoice.h"
#include "stripemock/payment.h"
#include "stripemock/subscription.h"

static bool
has_status(const struct stripemock_doc *subscription, const char *status)
{
	return stripemock_value_is(subscription->body, "status", status);
}

int
stripemock_subscription_status(struct stripemock_work *work, struct stripemock_doc *subscription,
	const char *status)
{
	struct stripemock_doc *customer;
	int rc;

	put_text(subscription->body, "status", status);
	put_bool(subscription->body, "_is_over", strcmp(status, "incomplete_expired") == 0);
	stripemock_work_touch(subscription);
	rc = stripemock_work_event(work, "customer.subscription.updated", subscription);
	if (rc == 0)
		rc = stripemock_work_get(work, "customer", text_at(subscription->body, "customer"),
			"customer", &customer);
	return rc < 0 ? rc : stripemock_entitlement_refresh(work, customer);
}

/* ---- its invoices ---- */

static int
find(struct stripemock_work *work, const struct stripemock_doc *invoice,
	struct stripemock_doc **out)
{
	return stripemock_work_find(work, "subscription", stripemock_invoice_subscription(invoice),
		out);
}

int
stripemock_subscription_paid(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	struct stripemock_doc *subscription;
	bool is_latest;
	int rc = find(work, invoice, &subscription);

	if (rc < 0 || subscription == NULL)
		return rc;
	is_latest = stripemock_value_is(subscription->body, "latest_invoice", invoice->id);
	if (has_status(subscription, "incomplete") ||
		(is_latest && (has_status(subscription, "past_due") || has_status(subscription, "unpaid"))))
		return stripemock_subscription_status(work, subscription, "active");
	return 0;
}

int
stripemock_subscription_unpaid(struct stripemock_work *work, struct stripemock_doc *invoice,
	bool is_last)
{
	struct stripemock_doc *subscription;
	int rc = find(work, invoice, &subscription);

	if (rc < 0 || subscription == NULL)
		return rc;
	if (is_last && !has_status(subscription, "canceled")) {
		put_text(subscription->body, "cancellation_details.reason", "payment_failed");
		return stripemock_subscription_end(work, subscription);
	}
	if (has_status(subscription, "active"))
		return stripemock_subscription_status(work, subscription, "past_due");
	return 0;
}

int
stripemock_subscription_voided(struct stripemock_work *work, struct stripemock_doc *invoice)
{
	struct stripemock_doc *subscription;
	int rc = find(work, invoice, &subscription);

	if (rc < 0 || subscription == NULL)
		return rc;
	if (has_status(subscription, "incomplete"))
		return stripemock_subscription_status(work, subscription, "incomplete_expired");
	if (has_status(subscription, "past_due") &&
		stripemock_value_is(subscription->body, "latest_invoice", invoice->id))
		return stripemock_subscription_status(work, subscription, "active");
	return 0;
}

/* ---- its end ---- */

int
stripemock_subscription_end(struct stripemock_work *work, struct stripemock_doc *subscription)
{
	struct stripemock_value *body = subscription->body;
	struct stripemock_doc *customer;
	int rc;

	if (has_status(subscription, "canceled"))
		return 0;
	put_text(body, "status", "canceled");
	put_bool(body, "_is_over", true);
	put_int(body, "ended_at", work->now_s);
	if (!has_at(body, "canceled_at"))
		put_int(body, "canceled_at", work->now_s);
	stripemock_work_touch(subscription);
	rc = stripemock_work_event(work, "customer.subscription.deleted", subscription);
	if (rc == 0)
		rc = stripemock_work_get(work, "customer", text_at(body, "customer"), "customer",
			&customer);
	return rc < 0 ? rc : stripemock_entitlement_refresh(work, customer);
}

/* ---- its periods ---- */

/* A draft for the period that begins and the usage of the one that ended. */
static int
bill_period(struct stripemock_work *work, struct stripemock_doc *subscription, int64_t since)
{
	struct stripemock_value *body = subscription->body;
	const char *pause = text_at(body, "pause_collection.behavior");
	struct stripemock_doc *customer, *invoice;
	int rc = stripemock_work_get(work, "customer", text_at(body, "customer"), "customer",
		&customer);

	if (rc < 0)
		return rc;
	invoice = stripemock_invoice_new(work, customer, subscription, "subscription_cycle");
	put_text(body, "latest_invoice", invoice->id);
	put_int(invoice->body, "period_start", since);
	if (pause != NULL && strcmp(pause, "keep_as_draft") == 0) {
		put_bool(invoice->body, "auto_advance", false);
		put_null(invoice->body, "automatically_finalizes_at");
	} else if (pause != NULL) {
		put_text(invoice->body, "_pause", pause);
	}
	stripemock_work_touch(subscription);
	rc = stripemock_subscription_bill(work, subscription, invoice, since);
	if (rc == 0)
		rc = stripemock_invoice_items_take(work, invoice, subscription->id);
	if (rc == 0)
		rc = stripemock_invoice_sum(work, invoice);
	return rc < 0 ? rc : stripemock_work_event(work, "invoice.created", invoice);
}

/* The usage of the last period is still billed. */
static int
end_period(struct stripemock_work *work, struct stripemock_doc *subscription)
{
	int64_t since = int_at(subscription->body, "items.data.0.current_period_start");
	struct stripemock_doc *price;
	bool metered = false;
	int rc = 0;

	for (EACH(item, stripemock_value_at(subscription->body, "items.data"))) {
		if (rc == 0)
			rc = stripemock_subscription_price(work, item, &price);
		if (rc == 0)
			metered |= stripemock_value_is(price->body, "recurring.usage_type", "metered");
	}
	put_int(subscription->body, "ended_at", work->now_s);
	if (rc == 0 && metered && !has_status(subscription, "trialing"))
		rc = bill_period(work, subscription, since);
	return rc < 0 ? rc : stripemock_subscription_end(work, subscription);
}

/* A trial that ends without a payment method, where the subscription says what then. */
static int
end_trial(struct stripemock_work *work, struct stripemock_doc *subscription, bool *out_done)
{
	const char *behavior = text_at(subscription->body,
		"trial_settings.end_behavior.missing_payment_method");
	struct stripemock_doc *customer, *method = NULL;
	int rc = stripemock_work_get(work, "customer", text_at(subscription->body, "customer"),
		"customer", &customer);

	if (rc == 0)
		rc = stripemock_payment_default(work, customer, subscription, &method);
	*out_done = rc == 0 && method == NULL && behavior != NULL &&
		strcmp(behavior, "create_invoice") != 0;
	if (rc < 0 || !*out_done)
		return rc;
	if (strcmp(behavior, "cancel") == 0)
		return stripemock_subscription_end(work, subscription);
	rc = stripemock_work_event(work, "customer.subscription.paused", subscription);
	return rc < 0 ? rc : stripemock_subscription_status(work, subscription, "paused");
}

static int
renew(struct stripemock_work *work, struct stripemock_doc *subscription)
{
	int64_t since = int_at(subscription->body, "items.data.0.current_period_start");
	int64_t end = stripemock_subscription_period_end(subscription->body);
	bool trial = has_status(subscription, "trialing"), done = false;
	int rc = trial ? end_trial(work, subscription, &done) : 0;

	if (rc < 0 || done)
		return rc;
	if (trial) {
		put_int(subscription->body, "billing_cycle_anchor", end);
		put_text(subscription->body, "status", "active");
	}
	rc = stripemock_subscription_period(work, subscription, end);
	/* What is used during a trial is free. */
	if (rc == 0)
		rc = bill_period(work, subscription, trial ? end : since);
	return rc < 0
		? rc
		: stripemock_subscription_status(work, subscription, text_at(subscription->body, "status"));
}

int
stripemock_subscription_due(struct stripemock_work *work, struct stripemock_doc *subscription)
{
	struct stripemock_value *body = subscription->body;
	int64_t now_s = work->now_s;

	if (has_status(subscription, "incomplete"))
		return stripemock_subscription_status(work, subscription, "incomplete_expired");
	if (has_at(body, "cancel_at") && int_at(body, "cancel_at") <= now_s)
		return end_period(work, subscription);
	if (has_at(body, "pause_collection.resumes_at") &&
		int_at(body, "pause_collection.resumes_at") <= now_s) {
		put_null(body, "pause_collection");
		return stripemock_subscription_status(work, subscription, text_at(body, "status"));
	}
	if (has_status(subscription, "trialing") && !bool_at(body, "_warned") &&
		now_s < int_at(body, "trial_end")) {
		put_bool(body, "_warned", true);
		stripemock_work_touch(subscription);
		return stripemock_work_event(work, "customer.subscription.trial_will_end", subscription);
	}
	return renew(work, subscription);
}
