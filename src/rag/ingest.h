/* SPDX-License-Identifier: Apache-2.0 */
/* ingest.h: the job that makes a file in a store searchable: extract, chunk, embed, index. */
#ifndef RAG_INGEST_H
#define RAG_INGEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "queue/worker.h"
#include "rag/embed.h"
#include "rag/extract_run.h"
#include "rag/index.h"
#include "rag/rag.h"
#include "rag/store.h"

#define RAG_INGEST_ATTEMPTS_MAX 20 /* for failures of our own that do not pass */

/* A chunk on its way: what is embedded of it, and what of that has a vector. */
struct rag_ingest_chunk {
	const char *heading;
	const char *text;
	size_t text_len;
	struct bh_bytes *hashes; /* of its parts; set when they are staged */
	size_t n_parts;
};

/* One run of the job, in its arena. Shared with the watching and the embedding threads where noted. */
struct rag_ingest {
	struct bh_job *job;
	struct rag *rag;
	struct bh_db *db; /* the job's own handle: this thread only */
	const struct bh_lease *lease;
	struct rag_store_file attachment;
	struct rag_store store;
	struct rag_embed_model model;
	struct rag_document document;
	const struct rag_piece *pieces;
	size_t n_chunks;
	struct rag_ingest_chunk *chunks;
	struct rag_index_chunk *indexed;
	struct rag_index_plan *plan;
	struct rag_equal equal;     /* whose chunks and vectors this file gets; no vectors: nobody's */
	struct rag_failure failure; /* when the file or the set-up is at fault */
	int64_t usage_bytes;

	/* Written by one thread, read by others; atomic access. */
	const char *stage;
	int64_t done, total;
	int64_t reading_since_ms; /* steady clock; 0: no reader is at work */
	bool yield; /* its turn is over: give the job back after the current call, stop the reader */
	bool
		later; /* it would only wait for another document of its tenant: give the job back for a while */
	bool moved; /* this turn has staged vectors: the next will begin behind them */
};

/* The kind's functions. A file that fails for good says why in its row. */
int rag_ingest_run(struct bh_job *job);
int rag_ingest_give_up(struct bh_job *job);

bool rag_ingest_is_braked(const struct rag_ingest *ingest);

/* Begins a stage of `total` steps, for whoever watches. */
void rag_ingest_stage(struct rag_ingest *ingest, const char *stage, int64_t total);

/* ingest_watch.c: the thread that shows a job's progress and ends its turn. Zeroed: not open. */
struct rag_ingest_watch {
	struct rag_ingest *ingest;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running, stop;
};
BH_MUST_CHECK int rag_ingest_watch_open(struct rag_ingest_watch *watch, struct rag_ingest *ingest);
void rag_ingest_watch_close(struct rag_ingest_watch *watch);

/* ingest_chunk.c: fills in the chunks. BH_E_CANCELLED, or BH_E_INVALID when there is no text. */
BH_MUST_CHECK int rag_ingest_chunk(struct rag_ingest *ingest);

/* ingest_embed.c: gives every chunk its staged vectors, two batches in flight while few documents are.
 * BH_E_CANCELLED when it was told to stop or to yield; what is staged stays. */
BH_MUST_CHECK int rag_ingest_embed(struct rag_ingest *ingest);

/* ingest_read.c: fills in the document. BH_E_CANCELLED also when the turn is given up. */
BH_MUST_CHECK int rag_ingest_read(struct rag_ingest *ingest);

/* ingest_reuse.c: chunks as they were made of the same bytes before, in `indexed`, and whose they are in
 * `equal`. BH_E_EMPTY: there are none. */
BH_MUST_CHECK int rag_ingest_reuse(struct rag_ingest *ingest);

/* Notes why the file fails for good. BH_E_INVALID. */
int rag_ingest_fail(struct rag_ingest *ingest, const char *code, const char *message);

/* The call to the model on behalf of this job; `arena` gets its results. */
void rag_ingest_call(struct rag_ingest *ingest, struct bh_arena *arena, struct rag_embed_call *out);

#endif
