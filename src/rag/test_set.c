/* SPDX-License-Identifier: Apache-2.0 */
/* test_set.c: a store's vectors are made beside those that are searched, swapped at once, and removed in steps, on either
 * side; and every search meanwhile finds all there is of one set or the other. */
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
#include "rag/nearest.h"
#include "rag/rag.h"
#include "rag/reembed.h"
#include "rag/store_set.h"
#include "rag/testing.h"

enum { CHUNKS = 60, OLD = 384, NEW = 768, K = 10, LEASE_MS = 600000 };

static struct rag service = {.conf.own_vectors_chunks = 1000};

struct fixture {
	struct bh_uuid tenant, store, file;
	struct bh_db db;
	struct bh_job job;
	struct rag_set set;
	bool stop;               /* atomic: for the searching thread */
	int64_t old, new, wrong; /* searches that found one set or the other whole, or neither */
};

/* As the set-up role; {t} is the tenant, {s} the store, {f} the file. */
static void
script(const struct fixture *fix, const char *text)
{
	rag_testing_script(&fix->tenant, &fix->store, &fix->file, text);
}

static int
write_store(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_testing_store(tx, &fix->tenant, &fix->store, "old", OLD);
}

static int64_t
count(const struct fixture *fix, const char *sql)
{
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);
	int64_t n = -1;

	assert_int_equal(bh_db_one(&setup, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &n), 0);
	return n;
}

static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->tenant = bh_uuid_new();
	fix->store = bh_uuid_new();
	fix->file = bh_uuid_new();
	fix->db = rag_testing_as(&fix->tenant);
	*state = fix;
	rag_testing_no_jobs();
	assert_int_equal(bh_tx_run(&fix->db, write_store, fix), 0);
	script(fix,
		"INSERT INTO bulkhead.file_object (tenant_id, id, sha256, bytes)"
		" VALUES ({t}, {f}, decode(repeat('00', 32), 'hex'), 1);"
		"INSERT INTO bulkhead.file (tenant_id, id, object_id, filename, purpose, bytes, sha256, "
		"content_type)"
		" VALUES ({t}, {f}, {f}, 'a', 'assistants', 1, decode(repeat('00', 32), 'hex'), '');"
		"INSERT INTO bulkhead.vector_store_file (tenant_id, store_id, file_id, id, job_id, status,"
		" attributes, chunking, chunk_tokens, overlap_tokens, usage_bytes, chunk_first, n_chunks)"
		" VALUES ({t}, {s}, {f}, {f}, {f}, 'completed', '{}', 'auto', 256, 0, 60 * (1 + 384 * 4),"
		"         1, 60);"
		"INSERT INTO bulkhead.chunk (tenant_id, store_id, chunk_id, file_id, start_at, end_at,"
		" page_start, page_end, heading, text)"
		" SELECT {t}, {s}, n, {f}, n, n + 1, 0, 0, '', 'x' FROM generate_series(1, 60) AS n;"
		"INSERT INTO bulkhead.chunk_vector_384"
		" SELECT {t}, {s}, n, 0, {f}, l2_normalize((SELECT array_agg(sin(n * d)) "
		"FROM generate_series(1, 384) AS d)::real[]::vector) FROM generate_series(1, 60) AS n;"
		"UPDATE bulkhead.store_statistics SET n_chunks = 60, next_chunk = 61, parts_max = 1"
		" WHERE tenant_id = {t}");
	return 0;
}

static int
close_fixture(void **state)
{
	free(*state);
	return 0;
}

/* ---- what the job does, with vectors that no model makes ---- */

static int
ask(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_reembed_ask(tx, &fix->tenant, &fix->store, "new", NEW);
}

static int
build(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;
	struct rag_set *set = &fix->set;
	struct rag_place place;
	bool found = false;
	int rc = rag_store_move_lock(tx, &fix->tenant, &fix->store, &place);

	if (rc == 0)
		rc = rag_store_set_next(tx, &fix->tenant, &fix->store, set, &found);
	assert_true(found);
	if (rc == 0 && service.conf.own_vectors_chunks < CHUNKS)
		rc = rag_store_move_open(tx, &fix->tenant, &set->id, NEW, &set->own_vectors);
	for (int64_t chunk = 1; rc == 0 && chunk <= CHUNKS; chunk++) {
		float floats[NEW] = {0};
		int64_t rows = 0;

		floats[chunk] = 1;
		rc = rag_store_set_put(tx, &fix->tenant, &fix->store, set, chunk, 0,
			(struct bh_floats){floats, NEW}, &rows);
		set->n_chunks += rows;
	}
	set->parts_max = 1;
	set->chunk_last = CHUNKS;
	if (rc == 0)
		rc = rag_store_set_count(tx, &fix->tenant, &fix->store, set, 1, CHUNKS);
	return rc < 0 ? rc : rag_store_set_advance(tx, &fix->tenant, set);
}

