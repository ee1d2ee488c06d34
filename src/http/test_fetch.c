/* SPDX-License-Identifier: Apache-2.0 */
/* test_fetch.c: what is fetched, from whom, and how much of it; the peer is on this machine. test_fetch_network.py does
 * the same in a network of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/fetch.h"
#include "http/fetch_conf.h"
#include "http/lookup.h"
#include "http/testing_peer.h"

struct fixture {
	struct testing_peer peer;
	struct bh_arena arena;
	struct bh_fetcher *fetcher;
	struct bh_fetched answer;
	struct bh_uuid tenant;
	char origin[64], open[96];
	int port;
};

static int
setup(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct fixture *fix = calloc(1, sizeof(*fix));
	struct bh_fetch_settings settings = {.ca_file = ""};
	socklen_t size = sizeof(address);

	*state = fix;
	fix->tenant = bh_uuid_new();
	fix->peer.listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fix->peer.listener, (struct sockaddr *)&address, size) < 0 ||
		listen(fix->peer.listener, 8) < 0 ||
		getsockname(fix->peer.listener, (struct sockaddr *)&address, &size) < 0)
		return -1;
	fix->port = ntohs(address.sin_port);
	pthread_create(&fix->peer.thread, NULL, testing_peer_serve, &fix->peer);
	snprintf(fix->origin, sizeof(fix->origin), "http://127.0.0.1:%d", fix->port);
	settings.open = fix->origin;
	return bh_fetcher_open(&settings, &fix->fetcher);
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_fetch_close(&fix->answer);
	bh_fetcher_close(fix->fetcher);
	shutdown(fix->peer.listener, SHUT_RDWR);
	pthread_join(fix->peer.thread, NULL);
	close(fix->peer.listener);
	bh_buf_close(&fix->peer.body);
	bh_arena_close(&fix->arena);
	free(fix);
	return 0;
}

static int
fetch(struct fixture *fix, const struct bh_fetch *given)
{
	struct bh_fetch ask = *given;
	int rc;

	ask.tenant = &fix->tenant;
	ask.url = bh_arena_printf(&fix->arena, "%s%s", ask.url != NULL ? "" : fix->origin,
		ask.url != NULL ? ask.url : "/x");
	ask.bytes_most = ask.bytes_most > 0 ? ask.bytes_most : 1000;
	ask.first_byte_ms = ask.first_byte_ms > 0 ? ask.first_byte_ms : 5000;
	ask.total_ms = ask.total_ms > 0 ? ask.total_ms : 10000;
	bh_fetch_close(&fix->answer);
	bh_buf_reset(&fix->peer.body);
	rc = bh_fetch(fix->fetcher, &fix->arena, &ask, &fix->answer);
	return rc == 0 ? bh_fetch_body(&fix->answer, &fix->peer.body) : rc;
}

static void
an_opened_origin_is_fetched(void **state)
{
	struct fixture *fix = *state;

	fix->peer.script[0][0] =
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
	assert_int_equal(fetch(fix, &(struct bh_fetch){0}), 0);
	assert_int_equal(fix->answer.status, 200);
	assert_string_equal(bh_fetch_header(&fix->answer, "content-type"), "text/plain");
	assert_string_equal(bh_buf_string(&fix->peer.body), "ok");
	assert_non_null(strstr(fix->peer.last_request, "GET /x HTTP/1.1\r\nhost: 127.0.0.1:"));
}

static void
this_machine_is_refused_however_it_is_written(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001",
		"0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "0.0.0.0", "[::1]", "[::]",
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]",
		"[2002:7f00:1::]", "localhost", "LocalHost", "localhost.", "ip6-localhost",
		"169.254.169.254", "[fe80::1]", "[ff02::1]", "10.0.0.1", "192.168.0.1", "172.16.0.1",
		"100.64.0.1", "[fd00::1]", "224.0.0.1", "255.255.255.255"};
	struct bh_fetch_settings settings = {.open = "", .ca_file = "", .plain = true};
	struct fixture *fix = *state;

	bh_fetcher_close(fix->fetcher);
	assert_int_equal(bh_fetcher_open(&settings, &fix->fetcher), 0);
	for (size_t i = 0; i < BH_COUNT(hosts); i++) {
		const struct bh_fetch ask = {
			.url = bh_arena_printf(&fix->arena, "http://%s:%d/", hosts[i], fix->port),
			.hops_most = 2,
		};

		if (fetch(fix, &ask) != BH_E_URL_REFUSED)
			fail_msg("%s was not refused", hosts[i]);
		assert_non_null(strstr(bh_error_detail(BH_E_URL_REFUSED), "not public"));
	}
	assert_int_equal(fix->peer.connections, 0);
}

static void
what_is_never_reached_stays_so_where_everything_private_is_open(void **state)
{
	static const char *const hosts[] = {"169.254.169.254", "0.0.0.0", "[::]",
		"[::ffff:169.254.169.254]", "[fe80::1]", "224.0.0.1", "[64:ff9b::127.0.0.1]"};
	struct bh_fetch_settings settings = {.open = "", .ca_file = "", .plain = true};
	struct fixture *fix = *state;

	bh_fetcher_close(fix->fetcher);
	assert_int_equal(bh_fetcher_open(&settings, &fix->fetcher), 0);
	for (size_t i = 0; i < BH_COUNT(hosts); i++) {
		const struct bh_fetch ask = {
			.url = bh_arena_printf(&fix->arena, "http://%s:%d/", hosts[i], fix->port),
			.any_private = true,
		};

		assert_int_equal(fetch(fix, &ask), BH_E_URL_REFUSED);
	}
	assert_int_equal(fix->peer.connections, 0);
}

static void
an_origin_is_open_as_it_is_written_and_to_its_tenant_only(void **state)
{
	struct fixture *fix = *state;
	struct bh_fetch_settings settings = {.ca_file = "", .plain = true};
	char id[BH_UUID_TEXT];

	bh_uuid_format(&fix->tenant, id);
	settings.open = bh_arena_printf(&fix->arena, "https://a.example  %s=http://127.0.0.1:%d", id,
		fix->port);
	bh_fetcher_close(fix->fetcher);
	assert_int_equal(bh_fetcher_open(&settings, &fix->fetcher), 0);
	fix->peer.script[0][0] = TESTING_PEER_OK;
	assert_int_equal(fetch(fix, &(struct bh_fetch){0}), 0);
	assert_int_equal(fetch(fix,
						 &(struct bh_fetch){
							 .url = bh_arena_printf(&fix->arena, "http://127.1:%d/", fix->port)}),
		BH_E_URL_REFUSED);
	fix->tenant = bh_uuid_new();
	assert_int_equal(fetch(fix, &(struct bh_fetch){0}), BH_E_URL_REFUSED);
	assert_int_equal(fix->peer.connections, 1);
}

static void
without_tls_only_what_is_opened_so_is_reached(void **state)
{
	struct bh_fetch_settings settings = {.open = "", .ca_file = ""};
	struct fixture *fix = *state;

	bh_fetcher_close(fix->fetcher);
	assert_int_equal(bh_fetcher_open(&settings, &fix->fetcher), 0);
	assert_int_equal(fetch(fix, &(struct bh_fetch){.url = "http://1.1.1.1/"}), BH_E_URL_REFUSED);
	assert_non_null(strstr(bh_error_detail(BH_E_URL_REFUSED), "https"));
}

static void
a_redirect_begins_again(void **state)
{
	static const char *const to[] = {"http://127.0.0.1:1/", "//127.1/", "http://169.254.169.254/",
		"https://localhost/", "http://[::1]/"};
	struct fixture *fix = *state;

	for (size_t i = 0; i < BH_COUNT(to); i++) {
		int rc;

		fix->peer.script[i][0] = bh_arena_printf(&fix->arena,
			"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", to[i]);
		rc = fetch(fix, &(struct bh_fetch){.hops_most = 3});
		if (rc != BH_E_URL_REFUSED)
			fail_msg("%s was not refused", to[i]);
	}
	assert_int_equal(fix->peer.connections, BH_COUNT(to));
}

static void
redirects_are_followed_so_often_and_no_further(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 7; i++)
		fix->peer.script[i][0] =
			"HTTP/1.1 302 Found\r\nLocation: ../y?z\r\nContent-Length: 0\r\n\r\n";
	fix->peer.script[2][0] = TESTING_PEER_OK;
	assert_int_equal(fetch(fix, &(struct bh_fetch){.hops_most = 2}), 0);
	assert_string_equal(fix->answer.url.path, "/y?z");
	assert_int_equal(fetch(fix, &(struct bh_fetch){.hops_most = 2}), BH_E_URL_REFUSED);
	assert_non_null(strstr(bh_error_detail(BH_E_URL_REFUSED), "too often"));
	assert_int_equal(fetch(fix, &(struct bh_fetch){0}), 0);
	assert_int_equal(fix->answer.status, 302);
}

static void
a_post_that_moved_becomes_a_get_and_one_that_must_not_stays(void **state)
{
	struct fixture *fix = *state;
	const struct bh_fetch ask = {.method = "POST", .body = "hello", .body_len = 5, .hops_most = 2};

	fix->peer.script[0][0] = "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n";
	fix->peer.script[1][0] = TESTING_PEER_OK;
	assert_int_equal(fetch(fix, &ask), 0);
	assert_non_null(strstr(fix->peer.last_request, "GET /y "));
	assert_null(strstr(fix->peer.last_request, "hello"));
	fix->peer.script[2][0] = "HTTP/1.1 307 Moved\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n";
	fix->peer.script[3][0] = TESTING_PEER_OK;
	assert_int_equal(fetch(fix, &ask), 0);
	assert_non_null(strstr(fix->peer.last_request, "POST /y "));
	assert_non_null(strstr(fix->peer.last_request, "hello"));
	fix->peer.script[4][0] =
		"HTTP/1.1 307 Moved\r\nLocation: http://127.1/\r\nContent-Length: 0\r\n\r\n";
	assert_int_equal(fetch(fix, &ask), BH_E_URL_REFUSED);
}

static void
an_answer_has_a_size_and_a_time(void **state)
{
	struct fixture *fix = *state;
	int64_t began_ms;

	fix->peer.script[0][0] = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901";
	fix->peer.script[1][0] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
							 "chunked\r\n\r\n6\r\n123456\r\n5\r\n78901\r\n0\r\n\r\n";
	fix->peer.script[2][0] = "HTTP/1.1 200 OK\r\n\r\n12345678901";
	for (int i = 0; i < 3; i++)
		assert_int_equal(fetch(fix, &(struct bh_fetch){.bytes_most = 10}), BH_E_TOO_LARGE);
	fix->peer.script[3][0] = TESTING_PEER_HOLD;
	began_ms = bh_clock_steady_ms();
	assert_int_equal(fetch(fix, &(struct bh_fetch){.first_byte_ms = 300}), BH_E_UPSTREAM_TIMEOUT);
	fix->peer.script[4][0] = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n1";
	fix->peer.script[4][1] = TESTING_PEER_HOLD;
	assert_int_equal(fetch(fix, &(struct bh_fetch){.total_ms = 600}), BH_E_UPSTREAM_TIMEOUT);
	assert_in_range(bh_clock_steady_ms() - began_ms, 800, 3000);
	assert_int_equal(fetch(fix, &(struct bh_fetch){.total_ms = 0, .first_byte_ms = 1}),
		BH_E_PROTOCOL); /* the script is at its end: it closes */
}

