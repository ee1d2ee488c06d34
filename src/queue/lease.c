/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c: holding a claimed job by heartbeats, and ending it; every write names its epoch. */
#include "base/error.h"
#include "queue/queue.h"

int
bh_lease_extend(struct bh_db *db, const struct bh_lease *lease, int64_t lease_ms,
	bool *out_cancelled)
{
	static const char sql[] = "WITH held AS ("
							  "	UPDATE job_ready"
							  "	   SET due_at = now() + $4 * interval '1 millisecond'"
							  "	 WHERE tenant_id = $1 AND job_id = $2 AND epoch = $3"
							  "	 RETURNING job_id"
							  ")"
							  " SELECT cancel_asked_at IS NOT NULL"
							  "   FROM job"
							  "  WHERE tenant_id = $1 AND id IN (SELECT job_id FROM held)";
	struct bh_db vital = bh_db_vital(db);
	bool cancelled;
	int rc = bh_db_one(&vital, sql, BH_PARAMS(&lease->tenant, &lease->job, lease->epoch, lease_ms),
		&bh_row_bool, &cancelled);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? BH_E_LOST : rc;
	if (out_cancelled != NULL)
		*out_cancelled = cancelled;
	return 0;
}

/* KEY SHARE keeps claims away until the transaction ends, and lets the heartbeat through. */
int
bh_lease_fence(struct bh_db *tx, const struct bh_lease *lease)
{
	static const char sql[] = "SELECT epoch"
							  "  FROM job_ready"
							  " WHERE tenant_id = $1 AND job_id = $2"
							  "   FOR KEY SHARE";
	int64_t epoch;
	int rc = bh_db_one(tx, sql, BH_PARAMS(&lease->tenant, &lease->job), &bh_row_int, &epoch);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && epoch != lease->epoch))
		return BH_E_LOST;
	return rc;
}

/* One row changed, or the lease was lost. */
static int
lease_write(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params)
{
	struct bh_db vital = bh_db_vital(db);
	int rc = bh_db_change(&vital, sql, params, n_params);

	return rc == BH_E_NOT_FOUND ? BH_E_LOST : rc;
}

int
bh_lease_done(struct bh_db *db, const struct bh_lease *lease)
{
	static const char sql[] = "WITH ended AS ("
							  "	DELETE FROM job_ready"
							  "	 WHERE tenant_id = $1 AND job_id = $2 AND epoch = $3"
							  "	 RETURNING job_id"
							  ")"
							  " UPDATE job"
							  "    SET state = 'done', error = NULL, finished_at = now()"
							  "  WHERE tenant_id = $1 AND id IN (SELECT job_id FROM ended)";

	return lease_write(db, sql, BH_PARAMS(&lease->tenant, &lease->job, lease->epoch));
}

/* What a job is given back with. */
struct giving {
	struct bh_param due; /* null: at once, and before the tenant's jobs that were not begun */
	const char *error;   /* NULL: what is noted stays */
	bool counts;         /* the attempt */
	bool forgives;       /* the deaths of processes that held it */
};

static int
give_back(struct bh_db *db, const struct bh_lease *lease, struct giving giving)
{
	static const char sql[] =
		"WITH returned AS ("
		"	UPDATE job_ready AS ready"
		"	   SET epoch = epoch + 1, worker = NULL, fresh = true,"
		"	       lapses = CASE WHEN $7 THEN 0 ELSE lapses END,"
		"	       due_at = coalesce($4, least(now(), job.created_at) - interval '1 millisecond')"
		"	  FROM job"
		"	 WHERE ready.tenant_id = $1 AND ready.job_id = $2 AND ready.epoch = $3"
		"	   AND job.tenant_id = $1 AND job.id = $2"
		"	 RETURNING ready.job_id"
		")"
		" UPDATE job"
		"    SET state = 'waiting', error = coalesce($5, error), attempts = attempts - $6"
		"  WHERE tenant_id = $1 AND id IN (SELECT job_id FROM returned)";

	return lease_write(db, sql,
		BH_PARAMS(&lease->tenant, &lease->job, lease->epoch, giving.due, giving.error,
			bh_int_param(giving.counts ? 0 : 1), giving.forgives));
}

int
bh_lease_retry(struct bh_db *db, const struct bh_lease *lease, int64_t due_ms, const char *error)
{
	return give_back(db, lease,
		(struct giving){.due = bh_time_param(due_ms), .error = error, .counts = true});
}

int
bh_lease_put_off(struct bh_db *db, const struct bh_lease *lease, int64_t due_ms, const char *error)
{
	return give_back(db, lease,
		(struct giving){.due = bh_time_param(due_ms), .error = error, .forgives = lease->spent});
}

/* The job was the tenant's oldest when it was claimed, and stays it: what it holds half done would
 * otherwise wait for the whole backlog, and each job of that would be begun before one is ended. */
int
bh_lease_yield(struct bh_db *db, const struct bh_lease *lease, bool moved)
{
	return give_back(db, lease,
		(struct giving){.due = bh_null_param(BH_PARAM_TIME), .forgives = moved});
}

int
bh_lease_fail(struct bh_db *db, const struct bh_lease *lease, const char *error)
{
	static const char sql[] =
		"WITH ended AS ("
		"	DELETE FROM job_ready"
		"	 WHERE tenant_id = $1 AND job_id = $2 AND epoch = $3"
		"	 RETURNING job_id"
		")"
		" UPDATE job"
		"    SET state = CASE WHEN cancel_asked_at IS NULL THEN 'failed' ELSE 'cancelled' END,"
		"        error = $4, finished_at = now()"
		"  WHERE tenant_id = $1 AND id IN (SELECT job_id FROM ended)";

	return lease_write(db, sql, BH_PARAMS(&lease->tenant, &lease->job, lease->epoch, error));
}
