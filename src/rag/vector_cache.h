/* SPDX-License-Identifier: Apache-2.0 */
/* vector_cache.h: vectors of recent queries, per tenant; a query asked again costs no model call.
 *
 * Entries lie in sets of eight. A tenant's entry takes the place of an older one of its own once it has
 * half of a set, so that no flood of queries pushes out all of the others'. Time is the steady clock's. */
#ifndef RAG_VECTOR_CACHE_H
#define RAG_VECTOR_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct rag_vector_cache; /* thread-safe */

/* Room for about `entries` vectors, each used for `life_ms`; nothing is taken from the heap for unused
 * ones. */
BH_MUST_CHECK int rag_vector_cache_new(size_t entries, int64_t life_ms,
	struct rag_vector_cache **out);
void rag_vector_cache_free(struct rag_vector_cache *cache); /* safe on NULL */

/* The vector of this tenant's text under this model, copied to the arena; false if it is not here. */
bool rag_vector_cache_find(struct rag_vector_cache *cache, const struct bh_uuid *tenant,
	const char *model, const char *text, int64_t now_ms, struct bh_arena *arena,
	struct bh_floats *out);

/* Keeps a copy, in place of the least recently used one of its set (of its tenant's own, see above). */
void rag_vector_cache_keep(struct rag_vector_cache *cache, const struct bh_uuid *tenant,
	const char *model, const char *text, int64_t now_ms, struct bh_floats vector);

/* Forgets those of a tenant that is deleted, and says how many there were. */
size_t rag_vector_cache_drop(struct rag_vector_cache *cache, const struct bh_uuid *tenant);

#endif
