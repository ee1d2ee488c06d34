/* SPDX-License-Identifier: Apache-2.0 */
/* store_search.c: the SQL of a search: the store, its two legs, and the chunks found. */
#include <string.h>

#include "base/error.h"
#include "rag/store.h"
#include "rag/vector_sql.h"

/* Of a search by the graph: candidates kept while walking it, and vectors looked at for each that is
 * wanted. */
enum { EF_LEAST = 100, EF_MOST = 1000, VISITS_OF_ONE = 100 };

static const struct bh_row store_row = BH_ROW(struct rag_search_store, id, embedding_model,
	dimensions, expired, idle_ms, statistics.n_chunks, statistics.total_terms,
	statistics.next_chunk, statistics.parts_max, statistics.languages, statistics.terms_version,
	statistics.own_vectors, statistics.vectors);

int
rag_store_search_store(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct rag_search_store *out)
{
	static const char sql[] =
		"SELECT s.id, s.embedding_model, s.dimensions,"
		"       s.expired_at IS NOT NULL OR coalesce(s.last_active_at"
		"         + make_interval(days => s.expires_days::int) <= now(), false),"
		"       (extract(epoch FROM now() - s.last_active_at) * 1000)::bigint,"
		"       t.n_chunks, t.total_terms, t.next_chunk, t.parts_max, t.languages, t.terms_version,"
		"       t.own_vectors, t.vectors_id"
		"  FROM vector_store AS s"
		"  JOIN store_statistics AS t ON t.tenant_id = $1 AND t.store_id = s.id"
		" WHERE s.tenant_id = $1 AND s.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &store_row, out);
}

/* $2 is the set of vectors. The flag and the rows in one statement: where set and flag are as they were read, all
 * rows are there; else there are none. */
#define LIES(own) \
	" (SELECT own_vectors FROM store_statistics WHERE tenant_id = $1 AND vectors_id = $2) = " own
/* OFFSET 0 keeps the order out of the scan: a graph would not find all of them. */
#define NEAREST(n, own) \
	"SELECT chunk_id, distance" \
	"  FROM (SELECT chunk_id, embedding <#> $3::vector AS distance" \
	"          FROM chunk_vector_" n \
	"         WHERE tenant_id = $1 AND store_id = $2 AND" LIES(own) " OFFSET 0) AS v" \
																	" ORDER BY distance LIMIT $4"
/* A chunk of several parts counts by its nearest one. */
#define NEAREST_PARTS(n, own) \
	"SELECT chunk_id, min(embedding <#> $3::vector)" \
	"  FROM chunk_vector_" n " WHERE tenant_id = $1 AND store_id = $2 AND" LIES( \
		own) " GROUP BY chunk_id ORDER BY 2 LIMIT $4"
/* The ranges inside the leg: a chunk that does not match never takes the place of one that does. OFFSET 0
 * leaves the planner one plan, a walk of the key from each range's first chunk to its last. */
#define WITHIN(n, own) \
	"  FROM unnest($5::bigint[], $6::bigint[]) AS r (first, n)" \
	" CROSS JOIN LATERAL (SELECT chunk_id, embedding FROM chunk_vector_" n \
	"                      WHERE tenant_id = $1 AND store_id = $2" \
	"                        AND chunk_id >= r.first AND chunk_id < r.first + r.n OFFSET 0) AS v" \
	" WHERE" LIES(own)
#define NEAREST_WITHIN(n, own) \
	"SELECT chunk_id, embedding <#> $3::vector" WITHIN(n, own) " ORDER BY 2 LIMIT $4"
#define NEAREST_PARTS_WITHIN(n, own) \
	"SELECT chunk_id, min(embedding <#> $3::vector)" WITHIN(n, \
		own) " GROUP BY chunk_id ORDER BY 2 LIMIT $4"

#define SHARED_NEAREST(n) NEAREST(n, "false")
#define SHARED_PARTS(n) NEAREST_PARTS(n, "false")
#define SHARED_WITHIN(n) NEAREST_WITHIN(n, "false")
#define SHARED_PARTS_WITHIN(n) NEAREST_PARTS_WITHIN(n, "false")
#define OWN_NEAREST(n) NEAREST(n, "true")
#define OWN_PARTS(n) NEAREST_PARTS(n, "true")
#define OWN_WITHIN(n) NEAREST_WITHIN(n, "true")
#define OWN_PARTS_WITHIN(n) NEAREST_PARTS_WITHIN(n, "true")

static const struct bh_row leg_row = BH_ROW(struct rag_leg_hit, chunk_id, score);

