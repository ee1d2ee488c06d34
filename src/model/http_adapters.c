/* SPDX-License-Identifier: Apache-2.0 */
/* http_adapters.c: adapters, registered by the service that trains them and deleted by their owner. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "model/adapters.h"
#include "model/catalog.h"
#include "model/http.h"
#include "model/store_adapter.h"
#include "service/peer.h"
#include "service/request.h"

#define TRAINER "finetune" /* the service that may register adapters */
#define FILE_PREFIX "file-"

/* ---- bodies and answers ---- */

struct registration {
	const char *name, *base, *sha256, *base_sha256, *license;
	struct bh_uuid file_id;
	int64_t bytes;
};

#define AT(member) offsetof(struct registration, member)

static const struct bh_field registration_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), BH_REQUIRED, 1, 200},
	{"base", BH_FIELD_TEXT, AT(base), BH_REQUIRED, 1, 200},
	{"file_id", BH_FIELD_ID, AT(file_id), BH_REQUIRED, .words = FILE_PREFIX},
	{"sha256", BH_FIELD_TEXT, AT(sha256), BH_REQUIRED, 64, 64},
	{"bytes", BH_FIELD_INT, AT(bytes), BH_REQUIRED, 1, 1e12},
	{"license", BH_FIELD_TEXT, AT(license), BH_NULLABLE, 0, 64},
	{"base_sha256", BH_FIELD_TEXT, AT(base_sha256), BH_NULLABLE, 0, 64},
};

#undef AT

static const struct bh_shape registration_shape = BH_SHAPE(NULL, struct registration,
	registration_fields);

#define AT(member) offsetof(struct model_adapter, member)

static const struct bh_field adapter_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name)},
	{"base", BH_FIELD_TEXT, AT(base)},
	{"state", BH_FIELD_TEXT, AT(state)},
	{"error", BH_FIELD_TEXT, AT(error), BH_NULLABLE},
	{"file_id", BH_FIELD_ID, AT(file_id), .words = FILE_PREFIX},
	{"bytes", BH_FIELD_INT, AT(bytes)},
	{"license", BH_FIELD_TEXT, AT(license)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
};

#undef AT

static const struct bh_shape adapter_shape = BH_SHAPE(NULL, struct model_adapter, adapter_fields);

struct deleted {
	const char *id;
	bool deleted;
	const char *receipt; /* JSON; NULL: its file was gone already */
};

static const struct bh_field deleted_more_fields[] = {
	{"receipt", BH_FIELD_JSON, offsetof(struct deleted, receipt), BH_NULLABLE},
};

static const struct bh_field deleted_fields[] = {
	{"id", BH_FIELD_TEXT, offsetof(struct deleted, id)},
	{"object", BH_FIELD_CONST, .words = "model"},
	{"deleted", BH_FIELD_BOOL, offsetof(struct deleted, deleted)},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(deleted_more_fields)},
};

const struct bh_shape model_deleted_shape = BH_SHAPE("ModelDeleted", struct deleted,
	deleted_fields);

/* ---- registering ---- */

static int
read_hash(struct bh_request *req, const char *param, const char *hex, struct bh_bytes *out)
{
	struct bh_digest digest;

	*out = (struct bh_bytes){.data = ""};
	if (hex[0] == '\0' && strcmp(param, "base_sha256") == 0)
		return 0;
	if (!bh_text_unhex(hex, strlen(hex), digest.bytes, sizeof(digest.bytes)))
		return bh_error_param(BH_E_INVALID, param, "'%s' must be 64 hex digits.", param);
	out->data = bh_arena_copy(req->arena, (const char *)digest.bytes, sizeof(digest.bytes));
	out->len = sizeof(digest.bytes);
	return 0;
}

static int
read_registration(struct bh_request *req, struct model_adapter *out)
{
	const struct model *model = req->service;
	struct registration want = {.license = "", .base_sha256 = ""};
	struct model_entry base = {0};
	int rc = bh_request_object(req, &registration_shape, &want);

	if (rc < 0)
		return rc;
	if (!model_adapter_name_is(want.name))
		return bh_error_param(BH_E_INVALID, "name",
			"'name' must begin with ft: and have letters, digits and .:_/- only.");
	if (want.bytes > model->conf.adapter_bytes_max)
		return bh_error_param(BH_E_RANGE, "bytes", "An adapter may have at most %lld bytes.",
			(long long)model->conf.adapter_bytes_max);
	*out = (struct model_adapter){
		.id = bh_uuid_new(),
		.file_id = want.file_id,
		.name = want.name,
		.base = want.base,
		.license = want.license,
		.bytes = want.bytes,
		.state = "loading",
	};
	rc = read_hash(req, "sha256", want.sha256, &out->sha256);
	if (rc == 0)
		rc = read_hash(req, "base_sha256", want.base_sha256, &out->base_sha256);
	if (rc == 0)
		rc = model_adapter_base(req->db, want.base, &base);
	if (rc == BH_E_NOT_FOUND)
		return bh_error_param(BH_E_MODEL_NOT_FOUND, "base", "Model '%.200s' is not served here.",
			want.base);
	if (rc == 0)
		rc = model_adapters_can(model, &base);
	out->base = base.name; /* whatever it was called */
	return rc;
}

