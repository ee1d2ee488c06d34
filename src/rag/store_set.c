/* SPDX-License-Identifier: Apache-2.0 */
/* store_set.c: the SQL of sets of vectors. */
#include "rag/store_set.h"

#include "base/error.h"
#include "rag/vector_sql.h"

#define SET_COLUMNS \
	"id, state, embedding_model, dimensions, own_vectors, chunk_last, n_chunks, parts_max"

static const struct bh_row set_row = BH_ROW(struct rag_set, id, state, embedding_model, dimensions,
	own_vectors, chunk_last, n_chunks, parts_max);

static int
table_of(int64_t dimensions, int *out)
{
	*out = rag_vector_table(dimensions);
	return *out >= 0 ? 0
					 : bh_error(BH_E_UNSUPPORTED, "no table for vectors of %lld dimensions",
						   (long long)dimensions);
}

int
rag_store_set_ids(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] = "SELECT $2::uuid"
							  " UNION"
							  " SELECT id FROM vector_set WHERE tenant_id = $1 AND store_id = $2";

	return bh_db_each(db, sql, BH_PARAMS(tenant, store), &bh_row_uuid, out, out_n);
}

int
rag_store_set_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_set *set)
{
	static const char sql[] =
		"INSERT INTO vector_set (tenant_id, id, store_id, state, embedding_model, dimensions)"
		" VALUES ($1, $2, $3, 'building', $4, $5)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &set->id, store, set->embedding_model, set->dimensions), NULL);
}

int
rag_store_set_next(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	struct rag_set *out, bool *out_found)
{
	static const char sql[] =
		"SELECT " SET_COLUMNS "  FROM vector_set"
		" WHERE tenant_id = $1 AND store_id = $2 AND state IN ('building', 'failed')";

	return bh_db_maybe(tx, sql, BH_PARAMS(tenant, store), &set_row, out, out_found);
}

int
rag_store_set_work(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	struct rag_set *out, bool *out_found)
{
	static const char sql[] = "SELECT " SET_COLUMNS "  FROM vector_set"
							  " WHERE tenant_id = $1 AND store_id = $2"
							  "   AND (state IN ('building', 'retired')"
							  "        OR state = 'failed' AND chunk_last > 0)"
							  " ORDER BY state = 'building' DESC, created_at, id LIMIT 1";

	return bh_db_maybe(tx, sql, BH_PARAMS(tenant, store), &set_row, out, out_found);
}

static const struct bh_row text_row = BH_ROW(struct rag_chunk_text, chunk_id, heading, text);

int
rag_store_set_chunks(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t after, int64_t limit, struct rag_chunk_text **out, size_t *out_n)
{
	static const char sql[] = "SELECT chunk_id, heading, text"
							  "  FROM chunk"
							  " WHERE tenant_id = $1 AND store_id = $2 AND chunk_id > $3"
							  " ORDER BY chunk_id LIMIT $4";

	return bh_db_each(db, sql, BH_PARAMS(tenant, store, after, limit), &text_row, out, out_n);
}

static const struct bh_row vector_row = BH_ROW(struct rag_set_vector, chunk_id, part, embedding);

int
rag_store_set_vectors(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, int64_t first, int64_t n, struct rag_set_vector **out,
	size_t *out_n)
{
#define VECTORS(n, own) \
	"SELECT chunk_id, part, embedding FROM chunk_vector_" n \
	" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id >= $3 AND chunk_id < $3 + $4" \
	"   AND (SELECT own_vectors FROM store_statistics" \
	"         WHERE tenant_id = $1 AND vectors_id = $2) = " own " ORDER BY chunk_id, part"
#define VECTORS_SHARED(n) VECTORS(n, "false")
#define VECTORS_OWN(n) VECTORS(n, "true")
	static const char *const sql[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(VECTORS_SHARED),
		RAG_VECTOR_SQL_OWN(VECTORS_OWN)};
	int table, rc = table_of(store->dimensions, &table);

	return rc < 0
		? rc
		: bh_db_read_each(db, sql[store->statistics.own_vectors][table],
			  BH_PARAMS(tenant, &store->statistics.vectors, first, n), &vector_row, out, out_n);
}

int
rag_store_set_put(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_set *set, int64_t chunk, int64_t part, struct bh_floats vector, int64_t *out)
{
#define PUT(n) \
	"INSERT INTO chunk_vector_" n " (tenant_id, store_id, chunk_id, part, file_id, embedding)" \
	" SELECT $1, $3, chunk_id, $5, file_id, $6::vector" \
	"   FROM chunk WHERE tenant_id = $1 AND store_id = $2 AND chunk_id = $4" \
	" RETURNING true"
	static const char *const sql[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(PUT),
		RAG_VECTOR_SQL_OWN(PUT)};
	int table, rc = table_of(set->dimensions, &table);

	return rc < 0 ? rc
				  : bh_db_exec(tx, sql[set->own_vectors][table],
						BH_PARAMS(tenant, store, &set->id, chunk, part,
							bh_vector_param(vector.data, vector.count)),
						out);
}

static int64_t
vector_bytes(const struct rag_set *set)
{
	return set->dimensions * (int64_t)sizeof(float);
}

