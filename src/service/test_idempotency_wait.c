/* SPDX-License-Identifier: Apache-2.0 */
/* test_idempotency_wait.c: repeats while the first request runs, is cut off, or streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "service/testing_key.h"

static void
equal_requests_at_once_run_once(void **state)
{
	struct testing_key *fix = *state;
	struct testing_sender senders[8];
	int replayed = 0;

	atomic_store(&fix->hold, true);
	for (size_t i = 0; i < BH_COUNT(senders); i++)
		testing_key_begin(&senders[i], fix, "/v1/things/x");
	testing_key_await_held(fix, 1);
	atomic_store(&fix->hold, false);
	for (size_t i = 0; i < BH_COUNT(senders); i++) {
		pthread_join(senders[i].thread, NULL);
		assert_int_equal(senders[i].answer.status, 201);
		assert_string_equal(senders[i].answer.body, "{\"call\":1}");
		replayed += senders[i].answer.replayed;
	}
	assert_int_equal(replayed, 7);
	assert_int_equal(atomic_load(&fix->calls), 1);
}

static void
a_repeat_waits_no_longer_than_its_route_may(void **state)
{
	struct testing_key *fix = *state;
	struct testing_sender sender;

	atomic_store(&fix->hold, true);
	testing_key_begin(&sender, fix, "/v1/quick");
	testing_key_await_held(fix, 1);
	testing_key_assert_refused(testing_key_post(fix, "/v1/quick", "key", "{}"), 503,
		"idempotency_key_in_use");
	atomic_store(&fix->hold, false);
	pthread_join(sender.thread, NULL);
	assert_true(testing_key_post(fix, "/v1/quick", "key", "{}").replayed);
}

static void
a_repeat_whose_client_leaves_is_let_go(void **state)
{
	struct testing_key *fix = *state;
	struct bh_buf bearer = {0};
	struct bh_http_header headers[] = {{"authorization", NULL}, {"idempotency-key", "key"},
		{"content-type", "application/json"}};
	const struct bh_http_call call = {
		.method = "POST",
		.path = "/v1/things/x",
		.headers = headers,
		.n_headers = 3,
		.body = "{}",
		.body_len = 2,
		.first_byte_ms = 300,
		.idle_ms = 300,
		.watch_fd = -1,
	};
	struct bh_http_reply reply;
	struct testing_sender sender;

	bh_buf_printf(&bearer, "Bearer %s", fix->token.data);
	headers[0].value = bearer.data;
	atomic_store(&fix->hold, true);
	testing_key_begin(&sender, fix, "/v1/things/x");
	testing_key_await_held(fix, 1);
	assert_int_equal(bh_http_call(fix->base.client, &call, &reply), BH_E_UPSTREAM_TIMEOUT);
	bh_http_reply_close(&reply);
	testing_key_await_running(fix, 1);
	atomic_store(&fix->hold, false);
	pthread_join(sender.thread, NULL);
	assert_int_equal(sender.answer.status, 201);
	bh_buf_close(&bearer);
}

static void
a_repeat_that_waits_ends_with_its_credential(void **state)
{
	struct testing_key *fix = *state;
	struct testing_sender senders[2];

	atomic_store(&fix->hold, true);
	testing_key_begin(&senders[0], fix, "/v1/things/x");
	testing_key_await_held(fix, 1);
	testing_key_begin(&senders[1], fix, "/v1/things/x");
	testing_key_await_running(fix, 2);
	bh_token_checker_revoke(fix->base.runtime.checker, BH_REVOKED_CREDENTIAL, &testing_key_tenant,
		&fix->claims.session, 1);
	pthread_join(senders[1].thread, NULL);
	assert_int_equal(senders[1].answer.status, 401);
	atomic_store(&fix->hold, false);
	pthread_join(senders[0].thread, NULL);
	assert_int_equal(senders[0].answer.status, 201);
}

/* Silent for longer than its lease, its process is taken for dead; when it was only slow, its answer
 * counts after all. */
static void
a_request_that_was_cut_off_is_not_run_again(void **state)
{
	struct testing_key *fix = *state;
	struct testing_sender sender;

	atomic_store(&fix->hold, true);
	testing_key_begin(&sender, fix, "/v1/things/x");
	testing_key_await_held(fix, 1);
	testing_key_script(
		"UPDATE bulkhead.idempotency_model SET leased_until = now() - interval '1 second'");
	bh_idempotency_beat(&fix->base.runtime, NULL);
	testing_key_script("DO $$ BEGIN ASSERT EXISTS (SELECT FROM bulkhead.idempotency_model"
					   " WHERE leased_until > now() AND state = 'running'); END $$");

	testing_key_script(
		"UPDATE bulkhead.idempotency_model SET leased_until = now() - interval '1 second'");
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "key", "{}"), 400,
		"idempotency_key_unknown");
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "key", "{}"), 400,
		"idempotency_key_unknown");
	atomic_store(&fix->hold, false);
	pthread_join(sender.thread, NULL);
	assert_int_equal(sender.answer.status, 201);
	assert_true(testing_key_post(fix, "/v1/things/x", "key", "{}").replayed);
	assert_int_equal(atomic_load(&fix->calls), 1);
}

static void
a_stream_that_ended_whole_is_replayed(void **state)
{
	struct testing_key *fix = *state;
	struct testing_answer first = testing_key_post(fix, "/v1/stream", "key", "{}");
	struct testing_answer second = testing_key_post(fix, "/v1/stream", "key", "{}");

	assert_string_equal(first.body, "data: 0 of 1\n\ndata: 1 of 1\n\ndata: 2 of 1\n\n");
	assert_true(second.replayed);
	assert_string_equal(second.body, first.body);

	atomic_store(&fix->fail_with, 1);
	assert_int_equal(testing_key_post(fix, "/v1/stream", "failed", "{}").status, 200);
	atomic_store(&fix->fail_with, 0);
	assert_false(testing_key_post(fix, "/v1/stream", "failed", "{}").replayed);
}

static void
a_stream_whose_client_left_frees_the_key(void **state)
{
	struct testing_key *fix = *state;
	struct bh_buf bearer = {0};
	struct bh_http_header headers[] = {{"authorization", NULL}, {"idempotency-key", "key"}};
	const struct bh_http_call call = {
		.method = "POST",
		.path = "/v1/stream",
		.headers = headers,
		.n_headers = 2,
		.body = "{}",
		.body_len = 2,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
	struct bh_http_reply reply;

	bh_buf_printf(&bearer, "Bearer %s", fix->token.data);
	headers[0].value = bearer.data;
	atomic_store(&fix->hold, true);
	assert_int_equal(bh_http_call(fix->base.client, &call, &reply), 0);
	testing_key_await_held(fix, 1);
	bh_http_reply_close(&reply);
	atomic_store(&fix->hold, false);
	assert_string_equal(testing_key_post(fix, "/v1/stream", "key", "{}").body,
		"data: 0 of 2\n\ndata: 1 of 2\n\ndata: 2 of 2\n\n");
	bh_buf_close(&bearer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_key_setup, testing_key_teardown)
		TEST(equal_requests_at_once_run_once),
		TEST(a_repeat_waits_no_longer_than_its_route_may),
		TEST(a_repeat_whose_client_leaves_is_let_go),
		TEST(a_repeat_that_waits_ends_with_its_credential),
		TEST(a_request_that_was_cut_off_is_not_run_again),
		TEST(a_stream_that_ended_whole_is_replayed),
		TEST(a_stream_whose_client_left_frees_the_key),
	};

	return cmocka_run_group_tests(tests, testing_key_open, testing_key_close);
}
