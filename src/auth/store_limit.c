/* SPDX-License-Identifier: Apache-2.0 */
/* store_limit.c: the SQL of request limits. */
#include "auth/store_limit.h"

static const struct bh_row limit_row = BH_ROW(struct auth_limit, requests_per_minute, concurrency);

int
auth_store_limit_get(struct bh_db *db, const struct bh_uuid *tenant, struct auth_limit *out)
{
	static const char sql[] =
		"SELECT coalesce(nullif(l.requests_per_minute, 0), p.requests_per_minute, 0),"
		"       coalesce(nullif(l.concurrency, 0), p.concurrency, 0)"
		"  FROM (SELECT) AS one"
		"  LEFT JOIN request_limit AS l ON l.tenant_id = $1"
		"  LEFT JOIN tenant_plan AS p ON p.tenant_id = $1 AND p.state <> 'canceled'";
	struct auth_limit limit = {0};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &limit_row, &limit, &found);

	if (rc == 0)
		*out = limit;
	return rc;
}

int
auth_store_limit_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_limit_change *change, struct auth_limit *out)
{
	static const char sql[] =
		"WITH own AS ("
		"	INSERT INTO request_limit AS l (tenant_id, requests_per_minute, concurrency)"
		"	VALUES ($1, $2, $3)"
		"	ON CONFLICT (tenant_id) DO UPDATE"
		"	  SET requests_per_minute ="
		"	        CASE WHEN $4 THEN excluded.requests_per_minute ELSE l.requests_per_minute END,"
		"	      concurrency = CASE WHEN $5 THEN excluded.concurrency ELSE l.concurrency END,"
		"	      updated_at = excluded.updated_at"
		"	RETURNING requests_per_minute, concurrency"
		")"
		" SELECT coalesce(nullif(own.requests_per_minute, 0), p.requests_per_minute, 0),"
		"        coalesce(nullif(own.concurrency, 0), p.concurrency, 0)"
		"   FROM own"
		"   LEFT JOIN tenant_plan AS p ON p.tenant_id = $1 AND p.state <> 'canceled'";

	return bh_db_one(db, sql,
		BH_PARAMS(tenant,
			bh_int_param(change->has_requests ? change->limit.requests_per_minute : 0),
			bh_int_param(change->has_concurrency ? change->limit.concurrency : 0),
			change->has_requests, change->has_concurrency),
		&limit_row, out);
}
