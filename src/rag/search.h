/* SPDX-License-Identifier: Apache-2.0 */
/* search.h: exact hybrid search over one or several stores of a tenant. */
#ifndef RAG_SEARCH_H
#define RAG_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "rag/filter.h"
#include "rag/rag.h"
#include "service/peer.h"

struct rag_search {
	struct bh_peer peer; /* asks the model service */
	struct rag *rag;
	struct bh_db *db; /* results live in its arena */
	const char *const *queries;
	size_t n_queries;
	int64_t limit;                   /* most hits */
	const struct rag_filter *filter; /* over attributes; NULL: none */
	double threshold;                /* least score shown */
	double vector_weight, text_weight;
	const char *ranker; /* as the client names it; NULL: not named (rerank.h) */
};

/* The hits, best first; a chunk appears once. Of several queries none crowds out the others (page.h). BH_E_NOT_FOUND (*out_missing tells which store), BH_E_STATE
 * for an expired store, BH_E_BUSY when other searches of the tenant left it no turn, and the errors of
 * rag_embed_vectors. */
BH_MUST_CHECK int rag_search_run(const struct rag_search *search, const struct bh_uuid *stores,
	size_t n_stores, struct rag_hit **out, size_t *out_n, size_t *out_missing);

/* The best of n hits, best first by score, that make the page of a search, moved to the front; how many they are. */
size_t rag_search_page(const struct rag_search *search, struct rag_hit *hits, size_t n);

#endif
