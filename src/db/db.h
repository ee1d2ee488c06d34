/* SPDX-License-Identifier: Apache-2.0 */
/* db.h: PostgreSQL behind two files (conn.c, query.c): a pool, tenant context, prepared statements.
 *
 * A store function is one literal statement and one call: parameters (param.h), the text, and what a row
 * is read into (row.h). The context (row security's tenant) comes
 * from the handle, $1 comes from the store function's tenant argument: two locks, two sources.
 * Each call is one libpq pipeline: set_config('bulkhead.tenant_id', …, true) + statement + Sync,
 * which PostgreSQL runs as one implicit transaction; statements are prepared once a connection. */
#ifndef BH_DB_DB_H
#define BH_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/param.h"
#include "db/row.h"

struct bh_db_pool;
struct bh_conn;

struct bh_db_conf {
	const char *conninfo;      /* borrowed while opening: libpq key=value words or a URL */
	int64_t connections;       /* most open at once */
	int64_t vital_connections; /* of these, kept for vital handles; fewer than connections */
	/* Maximum share of the others that a single active tenant holds; with n such tenants, one in n *
	 * share / (100 - share) + 1 stays free. 0: 100. */
	int64_t tenant_share_percent;
	int64_t wait_ms;         /* maximum wait for a free connection; then BH_E_POOL */
	int64_t statement_ms;    /* statement_timeout */
	int64_t step_mib;        /* work_mem: one sort or hash of a statement; 0: the server's own */
	const char *application; /* application_name */
	const char *instance;    /* bulkhead.instance: the UUID of this process's row; NULL: none */
	bool citus;          /* the server spreads tables over others: the context must reach those */
	const char *replica; /* conninfo of servers that only read (bh_db_replica); NULL: none */
};

/* Opens the pool without connecting. BH_E_CONFIG if no connections are left besides the vital ones. */
BH_MUST_CHECK int bh_db_pool_open(const struct bh_db_conf *conf, struct bh_db_pool **out);
void bh_db_pool_close(struct bh_db_pool *pool);
/* BH_E_DB_DOWN unless a connection answers within wait_ms. */
BH_MUST_CHECK int bh_db_pool_ping(struct bh_db_pool *pool);
/* Counts reconnections after a loss; a change means that the server was unavailable. */
uint64_t bh_db_pool_losses(const struct bh_db_pool *pool);

/* What a pool is doing. */
struct bh_db_use {
	int64_t open;            /* connections */
	int64_t lent;            /* of these, in use or being opened */
	int64_t waiting;         /* threads that wait for one now */
	uint64_t waited;         /* how many ever waited */
	uint64_t refused;        /* and how many of those timed out */
	uint64_t replica_chosen; /* how often a replica was asked */
	uint64_t replica_passed; /* and how often it was away or behind, so that the primary was */
};
void bh_db_pool_use(struct bh_db_pool *pool, struct bh_db_use *out);

/* The payer of requests without a verified tenant: they all use one share, whichever tenant they name. */
extern const struct bh_uuid bh_db_stranger;

/* A handle: whose rows are visible, and where text results go. Cheap; made per request or job. */
struct bh_db {
	struct bh_db_pool *pool; /* borrowed */
	struct bh_arena *arena;  /* borrowed; text and bytes results live there */
	struct bh_uuid context;  /* the verified tenant; zero: no context, no rows */
	struct bh_uuid payer;    /* whose share of the connections is used; zero: the context's */
	/* Uses connections reserved for tasks that keep the platform running (revocation, keys, leases,
	 * settlement, health). Only for short statements. */
	bool vital;
	struct bh_conn *session; /* set between bh_db_session_open and _close only */
	struct bh_conn *tx;      /* set inside bh_tx_run only */
};

/* True where the server spreads tables over others (bh_db_conf.citus). */
bool bh_db_is_spread(const struct bh_db *db);

/* ---- one statement each; sql must be a string literal (its address keys the prepared statement) ----
 *
 * The caller decides whether a statement may be repeated; its text is not parsed. Statements of
 * bh_db_exec, _one, _maybe and _each may have written and are sent only once. Statements of bh_db_read_*
 * are sent again if the connection breaks: outside a transaction they run read only, so that a statement
 * that writes fails (BH_E_DB, 25006) instead of writing twice.
 *
 * Errors of all: BH_E_DB_DOWN (not sent, or a read), BH_E_DB_UNKNOWN (the connection broke under what
 * may have written), BH_E_POOL, BH_E_CONFLICT (unique key), BH_E_REFERENCE (foreign key), BH_E_DB_RETRY
 * (serialisation, deadlock), BH_E_DB_LATE (a time limit; nothing was written), BH_E_DB_DATA (a value it
 * cannot hold), BH_E_DB (anything else; detail has SQLSTATE and message, never parameters). Outside a
 * transaction and a session a statement that was not sent is tried on one fresh connection first. */

