/* SPDX-License-Identifier: Apache-2.0 */
/* index.h: puts the chunks of a file into a store's index, and takes them out again, exactly. */
#ifndef RAG_INDEX_H
#define RAG_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"
#include "rag/rag.h"

/* A chunk as it goes in; offsets in code points. Pointers are borrowed. */
struct rag_index_chunk {
	int64_t start, end, page_start, page_end;
	const char *heading, *text;
	const struct bh_bytes *hashes; /* of its embedded parts, staged under the attachment */
	size_t n_parts;
};

/* What is worked out before the transaction, so that the store stays locked for little. */
struct rag_index_plan;

/* Splits chunks into terms. BH_E_UTF8. In the arena. */
BH_MUST_CHECK int rag_index_plan(struct bh_arena *arena, const struct rag_index_chunk *chunks,
	size_t n, struct rag_index_plan **out);

struct rag_equal;

/* The vectors are those of an equal file (which is borrowed), not staged ones. */
void rag_index_plan_copy(struct rag_index_plan *plan, const struct rag_equal *equal);

/* Inside bh_tx_run: numbers the chunks and writes chunks, vectors (from the staging rows), postings
 * and statistics. BH_E_NOT_FOUND if the store has gone, BH_E_CONFLICT if the vectors to copy have.
 * *out_first: the first chunk's number. */
BH_MUST_CHECK int rag_index_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment, int64_t dimensions, const struct rag_index_plan *plan,
	int64_t *out_first);

/* Inside bh_tx_run: removes all of it again; nothing is left of an attachment that was indexed.
 * Locks the statistics; a store that has gone is no error. */
BH_MUST_CHECK int rag_index_remove(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment);

/* Inside bh_tx_run: makes the postings of all chunks anew where other terms than today's made them. Searches go on
 * in the old ones until the commit; whoever changes the store waits. `stop` is asked between some chunks, then
 * BH_E_CANCELLED. BH_E_NOT_FOUND if the store has gone. */
BH_MUST_CHECK int rag_index_again(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, bool (*stop)(void *ctx), void *ctx);

#endif
