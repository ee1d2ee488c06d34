/* SPDX-License-Identifier: Apache-2.0 */
/* reembed.h: changes a store's embedding model: its job makes all vectors anew beside those that are searched.
 *
 * Chunks stay as they are. The job walks over them by number, which only grow, so that files that are added
 * meanwhile come last and those that are removed take both of their vectors with them; when it has reached the
 * last chunk, one transaction swaps model and vectors, and then the old vectors go. Each step is read off the
 * database, so that any attempt goes on where the last one stopped. */
#ifndef RAG_REEMBED_H
#define RAG_REEMBED_H

#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "queue/worker.h"
#include "rag/rag.h"

#define RAG_JOB_REEMBED "embed_again" /* subject: the store */
#define RAG_REEMBED_TURN_MS 3000

/* Inside bh_tx_run: from now on the store is to have this model. A change to another one that is under way is given
 * up; with the model that the store has, that is all. Asked for again, a change that failed begins anew.
 * BH_E_NOT_FOUND; BH_E_STATE: the store has expired. */
BH_MUST_CHECK int rag_reembed_ask(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *model, int64_t dimensions);

/* After a turn it gives its place back: being in the background, it comes behind its tenant's ingestions. */
BH_MUST_CHECK int rag_reembed_run(struct bh_job *job, int64_t turn_ms);

#endif
