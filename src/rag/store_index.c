/* SPDX-License-Identifier: Apache-2.0 */
/* store_index.c: the SQL of the index: chunks, vectors, postings and their statistics. */
#include "base/error.h"
#include "rag/store.h"
#include "rag/store_set.h"
#include "rag/vector_sql.h"
#include "text/terms.h"

enum { PURGE_ROWS = 2000 };

int
rag_store_index_add_store(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store)
{
	static const char sql[] = "INSERT INTO store_statistics (tenant_id, store_id, vectors_id, "
							  "terms_version)"
							  " VALUES ($1, $2, $2, $3)";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store, (int64_t)BH_TERMS_VERSION), NULL);
}

static const struct bh_row statistics_row = BH_ROW(struct rag_statistics, n_chunks, total_terms,
	next_chunk, parts_max, languages, terms_version, own_vectors, vectors);

int
rag_store_index_lock(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	struct rag_statistics *out)
{
	static const char sql[] = "SELECT n_chunks, total_terms, next_chunk, parts_max, languages,"
							  "       terms_version, own_vectors, vectors_id"
							  "  FROM store_statistics"
							  " WHERE tenant_id = $1 AND store_id = $2"
							  "   FOR UPDATE";

	return bh_db_one(tx, sql, BH_PARAMS(tenant, store), &statistics_row, out);
}

int
rag_store_index_statistics(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_statistics *statistics)
{
	static const char sql[] =
		"UPDATE store_statistics"
		"   SET n_chunks = $3, total_terms = $4, next_chunk = $5, parts_max = $6, languages = $7,"
		"       terms_version = $8"
		" WHERE tenant_id = $1 AND store_id = $2";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, store, statistics->n_chunks, statistics->total_terms,
			statistics->next_chunk, statistics->parts_max, statistics->languages,
			statistics->terms_version),
		NULL);
}

int
rag_store_index_add_chunks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *file, const struct rag_chunk_columns *chunks)
{
	static const char sql[] =
		"INSERT INTO chunk (tenant_id, store_id, file_id, chunk_id, start_at, end_at, page_start,"
		" page_end, heading, text)"
		" SELECT $1, $2, $3, w.*"
		"   FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],"
		"               $9::text[], $10::text[]) AS w"
		" RETURNING true";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, store, file, bh_int_array_param(chunks->ids, chunks->n),
			bh_int_array_param(chunks->starts, chunks->n),
			bh_int_array_param(chunks->ends, chunks->n),
			bh_int_array_param(chunks->page_starts, chunks->n),
			bh_int_array_param(chunks->page_ends, chunks->n),
			bh_text_array_param(chunks->headings, chunks->n),
			bh_text_array_param(chunks->texts, chunks->n)),
		NULL);
}

int
rag_store_index_add_staged(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment, const struct rag_statistics *statistics,
	int64_t dimensions, const int64_t *chunks, const int64_t *parts, const struct bh_bytes *hashes,
	size_t n)
{
#define ADD_STAGED(n) \
	"INSERT INTO chunk_vector_" n " (tenant_id, store_id, file_id, chunk_id, part, embedding)" \
	" SELECT $1, $2, $3, w.chunk_id, w.part, s.embedding" \
	"   FROM unnest($5::bigint[], $6::bigint[], $7::bytea[]) AS w (chunk_id, part, text_hash)" \
	"   JOIN ingest_vector AS s" \
	"     ON s.tenant_id = $1 AND s.attachment_id = $4 AND s.text_hash = w.text_hash" \
	" RETURNING true"
	static const char *const sql[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(ADD_STAGED),
		RAG_VECTOR_SQL_OWN(ADD_STAGED)};
	int table = rag_vector_table(dimensions);
	int64_t rows = 0;
	int rc;

	if (table < 0)
		return bh_error(BH_E_UNSUPPORTED, "no table for vectors of %lld dimensions",
			(long long)dimensions);
	rc = bh_db_exec(tx, sql[statistics->own_vectors][table],
		BH_PARAMS(tenant, &statistics->vectors, &attachment->file_id, &attachment->id,
			bh_int_array_param(chunks, n), bh_int_array_param(parts, n),
			bh_bytes_array_param(hashes, n)),
		&rows);
	if (rc == 0 && rows != (int64_t)n)
		return bh_error(BH_E_DB_RETRY, "some vectors of a file are not staged");
	return rc;
}

