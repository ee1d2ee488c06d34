/* SPDX-License-Identifier: Apache-2.0 */
/* http_models.c: the models a tenant may use, for clients and for other services. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "model/adapter.h"
#include "model/catalog.h"
#include "model/http.h"
#include "model/meter.h"
#include "model/pace_ask.h"
#include "model/store.h"
#include "model/store_adapter.h"
#include "model/place.h"
#include "model/price.h"
#include "service/list.h"
#include "service/request.h"

/* A model under one of its names. */
struct shown {
	const char *id;
	const char *alias_of; /* its own name, where `id` is another */
	struct model_entry entry;
	struct model_price price;
	bool is_default; /* of its kind */
};

static const char *
owner_of(const void *row)
{
	const struct model_entry *entry = &((const struct shown *)row)->entry;

	return entry->base == NULL && bh_uuid_equal(&entry->tenant, &bh_platform_tenant)
		? "bulkhead"
		: "organization";
}

static const char *
shown_kind(const void *row)
{
	return model_kind_name(((const struct shown *)row)->entry.kind);
}

static const void *
shown_price(const void *row)
{
	return ((const struct shown *)row)->price.known ? row : NULL;
}

#define AT(member) offsetof(struct shown, member)

static const struct bh_field price_fields[] = {
	{"input", BH_FIELD_MONEY, AT(price.lines[METER_INPUT])},
	{"cached_input", BH_FIELD_MONEY, AT(price.lines[METER_CACHED])},
	{"output", BH_FIELD_MONEY, AT(price.lines[METER_OUTPUT])},
	{"units", BH_FIELD_MONEY, AT(price.lines[METER_UNITS])},
};

static const struct bh_field more_fields[] = {
	{"kind", BH_FIELD_CHOICE, .text_of = shown_kind,
		.words = "chat embedding rerank image transcription speech moderation"},
	{"alias_of", BH_FIELD_TEXT, AT(alias_of), BH_NULLABLE},
	{"base", BH_FIELD_TEXT, AT(entry.base), BH_NULLABLE},
	{"adapter", BH_FIELD_CHOICE, AT(entry.adapter_state), BH_NULLABLE,
		.words = "loading ready failed"},
	{"context", BH_FIELD_INT, AT(entry.context)},
	{"max_output", BH_FIELD_INT, AT(entry.max_output)},
	{"dimensions", BH_FIELD_INT, AT(entry.dimensions)},
	{"managed", BH_FIELD_BOOL, AT(entry.managed)},
	{"vision", BH_FIELD_BOOL, AT(entry.vision)},
	{"default", BH_FIELD_BOOL, AT(is_default)},
	{"price", BH_FIELD_OBJECT, .object_of = shown_price, .flags = BH_NULLABLE,
		BH_FIELDS(price_fields)},
};

#undef AT

static const struct bh_field model_fields[] = {
	{"id", BH_FIELD_TEXT, offsetof(struct shown, id)},
	{"object", BH_FIELD_CONST, .words = "model"},
	{"created", BH_FIELD_TIME, offsetof(struct shown, entry.created_ms)},
	{"owned_by", BH_FIELD_TEXT, .text_of = owner_of},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(more_fields)},
};

const struct bh_shape model_shape = BH_SHAPE("Model", struct shown, model_fields);

/* The books of an owner, in the order of the models' names. */
struct books {
	struct model_owned_book *rows;
	size_t n;
};

static int
read_books(struct bh_request *req, const struct bh_uuid *owner, struct books *out)
{
	struct bh_db db = bh_db_as(req->db, owner);

	return model_store_book_list(&db, owner, &out->rows, &out->n);
}

static int
compare_book(const void *key, const void *row)
{
	return strcmp(key, ((const struct model_owned_book *)row)->model);
}

static void
put_book(const struct books *books, struct model_entry *entry)
{
	const char *name = entry->base != NULL ? entry->base : entry->name;
	const struct model_owned_book *found = books->n == 0
		? NULL
		: bsearch(name, books->rows, books->n, sizeof(*books->rows), compare_book);

	if (found != NULL)
		entry->book = found->book;
}

/* The default of each kind; a kind without one has the id of no model. */
static int
read_presets(struct bh_request *req, struct model_entry out[MODEL_KINDS])
{
	for (int kind = 0; kind < MODEL_KINDS; kind++) {
		int rc = model_store_model_default(req->db, &req->tenant, model_kind_name(kind),
			&out[kind]);

		if (rc < 0 && rc != BH_E_NOT_FOUND)
			return rc;
	}
	return 0;
}

static int
finish(struct bh_request *req, const struct model_entry presets[MODEL_KINDS], struct shown *shown)
{
	const struct model_entry *preset = &presets[shown->entry.kind];

	shown->is_default = preset->name != NULL && shown->entry.base == NULL &&
		bh_uuid_equal(&preset->id, &shown->entry.id);
	if (strcmp(shown->id, shown->entry.name) != 0)
		shown->alias_of = shown->entry.name;
	return model_meter_price(req, &shown->entry, &shown->price);
}

