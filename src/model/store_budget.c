/* SPDX-License-Identifier: Apache-2.0 */
/* store_budget.c: a tenant's token limit and monthly budget, and the reservations on it. */
#include "base/error.h"
#include "base/macros.h"
#include "model/store.h"

static const struct bh_row limits_row = BH_ROW(struct model_limits, tokens_per_minute, has_budget,
	budget_month);

int
model_store_limits_get(struct bh_db *db, const struct bh_uuid *tenant, struct model_limits *out)
{
	static const char sql[] =
		"SELECT tokens_per_minute, month_nanos IS NOT NULL, coalesce(month_nanos, 0)"
		"  FROM budget"
		" WHERE tenant_id = $1";
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &limits_row, out, &found);

	if (rc == 0 && !found)
		*out = (struct model_limits){0};
	return rc;
}

/* What is spent in the month that counts now: the row's own figure while its month has not changed. It
 * must be of one text in all statements here: a change of month finds the same sum everywhere. */
#define SPENT_NOW \
	"CASE WHEN b.month = budget_month(b.month) THEN b.spent_nanos" \
	" ELSE (SELECT coalesce(sum(cost_nanos), 0) FROM usage_total AS t" \
	"        WHERE t.tenant_id = $1 AND t.month = budget_month(b.month))::bigint END"

static const struct bh_row budget_row = BH_ROW(struct model_budget, limits.tokens_per_minute,
	limits.has_budget, limits.budget_month, spent, reserved);

int
model_store_budget_get(struct bh_db *db, const struct bh_uuid *tenant, struct model_budget *out)
{
	static const char sql[] =
		"SELECT b.tokens_per_minute, b.month_nanos IS NOT NULL, coalesce(b.month_nanos, 0),"
		"       " SPENT_NOW ", b.reserved_nanos"
		"  FROM budget AS b"
		" WHERE b.tenant_id = $1";
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &budget_row, out, &found);

	if (rc == 0 && !found)
		*out = (struct model_budget){0};
	return rc;
}

int
model_store_limits_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_limits_change *change)
{
	/* What was spent this month before a budget existed counts against it. Settlement makes the row
	 * with a tenant's first call, so there is hardly ever anything to sum. */
	static const char sql[] =
		"INSERT INTO budget AS b (tenant_id, tokens_per_minute, month_nanos, month, spent_nanos)"
		" VALUES ($1, CASE WHEN $2 THEN $3::bigint ELSE 0 END,"
		"         CASE WHEN $4 THEN $5::bigint END, budget_month('-infinity'),"
		"         (SELECT least(coalesce(sum(cost_nanos), 0), $6::bigint)::bigint FROM usage_total"
		"           WHERE tenant_id = $1 AND month = budget_month('-infinity')))"
		" ON CONFLICT (tenant_id)"
		" DO UPDATE SET tokens_per_minute ="
		"                 CASE WHEN $2 THEN $3::bigint ELSE b.tokens_per_minute END,"
		"               month_nanos = CASE WHEN $4 THEN $5::bigint ELSE b.month_nanos END,"
		"               changed_at = now()";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, change->tokens, change->limits.tokens_per_minute, change->budget,
			bh_int_or_null_param(change->limits.has_budget, change->limits.budget_month),
			MODEL_SPENT_MOST),
		NULL);
}

int
model_store_budget_reserve(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *calls, const int64_t *nanos, size_t count, int64_t sum,
	bool *out_admitted)
{
	/* Asynchronous commit: what a crash of the server loses is put back by reassert. The row lock
	 * makes callers take turns, so that check and reservation are one act. */
	static const char sql[] =
		"WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS off),"
		" taken AS ("
		"  UPDATE budget AS b"
		"     SET reserved_nanos = b.reserved_nanos + $4,"
		"         spent_nanos = " SPENT_NOW ","
		"         month = budget_month(b.month)"
		"    FROM quick"
		"   WHERE b.tenant_id = $1"
		/* In this order nothing overflows, however large the sum. */
		"     AND (b.month_nanos IS NULL OR $4 <= b.month_nanos - b.reserved_nanos - " SPENT_NOW ")"
		"  RETURNING b.tenant_id)"
		" INSERT INTO budget_reservation (tenant_id, call_id, nanos)"
		" SELECT taken.tenant_id, call.id, call.nanos"
		"   FROM taken, unnest($2::uuid[], $3::bigint[]) AS call (id, nanos)"
		"  WHERE taken.tenant_id = $1";
	int64_t rows = 0;
	int rc = bh_db_exec(db, sql,
		BH_PARAMS(tenant, bh_uuid_array_param(calls, count), bh_int_array_param(nanos, count), sum),
		&rows);

	if (rc == 0)
		*out_admitted = rows > 0;
	return rc;
}

/* What a transaction changes about reservations it looks at with a statement that begins when it has the
 * budget's row: whoever held that row before may have reserved or settled the very call. */
static int
budget_lock(struct bh_db *tx, const struct bh_uuid *tenant, bool *out_found)
{
	static const char sql[] = "SELECT tenant_id FROM budget WHERE tenant_id = $1 FOR UPDATE";
	struct bh_uuid found;

	return bh_db_maybe(tx, sql, BH_PARAMS(tenant), &bh_row_uuid, &found, out_found);
}

struct reasserting {
	const struct bh_uuid *tenant, *call;
	int64_t nanos;
};

