/* SPDX-License-Identifier: Apache-2.0 */
/* test_limiter.c: proves how many attempts there are, with the clock in the test's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/limiter.h"
#include "base/error.h"

static int
set_up(void **state)
{
	const struct auth_limiter_conf conf = {.entries = 64, .interval_ms = 1000, .burst = 3};
	struct auth_limiter *limiter;

	if (auth_limiter_open(&conf, &limiter) < 0)
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}
