/* http_search.c: search in one store (public) and in several (for the agent). */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "rag/filter.h"
#include "rag/http.h"
#include "rag/search.h"
#include "rag/wire.h"

enum {
	RESULTS_PRESET = 10,
	RESULTS_MOST = 50,
	QUERIES_MOST = 16,
	QUERY_POINTS_MOST = 20000,
	STORES_MOST = 16
};

struct body {
	const struct bh_json *query, *queries, *stores, *filters, *ranking;
	int64_t limit;
	bool rewrite;
};

static const struct bh_field public_fields[] = {
	{"query", BH_FIELD_ANY, BH_REQUIRED, 0, 0, offsetof(struct body, query), BH_NO_SET},
	{"max_num_results", BH_FIELD_INT, BH_NULLABLE, 1, RESULTS_MOST, offsetof(struct body, limit),
		BH_NO_SET},
	{"filters", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct body, filters), BH_NO_SET},
	{"ranking_options", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct body, ranking),
		BH_NO_SET},
	/* Accepted; queries are searched for as they are, and the answer says so. */
	{"rewrite_query", BH_FIELD_BOOL, BH_NULLABLE, 0, 0, offsetof(struct body, rewrite), BH_NO_SET},
};

static const struct bh_field internal_fields[] = {
	{"vector_store_ids", BH_FIELD_ARRAY, BH_REQUIRED, 1, STORES_MOST, offsetof(struct body, stores),
		BH_NO_SET},
	/* None: only the stores, the filters and the options are checked. */
	{"queries", BH_FIELD_ARRAY, BH_REQUIRED, 0, QUERIES_MOST, offsetof(struct body, queries),
		BH_NO_SET},
	{"max_num_results", BH_FIELD_INT, BH_NULLABLE, 1, RESULTS_MOST, offsetof(struct body, limit),
		BH_NO_SET},
	{"filters", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct body, filters), BH_NO_SET},
	{"ranking_options", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct body, ranking),
		BH_NO_SET},
};

struct ranking {
	const char *ranker;
	double threshold;
	const struct bh_json *hybrid;
};

static const struct bh_field ranking_fields[] = {
	{"ranker", BH_FIELD_TEXT, BH_NULLABLE, 0, 0, offsetof(struct ranking, ranker), BH_NO_SET},
	{"score_threshold", BH_FIELD_DOUBLE, BH_NULLABLE, 0, 1, offsetof(struct ranking, threshold),
		BH_NO_SET},
	{"hybrid_search", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct ranking, hybrid),
		BH_NO_SET},
};

struct weights {
	double vector, text;
};

