/* SPDX-License-Identifier: Apache-2.0 */
/* test_origin.c: origins are read as browsers write them, and in no other way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "http/origin.h"

static void
what_browsers_send_is_an_origin(void **state)
{
	static const char *const texts[] = {"http://localhost", "http://localhost:3000",
		"https://app.example", "https://app.example:8443", "http://127.0.0.1:8080",
		"http://[::1]:3000", "https://[2001:db8::1]", "https://xn--bcher-kva.example",
		"https://a_b.example", "http://a.example:443", "https://a.example:80",
		"chrome-extension://abcdefghijklmnop", "capacitor://localhost", "app://obsidian.md",
		"http://x:65535"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		if (!bh_origin_is(texts[i], strlen(texts[i])))
			fail_msg("%s", texts[i]);
	}
}

static void
nothing_else_is(void **state)
{
	static const char *const texts[] = {"", "null", "*", "tenants", "localhost", "localhost:3000",
		"http:", "http://", "http:///", "://a", "//a", "https://a.example/", "https://a.example/x",
		"https://a.example?x", "https://a.example#", "https://A.example", "HTTPS://a.example",
		"https://*.example", "https://a.example:", "https://a.example:0", "https://a.example:443",
		"http://a.example:80", "http://a.example:080", "http://a.example:65536",
		"http://a.example:123456", "http://a.example:3 ", "http://a.example:-1",
		"https://u@a.example", "https://u:p@a.example", "https://a example", "https://a\texample",
		"https://a\r\nx: y", "https://a;b", "https://a\"b", "https://a$b", "https://a{b}",
		"https://\xc3\xa4.example", "http://[::1", "http://::1]", "http://[]", "http://[::1]x",
		"1http://a", "http://a,http://b", "http://a%2e"};
	char text[300] = "https://";

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		if (bh_origin_is(texts[i], strlen(texts[i])))
			fail_msg("%s", texts[i]);
	}
	memset(text + 8, 'a', 247);
	assert_true(bh_origin_is(text, 255));
	text[255] = 'a';
	assert_false(bh_origin_is(text, 256));
	assert_false(bh_origin_is("https://a\0b", 11));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_browsers_send_is_an_origin),
		cmocka_unit_test(nothing_else_is),
	};

	return cmocka_run_group_tests_name("http/origin", tests, NULL, NULL);
}
