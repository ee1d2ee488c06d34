/* SPDX-License-Identifier: Apache-2.0 */
/* run_answer.c: one call of the model, its stream taken into the record as it comes. */
#include "agent/run.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"

enum {
	CALLS_MAX = 32,
	OUTPUT_BYTES_MAX = 1024 * 1024,
	RETRY_BASE_MS = 100,
	RETRY_MOST_MS = 1000,
	FULL_HERE_MS = 2000, /* longest wait for a full model in the worker */
	FULL_LEAST_MS = 500,
	CATCH_UP_MOST = 64 /* events */
};

/* The answer while it is read. */
struct answer {
	struct agent_chat chat;                /* owned */
	struct agent_output *message;          /* the open one, or NULL */
	struct agent_output *calls[CALLS_MAX]; /* by the index of the model's deltas */
	bool open[CALLS_MAX];
	bool filtered; /* the provider withheld the rest */
	size_t bytes;
	struct agent_usage usage; /* as it was last told */
	bool is_told;             /* with the last event */
};

static int
ask_model(struct agent_run *run, struct agent_chat *out, int64_t *out_wait_ms)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int rc;

	*out_wait_ms = -1;
	rc = agent_run_ask(run, &body);
	return rc < 0 ? rc : agent_chat_open(&run->peer, &body, out, out_wait_ms);
}

static void
pause_before(struct agent_run *run, int64_t attempt, int64_t asked_ms)
{
	int64_t wait_ms = 20 + bh_retry_wait_ms(attempt, RETRY_BASE_MS, RETRY_MOST_MS);

	bh_runtime_wait(run->agent->runtime, "run-pause", asked_ms > wait_ms ? asked_ms : wait_ms);
}

/* Who waits for nothing but a place, or for a limit to pass, is not at fault. With a client that waits only
 * the platform's own queue counts: a provider's limit, or the tenant's own, it would rather know of. */
static bool
is_full(const struct agent_run *run, int error)
{
	return error == BH_E_BUSY ||
		(run->response.background &&
			(error == BH_E_RATE_LIMITED || error == BH_E_UPSTREAM_LIMITED));
}

/* Back into the queue until there may be a place: its worker is somebody else's meanwhile. Not for longer
 * than a run may take. */
static bool
put_off(struct agent_run *run, int error, int64_t asked_ms)
{
	int64_t now_ms = bh_clock_wall_ms();
	int64_t wait_ms = asked_ms > FULL_LEAST_MS ? asked_ms : FULL_LEAST_MS;

	if (!is_full(run, error) ||
		now_ms - run->response.created_ms > run->agent->conf.run_s_max * 1000)
		return false;
	run->later_ms = now_ms + wait_ms + bh_retry_wait_ms(0, wait_ms / 4, wait_ms / 4);
	return true;
}

/* How long is waited in the worker. A client that waits would rather know of a limit soon: it may ask again
 * by itself. */
static int64_t
patience_ms(const struct agent_run *run, int error)
{
	bool is_limit = error == BH_E_RATE_LIMITED || error == BH_E_UPSTREAM_LIMITED;
	int64_t most_ms = run->agent->conf.retry_ms;

	return is_limit && !run->response.background && most_ms > FULL_HERE_MS ? FULL_HERE_MS : most_ms;
}

/* An engine that starts anew is waited for a little: nothing has been said yet. One that is full is
 * waited for in the queue. */
static int
open_chat(struct agent_run *run, struct agent_chat *out)
{
	int64_t began_ms = bh_clock_steady_ms(), asked_ms;
	int rc;

	for (int64_t attempt = 0;; attempt++) {
		int64_t waited_ms;

		rc = ask_model(run, out, &asked_ms);
		run->asked_ms = asked_ms;
		waited_ms = bh_clock_steady_ms() - began_ms;
		if (!bh_error_is_transient(rc) || run->job->stop.now)
			return rc;
		if ((waited_ms > FULL_HERE_MS || asked_ms > FULL_HERE_MS) && put_off(run, rc, asked_ms))
			return rc;
		if (waited_ms + (asked_ms > 0 ? asked_ms : 0) > patience_ms(run, rc))
			return rc;
		pause_before(run, attempt, asked_ms);
	}
}

/* ---- the stream ---- */

/* The last words go out before their sources are looked for. */
static int
end_message(struct agent_run *run, struct answer *answer)
{
	bool is_refusal = answer->message != NULL && answer->message->is_refusal;
	bool grounded = agent_run_is_grounded(run) && !is_refusal;
	int rc = grounded ? agent_run_ground_end(run, &answer->message) : 0;

	if (rc < 0 || answer->message == NULL)
		return rc;
	rc = agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);
	if (rc < 0)
		return rc;
	if (grounded)
		agent_run_ground_cite(run, answer->message);
	else if (!answer->message->is_refusal)
		agent_run_cite(run, answer->message, !run->cut);
	agent_record_end(&run->record, answer->message, run->cut ? "incomplete" : "completed");
	answer->message = NULL;
	return 0;
}

