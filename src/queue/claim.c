/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c: finding the next job among the tenants that have due work, and beginning it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "queue/queue.h"

enum {
	CLAIM_TRIES = 8,
	NOTED_MOST = 500, /* rows that one statement takes note of */
	LOOKS_MOST = 200
};

/* A row of job_ready as a claim returns it. */
struct claimed {
	struct bh_uuid tenant;
	struct bh_uuid job;
	int64_t epoch;
	int64_t lapses;
	bool background;
	int64_t unwatched_ms;
};

static pthread_once_t named = PTHREAD_ONCE_INIT;
static char process_name[32];

/* Another process may come to have the same number. */
static void
name_process(void)
{
	unsigned random;

	arc4random_buf(&random, sizeof(random));
	snprintf(process_name, sizeof(process_name), "%ld-%08x", (long)getpid(), random);
}

void
bh_lease_worker(const char *service, char out[BH_WORKER_NAME])
{
	pthread_once(&named, name_process);
	snprintf(out, BH_WORKER_NAME, "%.16s-%s", service, process_name);
}

static const struct bh_row lease_row = BH_ROW(struct bh_lease, attempt, kind, subject, payload);

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
	struct bh_lease lease;
	int rc = bh_db_one(db, sql, BH_PARAMS(tenant, &claimed->job, claimed->epoch), &lease_row,
		&lease);

	if (rc < 0)
		return rc;
	lease.tenant = *tenant;
	lease.job = claimed->job;
	lease.epoch = claimed->epoch;
	lease.lapses = claimed->lapses;
	lease.spent = claimed->lapses >= BH_LAPSES_MOST;
	lease.background = claimed->background;
	lease.unwatched_ms = claimed->unwatched_ms;
	*out = lease;
	return 0;
}

/* No list is an empty one, where SQL would take it for an unknown one. */
static struct bh_param
list_param(const struct bh_uuid *ids, size_t n)
{
	static const struct bh_uuid nobody;

	return bh_uuid_array_param(ids != NULL ? ids : &nobody, n);
}

/* Whose turn is looked at: those with fresh rows, those with something come due, and those in front. */
#define CONCERNED \
	"	SELECT tenant_id, bool_or(noted) AS noted" \
	"	  FROM (SELECT tenant_id, true AS noted FROM fresh" \
	"	        UNION ALL" \
	"	        (SELECT tenant_id, false FROM job_tenant" \
	"	          WHERE queue = $1 AND look_at > '-infinity' AND look_at < 'infinity'" \
	"	            AND look_at <= now()" \
	"	          ORDER BY look_at LIMIT 64)" \
	"	        UNION ALL" \
	"	        (SELECT tenant_id, false FROM job_tenant" \
	"	          WHERE queue = $1 AND background_look_at > '-infinity'" \
	"	            AND background_look_at < 'infinity' AND background_look_at <= now()" \
	"	          ORDER BY background_look_at LIMIT 64)" \
	"	        UNION ALL" \
	"	        (SELECT tenant_id, false FROM job_tenant" \
	"	          WHERE queue = $1 AND look_at = '-infinity' AND tenant_id <> ALL ($2)" \
	"	          ORDER BY served_at, tenant_id LIMIT 16)" \
	"	        UNION ALL" \
	"	        (SELECT tenant_id, false FROM job_tenant" \
	"	          WHERE queue = $1 AND background_look_at = '-infinity' AND NOT $4" \
	"	            AND tenant_id <> ALL ($2) AND tenant_id <> ALL ($3)" \
	"	          ORDER BY served_at, tenant_id LIMIT 16)) AS each" \
	"	 GROUP BY tenant_id"

/* Puts a tenant in turn, or aside, by what was seen. Two statements may see different moments. What one
 * has seen to be due stands, whoever writes last: a lane is put off only where `looks` is what was seen. */
#define PUT_AS_SEEN \
	" looks = turn.looks + 1," \
	" look_at = CASE WHEN turn.looks = seen.looks THEN seen.look_at" \
	"                ELSE least(turn.look_at, seen.look_at) END," \
	" background_look_at = CASE WHEN turn.looks = seen.looks THEN seen.background_look_at" \
	"                           ELSE least(turn.background_look_at, seen.background_look_at) END"

