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
#include "agent/thought.h"
#include "base/arena.h"
#include "cite/support.h"
#include "queue/worker.h"
#include "sec/token.h"

#define AGENT_RUNS 24 /* at once in one process */
#define AGENT_LEASE_MS 6000
#define AGENT_ATTEMPTS_MAX 20

/* A sentence of an answer and what was found for it. */
struct agent_citation {
	struct bh_span sentence; /* bytes of the text */
	struct bh_support support;
};

/* An answer that is held back until its sentences are complete. Zeroed is ready. */
struct agent_ground {
	struct bh_buf held; /* owned: what the model has said since its last complete sentence */
	struct bh_buf sent; /* owned: struct agent_citation each, of the message */
	struct bh_buf seen; /* owned: uint64_t each, of what it has said, sent or not */
	enum agent_thought thought;
	size_t idle;     /* sentences behind the last one that was sent */
	size_t repeated; /* of those that it had said before, all in all */
	bool denies;     /* it said that the documents do not say */
	bool over;       /* nothing more can come of it */
	bool begun;      /* its cap cut it off in a sentence that a passage may state */
	bool has_quote;  /* where a refused sentence was probably taken from: */
	size_t quote_passage;
	struct bh_span quote;
};

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
	const char *query;              /* the same, to be understood alone */
	struct bh_evidence *evidence;   /* of the passages, once they are needed */
	struct agent_ground ground;     /* owned */
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

/* Finds the passages that state sentences of a text. */
void agent_run_judge(struct agent_run *run, const char *text, struct agent_citation *list,
	size_t n);
/* Adds the annotations of a finished message. `whole`: the last sentence was not cut off. */
void agent_run_cite(struct agent_run *run, struct agent_output *message, bool whole);
void agent_run_annotate(struct agent_run *run, struct agent_output *message,
	const struct agent_citation *list, size_t n);
/* Whether a sentence that ends at `span` is whole. */
bool agent_run_is_ended(const char *text, const struct bh_span *span);

/* ---- run_ground.c: an answer of which only what passages state is sent ---- */

/* Whether this answer is. */
bool agent_run_is_grounded(const struct agent_run *run);
/* Takes more of what the model says; what is complete and stated goes into *message, which begins with it.
 * BH_E_UPSTREAM: there are too many outputs. */
BH_MUST_CHECK int agent_run_ground_take(struct agent_run *run, struct agent_output **message,
	const char *text, size_t len);
/* Whether nothing more can come of the answer, so that the model can be stopped. */
bool agent_run_ground_is_over(const struct agent_run *run);
/* The model is done: its last sentence. */
BH_MUST_CHECK int agent_run_ground_end(struct agent_run *run, struct agent_output **message);
/* Behind that: whether the model's cap has cut off nothing that would have been sent. */
bool agent_run_ground_is_whole(const struct agent_run *run);
/* In place of an answer: the nearest passage as a quotation or, where there is none, a sentence that says so. */
BH_MUST_CHECK int agent_run_ground_instead(struct agent_run *run, struct agent_output **message);
/* Adds the annotations of what was sent. */
void agent_run_ground_cite(struct agent_run *run, struct agent_output *message);
void agent_ground_close(struct agent_ground *ground);

#endif
