/* SPDX-License-Identifier: Apache-2.0 */
/* http_search.c: search in one store (public) and in several (for the agent). */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "rag/expand.h"
#include "rag/filter.h"
#include "rag/http.h"
#include "rag/meter.h"
#include "rag/rerank.h"
#include "rag/rewrite.h"
#include "rag/search.h"
#include "rag/wire.h"

enum {
	RESULTS_PRESET = 10,
	RESULTS_MOST = 50,
	QUERIES_MOST = 16,
	QUERY_POINTS_MOST = 20000,
	STORES_MOST = 16,
	EXPAND_MOST = 4096
};

struct weights {
	double vector, text;
};

static const struct bh_field weight_fields[] = {
	{"embedding_weight", BH_FIELD_DOUBLE, offsetof(struct weights, vector), BH_REQUIRED, 0, 1e6},
	{"text_weight", BH_FIELD_DOUBLE, offsetof(struct weights, text), BH_REQUIRED, 0, 1e6},
};

struct ranking {
	const char *ranker; /* rerank.h */
	double threshold;
	struct weights hybrid;
	bool has_hybrid;
};

#define AT(member) offsetof(struct ranking, member)

static const struct bh_field ranking_fields[] = {
	{"ranker", BH_FIELD_TEXT, AT(ranker), BH_NULLABLE, 1, 256},
	{"score_threshold", BH_FIELD_DOUBLE, AT(threshold), BH_NULLABLE, 0, 1},
	{"hybrid_search", BH_FIELD_OBJECT, AT(hybrid), BH_NULLABLE,
		.set = BH_SET(struct ranking, has_hybrid), BH_FIELDS(weight_fields)},
};

#undef AT

struct body {
	const struct bh_json *query, *queries, *filters;
	const struct bh_uuid *stores;
	size_t n_stores;
	struct ranking ranking;
	int64_t limit, expand_tokens;
	bool rewrite;
};

#define AT(member) offsetof(struct body, member)

/* What both bodies have. */
#define SHARED_FIELDS \
	{"max_num_results", BH_FIELD_INT, AT(limit), BH_NULLABLE, 1, RESULTS_MOST}, \
		{"filters", BH_FIELD_OBJECT, AT(filters), BH_NULLABLE}, \
	{ \
		"ranking_options", BH_FIELD_OBJECT, AT(ranking), BH_NULLABLE, BH_FIELDS(ranking_fields) \
	}

static const struct bh_field bulkhead_fields[] = {
	/* The text around the best hits, at most so long; 0: none. */
	{"expand_tokens", BH_FIELD_INT, AT(expand_tokens), 0, 0, EXPAND_MOST},
};

static const struct bh_field public_fields[] = {
	{"query", BH_FIELD_ANY, AT(query), BH_REQUIRED},
	SHARED_FIELDS,
	/* What was searched for instead is in the answer. */
	{"rewrite_query", BH_FIELD_BOOL, AT(rewrite), BH_NULLABLE},
	{"bulkhead", BH_FIELD_OBJECT, 0, BH_NULLABLE, BH_FIELDS(bulkhead_fields)},
};

static const struct bh_field store_id = {"", BH_FIELD_ID, .words = RAG_STORE_PREFIX};

static const struct bh_field internal_fields[] = {
	{"vector_store_ids", BH_FIELD_ARRAY, AT(stores), BH_REQUIRED, 1, STORES_MOST,
		BH_ELEMENTS(struct body, stores, n_stores, &store_id)},
	/* None: only the stores, the filters and the options are checked. */
	{"queries", BH_FIELD_ARRAY, AT(queries), BH_REQUIRED, 0, QUERIES_MOST},
	SHARED_FIELDS,
	{"bulkhead", BH_FIELD_OBJECT, 0, BH_NULLABLE, BH_FIELDS(bulkhead_fields)},
};

#undef AT

const struct bh_shape rag_search_shape = BH_SHAPE("Search", struct body, public_fields);
static const struct bh_shape internal_shape = BH_SHAPE(NULL, struct body, internal_fields);

