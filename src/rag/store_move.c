/* SPDX-License-Identifier: Apache-2.0 */
/* store_move.c: the SQL of moving a store's vectors between the shared tables and one of their own. */
#include "base/error.h"
#include "rag/store.h"
#include "rag/vector_sql.h"

static const struct bh_row place_row = BH_ROW(struct rag_place, vectors, own, n_chunks, dimensions);

int
rag_store_move_lock(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	struct rag_place *out)
{
	static const char sql[] = "SELECT t.vectors_id, t.own_vectors, t.n_chunks, s.dimensions"
							  "  FROM store_statistics AS t"
							  "  JOIN vector_store AS s ON s.tenant_id = $1 AND s.id = t.store_id "
							  "AND s.expired_at IS NULL"
							  " WHERE t.tenant_id = $1 AND t.store_id = $2"
							  "   FOR UPDATE OF t";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, store), &place_row, out);
}

int
rag_store_move_open(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set,
	int64_t dimensions, bool *out)
{
	static const char sql[] = "SELECT own_vectors_open($1, $2, $3)";

	/* Where tables are spread by tenant, a partition cannot be divided again: such a store is searched exactly. */
	if (bh_db_is_spread(tx)) {
		*out = false;
		return 0;
	}
	return bh_db_one(tx, sql, BH_PARAMS(tenant, set, dimensions), &bh_row_bool, out);
}

int
rag_store_move_close(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *set,
	int64_t dimensions)
{
	static const char sql[] = "SELECT own_vectors_close($1, $2, $3)";
	bool closed;

	return bh_db_one(db, sql, BH_PARAMS(tenant, set, dimensions), &bh_row_bool, &closed);
}

static int
table_of(int64_t dimensions, int *out)
{
	*out = rag_vector_table(dimensions);
	return *out >= 0 ? 0
					 : bh_error(BH_E_UNSUPPORTED, "no table for vectors of %lld dimensions",
						   (long long)dimensions);
}

static const struct bh_row own_table_row = BH_ROW(struct rag_own_table, name, rows);

int
rag_store_move_table(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *set,
	int64_t dimensions, struct rag_own_table *out)
{
#define COUNT(n) \
	"SELECT (SELECT relname::text FROM pg_catalog.pg_class WHERE oid = v.tableoid), v.rows" \
	"  FROM (SELECT tableoid, count(*) AS rows FROM chunk_vector_" n \
	"         WHERE tenant_id = $1 AND store_id = $2 GROUP BY tableoid) AS v"
	static const char *const sql[] = RAG_VECTOR_SQL_OWN(COUNT);
	bool found;
	int table, rc = table_of(dimensions, &table);

	return rc < 0
		? rc
		: bh_db_maybe(db, sql[table], BH_PARAMS(tenant, set), &own_table_row, out, &found);
}

static const struct bh_row key_row = BH_ROW(struct rag_vector_key, chunk_id, part);

int
rag_store_move_last(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set,
	int64_t dimensions, struct rag_vector_key *out)
{
#define LAST(n) \
	"SELECT chunk_id, part FROM chunk_vector_" n " WHERE tenant_id = $1 AND store_id = $2" \
	" ORDER BY chunk_id DESC, part DESC LIMIT 1"
	static const char *const sql[] = RAG_VECTOR_SQL_OWN(LAST);
	struct rag_vector_key last = {0};
	bool found;
	int table, rc = table_of(dimensions, &table);

	if (rc == 0)
		rc = bh_db_maybe(tx, sql[table], BH_PARAMS(tenant, set), &key_row, &last, &found);
	if (rc == 0)
		*out = last;
	return rc;
}

struct copied {
	struct rag_vector_key last;
	int64_t rows;
};
static const struct bh_row copied_row = BH_ROW(struct copied, last.chunk_id, last.part, rows);

int
rag_store_move_copy(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set,
	const struct rag_place *place, int64_t limit, struct rag_vector_key *at, int64_t *out)
{
#define COPY(from, to) \
	"WITH next AS MATERIALIZED (" \
	"	SELECT store_id, chunk_id, part, file_id, embedding FROM chunk_vector_" from \
	"	 WHERE tenant_id = $1 AND store_id = $2 AND (chunk_id, part) > ($3, $4)" \
	"	 ORDER BY chunk_id, part LIMIT $5" \
	"), put AS (" \
	"	INSERT INTO chunk_vector_" to " (tenant_id, store_id, chunk_id, part, file_id, embedding)" \
	"	SELECT $1, store_id, chunk_id, part, file_id, embedding FROM next" \
	"	ON CONFLICT (tenant_id, store_id, chunk_id, part) DO NOTHING" \
	")" \
	" SELECT chunk_id, part, (SELECT count(*) FROM next) FROM next" \
	" ORDER BY chunk_id DESC, part DESC LIMIT 1"
#define COPY_UP(n) COPY(n, n "_own")
#define COPY_DOWN(n) COPY(n "_own", n)
	static const char *const sql[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(COPY_UP),
		RAG_VECTOR_SQL(COPY_DOWN)};
	struct copied copied = {0};
	bool found;
	int table, rc = table_of(place->dimensions, &table);

	if (rc == 0)
		rc = bh_db_maybe(tx, sql[place->own][table],
			BH_PARAMS(tenant, set, at->chunk_id, at->part, limit), &copied_row, &copied, &found);
	if (rc == 0 && found)
		*at = copied.last;
	if (rc == 0)
		*out = copied.rows;
	return rc;
}

int
rag_store_move_flag(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	bool own)
{
	static const char sql[] = "UPDATE store_statistics SET own_vectors = $3"
							  " WHERE tenant_id = $1 AND store_id = $2";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store, own), NULL);
}

int
rag_store_move_clear(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set,
	int64_t dimensions, int64_t limit, int64_t *out)
{
#define CLEAR(n) \
	"DELETE FROM chunk_vector_" n \
	" WHERE tenant_id = $1 AND store_id = $2 AND (chunk_id, part) IN (" \
	"   SELECT chunk_id, part FROM chunk_vector_" n \
	"    WHERE tenant_id = $1 AND store_id = $2 ORDER BY chunk_id, part LIMIT $3)"
	static const char *const sql[] = RAG_VECTOR_SQL(CLEAR);
	int table, rc = table_of(dimensions, &table);

	return rc < 0 ? rc : bh_db_exec(tx, sql[table], BH_PARAMS(tenant, set, limit), out);
}
