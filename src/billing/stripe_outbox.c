/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_outbox.c: sends what is owed. One job a tenant: no two calls about one customer run at once, which
 * Stripe would refuse for the same meter. */
#include "billing/stripe_outbox.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "billing/billing.h"
#include "billing/store_invoice.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "json/fields.h"
#include "queue/worker.h"
#include "service/runtime.h"

enum { TURN_MS = 3000 };

int
stripe_owe(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *kind, const char *reference, const char *payload)
{
	const struct stripe_owed owed = {.id = *id,
		.kind = kind,
		.reference = reference,
		.payload = payload};
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = BILLING_QUEUE,
		.kind = STRIPE_JOB_SEND,
		.subject = *tenant,
		.payload = "{}",
		.background = true,
	};
	int rc = stripe_store_lock(tx, tenant);

	if (rc == 0)
		rc = stripe_store_outbox_add(tx, tenant, &owed);
	return rc < 0 ? rc : bh_job_add(tx, tenant, &job);
}

int
stripe_owe_profile(struct bh_db *tx, const struct bh_uuid *tenant)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_write write = {.out = &payload};
	const struct bh_uuid id = bh_uuid_new();
	struct billing_party profile;
	bool is_customer = false;
	int rc = stripe_store_is_customer(tx, tenant, &is_customer);

	if (rc < 0 || !is_customer)
		return rc;
	rc = billing_store_profile_get(tx, tenant, &profile);
	if (rc < 0)
		return rc;
	bh_write_object(&write);
	bh_write_pair_text(&write, "name", profile.name);
	bh_write_pair_text(&write, "email", profile.email);
	bh_write_pair_text(&write, "line1", profile.address);
	bh_write_pair_text(&write, "country", profile.country);
	bh_write_end(&write);
	return stripe_owe(tx, tenant, &id, "customer", "profile", payload.data);
}

/* Stripe will say the same again: the row waits for somebody, the others go on. */
static bool
is_final(int rc)
{
	return rc == BH_E_INVALID || rc == BH_E_NOT_FOUND || rc == BH_E_STATE || rc == BH_E_KEY_REUSED;
}

static int
send_row(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripe_owed *owed)
{
	int rc = stripe_send_one(stripe, db, tenant, owed), kept;
	char error[512];

	if (rc == 0)
		return stripe_store_outbox_sent(db, tenant, &owed->id);
	snprintf(error, sizeof(error), "%s", bh_error_detail(rc));
	if (!is_final(rc)) {
		kept = stripe_store_outbox_failed(db, tenant, &owed->id, error);
		return kept < 0 ? kept : rc;
	}
	bh_log(BH_LOG_ERROR, "Stripe refused %s %s: %s", owed->kind, owed->reference, error);
	return stripe_store_outbox_refused(db, tenant, &owed->id, error);
}

/* A row that is added while the last one is being sent finds its job held, and adds none: the job ends in a
 * transaction that looks once more, behind whoever is adding one. */
static int
end_if_empty(struct bh_db *tx, void *ctx)
{
	const struct bh_lease *lease = ctx;
	struct stripe_owed owed;
	bool found = false;
	int rc = stripe_store_lock(tx, &lease->tenant);

	if (rc == 0)
		rc = bh_lease_fence(tx, lease);
	if (rc == 0)
		rc = stripe_store_outbox_next(tx, &lease->tenant, &owed, &found);
	if (rc == 0 && !found)
		rc = bh_lease_done(tx, lease);
	return rc < 0 ? rc : found;
}

int
stripe_send_run(struct bh_job *job)
{
	struct billing *billing = job->service;
	const struct bh_uuid *tenant = &job->lease.tenant;
	int64_t until_ms = bh_clock_steady_ms() + TURN_MS;
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	int rc = stripe_open(billing, &job->db, &job->stop.now, &stripe);

	while (rc == 0) {
		struct stripe_owed owed;
		bool found = false;

		rc = stripe_store_outbox_next(&job->db, tenant, &owed, &found);
		if (rc == 0 && !found) {
			rc = bh_tx_run(&job->db, end_if_empty, &job->lease);
			return rc < 0 ? rc : rc > 0 ? BH_JOB_YIELD : BH_JOB_ENDED;
		}
		if (rc == 0)
			rc = send_row(&stripe, &job->db, tenant, &owed);
		if (rc == 0 && (bh_job_stop_reason(&job->stop) != 0 || bh_clock_steady_ms() > until_ms))
			return BH_JOB_YIELD_MOVED;
	}
	/* Nobody to send it to: what is owed waits for an account. */
	return rc == BH_E_STATE ? bh_error(BH_E_UNAVAILABLE, "no account at Stripe is connected") : rc;
}
