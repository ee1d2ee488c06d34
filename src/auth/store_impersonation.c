/* SPDX-License-Identifier: Apache-2.0 */
/* store_impersonation.c: the SQL of impersonations. */
#include "auth/store_impersonation.h"

static const struct bh_row row = BH_ROW(struct auth_impersonation, id, staff, staff_session,
	staff_email, tenant, account, reason, began_ms, until_ms, ended_ms);

#define COLUMNS \
	"i.id, i.account_id, i.session_id, e.address, i.target_tenant_id, i.target_account_id," \
	" i.reason, i.began_at, i.until_at, i.ended_at"

int
auth_store_impersonation_add(struct bh_db *tx, const struct auth_impersonation *added)
{
	static const char sql[] =
		"INSERT INTO impersonation (tenant_id, id, account_id, session_id, target_tenant_id,"
		"       target_account_id, reason, began_at, until_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, &added->id, &added->staff, &added->staff_session,
			&added->tenant, &added->account, added->reason, bh_time_param(added->began_ms),
			bh_time_param(added->until_ms)),
		NULL);
}

int
auth_store_impersonation_get(struct bh_db *db, const struct bh_uuid *id,
	struct auth_impersonation *out, bool *out_found)
{
	static const char sql[] =
		"SELECT " COLUMNS "  FROM impersonation i"
		"  JOIN account_email e ON e.tenant_id = i.tenant_id AND e.account_id = i.account_id"
		"                      AND e.is_primary"
		" WHERE i.tenant_id = $1 AND e.tenant_id = $1 AND i.id = $2";

	return bh_db_read_maybe(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant, id),
		&row, out, out_found);
}

int
auth_store_impersonation_end(struct bh_db *tx, const struct bh_uuid *id, int64_t now_ms,
	bool *out_ended)
{
	static const char sql[] = "UPDATE impersonation"
							  "   SET ended_at = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL";

	return bh_db_change_maybe(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, id, bh_time_param(now_ms)), out_ended);
}

int
auth_store_impersonation_due(struct bh_db *db, int64_t now_ms, struct auth_impersonation **out,
	size_t *out_count)
{
	static const char sql[] =
		"SELECT " COLUMNS "  FROM impersonation i"
		"  JOIN account_email e ON e.tenant_id = i.tenant_id AND e.account_id = i.account_id"
		"                      AND e.is_primary"
		"  LEFT JOIN session s ON s.tenant_id = i.tenant_id AND s.id = i.session_id"
		" WHERE i.tenant_id = $1 AND e.tenant_id = $1 AND i.ended_at IS NULL"
		"   AND (i.until_at <= $2 OR s.id IS NULL OR s.revoked_at IS NOT NULL"
		"        OR s.expires_at <= $2)"
		" ORDER BY i.until_at"
		" LIMIT 100";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql,
		BH_PARAMS(&bh_platform_tenant, bh_time_param(now_ms)), &row, out, out_count);
}

int
auth_store_impersonation_owner(struct bh_db *db, const struct bh_uuid *tenant, struct bh_uuid *out)
{
	static const char sql[] = "SELECT account_id"
							  "  FROM membership"
							  " WHERE tenant_id = $1 AND role = 'owner' AND state = 'active'"
							  " ORDER BY created_at, account_id"
							  " LIMIT 1";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &bh_row_uuid, out);
}
