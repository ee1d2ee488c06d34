/* SPDX-License-Identifier: Apache-2.0 */
/* test_bucket.c: tokens a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/bucket.h"

struct fixture {
	struct model_buckets buckets;
	struct bh_uuid tenant;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	*state = fix;
	if (fix == NULL)
		return -1;
	fix->tenant = bh_uuid_new();
	return 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

static void
a_bucket_admits_one_minute_at_once_and_not_a_token_more(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;
	int64_t now = 1000000;

	assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 59, now, &charged), 0);
	assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 1, now, &charged), 0);
	assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 1, now, &charged), 1000000);
	assert_int_equal(model_buckets_left(&fix->buckets, &tenant, 60, now), 0);
	assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 1, now + 1000000, &charged), 0);
}

static void
a_call_larger_than_the_limit_is_charged_the_limit(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;

	assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 100000, 5, &charged), 0);
	assert_int_equal(charged, 60);
	assert_true(model_buckets_take(&fix->buckets, &tenant, 60, 1, 5, &charged) > 0);
}

static void
what_was_not_used_flows_back_and_more_is_owed(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;

	assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 60, 5, &charged), 0);
	model_buckets_adjust(&fix->buckets, &tenant, 60, -30, 5);
	assert_int_equal(model_buckets_left(&fix->buckets, &tenant, 60, 5), 30);
	model_buckets_adjust(&fix->buckets, &tenant, 60, 90, 5);
	assert_int_equal(model_buckets_left(&fix->buckets, &tenant, 60, 5), 0);
	assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 1, 60000005, &charged),
		1000000);
}

static void
tenants_do_not_share_a_bucket(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid a = bh_uuid_new();
	struct bh_uuid b = bh_uuid_new();
	int64_t charged = 0;

	assert_int_equal(model_buckets_take(&fix->buckets, &a, 60, 60, 5, &charged), 0);
	assert_int_equal(model_buckets_take(&fix->buckets, &b, 60, 60, 5, &charged), 0);
}

static void
tenants_beyond_number_never_share_a_bucket(void **state)
{
	struct fixture *fix = *state;
	int64_t charged = 0;

	/* Four times as many tenants as there are buckets, each at its own limit's edge within a minute. */
	for (int64_t i = 0; i < 4 * 65536; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60, 60, 1 + i, &charged), 0);
		assert_int_equal(charged, 60);
	}
}

static void
a_full_bucket_makes_room_and_one_in_use_stays(void **state)
{
	struct fixture *fix = *state;
	int64_t charged = 0;
	int64_t now = 1000000;

	assert_int_equal(model_buckets_take(&fix->buckets, &fix->tenant, 60, 60, now, &charged), 0);
	for (int64_t i = 0; i < 4 * 65536; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		/* A token of 60,000 a minute is back after a millisecond. */
		now += 5;
		assert_int_equal(model_buckets_take(&fix->buckets, &tenant, 60000, 1, now, &charged), 0);
	}
	assert_true(model_buckets_take(&fix->buckets, &fix->tenant, 60, 60, now, &charged) > 0);
}

/* A process that was killed in a set, and whose number a living one has now. */
static void
a_bucket_that_seems_held_by_a_stranger_is_taken_in_the_end(void **state)
{
	struct model_buckets *buckets = calloc(1, sizeof(*buckets));
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;

	(void)state;
	assert_non_null(buckets);
	for (size_t i = 0; i < MODEL_BUCKET_SETS; i++)
		atomic_store(&buckets->sets[i].holder, (uint32_t)getppid());
	assert_int_equal(model_buckets_take(buckets, &tenant, 60, 5, 1, &charged), 0);
	assert_int_equal(model_buckets_left(buckets, &tenant, 60, 1), 55);
	free(buckets);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bucket_admits_one_minute_at_once_and_not_a_token_more),
		TEST(a_call_larger_than_the_limit_is_charged_the_limit),
		TEST(what_was_not_used_flows_back_and_more_is_owed),
		TEST(tenants_do_not_share_a_bucket),
		TEST(tenants_beyond_number_never_share_a_bucket),
		TEST(a_full_bucket_makes_room_and_one_in_use_stays),
		TEST(a_bucket_that_seems_held_by_a_stranger_is_taken_in_the_end),
	};

	return cmocka_run_group_tests_name("model/bucket", tests, NULL, NULL);
}
