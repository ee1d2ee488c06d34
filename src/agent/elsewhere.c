/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere.c: one read for all that wait: which of their jobs another process holds, and which are over.
 *
 * Not LISTEN: a NOTIFY takes a lock over the whole server at its commit, and each run commits to its journal
 * forty times a second. A job that waits for its turn costs its listeners nothing; one that is held
 * elsewhere lets them read its journal, five times a second; one that is over lets them read its end. A
 * connection that is lost costs one look. */
#include "agent/elsewhere.h"

#include "agent/agent.h"
#include "agent/hub.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "queue/queue.h"

enum { NOTE_MS = 5000 }; /* how often the queue is told who is waited for */

static int
wake(struct agent *agent, struct bh_db *db, const struct bh_uuid *responses,
	const struct bh_job_name *jobs, size_t n)
{
	enum bh_job_state *states = bh_arena_array(db->arena, n, sizeof(*states));
	int rc = bh_queue_states(db, AGENT_QUEUE, jobs, n, states);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (states[i] != BH_JOB_WAITS)
			agent_hub_notify(agent->hub, &responses[i]);
	}
	return rc;
}

/* Whoever claims a job learns so that its client has not left. */
static int
note(struct agent *agent, struct bh_db *db, const struct bh_job_name *jobs, size_t n)
{
	int64_t now_ms = bh_clock_steady_ms();

	if (now_ms - agent->noted_ms < NOTE_MS)
		return 0;
	agent->noted_ms = now_ms;
	return bh_queue_note_watched(db, AGENT_QUEUE, jobs, n);
}

void
agent_elsewhere_run(struct bh_runtime *runtime, void *service)
{
	struct agent *agent = service;
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena};
	struct bh_uuid *responses;
	struct bh_job_name *jobs;
	size_t n;
	int rc = 0;

	bh_error_clear();
	agent_hub_elsewhere(agent->hub, &arena, &responses, &jobs, &n);
	if (n > 0)
		rc = wake(agent, &db, responses, jobs, n);
	if (n > 0 && rc == 0)
		rc = note(agent, &db, jobs, n);
	/* A database that is away shows at every request; those who wait go on waiting. */
	if (rc < 0 && !bh_error_is_transient(rc))
		bh_log_failure("look for responses that run elsewhere", rc);
	bh_arena_close(&arena);
}
