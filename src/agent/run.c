/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: loads a response, goes on where its journal ends, and settles it. */
#include "agent/run.h"

#include <string.h>
#include <unistd.h>

#include "agent/chain.h"
#include "agent/store.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

enum { EVENTS_MAX = 1000000, END_RETRY_MS = AGENT_LEASE_MS - 1000 };

static const char restarted[] = "The platform restarted while it was generating this response. The "
								"text so far is kept; please try again.";

/* ---- endings ---- */

/* The database is away or busy: nothing can be written, and the lease will run out. The same trouble of a
 * peer ends the run instead. */
static bool
is_database(int error)
{
	return error == BH_E_DB_DOWN || error == BH_E_DB_UNKNOWN || error == BH_E_DB_LATE ||
		error == BH_E_DB_RETRY || error == BH_E_POOL;
}

/* A whole answer is not given up for a moment without the database: the lease still holds. Where a
 * commit's own outcome was lost, the fence tells the next attempt. */
static int
commit_end(struct agent_run *run, enum agent_journal_end end)
{
	int64_t until_ms = bh_clock_steady_ms() + END_RETRY_MS;
	int rc;

	for (int64_t attempt = 0;; attempt++) {
		rc = agent_journal_commit(&run->journal, &run->record, end);
		if (!bh_error_is_transient(rc) || bh_clock_steady_ms() > until_ms ||
			bh_job_stop_reason(&run->job->stop) == BH_JOB_STOP_LOST)
			return rc;
		usleep((useconds_t)(20 + bh_retry_wait_ms(attempt, 50, 500)) * 1000);
	}
}

/* The last event and the end of the job. */
static int
finish(struct agent_run *run, const char *status, const char *event)
{
	struct agent_response *response = &run->response;

	agent_record_abandon(&run->record);
	response->status = status;
	response->completed_ms = bh_clock_wall_ms();
	agent_record_response(&run->record, event);
	return commit_end(run,
		strcmp(status, "failed") == 0 || strcmp(status, "cancelled") == 0 ? AGENT_JOURNAL_FAILED
																		  : AGENT_JOURNAL_DONE);
}

static int
fail(struct agent_run *run, const char *code, const char *message)
{
	run->response.error_code = code;
	run->response.error_message = message;
	return finish(run, "failed", "response.failed");
}

/* The description knows no event for a cancelled response: the status says it. */
static int
cancel(struct agent_run *run)
{
	return finish(run, "cancelled", "response.incomplete");
}

/* Given back: nobody has seen any text, so another process may begin anew. */
static int
give_back(struct agent_run *run, const char *why)
{
	int rc;

	rc = agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);
	return rc < 0 ? rc : bh_lease_retry(&run->db, &run->journal.lease, bh_clock_wall_ms(), why);
}

/* The same without an attempt counted, for later. */
static int
put_off(struct agent_run *run, int error)
{
	const char *why = bh_error_row(error)->code;
	int rc = agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);

	return rc < 0 ? rc : bh_lease_put_off(&run->db, &run->journal.lease, run->later_ms, why);
}

static int
settle_stop(struct agent_run *run)
{
	switch (bh_job_stop_reason(&run->job->stop)) {
	case BH_JOB_STOP_CANCELLED:
	case AGENT_STOP_LEFT:
		return cancel(run);
	case AGENT_STOP_REVOKED:
		return fail(run, "server_error",
			"The tenant was suspended or the credential of this response was revoked.");
	case AGENT_STOP_TIME:
		return fail(run, "server_error", "The run exceeded its maximum duration.");
	case BH_JOB_STOP_STOPPING:
		return agent_record_has_text(&run->record) ? fail(run, "server_error", restarted)
												   : give_back(run, "the service is stopping");
	case AGENT_STOP_DELETED:
		return BH_E_REFERENCE;
	default:
		return BH_E_LOST;
	}
}

/* The API's word for what is wrong with a picture, else with the prompt. */
static const char *
fault_of(int error)
{
	static const struct {
		int error;
		const char *code;
	} faults[] = {
		{BH_E_IMAGE, "invalid_image"},
		{BH_E_IMAGE_FORMAT, "invalid_image_format"},
		{BH_E_IMAGE_TOO_LARGE, "image_too_large"},
		{BH_E_URL_REFUSED, "invalid_image_url"},
		{BH_E_URL_FAILED, "failed_to_download_image"},
	};

	for (size_t i = 0; i < BH_COUNT(faults); i++) {
		if (faults[i].error == error)
			return faults[i].code;
	}
	return "invalid_prompt";
}

/* A client's mistake and a limit are told in the peer's own words; trouble of ours in general ones. */
static int
settle_error(struct agent_run *run, int error)
{
	const struct bh_error_row *row = bh_error_public_row(error);
	const char *message = row->sentence;

	bh_log_failure("run", error);
	/* A client that waits is told as if it had asked the model itself. */
	if (!agent_record_has_text(&run->record)) {
		run->response.refusal_code = row->code;
		run->response.refusal_wait_ms = row->status == 429 || row->status == 503 ? run->asked_ms
																				 : -1;
	}
	if (row->number == error && row->status < 500 && bh_error_detail(error)[0] != '\0')
		message = bh_arena_strdup(run->arena, bh_error_detail(error));
	/* Its own code, which no client asks again at. */
	if (row->number == BH_E_OVER_BUDGET)
		return fail(run, row->code, message);
	if (row->status == 429)
		return fail(run, "rate_limit_exceeded", message);
	return fail(run, row->status < 500 ? fault_of(row->number) : "server_error", message);
}

