/* SPDX-License-Identifier: Apache-2.0 */
/* test_idle.c: whose turn it is decides which connections are closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/idle.h"

#define LIMIT_MS 400

struct fixture {
	struct bh_http_idle idle;
	struct bh_http_socket socket;
	int ours, client;
};

static int
set_up(void **state)
{
	static struct fixture fix;
	int pair[2];

	fix = (struct fixture){0};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
		bh_http_idle_open(&fix.idle, LIMIT_MS) < 0)
		return -1;
	fix.ours = pair[0];
	fix.client = pair[1];
	bh_http_idle_add(&fix.idle, &fix.socket, fix.ours);
	*state = &fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	bh_http_idle_remove(&fix->idle, &fix->socket);
	bh_http_idle_close(&fix->idle);
	close(fix->ours);
	close(fix->client);
	return 0;
}

/* Whether our side reads the end of the connection within that time. */
static bool
ends_within(const struct fixture *fix, int ms)
{
	struct pollfd fd = {.fd = fix->ours, .events = POLLIN};
	char c;

	return poll(&fd, 1, ms) == 1 && recv(fix->ours, &c, 1, MSG_PEEK) == 0;
}

static void
silent_client_is_cut_after_the_limit(void **state)
{
	struct fixture *fix = *state;
	int64_t start_ms = bh_clock_steady_ms();

	assert_true(ends_within(fix, 10000));
	assert_true(bh_clock_steady_ms() - start_ms >= LIMIT_MS - 100);
}

static void
client_that_waits_for_us_is_not_cut(void **state)
{
	struct fixture *fix = *state;

	bh_http_idle_rest(&fix->socket);
	assert_false(ends_within(fix, 2 * LIMIT_MS));
	bh_http_idle_await(&fix->socket);
	assert_false(ends_within(fix, LIMIT_MS / 4));
	assert_true(ends_within(fix, 10000));
}

static void
what_came_before_is_still_read(void **state)
{
	struct fixture *fix = *state;
	char c;

	assert_int_equal(write(fix->client, "x", 1), 1);
	usleep(2 * LIMIT_MS * 1000);
	assert_int_equal(read(fix->ours, &c, 1), 1);
	assert_int_equal(c, 'x');
	assert_true(ends_within(fix, 10000));
}

static void
one_of_several_can_be_taken_out(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_socket others[2] = {0};

	bh_http_idle_add(&fix->idle, &others[0], fix->client);
	bh_http_idle_add(&fix->idle, &others[1], fix->client);
	bh_http_idle_remove(&fix->idle, &others[0]);
	bh_http_idle_remove(&fix->idle, &others[1]);
	assert_ptr_equal(fix->idle.first, &fix->socket);
	assert_null(fix->socket.next);
}

static void
a_shorter_wait_counts_between_requests_only(void **state)
{
	struct fixture *fix = *state;

	bh_http_idle_begin(&fix->socket, true);
	bh_http_idle_shorten(&fix->idle, LIMIT_MS / 8);
	assert_false(ends_within(fix, LIMIT_MS / 2));
	bh_http_idle_begin(&fix->socket, false);
	assert_true(ends_within(fix, 10000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(silent_client_is_cut_after_the_limit),
		TEST(a_shorter_wait_counts_between_requests_only),
		TEST(client_that_waits_for_us_is_not_cut),
		TEST(what_came_before_is_still_read),
		TEST(one_of_several_can_be_taken_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