int
rag_store_set_count(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_set *set, int64_t first, int64_t last)
{
#define COUNT(n) \
	"UPDATE vector_store_file AS v" \
	"   SET usage_bytes = v.usage_bytes + made.n * $6" \
	"  FROM (SELECT file_id, count(*) AS n FROM chunk_vector_" n \
	"         WHERE tenant_id = $1 AND store_id = $3 AND chunk_id >= $4 AND chunk_id <= $5" \
	"         GROUP BY file_id) AS made" \
	" WHERE v.tenant_id = $1 AND v.store_id = $2 AND v.file_id = made.file_id"
	static const char *const sql[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(COUNT),
		RAG_VECTOR_SQL_OWN(COUNT)};
	int table, rc = table_of(set->dimensions, &table);

	return rc < 0 ? rc
				  : bh_db_exec(tx, sql[set->own_vectors][table],
						BH_PARAMS(tenant, store, &set->id, first, last, vector_bytes(set)), NULL);
}

int
rag_store_set_advance(struct bh_db *tx, const struct bh_uuid *tenant, const struct rag_set *set)
{
	static const char sql[] =
		"UPDATE vector_set"
		"   SET own_vectors = $3, chunk_last = $4, n_chunks = $5, parts_max = $6"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &set->id, set->own_vectors, set->chunk_last, set->n_chunks,
			set->parts_max),
		NULL);
}

int
rag_store_set_fail(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set,
	const char *error)
{
	static const char sql[] = "UPDATE vector_set SET state = 'failed', error = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND state = 'building'";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, set, error), NULL);
}

int
rag_store_set_retire(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set)
{
	static const char sql[] =
		"UPDATE vector_set SET state = 'retired'"
		" WHERE tenant_id = $1 AND id = $2 AND state IN ('building', 'failed')";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, set), NULL);
}

int
rag_store_set_swap(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_place *place, const struct rag_set *set)
{
	/* Without dimensions it never had a vector. */
	static const char retire[] =
		"INSERT INTO vector_set (tenant_id, id, store_id, state, embedding_model, dimensions,"
		" own_vectors)"
		" SELECT $1, $3, $2, 'retired', embedding_model, dimensions, $4"
		"   FROM vector_store WHERE tenant_id = $1 AND id = $2 AND dimensions IS NOT NULL"
		" ON CONFLICT (tenant_id, id) DO UPDATE"
		"   SET state = 'retired', own_vectors = excluded.own_vectors";
	static const char model[] = "UPDATE vector_store SET embedding_model = $3, dimensions = $4"
								" WHERE tenant_id = $1 AND id = $2";
	static const char vectors[] =
		"UPDATE store_statistics"
		"   SET vectors_id = $3, own_vectors = $4, parts_max = greatest(parts_max, $5)"
		" WHERE tenant_id = $1 AND store_id = $2";
	static const char searched[] = "UPDATE vector_set SET state = 'searched'"
								   " WHERE tenant_id = $1 AND id = $2";
	int rc = bh_db_exec(tx, retire, BH_PARAMS(tenant, store, &place->vectors, place->own), NULL);

	if (rc == 0)
		rc = bh_db_change(tx, model,
			BH_PARAMS(tenant, store, set->embedding_model, set->dimensions));
	if (rc == 0)
		rc = bh_db_change(tx, vectors,
			BH_PARAMS(tenant, store, &set->id, set->own_vectors, set->parts_max));
	return rc < 0 ? rc : bh_db_change(tx, searched, BH_PARAMS(tenant, &set->id));
}

int
rag_store_set_clear(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct rag_set *set, bool other, int64_t limit, int64_t *out)
{
#define CLEAR(n) \
	"WITH gone AS (" \
	"   DELETE FROM chunk_vector_" n \
	"    WHERE tenant_id = $1 AND store_id = $3 AND (chunk_id, part) IN (" \
	"      SELECT chunk_id, part FROM chunk_vector_" n \
	"       WHERE tenant_id = $1 AND store_id = $3 ORDER BY chunk_id, part LIMIT $4)" \
	"   RETURNING file_id" \
	"), counted AS (" \
	"   UPDATE vector_store_file AS v SET usage_bytes = v.usage_bytes - of_file.n * $5" \
	"     FROM (SELECT file_id, count(*) AS n FROM gone GROUP BY file_id) AS of_file" \
	"    WHERE v.tenant_id = $1 AND v.store_id = $2 AND v.file_id = of_file.file_id AND $5 > 0" \
	")" \
	" SELECT count(*) FROM gone"
	static const char *const sql[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(CLEAR),
		RAG_VECTOR_SQL_OWN(CLEAR)};
	int table, rc = table_of(set->dimensions, &table);

	return rc < 0 ? rc
				  : bh_db_one(tx, sql[set->own_vectors != other][table],
						BH_PARAMS(tenant, store, &set->id, limit, other ? 0 : vector_bytes(set)),
						&bh_row_int, out);
}

int
rag_store_set_end(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set)
{
	static const char drop[] = "DELETE FROM vector_set"
							   " WHERE tenant_id = $1 AND id = $2 AND state = 'retired'";
	static const char keep[] = "UPDATE vector_set SET chunk_last = 0, n_chunks = 0"
							   " WHERE tenant_id = $1 AND id = $2 AND state = 'failed'";
	int rc = bh_db_exec(tx, drop, BH_PARAMS(tenant, set), NULL);

	return rc < 0 ? rc : bh_db_exec(tx, keep, BH_PARAMS(tenant, set), NULL);
}

int
rag_store_set_drop_all(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store)
{
	static const char sql[] = "DELETE FROM vector_set WHERE tenant_id = $1 AND store_id = $2";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store), NULL);
}
