/* SPDX-License-Identifier: Apache-2.0 */
/* search_sql.c: the baseline of the search figure: the raw exact statement, and brute force.
 *
 *     bench_search_sql CONNINFO TENANT STORE QUERIES PASSES LIMIT
 *
 * QUERIES is a file of little-endian floats, 384 per query. Prints one JSON object: microseconds per
 * call (p50, p99), and for each query the ten best chunks by a scan over every stored vector, with
 * the score of each. STORE is a UUID. */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIMENSIONS = 384, QUERIES_MAX = 1000, BEST = 10, WARM_UP = 8 };
enum { VECTOR_BYTES = 4 + 4 * DIMENSIONS, SAMPLES_MAX = 100000 };

/* The text of the vector leg (src/rag/store_search.c), so that both are planned alike. */
static const char nearest[] = "SELECT chunk_id, embedding <#> $3::vector"
							  "  FROM chunk_vector_384"
							  " WHERE tenant_id = $1 AND store_id = $2"
							  " ORDER BY 2 LIMIT $4";

struct hit {
	int64_t chunk;
	double score;
};

struct bench {
	PGconn *pg; /* owned */
	const char *tenant, *store;
	int64_t limit;
	float *queries; /* owned */
	size_t n_queries;
	double *micros; /* owned: SAMPLES_MAX */
	size_t n_micros;
};

_Noreturn static void
die(const char *what, const char *why)
{
	fprintf(stderr, "bench_search_sql: %s: %s\n", what, why);
	exit(1);
}

static PGresult *
checked(PGconn *pg, PGresult *result, const char *what)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		die(what, PQerrorMessage(pg));
	return result;
}

static void
read_queries(struct bench *bench, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL)
		die(path, "cannot be read");
	bench->queries = calloc((size_t)QUERIES_MAX * DIMENSIONS, sizeof(float));
	if (bench->queries == NULL)
		die(path, "no memory");
	n = fread(bench->queries, sizeof(float), (size_t)QUERIES_MAX * DIMENSIONS, file);
	fclose(file);
	if (n == 0 || n % DIMENSIONS != 0)
		die(path, "holds no whole vectors");
	bench->n_queries = n / DIMENSIONS;
}

/* pgvector's binary form: dimensions, a zero, floats in network order. */
static void
pack_vector(const float *floats, uint8_t out[VECTOR_BYTES])
{
	uint16_t dimensions = htons(DIMENSIONS);

	memset(out, 0, 4);
	memcpy(out, &dimensions, sizeof(dimensions));
	for (size_t i = 0; i < DIMENSIONS; i++) {
		uint32_t bits;

		memcpy(&bits, &floats[i], sizeof(bits));
		bits = htonl(bits);
		memcpy(out + 4 + 4 * i, &bits, sizeof(bits));
	}
}