/* A write whose rows are not asked for. Where Citus spreads the rows, INSERT … SELECT of what is not one tenant's table is
 * written with RETURNING, for it would be copied otherwise, which row security refuses. *out_rows (may be NULL) gets the count. */
BH_MUST_CHECK int bh_db_exec(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, int64_t *out_rows);
/* A write that changes one row; BH_E_NOT_FOUND if it changed none (more is our mistake: panic). */
BH_MUST_CHECK int bh_db_change(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params);
/* One row or none; *out_changed tells. */
BH_MUST_CHECK int bh_db_change_maybe(struct bh_db *db, const char *sql,
	const struct bh_param *params, size_t n_params, bool *out_changed);

/* In all that follow `out` points to the row's struct, or for a row of one column to its variable. */

/* Exactly one row; BH_E_NOT_FOUND if there is none (more than one is our mistake: panic). */
BH_MUST_CHECK int bh_db_one(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, const struct bh_row *row, void *out);
BH_MUST_CHECK int bh_db_read_one(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, const struct bh_row *row, void *out);

/* One row or none; *out_found tells. */
BH_MUST_CHECK int bh_db_maybe(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, const struct bh_row *row, void *out, bool *out_found);
BH_MUST_CHECK int bh_db_read_maybe(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, const struct bh_row *row, void *out, bool *out_found);

/* Any number of rows, as an array in db->arena; `out_rows` is the address of a pointer to such structs. */
BH_MUST_CHECK int bh_db_each(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, const struct bh_row *row, void *out_rows, size_t *out_count);
BH_MUST_CHECK int bh_db_read_each(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, const struct bh_row *row, void *out_rows, size_t *out_count);

/* Runs `work` between BEGIN (READ COMMITTED) and COMMIT on one connection; `tx` is a handle like
 * `db` for use inside. A negative result rolls back and is returned. Repeats up to five times on
 * BH_E_DB_RETRY, so `work` must be able to run again. BH_E_DB_UNKNOWN: the COMMIT's outcome is not known. */
BH_MUST_CHECK int bh_tx_run(struct bh_db *db, int (*work)(struct bh_db *tx, void *ctx), void *ctx);

/* True while this handle is inside bh_tx_run: the skeleton asserts that no handler returns so. */
static inline bool
bh_db_in_tx(const struct bh_db *db)
{
	return db->tx != NULL;
}

/* Lends *out one connection for several statements in a row, each in its own transaction, and for
 * bh_tx_run, if a later one depends on the same server session as an earlier one (a flush after
 * asynchronous commits). The connection is never replaced: once it is broken, this and all later
 * statements fail with BH_E_DB_DOWN or BH_E_DB_UNKNOWN. Handles derived from *out by bh_db_as share it;
 * only one thread may use it at a time. Close it soon, because it is one of the pool's connections.
 * BH_E_POOL, BH_E_DB_DOWN. */
BH_MUST_CHECK int bh_db_session_open(const struct bh_db *db, struct bh_db *out);
/* Gives the connection back. Safe on a zeroed handle, and twice. */
void bh_db_session_close(struct bh_db *session);

/* A handle like `db` for reads on a replica. False: there is none, it is away, or it has not replayed all that was
 * written before this call; the caller stays with `db`. A read there may still fail with BH_E_DB_DOWN, BH_E_DB_RETRY
 * (it stood in the way of the replay) or BH_E_POOL: bh_db_replica_gave_up tells, and the caller asks `db`. */
bool bh_db_replica(struct bh_db *db, struct bh_db *out);
bool bh_db_replica_gave_up(const struct bh_db *db, int rc);

/* Whose share of the connections a handle uses. */
static inline const struct bh_uuid *
bh_db_payer(const struct bh_db *db)
{
	return bh_uuid_is_zero(&db->payer) ? &db->context : &db->payer;
}

/* A handle with another context and the same payer: for platform routes and workers only. */
static inline struct bh_db
bh_db_as(const struct bh_db *db, const struct bh_uuid *tenant)
{
	return (struct bh_db){
		.pool = db->pool,
		.arena = db->arena,
		.context = *tenant,
		.payer = *bh_db_payer(db),
		.vital = db->vital,
		.session = db->session,
	};
}

/* The same handle on connections that requests cannot take. */
static inline struct bh_db
bh_db_vital(const struct bh_db *db)
{
	struct bh_db vital = *db;

	vital.vital = true;
	return vital;
}

#endif
