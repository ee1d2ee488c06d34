/* SPDX-License-Identifier: Apache-2.0 */
/* text_leg.h: the words' leg of one question in one store. */
#ifndef RAG_TEXT_LEG_H
#define RAG_TEXT_LEG_H

#include <stddef.h>

#include "base/macros.h"
#include "db/db.h"
#include "rag/bm25.h"
#include "rag/fuse.h"
#include "rag/phrases.h"
#include "rag/query.h"
#include "rag/store.h"

/* Everything that it finds lies in the arena of its handle. */
struct rag_text_leg {
	struct bh_db db;
	const struct bh_uuid *tenant;
	const struct rag_search_store *store;
	const char *query;
	const struct rag_ranges *within; /* NULL: the whole store */
	size_t depth;
	/* What is found. */
	struct rag_leg_hit *hits; /* best first */
	size_t n;
	double most; /* the highest score a chunk could reach */
	struct rag_phrases phrases;
	struct rag_bm25 bm25;
	int error; /* the caller's, who runs it in a thread */
	char detail[256];
};

/* Reads the question's postings and adds them up. */
BH_MUST_CHECK int rag_text_leg_run(struct rag_text_leg *leg);

/* Gives the text score of chunks that the other leg found. */
BH_MUST_CHECK int rag_text_leg_complete(struct rag_text_leg *leg, struct rag_fused *list, size_t n);

#endif
