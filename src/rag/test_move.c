/* SPDX-License-Identifier: Apache-2.0 */
/* test_move.c: a store that grows gets a graph and one that shrinks loses it, and every search meanwhile finds
 * what comparing all vectors finds. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/move.h"
#include "rag/nearest.h"
#include "rag/purge.h"
#include "rag/rag.h"
#include "rag/remove.h"
#include "rag/testing.h"

enum { DIMENSIONS = 384, CHUNKS = 1600, MOST = 1200, K = 10, QUERIES = 20, LEASE_MS = 600000 };

static struct rag service = {.conf.own_vectors_chunks = MOST};

struct fixture {
	struct bh_uuid tenant, store;
	struct bh_db db;
	struct bh_job job;
	struct bh_floats *vectors; /* by chunk number; of DIMENSIONS */
	int64_t *chunks;
	size_t n;
};

/* As the set-up role; {t} is the tenant, {s} the store. */
static void
script(const struct fixture *fix, const char *text)
{
	rag_testing_script(&fix->tenant, &fix->store, NULL, text);
}

static int
write_store(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_testing_store(tx, &fix->tenant, &fix->store, "m", DIMENSIONS);
}

/* Vectors of few degrees of freedom, as those of texts are. */
#define VECTORS(first, last) \
	"SELECT setseed(0.5);" \
	"INSERT INTO bulkhead.chunk_vector_384" \
	" SELECT {t}, {s}, n, 0, {s}, l2_normalize((" \
	"   SELECT array_agg(sin(d * a) + sin(d * b) + 0.2 * sin(d * c)) FROM generate_series(1, " \
	"384) AS d" \
	"  )::real[]::vector)" \
	"   FROM (SELECT n, random() AS a, random() AS b, random() AS c" \
	"           FROM generate_series(" #first ", " #last ") AS n) AS one;" \
	"UPDATE bulkhead.store_statistics SET n_chunks = " #last ", next_chunk = " #last " + 1," \
	"       parts_max = 1" \
	" WHERE tenant_id = {t}"

/* The job as a worker holds it, while another tenant's waits: each step ends its turn. */
static void
hold_job(struct fixture *fix)
{
	fix->job = (struct bh_job){.pool = rag_testing_pool,
		.service = &service,
		.db = rag_testing_as(NULL)};
	assert_int_equal(bh_lease_claim(&fix->job.db, RAG_QUEUE, "test", LEASE_MS, NULL,
						 &fix->job.lease),
		0);
	assert_string_equal(fix->job.lease.kind, RAG_JOB_MOVE);
}

static int
add_job(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_move_consider(tx, &fix->tenant, &fix->store, MOST);
}

static int
add_other(struct bh_db *tx, void *ctx)
{
	return rag_remove_job(tx, ctx, RAG_JOB_PURGE, ctx, 0);
}

/* What brute force needs: every vector there is, wherever it lies. */
static void
read_vectors(struct fixture *fix)
{
	static const char sql[] =
		"SELECT chunk_id, embedding FROM (SELECT * FROM bulkhead.chunk_vector_384"
		"   UNION ALL SELECT * FROM bulkhead.chunk_vector_384_own) AS v"
		" WHERE tenant_id = $1 AND store_id = $2 ORDER BY chunk_id";
	struct vector {
		int64_t chunk_id;
		struct bh_floats floats;
	} * rows;
	const struct bh_row row = BH_ROW(struct vector, chunk_id, floats);
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);

	assert_int_equal(bh_db_each(&setup, sql, BH_PARAMS(&fix->tenant, &fix->store), &row, &rows,
						 &fix->n),
		0);
	fix->vectors = bh_arena_array(setup.arena, fix->n + 1, sizeof(*fix->vectors));
	fix->chunks = bh_arena_array(setup.arena, fix->n + 1, sizeof(*fix->chunks));
	for (size_t i = 0; i < fix->n; i++) {
		fix->vectors[i] = rows[i].floats;
		fix->chunks[i] = rows[i].chunk_id;
	}
}

static int
open_fixture(void **state)
{
	static struct bh_uuid other;
	struct fixture *fix = calloc(1, sizeof(*fix));
	struct bh_db db;

	fix->tenant = bh_uuid_new();
	fix->store = bh_uuid_new();
	fix->db = rag_testing_as(&fix->tenant);
	*state = fix;
	rag_testing_no_jobs();
	assert_int_equal(bh_tx_run(&fix->db, write_store, fix), 0);
	script(fix, VECTORS(1, 1600));
	read_vectors(fix);
	assert_int_equal(fix->n, CHUNKS);
	assert_int_equal(bh_tx_run(&fix->db, add_job, fix), 0);
	hold_job(fix);
	other = bh_uuid_new();
	db = rag_testing_as(&other);
	return bh_tx_run(&db, add_other, &other);
}

