/* SPDX-License-Identifier: Apache-2.0 */
/* store_tenant.c: the SQL of the register of tenants. */
#include "auth/store_tenant.h"

#include <string.h>

#include "base/error.h"

#define TENANT_COLUMNS "id, name, state, created_at"
static const struct bh_row tenant_row = BH_ROW(struct auth_tenant, id, name, state, created_ms);

int
auth_store_tenant_add(struct bh_db *db, const struct bh_uuid *id, const char *name, const char *key,
	struct auth_tenant *out)
{
	static const char sql[] = "INSERT INTO tenant (tenant_id, id, name, name_key)"
							  " VALUES ($1, $2, $3, $4)"
							  " RETURNING " TENANT_COLUMNS;

	return bh_db_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, id, name, key),
		&tenant_row, out);
}

int
auth_store_tenant_get(struct bh_db *db, const struct bh_uuid *id, struct auth_tenant *out)
{
	static const char sql[] = "SELECT " TENANT_COLUMNS "  FROM tenant"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&tenant_row, out);
}

int
auth_store_tenant_list(struct bh_db *db, const char *name, const struct bh_uuid *after,
	int64_t limit, struct auth_tenant **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT " TENANT_COLUMNS "  FROM tenant"
		" WHERE tenant_id = $1 AND id > $2 AND ($3::text IS NULL OR name = $3)"
		" ORDER BY tenant_id, id"
		" LIMIT $4";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, after, name, limit), &tenant_row, out, out_count);
}

int
auth_store_tenant_lock(struct bh_db *tx, const struct bh_uuid *id)
{
	static const char sql[] = "SELECT id FROM tenant"
							  " WHERE tenant_id = $1 AND id = $2"
							  "   FOR NO KEY UPDATE";
	struct bh_uuid locked;

	return bh_db_one(AUTH_DB(auth_platform(tx)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&bh_row_uuid, &locked);
}

int
auth_store_tenant_set_state(struct bh_db *tx, const struct bh_uuid *id, const char *state,
	bool *out_changed)
{
	static const char lock_sql[] = "SELECT state FROM tenant"
								   " WHERE tenant_id = $1 AND id = $2"
								   "   FOR UPDATE";
	static const char sql[] =
		"UPDATE tenant"
		"   SET state = $3,"
		"       suspended_at = CASE WHEN $3 <> 'active' THEN coalesce(suspended_at, clock.at) END"
		"  FROM (SELECT now() AS at OFFSET 0) AS clock"
		" WHERE tenant_id = $1 AND id = $2";
	const struct bh_param params[] = {bh_uuid_param(&bh_platform_tenant), bh_uuid_param(id),
		bh_text_param(state)};
	struct bh_db platform = auth_platform(tx);
	const char *old = NULL;
	bool changes;
	int rc = bh_db_one(&platform, lock_sql, params, 2, &bh_row_text, &old);

	if (rc < 0)
		return rc;
	changes = strcmp(old, state) != 0;
	if (changes)
		rc = bh_db_change(&platform, sql, BH_LIST(params));
	if (rc == 0)
		*out_changed = changes;
	return rc;
}

int
auth_store_tenant_rename(struct bh_db *db, const struct bh_uuid *id, const char *name,
	const char *key)
{
	static const char sql[] = "UPDATE tenant"
							  "   SET name = $3, name_key = $4"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, id, name, key));
}

/* One of the exceptions: a tenant's own row of a platform table, under its own context. */
int
auth_store_tenant_state(struct bh_db *db, const struct bh_uuid *tenant, const char **out)
{
	static const char sql[] = "SELECT state FROM tenant"
							  " WHERE tenant_id = $2 AND id = $1";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, &bh_platform_tenant), &bh_row_text, out);
}
