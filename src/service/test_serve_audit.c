/* SPDX-License-Identifier: Apache-2.0 */
/* test_serve_audit.c: what a request leaves behind: its id, its audit line, also when it is a stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "service/serving.h"
#include "service/testing_things.h"

static void
every_request_leaves_an_audit_line(void **state)
{
	struct testing_things *fix = *state;
	char text[200];

	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"a\\\"b\"}"), 201);
	snprintf(text, sizeof(text), "\"request_id\":\"%s\"",
		testing_things_header(fix, "x-request-id"));
	testing_things_audit(fix, text);
	assert_non_null(strstr(fix->body.data, "\"event\":\"thing.create\",\"service\":\"test\""));
	assert_non_null(
		strstr(fix->body.data, "\"tenant_id\":\"01020300-0000-0000-0000-000000000000\""));
	snprintf(text, sizeof(text), "\"subject\":\"%s\"", fix->claims.subject_text);
	assert_non_null(strstr(fix->body.data, text));
	assert_non_null(
		strstr(fix->body.data, "\"path\":\"/v1/things\",\"status\":201,\"error\":null"));
	assert_non_null(strstr(fix->body.data, "\"complete\":true,\"name\":\"a\\\"b\",\"count\":7}\n"));

	assert_int_equal(testing_things_call_as(fix, NULL, "/v1/things/x?secret=1"), 401);
	testing_things_audit(fix, "\"status\":401,\"error\":\"invalid_api_key\"");
	assert_non_null(strstr(fix->body.data, "\"path\":\"/v1/things/{thing}\""));
	assert_null(strstr(fix->body.data, "secret"));
}

static void
a_stream_of_a_tenant_that_goes_is_cut_and_no_other(void **state)
{
	struct testing_things *fix = *state;
	static const struct bh_uuid tenant_b = {{9}};
	char piece[64];

	testing_things_stream(fix);
	assert_int_equal(bh_serve_cut(&fix->base.runtime, &tenant_b), 0);
	assert_int_equal(bh_serve_cut(&fix->base.runtime, &testing_things_tenant), 1);
	assert_true(bh_http_reply_read(&fix->reply, piece, sizeof(piece)) < 0);
	testing_things_audit(fix, "\"complete\":false,\"events\":1");
	assert_int_equal(bh_serve_cut(&fix->base.runtime, &testing_things_tenant), 0);
}

static void
audit_line_of_a_stream_waits_for_its_end(void **state)
{
	struct testing_things *fix = *state;

	atomic_store(&testing_things_streams_closed, 0);
	testing_things_stream(fix);
	assert_string_equal(testing_things_header(fix, "content-type"),
		"text/event-stream; charset=utf-8");
	bh_service_fixture_audit(&fix->base, &fix->body);
	assert_null(strstr(bh_buf_string(&fix->body), "\"event\":\"stream\""));
	bh_http_reply_close(&fix->reply);
	testing_things_audit(fix, "\"complete\":false,\"events\":1");
	assert_int_equal(atomic_load(&testing_things_streams_closed), 1);
}

static void
request_id_of_the_gateway_is_kept(void **state)
{
	struct testing_things *fix = *state;
	const struct bh_http_header given[] = {{"x-request-id", "0123456789abcdef0123456789abcdef"}};
	const struct bh_http_header forged[] = {{"x-request-id", "0123456789ABCDEF\"},{0123456789ab"}};
	struct bh_http_call request = {
		.method = "GET",
		.path = "/public",
		.headers = given,
		.n_headers = 1,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};

	assert_int_equal(bh_http_call(fix->base.client, &request, &fix->reply), 0);
	assert_string_equal(testing_things_header(fix, "x-request-id"), given[0].value);
	bh_http_reply_close(&fix->reply);
	request.headers = forged;
	assert_int_equal(bh_http_call(fix->base.client, &request, &fix->reply), 0);
	assert_int_equal(strspn(testing_things_header(fix, "x-request-id"), "0123456789abcdef"), 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_things_open, testing_things_close)
		TEST(every_request_leaves_an_audit_line),
		TEST(a_stream_of_a_tenant_that_goes_is_cut_and_no_other),
		TEST(audit_line_of_a_stream_waits_for_its_end),
		TEST(request_id_of_the_gateway_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