static int
close_fixture(void **state)
{
	free(*state);
	return 0;
}

static struct rag_search_store
read_store(const struct fixture *fix)
{
	struct bh_db db = fix->db;
	struct rag_search_store store;

	assert_int_equal(rag_store_search_store(&db, &fix->tenant, &fix->store, &store), 0);
	return store;
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
product(struct bh_floats left, struct bh_floats right)
{
	double sum = 0;

	for (size_t i = 0; i < DIMENSIONS; i++)
		sum += (double)left.data[i] * (double)right.data[i];
	return sum;
}

/* How many of the hits are among the nearest, by comparing all. */
static size_t
right_hits(const struct fixture *fix, struct bh_floats query, const struct rag_ranges *within,
	const struct rag_leg_hit *hits, size_t n)
{
	double best[K];
	size_t n_best = 0, right = 0;

	for (size_t i = 0; i < fix->n; i++) {
		double score = product(fix->vectors[i], query);
		size_t at = n_best;

		if (!is_kept(within, fix->chunks[i]))
			continue;
		for (; at > 0 && best[at - 1] < score; at--)
			if (at < K)
				best[at] = best[at - 1];
		if (at < K)
			best[at] = score;
		n_best += n_best < K;
	}
	for (size_t i = 0; i < n; i++)
		right += is_kept(within, hits[i].chunk_id) && hits[i].score >= best[n_best - 1] - 1e-5;
	return right;
}

/* Recall of the ten nearest over some queries; each finds ten. */
static double
recall(const struct fixture *fix, const struct rag_search_store *store,
	const struct rag_ranges *within)
{
	size_t right = 0;

	for (size_t i = 0; i < QUERIES; i++) {
		struct bh_db db = fix->db;
		struct bh_floats query = fix->vectors[i * 97 % fix->n];
		struct rag_leg_hit *hits;
		size_t n = 0;

		assert_int_equal(rag_nearest_find(&db, &fix->tenant, store, query, within, K, &hits, &n),
			0);
		assert_int_equal(n, K);
		right += right_hits(fix, query, within, hits, n);
	}
	return (double)right / (QUERIES * K);
}

static int64_t
count(const struct fixture *fix, const char *sql)
{
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);
	int64_t n = -1;

	assert_int_equal(bh_db_one(&setup, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &n), 0);
	return n;
}

static int64_t
shared_rows(const struct fixture *fix)
{
	return count(fix, "SELECT count(*) FROM bulkhead.chunk_vector_384 WHERE tenant_id = $1");
}

static int64_t
own_rows(const struct fixture *fix)
{
	return count(fix, "SELECT count(*) FROM bulkhead.chunk_vector_384_own WHERE tenant_id = $1");
}

/* Tables made for the tenant: its own and its stores'. */
static int64_t
own_tables(const struct fixture *fix)
{
	return count(fix,
		"SELECT count(*) FROM pg_partition_tree('bulkhead.chunk_vector_384_own') AS t"
		" WHERE level > 0 AND (t.relid::text LIKE '%' || replace($1::uuid::text, '-', '')"
		"    OR t.parentrelid::text LIKE '%' || replace($1::uuid::text, '-', ''))");
}

static void
move_to_the_end(struct fixture *fix)
{
	int rc;

	do
		rc = rag_move_run(&fix->job, 0);
	while (rc == BH_JOB_YIELD_MOVED);
	assert_int_equal(rc, BH_JOB_ENDED);
}

static void
shrink(struct fixture *fix)
{
	script(fix,
		"DELETE FROM bulkhead.chunk_vector_384_own WHERE tenant_id = {t} AND chunk_id > 500;"
		"UPDATE bulkhead.store_statistics SET n_chunks = 500"
		" WHERE tenant_id = {t} AND store_id = {s}");
	read_vectors(fix);
	rag_testing_no_jobs();
	assert_int_equal(bh_tx_run(&fix->db, add_job, fix), 0);
	hold_job(fix);
}

