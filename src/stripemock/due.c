/* SPDX-License-Identifier: Apache-2.0 */
/* due.c: finds what is due first, lets it happen, and looks again. */
#include "stripemock/due.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "service/runtime.h"
#include "stripemock/checkout.h"
#include "stripemock/credit.h"
#include "stripemock/invoice.h"
#include "stripemock/subscription.h"

enum { STEPS_MOST = 5000, STEPS_AT_ONCE = 20, PUT_OFF_S = 3600 };

static int
happen(struct stripemock_work *work, struct stripemock_doc *doc)
{
	if (strcmp(doc->kind, "subscription") == 0)
		return stripemock_subscription_due(work, doc);
	if (strcmp(doc->kind, "invoice") == 0)
		return stripemock_invoice_due(work, doc);
	if (strcmp(doc->kind, "billing.credit_grant") == 0)
		return stripemock_credit_due(work, doc);
	return stripemock_checkout_expire(work, doc);
}

/* The next that is due by work->clock until `until_s`; *out_done when there is none. */
static int
step(struct stripemock_work *work, int64_t until_s, bool *out_done, const char **out_id)
{
	struct stripemock_row row;
	struct stripemock_doc *doc;
	bool found = false;
	int rc = stripemock_work_flush(work);

	if (rc == 0)
		rc = stripemock_store_object_due(work->tx, work->tenant, work->clock, until_s, &row,
			&found);
	*out_done = !found;
	if (rc < 0 || !found)
		return rc;
	*out_id = row.id;
	rc = stripemock_work_get(work, NULL, row.id, "id", &doc);
	if (rc < 0)
		return rc;
	if (row.due > work->now_s)
		work->now_s = row.due;
	rc = happen(work, doc);
	/* Whatever came of it, it is written anew: the next look must not find it as it was. */
	stripemock_work_touch(doc);
	return rc;
}

int
stripemock_due_advance(struct stripemock_work *work, struct stripemock_doc *clock, int64_t until_s)
{
	const char *id;
	bool done = false;
	int rc = 0;

	work->clock = clock->id;
	work->now_s = int_at(clock->body, "frozen_time");
	for (int i = 0; rc == 0 && !done; i++) {
		if (i == STEPS_MOST)
			return stripemock_work_refuse(work, "mock_too_far", "frozen_time",
				"More than %d things would happen until then; advance the clock in smaller steps.",
				STEPS_MOST);
		rc = step(work, until_s, &done, &id);
	}
	work->now_s = until_s;
	return rc;
}

/* ---- in real time ---- */

struct beat {
	struct stripemock *mock;
	struct bh_arena *arena;
	const char *id; /* what happened last, or was refused */
	bool is_done;
	unsigned made;
};

static struct stripemock_work
begin(struct bh_db *tx, struct beat *beat)
{
	int64_t now_s = bh_clock_wall_ms() / 1000;

	return (struct stripemock_work){
		.tx = tx,
		.arena = beat->arena,
		.tenant = &bh_platform_tenant,
		.mock = beat->mock,
		.wall_s = now_s,
		.now_s = now_s,
		.clock = "",
	};
}

static int
beat_once(struct bh_db *tx, void *ctx)
{
	struct beat *beat = ctx;
	struct stripemock_work work = begin(tx, beat);
	int rc = stripemock_work_lock(&work);

	if (rc == 0)
		rc = step(&work, work.wall_s, &beat->is_done, &beat->id);
	if (rc == 0)
		rc = stripemock_work_flush(&work);
	beat->made += work.made;
	return rc;
}

/* What is refused, for lack of room or as too large, must not keep back all else: it is tried again later. */
static int
put_off(struct bh_db *tx, void *ctx)
{
	struct beat *beat = ctx;
	struct stripemock_work work = begin(tx, beat);
	struct stripemock_doc *doc;
	int rc = stripemock_work_lock(&work);

	if (rc == 0)
		rc = stripemock_work_get(&work, NULL, beat->id, "id", &doc);
	if (rc < 0)
		return rc;
	put_int(doc->body, "_put_off_until", work.wall_s + PUT_OFF_S);
	stripemock_work_touch(doc);
	return stripemock_work_flush(&work);
}

void
stripemock_due_run(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct beat beat = {.mock = service, .arena = &arena};
	struct bh_db db = {
		.pool = bh_runtime_db(runtime),
		.arena = &arena,
		.context = bh_platform_tenant,
	};
	static _Thread_local bool failing; /* one line when it begins to fail */
	struct stripemock_row row;
	bool found = false;
	/* The account is locked only when there is something to do. */
	int rc = stripemock_store_object_due(&db, &bh_platform_tenant, "", bh_clock_wall_ms() / 1000,
		&row, &found);

	beat.is_done = !found;
	for (int i = 0; rc == 0 && !beat.is_done && i < STEPS_AT_ONCE; i++) {
		rc = bh_tx_run(&db, beat_once, &beat);
		if (rc == BH_E_INVALID && beat.id != NULL) {
			bh_log_failure("let happen what is due", rc);
			rc = bh_tx_run(&db, put_off, &beat);
		}
	}
	if (rc < 0 && !failing)
		bh_log_failure("let happen what is due", rc);
	failing = rc < 0;
	if (beat.made > 0)
		bh_runtime_wake(runtime, STRIPEMOCK_WORKER_SEND);
}
