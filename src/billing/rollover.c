/* SPDX-License-Identifier: Apache-2.0 */
/* rollover.c: the job that closes a subscription's periods and begins the next. */
#include "base/clock.h"
#include "billing/billing.h"
#include "billing/entitle.h"
#include "billing/jobs.h"
#include "billing/subscription.h"

/* The job ends with what it did, under the lock of the subscription: whoever moves that meanwhile waits, and
 * adds the next job then. */
BH_MUST_CHECK static int
rollover_work(struct bh_db *tx, void *ctx)
{
	const struct bh_job *job = ctx;
	const struct bh_lease *lease = &job->lease;
	int64_t due_ms = 0;
	int rc = billing_subscription_roll(tx, &lease->tenant, &lease->subject, bh_clock_wall_ms(),
		&due_ms);

	if (rc < 0)
		return rc;
	return due_ms == 0 ? bh_lease_done(tx, lease)
					   : bh_lease_put_off(tx, lease, due_ms, "until the next period");
}

int
billing_rollover_run(struct bh_job *job)
{
	struct billing *billing = job->service;
	int rc = bh_tx_run(&job->db, rollover_work, job);

	if (rc == 0)
		billing_entitle_tell(billing->runtime, &job->arena, &job->lease.tenant, "");
	return rc < 0 ? rc : BH_JOB_ENDED;
}
