/* store_limit.c: the SQL of request limits. */
#include "auth/store_limit.h"

int
auth_store_limit_get(struct bh_db *db, const struct bh_uuid *tenant, struct auth_limit *out)
{
	static const char sql[] = "SELECT requests_per_minute, concurrency"
							  "  FROM request_limit"
							  " WHERE tenant_id = $1";
	const struct bh_param params[] = {bh_uuid_param(tenant)};
	struct auth_limit limit = {0};
	const struct bh_column columns[] = {
		bh_int_column(&limit.requests_per_minute),
		bh_int_column(&limit.concurrency),
	};
	bool found;
	int rc;

	rc = bh_db_maybe(db, sql, BH_LIST(params), BH_LIST(columns), &found);
	if (rc < 0)
		return rc;
	*out = found ? limit : (struct auth_limit){0};
	return 0;
}

int
auth_store_limit_set(struct bh_db *db, const struct bh_uuid *tenant, const struct auth_limit *limit)
{
	static const char sql[] =
		"INSERT INTO request_limit (tenant_id, requests_per_minute, concurrency)"
		" VALUES ($1, $2, $3)"
		" ON CONFLICT (tenant_id) DO UPDATE"
		"   SET requests_per_minute = excluded.requests_per_minute,"
		"       concurrency = excluded.concurrency, updated_at = now()";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_int_param(limit->requests_per_minute),
		bh_int_param(limit->concurrency),
	};

	return bh_db_exec(db, sql, BH_LIST(params), NULL);
}
