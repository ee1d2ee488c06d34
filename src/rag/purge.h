/* SPDX-License-Identifier: Apache-2.0 */
/* purge.h: the job that deletes what a store has left behind. */
#ifndef RAG_PURGE_H
#define RAG_PURGE_H

#include <stdint.h>

#include "base/macros.h"
#include "queue/worker.h"

#define RAG_PURGE_TURN_MS 3000

/* Deletes in steps of some thousands of rows, so that no transaction and no lease grows with the store.
 * After a turn it yields to waiting jobs (BH_JOB_YIELD_MOVED), and comes again. */
BH_MUST_CHECK int rag_purge_run(struct bh_job *job, int64_t turn_ms);

#endif
