/* SPDX-License-Identifier: Apache-2.0 */
/* period.c: a subscription's period becomes a draft, and a job that finalizes it. */
#include "billing/period.h"

#include <string.h>
#include <time.h>

#include "billing/invoice.h"
#include "billing/ledger.h"
#include "queue/queue.h"

enum { SETTLED_AFTER_MS = 600000 };

#define DAY_MS INT64_C(86400000)

/* The day of a moment (UTC), as 2026-11-30. */
static const char *
day_of(struct bh_arena *arena, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[16];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return bh_arena_strdup(arena, text);
}

/* Usage is billed by whole days: the day of an end at noon comes with the next period, and where none follows
 * with this one, when it is over. */
static int64_t
bills_until_ms(const struct billing_period *period)
{
	int64_t day_ms = period->until_ms / DAY_MS * DAY_MS;

	return period->last && day_ms < period->until_ms ? day_ms + DAY_MS : day_ms;
}

static struct billing_invoice_line
line_of(struct bh_arena *arena, const struct billing_period_line *line)
{
	bool is_base = line->kind == BILLING_LINE_BASE;

	return (struct billing_invoice_line){.kind = is_base ? "base" : "proration",
		.description = bh_arena_printf(arena,
			is_base ? "Plan %.100s" : "Unused time of plan %.100s", line->plan),
		.starts_ms = line->from_ms,
		.ends_ms = line->until_ms,
		.rate_version = line->plan_version,
		.nanos = line->nanos};
}

static int
add_job(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *invoice,
	int64_t due_ms)
{
	const struct bh_job_new job = {.id = bh_uuid_new(),
		.queue = "billing",
		.kind = BILLING_JOB_INVOICE,
		.subject = *invoice,
		.payload = "{}",
		.due_ms = due_ms,
		.background = true};

	return bh_job_add(tx, tenant, &job);
}

int
billing_invoice_period(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_period *period)
{
	char subscription[BH_UUID_TEXT];
	struct billing_invoice invoice = {.kind = "invoice",
		.currency = period->currency,
		.bills_usage = period->ends,
		.note = ""};
	struct billing_invoice_line *lines = bh_arena_array(tx->arena, period->n_lines + 1,
		sizeof(*lines));
	int64_t until_ms = bills_until_ms(period);
	bool is_new = false;
	int rc;

	/* Nothing to bill when it begins. */
	if (!period->ends && period->n_lines == 0)
		return 0;
	bh_uuid_format(&period->subscription, subscription);
	invoice.id = billing_ledger_id("period",
		bh_arena_printf(tx->arena, "%s#%lld#%s", subscription, (long long)period->number,
			period->ends ? "ends" : "begins"));
	if (period->ends)
		invoice.ends_on = day_of(tx->arena, until_ms);
	for (size_t i = 0; i < period->n_lines; i++)
		lines[i] = line_of(tx->arena, &period->lines[i]);
	rc = billing_invoice_begin(tx, tenant, &invoice, lines, period->n_lines, &is_new);
	if (rc < 0 || !is_new)
		return rc;
	/* What was admitted before midnight is settled by then. */
	return add_job(tx, tenant, &invoice.id, period->ends ? until_ms + SETTLED_AFTER_MS : 0);
}
