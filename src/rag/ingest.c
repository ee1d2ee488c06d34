/* SPDX-License-Identifier: Apache-2.0 */
/* ingest.c: the stages of a job in order, its watch, and what its end means. */
#include "rag/ingest.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "rag/chunk.h"
#include "rag/move.h"
#include "rag/quota.h"
#include "rag/store.h"
#include "rag/vector_sql.h"

enum {
	LOOK_MS = 400,  /* between looks at the progress */
	TURN_MS = 3000, /* of embedding, before somebody else who waits has a turn */
	SAMPLES = 16,   /* blocks counted to learn a document's tokens per estimate */
	COUNTED_AT_ONCE = 512
};

#define FACTOR_MARGIN 1.05 /* slightly high, so that chunks seldom overflow */
#define FACTOR_OF_ONE_VECTOR 1.4
#define FACTOR_LEAST 0.5

static void
set_stage(struct rag_ingest *ingest, const char *stage, int64_t total)
{
	__atomic_store_n(&ingest->done, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&ingest->total, total, __ATOMIC_RELAXED);
	__atomic_store_n(&ingest->stage, stage, __ATOMIC_RELEASE);
}

bool
rag_ingest_is_braked(const struct rag_ingest *ingest)
{
	return __atomic_load_n(&ingest->job->stop.now, __ATOMIC_RELAXED);
}

int
rag_ingest_fail(struct rag_ingest *ingest, const char *code, const char *message)
{
	ingest->failure = (struct rag_failure){code, message};
	return BH_E_INVALID;
}

void
rag_ingest_call(struct rag_ingest *ingest, struct bh_arena *arena, struct rag_embed_call *out)
{
	*out = (struct rag_embed_call){
		.peer = {.runtime = ingest->rag->runtime,
			.onward = {.tenant = ingest->lease->tenant},
			.arena = arena,
			.cancel = &ingest->job->stop.now,
			.watch_fd = -1},
		.model = ingest->store.embedding_model,
	};
}

/* ---- watching ---- */

/* The thread that shows the progress and ends a turn, so that no stage has to think of it. */
struct watch {
	struct rag_ingest *ingest;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool running, stop;
};

/* Sleeps; true when the job is over. */
static bool
wait_look(struct watch *watch)
{
	int64_t until_ms = bh_clock_steady_ms() + LOOK_MS;
	bool stop;

	pthread_mutex_lock(&watch->lock);
	if (!watch->stop)
		bh_clock_wait_until(&watch->wake, &watch->lock, until_ms);
	stop = watch->stop;
	pthread_mutex_unlock(&watch->lock);
	return stop;
}

/* Whoever cannot be asked does not wait yet: the next look asks again. */
static bool
others_wait(struct rag_ingest *ingest, struct bh_db *db)
{
	bool wait = false;

	return bh_job_others_wait(ingest->job, db, &wait) == 0 && wait;
}

/* Ends the reader of a job that is cancelled, and of one that reads for long without a place for that
 * while others wait: it begins anew when it is claimed again. */
static void
watch_reading(struct rag_ingest *ingest, struct bh_db *db)
{
	bool over = rag_ingest_is_braked(ingest);

	if (!over && !__atomic_load_n(&ingest->stop_reading, __ATOMIC_RELAXED) &&
		!rag_long_reading_keeps(&ingest->rag->long_readings, &ingest->reading,
			bh_clock_steady_ms()) &&
		others_wait(ingest, db)) {
		__atomic_store_n(&ingest->yield, true, __ATOMIC_RELAXED);
		over = true;
	}
	if (over)
		__atomic_store_n(&ingest->stop_reading, true, __ATOMIC_RELAXED);
}

/* An earlier turn had come further than this one has: what it showed stays until it is reached. */
static bool
is_behind(const struct rag_ingest *ingest, const char *stage, int64_t done)
{
	if (strcmp(ingest->attachment.stage, "embedding") != 0 || strcmp(stage, "indexing") == 0)
		return false;
	return strcmp(stage, "embedding") != 0 || done < ingest->attachment.stage_done;
}

/* Ends the turn of a job that has embedded for long while others wait. *since is 0 before embedding. */
static void
watch_turn(struct rag_ingest *ingest, struct bh_db *db, const char *stage, int64_t *since)
{
	int64_t now = bh_clock_steady_ms();

	if (strcmp(stage, "embedding") != 0)
		return;
	if (*since == 0)
		*since = now;
	if (now - *since < TURN_MS || __atomic_load_n(&ingest->yield, __ATOMIC_RELAXED))
		return;
	if (others_wait(ingest, db))
		__atomic_store_n(&ingest->yield, true, __ATOMIC_RELAXED);
}