int
rag_store_search_vectors(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, struct bh_floats query, const struct rag_ranges *within,
	size_t k, struct rag_leg_hit **out, size_t *out_n)
{
	static const char *const sql[2][2][2][RAG_VECTOR_TABLES] = {
		{{RAG_VECTOR_SQL(SHARED_NEAREST), RAG_VECTOR_SQL(SHARED_WITHIN)},
			{RAG_VECTOR_SQL(SHARED_PARTS), RAG_VECTOR_SQL(SHARED_PARTS_WITHIN)}},
		{{RAG_VECTOR_SQL_OWN(OWN_NEAREST), RAG_VECTOR_SQL_OWN(OWN_WITHIN)},
			{RAG_VECTOR_SQL_OWN(OWN_PARTS), RAG_VECTOR_SQL_OWN(OWN_PARTS_WITHIN)}},
	};
	const struct rag_statistics *statistics = &store->statistics;
	size_t n = within != NULL ? within->n : 0, i;
	int64_t *bounds = bh_arena_array(db->arena, 2 * n + 1, sizeof(*bounds));
	const struct bh_param params[] = {
		bh_uuid_param(tenant),
		bh_uuid_param(&store->statistics.vectors),
		bh_vector_param(query.data, query.count),
		bh_int_param((int64_t)k),
		bh_int_array_param(bounds, n),
		bh_int_array_param(bounds + n, n),
	};
	int table = rag_vector_table((int64_t)query.count);
	int rc;

	if (table < 0)
		return bh_error(BH_E_UNSUPPORTED, "no table for vectors of %zu dimensions", query.count);
	for (i = 0; i < n; i++) {
		bounds[i] = within->ranges[i].first;
		bounds[n + i] = within->ranges[i].n;
	}
	rc = bh_db_each(db,
		sql[statistics->own_vectors][statistics->parts_max > 1][within != NULL][table], params,
		within != NULL ? 6 : 4, &leg_row, out, out_n);
	if (rc < 0)
		return rc;

	/* The operator gives the negative inner product, so that less is nearer. */
	for (i = 0; i < *out_n; i++)
		(*out)[i].score = -(*out)[i].score;
	return 0;
}

/* A search by the graph, in a transaction of its own for its settings. */
struct graph {
	const struct bh_uuid *tenant, *vectors;
	struct bh_floats query;
	size_t k;
	struct rag_leg_hit *hits;
	size_t n;
};

/* The planner is told, not asked: what it knows of a new table is nothing, and of an iterative scan's cost
 * little. Without a sort only the graph can bring the rows in order. */
static int
graph_settings(struct bh_db *tx, const struct graph *graph)
{
	static const char sql[] = "SELECT set_config('hnsw.ef_search', $1, true),"
							  "       set_config('hnsw.iterative_scan', 'relaxed_order', true),"
							  "       set_config('hnsw.max_scan_tuples', $2, true),"
							  "       set_config('plan_cache_mode', 'force_custom_plan', true),"
							  "       set_config('enable_sort', 'off', true)";
	size_t ef = graph->k < EF_LEAST ? EF_LEAST : graph->k > EF_MOST ? EF_MOST : graph->k;

	return bh_db_exec(tx, sql,
		BH_PARAMS((const char *)bh_arena_printf(tx->arena, "%zu", ef),
			(const char *)bh_arena_printf(tx->arena, "%zu", VISITS_OF_ONE * graph->k)),
		NULL);
}

static int
graph_run(struct bh_db *tx, void *ctx)
{
#define GRAPH(n) \
	"SELECT chunk_id, embedding <#> $3::vector" \
	"  FROM chunk_vector_" n " WHERE tenant_id = $1 AND store_id = $2 AND" LIES( \
		"true") " ORDER BY embedding <#> $3::vector LIMIT $4"
	static const char *const sql[] = RAG_VECTOR_SQL_OWN(GRAPH);
	struct graph *graph = ctx;
	int rc = graph_settings(tx, graph);

	return rc < 0
		? rc
		: bh_db_each(tx, sql[rag_vector_table((int64_t)graph->query.count)],
			  BH_PARAMS(graph->tenant, graph->vectors,
				  bh_vector_param(graph->query.data, graph->query.count), (int64_t)graph->k),
			  &leg_row, &graph->hits, &graph->n);
}

int
rag_store_search_graph(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, struct bh_floats query, size_t k,
	struct rag_leg_hit **out, size_t *out_n)
{
	struct graph graph = {.tenant = tenant,
		.vectors = &store->statistics.vectors,
		.query = query,
		.k = k};
	int rc;

	if (rag_vector_table((int64_t)query.count) < 0)
		return bh_error(BH_E_UNSUPPORTED, "no table for vectors of %zu dimensions", query.count);
	rc = bh_tx_run(db, graph_run, &graph);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < graph.n; i++)
		graph.hits[i].score = -graph.hits[i].score;
	*out = graph.hits;
	*out_n = graph.n;
	return 0;
}

/* A look-up for each chunk, in both tables: while a store moves, its vectors may be in either or in both. */
#define LOOK_UP(n) \
	"SELECT chunk_id, embedding FROM chunk_vector_" n \
	" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id = w.id"
