/* SPDX-License-Identifier: Apache-2.0 */
/* test_error.c: the detail of the last failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

static void
a_detail_may_be_told_again_under_another_number(void **state)
{
	(void)state;
	bh_error(BH_E_UPSTREAM, "the upstream said %d", 7);
	bh_error_param(BH_E_INVALID, "url", "%s", bh_error_detail(BH_E_UPSTREAM));
	assert_string_equal(bh_error_detail(BH_E_INVALID), "the upstream said 7");
	assert_string_equal(bh_error_field(BH_E_INVALID), "url");
	assert_string_equal(bh_error_detail(BH_E_UPSTREAM), "");
}

static void
inside_only_errors_show_themselves_as_ours(void **state)
{
	(void)state;
	assert_int_equal(bh_error_public_row(BH_E_DB_DOWN)->status, 503);
	assert_int_equal(bh_error_public_row(BH_E_DB_LATE)->number, BH_E_UNAVAILABLE);
	assert_int_equal(bh_error_public_row(BH_E_DB)->status, 500);
	assert_int_equal(bh_error_public_row(BH_E_NOT_FOUND)->status, 404);
	assert_int_equal(bh_error_row(12345)->number, BH_E_INTERNAL);
}

static void
what_may_pass_by_itself_is_told_from_what_is_wrong(void **state)
{
	static const int passing[] = {BH_E_DB_LATE, BH_E_DB_RETRY, BH_E_DB_DOWN, BH_E_POOL, BH_E_BUSY,
		BH_E_UNAVAILABLE, BH_E_RATE_LIMITED, BH_E_UPSTREAM_LIMITED, BH_E_NO_ROOM};
	static const int lasting[] = {0, BH_E_DB, BH_E_DB_DATA, BH_E_VECTOR, BH_E_INVALID,
		BH_E_OVER_BUDGET, BH_E_MODEL_NOT_FOUND, BH_E_LOST, BH_E_CANCELLED, BH_E_UPSTREAM};

	(void)state;
	for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++)
		assert_true(bh_error_is_transient(passing[i]));
	for (size_t i = 0; i < sizeof(lasting) / sizeof(*lasting); i++)
		assert_false(bh_error_is_transient(lasting[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_detail_may_be_told_again_under_another_number),
		cmocka_unit_test(inside_only_errors_show_themselves_as_ours),
		cmocka_unit_test(what_may_pass_by_itself_is_told_from_what_is_wrong),
	};

	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
