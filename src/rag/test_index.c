/* SPDX-License-Identifier: Apache-2.0 */
/* test_index.c: what goes into a store's index is found, and what is taken out leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/index.h"
#include "rag/ranges.h"
#include "rag/store.h"
#include "rag/testing.h"
#include "sec/digest.h"
#include "text/terms.h"

enum { DIMENSIONS = 384 };

/* A tenant with a store. */
struct fixture {
	struct bh_db db;
	struct bh_uuid tenant, store;
};

/* A file whose chunks each have one vector, along the axis named. */
struct sample {
	struct fixture *fix;
	struct rag_store_file row;
	const char *const *texts;
	const size_t *axes;
	size_t n;
};

static struct bh_floats
axis(struct bh_arena *arena, size_t which)
{
	float *floats = bh_arena_array(arena, DIMENSIONS, sizeof(*floats));

	floats[which] = 1;
	return (struct bh_floats){floats, DIMENSIONS};
}

static int
setup_store(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_testing_store(tx, &fix->tenant, &fix->store, "m", DIMENSIONS);
}

static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->tenant = bh_uuid_new();
	fix->store = bh_uuid_new();
	fix->db = rag_testing_as(&fix->tenant);
	*state = fix;
	return bh_tx_run(&fix->db, setup_store, fix);
}

static int
close_fixture(void **state)
{
	free(*state);
	return 0;
}

static int
write_sample(struct bh_db *tx, void *ctx)
{
	struct sample *sample = ctx;
	const struct bh_uuid *tenant = &sample->fix->tenant;
	struct rag_index_chunk *chunks = bh_arena_array(tx->arena, sample->n, sizeof(*chunks));
	const struct rag_file file = {.id = sample->row.file_id,
		.filename = "f",
		.purpose = "assistants",
		.content_type = "",
		.sha256 = {"0123456789abcdef0123456789abcdef", 32},
		.created_ms = 1};
	struct rag_index_plan *plan;
	struct rag_file kept;
	int rc = rag_store_file_add(tx, tenant, &file, &kept);

	if (rc == 0)
		rc = rag_store_attachment_add(tx, tenant, &sample->row);
	for (size_t i = 0; rc == 0 && i < sample->n; i++) {
		struct bh_digest hash;
		struct bh_bytes *bytes = bh_arena_alloc(tx->arena, sizeof(*bytes));

		bh_digest_sha256(sample->texts[i], strlen(sample->texts[i]), &hash);
		*bytes = (struct bh_bytes){bh_arena_copy(tx->arena, hash.bytes, 32), 32};
		chunks[i] = (struct rag_index_chunk){.heading = "",
			.text = sample->texts[i],
			.end = (int64_t)strlen(sample->texts[i]),
			.hashes = bytes,
			.n_parts = 1};
		rc = rag_store_staging_add(tx, tenant, &sample->row.id, hash.bytes,
			axis(tx->arena, sample->axes[i]));
	}
	if (rc == 0)
		rc = rag_index_plan(tx->arena, chunks, sample->n, &plan);
	if (rc == 0)
		rc = rag_index_add(tx, tenant, &sample->row, DIMENSIONS, plan, &sample->row.chunk_first);
	sample->row.n_chunks = (int64_t)sample->n;
	if (rc == 0)
		rc = rag_store_attachment_complete(tx, tenant, &sample->row.id, sample->row.chunk_first,
			(int64_t)sample->n, 1);
	return rc < 0 ? rc : rag_store_staging_clear(tx, tenant, &sample->row.id);
}

static struct sample
add_sample(struct fixture *fix, const char *attributes, const char *const *texts,
	const size_t *axes, size_t n)
{
	struct sample sample = {.fix = fix,
		.texts = texts,
		.axes = axes,
		.n = n,
		.row = {.store_id = fix->store,
			.file_id = bh_uuid_new(),
			.id = bh_uuid_new(),
			.job_id = bh_uuid_new(),
			.attributes = attributes,
			.chunking = "auto",
			.chunk_tokens = 256}};

	assert_int_equal(bh_tx_run(&fix->db, write_sample, &sample), 0);
	return sample;
}

