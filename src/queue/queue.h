/* SPDX-License-Identifier: Apache-2.0 */
/* queue.h: jobs: written with what they serve, claimed fairly between tenants, leased, fenced by an
 * epoch. Tables: job (tenant's own; kind, payload, state, attempts, error) and job_ready (tenant, job,
 * queue, due_at, epoch, lease; no content; readable by workers through one named policy). */
#ifndef BH_QUEUE_QUEUE_H
#define BH_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* One claimed job. Owned by the caller; zeroed means "holds nothing". */
struct bh_lease {
	struct bh_uuid tenant;
	struct bh_uuid job;
	int64_t epoch;   /* every later write names it */
	int64_t attempt; /* from 1 */
	int64_t lapses;  /* how many processes died while they held it */
	bool spent;      /* it will not be started again: the worker ends the object that it serves */
	bool background; /* as it was added */
	int64_t unwatched_ms;   /* time since a waiting client was last known */
	const char *kind;       /* in the arena of the claiming handle */
	struct bh_uuid subject; /* what it serves: the store file, the response */
	const char *payload;    /* JSON text, in the arena */
};

struct bh_job_new {
	struct bh_uuid id;
	const char *queue; /* "rag" */
	const char *kind;  /* "ingest" */
	struct bh_uuid subject;
	const char *payload; /* JSON text; "{}" */
	int64_t due_ms;      /* wall clock; 0: now */
	bool background;     /* no client waits for it: comes after the tenant's other jobs */
};

/* Tenants that a claim skips, so that none takes all workers. Borrowed; zeroed: none. */
struct bh_lease_kept_back {
	const struct bh_uuid *tenants; /* with every job */
	size_t n_tenants;
	const struct bh_uuid *background_tenants; /* with the jobs in the background */
	size_t n_background_tenants;
	bool background; /* every job in the background, whosever it is */
};

/* Writes job and job_ready: call it inside the bh_tx_run that writes the thing itself. While a job of
 * the same queue, kind and subject waits, that one becomes due at due_ms instead; while it is being done,
 * nothing is written. A kind of which that can happen decides in one transaction with its job's end,
 * under a lock that whoever adds it holds. */
BH_MUST_CHECK int bh_job_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_job_new *job);

#define BH_WORKER_NAME 64
/* Identifies this process as a holder of leases. A lease that expires and is claimed again by the same
 * process is not a lapse: the process is alive, and the database was unavailable. */
void bh_lease_worker(const char *service, char out[BH_WORKER_NAME]);

/* When a process dies, all jobs that it held lapse, and one of them may be the cause. A job that lapsed
 * twice is started only while no other such job is held, so that the one at fault is soon alone; one
 * that lapsed four times is claimed as spent. */
#define BH_LAPSES_MOST 4

/* Claims the next due job of a queue: the tenant served least recently first, then its oldest job, those
 * in the background last; an expired lease counts as due. `kept_back` may be NULL. Sets db->context to
 * the job's tenant on success. BH_E_EMPTY if there is none. */
BH_MUST_CHECK int bh_lease_claim(struct bh_db *db, const char *queue, const char *worker,
	int64_t lease_ms, const struct bh_lease_kept_back *kept_back, struct bh_lease *out);
/* Claims this very job (just added), so that its creator can run it at once. BH_E_LOST if taken. */
BH_MUST_CHECK int bh_lease_claim_job(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, const char *worker, int64_t lease_ms, struct bh_lease *out);

/* Moves the deadline. BH_E_LOST if a newer epoch exists: stop, write nothing more. *out_cancelled (may
 * be NULL) tells that a cancellation was requested. */
BH_MUST_CHECK int bh_lease_extend(struct bh_db *db, const struct bh_lease *lease, int64_t lease_ms,
	bool *out_cancelled);

