/* SPDX-License-Identifier: Apache-2.0 */
/* test_totp.c: proves that an app counts once it is confirmed, and that every code is good once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/store_console.h"
#include "auth/testing.h"
#include "auth/totp.h"
#include "base/error.h"

#define STEP_MS (BH_OTP_STEP_S * 1000LL)

static struct bh_uuid ada, eve;
static int64_t now_ms = AUTH_TEST_NOW_MS;

static int
group_open(void **state)
{
	auth_test_open(state);
	ada = auth_test_member(&auth_test.acme, "ada@acme.test", "owner");
	eve = auth_test_member(&auth_test.acme, "eve@acme.test", "member");
	return 0;
}

/* Each test has people without apps, and a later time. */
static int
setup(void **state)
{
	(void)state;
	now_ms += 10 * STEP_MS;
	return bh_test_db_script(&auth_test.database, "DELETE FROM account_totp");
}

/* What the app shows: it reads base32 as we wrote it. */
static void
app(const char *text, int64_t at_ms, char out[BH_OTP_DIGITS + 1])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t secret[BH_OTP_SECRET_BYTES] = {0};

	for (unsigned i = 0; text[i] != '\0'; i++) {
		unsigned value = (unsigned)(strchr(alphabet, text[i]) - alphabet);

		for (unsigned bit = 0; bit < 5; bit++)
			if ((value >> (4 - bit) & 1) != 0)
				secret[(i * 5 + bit) / 8] |= (uint8_t)(0x80 >> (i * 5 + bit) % 8);
	}
	bh_otp_at(secret, at_ms / STEP_MS, out);
}

static int
check(const struct bh_uuid *account, const char *code, bool use, int64_t at_ms)
{
	return auth_totp_check(&auth_test.auth, &auth_test.db, account, code, use, at_ms);
}

/* An app that is set up, a step ago. */
static void
set_up(char secret[BH_OTP_SECRET_TEXT], struct auth_recovery_codes *codes)
{
	char code[BH_OTP_DIGITS + 1];

	assert_int_equal(auth_totp_begin(&auth_test.auth, &auth_test.db, &ada, now_ms, secret), 0);
	app(secret, now_ms - STEP_MS, code);
	assert_int_equal(auth_totp_confirm(&auth_test.auth, &auth_test.db, &ada, code, now_ms, codes),
		0);
}

static bool
is_enabled(void)
{
	struct auth_console_person person = {0};

	assert_int_equal(auth_store_console_person(&auth_test.db, &ada, &person), 0);
	return person.mfa;
}

static void
an_app_counts_once_it_has_shown_a_code(void **state)
{
	char secret[BH_OTP_SECRET_TEXT], code[BH_OTP_DIGITS + 1];
	struct auth_recovery_codes codes;

	(void)state;
	assert_int_equal(auth_totp_confirm(&auth_test.auth, &auth_test.db, &ada, "123456", now_ms,
						 &codes),
		BH_E_STATE);
	assert_int_equal(auth_totp_begin(&auth_test.auth, &auth_test.db, &ada, now_ms, secret), 0);
	app(secret, now_ms, code);
	assert_false(is_enabled());
	assert_int_equal(check(&ada, code, true, now_ms), BH_E_MFA_WRONG);
	code[0] = code[0] == '9' ? '0' : (char)(code[0] + 1);
	assert_int_equal(auth_totp_confirm(&auth_test.auth, &auth_test.db, &ada, code, now_ms, &codes),
		BH_E_PROOF);
	assert_false(is_enabled());
	app(secret, now_ms, code);
	assert_int_equal(auth_totp_confirm(&auth_test.auth, &auth_test.db, &ada, code, now_ms, &codes),
		0);
	assert_true(is_enabled());
	/* The code that confirmed it is used. */
	assert_int_equal(check(&ada, code, true, now_ms), BH_E_MFA_WRONG);
}

static void
another_begin_replaces_what_waits_and_not_what_counts(void **state)
{
	char first[BH_OTP_SECRET_TEXT], second[BH_OTP_SECRET_TEXT], code[BH_OTP_DIGITS + 1];
	struct auth_recovery_codes codes;

	(void)state;
	assert_int_equal(auth_totp_begin(&auth_test.auth, &auth_test.db, &ada, now_ms, first), 0);
	assert_int_equal(auth_totp_begin(&auth_test.auth, &auth_test.db, &ada, now_ms, second), 0);
	assert_string_not_equal(first, second);
	app(second, now_ms, code);
	assert_int_equal(auth_totp_confirm(&auth_test.auth, &auth_test.db, &ada, code, now_ms, &codes),
		0);
	assert_int_equal(auth_totp_begin(&auth_test.auth, &auth_test.db, &ada, now_ms, first),
		BH_E_STATE);
	assert_int_equal(auth_totp_confirm(&auth_test.auth, &auth_test.db, &ada, code, now_ms, &codes),
		BH_E_STATE);
}

