/* SPDX-License-Identifier: Apache-2.0 */
/* books.c: what is done to a tenant's books in the background. */
#include "billing/books.h"

#include "base/clock.h"
#include "billing/billing.h"
#include "billing/credit.h"
#include "billing/dunning.h"
#include "billing/invoice.h"
#include "billing/prove.h"
#include "billing/store_invoice.h"
#include "billing/terms.h"
#include "queue/worker.h"

enum { NIGHT_AFTER_MS = 600000, NIGHT_SPREAD_MS = 3600000, EVENT_DAYS = 35 };

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
int
billing_books_nightly(struct bh_job *job)
{
	struct billing_proof proof;
	int rc = bh_tx_run(&job->db, keep_books, job);

	if (rc == 0)
		rc = billing_prove(job->service, &job->db, &job->lease.tenant, EVENT_DAYS, &proof);
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

int
billing_books_top_up(struct bh_job *job)
{
	return bh_tx_run(&job->db, top_up, job);
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
int
billing_books_invoice(struct bh_job *job)
{
	struct finalizing finalizing = {.job = job};
	int rc = billing_terms_read(job->service, &job->db, &job->lease.tenant, &finalizing.terms);
	bool is_draft = false;

	if (rc == 0)
		rc = billing_store_invoice_is_draft(&job->db, &job->lease.tenant, &job->lease.subject,
			&is_draft);
	return rc < 0 || !is_draft ? rc : bh_tx_run(&job->db, finalize, &finalizing);
}
