/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_embed.c: vectors for all chunks: two threads, so that while the engine computes one batch
 * the next is already counted, written and waiting at its door. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "rag/chunk.h"
#include "rag/ingest.h"
#include "rag/store.h"
#include "sec/digest.h"

enum {
	IN_FLIGHT = 2,
	INPUTS_MAX = 8,  /* of one call: a query behind it waits for no more */
	PARTS_MAX = 256, /* of one chunk */
	MARK_TOKENS = 2, /* what the model puts around a text */
	ROOM_MS = 50,    /* between looks whether a second call has room */
	TURN_MS = 200    /* between looks whether to go on waiting for a turn */
};

/* What the threads share. */
struct embedding {
	struct rag_ingest *ingest;
	pthread_mutex_t lock;
	size_t next;                   /* first chunk nobody has taken */
	bool first_ended;              /* the second thread is the only one now */
	int error;                     /* the first failure; 0 while there is none */
	char detail[256];              /* what it said: details are kept per thread */
	const struct rag_hash *staged; /* sorted; from an earlier attempt */
	size_t n_staged;
	struct bh_arena kept[IN_FLIGHT]; /* hashes of the parts, until the commit has copied them */
};

struct embedder {
	struct embedding *embedding;
	struct bh_arena *kept;
	bool is_first;
	pthread_t thread;
	struct rag_turn turn; /* among the calls of the tenant's documents */
	bool has_turn;
};

/* One text to embed, and the chunk it is a part of. */
struct part {
	struct rag_ingest_chunk *chunk;
	const char *text; /* heading path and body */
	const char *body; /* borrowed from the chunk */
	size_t body_len;
	int64_t tokens;
	struct bh_digest hash;
	bool staged;
};

struct batch {
	struct part parts[INPUTS_MAX * PARTS_MAX];
	size_t n;
};

static int
by_hash(const void *left, const void *right)
{
	return memcmp(((const struct rag_hash *)left)->bytes.data,
		((const struct rag_hash *)right)->bytes.data, 32);
}

static void
set_part(struct bh_arena *arena, struct embedding *embedding, struct part *part)
{
	const char *heading = part->chunk->heading;
	struct rag_hash key;
	struct bh_hash hash;

	part->text = heading[0] != '\0'
		? bh_arena_printf(arena, "%s\n%.*s", heading, (int)part->body_len, part->body)
		: bh_arena_copy(arena, part->body, part->body_len);
	/* By another model, the same text has another vector. */
	bh_hash_begin(&hash);
	bh_hash_add(&hash, &embedding->ingest->store.vectors, sizeof(struct bh_uuid));
	bh_hash_add(&hash, part->text, strlen(part->text));
	bh_hash_end(&hash, &part->hash);
	key.bytes = (struct bh_bytes){part->hash.bytes, sizeof(part->hash.bytes)};
	part->staged = embedding->n_staged > 0 &&
		bsearch(&key, embedding->staged, embedding->n_staged, sizeof(*embedding->staged),
			by_hash) != NULL;
}

/* Takes the next chunks: as many as fit into one call. */
static size_t
take(struct embedding *embedding, struct bh_arena *arena, struct batch *batch)
{
	struct rag_ingest *ingest = embedding->ingest;
	size_t budget = (size_t)ingest->rag->conf.embed_batch_tokens, tokens = 0, first, n = 0, i;

	pthread_mutex_lock(&embedding->lock);
	first = embedding->next;
	while (embedding->error == 0 && first + n < ingest->n_chunks && n < INPUTS_MAX) {
		const struct rag_ingest_chunk *chunk = &ingest->chunks[first + n];

		tokens += rag_chunk_estimate(chunk->text, chunk->text_len);
		if (n > 0 && tokens > budget)
			break;
		n++;
	}
	embedding->next = first + n;
	pthread_mutex_unlock(&embedding->lock);

	batch->n = n;
	for (i = 0; i < n; i++) {
		struct rag_ingest_chunk *chunk = &ingest->chunks[first + i];

		batch->parts[i] = (struct part){.chunk = chunk,
			.body = chunk->text,
			.body_len = chunk->text_len};
		set_part(arena, embedding, &batch->parts[i]);
	}
	return n;
}

