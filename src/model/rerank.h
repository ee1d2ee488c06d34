/* SPDX-License-Identifier: Apache-2.0 */
/* rerank.h: an upstream's reranking in one form: which documents, best first, each with a score from 0 to 1.
 *
 *   shape                        rows in      score                usage
 *   ---------------------------  -----------  -------------------  -------------------------------------------
 *   Cohere, /v1 and /v2          results      relevance_score      meta.billed_units.search_units, meta.tokens
 *   Jina, vLLM, llama-server     results      relevance_score      usage.prompt_tokens or usage.total_tokens
 *   others                       data         relevance_score      usage.total_tokens
 *   text-embeddings-inference    the answer   score                none
 *
 * A score is made of the upstream's own for that document alone, by the model's form: no other document of the
 * answer changes it. */
#ifndef BH_MODEL_RERANK_H
#define BH_MODEL_RERANK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "json/json.h"
#include "model/model.h"
#include "model/usage.h"

enum { MODEL_RERANK_DOCUMENTS_MOST = 1000 };

/* One document of the answer. */
struct model_ranked {
	size_t index; /* in the request */
	double told;  /* the upstream's own score: the order */
	double score; /* from 0 to 1 */
};

/* Reads the answer to a request with n documents of which the best `top` (at least 1, at most n) are wanted: that
 * many rows in *out, best first, ties by index. They may come in any order, and more than were wanted.
 * BH_E_UPSTREAM: it is none, has too few rows or too many, an index that is missing, out of range or doubled, or a
 * score that is missing or outside the form. */
BH_MUST_CHECK int model_rerank_read(struct bh_arena *arena, const struct bh_json *answer,
	enum model_score_form form, size_t n, size_t top, struct model_ranked **out);

/* The form of the scores of an answer that model_rerank_read takes as logits. */
enum model_score_form model_rerank_form(const struct model_ranked *rows, size_t n);

/* What an answer says that it took: tokens as *out's prompt, search units as its completion; 0 for what it does not
 * say. `units` is our own count; what is far from it is not believed. */
void model_rerank_usage(const struct bh_json *answer, int64_t units, struct model_usage *out);

/* Search units of a query with documents, both in tokens: a unit is 100 documents, and a document counts once for
 * each 500 tokens that it has together with the query. */
int64_t model_rerank_units(int64_t query, const int64_t *documents, size_t n);

#endif
