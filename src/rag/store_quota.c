/* SPDX-License-Identifier: Apache-2.0 */
/* store_quota.c: the SQL of what tenants keep, and of what they may. */
#include "rag/store.h"

int
rag_store_quota_lock(struct bh_db *tx, const struct bh_uuid *tenant)
{
	/* By a hash of the tenant: two that share one wait for each other for moments, and no more. */
	static const char sql[] =
		"SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 34)) IS NULL";
	bool ignored;

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_bool, &ignored);
}

static const struct bh_row kept_row = BH_ROW(struct rag_kept, bytes, files, stores, batches,
	changes, has_bytes_max, bytes_max, has_files_max, files_max);

int
rag_store_quota_get(struct bh_db *db, const struct bh_uuid *tenant, struct rag_kept *out)
{
	static const char sql[] =
		"SELECT k.bytes, k.files, k.stores, k.batches, k.changes,"
		"       l.bytes_max IS NOT NULL, coalesce(l.bytes_max, 0),"
		"       l.files_max IS NOT NULL, coalesce(l.files_max, 0)"
		"  FROM (SELECT coalesce(sum(bytes), 0)::bigint AS bytes,"
		"               coalesce(sum(files), 0)::bigint AS files,"
		"               coalesce(sum(stores), 0)::bigint AS stores,"
		"               coalesce(sum(batches), 0)::bigint AS batches, count(*) AS changes"
		"          FROM storage_change WHERE tenant_id = $1) AS k"
		"  LEFT JOIN storage_limit AS l ON l.tenant_id = $1";

	return bh_db_one(db, sql, BH_PARAMS(tenant), &kept_row, out);
}

int
rag_store_quota_fold(struct bh_db *tx, const struct bh_uuid *tenant)
{
	static const char sql[] =
		"WITH gone AS ("
		"   DELETE FROM storage_change"
		"    WHERE tenant_id = $1"
		"      AND id IN (SELECT id FROM storage_change WHERE tenant_id = $1 FOR UPDATE SKIP "
		"LOCKED)"
		"   RETURNING bytes, files, stores, batches)"
		" INSERT INTO storage_change (tenant_id, bytes, files, stores, batches)"
		" SELECT $1, sum(bytes), sum(files), sum(stores), sum(batches)"
		"   FROM gone"
		" HAVING sum(bytes) <> 0 OR sum(files) <> 0 OR sum(stores) <> 0 OR sum(batches) <> 0"
		" RETURNING true";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant), NULL);
}

int
rag_store_quota_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_quota_change *change)
{
	static const char sql[] =
		"INSERT INTO storage_limit (tenant_id, bytes_max, files_max)"
		" VALUES ($1, $2, $3)"
		" ON CONFLICT (tenant_id) DO UPDATE"
		"   SET bytes_max = coalesce(excluded.bytes_max, storage_limit.bytes_max)"
		"     , files_max = coalesce(excluded.files_max, storage_limit.files_max)";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, bh_int_or_null_param(change->has_bytes, change->bytes_max),
			bh_int_or_null_param(change->has_files, change->files_max)),
		NULL);
}

struct store_kept {
	int64_t files, changes;
};
static const struct bh_row store_kept_row = BH_ROW(struct store_kept, files, changes);

int
rag_store_quota_store_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t *out_files, int64_t *out_changes)
{
	static const char sql[] =
		"SELECT coalesce(sum(in_progress + completed + failed + cancelled), 0)::bigint, count(*)"
		"  FROM vector_store_count"
		" WHERE tenant_id = $1 AND store_id = $2";
	struct store_kept row;
	int rc = bh_db_one(db, sql, BH_PARAMS(tenant, store), &store_kept_row, &row);

	if (rc < 0)
		return rc;
	*out_files = row.files;
	*out_changes = row.changes;
	return 0;
}

int
rag_store_quota_store_fold(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store)
{
	static const char sql[] =
		"WITH gone AS ("
		"   DELETE FROM vector_store_count"
		"    WHERE tenant_id = $1 AND store_id = $2"
		"      AND id IN (SELECT id FROM vector_store_count"
		"                  WHERE tenant_id = $1 AND store_id = $2 FOR UPDATE SKIP LOCKED)"
		"   RETURNING in_progress, completed, failed, cancelled, usage_bytes)"
		" INSERT INTO vector_store_count (tenant_id, store_id, in_progress, completed, failed,"
		"                                 cancelled, usage_bytes)"
		" SELECT $1, $2, sum(in_progress), sum(completed), sum(failed), sum(cancelled),"
		"        sum(usage_bytes)"
		"   FROM gone"
		" HAVING sum(in_progress) <> 0 OR sum(completed) <> 0 OR sum(failed) <> 0"
		"     OR sum(cancelled) <> 0 OR sum(usage_bytes) <> 0"
		" RETURNING true";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store), NULL);
}
