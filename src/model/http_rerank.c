/* SPDX-License-Identifier: Apache-2.0 */
/* http_rerank.c: POST /v1/rerank, and /v2/rerank, where the newer of Cohere's two clients looks for it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "model/http.h"
#include "model/meter.h"
#include "model/place.h"
#include "model/rerank.h"
#include "model/upstream.h"
#include "service/entitle.h"
#include "service/request.h"

enum {
	QUERY_POINTS_MOST = 20000,
	DOCUMENT_BYTES_MOST = 512 * 1024,
	CUT_BYTES = 3,        /* of a token, where a text is cut: rather too short than too long */
	POINT_BYTES_MOST = 4, /* something is left of every text */
	MARK_TOKENS = 4
};

struct document {
	const char *text; /* the request's */
	size_t len;       /* of the part that is sent */
};

struct rerank {
	const char *model, *query;
	const struct bh_json *list, *rank_fields;
	bool return_documents;
	int64_t top_n, tokens_most; /* 0: not said */
	struct document *documents;
	size_t n;
	size_t top;       /* documents wanted */
	int64_t estimate; /* tokens: the query is read once with each document */
	int64_t units;
};

#define AT(member) offsetof(struct rerank, member)

static const struct bh_field fields[] = {
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 256},
	{"query", BH_FIELD_TEXT, AT(query), BH_REQUIRED, 1, QUERY_POINTS_MOST},
	{"documents", BH_FIELD_ARRAY, AT(list), BH_REQUIRED, 1, MODEL_RERANK_DOCUMENTS_MOST},
	{"top_n", BH_FIELD_INT, AT(top_n), BH_NULLABLE, 1, 1000000},
	{"return_documents", BH_FIELD_BOOL, AT(return_documents), BH_NULLABLE},
	{"max_tokens_per_doc", BH_FIELD_INT, AT(tokens_most), BH_NULLABLE, 1, 1000000},
	{"rank_fields", BH_FIELD_ARRAY, AT(rank_fields), BH_NULLABLE, 1, 1},
	{"max_chunks_per_doc", BH_FIELD_IGNORED},
	{"priority", BH_FIELD_IGNORED},
	{"truncation", BH_FIELD_IGNORED},
	{"user", BH_FIELD_IGNORED},
};

const struct bh_shape model_rerank_create = BH_SHAPE("RerankCreate", struct rerank, fields);

/* ---- the request ---- */

static int64_t
text_tokens(size_t len)
{
	return (int64_t)len / 4 + 2;
}

/* A string, or an object with a text. */
static int
read_document(const struct bh_json *value, size_t index, struct document *out)
{
	bool is_object = bh_json_kind(value) == BH_JSON_OBJECT;
	const struct bh_json *text = is_object ? bh_json_get(value, "text") : value;
	size_t len = bh_json_string_len(text);
	char param[32];

	snprintf(param, sizeof(param), is_object ? "documents.%zu.text" : "documents.%zu", index);
	if (bh_json_kind(text) != BH_JSON_STRING)
		return bh_error_param(BH_E_TYPE, param,
			"A document must be a string or an object with a string 'text'.");
	if (len == 0 || len > DOCUMENT_BYTES_MOST)
		return bh_error_param(BH_E_RANGE, param, "A document must have between 1 and %d bytes.",
			DOCUMENT_BYTES_MOST);
	*out = (struct document){bh_json_string(text), len};
	return 0;
}

static int
read_request(struct bh_request *req, struct rerank *out)
{
	struct rerank want = {0};
	const char *field;
	int rc = bh_request_object(req, &model_rerank_create, &want);

	if (rc < 0)
		return rc;
	field = bh_json_string(bh_json_at(want.rank_fields, 0));
	if (want.rank_fields != NULL && (field == NULL || strcmp(field, "text") != 0))
		return bh_error_param(BH_E_UNSUPPORTED, "rank_fields",
			"'rank_fields' must be absent or name only 'text'.");
	want.n = bh_json_count(want.list);
	want.top = want.top_n > 0 && (size_t)want.top_n < want.n ? (size_t)want.top_n : want.n;
	want.documents = bh_arena_array(req->arena, want.n, sizeof(*want.documents));
	for (size_t i = 0; rc == 0 && i < want.n; i++)
		rc = read_document(bh_json_at(want.list, i), i, &want.documents[i]);
	if (rc == 0)
		*out = want;
	return rc;
}

