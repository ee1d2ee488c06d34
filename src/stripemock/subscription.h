/* SPDX-License-Identifier: Apache-2.0 */
/* subscription.h: subscriptions: their periods, and what comes of their invoices. */
#ifndef BH_STRIPEMOCK_SUBSCRIPTION_H
#define BH_STRIPEMOCK_SUBSCRIPTION_H

#include "stripemock/work.h"

/* ---- subscription_make.c ---- */

/* A new one by parameters as POST /v1/subscriptions takes them; `method` pays (NULL: the customer's). */
BH_MUST_CHECK int stripemock_subscription_make(struct stripemock_work *work,
	const struct stripemock_value *params, struct stripemock_doc *customer,
	struct stripemock_doc *method, struct stripemock_doc **out);

/* Shows tax rates, and keeps their ids to calculate with. */
BH_MUST_CHECK int stripemock_subscription_rates(struct stripemock_work *work,
	struct stripemock_value *body, const struct stripemock_value *ids);

/* ---- subscription_calls.c ---- */

/* Changes it by the parameters of the call. */
BH_MUST_CHECK int stripemock_subscription_change(struct stripemock_work *work,
	struct stripemock_doc *subscription);

/* ---- subscription_life.c ---- */

/* Its status and what hangs on it: the event, the customer's entitlements. */
BH_MUST_CHECK int stripemock_subscription_status(struct stripemock_work *work,
	struct stripemock_doc *subscription, const char *status);
/* What became of its invoice. */
BH_MUST_CHECK int stripemock_subscription_paid(struct stripemock_work *work,
	struct stripemock_doc *invoice);
BH_MUST_CHECK int stripemock_subscription_unpaid(struct stripemock_work *work,
	struct stripemock_doc *invoice, bool is_last);
BH_MUST_CHECK int stripemock_subscription_voided(struct stripemock_work *work,
	struct stripemock_doc *invoice);
/* Ends it now. */
BH_MUST_CHECK int stripemock_subscription_end(struct stripemock_work *work,
	struct stripemock_doc *subscription);
/* Its moment has come: a trial or a period ends. */
BH_MUST_CHECK int stripemock_subscription_due(struct stripemock_work *work,
	struct stripemock_doc *subscription);

/* ---- subscription_bill.c ---- */

/* Adds what the items cost: the licensed ones for the periods that they have now, times part/whole, those of a
 * meter for the time from `since` until now (0: none). */
BH_MUST_CHECK int stripemock_subscription_bill(struct stripemock_work *work,
	struct stripemock_doc *subscription, struct stripemock_doc *invoice, int64_t since);
/* Moves all items to the period that begins at `start`. */
BH_MUST_CHECK int stripemock_subscription_period(struct stripemock_work *work,
	struct stripemock_doc *subscription, int64_t start);
/* The price of an item. */
BH_MUST_CHECK int stripemock_subscription_price(struct stripemock_work *work,
	const struct stripemock_value *item, struct stripemock_doc **out);
/* An invoice for what is due now, made final at once. */
struct stripemock_bill {
	const char *reason;
	bool with_period; /* what the items cost in their periods, and not only items that wait */
	int64_t since;    /* usage from then on; 0: none */
	bool waits;       /* payment is not tried */
};
BH_MUST_CHECK int stripemock_subscription_invoice(struct stripemock_work *work,
	struct stripemock_doc *subscription, const struct stripemock_bill *bill,
	struct stripemock_doc **out);

static inline int64_t
stripemock_subscription_period_end(const struct stripemock_value *body)
{
	return int_at(body, "items.data.0.current_period_end");
}

#endif
