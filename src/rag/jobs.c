/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: a row for each kind of job, and the small ones themselves. */
#include "rag/jobs.h"

#include "base/error.h"
#include "object/object.h"
#include "queue/worker.h"
#include "rag/import.h"
#include "rag/ingest.h"
#include "rag/move.h"
#include "rag/purge.h"
#include "rag/reembed.h"
#include "rag/reindex.h"
#include "rag/remove.h"
#include "rag/store_receipt.h"
#include "rag/upload.h"

static int
purge(struct bh_job *job)
{
	return rag_purge_run(job, RAG_PURGE_TURN_MS);
}

static int
move(struct bh_job *job)
{
	return rag_move_run(job, RAG_MOVE_TURN_MS);
}

static int
reembed(struct bh_job *job)
{
	return rag_reembed_run(job, RAG_REEMBED_TURN_MS);
}

static int
import(struct bh_job *job)
{
	return rag_import_run(job, RAG_IMPORT_TURN_MS);
}

static int
remove_object(struct bh_job *job)
{
	struct rag *rag = job->service;
	int rc = bh_object_remove(rag->objects, &job->lease.tenant, &job->lease.subject);

	return rc < 0 ? rc
				  : rag_store_receipt_object(&job->db, &job->lease.tenant, &job->lease.subject);
}

static int
expire_file(struct bh_job *job)
{
	const struct rag *rag = job->service;
	const struct bh_uuid *tenant = &job->lease.tenant;
	struct bh_uuid object;
	int rc = rag_remove_file(&job->db, tenant, &job->lease.subject, NULL, &object);

	/* Its own job would come behind the tenant's others. */
	if (rc == 0 && !bh_uuid_is_zero(&object)) {
		rc = bh_object_remove(rag->objects, tenant, &object);
		if (rc == 0)
			rc = rag_store_receipt_object(&job->db, tenant, &object);
	}
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

static int
clear_upload(struct bh_job *job)
{
	return rag_upload_expire(job->service, &job->db, &job->lease.tenant, &job->lease.subject);
}

static int
expire_store(struct bh_job *job)
{
	int rc = rag_remove_expired(&job->db, &job->lease);

	return rc < 0 ? rc : BH_JOB_ENDED;
}

/* What a removal is about must not stay, so only a file and an import can be given up. */
static const struct bh_job_kind kinds[] = {
	{RAG_JOB_INGEST, .run = rag_ingest_run, .give_up = rag_ingest_give_up,
		.attempts_max = RAG_INGEST_ATTEMPTS_MAX},
	{RAG_JOB_PURGE, .run = purge},
	{RAG_JOB_MOVE, .run = move},
	{RAG_JOB_REEMBED, .run = reembed},
	{RAG_JOB_IMPORT, .run = import, .give_up = rag_import_give_up,
		.attempts_max = RAG_IMPORT_ATTEMPTS_MAX},
	{RAG_JOB_REMOVE_OBJECT, .run = remove_object},
	{RAG_JOB_EXPIRE_FILE, .run = expire_file},
	{RAG_JOB_EXPIRE_STORE, .run = expire_store},
	{RAG_JOB_REINDEX, .run = rag_reindex_run},
	{RAG_JOB_CLEAR_UPLOAD, .run = clear_upload},
	{0},
};

const struct bh_worker_conf rag_jobs = {
	.kinds = kinds,
	.seats = {.places = RAG_WORKERS,
		.tenant_percent = 100,
		.tenant_most = RAG_WORKERS_OF_ONE,
		.tenant_background_most = RAG_WORKERS,
		.background_most = RAG_WORKERS},
	.lease_ms = 10000,
};