static void
what_was_compressed_without_being_asked_is_refused(void **state)
{
	struct fixture *fix = *state;

	fix->peer.script[0][0] =
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok";
	assert_int_equal(fetch(fix, &(struct bh_fetch){0}), BH_E_PROTOCOL);
}

static void
a_cancelled_fetch_ends(void **state)
{
	struct fixture *fix = *state;
	bool cancel = true;

	assert_int_equal(fetch(fix, &(struct bh_fetch){.cancel = &cancel}), BH_E_CANCELLED);
}

static void
wrong_settings_are_named(void **state)
{
	static const char *const bad[] = {"a.example", "https://a.example/x", "x=https://a.example",
		"00000000-0000-0000-0000-000000000000=https://a.example", "https://u@a.example", "ftp://a"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		const struct bh_fetch_settings settings = {.open = bad[i], .ca_file = ""};

		assert_int_equal(bh_fetch_settings_check(&settings), BH_E_CONFIG);
		assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "fetch.open"));
	}
}

static void
a_failure_is_told_about_its_parameter(void **state)
{
	(void)state;
	(void)bh_error(BH_E_CONNECT, "resolve a.example: unknown");
	assert_int_equal(bh_fetch_failure(BH_E_CONNECT, "image_url"), BH_E_URL_FAILED);
	assert_string_equal(bh_error_field(BH_E_URL_FAILED), "image_url");
	assert_non_null(strstr(bh_error_detail(BH_E_URL_FAILED), "a.example"));
	(void)bh_error(BH_E_INVALID, "the URL has no host");
	assert_int_equal(bh_fetch_failure(BH_E_INVALID, "image_url"), BH_E_URL_REFUSED);
	assert_int_equal(bh_fetch_failure(BH_E_GONE, "image_url"), BH_E_GONE);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_opened_origin_is_fetched),
		TEST(this_machine_is_refused_however_it_is_written),
		TEST(what_is_never_reached_stays_so_where_everything_private_is_open),
		TEST(an_origin_is_open_as_it_is_written_and_to_its_tenant_only),
		TEST(without_tls_only_what_is_opened_so_is_reached),
		TEST(a_redirect_begins_again),
		TEST(redirects_are_followed_so_often_and_no_further),
		TEST(a_post_that_moved_becomes_a_get_and_one_that_must_not_stays),
		TEST(an_answer_has_a_size_and_a_time),
		TEST(what_was_compressed_without_being_asked_is_refused),
		TEST(a_cancelled_fetch_ends),
		cmocka_unit_test(wrong_settings_are_named),
		cmocka_unit_test(a_failure_is_told_about_its_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
