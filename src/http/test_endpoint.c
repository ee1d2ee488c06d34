/* SPDX-License-Identifier: Apache-2.0 */
/* test_endpoint.c: addresses of processes are read as written, and nothing else is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "http/endpoint.h"

static void
is(const struct bh_endpoint_part *part, const char *text)
{
	assert_int_equal(part->len, strlen(text));
	if (part->len > 0)
		assert_memory_equal(part->text, text, part->len);
}

static int
read_one(const char *text, struct bh_endpoint *out)
{
	return bh_endpoint_read(text, strlen(text), out);
}

static void
three_forms_are_read(void **state)
{
	struct bh_endpoint at;

	(void)state;
	assert_int_equal(read_one("unix:/run/a b.sock", &at), 0);
	assert_int_equal(at.kind, BH_ENDPOINT_UNIX);
	assert_true(bh_endpoint_is_local(&at));
	is(&at.path, "/run/a b.sock");
	assert_int_equal(read_one("http://10.0.0.7:8081", &at), 0);
	assert_int_equal(at.kind, BH_ENDPOINT_HTTP);
	is(&at.host, "10.0.0.7");
	is(&at.authority, "10.0.0.7:8081");
	is(&at.base, "");
	assert_int_equal(at.port, 8081);
	assert_int_equal(read_one("https://rag.internal/base/", &at), 0);
	assert_int_equal(at.kind, BH_ENDPOINT_HTTPS);
	assert_int_equal(at.port, 443);
	is(&at.base, "/base");
	assert_int_equal(read_one("https://[::1]:8443", &at), 0);
	is(&at.host, "::1");
	assert_int_equal(at.port, 8443);
}

static void
nothing_else_is_an_endpoint(void **state)
{
	static const char *const texts[] = {"", "unix:", "unix:a", "http://", "http://:80",
		"http://a:", "http://a:0", "http://a:65536", "http://a:123456", "http://a:-1",
		"http://a:8 0", "http://[::1", "http://::1", "http://u@a", "http://a?x", "http://a#x",
		"http://a/b c", "ftp://a", "HTTP://a", "//a", "a:80", "http://a\r\nx"};
	struct bh_endpoint at;
	char path[200] = "unix:/";

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		if (read_one(texts[i], &at) != BH_E_INVALID)
			fail_msg("%s", texts[i]);
	}
	assert_int_equal(bh_endpoint_read("http://a\0b", 10, &at), BH_E_INVALID);
	memset(path + 6, 'a', BH_ENDPOINT_SOCKET_MOST - 1);
	assert_int_equal(read_one(path, &at), 0);
	path[5 + BH_ENDPOINT_SOCKET_MOST] = 'a';
	assert_int_equal(read_one(path, &at), BH_E_INVALID);
}

static void
several_are_divided_by_blanks(void **state)
{
	struct bh_endpoint list[BH_ENDPOINTS_MOST];
	size_t n = 0;

	(void)state;
	assert_int_equal(bh_endpoints_read(" http://a:1  http://b:2 unix:/c ", list, &n), 0);
	assert_int_equal(n, 3);
	is(&list[1].host, "b");
	is(&list[2].path, "/c");
	assert_int_equal(bh_endpoints_read("", list, &n), BH_E_INVALID);
	assert_int_equal(bh_endpoints_read("  ", list, &n), BH_E_INVALID);
	assert_int_equal(bh_endpoints_read("http://a https://b", list, &n), BH_E_INVALID);
	assert_int_equal(bh_endpoints_read("http://a,http://b", list, &n), BH_E_INVALID);
}

static void
there_is_a_most_of_them(void **state)
{
	struct bh_endpoint list[BH_ENDPOINTS_MOST];
	char text[BH_ENDPOINTS_MOST * 10 + 20] = "";
	size_t n = 0, len = 0;

	(void)state;
	for (unsigned i = 0; i < BH_ENDPOINTS_MOST; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "http://a ");
	assert_int_equal(bh_endpoints_read(text, list, &n), 0);
	assert_int_equal(n, BH_ENDPOINTS_MOST);
	snprintf(text + len, sizeof(text) - len, "http://a");
	assert_int_equal(bh_endpoints_read(text, list, &n), BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_forms_are_read),
		cmocka_unit_test(nothing_else_is_an_endpoint),
		cmocka_unit_test(several_are_divided_by_blanks),
		cmocka_unit_test(there_is_a_most_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
