/* lease.c: claiming a job, holding it by heartbeats, and ending it; every write names its epoch. */
#include "base/error.h"
#include "queue/queue.h"

enum { CLAIM_TRIES = 8 };

/* A row of job_ready as a claim returns it. */
struct claimed {
	struct bh_uuid tenant;
	struct bh_uuid job;
	int64_t epoch;
	bool background;
};

/* Reads what the claimed job is about and counts the attempt. BH_E_NOT_FOUND if it was deleted, or
 * claimed anew, meanwhile. */
static int
lease_begin(struct bh_db *db, const struct bh_uuid *tenant, const struct claimed *claimed,
	struct bh_lease *out)
{
	static const char sql[] = "UPDATE job"
							  "   SET state = 'running', attempts = attempts + 1"
							  " WHERE tenant_id = $1 AND id = $2"
							  "   AND EXISTS (SELECT FROM job_ready"
							  "                WHERE tenant_id = $1 AND job_id = $2 AND epoch = $3)"
							  " RETURNING attempts, kind, subject, payload";
	struct bh_lease lease = {.tenant = *tenant,
		.job = claimed->job,
		.epoch = claimed->epoch,
		.background = claimed->background};
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&claimed->job),
		bh_int_param(claimed->epoch),
	};
	const struct bh_column columns[] = {
		bh_int_column(&lease.attempt),
		bh_text_column(&lease.kind),
		bh_uuid_column(&lease.subject),
		bh_text_column(&lease.payload),
	};
	int rc;

	rc = bh_db_one(db, sql, BH_LIST(params), BH_LIST(columns));
	if (rc == 0)
		*out = lease;
	return rc;
}

/* No list is an empty one, where SQL would take it for an unknown one. */
static struct bh_param
list_param(const struct bh_uuid *ids, size_t n)
{
	static const struct bh_uuid nobody;

	return bh_uuid_array_param(ids != NULL ? ids : &nobody, n);
}

/* Takes the next due row of a queue. This is the one statement without a tenant: it runs without a
 * context, under the policies workers_find_work and workers_take_work. The tenants are walked in the
 * order of their turns, each with its oldest row that nobody else is claiming or writing under, first
 * of those that somebody waits for; the walk ends with the first row. FOR UPDATE waits for nobody and
 * gives way to bh_lease_fence. */
static int
ready_take(struct bh_db *db, const char *queue, const char *worker, int64_t lease_ms,
	const struct bh_lease_kept_back *kept_back, struct claimed *out, bool *out_found)
{
	static const char sql[] =
		"WITH next AS MATERIALIZED ("
		"	SELECT oldest.tenant_id, oldest.job_id"
		"	  FROM (SELECT tenant_id"
		"	          FROM job_tenant"
		"	         WHERE queue = $1 AND tenant_id <> ALL ($4)"
		"	           AND EXISTS (SELECT FROM job_ready"
		"	                        WHERE queue = $1 AND due_at <= now())"
		"	         ORDER BY served_at, tenant_id) AS turn"
		"	 CROSS JOIN LATERAL ("
		"	       SELECT false AS background"
		"	       UNION ALL"
		"	       SELECT true WHERE NOT $6 AND turn.tenant_id <> ALL ($5)) AS lane"
		"	 CROSS JOIN LATERAL ("
		"	       SELECT tenant_id, job_id"
		"	         FROM job_ready"
		"	        WHERE tenant_id = turn.tenant_id AND queue = $1"
		"	          AND background = lane.background AND due_at <= now()"
		"	        ORDER BY due_at"
		"	        LIMIT 1"
		"	          FOR UPDATE SKIP LOCKED) AS oldest"
		"	 LIMIT 1"
		"), served AS ("
		"	UPDATE job_tenant AS turn"
		"	   SET served_at = clock_timestamp()"
		"	  FROM next"
		"	 WHERE turn.tenant_id = next.tenant_id AND turn.queue = $1"
		")"
		" UPDATE job_ready AS ready"
		"    SET epoch = ready.epoch + 1,"
		"        worker = $2,"
		"        due_at = now() + $3 * interval '1 millisecond'"
		"   FROM next"
		"  WHERE ready.tenant_id = next.tenant_id AND ready.job_id = next.job_id"
		" RETURNING ready.tenant_id, ready.job_id, ready.epoch, ready.background";
	const struct bh_param params[] = {
		bh_text_param(queue),
		bh_text_param(worker),
		bh_int_param(lease_ms),
		list_param(kept_back->tenants, kept_back->n_tenants),
		list_param(kept_back->background_tenants, kept_back->n_background_tenants),
		bh_bool_param(kept_back->background),
	};
	const struct bh_column columns[] = {
		bh_uuid_column(&out->tenant),
		bh_uuid_column(&out->job),
		bh_int_column(&out->epoch),
		bh_bool_column(&out->background),
	};

	return bh_db_maybe(db, sql, BH_LIST(params), BH_LIST(columns), out_found);
}

