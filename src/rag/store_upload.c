/* SPDX-License-Identifier: Apache-2.0 */
/* store_upload.c: the SQL of uploads in parts. */
#include "rag/store.h"

int
rag_store_upload_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_upload *upload)
{
	static const char sql[] =
		"INSERT INTO upload (tenant_id, id, filename, purpose, content_type, bytes,"
		"                    file_expires_s, created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &upload->id, upload->filename, upload->purpose, upload->content_type,
			upload->bytes,
			bh_int_or_null_param(upload->file_expires_s != 0, upload->file_expires_s),
			bh_time_param(upload->created_ms), bh_time_param(upload->expires_ms)),
		NULL);
}

/* Its file is shown for as long as there is one. */
static const struct bh_row upload_row = BH_ROW(struct rag_upload, id, filename, purpose,
	content_type, status, bytes, file_expires_s, parts, created_ms, expires_ms, file.id,
	file.filename, file.purpose, file.bytes, file.created_ms, file.expires_ms);

int
rag_store_upload_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct rag_upload *out)
{
	static const char sql[] =
		"SELECT u.id, u.filename, u.purpose, u.content_type,"
		"       CASE WHEN u.status = 'pending' AND u.expires_at <= now() THEN 'expired'"
		"            ELSE u.status END,"
		"       u.bytes, u.file_expires_s, u.parts, u.created_at, u.expires_at,"
		"       f.id, f.filename, f.purpose, f.bytes, f.created_at, f.expires_at"
		"  FROM upload AS u"
		"  LEFT JOIN file AS f ON f.tenant_id = $1 AND f.id = u.file_id"
		" WHERE u.tenant_id = $1 AND u.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &upload_row, out);
}

int
rag_store_upload_pending(struct bh_db *db, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM upload"
							  " WHERE tenant_id = $1 AND status = 'pending'";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &bh_row_int, out);
}

int
rag_store_upload_end(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *status, const struct bh_uuid *file, bool *out_changed)
{
	static const char sql[] = "UPDATE upload"
							  "   SET status = $3, file_id = $4, stored_bytes = 0"
							  " WHERE tenant_id = $1 AND id = $2 AND status = 'pending'"
							  "   AND (expires_at <= now()) = ($3 = 'expired')";

	return bh_db_change_maybe(tx, sql, BH_PARAMS(tenant, id, status, bh_uuid_param(file)),
		out_changed);
}

#define PART_COLUMNS "id, upload_id, bytes, sha256, encode(sha256, 'hex'), created_at"
static const struct bh_row part_row = BH_ROW(struct rag_part, id, upload_id, bytes, sha256,
	sha256_hex, created_ms);

int
rag_store_upload_add_part(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_part *part, struct rag_part *out)
{
	/* The upload's row tells first whether it is still pending, and stays so until the commit. */
	static const char sql[] =
		"WITH open AS ("
		"   UPDATE upload"
		"      SET stored_bytes = stored_bytes + $4, parts = parts + 1"
		"    WHERE tenant_id = $1 AND id = $2 AND status = 'pending' AND expires_at > now()"
		"   RETURNING id)"
		" INSERT INTO upload_part (tenant_id, upload_id, id, bytes, sha256)"
		" SELECT $1, open.id, $3, $4, $5 FROM open"
		" RETURNING " PART_COLUMNS;

	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, &part->upload_id, &part->id, part->bytes,
			bh_bytes_param(part->sha256.data, part->sha256.len)),
		&part_row, out);
}

#define LISTED \
	"SELECT " PART_COLUMNS "  FROM upload_part" \
	" WHERE tenant_id = $1 AND upload_id = $2 AND id > $3 AND id < $4"

int
rag_store_upload_parts(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *upload,
	const struct bh_slice *slice, struct rag_part **out, size_t *out_n)
{
	static const char up[] = LISTED " ORDER BY id LIMIT $5";
	static const char down[] = LISTED " ORDER BY id DESC LIMIT $5";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, upload, &slice->low, &slice->high, slice->limit), &part_row, out, out_n);
}

int
rag_store_upload_parts_of(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload, const struct bh_uuid *ids, size_t n, struct rag_part **out,
	size_t *out_n)
{
	static const char sql[] =
		"SELECT p.id, p.upload_id, p.bytes, p.sha256, encode(p.sha256, 'hex'), p.created_at"
		"  FROM unnest($3::uuid[]) WITH ORDINALITY AS asked (id, position)"
		"  JOIN upload_part AS p ON p.tenant_id = $1 AND p.upload_id = $2 AND p.id = asked.id"
		" ORDER BY position";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, upload, bh_uuid_array_param(ids, n)),
		&part_row, out, out_n);
}

int
rag_store_upload_drop_parts(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload, const struct bh_uuid *ids, size_t n)
{
	static const char sql[] = "DELETE FROM upload_part"
							  " WHERE tenant_id = $1 AND upload_id = $2 AND id = ANY($3::uuid[])";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, upload, bh_uuid_array_param(ids, n)), NULL);
}