static int
remove_sample(struct bh_db *tx, void *ctx)
{
	const struct sample *sample = ctx;
	int rc = rag_index_remove(tx, &sample->fix->tenant, &sample->row);

	return rc < 0 ? rc
				  : rag_store_attachment_delete(tx, &sample->fix->tenant, &sample->row.store_id,
						&sample->row.file_id);
}

/* Chunks where a term occurs. */
static int64_t
frequency(struct fixture *fix, const char *term)
{
	struct rag_term_block *blocks;
	int64_t n = 0;
	size_t count;

	assert_int_equal(rag_store_search_postings(&fix->db, &fix->tenant, &fix->store, &term, 1,
						 &blocks, &count),
		0);
	for (size_t i = 0; i < count; i++)
		n += blocks[i].block.n;
	return n;
}

static struct rag_search_store
search_store(struct fixture *fix)
{
	struct rag_search_store store;

	assert_int_equal(rag_store_search_store(&fix->db, &fix->tenant, &fix->store, &store), 0);
	return store;
}

/* Rows of this store in all tables of the index, seen without row security. */
static int64_t
residue(struct fixture *fix)
{
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);
	static const char sql[] =
		"SELECT (SELECT count(*) FROM bulkhead.chunk WHERE tenant_id = $1)"
		"     + (SELECT count(*) FROM bulkhead.posting WHERE tenant_id = $1)"
		"     + (SELECT count(*) FROM bulkhead.ingest_vector WHERE tenant_id = $1)"
		"     + (SELECT count(*) FROM bulkhead.chunk_vector_384 WHERE tenant_id = $1)"
		"     + (SELECT count(*) FROM bulkhead.chunk_vector_384_own WHERE tenant_id = $1)";
	int64_t n = -1;

	assert_int_equal(bh_db_one(&setup, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &n), 0);
	return n;
}

static const char *const two[] = {"alpha beta beta", "beta gamma"};
static const char *const one[] = {"beta delta"};
static const size_t axes[] = {0, 1, 2};

static void
words_and_vectors_are_found_by_chunk(void **state)
{
	struct fixture *fix = *state;
	struct sample sample = add_sample(fix, "{}", two, axes, 2);
	struct rag_search_store store = search_store(fix);
	struct rag_leg_hit *hits;
	size_t n;

	assert_int_equal(store.statistics.n_chunks, 2);
	assert_int_equal(store.statistics.total_terms, 5);
	assert_int_equal(frequency(fix, "beta"), 2);
	assert_int_equal(frequency(fix, "alpha"), 1);
	assert_int_equal(frequency(fix, "omega"), 0);
	assert_int_equal(rag_store_search_vectors(&fix->db, &fix->tenant, &store,
						 axis(fix->db.arena, 1), NULL, 10, &hits, &n),
		0);
	assert_int_equal(n, 2);
	assert_int_equal(hits[0].chunk_id, sample.row.chunk_first + 1);
	assert_true(hits[0].score > 0.99 && hits[1].score < 0.01);
}

/* Gives the tenant a partition of its own, as whoever moves it does. */
static void
move_tenant(struct fixture *fix)
{
	static const char insert[] = "INSERT INTO bulkhead.chunk_vector_384_own"
								 " SELECT * FROM bulkhead.chunk_vector_384 WHERE tenant_id = $1";
	static const char update[] =
		"UPDATE bulkhead.store_statistics SET own_vectors = true WHERE tenant_id = $1";
	static char create[256]; /* as long as the connection: statements are known by their place */
	const struct bh_param params[] = {bh_uuid_param(&fix->tenant)};
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);
	char tenant[BH_UUID_TEXT];

	bh_uuid_format(&fix->tenant, tenant);
	snprintf(create, sizeof(create),
		"CREATE TABLE bulkhead.chunk_vector_384_own_moved"
		" PARTITION OF bulkhead.chunk_vector_384_own FOR VALUES IN ('%s')",
		tenant);
	assert_int_equal(bh_db_exec(&setup, create, NULL, 0, NULL), 0);
	assert_int_equal(bh_db_exec(&setup, insert, BH_LIST(params), NULL), 0);
	assert_int_equal(bh_db_exec(&setup, update, BH_LIST(params), NULL), 0);
}