/* Cuts the documents to what is asked for and to what the model reads together with the query, and counts. */
static int
prepare(struct bh_request *req, const struct model_entry *entry, struct rerank *want)
{
	int64_t *tokens = bh_arena_array(req->arena, want->n, sizeof(*tokens));
	int64_t query = text_tokens(strlen(want->query)), most = want->tokens_most;

	if (entry->context > 0) {
		int64_t room = entry->context - MARK_TOKENS - (int64_t)strlen(want->query) / CUT_BYTES;

		if (room < 1)
			return bh_error_param(BH_E_CONTEXT_LENGTH, "query",
				"The query leaves no room for a document; the model accepts at most %lld tokens.",
				(long long)entry->context);
		most = most == 0 || most > room ? room : most;
	}
	for (size_t i = 0; i < want->n; i++) {
		struct document *document = &want->documents[i];

		if (most > 0 && document->len / CUT_BYTES > (size_t)most)
			document->len = bh_text_cut(document->text, document->len,
				(size_t)most * CUT_BYTES + POINT_BYTES_MOST);
		tokens[i] = text_tokens(document->len);
		want->estimate += query + tokens[i];
	}
	want->units = model_rerank_units(query, tokens, want->n);
	return 0;
}

static void
write_request(const struct model_entry *entry, const struct rerank *want, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", entry->upstream_name);
	bh_write_pair_text(&write, "query", want->query);
	bh_write_name(&write, "documents");
	bh_write_array(&write);
	for (size_t i = 0; i < want->n; i++)
		bh_write_bytes(&write, want->documents[i].text, want->documents[i].len);
	bh_write_end(&write);
	bh_write_pair_int(&write, "top_n", (int64_t)want->top);
	/* Jina's would send all of them back; Cohere's second version does not know the word. */
	if (!model_upstream_is_v2(entry))
		bh_write_pair_bool(&write, "return_documents", false);
	bh_write_end(&write);
}

/* ---- the call ---- */

/* What the answer says that it took, where that is credible, goes before our count. */
static void
bill_answer(struct model_call *call, const struct rerank *want, const struct bh_json *answer,
	struct model_ticket *ticket, struct model_outcome *outcome)
{
	struct model_usage told;

	model_rerank_usage(answer, want->units, &told);
	if (told.completion_tokens == 0)
		told.completion_tokens = want->units;
	model_call_count(call, told.completion_tokens - want->units, 0);
	outcome->usage = told;
	if (told.present)
		ticket->used = told.prompt_tokens;
}

/* Sends the request and reads the ranking. */
static int
rank(struct bh_request *req, const struct model_entry *entry, const struct rerank *want,
	struct model_call *call, struct model_ticket *ticket, struct model_outcome *outcome,
	struct model_ranked **out)
{
	struct model *model = req->service;
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int rc;

	write_request(entry, want, &body);
	model_call_count(call, want->units, 0);
	rc = model_upstream_post(model, entry, model_upstream_rerank_path(entry), &body,
		bh_http_client_fd(req->http), 0, &reply);
	outcome->refused = rc == BH_E_UNAVAILABLE || (rc < 0 && !reply.sent) ||
		(rc == 0 && reply.status != 200);
	if (rc < 0)
		return rc;
	if (reply.status != 200)
		return model_upstream_refusal(req, entry, &reply, NULL);
	rc = bh_request_answer(req, &reply, (size_t)model->conf.answer_bytes_max, &doc);
	if (rc < 0)
		return rc == BH_E_GONE
			? rc
			: bh_error(BH_E_UPSTREAM,
				  "the upstream's response is too large, incomplete or not valid JSON");
	bill_answer(call, want, doc.root, ticket, outcome);
	return model_rerank_read(req->arena, doc.root, entry->score_form, want->n, want->top, out);
}

/* ---- the answer ---- */

struct shown_document {
	const char *text;
};

struct shown {
	int64_t index;
	double score;
	struct shown_document document;
};

struct answer {
	struct bh_uuid id;
	const char *model;
	struct shown *results;
	size_t n;
	int64_t tokens, units;
};

static const void *
document_of(const void *row)
{
	const struct shown *shown = row;

	return shown->document.text != NULL ? &shown->document : NULL;
}

