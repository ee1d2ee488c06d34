/* http_models.c: the models a tenant may use, for clients and for other services. */
#include <string.h>

#include "base/error.h"
#include "json/fields.h"
#include "model/catalog.h"
#include "model/http.h"
#include "model/store.h"
#include "model/place.h"
#include "service/request.h"

static void
write_model(struct bh_write *write, const struct model_entry *entry, const char *id)
{
	bh_write_object(write);
	bh_write_pair_text(write, "id", id);
	bh_write_pair_text(write, "object", "model");
	bh_write_pair_int(write, "created", entry->created_ms / 1000);
	bh_write_pair_text(write, "owned_by",
		bh_uuid_equal(&entry->tenant, &bh_platform_tenant) ? "bulkhead" : "organization");
	bh_write_end(write);
}

/* GET /v1/models: each id once (a tenant's own hides a public one), and the alias. */
int
model_http_model_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_entry *entries = NULL;
	struct model_entry preset;
	size_t count = 0;
	int rc;

	rc = model_store_model_list(req->db, &req->tenant, &entries, &count);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "list");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(entries[i].name, entries[i - 1].name) != 0)
			write_model(&write, &entries[i], entries[i].name);
	}
	rc = model_store_model_default(req->db, &req->tenant, "chat", &preset);
	if (rc == 0)
		write_model(&write, &preset, "default");
	else if (rc != BH_E_NOT_FOUND)
		return bh_reply_error(req, rc, NULL);
	bh_write_end(&write);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}

/* Of either kind. When there is none, the message is that of a chat model, for which most ask. */
static int
find_any(struct bh_request *req, struct model_entry *out)
{
	const char *name = bh_request_param(req, "model");
	int rc;

	rc = model_catalog_find(req->service, req->db, &req->tenant, name, MODEL_CHAT, out);
	if (rc != BH_E_MODEL_NOT_FOUND || strcmp(name, "default") == 0)
		return rc;
	rc = model_catalog_find(req->service, req->db, &req->tenant, name, MODEL_EMBEDDING, out);
	if (rc != BH_E_MODEL_NOT_FOUND)
		return rc;
	return model_catalog_find(req->service, req->db, &req->tenant, name, MODEL_CHAT, out);
}

/* GET /v1/models/{model} */
int
model_http_model_get(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_entry entry = {0};
	int rc;

	rc = find_any(req, &entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	write_model(&write, &entry, bh_request_param(req, "model"));
	return bh_reply_json(req, 200, &out);
}

/* GET /internal/models/{model}: what another service must know to use it. */
int
model_http_model_describe(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_entry entry = {0};
	int rc;

	rc = find_any(req, &entry);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_write_object(&write);
	bh_write_pair_text(&write, "id", entry.name);
	bh_write_pair_text(&write, "kind", model_kind_name(entry.kind));
	bh_write_pair_int(&write, "context", entry.context);
	bh_write_pair_int(&write, "max_output", entry.max_output);
	bh_write_pair_int(&write, "dimensions", entry.dimensions);
	bh_write_pair_bool(&write, "managed", entry.managed);
	bh_write_end(&write);
	return bh_reply_json(req, 200, &out);
}

struct tokenize {
	const char *model;
	const struct bh_json *input;
};

static const struct bh_field tokenize_fields[] = {
	{"model", BH_FIELD_TEXT, BH_REQUIRED, 1, 256, offsetof(struct tokenize, model), BH_NO_SET},
	{"input", BH_FIELD_ARRAY, BH_REQUIRED, 1, 2048, offsetof(struct tokenize, input), BH_NO_SET},
};

/* POST /internal/tokenize: token counts, special tokens included; 400 for a model without a tokenizer. */
int
model_http_tokenize(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct tokenize want = {0};
	struct model_entry entry = {0};
	int64_t count = 0;
	int rc;

	rc = bh_request_fields(req, BH_LIST(tokenize_fields), &want);
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
