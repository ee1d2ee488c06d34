/* SPDX-License-Identifier: Apache-2.0 */
/* nearest.c: the vectors' leg of a large store: how long it takes in the database, and what it finds.
 *
 *     bench_nearest CONNINFO TENANT STORE QUERIES DEPTH
 *
 * Asks rag's own leg QUERIES times for the DEPTH nearest chunks: of all, and under filters that keep 50, 10, 2
 * and 0.1 % of the chunks, in pieces spread over the store. Each query is a stored vector with noise added. Prints
 * one JSON object: for each filter the time of a call and the processor time that its
 * backend took for it (p50, p99, microseconds; of a server on this machine), recall of the first ten against
 * a scan over every vector in memory, and the fewest hits of any call. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/uuid.h"
#include "db/db.h"
#include "rag/nearest.h"
#include "rag/store.h"

enum { DIMENSIONS = 384, BEST = 10, ROWS_AT_ONCE = 5000, PIECES = 20, WARM_UP = 10, FILTERS = 5 };

static const double shares[FILTERS] = {1, 0.5, 0.1, 0.02, 0.001};

struct bench {
	struct bh_db_pool *pool; /* owned */
	struct bh_arena arena;
	struct bh_uuid tenant, store;
	struct rag_search_store found;
	int64_t *chunks; /* ascending */
	float *vectors;  /* DIMENSIONS for each */
	size_t n;
	int64_t queries, depth;
	uint64_t random;
	int64_t backend; /* the process at the server: the pool has one connection */
};

struct vector {
	int64_t chunk_id;
	struct bh_floats embedding;
};

static const struct bh_row row = BH_ROW(struct vector, chunk_id, embedding);

static double
uniform(struct bench *bench)
{
	bench->random ^= bench->random >> 12;
	bench->random ^= bench->random << 25;
	bench->random ^= bench->random >> 27;
	return (double)((bench->random * 2685821657736338717ULL) >> 11) / 9007199254740992.0;
}

static struct bh_db
handle(struct bench *bench, struct bh_arena *arena)
{
	return (struct bh_db){.pool = bench->pool, .arena = arena, .context = bench->tenant};
}

/* The next rows behind a chunk, whichever table they lie in. */
static int
read_some(struct bench *bench, size_t *out_n)
{
	static const char shared[] =
		"SELECT chunk_id, embedding FROM chunk_vector_384"
		" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id > $3 ORDER BY chunk_id LIMIT $4";
	static const char own[] =
		"SELECT chunk_id, embedding FROM chunk_vector_384_own"
		" WHERE tenant_id = $1 AND store_id = $2 AND chunk_id > $3 ORDER BY chunk_id LIMIT $4";
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = handle(bench, &arena);
	int64_t after = bench->n > 0 ? bench->chunks[bench->n - 1] : 0;
	struct vector *rows;
	int rc = bh_db_each(&db, bench->found.statistics.own_vectors ? own : shared,
		BH_PARAMS(&bench->tenant, &bench->store, after, bh_int_param(ROWS_AT_ONCE)), &row, &rows,
		out_n);

	for (size_t i = 0; rc == 0 && i < *out_n; i++, bench->n++) {
		bench->chunks[bench->n] = rows[i].chunk_id;
		memcpy(bench->vectors + bench->n * DIMENSIONS, rows[i].embedding.data,
			DIMENSIONS * sizeof(float));
	}
	return rc;
}

static int
read_all(struct bench *bench)
{
	static const char pid[] = "SELECT pg_backend_pid()::bigint";
	struct bh_db db = handle(bench, &bench->arena);
	int rc = rag_store_search_store(&db, &bench->tenant, &bench->store, &bench->found);
	size_t room = (size_t)bench->found.statistics.n_chunks + ROWS_AT_ONCE, n = 1;

	if (rc == 0)
		rc = bh_db_read_one(&db, pid, NULL, 0, &bh_row_int, &bench->backend);
	if (rc < 0)
		return rc;
	bench->chunks = bh_arena_array(&bench->arena, room, sizeof(*bench->chunks));
	bench->vectors = bh_arena_array(&bench->arena, room * DIMENSIONS, sizeof(float));
	while (rc == 0 && n > 0)
		rc = read_some(bench, &n);
	return rc;
}

/* A stored vector and as much noise again as makes its cosine about 0.8. */
static void
make_query(struct bench *bench, float *out)
{
	const float *near = bench->vectors + (size_t)(uniform(bench) * (double)bench->n) * DIMENSIONS;
	double squares = 0;

	for (size_t i = 0; i < DIMENSIONS; i++) {
		double noise = uniform(bench) + uniform(bench) + uniform(bench) - 1.5;

		out[i] = near[i] + (float)(noise * 1.5 / sqrt(DIMENSIONS));
		squares += (double)out[i] * (double)out[i];
	}
	for (size_t i = 0; i < DIMENSIONS; i++)
		out[i] = (float)((double)out[i] / sqrt(squares));
}

/* Pieces spread over the store that hold a share of its chunks. */
static struct rag_ranges
make_filter(struct bench *bench, double share)
{
	size_t kept = (size_t)(share * (double)bench->n), pieces = kept < PIECES ? kept : PIECES, i;
	struct rag_range *ranges = bh_arena_array(&bench->arena, pieces + 1, sizeof(*ranges));

	for (i = 0; i < pieces; i++)
		ranges[i] = (struct rag_range){bench->chunks[i * bench->n / pieces],
			(int64_t)(kept / pieces)};
	return (struct rag_ranges){ranges, pieces};
}

