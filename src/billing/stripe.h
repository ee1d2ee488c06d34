/* SPDX-License-Identifier: Apache-2.0 */
/* stripe.h: the account at Stripe, or the mock that stands in while none is connected, and what stands there
 * for our tenants, plans and meters.
 *
 * What Stripe is told goes through the outbox (stripe_outbox.h) and is made repeatable by keys of our own
 * ids. What Stripe tells comes by webhook (stripe_webhook.h) and is looked up again before it counts. */
#ifndef BH_BILLING_STRIPE_H
#define BH_BILLING_STRIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/billing.h"
#include "billing/stripe_client.h"
#include "db/db.h"

enum { STRIPE_SECRETS_MOST = 2, STRIPE_ID_BYTES = 256 };

/* Zeroed means closed. */
struct stripe {
	struct billing *billing;      /* borrowed */
	struct stripe_client *client; /* owned */
	bool mock, livemode;
	char tag[9];                        /* of account and mode: links of others are not used */
	char *secrets[STRIPE_SECRETS_MOST]; /* owned, wiped: of the webhook endpoint */
	size_t n_secrets;
};

/* BH_E_UNAVAILABLE while the mock is not ready, or Stripe was not reached a moment ago; BH_E_STATE when the
 * account was disconnected, or none is there and the mock is switched off. `db` may have any
 * tenant's context. */
BH_MUST_CHECK int stripe_open(struct billing *billing, struct bh_db *db, const bool *cancel,
	struct stripe *out);
/* Safe on a zeroed one, and twice. */
void stripe_close(struct stripe *stripe);

/* Connects the account that the key is of. The secret that the same account's endpoint had before counts for
 * another day. Both are sealed. BH_E_INVALID (param) when Stripe refuses the key. */
BH_MUST_CHECK int stripe_connect(struct billing *billing, struct bh_db *db, const char *key,
	const char *secret);

/* Another account was connected: adds a job for each tenant that had a customer, by which its open invoices go there.
 * May be done again. */
BH_MUST_CHECK int stripe_move_all(struct bh_db *db);
/* The same for one tenant, now. `db`: the tenant's context. */
BH_MUST_CHECK int stripe_move(const struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant);

/* ---- what stands there for ours; made if need be. `db`: the tenant's context. Ids lie in its arena ---- */

BH_MUST_CHECK int stripe_customer(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const char **out);
BH_MUST_CHECK int stripe_meter(struct stripe *stripe, struct bh_db *db, int64_t meter,
	const char **out);

/* Kept links: NULL when there is none. `tenant` may be the platform. */
BH_MUST_CHECK int stripe_link_get(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const char *kind, const char *ours, const char **out);
BH_MUST_CHECK int stripe_link_put(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const char *kind, const char *ours, const char *theirs);

/* The name under which a meter's events are sent: "bulkhead_chat_output_tokens". */
void stripe_event_name(int64_t meter, char out[64]);

#endif