static int
swap(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;
	struct rag_place place;
	int rc = rag_store_move_lock(tx, &fix->tenant, &fix->store, &place);

	return rc < 0 ? rc : rag_store_set_swap(tx, &fix->tenant, &fix->store, &place, &fix->set);
}

/* Clears what is retired; without a model there is nothing to build. */
static void
run_job(struct fixture *fix)
{
	int rc;

	fix->job = (struct bh_job){.pool = rag_testing_pool,
		.service = &service,
		.db = rag_testing_as(NULL)};
	assert_int_equal(bh_lease_claim(&fix->job.db, RAG_QUEUE, "test", LEASE_MS, NULL,
						 &fix->job.lease),
		0);
	assert_string_equal(fix->job.lease.kind, RAG_JOB_REEMBED);
	do
		rc = rag_reembed_run(&fix->job, 0);
	while (rc == BH_JOB_YIELD_MOVED);
	assert_int_equal(rc, BH_JOB_ENDED);
}

static struct rag_search_store
read_store(const struct fixture *fix, struct bh_db *db)
{
	struct rag_search_store store;

	assert_int_equal(rag_store_search_store(db, &fix->tenant, &fix->store, &store), 0);
	return store;
}

/* A search with the vector that the store's model would make. */
static int
find(const struct fixture *fix, struct bh_db *db, const struct rag_search_store *store, size_t *out)
{
	static const float query[NEW] = {[5] = 1};
	const struct bh_floats floats = {query, (size_t)store->dimensions};
	struct rag_leg_hit *hits;

	*out = 0;
	return rag_nearest_find(db, &fix->tenant, store, floats, NULL, K, &hits, out);
}

