/* SPDX-License-Identifier: Apache-2.0 */
/* test_leave.c: a server that leaves: who reaches its successor, and whom it still serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/client.h"
#include "http/testing_server.h"

#define LONG_MS 60000
static char old_name[] = "the predecessor", new_name[] = "the successor";

#define REQUEST "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"

static int64_t
admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	(void)exchange;
	return 0;
}

static void
answer(void *ctx, struct bh_http_exchange *exchange)
{
	bh_http_answer(exchange, 200, NULL, 0, ctx, strlen(ctx));
}

/* A server in the place of the one that is there, which says who it is. */
static struct bh_http_server *
succeed(const struct testing_server *fix, char *who)
{
	const struct bh_http_server_conf conf = {
		.socket_path = fix->path,
		.socket_fd = -1,
		.socket_mode = 0600,
		.connections_max = 10,
		.idle_s = 60,
		.body_memory_max = 1024,
		.spool_dir = fix->dir,
		.ctx = who,
		.admit = admit,
		.handle = answer,
	};
	struct bh_http_server *server = NULL;

	assert_int_equal(bh_http_server_open(&conf, &server), 0);
	return server;
}

static atomic_bool hurries;

static bool
hurry(void *ctx)
{
	(void)ctx;
	return atomic_load(&hurries);
}

static void *
drain(void *arg)
{
	bh_http_server_drain(arg, LONG_MS, LONG_MS, hurry, NULL);
	return NULL;
}

static bool
is_answered_by(int fd, const char *who)
{
	char text[4096];

	testing_server_say(fd, REQUEST);
	testing_server_hear(fd, text, sizeof(text), who);
	return strstr(text, who) != NULL;
}

static void
whoever_is_connected_is_served_to_the_end(void **state)
{
	struct testing_server *fix = *state;
	struct bh_http_server *old = succeed(fix, old_name), *successor;
	int kept = testing_server_dial(fix), fresh;
	pthread_t thread;

	atomic_store(&hurries, false);
	assert_true(is_answered_by(kept, old_name));
	assert_false(bh_http_server_replaced(old));
	successor = succeed(fix, new_name);
	assert_true(bh_http_server_replaced(old));
	assert_int_equal(pthread_create(&thread, NULL, drain, old), 0);

	fresh = testing_server_dial(fix);
	assert_true(is_answered_by(fresh, new_name));
	assert_true(is_answered_by(kept, old_name));
	assert_true(is_answered_by(kept, old_name));
	/* The drain has no other end than this one, within the time that the test may take. */
	close(kept);
	pthread_join(thread, NULL);
	assert_true(is_answered_by(fresh, new_name));
	close(fresh);
	bh_http_server_close(successor, 0);
	bh_http_server_close(old, 0);
}

static void
whoever_is_in_a_hurry_does_not_wait(void **state)
{
	struct testing_server *fix = *state;
	struct bh_http_server *old = succeed(fix, old_name);
	int kept = testing_server_dial(fix);
	pthread_t thread;

	atomic_store(&hurries, false);
	assert_true(is_answered_by(kept, old_name));
	assert_int_equal(pthread_create(&thread, NULL, drain, old), 0);
	assert_true(is_answered_by(kept, old_name));
	atomic_store(&hurries, true);
	pthread_join(thread, NULL);
	close(kept);
	bh_http_server_close(old, 0);
}

static void
call(struct bh_http_client *client, const char *expected)
{
	const struct bh_http_call get = {.method = "GET",
		.path = "/x",
		.first_byte_ms = 10000,
		.idle_ms = 10000,
		.watch_fd = -1};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_http_reply reply;

	assert_int_equal(bh_http_call(client, &get, &reply), 0);
	assert_int_equal(bh_http_reply_body(&reply, 4096, &body), 0);
	bh_http_reply_close(&reply);
	assert_non_null(strstr(bh_buf_string(&body), expected));
}

static void
a_kept_connection_is_not_used_once_there_is_a_successor(void **state)
{
	struct testing_server *fix = *state;
	struct bh_http_server *old = succeed(fix, old_name), *successor;
	struct bh_http_client *client = NULL;
	char url[128];

	snprintf(url, sizeof(url), "unix:%s", fix->path);
	assert_int_equal(bh_http_client_open(&(struct bh_http_client_conf){.url = url,
											 .idle_max = 4,
											 .connect_ms = 1000},
						 &client),
		0);
	call(client, old_name);
	call(client, old_name);
	successor = succeed(fix, new_name);
	call(client, new_name);
	bh_http_client_close(client);
	bh_http_server_close(successor, 0);
	bh_http_server_close(old, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_server_open, testing_server_close)
	const struct CMUnitTest tests[] = {
		TEST(whoever_is_connected_is_served_to_the_end),
		TEST(whoever_is_in_a_hurry_does_not_wait),
		TEST(a_kept_connection_is_not_used_once_there_is_a_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