struct looked {
	int64_t fresh; /* rows noted; NOTED_MOST means there may be more */
	bool due;      /* false when nobody has work due */
};
static const struct bh_row looked_row = BH_ROW(struct looked, fresh, due);

/* Takes note of what was written since the last claim, and of what has come due: each tenant concerned is
 * put in turn, or aside until its next job is due. So are those in front that turn out to have nothing:
 * claims at the same moment leave such behind. As ready_take, it runs without a context. */
static int
turns_look(struct bh_db *db, const char *queue, const struct bh_lease_kept_back *kept_back,
	struct looked *out)
{
	static const char sql[] =
		"WITH fresh AS MATERIALIZED ("
		"	SELECT tenant_id, job_id"
		"	  FROM job_ready"
		"	 WHERE queue = $1 AND fresh"
		"	 LIMIT $5"
		"	   FOR UPDATE SKIP LOCKED"
		"), noted AS ("
		"	UPDATE job_ready AS ready"
		"	   SET fresh = false"
		"	  FROM fresh"
		"	 WHERE ready.tenant_id = fresh.tenant_id AND ready.job_id = fresh.job_id"
		"), concerned AS MATERIALIZED (" CONCERNED "), seen AS MATERIALIZED ("
		"	SELECT turn.tenant_id, turn.looks, concerned.noted,"
		"	       coalesce((SELECT CASE WHEN due_at > now() THEN due_at ELSE '-infinity' END"
		"	                   FROM job_ready"
		"	                  WHERE tenant_id = turn.tenant_id AND queue = $1 AND NOT background"
		"	                  ORDER BY due_at LIMIT 1), 'infinity') AS look_at,"
		"	       coalesce((SELECT CASE WHEN due_at > now() THEN due_at ELSE '-infinity' END"
		"	                   FROM job_ready"
		"	                  WHERE tenant_id = turn.tenant_id AND queue = $1 AND background"
		"	                  ORDER BY due_at LIMIT 1), 'infinity') AS background_look_at"
		"	  FROM concerned"
		"	  JOIN job_tenant AS turn ON turn.tenant_id = concerned.tenant_id AND turn.queue = $1"
		"	 ORDER BY turn.tenant_id"
		"), put AS ("
		"	UPDATE job_tenant AS turn"
		"	   SET" PUT_AS_SEEN "	  FROM seen"
		"	 WHERE turn.tenant_id = seen.tenant_id AND turn.queue = $1"
		"	   AND (seen.noted OR turn.look_at <> seen.look_at"
		"	        OR turn.background_look_at <> seen.background_look_at)"
		")"
		" SELECT (SELECT count(*) FROM fresh),"
		"        EXISTS (SELECT FROM seen"
		"                 WHERE look_at = '-infinity' OR background_look_at = '-infinity')"
		"        OR EXISTS (SELECT FROM job_tenant WHERE queue = $1 AND look_at = '-infinity')"
		"        OR EXISTS (SELECT FROM job_tenant"
		"                    WHERE queue = $1 AND background_look_at = '-infinity')";

	return bh_db_one(db, sql,
		BH_PARAMS(queue, list_param(kept_back->tenants, kept_back->n_tenants),
			list_param(kept_back->background_tenants, kept_back->n_background_tenants),
			kept_back->background, bh_int_param(NOTED_MOST)),
		&looked_row, out);
}

/* BH_E_EMPTY when nobody has work due. */
static int
turns_look_all(struct bh_db *nobody, const char *queue, const struct bh_lease_kept_back *kept_back)
{
	struct looked looked = {.fresh = NOTED_MOST};
	bool any = false;
	int rc = 0;

	for (int i = 0; rc == 0 && looked.fresh == NOTED_MOST && i < LOOKS_MOST; i++) {
		rc = turns_look(nobody, queue, kept_back, &looked);
		any = any || looked.due;
	}
	return rc == 0 && !any ? BH_E_EMPTY : rc;
}

