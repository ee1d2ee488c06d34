/* SPDX-License-Identifier: Apache-2.0 */
/* store_client.c: the SQL of the places that people sign in from. */
#include "auth/store_client.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)

int
auth_store_client_note(struct bh_db *db, const struct bh_uuid *account,
	const struct bh_digest *mark, int64_t now_ms)
{
	static const char sql[] =
		"INSERT INTO account_client AS c (tenant_id, account_id, mark, seen_at)"
		" VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (tenant_id, account_id, mark)"
		" DO UPDATE SET seen_at = excluded.seen_at"
		"     WHERE c.seen_at < $5";
	static const char trim_sql[] = "DELETE FROM account_client"
								   " WHERE tenant_id = $1 AND account_id = $2"
								   "   AND mark IN (SELECT mark FROM account_client"
								   "                 WHERE tenant_id = $1 AND account_id = $2"
								   "                 ORDER BY seen_at DESC, mark"
								   "                OFFSET $3)";
	struct bh_db platform = auth_platform(db);
	int rc = bh_db_exec(&platform, sql,
		BH_PARAMS(&bh_platform_tenant, account, mark, bh_time_param(now_ms),
			bh_time_param(now_ms - DAY_MS)),
		NULL);

	return rc < 0
		? rc
		: bh_db_exec(&platform, trim_sql,
			  BH_PARAMS(&bh_platform_tenant, account, bh_int_param(AUTH_CLIENTS_KEPT)), NULL);
}