static void *
look(void *ctx)
{
	struct watch *watch = ctx;
	struct rag_ingest *ingest = watch->ingest;
	const char *shown_stage = "";
	int64_t shown_done = -1, embedding_since = 0;

	while (!wait_look(watch)) {
		struct bh_arena arena = {0};
		struct bh_db db = *ingest->db;
		const char *stage = __atomic_load_n(&ingest->stage, __ATOMIC_ACQUIRE);
		int64_t done = __atomic_load_n(&ingest->done, __ATOMIC_RELAXED);
		int64_t total = __atomic_load_n(&ingest->total, __ATOMIC_RELAXED);

		db.arena = &arena;
		db.tx = NULL;
		watch_reading(ingest, &db);
		watch_turn(ingest, &db, stage, &embedding_since);
		if (!is_behind(ingest, stage, done) && (stage != shown_stage || done != shown_done) &&
			rag_store_attachment_progress(&db, &ingest->lease->tenant, &ingest->attachment.id,
				stage, done, total) == 0) {
			shown_stage = stage;
			shown_done = done;
		}
		bh_arena_close(&arena);
	}
	return NULL;
}

static int
watch_open(struct watch *watch, struct rag_ingest *ingest)
{
	watch->ingest = ingest;
	pthread_mutex_init(&watch->lock, NULL);
	bh_clock_cond_init(&watch->wake);
	watch->running = pthread_create(&watch->thread, NULL, look, watch) == 0;
	return watch->running ? 0 : bh_error(BH_E_UNAVAILABLE, "start the thread that watches a file");
}

static void
watch_close(struct watch *watch)
{
	if (watch->ingest == NULL)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->stop = true;
	pthread_cond_signal(&watch->wake);
	pthread_mutex_unlock(&watch->lock);
	if (watch->running)
		pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->wake);
	pthread_mutex_destroy(&watch->lock);
	*watch = (struct watch){0};
}

/* ---- chunking ---- */

/* What an estimated token counts when chunks are filled. A chunk should fit one vector, so where the
 * model's own tokens are a little more than estimated they are what counts. A language that the model
 * spells out (German in an English vocabulary: twice the tokens) would be cut into scraps that way:
 * there a chunk keeps the length a reader expects, and has several vectors. */
static double
factor_of(double exact, double estimated)
{
	double factor = estimated > 0 && exact > 0 ? FACTOR_MARGIN * exact / estimated : 1;
	double vectors = 1;

	while (factor / vectors > FACTOR_OF_ONE_VECTOR)
		vectors++;
	factor /= vectors;
	return factor < FACTOR_LEAST ? FACTOR_LEAST : vectors > 1 && factor < 1 ? 1 : factor;
}

/* Some blocks spread over the document are counted by the model. */
static int
measure(struct rag_ingest *ingest, double *out)
{
	const struct rag_document *document = &ingest->document;
	const char *texts[SAMPLES];
	int64_t counts[SAMPLES];
	double exact = 0, estimated = 0;
	struct rag_embed_call call;
	size_t n = 0, i;
	int rc;

	for (i = 0; i < document->n_blocks && n < SAMPLES; i += document->n_blocks / SAMPLES + 1) {
		const struct rag_block *block = &document->blocks[i];
		size_t len = bh_text_cut(document->text + block->start, block->end - block->start, 2000);

		texts[n] = bh_arena_copy(ingest->db->arena, document->text + block->start, len);
		estimated += (double)rag_chunk_estimate(texts[n++], len);
	}
	rag_ingest_call(ingest, ingest->db->arena, &call);
	rc = rag_embed_count(&call, texts, n, counts);
	if (rc < 0)
		return rc;
	for (i = 0; i < n; i++)
		exact += (double)counts[i];
	*out = factor_of(exact, estimated);
	return 0;
}

/* OpenAI's sizes are counted, not estimated: everything is counted by the model. */
static int
count_atoms(struct rag_ingest *ingest, struct rag_chunk_conf *conf)
{
	const char *const *texts;
	int64_t *counts;
	size_t n = 0, at, i;

	rag_chunk_atoms(ingest->db->arena, &ingest->document, conf, &texts, &n);
	counts = bh_arena_array(ingest->db->arena, n + 1, sizeof(*counts));
	set_stage(ingest, "chunking", (int64_t)n);
	for (at = 0; at < n; at += COUNTED_AT_ONCE) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		size_t some = n - at < COUNTED_AT_ONCE ? n - at : COUNTED_AT_ONCE;
		struct rag_embed_call call;
		int rc;

		if (rag_ingest_is_braked(ingest))
			return BH_E_CANCELLED;
		rag_ingest_call(ingest, &arena, &call);
		rc = rag_embed_count(&call, texts + at, some, counts + at);
		if (rc < 0)
			return rc;
		__atomic_store_n(&ingest->done, (int64_t)(at + some), __ATOMIC_RELAXED);
	}
	for (i = 0; i < n; i++)
		counts[i] = counts[i] > RAG_EMBED_MARKS ? counts[i] - RAG_EMBED_MARKS : 1;
	conf->counts = counts;
	return 0;
}

