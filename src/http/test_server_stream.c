/* SPDX-License-Identifier: Apache-2.0 */
/* test_server_stream.c: answers that take their time: streams, clients that leave, stopping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/testing_server.h"

static void
each_piece_of_a_stream_leaves_at_once(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);
	char text[4096];

	testing_server_say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "\r\n\r\n");
	assert_non_null(strcasestr(text, "transfer-encoding: chunked"));
	for (int i = 0; i < 3; i++) {
		char want[32];

		assert_int_equal(write(fix->go[1], "g", 1), 1);
		snprintf(want, sizeof(want), "9\r\ndata: %d\n\n\r\n", i);
		testing_server_hear(fd, text, sizeof(text), want);
		/* One chunk of its own, after whatever zero-padding the size has. */
		assert_non_null(strstr(text, want));
	}
	testing_server_hear(fd, text, sizeof(text), "0\r\n\r\n");
	testing_server_await(&fix->closed, 1);
	testing_server_await(&fix->done_whole, 1);
	close(fd);
}

static void
stream_ends_when_its_client_leaves(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);
	char text[4096];

	testing_server_say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "\r\n\r\n");
	testing_server_await_held(fix);
	close(fd);
	testing_server_await(&fix->gone, 1);
	testing_server_await(&fix->closed, 1);
	testing_server_await(&fix->done_broken, 1);
}

static void
handler_sees_its_client_leave(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);

	testing_server_say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_await_held(fix);
	close(fd);
	testing_server_await(&fix->gone, 1);
	testing_server_await(&fix->done_broken, 1);
}

static void
handler_may_take_longer_than_the_idle_time(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);
	char text[4096];
	int64_t start_ms;

	testing_server_say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_await_held(fix);
	start_ms = bh_clock_steady_ms();
	while (bh_clock_steady_ms() - start_ms < 2300)
		usleep(50000);
	assert_int_equal(write(fix->go[1], "g", 1), 1);
	testing_server_hear(fd, text, sizeof(text), "late");
	assert_memory_equal(text, "HTTP/1.1 200", 12);
	close(fd);
}

static void
stream_may_pause_longer_than_the_idle_time(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);
	char text[4096];
	int64_t start_ms;

	testing_server_say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "\r\n\r\n");
	start_ms = bh_clock_steady_ms();
	while (bh_clock_steady_ms() - start_ms < 2300)
		usleep(50000);
	assert_int_equal(write(fix->go[1], "ggg", 3), 3);
	testing_server_hear(fd, text, sizeof(text), "0\r\n\r\n");
	assert_non_null(strstr(text, "data: 2"));
	close(fd);
}

static void *
close_server(void *arg)
{
	struct testing_server *fix = arg;

	bh_http_server_close(fix->server, 10000);
	fix->server = NULL;
	return NULL;
}

static void
stopping_lets_running_exchanges_finish(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);
	char text[4096];
	pthread_t thread;

	testing_server_say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_await_held(fix);
	assert_int_equal(bh_http_server_running(fix->server), 1);
	pthread_create(&thread, NULL, close_server, fix);
	for (int i = 0; i < 1000 && access(fix->path, F_OK) == 0; i++)
		usleep(1000);
	assert_int_equal(write(fix->go[1], "g", 1), 1);
	testing_server_hear(fd, text, sizeof(text), "late");
	assert_memory_equal(text, "HTTP/1.1 200", 12);
	pthread_join(thread, NULL);
	close(fd);
}

static void
stopping_cuts_what_does_not_finish(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);

	testing_server_say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_await_held(fix);
	bh_http_server_close(fix->server, 50);
	fix->server = NULL;
	assert_int_equal(atomic_load(&fix->closed), 1);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_server_open, testing_server_close)
		TEST(each_piece_of_a_stream_leaves_at_once),
		TEST(stream_ends_when_its_client_leaves),
		TEST(handler_sees_its_client_leave),
		TEST(handler_may_take_longer_than_the_idle_time),
		TEST(stream_may_pause_longer_than_the_idle_time),
		TEST(stopping_lets_running_exchanges_finish),
		TEST(stopping_cuts_what_does_not_finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
