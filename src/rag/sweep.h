/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.h: removes what killed services and cancelled work leave behind. */
#ifndef RAG_SWEEP_H
#define RAG_SWEEP_H

#include <stdbool.h>

struct bh_db_pool;
struct bh_runtime;
struct rag;

/* Removes unfinished uploads; objects that have had no database row for `rag.unnamed_days`; and vectors
 * of files whose ingestion failed or was cancelled. Failures are logged, and one tenant's does not stop
 * the others. `stop` ends it early. */
void rag_sweep_all(struct rag *rag, struct bh_db_pool *pool, const bool *stop);

/* The worker. */
void rag_sweep_run(struct bh_runtime *runtime, void *service);

#endif
