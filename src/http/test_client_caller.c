/* SPDX-License-Identifier: Apache-2.0 */
/* test_client_caller.c: the HTTP client's own side: callers that leave, wrong requests, URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "http/testing_peer.h"

/* ---- the caller's own side ---- */

struct leaver {
	struct testing_peer *fix;
	int fd;
	bool *cancel;
};

/* Once the request has arrived: hangs up, or raises the flag. */
static void *
leave(void *arg)
{
	struct leaver *leaver = arg;

	while (atomic_load(&leaver->fix->requests) == 0)
		usleep(1000);
	if (leaver->cancel != NULL)
		__atomic_store_n(leaver->cancel, true, __ATOMIC_RELAXED);
	else
		close(leaver->fd);
	return NULL;
}

static void
client_that_leaves_ends_the_call(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	struct leaver leaver = {.fix = fix};
	pthread_t thread;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fix->script[0][0] = TESTING_PEER_HOLD;
	call.watch_fd = fds[0];
	leaver.fd = fds[1];
	pthread_create(&thread, NULL, leave, &leaver);
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_GONE);
	pthread_join(thread, NULL);
	/* The peer learns it from its connection's end. */
	for (int i = 0; i < 1000 && !atomic_load(&fix->left); i++)
		usleep(5000);
	assert_true(atomic_load(&fix->left));
	close(fds[0]);
}

static void
client_that_left_before_is_noticed_before_sending(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[1]);
	call.watch_fd = fds[0];
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_GONE);
	assert_false(fix->reply.sent);
	assert_int_equal(atomic_load(&fix->requests), 0);
	close(fds[0]);
}

static void
client_with_more_to_say_is_not_one_that_left(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(write(fds[1], "next request", 12), 12);
	fix->script[0][0] = TESTING_PEER_OK;
	call.watch_fd = fds[0];
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	close(fds[0]);
	close(fds[1]);
}

static void
cancel_flag_ends_the_call(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	bool cancel = false;
	struct leaver leaver = {.fix = fix, .cancel = &cancel};
	pthread_t thread;

	fix->script[0][0] = TESTING_PEER_HOLD;
	call.cancel = &cancel;
	pthread_create(&thread, NULL, leave, &leaver);
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_CANCELLED);
	pthread_join(thread, NULL);
}

static void
line_breaks_in_headers_and_paths_are_refused(void **state)
{
	struct testing_peer *fix = *state;
	const struct bh_http_header headers[] = {{"x-a", "b\r\nx-c: d"}};
	struct bh_http_call call = testing_peer_request();

	call.headers = headers;
	call.n_headers = 1;
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_INVALID);
	call.n_headers = 0;
	call.path = "/x HTTP/1.1\r\nx-c: d";
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_INVALID);
	call.path = "x";
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_INVALID);
	assert_int_equal(atomic_load(&fix->connections), 0);
}

/* ---- URLs ---- */

static int
open_url(const char *url)
{
	const struct bh_http_client_conf conf = {.url = url, .idle_max = 1, .connect_ms = 300};
	struct bh_http_client *client = NULL;
	int rc = bh_http_client_open(&conf, &client);

	bh_http_client_close(client);
	return rc;
}

static void
urls_of_other_forms_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"ftp://h/",
		"http://",
		"https://",
		"http:///x",
		"http://h:/",
		"http://h:0/",
		"http://h:65536/",
		"http://h:x/",
		"http://u@h/",
		"http://u:p@h/",
		"http://h?q",
		"http://h/a?q",
		"http://h/#f",
		"http://h/a b",
		"http://[::1/",
		"http://[]/",
		"unix:",
		"unix:x",
		"HTTP://h/",
		"http://h:-1/",
		"http://h\r\n/",
	};
	static const char *const good[] = {
		"unix:/a/b.sock",
		"http://h",
		"http://h/",
		"http://h:8080/v1/",
		"https://h.example/base",
		"http://127.0.0.1:1/",
		"http://[::1]:8080/x",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		if (open_url(bad[i]) != BH_E_INVALID)
			fail_msg("%s was taken", bad[i]);
	}
	for (size_t i = 0; i < BH_COUNT(good); i++)
		assert_int_equal(open_url(good[i]), 0);
}

static void
peer_that_is_not_there_is_a_connect_error(void **state)
{
	static const char *const urls[] = {"unix:/nonexistent/x.sock", "http://127.0.0.1:1/",
		"https://127.0.0.1:1/"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(urls); i++) {
		const struct bh_http_client_conf conf = {.url = urls[i], .idle_max = 1, .connect_ms = 2000};
		const struct bh_http_call call = testing_peer_request();
		struct bh_http_client *client;
		struct bh_http_reply reply;

		assert_int_equal(bh_http_client_open(&conf, &client), 0);
		assert_int_equal(bh_http_call(client, &call, &reply), BH_E_CONNECT);
		assert_false(reply.sent);
		bh_http_reply_close(&reply);
		bh_http_client_close(client);
	}
}

static void
tcp_peer_is_called_with_its_base_path(void **state)
{
	struct testing_peer *fix = *state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	struct bh_http_client_conf conf = {.idle_max = 1, .connect_ms = 2000};
	struct bh_http_call call = testing_peer_request();
	struct testing_peer tcp = {.listener = socket(AF_INET, SOCK_STREAM, 0)};
	char url[64];
	char host[64];

	(void)fix;
	assert_int_equal(bind(tcp.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(tcp.listener, 4), 0);
	assert_int_equal(getsockname(tcp.listener, (struct sockaddr *)&address, &size), 0);
	tcp.script[0][0] = TESTING_PEER_OK;
	pthread_create(&tcp.thread, NULL, testing_peer_serve, &tcp);
	snprintf(url, sizeof(url), "http://localhost:%d/base/", ntohs(address.sin_port));
	conf.url = url;
	assert_int_equal(bh_http_client_open(&conf, &tcp.client), 0);
	assert_int_equal(testing_peer_exchange(&tcp, &call), 0);
	snprintf(host, sizeof(host), "host: localhost:%d\r\n", ntohs(address.sin_port));
	assert_non_null(strstr(tcp.last_request, host));
	assert_memory_equal(tcp.last_request, "POST /base/x HTTP/1.1\r\n", 23);
	bh_http_client_close(tcp.client);
	shutdown(tcp.listener, SHUT_RDWR);
	pthread_join(tcp.thread, NULL);
	close(tcp.listener);
	bh_buf_close(&tcp.body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_peer_open, testing_peer_close)
		TEST(client_that_leaves_ends_the_call),
		TEST(client_that_left_before_is_noticed_before_sending),
		TEST(client_with_more_to_say_is_not_one_that_left),
		TEST(cancel_flag_ends_the_call),
		TEST(line_breaks_in_headers_and_paths_are_refused),
		TEST(urls_of_other_forms_are_refused),
		TEST(peer_that_is_not_there_is_a_connect_error),
		TEST(tcp_peer_is_called_with_its_base_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
