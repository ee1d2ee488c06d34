/* SPDX-License-Identifier: Apache-2.0 */
/* store_erase.c: the SQL of what goes with something outside the database when a tenant is deleted. */
#include "rag/store_erase.h"

static const struct bh_row object_row = BH_ROW(struct rag_erase_object, id, bytes);

int
rag_store_erase_objects(struct bh_db *db, const struct bh_uuid *tenant, bool parts, int64_t most,
	struct rag_erase_object **out, size_t *out_n)
{
	static const char files_sql[] = "SELECT id, bytes FROM file_object"
									" WHERE tenant_id = $1 ORDER BY id LIMIT $2";
	static const char parts_sql[] = "SELECT id, bytes FROM upload_part"
									" WHERE tenant_id = $1 ORDER BY id LIMIT $2";

	return bh_db_read_each(db, parts ? parts_sql : files_sql, BH_PARAMS(tenant, most), &object_row,
		out, out_n);
}

int
rag_store_erase_named(struct bh_db *tx, const struct bh_uuid *tenant, bool parts,
	const struct bh_uuid *ids, size_t n, int64_t *out_rows)
{
	static const char files_sql[] = "DELETE FROM file_object"
									" WHERE tenant_id = $1 AND id = ANY ($2::uuid[])";
	static const char parts_sql[] = "DELETE FROM upload_part"
									" WHERE tenant_id = $1 AND id = ANY ($2::uuid[])";

	return bh_db_exec(tx, parts ? parts_sql : files_sql,
		BH_PARAMS(tenant, bh_uuid_array_param(ids, n)), out_rows);
}

int
rag_store_erase_uploads(struct bh_db *tx, const struct bh_uuid *tenant, int64_t most,
	int64_t *out_rows)
{
	static const char sql[] = "DELETE FROM upload"
							  " WHERE tenant_id = $1"
							  "   AND id IN (SELECT id FROM upload WHERE tenant_id = $1 LIMIT $2)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, most), out_rows);
}

struct dropped {
	const char *part;
	int64_t rows;
};
static const struct bh_row dropped_row = BH_ROW(struct dropped, part, rows);

int
rag_store_erase_own(struct bh_db *tx, const struct bh_uuid *tenant, const char **out_part,
	int64_t *out_rows, bool *out_found)
{
	static const char sql[] = "SELECT part, n FROM own_vectors_erase($1)";
	struct dropped dropped = {0};
	int rc = bh_db_maybe(tx, sql, BH_PARAMS(tenant), &dropped_row, &dropped, out_found);

	if (rc == 0 && *out_found) {
		*out_part = dropped.part;
		*out_rows = dropped.rows;
	}
	return rc;
}
