/* http_stores.c: vector stores. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "queue/worker.h"
#include "rag/attach.h"
#include "rag/embed.h"
#include "rag/http.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/vector_sql.h"
#include "rag/wire.h"

enum {
	LIST_PRESET = 20,
	LIST_MOST = 100,
	NAME_MOST = 256,
	DESCRIPTION_MOST = 512,
	DAY_MS = 86400000
};

struct create {
	const char *name, *description;
	const struct bh_json *file_ids, *expires_after, *chunking, *metadata;
};

static const struct bh_field create_fields[] = {
	{"name", BH_FIELD_TEXT, BH_NULLABLE, 0, NAME_MOST, offsetof(struct create, name), BH_NO_SET},
	{"description", BH_FIELD_TEXT, BH_NULLABLE, 0, DESCRIPTION_MOST,
		offsetof(struct create, description), BH_NO_SET},
	{"file_ids", BH_FIELD_ARRAY, BH_NULLABLE, 0, RAG_STORE_FILES_MAX,
		offsetof(struct create, file_ids), BH_NO_SET},
	{"expires_after", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct create, expires_after),
		BH_NO_SET},
	{"chunking_strategy", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct create, chunking),
		BH_NO_SET},
	{"metadata", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct create, metadata), BH_NO_SET},
};

/* What is made in one transaction: the store and its statistics. The files it begins with come in the
 * next one. */
struct creation {
	const struct bh_uuid *tenant; /* borrowed: the request's */
	const struct rag_conf *conf;  /* borrowed */
	struct rag_store store;
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
	return rc < 0 ? rc : rag_quota_check(tx, creation->tenant, NULL, creation->conf);
}

static int
reply_store(struct bh_request *req, const struct bh_uuid *id)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct rag_store store;
	int rc = rag_store_store_get(req->db, &req->tenant, id, &store);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	rag_wire_store(&write, &store);
	return bh_reply_json(req, 200, &body);
}

/* The files to begin with, all with the same strategy. */
static int
read_files(struct bh_request *req, const struct create *body, struct rag_attach **out,
	size_t *out_n)
{
	size_t n = bh_json_count(body->file_ids), i;
	struct rag_attach *files = bh_arena_array(req->arena, n + 1, sizeof(*files));
	struct bh_uuid *ids = bh_arena_array(req->arena, n + 1, sizeof(*ids)), missing;
	struct rag_attach pattern = {.attributes = "{}"};
	int rc = rag_wire_chunking(body->chunking, "chunking_strategy", &pattern);

	for (i = 0; rc == 0 && i < n; i++) {
		char at[32];

		snprintf(at, sizeof(at), "file_ids.%zu", i);
		files[i] = pattern;
		rc = rag_wire_body_id(bh_json_at(body->file_ids, i), at, RAG_FILE_PREFIX,
			&files[i].file_id);
		ids[i] = files[i].file_id;
	}
	if (rc < 0)
		return rc;
	*out = files;
	*out_n = n;
	if (n == 0)
		return 0;

	rc = rag_store_file_first_missing(req->db, &req->tenant, ids, n, &missing);
	if (rc == 0) {
		char text[RAG_ID_TEXT];

		bh_uuid_format_id(&missing, RAG_FILE_PREFIX, text, sizeof(text));
		return rag_wire_missing("file_ids", text);
	}
	return rc == BH_E_NOT_FOUND ? 0 : rc;
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
	undone = rag_remove_store(req->db, &req->tenant, store);
	if (undone < 0)
		bh_log_failure("remove a store whose files could not be attached", undone);
	if (rc == BH_E_REFERENCE)
		return bh_error_param(BH_E_NOT_FOUND, "file_ids", "One of the files has been deleted.");
	return rc;
}