static bool
is_same_bytes(const struct bh_bytes *a, const struct bh_bytes *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool
is_same(const struct model_adapter *a, const struct model_adapter *b)
{
	return strcmp(a->base, b->base) == 0 && strcmp(a->license, b->license) == 0 &&
		a->bytes == b->bytes && bh_uuid_equal(&a->file_id, &b->file_id) &&
		is_same_bytes(&a->sha256, &b->sha256) && is_same_bytes(&a->base_sha256, &b->base_sha256);
}

/* Whoever asks waits for it. */
static void
want(struct bh_request *req, const struct model_adapter *adapter)
{
	if (strcmp(adapter->state, "loading") == 0)
		model_adapters_want(req->service, &req->tenant, &adapter->id);
}

/* POST /internal/v1/adapters: again with the same body it tells the state; another body under the name is refused. */
int
model_http_adapter_create(struct bh_request *req)
{
	const struct model *model = req->service;
	struct model_adapter adapter, there;
	int rc;

	if (strcmp(req->claims.actor, TRAINER) != 0)
		return bh_reply_error(req, BH_E_FORBIDDEN, NULL);
	rc = read_registration(req, &adapter);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = model_store_adapter_find(req->db, &req->tenant, adapter.name, &there);
	if (rc == BH_E_NOT_FOUND) {
		rc = model_store_adapter_add(req->db, &req->tenant, &adapter, model->conf.adapters_max);
		if (rc == 0) {
			want(req, &adapter);
			return bh_reply_object(req, 202, &adapter_shape, &adapter);
		}
		if (rc == BH_E_TOO_MANY)
			rc = bh_error(rc, "The tenant has %lld adapters already, the most that it may have.",
				(long long)model->conf.adapters_max);
		if (rc == BH_E_CONFLICT)
			rc = model_store_adapter_find(req->db, &req->tenant, adapter.name, &there);
	}
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (!is_same(&adapter, &there))
		return bh_reply_error(req,
			bh_error_param(BH_E_NAME_TAKEN, "name", "Another adapter has this name."), NULL);
	want(req, &there);
	return bh_reply_object(req, 200, &adapter_shape, &there);
}

static int
find(struct bh_request *req, const char *name, struct model_adapter *out)
{
	int rc = model_store_adapter_find(req->db, &req->tenant, name, out);

	return rc == BH_E_NOT_FOUND ? bh_error_param(BH_E_MODEL_NOT_FOUND, "model",
									  "The model does not exist or you do not have access to it.")
								: rc;
}

/* GET /internal/v1/adapters/{name} */
int
model_http_adapter_get(struct bh_request *req)
{
	struct model_adapter adapter = {0};
	int rc = find(req, bh_request_param(req, "name"), &adapter);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	want(req, &adapter);
	return bh_reply_object(req, 200, &adapter_shape, &adapter);
}

/* ---- deleting ---- */

/* The file first: whoever is cut off between both asks again. */
static int
remove_file(struct bh_request *req, const struct model_adapter *adapter, const char **out_receipt)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf receipt = {0};
	char hex[BH_UUID_HEX];
	const struct bh_peer_call call = {
		.service = "rag",
		.method = "DELETE",
		.path = bh_arena_printf(req->arena, "/internal/files/" FILE_PREFIX "%s",
			(bh_uuid_hex(&adapter->file_id, hex), hex)),
	};
	struct bh_peer peer;
	int rc;

	bh_peer_from(req, &peer);
	rc = bh_peer_ask(&peer, &call, &doc);
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	bh_json_append(&receipt, bh_json_get(bh_json_get(doc.root, "bulkhead"), "receipt"));
	*out_receipt = bh_arena_strdup(req->arena, bh_buf_string(&receipt));
	return 0;
}

int
model_http_adapter_remove(struct bh_request *req, const char *name)
{
	struct model *model = req->service;
	struct model_adapter adapter = {0};
	struct deleted deleted = {.id = name, .deleted = true};
	int rc = find(req, name, &adapter);

	if (rc == 0)
		rc = remove_file(req, &adapter, &deleted.receipt);
	if (rc == 0)
		rc = model_store_adapter_remove(req->db, &req->tenant, &adapter.id);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	model_adapters_drop(model, &req->tenant, &adapter.id);
	model_catalog_forget(model->catalog, &req->tenant);
	return bh_reply_object(req, 200, &model_deleted_shape, &deleted);
}

/* DELETE /internal/v1/adapters/{name} */
int
model_http_adapter_delete(struct bh_request *req)
{
	return model_http_adapter_remove(req, bh_request_param(req, "name"));
}
