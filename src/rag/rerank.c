/* SPDX-License-Identifier: Apache-2.0 */
/* rerank.c: asks the model service twice: which model it is, and how relevant the passages are. */
#include "rag/rerank.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "json/json.h"

enum {
	ANSWER_MAX = 1024 * 1024,
	NAME_BYTES_MOST = 255 /* of a path's parameter */
};

/* ---- which model ---- */

static bool
is_auto(const char *ranker)
{
	static const char words[] = "auto default-2024-11-15 default_2024_08_21";

	return ranker == NULL || (strchr(ranker, ' ') == NULL && bh_text_has_word(words, ranker));
}

static int
describe(const struct rag_search *search, const char *name, const char **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_peer_call call = {
		.service = "model",
		.first_byte_ms = search->rag->conf.rerank_ms,
		.idle_ms = search->rag->conf.rerank_ms,
	};
	const char *id;
	int rc;

	bh_buf_text(&path, "/internal/models/");
	bh_text_url(&path, name);
	bh_buf_text(&path, "?kind=rerank");
	call.path = bh_buf_string(&path);
	rc = bh_peer_ask(&search->peer, &call, &doc);
	if (rc < 0)
		return rc;
	id = bh_json_get_string(doc.root, "id");
	if (id == NULL)
		return bh_error(BH_E_PROTOCOL, "the model service did not name the model");
	*out = bh_arena_strdup(search->db->arena, id);
	return 0;
}

/* The model that is meant, if one is; a model service that does not answer is a reason. */
static int
find_model(const struct rag_search *search, struct rag_rerank *out)
{
	bool by_itself = is_auto(search->ranker);
	int rc;

	if (by_itself ? !search->rag->conf.rerank_auto : strcmp(search->ranker, "none") == 0)
		return 0;
	if (!by_itself && strlen(search->ranker) > NAME_BYTES_MOST)
		rc = bh_error(BH_E_MODEL_NOT_FOUND, "No model has so long a name.");
	else
		rc = describe(search, by_itself ? "default" : search->ranker, &out->model);
	if (rc == 0 || rc == BH_E_GONE || (rc == BH_E_MODEL_NOT_FOUND && by_itself))
		return rc == BH_E_GONE ? rc : 0;
	if (rc == BH_E_MODEL_NOT_FOUND)
		return bh_error_param(rc, "ranking_options.ranker",
			"'ranker' must be none, auto, default-2024-11-15 or the name of a rerank model. %s",
			bh_arena_strdup(search->db->arena, bh_error_detail(rc)));
	out->model = by_itself ? "default" : search->ranker;
	out->reason = bh_error_public_row(rc)->code;
	return 0;
}

/* ---- how relevant ---- */

/* The hits of one query, and the scores of all. */
struct part {
	const struct rag_hit *hits;
	size_t n;
	size_t query;
	size_t *at; /* those of the query among the hits */
	size_t n_at;
	double *scores;
};

/* As they were embedded: the headings above, then the text. */
static void
write_body(const struct rag_search *search, const char *model, const struct part *part,
	struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", model);
	bh_write_pair_text(&write, "query", search->queries[part->query]);
	bh_write_name(&write, "documents");
	bh_write_array(&write);
	for (size_t i = 0; i < part->n_at; i++) {
		const struct rag_hit *hit = &part->hits[part->at[i]];

		bh_buf_reset(&text);
		if (hit->heading[0] != '\0')
			bh_buf_printf(&text, "%s\n", hit->heading);
		bh_buf_text(&text, hit->text);
		bh_write_bytes(&write, bh_buf_string(&text), text.len);
	}
	bh_write_end(&write);
	bh_write_end(&write);
}

static int
read_scores(const struct bh_json *answer, struct part *part)
{
	const struct bh_json *results = bh_json_get(answer, "results");

	if (bh_json_count(results) != part->n_at)
		return bh_error(BH_E_PROTOCOL, "the model service ranked the wrong number of passages");
	for (size_t i = 0; i < part->n_at; i++) {
		const struct bh_json *row = bh_json_at(results, i);
		int64_t index;
		double score;

		if (!bh_json_int(bh_json_get(row, "index"), &index) || index < 0 ||
			index >= (int64_t)part->n_at ||
			!bh_json_number(bh_json_get(row, "relevance_score"), &score) || !(score >= 0) ||
			!(score <= 1))
			return bh_error(BH_E_PROTOCOL, "the model service's ranking is malformed");
		part->scores[part->at[index]] = score;
	}
	return 0;
}

