/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_outbox.c: owes a call, and sends what is owed. */
#include "billing/stripe_outbox.h"

#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "billing/billing.h"
#include "billing/store_invoice.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "json/fields.h"
#include "queue/worker.h"

int
stripe_owe(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *kind, const char *reference, const char *payload)
{
	const struct stripe_owed owed = {.id = *id,
		.kind = kind,
		.reference = reference,
		.payload = payload};
	int rc = stripe_queue_add(tx, tenant, &stripe_outbox);

	return rc < 0 ? rc : stripe_store_outbox_add(tx, tenant, &owed);
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

static int
take(struct stripe *stripe, struct bh_job *job, bool *out_found)
{
	const struct bh_uuid *tenant = &job->lease.tenant;
	struct stripe_owed owed;
	int rc = stripe_store_outbox_next(&job->db, tenant, &owed, out_found);

	return rc < 0 || !*out_found ? rc : send_row(stripe, &job->db, tenant, &owed);
}

static int
look(struct bh_db *tx, const struct bh_uuid *tenant, bool *out_found)
{
	struct stripe_owed owed;

	return stripe_store_outbox_next(tx, tenant, &owed, out_found);
}

const struct stripe_queue stripe_outbox = {STRIPE_JOB_SEND, true, take, look};

int
stripe_send_run(struct bh_job *job)
{
	return stripe_drain(job, &stripe_outbox);
}