/* Counts the parts that have no count yet; those staged before need none. */
static int
count(struct embedding *embedding, struct bh_arena *arena, struct batch *batch)
{
	const char **texts = bh_arena_array(arena, batch->n + 1, sizeof(*texts));
	size_t *which = bh_arena_array(arena, batch->n + 1, sizeof(*which));
	int64_t *counts = bh_arena_array(arena, batch->n + 1, sizeof(*counts));
	struct rag_embed_call call;
	size_t n = 0, i;
	int rc;

	for (i = 0; i < batch->n; i++) {
		if (batch->parts[i].staged || batch->parts[i].tokens > 0)
			continue;
		which[n] = i;
		texts[n++] = batch->parts[i].text;
	}
	if (n == 0)
		return 0;
	rag_ingest_call(embedding->ingest, arena, &call);
	rc = rag_embed_count(&call, texts, n, counts);
	for (i = 0; rc == 0 && i < n; i++)
		batch->parts[which[i]].tokens = counts[i] + 1;
	return rc;
}

/* Cuts every part that is longer than the model reads in two; *out_any tells whether there was one. */
static int
split(struct embedding *embedding, struct bh_arena *arena, struct batch *batch, bool *out_any)
{
	int64_t most = embedding->ingest->model.context - MARK_TOKENS;

	*out_any = false;
	for (size_t i = 0; i < batch->n; i++) {
		struct part *part = &batch->parts[i], *second = part + 1;
		size_t half;

		if (part->staged || part->tokens - 1 <= most)
			continue;
		half = rag_chunk_halve(part->body, part->body_len);
		if (half == 0 || half >= part->body_len || batch->n == BH_COUNT(batch->parts))
			return bh_error(BH_E_CONTEXT_LENGTH,
				"cannot shorten a part to the model's context length");
		memmove(second, part, (batch->n - i) * sizeof(*part));
		batch->n++;
		part->body_len = half;
		second->body += half;
		second->body_len -= half;
		part->tokens = second->tokens = 0;
		set_part(arena, embedding, part);
		set_part(arena, embedding, second);
		*out_any = true;
		i++;
	}
	return 0;
}

/* What one call brought, to be written in one fenced transaction. */
struct staging {
	struct rag_ingest *ingest;
	const struct part *const *parts;
	const struct bh_floats *vectors;
	size_t n;
};

static int
stage(struct bh_db *tx, void *ctx)
{
	const struct staging *staging = ctx;
	const struct rag_ingest *ingest = staging->ingest;
	int rc = bh_lease_fence(tx, ingest->lease);

	for (size_t i = 0; rc == 0 && i < staging->n; i++)
		rc = rag_store_staging_add(tx, &ingest->lease->tenant, &ingest->attachment.id,
			staging->parts[i]->hash.bytes, staging->vectors[i]);
	/* The attachment's row went with its file or store. */
	return rc == BH_E_REFERENCE ? BH_E_CANCELLED : rc;
}

static int
embed_some(struct embedding *embedding, struct bh_arena *arena, const struct part *const *parts,
	size_t n)
{
	struct rag_ingest *ingest = embedding->ingest;
	const char *texts[INPUTS_MAX];
	struct bh_floats vectors[INPUTS_MAX];
	struct bh_db db = *ingest->db;
	struct staging staging = {ingest, parts, vectors, n};
	struct rag_embed_call call;
	int rc;

	for (size_t i = 0; i < n; i++)
		texts[i] = parts[i]->text;
	rag_ingest_call(ingest, arena, &call);
	rc = rag_embed_vectors(&call, texts, n, vectors);
	if (rc < 0)
		return rc;
	if (vectors[0].count != (size_t)ingest->model.dimensions)
		return bh_error(BH_E_PROTOCOL,
			"the embedding model's vectors do not have the number of dimensions that it reports");
	db.arena = arena;
	db.tx = NULL;
	rc = bh_tx_run(&db, stage, &staging);
	if (rc == 0)
		__atomic_store_n(&ingest->moved, true, __ATOMIC_RELAXED);
	return rc;
}

