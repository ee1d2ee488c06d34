/* SPDX-License-Identifier: Apache-2.0 */
/* store_ledger.c: the SQL of the ledger. */
#include "billing/store_ledger.h"

/* A reservation expires within an hour and is settled late within 62 days. */
#define LATE_DAYS "70"

int
billing_store_ledger_post(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct billing_entry *entry, bool *out_new)
{
	static const char sql[] = "SELECT ledger_post($1, $2, $3, $4, $5, $6, $7, $8)";

	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, id, entry->kind, entry->reference, entry->memo, entry->currency,
			bh_text_array_param(billing_account_names(), BILLING_ACCOUNTS),
			bh_int_array_param(entry->nanos, BILLING_ACCOUNTS)),
		&bh_row_bool, out_new);
}

int
billing_store_ledger_balances(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_ledger_balance **out, size_t *out_n)
{
	const struct bh_row row = BH_ROW(struct billing_ledger_balance, account, nanos, currency);
	static const char sql[] = "SELECT account, nanos, currency"
							  "  FROM ledger_balance"
							  " WHERE tenant_id = $1"
							  " ORDER BY account";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_ledger_balance(struct bh_db *db, const struct bh_uuid *tenant,
	enum billing_account account, int64_t *out)
{
	static const char sql[] =
		"SELECT nanos FROM ledger_balance WHERE tenant_id = $1 AND account = $2";
	bool found = false;
	int64_t nanos = 0;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, billing_account_name(account)),
		&bh_row_int, &nanos, &found);

	if (rc == 0)
		*out = found ? nanos : 0;
	return rc;
}

int
billing_store_meter_lock(struct bh_db *tx, const struct bh_uuid *tenant)
{
	static const char sql[] = "SELECT tenant_id FROM meter_lock($1)";
	struct bh_uuid locked;

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_uuid, &locked);
}

static const struct bh_row posting_row = BH_ROW(struct billing_posting, subject, number, nanos,
	covered, posted_nanos, posted_covered);

int
billing_store_days_changed(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_posting **out, size_t *out_n)
{
	/* From the last posted day on there is none besides. */
	static const char sql[] =
		"WITH past AS MATERIALIZED ("
		"	SELECT least(coalesce(max(subject)::date, '-infinity'),"
		"		(now() AT TIME ZONE 'UTC')::date - " LATE_DAYS ") AS day"
		"	  FROM ledger_posted WHERE tenant_id = $1 AND kind = 'usage'"
		"), used AS ("
		"	SELECT u.day, sum(u.cost_nanos)::bigint AS cost, sum(u.covered_nanos)::bigint AS "
		"covered"
		"	  FROM usage_day AS u"
		"	 WHERE u.tenant_id = $1 AND u.day >= (SELECT day FROM past)"
		"	 GROUP BY u.day"
		")"
		" SELECT used.day::text, coalesce(p.number, 0), used.cost, used.covered,"
		"       coalesce(p.nanos, 0), coalesce(p.covered, 0)"
		"  FROM used"
		"  LEFT JOIN ledger_posted AS p"
		"    ON p.tenant_id = $1 AND p.kind = 'usage' AND p.subject = used.day::text"
		" WHERE (used.cost, used.covered) IS DISTINCT FROM (coalesce(p.nanos, 0), "
		"coalesce(p.covered, 0))"
		" ORDER BY used.day";

	return bh_db_each(tx, sql, BH_PARAMS(tenant), &posting_row, out, out_n);
}

int
billing_store_grants_drawn(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_posting **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT g.id::text, coalesce(p.number, 0), fund.amount - fund.remains, 0::bigint,"
		"       coalesce(p.nanos, 0), 0::bigint"
		"  FROM meter_funds AS f"
		" CROSS JOIN LATERAL unnest(f.ids, f.amounts, f.remains) AS fund (id, amount, remains)"
		"  JOIN credit_grant AS g ON g.tenant_id = $1 AND g.id = fund.id"
		"  LEFT JOIN ledger_posted AS p"
		"    ON p.tenant_id = $1 AND p.kind = 'burn' AND p.subject = g.id::text"
		" WHERE f.tenant_id = $1 AND fund.amount - fund.remains <> coalesce(p.nanos, 0)"
		" ORDER BY g.id";

	return bh_db_each(tx, sql, BH_PARAMS(tenant), &posting_row, out, out_n);
}

int
billing_store_drawn_read(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_posting *out)
{
	static const char sql[] =
		"SELECT ''::text, coalesce(p.number, 0), coalesce(p.nanos, 0) - coalesce(b.nanos, 0),"
		"       0::bigint, coalesce(p.nanos, 0), 0::bigint"
		"  FROM (SELECT) AS one"
		"  LEFT JOIN ledger_balance AS b ON b.tenant_id = $1 AND b.account = 'drawn'"
		"  LEFT JOIN ledger_posted AS p ON p.tenant_id = $1 AND p.kind = 'drawn' AND p.subject = "
		"''";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &posting_row, out);
}

int
billing_store_posted_set(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind,
	const struct billing_posting *posting)
{
	static const char sql[] =
		"INSERT INTO ledger_posted (tenant_id, kind, subject, number, nanos, covered)"
		" VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (tenant_id, kind, subject)"
		"    DO UPDATE SET number = excluded.number, nanos = excluded.nanos, covered = "
		"excluded.covered";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, kind, posting->subject, posting->number + 1, posting->nanos,
			posting->covered),
		NULL);
}

int
billing_store_grant_drawn(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *grant, int64_t drawn)
{
	static const char sql[] = "UPDATE credit_grant SET drawn = $3 WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, grant, drawn));
}