static void
a_code_is_good_once_and_only_for_its_person(void **state)
{
	char secret[BH_OTP_SECRET_TEXT], code[BH_OTP_DIGITS + 1];
	struct auth_recovery_codes codes;

	(void)state;
	set_up(secret, &codes);
	app(secret, now_ms, code);
	assert_int_equal(check(&eve, code, true, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, code, false, now_ms), 0);
	assert_int_equal(check(&ada, code, true, now_ms), 0);
	assert_int_equal(check(&ada, code, true, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, code, false, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, code, true, now_ms + STEP_MS), BH_E_MFA_WRONG);
}

static void
a_clock_may_be_off_by_a_step(void **state)
{
	char secret[BH_OTP_SECRET_TEXT], code[BH_OTP_DIGITS + 1];
	struct auth_recovery_codes codes;

	(void)state;
	set_up(secret, &codes);
	app(secret, now_ms + 3 * STEP_MS, code);
	assert_int_equal(check(&ada, code, true, now_ms + STEP_MS), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, code, true, now_ms + 5 * STEP_MS), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, code, false, now_ms + 2 * STEP_MS), 0);
	assert_int_equal(check(&ada, code, true, now_ms + 4 * STEP_MS), 0);
}

static void
a_recovery_code_works_once_however_it_is_typed(void **state)
{
	char secret[BH_OTP_SECRET_TEXT], typed[32];
	struct auth_recovery_codes codes;

	(void)state;
	set_up(secret, &codes);
	assert_int_equal(check(&eve, codes.text[0], true, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, codes.text[0], false, now_ms), 0);
	assert_int_equal(check(&ada, codes.text[0], true, now_ms), 0);
	assert_int_equal(check(&ada, codes.text[0], true, now_ms), BH_E_MFA_WRONG);
	snprintf(typed, sizeof(typed), " %.5s %.5s ", codes.text[1], codes.text[1] + 6);
	for (char *at = typed; *at != '\0'; at++)
		*at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
	assert_int_equal(check(&ada, typed, true, now_ms), 0);
	assert_int_equal(check(&ada, codes.text[1], true, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, "aaaaa-aaaaa", true, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, "", true, now_ms), BH_E_MFA_WRONG);
}

static void
new_codes_replace_the_old_ones(void **state)
{
	char secret[BH_OTP_SECRET_TEXT];
	struct auth_recovery_codes old, codes;

	(void)state;
	assert_int_equal(auth_totp_renew(&auth_test.auth, &auth_test.db, &ada, &codes), BH_E_STATE);
	set_up(secret, &old);
	assert_int_equal(auth_totp_renew(&auth_test.auth, &auth_test.db, &ada, &codes), 0);
	assert_int_equal(check(&ada, old.text[3], true, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(check(&ada, codes.text[3], true, now_ms), 0);
}

static void
what_is_removed_is_asked_for_no_more(void **state)
{
	char secret[BH_OTP_SECRET_TEXT];
	struct auth_recovery_codes codes;

	(void)state;
	set_up(secret, &codes);
	assert_int_equal(auth_totp_remove(&auth_test.db, &ada), 0);
	assert_false(is_enabled());
	assert_int_equal(check(&ada, codes.text[0], true, now_ms), BH_E_MFA_WRONG);
	assert_int_equal(auth_totp_remove(&auth_test.db, &ada), BH_E_NOT_FOUND);
}

static void
the_database_has_no_secret_in_clear(void **state)
{
	char secret[BH_OTP_SECRET_TEXT];
	struct auth_recovery_codes codes;
	struct bh_secret kept = auth_test.auth.totp_key;

	(void)state;
	set_up(secret, &codes);
	/* With another master key it cannot be read at all. */
	auth_test.auth.totp_key.bytes[0] ^= 1;
	assert_int_equal(check(&ada, "123456", true, now_ms), BH_E_INTERNAL);
	auth_test.auth.totp_key = kept;
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_app_counts_once_it_has_shown_a_code),
		TEST(another_begin_replaces_what_waits_and_not_what_counts),
		TEST(a_code_is_good_once_and_only_for_its_person),
		TEST(a_clock_may_be_off_by_a_step),
		TEST(a_recovery_code_works_once_however_it_is_typed),
		TEST(new_codes_replace_the_old_ones),
		TEST(what_is_removed_is_asked_for_no_more),
		TEST(the_database_has_no_secret_in_clear),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, auth_test_close);
}
