/* SPDX-License-Identifier: Apache-2.0 */
/* ingest.c: the stages of a job in order, and what its end means. */
#include "rag/ingest.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "rag/move.h"
#include "rag/quota.h"
#include "rag/store.h"
#include "rag/vector_sql.h"

enum { LATER_MS = 2000 };

void
rag_ingest_stage(struct rag_ingest *ingest, const char *stage, int64_t total)
{
	__atomic_store_n(&ingest->done, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&ingest->total, total, __ATOMIC_RELAXED);
	__atomic_store_n(&ingest->stage, stage, __ATOMIC_RELEASE);
}

bool
rag_ingest_is_braked(const struct rag_ingest *ingest)
{
	return __atomic_load_n(&ingest->job->stop.now, __ATOMIC_RELAXED);
}

int
rag_ingest_fail(struct rag_ingest *ingest, const char *code, const char *message)
{
	ingest->failure = (struct rag_failure){code, message};
	return BH_E_INVALID;
}

void
rag_ingest_call(struct rag_ingest *ingest, struct bh_arena *arena, struct rag_embed_call *out)
{
	*out = (struct rag_embed_call){
		.peer = {.runtime = ingest->rag->runtime,
			.onward = {.tenant = ingest->lease->tenant},
			.arena = arena,
			.cancel = &ingest->job->stop.now,
			.watch_fd = -1},
		.model = ingest->store.embedding_model,
	};
}

/* The store's model as it is now; a model that changed its dimensions cannot go on with this store. */
static int
learn_model(struct rag_ingest *ingest)
{
	struct rag_embed_call call;
	int rc = rag_store_store_get(ingest->db, &ingest->lease->tenant, &ingest->attachment.store_id,
		&ingest->store);

	if (rc == BH_E_NOT_FOUND)
		return BH_E_CANCELLED;
	if (rc < 0)
		return rc;
	rag_ingest_call(ingest, ingest->db->arena, &call);
	rc = rag_embed_model(&call, &ingest->model);
	if (rc < 0)
		return rc;
	if (rag_vector_table(ingest->model.dimensions) < 0)
		return rag_ingest_fail(ingest, "server_error",
			"The number of dimensions of the embedding model is not supported.");
	if (ingest->store.dimensions == 0)
		return rag_store_store_dimensions(ingest->db, &ingest->lease->tenant, &ingest->store.id,
			ingest->model.dimensions);
	if (ingest->store.dimensions != ingest->model.dimensions)
		return rag_ingest_fail(ingest, "server_error",
			"The embedding model no longer has the number of dimensions that this vector store was "
			"created with.");
	return 0;
}

/* ---- indexing ---- */

/* Its store may have changed the embedding model since: then it begins again, in a new turn. */
static int
check_vectors(struct bh_db *tx, struct rag_ingest *ingest)
{
	struct rag_statistics statistics;
	int rc = rag_store_index_lock(tx, &ingest->lease->tenant, &ingest->attachment.store_id,
		&statistics);

	if (rc < 0 || bh_uuid_equal(&statistics.vectors, &ingest->store.vectors))
		return rc;
	__atomic_store_n(&ingest->yield, true, __ATOMIC_RELAXED);
	return BH_E_CANCELLED;
}

static int
commit(struct bh_db *tx, void *ctx)
{
	struct rag_ingest *ingest = ctx;
	const struct bh_uuid *tenant = &ingest->lease->tenant;
	struct rag_store_file now;
	bool found = false;
	int64_t first = 0;
	int rc = bh_lease_fence(tx, ingest->lease);

	if (rc == 0)
		rc = check_vectors(tx, ingest);
	if (rc == 0)
		rc = rag_index_add(tx, tenant, &ingest->attachment, ingest->model.dimensions, ingest->plan,
			&first);
	if (rc == BH_E_NOT_FOUND)
		return BH_E_CANCELLED;
	if (rc == 0)
		rc = rag_store_attachment_lock(tx, tenant, &ingest->attachment.store_id,
			&ingest->attachment.file_id, &now, &found);
	if (rc < 0)
		return rc;
	/* Deleted, attached anew or cancelled meanwhile: everything above is rolled back. */
	if (!found || !bh_uuid_equal(&now.id, &ingest->attachment.id) ||
		strcmp(now.status, "in_progress") != 0)
		return BH_E_CANCELLED;

	rc = rag_store_attachment_complete(tx, tenant, &ingest->attachment.id, first,
		(int64_t)ingest->n_chunks, ingest->usage_bytes);
	if (rc == 0)
		rc = rag_store_staging_clear(tx, tenant, &ingest->attachment.id);
	if (rc == 0)
		rc = rag_move_consider(tx, tenant, &ingest->attachment.store_id,
			ingest->rag->conf.own_vectors_chunks);
	if (rc == 0)
		rc = bh_lease_done(tx, ingest->lease);
	return rc < 0 ? rc
				  : rag_quota_check(tx, tenant, &ingest->attachment.store_id, &ingest->rag->conf);
}

