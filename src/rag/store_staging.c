/* SPDX-License-Identifier: Apache-2.0 */
/* store_staging.c: the SQL of vectors that wait for their file to be complete. */
#include "rag/store.h"

enum { SWEEP_ROWS = 2000 };

int
rag_store_staging_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment, const uint8_t hash[32], struct bh_floats vector)
{
	static const char sql[] =
		"INSERT INTO ingest_vector (tenant_id, attachment_id, text_hash, embedding)"
		" VALUES ($1, $2, $3, $4::vector)"
		" ON CONFLICT (tenant_id, attachment_id, text_hash) DO NOTHING";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, attachment, bh_bytes_param(hash, 32),
			bh_vector_param(vector.data, vector.count)),
		NULL);
}

static const struct bh_row hash_row = BH_ROW(struct rag_hash, bytes);

int
rag_store_staging_hashes(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment, struct rag_hash **out, size_t *out_n)
{
	static const char sql[] = "SELECT text_hash"
							  "  FROM ingest_vector"
							  " WHERE tenant_id = $1 AND attachment_id = $2"
							  " ORDER BY text_hash";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, attachment), &hash_row, out, out_n);
}

int
rag_store_staging_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment)
{
	static const char sql[] = "DELETE FROM ingest_vector"
							  " WHERE tenant_id = $1 AND attachment_id = $2";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, attachment), NULL);
}

int
rag_store_staging_clear_batch(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch)
{
	static const char sql[] =
		"DELETE FROM ingest_vector AS s"
		" USING vector_store_batch_file AS m, vector_store_file AS v"
		" WHERE m.tenant_id = $1 AND m.store_id = $2 AND m.batch_id = $3"
		"   AND v.tenant_id = $1 AND v.store_id = $2 AND v.file_id = m.file_id"
		"   AND v.job_id = m.job_id AND v.status = 'cancelled'"
		"   AND s.tenant_id = $1 AND s.attachment_id = v.id";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store, batch), NULL);
}

int
rag_store_staging_sweep(struct bh_db *db, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] =
		"DELETE FROM ingest_vector"
		" WHERE tenant_id = $1 AND (attachment_id, text_hash) IN ("
		"   SELECT s.attachment_id, s.text_hash"
		"     FROM ingest_vector AS s"
		"     JOIN vector_store_file AS v ON v.tenant_id = $1 AND v.id = s.attachment_id"
		"    WHERE s.tenant_id = $1 AND v.status IN ('failed', 'cancelled')"
		"    LIMIT $2)";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, bh_int_param(SWEEP_ROWS)), out);
}
