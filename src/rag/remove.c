/* SPDX-License-Identifier: Apache-2.0 */
/* remove.c: the order in which things go: what is found goes first, what is paid for last. */
#include "rag/remove.h"

#include <string.h>

#include "base/error.h"
#include "queue/queue.h"
#include "rag/index.h"
#include "rag/move.h"
#include "rag/quota.h"
#include "rag/store_receipt.h"
#include "rag/store.h"

enum { ROUNDS = 10 };

struct target {
	const struct bh_uuid *tenant, *store, *file;
	const char *kind;       /* of the receipt */
	struct bh_uuid receipt; /* set when it has begun */
	struct bh_uuid object;  /* of a file that is gone; zero when another file has it, too */
};

int
rag_remove_job(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind,
	const struct bh_uuid *subject, int64_t due_ms)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = RAG_QUEUE,
		.kind = kind,
		.subject = *subject,
		.payload = "{}",
		.due_ms = due_ms,
	};

	return bh_job_add(tx, tenant, &job);
}

/* A job that is over needs no telling. */
static int
stop_job(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *job)
{
	int rc = bh_job_cancel(tx, tenant, job);

	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

/* Statistics before attachment: the order in which a commit of ingestion locks them. */
static int
remove_attachment(struct bh_db *tx, void *ctx)
{
	struct target *target = ctx;
	struct rag_counting counting;
	struct rag_statistics statistics;
	struct rag_store_file attachment;
	bool found = false;
	int rc = rag_store_receipt_begin(tx, target->tenant, target->kind, target->file, &counting);

	if (rc == 0)
		rc = rag_store_index_lock(tx, target->tenant, target->store, &statistics);
	if (rc == 0)
		rc = rag_store_attachment_lock(tx, target->tenant, target->store, target->file, &attachment,
			&found);
	if (rc < 0)
		return rc;
	if (!found)
		return BH_E_NOT_FOUND;

	rc = rag_index_remove(tx, target->tenant, &attachment);
	if (rc == 0)
		rc = rag_store_attachment_delete(tx, target->tenant, target->store, target->file);
	if (rc == 0)
		rc = rag_quota_tidy(tx, target->tenant, target->store);
	/* It may have become too small for a table of its own. */
	if (rc == 0 && statistics.own_vectors)
		rc = rag_move_add(tx, target->tenant, target->store);
	if (rc == 0)
		rc = stop_job(tx, target->tenant, &attachment.job_id);
	if (rc == 0)
		rc = rag_store_receipt_note(tx, target->tenant, &counting);
	/* Of a file that goes itself, this was one place of several. */
	if (rc == 0 && strcmp(target->kind, RAG_RECEIPT_ATTACHMENT) == 0)
		rc = rag_store_receipt_complete(tx, target->tenant, &counting);
	if (rc == 0)
		target->receipt = counting.receipt;
	return rc;
}

int
rag_remove_attachment(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *file, struct bh_uuid *out_receipt)
{
	struct target target = {tenant, store, file, .kind = RAG_RECEIPT_ATTACHMENT};
	int rc = bh_tx_run(db, remove_attachment, &target);

	if (rc == 0 && out_receipt != NULL)
		*out_receipt = target.receipt;
	return rc;
}

/* The row, and that of its object unless another file has the same; the receipt waits for the object. */
static int
remove_file_row(struct bh_db *tx, void *ctx)
{
	struct target *target = ctx;
	const struct bh_uuid *tenant = target->tenant;
	struct rag_counting counting;
	int64_t bytes = 0;
	bool gone = false;
	int rc = rag_store_receipt_begin(tx, tenant, target->kind, target->file, &counting);

	if (rc == 0)
		rc = rag_store_file_delete(tx, tenant, target->file, &target->object);
	if (rc == 0)
		rc = rag_store_receipt_note(tx, tenant, &counting);
	if (rc == 0)
		rc = rag_store_file_object_delete(tx, tenant, &target->object, &bytes, &gone);
	if (rc == 0)
		rc = rag_store_receipt_add(tx, tenant, &counting, "object.bytes", bytes);
	if (rc == 0)
		rc = bh_job_drop(tx, tenant, "rag", RAG_JOB_EXPIRE_FILE, target->file);
	if (rc == 0 && gone)
		rc = rag_store_receipt_await(tx, tenant, &counting, &target->object);
	if (rc == 0 && gone)
		rc = rag_remove_job(tx, tenant, RAG_JOB_REMOVE_OBJECT, &target->object, 0);
	if (rc == 0 && !gone)
		rc = rag_store_receipt_complete(tx, tenant, &counting);
	if (rc < 0)
		return rc;
	target->receipt = counting.receipt;
	if (!gone)
		target->object = (struct bh_uuid){0};
	/* Of a tenant that has deleted everything nothing is left. */
	return rag_store_quota_fold(tx, tenant);
}

int
rag_remove_file(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *file,
	struct bh_uuid *out_receipt, struct bh_uuid *out_object)
{
	struct target target = {tenant, NULL, file, .kind = RAG_RECEIPT_FILE};
	int rc = BH_E_REFERENCE, round;

	/* A store that attaches it meanwhile makes another round. */
	for (round = 0; rc == BH_E_REFERENCE && round < ROUNDS; round++) {
		struct bh_uuid *stores;
		size_t n, i;

		rc = rag_store_file_stores(db, tenant, file, &stores, &n);
		for (i = 0; rc == 0 && i < n; i++) {
			target.store = &stores[i];
			rc = bh_tx_run(db, remove_attachment, &target);
			if (rc == BH_E_NOT_FOUND)
				rc = 0;
		}
		if (rc == 0)
			rc = bh_tx_run(db, remove_file_row, &target);
	}
	if (rc == BH_E_REFERENCE)
		return bh_error(BH_E_UNAVAILABLE, "the file keeps being attached");
	if (rc == 0) {
		*out_object = target.object;
		if (out_receipt != NULL)
			*out_receipt = target.receipt;
	}
	return rc;
}

static int
stop_jobs(struct bh_db *tx, const struct target *target)
{
	struct bh_uuid *jobs;
	size_t n, i;
	int rc = rag_store_attachment_jobs(tx, target->tenant, target->store, &jobs, &n);

	for (i = 0; rc == 0 && i < n; i++)
		rc = stop_job(tx, target->tenant, &jobs[i]);
	return rc;
}

static int
remove_store(struct bh_db *tx, void *ctx)
{
	struct target *target = ctx;
	struct rag_counting counting;
	struct rag_statistics statistics;
	int rc = rag_store_receipt_begin(tx, target->tenant, target->kind, target->store, &counting);

	if (rc == 0)
		rc = rag_store_index_lock(tx, target->tenant, target->store, &statistics);
	if (rc == 0)
		rc = stop_jobs(tx, target);
	if (rc == 0)
		rc = rag_store_store_delete(tx, target->tenant, target->store);
	if (rc == 0)
		rc = rag_store_receipt_note(tx, target->tenant, &counting);
	if (rc == 0)
		target->receipt = counting.receipt;
	if (rc == 0)
		rc = bh_job_drop(tx, target->tenant, "rag", RAG_JOB_EXPIRE_STORE, target->store);
	if (rc == 0)
		rc = rag_remove_job(tx, target->tenant, RAG_JOB_PURGE, target->store, 0);
	return rc < 0 ? rc : rag_store_quota_fold(tx, target->tenant);
}

int
rag_remove_store(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	struct bh_uuid *out_receipt)
{
	struct target target = {tenant, store, NULL, .kind = RAG_RECEIPT_STORE};
	int rc = bh_tx_run(db, remove_store, &target);

	if (rc == 0 && out_receipt != NULL)
		*out_receipt = target.receipt;
	return rc;
}

static int
empty_expired(struct bh_db *tx, const struct target *target)
{
	struct rag_counting counting;
	int rc = rag_store_receipt_begin(tx, target->tenant, target->kind, target->store, &counting);

	if (rc == 0)
		rc = stop_jobs(tx, target);
	if (rc == 0)
		rc = rag_store_store_expire(tx, target->tenant, target->store);
	if (rc == 0)
		rc = rag_store_receipt_note(tx, target->tenant, &counting);
	/* Nobody searches it any more, so the purge may drop its own table. */
	if (rc == 0)
		rc = rag_store_move_flag(tx, target->tenant, target->store, false);
	return rc < 0 ? rc : rag_remove_job(tx, target->tenant, RAG_JOB_PURGE, target->store, 0);
}

static int
expire(struct bh_db *tx, void *ctx)
{
	const struct bh_lease *lease = ctx;
	const struct target target = {&lease->tenant, &lease->subject, NULL, .kind = RAG_RECEIPT_STORE};
	struct rag_statistics statistics;
	int64_t expires_ms = 0;
	bool expired = false;
	int rc = rag_store_index_lock(tx, target.tenant, target.store, &statistics);

	if (rc == 0)
		rc = rag_store_store_expiry(tx, target.tenant, target.store, &expires_ms, &expired);
	if (rc == 0 && expires_ms != 0 && !expired)
		return bh_lease_retry(tx, lease, expires_ms + 1000, "used in the meantime");
	if (rc == 0 && expired)
		rc = empty_expired(tx, &target);
	/* Gone, emptied before, or it never expires any more. */
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return rc;
	return bh_lease_done(tx, lease);
}

int
rag_remove_expired(struct bh_db *db, const struct bh_lease *lease)
{
	struct bh_lease own = *lease;

	return bh_tx_run(db, expire, &own);
}
