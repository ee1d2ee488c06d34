/* SPDX-License-Identifier: Apache-2.0 */
/* store_import.c: the SQL of imports. */
#include "rag/store_import.h"

int
rag_store_import_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *file, bool names_model)
{
	static const char sql[] =
		"INSERT INTO vector_import (tenant_id, store_id, file_id, names_model)"
		" VALUES ($1, $2, $3, $4)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store, file, names_model), NULL);
}

static const struct bh_row import_row = BH_ROW(struct rag_import, file_id, state, names_model,
	n_files, n_done, position, checked.files, checked.position, checked.chunks);

int
rag_store_import_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	struct rag_import *out, bool *out_found)
{
	static const char sql[] = "SELECT file_id, state, names_model, n_files, n_done, position,"
							  "       checked_files, checked_position, checked_chunks"
							  "  FROM vector_import"
							  " WHERE tenant_id = $1 AND store_id = $2";

	return bh_db_maybe(db, sql, BH_PARAMS(tenant, store), &import_row, out, out_found);
}

int
rag_store_import_checked(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_archive_checked *checked)
{
	static const char sql[] =
		"UPDATE vector_import"
		"   SET checked_files = $3, checked_position = $4, checked_chunks = $5"
		" WHERE tenant_id = $1 AND store_id = $2 AND state = 'checking'";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, store, checked->files, checked->position, checked->chunks));
}

int
rag_store_import_begin(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_archive_store *archive, int64_t n_files, int64_t position)
{
	static const char begin[] =
		"UPDATE vector_import SET state = 'running', n_files = $3, position = $4"
		" WHERE tenant_id = $1 AND store_id = $2 AND state = 'checking'";
	static const char name[] =
		"UPDATE vector_store"
		"   SET name = CASE name WHEN '' THEN $3 ELSE name END,"
		"       description = CASE description WHEN '' THEN $4 ELSE description END,"
		"       metadata = CASE metadata WHEN '{}' THEN $5 ELSE metadata END"
		" WHERE tenant_id = $1 AND id = $2";
	int rc = bh_db_change(tx, begin, BH_PARAMS(tenant, store, n_files, position));

	return rc < 0 ? rc
				  : bh_db_change(tx, name,
						BH_PARAMS(tenant, store, archive->name, archive->description,
							bh_json_text_param(archive->metadata)));
}

int
rag_store_import_file(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t number, const struct bh_uuid *id, struct bh_uuid *out)
{
	static const char sql[] =
		"INSERT INTO vector_import_file AS f (tenant_id, store_id, number, file_id)"
		" VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (tenant_id, store_id, number) DO UPDATE SET file_id = f.file_id"
		" RETURNING file_id";

	return bh_db_one(db, sql, BH_PARAMS(tenant, store, number, id), &bh_row_uuid, out);
}

int
rag_store_import_advance(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t n_done, int64_t position)
{
	static const char sql[] = "UPDATE vector_import SET n_done = $3, position = $4"
							  " WHERE tenant_id = $1 AND store_id = $2";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, store, n_done, position));
}

int
rag_store_import_complete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store)
{
	static const char complete[] = "UPDATE vector_import SET state = 'completed'"
								   " WHERE tenant_id = $1 AND store_id = $2 AND state = 'running'";
	static const char forget[] = "DELETE FROM vector_import_file"
								 " WHERE tenant_id = $1 AND store_id = $2";
	int rc = bh_db_change(tx, complete, BH_PARAMS(tenant, store));

	return rc < 0 ? rc : bh_db_exec(tx, forget, BH_PARAMS(tenant, store), NULL);
}

int
rag_store_import_fail(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const char *error)
{
	static const char sql[] =
		"UPDATE vector_import SET state = 'failed', error = $3"
		" WHERE tenant_id = $1 AND store_id = $2 AND state IN ('checking', 'running')";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store, error), NULL);
}

int
rag_store_import_made(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t limit, struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] = "SELECT file_id FROM vector_import_file"
							  " WHERE tenant_id = $1 AND store_id = $2 ORDER BY number LIMIT $3";

	return bh_db_each(db, sql, BH_PARAMS(tenant, store, limit), &bh_row_uuid, out, out_n);
}

int
rag_store_import_unmade(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *file)
{
	static const char sql[] = "DELETE FROM vector_import_file"
							  " WHERE tenant_id = $1 AND store_id = $2 AND file_id = $3";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, store, file), NULL);
}