/* Before each call. A turn ends only after it has staged something, or a slow model's job would never
 * come to its end. */
static bool
must_stop(const struct rag_ingest *ingest)
{
	return rag_ingest_is_braked(ingest) ||
		(__atomic_load_n(&ingest->yield, __ATOMIC_RELAXED) &&
			__atomic_load_n(&ingest->moved, __ATOMIC_RELAXED));
}

/* The chunks of a batch learn their parts once all of these are staged. */
static void
note_parts(struct embedder *embedder, const struct batch *batch)
{
	size_t i, j, n;

	for (i = 0; i < batch->n; i += n) {
		struct rag_ingest_chunk *chunk = batch->parts[i].chunk;

		for (n = 1; i + n < batch->n && batch->parts[i + n].chunk == chunk; n++)
			continue;
		chunk->hashes = bh_arena_array(embedder->kept, n, sizeof(*chunk->hashes));
		chunk->n_parts = n;
		for (j = 0; j < n; j++)
			chunk->hashes[j] = (struct bh_bytes){bh_arena_copy(embedder->kept,
													 batch->parts[i + j].hash.bytes, 32),
				32};
	}
}

static void
leave_turn(struct embedder *embedder)
{
	if (embedder->has_turn)
		rag_turns_leave(&embedder->embedding->ingest->rag->embeddings, &embedder->turn);
	embedder->has_turn = false;
}

/* Of a tenant's documents the one that has the fewest chunks left comes first: one is searchable while the others
 * are still waiting, and no later are they all. The turn is kept from call to call, so that the next of the same
 * document is weighed against those that wait. Whoever waits can yield without having staged anything. */
static int
take_turn(struct embedder *embedder, size_t n_chunks)
{
	struct embedding *embedding = embedder->embedding;
	struct rag_ingest *ingest = embedding->ingest;
	struct rag_turns *turns = &ingest->rag->embeddings;
	int64_t rank;
	int rc;

	pthread_mutex_lock(&embedding->lock);
	rank = (int64_t)(ingest->n_chunks - embedding->next + n_chunks);
	pthread_mutex_unlock(&embedding->lock);
	for (;;) {
		rc = embedder->has_turn
			? rag_turns_pass(turns, rank, TURN_MS, &embedder->turn)
			: rag_turns_enter_ranked(turns, &ingest->lease->tenant, rank, TURN_MS, &embedder->turn);
		embedder->has_turn = rc == 0;
		if (rc != BH_E_BUSY)
			return rc;
		if (rag_ingest_is_braked(ingest) || __atomic_load_n(&ingest->yield, __ATOMIC_RELAXED))
			return BH_E_CANCELLED;
		rank = embedder->turn.rank;
	}
}

/* While three or four documents are under way each has one call at a time: together they keep an engine
 * as busy as two with two, and a query behind their calls waits no longer. Asked before each call of the
 * second thread; `has` says that it has chunks, which nobody else will embed. */
static void
wait_for_room(struct embedder *embedder, bool has)
{
	static const struct timespec pause = {.tv_nsec = ROOM_MS * 1000000L};
	struct embedding *embedding = embedder->embedding;
	bool over = embedder->is_first;

	while (!over && !must_stop(embedding->ingest) &&
		bh_worker_pool_busy(embedding->ingest->job->pool) > RAG_WORKERS_OF_ONE) {
		leave_turn(embedder);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&embedding->lock);
		over = embedding->error != 0 || embedding->first_ended ||
			(!has && embedding->next >= embedding->ingest->n_chunks);
		pthread_mutex_unlock(&embedding->lock);
	}
}

