/* wire.c: the shapes of OpenAI's description, written and read. */
#include "rag/wire.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum {
	PAIRS_MAX = 16,
	KEY_POINTS_MAX = 64,
	VALUE_POINTS_MAX = 512,
	CHUNK_TOKENS_LEAST = 100,
	CHUNK_TOKENS_MOST = 4096,
	DAY_S = 86400,
	AT_MAX = 160
};

#define REAL_MOST 9e18

void
rag_wire_id(struct bh_write *write, const char *name, const char *prefix, const struct bh_uuid *id)
{
	char text[RAG_ID_TEXT];

	bh_uuid_format_id(id, prefix, text, sizeof(text));
	bh_write_pair_text(write, name, text);
}

static void
put_counts(struct bh_write *write, const struct rag_counts *counts)
{
	bh_write_name(write, "file_counts");
	bh_write_object(write);
	bh_write_pair_int(write, "in_progress", counts->in_progress);
	bh_write_pair_int(write, "completed", counts->completed);
	bh_write_pair_int(write, "failed", counts->failed);
	bh_write_pair_int(write, "cancelled", counts->cancelled);
	bh_write_pair_int(write, "total",
		counts->in_progress + counts->completed + counts->failed + counts->cancelled);
	bh_write_end(write);
}

static void
put_raw(struct bh_write *write, const char *name, const char *json)
{
	bh_write_name(write, name);
	bh_write_raw(write, json, strlen(json));
}

void
rag_wire_file(struct bh_write *write, const struct rag_file *file)
{
	bh_write_object(write);
	rag_wire_id(write, "id", RAG_FILE_PREFIX, &file->id);
	bh_write_pair_text(write, "object", "file");
	bh_write_pair_int(write, "bytes", file->bytes);
	bh_write_pair_int(write, "created_at", file->created_ms / 1000);
	if (file->expires_ms != 0)
		bh_write_pair_int(write, "expires_at", file->expires_ms / 1000);
	bh_write_pair_text(write, "filename", file->filename);
	bh_write_pair_text(write, "purpose", file->purpose);
	bh_write_pair_text(write, "status", "processed");
	bh_write_end(write);
}

void
rag_wire_store(struct bh_write *write, const struct rag_store *store)
{
	bh_write_object(write);
	rag_wire_id(write, "id", RAG_STORE_PREFIX, &store->id);
	bh_write_pair_text(write, "object", "vector_store");
	bh_write_pair_int(write, "created_at", store->created_ms / 1000);
	bh_write_pair_text(write, "name", store->name);
	if (store->description[0] != '\0')
		bh_write_pair_text(write, "description", store->description);
	bh_write_pair_int(write, "usage_bytes", store->usage_bytes);
	put_counts(write, &store->counts);
	bh_write_pair_text(write, "status",
		store->expired                      ? "expired"
			: store->counts.in_progress > 0 ? "in_progress"
											: "completed");
	if (store->expires_days != 0) {
		bh_write_name(write, "expires_after");
		bh_write_object(write);
		bh_write_pair_text(write, "anchor", "last_active_at");
		bh_write_pair_int(write, "days", store->expires_days);
		bh_write_end(write);
		bh_write_pair_int(write, "expires_at",
			store->last_active_ms / 1000 + store->expires_days * DAY_S);
	} else {
		bh_write_pair_null(write, "expires_at");
	}
	bh_write_pair_int(write, "last_active_at", store->last_active_ms / 1000);
	put_raw(write, "metadata", store->metadata);
	bh_write_end(write);
}

