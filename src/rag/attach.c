/* SPDX-License-Identifier: Apache-2.0 */
/* attach.c: one transaction for all files of a request. */
#include "rag/attach.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "queue/queue.h"
#include "rag/index.h"
#include "rag/quota.h"
#include "rag/remove.h"
#include "rag/store.h"

struct attaching {
	const struct bh_uuid *tenant, *store, *batch;
	const struct rag_attach *files;
	size_t n;
	const struct rag_conf *conf;
};

static int
add_job(struct bh_db *tx, const struct bh_uuid *tenant, const struct rag_store_file *row)
{
	const struct bh_job_new job = {
		.id = row->job_id,
		.queue = RAG_QUEUE,
		.kind = RAG_JOB_INGEST,
		.subject = row->id,
		.payload = "{}",
	};

	return bh_job_add(tx, tenant, &job);
}

static bool
is_same_cut(const struct rag_store_file *row, const struct rag_attach *file)
{
	return (strcmp(row->chunking, "static") == 0) == file->is_static &&
		row->chunk_tokens == file->chunk_tokens && row->overlap_tokens == file->overlap_tokens;
}

/* What there was of the file goes; its row stays, so that earlier batches still count it: as it ended,
 * or, where it had not ended, with the work that begins now. */
static int
restart(struct bh_db *tx, const struct bh_uuid *tenant, const struct rag_store_file *before,
	const struct rag_store_file *row)
{
	int rc = bh_job_cancel(tx, tenant, &before->job_id);

	if (rc == 0 || rc == BH_E_NOT_FOUND)
		rc = rag_index_remove(tx, tenant, before);
	if (rc == 0 && strcmp(before->status, "in_progress") != 0)
		rc = rag_store_batch_keep_outcome(tx, tenant, before);
	if (rc == 0)
		rc = rag_store_staging_clear(tx, tenant, &before->id);
	if (rc == 0)
		rc = rag_store_attachment_restart(tx, tenant, row);
	return rc < 0 ? rc : add_job(tx, tenant, row);
}

/* `id` and `job`: those to use, should there be anything to do. */
static int
attach_one(struct bh_db *tx, const struct attaching *attaching, const struct rag_attach *file,
	const struct bh_uuid *id, const struct bh_uuid *job)
{
	const struct bh_uuid *tenant = attaching->tenant;
	struct rag_store_file row = {
		.store_id = *attaching->store,
		.file_id = file->file_id,
		.id = *id,
		.job_id = *job,
		.attributes = file->attributes != NULL ? file->attributes : "{}",
		.chunking = file->is_static ? "static" : "auto",
		.chunk_tokens = file->chunk_tokens,
		.overlap_tokens = file->overlap_tokens,
	};
	struct rag_store_file before;
	bool found = false;
	int rc = rag_store_attachment_lock(tx, tenant, attaching->store, &file->file_id, &before,
		&found);

	if (rc < 0)
		return rc;
	if (!found) {
		rc = rag_store_attachment_add(tx, tenant, &row);
		/* Another request attached it this moment: the next round finds its row. */
		if (rc == BH_E_CONFLICT)
			return BH_E_DB_RETRY;
		return rc < 0 ? rc : add_job(tx, tenant, &row);
	}
	if (is_same_cut(&before, file) && strcmp(before.status, "failed") != 0 &&
		strcmp(before.status, "cancelled") != 0)
		return file->attributes == NULL ? 0
										: rag_store_attachment_attributes(tx, tenant,
											  attaching->store, &file->file_id, file->attributes);
	if (file->attributes == NULL)
		row.attributes = before.attributes;
	return restart(tx, tenant, &before, &row);
}

/* A file of the request and its place there. */
struct place {
	const struct bh_uuid *file;
	size_t at;
};

static int
by_file(const void *left, const void *right)
{
	const struct place *x = left, *y = right;
	int order = bh_uuid_order(x->file, y->file);

	return order != 0 ? order : x->at < y->at ? -1 : x->at > y->at;
}

/* In the order of the files' ids, whatever the request's is: two requests for the same files wait for each
 * other and never both ways. Stores list files in the order of `rows`, which is the request's. */
static int
attach_each(struct bh_db *tx, const struct attaching *attaching, const struct bh_uuid *jobs)
{
	size_t n = attaching->n, i;
	struct bh_uuid *rows = bh_arena_array(tx->arena, n + 1, sizeof(*rows));
	struct place *places = bh_arena_array(tx->arena, n + 1, sizeof(*places));
	int rc = 0;

	for (i = 0; i < n; i++) {
		rows[i] = bh_uuid_new();
		places[i] = (struct place){&attaching->files[i].file_id, i};
	}
	qsort(rows, n, sizeof(*rows), bh_uuid_order); /* those of a moment have no order of their own */
	qsort(places, n, sizeof(*places), by_file);
	for (i = 0; rc == 0 && i < n; i++) {
		size_t at = places[i].at;

		rc = attach_one(tx, attaching, &attaching->files[at], &rows[at], &jobs[at]);
	}
	return rc;
}

static int
attach_all(struct bh_db *tx, void *ctx)
{
	const struct attaching *attaching = ctx;
	struct bh_uuid *ids = bh_arena_array(tx->arena, attaching->n + 1, sizeof(*ids));
	struct bh_uuid *jobs = bh_arena_array(tx->arena, attaching->n + 1, sizeof(*jobs));
	int rc = 0;

	if (attaching->batch != NULL)
		rc = rag_store_batch_add(tx, attaching->tenant, attaching->store, attaching->batch);
	if (rc == BH_E_REFERENCE)
		return BH_E_NOT_FOUND;
	for (size_t i = 0; i < attaching->n; i++) {
		ids[i] = attaching->files[i].file_id;
		jobs[i] = bh_uuid_new();
	}
	if (rc == 0)
		rc = attach_each(tx, attaching, jobs);
	if (rc == 0 && attaching->batch != NULL)
		rc = rag_store_batch_add_files(tx, attaching->tenant, attaching->store, attaching->batch,
			ids, jobs, attaching->n);
	if (rc == 0)
		rc = rag_store_store_touch(tx, attaching->tenant, attaching->store);
	return rc < 0 ? rc : rag_quota_check(tx, attaching->tenant, attaching->store, attaching->conf);
}

int
rag_attach_files(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *batch, const struct rag_attach *files, size_t n,
	const struct rag_conf *conf)
{
	struct attaching attaching = {tenant, store, batch, files, n, conf};

	return bh_tx_run(db, attach_all, &attaching);
}