static int
index_chunks(struct rag_ingest *ingest)
{
	int rc;

	rag_ingest_stage(ingest, "indexing", (int64_t)ingest->n_chunks);
	rc = rag_index_plan(ingest->db->arena, ingest->indexed, ingest->n_chunks, &ingest->plan);
	if (rc < 0)
		return rc;
	if (ingest->equal.n_vectors > 0)
		rag_index_plan_copy(ingest->plan, &ingest->equal);
	return bh_tx_run(ingest->db, commit, ingest);
}

static void
take_vectors(struct rag_ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_chunks; i++) {
		const struct rag_ingest_chunk *chunk = &ingest->chunks[i];

		ingest->indexed[i].hashes = chunk->hashes;
		ingest->indexed[i].n_parts = chunk->n_parts;
		ingest->usage_bytes += (int64_t)chunk->text_len +
			(int64_t)strlen(ingest->indexed[i].heading) +
			(int64_t)chunk->n_parts * ingest->model.dimensions * (int64_t)sizeof(float);
	}
}

/* BH_E_EMPTY when there was nothing, or no longer. */
static int
index_reused(struct rag_ingest *ingest)
{
	int rc = rag_ingest_reuse(ingest);

	if (rc == 0)
		rc = index_chunks(ingest);
	if (rc != BH_E_CONFLICT)
		return rc;
	ingest->equal = (struct rag_equal){0};
	ingest->usage_bytes = 0;
	return BH_E_EMPTY;
}

static int
index_embedded(struct rag_ingest *ingest)
{
	int rc = rag_ingest_chunk(ingest);

	if (rc == 0) {
		rag_ingest_stage(ingest, "embedding", (int64_t)ingest->n_chunks);
		rc = rag_ingest_embed(ingest);
	}
	if (rc == 0 && rag_ingest_is_braked(ingest))
		rc = BH_E_CANCELLED;
	if (rc < 0)
		return rc;
	take_vectors(ingest);
	return index_chunks(ingest);
}

/* ---- the whole, and its end ---- */

static int
run_stages(struct rag_ingest *ingest)
{
	int rc;

	rag_ingest_stage(ingest, "extracting", 0);
	rc = rag_ingest_read(ingest);
	if (rc == 0 && rag_ingest_is_braked(ingest))
		rc = BH_E_CANCELLED;
	if (rc == 0)
		rc = learn_model(ingest);
	if (rc == 0)
		rc = index_reused(ingest);
	if (rc == BH_E_EMPTY)
		rc = index_embedded(ingest);
	return rc == BH_E_STORAGE
		? rag_ingest_fail(ingest, "server_error", "The tenant's storage quota is exhausted.")
		: rc;
}

static int
fail_file(struct bh_db *tx, void *ctx)
{
	struct rag_ingest *ingest = ctx;
	int rc = bh_lease_fence(tx, ingest->lease);

	if (rc == 0)
		rc = rag_store_attachment_fail(tx, &ingest->lease->tenant, &ingest->attachment.id,
			ingest->failure.code, ingest->failure.message);
	if (rc == 0)
		rc = rag_store_staging_clear(tx, &ingest->lease->tenant, &ingest->attachment.id);
	if (rc == 0)
		rc = rag_quota_tidy(tx, &ingest->lease->tenant, &ingest->attachment.store_id);
	return rc < 0 ? rc : bh_lease_fail(tx, ingest->lease, ingest->failure.message);
}