static void
settle(struct agent_run *run, int rc)
{
	/* auth gives no token any more to whom this run serves: told as the revocation's log tells it. */
	if (rc == BH_E_SUSPENDED)
		bh_job_stop_set(&run->job->stop, AGENT_STOP_REVOKED);
	if (rc == 0) {
		/* Where a filter cut it, the answer says so already. */
		if (run->cut && run->response.incomplete_reason == NULL)
			run->response.incomplete_reason = "max_output_tokens";
		rc = run->cut ? finish(run, "incomplete", "response.incomplete")
					  : finish(run, "completed", "response.completed");
	} else if (run->job->stop.now || rc == BH_E_CANCELLED) {
		rc = settle_stop(run);
	} else if (run->later_ms > 0) {
		rc = put_off(run, rc);
	} else if (rc != BH_E_LOST && rc != BH_E_REFERENCE && !is_database(rc)) {
		rc = settle_error(run, rc);
	}
	/* Deleted under our hands: what remains is the job. */
	if (rc == BH_E_REFERENCE)
		rc = bh_lease_fail(&run->db, &run->journal.lease, "deleted");
	/* Somebody newer has it, or the database is away and the lease will expire: nothing to write. */
	if (rc < 0 && rc != BH_E_LOST)
		bh_log_failure("finish a run", rc);
}

/* ---- beginning ---- */

static int
load_conversation(struct agent_run *run)
{
	const struct bh_uuid *tenant = &run->journal.lease.tenant;
	struct agent_item *before = NULL, *inputs = NULL;
	size_t n_before = 0, n_inputs = 0;
	int rc = 0;

	if (!bh_uuid_is_zero(&run->response.previous))
		rc = agent_chain_read(&run->db, tenant, &run->response.previous,
			agent_request_truncates(&run->request), &before, &n_before);
	if (rc == 0)
		rc = agent_store_item_list(&run->db, tenant, &run->response.id, false, &inputs, &n_inputs);
	if (rc < 0)
		return rc;
	run->n_items = n_before + n_inputs;
	run->items = bh_arena_array(run->arena, run->n_items + 1, sizeof(*run->items));
	if (n_before > 0)
		memcpy(run->items, before, n_before * sizeof(*before));
	if (n_inputs > 0)
		memcpy(run->items + n_before, inputs, n_inputs * sizeof(*inputs));
	return 0;
}

static int
load_record(struct agent_run *run)
{
	const struct bh_uuid *tenant = &run->journal.lease.tenant;
	struct agent_event *events = NULL;
	struct agent_item *items = NULL;
	size_t n_events = 0, n_items = 0;
	int rc;

	rc = agent_store_event_list(&run->db, tenant, &run->response.id, -1, EVENTS_MAX, &events,
		&n_events);
	if (rc == 0)
		rc = agent_store_item_list(&run->db, tenant, &run->response.id, true, &items, &n_items);
	if (rc == 0)
		rc = agent_record_replay(&run->record, events, n_events, items, n_items);
	return rc;
}

static int
load(struct agent_run *run)
{
	int rc;

	rc = bh_json_parse(run->response.echo, strlen(run->response.echo), &run->echo);
	if (rc < 0)
		return rc;
	run->record.arena = run->arena;
	run->record.response = &run->response;
	rc = agent_request_again(run->arena, run->echo.root, &run->request);
	return rc < 0 ? rc : load_record(run);
}

static int
begin(struct agent_run *run)
{
	bool cancelled = false;
	int rc;

	rc = bh_lease_extend(&run->db, &run->journal.lease, AGENT_LEASE_MS, &cancelled);
	if (rc < 0)
		return rc;
	if (cancelled)
		bh_job_stop_set(&run->job->stop, BH_JOB_STOP_CANCELLED);
	if (strcmp(run->response.status, "queued") == 0 && !cancelled) {
		run->response.status = "in_progress";
		run->journal.begins = true;
		agent_record_response(&run->record, "response.in_progress");
		rc = agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);
	}
	return rc < 0 ? rc : cancelled ? BH_E_CANCELLED : 0;
}

static void
work(struct agent_run *run)
{
	int rc;

	rc = load(run);
	/* Behind the record: where the conversation is gone, the journal goes on with that. */
	if (rc == 0)
		rc = load_conversation(run);
	if (rc == 0)
		rc = begin(run);
	/* A sentence that a dead worker began cannot be gone on with as if nothing had happened. */
	if (rc == 0 && agent_record_has_text(&run->record)) {
		rc = fail(run, "server_error", restarted);
		if (rc < 0)
			settle(run, rc);
		return;
	}
	if (rc == 0 && run->job->stop.now)
		rc = BH_E_CANCELLED;
	if (rc == 0)
		rc = agent_run_search(run);
	if (rc == 0)
		rc = agent_run_answer(run);
	settle(run, rc);
}

