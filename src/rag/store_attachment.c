/* SPDX-License-Identifier: Apache-2.0 */
/* store_attachment.c: the SQL of files in stores. */
#include "rag/store.h"

#define ATTACHMENT_COLUMNS \
	"store_id, file_id, id, job_id, status, attributes, chunking, chunk_tokens, overlap_tokens," \
	" usage_bytes, error_code, error_message, stage, stage_done, stage_total, chunk_first," \
	" n_chunks, created_at, changed_at, coalesce(ocr_pages, 0) AS ocr_pages," \
	" coalesce(ocr_confidence, 0) AS ocr_confidence, coalesce(ocr_low_pages, '') AS " \
	"ocr_low_pages," \
	" coalesce(ocr_unread_pages, '') AS ocr_unread_pages," \
	" coalesce(ocr_low_pages <> '', false) AS ocr_is_low, file_name, file_bytes"

/* With its file's name and size, and with what was recognized in its document, once there is one. */
#define ATTACHMENTS \
	"  FROM vector_store_file AS f" \
	" CROSS JOIN LATERAL (SELECT filename AS file_name, bytes AS file_bytes FROM file AS n" \
	"                      WHERE n.tenant_id = $1 AND n.id = f.file_id) AS n" \
	"  LEFT JOIN LATERAL (SELECT ocr_pages, ocr_confidence, ocr_low_pages, ocr_unread_pages" \
	"                       FROM document AS d" \
	"                      WHERE d.tenant_id = $1 AND d.file_id = f.file_id) AS o ON true"

static const struct bh_row attachment_row = BH_ROW(struct rag_store_file, store_id, file_id, id,
	job_id, status, attributes, chunking, chunk_tokens, overlap_tokens, usage_bytes, error_code,
	error_message, stage, stage_done, stage_total, chunk_first, n_chunks, created_ms, changed_ms,
	ocr.pages, ocr.confidence, ocr.low_pages, ocr.unread_pages, ocr.is_low, filename, bytes);

/* What a new attachment consists of, $1 to $9. */
#define ATTACHMENT_PARAMS(tenant, row) \
	{ \
		bh_uuid_param(tenant), bh_uuid_param(&(row)->store_id), bh_uuid_param(&(row)->file_id), \
			bh_uuid_param(&(row)->id), bh_uuid_param(&(row)->job_id), \
			bh_json_text_param((row)->attributes), bh_text_param((row)->chunking), \
			bh_int_param((row)->chunk_tokens), bh_int_param((row)->overlap_tokens) \
	}

int
rag_store_attachment_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct rag_store_file *out)
{
	static const char sql[] = "SELECT " ATTACHMENT_COLUMNS ATTACHMENTS
							  " WHERE tenant_id = $1 AND store_id = $2 AND file_id = $3";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, store, file), &attachment_row, out);
}

int
rag_store_attachment_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct rag_store_file *out,
	bool *out_found)
{
	static const char sql[] = "SELECT " ATTACHMENT_COLUMNS ATTACHMENTS
							  " WHERE tenant_id = $1 AND store_id = $2 AND file_id = $3"
							  "   FOR UPDATE OF f";

	return bh_db_maybe(tx, sql, BH_PARAMS(tenant, store, file), &attachment_row, out, out_found);
}

int
rag_store_attachment_by_id(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct rag_store_file *out, bool *out_found)
{
	static const char sql[] = "SELECT " ATTACHMENT_COLUMNS ATTACHMENTS
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant, id), &attachment_row, out, out_found);
}