#define COSINES(n) \
	"SELECT chunk_id, min(embedding <#> $3::vector)" \
	"  FROM unnest($4::bigint[]) AS w (id)" \
	" CROSS JOIN LATERAL (" LOOK_UP(n) " UNION ALL " LOOK_UP( \
		n "_own") " OFFSET 0) AS v" \
				  " WHERE EXISTS (SELECT FROM store_statistics" \
				  "                WHERE tenant_id = $1 AND vectors_id = $2)" \
				  " GROUP BY chunk_id"

int
rag_store_search_cosines(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *vectors, struct bh_floats query, const int64_t *chunks, size_t n,
	struct rag_leg_hit **out, size_t *out_n)
{
	static const char *const sql[] = RAG_VECTOR_SQL(COSINES);
	int table = rag_vector_table((int64_t)query.count), rc;

	if (table < 0)
		return bh_error(BH_E_UNSUPPORTED, "no table for vectors of %zu dimensions", query.count);
	rc = bh_db_read_each(db, sql[table],
		BH_PARAMS(tenant, vectors, bh_vector_param(query.data, query.count),
			bh_int_array_param(chunks, n)),
		&leg_row, out, out_n);
	for (size_t i = 0; rc == 0 && i < *out_n; i++)
		(*out)[i].score = -(*out)[i].score;
	return rc;
}

static const struct bh_row text_row = BH_ROW(struct rag_chunk_text, chunk_id, heading, text);

int
rag_store_search_texts(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const int64_t *chunks, size_t n, struct rag_chunk_text **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT c.chunk_id, c.heading, c.text"
		"  FROM unnest($3::bigint[]) AS w (chunk_id)"
		" CROSS JOIN LATERAL"
		"       (SELECT chunk_id, heading, text FROM chunk"
		"         WHERE tenant_id = $1 AND store_id = $2 AND chunk_id = w.chunk_id OFFSET 0) AS c"
		" ORDER BY c.chunk_id";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, store, bh_int_array_param(chunks, n)),
		&text_row, out, out_n);
}

int
rag_store_search_block_counts(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, int64_t most, int64_t *out)
{
	static const char sql[] =
		"SELECT (SELECT count(*)"
		"          FROM (SELECT FROM posting"
		"                 WHERE tenant_id = $1 AND store_id = $2 AND term = asked.term"
		"                 LIMIT $4) AS block)"
		"  FROM unnest($3::text[]) WITH ORDINALITY AS asked (term, position)"
		" ORDER BY position";
	int64_t *counts = NULL;
	size_t n_counts = 0;
	int rc = bh_db_each(db, sql, BH_PARAMS(tenant, store, bh_text_array_param(terms, n), most),
		&bh_row_int, &counts, &n_counts);

	if (rc == 0 && n_counts != n)
		return bh_error(BH_E_DB, "a count is missing");
	if (rc == 0 && n > 0)
		memcpy(out, counts, n * sizeof(*out));
	return rc;
}

static const struct bh_row block_row = BH_ROW(struct rag_term_block, term, block.first, block.last,
	block.n, block.data);

int
rag_store_search_postings(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *const *terms, size_t n, struct rag_term_block **out,
	size_t *out_n)
{
	static const char sql[] = "SELECT term, chunk_first, chunk_last, n, data"
							  "  FROM posting"
							  " WHERE tenant_id = $1 AND store_id = $2 AND term = ANY($3::text[])"
							  " ORDER BY term, chunk_first";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, store, bh_text_array_param(terms, n)),
		&block_row, out, out_n);
}

static const struct bh_row hit_row = BH_ROW(struct rag_hit, chunk_id, store_id, file_id, filename,
	attributes, heading, text, start, end, page_start, page_end);

int
rag_store_search_hits(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const int64_t *chunks, size_t n, struct rag_hit **out, size_t *out_n)
{
	/* OFFSET 0 keeps the planner to one look-up a row: it takes a store for a few rows and would hash
	 * all of its chunks, 20 ms for a store of 10,000. */
	static const char sql[] =
		"SELECT c.chunk_id, c.store_id, c.file_id, f.filename, v.attributes, c.heading, c.text,"
		"       c.start_at, c.end_at, c.page_start, c.page_end"
		"  FROM unnest($3::bigint[]) WITH ORDINALITY AS w (chunk_id, position)"
		" CROSS JOIN LATERAL"
		"       (SELECT * FROM chunk"
		"         WHERE tenant_id = $1 AND store_id = $2 AND chunk_id = w.chunk_id OFFSET 0) AS c"
		" CROSS JOIN LATERAL"
		"       (SELECT attributes FROM vector_store_file"
		"         WHERE tenant_id = $1 AND store_id = $2 AND file_id = c.file_id OFFSET 0) AS v"
		" CROSS JOIN LATERAL"
		"       (SELECT filename FROM file"
		"         WHERE tenant_id = $1 AND id = c.file_id OFFSET 0) AS f"
		" ORDER BY w.position";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, store, bh_int_array_param(chunks, n)),
		&hit_row, out, out_n);
}