static const char *
copy_range(struct rag_ingest *ingest, size_t start, size_t end)
{
	return bh_arena_copy(ingest->db->arena, ingest->document.text + start, end - start);
}

/* Byte offsets become code points; chunks may overlap, so the walk goes back when it must. */
static void
number_pieces(struct rag_ingest *ingest)
{
	const char *text = ingest->document.text;
	size_t at = 0, i;
	int64_t points = 0;

	for (i = 0; i < ingest->n_chunks; i++) {
		const struct rag_piece *piece = &ingest->pieces[i];
		struct rag_index_chunk *chunk = &ingest->indexed[i];

		if (piece->start >= at)
			points += (int64_t)bh_text_points(text + at, piece->start - at);
		else
			points -= (int64_t)bh_text_points(text + piece->start, at - piece->start);
		at = piece->start;
		chunk->start = points;
		chunk->end = points + (int64_t)bh_text_points(text + at, piece->end - at);
		chunk->page_start = piece->page_start;
		chunk->page_end = piece->page_end;
		chunk->heading = piece->heading;
		chunk->text = copy_range(ingest, piece->start, piece->end);
		ingest->chunks[i] = (struct rag_ingest_chunk){.heading = piece->heading,
			.text = chunk->text,
			.text_len = piece->end - piece->start};
	}
}

static int
chunk_document(struct rag_ingest *ingest)
{
	const struct rag_store_file *attachment = &ingest->attachment;
	struct bh_arena *arena = ingest->db->arena;
	struct rag_chunk_conf conf = {
		.tokens = (size_t)attachment->chunk_tokens,
		.overlap = (size_t)attachment->overlap_tokens,
		.by_size = strcmp(attachment->chunking, "static") == 0,
	};
	struct rag_piece *pieces;
	int rc;

	set_stage(ingest, "chunking", 0);
	rc = measure(ingest, &conf.factor);
	if (rc == 0 && conf.by_size)
		rc = count_atoms(ingest, &conf);
	if (rc < 0)
		return rc;
	if (!conf.by_size && conf.tokens > (size_t)ingest->model.context)
		conf.tokens = (size_t)ingest->model.context;
	rag_chunk_document(arena, &ingest->document, &conf, &pieces, &ingest->n_chunks);
	if (ingest->n_chunks == 0)
		return rag_ingest_fail(ingest, "invalid_file", "The file contains no text.");

	ingest->pieces = pieces;
	ingest->chunks = bh_arena_array(arena, ingest->n_chunks, sizeof(*ingest->chunks));
	ingest->indexed = bh_arena_array(arena, ingest->n_chunks, sizeof(*ingest->indexed));
	number_pieces(ingest);
	return 0;
}

/* The store's model as it is now; a model that changed its dimensions cannot go on with this store. */
static int
learn_model(struct rag_ingest *ingest)
{
	struct rag_embed_call call;
	int rc = rag_store_store_get(ingest->db, &ingest->lease->tenant, &ingest->attachment.store_id,
		&ingest->store);

	if (rc == BH_E_NOT_FOUND)
		return BH_E_CANCELLED;
	if (rc < 0)
		return rc;
	rag_ingest_call(ingest, ingest->db->arena, &call);
	rc = rag_embed_model(&call, &ingest->model);
	if (rc < 0)
		return rc;
	if (rag_vector_table(ingest->model.dimensions) < 0)
		return rag_ingest_fail(ingest, "server_error",
			"The number of dimensions of the embedding model is not supported.");
	if (ingest->store.dimensions == 0)
		return rag_store_store_dimensions(ingest->db, &ingest->lease->tenant, &ingest->store.id,
			ingest->model.dimensions);
	if (ingest->store.dimensions != ingest->model.dimensions)
		return rag_ingest_fail(ingest, "server_error",
			"The embedding model no longer has the number of dimensions that this vector store was "
			"created with.");
	return 0;
}

/* ---- indexing ---- */

