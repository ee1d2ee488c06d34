/* SPDX-License-Identifier: Apache-2.0 */
/* wanted.c: makes the jobs that triggers asked for on servers that hold no queues. */
#include "base/error.h"
#include "queue/queue.h"

enum { WANTED_MOST = 100 };

struct wanted {
	struct bh_uuid tenant, id, subject;
	const char *kind;
	int64_t due_ms;
};
static const struct bh_row wanted_row = BH_ROW(struct wanted, tenant, id, subject, kind, due_ms);

struct making {
	const struct wanted *wanted;
	const char *queue;
};

/* The job bears the wish's id: where another process was faster, or the wish outlived the job, there is nothing to do. */
static int
make_job(struct bh_db *tx, void *ctx)
{
	static const char known_sql[] =
		"SELECT EXISTS (SELECT FROM job WHERE tenant_id = $1 AND id = $2)";
	const struct making *making = ctx;
	const struct wanted *wanted = making->wanted;
	const struct bh_job_new job = {
		.id = wanted->id,
		.queue = making->queue,
		.kind = wanted->kind,
		.subject = wanted->subject,
		.payload = "{}",
		.due_ms = wanted->due_ms,
		.background = true,
	};
	bool known;
	int rc = bh_db_one(tx, known_sql, BH_PARAMS(&wanted->tenant, &wanted->id), &bh_row_bool,
		&known);

	return rc < 0 || known ? rc : bh_job_add(tx, &wanted->tenant, &job);
}

/* Two transactions, the job's first: a process that dies in between leaves the wish, and it is found to be done. */
static int
make_one(struct bh_db *db, const char *queue, const struct wanted *wanted)
{
	static const char sql[] = "DELETE FROM job_wanted WHERE tenant_id = $1 AND id = $2";
	struct making making = {.wanted = wanted, .queue = queue};
	struct bh_db owner = bh_db_vital(db);
	int rc;

	owner.context = wanted->tenant;
	rc = bh_tx_run(&owner, make_job, &making);
	return rc < 0 ? rc : bh_db_exec(&owner, sql, BH_PARAMS(&wanted->tenant, &wanted->id), NULL);
}

int
bh_queue_make_wanted(struct bh_db *db, const char *queue)
{
	static const char sql[] = "SELECT tenant_id, id, subject, kind, due_at"
							  "  FROM job_wanted"
							  " WHERE queue = $1"
							  " LIMIT $2";
	struct bh_db nobody = bh_db_vital(db);
	struct wanted *wanted = NULL;
	size_t n = 0;
	int rc;

	nobody.context = (struct bh_uuid){0};
	rc = bh_db_read_each(&nobody, sql, BH_PARAMS(queue, bh_int_param(WANTED_MOST)), &wanted_row,
		&wanted, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = make_one(db, queue, &wanted[i]);
	return rc;
}