/* The number behind the last event of the journal, whose text is not looked into. */
static int
next_sequence(struct agent_run *run)
{
	struct agent_event *events = NULL;
	size_t n = 0;
	int rc = agent_store_event_list(&run->db, &run->journal.lease.tenant, &run->response.id, -1,
		EVENTS_MAX, &events, &n);

	if (rc == 0)
		run->record.next = n > 0 ? events[n - 1].sequence + 1 : 0;
	return rc;
}

/* Nothing of what it holds but the number of its last event. */
static int
load_nothing(struct agent_run *run)
{
	agent_record_close(&run->record);
	run->response.echo = "{}";
	run->record.arena = run->arena;
	run->record.response = &run->response;
	return next_sequence(run);
}

/* Its processes died, maybe of what it holds, or it fails each time: at first its last event tells what
 * there is of the answer. Where that is fatal too, or cannot be read, it does not. */
static void
give_up(struct agent_run *run)
{
	int rc = BH_E_JSON;

	if (run->journal.lease.lapses <= BH_LAPSES_MOST)
		rc = load(run);
	if (rc < 0 && !is_database(rc))
		rc = load_nothing(run);
	if (rc == 0) {
		bh_log(BH_LOG_ERROR,
			"gave up on a run after %lld attempts, %lld of which ended with the death of the "
			"process",
			(long long)run->journal.lease.attempt, (long long)run->journal.lease.lapses);
		rc = fail(run, "server_error",
			"Every attempt to generate this response failed. The text so far is kept.");
	}
	if (rc < 0 && rc != BH_E_LOST)
		bh_log_failure("give up a run", rc);
}

/* A response that is over, or gone: only the job is left, and what was not to be stored. */
static int
clear(struct bh_db *db, const struct bh_lease *lease, const struct agent_response *response)
{
	int rc = 0;

	if (response != NULL && !response->store)
		rc = agent_store_response_delete(db, &lease->tenant, &response->id);
	return rc < 0 && rc != BH_E_NOT_FOUND ? rc : bh_lease_done(db, lease);
}

/* A client that left while its run waited for its turn: the model is not asked for nobody. */
static bool
nobody_waits(const struct agent_run *run)
{
	const struct agent *agent = run->agent;

	return !run->response.background && !agent_hub_watched(agent->hub, &run->response.id) &&
		run->journal.lease.unwatched_ms > agent->conf.resume_ms;
}

static void
execute(struct agent_run *run)
{
	struct agent *agent = run->agent;
	const struct bh_uuid *id = &run->response.id;

	bh_log_request(run->response.request_id);
	run->peer = (struct bh_peer){
		.runtime = agent->runtime,
		.arena = run->arena,
		.watch_fd = -1,
		.cancel = &run->job->stop.now,
		.onward = {.tenant = run->journal.lease.tenant,
			.subject = run->response.subject,
			.request_id = run->response.request_id,
			.traceparent = run->response.traceparent},
	};
	if (run->response.by_key)
		run->peer.onward.credential = run->response.session;
	agent_hub_run_begin(agent->hub, id, &run->job->stop, bh_clock_steady_ms());
	agent_run_watch(run);
	if (nobody_waits(run))
		bh_job_stop_set(&run->job->stop, AGENT_STOP_LEFT);
	work(run);
	bh_job_tend(run->job, false);
	agent_hub_run_end(agent->hub, id, &run->job->stop);
	/* Listeners who found nothing new at the last commit look once more at the end. */
	agent_hub_notify(agent->hub, id);
	bh_log_request("");
}

int
agent_run_execute(struct bh_job *job)
{
	struct agent *agent = job->service;
	const struct bh_lease *lease = &job->lease;
	struct agent_run *run = bh_arena_alloc(&job->arena, sizeof(*run));
	int rc;

	*run = (struct agent_run){
		.agent = agent,
		.job = job,
		.asked_ms = -1,
		.arena = &job->arena,
		.db = job->db,
		.journal = {.pool = job->db.pool,
			.lease = *lease,
			.response = lease->subject,
			.hub = agent->hub},
	};
	rc = agent_store_response_get(&run->db, &lease->tenant, &lease->subject, &run->response);
	if (rc == BH_E_NOT_FOUND)
		rc = clear(&run->db, lease, NULL);
	else if (rc == 0 && agent_status_is_final(run->response.status))
		rc = clear(&run->db, lease, &run->response);
	else if (rc == 0 && (lease->spent || lease->attempt > AGENT_ATTEMPTS_MAX))
		give_up(run);
	else if (rc == 0)
		execute(run);
	agent_ground_close(&run->ground);
	agent_passages_close(&run->passages);
	agent_record_close(&run->record);
	bh_json_close(&run->echo);
	return rc < 0 ? rc : BH_JOB_ENDED;
}