static void
a_tenant_with_its_own_partition_is_searched_written_and_removed_there(void **state)
{
	struct fixture *fix = *state;
	struct sample first = add_sample(fix, "{}", two, axes, 2), second;
	struct rag_search_store store;
	struct rag_leg_hit *hits;
	size_t n;

	move_tenant(fix);
	second = add_sample(fix, "{}", one, axes + 2, 1);
	store = search_store(fix);
	assert_true(store.statistics.own_vectors);
	assert_int_equal(rag_store_search_vectors(&fix->db, &fix->tenant, &store,
						 axis(fix->db.arena, 2), NULL, 10, &hits, &n),
		0);
	assert_int_equal(n, 3);
	assert_int_equal(hits[0].chunk_id, second.row.chunk_first);

	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &first), 0);
	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &second), 0);
	assert_int_equal(residue(fix), 0);
}

static void
a_second_file_joins_the_blocks_of_the_first(void **state)
{
	struct fixture *fix = *state;
	struct rag_term_block *blocks;
	const char *term = "beta";
	size_t n;

	add_sample(fix, "{}", two, axes, 2);
	add_sample(fix, "{}", one, axes, 1);

	assert_int_equal(frequency(fix, "beta"), 3);
	assert_int_equal(rag_store_search_postings(&fix->db, &fix->tenant, &fix->store, &term, 1,
						 &blocks, &n),
		0);
	assert_int_equal(n, 1);
}

static void
removing_a_file_leaves_the_other_untouched(void **state)
{
	struct fixture *fix = *state;
	struct sample first = add_sample(fix, "{}", two, axes, 2);
	struct sample second = add_sample(fix, "{}", one, axes, 1);
	struct rag_search_store store;

	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &first), 0);
	store = search_store(fix);
	assert_int_equal(store.statistics.n_chunks, 1);
	assert_int_equal(store.statistics.total_terms, 2);
	assert_int_equal(frequency(fix, "beta"), 1);
	assert_int_equal(frequency(fix, "alpha"), 0);
	assert_int_equal(frequency(fix, "delta"), 1);

	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &second), 0);
	assert_int_equal(residue(fix), 0);
	assert_int_equal(search_store(fix).statistics.n_chunks, 0);
}

static void
a_number_is_never_used_twice(void **state)
{
	struct fixture *fix = *state;
	struct sample first = add_sample(fix, "{}", two, axes, 2), second;

	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &first), 0);
	second = add_sample(fix, "{}", one, axes, 1);
	assert_true(second.row.chunk_first >= first.row.chunk_first + 2);
}

static void
find_ranges(struct fixture *fix, const char *type, struct rag_range **out, size_t *out_n)
{
	struct bh_json_doc doc = {0};
	struct rag_filter *filter;
	const char *json = bh_arena_printf(fix->db.arena,
		"{\"type\":\"%s\",\"key\":\"colour\",\"value\":\"red\"}", type);

	assert_int_equal(bh_json_parse(json, strlen(json), &doc), 0);
	assert_int_equal(rag_filter_compile(doc.root, "filters", fix->db.arena, &filter), 0);
	assert_int_equal(rag_ranges_find(&fix->db, &fix->tenant, &fix->store, filter, INT64_MAX, out,
						 out_n),
		0);
	bh_json_close(&doc);
}

