/* SPDX-License-Identifier: Apache-2.0 */
/* worker_pool.c: idle threads wait for a job handed over or for their turn to look into the queue. */
#include "queue/worker_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

struct bh_worker_pool *
bh_worker_pool_new(const struct bh_worker_conf *conf)
{
	size_t n = (size_t)conf->seats.places;
	struct bh_worker_pool *pool = calloc(1, sizeof(*pool) + n * sizeof(pool->slots[0]));

	BH_ASSERT(pool != NULL);
	pool->conf = *conf;
	bh_seats_init(&pool->seats, &conf->seats);
	bh_lease_worker(conf->queue, pool->name);
	pthread_mutex_init(&pool->claims, NULL);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	bh_clock_cond_init(&pool->ended);
	for (size_t i = 0; i < n; i++)
		pool->slots[i].pool = pool;
	return pool;
}

void
bh_worker_pool_free(struct bh_worker_pool *pool)
{
	if (pool == NULL)
		return;
	BH_ASSERT(pool->alive == 0);
	pthread_cond_destroy(&pool->ended);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	pthread_mutex_destroy(&pool->claims);
	free(pool);
}

/* Under the lock. */
static void
look(struct bh_worker_pool *pool)
{
	pool->look = true;
	pthread_cond_signal(&pool->wake);
}

void
bh_worker_pool_wake(struct bh_worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	look(pool);
	pthread_mutex_unlock(&pool->lock);
}

void
bh_worker_pool_hand(struct bh_worker_pool *pool, const struct bh_uuid *tenant,
	const struct bh_uuid *job, bool background)
{
	/* A claim under way may turn out to be this tenant's: room is left for it. */
	int64_t spare;

	pthread_mutex_lock(&pool->lock);
	spare = pool->claiming ? 1 : 0;
	if (pool->n_handed < pool->idle && bh_seats_free(&pool->seats, tenant, background) > spare) {
		bh_seats_take(&pool->seats, tenant, background);
		pool->handed[pool->n_handed++] = (struct bh_worker_handed){*tenant, *job, background};
		pthread_cond_signal(&pool->wake);
	}
	pthread_mutex_unlock(&pool->lock);
}

size_t
bh_worker_pool_busy(struct bh_worker_pool *pool)
{
	size_t n;

	pthread_mutex_lock(&pool->lock);
	n = pool->busy;
	pthread_mutex_unlock(&pool->lock);
	return n;
}

size_t
bh_worker_pool_drop(struct bh_worker_pool *pool, const struct bh_uuid *tenant)
{
	size_t n = 0;

	pthread_mutex_lock(&pool->lock);
	for (int64_t i = 0; i < pool->conf.seats.places; i++) {
		struct bh_worker_slot *slot = &pool->slots[i];

		if (slot->working && bh_uuid_equal(&slot->job.lease.tenant, tenant))
			bh_job_stop_set(&slot->job.stop, BH_JOB_STOP_LOST);
	}
	/* With those that are claimed at this moment. */
	for (int64_t i = 0; i < pool->seats.n; i++)
		n += bh_uuid_equal(&pool->seats.taken[i].tenant, tenant);
	pthread_mutex_unlock(&pool->lock);
	return n;
}

/* Were there one more place, as this job's will be. */
int
bh_job_others_wait(const struct bh_job *job, struct bh_db *db, bool *out_wait)
{
	struct bh_worker_pool *pool = job->pool;
	struct bh_seats_full full;
	struct bh_seats seats;

	pthread_mutex_lock(&pool->lock);
	seats = pool->seats;
	pthread_mutex_unlock(&pool->lock);
	seats.conf.places++;
	bh_seats_full(&seats, &full);
	full.tenants[full.kept_back.n_tenants++] = job->lease.tenant;
	return bh_queue_others_wait(db, pool->conf.queue, full.tenants, full.kept_back.n_tenants,
		out_wait);
}

/* ---- claiming ---- */

static const struct bh_job_kind *
find_kind(const struct bh_job *job)
{
	const struct bh_job_kind *kind = job->pool->conf.kinds;

	while (kind->name != NULL && strcmp(kind->name, job->lease.kind) != 0)
		kind++;
	return kind;
}

/* Under the lock. */
static void
begin_job(struct bh_worker_slot *slot)
{
	struct bh_job *job = &slot->job;

	job->kind = find_kind(job);
	job->beaten_ms = bh_clock_steady_ms();
	job->unwatched_ms = job->lease.unwatched_ms;
	slot->working = true;
}

