/* SPDX-License-Identifier: Apache-2.0 */
/* test_bell.c: whoever waits is woken, also by what rang between looking and waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bell.h"
#include "base/clock.h"

static void *
ring(void *bell)
{
	bh_bell_ring(bell);
	return NULL;
}

static void
a_ring_wakes_who_waits(void **state)
{
	struct bh_bell bell;
	int64_t since = bh_clock_steady_ms();
	uint64_t count;
	pthread_t thread;

	(void)state;
	bh_bell_init(&bell);
	count = bh_bell_count(&bell);
	assert_int_equal(pthread_create(&thread, NULL, ring, &bell), 0);
	bh_bell_wait(&bell, count, 60000);
	pthread_join(thread, NULL);
	/* It has rung since it was asked. */
	bh_bell_wait(&bell, count, 60000);
	assert_true(bh_clock_steady_ms() - since < 30000);
	assert_int_equal(bh_bell_count(&bell), count + 1);
}

static void
without_one_the_wait_ends(void **state)
{
	struct bh_bell bell;
	int64_t since = bh_clock_steady_ms();

	(void)state;
	bh_bell_init(&bell);
	bh_bell_wait(&bell, bh_bell_count(&bell), 30);
	assert_true(bh_clock_steady_ms() - since >= 29);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_wakes_who_waits),
		cmocka_unit_test(without_one_the_wait_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
