/* SPDX-License-Identifier: Apache-2.0 */
/* test_server.c: requests as they come in: targets, bodies, connections, the socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/testing_server.h"

static void
target_is_raw_and_query_is_decoded(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd, "GET /a%2Fb%00?p=1&q=x+y%21 HTTP/1.1\r\nHost: h\r\nx-TEST: v\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=v");
	assert_non_null(strstr(text, "GET /a%2Fb%00 q=ok(x y!)"));
	assert_non_null(strstr(text, "x-more: yes"));
	close(fd);
}

static void
query_with_bad_escape_is_refused(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd, "GET /a?q=%4 HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "q=bad"));
	testing_server_say(fd, "GET /a?q=%00 HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "q=bad"));
	testing_server_say(fd, "GET /a?q=%ff HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "q=bad"));
	close(fd);
}

static void
connection_serves_several_requests(void **state)
{
	struct testing_server *fix = *state;
	int fd = testing_server_dial(fix);
	char text[4096];

	for (int i = 0; i < 3; i++) {
		testing_server_say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
		testing_server_hear(fd, text, sizeof(text), "x=none");
		assert_non_null(strstr(text, "bytes=5 memory=5 spooled=0 sum=532 large=0"));
	}
	testing_server_await(&fix->done_whole, 3);
	close(fd);
}

static void
chunked_body_arrives_whole(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd,
		"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nhel\r\n");
	testing_server_say(fd, "2\r\nlo\r\n0\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=5 memory=5 spooled=0 sum=532"));
	close(fd);
}

static void
large_body_is_spooled(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];
	char piece[1000];

	memset(piece, 'a', sizeof(piece));
	testing_server_say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n");
	for (int i = 0; i < 50; i++)
		assert_int_equal(send(fd, piece, sizeof(piece), 0), sizeof(piece));
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=50000 memory=0 spooled=50000 sum=4850000 large=0"));
	close(fd);
}

/* 4 KiB fit into the fixture's memory. */
static void
a_body_of_unknown_length_asks_for_room_as_it_grows(void **state)
{
	static const char head[] = "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
	struct testing_server *fix = *state;
	char text[4096], piece[1008] = "3e8\r\n";
	int fd = testing_server_dial(fix);

	memset(piece + 5, 'a', 1000);
	memcpy(piece + 1005, "\r\n", 3);
	for (int round = 0; round < 2; round++) {
		testing_server_say(fd, head);
		for (int i = 0; i < 100; i++)
			testing_server_say(fd, piece);
		testing_server_say(fd, "0\r\n\r\n");
		testing_server_hear(fd, text, sizeof(text), "x=none");
		if (round == 0) {
			assert_non_null(strstr(text, "bytes=100000 memory=0 spooled=100000"));
			assert_int_equal(atomic_load(&fix->granted_memory), 0);
			assert_in_range(atomic_load(&fix->granted_spool), 100000, 300000);
			atomic_store(&fix->grow_most, 90000);
		}
	}
	assert_non_null(strstr(text, "memory=0 spooled=0"));
	assert_null(strstr(text, "error=0"));
	testing_server_say(fd, head);
	testing_server_say(fd, "3\r\nhel\r\n0\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_in_range(atomic_load(&fix->granted_memory), 3, 90000);
	close(fd);
}

static void
body_over_the_admitted_size_is_read_but_not_kept(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd,
		"POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=11 memory=0 spooled=0 sum=0 large=1"));
	testing_server_say(fd,
		"POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
		"b\r\nhello world\r\n0\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=11 memory=0 spooled=0 sum=0 large=1"));
	close(fd);
}

static void
client_that_asks_before_sending_is_told_at_once(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd,
		"POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n"
		"Expect: 100-continue\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_memory_equal(text, "HTTP/1.1 200", 12);
	assert_non_null(strstr(text, "large=1"));
	close(fd);

	fd = testing_server_dial(*state);
	testing_server_say(fd,
		"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
		"Expect: 100-continue\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "\r\n\r\n");
	assert_memory_equal(text, "HTTP/1.1 100", 12);
	testing_server_say(fd, "hello");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "sum=532"));
	close(fd);
}

static void
head_has_no_body(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd, "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "GET /y");
	assert_null(strstr(text, "HEAD /x"));
	close(fd);
}

static void
file_is_the_body(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd, "GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "content of a file");
	assert_non_null(strstr(text, "\r\n\r\ncontent of a file"));
	close(fd);
}

static void
idle_connection_is_closed(void **state)
{
	int fd = testing_server_dial(*state);
	char text[4096];

	testing_server_say(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_int_equal(recv(fd, text, sizeof(text), 0), 0);
	close(fd);
}

/* What never became a request is neither handled nor reported, and leaves nothing behind. */
static void
half_and_malformed_requests_are_counted_out(void **state)
{
	static const char *const texts[] = {
		"G",
		"GET /x HTTP/1.1\r\n",
		"GET /x HTTP/1.1\r\nHost: h\r\nX",
		"GET /x HTTP/1.1\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
		"\r\n\r\n\r\n",
		"x\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	};
	struct testing_server *fix = *state;
	char text[4096];

	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		int fd = testing_server_dial(fix);

		testing_server_say(fd, texts[i]);
		shutdown(fd, SHUT_WR);
		testing_server_hear(fd, text, sizeof(text), "never");
		assert_null(strstr(text, " 200 "));
		close(fd);
	}
	for (int i = 0; i < 500 && bh_http_server_running(fix->server) > 0; i++)
		usleep(10000);
	assert_int_equal(bh_http_server_running(fix->server), 0);
	assert_int_equal(atomic_load(&fix->done_whole), 0);
}

static void
socket_has_its_mode_and_replaces_an_old_one(void **state)
{
	struct testing_server *fix = *state;
	struct bh_http_server_conf conf = {
		.socket_path = fix->path,
		.socket_mode = 0660,
		.connections_max = 5,
		.idle_s = 1,
		.body_memory_max = 4096,
		.spool_dir = fix->dir,
		.ctx = fix,
		.admit = testing_server_admit,
		.handle = testing_server_handle,
	};
	struct bh_http_server *second;
	struct stat info;
	char text[4096];
	int fd;

	assert_int_equal(stat(fix->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(bh_http_server_open(&conf, &second), 0);
	assert_int_equal(stat(fix->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	bh_http_server_close(fix->server, 0); /* must leave its successor's socket alone */
	fix->server = NULL;
	fd = testing_server_dial(fix);
	testing_server_say(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	testing_server_hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "GET /x"));
	close(fd);
	bh_http_server_close(second, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_server_open, testing_server_close)
		TEST(target_is_raw_and_query_is_decoded),
		TEST(query_with_bad_escape_is_refused),
		TEST(connection_serves_several_requests),
		TEST(chunked_body_arrives_whole),
		TEST(a_body_of_unknown_length_asks_for_room_as_it_grows),
		TEST(large_body_is_spooled),
		TEST(body_over_the_admitted_size_is_read_but_not_kept),
		TEST(client_that_asks_before_sending_is_told_at_once),
		TEST(head_has_no_body),
		TEST(file_is_the_body),
		TEST(idle_connection_is_closed),
		TEST(half_and_malformed_requests_are_counted_out),
		TEST(socket_has_its_mode_and_replaces_an_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
