/* worker.h: the threads that do a queue's jobs, each as the row of its kind says.
 *
 * A pool claims what is due, with a share for each tenant; holds all its leases by one statement a beat;
 * runs the kind's function; and ends the lease by what that returns. Whoever has just committed a job may
 * hand it over, so that it begins at once. Another kind of job is one row and one function. */
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

/* Why a job has to end before it is done; a kind's own reasons begin at BH_JOB_STOP_OWN. */
enum bh_job_stop_reason {
	BH_JOB_STOP_NONE = 0,
	BH_JOB_STOP_CANCELLED, /* somebody asked for it */
	BH_JOB_STOP_LOST,      /* somebody newer has the job: write nothing more */
	BH_JOB_STOP_STOPPING,  /* the process goes down */
	BH_JOB_STOP_OWN
};

/* A job's brake; the first reason stays. Zeroed means go on. */
struct bh_job_stop {
	bool now;   /* polled by whatever takes long; atomic */
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
	int error;   /* for give_up: what the last attempt failed of; 0: its processes died of it */
	/* For `tend` only. */
	bool tended;
	int64_t beaten_ms;    /* when the lease was last extended; steady clock */
	int64_t unwatched_ms; /* for how long nobody had waited for the job then */
};

/* What a kind's functions return besides errors. */
enum bh_job_end {
	BH_JOB_DONE = 0,
	BH_JOB_ENDED,      /* the lease was ended with what it serves, or is left to run out */
	BH_JOB_YIELD,      /* others have their turn first: bh_lease_yield */
	BH_JOB_YIELD_MOVED /* the same, and what this turn did is done for good */
};

/* One kind of job. An error of `run` gives the job back for a later attempt, after a wait that grows. A
 * job that was braked is given back when the process stops, ends as cancelled when somebody asked for that
 * (or `run` returns BH_E_CANCELLED), and is left alone when somebody newer has it. */
struct bh_job_kind {
	const char *name; /* as in bh_job_new */
	int (*run)(struct bh_job *job);
	/* Ends what the job serves and, in the same transaction, its lease (BH_JOB_ENDED): its processes died
	 * of it, its data is wrong (BH_E_INVALID), or its attempt number attempts_max, or a later one, failed of
	 * what does not pass by itself. NULL: what it is about must not stay, so that it is tried for ever, a
	 * day later after such deaths. */
	int (*give_up)(struct bh_job *job);
	/* Called every BH_JOB_TEND_MS for a job that is tended, under the pool's lock: it may brake the
	 * job, and waits for nothing. NULL: none. */
	void (*tend)(struct bh_job *job);
	int64_t attempts_max;
	int64_t finish_ms; /* that a job gets to end by itself when the process stops */
};

#define BH_JOB_TEND_MS 200

struct bh_worker_conf {
	const struct bh_job_kind *kinds; /* ends with a zeroed row */
	struct bh_seats_conf seats;      /* a thread for each place */
	int64_t lease_ms;                /* extended six times in that */
	/* Of the process; where a service's table names its jobs, the skeleton fills these in. */
	const char *queue;     /* the service's name */
	struct bh_db_pool *db; /* borrowed */
	const bool *stop;      /* polled: the process goes down */
	void *service;         /* borrowed: what the kinds' functions work with */
};

/* conf is copied; what it points to outlives the pool. */
struct bh_worker_pool *bh_worker_pool_new(const struct bh_worker_conf *conf);
void bh_worker_pool_free(struct bh_worker_pool *pool); /* safe on NULL */

/* Does jobs until *stop is set, and returns when the last has ended. The calling thread tends those of the
 * pool: beats, brakes, looks into the queue from time to time. */
void bh_worker_pool_run(struct bh_worker_pool *pool);

/* Says that jobs were committed: an idle thread looks into the queue at once. */
void bh_worker_pool_wake(struct bh_worker_pool *pool);

/* Gives a job just committed to an idle thread. Where none is, or the tenant has its share of them, the
 * job waits its tenant's turn in the queue. */
void bh_worker_pool_hand(struct bh_worker_pool *pool, const struct bh_uuid *tenant,
	const struct bh_uuid *job, bool background);

/* How many threads have a job. One that gave its job back and looks for the next counts: while jobs change
 * hands there is no more room than before. */
size_t bh_worker_pool_busy(struct bh_worker_pool *pool);

/* ---- for a kind's functions ---- */

/* From here on the job is tended, or no longer. */
void bh_job_tend(struct bh_job *job, bool tended);

/* Whether another tenant's job is due that may have this one's place: a job that has run for long yields. */
BH_MUST_CHECK int bh_job_others_wait(const struct bh_job *job, struct bh_db *db, bool *out_wait);

#endif
