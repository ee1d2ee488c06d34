/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_collect.h: collects what our invoices and top-ups are due: owed to the outbox in the transaction that
 * makes them due, charged as an invoice at Stripe of the same amount, and paid here when Stripe says so. */
#ifndef BH_BILLING_STRIPE_COLLECT_H
#define BH_BILLING_STRIPE_COLLECT_H

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/stripe.h"
#include "json/json.h"

/* What is to be collected. */
struct stripe_due {
	const char *kind; /* "invoice" or "top_up" */
	struct bh_uuid id;
	const char *name; /* what the customer reads: the invoice's number */
	int64_t nanos;    /* whole minor units */
	const char *currency;
};

/* Owes it, where the tenant has a customer at Stripe; nothing otherwise. Again: nothing. */
BH_MUST_CHECK int stripe_collect_owe(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_due *due);

/* Owes the open invoices that the account of this tag does not have, as after another was connected: each once. */
BH_MUST_CHECK int stripe_collect_move(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *tag);

/* It was paid in another way, voided, written off or credited: it must not be charged any more. Owes that. */
BH_MUST_CHECK int stripe_collect_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *of);

/* Makes the invoice at Stripe, or goes on with the one that was made, and asks for the payment; a decline is no
 * error: the webhook tells of it. `key` begins the keys of idempotency. */
BH_MUST_CHECK int stripe_collect_send(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const char *customer, const struct bh_json *payload,
	const char *key);
/* What is not owed any more is not to be charged later: an open invoice there is voided. */
BH_MUST_CHECK int stripe_collect_forgo(struct stripe *stripe, struct bh_arena *arena,
	const char *invoice, const char *key);
BH_MUST_CHECK int stripe_collect_stop(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_json *payload, const char *key);

#endif
