/* SPDX-License-Identifier: Apache-2.0 */
/* store_store.c: the SQL of vector stores. */
#include "rag/store.h"

#define STORE_COLUMNS \
	"s.id, s.name, s.description, s.metadata, s.embedding_model, s.dimensions, s.expires_days," \
	" s.created_at, s.last_active_at," \
	" s.expired_at IS NOT NULL OR coalesce(s.last_active_at + make_interval(days => " \
	"s.expires_days::int) <= now(), false)," \
	" f.usage_bytes, f.in_progress, f.completed, f.failed, f.cancelled, t.vectors_id, t.n_chunks," \
	" n.state, n.embedding_model, n.error, n.dimensions, n.n_chunks," \
	" i.state, i.error, i.n_files, i.n_done"

#define STORE_FILES \
	" CROSS JOIN LATERAL (" \
	"   SELECT coalesce(sum(usage_bytes), 0)::bigint AS usage_bytes," \
	"          coalesce(sum(in_progress), 0)::bigint AS in_progress," \
	"          coalesce(sum(completed), 0)::bigint AS completed," \
	"          coalesce(sum(failed), 0)::bigint AS failed," \
	"          coalesce(sum(cancelled), 0)::bigint AS cancelled" \
	"     FROM vector_store_count" \
	"    WHERE tenant_id = $1 AND store_id = s.id) AS f" \
	" JOIN store_statistics AS t ON t.tenant_id = $1 AND t.store_id = s.id" \
	" LEFT JOIN vector_set AS n ON n.tenant_id = $1 AND n.store_id = s.id" \
	"   AND n.state IN ('building', 'failed')" \
	" LEFT JOIN vector_import AS i ON i.tenant_id = $1 AND i.store_id = s.id"

static const struct bh_row store_row = BH_ROW(struct rag_store, id, name, description, metadata,
	embedding_model, dimensions, expires_days, created_ms, last_active_ms, expired, usage_bytes,
	counts.in_progress, counts.completed, counts.failed, counts.cancelled, vectors, n_chunks,
	next_state, next_model, next_error, next_dimensions, next_chunks, import_state, import_error,
	import_files, import_done);

int
rag_store_store_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct rag_store *store)
{
	static const char sql[] =
		"INSERT INTO vector_store (tenant_id, id, name, description, metadata, embedding_model,"
		" dimensions, expires_days)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &store->id, store->name, store->description,
			bh_json_text_param(store->metadata), store->embedding_model,
			bh_int_or_null_param(store->dimensions != 0, store->dimensions),
			bh_int_or_null_param(store->expires_days != 0, store->expires_days)),
		NULL);
}

int
rag_store_store_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct rag_store *out)
{
	static const char sql[] = "SELECT " STORE_COLUMNS "  FROM vector_store AS s" STORE_FILES
							  " WHERE s.tenant_id = $1 AND s.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &store_row, out);
}

#define LISTED \
	"SELECT " STORE_COLUMNS "  FROM vector_store AS s" STORE_FILES \
	" WHERE s.tenant_id = $1 AND s.id > $2 AND s.id < $3"

int
rag_store_store_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_slice *slice,
	struct rag_store **out, size_t *out_n)
{
	static const char up[] = LISTED " ORDER BY s.id LIMIT $4";
	static const char down[] = LISTED " ORDER BY s.id DESC LIMIT $4";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, slice->limit), &store_row, out, out_n);
}

int
rag_store_store_update(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct rag_store_change *change)
{
	static const char sql[] = "UPDATE vector_store"
							  "   SET name = coalesce($3, name)"
							  "     , metadata = coalesce($4, metadata)"
							  "     , expires_days = CASE WHEN $5 THEN $6 ELSE expires_days END"
							  "     , last_active_at = now()"
							  " WHERE tenant_id = $1 AND id = $2 AND expired_at IS NULL";

	return bh_db_change(db, sql,
		BH_PARAMS(tenant, id, change->name, bh_json_text_param(change->metadata),
			change->has_expiry,
			bh_int_or_null_param(change->expires_days != 0, change->expires_days)));
}

int
rag_store_store_delete(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM vector_store"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(tx, sql, BH_PARAMS(tenant, id));
}

int
rag_store_store_touch(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "UPDATE vector_store"
							  "   SET last_active_at = now()"
							  " WHERE tenant_id = $1 AND id = (SELECT id FROM vector_store"
							  "                                 WHERE tenant_id = $1 AND id = $2"
							  "                                   FOR UPDATE SKIP LOCKED)";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id), NULL);
}

int
rag_store_store_dimensions(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t dimensions)
{
	static const char sql[] = "UPDATE vector_store"
							  "   SET dimensions = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND dimensions IS NULL";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, dimensions), NULL);
}

struct expiry {
	int64_t at_ms;
	bool passed;
};
static const struct bh_row expiry_row = BH_ROW(struct expiry, at_ms, passed);

int
rag_store_store_expiry(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t *out_ms, bool *out_expired)
{
	static const char sql[] =
		"SELECT last_active_at + make_interval(days => expires_days::int),"
		"       coalesce(last_active_at + make_interval(days => expires_days::int) <= now(), false)"
		"  FROM vector_store"
		" WHERE tenant_id = $1 AND id = $2 AND expired_at IS NULL"
		"   FOR UPDATE";
	struct expiry row;
	int rc = bh_db_one(tx, sql, BH_PARAMS(tenant, id), &expiry_row, &row);

	if (rc < 0)
		return rc;
	*out_ms = row.at_ms;
	*out_expired = row.passed;
	return 0;
}

int
rag_store_store_expire(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char mark[] = "UPDATE vector_store"
							   "   SET expired_at = now()"
							   " WHERE tenant_id = $1 AND id = $2 AND expired_at IS NULL";
	static const char empty[] = "DELETE FROM vector_store_file"
								" WHERE tenant_id = $1 AND store_id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};
	int rc = bh_db_change(tx, mark, BH_LIST(params));

	return rc < 0 ? rc : bh_db_exec(tx, empty, BH_LIST(params), NULL);
}
