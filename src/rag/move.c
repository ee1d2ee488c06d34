/* SPDX-License-Identifier: Apache-2.0 */
/* move.c: decides on which side a store's vectors belong, and brings them there step by step. */
#include "rag/move.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "rag/rag.h"
#include "rag/store.h"

enum {
	ROWS_UP = 200,    /* of a step into the graph: some 0.2 s, for which the index's writers wait */
	ROWS_DOWN = 2000, /* of a step without a graph */
	WAIT_MS = 2000    /* while another store is being moved */
};

static bool
belongs_aside(bool own, int64_t n_chunks, int64_t most)
{
	return own ? n_chunks >= most / 2 : n_chunks > most;
}

int
rag_move_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = RAG_QUEUE,
		.kind = RAG_JOB_MOVE,
		.subject = *store,
		.payload = "{}",
		.background = true,
	};

	return bh_job_add(tx, tenant, &job);
}

int
rag_move_consider(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t most)
{
	struct rag_place place;
	int rc = rag_store_move_lock(tx, tenant, store, &place);

	if (rc == BH_E_NOT_FOUND ||
		(rc == 0 && belongs_aside(place.own, place.n_chunks, most) == place.own))
		return 0;
	return rc < 0 ? rc : rag_move_add(tx, tenant, store);
}

struct look {
	const struct bh_uuid *tenant, *store;
	int64_t most;
};

static int
consider(struct bh_db *tx, void *ctx)
{
	const struct look *look = ctx;

	return rag_move_consider(tx, look->tenant, look->store, look->most);
}

int
rag_move_look(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_statistics *statistics, int64_t most)
{
	struct look look = {tenant, store, most};

	if (belongs_aside(statistics->own_vectors, statistics->n_chunks, most) ==
		statistics->own_vectors)
		return 0;
	return bh_tx_run(db, consider, &look);
}

/* ---- the job ---- */

/* A move on its way. */
struct move {
	struct bh_job *job;
	int64_t most;
	struct bh_uuid vectors;   /* the set that `at` is about */
	struct rag_vector_key at; /* copied up to here; zero: not known */
	bool started;             /* `at` is known */
	bool over;                /* the job has ended */
};

static int
end(struct bh_db *tx, struct move *move)
{
	int rc = bh_lease_done(tx, &move->job->lease);

	move->over = rc == 0;
	return rc;
}

/* Copies the next rows to the side that the store does not have yet; behind the last the flag changes. */
static int
copy_some(struct bh_db *tx, struct move *move, const struct rag_place *place)
{
	const struct bh_lease *lease = &move->job->lease;
	int64_t rows = place->own ? ROWS_DOWN : ROWS_UP, n = 0;
	bool opened = true;
	int rc = 0;

	if (!move->started && !place->own) {
		rc = rag_store_move_open(tx, &lease->tenant, &place->vectors, place->dimensions, &opened);
		if (rc == 0 && !opened) {
			bh_log(BH_LOG_WARN,
				"no room for another table of vectors: a large vector store is "
				"searched without a graph");
			return end(tx, move);
		}
		/* Rows are copied in the order of their keys, and new ones come behind all others. */
		if (rc == 0)
			rc = rag_store_move_last(tx, &lease->tenant, &place->vectors, place->dimensions,
				&move->at);
	}
	if (rc == 0)
		rc = rag_store_move_copy(tx, &lease->tenant, &place->vectors, place, rows, &move->at, &n);
	if (rc < 0)
		return rc;
	move->started = n == rows;
	if (n < rows)
		rc = rag_store_move_flag(tx, &lease->tenant, &lease->subject, !place->own);
	return rc;
}

/* Removes what is left on the other side, then ends. */
static int
settle(struct bh_db *tx, struct move *move, const struct rag_place *place)
{
	const struct bh_lease *lease = &move->job->lease;
	int64_t rows = 0;
	int rc = 0;

	if (place->dimensions == 0)
		return end(tx, move);
	if (place->own)
		rc = rag_store_move_clear(tx, &lease->tenant, &place->vectors, place->dimensions, ROWS_DOWN,
			&rows);
	else
		rc = rag_store_move_close(tx, &lease->tenant, &place->vectors, place->dimensions);
	return rc < 0 || rows > 0 ? rc : end(tx, move);
}

/* One transaction: what it does is read off the database, so that any attempt goes on where the last one
 * stopped. It ends with its lease under the lock of the statistics: whoever changes the store's size
 * afterwards finds no job and adds one. */
static int
step(struct bh_db *tx, void *ctx)
{
	struct move *move = ctx;
	const struct bh_lease *lease = &move->job->lease;
	struct rag_vector_key at = move->at;
	struct rag_place place;
	bool started = move->started;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = rag_store_move_lock(tx, &lease->tenant, &lease->subject, &place);
	/* What a store leaves behind that has gone or expired, its purge removes. */
	if (rc == BH_E_NOT_FOUND)
		return end(tx, move);
	/* Another set is searched since the last step: of that one nothing is copied yet. */
	if (rc == 0 && !bh_uuid_equal(&place.vectors, &move->vectors)) {
		move->vectors = place.vectors;
		move->at = (struct rag_vector_key){0};
		move->started = false;
	}
	if (rc == 0 && place.dimensions != 0 &&
		belongs_aside(place.own, place.n_chunks, move->most) != place.own)
		rc = copy_some(tx, move, &place);
	else if (rc == 0)
		rc = settle(tx, move, &place);
	if (rc < 0) {
		move->at = at; /* it may run again */
		move->started = started;
	}
	return rc;
}

static int
run(struct move *move, int64_t turn_ms)
{
	struct bh_job *job = move->job;
	int64_t since = bh_clock_steady_ms();
	int rc = 0;

	while (rc == 0 && !move->over) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = job->db;
		bool wait = false;

		piece.arena = &arena;
		if (bh_job_stop_reason(&job->stop) != BH_JOB_STOP_NONE)
			return BH_E_CANCELLED;
		rc = bh_tx_run(&piece, step, move);
		if (rc < 0 || move->over || bh_clock_steady_ms() - since < turn_ms)
			continue;
		rc = bh_job_others_wait(job, &piece, &wait);
		if (rc == 0 && wait)
			return BH_JOB_YIELD_MOVED;
	}
	return rc < 0 ? rc : BH_JOB_ENDED;
}

int
rag_move_run(struct bh_job *job, int64_t turn_ms)
{
	struct rag *rag = job->service;
	struct move move = {.job = job, .most = rag->conf.own_vectors_chunks};
	int rc;

	if (__atomic_exchange_n(&rag->moving, true, __ATOMIC_SEQ_CST)) {
		rc = bh_lease_put_off(&job->db, &job->lease, bh_clock_wall_ms() + WAIT_MS,
			"another store is being moved");
		return rc < 0 ? rc : BH_JOB_ENDED;
	}
	rc = run(&move, turn_ms);
	__atomic_store_n(&rag->moving, false, __ATOMIC_SEQ_CST);
	return rc;
}
