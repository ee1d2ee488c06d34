/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c: connections opened when needed, kept, and lent to one thread at a time, tenant by tenant. */
#include "db/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/pipeline.h"
#include "db/turns.h"

enum { REPLICA_WAIT_MS = 1000 };

/* No id that bh_uuid_new makes. */
const struct bh_uuid bh_db_stranger = {{0xff}};

struct bh_db_pool {
	pthread_mutex_t lock;
	struct bh_turns turns; /* who may have a connection */
	struct bh_conn *idle;  /* newest first, so that the same few stay warm; owned */
	int64_t open;          /* idle, lent, and being opened */
	int64_t waiting;
	uint64_t waited, refused;
	int64_t wait_ms;
	int64_t statement_ms;
	int64_t step_mib;
	bool citus;
	char *conninfo;    /* owned */
	char *application; /* owned */
	char *instance;    /* owned; NULL: none */
	_Atomic uint64_t losses;
	_Atomic uint32_t last; /* which of several servers accepted last */
	const char *session;   /* what its server must be where several are named; a literal or NULL */
	struct bh_db_pool *replica;      /* owned; NULL: none */
	_Atomic int64_t away_until_ms;   /* of a replica: nobody tries it before that */
	_Atomic uint64_t chosen, passed; /* of a replica */
};

/* Who waits for a connection, on its own stack. */
struct waiter {
	struct bh_turn turn; /* first: a turn is its waiter */
	pthread_cond_t wake;
	struct bh_conn *conn; /* handed over; NULL: to be opened */
};

/* Another pool below it, of as many connections. Whoever cannot have one soon asks the primary. */
static int
replica_open(const struct bh_db_conf *conf, struct bh_db_pool *pool)
{
	struct bh_db_conf replica = *conf;
	int rc;

	if (conf->replica == NULL || conf->replica[0] == '\0')
		return 0;
	replica.conninfo = conf->replica;
	replica.replica = NULL;
	replica.wait_ms = conf->wait_ms < REPLICA_WAIT_MS ? conf->wait_ms : REPLICA_WAIT_MS;
	rc = bh_db_pool_open(&replica, &pool->replica);
	if (rc == 0)
		pool->replica->session = "any";
	return rc;
}

int
bh_db_pool_open(const struct bh_db_conf *conf, struct bh_db_pool **out)
{
	struct bh_db_pool *pool;
	int rc;

	BH_ASSERT(conf->connections > 0 && conf->wait_ms > 0 && conf->statement_ms > 0);
	if (conf->vital_connections >= conf->connections)
		return bh_error(BH_E_CONFIG,
			"database.vital_connections must be less than database.connections");
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return BH_E_MEMORY;
	bh_turns_init(&pool->turns, conf->connections, conf->vital_connections,
		conf->tenant_share_percent > 0 ? conf->tenant_share_percent : 100);
	pool->wait_ms = conf->wait_ms;
	pool->statement_ms = conf->statement_ms;
	pool->step_mib = conf->step_mib;
	pool->citus = conf->citus;
	pool->conninfo = strdup(conf->conninfo);
	pool->application = strdup(conf->application != NULL ? conf->application : "bulkhead");
	pool->instance = conf->instance != NULL ? strdup(conf->instance) : NULL;
	if (pool->conninfo == NULL || pool->application == NULL ||
		(conf->instance != NULL && pool->instance == NULL)) {
		free(pool->conninfo);
		free(pool->application);
		free(pool->instance);
		free(pool);
		return BH_E_MEMORY;
	}
	pthread_mutex_init(&pool->lock, NULL);
	rc = replica_open(conf, pool);
	if (rc < 0) {
		bh_db_pool_close(pool);
		return rc;
	}
	*out = pool;
	return 0;
}

void
bh_db_pool_close(struct bh_db_pool *pool)
{
	struct bh_conn *conn;

	if (pool == NULL)
		return;
	while ((conn = pool->idle) != NULL) {
		pool->idle = conn->next;
		pool->open--;
		bh_conn_close(conn);
	}
	bh_db_pool_close(pool->replica);
	BH_ASSERT(pool->open == 0); /* a connection still lent would outlive its pool */
	bh_turns_close(&pool->turns);
	pthread_mutex_destroy(&pool->lock);
	free(pool->conninfo);
	free(pool->application);
	free(pool->instance);
	free(pool);
}

bool
bh_db_is_spread(const struct bh_db *db)
{
	return db->pool->citus;
}

void
bh_db_pool_use(struct bh_db_pool *pool, struct bh_db_use *out)
{
	pthread_mutex_lock(&pool->lock);
	*out = (struct bh_db_use){
		.open = pool->open,
		.lent = pool->turns.vital_held + pool->turns.payers_held,
		.waiting = pool->waiting,
		.waited = pool->waited,
		.refused = pool->refused,
		.replica_chosen = pool->replica != NULL ? atomic_load(&pool->replica->chosen) : 0,
		.replica_passed = pool->replica != NULL ? atomic_load(&pool->replica->passed) : 0,
	};
	pthread_mutex_unlock(&pool->lock);
}

uint64_t
bh_db_pool_losses(const struct bh_db_pool *pool)
{
	return atomic_load(&pool->losses);
}

/* An idle connection, or room for a new one (NULL). Called with the lock, by whoever has a place. */
static struct bh_conn *
idle_take(struct bh_db_pool *pool)
{
	struct bh_conn *conn = pool->idle;

	if (conn != NULL)
		pool->idle = conn->next;
	else
		pool->open++;
	return conn;
}

