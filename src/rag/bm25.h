/* SPDX-License-Identifier: Apache-2.0 */
/* bm25.h: BM25 with IDF (k1 1.2, b 0.75) over packed postings, statistics of one store. */
#ifndef RAG_BM25_H
#define RAG_BM25_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "rag/postings.h"

/* A chunk and its score in one leg. */
struct rag_leg_hit {
	int64_t chunk_id;
	double score;
};

/* Chunks first .. first + n - 1 may be found. Ranges are ascending and do not overlap. */
struct rag_range {
	int64_t first, n;
};

/* Scores being added up: an array by chunk number where the postings are many for the store, so that a
 * term's ascending chunks are neighbours in memory; else an open hash table from chunk to score. */
struct rag_bm25 {
	struct bh_arena *arena; /* borrowed */
	int64_t n_chunks;       /* statistics of the store */
	double average_length;
	const struct rag_range *ranges; /* borrowed; only these chunks count; NULL: all do */
	size_t n_ranges;
	int64_t *chunks; /* of the table, 0: free; NULL: an array */
	double *scores;  /* 0 in the array: not found, for every posting adds something */
	size_t size, used;
};

/* Room for `postings` postings in all, of chunks with numbers below `next_chunk`. */
void rag_bm25_init(struct rag_bm25 *bm25, struct bh_arena *arena, int64_t n_chunks,
	int64_t total_terms, int64_t next_chunk, int64_t postings);

/* ln(1 + (N - df + 0.5) / (df + 0.5)): positive for every df. */
double rag_bm25_idf(int64_t n_chunks, int64_t df);

/* The most a chunk can reach by a term: idf * (k1 + 1). */
double rag_bm25_most(double idf);

/* How much a query tells at all, 0 to 1, by the IDF of its rarest word: less than 1 only where every
 * word is in nearly every chunk, as with "the" and "of". A chunk that holds them all answers nothing. */
double rag_bm25_telling(int64_t n_chunks, double idf);

/* Adds one block of a term that occurs `weight` times in the query. BH_E_PROTOCOL when damaged. */
BH_MUST_CHECK int rag_bm25_add(struct rag_bm25 *bm25, double idf, double weight,
	const struct rag_postings_block *block);

/* The score of a chunk; 0 for one that no posting named. */
double rag_bm25_of(const struct rag_bm25 *bm25, int64_t chunk);

/* The best `k`, best first; ties by chunk number. In the arena. */
void rag_bm25_top(const struct rag_bm25 *bm25, size_t k, struct rag_leg_hit **out, size_t *out_n);

#endif