#define CLAIMED_COLUMNS \
	"ready.tenant_id, ready.job_id, ready.epoch, ready.lapses, ready.background," \
	" (extract(epoch FROM now() - ready.watched_at) * 1000)::bigint"
static const struct bh_row claimed_row = BH_ROW(struct claimed, tenant, job, epoch, lapses,
	background, unwatched_ms);

/* In the order of their turns, those that somebody waits for first. The bound, which is far behind what
 * claims at one moment leave over, keeps the planner to the index. */
#define TENANTS_IN_TURN \
	" ((SELECT tenant_id, served_at, looks, false AS background" \
	"    FROM job_tenant" \
	"   WHERE queue = $1 AND look_at = '-infinity' AND tenant_id <> ALL ($4)" \
	"   ORDER BY served_at, tenant_id LIMIT 1000)" \
	" UNION ALL" \
	" (SELECT tenant_id, served_at, looks, true" \
	"    FROM job_tenant" \
	"   WHERE queue = $1 AND background_look_at = '-infinity' AND NOT $6" \
	"     AND tenant_id <> ALL ($4) AND tenant_id <> ALL ($5)" \
	"   ORDER BY served_at, tenant_id LIMIT 1000)" \
	"  ORDER BY served_at, tenant_id, background) AS turn"

/* Takes the next due row of a queue. With turns_look these are the statements without a tenant: they run
 * without a context, under the policies workers_find_work and workers_take_work. The tenants in turn are
 * walked, each with its oldest row that nobody else is claiming or writing under, and that is not kept
 * apart for its lapses; the walk ends with the first such row. FOR UPDATE waits for nobody and gives way
 * to bh_lease_fence. The tenant is looked at again when its next job is due, the end of this lease among
 * them. */
static int
ready_take(struct bh_db *db, const char *queue, const char *worker, int64_t lease_ms,
	const struct bh_lease_kept_back *kept_back, struct claimed *out, bool *out_found)
{
	static const char sql[] =
		"WITH next AS MATERIALIZED ("
		"	SELECT oldest.tenant_id, oldest.job_id, turn.looks, turn.background"
		"	  FROM" TENANTS_IN_TURN "	 CROSS JOIN LATERAL ("
		"	       SELECT tenant_id, job_id"
		"	         FROM job_ready"
		"	        WHERE tenant_id = turn.tenant_id AND queue = $1"
		"	          AND background = turn.background AND due_at <= now()"
		"	          AND (lapses + (worker IS NOT NULL AND worker <> $2)::int < 2"
		"	               OR NOT EXISTS (SELECT FROM job_ready"
		"	                               WHERE queue = $1 AND lapses >= 2 AND worker IS NOT NULL"
		"	                                 AND due_at > now()))"
		"	        ORDER BY due_at"
		"	        LIMIT 1"
		"	          FOR UPDATE SKIP LOCKED) AS oldest"
		"	 LIMIT 1"
		"), left_over AS MATERIALIZED ("
		"	SELECT next.*,"
		"	       least(CASE WHEN NOT next.background THEN now() + $3 * interval '1 millisecond' "
		"END,"
		"	             (SELECT CASE WHEN due_at > now() THEN due_at ELSE '-infinity' END"
		"	                FROM job_ready AS ready"
		"	               WHERE ready.tenant_id = next.tenant_id AND queue = $1"
		"	                 AND NOT ready.background AND ready.job_id <> next.job_id"
		"	               ORDER BY due_at LIMIT 1), 'infinity') AS look_at,"
		"	       least(CASE WHEN next.background THEN now() + $3 * interval '1 millisecond' END,"
		"	             (SELECT CASE WHEN due_at > now() THEN due_at ELSE '-infinity' END"
		"	                FROM job_ready AS ready"
		"	               WHERE ready.tenant_id = next.tenant_id AND queue = $1"
		"	                 AND ready.background AND ready.job_id <> next.job_id"
		"	               ORDER BY due_at LIMIT 1), 'infinity') AS background_look_at"
		"	  FROM next"
		"), served AS ("
		"	UPDATE job_tenant AS turn"
		"	   SET served_at = clock_timestamp()," PUT_AS_SEEN "	  FROM left_over AS seen"
		"	 WHERE turn.tenant_id = seen.tenant_id AND turn.queue = $1"
		")"
		" UPDATE job_ready AS ready"
		"    SET epoch = ready.epoch + 1,"
		"        worker = $2,"
		"        fresh = false,"
		"        lapses = ready.lapses + (ready.worker IS NOT NULL AND ready.worker <> $2)::int,"
		"        due_at = now() + $3 * interval '1 millisecond'"
		"   FROM next"
		"  WHERE ready.tenant_id = next.tenant_id AND ready.job_id = next.job_id"
		" RETURNING " CLAIMED_COLUMNS;

	return bh_db_maybe(db, sql,
		BH_PARAMS(queue, worker, lease_ms, list_param(kept_back->tenants, kept_back->n_tenants),
			list_param(kept_back->background_tenants, kept_back->n_background_tenants),
			kept_back->background),
		&claimed_row, out, out_found);
}

