/* pool.c: connections opened when needed, kept, and lent to one thread at a time. */
#include "db/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/query.h"

struct bh_db_pool {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct bh_conn *idle; /* newest first, so that the same few stay warm; owned */
	int64_t open;         /* idle, lent, and being opened */
	int64_t most;
	int64_t wait_ms;
	int64_t statement_ms;
	char *conninfo;    /* owned */
	char *application; /* owned */
	_Atomic uint64_t losses;
};

int
bh_db_pool_open(const struct bh_db_conf *conf, struct bh_db_pool **out)
{
	struct bh_db_pool *pool;

	BH_ASSERT(conf->connections > 0 && conf->wait_ms > 0 && conf->statement_ms > 0);
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return BH_E_MEMORY;
	pool->most = conf->connections;
	pool->wait_ms = conf->wait_ms;
	pool->statement_ms = conf->statement_ms;
	pool->conninfo = strdup(conf->conninfo);
	pool->application = strdup(conf->application != NULL ? conf->application : "bulkhead");
	if (pool->conninfo == NULL || pool->application == NULL) {
		free(pool->conninfo);
		free(pool->application);
		free(pool);
		return BH_E_MEMORY;
	}
	pthread_mutex_init(&pool->lock, NULL);
	bh_clock_cond_init(&pool->freed);
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
	BH_ASSERT(pool->open == 0); /* a connection still lent would outlive its pool */
	pthread_cond_destroy(&pool->freed);
	pthread_mutex_destroy(&pool->lock);
	free(pool->conninfo);
	free(pool->application);
	free(pool);
}

uint64_t
bh_db_pool_losses(const struct bh_db_pool *pool)
{
	return atomic_load(&pool->losses);
}

/* One place less in use; somebody who waits may open or take one. */
static void
pool_forget(struct bh_db_pool *pool, struct bh_conn *conn)
{
	bh_conn_close(conn);
	pthread_mutex_lock(&pool->lock);
	pool->open--;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
}

/* Waits for an idle connection (*out) or room for a new one (*out NULL, counted as open). */
static int
pool_wait(struct bh_db_pool *pool, const struct timespec *deadline, struct bh_conn **out)
{
	int rc = 0;

	pthread_mutex_lock(&pool->lock);
	while (pool->idle == NULL && pool->open >= pool->most && rc == 0)
		rc = pthread_cond_timedwait(&pool->freed, &pool->lock, deadline);
	*out = pool->idle;
	if (pool->idle != NULL) {
		pool->idle = pool->idle->next;
		rc = 0;
	} else if (pool->open < pool->most) {
		pool->open++;
		rc = 0;
	}
	pthread_mutex_unlock(&pool->lock);
	if (rc != 0)
		return bh_error(BH_E_POOL, "%lld connections were busy for %lld ms", (long long)pool->most,
			(long long)pool->wait_ms);
	return 0;
}

static int
pool_connect(struct bh_db_pool *pool, struct bh_conn **out)
{
	const struct bh_conn_conf conf = {
		.conninfo = pool->conninfo,
		.application = pool->application,
		.statement_ms = pool->statement_ms,
		.wait_ms = pool->wait_ms,
	};
	int rc;

	rc = bh_conn_open(&conf, out);
	if (rc < 0)
		pool_forget(pool, NULL);
	return rc;
}

int
bh_pool_take(struct bh_db_pool *pool, struct bh_conn **out)
{
	struct timespec deadline;
	struct bh_conn *conn;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += pool->wait_ms / 1000;
	deadline.tv_nsec += pool->wait_ms % 1000 * 1000000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	for (;;) {
		rc = pool_wait(pool, &deadline, &conn);
		if (rc < 0)
			return rc;
		if (conn == NULL)
			return pool_connect(pool, out);
		if (bh_conn_usable(conn)) {
			*out = conn;
			return 0;
		}
		atomic_fetch_add(&pool->losses, 1);
		pool_forget(pool, conn);
	}
}

void
bh_pool_give(struct bh_db_pool *pool, struct bh_conn *conn)
{
	BH_ASSERT(conn->broken || conn->stale || !conn->begun);
	if (conn->broken)
		atomic_fetch_add(&pool->losses, 1);
	if (conn->broken || conn->stale) {
		pool_forget(pool, conn);
		return;
	}
	pthread_mutex_lock(&pool->lock);
	conn->next = pool->idle;
	pool->idle = conn;
	pthread_cond_signal(&pool->freed);
	pthread_mutex_unlock(&pool->lock);
}

int
bh_db_pool_ping(struct bh_db_pool *pool)
{
	struct bh_conn *conn;
	int64_t answer_ms;
	int rc;

	rc = bh_pool_take(pool, &conn);
	if (rc < 0)
		return rc;
	answer_ms = conn->answer_ms;
	conn->answer_ms = pool->wait_ms;
	rc = bh_query_ping(conn);
	conn->answer_ms = answer_ms;
	bh_pool_give(pool, conn);
	return rc;
}