/* Whoever cancelled it has written so; the vectors it staged until it heard are of no use. */
static int
drop_cancelled(struct bh_db *tx, void *ctx)
{
	struct rag_ingest *ingest = ctx;
	int rc = rag_store_staging_clear(tx, &ingest->lease->tenant, &ingest->attachment.id);

	return rc < 0 ? rc : bh_lease_fail(tx, ingest->lease, "cancelled");
}

/* Cancelled by somebody, by our own stop, because another worker has it, or because the turn is over. */
static int
end_cancelled(struct rag_ingest *ingest)
{
	int rc, reason = bh_job_stop_reason(&ingest->job->stop);

	if (reason == BH_JOB_STOP_LOST || reason == BH_JOB_STOP_STOPPING)
		return BH_E_CANCELLED;
	if (reason == BH_JOB_STOP_NONE && __atomic_load_n(&ingest->yield, __ATOMIC_RELAXED))
		return __atomic_load_n(&ingest->moved, __ATOMIC_RELAXED) ? BH_JOB_YIELD_MOVED
																 : BH_JOB_YIELD;
	if (reason == BH_JOB_STOP_NONE && ingest->later)
		rc = bh_lease_put_off(ingest->db, ingest->lease, bh_clock_wall_ms() + LATER_MS,
			"another document of the tenant is being read");
	else
		rc = bh_tx_run(ingest->db, drop_cancelled, ingest);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

/* What no time makes useful, the same file or the same vectors, fails for good. */
static int
judge(struct rag_ingest *ingest, int error)
{
	switch (error) {
	case BH_E_MODEL_NOT_FOUND:
		return rag_ingest_fail(ingest, "server_error",
			"The embedding model of this vector store no longer exists.");
	case BH_E_VECTOR:
		return rag_ingest_fail(ingest, "server_error",
			"The embedding model returned unusable vectors for this file.");
	case BH_E_OVER_BUDGET:
		return rag_ingest_fail(ingest, "server_error",
			"The tenant's budget for the embedding model is exhausted.");
	case BH_E_DB_DATA:
		return BH_E_INVALID;
	default:
		return error;
	}
}

/* BH_JOB_ENDED when the file no longer waits. */
static int
begin(struct bh_job *job, struct rag_ingest **out)
{
	struct rag_ingest *ingest = bh_arena_alloc(&job->arena, sizeof(*ingest));
	const struct bh_lease *lease = &job->lease;
	bool found = false;
	int rc;

	*ingest = (struct rag_ingest){.job = job,
		.rag = job->service,
		.db = &job->db,
		.lease = lease,
		.stage = "queued"};
	job->state = *out = ingest;
	rc = rag_store_attachment_by_id(&job->db, &lease->tenant, &lease->subject, &ingest->attachment,
		&found);
	if (rc < 0 || (found && strcmp(ingest->attachment.status, "in_progress") == 0))
		return rc;
	rc = bh_lease_fail(&job->db, lease, "the file is no longer waiting");
	return rc < 0 ? rc : BH_JOB_ENDED;
}

int
rag_ingest_run(struct bh_job *job)
{
	struct rag_ingest_watch watch = {0};
	struct rag_ingest *ingest;
	int rc = begin(job, &ingest);

	if (rc != 0)
		return rc;
	rc = rag_ingest_watch_open(&watch, ingest);
	if (rc == 0)
		rc = run_stages(ingest);
	rag_ingest_watch_close(&watch);
	if (rc == BH_E_CANCELLED || (rc < 0 && rag_ingest_is_braked(ingest)))
		return end_cancelled(ingest);
	return rc < 0 ? judge(ingest, rc) : BH_JOB_ENDED;
}

int
rag_ingest_give_up(struct bh_job *job)
{
	struct rag_ingest *ingest = job->state;
	int rc = ingest != NULL ? 0 : begin(job, &ingest);

	if (rc != 0)
		return rc;
	if (job->error == 0) {
		bh_log(BH_LOG_ERROR, "gave up on a file: processing it ended the process %lld times",
			(long long)job->lease.lapses);
		(void)rag_ingest_fail(ingest, "server_error",
			"The file could not be processed: the service failed at every attempt.");
	} else if (job->error != BH_E_INVALID || ingest->failure.code == NULL) {
		(void)rag_ingest_fail(ingest, "server_error",
			"The file could not be processed because of an internal error.");
	}
	rc = bh_tx_run(ingest->db, fail_file, ingest);
	return rc < 0 ? rc : BH_JOB_ENDED;
}
