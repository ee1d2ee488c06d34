/* SPDX-License-Identifier: Apache-2.0 */
/* bm25.c: adds up the scores of chunks term by term, and picks the best. */
#include "rag/bm25.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum {
	DENSE_PART = 8,      /* an array from an eighth of the chunks on */
	GROWN_MOST = 1000000 /* chunks that may have come since the statistics were read */
};

static const double k1 = 1.2, b = 0.75;
/* Of a word that no chunk has. The only word of a store with one chunk lies above it. */
static const double telling_share = 0.15;

void
rag_bm25_init(struct rag_bm25 *bm25, struct bh_arena *arena, int64_t n_chunks, int64_t total_terms,
	int64_t next_chunk, int64_t postings)
{
	bool dense = next_chunk > 0 && next_chunk / DENSE_PART < postings;
	size_t size = dense ? (size_t)next_chunk : 64;

	/* No more chunks than postings, nor than the store has; at most half full. */
	while (!dense && size < 2 * (size_t)(postings < n_chunks ? postings : n_chunks) + 2)
		size *= 2;
	*bm25 = (struct rag_bm25){
		.arena = arena,
		.n_chunks = n_chunks,
		.average_length = n_chunks > 0 && total_terms > 0 ? (double)total_terms / (double)n_chunks
														  : 1,
		.chunks = dense ? NULL : bh_arena_array(arena, size, sizeof(int64_t)),
		.scores = bh_arena_array(arena, size, sizeof(double)),
		.size = size,
	};
}

double
rag_bm25_idf(int64_t n_chunks, int64_t df)
{
	double n = (double)(n_chunks > df ? n_chunks : df);

	return log(1 + (n - (double)df + 0.5) / ((double)df + 0.5));
}

double
rag_bm25_most(double idf)
{
	return idf * (k1 + 1);
}

double
rag_bm25_telling(int64_t n_chunks, double idf)
{
	double share = idf / rag_bm25_idf(n_chunks, 0);

	return share < telling_share ? share / telling_share : 1;
}

static bool
is_allowed(const struct rag_bm25 *bm25, int64_t chunk)
{
	size_t low = 0, high = bm25->n_ranges;

	if (bm25->ranges == NULL)
		return true;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (bm25->ranges[middle].first + bm25->ranges[middle].n <= chunk)
			low = middle + 1;
		else
			high = middle;
	}
	return low < bm25->n_ranges && bm25->ranges[low].first <= chunk;
}

/* Where a chunk is, or would be. Fibonacci hashing spreads the consecutive numbers. */
static size_t
place(const int64_t *chunks, size_t size, int64_t chunk)
{
	size_t at = (size_t)(((uint64_t)chunk * 0x9e3779b97f4a7c15u) >> 20) & (size - 1);

	while (chunks[at] != 0 && chunks[at] != chunk)
		at = (at + 1) & (size - 1);
	return at;
}

/* The store may have grown since its statistics were read. */
static void
grow(struct rag_bm25 *bm25)
{
	size_t size = bm25->size * 2, i;
	int64_t *chunks = bh_arena_array(bm25->arena, size, sizeof(*chunks));
	double *scores = bh_arena_array(bm25->arena, size, sizeof(*scores));

	for (i = 0; i < bm25->size; i++) {
		size_t at;

		if (bm25->chunks[i] == 0)
			continue;
		at = place(chunks, size, bm25->chunks[i]);
		chunks[at] = bm25->chunks[i];
		scores[at] = bm25->scores[i];
	}
	bm25->chunks = chunks;
	bm25->scores = scores;
	bm25->size = size;
}

static double *
dense_slot(struct rag_bm25 *bm25, int64_t chunk)
{
	size_t at = (size_t)chunk;

	if (at >= bm25->size) {
		size_t size = 2 * at;
		double *scores = bh_arena_array(bm25->arena, size, sizeof(*scores));

		memcpy(scores, bm25->scores, bm25->size * sizeof(*scores));
		bm25->scores = scores;
		bm25->size = size;
	}
	bm25->used += !(bm25->scores[at] > 0);
	return &bm25->scores[at];
}