static const struct bh_field weight_fields[] = {
	{"embedding_weight", BH_FIELD_DOUBLE, BH_REQUIRED, 0, 1e6, offsetof(struct weights, vector),
		BH_NO_SET},
	{"text_weight", BH_FIELD_DOUBLE, BH_REQUIRED, 0, 1e6, offsetof(struct weights, text),
		BH_NO_SET},
};

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
		return bh_error_param(BH_E_RANGE, at, "'%s' may have at most %d characters.", at,
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
read_weights(const struct bh_json *object, struct rag_search *search)
{
	static const char at[] = "ranking_options.hybrid_search";
	struct weights weights = {0};
	int rc;

	if (object == NULL)
		return 0;
	rc = bh_fields_read(object, BH_LIST(weight_fields), at, &weights);
	if (rc < 0)
		return rc;
	if (weights.vector + weights.text <= 0)
		return bh_error_param(BH_E_RANGE, at,
			"At least one of the weights must be greater than 0.");
	search->vector_weight = weights.vector / (weights.vector + weights.text);
	search->text_weight = weights.text / (weights.vector + weights.text);
	return 0;
}

static int
read_ranking(const struct bh_json *object, struct rag_search *search)
{
	static const char *const rankers[] = {"none", "auto", "default-2024-11-15",
		"default_2024_08_21"};
	struct ranking ranking = {.ranker = "auto"};
	size_t i;
	int rc;

	if (object == NULL)
		return 0;
	rc = bh_fields_read(object, BH_LIST(ranking_fields), "ranking_options", &ranking);
	if (rc < 0)
		return rc;
	for (i = 0; i < BH_COUNT(rankers) && strcmp(ranking.ranker, rankers[i]) != 0; i++)
		continue;
	if (i == BH_COUNT(rankers))
		return bh_error_param(BH_E_INVALID, "ranking_options.ranker",
			"'ranking_options.ranker' must be one of none, auto, default-2024-11-15.");
	search->threshold = ranking.threshold;
	return read_weights(ranking.hybrid, search);
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
	if (rc == 0 && body->filters != NULL) {
		rc = rag_filter_compile(body->filters, "filters", req->arena, &filter);
		search->filter = filter;
	}
	return rc < 0 ? rc : read_ranking(body->ranking, search);
}

/* ---- the answer ---- */

static void
put_extension(struct bh_write *write, const struct rag_hit *hit)
{
	char store[BH_UUID_HEX], id[80];

	bh_uuid_hex(&hit->store_id, store);
	snprintf(id, sizeof(id), "chunk_%s_%lld", store, (long long)hit->chunk_id);
	bh_write_name(write, "bulkhead");
	bh_write_object(write);
	bh_write_pair_text(write, "chunk_id", id);
	bh_write_pair_int(write, "page_start", hit->page_start);
	bh_write_pair_int(write, "page_end", hit->page_end);
	bh_write_pair_int(write, "start", hit->start);
	bh_write_pair_int(write, "end", hit->end);
	bh_write_pair_text(write, "heading", hit->heading);
	bh_write_pair_double(write, "fused", hit->fused);
	bh_write_name(write, "vector");
	bh_write_object(write);
	bh_write_pair_int(write, "rank", hit->vector_rank);
	bh_write_pair_double(write, "score", hit->vector_score);
	bh_write_end(write);
	bh_write_name(write, "text");
	bh_write_object(write);
	bh_write_pair_int(write, "rank", hit->text_rank);
	bh_write_pair_double(write, "score", hit->text_score);
	bh_write_pair_double(write, "share", hit->text_share);
	bh_write_end(write);
	bh_write_end(write);
}

static void
put_hit(struct bh_write *write, const struct rag_hit *hit, bool with_store)
{
	bh_write_object(write);
	rag_wire_id(write, "file_id", RAG_FILE_PREFIX, &hit->file_id);
	if (with_store)
		rag_wire_id(write, "vector_store_id", RAG_STORE_PREFIX, &hit->store_id);
	bh_write_pair_text(write, "filename", hit->filename);
	bh_write_pair_double(write, "score", hit->score);
	bh_write_name(write, "attributes");
	bh_write_raw(write, hit->attributes, strlen(hit->attributes));
	bh_write_name(write, "content");
	bh_write_array(write);
	bh_write_object(write);
	bh_write_pair_text(write, "type", "text");
	bh_write_pair_text(write, "text", hit->text);
	bh_write_end(write);
	bh_write_end(write);
	put_extension(write, hit);
	bh_write_end(write);
}

static int
reply_hits(struct bh_request *req, const struct rag_search *search, const struct rag_hit *hits,
	size_t n, bool with_store)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	size_t i;

	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "vector_store.search_results.page");
	bh_write_name(&write, "search_query");
	bh_write_array(&write);
	for (i = 0; i < search->n_queries; i++)
		bh_write_text(&write, search->queries[i]);
	bh_write_end(&write);
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (i = 0; i < n; i++)
		put_hit(&write, &hits[i], with_store);
	bh_write_end(&write);
	bh_write_pair_bool(&write, "has_more", false);
	bh_write_pair_null(&write, "next_page");
	bh_write_end(&write);
	bh_audit_int(req, "results", (int64_t)n);
	return bh_reply_json(req, 200, &body);
}

/* POST /v1/vector_stores/{store}/search */
int
rag_http_search(struct bh_request *req)
{
	struct body body = {.limit = RESULTS_PRESET};
	struct rag_search search = {0};
	struct rag_hit *hits = NULL;
	struct bh_uuid store;
	size_t n = 0, missing = 0;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &store);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	rc = bh_request_fields(req, BH_LIST(public_fields), &body);
	if (rc == 0)
		rc = read_search(req, &body, &search);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = rag_search_run(&search, &store, 1, &hits, &n, &missing);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "vector_store_id" : NULL);
	return reply_hits(req, &search, hits, n, false);
}

static int
read_stores(const struct bh_json *list, struct bh_uuid *out)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < bh_json_count(list); i++) {
		char at[40];

		snprintf(at, sizeof(at), "vector_store_ids.%zu", i);
		rc = rag_wire_body_id(bh_json_at(list, i), at, RAG_STORE_PREFIX, &out[i]);
	}
	return rc;
}

/* POST /internal/search: the best over several stores; 404 names the first that does not exist. */
int
rag_http_search_internal(struct bh_request *req)
{
	struct body body = {.limit = RESULTS_PRESET};
	struct rag_search search = {0};
	struct bh_uuid stores[STORES_MOST];
	struct rag_hit *hits = NULL;
	size_t n = 0, missing = 0;
	char at[40];
	int rc = bh_request_fields(req, BH_LIST(internal_fields), &body);

	if (rc == 0)
		rc = read_search(req, &body, &search);
	if (rc == 0)
		rc = read_stores(body.stores, stores);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = rag_search_run(&search, stores, bh_json_count(body.stores), &hits, &n, &missing);
	if (rc == BH_E_NOT_FOUND) {
		snprintf(at, sizeof(at), "vector_store_ids.%zu", missing);
		rc = rag_wire_missing(at, bh_json_string(bh_json_at(body.stores, missing)));
	}
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return reply_hits(req, &search, hits, n, true);
}
