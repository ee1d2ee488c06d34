/* SPDX-License-Identifier: Apache-2.0 */
/* test_serve.c: a small service, whole: routes, bodies, pages, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "service/running.h"
#include "service/testing_things.h"

static void
body_is_read_by_its_table(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 201);
	assert_string_equal(fix->body.data, "{\"name\":\"x\",\"count\":7}");
	assert_string_equal(testing_things_header(fix, "content-type"), "application/json");
	assert_int_equal(strlen(testing_things_header(fix, "x-request-id")), 32);
}

static void
wrong_bodies_name_their_field(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "POST", "/v1/things",
						 "{\"name\":\"x\",\"count\":101}"),
		400);
	testing_things_error(fix, NULL, "invalid_request_error", "count", "out_of_range");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{}"), 400);
	testing_things_error(fix, NULL, "invalid_request_error", "name", "missing_required_parameter");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", NULL), 400);
	testing_things_error(fix, NULL, "invalid_request_error", "name", "missing_required_parameter");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"x\",\"zz\":1}"),
		400);
	testing_things_error(fix, NULL, "invalid_request_error", "zz", "unknown_parameter");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":"), 400);
	testing_things_error(fix, NULL, "invalid_request_error", NULL, "invalid_json");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "[]"), 400);
	testing_things_error(fix, "The body must be a JSON object.", "invalid_request_error", NULL,
		"invalid_type");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"\xff\"}"), 400);
	testing_things_error(fix, NULL, "invalid_request_error", NULL, "invalid_utf8");
}

static void
spooled_body_reads_like_any_other(void **state)
{
	struct testing_things *fix = *state;
	char body[5001];

	memset(body, ' ', sizeof(body));
	memcpy(body, "{\"name\":\"x\"", 11);
	memcpy(body + sizeof(body) - 2, "}", 2);
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", body), 201);
}

static void
body_over_the_routes_size_is_refused(void **state)
{
	struct testing_things *fix = *state;
	char body[6100];

	memset(body, ' ', sizeof(body));
	body[sizeof(body) - 1] = '\0';
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", body), 413);
	testing_things_error(fix, NULL, "invalid_request_error", NULL, "request_too_large");
	/* The connection is still good. */
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 200);
}

static void
ids_of_any_other_form_are_missing_ids(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "GET",
						 "/v1/things/th_0123456789abcdef0123456789abcdef", NULL),
		200);
	assert_int_equal(testing_things_call(fix, "GET",
						 "/v1/things/xx_0123456789abcdef0123456789abcdef", NULL),
		404);
	testing_things_error(fix, NULL, "invalid_request_error", "thing", "not_found");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things/th_0123", NULL), 404);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things/%2e%2e", NULL), 404);
}

static void
unknown_routes_and_methods_have_the_error_shape(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "GET", "/v1/nothing", NULL), 404);
	testing_things_error(fix, "Unknown request URL: GET /v1/nothing.", "invalid_request_error",
		NULL, "unknown_url");
	assert_int_equal(testing_things_call(fix, "DELETE", "/v1/things", NULL), 405);
	testing_things_error(fix, NULL, "invalid_request_error", NULL, "method_not_allowed");
	assert_string_equal(testing_things_header(fix, "allow"), "POST, GET, HEAD");
	assert_int_equal(testing_things_call(fix, "HEAD", "/v1/things", NULL), 200);
	assert_int_equal(fix->body.len, 0);
}

static void
pages_are_read_and_bounded(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 200);
	assert_string_equal(fix->body.data, "limit=20 asc=0 after=0/0 before=0");
	assert_int_equal(testing_things_call(fix, "GET",
						 "/v1/things?limit=100&order=asc&"
						 "after=th_00000000000000000000000000000009",
						 NULL),
		200);
	assert_string_equal(fix->body.data, "limit=100 asc=1 after=1/9 before=0");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things?limit=101", NULL), 400);
	testing_things_error(fix, NULL, "invalid_request_error", "limit", "out_of_range");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things?limit=x", NULL), 400);
	testing_things_error(fix, NULL, "invalid_request_error", "limit", "invalid_value");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things?order=up", NULL), 400);
	testing_things_error(fix, NULL, "invalid_request_error", "order", "invalid_value");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things?after=vs_1", NULL), 400);
	testing_things_error(fix, NULL, "invalid_request_error", "after", "invalid_value");
}

static void
inner_errors_do_not_leak_and_say_whether_to_retry(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/db", NULL), 500);
	testing_things_error(fix, "Internal server error; search the log for the request id.",
		"server_error", NULL, "internal_error");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/db_down", NULL), 503);
	testing_things_error(fix, NULL, "server_error", NULL, "service_unavailable");
	assert_string_equal(testing_things_header(fix, "retry-after"), "1");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/db_late", NULL), 503);
	testing_things_error(fix, NULL, "server_error", NULL, "service_unavailable");
	/* Not the same: it may have been done. */
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/db_unknown", NULL), 503);
	testing_things_error(fix, NULL, "server_error", NULL, "outcome_unknown");
	assert_string_equal(testing_things_header(fix, "retry-after"), "1");
	assert_string_equal(testing_things_header(fix, "x-should-retry"), "false");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/upstream", NULL), 502);
	assert_string_equal(testing_things_header(fix, "x-should-retry"), "false");
	assert_null(strstr(fix->body.data, "inner detail"));
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/budget", NULL), 429);
	testing_things_error(fix, "inner detail budget", "insufficient_quota", NULL,
		"insufficient_quota");
	assert_string_equal(testing_things_header(fix, "x-should-retry"), "false");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/rate", NULL), 429);
	assert_string_equal(testing_things_header(fix, "retry-after"), "1");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/limit", NULL), 429);
	assert_string_equal(testing_things_header(fix, "retry-after"), "17");
	assert_int_equal(testing_things_call(fix, "POST", "/v1/fail/none", NULL), 204);
}

