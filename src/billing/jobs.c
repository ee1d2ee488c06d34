/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: a row for each kind of job, and the jobs themselves. */
#include "billing/jobs.h"

#include "base/clock.h"
#include "billing/billing.h"
#include "billing/credit.h"
#include "billing/ledger.h"
#include "queue/worker.h"

enum { WORKERS = 2, NIGHT_AFTER_MS = 600000, NIGHT_SPREAD_MS = 3600000 };

#define DAY_MS INT64_C(86400000)

static const char *
currency_of(const struct bh_job *job)
{
	return ((const struct billing *)job->service)->conf.currency;
}

/* ---- every night ---- */

static int
keep_books(struct bh_db *tx, void *ctx)
{
	const struct bh_job *job = ctx;
	int rc = billing_credit_retire(tx, &job->lease.tenant, currency_of(job));

	return rc < 0 ? rc : billing_credit_top_up(tx, &job->lease.tenant, currency_of(job));
}

/* Tenants by turns within an hour, each at its own time. */
static int64_t
next_night_ms(const struct bh_uuid *tenant, int64_t now_ms)
{
	int64_t place = tenant->bytes[15] << 8 | tenant->bytes[14];

	return (now_ms / DAY_MS + 1) * DAY_MS + NIGHT_AFTER_MS + place * NIGHT_SPREAD_MS / 65536;
}

/* The next one in the transaction that ends this one: there is always one, and never two. */
static int
begin_next(struct bh_db *tx, void *ctx)
{
	const struct bh_job *job = ctx;
	const struct bh_job_new next = {.id = bh_uuid_new(),
		.queue = "billing",
		.kind = BILLING_JOB_NIGHTLY,
		.subject = job->lease.tenant,
		.payload = "{}",
		.due_ms = next_night_ms(&job->lease.tenant, bh_clock_wall_ms()),
		.background = true};
	int rc = bh_lease_done(tx, &job->lease);

	return rc < 0 ? rc : bh_job_add(tx, &job->lease.tenant, &next);
}

static int
run_nightly(struct bh_job *job)
{
	int rc = bh_tx_run(&job->db, keep_books, job);

	if (rc == 0)
		rc = bh_tx_run(&job->db, begin_next, job);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

/* ---- a low balance ---- */

static int
top_up(struct bh_db *tx, void *ctx)
{
	const struct bh_job *job = ctx;

	return billing_credit_top_up(tx, &job->lease.tenant, currency_of(job));
}

static int
run_top_up(struct bh_job *job)
{
	return bh_tx_run(&job->db, top_up, job);
}

/* Books must be kept: none of these is ever given up. */
static const struct bh_job_kind kinds[] = {
	{BILLING_JOB_NIGHTLY, .run = run_nightly},
	{BILLING_JOB_TOP_UP, .run = run_top_up},
	{0},
};

const struct bh_worker_conf billing_jobs = {
	.kinds = kinds,
	.seats = {.places = WORKERS,
		.tenant_percent = 100,
		.tenant_most = 1,
		.tenant_background_most = 1,
		.background_most = WORKERS},
	.lease_ms = 10000,
};