/* Adapters of the tenant's, each as its base is, which is among the entries. */
static int
read_adapters(struct bh_request *req, const struct model_entry *entries, size_t n_entries,
	struct model_entry **out, size_t *out_n)
{
	struct model_adapter *rows = NULL;
	struct model_entry *list;
	size_t n = 0, count = 0;
	int rc = model_store_adapter_list(req->db, &req->tenant, &rows, &n);

	if (rc < 0)
		return rc;
	list = bh_arena_array(req->arena, n + 1, sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n_entries; j++) {
			if (!bh_uuid_equal(&entries[j].tenant, &bh_platform_tenant) ||
				strcmp(entries[j].name, rows[i].base) != 0)
				continue;
			list[count] = entries[j];
			model_adapter_entry(&req->tenant, &rows[i], &list[count++]);
			break;
		}
	}
	*out = list;
	*out_n = count;
	return 0;
}

/* GET /v1/models: each id once (a tenant's own hides a public one), and the alias. */
int
model_http_model_list(struct bh_request *req)
{
	struct model_entry *entries = NULL, *adapters = NULL, presets[MODEL_KINDS] = {0};
	struct books own = {0}, public = {0};
	struct shown *shown;
	size_t count = 0, n_adapters = 0, n = 0;
	int rc = model_store_model_list(req->db, &req->tenant, &entries, &count);

	if (rc == 0)
		rc = read_presets(req, presets);
	if (rc == 0)
		rc = read_books(req, &req->tenant, &own);
	if (rc == 0)
		rc = read_books(req, &bh_platform_tenant, &public);
	if (rc == 0)
		rc = read_adapters(req, entries, count, &adapters, &n_adapters);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, count + n_adapters + 1, sizeof(*shown));
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(entries[i].name, entries[i - 1].name) != 0)
			shown[n++] = (struct shown){.id = entries[i].name, .entry = entries[i]};
	}
	for (size_t i = 0; i < n_adapters; i++)
		shown[n++] = (struct shown){.id = adapters[i].name, .entry = adapters[i]};
	if (presets[MODEL_CHAT].name != NULL)
		shown[n++] = (struct shown){.id = "default", .entry = presets[MODEL_CHAT]};
	for (size_t i = 0; i < n; i++) {
		bool is_public = bh_uuid_equal(&shown[i].entry.tenant, &bh_platform_tenant);

		put_book(is_public ? &public : &own, &shown[i].entry);
		rc = finish(req, presets, &shown[i]);
		if (rc < 0)
			return bh_reply_error(req, rc, NULL);
	}
	return bh_reply_list(req, &model_shape, shown, n);
}

static int
find(struct bh_request *req, enum model_kind kind, struct model_entry *out)
{
	return model_catalog_find(req->service, req->db, &req->tenant, bh_request_param(req, "model"),
		kind, out);
}

/* Of any kind. When there is none, the message is that of a chat model, for which most ask. */
static int
find_any(struct bh_request *req, struct model_entry *out)
{
	int rc = find(req, MODEL_CHAT, out);

	if (rc != BH_E_MODEL_NOT_FOUND || strcmp(bh_request_param(req, "model"), "default") == 0)
		return rc;
	for (enum model_kind kind = MODEL_CHAT + 1; kind < MODEL_KINDS; kind++) {
		rc = find(req, kind, out);
		if (rc != BH_E_MODEL_NOT_FOUND)
			return rc;
	}
	return find(req, MODEL_CHAT, out);
}

#define LOOK_BYTES_MAX 16 /* as of a request for images */

static int
read_look(struct bh_request *req, const char *name, const char *preset, const char **out)
{
	const char *text = NULL;
	int rc = bh_request_query_text(req, name, &text);

	if (rc < 0)
		return rc;
	if (text != NULL && strlen(text) > LOOK_BYTES_MAX)
		return bh_error_param(BH_E_RANGE, name, "'%s' must have at most %d characters.", name,
			LOOK_BYTES_MAX);
	*out = text == NULL || text[0] == '\0' || strcmp(text, "auto") == 0 ? preset : text;
	return 0;
}

/* Images are priced by size and quality: those that are named, or that a request without them has. */
static int
price_image(struct bh_request *req, struct model_entry *entry)
{
	const char *size = NULL, *quality = NULL;
	int rc = read_look(req, "size", "1024x1024", &size);

	if (rc == 0)
		rc = read_look(req, "quality", "medium", &quality);
	if (rc < 0 || entry->kind != MODEL_IMAGE)
		return rc;
	return model_catalog_price_image(req->db, entry, size, quality);
}

