/* SPDX-License-Identifier: Apache-2.0 */
/* expand.h: the text around a hit: its neighbours in the same section of the same file. */
#ifndef RAG_EXPAND_H
#define RAG_EXPAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"
#include "rag/rag.h"

struct rag_chunk;

/* Joins chunk `at` of a list, which is in the order of the text, with as many chunks around it as follow
 * each other, are of the same file and heading, and go into `tokens` (estimated) with it. Between chunks
 * that do not meet stands an empty line; what two chunks share stands once. */
void rag_expand_join(struct bh_arena *arena, const struct rag_chunk *chunks, size_t n, size_t at,
	int64_t tokens, struct rag_context *out);

/* Fills in the contexts of the first hits, best first: those that a model may be given. One that lies in
 * the context of a better hit gets none. */
BH_MUST_CHECK int rag_expand_hits(struct bh_db *db, const struct bh_uuid *tenant, int64_t tokens,
	struct rag_hit *hits, size_t n);

#endif
