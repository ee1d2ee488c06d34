/* SPDX-License-Identifier: Apache-2.0 */
/* many.c: what one process asks and says about many jobs at once, whosever they are, without a context. */
#include "base/error.h"
#include "queue/queue.h"

static struct bh_db
without_context(const struct bh_db *db)
{
	struct bh_db nobody = bh_db_vital(db);

	nobody.context = (struct bh_uuid){0};
	return nobody;
}

/* The names as two arrays, which SQL puts side by side again. */
struct names {
	struct bh_uuid *tenants, *jobs; /* in the handle's arena */
};

static struct names
split_names(struct bh_db *db, const struct bh_job_name *jobs, size_t n)
{
	struct names names = {
		.tenants = bh_arena_array(db->arena, n + 1, sizeof(*names.tenants)),
		.jobs = bh_arena_array(db->arena, n + 1, sizeof(*names.jobs)),
	};

	for (size_t i = 0; i < n; i++) {
		names.tenants[i] = jobs[i].tenant;
		names.jobs[i] = jobs[i].job;
	}
	return names;
}

/* A row that somebody is ending or claiming at this moment is left to the next beat: its lease lasts for
 * several. Locked in the order of the keys, so that two of these never wait for each other. */
int
bh_lease_extend_all(struct bh_db *db, const char *queue, const struct bh_lease *const *leases,
	size_t n, int64_t lease_ms, struct bh_lease_state *out)
{
	static const char sql[] =
		"WITH held AS MATERIALIZED ("
		"	SELECT asked.place, ready.tenant_id, ready.job_id, ready.epoch, ready.cancel_asked,"
		"	       (extract(epoch FROM now() - ready.watched_at) * 1000)::bigint AS unwatched_ms"
		"	  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[])"
		"	       WITH ORDINALITY AS asked (tenant_id, job_id, epoch, place)"
		"	  JOIN job_ready AS ready ON ready.tenant_id = asked.tenant_id"
		"	       AND ready.job_id = asked.job_id AND ready.epoch = asked.epoch"
		"	 WHERE ready.queue = $1"
		"), free AS MATERIALIZED ("
		"	SELECT ready.tenant_id, ready.job_id, ready.epoch"
		"	  FROM job_ready AS ready"
		"	  JOIN held ON held.tenant_id = ready.tenant_id AND held.job_id = ready.job_id"
		"	       AND held.epoch = ready.epoch"
		"	 WHERE ready.queue = $1"
		"	 ORDER BY ready.tenant_id, ready.job_id"
		"	   FOR NO KEY UPDATE OF ready SKIP LOCKED"
		"), extended AS ("
		"	UPDATE job_ready AS ready"
		"	   SET due_at = now() + $5 * interval '1 millisecond'"
		"	  FROM free"
		"	 WHERE ready.tenant_id = free.tenant_id AND ready.job_id = free.job_id"
		"	   AND ready.epoch = free.epoch AND ready.queue = $1"
		")"
		" SELECT place, cancel_asked, unwatched_ms FROM held";
	struct bh_db nobody = without_context(db);
	struct bh_uuid *tenants = bh_arena_array(db->arena, n + 1, sizeof(*tenants));
	struct bh_uuid *jobs = bh_arena_array(db->arena, n + 1, sizeof(*jobs));
	int64_t *epochs = bh_arena_array(db->arena, n + 1, sizeof(*epochs));
	struct found {
		int64_t place, unwatched_ms;
		bool cancelled;
	} *rows = NULL;
	const struct bh_row found_row = BH_ROW(struct found, place, cancelled, unwatched_ms);
	size_t n_rows = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		tenants[i] = leases[i]->tenant;
		jobs[i] = leases[i]->job;
		epochs[i] = leases[i]->epoch;
	}

	rc = bh_db_each(&nobody, sql,
		BH_PARAMS(queue, bh_uuid_array_param(tenants, n), bh_uuid_array_param(jobs, n),
			bh_int_array_param(epochs, n), lease_ms),
		&found_row, &rows, &n_rows);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct bh_lease_state){0};
	for (size_t i = 0; i < n_rows; i++)
		out[rows[i].place - 1] = (struct bh_lease_state){true, rows[i].cancelled,
			rows[i].unwatched_ms};
	return 0;
}

int
bh_queue_states(struct bh_db *db, const char *queue, const struct bh_job_name *jobs, size_t n,
	enum bh_job_state *out)
{
	static const char sql[] = "SELECT asked.place, ready.worker IS NOT NULL"
							  "  FROM unnest($2::uuid[], $3::uuid[])"
							  "       WITH ORDINALITY AS asked (tenant_id, job_id, place)"
							  "  JOIN job_ready AS ready ON ready.tenant_id = asked.tenant_id AND "
							  "ready.job_id = asked.job_id"
							  " WHERE ready.queue = $1";
	struct bh_db nobody = without_context(db);
	struct names names = split_names(db, jobs, n);
	struct found {
		int64_t place;
		bool held;
	} *rows = NULL;
	const struct bh_row found_row = BH_ROW(struct found, place, held);
	size_t n_rows = 0;
	int rc = bh_db_read_each(&nobody, sql,
		BH_PARAMS(queue, bh_uuid_array_param(names.tenants, n), bh_uuid_array_param(names.jobs, n)),
		&found_row, &rows, &n_rows);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		out[i] = BH_JOB_OVER;
	for (size_t i = 0; i < n_rows; i++)
		out[rows[i].place - 1] = rows[i].held ? BH_JOB_HELD : BH_JOB_WAITS;
	return 0;
}

/* A row under somebody's hands is noted the next time. */
int
bh_queue_note_watched(struct bh_db *db, const char *queue, const struct bh_job_name *jobs, size_t n)
{
	static const char sql[] =
		"WITH free AS MATERIALIZED ("
		"	SELECT ready.tenant_id, ready.job_id"
		"	  FROM unnest($2::uuid[], $3::uuid[]) AS asked (tenant_id, job_id)"
		"	  JOIN job_ready AS ready ON ready.tenant_id = asked.tenant_id"
		"	       AND ready.job_id = asked.job_id"
		"	 WHERE ready.queue = $1"
		"	 ORDER BY ready.tenant_id, ready.job_id"
		"	   FOR NO KEY UPDATE OF ready SKIP LOCKED"
		")"
		" UPDATE job_ready AS ready"
		"    SET watched_at = now()"
		"   FROM free"
		"  WHERE ready.tenant_id = free.tenant_id AND ready.job_id = free.job_id"
		"    AND ready.queue = $1";
	struct bh_db nobody = without_context(db);
	struct names names = split_names(db, jobs, n);

	return bh_db_exec(&nobody, sql,
		BH_PARAMS(queue, bh_uuid_array_param(names.tenants, n), bh_uuid_array_param(names.jobs, n)),
		NULL);
}
