/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.h: one ranking out of two legs, by a score that question and passage alone decide. */
#ifndef RAG_FUSE_H
#define RAG_FUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rag/bm25.h"

struct rag_fuse_conf {
	double vector_weight, text_weight; /* their sum is 1 */
	double text_most; /* the highest BM25 score any chunk could reach for this query */
	bool is_unread;   /* the embedding model knows nothing of the query: cosines say nothing */
};

struct rag_fused {
	int64_t chunk_id;
	double fused; /* the order: evidence of both legs, any number */
	double score; /* 0 to 1: the same, as a likelihood */
	double vector_score, text_score;
	double text_share;              /* of the highest BM25 score possible */
	double phrases;                 /* evidence of the phrases in quotes */
	int64_t vector_rank, text_rank; /* from 1; 0: not in that leg */
	size_t query;                   /* of several: the one that it answers best */
};

/* All chunks of two legs, each leg best first; what a leg does not say of a chunk is 0. By chunk, in the arena. */
void rag_fuse_join(struct bh_arena *arena, const struct rag_leg_hit *vector, size_t n_vector,
	const struct rag_leg_hit *text, size_t n_text, struct rag_fused **out, size_t *out_n);

/* Which chunks without a cosine may still be among the best `limit`, none of them having one above `beyond`: into
 * chunks, room for n. Those that cannot leave the list. Returns how many are asked for. */
size_t rag_fuse_missing(const struct rag_fuse_conf *conf, double beyond, size_t limit,
	struct rag_fused *list, size_t *n, int64_t *chunks);

/* Scores them and orders them, best first; ties by chunk. Vector and text scores are filled in. */
void rag_fuse_order(const struct rag_fuse_conf *conf, struct rag_fused *list, size_t n);

/* Evidence as a likelihood. */
double rag_fuse_score(double fused);

/* The evidence of a cosine and of a share of the highest BM25 score (words of the query that the store lacks count
 * there, so nonsense has a low share). Grows with both. */
double rag_fuse_evidence(const struct rag_fuse_conf *conf, double cosine, double text_share);

#endif
