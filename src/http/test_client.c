/* SPDX-License-Identifier: Apache-2.0 */
/* test_client.c: the HTTP client against peers that cut, stall, lie and hang up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/testing_peer.h"

static const char chunked[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
							  "3\r\nabc\r\n0\r\n\r\n";

/* ---- the way it should be ---- */

static void
request_is_written_whole(void **state)
{
	struct testing_peer *fix = *state;
	const struct bh_http_header headers[] = {{"content-type", "text/plain"}, {"x-a", "b"}};
	struct bh_http_call call = testing_peer_request();

	fix->script[0][0] = TESTING_PEER_OK;
	call.headers = headers;
	call.n_headers = 2;
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	assert_string_equal(fix->body.data, "ok");
	assert_string_equal(fix->last_request,
		"POST /x HTTP/1.1\r\nhost: localhost\r\n"
		"accept-encoding: identity\r\ncontent-type: text/plain\r\nx-a: b\r\n"
		"content-length: 5\r\n\r\nhello");
}

static void
connection_is_used_again(void **state)
{
	struct testing_peer *fix = *state;

	fix->script[0][0] = TESTING_PEER_OK;
	fix->script[0][1] = chunked;
	fix->script[0][2] = "HTTP/1.1 204 No Content\r\n\r\n";
	fix->script[0][3] = TESTING_PEER_OK;
	for (int i = 0; i < 4; i++)
		assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->connections), 1);
	assert_int_equal(atomic_load(&fix->requests), 4);
}

static void
chunked_answer_read_to_its_data_is_kept(void **state)
{
	struct testing_peer *fix = *state;
	const struct bh_http_call call = testing_peer_request();
	char piece[16];

	fix->script[0][0] = chunked;
	fix->script[0][1] = TESTING_PEER_OK;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_read(&fix->reply, piece, sizeof(piece)), 3);
	bh_http_reply_close(&fix->reply);
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->connections), 1);
}

/* Two chunks and half a third come at once: both are there without a poll, the third is not. */
static void
what_has_arrived_is_pending(void **state)
{
	struct testing_peer *fix = *state;
	const struct bh_http_call call = testing_peer_request();
	char text[16];

	fix->script[0][0] =
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n3";
	fix->script[0][1] = "<" TESTING_PEER_HOLD;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_read(&fix->reply, text, sizeof(text)), 1);
	assert_true(bh_http_reply_pending(&fix->reply));
	assert_int_equal(bh_http_reply_read(&fix->reply, text, sizeof(text)), 2);
	assert_memory_equal(text, "bc", 2);
	assert_false(bh_http_reply_pending(&fix->reply));
	bh_http_reply_close(&fix->reply);

	fix->script[1][0] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_read(&fix->reply, text, sizeof(text)), 1);
	assert_true(bh_http_reply_pending(&fix->reply));
	assert_int_equal(bh_http_reply_read(&fix->reply, text, sizeof(text)), 0);
}

static void
connection_closed_by_the_peer_is_not_used_again(void **state)
{
	struct testing_peer *fix = *state;

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
	fix->script[1][0] = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
	fix->script[2][0] = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
	for (int i = 0; i < 3; i++)
		assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_string_equal(fix->body.data, "until the end");
	assert_int_equal(atomic_load(&fix->connections), 3);
}

static void
client_that_is_closed_lives_until_its_last_answer_is_over(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	char url[128];
	const struct bh_http_client_conf conf = {.url = url, .idle_max = 2, .connect_ms = 1000};
	struct bh_http_client *client;

	snprintf(url, sizeof(url), "unix:%s", fix->path);
	fix->script[0][0] = TESTING_PEER_OK;
	assert_int_equal(bh_http_client_open(&conf, &client), 0);
	assert_int_equal(bh_http_call(client, &call, &fix->reply), 0);
	bh_http_client_close(client);
	assert_int_equal(bh_http_reply_body(&fix->reply, 100, &fix->body), 0);
	assert_string_equal(fix->body.data, "ok");
	bh_http_reply_close(&fix->reply);
}

static void
half_read_answer_closes_the_connection(void **state)
{
	struct testing_peer *fix = *state;
	const struct bh_http_call call = testing_peer_request();
	char piece[1];

	fix->script[0][0] = TESTING_PEER_OK;
	fix->script[0][1] = "<" TESTING_PEER_HOLD;
	fix->script[1][0] = TESTING_PEER_OK;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_read(&fix->reply, piece, 1), 1);
	bh_http_reply_close(&fix->reply);
	bh_http_reply_close(&fix->reply);
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_true(atomic_load(&fix->left));
	assert_int_equal(atomic_load(&fix->connections), 2);
}

