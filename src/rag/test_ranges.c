/* SPDX-License-Identifier: Apache-2.0 */
/* test_ranges.c: the chunks that a filter keeps, of stores with more files than are read at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/ranges.h"
#include "rag/store.h"
#include "rag/testing.h"

/* A store whose n-th file (from 1) has ten chunks from 10 n on, "n" as its number; every tenth has none. */
static void
make_store(const struct bh_uuid *tenant, const struct bh_uuid *store, int files)
{
	char ids[2][BH_UUID_TEXT];
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};

	bh_uuid_format(tenant, ids[0]);
	bh_uuid_format(store, ids[1]);
	bh_buf_printf(&sql,
		"SET search_path = bulkhead, public;"
		"INSERT INTO vector_store (tenant_id, id, name, description, metadata, embedding_model)"
		" VALUES ('%s', '%s', '', '', '{}', 'm');"
		"CREATE TEMPORARY TABLE new_file AS SELECT gen_random_uuid() AS id, n"
		"  FROM generate_series(1, %d) AS n;"
		"INSERT INTO file (tenant_id, id, filename, purpose, bytes, sha256, content_type)"
		" SELECT '%s', id, 'f', 'assistants', 1, sha256('x'), '' FROM new_file;"
		"INSERT INTO vector_store_file (tenant_id, store_id, file_id, id, job_id, status, "
		"attributes,"
		"  chunking, chunk_tokens, overlap_tokens, chunk_first, n_chunks)"
		" SELECT '%s', '%s', id, gen_random_uuid(), gen_random_uuid(), 'completed',"
		"  jsonb_build_object('n', n), 'auto', 256, 0,"
		"  CASE WHEN n %% 10 = 0 THEN 0 ELSE 10 * n END, CASE WHEN n %% 10 = 0 THEN 0 ELSE 10 END"
		"  FROM new_file;"
		"DROP TABLE new_file",
		ids[0], ids[1], files, ids[0], ids[0], ids[1]);
	assert_int_equal(bh_test_db_script(&rag_testing_db, bh_buf_string(&sql)), 0);
}

static int64_t next_chunk = INT64_MAX;

static struct rag_range *
find(const struct bh_uuid *context, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const char *json, size_t *out_n)
{
	struct bh_db db = rag_testing_as(context);
	struct bh_json_doc doc = {0};
	struct rag_filter *filter = NULL;
	struct rag_range *ranges = NULL;

	assert_int_equal(bh_json_parse(json, strlen(json), &doc), 0);
	assert_int_equal(rag_filter_compile(doc.root, "filters", db.arena, &filter), 0);
	assert_int_equal(rag_ranges_find(&db, tenant, store, filter, next_chunk, &ranges, out_n), 0);
	bh_json_close(&doc);
	return ranges;
}

static void
neighbouring_files_are_one_range_whatever_lies_between_them(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), store = bh_uuid_new();
	struct rag_range *ranges;
	size_t n = 0;

	(void)state;
	make_store(&tenant, &store, 1234);
	ranges = find(&tenant, &tenant, &store, "{\"type\":\"gte\",\"key\":\"n\",\"value\":1}", &n);
	assert_int_equal(n, 1);
	assert_int_equal(ranges[0].first, 10);
	assert_int_equal(ranges[0].n, 1234 * 10);

	ranges = find(&tenant, &tenant, &store,
		"{\"type\":\"in\",\"key\":\"n\",\"value\":[1234,7,8,9,11,13]}", &n);
	assert_int_equal(n, 3);
	assert_int_equal(ranges[0].first, 70);
	assert_int_equal(ranges[0].n, 50);
	assert_int_equal(ranges[1].first, 130);
	assert_int_equal(ranges[2].first, 12340);
	assert_int_equal(ranges[2].n, 10);
}

/* A file of which a later piece tells, behind one that an earlier piece did not have yet. */
static void
files_that_came_since_the_search_began_do_not_count(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), store = bh_uuid_new();
	struct rag_range *ranges;
	size_t n = 0;

	(void)state;
	make_store(&tenant, &store, 9);
	next_chunk = 70;
	ranges = find(&tenant, &tenant, &store, "{\"type\":\"in\",\"key\":\"n\",\"value\":[5,6,8,9]}",
		&n);
	next_chunk = INT64_MAX;
	assert_int_equal(n, 1);
	assert_int_equal(ranges[0].first, 50);
	assert_int_equal(ranges[0].n, 20);
}

static void
nothing_matches_where_no_file_has_chunks_or_the_value(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), store = bh_uuid_new(), stranger = bh_uuid_new();
	size_t n = 7;

	(void)state;
	make_store(&tenant, &store, 20);
	find(&tenant, &tenant, &store, "{\"type\":\"eq\",\"key\":\"n\",\"value\":10}", &n);
	assert_int_equal(n, 0);
	find(&tenant, &tenant, &store, "{\"type\":\"eq\",\"key\":\"other\",\"value\":1}", &n);
	assert_int_equal(n, 0);
	find(&stranger, &tenant, &store, "{\"type\":\"gte\",\"key\":\"n\",\"value\":1}", &n);
	assert_int_equal(n, 0);
	find(&tenant, &stranger, &store, "{\"type\":\"gte\",\"key\":\"n\",\"value\":1}", &n);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbouring_files_are_one_range_whatever_lies_between_them),
		cmocka_unit_test(files_that_came_since_the_search_began_do_not_count),
		cmocka_unit_test(nothing_matches_where_no_file_has_chunks_or_the_value),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
