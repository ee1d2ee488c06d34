/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_item.c: items, and proration when they change. */
#include "stripemock/subscription_item.h"

#include <string.h>

#include "base/arena.h"
#include "stripemock/calendar.h"
#include "stripemock/invoice.h"
#include "stripemock/operation.h"
#include "stripemock/pricing.h"
#include "stripemock/subscription.h"

enum { ITEMS_MOST = 20 };

struct stripemock_value *
stripemock_subscription_item_find(const struct stripemock_doc *subscription, const char *id)
{
	for (EACH(item, stripemock_value_at(subscription->body, "items.data"))) {
		if (stripemock_value_is(item, "id", id))
			return item;
	}
	return NULL;
}

static bool
is_metered(const struct stripemock_doc *price)
{
	return stripemock_value_is(price->body, "recurring.usage_type", "metered");
}

/* All prices of a subscription have one currency and, since they are billed together, one interval. */
static int
check_price(struct stripemock_work *work, const struct stripemock_doc *subscription,
	const struct stripemock_doc *price, const char *except)
{
	const char *currency = text_at(subscription->body, "currency");
	struct stripemock_doc *other;

	if (!bool_at(price->body, "active"))
		return stripemock_work_refuse(work, NULL, "items",
			"The price specified is inactive. This field only accepts active prices.");
	if (!stripemock_value_is(price->body, "type", "recurring"))
		return stripemock_work_refuse(work, NULL, "items",
			"The price specified is set to `type=one_time` but this field only accepts prices with "
			"`type=recurring`.");
	if (currency != NULL && !stripemock_value_is(price->body, "currency", currency))
		return stripemock_work_refuse(work, NULL, "items",
			"The price specified only supports `%s`, not `%s`.", text_at(price->body, "currency"),
			currency);
	for (EACH(item, stripemock_value_at(subscription->body, "items.data"))) {
		int rc;

		if (except != NULL && stripemock_value_is(item, "id", except))
			continue;
		if (stripemock_value_is(item, "price", price->id))
			return stripemock_work_refuse(work, NULL, "items",
				"Cannot add multiple subscription items with the same price: `%s`", price->id);
		rc = stripemock_subscription_price(work, item, &other);
		if (rc < 0)
			return rc;
		if (!stripemock_value_is(price->body, "recurring.interval",
				text_at(other->body, "recurring.interval")) ||
			int_at(price->body, "recurring.interval_count") !=
				int_at(other->body, "recurring.interval_count"))
			return stripemock_work_refuse(work, NULL, "items",
				"All prices on a subscription must have the same `recurring.interval` and "
				"`recurring.interval_count`.");
	}
	return 0;
}

static void
put_quantity(struct stripemock_value *item, const struct stripemock_doc *price,
	const struct stripemock_value *params)
{
	if (is_metered(price))
		stripemock_value_drop(item, "quantity");
	else if (has_at(params, "quantity"))
		put_int(item, "quantity", int_at(params, "quantity"));
	else if (!has_at(item, "quantity"))
		put_int(item, "quantity", 1);
}

