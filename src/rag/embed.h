/* SPDX-License-Identifier: Apache-2.0 */
/* embed.h: what rag asks of the model service: a model's limits, token counts, vectors. */
#ifndef RAG_EMBED_H
#define RAG_EMBED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "service/peer.h"

struct rag_embed_call {
	struct bh_peer peer; /* results live in its arena */
	const char *model;
};

struct rag_embed_model {
	int64_t context; /* tokens it reads at once, its own marks included */
	int64_t dimensions;
};

/* All: BH_E_UNAVAILABLE, BH_E_RATE_LIMITED (both worth another attempt), BH_E_OVER_BUDGET,
 * BH_E_MODEL_NOT_FOUND, BH_E_CONTEXT_LENGTH, BH_E_CANCELLED, BH_E_GONE, BH_E_PROTOCOL. */
BH_MUST_CHECK int rag_embed_model(const struct rag_embed_call *call, struct rag_embed_model *out);

#define RAG_EMBED_MARKS 2 /* tokens that a model puts around a text */

/* Tokens of each text, the model's own marks included, as the model counts; estimated, rather too many,
 * where it has no tokenizer. */
BH_MUST_CHECK int rag_embed_count(const struct rag_embed_call *call, const char *const *texts,
	size_t n, int64_t *out_counts);

/* One vector of length 1 for each text, all of the same dimensions. */
BH_MUST_CHECK int rag_embed_vectors(const struct rag_embed_call *call, const char *const *texts,
	size_t n, struct bh_floats *out_vectors);

#endif
