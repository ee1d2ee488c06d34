/* SPDX-License-Identifier: Apache-2.0 */
/* move.h: the job that moves a store's vectors into a table of its own when the store has become large,
 * and back when it has become small.
 *
 * A search reads the flag (store_statistics.own_vectors) and the vectors in one statement, so that it finds
 * all of them on whichever side the flag says. The vectors are copied aside in short transactions, each
 * with the store's statistics locked, as everybody does who changes its index; the last one sets the flag.
 * Only then does the other side go. Whatever was copied stays when the process dies: the next attempt
 * begins behind it. */
#ifndef RAG_MOVE_H
#define RAG_MOVE_H

#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "queue/worker.h"
#include "rag/store.h"

#define RAG_JOB_MOVE "move_vectors" /* subject: the store */
#define RAG_MOVE_TURN_MS 3000

/* Adds the job, which decides whether there is anything to do; inside bh_tx_run, with the store's statistics
 * locked. While one is pending, nothing is added. */
BH_MUST_CHECK int rag_move_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store);

/* The same if the store lies on the wrong side for its size: above `most` chunks it gets a table of its own,
 * below half of that it loses it. Locks the statistics. A store that has gone is no error. */
BH_MUST_CHECK int rag_move_consider(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t most);

/* The same in a transaction of its own, where a search has read such statistics: a store may have been there
 * before the setting. */
BH_MUST_CHECK int rag_move_look(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_statistics *statistics, int64_t most);

/* One store at a time in this process; others are put off. After a turn it yields to waiting jobs. */
BH_MUST_CHECK int rag_move_run(struct bh_job *job, int64_t turn_ms);

#endif
