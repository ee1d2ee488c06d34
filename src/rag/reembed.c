/* SPDX-License-Identifier: Apache-2.0 */
/* reembed.c: the change of a store's embedding model, step by step. */
#include "rag/reembed.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "rag/embed.h"
#include "rag/move.h"
#include "rag/parts.h"
#include "rag/quota.h"
#include "rag/store.h"
#include "rag/store_set.h"

enum {
	CHUNKS_AT_ONCE =
		RAG_PARTS_AT_ONCE, /* most of which are one part: a query behind them waits for one call */
	CLEAR_ROWS = 1000
};

static int
add_job(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = RAG_QUEUE,
		.kind = RAG_JOB_REEMBED,
		.subject = *store,
		.payload = "{}",
		.background = true,
	};

	return bh_job_add(tx, tenant, &job);
}

int
rag_reembed_ask(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const char *model, int64_t dimensions)
{
	struct rag_set next,
		set = {.id = bh_uuid_new(), .embedding_model = model, .dimensions = dimensions};
	struct rag_statistics statistics;
	struct rag_store now;
	bool found = false;
	int rc = rag_store_index_lock(tx, tenant, store, &statistics);

	if (rc == 0)
		rc = rag_store_store_get(tx, tenant, store, &now);
	if (rc == 0 && now.expired)
		return bh_error(BH_E_STATE, "The vector store has expired.");
	if (rc == 0)
		rc = rag_store_set_next(tx, tenant, store, &next, &found);
	if (rc == 0 && found && strcmp(next.embedding_model, model) == 0 &&
		next.dimensions == dimensions && strcmp(next.state, RAG_SET_BUILDING) == 0)
		return 0;
	if (rc == 0 && found)
		rc = rag_store_set_retire(tx, tenant, &next.id);
	/* Without a vector there is nothing for the job to remove: changes of mind do not pile up behind a long one. */
	if (rc == 0 && found && next.chunk_last == 0)
		rc = rag_store_set_end(tx, tenant, &next.id);
	/* A model that has other dimensions than it had is another model. */
	if (rc == 0 &&
		(strcmp(now.embedding_model, model) != 0 ||
			(now.dimensions != 0 && now.dimensions != dimensions))) {
		rc = rag_store_set_add(tx, tenant, store, &set);
		found = true;
	}
	return rc < 0 || !found ? rc : add_job(tx, tenant, store);
}

/* ---- the job ---- */

/* A change on its way. */
struct reembed {
	struct bh_job *job;
	struct rag *rag;
	struct rag_set set; /* what this step is about; its text is the step's */
	bool found;
	bool over; /* the job has ended */
	struct rag_embed_model model;
	struct bh_uuid model_of; /* the set that `model` was asked for */
	const struct rag_parts *parts;
	int64_t chunk_last;  /* of the chunks of this step */
	const char *failure; /* why the set cannot be made */
};

static int
end(struct bh_db *tx, struct reembed *reembed)
{
	int rc = bh_lease_done(tx, &reembed->job->lease);

	reembed->over = rc == 0;
	return rc;
}

/* Removes some of a set that is not searched. */
static int
clear_some(struct bh_db *tx, const struct reembed *reembed)
{
	const struct bh_lease *lease = &reembed->job->lease;
	const struct bh_uuid *tenant = &lease->tenant;
	const struct rag_set *set = &reembed->set;
	int64_t rows = 0;
	int rc = rag_store_set_clear(tx, tenant, &lease->subject, set, true, CLEAR_ROWS, &rows);

	if (rc == 0 && rows == 0)
		rc = rag_store_set_clear(tx, tenant, &lease->subject, set, false, CLEAR_ROWS, &rows);
	if (rc == 0)
		rc = rag_quota_tidy(tx, tenant, &lease->subject);
	if (rc < 0 || rows > 0)
		return rc;
	rc = rag_store_move_close(tx, tenant, &set->id, set->dimensions);
	return rc < 0 ? rc : rag_store_set_end(tx, tenant, &set->id);
}

/* What there is to do. The job ends under the lock of the statistics: whoever asks for a change afterwards
 * finds no job and adds one. */