void
rag_wire_store_file(struct bh_write *write, const struct rag_store_file *file)
{
	bh_write_object(write);
	rag_wire_id(write, "id", RAG_FILE_PREFIX, &file->file_id);
	bh_write_pair_text(write, "object", "vector_store.file");
	bh_write_pair_int(write, "usage_bytes", file->usage_bytes);
	bh_write_pair_int(write, "created_at", file->created_ms / 1000);
	rag_wire_id(write, "vector_store_id", RAG_STORE_PREFIX, &file->store_id);
	bh_write_pair_text(write, "status", file->status);
	bh_write_name(write, "last_error");
	if (file->error_code != NULL) {
		bh_write_object(write);
		bh_write_pair_text(write, "code", file->error_code);
		bh_write_pair_text(write, "message", file->error_message);
		bh_write_end(write);
	} else {
		bh_write_null(write);
	}
	bh_write_name(write, "chunking_strategy");
	bh_write_object(write);
	bh_write_pair_text(write, "type", "static");
	bh_write_name(write, "static");
	bh_write_object(write);
	bh_write_pair_int(write, "max_chunk_size_tokens", file->chunk_tokens);
	bh_write_pair_int(write, "chunk_overlap_tokens", file->overlap_tokens);
	bh_write_end(write);
	bh_write_end(write);
	put_raw(write, "attributes", file->attributes);
	bh_write_name(write, "bulkhead");
	bh_write_object(write);
	bh_write_pair_text(write, "stage", file->stage);
	bh_write_pair_int(write, "done", file->stage_done);
	bh_write_pair_int(write, "total", file->stage_total);
	bh_write_pair_int(write, "chunks", file->n_chunks);
	bh_write_pair_int(write, "changed_at", file->changed_ms / 1000);
	bh_write_end(write);
	bh_write_end(write);
}

/* From the counts alone: a client that waits for either sees both change together. */
static const char *
batch_status(const struct rag_batch *batch)
{
	const struct rag_counts *counts = &batch->counts;

	if (counts->in_progress > 0)
		return "in_progress";
	if (batch->cancelled)
		return "cancelled";
	return counts->failed > 0 && counts->completed == 0 && counts->cancelled == 0 ? "failed"
																				  : "completed";
}

void
rag_wire_batch(struct bh_write *write, const struct rag_batch *batch)
{
	bh_write_object(write);
	rag_wire_id(write, "id", RAG_BATCH_PREFIX, &batch->id);
	bh_write_pair_text(write, "object", "vector_store.files_batch");
	bh_write_pair_int(write, "created_at", batch->created_ms / 1000);
	rag_wire_id(write, "vector_store_id", RAG_STORE_PREFIX, &batch->store_id);
	bh_write_pair_text(write, "status", batch_status(batch));
	put_counts(write, &batch->counts);
	bh_write_end(write);
}

int
rag_wire_reply_deleted(struct bh_request *req, const char *prefix, const struct bh_uuid *id,
	const char *object)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	bh_write_object(&write);
	rag_wire_id(&write, "id", prefix, id);
	bh_write_pair_text(&write, "object", object);
	bh_write_pair_bool(&write, "deleted", true);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &body);
}

/* ---- lists ---- */

struct rag_slice
rag_wire_slice(const struct bh_page *page)
{
	struct rag_slice slice = {.limit = page->limit + 1};
	bool backwards = page->has_before && !page->has_after;

	memset(slice.high.bytes, 0xff, sizeof(slice.high.bytes));
	if (page->has_after)
		*(page->ascending ? &slice.low : &slice.high) = page->after;
	if (page->has_before)
		*(page->ascending ? &slice.high : &slice.low) = page->before;
	slice.up = page->ascending != backwards;
	slice.reversed = backwards;
	return slice;
}

size_t
rag_wire_order(const struct rag_slice *slice, void *rows, size_t n, size_t bytes, bool *out_more)
{
	char *list = rows;
	size_t i, j;

	*out_more = n >= (size_t)slice->limit;
	if (*out_more)
		n = (size_t)slice->limit - 1;
	for (i = 0; slice->reversed && i < n / 2; i++)
		for (j = 0; j < bytes; j++) {
			char swap = list[i * bytes + j];

			list[i * bytes + j] = list[(n - 1 - i) * bytes + j];
			list[(n - 1 - i) * bytes + j] = swap;
		}
	return n;
}

