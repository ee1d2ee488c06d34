/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h: borrowing a connection for one statement or one transaction. Private to src/db. */
#ifndef BH_DB_POOL_H
#define BH_DB_POOL_H

#include <stdint.h>

#include "base/macros.h"

struct bh_conn;
struct bh_db;
struct bh_db_pool;

/* A free connection, or a new one, or one that comes free within wait_ms: charged to the handle's payer,
 * or to the vital ones. BH_E_POOL, BH_E_DB_DOWN. */
BH_MUST_CHECK int bh_pool_take(const struct bh_db *db, struct bh_conn **out);

/* Takes it back; a broken or stale one is closed. */
void bh_pool_give(struct bh_db_pool *pool, struct bh_conn *conn);

/* What is kept of a pool's replica; pool NULL: it has none. */
struct bh_pool_replica {
	struct bh_db_pool *pool; /* borrowed, as all of it */
	_Atomic int64_t *away_until_ms;
	_Atomic uint64_t *chosen, *passed;
};
struct bh_pool_replica bh_pool_replica(const struct bh_db_pool *pool);

#endif