static int
table_of(int64_t dimensions, int *out)
{
	int table = rag_vector_table(dimensions);

	if (table < 0)
		return bh_error(BH_E_UNSUPPORTED, "no table for vectors of %lld dimensions",
			(long long)dimensions);
	*out = table;
	return 0;
}

int
rag_store_index_count_vectors(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_equal *equal, int64_t dimensions, int64_t *out)
{
#define COUNT_VECTORS(n) \
	"SELECT count(*)" \
	"  FROM chunk_vector_" n \
	" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id >= $3 AND chunk_id < $3 + $4"
	static const char *const sql[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(COUNT_VECTORS),
		RAG_VECTOR_SQL_OWN(COUNT_VECTORS)};
	int table = 0;
	int rc = table_of(dimensions, &table);

	if (rc < 0)
		return rc;
	return bh_db_read_one(db, sql[equal->own_vectors][table],
		BH_PARAMS(tenant, &equal->vectors, equal->chunk_first, equal->n_chunks), &bh_row_int, out);
}

int
rag_store_index_copy_vectors(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_store_file *attachment, const struct rag_statistics *statistics,
	const struct rag_equal *equal, int64_t dimensions, int64_t first, int64_t *out_parts)
{
	/* Numbers of chunks are never used twice: what has as many vectors as were counted is the same. */
#define COPY_VECTORS(from, to) \
	"WITH made AS (" \
	"   INSERT INTO chunk_vector_" to " (tenant_id, store_id, file_id, chunk_id, part, embedding)" \
	"   SELECT $1, $2, $3, chunk_id - $5 + $7, part, embedding" \
	"     FROM chunk_vector_" from \
	"    WHERE tenant_id = $1 AND store_id = $4 AND chunk_id >= $5 AND chunk_id < $5 + $6" \
	"   RETURNING part)" \
	" SELECT count(*), coalesce(max(part) + 1, 0) FROM made"
#define COPY_ALIKE(n) COPY_VECTORS(n, n)
#define COPY_TO_OWN(n) COPY_VECTORS(n, n "_own")
#define COPY_FROM_OWN(n) COPY_VECTORS(n "_own", n)
	static const char *const sql[2][2][RAG_VECTOR_TABLES] = {
		{RAG_VECTOR_SQL(COPY_ALIKE), RAG_VECTOR_SQL(COPY_TO_OWN)},
		{RAG_VECTOR_SQL(COPY_FROM_OWN), RAG_VECTOR_SQL_OWN(COPY_ALIKE)},
	};
	struct copied {
		int64_t n, parts;
	} copied;
	const struct bh_row copied_row = BH_ROW(struct copied, n, parts);
	int table = 0;
	int rc = table_of(dimensions, &table);

	if (rc == 0)
		rc = bh_db_one(tx, sql[equal->own_vectors][statistics->own_vectors][table],
			BH_PARAMS(tenant, &statistics->vectors, &attachment->file_id, &equal->vectors,
				equal->chunk_first, equal->n_chunks, first),
			&copied_row, &copied);
	if (rc < 0)
		return rc;
	if (copied.n != equal->n_vectors)
		return BH_E_CONFLICT;
	*out_parts = copied.parts;
	return 0;
}

static const struct bh_row block_row = BH_ROW(struct rag_term_block, term, block.first, block.last,
	block.n, block.data);

int
rag_store_index_last_blocks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, struct rag_term_block **out,
	size_t *out_n)
{
	static const char sql[] =
		"SELECT p.term, p.chunk_first, p.chunk_last, p.n, p.data"
		"  FROM unnest($3::text[]) AS asked (term)"
		" CROSS JOIN LATERAL (SELECT term, chunk_first, chunk_last, n, data"
		"                       FROM posting"
		"                      WHERE tenant_id = $1 AND store_id = $2 AND term = asked.term"
		"                      ORDER BY chunk_first DESC LIMIT 1) AS p";

	return bh_db_read_each(tx, sql, BH_PARAMS(tenant, store, bh_text_array_param(terms, n)),
		&block_row, out, out_n);
}

