/* SPDX-License-Identifier: Apache-2.0 */
/* retention.c: finds tenants with rows past their age, and removes a piece of each. */
#include "service/retention.h"

#include "base/error.h"
#include "base/log.h"
#include "db/db.h"
#include "service/metrics.h"

/* Expired rows of a tenant are removed together so often; others after a hundredth of their age. */
enum { EXPIRY_PAUSE_MS = 3600000 };

/* A kind as it is to be kept now. */
struct task {
	const struct bh_retention_kind *kind;
	const char *queue; /* the service's name */
	int64_t age_ms;
};

/* What a pass has done. */
struct pass {
	int64_t removed;
	bool more; /* a piece was full, or so many tenants were due */
};

/* The tenants whose oldest row may be past its age, the oldest first. */
static int
find_due(struct bh_db *db, const struct task *task, struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] = "SELECT tenant_id"
							  "  FROM retention"
							  " WHERE queue = $1 AND kind = $2"
							  "   AND oldest_at < now() - $3 * interval '1 millisecond'"
							  " ORDER BY oldest_at"
							  " LIMIT $4";
	return bh_db_read_each(db, sql,
		BH_PARAMS(task->queue, task->kind->name, task->age_ms,
			bh_int_param(BH_RETENTION_TENANTS_AT_ONCE)),
		&bh_row_uuid, out, out_n);
}

/* Notes when there is something to remove again: where more is left, behind the others that are due; else
 * when the oldest row comes of age, but not sooner than after the kind's pause, so that rows which age one
 * by one are removed together. Rows written meanwhile are younger than now. */
static int
put_oldest(struct bh_db *db, const struct bh_uuid *tenant, const struct task *task, bool more,
	int64_t oldest_ms)
{
	static const char sql[] =
		"UPDATE retention"
		"   SET oldest_at = CASE WHEN $4 THEN clock.back ELSE greatest(coalesce($7, clock.at), "
		"clock.next) END"
		"  FROM (SELECT now() AS at, now() - $5 * interval '1 millisecond' AS back,"
		"               now() + ($6 - $5) * interval '1 millisecond' AS next"
		"          OFFSET 0) AS clock"
		" WHERE tenant_id = $1 AND queue = $2 AND kind = $3";
	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, task->queue, task->kind->name, more, task->age_ms,
			bh_int_param(task->kind->keep_s > 0 ? task->age_ms / 100 : EXPIRY_PAUSE_MS),
			bh_time_or_null_param(oldest_ms)),
		NULL);
}

/* What a kind's statement answers with. */
struct removal {
	int64_t rows;
	int64_t oldest_ms; /* of what is left; 0: nothing */
};
static const struct bh_row removal_row = BH_ROW(struct removal, rows, oldest_ms);

static int
remove_piece(struct bh_db *db, const struct bh_uuid *tenant, const struct task *task,
	struct pass *pass)
{
	struct removal removal = {0};
	int put,
		rc = bh_db_one(db, task->kind->sql, BH_PARAMS(tenant, task->age_ms, task->kind->most),
			&removal_row, &removal);

	if (rc == BH_E_DB_DOWN)
		return rc;
	/* Where it fails the tenant goes behind the others too, or a few such would hold the front. */
	put = put_oldest(db, tenant, task, rc < 0 || removal.rows == task->kind->most,
		removal.oldest_ms);
	if (rc == 0)
		pass->removed += removal.rows;
	pass->more = pass->more || removal.rows == task->kind->most;
	return rc < 0 ? rc : put;
}

static bool
is_stopping(const struct bh_retention *retention)
{
	return __atomic_load_n(retention->stopping, __ATOMIC_RELAXED);
}

/* One piece of each tenant that has old rows; a tenant whose rows cannot be removed holds up no other. */
static int
run_task(const struct bh_retention *retention, const struct task *task, struct pass *pass)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	/* Paid by nobody's share: a tenant that has all it may have is looked after like the others. */
	struct bh_db db = {.pool = retention->db, .arena = &arena, .payer = bh_platform_tenant};
	struct bh_uuid *tenants = NULL;
	size_t n = 0;
	int first = find_due(&db, task, &tenants, &n);

	pass->more = n == BH_RETENTION_TENANTS_AT_ONCE;
	for (size_t i = 0; i < n && first != BH_E_DB_DOWN && !is_stopping(retention); i++) {
		struct bh_db own = bh_db_as(&db, &tenants[i]);
		int rc = remove_piece(&own, &tenants[i], task, pass);

		first = first < 0 ? first : rc;
	}
	return first;
}

static int64_t
age_ms(const struct bh_retention *retention, const struct bh_retention_kind *kind)
{
	const char *state = retention->state;

	return kind->keep_s > 0 ? *(const int64_t *)(const void *)(state + kind->keep_s) * 1000 : 0;
}

/* One pass over a kind; true when another would find something. */
static bool
run_kind(struct bh_retention *retention, size_t i)
{
	const struct bh_retention_kind *kind = &retention->kinds[i];
	const struct task task = {kind, retention->queue, age_ms(retention, kind)};
	int64_t *unsaid = &retention->done[i].unsaid;
	struct pass pass = {0};
	int rc = run_task(retention, &task, &pass);

	__atomic_add_fetch(&retention->done[i].removed, (uint64_t)pass.removed, __ATOMIC_RELAXED);
	/* One line for what went together, and one when it begins to fail. */
	if (pass.removed == 0 && *unsaid > 0) {
		bh_log(BH_LOG_INFO, "removed %lld expired rows of %s", (long long)*unsaid, kind->name);
		*unsaid = 0;
	}
	*unsaid += pass.removed;
	if (rc < 0 && !retention->done[i].failing)
		bh_log_failure("remove expired rows", rc);
	retention->done[i].failing = rc < 0;
	return rc == 0 && pass.more;
}

void
bh_retention_beat(struct bh_retention *retention)
{
	bool idle[BH_RETENTION_KINDS_MOST] = {false}, more = true;

	for (int pass = 0; more && pass < BH_RETENTION_PASSES; pass++) {
		more = false;
		for (size_t i = 0; retention->kinds[i].name != NULL && !is_stopping(retention); i++) {
			idle[i] = idle[i] || !run_kind(retention, i);
			more = more || !idle[i];
		}
	}
}

void
bh_retention_write(const struct bh_retention *retention, struct bh_buf *out)
{
	const struct bh_retention_kind *kinds = retention->kinds;

	if (kinds == NULL)
		return;
	bh_metrics_head(out, "retention_removed_total", "counter", "Rows removed by retention.");
	for (size_t i = 0; kinds[i].name != NULL; i++)
		bh_buf_printf(out,
			"bulkhead_service_retention_removed_total{service=\"%s\",kind=\"%s\"} %llu\n",
			retention->queue, kinds[i].name,
			(unsigned long long)__atomic_load_n(&retention->done[i].removed, __ATOMIC_RELAXED));
}
