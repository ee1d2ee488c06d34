/* SPDX-License-Identifier: Apache-2.0 */
/* remove.h: deletes files and stores with everything that came from them, in bounded steps. */
#ifndef RAG_REMOVE_H
#define RAG_REMOVE_H

#include <stdbool.h>

#include "base/macros.h"
#include "db/db.h"
#include "queue/queue.h"
#include "rag/rag.h"

#define RAG_JOB_INGEST "ingest"
#define RAG_JOB_PURGE "purge_store"           /* subject: a store that is gone */
#define RAG_JOB_REMOVE_OBJECT "remove_object" /* subject: an object that no file has */
#define RAG_JOB_CLEAR_UPLOAD "clear_upload"
#define RAG_JOB_EXPIRE_FILE "expire_file"
#define RAG_JOB_EXPIRE_STORE "expire_store"
#define RAG_JOB_REINDEX "reindex_store" /* subject: a store whose postings older terms made */

/* Adds a job of our queue; inside bh_tx_run. due_ms 0: now. */
BH_MUST_CHECK int rag_remove_job(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind,
	const struct bh_uuid *subject, int64_t due_ms);

/* Each deletion has a receipt (store_receipt.h), whose id out_receipt gets; it may be NULL. */

/* Takes a file out of a store: chunks, vectors, postings, statistics and row, in one transaction; a
 * running ingestion is told to stop. BH_E_NOT_FOUND. */
BH_MUST_CHECK int rag_remove_attachment(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct bh_uuid *out_receipt);

/* Deletes a file from all stores and itself. *out_object: what its bytes were in, which goes by a job
 * written in the same transaction; zero when another file has the same. BH_E_NOT_FOUND. */
BH_MUST_CHECK int rag_remove_file(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *file, struct bh_uuid *out_receipt, struct bh_uuid *out_object);

/* Deletes a store: it is gone at once, its index is purged by a job. BH_E_NOT_FOUND. */
BH_MUST_CHECK int rag_remove_store(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct bh_uuid *out_receipt);

/* Empties the store that this job is about, if it has expired by now; its row stays. The job ends, or
 * comes again when the store will have expired, in the same transaction and under the lock of the store's
 * row: nobody uses or changes the store in between. */
BH_MUST_CHECK int rag_remove_expired(struct bh_db *db, const struct bh_lease *lease);

#endif