/* What a holder of several leases learns of each. */
struct bh_lease_state {
	bool held;            /* otherwise a newer epoch exists, or the job is over */
	bool cancelled;       /* somebody asked to stop it */
	int64_t unwatched_ms; /* time since a waiting client was last known */
};

/* Moves the deadlines of all these leases, of whichever tenants, by one statement; out[i] is of leases[i].
 * Runs without a context. */
BH_MUST_CHECK int bh_lease_extend_all(struct bh_db *db, const char *queue,
	const struct bh_lease *const *leases, size_t n, int64_t lease_ms, struct bh_lease_state *out);

/* The fence for a domain write: call first inside the same bh_tx_run. Locks the job row; BH_E_LOST
 * if the epoch has moved on. */
BH_MUST_CHECK int bh_lease_fence(struct bh_db *tx, const struct bh_lease *lease);

/* Ends: done, given back for a later attempt (transient error; jittered back-off is the caller's
 * due_ms), or failed for good (the data is wrong). All check the epoch: BH_E_LOST. Usable inside bh_tx_run. */
BH_MUST_CHECK int bh_lease_done(struct bh_db *db, const struct bh_lease *lease);
BH_MUST_CHECK int bh_lease_retry(struct bh_db *db, const struct bh_lease *lease, int64_t due_ms,
	const char *error);
BH_MUST_CHECK int bh_lease_fail(struct bh_db *db, const struct bh_lease *lease, const char *error);

/* Gives an unfinished job back so that others have a turn: due immediately, before the tenant's jobs
 * that have not been started; no attempt is counted, and no error recorded. `moved`: this turn made
 * durable progress, so that earlier deaths no longer count. BH_E_LOST as above. */
BH_MUST_CHECK int bh_lease_yield(struct bh_db *db, const struct bh_lease *lease, bool moved);

/* Gives a job back for later without counting the attempt, because a resource that it needs is in use. A
 * spent job that must never be given up is then started again, and its deaths are forgotten. BH_E_LOST
 * as above. */
BH_MUST_CHECK int bh_lease_put_off(struct bh_db *db, const struct bh_lease *lease, int64_t due_ms,
	const char *error);

/* Whether a job of any other tenant than these (not NULL) is due. Reads without a context. */
BH_MUST_CHECK int bh_queue_others_wait(struct bh_db *db, const char *queue,
	const struct bh_uuid *tenants, size_t n_tenants, bool *out_wait);

/* One tenant's job. */
struct bh_job_name {
	struct bh_uuid tenant, job;
};

enum bh_job_state {
	BH_JOB_OVER, /* or there never was one */
	BH_JOB_WAITS,
	BH_JOB_HELD
};

/* The state of each of these jobs of a queue, by one read without a context. */
BH_MUST_CHECK int bh_queue_states(struct bh_db *db, const char *queue,
	const struct bh_job_name *jobs, size_t n, enum bh_job_state *out);

/* Records that clients wait for each of these jobs, by one statement without a context. */
BH_MUST_CHECK int bh_queue_note_watched(struct bh_db *db, const char *queue,
	const struct bh_job_name *jobs, size_t n);

/* Makes the jobs of a queue that triggers asked for on servers that hold no queues (job_wanted), each once. Finds them
 * without a context. */
BH_MUST_CHECK int bh_queue_make_wanted(struct bh_db *db, const char *queue);

/* Removes waiting jobs of a subject that was deleted; running ones end by themselves. */
BH_MUST_CHECK int bh_job_drop(struct bh_db *tx, const struct bh_uuid *tenant, const char *queue,
	const char *kind, const struct bh_uuid *subject);

/* Asks a job to stop; its worker sees it at the next extend. BH_E_NOT_FOUND if it is over. */
BH_MUST_CHECK int bh_job_cancel(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job);

/* Full jitter: a random wait in [0, min(most, base * 2^attempt)] (AWS architecture blog, 2015). */
int64_t bh_retry_wait_ms(int64_t attempt, int64_t base_ms, int64_t most_ms);

#endif