int
stripemock_subscription_item_add(struct stripemock_work *work, struct stripemock_doc *subscription,
	const struct stripemock_value *params)
{
	struct stripemock_value *items = stripemock_value_at(subscription->body, "items.data");
	struct stripemock_value *item = stripemock_value_literal(work->arena,
		"{'object':'subscription_item','billing_thresholds':null,'discounts':[],'metadata':{},"
		"'tax_rates':[]}");
	const char *id = text_at(params, "price");
	struct stripemock_doc *price;
	int rc;

	if (id == NULL)
		return stripemock_work_refuse(work, "parameter_missing", "items[0][price]",
			"Missing required param: items[0][price].");
	rc = stripemock_work_get(work, "price", id, "items[0][price]", &price);
	if (rc == 0)
		rc = check_price(work, subscription, price, NULL);
	if (rc < 0)
		return rc;
	if (items->count == ITEMS_MOST)
		return stripemock_work_refuse(work, NULL, "items", "A subscription has at most %d items.",
			ITEMS_MOST);
	if (is_metered(price) && has_at(params, "quantity"))
		return stripemock_work_refuse(work, NULL, "items",
			"You cannot set a quantity for a price of usage.");
	put_text(item, "id", stripemock_work_id(work, "si"));
	put_int(item, "created", work->now_s);
	put_text(item, "price", price->id);
	put_quantity(item, price, params);
	put_text(item, "subscription", subscription->id);
	put_int(item, "current_period_start", work->now_s);
	put_int(item, "current_period_end", stripemock_subscription_period_end(subscription->body));
	if (stripemock_value_at(params, "metadata") != NULL)
		put_copy(item, "metadata", stripemock_value_at(params, "metadata"));
	put_copy(item, "_tax_rates", stripemock_value_at(params, "tax_rates"));
	put_copy(subscription->body, "currency", stripemock_value_at(price->body, "currency"));
	stripemock_value_add(items, item);
	stripemock_work_touch(subscription);
	return 0;
}

/* ---- proration ---- */

/* The part of what a quantity of a price costs that falls to the rest of the period: taken, or given back. */
static int
prorate(struct stripemock_work *work, struct stripemock_doc *subscription,
	const struct stripemock_value *item, const struct stripemock_doc *price, int64_t moment_s,
	bool is_credit)
{
	int64_t start = int_at(item, "current_period_start");
	int64_t end = int_at(item, "current_period_end");
	struct stripemock_line line = {
		.quantity = int_at(item, "quantity"),
		.currency = text_at(subscription->body, "currency"),
		.start = moment_s,
		.end = end,
		.price = price->body,
		.subscription = subscription->id,
		.item = text_at(item, "id"),
		.is_proration = true,
	};
	struct stripemock_doc *customer, *added;
	int64_t whole;
	int rc;

	if (is_metered(price) || moment_s >= end || end <= start)
		return 0;
	if (stripemock_pricing_amount(price->body, line.quantity, &whole) < 0)
		return stripemock_work_refuse(work, "amount_too_large", "items",
			"The amount is too large.");
	line.amount = stripemock_pricing_prorate(is_credit ? -whole : whole, end - moment_s,
		end - start);
	line.description = bh_arena_printf(work->arena, "%s time on %lld × %s",
		is_credit ? "Unused" : "Remaining", (long long)line.quantity,
		text_at(price->body, "product"));
	rc = stripemock_work_get(work, "customer", text_at(subscription->body, "customer"), "customer",
		&customer);
	return rc < 0 ? rc : stripemock_invoice_item_add(work, customer, &line, &added);
}

int
stripemock_subscription_items_credit(struct stripemock_work *work,
	struct stripemock_doc *subscription, int64_t moment_s)
{
	struct stripemock_doc *price;
	int rc = 0;

