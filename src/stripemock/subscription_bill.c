/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_bill.c: periods of subscriptions, and what they put on invoices. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/calendar.h"
#include "stripemock/invoice.h"
#include "stripemock/meter.h"
#include "stripemock/pricing.h"
#include "stripemock/subscription.h"

int
stripemock_subscription_price(struct stripemock_work *work, const struct stripemock_value *item,
	struct stripemock_doc **out)
{
	return stripemock_work_get(work, "price", text_at(item, "price"), "items", out);
}

int
stripemock_subscription_period(struct stripemock_work *work, struct stripemock_doc *subscription,
	int64_t start)
{
	int64_t anchor = int_at(subscription->body, "billing_cycle_anchor");
	struct stripemock_doc *price;

	for (EACH(item, stripemock_value_at(subscription->body, "items.data"))) {
		int rc = stripemock_subscription_price(work, item, &price);

		if (rc < 0)
			return rc;
		put_int(item, "current_period_start", start);
		put_int(item, "current_period_end",
			stripemock_calendar_next(anchor, text_at(price->body, "recurring.interval"),
				int_at(price->body, "recurring.interval_count"), start));
	}
	stripemock_work_touch(subscription);
	return 0;
}

static const char *
name_of(struct stripemock_work *work, const struct stripemock_doc *price)
{
	struct stripemock_doc *product = NULL;
	const char *name = NULL;

	if (stripemock_work_find(work, "product", text_at(price->body, "product"), &product) == 0 &&
		product != NULL)
		name = text_at(product->body, "name");
	return name != NULL ? name : price->id;
}

/* The whole period's price; of a first period that was cut short, its part. */
static int
bill_licensed(struct stripemock_work *work, const struct stripemock_value *subscription,
	const struct stripemock_value *item, const struct stripemock_doc *price,
	struct stripemock_line *line)
{
	int64_t anchor = int_at(subscription, "billing_cycle_anchor");
	bool is_free = stripemock_value_is(subscription, "status", "trialing") ||
		int_at(subscription, "_free_until") > int_at(item, "current_period_start");
	const char *interval = text_at(price->body, "recurring.interval");
	int64_t count = int_at(price->body, "recurring.interval_count");
	int rc;

	line->quantity = int_at(item, "quantity");
	line->start = int_at(item, "current_period_start");
	line->end = int_at(item, "current_period_end");
	rc = stripemock_pricing_amount(price->body, line->quantity, &line->amount);
	if (rc < 0)
		return stripemock_work_refuse(work, "amount_too_large", "items",
			"The amount is too large.");
	if (is_free) {
		line->amount = 0;
	} else if (stripemock_calendar_next(anchor, interval, count, line->start - 1) != line->start) {
		/* It begins between two periods: the first one, until the anchor. */
		int64_t whole = line->end - stripemock_calendar_add(line->end, interval, -count);

		line->amount = stripemock_pricing_prorate(line->amount, line->end - line->start, whole);
	}
	line->description = bh_arena_printf(work->arena, "%lld × %s", (long long)line->quantity,
		name_of(work, price));
	return 0;
}

static int
bill_metered(struct stripemock_work *work, const struct stripemock_doc *subscription,
	const struct stripemock_doc *price, int64_t since, struct stripemock_line *line)
{
	int rc;

	line->start = since;
	line->end = work->now_s;
	rc = stripemock_meter_usage(work, text_at(price->body, "recurring.meter"),
		text_at(subscription->body, "customer"), line->start, line->end, &line->quantity);
	if (rc == 0 && stripemock_pricing_amount(price->body, line->quantity, &line->amount) < 0)
		rc = stripemock_work_refuse(work, "amount_too_large", "items", "The amount is too large.");
	line->description = bh_arena_printf(work->arena, "%lld %s", (long long)line->quantity,
		name_of(work, price));
	return rc;
}

int
stripemock_subscription_bill(struct stripemock_work *work, struct stripemock_doc *subscription,
	struct stripemock_doc *invoice, int64_t since)
{
	bool is_over = has_at(subscription->body, "ended_at");
	struct stripemock_doc *price;
	int rc = 0;

	for (EACH(item, stripemock_value_at(subscription->body, "items.data"))) {
		struct stripemock_line line = {
			.currency = text_at(subscription->body, "currency"),
			.subscription = subscription->id,
			.item = text_at(item, "id"),
			.tax_rates = stripemock_value_at(item, "_tax_rates"),
		};
		bool metered;

		rc = stripemock_subscription_price(work, item, &price);
		if (rc < 0)
			return rc;
		line.price = price->body;
		metered = stripemock_value_is(price->body, "recurring.usage_type", "metered");
		if (metered ? since == 0 : is_over)
			continue;
		rc = metered ? bill_metered(work, subscription, price, since, &line)
					 : bill_licensed(work, subscription->body, item, price, &line);
		if (rc < 0)
			return rc;
		stripemock_invoice_line_add(work, invoice, &line);
	}
	return 0;
}

int
stripemock_subscription_invoice(struct stripemock_work *work, struct stripemock_doc *subscription,
	const struct stripemock_bill *bill, struct stripemock_doc **out)
{
	struct stripemock_doc *customer, *invoice;
	int rc = stripemock_work_get(work, "customer", text_at(subscription->body, "customer"),
		"customer", &customer);

	if (rc < 0)
		return rc;
	invoice = stripemock_invoice_new(work, customer, subscription, bill->reason);
	*out = invoice;
	put_text(subscription->body, "latest_invoice", invoice->id);
	stripemock_work_touch(subscription);
	if (bill->with_period)
		rc = stripemock_subscription_bill(work, subscription, invoice, bill->since);
	if (rc == 0)
		rc = stripemock_invoice_items_take(work, invoice, subscription->id);
	if (rc == 0)
		rc = stripemock_invoice_sum(work, invoice);
	if (rc == 0)
		rc = stripemock_work_event(work, "invoice.created", invoice);
	if (rc == 0)
		rc = stripemock_invoice_finalize(work, invoice);
	if (rc < 0 || !stripemock_value_is(invoice->body, "status", "open") || bill->waits)
		return rc;
	if (stripemock_value_is(invoice->body, "collection_method", "send_invoice"))
		return stripemock_work_event(work, "invoice.sent", invoice);
	return stripemock_invoice_pay(work, invoice, NULL);
}
