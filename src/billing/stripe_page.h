/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_page.h: the pages of Stripe that a tenant's owner is sent to. Bulkhead bills and Stripe collects: the
 * owner leaves a way to pay there, and each invoice of ours is charged to it as it stands (stripe_collect.h).
 * So what is paid is the invoice, to the minor unit, whatever Stripe would have made of the same prices. */
#ifndef BH_BILLING_STRIPE_PAGE_H
#define BH_BILLING_STRIPE_PAGE_H

#include "base/macros.h"
#include "billing/plan.h"
#include "billing/stripe.h"

struct stripe_pages {
	const char *success_url, *cancel_url;
};

/* A page on which the owner subscribes to a version of a plan: it names the price and asks for a way to pay;
 * what follows, the webhook brings about. *out_url lies in the arena. `token` makes it one: a repeated call
 * finds the same page. */
BH_MUST_CHECK int stripe_checkout(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const struct billing_plan *plan, const struct stripe_pages *pages,
	const char *token, const char **out_url);

/* A page on which the owner sees what was charged and changes the way to pay. */
BH_MUST_CHECK int stripe_portal(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const char *return_url, const char **out_url);

#endif
