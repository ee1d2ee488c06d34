/* SPDX-License-Identifier: Apache-2.0 */
/* test_names.c: proves which addresses, passwords and names are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/names.h"
#include "base/arena.h"
#include "base/error.h"

static void
addresses_become_lower_case(void **state)
{
	char out[AUTH_EMAIL_BYTES];

	(void)state;
	assert_int_equal(auth_email_read("Ada.Lovelace+x@Example.ORG", out), 0);
	assert_string_equal(out, "ada.lovelace+x@example.org");
	assert_int_equal(auth_email_read("admin@localhost", out), 0);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"a",
		"a@",
		"@b",
		"a@b@c",
		"a b@c.de",
		".a@c.de",
		"a.@c.de",
		"a..b@c.de",
		"a@-c.de",
		"a@c-.de",
		"a@c..de",
		"a@.c",
		"a@c.",
		"\"a\"@c.de",
		"a\n@c.de",
		"a@c.de\n",
		"\xc3\xa4@c.de",
		"a@\xc3\xa4.de",
		"a@c_d.de",
		"a@[127.0.0.1]",
		"Ada <a@c.de>",
	};
	char out[AUTH_EMAIL_BYTES] = "untouched";

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_int_equal(auth_email_read(wrong[i], out), BH_E_INVALID);
	assert_string_equal(out, "untouched");
}

static void
over_long_addresses_are_refused(void **state)
{
	char text[400], out[AUTH_EMAIL_BYTES];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + 65, "@c.de", 6);
	assert_int_equal(auth_email_read(text, out), BH_E_INVALID);
	memset(text, 'a', sizeof(text));
	text[10] = '@';
	text[300] = '\0';
	assert_int_equal(auth_email_read(text, out), BH_E_INVALID);
}

static void
passwords_have_ten_to_1024_bytes(void **state)
{
	char text[1100];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[1024] = '\0';
	assert_int_equal(auth_password_check(text), 0);
	text[1024] = 'x';
	text[1025] = '\0';
	assert_int_equal(auth_password_check(text), BH_E_RANGE);
	assert_int_equal(auth_password_check("123456789"), BH_E_RANGE);
	assert_int_equal(auth_password_check("1234567890"), 0);
}

static void
names_are_printable_and_bounded(void **state)
{
	char text[200];

	(void)state;
	assert_int_equal(auth_name_check("Acme GmbH & Söhne"), 0);
	assert_int_equal(auth_name_check(""), BH_E_INVALID);
	assert_int_equal(auth_name_check(" Acme"), BH_E_INVALID);
	assert_int_equal(auth_name_check("Acme "), BH_E_INVALID);
	assert_int_equal(auth_name_check("Ac\tme"), BH_E_INVALID);
	memset(text, 'x', sizeof(text));
	text[129] = '\0';
	assert_int_equal(auth_name_check(text), BH_E_INVALID);
	text[128] = '\0';
	assert_int_equal(auth_name_check(text), 0);
}

static void
a_tenants_name_is_no_uuid(void **state)
{
	(void)state;
	assert_int_equal(auth_tenant_name_check("01990000-0000-7000-8000-000000000000"), BH_E_INVALID);
	assert_int_equal(auth_tenant_name_check("acme"), 0);
}

static void
a_tenants_name_turns_and_hides_nothing(void **state)
{
	static const char *const wrong[] = {"Ac\xe2\x80\xaeme", "Ac\xe2\x81\xa6me", "Ac\xe2\x80\x8eme",
		"Ac\xc2\x85me", "Ac\xe2\x80\xa8me"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_int_equal(auth_tenant_name_check(wrong[i]), BH_E_INVALID);
	/* Joiners are letters' own in some scripts. */
	assert_int_equal(auth_tenant_name_check("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae"), 0);
}

static void
names_that_look_alike_have_one_key(void **state)
{
	static const char *const alike[] = {"Acme Corp", "ACME  corp", "Ac\xe2\x80\x8bme Corp",
		"Acme\xc2\xa0"
		"Corp",
		"\xef\xbc\xa1\xef\xbd\x83me Corp", "\xd0\x90\xd1\x81me Corp",
		"A\xc2\xad"
		"cme Corp",
		"\xce\x91\x63me Corp"};
	struct bh_arena arena = {0};
	const char *key = NULL;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(alike); i++) {
		assert_int_equal(auth_tenant_name_key(&arena, alike[i], &key), 0);
		assert_string_equal(key, "acme corp");
	}
	assert_int_equal(auth_tenant_name_key(&arena, "Acm\xc3\xa9 Corp", &key), 0);
	assert_string_equal(key, "acm\xc3\xa9 corp");
	assert_int_equal(auth_tenant_name_key(&arena, "\xe2\x80\x8b\xe2\x80\x8d", &key), BH_E_INVALID);
	bh_arena_close(&arena);
}

static void
a_time_zone_has_the_form_of_a_name(void **state)
{
	static const char *const wrong[] = {"", "../etc/passwd", "Europe/Berlin ", "a\nb", "\"",
		"Europe/K\xc3\xb6ln"};
	char text[66];

	(void)state;
	assert_int_equal(auth_time_zone_check("UTC"), 0);
	assert_int_equal(auth_time_zone_check("America/Port-au-Prince"), 0);
	assert_int_equal(auth_time_zone_check("Etc/GMT+5"), 0);
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_int_equal(auth_time_zone_check(wrong[i]), BH_E_INVALID);
	memset(text, 'a', sizeof(text));
	text[65] = '\0';
	assert_int_equal(auth_time_zone_check(text), BH_E_INVALID);
	text[64] = '\0';
	assert_int_equal(auth_time_zone_check(text), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_zone_has_the_form_of_a_name),
		cmocka_unit_test(addresses_become_lower_case),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(over_long_addresses_are_refused),
		cmocka_unit_test(passwords_have_ten_to_1024_bytes),
		cmocka_unit_test(names_are_printable_and_bounded),
		cmocka_unit_test(a_tenants_name_is_no_uuid),
		cmocka_unit_test(a_tenants_name_turns_and_hides_nothing),
		cmocka_unit_test(names_that_look_alike_have_one_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
