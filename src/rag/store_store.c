/* store_store.c: the SQL of vector stores. */
#include <string.h>

#include "rag/store.h"

#define STORE_COLUMNS \
	"s.id, s.name, s.description, s.metadata, s.embedding_model, s.dimensions, s.expires_days," \
	" s.created_at, s.last_active_at," \
	" s.expired_at IS NOT NULL OR coalesce(s.last_active_at + make_interval(days => " \
	"s.expires_days::int) <= now(), false)," \
	" f.usage_bytes, f.in_progress, f.completed, f.failed, f.cancelled"

#define STORE_FILES \
	" CROSS JOIN LATERAL (" \
	"   SELECT coalesce(sum(usage_bytes), 0)::bigint AS usage_bytes," \
	"          coalesce(sum(in_progress), 0)::bigint AS in_progress," \
	"          coalesce(sum(completed), 0)::bigint AS completed," \
	"          coalesce(sum(failed), 0)::bigint AS failed," \
	"          coalesce(sum(cancelled), 0)::bigint AS cancelled" \
	"     FROM vector_store_count" \
	"    WHERE tenant_id = $1 AND store_id = s.id) AS f"

#define STORE_RESULT(row) \
	{ \
		bh_uuid_column(&(row)->id), bh_text_column(&(row)->name), \
			bh_text_column(&(row)->description), bh_text_column(&(row)->metadata), \
			bh_text_column(&(row)->embedding_model), bh_int_column(&(row)->dimensions), \
			bh_int_column(&(row)->expires_days), bh_time_column(&(row)->created_ms), \
			bh_time_column(&(row)->last_active_ms), bh_bool_column(&(row)->expired), \
			bh_int_column(&(row)->usage_bytes), bh_int_column(&(row)->counts.in_progress), \
			bh_int_column(&(row)->counts.completed), bh_int_column(&(row)->counts.failed), \
			bh_int_column(&(row)->counts.cancelled) \
	}

static struct bh_param
json_or_null(const char *json)
{
	return bh_json_param(json, json != NULL ? strlen(json) : 0);
}

static struct bh_param
int_or_null(int64_t value)
{
	return value != 0 ? bh_int_param(value) : bh_null_param(BH_PARAM_INT);
}

int
rag_store_store_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct rag_store *store)
{
	static const char sql[] =
		"INSERT INTO vector_store (tenant_id, id, name, description, metadata, embedding_model,"
		" dimensions, expires_days)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&store->id),
		bh_text_param(store->name),
		bh_text_param(store->description),
		json_or_null(store->metadata),
		bh_text_param(store->embedding_model),
		int_or_null(store->dimensions),
		int_or_null(store->expires_days),
	};

	return bh_db_exec(tx, sql, BH_LIST(params), NULL);
}

int
rag_store_store_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct rag_store *out)
{
	static const char sql[] = "SELECT " STORE_COLUMNS "  FROM vector_store AS s" STORE_FILES
							  " WHERE s.tenant_id = $1 AND s.id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};
	struct rag_store row = {0};
	const struct bh_column columns[] = STORE_RESULT(&row);
	int rc = bh_db_read_one(db, sql, BH_LIST(params), BH_LIST(columns));

	if (rc == 0)
		*out = row;
	return rc;
}

int
rag_store_store_list(struct bh_db *db, const struct bh_uuid *tenant, const struct rag_slice *slice,
	struct rag_store **out, size_t *out_n)
{
	static const char up[] = "SELECT " STORE_COLUMNS "  FROM vector_store AS s" STORE_FILES
							 " WHERE s.tenant_id = $1 AND s.id > $2 AND s.id < $3"
							 " ORDER BY s.id LIMIT $4";
	static const char down[] = "SELECT " STORE_COLUMNS "  FROM vector_store AS s" STORE_FILES
							   " WHERE s.tenant_id = $1 AND s.id > $2 AND s.id < $3"
							   " ORDER BY s.id DESC LIMIT $4";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&slice->low),
		bh_uuid_param(&slice->high),
		bh_int_param(slice->limit),
	};
	struct rag_store row = {0};
	const struct bh_column columns[] = STORE_RESULT(&row);

	return bh_db_read_each(db, slice->up ? up : down, BH_LIST(params), BH_LIST(columns), &row,
		sizeof(row), (void **)out, out_n);
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
							  " WHERE tenant_id = $1 AND id = $2 AND expired_at IS NULL"
							  " RETURNING id";
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(id),
		bh_text_param(change->name),
		json_or_null(change->metadata),
		bh_bool_param(change->has_expiry),
		int_or_null(change->expires_days),
	};
	struct bh_uuid row;
	const struct bh_column columns[] = {bh_uuid_column(&row)};

	return bh_db_one(db, sql, BH_LIST(params), BH_LIST(columns));
}

int
rag_store_store_delete(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM vector_store"
							  " WHERE tenant_id = $1 AND id = $2"
							  " RETURNING id";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};
	struct bh_uuid row;
	const struct bh_column columns[] = {bh_uuid_column(&row)};

	return bh_db_one(tx, sql, BH_LIST(params), BH_LIST(columns));
}

int
rag_store_store_touch(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "UPDATE vector_store"
							  "   SET last_active_at = now()"
							  " WHERE tenant_id = $1 AND id = (SELECT id FROM vector_store"
							  "                                 WHERE tenant_id = $1 AND id = $2"
							  "                                   FOR UPDATE SKIP LOCKED)";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};

	return bh_db_exec(db, sql, BH_LIST(params), NULL);
}

int
rag_store_store_dimensions(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t dimensions)
{
	static const char sql[] = "UPDATE vector_store"
							  "   SET dimensions = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND dimensions IS NULL";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id),
		bh_int_param(dimensions)};

	return bh_db_exec(db, sql, BH_LIST(params), NULL);
}

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
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};
	const struct bh_column columns[] = {bh_time_column(out_ms), bh_bool_column(out_expired)};

	return bh_db_one(tx, sql, BH_LIST(params), BH_LIST(columns));
}

int
rag_store_store_expire(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char mark[] = "UPDATE vector_store"
							   "   SET expired_at = now()"
							   " WHERE tenant_id = $1 AND id = $2 AND expired_at IS NULL"
							   " RETURNING id";
	static const char empty[] = "DELETE FROM vector_store_file"
								" WHERE tenant_id = $1 AND store_id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};
	struct bh_uuid row;
	const struct bh_column columns[] = {bh_uuid_column(&row)};
	int rc = bh_db_one(tx, mark, BH_LIST(params), BH_LIST(columns));

	return rc < 0 ? rc : bh_db_exec(tx, empty, BH_LIST(params), NULL);
}