static void
a_filter_acts_inside_both_legs(void **state)
{
	struct fixture *fix = *state;
	struct sample red = add_sample(fix, "{\"colour\":\"red\",\"year\":2020}", one, axes + 1, 1);
	struct rag_search_store store;
	struct rag_leg_hit *hits;
	struct rag_range *ranges;
	struct rag_ranges within;
	size_t n;

	for (int i = 0; i < 20; i++)
		add_sample(fix, "{\"colour\":7}", two, axes, 2);
	store = search_store(fix);
	find_ranges(fix, "eq", &ranges, &n);
	assert_int_equal(n, 1);
	assert_int_equal(ranges[0].first, red.row.chunk_first);
	/* The nearest twenty are all of another colour. */
	within = (struct rag_ranges){ranges, n};
	assert_int_equal(rag_store_search_vectors(&fix->db, &fix->tenant, &store,
						 axis(fix->db.arena, 0), &within, 5, &hits, &n),
		0);
	assert_int_equal(n, 1);
	assert_int_equal(hits[0].chunk_id, red.row.chunk_first);
	/* "Not red" holds for a value of another type; twenty files in a row are one range. */
	find_ranges(fix, "ne", &ranges, &n);
	assert_int_equal(n, 1);
	assert_int_equal(ranges[0].n, 40);
	within = (struct rag_ranges){ranges, n};
	assert_int_equal(rag_store_search_vectors(&fix->db, &fix->tenant, &store,
						 axis(fix->db.arena, 0), &within, 100, &hits, &n),
		0);
	assert_int_equal(n, 40);
}

static void
a_foreign_tenant_finds_nothing_with_either_lock(void **state)
{
	struct fixture *fix = *state;
	struct rag_search_store store;
	struct bh_uuid stranger = bh_uuid_new();
	struct bh_db foreign = rag_testing_as(&stranger);
	struct rag_leg_hit *hits;
	size_t n;

	add_sample(fix, "{}", two, axes, 2);
	store = search_store(fix);
	assert_int_equal(rag_store_search_vectors(&foreign, &fix->tenant, &store,
						 axis(foreign.arena, 0), NULL, 10, &hits, &n),
		0);
	assert_int_equal(n, 0);
	assert_int_equal(rag_store_search_vectors(&fix->db, &stranger, &store, axis(fix->db.arena, 0),
						 NULL, 10, &hits, &n),
		0);
	assert_int_equal(n, 0);
	assert_int_equal(rag_store_search_store(&foreign, &stranger, &fix->store, &store),
		BH_E_NOT_FOUND);
}

static void
a_purge_ends_with_nothing_left(void **state)
{
	struct fixture *fix = *state;
	int64_t rows = 1;

	add_sample(fix, "{}", two, axes, 2);
	assert_true(residue(fix) > 0);
	while (rows > 0)
		assert_int_equal(rag_store_index_purge(&fix->db, &fix->tenant, &fix->store, &rows), 0);
	assert_int_equal(residue(fix), 0);
}

static void
many_chunks_make_many_blocks_and_come_out_again(void **state)
{
	enum { N = 3000 };
	struct fixture *fix = *state;
	const char **texts = bh_arena_array(fix->db.arena, N, sizeof(*texts));
	size_t *all = bh_arena_array(fix->db.arena, N, sizeof(*all));
	struct sample first, second;

	for (size_t i = 0; i < N; i++) {
		texts[i] = bh_arena_printf(fix->db.arena, "common word%zu", i);
		all[i] = i % DIMENSIONS;
	}
	first = add_sample(fix, "{}", texts, all, N);
	second = add_sample(fix, "{}", one, axes, 1);
	assert_int_equal(frequency(fix, "common"), N);
	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &first), 0);
	assert_int_equal(frequency(fix, "common"), 0);
	assert_int_equal(frequency(fix, "delta"), 1);
	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &second), 0);
	assert_int_equal(residue(fix), 0);
}

/* Gives the store the terms of an older release, which today's splitter would not make of the texts. */
static void
make_old(struct fixture *fix)
{
	static const char rename[] =
		"UPDATE bulkhead.posting SET term = 'older-' || term WHERE tenant_id = $1";
	static const char mark[] = "UPDATE bulkhead.store_statistics"
							   "   SET terms_version = 1, total_terms = 1, languages = 0"
							   " WHERE tenant_id = $1";
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);

	assert_int_equal(bh_db_exec(&setup, rename, BH_PARAMS(&fix->tenant), NULL), 0);
	assert_int_equal(bh_db_exec(&setup, mark, BH_PARAMS(&fix->tenant), NULL), 0);
}

