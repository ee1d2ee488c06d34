/* SPDX-License-Identifier: Apache-2.0 */
/* import.h: makes a store of an archive (docs/archives.md), which is a file of the tenant.
 *
 * First the whole archive is read and nothing is written; then its files come one by one, each with its chunks and
 * vectors in one transaction. Vectors are taken as they are where the store has the model of that name and number of
 * dimensions, and it still makes the same vector of a chunk; otherwise the file is ingested like any other,
 * without reading its original again. An attempt begins behind the last file of the one before. */
#ifndef RAG_IMPORT_H
#define RAG_IMPORT_H

#include <stdint.h>

#include "base/macros.h"
#include "queue/worker.h"

#define RAG_JOB_IMPORT "import_store" /* subject: the store */
#define RAG_IMPORT_ATTEMPTS_MAX 20
#define RAG_IMPORT_TURN_MS 3000

/* After a turn it yields to waiting jobs, between two files, also while it checks them. */
BH_MUST_CHECK int rag_import_run(struct bh_job *job, int64_t turn_ms);
int rag_import_give_up(struct bh_job *job);

#endif
