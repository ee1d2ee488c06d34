/* SPDX-License-Identifier: Apache-2.0 */
/* test_limiter.c: proves how many attempts there are, with the clock in the test's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/limiter.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sec/digest.h"
#include "shared/testing.h"

static int
set_up(void **state)
{
	const struct auth_limiter_conf conf = {.entries = 64, .interval_ms = 1000, .burst = 3};
	struct auth_limiter *limiter;

	if (auth_limiter_open(&conf, NULL, NULL, &limiter) < 0)
		return -1;
	*state = limiter;
	return 0;
}

static int
tear_down(void **state)
{
	auth_limiter_close(*state);
	return 0;
}

static void
use_up(struct auth_limiter *limiter, const char *name, int64_t now_ms)
{
	int64_t wait_ms = 0;

	for (int i = 0; i < 3; i++)
		assert_int_equal(auth_limiter_take(limiter, name, now_ms, &wait_ms), 0);
}

static void
after_the_burst_comes_a_wait_that_is_told(void **state)
{
	int64_t wait_ms = 0;

	use_up(*state, "a", 5000);
	assert_int_equal(auth_limiter_take(*state, "a", 5000, &wait_ms), BH_E_RATE_LIMITED);
	assert_int_equal(wait_ms, 1000);
	assert_int_equal(auth_limiter_take(*state, "a", 5999, &wait_ms), BH_E_RATE_LIMITED);
	assert_int_equal(auth_limiter_take(*state, "a", 6000, &wait_ms), 0);
	assert_int_equal(auth_limiter_take(*state, "a", 6000, &wait_ms), BH_E_RATE_LIMITED);
}

static void
refused_attempts_cost_nothing(void **state)
{
	int64_t wait_ms = 0;

	use_up(*state, "a", 5000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(auth_limiter_take(*state, "a", 5500, &wait_ms), BH_E_RATE_LIMITED);
	assert_int_equal(auth_limiter_take(*state, "a", 6000, &wait_ms), 0);
}

static void
names_do_not_share(void **state)
{
	use_up(*state, "a", 5000);
	use_up(*state, "b", 5000);
}

static void
a_proven_name_has_all_attempts_again(void **state)
{
	use_up(*state, "a", 5000);
	auth_limiter_forget(*state, "a");
	use_up(*state, "a", 5000);
}

static void
a_flood_of_names_is_bounded_and_the_table_survives(void **state)
{
	char name[32];
	int64_t wait_ms;

	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "name %d", i);
		assert_int_equal(auth_limiter_take(*state, name, 5000, &wait_ms), 0);
	}
}

static void
an_attempt_given_back_can_be_taken_again(void **state)
{
	int64_t wait_ms = 0;

	use_up(*state, "a", 5000);
	auth_limiter_give(*state, "a");
	assert_int_equal(auth_limiter_take(*state, "a", 5000, &wait_ms), 0);
	assert_int_equal(auth_limiter_take(*state, "a", 5000, &wait_ms), BH_E_RATE_LIMITED);
	for (int i = 0; i < 10; i++)
		auth_limiter_give(*state, "nobody");
	use_up(*state, "nobody", 5000);
	assert_int_equal(auth_limiter_take(*state, "nobody", 5000, &wait_ms), BH_E_RATE_LIMITED);
}

/* Two auth services on one figure; the place where it is goes away and comes back. */
struct pair {
	struct bh_test_valkey valkey;
	struct bh_shared *shared[2];
	struct auth_limiter *limiters[2];
};

static int
pair_set_up(void **state)
{
	const struct auth_limiter_conf conf = {.what = "pair",
		.entries = 64,
		.interval_ms = 1000 * 1000,
		.burst = 4};
	const struct bh_secret key = {.bytes = {7}};
	struct pair *pair = calloc(1, sizeof(*pair));

	*state = pair;
	if (pair == NULL)
		return -1;
	bh_test_valkey_open(&pair->valkey);
	for (size_t i = 0; i < 2; i++) {
		pair->shared[i] = bh_test_valkey_client(&pair->valkey);
		bh_shared_instances_set(pair->shared[i], 2);
		if (auth_limiter_open(&conf, pair->shared[i], &key, &pair->limiters[i]) < 0)
			return -1;
	}
	return 0;
}

static int
pair_tear_down(void **state)
{
	struct pair *pair = *state;

	for (size_t i = 0; i < 2; i++) {
		auth_limiter_close(pair->limiters[i]);
		bh_shared_close(pair->shared[i]);
	}
	bh_test_valkey_close(&pair->valkey);
	free(pair);
	return 0;
}

/* How many of so many attempts in turns are let through. */
static int
attempts(struct pair *pair, const char *name)
{
	int64_t wait_ms = 0;
	int n = 0;

	for (size_t i = 0; i < 16; i++)
		n += auth_limiter_take(pair->limiters[i % 2], name, bh_clock_steady_ms(), &wait_ms) == 0;
	assert_true(wait_ms > 0);
	return n;
}

static void
two_services_give_the_attempts_of_one(void **state)
{
	struct pair *pair = *state;
	int64_t wait_ms = 0;

	assert_int_equal(attempts(pair, "a@example.org"), 4);
	auth_limiter_give(pair->limiters[0], "a@example.org");
	assert_int_equal(attempts(pair, "a@example.org"), 1);
	auth_limiter_forget(pair->limiters[1], "a@example.org");
	assert_int_equal(attempts(pair, "a@example.org"), 4);
	assert_int_equal(auth_limiter_take(pair->limiters[0], "b@example.org", bh_clock_steady_ms(),
						 &wait_ms),
		0);
}

/* Two of four are a part. */
static void
while_it_is_away_each_has_an_attempt_and_together_a_part(void **state)
{
	struct pair *pair = *state;

	assert_int_equal(attempts(pair, "a@example.org"), 4);
	bh_test_valkey_kill(&pair->valkey);
	assert_int_equal(attempts(pair, "a@example.org"), 2);
	bh_test_valkey_start(&pair->valkey);
	bh_test_valkey_wait(pair->shared[0]);
	bh_test_valkey_wait(pair->shared[1]);
	assert_int_equal(attempts(pair, "a@example.org"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(after_the_burst_comes_a_wait_that_is_told, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(refused_attempts_cost_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_do_not_share, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_proven_name_has_all_attempts_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flood_of_names_is_bounded_and_the_table_survives, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(an_attempt_given_back_can_be_taken_again, set_up,
			tear_down),
	};
	const struct CMUnitTest shared_tests[] = {
		cmocka_unit_test_setup_teardown(two_services_give_the_attempts_of_one, pair_set_up,
			pair_tear_down),
		cmocka_unit_test_setup_teardown(while_it_is_away_each_has_an_attempt_and_together_a_part,
			pair_set_up, pair_tear_down),
	};
	int failed;

	bh_log_open("test", BH_LOG_ERROR + 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (bh_test_valkey_named())
		failed += cmocka_run_group_tests(shared_tests, NULL, NULL);
	return failed;
}