static void
a_large_store_gets_a_table_of_its_own_and_a_small_one_loses_it(void **state)
{
	struct fixture *fix = *state;
	struct rag_search_store store;

	move_to_the_end(fix);
	store = read_store(fix);
	assert_true(store.statistics.own_vectors);
	assert_int_equal(own_rows(fix), CHUNKS);
	assert_int_equal(shared_rows(fix), 0);
	assert_int_equal(own_tables(fix), 2);
	assert_true(recall(fix, &store, NULL) >= 0.99);

	/* Between half and the whole nothing moves. */
	script(fix, "UPDATE bulkhead.store_statistics SET n_chunks = 700 WHERE tenant_id = {t}");
	rag_testing_no_jobs();
	assert_int_equal(bh_tx_run(&fix->db, add_job, fix), 0);
	assert_int_equal(count(fix, "SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1"), 0);

	shrink(fix);
	move_to_the_end(fix);
	store = read_store(fix);
	assert_false(store.statistics.own_vectors);
	assert_int_equal(shared_rows(fix), 500);
	assert_int_equal(own_tables(fix), 0);
	assert_true(recall(fix, &store, NULL) >= 0.999);
}

static void
after_a_death_in_any_step_it_goes_on_and_no_search_is_short(void **state)
{
	struct fixture *fix = *state;
	int rc = BH_JOB_YIELD_MOVED, steps = 0;

	for (; rc == BH_JOB_YIELD_MOVED; steps++) {
		struct rag_search_store store = read_store(fix);

		/* As if the process had died: what it knew is gone, and another has the lease. */
		rc = rag_move_run(&fix->job, 0);
		assert_int_not_equal(rc, BH_JOB_DONE);
		if (steps % 3 == 0)
			assert_true(recall(fix, &store, NULL) >= 0.99);
	}
	assert_int_equal(rc, BH_JOB_ENDED);
	assert_true(steps >= CHUNKS / 200);
	assert_int_equal(own_rows(fix), CHUNKS);
	assert_int_equal(shared_rows(fix), 0);
}

static void
what_is_written_and_deleted_meanwhile_is_so_afterwards(void **state)
{
	struct fixture *fix = *state;
	struct rag_search_store before = read_store(fix), store;

	for (int i = 0; i < 3; i++)
		assert_int_equal(rag_move_run(&fix->job, 0), BH_JOB_YIELD_MOVED);
	assert_true(own_rows(fix) > 0);
	/* One that was copied goes, one that was not, and some come. */
	script(fix,
		"DELETE FROM bulkhead.chunk_vector_384 WHERE tenant_id = {t} AND chunk_id IN (7, 1500);"
		"DELETE FROM bulkhead.chunk_vector_384_own WHERE tenant_id = {t} AND chunk_id IN (7, "
		"1500)");
	script(fix, VECTORS(1601, 1700));
	move_to_the_end(fix);
	read_vectors(fix);
	assert_int_equal(fix->n, CHUNKS + 100 - 2);
	assert_int_equal(own_rows(fix), CHUNKS + 100 - 2);
	assert_int_equal(shared_rows(fix), 0);

	/* A search that began before the move finds what is there now. */
	assert_false(before.statistics.own_vectors);
	assert_true(recall(fix, &before, NULL) >= 0.99);
	store = read_store(fix);
	assert_true(recall(fix, &store, NULL) >= 0.99);
}

static void
a_filter_never_shortens_the_answer(void **state)
{
	struct fixture *fix = *state;
	const struct rag_range tenth[] = {{100, 80}, {900, 80}}, few[] = {{5, 3}, {900, 8}, {1590, 5}};
	const struct rag_ranges filters[] = {{tenth, 2}, {few, 3}};
	struct rag_search_store store;

	move_to_the_end(fix);
	store = read_store(fix);
	for (size_t i = 0; i < BH_COUNT(filters); i++)
		assert_true(recall(fix, &store, &filters[i]) >= 0.999);
}

/* A neighbour of the same tenant has a graph of its own: it takes no place here. */
static void
another_store_of_the_tenant_changes_nothing(void **state)
{
	struct fixture *fix = *state;
	struct fixture second = *fix;
	struct rag_search_store store;

	move_to_the_end(fix);
	second.store = bh_uuid_new();
	second.db = rag_testing_as(&second.tenant);
	assert_int_equal(bh_tx_run(&second.db, write_store, &second), 0);
	script(&second, VECTORS(1, 1600));
	script(&second, "UPDATE bulkhead.store_statistics SET n_chunks = 1600 WHERE store_id = {s}");
	rag_testing_no_jobs();
	assert_int_equal(bh_tx_run(&second.db, add_job, &second), 0);
	hold_job(&second);
	move_to_the_end(&second);

	assert_int_equal(own_rows(fix), 2 * CHUNKS);
	assert_int_equal(own_tables(fix), 3);
	store = read_store(fix);
	assert_true(recall(fix, &store, NULL) >= 0.99);
}

