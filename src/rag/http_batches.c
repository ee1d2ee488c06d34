/* SPDX-License-Identifier: Apache-2.0 */
/* http_batches.c: files attached many at once. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "queue/worker.h"
#include "rag/attach.h"
#include "rag/http.h"
#include "rag/http_store_files.h"
#include "rag/store.h"
#include "rag/wire.h"

struct create {
	const struct bh_uuid *file_ids;
	size_t n_ids;
	const char *attributes;
	const struct bh_json *files, *chunking;
	bool has_ids;
};

#define AT(member) offsetof(struct create, member)

static const struct bh_field file_id = {"", BH_FIELD_ID, .words = RAG_FILE_PREFIX};

static const struct bh_field create_fields[] = {
	{"file_ids", BH_FIELD_ARRAY, AT(file_ids), BH_NULLABLE, 1, RAG_BATCH_FILES_MAX,
		.set = BH_SET(struct create, has_ids),
		BH_ELEMENTS(struct create, file_ids, n_ids, &file_id)},
	{"files", BH_FIELD_ARRAY, AT(files), BH_NULLABLE, 1, RAG_BATCH_FILES_MAX},
	{"attributes", BH_FIELD_METADATA, AT(attributes), BH_NULL_IS_VALUE | BH_MIXED},
	{"chunking_strategy", BH_FIELD_OBJECT, AT(chunking), BH_NULLABLE},
};

const struct bh_shape rag_batch_create = BH_SHAPE("BatchCreate", struct create, create_fields);

static int
read_ids(const struct create *body, struct rag_attach *files)
{
	struct rag_attach pattern = {.attributes = body->attributes};
	int rc = rag_wire_chunking(body->chunking, "chunking_strategy", &pattern);

	for (size_t i = 0; rc == 0 && i < body->n_ids; i++) {
		files[i] = pattern;
		files[i].file_id = body->file_ids[i];
	}
	return rc;
}

static int
read_objects(struct bh_request *req, const struct create *body, struct rag_attach *files, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct bh_json *object = bh_json_at(body->files, i);
		char at[32];

		snprintf(at, sizeof(at), "files.%zu", i);
		if (bh_json_kind(object) != BH_JSON_OBJECT)
			return bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);
		rc = rag_http_read_attach(req, object, at, &files[i]);
	}
	return rc;
}

static int
by_file(const void *left, const void *right)
{
	const struct rag_attach *x = left, *y = right;

	return bh_uuid_order(&x->file_id, &y->file_id);
}

/* A file named twice is attached once; the fixed order keeps two batches from waiting for each other. */
static size_t
without_repeats(struct rag_attach *files, size_t n)
{
	size_t kept = 0, i;

	qsort(files, n, sizeof(*files), by_file);
	for (i = 0; i < n; i++)
		if (kept == 0 || by_file(&files[kept - 1], &files[i]) != 0)
			files[kept++] = files[i];
	return kept;
}

static int
read_create(struct bh_request *req, struct rag_attach **out, size_t *out_n)
{
	struct create body = {0};
	struct rag_attach *files;
	size_t n;
	int rc = bh_request_object(req, &rag_batch_create, &body);

	if (rc < 0)
		return rc;
	if (body.has_ids == (body.files != NULL))
		return bh_error_param(body.files == NULL ? BH_E_MISSING : BH_E_INVALID, "file_ids",
			"Exactly one of 'file_ids' and 'files' is required.");
	n = body.has_ids ? body.n_ids : bh_json_count(body.files);
	files = bh_arena_array(req->arena, n + 1, sizeof(*files));
	rc = body.has_ids ? read_ids(&body, files) : read_objects(req, &body, files, n);
	if (rc < 0)
		return rc;
	*out_n = without_repeats(files, n);
	*out = files;
	return rag_http_check_files(req, files, *out_n, body.has_ids ? "file_ids" : "files");
}

