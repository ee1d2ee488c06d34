/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_refund.h: pays back what Stripe collected: owed to the outbox in the transaction that makes it due, made at
 * Stripe once, and booked here when Stripe says what became of it. */
#ifndef BH_BILLING_STRIPE_REFUND_H
#define BH_BILLING_STRIPE_REFUND_H

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/store_invoice.h"
#include "billing/stripe.h"
#include "json/json.h"

/* A credit note took so much from what was paid: owes it, as far as Stripe collected it. What was paid in another
 * way is paid back by hand. The invoice is locked. */
BH_MUST_CHECK int stripe_refund_owe(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const struct bh_uuid *note, int64_t nanos);

/* Stripe collected so much for an invoice that was not owed any more: books it and owes it back. Again: nothing. */
BH_MUST_CHECK int stripe_refund_surplus(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const char *payment, int64_t nanos);

/* Makes the refund at Stripe, or finds the one that was made. */
BH_MUST_CHECK int stripe_refund_send(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_json *payload, const char *key);

/* Books what became of a refund, an object of Stripe as it stands now. One that somebody made there is nobody's. */
BH_MUST_CHECK int stripe_refund_note(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_json *refund);

/* Asks for those that are pending. */
BH_MUST_CHECK int stripe_refund_look(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant);

#endif
