/* SPDX-License-Identifier: Apache-2.0 */
/* worker_pool.h: a pool's own side. Only src/queue includes it. */
#ifndef BH_QUEUE_WORKER_POOL_H
#define BH_QUEUE_WORKER_POOL_H

#include <pthread.h>

#include "queue/worker.h"

/* A thread and the job that it has. */
struct bh_worker_slot {
	struct bh_worker_pool *pool; /* borrowed */
	pthread_t thread;
	bool started;
	bool working; /* it has a job */
	bool busy;    /* it has one or, right after one, looks for the next */
	struct bh_job job;
};

/* A job that was handed over and has a seat already. */
struct bh_worker_handed {
	struct bh_uuid tenant, job;
	bool background;
};

struct bh_worker_pool {
	struct bh_worker_conf conf;
	char name[BH_WORKER_NAME];
	/* One claim at a time: each is given what the one before left. Taken before lock. */
	pthread_mutex_t claims;
	pthread_mutex_t lock;  /* guards what follows */
	pthread_cond_t wake;   /* there is something for an idle thread */
	pthread_cond_t ended;  /* a thread has ended; on the steady clock */
	struct bh_seats seats; /* of every job that a thread has, or was handed */
	bool claiming;         /* a thread asks the queue and has no seat yet */
	bool look;             /* an idle thread is to look into the queue */
	size_t alive, idle, busy;
	struct bh_worker_handed handed[BH_SEATS_MOST];
	size_t n_handed;
	int64_t beaten_ms;             /* the tending thread's only */
	struct bh_worker_slot slots[]; /* as many as there are seats */
};

static inline bool
bh_worker_stopping(const struct bh_worker_pool *pool)
{
	return __atomic_load_n(pool->conf.stop, __ATOMIC_RELAXED);
}

/* worker_pool.c: a thread's life; ctx is its slot. */
void *bh_worker_thread_run(void *ctx);

/* worker_job.c: does the job and ends its lease. */
void bh_worker_job_do(struct bh_job *job);

#endif
