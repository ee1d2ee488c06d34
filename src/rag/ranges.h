/* SPDX-License-Identifier: Apache-2.0 */
/* ranges.h: which chunks of a store a filter keeps: runs of the chunks of its matching files. */
#ifndef RAG_RANGES_H
#define RAG_RANGES_H

#include <stddef.h>

#include "base/macros.h"
#include "db/db.h"
#include "rag/bm25.h"
#include "rag/filter.h"

/* Reads the attributes of the store's files in bounded pieces and judges them here. The chunks of a file
 * follow each other, and the runs of neighbouring files become one: ascending, in the handle's arena;
 * none: nothing matches. Files whose chunks begin at `next_chunk` or above do not count: it was read before, so that
 * all below it are seen. Of those that come while the pieces are read, one that matches may be seen and one in front
 * of it, that does not, may not. */
BH_MUST_CHECK int rag_ranges_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_filter *filter, int64_t next_chunk,
	struct rag_range **out, size_t *out_n);

#endif
