/* SPDX-License-Identifier: Apache-2.0 */
/* test_processors.c: what a process may use of the machine's processors. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/processors.h"

static void
those_of_its_affinity_count(void **state)
{
	cpu_set_t before, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (int i = 0; CPU_COUNT(&one) == 0; i++) {
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &one);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(bh_processors(), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_in_range(bh_processors(), 1, CPU_COUNT(&before));
}

static void
a_quota_is_rounded_up_and_never_more_than_there_are(void **state)
{
	(void)state;
	assert_int_equal(bh_processors_within("max 100000\n", 8), 8);
	assert_int_equal(bh_processors_within("200000 100000\n", 8), 2);
	assert_int_equal(bh_processors_within("150000 100000\n", 8), 2);
	assert_int_equal(bh_processors_within("1000 100000\n", 8), 1);
	assert_int_equal(bh_processors_within("900000 100000\n", 8), 8);
	assert_int_equal(bh_processors_within("100 0\n", 8), 8);
	assert_int_equal(bh_processors_within("", 8), 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_of_its_affinity_count),
		cmocka_unit_test(a_quota_is_rounded_up_and_never_more_than_there_are),
	};

	return cmocka_run_group_tests_name("base/processors", tests, NULL, NULL);
}