void
rag_wire_list(struct bh_write *write)
{
	bh_write_object(write);
	bh_write_pair_text(write, "object", "list");
	bh_write_name(write, "data");
	bh_write_array(write);
}

void
rag_wire_list_end(struct bh_write *write, const char *prefix, const struct bh_uuid *first,
	const struct bh_uuid *last, bool more)
{
	bh_write_end(write);
	if (first != NULL) {
		rag_wire_id(write, "first_id", prefix, first);
		rag_wire_id(write, "last_id", prefix, last);
	} else {
		bh_write_pair_text(write, "first_id", "");
		bh_write_pair_text(write, "last_id", "");
	}
	bh_write_pair_bool(write, "has_more", more);
	bh_write_end(write);
}

/* ---- bodies ---- */

static int
check_pair(const char *at, const char *name, const struct bh_json *value, bool only_strings)
{
	char param[AT_MAX + 80];
	enum bh_json_kind kind = bh_json_kind(value);
	double real = 0;

	if (bh_text_points(name, strlen(name)) > KEY_POINTS_MAX || name[0] == '\0')
		return bh_error_param(BH_E_RANGE, at, "Keys of '%s' must have between 1 and %d characters.",
			at, KEY_POINTS_MAX);
	snprintf(param, sizeof(param), "%.100s.%.64s", at, name);
	if (kind == BH_JSON_STRING) {
		if (bh_text_points(bh_json_string(value), bh_json_string_len(value)) > VALUE_POINTS_MAX)
			return bh_error_param(BH_E_RANGE, param,
				"Values of '%s' may have at most %d characters.", at, VALUE_POINTS_MAX);
		return 0;
	}
	/* The database writes reals out in full: a larger one would be a whole number that nobody reads. */
	if (!only_strings && kind == BH_JSON_REAL && bh_json_number(value, &real) &&
		(real >= REAL_MOST || real <= -REAL_MOST))
		return bh_error_param(BH_E_RANGE, param, "Numbers of '%s' must lie within 64 bits.", at);
	if (!only_strings && (kind == BH_JSON_INT || kind == BH_JSON_REAL || kind == BH_JSON_BOOL))
		return 0;
	return bh_error_param(BH_E_TYPE, param, "Values of '%s' must be %s.", at,
		only_strings ? "strings" : "strings, numbers or booleans");
}