static void
interim_answers_are_passed_over(void **state)
{
	struct testing_peer *fix = *state;

	fix->script[0][0] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
						"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_string_equal(fix->body.data, "ok");
}

static void
body_from_a_file_is_sent(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	FILE *file = tmpfile();

	fputs("from a file", file);
	fflush(file);
	fix->script[0][0] = fix->script[0][1] = TESTING_PEER_OK;
	call.body_fd = fileno(file);
	call.body_len = 11;
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	assert_non_null(strstr(fix->last_request, "content-length: 11\r\n\r\nfrom a file"));

	call.body_offset = 5;
	call.body_len = 3;
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	assert_non_null(strstr(fix->last_request, "content-length: 3\r\n\r\na f"));
	fclose(file);
}

static void
large_body_goes_through_a_slow_peer(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	char *body = malloc(8000);

	memset(body, 'x', 8000);
	call.body = body;
	call.body_len = 7900;
	fix->script[0][0] = TESTING_PEER_OK;
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	assert_int_equal(fix->last_len, strlen(fix->last_request));
	free(body);
}

/* ---- peers that misbehave ---- */

static void
cut_bodies_are_errors_never_ends(void **state)
{
	struct testing_peer *fix = *state;
	static const char *const cut[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
	};

	for (size_t i = 0; i < BH_COUNT(cut); i++)
		fix->script[i][0] = cut[i];
	for (size_t i = 0; i < BH_COUNT(cut); i++)
		assert_int_equal(testing_peer_exchange_plain(fix), BH_E_PROTOCOL);
}

static void
cut_heads_are_errors(void **state)
{
	struct testing_peer *fix = *state;

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nContent-Len";
	fix->script[1][0] = "garbage\r\n\r\n";
	fix->script[2][0] = "HTTP/1.1 101 Switching\r\n\r\n";
	for (int i = 0; i < 3; i++) {
		assert_int_equal(testing_peer_exchange_plain(fix), BH_E_PROTOCOL);
		assert_true(fix->reply.sent);
	}
}

static void
endless_head_is_refused(void **state)
{
	/* The peer may still be saying it when the test is over. */
	static const char line[] =
		"X-Filler: 0123456789012345678901234567890123456789012345678901234\r\n";
	static char head[40000] = "HTTP/1.1 200 OK\r\n";
	struct testing_peer *fix = *state;

	for (size_t len = strlen(head); len + sizeof(line) <= sizeof(head); len += sizeof(line) - 1)
		memcpy(head + len, line, sizeof(line));
	fix->script[0][0] = head;
	assert_int_equal(testing_peer_exchange_plain(fix), BH_E_PROTOCOL);
}

static void
body_over_the_callers_limit_is_refused(void **state)
{
	struct testing_peer *fix = *state;
	const struct bh_http_call call = testing_peer_request();

	fix->script[0][0] = TESTING_PEER_OK;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_body(&fix->reply, 1, &fix->body), BH_E_TOO_LARGE);
}

static void
bytes_behind_the_answer_end_the_connection(void **state)
{
	struct testing_peer *fix = *state;

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
						"Content-Length: 5\r\n\r\nsmugg";
	fix->script[1][0] = TESTING_PEER_OK;
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_string_equal(fix->body.data, "ok");
	assert_int_equal(atomic_load(&fix->connections), 2);
}

static void
silent_peer_times_out(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	int64_t start_ms = bh_clock_steady_ms();

	fix->script[0][0] = TESTING_PEER_HOLD;
	call.first_byte_ms = 100;
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_UPSTREAM_TIMEOUT);
	assert_true(bh_clock_steady_ms() - start_ms >= 100);
	assert_true(fix->reply.sent);
}

static void
peer_that_stalls_in_its_body_times_out(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel";
	fix->script[0][1] = "<" TESTING_PEER_HOLD;
	call.idle_ms = 100;
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_UPSTREAM_TIMEOUT);
}