static int
reply_batch(struct bh_request *req, const struct bh_uuid *store, const struct bh_uuid *id)
{
	struct rag_batch batch;
	int rc = rag_store_batch_get(req->db, &req->tenant, store, id, &batch);

	if (rc < 0)
		return bh_reply_error(req, rc, "batch_id");
	rag_wire_poll_header(req, batch.counts.in_progress > 0);
	return bh_reply_object(req, 200, &rag_batch_shape, &batch);
}

/* POST /v1/vector_stores/{store}/file_batches */
int
rag_http_batch_create(struct bh_request *req)
{
	const struct rag *rag = req->service;
	struct rag_attach *files = NULL;
	struct bh_uuid store, batch = bh_uuid_new();
	size_t n = 0;
	int rc = rag_http_live_store(req, &store);

	if (rc < 0)
		return bh_reply_error(req, rc, "vector_store_id");
	rc = read_create(req, &files, &n);
	if (rc == 0)
		rc = rag_attach_files(req->db, &req->tenant, &store, &batch, files, n, &rag->conf);
	if (rc == BH_E_REFERENCE)
		rc = BH_E_NOT_FOUND;
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_batch(req, &store, &batch);
}

static int
read_path(struct bh_request *req, struct bh_uuid *store, struct bh_uuid *batch)
{
	int rc = bh_request_id(req, "store", RAG_STORE_PREFIX, store);

	return rc < 0 ? rc : bh_request_id(req, "batch", RAG_BATCH_PREFIX, batch);
}

/* GET /v1/vector_stores/{store}/file_batches/{batch} */
int
rag_http_batch_get(struct bh_request *req)
{
	struct bh_uuid store, batch;
	int rc = read_path(req, &store, &batch);

	if (rc < 0)
		return bh_reply_error(req, rc, "batch_id");
	return reply_batch(req, &store, &batch);
}

struct cancelling {
	const struct bh_uuid *tenant; /* borrowed: the request's */
	struct bh_uuid store, batch;
};

/* States and the askings to stop in one transaction; a worker that is past asking finds the state
 * changed when it commits. */
static int
cancel(struct bh_db *tx, void *ctx)
{
	const struct cancelling *target = ctx;
	struct bh_uuid *jobs = NULL;
	size_t n = 0, i;
	int rc = rag_store_batch_cancel_files(tx, target->tenant, &target->store, &target->batch, &jobs,
		&n);

	/* Where nothing was under way nothing was cancelled: such a batch stays what it is. */
	if (rc == 0 && n > 0)
		rc = rag_store_batch_cancel(tx, target->tenant, &target->store, &target->batch);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = bh_job_cancel(tx, target->tenant, &jobs[i]);
		if (rc == BH_E_NOT_FOUND)
			rc = 0;
	}
	return rc < 0 || n == 0
		? rc
		: rag_store_staging_clear_batch(tx, target->tenant, &target->store, &target->batch);
}

/* POST /v1/vector_stores/{store}/file_batches/{batch}/cancel */
int
rag_http_batch_cancel(struct bh_request *req)
{
	struct cancelling target = {.tenant = &req->tenant};
	int rc = read_path(req, &target.store, &target.batch);

	if (rc == 0)
		rc = bh_tx_run(req->db, cancel, &target);
	if (rc < 0)
		return bh_reply_error(req, rc, "batch_id");
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_batch(req, &target.store, &target.batch);
}

/* GET /v1/vector_stores/{store}/file_batches/{batch}/files */
int
rag_http_batch_files(struct bh_request *req)
{
	struct bh_uuid store, id;
	struct rag_batch batch;
	int rc = read_path(req, &store, &id);

	if (rc == 0)
		rc = rag_store_batch_get(req->db, &req->tenant, &store, &id, &batch);
	if (rc < 0)
		return bh_reply_error(req, rc, "batch_id");
	return rag_http_list_files(req, &store, &id);
}
