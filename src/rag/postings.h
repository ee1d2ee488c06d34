/* SPDX-License-Identifier: Apache-2.0 */
/* postings.h: where a term occurs, packed: per chunk three varints (distance, occurrences, length). */
#ifndef RAG_POSTINGS_H
#define RAG_POSTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"

#define RAG_POSTINGS_BYTES_MAX 1900 /* of a block: a row that stays in its page */

struct rag_posting {
	int64_t chunk;
	uint32_t count;  /* occurrences in the chunk */
	uint32_t length; /* of the chunk, in terms */
};

/* One block as it is stored. */
struct rag_postings_block {
	int64_t first, last;
	int64_t n;
	struct bh_bytes data;
};

/* Reads a block from its start. A damaged block ends the walk and sets `damaged`. */
struct rag_postings_reader {
	const uint8_t *at, *end;
	int64_t chunk;
	bool damaged;
};

struct rag_postings_reader rag_postings_open(int64_t first, struct bh_bytes data);
bool rag_postings_next(struct rag_postings_reader *reader, struct rag_posting *out);

/* Packs postings in ascending order of chunks into as few blocks as fit; blocks in the arena. */
void rag_postings_pack(struct bh_arena *arena, const struct rag_posting *postings, size_t n,
	struct rag_postings_block **out_blocks, size_t *out_n);

/* Unpacks a block of `n` postings into the arena. BH_E_PROTOCOL when it is damaged. */
BH_MUST_CHECK int rag_postings_unpack(struct bh_arena *arena,
	const struct rag_postings_block *block, struct rag_posting **out, size_t *out_n);

#endif
