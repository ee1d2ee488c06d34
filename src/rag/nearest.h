/* SPDX-License-Identifier: Apache-2.0 */
/* nearest.h: the vectors' leg of a search, by all vectors or by the graph of the store's own table. */
#ifndef RAG_NEAREST_H
#define RAG_NEAREST_H

#include <stddef.h>

#include "base/macros.h"
#include "rag/store.h"

/* The k nearest chunks, best first, score = cosine, from the arena. `within` NULL: of all. All vectors are
 * compared where that is cheap: in a store without a table of its own, and where a filter keeps few. Where
 * the graph finds fewer than k it is done as well, so that there are never fewer while there are k. BH_E_CONFLICT:
 * another set of vectors is searched by now, by another model: the store has to be read anew. */
BH_MUST_CHECK int rag_nearest_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, struct bh_floats query, const struct rag_ranges *within,
	size_t k, struct rag_leg_hit **out, size_t *out_n);

#endif
