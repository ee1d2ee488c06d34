/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.h: one ranking out of two legs, and the score that is shown. */
#ifndef RAG_FUSE_H
#define RAG_FUSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rag/bm25.h"

struct rag_fuse_conf {
	double vector_weight, text_weight;
	size_t depth;     /* most hits a leg was asked for */
	double text_most; /* the highest BM25 score any chunk could reach for this query */
};

struct rag_fused {
	int64_t chunk_id;
	double fused; /* 0 to the sum of the weights: the order */
	double score; /* 0 to 1: calibrated */
	double vector_score, text_score;
	double text_share;              /* of the highest BM25 score possible */
	int64_t vector_rank, text_rank; /* from 1; 0: not in that leg */
};

/* Fuses two legs, each best first: every leg's scores are mapped to 0..1 over its own hits, a chunk
 * that a leg lacks has 0 there, the weighted sum orders. Best first, in the arena. */
void rag_fuse(struct bh_arena *arena, const struct rag_fuse_conf *conf,
	const struct rag_leg_hit *vector, size_t n_vector, const struct rag_leg_hit *text,
	size_t n_text, struct rag_fused **out, size_t *out_n);

/* How likely a chunk answers: a logistic of its cosine and of its share of the highest BM25 score
 * possible (words of the query that the store lacks count there, so nonsense has a low share). */
double rag_fuse_score(double cosine, double text_share);

#endif