/* Text, or a refusal, which is a message of its own. */
static int
take_text(struct agent_run *run, struct answer *answer, const char *text, size_t len,
	bool is_refusal)
{
	bool grounded = agent_run_is_grounded(run);
	int rc = 0;

	/* Words that wait to be checked have no message yet. */
	if (answer->message != NULL ? answer->message->is_refusal != is_refusal
								: grounded && is_refusal)
		rc = end_message(run, answer);
	if (rc < 0)
		return rc;
	if (grounded && !is_refusal) {
		answer->bytes += len;
		return agent_run_ground_take(run, &answer->message, text, len);
	}
	if (answer->message == NULL)
		answer->message = agent_record_message_begin(&run->record, is_refusal);
	if (answer->message == NULL)
		return bh_error(BH_E_UPSTREAM, "the model's response has too many parts");
	__atomic_store_n(&run->texted, true, __ATOMIC_RELAXED);
	agent_record_delta(&run->record, answer->message, text, len);
	answer->bytes += len;
	return 0;
}

static int
take_call(struct agent_run *run, struct answer *answer, const struct bh_json *delta)
{
	const struct bh_json *function = bh_json_get(delta, "function");
	const struct bh_json *arguments = bh_json_get(function, "arguments");
	const char *name = bh_json_string(bh_json_get(function, "name"));
	int64_t index = 0;
	int rc;

	(void)bh_json_int(bh_json_get(delta, "index"), &index);
	if (index < 0 || index >= CALLS_MAX)
		return bh_error(BH_E_UPSTREAM, "the model called too many functions");
	if (!answer->open[index]) {
		if (name == NULL)
			return bh_error(BH_E_UPSTREAM, "the model called a function without a name");
		rc = end_message(run, answer);
		if (rc < 0)
			return rc;
		answer->calls[index] = agent_record_call_begin(&run->record,
			bh_json_string(bh_json_get(delta, "id")), name);
		if (answer->calls[index] == NULL)
			return bh_error(BH_E_UPSTREAM, "the model's response has too many parts");
		answer->open[index] = true;
		__atomic_store_n(&run->texted, true, __ATOMIC_RELAXED);
	}
	if (bh_json_string_len(arguments) > 0)
		agent_record_delta(&run->record, answer->calls[index], bh_json_string(arguments),
			bh_json_string_len(arguments));
	answer->bytes += bh_json_string_len(arguments);
	return 0;
}

static void
add_usage(struct agent_usage *sum, const struct agent_usage *usage)
{
	if (!usage->known)
		return;
	sum->known = true;
	sum->input += usage->input;
	sum->cached += usage->cached;
	sum->output += usage->output;
	sum->reasoning += usage->reasoning;
}

static void
note_usage(struct answer *answer, const struct agent_chat_event *event)
{
	answer->is_told = event->usage.known;
	if (event->usage.known)
		answer->usage = event->usage;
}

static int
take(struct agent_run *run, struct answer *answer, const struct agent_chat_event *event)
{
	int rc = 0;

	if (event->len > 0)
		rc = take_text(run, answer, event->text, event->len, false);
	if (rc == 0 && event->refusal_len > 0)
		rc = take_text(run, answer, event->refusal, event->refusal_len, true);
	for (size_t i = 0; rc == 0 && i < bh_json_count(event->calls); i++)
		rc = take_call(run, answer, bh_json_at(event->calls, i));
	if (event->finish != NULL && strcmp(event->finish, "length") == 0)
		run->cut = true;
	if (event->finish != NULL && strcmp(event->finish, "content_filter") == 0)
		run->cut = answer->filtered = true;
	note_usage(answer, event);
	return rc;
}

static int
commit_if_due(struct agent_run *run)
{
	if (agent_journal_due_ms(&run->journal, &run->record, bh_clock_steady_us()) != 0)
		return 0;
	return agent_journal_commit(&run->journal, &run->record, AGENT_JOURNAL_GO_ON);
}

static bool
has_functions(const struct agent_run *run)
{
	for (size_t i = 0; i < run->request.n_tools; i++) {
		if (strcmp(run->request.tools[i].type, "function") == 0)
			return true;
	}
	return false;
}

/* Whether the model is to be stopped: nothing more can come of its answer, no call either, and what it has used
 * is known. Who does not tell that is read to the end for it. */
