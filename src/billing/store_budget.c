/* SPDX-License-Identifier: Apache-2.0 */
/* store_budget.c: the SQL of budgets. */
#include "billing/store_budget.h"

static const struct bh_row budget_row = BH_ROW(struct billing_budget, id, kind, name, has_day,
	has_month, has_total, day, month, total, day_spent, month_spent, total_spent, reserved,
	day_ends_ms, month_ends_ms, thresholds);

/* The day in which the tenant's books stand; $1 is the tenant. */
#define TODAY \
	"WITH now AS (" \
	"	SELECT day, date_trunc('month', day)::date AS month" \
	"	  FROM (SELECT meter_today(coalesce((SELECT day FROM meter_owner" \
	"	         WHERE tenant_id = $1 AND id = $1), '-infinity')) AS day) AS today" \
	")"

/* Behind the owner's id, kind and name. A window that has ended since the owner's last act begins with what
 * its days say: usually nothing. */
#define FIGURES \
	"       o.day_limit IS NOT NULL, o.month_limit IS NOT NULL, o.total_limit IS NOT NULL," \
	"       o.day_limit, o.month_limit, o.total_limit," \
	"       CASE WHEN o.day = now.day THEN o.day_spent ELSE coalesce((SELECT d.spent" \
	"         FROM meter_day AS d WHERE d.tenant_id = $1 AND d.owner_id = o.id AND d.day = " \
	"now.day), 0)" \
	"       END," \
	"       CASE WHEN o.month = now.month THEN o.month_spent ELSE coalesce((SELECT" \
	"         meter_sum(0, sum(d.spent)) FROM meter_day AS d WHERE d.tenant_id = $1" \
	"         AND d.owner_id = o.id AND d.day >= now.month AND d.day <= now.day), 0) END," \
	"       o.total_spent, o.reserved," \
	"       (now.day + 1)::timestamp AT TIME ZONE 'UTC'," \
	"       (now.month + interval '1 month') AT TIME ZONE 'UTC'," \
	"       to_json(coalesce(o.notice_percent, '{80,100}'))::text"

int
billing_store_budget_above(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *key, const struct bh_uuid *owner, bool *out)
{
	static const char sql[] =
		"WITH RECURSIVE up AS ("
		"	SELECT k.id, k.parent_id FROM api_key AS k WHERE k.tenant_id = $1 AND k.id = $2"
		"	UNION"
		"	SELECT k.id, k.parent_id FROM api_key AS k JOIN up ON k.id = up.parent_id"
		"	 WHERE k.tenant_id = $1"
		")"
		" SELECT EXISTS (SELECT FROM up WHERE id = $3)";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, key, owner), &bh_row_bool, out);
}

int
billing_store_owner_exists(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_owner *owner, bool *out)
{
	static const char sql[] =
		"SELECT CASE $3"
		"         WHEN 'key' THEN EXISTS (SELECT FROM api_key WHERE tenant_id = $1 AND id = $2)"
		"         WHEN 'user' THEN EXISTS (SELECT FROM membership"
		"           WHERE tenant_id = $1 AND account_id = $2)"
		"         WHEN 'team' THEN EXISTS (SELECT FROM team WHERE tenant_id = $1 AND id = $2)"
		"         ELSE $2 = $1 END";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, &owner->id, owner->kind), &bh_row_bool, out);
}

int
billing_store_budget_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_owner *owner, struct billing_budget *out)
{
	static const char sql[] = TODAY
		"SELECT $2::uuid, $3::text,"
		"       CASE $3"
		"         WHEN 'key' THEN (SELECT name FROM api_key WHERE tenant_id = $1 AND id = $2)"
		"         WHEN 'team' THEN (SELECT name FROM team WHERE tenant_id = $1 AND id = $2) "
		"END," FIGURES "  FROM now LEFT JOIN meter_owner AS o ON o.tenant_id = $1 AND o.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, &owner->id, owner->kind), &budget_row, out);
}

int
billing_store_budget_list(struct bh_db *db, const struct bh_uuid *tenant, const char *kind,
	bool all, const struct bh_uuid *after, int64_t limit, struct billing_budget **out,
	size_t *out_n)
{
	static const char sql[] = TODAY
		"SELECT o.id, o.kind,"
		"       CASE o.kind"
		"         WHEN 'key' THEN (SELECT k.name FROM api_key AS k"
		"           WHERE k.tenant_id = $1 AND k.id = o.id)"
		"         WHEN 'team' THEN (SELECT t.name FROM team AS t"
		"           WHERE t.tenant_id = $1 AND t.id = o.id) END," FIGURES
		"  FROM now, meter_owner AS o"
		" WHERE o.tenant_id = $1 AND o.id > $2 AND ($3::text IS NULL OR o.kind = $3)"
		"   AND ($4 OR coalesce(o.day_limit, o.month_limit, o.total_limit) IS NOT NULL)"
		" ORDER BY o.tenant_id, o.id"
		" LIMIT $5";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, after, kind, all, limit), &budget_row, out,
		out_n);
}

int
billing_store_budget_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_owner *owner, const struct billing_budget_change *change)
{
	static const char sql[] =
		"SELECT 1::bigint FROM meter_limit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
	const struct billing_budget_change *c = change;
	int64_t done;

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, &owner->id, owner->kind, c->sets_day,
			bh_int_or_null_param(c->day != BILLING_BUDGET_NONE, c->day), c->sets_month,
			bh_int_or_null_param(c->month != BILLING_BUDGET_NONE, c->month), c->sets_total,
			bh_int_or_null_param(c->total != BILLING_BUDGET_NONE, c->total),
			bh_int_array_param(c->thresholds, c->n_thresholds)),
		&bh_row_int, &done);
}