static int
commit(struct bh_db *tx, void *ctx)
{
	struct rag_ingest *ingest = ctx;
	const struct bh_uuid *tenant = &ingest->lease->tenant;
	struct rag_store_file now;
	bool found = false;
	int64_t first = 0;
	int rc = bh_lease_fence(tx, ingest->lease);

	if (rc == 0)
		rc = rag_index_add(tx, tenant, &ingest->attachment, ingest->model.dimensions, ingest->plan,
			&first);
	if (rc == BH_E_NOT_FOUND)
		return BH_E_CANCELLED;
	if (rc == 0)
		rc = rag_store_attachment_lock(tx, tenant, &ingest->attachment.store_id,
			&ingest->attachment.file_id, &now, &found);
	if (rc < 0)
		return rc;
	/* Deleted, attached anew or cancelled meanwhile: everything above is rolled back. */
	if (!found || !bh_uuid_equal(&now.id, &ingest->attachment.id) ||
		strcmp(now.status, "in_progress") != 0)
		return BH_E_CANCELLED;

	rc = rag_store_attachment_complete(tx, tenant, &ingest->attachment.id, first,
		(int64_t)ingest->n_chunks, ingest->usage_bytes);
	if (rc == 0)
		rc = rag_store_staging_clear(tx, tenant, &ingest->attachment.id);
	if (rc == 0)
		rc = rag_move_consider(tx, tenant, &ingest->attachment.store_id,
			ingest->rag->conf.own_vectors_chunks);
	if (rc == 0)
		rc = bh_lease_done(tx, ingest->lease);
	return rc < 0 ? rc
				  : rag_quota_check(tx, tenant, &ingest->attachment.store_id, &ingest->rag->conf);
}

static int
index_chunks(struct rag_ingest *ingest)
{
	int rc;

	set_stage(ingest, "indexing", (int64_t)ingest->n_chunks);
	rc = rag_index_plan(ingest->db->arena, ingest->indexed, ingest->n_chunks, &ingest->plan);
	if (rc < 0)
		return rc;
	if (ingest->equal.n_vectors > 0)
		rag_index_plan_copy(ingest->plan, &ingest->equal);
	return bh_tx_run(ingest->db, commit, ingest);
}

static void
take_vectors(struct rag_ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_chunks; i++) {
		const struct rag_ingest_chunk *chunk = &ingest->chunks[i];

		ingest->indexed[i].hashes = chunk->hashes;
		ingest->indexed[i].n_parts = chunk->n_parts;
		ingest->usage_bytes += (int64_t)chunk->text_len +
			(int64_t)chunk->n_parts * ingest->model.dimensions * (int64_t)sizeof(float);
	}
}

/* BH_E_EMPTY when there was nothing, or no longer. */
static int
index_reused(struct rag_ingest *ingest)
{
	int rc = rag_ingest_reuse(ingest);

	if (rc == 0)
		rc = index_chunks(ingest);
	if (rc != BH_E_CONFLICT)
		return rc;
	ingest->equal = (struct rag_equal){0};
	ingest->usage_bytes = 0;
	return BH_E_EMPTY;
}

static int
index_embedded(struct rag_ingest *ingest)
{
	int rc = chunk_document(ingest);

	if (rc == 0) {
		set_stage(ingest, "embedding", (int64_t)ingest->n_chunks);
		rc = rag_ingest_embed(ingest);
	}
	if (rc == 0 && rag_ingest_is_braked(ingest))
		rc = BH_E_CANCELLED;
	if (rc < 0)
		return rc;
	take_vectors(ingest);
	return index_chunks(ingest);
}

/* ---- the whole, and its end ---- */

static int
run_stages(struct rag_ingest *ingest)
{
	int rc;

	set_stage(ingest, "extracting", 0);
	rc = rag_ingest_read(ingest);
	if (rc == 0 && rag_ingest_is_braked(ingest))
		rc = BH_E_CANCELLED;
	if (rc == 0)
		rc = learn_model(ingest);
	if (rc == 0)
		rc = index_reused(ingest);
	if (rc == BH_E_EMPTY)
		rc = index_embedded(ingest);
	return rc == BH_E_STORAGE
		? rag_ingest_fail(ingest, "server_error", "The tenant's storage quota is exhausted.")
		: rc;
}

static int
fail_file(struct bh_db *tx, void *ctx)
{
	struct rag_ingest *ingest = ctx;
	int rc = bh_lease_fence(tx, ingest->lease);

	if (rc == 0)
		rc = rag_store_attachment_fail(tx, &ingest->lease->tenant, &ingest->attachment.id,
			ingest->failure.code, ingest->failure.message);
	if (rc == 0)
		rc = rag_store_staging_clear(tx, &ingest->lease->tenant, &ingest->attachment.id);
	if (rc == 0)
		rc = rag_quota_tidy(tx, &ingest->lease->tenant, &ingest->attachment.store_id);
	return rc < 0 ? rc : bh_lease_fail(tx, ingest->lease, ingest->failure.message);
}