/* As with a call of ours, but with the members' secret, of which one digit may be wrong. */
static int
call_as_member(struct testing_things *fix, const char *path, const char *wire)
{
	const struct bh_http_header headers[] = {{BH_WIRE_HEADER, wire}};
	const struct bh_http_call call = {
		.method = "GET",
		.path = path,
		.headers = headers,
		.n_headers = 1,
		.first_byte_ms = 10000,
		.idle_ms = 10000,
		.watch_fd = -1,
	};

	bh_http_reply_close(&fix->reply);
	assert_int_equal(bh_http_call(fix->base.client, &call, &fix->reply), 0);
	bh_buf_reset(&fix->body);
	assert_int_equal(bh_http_reply_body(&fix->reply, 1 << 20, &fix->body), 0);
	return fix->reply.status;
}

static void
where_anybody_may_connect_only_members_are_answered(void **state)
{
	static const char *const paths[] = {"/public", "/healthz", "/v1/things", "/nowhere", "/livez/",
		"/readyz%00"};
	struct testing_things *fix = *state;
	struct bh_runtime *runtime = &fix->base.runtime;
	char wire[65];

	bh_random(runtime->secrets.wire.bytes, sizeof(runtime->secrets.wire.bytes));
	runtime->secrets.has_wire = runtime->walled = true;
	bh_text_hex(runtime->secrets.wire.bytes, sizeof(runtime->secrets.wire.bytes), wire);
	for (size_t i = 0; i < BH_COUNT(paths); i++) {
		/* A good token opens nothing, and what is not there looks like what is. */
		assert_int_equal(testing_things_call(fix, "GET", paths[i], NULL), 401);
		testing_things_error(fix, NULL, "invalid_request_error", NULL, "invalid_api_key");
	}
	assert_int_equal(call_as_member(fix, "/public", wire), 200);
	assert_int_equal(call_as_member(fix, "/nowhere", wire), 404);
	/* It lets in and gives no right. */
	assert_int_equal(call_as_member(fix, "/v1/things", wire), 401);
	wire[63] = wire[63] == '0' ? '1' : '0';
	assert_int_equal(call_as_member(fix, "/public", wire), 401);
	assert_int_equal(call_as_member(fix, "/public", ""), 401);
	wire[63] = '\0';
	assert_int_equal(call_as_member(fix, "/public", wire), 401);
	/* While the secret is changed, two are right, and no third; one that is not there is not zeros. */
	memset(wire, '0', 64);
	assert_int_equal(call_as_member(fix, "/public", wire), 401);
	bh_random(runtime->secrets.wire_also.bytes, sizeof(runtime->secrets.wire_also.bytes));
	runtime->secrets.has_wire_also = true;
	assert_int_equal(call_as_member(fix, "/public", wire), 401);
	bh_text_hex(runtime->secrets.wire_also.bytes, sizeof(runtime->secrets.wire_also.bytes), wire);
	assert_int_equal(call_as_member(fix, "/public", wire), 200);
	bh_text_hex(runtime->secrets.wire.bytes, sizeof(runtime->secrets.wire.bytes), wire);
	assert_int_equal(call_as_member(fix, "/public", wire), 200);
}

static void
probes_are_answered_to_anybody_and_say_what_is_missing(void **state)
{
	struct testing_things *fix = *state;
	struct bh_runtime *runtime = &fix->base.runtime;

	runtime->secrets.has_wire = runtime->walled = true;
	__atomic_store_n(&runtime->log_read_ms, bh_clock_steady_ms(), __ATOMIC_RELAXED);
	assert_int_equal(testing_things_call_as(fix, NULL, "/livez"), 200);
	assert_int_equal(testing_things_call_as(fix, NULL, "/readyz"), 200);
	assert_string_equal(fix->body.data, "{\"status\":\"ok\"}");
	__atomic_store_n(&runtime->log_failing, true, __ATOMIC_RELAXED);
	__atomic_store_n(&runtime->keys_failing, true, __ATOMIC_RELAXED);
	assert_int_equal(testing_things_call_as(fix, NULL, "/readyz"), 503);
	assert_string_equal(fix->body.data, "{\"status\":\"unready\",\"missing\":\"database issuer\"}");
	assert_string_equal(testing_things_header(fix, BH_HTTP_UNREADY), "1");
	assert_int_equal(testing_things_call_as(fix, NULL, "/livez"), 200);
	__atomic_store_n(&runtime->log_failing, false, __ATOMIC_RELAXED);
	__atomic_store_n(&runtime->keys_failing, false, __ATOMIC_RELAXED);
	__atomic_store_n(&runtime->log_read_ms, bh_clock_steady_ms() - 2 * BH_LOG_FRESH_MS,
		__ATOMIC_RELAXED);
	assert_int_equal(testing_things_call_as(fix, NULL, "/readyz"), 503);
	assert_string_equal(fix->body.data, "{\"status\":\"unready\",\"missing\":\"revocation_log\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_things_open, testing_things_close)
		TEST(body_is_read_by_its_table),
		TEST(wrong_bodies_name_their_field),
		TEST(spooled_body_reads_like_any_other),
		TEST(body_over_the_routes_size_is_refused),
		TEST(ids_of_any_other_form_are_missing_ids),
		TEST(unknown_routes_and_methods_have_the_error_shape),
		TEST(pages_are_read_and_bounded),
		TEST(inner_errors_do_not_leak_and_say_whether_to_retry),
		TEST(where_anybody_may_connect_only_members_are_answered),
		TEST(probes_are_answered_to_anybody_and_say_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
