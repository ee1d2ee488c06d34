/* SPDX-License-Identifier: Apache-2.0 */
/* phrases.h: words in quotes, which a passage has in this order or does not. */
#ifndef RAG_PHRASES_H
#define RAG_PHRASES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"
#include "rag/fuse.h"

#define RAG_PHRASES_MAX 8

struct rag_phrases {
	const char *lines[RAG_PHRASES_MAX]; /* as bh_terms_line gives them; in the arena */
	size_t n;
};

/* The phrases of a question: several words, or one of a script without blanks, between quotation marks. BH_E_UTF8. */
BH_MUST_CHECK int rag_phrases_read(struct bh_arena *arena, const char *query,
	struct rag_phrases *out);

/* The evidence that a passage gives by the phrases that it has and that it lacks. BH_E_UTF8. */
BH_MUST_CHECK int rag_phrases_evidence(struct bh_arena *arena, const struct rag_phrases *phrases,
	const char *heading, const char *text, double *out);

/* Reads the chunks and notes the evidence of each. Nothing happens without phrases. */
BH_MUST_CHECK int rag_phrases_judge(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_phrases *phrases, struct rag_fused *list,
	size_t n);

#endif
