/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3_sweep.c: what is due for removal in a real store: marks, walks, uploads that were left, tenants that are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "object/testing_s3.h"

#define OLD_S (-10)  /* an age that everything has */
#define UPLOADS 1003 /* more than a page of a listing */

static void
a_condemned_object_is_due_after_its_time_unless_it_was_acquitted(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_digest hash;
	bool due = true;

#define CONDEMN(age) \
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, age, &due), 0)
	testing_s3_put(fix, "one", &hash);
	CONDEMN(OLD_S);
	assert_false(due);
	CONDEMN(1000);
	assert_false(due);
	CONDEMN(OLD_S);
	assert_true(due);
	assert_int_equal(bh_object_acquit(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_acquit(fix->store, &fix->tenant, &fix->id), 0);
	CONDEMN(OLD_S);
	assert_false(due);
	/* The mark goes with its object. */
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	CONDEMN(OLD_S);
	assert_false(due);
}

static size_t
walk(struct testing_s3 *fix, const struct bh_uuid *tenant, int64_t age_s,
	struct bh_object_name *out, size_t room)
{
	struct bh_object_walk walk = {0};
	size_t n = 1, total = 0;

	assert_int_equal(bh_object_walk_open(fix->store, tenant, &walk), 0);
	while (n > 0 && total < room) {
		assert_int_equal(bh_object_walk_next(&walk, age_s, out + total, 2, &n), 0);
		total += n;
	}
	bh_object_walk_close(&walk);
	bh_object_walk_close(&walk);
	return total;
}

static void
a_walk_finds_objects_marks_and_tenants(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_object_name names[4002];
	struct bh_uuid ids[5];
	struct bh_digest hash;
	size_t n, found = 0, marked = 0;
	bool due;

	for (size_t i = 0; i < BH_COUNT(ids); i++) {
		ids[i] = fix->id = bh_uuid_new();
		testing_s3_put(fix, "x", &hash);
	}
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &ids[2], 1000, &due), 0);
	assert_int_equal(walk(fix, &fix->tenant, 3600, names, 4000), 0);
	n = walk(fix, &fix->tenant, OLD_S, names, 4000);
	assert_int_equal(n, BH_COUNT(ids));
	for (size_t i = 0; i < n; i++) {
		marked += names[i].marked;
		for (size_t j = 0; j < BH_COUNT(ids); j++)
			found += bh_uuid_equal(&names[i].id, &ids[j]);
		assert_int_equal(names[i].marked, bh_uuid_equal(&names[i].id, &ids[2]));
	}
	assert_int_equal(found, BH_COUNT(ids));
	assert_int_equal(marked, 1);
	assert_int_equal(walk(fix, &fix->other, OLD_S, names, 4000), 0);

	n = walk(fix, NULL, 0, names, 4000);
	for (size_t i = found = 0; i < n; i++)
		found += bh_uuid_equal(&names[i].id, &fix->tenant);
	assert_int_equal(found, 1);
	for (size_t i = 0; i < BH_COUNT(ids); i++)
		assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &ids[i]), 0);
}

static void
the_sweep_aborts_old_uploads_only(void **state)
{
	struct testing_s3 *fix = *state;
	struct s3_store *store = (struct s3_store *)fix->store;
	struct s3_answer answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char id[BH_UUID_HEX], upload[1024];
	struct s3_request begin = {.method = "POST",
		.tenant = &fix->tenant,
		.name = id,
		.params = {{"uploads", ""}},
		.n_params = 1};
	struct s3_request part = {.method = "PUT",
		.tenant = &fix->tenant,
		.name = id,
		.params = {{"partNumber", "1"}, {"uploadId", upload}},
		.n_params = 2};

	bh_uuid_hex(&fix->id, id);
	assert_int_equal(s3_call_text(store, &begin, &answer, &body), 0);
	assert_int_equal(s3_xml_find(body.data, body.len, "UploadId", sizeof(upload), upload), 0);
	assert_int_equal(bh_object_sweep(fix->store, 3600), 0);
	assert_int_equal(s3_call(store, &part, &answer), 0);
	s3_answer_close(&answer);
	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	assert_int_equal(s3_call(store, &part, &answer), BH_E_NOT_FOUND);
}

static void
begin_upload(struct testing_s3 *fix, const struct bh_uuid *tenant)
{
	struct bh_uuid name = bh_uuid_new();
	struct s3_answer answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char id[BH_UUID_HEX];
	const struct s3_request begin = {.method = "POST",
		.tenant = tenant,
		.name = id,
		.params = {{"uploads", ""}},
		.n_params = 1};

	bh_uuid_hex(&name, id);
	assert_int_equal(s3_call_text((struct s3_store *)fix->store, &begin, &answer, &body), 0);
}

static size_t
uploads_left(struct testing_s3 *fix)
{
	struct s3_answer answer = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct s3_request list = {.method = "GET",
		.params = {{"max-uploads", "1000"}, {"uploads", ""}},
		.n_params = 2};
	size_t n = 0;

	assert_int_equal(s3_call_text((struct s3_store *)fix->store, &list, &answer, &body), 0);
	for (const char *at = bh_buf_string(&body); (at = strstr(at, "<Upload>")) != NULL; at++)
		n++;
	return n;
}

static void
the_sweep_reads_every_page(void **state)
{
	struct testing_s3 *fix = *state;

	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	for (int i = 0; i < UPLOADS; i++)
		begin_upload(fix, &fix->tenant);
	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	assert_int_equal(uploads_left(fix), 0);
}

static void
of_a_tenant_that_is_forgotten_nothing_is_left(void **state)
{
	struct testing_s3 *fix = *state;
	struct bh_digest hash;
	size_t n = 0;

	assert_int_equal(bh_object_sweep(fix->store, OLD_S), 0);
	testing_s3_put(fix, "abc", &hash);
	begin_upload(fix, &fix->tenant);
	begin_upload(fix, &fix->other);
	assert_int_equal(bh_object_forget(fix->store, &fix->tenant, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(bh_object_forget(fix->store, &fix->tenant, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(testing_s3_read(fix, &fix->tenant), BH_E_NOT_FOUND);
	assert_int_equal(uploads_left(fix), 1);
	assert_int_equal(bh_object_forget(fix->store, &fix->other, &n), 0);
	assert_int_equal(uploads_left(fix), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_s3_open, testing_s3_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_condemned_object_is_due_after_its_time_unless_it_was_acquitted),
		TEST(a_walk_finds_objects_marks_and_tenants),
		TEST(the_sweep_aborts_old_uploads_only),
		TEST(the_sweep_reads_every_page),
		TEST(of_a_tenant_that_is_forgotten_nothing_is_left),
	};
	const struct CMUnitTest none[] = {cmocka_unit_test(testing_s3_none)};

	if (getenv("BULKHEAD_TEST_S3") == NULL)
		return cmocka_run_group_tests(none, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
