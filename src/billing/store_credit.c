/* SPDX-License-Identifier: Apache-2.0 */
/* store_credit.c: the SQL of credits and top-ups. */
#include "billing/store_credit.h"

static const struct bh_row credit_row = BH_ROW(struct billing_credit, id, category, status,
	currency, nanos, drawn, priority, kinds, note, given_ms, expires_ms, ended_ms);

#define COLUMNS \
	"g.id, g.category, g.status, g.currency, g.nanos, g.drawn, g.priority, g.kinds, g.note," \
	" g.given_at, g.expires_at, g.ended_at"

int
billing_store_credit_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit, bool *out_new)
{
	static const char sql[] =
		"INSERT INTO credit_grant (tenant_id, id, category, currency, nanos, priority, kinds, note,"
		" given_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
		" ON CONFLICT DO NOTHING";

	return bh_db_change_maybe(tx, sql,
		BH_PARAMS(tenant, &credit->id, credit->category, credit->currency, credit->nanos,
			credit->priority, credit->kinds, credit->note, bh_time_param(credit->given_ms),
			bh_time_or_null_param(credit->expires_ms)),
		out_new);
}

int
billing_store_credit_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_credit *out)
{
	static const char sql[] = "SELECT " COLUMNS " FROM credit_grant AS g"
							  " WHERE g.tenant_id = $1 AND g.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &credit_row, out);
}

int
billing_store_credit_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct billing_credit **out, size_t *out_n)
{
	static const char up[] = "SELECT " COLUMNS " FROM credit_grant AS g"
							 " WHERE g.tenant_id = $1 AND g.id > $2 AND g.id < $3"
							 " ORDER BY g.id LIMIT $4";
	static const char down[] = "SELECT " COLUMNS " FROM credit_grant AS g"
							   " WHERE g.tenant_id = $1 AND g.id > $2 AND g.id < $3"
							   " ORDER BY g.id DESC LIMIT $4";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, slice->limit), &credit_row, out, out_n);
}

int
billing_store_credit_end(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *status)
{
	static const char sql[] = "UPDATE credit_grant SET status = $3, ended_at = now()"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id, status));
}

int
billing_store_credit_over(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_credit **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT " COLUMNS " FROM credit_grant AS g"
		"  LEFT JOIN (SELECT fund.id, fund.remains, fund.held"
		"          FROM meter_funds AS f"
		"         CROSS JOIN LATERAL unnest(f.ids, f.remains, f.held) AS fund (id, remains, held)"
		"         WHERE f.tenant_id = $1) AS fund ON fund.id = g.id"
		" WHERE g.tenant_id = $1 AND g.status = 'active'"
		"   AND (g.expires_at <= now() OR (fund.remains = 0 AND fund.held = 0))"
		" ORDER BY g.id";

	return bh_db_each(tx, sql, BH_PARAMS(tenant), &credit_row, out, out_n);
}

int
billing_store_credit_count(struct bh_db *tx, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] =
		"SELECT count(*)"
		"  FROM meter_funds AS f"
		" CROSS JOIN LATERAL unnest(f.ids, f.remains, f.held, f.ends) AS fund (id, remains, held, "
		"ends)"
		"  JOIN credit_grant AS g ON g.tenant_id = $1 AND g.id = fund.id AND g.category <> 'plan'"
		" WHERE f.tenant_id = $1 AND fund.ends > now() AND (fund.remains > 0 OR fund.held > 0)";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_int, out);
}

int
billing_store_fund_open(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_credit *credit, bool *out_taken)
{
	static const char sql[] =
		"SELECT meter_fund($1, $2, -1, $3, $4, coalesce($5, timestamptz 'infinity'), $6, $7)";

	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, &credit->id, credit->kinds, credit->priority,
			bh_time_or_null_param(credit->expires_ms), bh_time_param(credit->given_ms),
			credit->nanos),
		&bh_row_bool, out_taken);
}

int
billing_store_fund_end(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct billing_fund_rest *out)
{
	const struct bh_row row = BH_ROW(struct billing_fund_rest, found, amount, remaining);
	static const char sql[] =
		"SELECT amount IS NOT NULL, coalesce(amount, 0), coalesce(remaining, 0)"
		"  FROM meter_fund_end($1, $2)";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, id), &row, out);
}