static double
now_micros(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* Takes every result of a pipeline up to its sync; returns how many rows there were. */
static int
drain(PGconn *pg)
{
	int rows = 0, ends = 0;

	for (;;) {
		PGresult *result = PQgetResult(pg);
		ExecStatusType status = PQresultStatus(result);

		/* One NULL ends each command's results; more mean that the server is gone. */
		ends = result == NULL ? ends + 1 : 0;
		if (ends > 1)
			die("the statement", PQerrorMessage(pg));
		if (result == NULL)
			continue;
		if (status == PGRES_TUPLES_OK)
			rows = PQntuples(result);
		else if (status != PGRES_PIPELINE_SYNC)
			die("the statement", PQerrorMessage(pg));
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return rows;
	}
}

/* Context and statement in one round trip, as the services do it. */
static int
search(struct bench *bench, const float *query)
{
	uint8_t vector[VECTOR_BYTES];
	uint64_t limit = htobe64((uint64_t)bench->limit);
	const char *context[] = {bench->tenant};
	const char *values[] = {bench->tenant, bench->store, (const char *)vector,
		(const char *)&limit};
	const int lengths[] = {0, 0, VECTOR_BYTES, sizeof(limit)};
	const int formats[] = {0, 0, 1, 1};

	pack_vector(query, vector);
	if (!PQsendQueryPrepared(bench->pg, "context", 1, context, NULL, NULL, 0) ||
		!PQsendQueryPrepared(bench->pg, "nearest", 4, values, lengths, formats, 1) ||
		!PQpipelineSync(bench->pg))
		die("send", PQerrorMessage(bench->pg));
	return drain(bench->pg);
}

static void
prepare(struct bench *bench)
{
	PQclear(checked(bench->pg,
		PQprepare(bench->pg, "context", "SELECT set_config('bulkhead.tenant_id', $1, true)", 1,
			NULL),
		"prepare"));
	PQclear(checked(bench->pg, PQprepare(bench->pg, "nearest", nearest, 4, NULL), "prepare"));
	if (!PQenterPipelineMode(bench->pg))
		die("pipeline", PQerrorMessage(bench->pg));
}

static void
time_searches(struct bench *bench, int passes)
{
	bench->micros = calloc(SAMPLES_MAX, sizeof(double));
	if (bench->micros == NULL)
		die("memory", "none left");
	for (size_t i = 0; i < WARM_UP; i++)
		search(bench, bench->queries + i % bench->n_queries * DIMENSIONS);
	for (int pass = 0; pass < passes; pass++) {
		for (size_t i = 0; i < bench->n_queries && bench->n_micros < SAMPLES_MAX; i++) {
			double before = now_micros();

			if (search(bench, bench->queries + i * DIMENSIONS) == 0)
				die("the statement", "found nothing");
			bench->micros[bench->n_micros++] = now_micros() - before;
		}
	}
}

/* ---- brute force ---- */

static PGresult *
read_everything(struct bench *bench)
{
	const char *context[] = {bench->tenant};
	const char *values[] = {bench->tenant, bench->store};

	if (!PQexitPipelineMode(bench->pg))
		die("pipeline", PQerrorMessage(bench->pg));
	PQclear(checked(bench->pg, PQexec(bench->pg, "BEGIN"), "begin"));
	PQclear(checked(bench->pg, PQexecPrepared(bench->pg, "context", 1, context, NULL, NULL, 0),
		"context"));
	return checked(bench->pg,
		PQexecParams(bench->pg,
			"SELECT chunk_id, embedding FROM chunk_vector_384 WHERE tenant_id = $1 AND store_id = "
			"$2",
			2, NULL, values, NULL, NULL, 1),
		"read all vectors");
}

static double
product(const char *packed, const float *query)
{
	double sum = 0;

	for (size_t i = 0; i < DIMENSIONS; i++) {
		uint32_t bits;
		float value;

		memcpy(&bits, packed + 4 + 4 * i, sizeof(bits));
		bits = ntohl(bits);
		memcpy(&value, &bits, sizeof(value));
		sum += (double)value * (double)query[i];
	}
	return sum;
}

static void
find_best(const PGresult *all, const float *query, struct hit best[BEST])
{
	int rows = PQntuples(all);

	for (size_t i = 0; i < BEST; i++)
		best[i] = (struct hit){0, -INFINITY};
	for (int row = 0; row < rows; row++) {
		double score = product(PQgetvalue(all, row, 1), query);
		uint64_t chunk;
		size_t at = BEST;

		memcpy(&chunk, PQgetvalue(all, row, 0), sizeof(chunk));
		while (at > 0 && score > best[at - 1].score)
			at--;
		if (at == BEST)
			continue;
		memmove(&best[at + 1], &best[at], (BEST - 1 - at) * sizeof(*best));
		best[at] = (struct hit){(int64_t)be64toh(chunk), score};
	}
}

/* ---- the answer ---- */

static int
ascending(const void *left, const void *right)
{
	const double *x = left, *y = right;

	return *x < *y ? -1 : *x > *y;
}

static void
print(struct bench *bench)
{
	PGresult *all = read_everything(bench);
	struct hit best[BEST];

	qsort(bench->micros, bench->n_micros, sizeof(double), ascending);
	printf("{\"p50_us\":%.1f,\"p99_us\":%.1f,\"calls\":%zu,\"vectors\":%d,\"best\":[",
		bench->micros[bench->n_micros / 2], bench->micros[bench->n_micros * 99 / 100],
		bench->n_micros, PQntuples(all));
	for (size_t i = 0; i < bench->n_queries; i++) {
		find_best(all, bench->queries + i * DIMENSIONS, best);
		printf("%s[", i > 0 ? "," : "");
		for (size_t j = 0; j < BEST; j++)
			printf("%s[%lld,%.9f]", j > 0 ? "," : "", (long long)best[j].chunk, best[j].score);
		printf("]");
	}
	printf("]}\n");
	PQclear(all);
}

int
main(int argc, char **argv)
{
	struct bench bench = {0};

	if (argc != 7)
		die("usage", "CONNINFO TENANT STORE QUERIES PASSES LIMIT");
	bench.tenant = argv[2];
	bench.store = argv[3];
	read_queries(&bench, argv[4]);
	bench.limit = atoll(argv[6]);
	bench.pg = PQconnectdb(argv[1]);
	if (PQstatus(bench.pg) != CONNECTION_OK)
		die("connect", PQerrorMessage(bench.pg));
	prepare(&bench);
	time_searches(&bench, atoi(argv[5]));
	print(&bench);
	PQfinish(bench.pg);
	free(bench.micros);
	free(bench.queries);
	return 0;
}