int
bh_lease_claim(struct bh_db *db, const char *queue, const char *worker, int64_t lease_ms,
	const struct bh_lease_kept_back *kept_back, struct bh_lease *out)
{
	static const struct bh_lease_kept_back none;
	struct bh_db nobody = *db;
	struct bh_db owner = *db;
	struct claimed claimed;
	bool found;
	int rc;

	nobody.context = (struct bh_uuid){0};
	/* A claimed job that was deleted in between is passed over. */
	for (int tries = 0; tries < CLAIM_TRIES; tries++) {
		rc = ready_take(&nobody, queue, worker, lease_ms, kept_back != NULL ? kept_back : &none,
			&claimed, &found);
		if (rc < 0)
			return rc;
		if (!found)
			return BH_E_EMPTY;
		owner.context = claimed.tenant;
		rc = lease_begin(&owner, &claimed.tenant, &claimed, out);
		if (rc == 0)
			db->context = claimed.tenant;
		if (rc != BH_E_NOT_FOUND)
			return rc;
	}
	return BH_E_EMPTY;
}

int
bh_lease_claim_job(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *job,
	const char *worker, int64_t lease_ms, struct bh_lease *out)
{
	static const char sql[] = "WITH mine AS MATERIALIZED ("
							  "	SELECT tenant_id, job_id"
							  "	  FROM job_ready"
							  "	 WHERE tenant_id = $1 AND job_id = $2 AND due_at <= now()"
							  "	   FOR UPDATE SKIP LOCKED"
							  ")"
							  " UPDATE job_ready AS ready"
							  "    SET epoch = ready.epoch + 1,"
							  "        worker = $3,"
							  "        due_at = now() + $4 * interval '1 millisecond'"
							  "   FROM mine"
							  "  WHERE ready.tenant_id = $1 AND ready.job_id = mine.job_id"
							  " RETURNING ready.epoch, ready.background";
	struct claimed claimed = {.tenant = *tenant, .job = *job};
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(job),
		bh_text_param(worker),
		bh_int_param(lease_ms),
	};
	const struct bh_column columns[] = {
		bh_int_column(&claimed.epoch),
		bh_bool_column(&claimed.background),
	};
	int rc;

	rc = bh_db_one(db, sql, BH_LIST(params), BH_LIST(columns));
	if (rc == 0)
		rc = lease_begin(db, tenant, &claimed, out);
	return rc == BH_E_NOT_FOUND ? BH_E_LOST : rc;
}

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
	bool cancelled;
	const struct bh_param params[] = {
		bh_uuid_param(&lease->tenant),
		bh_uuid_param(&lease->job),
		bh_int_param(lease->epoch),
		bh_int_param(lease_ms),
	};
	const struct bh_column columns[] = {bh_bool_column(&cancelled)};
	int rc;

	rc = bh_db_one(db, sql, BH_LIST(params), BH_LIST(columns));
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
	const struct bh_param params[] = {bh_uuid_param(&lease->tenant), bh_uuid_param(&lease->job)};
	const struct bh_column columns[] = {bh_int_column(&epoch)};
	int rc;

	rc = bh_db_one(tx, sql, BH_LIST(params), BH_LIST(columns));
	if (rc == BH_E_NOT_FOUND || (rc == 0 && epoch != lease->epoch))
		return BH_E_LOST;
	return rc;
}