static int
reassert_work(struct bh_db *tx, void *ctx)
{
	static const char sql[] =
		"WITH back AS ("
		"  INSERT INTO budget_reservation (tenant_id, call_id, nanos)"
		"  SELECT $1, $2, $3"
		"   WHERE NOT EXISTS (SELECT 1 FROM usage_record WHERE tenant_id = $1 AND id = $2)"
		"     AND NOT EXISTS (SELECT 1 FROM usage_quarantine WHERE tenant_id = $1 AND id = $2)"
		"  ON CONFLICT (tenant_id, call_id) DO NOTHING"
		"  RETURNING nanos)"
		" UPDATE budget"
		"    SET reserved_nanos = reserved_nanos + back.nanos"
		"   FROM back"
		"  WHERE tenant_id = $1";
	const struct reasserting *want = ctx;
	bool found = false;
	int rc = budget_lock(tx, want->tenant, &found);

	return rc < 0 || !found
		? rc
		: bh_db_exec(tx, sql, BH_PARAMS(want->tenant, want->call, want->nanos), NULL);
}

int
model_store_budget_reassert(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *call, int64_t nanos)
{
	struct reasserting want = {tenant, call, nanos};

	return bh_tx_run(db, reassert_work, &want);
}

int
model_store_budget_renew(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *calls, size_t count)
{
	static const char sql[] =
		"UPDATE budget_reservation"
		"   SET renewed_at = now()"
		" WHERE tenant_id = $1 AND call_id = ANY($2) AND expired_month IS NULL";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, bh_uuid_array_param(calls, count)), NULL);
}

int
model_store_budget_expire(struct bh_db *db, const struct bh_uuid *tenant, int64_t age_ms,
	const struct bh_uuid *live, size_t n_live, int64_t *out_expired)
{
	/* A call that has a usage row was settled, and what it reserved afterwards is nobody's: a dead
	 * process's statement may wait for the budget's row longer than the one that settles for it.
	 * What is charged stays as a row with its month, for the call's own settlement to give it back.
	 * Where there is nothing of either kind nothing is locked, and nothing waits for the disk: whoever is
	 * over the budget asks again and again. */
	static const char sql[] =
		"WITH held AS MATERIALIZED ("
		"  SELECT b.month, budget_month(b.month) AS counts, " SPENT_NOW " AS spent"
		"    FROM budget AS b"
		"   WHERE b.tenant_id = $1"
		"     AND EXISTS (SELECT FROM budget_reservation AS r"
		"                  WHERE r.tenant_id = $1 AND r.expired_month IS NULL"
		"                    AND (r.renewed_at < now() - $2 * interval '1 millisecond'"
		"                         OR EXISTS (SELECT FROM usage_record AS u"
		"                                     WHERE u.tenant_id = $1 AND u.id = r.call_id)"
		"                         OR EXISTS (SELECT FROM usage_quarantine AS q"
		"                                     WHERE q.tenant_id = $1 AND q.id = r.call_id)))"
		"     FOR UPDATE OF b),"
		" settled AS ("
		"  DELETE FROM budget_reservation AS r"
		"   USING held"
		"   WHERE tenant_id = $1 AND expired_month IS NULL"
		"     AND (EXISTS (SELECT FROM usage_record WHERE tenant_id = $1 AND id = r.call_id)"
		"          OR EXISTS (SELECT FROM usage_quarantine WHERE tenant_id = $1 AND id = "
		"r.call_id))"
		"  RETURNING nanos),"
		" dead AS ("
		"  UPDATE budget_reservation AS r"
		"     SET expired_month = held.counts"
		"    FROM held"
		"   WHERE tenant_id = $1 AND expired_month IS NULL"
		"     AND renewed_at < now() - $2 * interval '1 millisecond'"
		"     AND call_id <> ALL(coalesce($3::uuid[], '{}'))"
		"     AND NOT EXISTS (SELECT FROM usage_record WHERE tenant_id = $1 AND id = r.call_id)"
		"     AND NOT EXISTS (SELECT FROM usage_quarantine WHERE tenant_id = $1 AND id = r.call_id)"
		"  RETURNING nanos),"
		/* No settlement comes after two months. */
		" forgotten AS ("
		"  DELETE FROM budget_reservation"
		"   WHERE tenant_id = $1"
		"     AND expired_month < (SELECT counts FROM held) - interval '2 months'),"
		" total AS ("
		"  SELECT (SELECT count(*) FROM settled) + (SELECT count(*) FROM dead) AS calls,"
		"         coalesce((SELECT sum(nanos) FROM settled), 0)::bigint AS back,"
		"         coalesce((SELECT sum(nanos) FROM dead), 0)::bigint AS charged),"
		" counted AS ("
		"  INSERT INTO usage_total AS t (tenant_id, month, model_tenant_id, model_id, cost_nanos)"
		"  SELECT $1, held.counts, '00000000-0000-0000-0000-000000000000',"
		"         '00000000-0000-0000-0000-000000000000', total.charged"
		"    FROM held, total WHERE total.charged > 0"
		"  ON CONFLICT (tenant_id, month, model_tenant_id, model_id)"
		"  DO UPDATE SET cost_nanos ="
		"    least($4::bigint, t.cost_nanos::numeric + excluded.cost_nanos)::bigint)"
		" UPDATE budget"
		"    SET reserved_nanos = reserved_nanos - total.back - total.charged,"
		"        spent_nanos = least($4::bigint, held.spent::numeric + total.charged)::bigint,"
		"        month = held.counts"
		"   FROM held, total"
		"  WHERE tenant_id = $1 AND total.calls > 0";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, age_ms, bh_uuid_array_param(live, n_live), MODEL_SPENT_MOST),
		out_expired);
}
