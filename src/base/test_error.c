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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_detail_may_be_told_again_under_another_number),
		cmocka_unit_test(inside_only_errors_show_themselves_as_ours),
	};

	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
