/* SPDX-License-Identifier: Apache-2.0 */
/* worker_job.c: runs one job as the row of its kind says, and ends its lease by what that returns. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "queue/worker_pool.h"

enum {
	RETRY_LEAST_MS = 250,
	RETRY_BASE_MS = 1000,
	RETRY_MOST_MS = 60000,
	FAULT_MOST_MS = 3600000, /* where it is tried for ever */
	SPENT_WAIT_MS = 86400000
};

void
bh_job_stop_set(struct bh_job_stop *stop, int reason)
{
	int none = BH_JOB_STOP_NONE;

	(void)__atomic_compare_exchange_n(&stop->reason, &none, reason, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST);
	__atomic_store_n(&stop->now, true, __ATOMIC_SEQ_CST);
}

int
bh_job_stop_reason(const struct bh_job_stop *stop)
{
	return __atomic_load_n(&stop->reason, __ATOMIC_SEQ_CST);
}

/* An answer that makes no sense may be a service's that died, but not for ever. */
static bool
passes(int error)
{
	return bh_error_is_transient(error) && error != BH_E_PROTOCOL;
}

static int
try_later(struct bh_job *job, int error)
{
	const struct bh_lease *lease = &job->lease;
	bool for_ever = job->kind->give_up == NULL && !passes(error);
	int64_t wait_ms = RETRY_LEAST_MS +
		bh_retry_wait_ms(lease->attempt, RETRY_BASE_MS, for_ever ? FAULT_MOST_MS : RETRY_MOST_MS);

	bh_log_failure(lease->kind, error);
	return bh_lease_retry(&job->db, lease, bh_clock_wall_ms() + wait_ms, bh_error_row(error)->code);
}

static int
put_off(struct bh_job *job)
{
	bh_log(BH_LOG_ERROR, "postponed a job %s for a day: it ended its process %lld times",
		job->lease.kind, (long long)job->lease.lapses);
	return bh_lease_put_off(&job->db, &job->lease, bh_clock_wall_ms() + SPENT_WAIT_MS,
		"it ended its process too often");
}

static int
end_braked(struct bh_job *job)
{
	switch (bh_job_stop_reason(&job->stop)) {
	case BH_JOB_STOP_LOST:
		return BH_E_LOST;
	case BH_JOB_STOP_STOPPING:
		return bh_lease_retry(&job->db, &job->lease, bh_clock_wall_ms(), "the service is stopping");
	default:
		return bh_lease_fail(&job->db, &job->lease, "cancelled");
	}
}

static int
end_failed(struct bh_job *job, int error)
{
	const struct bh_job_kind *kind = job->kind;
	bool over = error == BH_E_INVALID ||
		(!passes(error) && job->lease.attempt >= kind->attempts_max);

	if (!over || kind->give_up == NULL)
		return try_later(job, error);
	job->error = error;
	return kind->give_up(job);
}

static int
run(struct bh_job *job)
{
	const struct bh_job_kind *kind = job->kind;
	int rc;

	if (kind->run == NULL)
		return bh_error(BH_E_INTERNAL, "unknown kind of job: %s", job->lease.kind);
	if (!job->lease.spent)
		return kind->run(job);
	if (kind->give_up != NULL)
		return kind->give_up(job);
	rc = put_off(job);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

void
bh_worker_job_do(struct bh_job *job)
{
	int rc;

	/* Nobody may be left to tend a job that begins so late. */
	if (bh_worker_stopping(job->pool))
		bh_job_stop_set(&job->stop, BH_JOB_STOP_STOPPING);
	rc = run(job);
	if (rc == BH_JOB_DONE)
		rc = bh_lease_done(&job->db, &job->lease);
	else if (rc == BH_JOB_YIELD || rc == BH_JOB_YIELD_MOVED)
		rc = bh_lease_yield(&job->db, &job->lease, rc == BH_JOB_YIELD_MOVED);
	else if (rc == BH_E_CANCELLED || (rc < 0 && bh_job_stop_reason(&job->stop) != BH_JOB_STOP_NONE))
		rc = end_braked(job);
	else if (rc < 0 && rc != BH_E_LOST)
		rc = end_failed(job, rc);
	/* What could not be ended runs out with its lease and is claimed again. */
	if (rc < 0 && rc != BH_E_LOST)
		bh_log_failure("end a job", rc);
}