static bool
is_enough(const struct agent_run *run, const struct answer *answer)
{
	return agent_run_is_grounded(run) && agent_run_ground_is_over(run) && answer->is_told &&
		!has_functions(run);
}

/* What the model has said meanwhile is in the books of the model service, and belongs to the usage. */
static void
catch_up(struct answer *answer)
{
	for (size_t i = 0; i < CATCH_UP_MOST; i++) {
		struct agent_chat_event event;
		bool ready;

		if (agent_chat_next(&answer->chat, 0, &event, &ready) < 0 || !ready || event.done)
			return;
		note_usage(answer, &event);
	}
}

static int
read_stream(struct agent_run *run, struct answer *answer)
{
	for (;;) {
		struct agent_chat_event event;
		bool ready;
		int rc;

		rc = agent_chat_next(&answer->chat,
			agent_journal_due_ms(&run->journal, &run->record, bh_clock_steady_us()), &event,
			&ready);
		if (rc == 0 && ready && event.done)
			return 0;
		if (rc == 0 && ready)
			rc = take(run, answer, &event);
		if (rc == 0)
			rc = commit_if_due(run);
		if (rc == 0 && run->job->stop.now)
			rc = BH_E_CANCELLED;
		if (rc < 0)
			return rc;
		if (answer->bytes > OUTPUT_BYTES_MAX) {
			run->cut = true;
			return 0;
		}
		if (is_enough(run, answer)) {
			catch_up(answer);
			return 0;
		}
	}
}

/* What was pending is committed also when the stream broke: it is part of the answer. */
static int
end_answer(struct agent_run *run, struct answer *answer)
{
	bool is_refusal = answer->message != NULL && answer->message->is_refusal;
	bool called = false, grounded = agent_run_is_grounded(run) && !is_refusal;
	int rc = grounded ? agent_run_ground_end(run, &answer->message) : 0;

	for (size_t i = 0; i < CALLS_MAX; i++)
		called = called || answer->open[i];
	/* Its cap has taken nothing from the client: the answer is as whole as one without it. */
	if (grounded && run->cut && !answer->filtered && !called && agent_run_ground_is_whole(run))
		run->cut = false;
	if (rc == 0 && grounded && answer->message == NULL && !called)
		rc = agent_run_ground_instead(run, &answer->message);
	if (rc < 0)
		return rc;
	/* An empty answer is an answer: a message without words. */
	if (answer->message == NULL && !called) {
		answer->message = agent_record_message_begin(&run->record, false);
		if (answer->message == NULL)
			return bh_error(BH_E_UPSTREAM, "the model's response has too many parts");
	}
	rc = end_message(run, answer);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < CALLS_MAX; i++) {
		if (answer->open[i])
			agent_record_end(&run->record, answer->calls[i], run->cut ? "incomplete" : "completed");
	}
	if (answer->filtered)
		run->response.incomplete_reason = "content_filter";
	return 0;
}

static bool
is_silent(const struct agent_run *run)
{
	return !__atomic_load_n(&run->texted, __ATOMIC_RELAXED);
}

/* A stream that breaks before its first word has told the client nothing: the model is asked once more,
 * for as long as open_chat would wait for it. */
static int
read_answer(struct agent_run *run, struct answer *answer)
{
	int64_t until_ms = 0;
	int rc;

	for (int64_t attempt = 0;; attempt++) {
		*answer = (struct answer){0};
		agent_ground_close(&run->ground);
		rc = open_chat(run, &answer->chat);
		if (rc < 0)
			return rc;
		rc = read_stream(run, answer);
		agent_chat_close(&answer->chat);
		if (rc == 0)
			add_usage(&run->response.usage, &answer->usage);
		if (!bh_error_is_transient(rc) || !is_silent(run) || run->job->stop.now)
			return rc;
		/* From the first break on: how long the model thought before says nothing. */
		if (until_ms == 0)
			until_ms = bh_clock_steady_ms() + run->agent->conf.retry_ms;
		if (bh_clock_steady_ms() > until_ms)
			return rc;
		run->cut = false;
		pause_before(run, attempt, -1);
	}
}

int
agent_run_answer(struct agent_run *run)
{
	struct answer answer = {0};
	int rc = 0;

	if (run->job->stop.now)
		return BH_E_CANCELLED;
	/* Nothing was found and nothing may be said: the model has no part in it. */
	if (agent_run_is_grounded(run) && run->passages.n == 0 && !has_functions(run))
		run->response.usage.known = true;
	else
		rc = read_answer(run, &answer);
	return rc < 0 ? rc : end_answer(run, &answer);
}
