/* SPDX-License-Identifier: Apache-2.0 */
/* picture_find.c: how long multimodal looks for a picture among those that a tenant keeps, database included.
 *
 *     bench_picture_find CONNINFO TENANT QUERIES
 *
 * Looks QUERIES times for pictures that differ from kept ones in a few bits, and prints as JSON: the first look, which
 * reads all hashes, in milliseconds; of the others the median and the 99th percentile, of wall clock and of this process's
 * processor time; the same where something was written meanwhile; how many found what they had to; and the times of look-ups
 * by three terms. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "multimodal/near.h"
#include "multimodal/store_picture.h"
#include "multimodal/terms.h"

enum { KEPT = 4096, WITHIN = 6, TERMS = 3, VOCABULARY = 5000, LIMIT = 10 };

struct bench {
	struct bh_db_pool *pool;
	struct bh_uuid tenant;
	struct bh_arena arena;
	struct multimodal_near *near;
	struct multimodal_hashed *kept;
	size_t n;
	int64_t queries;
	uint64_t random;
};

static uint64_t
chance(struct bench *bench, uint64_t below)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return bench->random % below;
}

static int
by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static struct bh_db
db_of(struct bench *bench, struct bh_arena *arena)
{
	return (struct bh_db){.pool = bench->pool, .arena = arena, .context = bench->tenant};
}

static double
own_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* One look for a kept picture of which some bits have changed; of wall clock, and of this process's processor time. */
static int
look(struct bench *bench, double *out_ms, double *out_own_ms, size_t *found)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = db_of(bench, &arena);
	const struct multimodal_hashed *wanted = &bench->kept[chance(bench, bench->n)];
	uint64_t hashes[PICTURE_HASHES];
	const struct multimodal_near_ask ask = {&bench->tenant, hashes, LIMIT, bh_clock_steady_ms()};
	struct multimodal_picture *rows = NULL;
	size_t n = 0;
	int64_t since;
	int rc;

	multimodal_near_unpack(wanted->hashes.data, hashes);
	for (int i = 0; i < WITHIN; i++)
		hashes[0] ^= UINT64_C(1) << chance(bench, 64);
	*out_own_ms = own_ms();
	since = bh_clock_steady_us();
	rc = multimodal_near_find(bench->near, &db, &ask, &rows, &n);
	*out_ms = (double)(bh_clock_steady_us() - since) / 1000;
	*out_own_ms = own_ms() - *out_own_ms;
	for (size_t i = 0; rc == 0 && i < n; i++)
		*found += bh_uuid_equal(&rows[i].id, &wanted->id);
	return rc;
}

static int
write_one(struct bh_db *tx, void *ctx)
{
	const struct bench *bench = ctx;
	int64_t change;

	return multimodal_store_picture_begin(tx, &bench->tenant, &change);
}

static int
look_by_terms(struct bench *bench, double *out_ms)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = db_of(bench, &arena);
	int64_t terms[TERMS], groups[TERMS];
	const struct multimodal_wanted_terms wanted = {terms, groups, TERMS, TERMS,
		MULTIMODAL_TERMS_ROWS_MAX / TERMS};
	struct multimodal_picture *rows;
	size_t n = 0;
	int64_t since;
	int rc;

	for (int64_t i = 0; i < TERMS; i++) {
		terms[i] = (int64_t)chance(bench, VOCABULARY);
		groups[i] = i;
	}
	since = bh_clock_steady_us();
	rc = multimodal_store_picture_search(&db, &bench->tenant, &wanted, LIMIT, &rows, &n);
	*out_ms = (double)(bh_clock_steady_us() - since) / 1000;
	return rc;
}

static void
print(const char *name, double *spent, size_t n)
{
	qsort(spent, n, sizeof(*spent), by_value);
	printf(",\"%s\":{\"p50\":%.3f,\"p99\":%.3f}", name, spent[n / 2], spent[n * 99 / 100]);
}

static int
run(struct bench *bench)
{
	struct bh_db db = db_of(bench, &bench->arena);
	size_t queries = (size_t)bench->queries, found = 0;
	double first = 0, own = 0, *spent = bh_arena_array(&bench->arena, queries, sizeof(*spent));
	double *owns = bh_arena_array(&bench->arena, queries, sizeof(*owns));
	int64_t changes = 0;
	int rc = multimodal_store_picture_changes(&db, &bench->tenant, &changes);

	if (rc == 0)
		rc = multimodal_store_picture_hashes(&db, &bench->tenant, changes - KEPT, changes, KEPT,
			&bench->kept, &bench->n);
	if (rc == 0 && bench->n == 0)
		rc = bh_error(BH_E_EMPTY, "the tenant keeps no pictures");
	if (rc == 0)
		rc = look(bench, &first, &own, &found);
	if (rc < 0)
		return rc;
	printf("{\"first\":%.3f", first);
	found = 0;
	for (size_t i = 0; rc == 0 && i < queries; i++)
		rc = look(bench, &spent[i], &owns[i], &found);
	printf(",\"recall\":%.4f", (double)found / (double)queries);
	print("near", spent, queries);
	print("own", owns, queries);
	for (size_t i = 0; rc == 0 && i < queries; i++) {
		rc = bh_tx_run(&db, write_one, bench);
		if (rc == 0)
			rc = look(bench, &spent[i], &owns[i], &found);
	}
	print("behind", spent, queries);
	for (size_t i = 0; rc == 0 && i < queries; i++)
		rc = look_by_terms(bench, &spent[i]);
	print("terms", spent, queries);
	printf("}\n");
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

	if (argc != 4 || bh_uuid_parse(argv[2], &bench.tenant) < 0 ||
		bh_text_int(argv[3], 1, 100000, &bench.queries) < 0)
		rc = bh_error(BH_E_INVALID, "wrong arguments");
	if (rc == 0)
		rc = bh_db_pool_open(&conf, &bench.pool);
	if (rc == 0) {
		bench.near = multimodal_near_new(1000000);
		rc = run(&bench);
		multimodal_near_free(bench.near);
		bh_db_pool_close(bench.pool);
	}
	if (rc < 0)
		fprintf(stderr, "bench_picture_find: %s: %s\n", bh_error_row(rc)->symbol,
			bh_error_detail(rc));
	bh_arena_close(&bench.arena);
	return rc < 0 ? 1 : 0;
}
