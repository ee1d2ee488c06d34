/* SPDX-License-Identifier: Apache-2.0 */
/* http_stores.c: vector stores. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "queue/worker.h"
#include "rag/attach.h"
#include "rag/embed.h"
#include "rag/http.h"
#include "rag/http_store_files.h"
#include "rag/import.h"
#include "rag/quota.h"
#include "rag/reembed.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/store_import.h"
#include "rag/vector_sql.h"
#include "rag/wire.h"

enum {
	LIST_PRESET = 20,
	LIST_MOST = 100,
	NAME_MOST = 256,
	DESCRIPTION_MOST = 512,
	MODEL_MOST = 128,
	DAY_MS = 86400000
};

struct expiry {
	int64_t days;
};

static const struct bh_field expiry_fields[] = {
	{"anchor", BH_FIELD_CONST, 0, BH_REQUIRED, .words = "last_active_at"},
	{"days", BH_FIELD_INT, offsetof(struct expiry, days), BH_REQUIRED, 1, 365},
};

/* What is ours of a body. */
struct more {
	const char *embedding_model; /* NULL: the preset, or as it is */
	struct bh_uuid import_file;  /* of a new store; zero: none */
};

#define MODEL_FIELD \
	{ \
		"embedding_model", BH_FIELD_TEXT, offsetof(struct more, embedding_model), BH_NULLABLE, 1, \
			MODEL_MOST \
	}

static const struct bh_field more_fields[] = {MODEL_FIELD};

static const struct bh_field create_more_fields[] = {
	MODEL_FIELD,
	{"import_file_id", BH_FIELD_ID, offsetof(struct more, import_file), BH_NULLABLE,
		.words = RAG_FILE_PREFIX},
};

struct create {
	const char *name, *description, *metadata;
	const struct bh_uuid *file_ids;
	size_t n_files;
	struct expiry expires_after;
	const struct bh_json *chunking;
	struct more more;
};

#define AT(member) offsetof(struct create, member)

static const struct bh_field file_id = {"", BH_FIELD_ID, .words = RAG_FILE_PREFIX};

static const struct bh_field create_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), BH_NULLABLE, 0, NAME_MOST},
	{"description", BH_FIELD_TEXT, AT(description), BH_NULLABLE, 0, DESCRIPTION_MOST},
	{"file_ids", BH_FIELD_ARRAY, AT(file_ids), BH_NULLABLE, 0, RAG_STORE_FILES_MAX,
		BH_ELEMENTS(struct create, file_ids, n_files, &file_id)},
	{"expires_after", BH_FIELD_OBJECT, AT(expires_after), BH_NULLABLE, BH_FIELDS(expiry_fields)},
	{"chunking_strategy", BH_FIELD_OBJECT, AT(chunking), BH_NULLABLE},
	{"metadata", BH_FIELD_METADATA, AT(metadata), BH_NULLABLE},
	{"bulkhead", BH_FIELD_OBJECT, AT(more), BH_NULLABLE, BH_FIELDS(create_more_fields)},
};

#undef AT

const struct bh_shape rag_store_create = BH_SHAPE("VectorStoreCreate", struct create,
	create_fields);

/* What is made in one transaction: the store and its statistics. The files it begins with come in the
 * next one. */
struct creation {
	const struct bh_uuid *tenant; /* borrowed: the request's */
	const struct rag_conf *conf;  /* borrowed */
	struct rag_store store;
	const struct more *more; /* borrowed */
};

static int
add_store(struct bh_db *tx, void *ctx)
{
	const struct creation *creation = ctx;
	const struct rag_store *store = &creation->store;
	int rc = rag_store_store_add(tx, creation->tenant, store);

	if (rc == 0)
		rc = rag_store_index_add_store(tx, creation->tenant, &store->id);
	if (rc == 0 && store->expires_days != 0)
		rc = rag_remove_job(tx, creation->tenant, RAG_JOB_EXPIRE_STORE, &store->id,
			bh_clock_wall_ms() + store->expires_days * DAY_MS + 1000);
	if (rc == 0 && !bh_uuid_is_zero(&creation->more->import_file))
		rc = rag_store_import_add(tx, creation->tenant, &store->id, &creation->more->import_file,
			creation->more->embedding_model != NULL);
	if (rc == 0 && !bh_uuid_is_zero(&creation->more->import_file))
		rc = rag_remove_job(tx, creation->tenant, RAG_JOB_IMPORT, &store->id, 0);
	return rc < 0 ? rc : rag_quota_check(tx, creation->tenant, NULL, creation->conf);
}

