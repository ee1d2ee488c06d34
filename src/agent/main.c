/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the agent service: responses, as runs that survive their worker. */
#include "agent/agent.h"

#include "agent/elsewhere.h"
#include "agent/hub.h"
#include "agent/run.h"
#include "agent/store.h"
#include "agent/store_chat.h"
#include "service/idempotency_sql.h"
#include "service/retention.h"

static const struct bh_setting settings[] = {
	BH_INT("passage_tokens", "4000", 100, 100000, struct agent, conf.passage_tokens,
		"Maximum number of passage tokens sent with a question to an upstream model."),
	BH_INT("embedded_passage_tokens", "0", 0, 100000, struct agent, conf.embedded_passage_tokens,
		"Maximum number of passage tokens sent with a question to the embedded engine, the nearest "
		"to the question first; 0: as many as it reads within first_word_ms, by its measured "
		"speed."),
	BH_INT("first_word_ms", "5000", 500, 600000, struct agent, conf.first_word_ms,
		"How soon the first word of an answer over documents is aimed at with the embedded "
		"engine."),
	BH_INT("passage_score_percent", "25", 0, 100, struct agent, conf.passage_score_percent,
		"Minimum score of a passage, in percent; a lower one is not given to the model and never "
		"cited."),
	BH_INT("expand_tokens", "800", 0, 4096, struct agent, conf.expand_tokens,
		"How much of its section is read with a passage, in tokens (estimated), for the model and "
		"the "
		"check of citations; 0: the passage alone."),
	BH_INT("output_tokens", "512", 16, 1000000, struct agent, conf.output_tokens,
		"Maximum length of an answer of the embedded engine in tokens if the request has no "
		"max_output_tokens; for other models, the room that is kept for it in the context."),
	BH_INT("resume_ms", "15000", 0, 600000, struct agent, conf.resume_ms,
		"How long a foreground response waits for its client to come back."),
	BH_INT("run_s_max", "900", 10, 86400, struct agent, conf.run_s_max,
		"Maximum duration of a run."),
	BH_INT("retry_ms", "10000", 0, 600000, struct agent, conf.retry_ms,
		"How long a run that has not sent any output yet waits for an unavailable engine or "
		"service."),
	BH_INT("kept_bytes_max", "5368709120", 0, 1000000000000000, struct agent, conf.kept_bytes_max,
		"Maximum number of bytes stored for the responses of one tenant; 0: no limit."),
	BH_INT("unfinished_max", "1000", 1, 1000000, struct agent, conf.unfinished_max,
		"Maximum number of unfinished responses of one tenant, running or queued."),
	BH_TEXT("embedding_model", "default", struct agent, conf.embedding_model,
		"The model whose vectors decide whether a sentence means what its source says."),
	BH_INT("keep_response_s", "2592000", 1, 3153600000, struct agent, conf.keep_response_s,
		"How long a response is kept after it ends."),
	BH_INT("keep_journal_s", "86400", 1, 3153600000, struct agent, conf.keep_journal_s,
		"How long the events of a response can be replayed after it ends."),
	BH_INT("keep_job_s", "604800", 1, 3153600000, struct agent, conf.keep_job_s,
		"How long the job of a response is kept after it ends."),
};

static const struct bh_job_kind kinds[] = {
	{AGENT_JOB_RUN, .run = agent_run_execute, .give_up = agent_run_execute, .tend = agent_run_tend,
		.attempts_max = AGENT_ATTEMPTS_MAX, .finish_ms = 7000},
	{0},
};

/* A tenant alone has two thirds, a third of all in the background; all tenants' runs in the background leave
 * the last third to clients that wait. */
static const struct bh_worker_conf jobs = {
	.kinds = kinds,
	.seats = {.places = AGENT_RUNS,
		.tenant_percent = 66,
		.tenant_most = AGENT_RUNS,
		.tenant_background_most = AGENT_RUNS / 3,
		.background_most = AGENT_RUNS * 2 / 3},
	.lease_ms = AGENT_LEASE_MS,
};

static int
agent_open(struct bh_runtime *runtime, void *state)
{
	struct agent *agent = state;

	agent->runtime = runtime;
	agent->hub = agent_hub_new();
	return 0;
}

/* clang-format off */
static const struct bh_worker workers[] = {
	/* name                   every_ms            function             threads */
	{AGENT_WORKER_ELSEWHERE,  AGENT_ELSEWHERE_MS, agent_elsewhere_run, 1},
	{0},
};
/* clang-format on */

static void
agent_close(struct bh_runtime *runtime, void *state)
{
	struct agent *agent = state;

	(void)runtime;
	agent_hub_free(agent->hub);
}

/* clang-format off */
static const struct bh_retention_kind retention[] = {
	{"response", BH_RETENTION_SQL("response", "id", "completed_at", ""), 50,
		offsetof(struct agent, conf.keep_response_s)},
	/* Empty ones; the others go when their last response has gone. */
	{"chat", agent_store_chat_retention, 50, offsetof(struct agent, conf.keep_response_s)},
	{"journal", agent_store_event_retention, 10, offsetof(struct agent, conf.keep_journal_s)},
	{"job", BH_RETENTION_SQL("job", "id", "finished_at", "AND queue = 'agent'"), 200,
		offsetof(struct agent, conf.keep_job_s)},
	BH_RETENTION_IDEMPOTENCY("idempotency_agent"),
	{0},
};
/* clang-format on */

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_agent");

static const struct bh_service_call calls[] = {
	{"model", "internal:model"},
	{"rag", "internal:rag"},
	{0},
};

static const struct bh_scope scopes[] = {
	{"responses:read", BH_ROLE_VIEWER, true},
	{"responses:write", BH_ROLE_MEMBER, true, "responses"},
	{0},
};

const struct bh_service agent_service = {
	.name = "agent",
	.settings = BH_LIST(settings),
	.routes = agent_routes,
	.scopes = scopes,
	.workers = workers,
	.jobs = &jobs,
	.state_size = sizeof(struct agent),
	.open = agent_open,
	.close = agent_close,
	.retention = retention,
	.idempotency = &idempotency,
	.calls = calls,
};
