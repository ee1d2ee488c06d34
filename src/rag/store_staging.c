/* store_staging.c: the SQL of vectors that wait for their file to be complete. */
#include "rag/store.h"

int
rag_store_staging_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment, const uint8_t hash[32], struct bh_floats vector)
{
	static const char sql[] =
		"INSERT INTO ingest_vector (tenant_id, attachment_id, text_hash, embedding)"
		" VALUES ($1, $2, $3, $4::vector)"
		" ON CONFLICT (tenant_id, attachment_id, text_hash) DO NOTHING";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(attachment),
		bh_bytes_param(hash, 32),
		bh_vector_param(vector.data, vector.count),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
rag_store_staging_hashes(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment, struct rag_hash **out, size_t *out_n)
{
	static const char sql[] = "SELECT text_hash"
							  "  FROM ingest_vector"
							  " WHERE tenant_id = $1 AND attachment_id = $2"
							  " ORDER BY text_hash";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(attachment)};
	struct rag_hash row = {0};
	const struct bh_column columns[] = {bh_bytes_column(&row.bytes)};

	return bh_db_read_each(db, sql, BH_LIST(params), BH_LIST(columns), &row, sizeof(row),
		(void **)out, out_n);
}

int
rag_store_staging_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *attachment)
{
	static const char sql[] = "DELETE FROM ingest_vector"
							  " WHERE tenant_id = $1 AND attachment_id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(attachment)};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}