struct searcher {
	struct fixture *fix;
	const struct bh_floats *vectors;
	bool stop; /* atomic */
	int64_t searches, short_ones, wrong_ones;
};

static void *
search_on(void *ctx)
{
	struct searcher *searcher = ctx;
	struct fixture *fix = searcher->fix;
	const struct bh_floats *vectors = searcher->vectors;

	for (size_t i = 0; !__atomic_load_n(&searcher->stop, __ATOMIC_RELAXED); i++) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = fix->db;
		struct bh_floats query = vectors[i * 97 % 500];
		struct rag_search_store store;
		struct rag_leg_hit *hits;
		size_t n = 0;
		int rc;

		db.arena = &arena;
		rc = rag_store_search_store(&db, &fix->tenant, &fix->store, &store);
		if (rc == 0)
			rc = rag_nearest_find(&db, &fix->tenant, &store, query, NULL, K, &hits, &n);
		searcher->searches++;
		searcher->short_ones += rc < 0 || n < K;
		/* The vector itself is there, whatever comes after it. */
		searcher->wrong_ones += rc == 0 && n > 0 && hits[0].score < 0.9999;
	}
	return NULL;
}

static void
searches_that_never_stop_are_neither_short_nor_wrong(void **state)
{
	struct fixture *fix = *state;
	struct searcher searchers[2] = {{.fix = fix, .vectors = fix->vectors},
		{.fix = fix, .vectors = fix->vectors}};
	pthread_t threads[2];

	for (size_t i = 0; i < BH_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, search_on, &searchers[i]), 0);
	move_to_the_end(fix);
	shrink(fix);
	move_to_the_end(fix);
	for (size_t i = 0; i < BH_COUNT(threads); i++) {
		__atomic_store_n(&searchers[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		assert_true(searchers[i].searches > 0);
		assert_int_equal(searchers[i].short_ones, 0);
		assert_int_equal(searchers[i].wrong_ones, 0);
	}
	/* The tenant's own table, empty, stays if searches held its lock just then; the store's does not. */
	assert_true(own_tables(fix) <= 1);
	assert_int_equal(own_rows(fix), 0);
}

static int
remove_store(struct bh_db *db, const struct fixture *fix)
{
	return rag_remove_store(db, &fix->tenant, &fix->store, NULL);
}

static void
a_store_that_goes_takes_its_table_along(void **state)
{
	struct fixture *fix = *state;
	int64_t copied;

	for (int i = 0; i < 3; i++)
		assert_int_equal(rag_move_run(&fix->job, 0), BH_JOB_YIELD_MOVED);
	copied = own_rows(fix);
	assert_int_equal(remove_store(&fix->db, fix), 0);
	assert_int_equal(rag_move_run(&fix->job, 0), BH_JOB_ENDED);
	assert_true(own_rows(fix) > 0);
	/* It is still the subject of the lease. */
	assert_int_equal(rag_purge_run(&fix->job, LEASE_MS), BH_JOB_DONE);
	assert_int_equal(own_tables(fix), 0);
	assert_int_equal(shared_rows(fix), 0);
	/* Its receipt counts both sides, and the table under its own name. */
	assert_int_equal(count(fix,
						 "SELECT n FROM bulkhead.receipt_count WHERE tenant_id = $1"
						 "   AND part LIKE 'chunk\\_vector\\_384\\_own\\_%'"),
		copied);
	assert_int_equal(count(fix,
						 "SELECT n FROM bulkhead.receipt_count WHERE tenant_id = $1"
						 "   AND part ~ '^chunk_vector_384_[0-9]+$'"),
		CHUNKS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_large_store_gets_a_table_of_its_own_and_a_small_one_loses_it, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(after_a_death_in_any_step_it_goes_on_and_no_search_is_short,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(what_is_written_and_deleted_meanwhile_is_so_afterwards,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_filter_never_shortens_the_answer, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(another_store_of_the_tenant_changes_nothing, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(searches_that_never_stop_are_neither_short_nor_wrong,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_store_that_goes_takes_its_table_along, open_fixture,
			close_fixture),
	};

	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
