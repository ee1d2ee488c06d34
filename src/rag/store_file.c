/* SPDX-License-Identifier: Apache-2.0 */
/* store_file.c: the SQL of uploaded files. */
#include "rag/store.h"

#define FILE_COLUMNS \
	"id, object_id, filename, purpose, content_type, bytes, sha256, created_at, expires_at"
static const struct bh_row file_row = BH_ROW(struct rag_file, id, object_id, filename, purpose,
	content_type, bytes, sha256, created_ms, expires_ms);

int
rag_store_file_add(struct bh_db *db, const struct bh_uuid *tenant, const struct rag_file *file,
	struct rag_file *out)
{
	static const char sql[] = "INSERT INTO file (tenant_id, id, filename, purpose, content_type, "
							  "bytes, sha256, created_at, expires_at)"
							  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
							  " RETURNING " FILE_COLUMNS;

	return bh_db_one(db, sql,
		BH_PARAMS(tenant, &file->id, file->filename, file->purpose, file->content_type, file->bytes,
			bh_bytes_param(file->sha256.data, file->sha256.len), bh_time_param(file->created_ms),
			bh_time_or_null_param(file->expires_ms)),
		&file_row, out);
}

int
rag_store_file_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct rag_file *out)
{
	static const char sql[] =
		"SELECT " FILE_COLUMNS "  FROM file"
		" WHERE tenant_id = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > now())";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &file_row, out);
}

#define LISTED \
	"SELECT " FILE_COLUMNS "  FROM file" \
	" WHERE tenant_id = $1 AND id > $2 AND id < $3 AND ($4::text IS NULL OR purpose = $4)" \
	"   AND (expires_at IS NULL OR expires_at > now())"

int
rag_store_file_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_slice *slice,
	const char *purpose, struct rag_file **out, size_t *out_n)
{
	static const char up[] = LISTED " ORDER BY id LIMIT $5";
	static const char down[] = LISTED " ORDER BY id DESC LIMIT $5";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, purpose, slice->limit), &file_row, out, out_n);
}

int
rag_store_file_delete(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_uuid *out_object)
{
	static const char sql[] = "DELETE FROM file"
							  " WHERE tenant_id = $1 AND id = $2"
							  " RETURNING object_id";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, id), &bh_row_uuid, out_object);
}

int
rag_store_file_object_delete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *object, int64_t *out_bytes, bool *out_gone)
{
	/* The lock is a statement of its own: the next one sees the files that were added until then. */
	static const char lock[] = "SELECT id FROM file_object"
							   " WHERE tenant_id = $1 AND id = $2"
							   "   FOR UPDATE";
	static const char sql[] =
		"DELETE FROM file_object AS o"
		" WHERE tenant_id = $1 AND id = $2"
		"   AND NOT EXISTS (SELECT FROM file WHERE tenant_id = $1 AND object_id = o.id)"
		" RETURNING bytes";
	struct bh_uuid ignored;
	bool found = false;
	int rc = bh_db_maybe(tx, lock, BH_PARAMS(tenant, object), &bh_row_uuid, &ignored, &found);

	if (rc < 0)
		return rc;
	return bh_db_maybe(tx, sql, BH_PARAMS(tenant, object), &bh_row_int, out_bytes, out_gone);
}

int
rag_store_file_object_exists(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *object, bool *out)
{
	static const char sql[] = "SELECT id FROM file_object WHERE tenant_id = $1 AND id = $2";
	struct bh_uuid ignored;

	return bh_db_maybe(db, sql, BH_PARAMS(tenant, object), &bh_row_uuid, &ignored, out);
}

static const struct bh_row unsealed_row = BH_ROW(struct rag_unsealed, id, sha256, bytes);

int
rag_store_file_unsealed(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *after,
	int64_t limit, struct rag_unsealed **out, size_t *out_n)
{
	static const char sql[] = "SELECT id, sha256, bytes FROM file_object"
							  " WHERE tenant_id = $1 AND id > $2 AND NOT sealed"
							  " ORDER BY id LIMIT $3";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, after, limit), &unsealed_row, out, out_n);
}

int
rag_store_file_object_sealed(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *object, bool *out_named)
{
	static const char sql[] = "UPDATE file_object SET sealed = true"
							  " WHERE tenant_id = $1 AND id = $2"
							  " RETURNING id";
	struct bh_uuid ignored;

	return bh_db_maybe(db, sql, BH_PARAMS(tenant, object), &bh_row_uuid, &ignored, out_named);
}

int
rag_store_file_first_missing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *ids, size_t n, struct bh_uuid *out)
{
	static const char sql[] =
		"SELECT asked.id"
		"  FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)"
		" WHERE NOT EXISTS (SELECT FROM file"
		"                    WHERE file.tenant_id = $1 AND file.id = asked.id"
		"                      AND (expires_at IS NULL OR expires_at > now()))"
		" ORDER BY position LIMIT 1";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, bh_uuid_array_param(ids, n)), &bh_row_uuid,
		out);
}

int
rag_store_file_unnamed(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *ids,
	size_t n, struct bh_uuid **out, size_t *out_n)
{
	/* Without its tenant's context row security would hide every row, and all would look unnamed. A
	 * tenant without any file or part is not believed either: it may be another database, or an empty one that
	 * was started beside the right folder by mistake. */
	static const char sql[] =
		"SELECT asked.id"
		"  FROM unnest($2::uuid[]) AS asked (id)"
		" WHERE nullif(current_setting('bulkhead.tenant_id', true), '')::uuid = $1"
		"   AND (EXISTS (SELECT FROM file_object WHERE tenant_id = $1)"
		"        OR EXISTS (SELECT FROM upload_part WHERE tenant_id = $1))"
		"   AND NOT EXISTS (SELECT FROM file_object AS o WHERE o.tenant_id = $1 AND o.id = "
		"asked.id)"
		"   AND NOT EXISTS (SELECT FROM upload_part AS p WHERE p.tenant_id = $1 AND p.id = "
		"asked.id)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, bh_uuid_array_param(ids, n)), &bh_row_uuid,
		out, out_n);
}

int
rag_store_file_stores(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] = "SELECT store_id"
							  "  FROM vector_store_file"
							  " WHERE tenant_id = $1 AND file_id = $2";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, id), &bh_row_uuid, out, out_n);
}
