/* purge.h: the job that deletes what a store has left behind. */
#ifndef RAG_PURGE_H
#define RAG_PURGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "queue/queue.h"
#include "rag/rag.h"

#define RAG_PURGE_TURN_MS 3000

/* Deletes in steps of some thousands of rows, so that no transaction and no lease grows with the store.
 * Once it has taken a turn it gives way to others who wait, and comes again: *out_ended is set, nothing
 * is left to do for the job now. BH_E_STOPPING when *stop (polled) is set. */
BH_MUST_CHECK int rag_purge_run(struct rag *rag, struct bh_db *db, const struct bh_lease *lease,
	const bool *stop, int64_t turn_ms, bool *out_ended);

#endif