int
bh_lease_claim(struct bh_db *db, const char *queue, const char *worker, int64_t lease_ms,
	const struct bh_lease_kept_back *kept_back, struct bh_lease *out)
{
	static const struct bh_lease_kept_back none;
	struct bh_db nobody = bh_db_vital(db);
	struct bh_db owner = bh_db_vital(db);
	struct claimed claimed;
	bool found;
	int rc;

	if (kept_back == NULL)
		kept_back = &none;
	nobody.context = (struct bh_uuid){0};
	rc = turns_look_all(&nobody, queue, kept_back);
	if (rc < 0)
		return rc;
	/* A claimed job that was deleted in between is passed over. */
	for (int tries = 0; tries < CLAIM_TRIES; tries++) {
		rc = ready_take(&nobody, queue, worker, lease_ms, kept_back, &claimed, &found);
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

/* The row stays fresh: a claim has to take note of this lease's end. */
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
							  "        lapses = ready.lapses +"
							  "            (ready.worker IS NOT NULL AND ready.worker <> $3)::int,"
							  "        due_at = now() + $4 * interval '1 millisecond'"
							  "   FROM mine"
							  "  WHERE ready.tenant_id = $1 AND ready.job_id = mine.job_id"
							  " RETURNING " CLAIMED_COLUMNS;
	struct claimed claimed;
	struct bh_db vital = bh_db_vital(db);
	int rc = bh_db_one(&vital, sql, BH_PARAMS(tenant, job, worker, lease_ms), &claimed_row,
		&claimed);

	if (rc == 0)
		rc = lease_begin(&vital, tenant, &claimed, out);
	return rc == BH_E_NOT_FOUND ? BH_E_LOST : rc;
}

int
bh_queue_others_wait(struct bh_db *db, const char *queue, const struct bh_uuid *tenants,
	size_t n_tenants, bool *out_wait)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT FROM job_tenant AS turn"
		"                WHERE queue = $1 AND look_at = '-infinity' AND tenant_id <> ALL ($2)"
		"                  AND EXISTS (SELECT FROM job_ready"
		"                               WHERE tenant_id = turn.tenant_id AND queue = $1"
		"                                 AND NOT background AND due_at <= now()))"
		"    OR EXISTS (SELECT FROM job_tenant AS turn"
		"                WHERE queue = $1 AND background_look_at = '-infinity'"
		"                  AND tenant_id <> ALL ($2)"
		"                  AND EXISTS (SELECT FROM job_ready"
		"                               WHERE tenant_id = turn.tenant_id AND queue = $1"
		"                                 AND background AND due_at <= now()))";
	const struct bh_lease_kept_back but = {.tenants = tenants, .n_tenants = n_tenants};
	struct bh_db nobody = bh_db_vital(db);
	int rc;

	nobody.context = (struct bh_uuid){0};
	rc = turns_look_all(&nobody, queue, &but);
	if (rc == BH_E_EMPTY) {
		*out_wait = false;
		return 0;
	}
	return rc < 0 ? rc
				  : bh_db_read_one(&nobody, sql, BH_PARAMS(queue, list_param(tenants, n_tenants)),
						&bh_row_bool, out_wait);
}
