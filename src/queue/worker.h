/* SPDX-License-Identifier: Apache-2.0 */
/* worker.h: the threads that do the jobs of a queue, by a table of the kinds of jobs.
 *
 * A pool claims due jobs, with a share for each tenant; extends all leases with one statement per
 * heartbeat; runs the function of the kind; and ends the lease according to its result. A job that was
 * just committed can be handed over directly, so that it starts immediately. Another kind of job is one
 * row and one function. */
#ifndef BH_QUEUE_WORKER_H
#define BH_QUEUE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"
#include "queue/queue.h"
#include "queue/seats.h"

struct bh_worker_pool;

/* Why a job has to end early; a kind's own reasons start at BH_JOB_STOP_OWN. */
enum bh_job_stop_reason {
	BH_JOB_STOP_NONE = 0,
	BH_JOB_STOP_CANCELLED, /* cancelled by request */
	BH_JOB_STOP_LOST,      /* another worker has taken over the job: write nothing more */
	BH_JOB_STOP_STOPPING,  /* the process is stopping */
	BH_JOB_STOP_OWN
};

/* The stop flag of a job; the first reason is kept. Zeroed means continue. */
struct bh_job_stop {
	bool now;   /* polled by long operations; atomic */
	int reason; /* atomic */
};
void bh_job_stop_set(struct bh_job_stop *stop, int reason);
int bh_job_stop_reason(const struct bh_job_stop *stop);

/* A job that a thread has, from its claim to the end of its lease. */
struct bh_job {
	struct bh_worker_pool *pool;    /* borrowed */
	const struct bh_job_kind *kind; /* borrowed: its row */
	void *service;                  /* borrowed: as in the pool's conf */
	struct bh_arena arena;          /* owned: for this job */
	struct bh_db db;                /* in the tenant's context, with the arena: this thread only */
	struct bh_lease lease;
	struct bh_job_stop stop;
	void *state; /* the kind's own: what `run` leaves to `tend` and give_up */
	int error;   /* for give_up: the error of the last attempt; 0: its processes died */
	/* For `tend` only. */
	bool tended;
	int64_t beaten_ms;    /* when the lease was last extended; steady clock */
	int64_t unwatched_ms; /* for how long nobody had waited for the job then */
};

/* What a kind's functions return besides errors. */
enum bh_job_end {
	BH_JOB_DONE = 0,
	BH_JOB_ENDED,      /* the lease was ended together with the object, or is left to expire */
	BH_JOB_YIELD,      /* others have their turn first: bh_lease_yield */
	BH_JOB_YIELD_MOVED /* the same, and this turn made durable progress */
};

/* One kind of job. An error of `run` gives the job back for a later attempt, after a wait that grows. A
 * job that was stopped is given back if the process is stopping, ends as cancelled if that was requested
 * (or `run` returns BH_E_CANCELLED), and is left alone if another worker has taken it over. */
struct bh_job_kind {
	const char *name; /* as in bh_job_new */
	int (*run)(struct bh_job *job);
	/* Ends what the job serves and, in the same transaction, its lease (BH_JOB_ENDED): its processes
	 * died, its data is wrong (BH_E_INVALID), or attempt number attempts_max, or a later one, failed
	 * with an error that is not transient. NULL: the job must be done eventually, so that it is retried
	 * forever, a day later after such deaths. */
	int (*give_up)(struct bh_job *job);
	/* Called every BH_JOB_TEND_MS for a job that is tended, under the pool's lock: it may stop the job,
	 * and must not wait. NULL: none. */
	void (*tend)(struct bh_job *job);
	int64_t attempts_max;
	/* Time that a job has to end by itself when the process stops: no longer than requests have to be
	 * answered, which is checked at the start. */
	int64_t finish_ms;
};

#define BH_JOB_TEND_MS 200

struct bh_worker_conf {
	const struct bh_job_kind *kinds; /* ends with a zeroed row */
	struct bh_seats_conf seats;      /* a thread for each place */
	int64_t lease_ms;                /* extended six times in that */
	bool wanted;                     /* triggers ask for its jobs (bh_queue_make_wanted) */
	/* Of the process; where a service's table names its jobs, the skeleton fills these in. */
	const char *queue;     /* the service's name */
	struct bh_db_pool *db; /* borrowed */
	const bool *stop;      /* polled: the process is stopping */
	void *service;         /* borrowed: what the kinds' functions work with */
};

/* conf is copied; what it points to outlives the pool. */
struct bh_worker_pool *bh_worker_pool_new(const struct bh_worker_conf *conf);
void bh_worker_pool_free(struct bh_worker_pool *pool); /* safe on NULL */

/* Does jobs until *stop is set, and returns when the last has ended. The calling thread maintains the
 * pool: it sends heartbeats, stops jobs and polls the queue from time to time. */
void bh_worker_pool_run(struct bh_worker_pool *pool);

/* Says that jobs were committed: an idle thread polls the queue immediately. */
void bh_worker_pool_wake(struct bh_worker_pool *pool);

/* Hands a job that was just committed to an idle thread. If no thread is idle, or the tenant has its
 * share of them, the job waits in the queue for its tenant's turn. */
void bh_worker_pool_hand(struct bh_worker_pool *pool, const struct bh_uuid *tenant,
	const struct bh_uuid *job, bool background);

/* How many threads have a job. Includes threads that gave their job back and look for the next one, so
 * that there is no additional room in between. */
size_t bh_worker_pool_busy(struct bh_worker_pool *pool);

/* Ends the jobs of a tenant that is being deleted: they have lost their leases and write nothing more. How many of
 * its jobs still have a thread, or are about to. */
size_t bh_worker_pool_drop(struct bh_worker_pool *pool, const struct bh_uuid *tenant);

/* ---- for a kind's functions ---- */

/* From here on the job is tended, or no longer. */
void bh_job_tend(struct bh_job *job, bool tended);

/* Whether another tenant's job is due that may have this one's place, so that a long-running job should
 * yield. */
BH_MUST_CHECK int bh_job_others_wait(const struct bh_job *job, struct bh_db *db, bool *out_wait);

#endif
