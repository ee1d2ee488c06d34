/* SPDX-License-Identifier: Apache-2.0 */
/* store_expiry.c: the SQL of keys that will expire. */
#include "auth/store_expiry.h"

int
auth_store_expiry_clear(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *keys,
	size_t n_keys)
{
	static const char sql[] = "DELETE FROM key_expiry"
							  " WHERE tenant_id = $1 AND key_tenant_id = $2 AND key_id = ANY ($3)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, tenant, bh_uuid_array_param(keys, n_keys)), NULL);
}

int
auth_store_expiry_set(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *keys,
	size_t n_keys, int64_t expires_ms)
{
	static const char sql[] =
		"INSERT INTO key_expiry (tenant_id, key_tenant_id, key_id, expires_at)"
		" SELECT $1, $2, id, $4"
		"   FROM unnest($3::uuid[]) AS key (id)"
		" ON CONFLICT (tenant_id, key_tenant_id, key_id)"
		" DO UPDATE SET expires_at = excluded.expires_at";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, tenant, bh_uuid_array_param(keys, n_keys),
			bh_time_param(expires_ms)),
		NULL);
}

static const struct bh_row expiry_row = BH_ROW(struct auth_expiry, tenant, key);

int
auth_store_expiry_due(struct bh_db *db, int64_t now_ms, struct auth_expiry **out, size_t *out_count)
{
	static const char sql[] = "SELECT key_tenant_id, key_id"
							  "  FROM key_expiry"
							  " WHERE tenant_id = $1 AND expires_at <= $2"
							  " ORDER BY tenant_id, expires_at"
							  " LIMIT 100";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, bh_time_param(now_ms)), &expiry_row, out, out_count);
}

int
auth_store_expiry_take(struct bh_db *tx, const struct auth_expiry *expiry, int64_t now_ms,
	bool *out_taken)
{
	static const char sql[] = "DELETE FROM key_expiry"
							  " WHERE tenant_id = $1 AND key_tenant_id = $2 AND key_id = $3"
							  "   AND expires_at <= $4";

	return bh_db_change_maybe(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, &expiry->tenant, &expiry->key, bh_time_param(now_ms)),
		out_taken);
}
