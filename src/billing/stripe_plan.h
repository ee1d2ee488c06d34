/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_plan.h: what stands at Stripe for a version of a plan, and how a tenant's owner gets there. Stripe
 * bills a plan's price; what is used is added to its invoices from ours (stripe_react.c), so that both come to
 * the same amount. */
#ifndef BH_BILLING_STRIPE_PLAN_H
#define BH_BILLING_STRIPE_PLAN_H

#include "base/macros.h"
#include "billing/stripe.h"

/* One version of a plan, as Stripe needs it. Borrowed text. */
struct stripe_plan {
	const char *name;
	int64_t version;
	const char *span; /* "month" or "year" */
	int64_t price_nanos;
	const char *currency;
	int64_t trial_days;
};

/* Its recurring price, made with its product if need be. BH_E_RANGE for what Stripe cannot charge. */
BH_MUST_CHECK int stripe_plan_price(struct stripe *stripe, struct bh_db *db,
	const struct stripe_plan *plan, const char **out);

/* A page on which the tenant's owner subscribes; *out_url lies in the arena. The plan is named in its
 * metadata. `token` makes it one: a repeated click finds the same page. */
BH_MUST_CHECK int stripe_checkout(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const struct stripe_plan *plan, const char *success_url,
	const char *cancel_url, const char *token, const char **out_url);

/* A page on which the owner sees invoices, changes the card and cancels. */
BH_MUST_CHECK int stripe_portal(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const char *return_url, const char **out_url);

#endif
