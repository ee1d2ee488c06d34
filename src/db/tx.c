/* SPDX-License-Identifier: Apache-2.0 */
/* tx.c: several statements between BEGIN and COMMIT, run again when they lose a race. */
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/pipeline.h"
#include "db/pool.h"

enum { TRIES = 5, PAUSE_MS = 5 };

/* Two that collided must not meet again: a random wait that grows. */
static void
pause_before(int tries)
{
	uint32_t most_us = (uint32_t)(PAUSE_MS * 1000) << tries;
	struct timespec wait = {.tv_nsec = (long)arc4random_uniform(most_us) * 1000};

	nanosleep(&wait, NULL);
}

/* One run of `work`; *out_again tells that a fresh connection may succeed. */
static int
attempt(struct bh_db *db, int (*work)(struct bh_db *tx, void *ctx), void *ctx, bool *out_again)
{
	struct bh_db tx = *db;
	int rc, ended;

	tx.tx = db->session;
	if (tx.tx == NULL) {
		rc = bh_pool_take(db, &tx.tx);
		if (rc < 0)
			return rc;
	}
	rc = work(&tx, ctx);
	if (rc < 0) {
		bh_pipeline_rollback(tx.tx);
	} else {
		ended = bh_pipeline_commit(tx.tx);
		if (ended < 0)
			rc = ended;
	}
	/* Before COMMIT a broken connection leaves nothing behind, so the work may run again. */
	*out_again = rc == BH_E_DB_RETRY || (rc == BH_E_DB_DOWN && tx.tx->broken);
	if (db->session == NULL)
		bh_pool_give(db->pool, tx.tx);
	else if (tx.tx->broken || tx.tx->stale)
		*out_again = false; /* a session has no other connection */
	return rc;
}

int
bh_tx_run(struct bh_db *db, int (*work)(struct bh_db *tx, void *ctx), void *ctx)
{
	bool again = false;
	int rc = 0;

	BH_ASSERT(db->tx == NULL); /* transactions do not nest */
	for (int tries = 0; tries < TRIES; tries++) {
		rc = attempt(db, work, ctx, &again);
		if (!again)
			return rc;
		again = false;
		pause_before(tries);
	}
	return rc;
}
