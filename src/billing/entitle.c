/* SPDX-License-Identifier: Apache-2.0 */
/* entitle.c: brings a tenant's plan to those who check it. */
#include "billing/entitle.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "billing/billing.h"
#include "billing/store_subscription.h"
#include "queue/worker.h"
#include "service/peer.h"
#include "service/runtime.h"

enum { TELL_MS = 5000, JOB_AFTER_MS = 2000 };

/* The subscription's state as tokens know it: one that is not refused is in order. */
static const char *
state_of(const char *state)
{
	return strcmp(state, "paused") == 0 || strcmp(state, "suspended") == 0 ||
			strcmp(state, "canceled") == 0
		? state
		: "active";
}

int
billing_entitle_set(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_plan *plan,
	const char *state)
{
	/* Whoever wrote it tells auth at once; the job is for when that fails. */
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = BILLING_QUEUE,
		.kind = BILLING_JOB_ENTITLE,
		.subject = *tenant,
		.payload = "{}",
		.due_ms = bh_clock_wall_ms() + JOB_AFTER_MS,
	};
	bool changed = false;
	int rc = billing_store_tenant_plan_set(tx, tenant, plan, state_of(state), &changed);

	return rc < 0 || !changed ? rc : bh_job_add(tx, tenant, &job);
}

BH_MUST_CHECK static int
tell(struct bh_runtime *runtime, struct bh_arena *arena, const struct bh_uuid *tenant,
	const char *request_id)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_peer peer = {
		.runtime = runtime,
		.onward = {.tenant = *tenant, .request_id = request_id, .traceparent = ""},
		.arena = arena,
		.watch_fd = -1,
		.cancel = bh_runtime_stop_flag(runtime),
	};
	const struct bh_peer_call call = {
		.service = "auth",
		.path = "/internal/plan",
		.body = &body,
		.first_byte_ms = TELL_MS,
		.idle_ms = TELL_MS,
	};

	bh_buf_text(&body, "{}");
	return bh_peer_ask(&peer, &call, &doc);
}

void
billing_entitle_tell(struct bh_runtime *runtime, struct bh_arena *arena,
	const struct bh_uuid *tenant, const char *request_id)
{
	int rc = tell(runtime, arena, tenant, request_id);

	if (rc < 0)
		bh_log_failure("tell auth of a change of plan; its job does so later", rc);
}

/* Whoever changes it holds the row: a change that came while auth was told is told again. */
BH_MUST_CHECK static int
end_work(struct bh_db *tx, void *ctx)
{
	const struct bh_lease *lease = ctx;
	bool told = false;
	int rc = billing_store_tenant_plan_told(tx, &lease->tenant, &told);

	if (rc < 0)
		return rc;
	return told ? bh_lease_done(tx, lease)
				: bh_lease_retry(tx, lease, bh_clock_wall_ms(), "it changed in the meantime");
}

int
billing_entitle_run(struct bh_job *job)
{
	struct billing *billing = job->service;
	int rc = tell(billing->runtime, &job->arena, &job->lease.tenant, "");

	if (rc == 0)
		rc = bh_tx_run(&job->db, end_work, &job->lease);
	return rc < 0 ? rc : BH_JOB_ENDED;
}
