/* SPDX-License-Identifier: Apache-2.0 */
/* store_cors.c: the SQL of a tenant's origins. */
#include "auth/store_cors.h"

int
auth_store_cors_get(struct bh_db *db, const struct bh_uuid *tenant, const char **out)
{
	static const char sql[] = "SELECT origins"
							  "  FROM cors_origin"
							  " WHERE tenant_id = $1";
	const char *origins = "";
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &bh_row_text, &origins, &found);

	if (rc == 0)
		*out = found ? origins : "";
	return rc;
}

int
auth_store_cors_set(struct bh_db *db, const struct bh_uuid *tenant, const char *origins)
{
	static const char sql[] = "INSERT INTO cors_origin (tenant_id, origins)"
							  " VALUES ($1, $2)"
							  " ON CONFLICT (tenant_id) DO UPDATE"
							  "   SET origins = excluded.origins, updated_at = excluded.updated_at";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, origins), NULL);
}