int
rag_store_index_blocks_of(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, int64_t first, int64_t last,
	struct rag_term_block **out, size_t *out_n)
{
	/* Blocks of a term follow each other: the last that begins before the range may reach into it, and
	 * all that begin inside do. Asked for chunk_last, the key would be walked from the first block on. */
	static const char sql[] =
		"SELECT p.term, p.chunk_first, p.chunk_last, p.n, p.data"
		"  FROM unnest($3::text[]) AS asked (term)"
		" CROSS JOIN LATERAL ("
		"  (SELECT term, chunk_first, chunk_last, n, data FROM posting"
		"    WHERE tenant_id = $1 AND store_id = $2 AND term = asked.term AND chunk_first < $4"
		"    ORDER BY chunk_first DESC LIMIT 1)"
		"  UNION ALL"
		"  (SELECT term, chunk_first, chunk_last, n, data FROM posting"
		"    WHERE tenant_id = $1 AND store_id = $2 AND term = asked.term"
		"      AND chunk_first >= $4 AND chunk_first <= $5 OFFSET 0)) AS p"
		" WHERE p.chunk_last >= $4";

	return bh_db_read_each(tx, sql,
		BH_PARAMS(tenant, store, bh_text_array_param(terms, n), first, last), &block_row, out,
		out_n);
}

int
rag_store_index_blocks_in(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t first, int64_t last, struct rag_term_block **out,
	size_t *out_n)
{
	static const char sql[] =
		"SELECT term, chunk_first, chunk_last, n, data FROM posting"
		" WHERE tenant_id = $1 AND store_id = $2 AND chunk_first <= $4 AND chunk_last >= $3";

	return bh_db_read_each(tx, sql, BH_PARAMS(tenant, store, first, last), &block_row, out, out_n);
}

int
rag_store_index_drop_postings(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store)
{
	static const char sql[] = "DELETE FROM posting WHERE tenant_id = $1 AND store_id = $2";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, store), NULL);
}

int
rag_store_index_put_blocks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_term_block *blocks, size_t n)
{
	static const char sql[] =
		"INSERT INTO posting (tenant_id, store_id, term, chunk_first, chunk_last, n, data)"
		" SELECT $1, $2, w.*"
		"   FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[]) AS w"
		" ON CONFLICT (tenant_id, store_id, term, chunk_first) DO UPDATE"
		"   SET chunk_last = excluded.chunk_last, n = excluded.n, data = excluded.data";
	const char **terms = bh_arena_array(tx->arena, n + 1, sizeof(*terms));
	int64_t *firsts = bh_arena_array(tx->arena, n + 1, sizeof(*firsts));
	int64_t *lasts = bh_arena_array(tx->arena, n + 1, sizeof(*lasts));
	int64_t *counts = bh_arena_array(tx->arena, n + 1, sizeof(*counts));
	struct bh_bytes *data = bh_arena_array(tx->arena, n + 1, sizeof(*data));

	for (size_t i = 0; i < n; i++) {
		terms[i] = blocks[i].term;
		firsts[i] = blocks[i].block.first;
		lasts[i] = blocks[i].block.last;
		counts[i] = blocks[i].block.n;
		data[i] = blocks[i].block.data;
	}
	{

		return bh_db_exec(tx, sql,
			BH_PARAMS(tenant, store, bh_text_array_param(terms, n), bh_int_array_param(firsts, n),
				bh_int_array_param(lasts, n), bh_int_array_param(counts, n),
				bh_bytes_array_param(data, n)),
			NULL);
	}
}

int
rag_store_index_drop_blocks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_term_block *blocks, size_t n)
{
	static const char sql[] = "DELETE FROM posting AS p"
							  " USING unnest($3::text[], $4::bigint[]) AS w (term, chunk_first)"
							  " WHERE p.tenant_id = $1 AND p.store_id = $2 AND p.term = w.term"
							  "   AND p.chunk_first = w.chunk_first";
	const char **terms = bh_arena_array(tx->arena, n + 1, sizeof(*terms));
	int64_t *firsts = bh_arena_array(tx->arena, n + 1, sizeof(*firsts));

	for (size_t i = 0; i < n; i++) {
		terms[i] = blocks[i].term;
		firsts[i] = blocks[i].block.first;
	}
	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, store, bh_text_array_param(terms, n), bh_int_array_param(firsts, n)),
		NULL);
}

