/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_move.c: what is open goes to the account that is connected now. */
#include "base/error.h"
#include "billing/billing.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_collect.h"
#include "billing/stripe_outbox.h"
#include "queue/worker.h"

static int
add(struct bh_db *tx, void *ctx)
{
	const struct bh_uuid *tenant = ctx;
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = BILLING_QUEUE,
		.kind = STRIPE_JOB_MOVE,
		.subject = *tenant,
		.payload = "{}",
		.background = true,
	};

	bool is_customer = false;
	/* A tenant that was deleted has no customer any more, and gets no rows. */
	int rc = stripe_store_is_customer(tx, tenant, &is_customer);

	return rc < 0 || !is_customer ? rc : bh_job_add(tx, tenant, &job);
}

int
stripe_move_all(struct bh_db *db)
{
	struct bh_db platform = bh_db_as(db, &bh_platform_tenant);
	const char **owners = NULL;
	size_t n = 0;
	int rc = stripe_store_owners(&platform, &bh_platform_tenant, &owners, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_uuid tenant;
		struct bh_db as;

		if (bh_uuid_parse(owners[i], &tenant) < 0)
			continue;
		as = bh_db_as(db, &tenant);
		rc = bh_tx_run(&as, add, &tenant);
	}
	return rc;
}

struct moving {
	const struct bh_uuid *tenant;
	const struct stripe *stripe;
};

static int
move(struct bh_db *tx, void *ctx)
{
	const struct moving *moving = ctx;
	bool is_customer = false;
	int rc = stripe_store_is_customer(tx, moving->tenant, &is_customer);

	/* Nor what was deleted meanwhile. */
	return rc < 0 || !is_customer ? rc
								  : stripe_collect_move(tx, moving->tenant, moving->stripe->tag);
}

int
stripe_move(const struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant)
{
	struct moving moving = {tenant, stripe};

	return bh_tx_run(db, move, &moving);
}

int
stripe_move_run(struct bh_job *job)
{
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	int rc = stripe_open(job->service, &job->db, &job->stop.now, &stripe);

	if (rc == BH_E_STATE)
		return BH_JOB_DONE; /* disconnected again: the next account adds another */
	return rc < 0 ? rc : stripe_move(&stripe, &job->db, &job->lease.tenant);
}