static void *
search(void *ctx)
{
	struct fixture *fix = ctx;

	while (!__atomic_load_n(&fix->stop, __ATOMIC_RELAXED)) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = fix->db;
		struct rag_search_store store;
		size_t n = 0;
		int rc;

		db.arena = &arena;
		rc = rag_store_search_store(&db, &fix->tenant, &fix->store, &store);
		if (rc == 0)
			rc = find(fix, &db, &store, &n);
		if (rc == BH_E_CONFLICT)
			continue;
		if (rc < 0 || n != K)
			fix->wrong++;
		else if (store.dimensions == OLD)
			fix->old++;
		else
			__atomic_add_fetch(&fix->new, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

#define SETS "SELECT count(*) FROM bulkhead.vector_set WHERE tenant_id = $1"
#define OLD_ROWS \
	"SELECT (SELECT count(*) FROM bulkhead.chunk_vector_384 WHERE tenant_id = $1)" \
	"     + (SELECT count(*) FROM bulkhead.chunk_vector_384_own WHERE tenant_id = $1)"
#define NEW_ROWS \
	"SELECT (SELECT count(*) FROM bulkhead.chunk_vector_768 WHERE tenant_id = $1)" \
	"     + (SELECT count(*) FROM bulkhead.chunk_vector_768_own WHERE tenant_id = $1)"
#define USAGE "SELECT usage_bytes FROM bulkhead.vector_store_file WHERE tenant_id = $1"

static void
change(struct fixture *fix)
{
	pthread_t thread;
	int64_t searched;

	assert_int_equal(bh_tx_run(&fix->db, ask, fix), 0);
	assert_int_equal(pthread_create(&thread, NULL, search, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, build, fix), 0);
	assert_int_equal(count(fix, USAGE), CHUNKS * (1 + (OLD + NEW) * 4));
	assert_int_equal(bh_tx_run(&fix->db, swap, fix), 0);
	run_job(fix);
	searched = __atomic_load_n(&fix->new, __ATOMIC_RELAXED);
	while (__atomic_load_n(&fix->new, __ATOMIC_RELAXED) < searched + 5)
		sched_yield();
	__atomic_store_n(&fix->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(fix->wrong, 0);
	assert_int_equal(count(fix, OLD_ROWS), 0);
	assert_int_equal(count(fix, NEW_ROWS), CHUNKS);
	assert_int_equal(count(fix, USAGE), CHUNKS * (1 + NEW * 4));
	assert_int_equal(count(fix, SETS " AND state <> 'searched'"), 0);
}

static void
a_store_is_searched_whole_before_and_after_the_swap(void **state)
{
	change(*state);
}

static void
a_large_store_gets_a_table_for_its_new_vectors_and_loses_the_old_one(void **state)
{
	struct fixture *fix = *state;

	script(fix,
		"SELECT set_config('bulkhead.tenant_id', {t}, false);"
		"SELECT bulkhead.own_vectors_open({t}, {s}, 384);"
		"INSERT INTO bulkhead.chunk_vector_384_own SELECT * FROM bulkhead.chunk_vector_384"
		" WHERE tenant_id = {t};"
		"UPDATE bulkhead.store_statistics SET own_vectors = true WHERE tenant_id = {t}");
	service.conf.own_vectors_chunks = CHUNKS / 2;
	change(fix);
	service.conf.own_vectors_chunks = 1000;
	assert_int_equal(count(fix,
						 "SELECT count(*) FROM bulkhead.chunk_vector_768_own WHERE tenant_id = $1"),
		CHUNKS);
	assert_int_equal(count(fix,
						 "SELECT count(*) FROM pg_partition_tree('bulkhead.chunk_vector_384_own') "
						 "WHERE isleaf AND level = 2 AND $1::uuid IS NOT NULL"),
		0);
}

static void
a_search_that_read_the_store_before_the_swap_begins_again(void **state)
{
	struct fixture *fix = *state;
	struct rag_search_store before = read_store(fix, &fix->db), after;
	int64_t chunk = 5;
	struct rag_leg_hit *hits;
	float query[OLD] = {1};
	size_t n = 1;

	assert_int_equal(bh_tx_run(&fix->db, ask, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, build, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, swap, fix), 0);
	assert_int_equal(find(fix, &fix->db, &before, &n), BH_E_CONFLICT);
	/* The old vectors are still there, and are no longer found. */
	assert_int_equal(count(fix, OLD_ROWS), CHUNKS);
	assert_int_equal(rag_store_search_cosines(&fix->db, &fix->tenant, &before.statistics.vectors,
						 (struct bh_floats){query, OLD}, &chunk, 1, &hits, &n),
		0);
	assert_int_equal(n, 0);
	after = read_store(fix, &fix->db);
	assert_string_equal(after.embedding_model, "new");
	assert_int_equal(find(fix, &fix->db, &after, &n), 0);
	assert_int_equal(n, K);
}

static int
back(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_reembed_ask(tx, &fix->tenant, &fix->store, "old", OLD);
}

static void
a_change_that_is_cancelled_leaves_nothing(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_tx_run(&fix->db, ask, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, build, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, back, fix), 0);
	run_job(fix);
	assert_int_equal(count(fix, SETS), 0);
	assert_int_equal(count(fix, NEW_ROWS), 0);
	assert_int_equal(count(fix, OLD_ROWS), CHUNKS);
	assert_int_equal(count(fix, USAGE), CHUNKS * (1 + OLD * 4));
}

static int
ask_another(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_reembed_ask(tx, &fix->tenant, &fix->store, "another", NEW);
}

static void
changes_of_mind_before_the_first_vector_leave_one_set(void **state)
{
	struct fixture *fix = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(bh_tx_run(&fix->db, ask, fix), 0);
		assert_int_equal(bh_tx_run(&fix->db, ask_another, fix), 0);
	}
	assert_int_equal(count(fix, SETS), 1);
	/* One with vectors stays until these are removed. */
	assert_int_equal(bh_tx_run(&fix->db, build, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, ask, fix), 0);
	assert_int_equal(count(fix, SETS), 2);
}

static int
drop(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_store_index_drop_chunks(tx, &fix->tenant, &fix->store, 1, 20);
}

static void
chunks_that_go_take_the_vectors_of_all_sets_with_them(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_tx_run(&fix->db, ask, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, build, fix), 0);
	assert_int_equal(bh_tx_run(&fix->db, drop, fix), 0);
	assert_int_equal(count(fix, OLD_ROWS), CHUNKS - 20);
	assert_int_equal(count(fix, NEW_ROWS), CHUNKS - 20);
}

int
main(void)
{
#define WITH_STORE(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_store_is_searched_whole_before_and_after_the_swap),
		WITH_STORE(a_large_store_gets_a_table_for_its_new_vectors_and_loses_the_old_one),
		WITH_STORE(a_search_that_read_the_store_before_the_swap_begins_again),
		WITH_STORE(a_change_that_is_cancelled_leaves_nothing),
		WITH_STORE(changes_of_mind_before_the_first_vector_leave_one_set),
		WITH_STORE(chunks_that_go_take_the_vectors_of_all_sets_with_them),
	};

	return cmocka_run_group_tests_name("rag_set", tests, rag_testing_open, rag_testing_close);
}
