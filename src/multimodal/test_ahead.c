/* SPDX-License-Identifier: Apache-2.0 */
/* test_ahead.c: an answer is taken from its peer whether or not anybody reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/testing_peer.h"
#include "multimodal/ahead.h"

enum { BODY = 3 * 1024 * 1024 }; /* far more than a socket holds */

static const bool runs = false, stops = true;

/* The peer may still be sending it when its test has ended. */
static char *
answer_of(size_t told)
{
	static char text[BODY + 128];
	int head = snprintf(text, 128, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", told);

	for (size_t i = 0; i < BODY; i++)
		text[(size_t)head + i] = (char)('a' + i % 23);
	text[(size_t)head + BODY] = '\0';
	return text;
}

static struct multimodal_ahead *
begin(struct testing_peer *fix, size_t bytes_max, int watch_fd, const bool *stopping)
{
	const struct multimodal_ahead_conf conf = {"/tmp", bytes_max, watch_fd, stopping, "req_test"};
	const struct bh_http_call call = testing_peer_request();
	struct multimodal_ahead *ahead = NULL;

	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(multimodal_ahead_open(&conf, &fix->reply, &ahead), 0);
	assert_null(fix->reply.impl);
	return ahead;
}

/* How many bytes come, which have to be those of the answer; then its end, or why there is none. */
static size_t
read_to_the_end(struct multimodal_ahead *ahead, int *out_end)
{
	char piece[10007];
	size_t total = 0;
	ssize_t n;

	while ((n = multimodal_ahead_read(ahead, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < n; i++, total++)
			assert_int_equal(piece[i], 'a' + total % 23);
	*out_end = (int)n;
	return total;
}

/* The peer answers one at a time: the second is answered when the first was taken. */
static void
an_answer_is_taken_though_nobody_reads_it(void **state)
{
	struct testing_peer *fix = *state;
	char *text = answer_of(BODY);
	struct multimodal_ahead *ahead;
	int end;

	fix->script[0][0] = text;
	fix->script[1][0] = TESTING_PEER_OK;
	ahead = begin(fix, BODY, -1, &runs);
	assert_int_equal(testing_peer_exchange_plain(fix), 0);
	assert_int_equal(read_to_the_end(ahead, &end), BODY);
	assert_int_equal(end, 0);
	multimodal_ahead_close(ahead);
}

static void
a_cut_answer_is_cut_and_a_long_one_ends_at_its_most(void **state)
{
	struct testing_peer *fix = *state;
	char *text = answer_of(BODY + 1);
	struct multimodal_ahead *ahead;
	int end;

	fix->script[0][0] = fix->script[1][0] = text;
	ahead = begin(fix, 2 * (size_t)BODY, -1, &runs);
	assert_int_equal(read_to_the_end(ahead, &end), BODY);
	assert_int_equal(end, BH_E_PROTOCOL);
	multimodal_ahead_close(ahead);
	ahead = begin(fix, 100000, -1, &runs);
	assert_in_range(read_to_the_end(ahead, &end), 1, 100000);
	assert_int_equal(end, BH_E_PROTOCOL);
	multimodal_ahead_close(ahead);
}

static void
who_leaves_closes_or_stops_waits_for_nobody(void **state)
{
	struct testing_peer *fix = *state;
	struct multimodal_ahead *ahead;
	int client[2], end;
	int64_t begun_ms;

	for (int i = 0; i < 3; i++) {
		fix->script[i][0] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
		fix->script[i][1] = "<" TESTING_PEER_HOLD;
	}
	begun_ms = bh_clock_steady_ms();
	multimodal_ahead_close(begin(fix, 100, -1, &runs));

	ahead = begin(fix, 100, -1, &stops);
	(void)read_to_the_end(ahead, &end);
	assert_int_equal(end, BH_E_CANCELLED);
	multimodal_ahead_close(ahead);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
	ahead = begin(fix, 100, client[0], &runs);
	close(client[1]);
	(void)read_to_the_end(ahead, &end);
	assert_int_equal(end, BH_E_GONE);
	multimodal_ahead_close(ahead);
	close(client[0]);
	assert_true(bh_clock_steady_ms() - begun_ms < 4000);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_peer_open, testing_peer_close)
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_taken_though_nobody_reads_it),
		TEST(a_cut_answer_is_cut_and_a_long_one_ends_at_its_most),
		TEST(who_leaves_closes_or_stops_waits_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
