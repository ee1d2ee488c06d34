/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_report.c: owes Stripe the use of its customers, as meter events: for each tenant, day and meter the
 * difference to what was owed before, at most every ten minutes. So late events and corrections come along, and
 * nothing depends on which transactions had been seen. */
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "billing/billing.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_outbox.h"
#include "json/fields.h"
#include "meter/unit.h"
#include "queue/worker.h"

enum { EVERY_MS = 600000, DAY_MS = 24 * 3600 * 1000 };

/* When it happened, as far as a day can tell: now, or the last second of a day that is over. */
static int64_t
time_of(const struct stripe_unreported *use, int64_t now_ms)
{
	int64_t last_ms = use->day_ms + DAY_MS - 1000;

	return (now_ms < last_ms ? now_ms : last_ms) / 1000;
}

static void
write_payload(const struct stripe_unreported *use, int64_t now_ms, struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	char value[32];

	snprintf(value, sizeof(value), "%lld", (long long)use->quantity);
	bh_write_object(&write);
	bh_write_pair_int(&write, "meter", use->meter);
	bh_write_pair_text(&write, "value", value);
	bh_write_pair_int(&write, "timestamp", time_of(use, now_ms));
	bh_write_end(&write);
}

static int
owe_use(struct bh_db *tx, void *ctx)
{
	const struct bh_job *job = ctx;
	const struct bh_uuid *tenant = &job->lease.tenant;
	struct stripe_unreported *uses = NULL;
	size_t n = 0;
	int64_t now_ms = bh_clock_wall_ms();
	int rc = stripe_store_lock(tx, tenant);

	if (rc == 0)
		rc = bh_lease_fence(tx, &job->lease);
	if (rc == 0)
		rc = stripe_store_unreported(tx, tenant, &uses, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
		struct bh_uuid id = bh_uuid_new();

		/* Stripe adds up whole numbers from 0 on: less is owed when there is more again. */
		if (uses[i].quantity <= 0 || meter_name(uses[i].meter)[0] == '\0')
			continue;
		write_payload(&uses[i], now_ms, &payload);
		rc = stripe_owe(tx, tenant, &id, "meter_event", meter_name(uses[i].meter), payload.data);
		if (rc == 0)
			rc = stripe_store_reported_add(tx, tenant, &uses[i]);
	}
	return rc < 0 ? rc : bh_lease_put_off(tx, &job->lease, now_ms + EVERY_MS, "");
}

int
stripe_report_run(struct bh_job *job)
{
	int rc = bh_tx_run(&job->db, owe_use, job);

	return rc < 0 ? rc : BH_JOB_ENDED;
}
