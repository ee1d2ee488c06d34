/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_drain.c: row after row for some seconds, and the end behind a lock. */
#include "billing/stripe_drain.h"

#include "base/clock.h"
#include "base/error.h"
#include "billing/billing.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "queue/worker.h"

enum { TURN_MS = 3000 };

struct ending {
	const struct bh_lease *lease;
	const struct stripe_queue *queue;
};

int
stripe_queue_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct stripe_queue *queue)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = BILLING_QUEUE,
		.kind = queue->job,
		.subject = *tenant,
		.payload = "{}",
		.background = queue->background,
	};
	int rc = stripe_store_lock(tx, tenant);

	return rc < 0 ? rc : bh_job_add(tx, tenant, &job);
}

static int
end_if_empty(struct bh_db *tx, void *ctx)
{
	const struct ending *ending = ctx;
	const struct bh_uuid *tenant = &ending->lease->tenant;
	bool found = false;
	int rc = stripe_store_lock(tx, tenant);

	if (rc == 0)
		rc = bh_lease_fence(tx, ending->lease);
	if (rc == 0)
		rc = ending->queue->look(tx, tenant, &found);
	if (rc == 0 && !found)
		rc = bh_lease_done(tx, ending->lease);
	return rc < 0 ? rc : found;
}

int
stripe_drain(struct bh_job *job, const struct stripe_queue *queue)
{
	struct ending ending = {&job->lease, queue};
	int64_t until_ms = bh_clock_steady_ms() + TURN_MS;
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	int rc = stripe_open(job->service, &job->db, &job->stop.now, &stripe);

	while (rc == 0) {
		bool found = false;

		rc = queue->take(&stripe, job, &found);
		if (rc == 0 && !found) {
			rc = bh_tx_run(&job->db, end_if_empty, &ending);
			return rc < 0 ? rc : rc > 0 ? BH_JOB_YIELD : BH_JOB_ENDED;
		}
		if (rc == 0 && (bh_job_stop_reason(&job->stop) != 0 || bh_clock_steady_ms() > until_ms))
			return BH_JOB_YIELD_MOVED;
	}
	/* Nobody to talk to: what waits, waits for an account. */
	return rc == BH_E_STATE ? bh_error(BH_E_UNAVAILABLE, "no account at Stripe is connected") : rc;
}
