/* SPDX-License-Identifier: Apache-2.0 */
/* test_spread.c: one peer at two addresses, of which one is away, breaks off, or does not serve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "http/testing_peer.h"

#define UNREADY \
	"HTTP/1.1 503 Service Unavailable\r\n" BH_HTTP_UNREADY ": 1\r\nContent-Length: 2\r\n\r\nno"
#define BUSY "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"

struct fixture {
	struct testing_peer *a, *b;
	struct bh_http_client *client;
	struct bh_buf body;
};

static int
open_spread(struct fixture *fix, const char *first, const char *second)
{
	char url[300];
	const struct bh_http_client_conf conf = {
		.url = url,
		.several = true,
		.idle_max = 4,
		.connect_ms = 2000,
	};

	snprintf(url, sizeof(url), "unix:%s unix:%s", first, second);
	return bh_http_client_open(&conf, &fix->client);
}

static int
setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (fix == NULL || testing_peer_open((void **)&fix->a) < 0 ||
		testing_peer_open((void **)&fix->b) < 0)
		return -1;
	*state = fix;
	return open_spread(fix, fix->a->path, fix->b->path);
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_http_client_close(fix->client);
	testing_peer_close((void **)&fix->a);
	testing_peer_close((void **)&fix->b);
	bh_buf_close(&fix->body);
	free(fix);
	return 0;
}

static int
ask(struct fixture *fix, bool repeatable, int *out_status)
{
	struct bh_http_call call = testing_peer_request();
	struct bh_http_reply reply = {0};
	int rc;

	call.repeatable = repeatable;
	rc = bh_http_call(fix->client, &call, &reply);
	*out_status = reply.status;
	bh_buf_reset(&fix->body);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, 1000, &fix->body);
	bh_http_reply_close(&reply);
	return rc;
}

static void
answer_always(struct testing_peer *peer, const char *text)
{
	for (size_t i = 0; i < TESTING_PEER_MOST; i++)
		for (size_t j = 0; j < TESTING_PEER_MOST - 1; j++)
			peer->script[i][j] = text;
}

static void
calls_go_where_fewest_are_under_way(void **state)
{
	struct fixture *fix = *state;
	const struct bh_http_call call = testing_peer_request();
	struct bh_http_reply held = {0};
	struct testing_peer *free_one;
	int status;

	answer_always(fix->a, TESTING_PEER_OK);
	answer_always(fix->b, TESTING_PEER_OK);
	assert_int_equal(bh_http_call(fix->client, &call, &held), 0);
	free_one = atomic_load(&fix->a->requests) == 1 ? fix->b : fix->a;
	/* The first reply is not closed: its address counts as busy. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(fix, false, &status), 0);
	assert_int_equal(atomic_load(&free_one->requests), 3);
	bh_http_reply_close(&held);
	for (int i = 0; i < 2; i++)
		assert_int_equal(ask(fix, false, &status), 0);
	assert_int_equal(atomic_load(&free_one->requests), 4);
}

static void
address_that_is_away_costs_no_call(void **state)
{
	struct fixture *fix = *state;
	char nowhere[128];
	int status;

	answer_always(fix->b, TESTING_PEER_OK);
	bh_http_client_close(fix->client);
	snprintf(nowhere, sizeof(nowhere), "%s/nobody", fix->a->dir);
	assert_int_equal(open_spread(fix, nowhere, fix->b->path), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(ask(fix, false, &status), 0);
		assert_int_equal(status, 200);
	}
	assert_int_equal(atomic_load(&fix->b->requests), 6);
}

static void
nobody_there_is_a_failed_connect(void **state)
{
	struct fixture *fix = *state;
	char first[128], second[128];
	int status;

	bh_http_client_close(fix->client);
	snprintf(first, sizeof(first), "%s/1", fix->a->dir);
	snprintf(second, sizeof(second), "%s/2", fix->a->dir);
	assert_int_equal(open_spread(fix, first, second), 0);
	assert_int_equal(ask(fix, true, &status), BH_E_CONNECT);
	/* Both are left out now, and one is tried all the same. */
	assert_int_equal(ask(fix, true, &status), BH_E_CONNECT);
}

static void
repeatable_call_is_made_again_elsewhere(void **state)
{
	struct fixture *fix = *state;
	int status;

	/* No script: a connection is read from and closed. */
	fix->a->script[0][0] = "";
	fix->a->script[1][0] = "";
	answer_always(fix->b, TESTING_PEER_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ask(fix, true, &status), 0);
		assert_int_equal(status, 200);
	}
	assert_int_equal(atomic_load(&fix->b->requests), 3);
}

static void
call_that_is_not_repeatable_is_never_made_twice(void **state)
{
	struct fixture *fix = *state;
	int status, rc;

	for (size_t i = 0; i < TESTING_PEER_MOST; i++) {
		fix->a->script[i][0] = "";
		fix->b->script[i][0] = "";
	}
	rc = ask(fix, false, &status);
	assert_int_equal(rc, BH_E_PROTOCOL);
	assert_int_equal(atomic_load(&fix->a->requests) + atomic_load(&fix->b->requests), 1);
}

static void
unready_service_did_nothing(void **state)
{
	struct fixture *fix = *state;
	int status;

	answer_always(fix->a, UNREADY);
	answer_always(fix->b, TESTING_PEER_OK);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(ask(fix, false, &status), 0);
		assert_int_equal(status, 200);
	}
	assert_int_equal(atomic_load(&fix->b->requests), 4);
	assert_true(atomic_load(&fix->a->requests) <= 1);
}

static void
nobody_ready_is_answered_as_it_is(void **state)
{
	struct fixture *fix = *state;
	int status;

	answer_always(fix->a, UNREADY);
	answer_always(fix->b, UNREADY);
	assert_int_equal(ask(fix, true, &status), 0);
	assert_int_equal(status, 503);
	assert_string_equal(bh_buf_string(&fix->body), "no");
	assert_int_equal(atomic_load(&fix->a->requests) + atomic_load(&fix->b->requests), 2);
}

static void
busy_service_keeps_its_call(void **state)
{
	struct fixture *fix = *state;
	int status;

	answer_always(fix->a, BUSY);
	answer_always(fix->b, BUSY);
	assert_int_equal(ask(fix, true, &status), 0);
	assert_int_equal(status, 503);
	assert_int_equal(atomic_load(&fix->a->requests) + atomic_load(&fix->b->requests), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_go_where_fewest_are_under_way),
		TEST(address_that_is_away_costs_no_call),
		TEST(nobody_there_is_a_failed_connect),
		TEST(repeatable_call_is_made_again_elsewhere),
		TEST(call_that_is_not_repeatable_is_never_made_twice),
		TEST(unready_service_did_nothing),
		TEST(nobody_ready_is_answered_as_it_is),
		TEST(busy_service_keeps_its_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