static int
ask(const struct rag_search *search, const char *model, int64_t until_ms, struct part *part)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int64_t left_ms = until_ms - bh_clock_steady_ms();
	const struct bh_peer_call call = {
		.service = "model",
		.path = "/internal/v1/rerank",
		.body = &body,
		.first_byte_ms = left_ms,
		.idle_ms = left_ms,
		.answer_max = ANSWER_MAX,
	};
	int rc;

	if (left_ms <= 0)
		return BH_E_UPSTREAM_TIMEOUT;
	write_body(search, model, part, &body);
	rc = bh_peer_ask(&search->peer, &call, &doc);
	return rc < 0 ? rc : read_scores(doc.root, part);
}

/* The scores of all hits, each query's with a call of its own. */
static int
score_hits(const struct rag_search *search, const char *model, const struct rag_hit *hits, size_t n,
	double *scores)
{
	int64_t until_ms = bh_clock_steady_ms() + search->rag->conf.rerank_ms;
	struct part part = {.hits = hits, .n = n, .scores = scores};
	int rc = 0;

	part.at = bh_arena_array(search->db->arena, n, sizeof(*part.at));
	for (part.query = 0; rc == 0 && part.query < search->n_queries; part.query++) {
		part.n_at = 0;
		for (size_t i = 0; i < n; i++) {
			if (hits[i].query == part.query)
				part.at[part.n_at++] = i;
		}
		if (part.n_at > 0)
			rc = ask(search, model, until_ms, &part);
	}
	return rc;
}

/* ---- the search ---- */

/* Of equal ones first what the fused score prefers. */
static int
best_first(const void *left, const void *right)
{
	const struct rag_hit *x = left, *y = right;

	if (x->score > y->score || x->score < y->score)
		return x->score > y->score ? -1 : 1;
	if (x->fused > y->fused || x->fused < y->fused)
		return x->fused > y->fused ? -1 : 1;
	if (x->store_index != y->store_index)
		return x->store_index < y->store_index ? -1 : 1;
	return x->chunk_id < y->chunk_id ? -1 : x->chunk_id > y->chunk_id;
}

static int
rank(const struct rag_search *search, struct rag_hit *hits, size_t n, struct rag_rerank *rerank)
{
	double *scores = bh_arena_array(search->db->arena, n + 1, sizeof(*scores));
	int rc;

	if (n == 0 || rerank->reason != NULL)
		return 0;
	rerank->passages = (int64_t)n;
	rc = score_hits(search, rerank->model, hits, n, scores);
	if (rc == BH_E_GONE)
		return rc;
	if (rc < 0) {
		rerank->reason = bh_error_public_row(rc)->code;
		return 0;
	}
	rerank->applied = true;
	for (size_t i = 0; i < n; i++)
		hits[i].score = scores[i];
	qsort(hits, n, sizeof(*hits), best_first);
	return 0;
}

int
rag_rerank_search(const struct rag_search *search, const struct bh_uuid *stores, size_t n_stores,
	struct rag_hit **out, size_t *out_n, size_t *out_missing, struct rag_rerank *out_rerank)
{
	struct rag_rerank rerank = {0};
	struct rag_search wide = *search;
	struct rag_hit *hits = NULL;
	size_t n = 0;
	int rc = find_model(search, &rerank);

	/* The page is cut when the scores are known by which it is. */
	if (rerank.model != NULL) {
		wide.threshold = 0;
		if (wide.limit < search->rag->conf.rerank_depth)
			wide.limit = search->rag->conf.rerank_depth;
	}
	if (rc == 0)
		rc = rag_search_run(&wide, stores, n_stores, &hits, &n, out_missing);
	if (rc == 0 && rerank.model != NULL)
		rc = rank(search, hits, n, &rerank);
	if (rc < 0)
		return rc;
	*out = hits;
	*out_n = rerank.model != NULL ? rag_search_page(search, hits, n) : n;
	*out_rerank = rerank;
	return 0;
}