/* Wakes those who may have what came free. Called with the lock. */
static void
hand_on(struct bh_db_pool *pool)
{
	struct waiter *waiter;

	while ((waiter = (struct waiter *)bh_turns_next(&pool->turns)) != NULL) {
		waiter->conn = idle_take(pool);
		pthread_cond_signal(&waiter->wake);
	}
}

/* One connection less open, or never opened. */
static void
pool_forget(struct bh_db_pool *pool, struct bh_turns_payer *payer, struct bh_conn *conn)
{
	bh_conn_close(conn);
	pthread_mutex_lock(&pool->lock);
	pool->open--;
	bh_turns_leave(&pool->turns, payer);
	hand_on(pool);
	pthread_mutex_unlock(&pool->lock);
}

/* Called with the lock, which it gives up while it waits. */
static int
turn_wait(struct bh_db_pool *pool, struct waiter *waiter)
{
	int64_t until_ms = bh_clock_steady_ms() + pool->wait_ms;
	bool in_time = true;

	bh_clock_cond_init(&waiter->wake);
	pool->waiting++;
	pool->waited++;
	while (waiter->turn.waiting && in_time)
		in_time = bh_clock_wait_until(&waiter->wake, &pool->lock, until_ms);
	pool->waiting--;
	pthread_cond_destroy(&waiter->wake);
	if (!waiter->turn.waiting)
		return 0; /* perhaps at the last moment */
	pool->refused++;
	bh_turns_withdraw(&pool->turns, &waiter->turn);
	return BH_E_POOL;
}

/* Waits for an idle connection (*out) or room for a new one (*out NULL, counted as open). */
static int
pool_wait(const struct bh_db *db, struct bh_turns_payer **out_payer, struct bh_conn **out)
{
	struct bh_db_pool *pool = db->pool;
	struct waiter waiter;
	int rc = 0;

	pthread_mutex_lock(&pool->lock);
	if (bh_turns_ask(&pool->turns, db->vital ? NULL : bh_db_payer(db), &waiter.turn))
		waiter.conn = idle_take(pool);
	else
		rc = turn_wait(pool, &waiter);
	pthread_mutex_unlock(&pool->lock);
	if (rc < 0)
		return bh_error(rc,
			"none of %lld connections became available for this tenant within %lld ms",
			(long long)pool->turns.places, (long long)pool->wait_ms);
	*out_payer = waiter.turn.payer;
	*out = waiter.conn;
	return 0;
}

/* Another idle connection for one that has died, or room for a new one. */
static struct bh_conn *
pool_replace(struct bh_db_pool *pool, struct bh_conn *conn)
{
	atomic_fetch_add(&pool->losses, 1);
	bh_conn_close(conn);
	pthread_mutex_lock(&pool->lock);
	pool->open--;
	conn = idle_take(pool);
	pthread_mutex_unlock(&pool->lock);
	return conn;
}

int
bh_pool_take(const struct bh_db *db, struct bh_conn **out)
{
	struct bh_db_pool *pool = db->pool;
	const struct bh_conn_conf conf = {
		.conninfo = pool->conninfo,
		.application = pool->application,
		.instance = pool->instance,
		.statement_ms = pool->statement_ms,
		.step_mib = pool->step_mib,
		.citus = pool->citus,
		.wait_ms = pool->wait_ms,
		.session = pool->session,
		.last = &pool->last,
	};
	struct bh_turns_payer *payer = NULL;
	struct bh_conn *conn = NULL;
	int rc;

	rc = pool_wait(db, &payer, &conn);
	if (rc < 0)
		return rc;
	while (conn != NULL && !bh_conn_usable(conn))
		conn = pool_replace(pool, conn);
	if (conn == NULL)
		rc = bh_conn_open(&conf, &conn);
	if (rc < 0) {
		pool_forget(pool, payer, NULL);
		return rc;
	}
	conn->payer = payer;
	*out = conn;
	return 0;
}

void
bh_pool_give(struct bh_db_pool *pool, struct bh_conn *conn)
{
	BH_ASSERT(conn->broken || conn->stale || !conn->begun);
	if (conn->broken)
		atomic_fetch_add(&pool->losses, 1);
	if (conn->broken || conn->stale) {
		pool_forget(pool, conn->payer, conn);
		return;
	}
	pthread_mutex_lock(&pool->lock);
	conn->next = pool->idle;
	pool->idle = conn;
	bh_turns_leave(&pool->turns, conn->payer);
	hand_on(pool);
	pthread_mutex_unlock(&pool->lock);
}

int
bh_db_pool_ping(struct bh_db_pool *pool)
{
	const struct bh_db db = {.pool = pool, .vital = true};
	struct bh_conn *conn;
	int64_t answer_ms;
	int rc;

	rc = bh_pool_take(&db, &conn);
	if (rc < 0)
		return rc;
	answer_ms = conn->answer_ms;
	conn->answer_ms = pool->wait_ms;
	rc = bh_pipeline_ping(conn);
	conn->answer_ms = answer_ms;
	bh_pool_give(pool, conn);
	return rc;
}

struct bh_pool_replica
bh_pool_replica(const struct bh_db_pool *pool)
{
	struct bh_db_pool *replica = pool->replica;

	return replica == NULL ? (struct bh_pool_replica){0}
						   : (struct bh_pool_replica){
								 .pool = replica,
								 .away_until_ms = &replica->away_until_ms,
								 .chosen = &replica->chosen,
								 .passed = &replica->passed,
							 };
}
