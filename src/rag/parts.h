/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: vectors of chunks that are there already: each is cut to what the model reads. */
#ifndef RAG_PARTS_H
#define RAG_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "rag/embed.h"
#include "rag/store.h"

#define RAG_PARTS_AT_ONCE 8 /* in one call */

/* A piece of a chunk, and its vector. */
struct rag_part_of {
	int64_t chunk_id, number; /* its place in the chunk, from 0 */
	const char *heading, *body;
	size_t body_len;
	const char *text; /* heading path and body: what is embedded, as at ingestion */
	int64_t tokens;   /* 0: not counted yet */
	struct bh_floats vector;
};

struct rag_parts {
	struct rag_part_of *list; /* by chunk and number; in the call's arena */
	size_t n;
};

/* Errors as rag_embed_vectors; BH_E_VECTOR also for another number of dimensions than the model's. */
BH_MUST_CHECK int rag_parts_embed(const struct rag_embed_call *call,
	const struct rag_embed_model *model, const struct rag_chunk_text *chunks, size_t n,
	struct rag_parts *out);

#endif
