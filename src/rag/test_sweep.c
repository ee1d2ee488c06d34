/* test_sweep.c: only an object that surely belongs to nobody may be removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "db/testing.h"
#include "rag/store.h"

static struct bh_test_db test;

static int
group_open(void **state)
{
	(void)state;
	return bh_test_db_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

static struct bh_uuid
a_file_of(const struct bh_uuid *tenant)
{
	static const unsigned char sha256[32];
	struct bh_db db = bh_test_db_as(&test, "bulkhead_rag", tenant);
	const struct rag_file file = {
		.id = bh_uuid_new(),
		.filename = "a.txt",
		.purpose = "assistants",
		.content_type = "text/plain",
		.bytes = 1,
		.sha256 = {sha256, sizeof(sha256)},
		.created_ms = 1700000000000,
	};
	struct rag_file kept;

	assert_int_equal(rag_store_file_add(&db, tenant, &file, &kept), 0);
	return file.id;
}

static size_t
unnamed(const struct bh_uuid *context, const struct bh_uuid *tenant, const struct bh_uuid *ids,
	size_t n, struct bh_uuid *out_first)
{
	struct bh_db db = bh_test_db_as(&test, "bulkhead_rag", context);
	struct bh_uuid *found = NULL;
	size_t count = 0;

	assert_int_equal(rag_store_file_unnamed(&db, tenant, ids, n, &found, &count), 0);
	if (count > 0 && out_first != NULL)
		*out_first = found[0];
	return count;
}

static void
an_object_without_a_row_is_found_and_one_with_a_row_is_not(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), first;
	const struct bh_uuid ids[] = {a_file_of(&acme), bh_uuid_new()};

	(void)state;
	assert_int_equal(unnamed(&acme, &acme, ids, 2, &first), 1);
	assert_true(bh_uuid_equal(&first, &ids[1]));
}

static void
nothing_is_judged_without_the_tenants_own_context(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), other = bh_uuid_new();
	const struct bh_uuid ids[] = {a_file_of(&acme), bh_uuid_new()};

	(void)state;
	(void)a_file_of(&other);
	assert_int_equal(unnamed(NULL, &acme, ids, 2, NULL), 0);
	assert_int_equal(unnamed(&other, &acme, ids, 2, NULL), 0);
}

static void
a_database_that_knows_no_file_of_the_tenant_is_not_believed(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), id = bh_uuid_new();

	(void)state;
	assert_int_equal(unnamed(&acme, &acme, &id, 1, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_without_a_row_is_found_and_one_with_a_row_is_not),
		cmocka_unit_test(nothing_is_judged_without_the_tenants_own_context),
		cmocka_unit_test(a_database_that_knows_no_file_of_the_tenant_is_not_believed),
	};

	if (getenv("BULKHEAD_TEST_DATABASE") == NULL) {
		fprintf(stderr, "skipped: BULKHEAD_TEST_DATABASE is not set\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_open, group_close);
}