static int
look(struct bh_db *tx, void *ctx)
{
	struct reembed *reembed = ctx;
	const struct bh_lease *lease = &reembed->job->lease;
	struct rag_place place;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = rag_store_move_lock(tx, &lease->tenant, &lease->subject, &place);
	/* What a store leaves behind that has gone or expired, its purge removes. */
	if (rc == BH_E_NOT_FOUND)
		return end(tx, reembed);
	reembed->found = false;
	if (rc == 0)
		rc = rag_store_set_work(tx, &lease->tenant, &lease->subject, &reembed->set,
			&reembed->found);
	if (rc == 0 && !reembed->found)
		return end(tx, reembed);
	return rc < 0 || strcmp(reembed->set.state, RAG_SET_BUILDING) == 0 ? rc
																	   : clear_some(tx, reembed);
}

/* Locks the store and sees whether its set is still wanted, and as it was read. */
static int
lock_set(struct bh_db *tx, struct reembed *reembed, struct rag_place *place, bool *out_wanted)
{
	const struct bh_lease *lease = &reembed->job->lease;
	struct rag_set now;
	bool found = false;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = rag_store_move_lock(tx, &lease->tenant, &lease->subject, place);
	if (rc == 0)
		rc = rag_store_set_next(tx, &lease->tenant, &lease->subject, &now, &found);
	*out_wanted = rc == 0 && found && bh_uuid_equal(&now.id, &reembed->set.id) &&
		strcmp(now.state, RAG_SET_BUILDING) == 0;
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

static int
open_table(struct bh_db *tx, const struct reembed *reembed, const struct rag_place *place,
	struct rag_set *set)
{
	/* Of a set without a vector, where it lies is decided; later its move does that. */
	if (set->chunk_last > 0 || place->n_chunks <= reembed->rag->conf.own_vectors_chunks)
		return 0;
	return rag_store_move_open(tx, &reembed->job->lease.tenant, &set->id, set->dimensions,
		&set->own_vectors);
}

static int
put(struct bh_db *tx, void *ctx)
{
	struct reembed *reembed = ctx;
	const struct bh_lease *lease = &reembed->job->lease;
	const struct rag_parts *parts = reembed->parts;
	struct rag_set set = reembed->set;
	struct rag_place place;
	bool wanted;
	int rc = lock_set(tx, reembed, &place, &wanted);

	if (rc < 0 || !wanted)
		return rc;
	rc = open_table(tx, reembed, &place, &set);
	for (size_t i = 0; rc == 0 && i < parts->n; i++) {
		const struct rag_part_of *part = &parts->list[i];
		int64_t rows = 0;

		rc = rag_store_set_put(tx, &lease->tenant, &lease->subject, &set, part->chunk_id,
			part->number, part->vector, &rows);
		set.n_chunks += part->number == 0 ? rows : 0;
		if (part->number + 1 > set.parts_max)
			set.parts_max = part->number + 1;
	}
	if (rc == 0)
		rc = rag_store_set_count(tx, &lease->tenant, &lease->subject, &set, set.chunk_last + 1,
			reembed->chunk_last);
	set.chunk_last = reembed->chunk_last;
	if (rc == 0)
		rc = rag_store_set_advance(tx, &lease->tenant, &set);
	return rc < 0 ? rc : rag_quota_check(tx, &lease->tenant, &lease->subject, &reembed->rag->conf);
}

/* Unless chunks have been added since. */
static int
swap(struct bh_db *tx, void *ctx)
{
	struct reembed *reembed = ctx;
	const struct bh_lease *lease = &reembed->job->lease;
	struct rag_chunk_text *more = NULL;
	struct rag_place place;
	size_t n = 0;
	bool wanted;
	int rc = lock_set(tx, reembed, &place, &wanted);

	if (rc == 0 && wanted)
		rc = rag_store_set_chunks(tx, &lease->tenant, &lease->subject, reembed->set.chunk_last, 1,
			&more, &n);
	if (rc < 0 || !wanted || n > 0)
		return rc;
	rc = rag_store_set_swap(tx, &lease->tenant, &lease->subject, &place, &reembed->set);
	return rc < 0 ? rc
				  : rag_move_consider(tx, &lease->tenant, &lease->subject,
						reembed->rag->conf.own_vectors_chunks);
}

static int
fail(struct bh_db *tx, void *ctx)
{
	struct reembed *reembed = ctx;
	struct rag_place place;
	bool wanted;
	int rc = lock_set(tx, reembed, &place, &wanted);

	return rc < 0 || !wanted
		? rc
		: rag_store_set_fail(tx, &reembed->job->lease.tenant, &reembed->set.id, reembed->failure);
}

/* ---- vectors ---- */

static void
fill_call(struct reembed *reembed, struct bh_arena *arena, struct rag_embed_call *out)
{
	*out = (struct rag_embed_call){
		.peer = {.runtime = reembed->rag->runtime,
			.onward = {.tenant = reembed->job->lease.tenant},
			.arena = arena,
			.cancel = &reembed->job->stop.now,
			.watch_fd = -1},
		.model = reembed->set.embedding_model,
	};
}

/* As it is now: once a turn. */
static int
learn_model(struct reembed *reembed, const struct rag_embed_call *call)
{
	int rc;

	if (bh_uuid_equal(&reembed->model_of, &reembed->set.id))
		return 0;
	rc = rag_embed_model(call, &reembed->model);
	if (rc == 0 && reembed->model.dimensions != reembed->set.dimensions)
		return bh_error(BH_E_VECTOR, "The embedding model has changed its number of dimensions.");
	if (rc == 0)
		reembed->model_of = reembed->set.id;
	return rc;
}

/* The next chunks of the set, or the swap behind the last. */
static int
build(struct reembed *reembed, struct bh_db *db)
{
	const struct bh_lease *lease = &reembed->job->lease;
	struct rag_chunk_text *chunks = NULL;
	struct rag_embed_call call;
	struct rag_parts parts;
	size_t n = 0;
	int rc = rag_store_set_chunks(db, &lease->tenant, &lease->subject, reembed->set.chunk_last,
		CHUNKS_AT_ONCE, &chunks, &n);

	if (rc == 0 && n == 0)
		return bh_tx_run(db, swap, reembed);
	fill_call(reembed, db->arena, &call);
	if (rc == 0)
		rc = learn_model(reembed, &call);
	if (rc == 0)
		rc = rag_parts_embed(&call, &reembed->model, chunks, n, &parts);
	if (rc < 0)
		return rc;
	reembed->parts = &parts;
	reembed->chunk_last = chunks[n - 1].chunk_id;
	rc = bh_tx_run(db, put, reembed);
	reembed->parts = NULL;
	return rc;
}

/* What no time mends ends the change, and says why; the rest is tried again. */
static const char *
lasting(int error)
{
	switch (error) {
	case BH_E_MODEL_NOT_FOUND:
		return "The embedding model does not exist.";
	case BH_E_VECTOR:
		return "The embedding model returned unusable vectors, or of another number of dimensions.";
	case BH_E_OVER_BUDGET:
		return "The tenant's budget for the embedding model is exhausted.";
	case BH_E_STORAGE:
		return "The tenant's storage quota is exhausted: until the change is complete, both "
			   "vectors "
			   "of each chunk are stored.";
	case BH_E_CONTEXT_LENGTH:
		return "A chunk could not be shortened to the context length of the embedding model.";
	case BH_E_UNSUPPORTED:
		return "The embedding model cannot be used for vector stores.";
	default:
		return NULL;
	}
}

static int
step(struct reembed *reembed, struct bh_db *db)
{
	int rc = bh_tx_run(db, look, reembed);

	if (rc < 0 || reembed->over || strcmp(reembed->set.state, RAG_SET_BUILDING) != 0)
		return rc;
	rc = build(reembed, db);
	reembed->failure = rc < 0 ? lasting(rc) : NULL;
	return reembed->failure != NULL ? bh_tx_run(db, fail, reembed) : rc;
}

int
rag_reembed_run(struct bh_job *job, int64_t turn_ms)
{
	struct reembed reembed = {.job = job, .rag = job->service};
	int64_t since = bh_clock_steady_ms();
	int rc = 0;

	while (rc == 0 && !reembed.over) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = job->db;

		piece.arena = &arena;
		if (bh_job_stop_reason(&job->stop) != BH_JOB_STOP_NONE)
			return BH_E_CANCELLED;
		rc = step(&reembed, &piece);
		/* Whoever waits or not: ingestions of its own tenant come before it, too. */
		if (rc == 0 && !reembed.over && bh_clock_steady_ms() - since >= turn_ms)
			return BH_JOB_YIELD_MOVED;
	}
	return rc < 0 ? rc : BH_JOB_ENDED;
}