static int
embed_batch(struct embedder *embedder, struct bh_arena *arena, struct batch *batch, size_t n_chunks)
{
	struct embedding *embedding = embedder->embedding;
	const struct part *parts[INPUTS_MAX];
	size_t n = 0, i;
	bool any = true;
	int rc = 0;

	while (rc == 0 && any) {
		rc = count(embedding, arena, batch);
		if (rc == 0)
			rc = split(embedding, arena, batch, &any);
	}
	for (i = 0; rc == 0 && i < batch->n; i++) {
		if (!batch->parts[i].staged)
			parts[n++] = &batch->parts[i];
		if (n == INPUTS_MAX || (n > 0 && i + 1 == batch->n)) {
			wait_for_room(embedder, true);
			rc = take_turn(embedder, n_chunks);
			if (rc == 0)
				rc = must_stop(embedding->ingest) ? BH_E_CANCELLED
												  : embed_some(embedding, arena, parts, n);
			n = 0;
		}
	}
	if (rc == 0)
		note_parts(embedder, batch);
	if (rc == 0)
		__atomic_add_fetch(&embedding->ingest->done, (int64_t)n_chunks, __ATOMIC_RELAXED);
	return rc;
}

static void *
embedder_run(void *ctx)
{
	struct embedder *embedder = ctx;
	struct embedding *embedding = embedder->embedding;
	struct batch *batch = calloc(1, sizeof(*batch));
	int rc = batch == NULL ? BH_E_MEMORY : 0;

	while (rc == 0) {
		struct bh_arena arena = {0};
		size_t n;

		wait_for_room(embedder, false);
		n = take(embedding, &arena, batch);
		if (n == 0) {
			bh_arena_close(&arena);
			break;
		}
		if (must_stop(embedding->ingest))
			rc = BH_E_CANCELLED;
		else
			rc = embed_batch(embedder, &arena, batch, n);
		bh_arena_close(&arena);
	}
	leave_turn(embedder);
	free(batch);

	pthread_mutex_lock(&embedding->lock);
	embedding->first_ended |= embedder->is_first;
	if (rc < 0 && embedding->error == 0) {
		embedding->error = rc;
		snprintf(embedding->detail, sizeof(embedding->detail), "%s", bh_error_detail(rc));
	}
	pthread_mutex_unlock(&embedding->lock);
	return NULL;
}

/* The parts' hashes move to the job's own arena; the threads' arenas go. */
static void
keep_hashes(struct embedding *embedding)
{
	struct rag_ingest *ingest = embedding->ingest;
	size_t i, j;

	for (i = 0; embedding->error == 0 && i < ingest->n_chunks; i++) {
		struct rag_ingest_chunk *chunk = &ingest->chunks[i];
		struct bh_bytes *own = bh_arena_array(ingest->db->arena, chunk->n_parts, sizeof(*own));

		for (j = 0; j < chunk->n_parts; j++)
			own[j] = (struct bh_bytes){bh_arena_copy(ingest->db->arena, chunk->hashes[j].data, 32),
				32};
		chunk->hashes = own;
	}
	for (i = 0; i < IN_FLIGHT; i++)
		bh_arena_close(&embedding->kept[i]);
}

int
rag_ingest_embed(struct rag_ingest *ingest)
{
	struct embedding embedding = {.ingest = ingest};
	struct embedder embedders[IN_FLIGHT];
	struct rag_hash *staged;
	size_t started = 0, i;
	int rc = rag_store_staging_hashes(ingest->db, &ingest->lease->tenant, &ingest->attachment.id,
		&staged, &embedding.n_staged);

	if (rc < 0)
		return rc;
	embedding.staged = staged;
	pthread_mutex_init(&embedding.lock, NULL);
	for (i = 0; i < IN_FLIGHT; i++) {
		embedders[i] = (struct embedder){.embedding = &embedding,
			.kept = &embedding.kept[i],
			.is_first = i == 0};
		if (pthread_create(&embedders[i].thread, NULL, embedder_run, &embedders[i]) != 0)
			break;
		started++;
	}
	for (i = 0; i < started; i++)
		pthread_join(embedders[i].thread, NULL);
	pthread_mutex_destroy(&embedding.lock);

	if (started == 0)
		embedding.error = bh_error(BH_E_UNAVAILABLE, "start an embedding thread");
	keep_hashes(&embedding);
	return embedding.error < 0 ? bh_error(embedding.error, "%s", embedding.detail) : 0;
}