/* POST /v1/vector_stores */
int
rag_http_store_create(struct bh_request *req)
{
	const struct rag *rag = req->service;
	struct create body = {0};
	struct creation creation = {.tenant = &req->tenant,
		.conf = &rag->conf,
		.store = {.id = bh_uuid_new()}};
	struct rag_store *store = &creation.store;
	struct rag_attach *files = NULL;
	size_t n = 0;
	int rc = bh_request_fields(req, BH_LIST(create_fields), &body);

	if (rc == 0)
		rc = rag_wire_pairs(req->arena, body.metadata, "metadata", true, &store->metadata);
	if (rc == 0 && body.expires_after != NULL)
		rc = rag_wire_expiry(body.expires_after, "expires_after", &store->expires_days);
	if (rc == 0)
		rc = read_files(req, &body, &files, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	store->name = body.name != NULL ? body.name : "";
	store->description = body.description != NULL ? body.description : "";
	store->embedding_model = rag->conf.embedding_model;
	store->dimensions = ask_dimensions(req, store->embedding_model);
	bh_error_clear();
	rc = bh_tx_run(req->db, add_store, &creation);
	if (rc == 0 && n > 0)
		rc = attach_files(req, &store->id, files, n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_store(req, &store->id);
}

/* GET /v1/vector_stores */
int
rag_http_store_list(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct bh_page page = {0};
	struct rag_slice slice;
	struct rag_store *stores = NULL;
	size_t n = 0, i;
	bool more = false;
	int rc = bh_request_page(req, RAG_STORE_PREFIX, LIST_PRESET, LIST_MOST, &page);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = rag_wire_slice(&page);
	rc = rag_store_store_list(req->db, &req->tenant, &slice, &stores, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	n = rag_wire_order(&slice, stores, n, sizeof(*stores), &more);
	rag_wire_list(&write);
	for (i = 0; i < n; i++)
		rag_wire_store(&write, &stores[i]);
	rag_wire_list_end(&write, RAG_STORE_PREFIX, n > 0 ? &stores[0].id : NULL,
		n > 0 ? &stores[n - 1].id : NULL, more);
	return bh_reply_json(req, 200, &body);
}

/* GET /v1/vector_stores/{store} */
int
rag_http_store_get(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &id);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	return reply_store(req, &id);
}

struct update {
	const char *name;
	const struct bh_json *expires_after, *metadata;
	bool has_expiry;
};

static const struct bh_field update_fields[] = {
	{"name", BH_FIELD_TEXT, BH_NULLABLE, 0, NAME_MOST, offsetof(struct update, name), BH_NO_SET},
	{"expires_after", BH_FIELD_ANY, BH_NULLABLE, 0, 0, offsetof(struct update, expires_after),
		offsetof(struct update, has_expiry)},
	{"metadata", BH_FIELD_OBJECT, BH_NULLABLE, 0, 0, offsetof(struct update, metadata), BH_NO_SET},
};

struct updating {
	const struct bh_uuid *tenant; /* borrowed: the request's */
	struct bh_uuid id;
	struct rag_store_change change;
};

static int
update_store(struct bh_db *tx, void *ctx)
{
	const struct updating *updating = ctx;
	int rc = rag_store_store_update(tx, updating->tenant, &updating->id, &updating->change);

	if (rc == 0 && updating->change.expires_days != 0)
		rc = rag_remove_job(tx, updating->tenant, RAG_JOB_EXPIRE_STORE, &updating->id,
			bh_clock_wall_ms() + updating->change.expires_days * DAY_MS + 1000);
	return rc;
}

/* POST /v1/vector_stores/{store}: what is not named stays; expires_after null means never. */
int
rag_http_store_update(struct bh_request *req)
{
	struct update body = {0};
	struct updating updating = {.tenant = &req->tenant};
	struct rag_store_change *change = &updating.change;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &updating.id);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	rc = bh_request_fields(req, BH_LIST(update_fields), &body);
	if (rc == 0 && body.metadata != NULL)
		rc = rag_wire_pairs(req->arena, body.metadata, "metadata", true, &change->metadata);
	if (rc == 0 && body.expires_after != NULL)
		rc = rag_wire_expiry(body.expires_after, "expires_after", &change->expires_days);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	change->name = body.name;
	change->has_expiry = body.has_expiry || bh_json_get(req->body.root, "expires_after") != NULL;
	rc = bh_tx_run(req->db, update_store, &updating);
	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	return reply_store(req, &updating.id);
}

/* DELETE /v1/vector_stores/{store} */
int
rag_http_store_delete(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, &id);

	if (rc == 0)
		rc = rag_remove_store(req->db, &req->tenant, &id);
	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return rag_wire_reply_deleted(req, RAG_STORE_PREFIX, &id, "vector_store.deleted");
}