static const struct bh_field document_fields[] = {
	{"text", BH_FIELD_TEXT, offsetof(struct shown_document, text)},
};

static const struct bh_field result_fields[] = {
	{"index", BH_FIELD_INT, offsetof(struct shown, index)},
	{"relevance_score", BH_FIELD_DOUBLE, offsetof(struct shown, score)},
	{"document", BH_FIELD_OBJECT, .object_of = document_of, .flags = BH_OMIT,
		BH_FIELDS(document_fields)},
};

static const struct bh_field result_row = {"", BH_FIELD_OBJECT, BH_FIELDS(result_fields)};

#undef AT
#define AT(member) offsetof(struct answer, member)

static const struct bh_field usage_fields[] = {
	{"prompt_tokens", BH_FIELD_INT, AT(tokens)},
	{"total_tokens", BH_FIELD_INT, AT(tokens)},
};

static const struct bh_field version_fields[] = {{"version", BH_FIELD_CONST, .words = "1"}};
static const struct bh_field billed_fields[] = {{"search_units", BH_FIELD_INT, AT(units)}};
static const struct bh_field token_fields[] = {{"input_tokens", BH_FIELD_INT, AT(tokens)}};

static const struct bh_field meta_fields[] = {
	{"api_version", BH_FIELD_OBJECT, BH_FIELDS(version_fields)},
	{"billed_units", BH_FIELD_OBJECT, BH_FIELDS(billed_fields)},
	{"tokens", BH_FIELD_OBJECT, BH_FIELDS(token_fields)},
};

static const struct bh_field answer_fields[] = {
	{"id", BH_FIELD_ID, AT(id), .words = "rerank-"},
	{"object", BH_FIELD_CONST, .words = "list"},
	{"model", BH_FIELD_TEXT, AT(model)},
	{"results", BH_FIELD_ARRAY, AT(results), BH_ELEMENTS(struct answer, results, n, &result_row)},
	{"usage", BH_FIELD_OBJECT, BH_FIELDS(usage_fields)},
	{"meta", BH_FIELD_OBJECT, BH_FIELDS(meta_fields)},
};

#undef AT

const struct bh_shape model_reranking = BH_SHAPE("Reranking", struct answer, answer_fields);

static int
reply(struct bh_request *req, const struct model_entry *entry, const struct rerank *want,
	const struct model_ranked *rows, const struct model_usage *used)
{
	struct answer answer = {
		.id = bh_uuid_new(),
		.model = entry->name,
		.results = bh_arena_array(req->arena, want->top, sizeof(*answer.results)),
		.n = want->top,
		.tokens = used->prompt_tokens,
		.units = used->completion_tokens,
	};

	for (size_t i = 0; i < want->top; i++) {
		const struct document *document = &want->documents[rows[i].index];

		answer.results[i] = (struct shown){(int64_t)rows[i].index, rows[i].score,
			{want->return_documents ? document->text : NULL}};
	}
	return bh_reply_object(req, 200, &model_reranking, &answer);
}

int
model_http_rerank_create(struct bh_request *req)
{
	BH_AUTO(model_ticket_close) struct model_ticket ticket = {0};
	struct model_outcome outcome = {.status = METER_OK};
	struct model_call call = {0};
	struct model_entry entry = {0};
	struct model_ranked *rows = NULL;
	struct model_usage used;
	struct rerank want = {0};
	int rc = read_request(req, &want);

	if (rc == 0)
		rc = model_catalog_find(req->service, req->db, &req->tenant, want.model, MODEL_RERANK,
			&entry);
	if (rc == 0)
		rc = bh_entitle_model(&req->claims, entry.name);
	if (rc == 0)
		rc = prepare(req, &entry, &want);
	if (rc == 0)
		rc = model_place_take(req, &entry, want.estimate, &ticket);
	if (rc == 0)
		rc = model_call_begin(req, &entry, want.estimate, want.units, 0, &call);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	rc = rank(req, &entry, &want, &call, &ticket, &outcome, &rows);
	if (ticket.waited_ms > 0)
		bh_audit_int(&req->audit, "queued_ms", ticket.waited_ms);
	model_ticket_close(&ticket);
	if (rc < 0)
		outcome.status = rc == BH_E_GONE ? METER_CUT : METER_FAILED;
	used = model_call_usage(&call, &outcome);
	model_call_end(&call, &outcome);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply(req, &entry, &want, rows, &used);
}
