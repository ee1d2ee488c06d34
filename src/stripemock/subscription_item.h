/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_item.h: what a subscription is of, and what changes of it cost. */
#ifndef BH_STRIPEMOCK_SUBSCRIPTION_ITEM_H
#define BH_STRIPEMOCK_SUBSCRIPTION_ITEM_H

#include "stripemock/work.h"

/* Adds an item by parameters {price, quantity, metadata, tax_rates}. */
BH_MUST_CHECK int stripemock_subscription_item_add(struct stripemock_work *work,
	struct stripemock_doc *subscription, const struct stripemock_value *params);
/* An item of a subscription by its id; NULL: none. */
struct stripemock_value *stripemock_subscription_item_find(const struct stripemock_doc
															   *subscription,
	const char *id);

/* How a subscription is changed. */
struct stripemock_item_change {
	const char *proration; /* "create_prorations", "always_invoice", "none" */
	int64_t moment_s;
	bool was_reset; /* out: the billing period begins anew */
};
/* Changes items by parameters {id, price, quantity, deleted, …}, one without an id is added. What the changes cost or give
 * back of the period becomes items of the next invoice. */
BH_MUST_CHECK int stripemock_subscription_items_change(struct stripemock_work *work,
	struct stripemock_doc *subscription, const struct stripemock_value *items,
	struct stripemock_item_change *change);
/* Gives back what the rest of the period cost. */
BH_MUST_CHECK int stripemock_subscription_items_credit(struct stripemock_work *work,
	struct stripemock_doc *subscription, int64_t moment_s);

#endif
