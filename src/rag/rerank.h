/* SPDX-License-Identifier: Apache-2.0 */
/* rerank.h: a search whose best hits a rerank model puts in order, where the request or the platform names one.
 *
 *   ranker                            who orders the hits
 *   --------------------------------  ----------------------------------------------------------------------------
 *   none                              the fused score (fuse.h)
 *   auto, default-…, or not named     with rag.rerank_auto, what "default" means for the tenant among rerank models,
 *                                     if there is one; else the fused score
 *   a rerank model's name             that model
 *
 * The model reads the best rag.rerank_depth hits, and no page has others: all scores of a page are its scores, or none
 * are. Of several queries each hit is read with the one that it answers best. */
#ifndef RAG_RERANK_H
#define RAG_RERANK_H

#include "rag/search.h"

/* What became of it. Text lives in the search's arena. */
struct rag_rerank {
	const char *model; /* NULL: none was meant */
	bool applied;
	const char *reason; /* why not: an error's code; NULL: it was, or there were no hits */
	int64_t passages;   /* sent */
};

/* rag_search_run with a ranker. What the model service cannot, may not or will not do in rag.rerank_ms leaves the
 * fused order and its scores, and *out_rerank says why. BH_E_MODEL_NOT_FOUND for a ranker that is named and does not
 * exist. */
BH_MUST_CHECK int rag_rerank_search(const struct rag_search *search, const struct bh_uuid *stores,
	size_t n_stores, struct rag_hit **out, size_t *out_n, size_t *out_missing,
	struct rag_rerank *out_rerank);

#endif
