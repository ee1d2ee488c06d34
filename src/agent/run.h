/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: the work of one response, from the claimed job to its last event. */
#ifndef AGENT_RUN_H
#define AGENT_RUN_H

#include "agent/agent.h"
#include "agent/hub.h"
#include "agent/journal.h"
#include "agent/passages.h"
#include "agent/peer.h"
#include "agent/record.h"
#include "agent/request.h"
#include "base/arena.h"
#include "queue/worker.h"
#include "sec/token.h"

#define AGENT_RUNS 24 /* at once in one process */
#define AGENT_LEASE_MS 6000
#define AGENT_ATTEMPTS_MAX 20

/* One run. Lives in its job's arena; the thread that tends it reads what stands still while it is watched,
 * and `texted`. */
struct agent_run {
	struct agent *agent;    /* borrowed */
	struct bh_job *job;     /* borrowed */
	struct bh_arena *arena; /* borrowed: the job's */
	struct bh_db db;
	struct agent_response response;
	struct bh_json_doc echo;      /* owned */
	struct agent_request request; /* what it repeats */
	struct agent_record record;   /* owned */
	struct agent_journal journal;
	struct bh_peer peer;
	struct bh_claims claims;  /* on whose behalf: revoking these ends it */
	int64_t began_ms;         /* steady clock */
	bool texted;              /* something was said; atomic */
	struct agent_item *items; /* the conversation, oldest first */
	size_t n_items;
	struct agent_passages passages; /* owned */
	const char *question;           /* what was searched for; NULL: nothing */
	bool searched;
	bool cut;         /* the model's answer reached its cap */
	int64_t asked_ms; /* how long the model's last refusal asks to wait; -1: it does not tell */
	int64_t later_ms; /* the model is full: when to retry (wall clock); 0: not set */
};

/* Does the job: runs the response, finishes one that an earlier worker left, or gives it up. Ends the
 * lease or, if the database is unavailable, lets it expire. */
int agent_run_execute(struct bh_job *job);

/* run_tend.c: from here on the run is tended, until bh_job_tend(job, false). */
void agent_run_watch(struct agent_run *run);
void agent_run_tend(struct bh_job *job);

/* ---- the steps, each in a file of its own ---- */

/* file_search, if the request wants it and it was not done before. */
BH_MUST_CHECK int agent_run_search(struct agent_run *run);

/* Writes the request to the model: what it is told, fitted to its context. */
BH_MUST_CHECK int agent_run_ask(struct agent_run *run, struct bh_buf *out);

/* One answer of the model: text or calls, streamed into the record, its citations at the end. */
BH_MUST_CHECK int agent_run_answer(struct agent_run *run);

/* Adds the annotations of a finished message. `whole`: the last sentence was not cut off. */
void agent_run_cite(struct agent_run *run, struct agent_output *message, bool whole);

#endif