static const struct bh_row text_row = BH_ROW(struct rag_chunk_text, chunk_id, heading, text);

int
rag_store_index_texts(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t first, int64_t n, struct rag_chunk_text **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT chunk_id, heading, text"
		"  FROM chunk"
		" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id >= $3 AND chunk_id < $3 + $4"
		" ORDER BY chunk_id";

	return bh_db_read_each(tx, sql, BH_PARAMS(tenant, store, first, n), &text_row, out, out_n);
}

int
rag_store_index_drop_chunks(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, int64_t first, int64_t n)
{
	static const char chunks[] =
		"DELETE FROM chunk"
		" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id >= $3 AND chunk_id < $3 + $4";
#define DROP_VECTORS(n) \
	"DELETE FROM chunk_vector_" n " WHERE tenant_id = $1 AND store_id = ANY ($2::uuid[])" \
	"   AND chunk_id >= $3 AND chunk_id < $3 + $4"
	/* From both: the copies that a move leaves behind go with the rest. */
	static const char *const vectors[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(DROP_VECTORS),
		RAG_VECTOR_SQL_OWN(DROP_VECTORS)};
	struct bh_uuid *sets = NULL;
	size_t n_sets = 0;
	int rc = bh_db_exec(tx, chunks, BH_PARAMS(tenant, store, first, n), NULL);

	if (rc == 0)
		rc = rag_store_set_ids(tx, tenant, store, &sets, &n_sets);
	for (size_t i = 0; rc == 0 && i < 2 * RAG_VECTOR_TABLES; i++)
		rc = bh_db_exec(tx, vectors[i / RAG_VECTOR_TABLES][i % RAG_VECTOR_TABLES],
			BH_PARAMS(tenant, bh_uuid_array_param(sets, n_sets), first, n), NULL);
	return rc;
}

int
rag_store_index_purge(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	int64_t *out)
{
#define PURGE_VECTORS(n) \
	"DELETE FROM chunk_vector_" n " WHERE tenant_id = $1 AND (store_id, chunk_id, part) IN (" \
	"   SELECT store_id, chunk_id, part FROM chunk_vector_" n \
	"    WHERE tenant_id = $1 AND store_id = ANY ($2::uuid[])" \
	"    ORDER BY store_id, chunk_id, part LIMIT $3)"
	static const char *const vectors[2][RAG_VECTOR_TABLES] = {RAG_VECTOR_SQL(PURGE_VECTORS),
		RAG_VECTOR_SQL_OWN(PURGE_VECTORS)};
	static const char chunks[] =
		"DELETE FROM chunk"
		" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id IN ("
		"   SELECT chunk_id FROM chunk"
		"    WHERE tenant_id = $1 AND store_id = $2 ORDER BY chunk_id LIMIT $3)";
	static const char postings[] =
		"DELETE FROM posting"
		" WHERE tenant_id = $1 AND store_id = $2 AND (term, chunk_first) IN ("
		"   SELECT term, chunk_first FROM posting"
		"    WHERE tenant_id = $1 AND store_id = $2 ORDER BY term, chunk_first LIMIT $3)";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(store),
		bh_int_param(PURGE_ROWS)};
	struct bh_uuid *sets = NULL;
	int64_t total = 0, rows = 0;
	size_t n_sets = 0;
	int rc = bh_db_exec(db, chunks, BH_LIST(params), &total);

	if (rc == 0)
		rc = bh_db_exec(db, postings, BH_LIST(params), &rows);
	if (rc == 0)
		rc = rag_store_set_ids(db, tenant, store, &sets, &n_sets);
	total += rows;
	for (size_t i = 0; rc == 0 && i < 2 * RAG_VECTOR_TABLES; i++) {
		rc = bh_db_exec(db, vectors[i / RAG_VECTOR_TABLES][i % RAG_VECTOR_TABLES],
			BH_PARAMS(tenant, bh_uuid_array_param(sets, n_sets), bh_int_param(PURGE_ROWS)), &rows);
		total += rows;
	}
	if (rc == 0 && total == 0)
		rc = rag_store_set_drop_all(db, tenant, store);
	if (rc == 0)
		*out = total;
	return rc;
}