static double *
slot(struct rag_bm25 *bm25, int64_t chunk)
{
	size_t at;

	if (bm25->chunks == NULL)
		return dense_slot(bm25, chunk);
	at = place(bm25->chunks, bm25->size, chunk);
	if (bm25->chunks[at] == 0) {
		if (4 * (bm25->used + 1) > 3 * bm25->size) {
			grow(bm25);
			at = place(bm25->chunks, bm25->size, chunk);
		}
		bm25->chunks[at] = chunk;
		bm25->used++;
	}
	return &bm25->scores[at];
}

int
rag_bm25_add(struct rag_bm25 *bm25, double idf, double weight,
	const struct rag_postings_block *block)
{
	struct rag_postings_reader reader = rag_postings_open(block->first, block->data);
	struct rag_posting posting;

	while (rag_postings_next(&reader, &posting)) {
		double length = k1 * (1 - b + b * posting.length / bm25->average_length);

		if (posting.chunk <= 0 || !is_allowed(bm25, posting.chunk))
			continue;
		if (bm25->chunks == NULL && posting.chunk > (int64_t)(2 * bm25->size) + GROWN_MOST)
			return bh_error(BH_E_PROTOCOL, "a block of postings names an impossible chunk");
		*slot(bm25, posting.chunk) += weight * idf * posting.count * (k1 + 1) /
			(posting.count + length);
	}
	return reader.damaged ? bh_error(BH_E_PROTOCOL, "a block of postings is damaged") : 0;
}

double
rag_bm25_of(const struct rag_bm25 *bm25, int64_t chunk)
{
	if (bm25->size == 0 || chunk <= 0)
		return 0;
	if (bm25->chunks == NULL)
		return (size_t)chunk < bm25->size ? bm25->scores[chunk] : 0;
	return bm25->scores[place(bm25->chunks, bm25->size, chunk)];
}

static bool
is_better(struct rag_leg_hit x, struct rag_leg_hit y)
{
	if (x.score > y.score)
		return true;
	return !(x.score < y.score) && x.chunk_id < y.chunk_id;
}

static int
best_first(const void *left, const void *right)
{
	const struct rag_leg_hit *x = left, *y = right;

	return is_better(*x, *y) ? -1 : is_better(*y, *x) ? 1 : 0;
}

/* Moves the entry at `at` down until the worst of the heap is at its root again. */
static void
sink(struct rag_leg_hit *heap, size_t n, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1;
		struct rag_leg_hit swap;

		if (child >= n)
			return;
		if (child + 1 < n && is_better(heap[child], heap[child + 1]))
			child++;
		if (!is_better(heap[at], heap[child]))
			return;
		swap = heap[at];
		heap[at] = heap[child];
		heap[child] = swap;
		at = child;
	}
}

void
rag_bm25_top(const struct rag_bm25 *bm25, size_t k, struct rag_leg_hit **out, size_t *out_n)
{
	size_t room = k < bm25->used ? k : bm25->used;
	struct rag_leg_hit *heap = bh_arena_array(bm25->arena, room + 1, sizeof(*heap));
	size_t n = 0, i;

	for (i = 0; i < bm25->size && room > 0; i++) {
		struct rag_leg_hit hit = {bm25->chunks != NULL ? bm25->chunks[i] : (int64_t)i,
			bm25->scores[i]};

		if (bm25->chunks != NULL ? hit.chunk_id == 0 : !(hit.score > 0))
			continue;
		if (n < room) {
			heap[n++] = hit;
			for (size_t at = n == room ? n / 2 : 0; at-- > 0;)
				sink(heap, n, at);
		} else if (is_better(hit, heap[0])) {
			heap[0] = hit;
			sink(heap, n, 0);
		}
	}
	qsort(heap, n, sizeof(*heap), best_first);
	*out = heap;
	*out_n = n;
}
