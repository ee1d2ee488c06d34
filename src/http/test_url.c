/* SPDX-License-Identifier: Apache-2.0 */
/* test_url.c: URLs of people outside, taken apart and followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "http/url.h"

static struct bh_arena arena;

static void
a_url_is_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *authority, *path;
		unsigned port;
		bool tls;
	} rows[] = {
		{"https://a.example", "a.example", "a.example", "/", 443, true},
		{"HTTPS://A.Example:443/x", "a.example", "a.example", "/x", 443, true},
		{"https://a.example:8443?q=1#part", "a.example", "a.example:8443", "/?q=1", 8443, true},
		{"http://a.example./x/../y", "a.example", "a.example", "/x/../y", 80, false},
		{"http://a.example:/", "a.example", "a.example", "/", 80, false},
		{"https://[2606:4700::1111]/", "2606:4700::1111", "[2606:4700::1111]", "/", 443, true},
		{"https://[::1]:8443/a", "::1", "[::1]:8443", "/a", 8443, true},
		{"https://127.1/", "127.1", "127.1", "/", 443, true},
		{"https://a.example/%41?b=/c?d", "a.example", "a.example", "/%41?b=/c?d", 443, true},
		{"https://xn--bcher-kva.example/", "xn--bcher-kva.example", "xn--bcher-kva.example", "/",
			443, true},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		struct bh_url url;

		assert_int_equal(bh_url_read(&arena, rows[i].text, &url), 0);
		assert_string_equal(url.host, rows[i].host);
		assert_string_equal(url.authority, rows[i].authority);
		assert_string_equal(url.path, rows[i].path);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.tls, rows[i].tls);
	}
}

static void
what_readers_understand_differently_is_refused(void **state)
{
	static const char *const bad[] = {"", "a.example", "//a.example/", "ftp://a.example/",
		"file:///etc/passwd", "gopher://a.example/", "javascript:alert(1)", "https:/a.example",
		"https:a.example", "https://", "https:///x", "https://:443/", "https://user@a.example/",
		"https://user:word@a.example/", "https://a.example@b.example/", "https://a.example\\@b/",
		"https://a.example\\b", "https://a b/", "https://a.example/ b", "https://a.example/\tb",
		"https://a.example/\r\nHost: b", "https://a..example/", "https://.a.example/",
		"https://a.example../", "https://a%2eexample/", "https://a.example%00/", "https://a$/",
		"https://h\xc3\xbcte.example/", "https://a.example/\xc3\xbc", "https://a.example:0/",
		"https://a.example:65536/", "https://a.example:-1/", "https://a.example:+1/",
		"https://a.example:80:80/", "https://a.example:8x/", "https://[::1/", "https://[::1]x/",
		"https://[::1%25eth0]/", "https://[::1%eth0]/", "https://[127.0.0.1]/", "https://[]/",
		"https://::1/", "https://a.example/<x>", "https://a.example/{x}", "https://a.example/\"",
		"https://a.example/x|y"};
	struct bh_url url = {.port = 7};
	char *longest = malloc(BH_URL_BYTES_MOST + 2);

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		if (bh_url_read(&arena, bad[i], &url) != BH_E_INVALID)
			fail_msg("%s was taken", bad[i]);
	}
	assert_int_equal(url.port, 7);
	assert_non_null(longest);
	memset(longest, 'a', BH_URL_BYTES_MOST + 1);
	longest[BH_URL_BYTES_MOST + 1] = '\0';
	memcpy(longest, "https://a.example/", 18);
	assert_int_equal(bh_url_read(&arena, longest, &url), BH_E_INVALID);
	longest[BH_URL_BYTES_MOST] = '\0';
	assert_int_equal(bh_url_read(&arena, longest, &url), 0);
	free(longest);
}

/* The examples of RFC 3986, section 5.4, but those of other schemes. */
static void
a_location_is_resolved_as_the_standard_says(void **state)
{
	static const struct {
		const char *location, *url;
	} rows[] = {{"g", "http://a/b/c/g"}, {"./g", "http://a/b/c/g"}, {"g/", "http://a/b/c/g/"},
		{"/g", "http://a/g"}, {"//g", "http://g/"}, {"?y", "http://a/b/c/d;p?y"},
		{"g?y", "http://a/b/c/g?y"}, {"#s", "http://a/b/c/d;p?q"}, {"g#s", "http://a/b/c/g"},
		{";x", "http://a/b/c/;x"}, {"", "http://a/b/c/d;p?q"}, {".", "http://a/b/c/"},
		{"./", "http://a/b/c/"}, {"..", "http://a/b/"}, {"../", "http://a/b/"},
		{"../g", "http://a/b/g"}, {"../..", "http://a/"}, {"../../g", "http://a/g"},
		{"../../../g", "http://a/g"}, {"/./g", "http://a/g"}, {"/../g", "http://a/g"},
		{"g.", "http://a/b/c/g."}, {".g", "http://a/b/c/.g"}, {"g..", "http://a/b/c/g.."},
		{"./../g", "http://a/b/g"}, {"./g/.", "http://a/b/c/g/"}, {"g/./h", "http://a/b/c/g/h"},
		{"g/../h", "http://a/b/c/h"}, {"g?y/../x", "http://a/b/c/g?y/../x"},
		{"https://B.example:8443/x", "https://b.example:8443/x"},
		{"//127.0.0.1:81/x", "http://127.0.0.1:81/x"}};
	struct bh_url page, url;

	(void)state;
	assert_int_equal(bh_url_read(&arena, "http://a/b/c/d;p?q", &page), 0);
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		const char *found;

		assert_int_equal(bh_url_follow(&arena, &page, rows[i].location, &url), 0);
		found = bh_arena_printf(&arena, "%s%s", bh_url_origin(&arena, &url), url.path);
		assert_string_equal(found, rows[i].url);
	}
	assert_int_equal(bh_url_follow(&arena, &page, "file:///etc/passwd", &url), BH_E_INVALID);
	assert_int_equal(bh_url_follow(&arena, &page, "g:h", &url), BH_E_INVALID);
	assert_int_equal(bh_url_follow(&arena, &page, "//u@b/", &url), BH_E_INVALID);
	assert_int_equal(bh_url_follow(&arena, &page, "/a b", &url), BH_E_INVALID);
}

static void
an_origin_is_scheme_host_and_port(void **state)
{
	struct bh_url a, b;

	(void)state;
	assert_int_equal(bh_url_read(&arena, "https://a.example/x", &a), 0);
	assert_int_equal(bh_url_read(&arena, "https://A.example:443/y", &b), 0);
	assert_true(bh_url_same_origin(&a, &b));
	assert_int_equal(bh_url_read(&arena, "http://a.example:443/", &b), 0);
	assert_false(bh_url_same_origin(&a, &b));
	assert_int_equal(bh_url_read(&arena, "https://a.example:444/", &b), 0);
	assert_false(bh_url_same_origin(&a, &b));
	assert_int_equal(bh_url_read(&arena, "https://b.example/", &b), 0);
	assert_false(bh_url_same_origin(&a, &b));
}

static int
tear_down(void **state)
{
	(void)state;
	bh_arena_close(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(what_readers_understand_differently_is_refused),
		cmocka_unit_test(a_location_is_resolved_as_the_standard_says),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