/* Whoever cancelled it has written so; the vectors it staged until it heard are of no use. */
static int
drop_cancelled(struct bh_db *tx, void *ctx)
{
	struct rag_ingest *ingest = ctx;
	int rc = rag_store_staging_clear(tx, &ingest->lease->tenant, &ingest->attachment.id);

	return rc < 0 ? rc : bh_lease_fail(tx, ingest->lease, "cancelled");
}

/* Cancelled by somebody, by our own stop, because another worker has it, or because the turn is over. */
static int
end_cancelled(struct rag_ingest *ingest)
{
	int rc, reason = bh_job_stop_reason(&ingest->job->stop);

	if (reason == BH_JOB_STOP_LOST || reason == BH_JOB_STOP_STOPPING)
		return BH_E_CANCELLED;
	if (reason == BH_JOB_STOP_NONE && __atomic_load_n(&ingest->yield, __ATOMIC_RELAXED))
		return __atomic_load_n(&ingest->moved, __ATOMIC_RELAXED) ? BH_JOB_YIELD_MOVED
																 : BH_JOB_YIELD;
	rc = bh_tx_run(ingest->db, drop_cancelled, ingest);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

/* What no time makes useful, the same file or the same vectors, fails for good. */
static int
judge(struct rag_ingest *ingest, int error)
{
	switch (error) {
	case BH_E_MODEL_NOT_FOUND:
		return rag_ingest_fail(ingest, "server_error",
			"The embedding model of this vector store no longer exists.");
	case BH_E_VECTOR:
		return rag_ingest_fail(ingest, "server_error",
			"The embedding model returned unusable vectors for this file.");
	case BH_E_OVER_BUDGET:
		return rag_ingest_fail(ingest, "server_error",
			"The tenant's budget for the embedding model is exhausted.");
	case BH_E_DB_DATA:
		return BH_E_INVALID;
	default:
		return error;
	}
}

/* BH_JOB_ENDED when the file no longer waits. */
static int
begin(struct bh_job *job, struct rag_ingest **out)
{
	struct rag_ingest *ingest = bh_arena_alloc(&job->arena, sizeof(*ingest));
	const struct bh_lease *lease = &job->lease;
	bool found = false;
	int rc;

	*ingest = (struct rag_ingest){.job = job,
		.rag = job->service,
		.db = &job->db,
		.lease = lease,
		.stage = "queued"};
	job->state = *out = ingest;
	rc = rag_store_attachment_by_id(&job->db, &lease->tenant, &lease->subject, &ingest->attachment,
		&found);
	if (rc < 0 || (found && strcmp(ingest->attachment.status, "in_progress") == 0))
		return rc;
	rc = bh_lease_fail(&job->db, lease, "the file is no longer waiting");
	return rc < 0 ? rc : BH_JOB_ENDED;
}

int
rag_ingest_run(struct bh_job *job)
{
	struct watch watch = {0};
	struct rag_ingest *ingest;
	int rc = begin(job, &ingest);

	if (rc != 0)
		return rc;
	rc = watch_open(&watch, ingest);
	if (rc == 0)
		rc = run_stages(ingest);
	watch_close(&watch);
	if (rc == BH_E_CANCELLED || (rc < 0 && rag_ingest_is_braked(ingest)))
		return end_cancelled(ingest);
	return rc < 0 ? judge(ingest, rc) : BH_JOB_ENDED;
}

int
rag_ingest_give_up(struct bh_job *job)
{
	struct rag_ingest *ingest = job->state;
	int rc = ingest != NULL ? 0 : begin(job, &ingest);

	if (rc != 0)
		return rc;
	if (job->error == 0) {
		bh_log(BH_LOG_ERROR, "gave up on a file: processing it ended the process %lld times",
			(long long)job->lease.lapses);
		(void)rag_ingest_fail(ingest, "server_error",
			"The file could not be processed: the service failed at every attempt.");
	} else if (job->error != BH_E_INVALID || ingest->failure.code == NULL) {
		(void)rag_ingest_fail(ingest, "server_error",
			"The file could not be processed because of an internal error.");
	}
	rc = bh_tx_run(ingest->db, fail_file, ingest);
	return rc < 0 ? rc : BH_JOB_ENDED;
}
