/* SPDX-License-Identifier: Apache-2.0 */
/* replica.c: whether a server that only reads has replayed all that was written before somebody asks it. */
#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "db/pool.h"

enum {
	LOOKS = 4, /* at how far it has come, before the primary answers */
	LOOK_PAUSE_MS = 2,
	AWAY_MS = 5000 /* a replica that failed is left alone for so long */
};

/* All that was acknowledged before lies before this position, whether it was flushed or not. */
static int
position(struct bh_db *db, const char **out)
{
	static const char sql[] = "SELECT pg_current_wal_insert_lsn()::text";

	return bh_db_read_one(db, sql, NULL, 0, &bh_row_text, out);
}

/* One that has been promoted is no replica any more. */
static int
look(struct bh_db *replica, const char *position, bool *out_there)
{
	static const char sql[] = "SELECT pg_is_in_recovery() AND"
							  " coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)";
	const struct bh_param params[] = {bh_text_param(position)};

	return bh_db_read_one(replica, sql, params, BH_COUNT(params), &bh_row_bool, out_there);
}

static void
leave_alone(const struct bh_pool_replica *own)
{
	atomic_store(own->away_until_ms, bh_clock_steady_ms() + AWAY_MS);
}

static bool
has_come_so_far(struct bh_db *replica, const struct bh_pool_replica *own, const char *position)
{
	static const struct timespec pause = {.tv_nsec = LOOK_PAUSE_MS * 1000000L};
	bool there = false;

	for (int looks = 0; looks < LOOKS && !there; looks++) {
		if (looks > 0)
			nanosleep(&pause, NULL);
		if (look(replica, position, &there) < 0) {
			leave_alone(own);
			return false;
		}
	}
	return there;
}

bool
bh_db_replica(struct bh_db *db, struct bh_db *out)
{
	const struct bh_pool_replica own = bh_pool_replica(db->pool);
	struct bh_db replica = *db;
	const char *written;

	if (own.pool == NULL || db->tx != NULL || db->session != NULL)
		return false;
	replica.pool = own.pool;
	if (bh_clock_steady_ms() < atomic_load(own.away_until_ms) || position(db, &written) < 0 ||
		!has_come_so_far(&replica, &own, written)) {
		atomic_fetch_add(own.passed, 1);
		return false;
	}
	atomic_fetch_add(own.chosen, 1);
	*out = replica;
	return true;
}

bool
bh_db_replica_gave_up(const struct bh_db *db, int rc)
{
	const struct bh_pool_replica own = bh_pool_replica(db->pool);

	if (rc != BH_E_DB_DOWN && rc != BH_E_DB_RETRY && rc != BH_E_POOL)
		return false;
	if (rc == BH_E_DB_DOWN)
		leave_alone(&own);
	return true;
}
