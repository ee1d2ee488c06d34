/* SPDX-License-Identifier: Apache-2.0 */
/* store_batch.c: the SQL of batches; their counts come from the rows of their files. */
#include "rag/store.h"

int
rag_store_batch_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *batch)
{
	static const char sql[] = "INSERT INTO vector_store_batch (tenant_id, store_id, id)"
							  " VALUES ($1, $2, $3)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store, batch), NULL);
}

int
rag_store_batch_add_files(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch, const struct bh_uuid *files,
	const struct bh_uuid *jobs, size_t n)
{
	static const char sql[] =
		"INSERT INTO vector_store_batch_file (tenant_id, store_id, batch_id, file_id, job_id)"
		" SELECT $1, $2, $3, asked.file_id, v.job_id"
		"   FROM unnest($4::uuid[], $5::uuid[]) AS asked (file_id, job_id)"
		"   LEFT JOIN vector_store_file AS v"
		"     ON v.tenant_id = $1 AND v.store_id = $2 AND v.file_id = asked.file_id"
		"    AND v.job_id = asked.job_id"
		" RETURNING true";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, store, batch, bh_uuid_array_param(files, n),
			bh_uuid_array_param(jobs, n)),
		NULL);
}

int
rag_store_batch_keep_outcome(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *ended)
{
	static const char sql[] =
		"UPDATE vector_store_batch_file"
		"   SET outcome = $4"
		" WHERE tenant_id = $1 AND store_id = $2 AND file_id = $3 AND outcome IS NULL";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, &ended->store_id, &ended->file_id, ended->status),
		NULL);
}

static const struct bh_row batch_row = BH_ROW(struct rag_batch, id, store_id, created_ms, cancelled,
	counts.in_progress, counts.completed, counts.failed, counts.cancelled);

int
rag_store_batch_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *batch, struct rag_batch *out)
{
	static const char sql[] =
		"SELECT b.id, b.store_id, b.created_at, b.cancelled_at IS NOT NULL,"
		"       f.in_progress, f.completed, f.failed, f.cancelled"
		"  FROM vector_store_batch AS b"
		" CROSS JOIN LATERAL ("
		"   SELECT count(*) FILTER (WHERE status = 'in_progress') AS in_progress,"
		"          count(*) FILTER (WHERE status = 'completed') AS completed,"
		"          count(*) FILTER (WHERE status = 'failed') AS failed,"
		"          count(*) FILTER (WHERE status = 'cancelled') AS cancelled"
		"     FROM (SELECT coalesce(m.outcome, v.status) AS status"
		"             FROM vector_store_batch_file AS m"
		"             JOIN vector_store_file AS v"
		"               ON v.tenant_id = $1 AND v.store_id = $2 AND v.file_id = m.file_id"
		"            WHERE m.tenant_id = $1 AND m.store_id = $2 AND m.batch_id = b.id) AS s) AS f"
		" WHERE b.tenant_id = $1 AND b.store_id = $2 AND b.id = $3";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, store, batch), &batch_row, out);
}

int
rag_store_batch_cancel(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *batch)
{
	static const char sql[] = "UPDATE vector_store_batch"
							  "   SET cancelled_at = coalesce(cancelled_at, clock.at)"
							  "  FROM (SELECT now() AS at OFFSET 0) AS clock"
							  " WHERE tenant_id = $1 AND store_id = $2 AND id = $3";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, store, batch));
}

int
rag_store_batch_cancel_files(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch, struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] =
		"UPDATE vector_store_file AS v"
		"   SET status = 'cancelled', changed_at = now()"
		"  FROM vector_store_batch_file AS m"
		" WHERE m.tenant_id = $1 AND m.store_id = $2 AND m.batch_id = $3"
		"   AND v.tenant_id = $1 AND v.store_id = $2 AND v.file_id = m.file_id"
		"   AND v.status = 'in_progress' AND v.job_id = m.job_id"
		" RETURNING v.job_id";

	return bh_db_each(tx, sql, BH_PARAMS(tenant, store, batch), &bh_row_uuid, out, out_n);
}