int
billing_store_top_up_get(struct bh_db *db, const struct bh_uuid *tenant, struct billing_top_up *out)
{
	const struct bh_row row = BH_ROW(struct billing_top_up, enabled, below, amount, has_most,
		month_most, intent, intent_nanos, intent_ms);
	static const char sql[] =
		"SELECT t.enabled, t.below, t.amount, t.month_most IS NOT NULL, t.month_most, i.id, "
		"i.nanos,"
		"       i.created_at"
		"  FROM credit_top_up AS t"
		"  LEFT JOIN credit_intent AS i ON i.tenant_id = $1 AND i.status = 'pending'"
		" WHERE t.tenant_id = $1";
	struct billing_top_up top_up = {0};
	bool found = false;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &row, &top_up, &found);

	if (rc == 0)
		*out = top_up;
	return rc;
}

/* The meter tells of a balance below low_at. */
static int
set_low(struct bh_db *tx, const struct bh_uuid *tenant, const struct billing_top_up *top_up)
{
	static const char prepaid_sql[] =
		"SELECT EXISTS (SELECT FROM meter_funds WHERE tenant_id = $1 AND prepaid)";
	static const char sql[] = "SELECT true FROM meter_prepaid($1, $2, $3)";
	bool prepaid, done;
	int rc = bh_db_one(tx, prepaid_sql, BH_PARAMS(tenant), &bh_row_bool, &prepaid);

	return rc < 0
		? rc
		: bh_db_one(tx, sql,
			  BH_PARAMS(tenant, prepaid, bh_int_or_null_param(top_up->enabled, top_up->below)),
			  &bh_row_bool, &done);
}

int
billing_store_top_up_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_top_up *top_up)
{
	static const char sql[] =
		"INSERT INTO credit_top_up (tenant_id, enabled, below, amount, month_most)"
		" VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (tenant_id)"
		"    DO UPDATE SET enabled = excluded.enabled, below = excluded.below,"
		"       amount = excluded.amount, month_most = excluded.month_most, "
		"       changed_at = excluded.changed_at";
	int rc = bh_db_exec(tx, sql,
		BH_PARAMS(tenant, top_up->enabled, top_up->below, top_up->amount,
			bh_int_or_null_param(top_up->has_most, top_up->month_most)),
		NULL);

	return rc < 0 ? rc : set_low(tx, tenant, top_up);
}

int
billing_store_intent_add(struct bh_db *tx, const struct bh_uuid *tenant, const char *currency)
{
	static const char sql[] =
		"INSERT INTO credit_intent (tenant_id, id, currency, nanos)"
		" SELECT $1, $2, $3, t.amount"
		"   FROM credit_top_up AS t"
		"   LEFT JOIN meter_funds AS f ON f.tenant_id = $1"
		"  WHERE t.tenant_id = $1 AND t.enabled"
		"    AND coalesce((SELECT sum(remains) FROM unnest(f.meters, f.remains, f.ends)"
		"          AS fund (meter, remains, ends) WHERE meter < 0 AND ends > now()), 0)"
		"        - coalesce(f.owed, 0) < t.below"
		"    AND (t.month_most IS NULL OR t.amount + coalesce((SELECT sum(i.nanos)"
		"          FROM credit_intent AS i"
		"         WHERE i.tenant_id = $1 AND i.status IN ('pending', 'collected')"
		"           AND i.created_at >= date_trunc('month', now() AT TIME ZONE 'UTC')"
		"               AT TIME ZONE 'UTC'), 0) <= t.month_most)"
		"    AND (SELECT count(*) FROM unnest(f.meters, f.remains, f.held, f.ends)"
		"          AS fund (meter, remains, held, ends)"
		"          WHERE meter < 0 AND ends > now() AND (remains > 0 OR held > 0)) < $4"
		" ON CONFLICT DO NOTHING";
	const struct bh_uuid id = bh_uuid_new();

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, &id, currency, bh_int_param(BILLING_CREDITS_MOST)),
		NULL);
}

int
billing_store_intent_collected(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, bool *out_new)
{
	static const char sql[] = "UPDATE credit_intent SET status = 'collected', ended_at = now()"
							  " WHERE tenant_id = $1 AND id = $2 AND status <> 'collected'";
	int64_t rows = 0;
	int rc = bh_db_exec(tx, sql, BH_PARAMS(tenant, id), &rows);

	if (rc == 0)
		*out_new = rows > 0;
	return rc;
}

int
billing_store_intent_take(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_intent *out)
{
	const struct bh_row row = BH_ROW(struct billing_intent, id, currency, nanos);
	static const char sql[] = "UPDATE credit_intent SET status = 'collected', ended_at = now()"
							  " WHERE tenant_id = $1 AND status = 'pending'"
							  " RETURNING id, currency, nanos";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &row, out);
}