/* Whose store a request is about: the operator's names a tenant. */
struct owner {
	struct bh_db *db;
	const struct bh_uuid *tenant;
};

static struct owner
owner_of(struct bh_request *req, bool operator)
{
	return operator? (struct owner){req->target_db, &req->target}
				   : (struct owner){req->db, &req->tenant};
}

static int
reply_store(struct bh_request *req, const struct owner *owner, const struct bh_uuid *id)
{
	struct rag_store store;
	int rc = rag_store_store_get(owner->db, owner->tenant, id, &store);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	return bh_reply_object(req, 200, &rag_store_shape, &store);
}

/* The files to begin with, all with the same strategy. */
static int
read_files(struct bh_request *req, const struct create *body, struct rag_attach **out)
{
	struct rag_attach *files = bh_arena_array(req->arena, body->n_files + 1, sizeof(*files));
	struct rag_attach pattern = {.attributes = "{}"};
	int rc = rag_wire_chunking(body->chunking, "chunking_strategy", &pattern);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < body->n_files; i++) {
		files[i] = pattern;
		files[i].file_id = body->file_ids[i];
	}
	rc = rag_http_check_files(req, files, body->n_files, "file_ids");
	if (rc == 0)
		*out = files;
	return rc;
}

/* The dimensions of a model that a client named: it must be one that makes vectors which have a table. */
static int
require_model(struct bh_request *req, const struct bh_uuid *tenant, const char *name,
	int64_t *out_dimensions)
{
	static const char param[] = "bulkhead.embedding_model";
	struct rag_embed_call call = {.model = name};
	struct rag_embed_model model;
	int rc;

	bh_peer_from(req, &call.peer);
	/* On behalf of the operator's tenant nobody of another one asks. */
	if (!bh_uuid_equal(tenant, &req->tenant)) {
		call.peer.onward.tenant = *tenant;
		call.peer.onward.subject = NULL;
	}
	rc = rag_embed_model(&call, &model);
	if (rc == BH_E_MODEL_NOT_FOUND)
		return bh_error_param(rc, param, "Model '%s' does not exist.", name);
	/* Of a chat model, no dimensions are told. */
	if (rc == BH_E_PROTOCOL || (rc == 0 && rag_vector_table(model.dimensions) < 0))
		return bh_error_param(BH_E_INVALID, param,
			"Model '%s' is not an embedding model of 384, 768, 1024 or 1536 dimensions.", name);
	if (rc == 0)
		*out_dimensions = model.dimensions;
	return rc;
}

/* The model's dimensions now, if it can be asked; otherwise the first ingestion learns them. */
static int64_t
ask_dimensions(struct bh_request *req, const char *name)
{
	struct rag_embed_call call = {.model = name};
	struct rag_embed_model model;

	bh_peer_from(req, &call.peer);
	if (rag_embed_model(&call, &model) < 0 || rag_vector_table(model.dimensions) < 0)
		return 0;
	return model.dimensions;
}

/* The files of a new store. Where they cannot be attached, the store goes again: nobody would know its
 * id. Of an unknown outcome it stays, for its files may be there. */