static bool
is_kept(const struct rag_ranges *within, int64_t chunk)
{
	for (size_t i = 0; within != NULL && i < within->n; i++)
		if (chunk >= within->ranges[i].first &&
			chunk < within->ranges[i].first + within->ranges[i].n)
			return true;
	return within == NULL;
}

static double
product(const float *left, const float *right)
{
	double sum = 0;

	for (size_t i = 0; i < DIMENSIONS; i++)
		sum += (double)left[i] * (double)right[i];
	return sum;
}

/* The score of the tenth best. */
static double
tenth_best(struct bench *bench, const float *query, const struct rag_ranges *within)
{
	double best[BEST + 1];
	size_t n = 0;

	for (size_t i = 0; i < bench->n; i++) {
		double score;
		size_t at = n;

		if (!is_kept(within, bench->chunks[i]))
			continue;
		score = product(bench->vectors + i * DIMENSIONS, query);
		for (; at > 0 && best[at - 1] < score; at--)
			best[at] = best[at - 1];
		best[at] = score;
		n += n < BEST;
	}
	return n > 0 ? best[n - 1] : 1;
}

static double
now_micros(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int
ascending(const void *left, const void *right)
{
	const double *x = left, *y = right;

	return *x < *y ? -1 : *x > *y;
}

/* Processor time of the backend so far. */
static double
backend_micros(const struct bench *bench)
{
	char path[64];
	double nanos = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%lld/schedstat", (long long)bench->backend);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%lf", &nanos) != 1)
		nanos = 0;
	fclose(file);
	return nanos / 1000;
}

struct outcome {
	double *micros, *backend;
	size_t right, wanted, fewest;
};

static int
ask(struct bench *bench, const struct rag_ranges *within, int64_t number, struct outcome *outcome)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = handle(bench, &arena);
	float query[DIMENSIONS];
	struct rag_leg_hit *hits;
	size_t n = 0;
	double before, backend, floor;
	int rc;

	make_query(bench, query);
	backend = backend_micros(bench);
	before = now_micros();
	rc = rag_nearest_find(&db, &bench->tenant, &bench->found, (struct bh_floats){query, DIMENSIONS},
		within, (size_t)bench->depth, &hits, &n);
	if (rc < 0 || number < 0)
		return rc;
	outcome->micros[number] = now_micros() - before;
	outcome->backend[number] = backend_micros(bench) - backend;
	outcome->fewest = n < outcome->fewest ? n : outcome->fewest;
	floor = tenth_best(bench, query, within);
	outcome->wanted += BEST;
	for (size_t i = 0; i < n && i < BEST; i++)
		outcome->right += hits[i].score >= floor - 1e-5;
	return 0;
}

static int
measure(struct bench *bench, double share, bool first)
{
	size_t queries = (size_t)bench->queries;
	struct outcome outcome = {.micros = bh_arena_array(&bench->arena, queries, sizeof(double)),
		.backend = bh_arena_array(&bench->arena, queries, sizeof(double)),
		.fewest = SIZE_MAX};
	const struct rag_ranges filter = make_filter(bench, share);
	const struct rag_ranges *within = share < 1 ? &filter : NULL;
	int rc = 0;

	for (int64_t i = -WARM_UP; rc == 0 && i < bench->queries; i++)
		rc = ask(bench, within, i, &outcome);
	if (rc < 0)
		return rc;
	qsort(outcome.micros, queries, sizeof(double), ascending);
	qsort(outcome.backend, queries, sizeof(double), ascending);
	printf("%s{\"share\":%g,\"p50_us\":%.0f,\"p99_us\":%.0f,\"backend_p50_us\":%.0f,"
		   "\"backend_p99_us\":%.0f,\"recall\":%.4f,\"fewest\":%zu}",
		first ? "" : ",", share, outcome.micros[queries / 2], outcome.micros[queries * 99 / 100],
		outcome.backend[queries / 2], outcome.backend[queries * 99 / 100],
		(double)outcome.right / (double)outcome.wanted, outcome.fewest);
	return 0;
}

static int
run(struct bench *bench)
{
	int rc = read_all(bench);

	if (rc < 0)
		return rc;
	printf("{\"chunks\":%zu,\"own\":%s,\"filters\":[", bench->n,
		bench->found.statistics.own_vectors ? "true" : "false");
	for (size_t i = 0; rc == 0 && i < FILTERS; i++)
		rc = measure(bench, shares[i], i == 0);
	printf("]}\n");
	return rc;
}

int
main(int argc, char **argv)
{
	struct bench bench = {.random = 88172645463325252ULL};
	const struct bh_db_conf conf = {.conninfo = argc > 1 ? argv[1] : "",
		.connections = 1,
		.wait_ms = 10000,
		.statement_ms = 60000,
		.application = "bench"};
	int rc = 0;

	if (argc != 6 || bh_uuid_parse(argv[2], &bench.tenant) < 0 ||
		bh_uuid_parse_id(argv[3], RAG_STORE_PREFIX, &bench.store) < 0 ||
		bh_text_int(argv[4], 1, 100000, &bench.queries) < 0 ||
		bh_text_int(argv[5], BEST, 1000, &bench.depth) < 0)
		rc = bh_error(BH_E_INVALID, "wrong arguments");
	if (rc == 0)
		rc = bh_db_pool_open(&conf, &bench.pool);
	if (rc == 0) {
		rc = run(&bench);
		bh_db_pool_close(bench.pool);
	}
	if (rc < 0)
		fprintf(stderr, "bench_nearest: %s: %s\n", bh_error_row(rc)->symbol, bh_error_detail(rc));
	bh_arena_close(&bench.arena);
	return rc < 0 ? 1 : 0;
}