/* GET /v1/models/{model} */
int
model_http_model_get(struct bh_request *req)
{
	struct model_entry presets[MODEL_KINDS] = {0};
	struct shown shown = {.id = bh_request_param(req, "model")};
	int rc = find_any(req, &shown.entry);

	if (rc == 0)
		rc = price_image(req, &shown.entry);
	if (rc == 0)
		rc = read_presets(req, presets);
	if (rc == 0)
		rc = finish(req, presets, &shown);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_object(req, 200, &model_shape, &shown);
}

/* DELETE /v1/models/{model}: the tenant's adapters; other models are the operator's. */
int
model_http_model_delete(struct bh_request *req)
{
	const char *name = bh_request_param(req, "model");
	struct model_entry entry;
	int rc;

	if (bh_text_starts(name, MODEL_ADAPTER_PREFIX))
		return model_http_adapter_remove(req, name);
	rc = find_any(req, &entry);
	if (rc == 0)
		rc = bh_error_param(BH_E_FORBIDDEN, "model", "Only fine-tuned models can be deleted.");
	return bh_reply_error(req, rc, NULL);
}

/* What another service must know of a model. */
struct described {
	struct model_entry entry;
	struct model_pace pace;
};

static const char *
kind_of(const void *row)
{
	return model_kind_name(((const struct described *)row)->entry.kind);
}

static const char *
excerpts_of(const void *row)
{
	return model_excerpts_name(((const struct described *)row)->entry.excerpts);
}

#define AT(member) offsetof(struct described, entry.member)

static const struct bh_field described_fields[] = {
	{"id", BH_FIELD_TEXT, AT(name)},
	{"upstream_model", BH_FIELD_TEXT, AT(upstream_name)},
	{"kind", BH_FIELD_TEXT, .text_of = kind_of},
	{"context", BH_FIELD_INT, AT(context)},
	{"max_output", BH_FIELD_INT, AT(max_output)},
	{"dimensions", BH_FIELD_INT, AT(dimensions)},
	{"managed", BH_FIELD_BOOL, AT(managed)},
	{"vision", BH_FIELD_BOOL, AT(vision)},
	{"excerpts", BH_FIELD_TEXT, .text_of = excerpts_of},
	{"reads", BH_FIELD_INT, offsetof(struct described, pace.reads)},
	{"writes", BH_FIELD_INT, offsetof(struct described, pace.writes)},
};

#undef AT

static const struct bh_shape described_shape = BH_SHAPE(NULL, struct described, described_fields);

/* GET /internal/models/{model}: what another service must know to use it; with kind=rerank, of a reranker, and so on. */
int
model_http_model_describe(struct bh_request *req)
{
	struct described described = {0};
	const char *kind = "";
	enum model_kind wanted = MODEL_RERANK;
	int rc = bh_request_query_text(req, "kind", &kind);

	while (wanted < MODEL_KINDS && strcmp(kind, model_kind_name(wanted)) != 0)
		wanted++;
	if (rc == 0)
		rc = wanted < MODEL_KINDS ? find(req, wanted, &described.entry)
								  : find_any(req, &described.entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (described.entry.kind < MODEL_RERANK)
		described.pace = model_pace_get(req->service, &described.entry);
	return bh_reply_object(req, 200, &described_shape, &described);
}

struct tokenize {
	const char *model;
	const struct bh_json *input;
};

static const struct bh_field tokenize_fields[] = {
	{"model", BH_FIELD_TEXT, offsetof(struct tokenize, model), BH_REQUIRED, 1, 256},
	{"input", BH_FIELD_ARRAY, offsetof(struct tokenize, input), BH_REQUIRED, 1, 2048},
};

static const struct bh_shape tokenize_shape = BH_SHAPE(NULL, struct tokenize, tokenize_fields);

/* POST /internal/tokenize: token counts, special tokens included; 400 for a model without a tokenizer. */
int
model_http_tokenize(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct tokenize want = {0};
	struct model_entry entry = {0};
	int64_t count = 0;
	int rc = bh_request_object(req, &tokenize_shape, &want);

	if (rc == 0)
		rc = model_catalog_find(req->service, req->db, &req->tenant, want.model, MODEL_EMBEDDING,
			&entry);
	if (rc == BH_E_MODEL_NOT_FOUND)
		rc = model_catalog_find(req->service, req->db, &req->tenant, want.model, MODEL_CHAT,
			&entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_name(&write, "counts");
	bh_write_array(&write);
	for (size_t i = 0; i < bh_json_count(want.input); i++) {
		const struct bh_json *text = bh_json_at(want.input, i);

		if (bh_json_kind(text) != BH_JSON_STRING)
			return bh_reply_error(req, BH_E_TYPE, "input");
		rc = model_place_tokenize(req, &entry, bh_json_string(text), bh_json_string_len(text),
			&count);
		if (rc < 0)
			return bh_reply_error(req, rc, NULL);
		bh_write_int(&write, count);
	}
	bh_write_end(&write);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}
