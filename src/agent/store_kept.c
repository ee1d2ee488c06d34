/* SPDX-License-Identifier: Apache-2.0 */
/* store_kept.c: the SQL of what a tenant's responses keep. */
#include "agent/store.h"

int
agent_store_kept_lock(struct bh_db *tx, const struct bh_uuid *tenant)
{
	/* By a hash of the tenant: two that share one wait for each other for moments, and no more. */
	static const char sql[] =
		"SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 43)) IS NULL";
	bool ignored;

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_bool, &ignored);
}

static const struct bh_row kept_row = BH_ROW(struct agent_kept, bytes, unfinished, changes);

int
agent_store_kept_get(struct bh_db *db, const struct bh_uuid *tenant, struct agent_kept *out)
{
	static const char sql[] = "SELECT coalesce(sum(bytes), 0)::bigint,"
							  "       coalesce(sum(unfinished), 0)::bigint, count(*)"
							  "  FROM response_change"
							  " WHERE tenant_id = $1";

	return bh_db_one(db, sql, BH_PARAMS(tenant), &kept_row, out);
}

int
agent_store_kept_fold(struct bh_db *tx, const struct bh_uuid *tenant)
{
	static const char sql[] = "WITH gone AS ("
							  "   DELETE FROM response_change"
							  "    WHERE tenant_id = $1"
							  "      AND id IN (SELECT id FROM response_change WHERE tenant_id = "
							  "$1 FOR UPDATE SKIP LOCKED)"
							  "   RETURNING bytes, unfinished)"
							  " INSERT INTO response_change (tenant_id, bytes, unfinished)"
							  " SELECT $1, sum(bytes), sum(unfinished)"
							  "   FROM gone"
							  " HAVING sum(bytes) <> 0 OR sum(unfinished) <> 0"
							  " RETURNING true";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant), NULL);
}
