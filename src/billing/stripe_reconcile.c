/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_reconcile.c: once a day, whether Stripe has counted what it was told, and was paid what it was to collect. Its sums are made some time after
 * the events, so days are compared that are over for a day. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "billing/billing.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_outbox.h"
#include "billing/stripe_paid.h"
#include "billing/stripe_refund.h"
#include "meter/unit.h"
#include "queue/worker.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* What Stripe has of a customer, a meter and a day. Its sums are decimals of whole numbers. */
static int
counted(struct stripe *stripe, struct bh_db *db, const char *customer,
	const struct stripe_reported *row, int64_t *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *meter = NULL;
	struct stripe_call call = {.method = "GET"};
	const struct bh_json *data;
	int64_t sum = 0;
	int rc = stripe_meter(stripe, db, row->meter, &meter);

	if (rc < 0)
		return rc;
	call.path = bh_arena_printf(db->arena,
		"/v1/billing/meters/%s/event_summaries?customer=%s&start_time=%lld&end_time=%lld&limit=100",
		meter, customer, (long long)(row->day_ms / 1000),
		(long long)((row->day_ms + DAY_MS) / 1000));
	rc = stripe_call(stripe->client, &call, &doc, NULL);
	data = rc == 0 ? bh_json_get(doc.root, "data") : NULL;
	for (size_t i = 0; rc == 0 && i < bh_json_count(data); i++) {
		const struct bh_json *value = bh_json_get(bh_json_at(data, i), "aggregated_value");
		double number = 0;

		if (!bh_json_number(value, &number) || number < 0 || number > 9e15)
			return bh_error(BH_E_PROTOCOL, "Stripe's summary of a meter is malformed");
		sum += (int64_t)number;
	}
	*out = sum;
	return rc;
}

static int
compare(struct stripe *stripe, struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripe_reported *rows, size_t n)
{
	const char *customer = NULL;
	int rc = stripe_customer(stripe, db, tenant, &customer);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		int64_t theirs = 0;

		rc = counted(stripe, db, customer, &rows[i], &theirs);
		if (rc == 0 && theirs != rows[i].reported) {
			bh_log(BH_LOG_ERROR,
				"Stripe counted %lld of %s for customer %s on a day that was reported as %lld",
				(long long)theirs, meter_name(rows[i].meter), customer,
				(long long)rows[i].reported);
			__atomic_fetch_add(&stripe->billing->mismatches, 1, __ATOMIC_RELAXED);
		}
	}
	return rc;
}

struct looking {
	const struct stripe *stripe;
	const struct bh_uuid *tenant;
	const struct bh_json *invoice;
};

static int
settle(struct bh_db *tx, void *ctx)
{
	const struct looking *looking = ctx;

	return stripe_paid(tx, looking->tenant, looking->invoice, looking->stripe->billing);
}

/* What is open here and paid there: its event was lost, and is older than Stripe's list of them. */
static int
look_at_open(struct stripe *stripe, struct bh_job *job)
{
	struct looking looking = {.stripe = stripe, .tenant = &job->lease.tenant};
	const char **open = NULL;
	size_t n = 0;
	int rc;

	if (stripe->mock && !stripe->billing->conf.stripe_mock_pays)
		return 0;
	rc = stripe_store_open_list(&job->db, looking.tenant,
		bh_arena_printf(&job->arena, "%s:", stripe->tag), &open, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		const struct stripe_call call = {.method = "GET",
			.path = bh_arena_printf(&job->arena, "/v1/invoices/%s", open[i])};

		rc = stripe_call(stripe->client, &call, &doc, NULL);
		looking.invoice = doc.root;
		if (rc == 0)
			rc = bh_tx_run(&job->db, settle, &looking);
		else if (rc == BH_E_NOT_FOUND)
			rc = 0; /* somebody deleted it there */
	}
	return rc;
}

int
stripe_reconcile_run(struct bh_job *job)
{
	const struct bh_uuid *tenant = &job->lease.tenant;
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	struct stripe_reported *rows = NULL;
	size_t n = 0;
	int rc = stripe_open(job->service, &job->db, &job->stop.now, &stripe);

	if (rc == 0)
		rc = stripe_store_reported_list(&job->db, tenant, &rows, &n);
	if (rc == 0)
		rc = compare(&stripe, &job->db, tenant, rows, n);
	if (rc < 0)
		return rc == BH_E_STATE ? bh_error(BH_E_UNAVAILABLE, "no account at Stripe is connected")
								: rc;
	rc = stripe_store_reported_trim(&job->db, tenant);
	if (rc == 0)
		rc = stripe_move(&stripe, &job->db, tenant);
	if (rc == 0)
		rc = look_at_open(&stripe, job);
	if (rc == 0 && (!stripe.mock || stripe.billing->conf.stripe_mock_pays))
		rc = stripe_refund_look(&stripe, &job->db, tenant);
	if (rc < 0)
		return rc;
	rc = bh_lease_put_off(&job->db, &job->lease, bh_clock_wall_ms() + DAY_MS, "");
	return rc < 0 ? rc : BH_JOB_ENDED;
}