static int
attach_files(struct bh_request *req, const struct bh_uuid *store, const struct rag_attach *files,
	size_t n)
{
	const struct rag *rag = req->service;
	int rc = rag_attach_files(req->db, &req->tenant, store, NULL, files, n, &rag->conf);
	int undone;

	if (rc == 0 || rc == BH_E_DB_UNKNOWN)
		return rc;
	undone = rag_remove_store(req->db, &req->tenant, store, NULL);
	if (undone < 0)
		bh_log_failure("delete a store whose files could not be attached", undone);
	if (rc == BH_E_REFERENCE)
		return bh_error_param(BH_E_NOT_FOUND, "file_ids", "A file in 'file_ids' has been deleted.");
	return rc;
}

/* The archive is a file like any other; what is in it, the job sees. */
static int
check_import(struct bh_request *req, const struct create *body)
{
	static const char param[] = "bulkhead.import_file_id";
	const struct bh_uuid *file = &body->more.import_file;
	struct rag_file row;
	char id[RAG_ID_TEXT];
	int rc;

	if (bh_uuid_is_zero(file))
		return 0;
	if (!bh_text_has_word(req->claims.scope, "files:write"))
		return bh_error(BH_E_FORBIDDEN,
			"An import creates files and requires the scope files:write.");
	if (body->n_files > 0)
		return bh_error_param(BH_E_INVALID, param,
			"'bulkhead.import_file_id' and 'file_ids' exclude each other.");
	rc = rag_store_file_get(req->db, &req->tenant, file, &row);
	bh_uuid_format_id(file, RAG_FILE_PREFIX, id, sizeof(id));
	return rc == BH_E_NOT_FOUND ? bh_fields_missing(param, id) : rc;
}

/* POST /v1/vector_stores */
int
rag_http_store_create(struct bh_request *req)
{
	const struct rag *rag = req->service;
	struct create body = {.name = "", .description = "", .metadata = "{}"};
	struct creation creation = {.tenant = &req->tenant,
		.conf = &rag->conf,
		.store = {.id = bh_uuid_new()},
		.more = &body.more};
	struct rag_store *store = &creation.store;
	const struct owner owner = owner_of(req, false);
	struct rag_attach *files = NULL;
	int rc = bh_request_object(req, &rag_store_create, &body);

	if (rc == 0)
		rc = read_files(req, &body, &files);
	if (rc == 0)
		rc = check_import(req, &body);
	if (rc == 0 && body.more.embedding_model != NULL)
		rc = require_model(req, &req->tenant, body.more.embedding_model, &store->dimensions);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	store->name = body.name;
	store->description = body.description;
	store->metadata = body.metadata;
	store->expires_days = body.expires_after.days;
	store->embedding_model = body.more.embedding_model;
	if (store->embedding_model == NULL) {
		store->embedding_model = rag->conf.embedding_model;
		store->dimensions = ask_dimensions(req, store->embedding_model);
	}
	bh_error_clear();
	rc = bh_tx_run(req->db, add_store, &creation);
	if (rc == 0 && body.n_files > 0)
		rc = attach_files(req, &store->id, files, body.n_files);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_store(req, &owner, &store->id);
}

static const struct bh_paging paging = {LIST_PRESET, LIST_MOST, "after before order",
	RAG_STORE_PREFIX};

static int
list_stores(struct bh_request *req, const struct owner *owner)
{
	struct bh_page page;
	struct bh_slice slice;
	struct rag_store *stores = NULL;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = rag_store_store_list(owner->db, owner->tenant, &slice, &stores, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &rag_store_shape, &page, stores, n);
}

/* GET /v1/vector_stores */
int
rag_http_store_list(struct bh_request *req)
{
	const struct owner owner = owner_of(req, false);

	return list_stores(req, &owner);
}

/* GET /api/tenants/{tenant}/vector_stores */
int
rag_http_store_list_of(struct bh_request *req)
{
	const struct owner owner = owner_of(req, true);

	return list_stores(req, &owner);
}

/* GET /v1/vector_stores/{store} */
int
rag_http_store_get(struct bh_request *req)
{
	const struct owner owner = owner_of(req, false);
	struct bh_uuid id;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &id);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	return reply_store(req, &owner, &id);
}

struct update {
	const char *name, *metadata;
	struct expiry expires_after;
	bool has_expiry;
	struct more more;
};