/* The next job of the queue, of whoever has room; with a seat. */
static int
claim_next(struct bh_worker_slot *slot)
{
	struct bh_worker_pool *pool = slot->pool;
	struct bh_lease *lease = &slot->job.lease;
	struct bh_seats_full full;
	int rc;

	pthread_mutex_lock(&pool->claims);
	pthread_mutex_lock(&pool->lock);
	pool->claiming = true;
	bh_seats_full(&pool->seats, &full);
	pthread_mutex_unlock(&pool->lock);

	rc = bh_lease_claim(&slot->job.db, pool->conf.queue, pool->name, pool->conf.lease_ms,
		&full.kept_back, lease);

	pthread_mutex_lock(&pool->lock);
	pool->claiming = false;
	if (rc == 0) {
		bh_seats_take(&pool->seats, &lease->tenant, lease->background);
		begin_job(slot);
		/* There may be more, for whoever is idle. */
		look(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	pthread_mutex_unlock(&pool->claims);
	return rc;
}

/* The job handed over, which has a seat already. */
static int
claim_handed(struct bh_worker_slot *slot, const struct bh_worker_handed *handed)
{
	struct bh_worker_pool *pool = slot->pool;
	int rc;

	slot->job.db.context = handed->tenant;
	rc = bh_lease_claim_job(&slot->job.db, &handed->tenant, &handed->job, pool->name,
		pool->conf.lease_ms, &slot->job.lease);
	pthread_mutex_lock(&pool->lock);
	if (rc == 0)
		begin_job(slot);
	else
		bh_seats_leave(&pool->seats, &handed->tenant, handed->background);
	pthread_mutex_unlock(&pool->lock);
	return rc;
}

static void
end_job(struct bh_worker_slot *slot)
{
	struct bh_worker_pool *pool = slot->pool;
	const struct bh_lease *lease = &slot->job.lease;

	pthread_mutex_lock(&pool->lock);
	slot->working = false;
	bh_seats_leave(&pool->seats, &lease->tenant, lease->background);
	pthread_mutex_unlock(&pool->lock);
}

/* ---- the threads ---- */

static void
set_busy(struct bh_worker_slot *slot, bool busy)
{
	struct bh_worker_pool *pool = slot->pool;

	pthread_mutex_lock(&pool->lock);
	pool->busy = pool->busy + busy - slot->busy;
	slot->busy = busy;
	pthread_mutex_unlock(&pool->lock);
}

/* Does one job, `handed` or (NULL) the queue's next; false when there was none. */
static bool
do_one(struct bh_worker_slot *slot, const struct bh_worker_handed *handed)
{
	struct bh_job *job = &slot->job;
	int rc;

	*job = (struct bh_job){.pool = slot->pool,
		.service = slot->pool->conf.service,
		.db = {.pool = slot->pool->conf.db, .arena = &job->arena}};
	bh_error_clear();
	rc = handed != NULL ? claim_handed(slot, handed) : claim_next(slot);
	set_busy(slot, rc == 0);
	if (rc == 0) {
		bh_worker_job_do(job);
		end_job(slot);
	} else if (rc != BH_E_EMPTY && rc != BH_E_LOST && !bh_error_is_transient(rc)) {
		/* A database that is away shows at every request; here only the next look is waited for. */
		bh_log_failure("claim a job", rc);
	}
	bh_arena_close(&job->arena);
	return rc == 0;
}

/* Waits for a job handed over (*out_handed) or for its turn to look into the queue; false at the end. */
static bool
wait_for_work(struct bh_worker_pool *pool, struct bh_worker_handed *out, bool *out_handed)
{
	pthread_mutex_lock(&pool->lock);
	pool->idle++;
	while (pool->n_handed == 0 && !pool->look && !bh_worker_stopping(pool))
		pthread_cond_wait(&pool->wake, &pool->lock);
	pool->idle--;
	*out_handed = pool->n_handed > 0;
	if (*out_handed)
		*out = pool->handed[--pool->n_handed];
	else
		pool->look = false;
	pthread_mutex_unlock(&pool->lock);
	return !bh_worker_stopping(pool);
}

/* No thread is gone before the last job is done: a process that a job has started ends with its thread, and may be
 * another job's by now. */
static void
leave_together(struct bh_worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	if (--pool->alive == 0)
		pthread_cond_broadcast(&pool->wake);
	pthread_cond_signal(&pool->ended);
	while (pool->alive > 0)
		pthread_cond_wait(&pool->wake, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
}

/* After a job the queue comes first: who waited there waited longest, and a job that was kept back for its
 * tenant's share may have room now. */
void *
bh_worker_thread_run(void *ctx)
{
	struct bh_worker_slot *slot = ctx;
	struct bh_worker_pool *pool = slot->pool;
	struct bh_worker_handed handed;
	bool is_handed = false;

	while (wait_for_work(pool, &handed, &is_handed)) {
		bool found = do_one(slot, is_handed ? &handed : NULL);

		while (found && !bh_worker_stopping(pool))
			found = do_one(slot, NULL);
	}
	leave_together(pool);
	return NULL;
}