int
rag_store_attachment_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *file)
{
	static const char sql[] = "INSERT INTO vector_store_file (tenant_id, store_id, file_id, id, "
							  "job_id, status, attributes,"
							  " chunking, chunk_tokens, overlap_tokens)"
							  " VALUES ($1, $2, $3, $4, $5, 'in_progress', $6, $7, $8, $9)";
	const struct bh_param params[] = ATTACHMENT_PARAMS(tenant, file);

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
rag_store_attachment_restart(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *file)
{
	static const char sql[] =
		"UPDATE vector_store_file"
		"   SET id = $4, job_id = $5, status = 'in_progress', attributes = $6, chunking = $7"
		"     , chunk_tokens = $8, overlap_tokens = $9, usage_bytes = 0, error_code = NULL"
		"     , error_message = NULL, stage = 'queued', stage_done = 0, stage_total = 0"
		"     , chunk_first = 0, n_chunks = 0, created_at = now(), changed_at = now()"
		" WHERE tenant_id = $1 AND store_id = $2 AND file_id = $3";
	const struct bh_param params[] = ATTACHMENT_PARAMS(tenant, file);

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

#define LISTED "SELECT " ATTACHMENT_COLUMNS ATTACHMENTS

/* $5 to $7 are the limit, the status and the batch; a text that names one does not need the next. */
#define LISTED_ALL \
	LISTED " WHERE tenant_id = $1 AND store_id = $2 AND id > $3 AND id < $4 ORDER BY id"
#define LISTED_STATUS \
	LISTED " WHERE tenant_id = $1 AND store_id = $2 AND status = $6 AND id > $3 AND id < $4" \
		   " ORDER BY id"
/* Row by row: never by a walk through the store. */
#define LISTED_BATCH \
	"SELECT f.*" \
	"  FROM vector_store_batch_file AS b" \
	" CROSS JOIN LATERAL (" LISTED " WHERE tenant_id = $1 AND store_id = $2" \
	"                       AND file_id = b.file_id AND id > $3 AND id < $4" \
	"                       AND ($6::text IS NULL OR status = $6) OFFSET 0) AS f" \
	" WHERE b.tenant_id = $1 AND b.store_id = $2 AND b.batch_id = $7" \
	" ORDER BY f.id"
/* Each name of the store is read; $6 is the status, or NULL. */
#define LISTED_NAMED \
	LISTED " WHERE tenant_id = $1 AND store_id = $2 AND id > $3 AND id < $4" \
		   "   AND ($6::text IS NULL OR status = $6)" \
		   "   AND strpos(lower(file_name), lower($7)) > 0" \
		   " ORDER BY id"
#define UP " LIMIT $5"
#define DOWN " DESC LIMIT $5"

int
rag_store_attachment_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_wanted *wanted, const struct bh_slice *slice,
	struct rag_store_file **out, size_t *out_n)
{
	/* A text for each question: one for all of them would read every file of the store. */
	static const char *const texts[4][2] = {
		{LISTED_ALL DOWN, LISTED_ALL UP},
		{LISTED_STATUS DOWN, LISTED_STATUS UP},
		{LISTED_BATCH DOWN, LISTED_BATCH UP},
		{LISTED_NAMED DOWN, LISTED_NAMED UP},
	};
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(store),
		bh_uuid_param(&slice->low),
		bh_uuid_param(&slice->high),
		bh_int_param(slice->limit),
		bh_text_param(wanted->status),
		wanted->batch != NULL ? bh_uuid_param(wanted->batch) : bh_text_param(wanted->name),
	};
	size_t which = wanted->batch != NULL ? 2
		: wanted->name != NULL           ? 3
		: wanted->status != NULL         ? 1
										 : 0;

	return bh_db_read_each(db, texts[which][slice->up], params, which < 2 ? 5 + which : 7,
		&attachment_row, out, out_n);
}

int
rag_store_attachment_cursor(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct bh_uuid *out)
{
	/* A client that deletes while it lists goes on from a file that is no longer there: then the
	 * place is where a file uploaded at that time would stand. */
	static const char sql[] =
		"SELECT coalesce("
		"   (SELECT id FROM vector_store_file WHERE tenant_id = $1 AND store_id = $2 AND file_id = "
		"$3),"
		"   (SELECT id FROM vector_store_file"
		"     WHERE tenant_id = $1 AND store_id = $2 AND file_id > $3 ORDER BY file_id LIMIT 1),"
		"   'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, store, file), &bh_row_uuid, out);
}

int
rag_store_attachment_attributes(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, const char *attributes)
{
	static const char sql[] = "UPDATE vector_store_file"
							  "   SET attributes = $4"
							  " WHERE tenant_id = $1 AND store_id = $2 AND file_id = $3";

	return bh_db_change(db, sql, BH_PARAMS(tenant, store, file, bh_json_text_param(attributes)));
}

int
rag_store_attachment_delete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file)
{
	static const char sql[] = "DELETE FROM vector_store_file"
							  " WHERE tenant_id = $1 AND store_id = $2 AND file_id = $3";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store, file), NULL);
}

int
rag_store_attachment_progress(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *stage, int64_t done, int64_t total)
{
	static const char sql[] =
		"UPDATE vector_store_file"
		"   SET stage = $3, stage_done = $4, stage_total = $5, changed_at = now()"
		" WHERE tenant_id = $1 AND id = $2 AND status = 'in_progress'";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, stage, done, total), NULL);
}

