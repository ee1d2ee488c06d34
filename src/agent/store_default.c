/* SPDX-License-Identifier: Apache-2.0 */
/* store_default.c: the SQL of what holds for a tenant's responses where the request does not say. */
#include "agent/store.h"

#include "base/error.h"

int
agent_store_default_get(struct bh_db *db, const struct bh_uuid *tenant, const char **out_grounding)
{
	static const char sql[] =
		"SELECT grounding FROM response_default WHERE tenant_id = $1 AND grounding IS NOT NULL";
	int rc = bh_db_read_one(db, sql, BH_PARAMS(tenant), &bh_row_text, out_grounding);

	if (rc != BH_E_NOT_FOUND)
		return rc;
	*out_grounding = NULL;
	return 0;
}

int
agent_store_default_set(struct bh_db *db, const struct bh_uuid *tenant, const char *grounding)
{
	static const char sql[] =
		"INSERT INTO response_default (tenant_id, grounding) VALUES ($1, nullif($2, ''))"
		" ON CONFLICT (tenant_id) DO UPDATE SET grounding = excluded.grounding";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, grounding != NULL ? grounding : ""), NULL);
}
