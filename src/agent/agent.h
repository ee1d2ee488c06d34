/* SPDX-License-Identifier: Apache-2.0 */
/* agent.h: types shared inside the agent service.
 *
 * Its files are three groups, each of which includes only those above it:
 *     the objects  tools request wire items calls, store* turn kept chain, record replay hub journal
 *     a run        peer chat parts passages prompt query fit said thought, run*
 *     the API      accept stream elsewhere http* routes main
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "service/runtime.h"

#define AGENT_QUEUE "agent"
#define AGENT_JOB_RUN "run"
#define AGENT_RESPONSE_PREFIX "resp_"
#define AGENT_ID_TEXT 40 /* the longest prefix, 32 hex digits and the NUL */

struct agent_hub;

struct agent_conf {
	int64_t passage_tokens;
	int64_t embedded_passage_tokens; /* 0: what the engine reads within first_word_ms */
	int64_t first_word_ms;
	int64_t passage_score_percent;
	int64_t expand_tokens; /* of the text around a passage; 0: none */
	int64_t output_tokens;
	int64_t resume_ms;
	int64_t run_s_max;
	int64_t keep_response_s, keep_journal_s, keep_job_s; /* after the end */
	int64_t retry_ms;
	int64_t kept_bytes_max, unfinished_max; /* of a tenant; kept_bytes_max 0: no limit */
	const char *embedding_model;
};

/* The service's state; conf first. */
struct agent {
	struct agent_conf conf;
	struct bh_runtime *runtime; /* borrowed */
	struct agent_hub *hub;      /* owned */
	int64_t noted_ms;           /* steady clock: when elsewhere.c last told who is waited for */
};

/* Sums over a run's model calls; without `known` nothing is shown. */
struct agent_usage {
	bool known;
	int64_t input, cached, output, reasoning;
};

/* A row of `response`. Text lives in the arena it was read into. */
struct agent_response {
	struct bh_uuid id, job;
	struct bh_uuid previous; /* zero: none */
	struct bh_uuid session;  /* zero: none */
	const char *status;
	const char *model;
	const char *echo; /* JSON object: what the answer repeats of the request */
	bool background, store, include_results;
	bool by_key;           /* `session` is an API key's id */
	bool journal_gone;     /* its events are no longer kept */
	int64_t journal_bytes; /* of the events it is accepted with; not read back */
	const char *subject;   /* sub of the token */
	int64_t token_version;
	const char *request_id, *traceparent;
	int64_t created_ms, completed_ms;
	const char *error_code; /* NULL unless failed */
	const char *error_message;
	const char *incomplete_reason; /* NULL unless incomplete */
	/* Of a run that failed before its first word: the code of the HTTP error that it is to a client that
	 * waits (NULL: none), and when to ask again (-1: not told). */
	const char *refusal_code;
	int64_t refusal_wait_ms;
	struct agent_usage usage;
};

/* A row of `response_item`. */
struct agent_item {
	const char *id; /* on the wire */
	const char *json;
	size_t index; /* its place in the input that was sent, items without effect counted */
};

/* A row of `response_event`. */
struct agent_event {
	int64_t sequence;
	const char *type;
	const char *data;
};

/* True for a status that no longer changes. */
bool agent_status_is_final(const char *status);

extern const struct bh_route agent_routes[];
extern const struct bh_service agent_service;

#endif
