/* SPDX-License-Identifier: Apache-2.0 */
/* query.h: what a question asks of the words' leg: its terms, each with a weight, and the most that a chunk can
 * reach by them. */
#ifndef RAG_QUERY_H
#define RAG_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "text/terms.h"

#define RAG_QUERY_TERMS_MAX 512 /* distinct ones that count */

/* A distinct term. */
struct rag_query_term {
	const char *term;
	int64_t df;    /* chunks that have it; the caller fills it in */
	bool left_out; /* it was not read: counts for nothing */
	double weight; /* what rag_query_weigh gives it, IDF included; 0: it does not count */
};

/* A term where it stands in the question. */
struct rag_query_use {
	size_t term; /* among the distinct ones */
	enum bh_term_kind kind;
	bool common, framing;
	size_t group;
};

struct rag_query {
	struct rag_query_term *terms; /* by name; in the arena */
	size_t n_terms;
	struct rag_query_use *uses;
	size_t n_uses;
	double most; /* the highest score a chunk could reach */
};

/* The terms of a question to a store whose words are of these languages. BH_E_UTF8. */
BH_MUST_CHECK int rag_query_read(struct bh_arena *arena, uint64_t languages, const char *text,
	struct rag_query *out);

/* Weighs the terms by their df. A word's stem and its exact form weigh by the stem's IDF. Of a compound, the joined
 * spelling counts where the store has it, and its pieces for less then; pieces that the store lacks count only
 * where it lacks all spellings. Words that the store lacks count in `most`; function words among them, and words that speak of
 * the documents, do not. */
void rag_query_weigh(struct rag_query *query, int64_t n_chunks);

#endif
