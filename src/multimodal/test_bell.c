/* SPDX-License-Identifier: Apache-2.0 */
/* test_bell.c: whoever waits is woken, also by what rang between looking and waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "multimodal/bell.h"

static void *
ring(void *bell)
{
	multimodal_bell_ring(bell);
	return NULL;
}

static void
a_ring_wakes_who_waits(void **state)
{
	struct multimodal_bell bell;
	int64_t since = bh_clock_steady_ms();
	uint64_t count;
	pthread_t thread;

	(void)state;
	multimodal_bell_init(&bell);
	count = multimodal_bell_count(&bell);
	assert_int_equal(pthread_create(&thread, NULL, ring, &bell), 0);
	multimodal_bell_wait(&bell, count, 60000);
	pthread_join(thread, NULL);
	/* It has rung since it was asked. */
	multimodal_bell_wait(&bell, count, 60000);
	assert_true(bh_clock_steady_ms() - since < 30000);
	assert_int_equal(multimodal_bell_count(&bell), count + 1);
}

static void
without_one_the_wait_ends(void **state)
{
	struct multimodal_bell bell;
	int64_t since = bh_clock_steady_ms();

	(void)state;
	multimodal_bell_init(&bell);
	multimodal_bell_wait(&bell, multimodal_bell_count(&bell), 30);
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
