/* SPDX-License-Identifier: Apache-2.0 */
/* test_otp.c: proves the published values of RFC 6238, how far clocks may be apart, and that no step is good
 * twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "sec/otp.h"

/* RFC 6238, appendix B. */
static const uint8_t secret[BH_OTP_SECRET_BYTES] = "12345678901234567890";
#define NOW_S 1111111109

static void
the_published_values_come_out(void **state)
{
	static const struct {
		int64_t at_s;
		const char *code;
	} published[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(published); i++) {
		char code[BH_OTP_DIGITS + 1];

		bh_otp_at(secret, published[i].at_s / BH_OTP_STEP_S, code);
		assert_string_equal(code, published[i].code);
	}
}

static void
the_secret_is_written_as_apps_read_it(void **state)
{
	char text[BH_OTP_SECRET_TEXT];

	(void)state;
	bh_otp_text(secret, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void
a_clock_may_be_off_by_one_step_and_not_by_two(void **state)
{
	int64_t now = NOW_S / BH_OTP_STEP_S, step;
	char code[BH_OTP_DIGITS + 1];

	(void)state;
	for (int64_t off = -2; off <= 2; off++) {
		bh_otp_at(secret, now + off, code);
		assert_int_equal(bh_otp_check(secret, code, NOW_S, 0, &step), off >= -1 && off <= 1);
		if (off >= -1 && off <= 1)
			assert_int_equal(step, now + off);
	}
}

static void
a_step_is_good_once_and_so_is_none_before_it(void **state)
{
	int64_t now = NOW_S / BH_OTP_STEP_S, step = 0;
	char code[BH_OTP_DIGITS + 1], before[BH_OTP_DIGITS + 1];

	(void)state;
	bh_otp_at(secret, now, code);
	bh_otp_at(secret, now - 1, before);
	assert_true(bh_otp_check(secret, code, NOW_S, now - 1, &step));
	assert_false(bh_otp_check(secret, code, NOW_S, step, &step));
	assert_false(bh_otp_check(secret, before, NOW_S, step, &step));
}

static void
what_is_no_code_is_refused(void **state)
{
	static const char *const bad[] = {"", "08180", "0818040", "08180x", "081805", " 81804"};
	int64_t step;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++)
		assert_false(bh_otp_check(secret, bad[i], NOW_S, 0, &step));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_values_come_out),
		cmocka_unit_test(the_secret_is_written_as_apps_read_it),
		cmocka_unit_test(a_clock_may_be_off_by_one_step_and_not_by_two),
		cmocka_unit_test(a_step_is_good_once_and_so_is_none_before_it),
		cmocka_unit_test(what_is_no_code_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
