/* SPDX-License-Identifier: Apache-2.0 */
/* store_stripe.h: the SQL of what billing knows of Stripe, a function per statement. */
#ifndef BH_BILLING_STORE_STRIPE_H
#define BH_BILLING_STORE_STRIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"

/* ---- the connected account, in the platform's context ---- */

struct stripe_account {
	struct bh_uuid id;
	const char *account; /* "acct_…" */
	bool livemode;
	struct bh_bytes key, secret, old_secret; /* sealed */
	int64_t old_until_ms;                    /* 0: there is no old one */
	int64_t connected_ms;
	int64_t disconnected_ms; /* 0: it is connected */
};
/* *out_found false: there never was one, the mock is used. */
BH_MUST_CHECK int stripe_store_account_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripe_account *out, bool *out_found);
BH_MUST_CHECK int stripe_store_account_put(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripe_account *account);
/* Its secrets are forgotten; that there was one is not. */
BH_MUST_CHECK int stripe_store_account_disconnect(struct bh_db *db, const struct bh_uuid *tenant);

/* ---- which object there stands for which of ours ---- */

/* *out is NULL when there is none. Text lies in the handle's arena. */
BH_MUST_CHECK int stripe_store_link_get(struct bh_db *db, const struct bh_uuid *tenant,
	const char *kind, const char *ours, const char **out);
/* One that is there stays: the first answer counts. */
BH_MUST_CHECK int stripe_store_link_put(struct bh_db *db, const struct bh_uuid *tenant,
	const char *kind, const char *ours, const char *theirs);

/* Whether the tenant has a customer, at whichever account. */
BH_MUST_CHECK int stripe_store_is_customer(struct bh_db *db, const struct bh_uuid *tenant,
	bool *out);

/* All tenants that have or had one. In the platform's context. */
BH_MUST_CHECK int stripe_store_owners(struct bh_db *db, const struct bh_uuid *tenant,
	const char ***out, size_t *out_count);

/* Whether any tenant has one. In the platform's context. */
BH_MUST_CHECK int stripe_store_has_customers(struct bh_db *db, const struct bh_uuid *tenant,
	bool *out);

/* Held to the end of the transaction by whoever adds work of this tenant, before the job, and by the job that
 * ends, before its fence: a row that is being added is not overlooked. */
BH_MUST_CHECK int stripe_store_lock(struct bh_db *tx, const struct bh_uuid *tenant);

/* Whether an invoice of ours is open, so that it may be charged; what is no invoice of ours is. */
BH_MUST_CHECK int stripe_store_is_owed(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, bool *out);

/* Invoices at Stripe of ours that are open: their ids there. */
BH_MUST_CHECK int stripe_store_open_list(struct bh_db *db, const struct bh_uuid *tenant,
	const char *prefix, const char ***out, size_t *out_count);

/* ---- the outbox ---- */

struct stripe_owed {
	struct bh_uuid id;
	const char *kind, *reference, *payload; /* payload: JSON */
	int64_t attempts, created_ms;
	int64_t generation; /* how often it was sent again on request */
};
/* A row with this id that is there stays. */
BH_MUST_CHECK int stripe_store_outbox_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_owed *owed);
/* The tenant's oldest that waits. */
BH_MUST_CHECK int stripe_store_outbox_next(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripe_owed *out, bool *out_found);
BH_MUST_CHECK int stripe_store_outbox_sent(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
BH_MUST_CHECK int stripe_store_outbox_refused(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *error);
BH_MUST_CHECK int stripe_store_outbox_failed(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *error);
/* What was refused waits again. *out_rows: how many. */
BH_MUST_CHECK int stripe_store_outbox_again(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t *out_rows);
struct stripe_outbox_row {
	struct bh_uuid id;
	const char *kind, *reference, *state, *error;
	int64_t attempts, created_ms, ended_ms;
};
/* Newest first, those that were sent left out. */
BH_MUST_CHECK int stripe_store_outbox_list(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t limit, struct stripe_outbox_row **out, size_t *out_count);

/* Open invoices that were sent to some account, do not stand at the one whose names begin so, and wait for it
 * neither. */
struct stripe_unsent {
	struct bh_uuid id;
	const char *name;
	int64_t nanos; /* what is left */
	const char *currency;
};
BH_MUST_CHECK int stripe_store_unsent(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *prefix, struct stripe_unsent **out, size_t *out_count);

/* ---- usage ---- */

struct stripe_unreported {
	int64_t day_ms; /* its midnight, UTC */
	int64_t meter,
		quantity; /* what usage_day has more than was reported; below 0 after a correction */
};
/* Of the days of the last 34, which Stripe still takes. */
BH_MUST_CHECK int stripe_store_unreported(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripe_unreported **out, size_t *out_count);
/* What was reported of the two days before yesterday, whose events have all been sent: nothing while some wait. */
struct stripe_reported {
	int64_t day_ms;
	int64_t meter, reported;
};
BH_MUST_CHECK int stripe_store_reported_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripe_reported **out, size_t *out_count);
/* Forgets days that Stripe takes no reports of any more. */
BH_MUST_CHECK int stripe_store_reported_trim(struct bh_db *db, const struct bh_uuid *tenant);
BH_MUST_CHECK int stripe_store_reported_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_unreported *reported);

/* ---- webhooks ---- */

struct stripe_event {
	const char *id, *type, *object;
	int64_t happened_ms;
};
/* *out_new false: it was there. */
BH_MUST_CHECK int stripe_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_event *event, const char *state, bool *out_new);
/* The tenant's oldest that waits. */
BH_MUST_CHECK int stripe_store_event_next(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripe_event *out, bool *out_found);
BH_MUST_CHECK int stripe_store_event_end(struct bh_db *db, const struct bh_uuid *tenant,
	const char *id, const char *state, const char *error);

#endif