static const struct bh_row event_row = BH_ROW(struct rag_event, number, status, stage, done, total,
	pages, is_read, n_chunks, began_done, took_ms, error_code, error_message);

int
rag_store_attachment_event(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, struct rag_event *out)
{
	static const char sql[] =
		"SELECT v.event, v.status, v.stage, v.stage_done, v.stage_total, d.pages,"
		"       d.pages IS NOT NULL, v.n_chunks, v.stage_began_done,"
		"       (extract(epoch FROM now() - v.stage_began_at) * 1000)::bigint,"
		"       v.error_code, v.error_message"
		"  FROM vector_store_file AS v"
		"  LEFT JOIN document AS d ON d.tenant_id = $1 AND d.file_id = v.file_id"
		" WHERE v.tenant_id = $1 AND v.store_id = $2 AND v.file_id = $3";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, store, file), &event_row, out);
}

int
rag_store_attachment_fail(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *code, const char *message)
{
	static const char sql[] =
		"UPDATE vector_store_file"
		"   SET status = 'failed', error_code = $3, error_message = $4, changed_at = now()"
		" WHERE tenant_id = $1 AND id = $2 AND status = 'in_progress'";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, id, code, message), NULL);
}

int
rag_store_attachment_complete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t chunk_first, int64_t n_chunks, int64_t usage_bytes)
{
	static const char sql[] =
		"UPDATE vector_store_file"
		"   SET status = 'completed', stage = 'done', stage_done = $4, stage_total = $4"
		"     , chunk_first = $3, n_chunks = $4, usage_bytes = $5, changed_at = now()"
		" WHERE tenant_id = $1 AND id = $2 AND status = 'in_progress'";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, id, chunk_first, n_chunks, usage_bytes), NULL);
}

static const struct bh_row equal_row = BH_ROW(struct rag_equal, store_id, chunk_first, n_chunks,
	usage_bytes, vectors, own_vectors);

int
rag_store_attachment_find_equal(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_store_file *row, const char *model, int64_t dimensions, struct rag_equal *out,
	bool *out_found)
{
	static const char sql[] =
		"SELECT v.store_id, v.chunk_first, v.n_chunks, v.usage_bytes, t.vectors_id, t.own_vectors"
		"  FROM file AS f"
		"  JOIN file AS o ON o.tenant_id = $1 AND o.object_id = f.object_id"
		"                AND " RAG_FILES_ARE_READ_ALIKE
		"  JOIN vector_store_file AS v ON v.tenant_id = $1 AND v.file_id = o.id"
		"  JOIN vector_store AS s ON s.tenant_id = $1 AND s.id = v.store_id"
		"  JOIN store_statistics AS t ON t.tenant_id = $1 AND t.store_id = v.store_id"
		" WHERE f.tenant_id = $1 AND f.id = $2 AND v.status = 'completed' AND v.n_chunks > 0"
		"   AND v.chunking = $3 AND v.chunk_tokens = $4 AND v.overlap_tokens = $5"
		"   AND s.embedding_model = $6 AND s.dimensions = $7 AND s.expired_at IS NULL"
		" ORDER BY v.changed_at DESC LIMIT 1";

	return bh_db_read_maybe(db, sql,
		BH_PARAMS(tenant, &row->file_id, row->chunking, row->chunk_tokens, row->overlap_tokens,
			model, dimensions),
		&equal_row, out, out_found);
}

int
rag_store_attachment_jobs(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] = "SELECT job_id"
							  "  FROM vector_store_file"
							  " WHERE tenant_id = $1 AND store_id = $2 AND status = 'in_progress'"
							  " LIMIT 1000";

	return bh_db_read_each(tx, sql, BH_PARAMS(tenant, store), &bh_row_uuid, out, out_n);
}

static const struct bh_row label_row = BH_ROW(struct rag_labelled, file_id, attributes, range.first,
	range.n);

int
rag_store_attachment_labels(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *after, int64_t limit,
	struct rag_labelled **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT file_id, attributes, chunk_first, n_chunks"
		"  FROM vector_store_file"
		" WHERE tenant_id = $1 AND store_id = $2 AND file_id > $3 AND n_chunks > 0"
		" ORDER BY file_id LIMIT $4";

	return bh_db_each(db, sql, BH_PARAMS(tenant, store, after, limit), &label_row, out, out_n);
}