static void
peer_that_does_not_read_times_out(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	size_t len = 4000000;

	call.body = calloc(1, len);
	call.body_len = len;
	call.idle_ms = 100;
	fix->script[0][0] = "<" TESTING_PEER_STALL;
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_UPSTREAM_TIMEOUT);
	free((void *)(uintptr_t)call.body);
}

static void
early_answer_to_a_large_body_is_heard(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();
	size_t len = 4000000;

	call.body = calloc(1, len);
	call.body_len = len;
	fix->script[0][0] = "<HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
	fix->script[0][1] = "<" TESTING_PEER_HOLD;
	fix->script[1][0] = TESTING_PEER_OK;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(fix->reply.status, 413);
	assert_int_equal(bh_http_reply_body(&fix->reply, 10, &fix->body), 0);
	bh_http_reply_close(&fix->reply);
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->connections), 2);
	free((void *)(uintptr_t)call.body);
}

/* ---- connections that died while they were kept ---- */

static void
dead_kept_connection_is_noticed_before_sending(void **state)
{
	struct testing_peer *fix = *state;
	struct timespec moment = {.tv_nsec = 1000000};

	fix->script[0][0] = TESTING_PEER_OK; /* and closes */
	fix->script[1][0] = TESTING_PEER_OK;
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	/* The close races with our next call only if the peer has not come to it yet. */
	for (int i = 0; i < 50; i++)
		nanosleep(&moment, NULL);
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->requests), 2);
}

static void
request_that_may_repeat_is_sent_again_on_a_fresh_connection(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();

	fix->script[0][0] = TESTING_PEER_OK;
	fix->script[0][1] = ""; /* reads the second request, answers nothing, closes */
	fix->script[1][0] = TESTING_PEER_OK;
	call.repeatable = true;
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	assert_int_equal(atomic_load(&fix->requests), 3);
}

static void
request_that_may_not_repeat_is_never_sent_twice(void **state)
{
	struct testing_peer *fix = *state;

	fix->script[0][0] = TESTING_PEER_OK;
	fix->script[0][1] = "";
	fix->script[1][0] = TESTING_PEER_OK;
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_int_equal(testing_peer_exchange_plain(fix), BH_E_PROTOCOL);
	assert_true(fix->reply.sent);
	assert_int_equal(atomic_load(&fix->requests), 2);
}

static void
fresh_connection_that_dies_is_not_tried_again(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();

	fix->script[0][0] = "";
	fix->script[1][0] = TESTING_PEER_OK;
	call.repeatable = true;
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_PROTOCOL);
	assert_int_equal(atomic_load(&fix->requests), 1);
}

static void
half_an_answer_is_not_tried_again(void **state)
{
	struct testing_peer *fix = *state;
	struct bh_http_call call = testing_peer_request();

	fix->script[0][0] = TESTING_PEER_OK;
	fix->script[0][1] = "HTTP/1.1";
	fix->script[1][0] = TESTING_PEER_OK;
	call.repeatable = true;
	assert_int_equal(testing_peer_exchange(fix, &call), 0);
	assert_int_equal(testing_peer_exchange(fix, &call), BH_E_PROTOCOL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_peer_open, testing_peer_close)
		TEST(request_is_written_whole),
		TEST(connection_is_used_again),
		TEST(chunked_answer_read_to_its_data_is_kept),
		TEST(what_has_arrived_is_pending),
		TEST(connection_closed_by_the_peer_is_not_used_again),
		TEST(client_that_is_closed_lives_until_its_last_answer_is_over),
		TEST(half_read_answer_closes_the_connection),
		TEST(interim_answers_are_passed_over),
		TEST(body_from_a_file_is_sent),
		TEST(large_body_goes_through_a_slow_peer),
		TEST(cut_bodies_are_errors_never_ends),
		TEST(cut_heads_are_errors),
		TEST(endless_head_is_refused),
		TEST(body_over_the_callers_limit_is_refused),
		TEST(bytes_behind_the_answer_end_the_connection),
		TEST(silent_peer_times_out),
		TEST(peer_that_stalls_in_its_body_times_out),
		TEST(peer_that_does_not_read_times_out),
		TEST(early_answer_to_a_large_body_is_heard),
		TEST(dead_kept_connection_is_noticed_before_sending),
		TEST(request_that_may_repeat_is_sent_again_on_a_fresh_connection),
		TEST(request_that_may_not_repeat_is_never_sent_twice),
		TEST(fresh_connection_that_dies_is_not_tried_again),
		TEST(half_an_answer_is_not_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
