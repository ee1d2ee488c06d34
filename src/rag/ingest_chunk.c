/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_chunk.c: cuts the document of a job into chunks, by sizes that the model has counted. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "rag/chunk.h"
#include "rag/ingest.h"

enum {
	SAMPLES = 16, /* blocks counted to learn a document's tokens per estimate */
	COUNTED_AT_ONCE = 512
};

#define FACTOR_MARGIN 1.05 /* slightly high, so that chunks seldom overflow */
#define FACTOR_OF_ONE_VECTOR 1.4
#define FACTOR_LEAST 0.5

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
	rag_ingest_stage(ingest, "chunking", (int64_t)n);
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

int
rag_ingest_chunk(struct rag_ingest *ingest)
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

	rag_ingest_stage(ingest, "chunking", 0);
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