int
rag_wire_pairs(struct bh_arena *arena, const struct bh_json *value, const char *at,
	bool only_strings, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct bh_json *member;
	void *cursor = NULL;
	const char *name;

	if (bh_json_kind(value) == BH_JSON_NONE || bh_json_kind(value) == BH_JSON_NULL) {
		*out = "{}";
		return 0;
	}
	if (bh_json_kind(value) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
	if (bh_json_count(value) > PAIRS_MAX)
		return bh_error_param(BH_E_RANGE, at, "'%s' may have at most %d keys.", at, PAIRS_MAX);
	while (bh_json_next(value, &cursor, &name, &member)) {
		int rc = check_pair(at, name, member, only_strings);

		if (rc < 0)
			return rc;
	}
	bh_json_append(&text, value);
	*out = bh_arena_strdup(arena, bh_buf_string(&text));
	return 0;
}

struct sizes {
	int64_t tokens, overlap;
};

static int
read_sizes(const struct bh_json *value, const char *at, struct rag_attach *out)
{
	static const struct bh_field fields[] = {
		{"max_chunk_size_tokens", BH_FIELD_INT, BH_REQUIRED, CHUNK_TOKENS_LEAST, CHUNK_TOKENS_MOST,
			offsetof(struct sizes, tokens), BH_NO_SET},
		{"chunk_overlap_tokens", BH_FIELD_INT, BH_REQUIRED, 0, CHUNK_TOKENS_MOST,
			offsetof(struct sizes, overlap), BH_NO_SET},
	};
	struct sizes sizes = {0};
	char below[AT_MAX], param[AT_MAX + 32];
	int rc;

	snprintf(below, sizeof(below), "%.120s.static", at);
	rc = bh_fields_read(value, BH_LIST(fields), below, &sizes);
	if (rc < 0)
		return rc;
	if (sizes.overlap > sizes.tokens / 2) {
		snprintf(param, sizeof(param), "%s.chunk_overlap_tokens", below);
		return bh_error_param(BH_E_RANGE, param,
			"'chunk_overlap_tokens' must not exceed half of 'max_chunk_size_tokens'.");
	}
	out->is_static = true;
	out->chunk_tokens = sizes.tokens;
	out->overlap_tokens = sizes.overlap;
	return 0;
}

struct strategy {
	const char *type;
	const struct bh_json *sizes;
};

int
rag_wire_chunking(const struct bh_json *value, const char *at, struct rag_attach *out)
{
	static const struct bh_field fields[] = {
		{"type", BH_FIELD_TEXT, BH_REQUIRED, 0, 0, offsetof(struct strategy, type), BH_NO_SET},
		{"static", BH_FIELD_OBJECT, 0, 0, 0, offsetof(struct strategy, sizes), BH_NO_SET},
	};
	struct strategy strategy = {0};
	char param[AT_MAX];
	int rc;

	out->is_static = false;
	out->chunk_tokens = RAG_AUTO_CHUNK_TOKENS;
	out->overlap_tokens = RAG_AUTO_OVERLAP_TOKENS;
	if (bh_json_kind(value) == BH_JSON_NONE || bh_json_kind(value) == BH_JSON_NULL)
		return 0;
	if (bh_json_kind(value) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
	rc = bh_fields_read(value, BH_LIST(fields), at, &strategy);
	if (rc < 0)
		return rc;
	if (strcmp(strategy.type, "static") == 0 && strategy.sizes != NULL)
		return read_sizes(strategy.sizes, at, out);
	if (strcmp(strategy.type, "auto") == 0 && strategy.sizes == NULL)
		return 0;
	snprintf(param, sizeof(param), "%.120s.%s", at,
		strcmp(strategy.type, "static") == 0 || strcmp(strategy.type, "auto") == 0 ? "static"
																				   : "type");
	return bh_error_param(BH_E_INVALID, param,
		"'%s' must be {\"type\": \"auto\"} or {\"type\": \"static\", \"static\": {…}}.", at);
}

struct expiry {
	const char *anchor;
	int64_t days;
};

int
rag_wire_expiry(const struct bh_json *value, const char *at, int64_t *out_days)
{
	static const struct bh_field fields[] = {
		{"anchor", BH_FIELD_TEXT, BH_REQUIRED, 0, 0, offsetof(struct expiry, anchor), BH_NO_SET},
		{"days", BH_FIELD_INT, BH_REQUIRED, 1, 365, offsetof(struct expiry, days), BH_NO_SET},
	};
	struct expiry expiry = {0};
	char param[AT_MAX];
	int rc;

	if (bh_json_kind(value) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
	rc = bh_fields_read(value, BH_LIST(fields), at, &expiry);
	if (rc < 0)
		return rc;
	if (strcmp(expiry.anchor, "last_active_at") != 0) {
		snprintf(param, sizeof(param), "%.120s.anchor", at);
		return bh_error_param(BH_E_INVALID, param, "'%s' must be 'last_active_at'.", param);
	}
	*out_days = expiry.days;
	return 0;
}

int
rag_wire_missing(const char *at, const char *text)
{
	return bh_error_param(BH_E_NOT_FOUND, at, "No such object: '%.64s'.", text);
}

int
rag_wire_body_id(const struct bh_json *value, const char *at, const char *prefix,
	struct bh_uuid *out)
{
	const char *text = bh_json_string(value);

	if (text == NULL)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be a string.", at);
	return bh_uuid_parse_id(text, prefix, out) < 0 ? rag_wire_missing(at, text) : 0;
}

void
rag_wire_poll_header(struct bh_request *req, bool in_progress)
{
	bh_reply_header(req, "openai-poll-after-ms", in_progress ? "500" : "300");
}