/* One row changed, or the lease was lost. */
static int
lease_write(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params)
{
	int64_t rows;
	int rc;

	rc = bh_db_exec(db, sql, params, n_params, &rows);
	if (rc < 0)
		return rc;
	return rows == 1 ? 0 : BH_E_LOST;
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
	const struct bh_param params[] = {
		bh_uuid_param(&lease->tenant),
		bh_uuid_param(&lease->job),
		bh_int_param(lease->epoch),
	};

	return lease_write(db, sql, BH_LIST(params));
}

/* Back to those that wait. `due` null: at once, and before the tenant's jobs that were not begun. `error`
 * NULL: what is noted stays. The attempt is counted back by `uncounted`. */
static int
give_back(struct bh_db *db, const struct bh_lease *lease, struct bh_param due, const char *error,
	int64_t uncounted)
{
	static const char sql[] =
		"WITH returned AS ("
		"	UPDATE job_ready AS ready"
		"	   SET epoch = epoch + 1, worker = NULL,"
		"	       due_at = coalesce($4, least(now(), job.created_at) - interval '1 millisecond')"
		"	  FROM job"
		"	 WHERE ready.tenant_id = $1 AND ready.job_id = $2 AND ready.epoch = $3"
		"	   AND job.tenant_id = $1 AND job.id = $2"
		"	 RETURNING ready.job_id"
		")"
		" UPDATE job"
		"    SET state = 'waiting', error = coalesce($5, error), attempts = attempts - $6"
		"  WHERE tenant_id = $1 AND id IN (SELECT job_id FROM returned)";
	const struct bh_param params[] = {
		bh_uuid_param(&lease->tenant),
		bh_uuid_param(&lease->job),
		bh_int_param(lease->epoch),
		due,
		bh_text_param(error),
		bh_int_param(uncounted),
	};

	return lease_write(db, sql, BH_LIST(params));
}

int
bh_lease_retry(struct bh_db *db, const struct bh_lease *lease, int64_t due_ms, const char *error)
{
	return give_back(db, lease, bh_time_param(due_ms), error, 0);
}

/* The job was the tenant's oldest when it was claimed, and stays it: what it holds half done would
 * otherwise wait for the whole backlog, and each job of that would be begun before one is ended. */
int
bh_lease_yield(struct bh_db *db, const struct bh_lease *lease)
{
	return give_back(db, lease, bh_null_param(BH_PARAM_TIME), NULL, 1);
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
	const struct bh_param params[] = {
		bh_uuid_param(&lease->tenant),
		bh_uuid_param(&lease->job),
		bh_int_param(lease->epoch),
		bh_text_param(error),
	};

	return lease_write(db, sql, BH_LIST(params));
}

int
bh_queue_others_wait(struct bh_db *db, const char *queue, const struct bh_uuid *tenants,
	size_t n_tenants, bool *out_wait)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM job_ready"
							  "                WHERE queue = $1 AND due_at <= now()"
							  "                  AND tenant_id <> ALL ($2::uuid[]))";
	struct bh_db nobody = *db;
	const struct bh_param params[] = {
		bh_text_param(queue),
		bh_uuid_array_param(tenants, n_tenants),
	};
	const struct bh_column columns[] = {bh_bool_column(out_wait)};

	nobody.context = (struct bh_uuid){0};
	return bh_db_read_one(&nobody, sql, BH_LIST(params), BH_LIST(columns));
}
