/* SPDX-License-Identifier: Apache-2.0 */
/* worker_tend.c: one thread tends all jobs of a pool: their leases, their brakes, their time. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "queue/worker_pool.h"

enum {
	BEATS = 6,      /* of a lease */
	LOOK_TICKS = 2, /* between looks into the queue */
	WANTED_TICKS = 10,
	STACK_BYTES = 1024 * 1024
};

void
bh_job_tend(struct bh_job *job, bool tended)
{
	pthread_mutex_lock(&job->pool->lock);
	job->tended = tended;
	pthread_mutex_unlock(&job->pool->lock);
}

/* ---- leases ---- */

/* Copies, so that no lock is held over a statement. */
struct beat {
	struct bh_lease leases[BH_SEATS_MOST];
	const struct bh_lease *list[BH_SEATS_MOST];
	struct bh_worker_slot *slots[BH_SEATS_MOST];
	struct bh_lease_state states[BH_SEATS_MOST];
	size_t n;
};

static void
collect(struct bh_worker_pool *pool, struct beat *beat)
{
	pthread_mutex_lock(&pool->lock);
	for (int64_t i = 0; i < pool->conf.seats.places; i++) {
		if (!pool->slots[i].working)
			continue;
		beat->leases[beat->n] = pool->slots[i].job.lease;
		beat->list[beat->n] = &beat->leases[beat->n];
		beat->slots[beat->n++] = &pool->slots[i];
	}
	pthread_mutex_unlock(&pool->lock);
}

/* A job that is just ending has ended its lease itself: the brake finds it gone. */
static void
take_state(struct bh_worker_slot *slot, const struct bh_lease *lease,
	const struct bh_lease_state *state, int64_t now_ms)
{
	struct bh_job *job = &slot->job;

	if (!slot->working || !bh_uuid_equal(&job->lease.job, &lease->job) ||
		job->lease.epoch != lease->epoch)
		return;
	if (!state->held) {
		bh_job_stop_set(&job->stop, BH_JOB_STOP_LOST);
		return;
	}
	job->beaten_ms = now_ms;
	job->unwatched_ms = state->unwatched_ms;
	if (state->cancelled)
		bh_job_stop_set(&job->stop, BH_JOB_STOP_CANCELLED);
}

/* Moves the ends of all leases, and learns who has cancelled in other processes. */
static void
beat(struct bh_worker_pool *pool)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = pool->conf.db, .arena = &arena};
	struct beat beat = {0};
	int64_t now_ms = bh_clock_steady_ms();
	int rc;

	collect(pool, &beat);
	if (beat.n == 0 || now_ms - pool->beaten_ms < pool->conf.lease_ms / BEATS)
		return;
	rc = bh_lease_extend_all(&db, pool->conf.queue, beat.list, beat.n, pool->conf.lease_ms,
		beat.states);
	if (rc < 0)
		bh_log_failure("extend leases", rc);
	else
		pool->beaten_ms = now_ms;
	pthread_mutex_lock(&pool->lock);
	for (size_t i = 0; rc == 0 && i < beat.n; i++)
		take_state(beat.slots[i], &beat.leases[i], &beat.states[i], now_ms);
	pthread_mutex_unlock(&pool->lock);
	bh_arena_close(&arena);
}

/* ---- what triggers ask for ---- */

/* They ask where rows lie on other servers only. */
static void
make_wanted(struct bh_worker_pool *pool)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = pool->conf.db, .arena = &arena};
	int rc;

	if (!pool->conf.wanted || !bh_db_is_spread(&db) || bh_worker_stopping(pool))
		return;
	rc = bh_queue_make_wanted(&db, pool->conf.queue);
	if (rc < 0 && !bh_error_is_transient(rc))
		bh_log_failure("make the jobs that are wanted", rc);
	bh_arena_close(&arena);
}

/* ---- all of it ---- */

/* One that cannot be started now is started later. */
static void
start_threads(struct bh_worker_pool *pool)
{
	pthread_attr_t attributes;
	int error = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_mutex_lock(&pool->lock);
	for (int64_t i = 0; error == 0 && i < pool->conf.seats.places; i++) {
		struct bh_worker_slot *slot = &pool->slots[i];

		if (slot->started)
			continue;
		error = pthread_create(&slot->thread, &attributes, bh_worker_thread_run, slot);
		slot->started = error == 0;
		pool->alive += slot->started;
	}
	pthread_mutex_unlock(&pool->lock);
	pthread_attr_destroy(&attributes);
	if (error != 0)
		bh_log(BH_LOG_ERROR, "start a worker: %s", strerror(error));
}

/* `stopped_ms`: since when the process is stopping; -1: it does not. */
static void
tend(struct bh_worker_slot *slot, int64_t stopped_ms)
{
	struct bh_job *job = &slot->job;

	if (!slot->working)
		return;
	if (stopped_ms >= 0 && bh_clock_steady_ms() - stopped_ms >= job->kind->finish_ms)
		bh_job_stop_set(&job->stop, BH_JOB_STOP_STOPPING);
	if (job->tended && job->kind->tend != NULL)
		job->kind->tend(job);
}

/* Tells the idle ones what there is to do. */
static void
tend_all(struct bh_worker_pool *pool, int64_t stopped_ms, bool looks)
{
	pthread_mutex_lock(&pool->lock);
	for (int64_t i = 0; i < pool->conf.seats.places; i++)
		tend(&pool->slots[i], stopped_ms);
	pool->look = pool->look || looks;
	if (stopped_ms >= 0)
		pthread_cond_broadcast(&pool->wake);
	else if (looks)
		pthread_cond_signal(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
}

/* A tick; false when the last thread has ended. */
static bool
wait_tick(struct bh_worker_pool *pool)
{
	bool goes_on;

	pthread_mutex_lock(&pool->lock);
	goes_on = pool->alive > 0 || !bh_worker_stopping(pool);
	if (goes_on)
		bh_clock_wait_until(&pool->ended, &pool->lock, bh_clock_steady_ms() + BH_JOB_TEND_MS);
	pthread_mutex_unlock(&pool->lock);
	return goes_on;
}

void
bh_worker_pool_run(struct bh_worker_pool *pool)
{
	int64_t stopped_ms = -1;
	unsigned tick = 0;

	do {
		if (!bh_worker_stopping(pool))
			start_threads(pool);
		else if (stopped_ms < 0)
			stopped_ms = bh_clock_steady_ms();
		tend_all(pool, stopped_ms, tick % LOOK_TICKS == 0);
		beat(pool);
		if (tick++ % WANTED_TICKS == 0)
			make_wanted(pool);
	} while (wait_tick(pool));
	for (int64_t i = 0; i < pool->conf.seats.places; i++) {
		if (pool->slots[i].started)
			pthread_join(pool->slots[i].thread, NULL);
		pool->slots[i].started = false;
	}
}
