/* SPDX-License-Identifier: Apache-2.0 */
/* test_release.c: the order of versions, and from which an upgrade may start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/release.h"

static void
versions_are_compared_by_their_numbers(void **state)
{
	(void)state;
	assert_int_equal(bh_release_compare("0.3.0", "0.3.0"), 0);
	assert_int_equal(bh_release_compare("0.9.0", "0.10.0"), -1);
	assert_int_equal(bh_release_compare("1.0.0", "0.99.99"), 1);
	assert_int_equal(bh_release_compare("1.2.3", "1.2.4"), -1);
	assert_int_equal(bh_release_compare("1.2.4-rc1", "1.2.3"), 1);
}

static void
what_is_no_version_is_older_than_any(void **state)
{
	(void)state;
	assert_int_equal(bh_release_compare("", "0.0.1"), -1);
	assert_int_equal(bh_release_compare("0.0.1", NULL), 1);
	assert_int_equal(bh_release_compare("1.2", "x"), 0);
}

static void
an_upgrade_starts_one_release_back_at_most(void **state)
{
	(void)state;
	assert_true(bh_release_follows("0.3.0", "0.3.0"));
	assert_true(bh_release_follows("0.3.9", "0.4.0"));
	assert_true(bh_release_follows("0.3.0", "0.3.7"));
	assert_true(bh_release_follows("0.9.2", "1.0.0"));
	assert_false(bh_release_follows("0.2.0", "0.4.0"));
	assert_false(bh_release_follows("0.4.0", "0.3.0"));
	assert_false(bh_release_follows("0.4.1", "0.4.0"));
	assert_false(bh_release_follows("0.9.0", "1.1.0"));
	assert_false(bh_release_follows("", "0.3.0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_compared_by_their_numbers),
		cmocka_unit_test(what_is_no_version_is_older_than_any),
		cmocka_unit_test(an_upgrade_starts_one_release_back_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