	if (stripemock_value_is(subscription->body, "status", "trialing"))
		return 0;
	for (EACH(item, stripemock_value_at(subscription->body, "items.data"))) {
		rc = stripemock_subscription_price(work, item, &price);
		if (rc == 0)
			rc = prorate(work, subscription, item, price, moment_s, true);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* ---- changes ---- */

static bool
is_prorated(const struct stripemock_doc *subscription, const struct stripemock_item_change *change)
{
	return strcmp(change->proration, "none") != 0 &&
		!stripemock_value_is(subscription->body, "status", "trialing");
}

static bool
has_other_interval(const struct stripemock_doc *a, const struct stripemock_doc *b)
{
	return !stripemock_value_is(a->body, "recurring.interval",
			   text_at(b->body, "recurring.interval")) ||
		int_at(a->body, "recurring.interval_count") != int_at(b->body, "recurring.interval_count");
}

/* Another price or quantity. */
static int
change_item(struct stripemock_work *work, struct stripemock_doc *subscription,
	struct stripemock_value *item, const struct stripemock_value *params,
	struct stripemock_item_change *change)
{
	bool is_changed = has_at(params, "price") || has_at(params, "quantity");
	struct stripemock_doc *before, *price;
	int rc = stripemock_subscription_price(work, item, &before);

	price = before;
	if (rc == 0 && has_at(params, "price"))
		rc = stripemock_work_get(work, "price", text_at(params, "price"), "items", &price);
	if (rc == 0 && price != before)
		rc = check_price(work, subscription, price, text_at(item, "id"));
	if (rc == 0 && is_metered(price) && has_at(params, "quantity"))
		rc = stripemock_work_refuse(work, NULL, "items",
			"You cannot set a quantity for a price of usage.");
	if (rc == 0 && is_changed && is_prorated(subscription, change))
		rc = prorate(work, subscription, item, before, change->moment_s, true);
	if (rc < 0)
		return rc;
	change->was_reset |= has_other_interval(price, before);
	put_text(item, "price", price->id);
	put_quantity(item, price, params);
	stripemock_operation_apply(item, params, "id price quantity deleted clear_usage tax_rates");
	if (has_at(params, "tax_rates"))
		put_copy(item, "_tax_rates", stripemock_value_at(params, "tax_rates"));
	/* A period that begins anew is billed whole. */
	if (is_changed && !change->was_reset && is_prorated(subscription, change))
		rc = prorate(work, subscription, item, price, change->moment_s, false);
	return rc;
}

static int
remove_item(struct stripemock_work *work, struct stripemock_doc *subscription,
	struct stripemock_value *item, struct stripemock_item_change *change)
{
	struct stripemock_value *items = stripemock_value_at(subscription->body, "items.data");
	struct stripemock_doc *price;
	int rc = stripemock_subscription_price(work, item, &price);

	if (rc == 0 && items->count == 1)
		rc = stripemock_work_refuse(work, NULL, "items",
			"A subscription must have at least one active price.");
	if (rc == 0 && is_prorated(subscription, change))
		rc = prorate(work, subscription, item, price, change->moment_s, true);
	if (rc == 0)
		stripemock_value_cut(items, item);
	return rc;
}

static int
add_item(struct stripemock_work *work, struct stripemock_doc *subscription,
	const struct stripemock_value *params, struct stripemock_item_change *change)
{
	int64_t start = int_at(subscription->body, "items.data.0.current_period_start");
	struct stripemock_value *item;
	struct stripemock_doc *price;
	int rc = stripemock_subscription_item_add(work, subscription, params);

	if (rc < 0)
		return rc;
	item = stripemock_value_at(subscription->body, "items.data")->last;
	put_int(item, "current_period_start", start);
	rc = stripemock_subscription_price(work, item, &price);
	if (rc == 0 && is_prorated(subscription, change))
		rc = prorate(work, subscription, item, price, change->moment_s, false);
	return rc;
}

int
stripemock_subscription_items_change(struct stripemock_work *work,
	struct stripemock_doc *subscription, const struct stripemock_value *items,
	struct stripemock_item_change *change)
{
	int rc = 0;

	for (EACH(params, items)) {
		const char *id = text_at(params, "id");
		struct stripemock_value *item = id != NULL
			? stripemock_subscription_item_find(subscription, id)
			: NULL;

		if (id != NULL && item == NULL)
			rc = stripemock_work_refuse(work, "resource_missing", "items[0][id]",
				"No such subscription item: '%s'", id);
		else if (item == NULL)
			rc = add_item(work, subscription, params, change);
		else if (bool_at(params, "deleted"))
			rc = remove_item(work, subscription, item, change);
		else
			rc = change_item(work, subscription, item, params, change);
		if (rc < 0)
			return rc;
	}
	stripemock_work_touch(subscription);
	return 0;
}