#define AT(member) offsetof(struct update, member)

static const struct bh_field update_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), BH_NULLABLE, 0, NAME_MOST},
	/* null: never */
	{"expires_after", BH_FIELD_OBJECT, AT(expires_after), BH_NULL_IS_VALUE,
		.set = BH_SET(struct update, has_expiry), BH_FIELDS(expiry_fields)},
	{"metadata", BH_FIELD_METADATA, AT(metadata), BH_NULLABLE},
	{"bulkhead", BH_FIELD_OBJECT, AT(more), BH_NULLABLE, BH_FIELDS(more_fields)},
};

const struct bh_shape rag_store_update = BH_SHAPE("VectorStoreUpdate", struct update,
	update_fields);

struct updating {
	const struct bh_uuid *tenant; /* borrowed: the request's */
	struct bh_uuid id;
	struct rag_store_change change;
	const char *model; /* NULL: as it is */
	int64_t dimensions;
};

static int
update_store(struct bh_db *tx, void *ctx)
{
	const struct updating *updating = ctx;
	int rc = 0;

	/* Statistics before the store's row, as whoever swaps its vectors locks them. */
	if (updating->model != NULL)
		rc = rag_reembed_ask(tx, updating->tenant, &updating->id, updating->model,
			updating->dimensions);
	if (rc == 0)
		rc = rag_store_store_update(tx, updating->tenant, &updating->id, &updating->change);

	if (rc == 0 && updating->change.expires_days != 0)
		rc = rag_remove_job(tx, updating->tenant, RAG_JOB_EXPIRE_STORE, &updating->id,
			bh_clock_wall_ms() + updating->change.expires_days * DAY_MS + 1000);
	return rc;
}

/* The store before its model: another tenant's is not there, whatever model is named. Back to the model that it has,
 * it can go also when that one has gone. */
static int
find_model(struct bh_request *req, const struct owner *owner, struct updating *updating)
{
	struct rag_store store;
	int rc;

	if (updating->model == NULL)
		return 0;
	rc = rag_store_store_get(owner->db, owner->tenant, &updating->id, &store);
	if (rc == 0 && strcmp(store.embedding_model, updating->model) == 0 &&
		store.next_state != NULL) {
		updating->dimensions = store.dimensions;
		return 0;
	}
	return rc < 0 ? rc : require_model(req, owner->tenant, updating->model, &updating->dimensions);
}

static int
change_store(struct bh_request *req, const struct owner *owner)
{
	struct update body = {0};
	struct updating updating = {.tenant = owner->tenant};
	struct rag_store_change *change = &updating.change;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &updating.id);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	rc = bh_request_object(req, &rag_store_update, &body);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	change->name = body.name;
	change->metadata = body.metadata;
	change->has_expiry = body.has_expiry;
	change->expires_days = body.expires_after.days;
	updating.model = body.more.embedding_model;
	rc = find_model(req, owner, &updating);
	if (rc == 0)
		rc = bh_tx_run(owner->db, update_store, &updating);
	if (rc < 0)
		return bh_reply_error(req, rc, bh_error_field(rc) != NULL ? NULL : "vector_store_id");
	if (updating.model != NULL)
		bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_store(req, owner, &updating.id);
}

/* POST /v1/vector_stores/{store}: what is not named stays; expires_after null means never. */
int
rag_http_store_update(struct bh_request *req)
{
	const struct owner owner = owner_of(req, false);

	return change_store(req, &owner);
}

/* POST /api/tenants/{tenant}/vector_stores/{store} */
int
rag_http_store_update_of(struct bh_request *req)
{
	const struct owner owner = owner_of(req, true);

	return change_store(req, &owner);
}

/* DELETE /v1/vector_stores/{store} */
int
rag_http_store_delete(struct bh_request *req)
{
	struct bh_uuid id, receipt;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &id);

	if (rc == 0)
		rc = rag_remove_store(req->db, &req->tenant, &id, &receipt);
	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return rag_wire_reply_deleted(req, "store", "vector_store.deleted", &receipt);
}
