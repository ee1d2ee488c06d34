/* SPDX-License-Identifier: Apache-2.0 */
/* text_leg.c: how long the words' leg of a search takes in one store.
 *
 *     bench_text_leg CONNINFO TENANT STORE PASSES < QUESTIONS
 *
 * A question per line. Prints the median and the 99th percentile of its time, its CPU included, and the median of
 * the CPU that this process spends on it, in microseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "rag/text_leg.h"

enum { QUESTIONS_MAX = 1000, SAMPLES_MAX = 100000, DEPTH = 100, WARM_UP = 8 };

struct bench {
	struct bh_db_pool *pool; /* owned */
	struct bh_uuid tenant, store;
	char *questions[QUESTIONS_MAX]; /* owned */
	size_t n;
	double *micros, *cpu; /* owned */
	size_t n_samples;
};

static double
now_micros(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void
read_questions(struct bench *bench)
{
	char line[4096];

	while (bench->n < QUESTIONS_MAX && fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		bench->questions[bench->n++] = strdup(line);
	}
}

static int
search(struct bench *bench, const char *question, bool counts)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bench->pool, .arena = &arena, .context = bench->tenant};
	struct rag_search_store store;
	struct rag_text_leg leg = {.db = db,
		.tenant = &bench->tenant,
		.store = &store,
		.query = question,
		.depth = DEPTH};
	int rc = rag_store_search_store(&db, &bench->tenant, &bench->store, &store);
	double begin = now_micros(CLOCK_MONOTONIC), cpu = now_micros(CLOCK_PROCESS_CPUTIME_ID);

	if (rc == 0)
		rc = rag_text_leg_run(&leg);
	if (rc == 0 && counts && bench->n_samples < SAMPLES_MAX) {
		bench->micros[bench->n_samples] = now_micros(CLOCK_MONOTONIC) - begin;
		bench->cpu[bench->n_samples++] = now_micros(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	}
	return rc;
}

static int
by_value(const void *left, const void *right)
{
	double x = *(const double *)left, y = *(const double *)right;

	return x < y ? -1 : x > y;
}

static int
measure(struct bench *bench, int64_t passes)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < WARM_UP; i++)
		rc = search(bench, bench->questions[i % bench->n], false);
	for (int64_t pass = 0; rc == 0 && pass < passes; pass++) {
		for (size_t i = 0; rc == 0 && i < bench->n; i++)
			rc = search(bench, bench->questions[i], true);
	}
	if (rc < 0)
		return rc;
	qsort(bench->micros, bench->n_samples, sizeof(double), by_value);
	qsort(bench->cpu, bench->n_samples, sizeof(double), by_value);
	printf("{\"p50_us\": %.0f, \"p99_us\": %.0f, \"cpu_us\": %.0f}\n",
		bench->micros[bench->n_samples / 2], bench->micros[bench->n_samples * 99 / 100],
		bench->cpu[bench->n_samples / 2]);
	return 0;
}

int
main(int argc, char **argv)
{
	struct bench bench = {.micros = calloc(SAMPLES_MAX, sizeof(double)),
		.cpu = calloc(SAMPLES_MAX, sizeof(double))};
	const struct bh_db_conf conf = {
		.conninfo = argc > 1 ? argv[1] : "",
		.connections = 2,
		.wait_ms = 10000,
		.statement_ms = 60000,
		.application = "bench",
	};
	int64_t passes = 0;
	int rc = argc == 5 && bench.micros != NULL && bench.cpu != NULL ? 0 : BH_E_INVALID;

	if (rc == 0)
		rc = bh_uuid_parse(argv[2], &bench.tenant);
	if (rc == 0)
		rc = bh_uuid_parse_id(argv[3], RAG_STORE_PREFIX, &bench.store);
	if (rc == 0)
		rc = bh_text_int(argv[4], 1, 1000, &passes);
	if (rc == 0)
		rc = bh_db_pool_open(&conf, &bench.pool);
	if (rc == 0) {
		read_questions(&bench);
		rc = bench.n > 0 ? measure(&bench, passes) : bh_error(BH_E_INVALID, "no questions");
		bh_db_pool_close(bench.pool);
	}
	for (size_t i = 0; i < bench.n; i++)
		free(bench.questions[i]);
	free(bench.micros);
	free(bench.cpu);
	if (rc < 0)
		fprintf(stderr, "bench_text_leg: %s: %s\n", bh_error_row(rc)->symbol, bh_error_detail(rc));
	return rc < 0;
}