static int
read_query(const struct bh_json *value, const char *at, const char **out)
{
	const char *text = bh_json_string(value);
	size_t len = bh_json_string_len(value);

	if (text == NULL)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be a string.", at);
	if (text[strspn(text, " \t\r\n")] == '\0')
		return bh_error_param(BH_E_INVALID, at, "'%s' must not be empty.", at);
	if (bh_text_points(text, len) > QUERY_POINTS_MOST)
		return bh_error_param(BH_E_RANGE, at, "'%s' must have at most %d characters.", at,
			QUERY_POINTS_MOST);
	*out = text;
	return 0;
}

/* A string, or an array of strings. */
static int
read_queries(struct bh_request *req, const struct bh_json *value, const char *at, size_t least,
	struct rag_search *search)
{
	size_t n = bh_json_count(value), i;
	const char **list = bh_arena_array(req->arena, QUERIES_MOST, sizeof(*list));
	char param[48];
	int rc = 0;

	search->queries = list;
	search->n_queries = 1;
	if (bh_json_kind(value) == BH_JSON_STRING)
		return read_query(value, at, &list[0]);
	if (bh_json_kind(value) != BH_JSON_ARRAY)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be a string or an array of strings.", at);
	if (n < least || n > QUERIES_MOST)
		return bh_error_param(BH_E_RANGE, at, "'%s' must have between %zu and %d elements.", at,
			least, QUERIES_MOST);
	for (i = 0; rc == 0 && i < n; i++) {
		snprintf(param, sizeof(param), "%.16s.%zu", at, i);
		rc = read_query(bh_json_at(value, i), param, &list[i]);
	}
	search->n_queries = n;
	return rc;
}

static int
read_ranking(const struct ranking *ranking, struct rag_search *search)
{
	double sum = ranking->hybrid.vector + ranking->hybrid.text;

	search->threshold = ranking->threshold;
	search->ranker = ranking->ranker;
	if (!ranking->has_hybrid)
		return 0;
	if (sum <= 0)
		return bh_error_param(BH_E_RANGE, "ranking_options.hybrid_search",
			"At least one of 'embedding_weight' and 'text_weight' must be greater than 0.");
	search->vector_weight = ranking->hybrid.vector / sum;
	search->text_weight = ranking->hybrid.text / sum;
	return 0;
}

static int
read_search(struct bh_request *req, const struct body *body, struct rag_search *search)
{
	struct rag_filter *filter = NULL;
	struct rag *rag = req->service;
	int rc;

	bh_peer_from(req, &search->peer);
	search->rag = rag;
	search->db = req->db;
	search->limit = body->limit;
	search->vector_weight = (double)rag->conf.vector_weight_percent / 100;
	search->text_weight = 1 - search->vector_weight;
	if (body->query != NULL)
		rc = read_queries(req, body->query, "query", 1, search);
	else
		rc = read_queries(req, body->queries, "queries", 0, search);
	if (rc == 0 && body->rewrite)
		search->n_queries = rag_rewrite_queries(req->arena, search->queries, search->n_queries,
			QUERIES_MOST, &search->queries);
	if (rc == 0 && body->filters != NULL) {
		rc = rag_filter_compile(body->filters, "filters", req->arena, &filter);
		search->filter = filter;
	}
	return rc < 0 ? rc : read_ranking(&body->ranking, search);
}

/* ---- the answer ---- */

/* A hit with its names. */
struct shown {
	struct rag_hit hit;
	const char *chunk_id;
	const struct rag_hit *content; /* the hit itself, as the only one */
	size_t n_content;
	bool with_store;
};

#define AT(member) offsetof(struct shown, hit.member)

static const struct bh_field vector_fields[] = {
	{"rank", BH_FIELD_INT, AT(vector_rank)},
	{"score", BH_FIELD_DOUBLE, AT(vector_score)},
};

static const struct bh_field text_fields[] = {
	{"rank", BH_FIELD_INT, AT(text_rank)},
	{"score", BH_FIELD_DOUBLE, AT(text_score)},
	{"share", BH_FIELD_DOUBLE, AT(text_share)},
};

#undef AT
#define AT(member) offsetof(struct rag_joined, member)

static const struct bh_field part_fields[] = {
	{"chunk_id", BH_FIELD_TEXT, AT(name)},
	{"page_start", BH_FIELD_INT, AT(page_start)},
	{"page_end", BH_FIELD_INT, AT(page_end)},
	{"start", BH_FIELD_INT, AT(start)},
	{"end", BH_FIELD_INT, AT(end)},
};

#undef AT

