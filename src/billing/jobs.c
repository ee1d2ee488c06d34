/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: a row for each kind of job, and the small ones themselves. */
#include "billing/jobs.h"

#include "base/clock.h"
#include "base/error.h"
#include "billing/billing.h"
#include "billing/credit.h"
#include "billing/dunning.h"
#include "billing/entitle.h"
#include "billing/invoice.h"
#include "billing/ledger.h"
#include "billing/prove.h"
#include "billing/store_invoice.h"
#include "billing/stripe_outbox.h"
#include "billing/stripe_webhook.h"
#include "billing/subscription.h"
#include "billing/terms.h"
#include "queue/worker.h"

enum { PLACES = 4, OF_ONE = 2, FINISH_MS = 5000, LEASE_MS = 10000 };
enum { NIGHT_AFTER_MS = 600000, NIGHT_SPREAD_MS = 3600000 };

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
	const struct billing *billing = job->service;
	const struct bh_uuid *tenant = &job->lease.tenant;
	int rc = billing_credit_retire(tx, tenant, currency_of(job));

	if (rc == 0)
		rc = billing_credit_top_up(tx, tenant, currency_of(job));
	if (rc == 0)
		rc = billing_invoice_earn(tx, tenant, currency_of(job));
	return rc < 0 ? rc : billing_dunning_update(tx, tenant, billing->conf.suspend_days, NULL);
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

/* What the proof finds is told, and is no reason to try again. */
static int
run_nightly(struct bh_job *job)
{
	struct billing_proof proof;
	int rc = bh_tx_run(&job->db, keep_books, job);

	if (rc == 0)
		rc = billing_prove(job->service, &job->db, &job->lease.tenant, &proof);
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

/* ---- periods ---- */

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

static int
rollover(struct bh_job *job)
{
	struct billing *billing = job->service;
	int rc = bh_tx_run(&job->db, rollover_work, job);

	if (rc == 0)
		billing_entitle_tell(billing->runtime, &job->arena, &job->lease.tenant, "");
	return rc < 0 ? rc : BH_JOB_ENDED;
}

/* ---- the end of a period ---- */

struct finalizing {
	const struct bh_job *job;
	struct billing_terms terms;
};

static int
finalize(struct bh_db *tx, void *ctx)
{
	const struct finalizing *finalizing = ctx;
	const struct bh_lease *lease = &finalizing->job->lease;

	return billing_invoice_finalize(tx, &lease->tenant, &lease->subject, &finalizing->terms);
}

/* A draft that was finalized or removed by hand is done. What is missing for it (a seller, a rate of tax) may
 * come: it is tried again until then. */
static int
run_invoice(struct bh_job *job)
{
	struct finalizing finalizing = {.job = job};
	int rc = billing_terms_read(job->service, &job->db, &job->lease.tenant, &finalizing.terms);
	bool is_draft = false;

	if (rc == 0)
		rc = billing_store_invoice_is_draft(&job->db, &job->lease.tenant, &job->lease.subject,
			&is_draft);
	return rc < 0 || !is_draft ? rc : bh_tx_run(&job->db, finalize, &finalizing);
}

/* Books must be kept, and who is owed must be told: none of these is ever given up. */
static const struct bh_job_kind kinds[] = {
	{BILLING_JOB_NIGHTLY, .run = run_nightly},
	{BILLING_JOB_TOP_UP, .run = run_top_up},
	{BILLING_JOB_INVOICE, .run = run_invoice},
	{BILLING_JOB_ROLLOVER, .run = rollover, .finish_ms = FINISH_MS},
	{BILLING_JOB_ENTITLE, .run = billing_entitle_run, .finish_ms = FINISH_MS},
	{STRIPE_JOB_SEND, .run = stripe_send_run, .finish_ms = FINISH_MS},
	{STRIPE_JOB_REPORT, .run = stripe_report_run},
	{STRIPE_JOB_EVENT, .run = stripe_event_run, .finish_ms = FINISH_MS},
/* jobs.c: a row for each kind of job of billing. */
#include "billing/jobs.h"

#include "billing/books.h"

enum { PLACES = 2, LEASE_MS = 10000 };

static const struct bh_job_kind kinds[] = {
	{BILLING_JOB_NIGHTLY, .run = billing_books_nightly},
	{BILLING_JOB_TOP_UP, .run = billing_books_top_up},
	{BILLING_JOB_INVOICE, .run = billing_books_invoice},
/* jobs.c: a row for each kind of job of billing. */
#include "billing/jobs.h"

#include "billing/notice.h"
#include "queue/worker.h"

enum { PLACES = 4, OF_ONE = 2, FINISH_MS = 5000, LEASE_MS = 10000, ATTEMPTS = 10 };

static const struct bh_job_kind kinds[] = {
	{.name = BILLING_JOB_NOTICE,
		.run = billing_notice_run,
		.attempts_max = ATTEMPTS,
		.finish_ms = FINISH_MS},
	{0},
};

const struct bh_worker_conf billing_jobs = {
	.kinds = kinds,
	.seats = {.places = PLACES,
		.tenant_percent = 100,
		.tenant_most = OF_ONE,
		.tenant_background_most = 1,
		.background_most = PLACES - 1},
		.tenant_background_most = OF_ONE,
		.background_most = PLACES},
	.lease_ms = LEASE_MS,
};
