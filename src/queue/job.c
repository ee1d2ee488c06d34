/* SPDX-License-Identifier: Apache-2.0 */
/* job.c: writing a job beside what it serves, and asking it to stop. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "queue/queue.h"

enum { ADD_TRIES = 3 };

/* *out_added: no other one of its kind and subject is pending. */
static int
job_write(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_job_new *job,
	bool *out_added)
{
	static const char sql[] = "INSERT INTO job (tenant_id, id, queue, kind, subject, payload)"
							  " VALUES ($1, $2, $3, $4, $5, $6)"
							  " ON CONFLICT (tenant_id, queue, kind, subject)"
							  "    WHERE state IN ('waiting', 'running') DO NOTHING";

	return bh_db_change_maybe(tx, sql,
		BH_PARAMS(tenant, &job->id, job->queue, job->kind, &job->subject,
			bh_json_text_param(job->payload)),
		out_added);
}

/* The pending one becomes due when the new one would be, unless somebody does it at this moment.
 * *out_pending: there is one. */
static int
job_move(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_job_new *job,
	bool *out_pending)
{
	static const char sql[] =
		"WITH pending AS MATERIALIZED ("
		"	SELECT id"
		"	  FROM job"
		"	 WHERE tenant_id = $1 AND queue = $2 AND kind = $3 AND subject = $4"
		"	   AND state IN ('waiting', 'running')"
		"), moved AS ("
		"	UPDATE job_ready"
		"	   SET due_at = coalesce($5, now()), fresh = true"
		"	 WHERE tenant_id = $1 AND job_id IN (SELECT id FROM pending) AND worker IS NULL"
		")"
		" SELECT EXISTS (SELECT FROM pending)";

	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, job->queue, job->kind, &job->subject, bh_time_or_null_param(job->due_ms)),
		&bh_row_bool, out_pending);
}

static int
job_ready_write(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_job_new *job)
{
	static const char sql[] = "INSERT INTO job_ready (tenant_id, job_id, queue, due_at,"
							  "       background)"
							  " VALUES ($1, $2, $3, coalesce($4, now()), $5)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &job->id, job->queue, bh_time_or_null_param(job->due_ms),
			job->background),
		NULL);
}

/* The tenant's place in the queue's turns; made with its first job and kept. */
static int
job_tenant_write(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_job_new *job)
{
	static const char sql[] = "INSERT INTO job_tenant (tenant_id, queue)"
							  " VALUES ($1, $2)"
							  " ON CONFLICT DO NOTHING";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, job->queue), NULL);
}

int
bh_job_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_job_new *job)
{
	bool added = false, pending = false;
	int rc = job_tenant_write(tx, tenant, job);

	/* The pending one may end between the two looks at it. */
	for (int i = 0; rc == 0 && !added && !pending && i < ADD_TRIES; i++) {
		rc = job_write(tx, tenant, job, &added);
		if (rc == 0 && !added)
			rc = job_move(tx, tenant, job, &pending);
	}
	if (rc < 0 || pending)
		return rc;
	return added ? job_ready_write(tx, tenant, job)
				 : bh_error(BH_E_DB_RETRY, "a job of the same subject keeps ending; retry");
}

/* A job that waits for a later attempt is brought forward, so that its end does not wait. */
int
bh_job_drop(struct bh_db *tx, const struct bh_uuid *tenant, const char *queue, const char *kind,
	const struct bh_uuid *subject)
{
	static const char sql[] =
		"DELETE FROM job"
		" WHERE tenant_id = $1 AND queue = $2 AND kind = $3 AND subject = $4 AND state = 'waiting'"
		"   AND NOT EXISTS (SELECT FROM job_ready"
		"                    WHERE tenant_id = $1 AND job_id = job.id AND worker IS NOT NULL)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, queue, kind, subject), NULL);
}

int
bh_job_cancel(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *job)
{
	static const char sql[] =
		"WITH asked AS ("
		"	UPDATE job"
		"	   SET cancel_asked_at = coalesce(cancel_asked_at, now())"
		"	 WHERE tenant_id = $1 AND id = $2 AND state IN ('waiting', 'running')"
		"	 RETURNING id"
		"), brought_forward AS ("
		"	UPDATE job_ready"
		"	   SET cancel_asked = true,"
		"	       due_at = CASE WHEN worker IS NULL THEN least(due_at, now()) ELSE due_at END,"
		"	       fresh = fresh OR worker IS NULL"
		"	 WHERE tenant_id = $1 AND job_id IN (SELECT id FROM asked)"
		")"
		" SELECT id FROM asked";
	struct bh_uuid asked;

	return bh_db_one(db, sql, BH_PARAMS(tenant, job), &bh_row_uuid, &asked);
}

int64_t
bh_retry_wait_ms(int64_t attempt, int64_t base_ms, int64_t most_ms)
{
	int64_t limit = base_ms;
	uint64_t random;

	for (int64_t i = 0; i < attempt && limit < most_ms; i++)
		limit = limit > INT64_MAX / 2 ? INT64_MAX : limit * 2;
	if (limit > most_ms)
		limit = most_ms;
	if (limit <= 0)
		return 0;
	arc4random_buf(&random, sizeof(random));
	return (int64_t)(random % ((uint64_t)limit + 1));
}