#define AT(member) offsetof(struct shown, hit.member)

static const struct bh_field part_row = {"", BH_FIELD_OBJECT, BH_FIELDS(part_fields)};

static const struct bh_field context_fields[] = {
	{"text", BH_FIELD_TEXT, offsetof(struct rag_context, text)},
	{"start", BH_FIELD_INT, offsetof(struct rag_context, start)},
	{"end", BH_FIELD_INT, offsetof(struct rag_context, end)},
	{"chunks", BH_FIELD_ARRAY, offsetof(struct rag_context, parts),
		BH_ELEMENTS(struct rag_context, parts, n_parts, &part_row)},
};

static const void *
context_of(const void *row)
{
	const struct shown *shown = row;

	return shown->hit.around.text != NULL ? &shown->hit.around : NULL;
}

static const struct bh_field extension_fields[] = {
	{"chunk_id", BH_FIELD_TEXT, offsetof(struct shown, chunk_id)},
	{"page_start", BH_FIELD_INT, AT(page_start)},
	{"page_end", BH_FIELD_INT, AT(page_end)},
	{"start", BH_FIELD_INT, AT(start)},
	{"end", BH_FIELD_INT, AT(end)},
	{"heading", BH_FIELD_TEXT, AT(heading)},
	{"fused", BH_FIELD_DOUBLE, AT(fused)},
	{"vector", BH_FIELD_OBJECT, BH_FIELDS(vector_fields)},
	{"text", BH_FIELD_OBJECT, BH_FIELDS(text_fields)},
	{"context", BH_FIELD_OBJECT, .object_of = context_of, .flags = BH_OMIT,
		BH_FIELDS(context_fields)},
};

static const struct bh_field content_fields[] = {
	{"type", BH_FIELD_CONST, .words = "text"},
	{"text", BH_FIELD_TEXT, offsetof(struct rag_hit, text)},
};

static const struct bh_field content_row = {"", BH_FIELD_OBJECT, BH_FIELDS(content_fields)};

static const struct bh_field hit_fields[] = {
	{"file_id", BH_FIELD_ID, AT(file_id), .words = RAG_FILE_PREFIX},
	{"vector_store_id", BH_FIELD_ID, AT(store_id), BH_OMIT, .words = RAG_STORE_PREFIX,
		.set = BH_SET(struct shown, with_store)},
	{"filename", BH_FIELD_TEXT, AT(filename)},
	{"score", BH_FIELD_DOUBLE, AT(score)},
	{"attributes", BH_FIELD_METADATA, AT(attributes), BH_NULLABLE | BH_MIXED},
	{"content", BH_FIELD_ARRAY, offsetof(struct shown, content),
		BH_ELEMENTS(struct shown, content, n_content, &content_row)},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(extension_fields)},
};

#undef AT

/* What became of a ranker; a hit's own members are in the hits. */
static const struct bh_field reranker_fields[] = {
	{"model", BH_FIELD_TEXT, offsetof(struct rag_rerank, model)},
	{"applied", BH_FIELD_BOOL, offsetof(struct rag_rerank, applied)},
	{"reason", BH_FIELD_TEXT, offsetof(struct rag_rerank, reason), BH_NULLABLE},
	{"passages", BH_FIELD_INT, offsetof(struct rag_rerank, passages)},
};

static const struct bh_field page_fields[] = {
	{"reranker", BH_FIELD_OBJECT, 0, BH_FIELDS(reranker_fields)},
};

struct results {
	const char *const *queries;
	size_t n_queries;
	struct shown *hits;
	size_t n_hits;
	const char *next_page;
	bool has_more;
	struct rag_rerank rerank;
};

static const void *
page_of(const void *row)
{
	const struct results *results = row;

	return results->rerank.model != NULL ? &results->rerank : NULL;
}

#define AT(member) offsetof(struct results, member)

static const struct bh_field query_row = {"", BH_FIELD_TEXT};
static const struct bh_field hit_row = {"", BH_FIELD_OBJECT, BH_FIELDS(hit_fields)};