static void
a_file_leaves_nothing_behind_in_a_store_of_older_terms(void **state)
{
	struct fixture *fix = *state;
	struct sample first = add_sample(fix, "{}", two, axes, 2);
	struct sample second = add_sample(fix, "{}", one, axes, 1);

	make_old(fix);
	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &first), 0);
	assert_int_equal(frequency(fix, "older-beta"), 1);
	assert_int_equal(frequency(fix, "older-alpha"), 0);
	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &second), 0);
	assert_int_equal(residue(fix), 0);
}

/* Stops at the asked-th question; never by 0. */
static bool
is_over(void *ctx)
{
	int *asked = ctx;

	return *asked > 0 && --*asked == 0;
}

struct again {
	struct fixture *fix;
	int stop_at;
};

static int
index_again(struct bh_db *tx, void *ctx)
{
	struct again *again = ctx;

	return rag_index_again(tx, &again->fix->tenant, &again->fix->store, is_over, &again->stop_at);
}

static void
a_store_of_older_terms_is_indexed_again(void **state)
{
	struct fixture *fix = *state;
	struct sample first = add_sample(fix, "{}", two, axes, 2),
				  gone = add_sample(fix, "{}", one, axes, 1),
				  last = add_sample(fix, "{}", one, axes, 1);
	struct again again = {fix, 0};
	struct rag_search_store store;

	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &gone), 0);
	make_old(fix);
	assert_int_equal(bh_tx_run(&fix->db, index_again, &again), 0);
	store = search_store(fix);
	assert_int_equal(store.statistics.terms_version, BH_TERMS_VERSION);
	assert_int_equal(store.statistics.n_chunks, 3);
	assert_int_equal(store.statistics.total_terms, 7);
	assert_int_equal(store.statistics.languages, BH_LANGUAGE_BIT(BH_ENGLISH));
	assert_int_equal(frequency(fix, "older-beta"), 0);
	assert_int_equal(frequency(fix, "beta"), 3);
	/* The numbers of the chunks are the ones they had. */
	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &first), 0);
	assert_int_equal(bh_tx_run(&fix->db, remove_sample, &last), 0);
	assert_int_equal(residue(fix), 0);
}

static void
an_indexing_that_is_stopped_leaves_the_old_postings(void **state)
{
	struct fixture *fix = *state;
	struct again again = {fix, 1};

	add_sample(fix, "{}", two, axes, 2);
	make_old(fix);
	assert_int_equal(bh_tx_run(&fix->db, index_again, &again), BH_E_CANCELLED);
	assert_int_equal(frequency(fix, "older-beta"), 2);
	assert_int_equal(search_store(fix).statistics.terms_version, 1);
}

static void
cosines_of_chunks_are_those_of_the_leg(void **state)
{
	struct fixture *fix = *state;
	struct sample sample = add_sample(fix, "{}", two, axes, 2);
	const int64_t chunks[] = {sample.row.chunk_first + 1, 999};
	struct rag_leg_hit *hits;
	struct bh_uuid stranger = bh_uuid_new();
	size_t n;

	assert_int_equal(rag_store_search_cosines(&fix->db, &fix->tenant, &fix->store,
						 axis(fix->db.arena, 1), chunks, 2, &hits, &n),
		0);
	assert_int_equal(n, 1);
	assert_int_equal(hits[0].chunk_id, chunks[0]);
	assert_true(hits[0].score > 0.99);
	assert_int_equal(rag_store_search_cosines(&fix->db, &stranger, &fix->store,
						 axis(fix->db.arena, 1), chunks, 2, &hits, &n),
		0);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_and_vectors_are_found_by_chunk, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(a_second_file_joins_the_blocks_of_the_first, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(removing_a_file_leaves_the_other_untouched, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(a_number_is_never_used_twice, open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_filter_acts_inside_both_legs, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(a_foreign_tenant_finds_nothing_with_either_lock,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(
			a_tenant_with_its_own_partition_is_searched_written_and_removed_there, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(a_purge_ends_with_nothing_left, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(many_chunks_make_many_blocks_and_come_out_again,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_file_leaves_nothing_behind_in_a_store_of_older_terms,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_store_of_older_terms_is_indexed_again, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(an_indexing_that_is_stopped_leaves_the_old_postings,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(cosines_of_chunks_are_those_of_the_leg, open_fixture,
			close_fixture),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