static const struct bh_field results_fields[] = {
	{"object", BH_FIELD_CONST, .words = "vector_store.search_results.page"},
	{"search_query", BH_FIELD_ARRAY, AT(queries),
		BH_ELEMENTS(struct results, queries, n_queries, &query_row)},
	{"data", BH_FIELD_ARRAY, AT(hits), BH_ELEMENTS(struct results, hits, n_hits, &hit_row)},
	{"has_more", BH_FIELD_BOOL, AT(has_more)},
	{"next_page", BH_FIELD_TEXT, AT(next_page), BH_NULLABLE},
	{"bulkhead", BH_FIELD_OBJECT, .object_of = page_of, .flags = BH_OMIT, BH_FIELDS(page_fields)},
};

#undef AT

const struct bh_shape rag_results_shape = BH_SHAPE("SearchPage", struct results, results_fields);

static const char *
chunk_name(struct bh_request *req, const char *store, int64_t chunk)
{
	return bh_arena_printf(req->arena, "chunk_%s_%lld", store, (long long)chunk);
}

static int
reply_hits(struct bh_request *req, const struct rag_search *search, const struct rag_hit *hits,
	size_t n, bool with_store, const struct rag_rerank *rerank)
{
	struct results results = {
		.queries = search->queries,
		.n_queries = search->n_queries,
		.hits = bh_arena_array(req->arena, n + 1, sizeof(*results.hits)),
		.n_hits = n,
		.rerank = *rerank,
	};

	for (size_t i = 0; i < n; i++) {
		struct shown *shown = &results.hits[i];
		char store[BH_UUID_HEX];

		bh_uuid_hex(&hits[i].store_id, store);
		for (size_t j = 0; j < hits[i].around.n_parts; j++)
			hits[i].around.parts[j].name = chunk_name(req, store, hits[i].around.parts[j].chunk_id);
		*shown = (struct shown){hits[i], chunk_name(req, store, hits[i].chunk_id), &shown->hit, 1,
			with_store};
	}
	bh_audit_int(&req->audit, "results", (int64_t)n);
	if (rerank->reason != NULL)
		bh_audit_text(&req->audit, "not_reranked", rerank->reason);
	return bh_reply_object(req, 200, &rag_results_shape, &results);
}

/* POST /v1/vector_stores/{store}/search */
int
rag_http_search(struct bh_request *req)
{
	struct body body = {.limit = RESULTS_PRESET};
	struct rag_search search = {0};
	struct rag_rerank rerank = {0};
	struct rag_hit *hits = NULL;
	struct meter_slot *act = NULL;
	struct bh_uuid store;
	size_t n = 0, missing = 0;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &store);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	rc = bh_request_object(req, &rag_search_shape, &body);
	if (rc == 0)
		rc = read_search(req, &body, &search);
	if (rc == 0)
		rc = rag_meter_search_begin(req, &act);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = rag_rerank_search(&search, &store, 1, &hits, &n, &missing, &rerank);
	if (rc == 0 && body.expand_tokens > 0)
		rc = rag_expand_hits(req->db, &req->tenant, body.expand_tokens, hits, n);
	rag_meter_search_end(req, act, rc);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "vector_store_id" : NULL);
	return reply_hits(req, &search, hits, n, false, &rerank);
}

/* POST /internal/search: the best over several stores; 404 names the first that does not exist. */
int
rag_http_search_internal(struct bh_request *req)
{
	struct body body = {.limit = RESULTS_PRESET};
	struct rag_search search = {0};
	struct rag_rerank rerank = {0};
	struct meter_slot *act = NULL;
	struct rag_hit *hits = NULL;
	size_t n = 0, missing = 0;
	char at[40], id[RAG_ID_TEXT];
	int rc = bh_request_object(req, &internal_shape, &body);

	if (rc == 0)
		rc = read_search(req, &body, &search);
	if (rc == 0)
		rc = rag_meter_search_begin(req, &act);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = rag_rerank_search(&search, body.stores, body.n_stores, &hits, &n, &missing, &rerank);
	if (rc == BH_E_NOT_FOUND) {
		snprintf(at, sizeof(at), "vector_store_ids.%zu", missing);
		bh_uuid_format_id(&body.stores[missing], RAG_STORE_PREFIX, id, sizeof(id));
		rc = bh_fields_missing(at, id);
	}
	if (rc == 0 && body.expand_tokens > 0)
		rc = rag_expand_hits(req->db, &req->tenant, body.expand_tokens, hits, n);
	rag_meter_search_end(req, act, rc);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return reply_hits(req, &search, hits, n, true, &rerank);
}
