/* SPDX-License-Identifier: Apache-2.0 */
/* test_serve.c: a small service, whole: credentials, bodies, replies, errors, audit lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "service/request.h"
#include "service/list.h"
#include "service/serving.h"
#include "service/testing.h"

static const struct bh_uuid tenant_a = {{1, 2, 3}};

struct thing {
	const char *name;
	int64_t count;
};

static const struct bh_field thing_fields[] = {
	{"name", BH_FIELD_TEXT, offsetof(struct thing, name), BH_REQUIRED, 1, 10},
	{"count", BH_FIELD_INT, offsetof(struct thing, count), 0, 0, 100},
};

/* ---- handlers ---- */

static int
http_thing_create(struct bh_request *req)
{
	static const struct bh_shape shape = BH_SHAPE("Thing", struct thing, thing_fields);
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct thing thing = {.count = 7};
	int rc = bh_request_object(req, &shape, &thing);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "name", thing.name);
	bh_audit_int(&req->audit, "count", thing.count);
	bh_write_object(&write);
	bh_write_pair_text(&write, "name", thing.name);
	bh_write_pair_int(&write, "count", thing.count);
	bh_write_end(&write);
	return bh_reply_json(req, 201, &body);
}

static int
http_thing_get(struct bh_request *req)
{
	struct bh_uuid id;
	int rc = bh_request_id(req, "thing", "th_", &id);

	if (rc < 0)
		return bh_reply_error(req, rc, "thing");
	return bh_reply_text(req, 200, "text/plain", bh_request_param(req, "thing"));
}

static int
http_thing_list(struct bh_request *req)
{
	struct bh_page page = {0};
	static const struct bh_paging paging = {20, 100, "after before order", "th_"};
	int rc = bh_list_page(req, &paging, &page);

	if (rc < 0)
		return rc; /* the skeleton answers */
	return bh_reply_text(req, 200, "text/plain",
		bh_arena_printf(req->arena, "limit=%d asc=%d after=%d/%d before=%d", (int)page.limit,
			page.ascending, page.has_after, page.after.bytes[15], page.has_before));
}

static int
http_fail(struct bh_request *req)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {
		{"unavailable", BH_E_UNAVAILABLE},
		{"db_down", BH_E_DB_DOWN},
		{"db", BH_E_DB},
		{"db_late", BH_E_DB_LATE},
		{"db_unknown", BH_E_DB_UNKNOWN},
		{"upstream", BH_E_UPSTREAM},
		{"budget", BH_E_OVER_BUDGET},
		{"rate", BH_E_RATE_LIMITED},
		{"limit", BH_E_RATE_LIMITED},
	};
	const char *name = bh_request_param(req, "name");

	if (strcmp(name, "limit") == 0)
		bh_reply_header(req, "retry-after", "17");
	for (size_t i = 0; i < BH_COUNT(errors); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return bh_reply_error(req, bh_error(errors[i].error, "inner detail %s", name), NULL);
	}
	return bh_reply_empty(req, 204);
}

static int
http_public(struct bh_request *req)
{
	return bh_reply_text(req, 200, "text/plain", bh_uuid_is_zero(&req->tenant) ? "nobody" : "?");
}

static atomic_int streams_closed;

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct bh_request *req = state;
	struct pollfd fd = {.fd = bh_http_client_fd(req->http), .events = POLLRDHUP};

	(void)size;
	if (req->audit.len == 0) {
		bh_audit_int(&req->audit, "events", 1);
		memcpy(out, "data: {}\n\n", 10);
		return 10;
	}
	poll(&fd, 1, 10000);
	return BH_E_GONE;
}

static void
stream_close(void *state)
{
	(void)state;
	atomic_fetch_add(&streams_closed, 1);
}

static int
http_stream(struct bh_request *req)
{
	return bh_reply_stream(req, &(struct bh_http_stream){stream_next, stream_close, req});
}

static const struct bh_route routes[] = {
	{"POST", "/v1/things", "things:write", "data", "thing.create", 6000, 5000, http_thing_create},
	{"GET", "/v1/things", "things:read", "data", "thing.list", 0, 5000, http_thing_list},
	{"GET", "/v1/things/{thing}", "things:read", "data", "thing.get", 0, 5000, http_thing_get},
	{"POST", "/v1/fail/{name}", "things:read", "data", "fail", 0, 5000, http_fail},
	{"GET", "/public", "none", "none", "public", 0, 5000, http_public},
	{"GET", "/api/tenants/{tenant}/things", "things:read", "control", "thing.list", 0, 5000,
		http_public, BH_ROUTE_OPERATOR},
	{"GET", "/v1/stream", "things:read", "data", "stream", 0, 5000, http_stream, BH_ROUTE_STREAM},
	{0},
};

static const struct bh_service service = {.name = "test", .routes = routes, .state_size = 8};

/* ---- fixture ---- */

struct fixture {
	struct bh_service_fixture base;
	struct bh_claims claims;
	struct bh_buf token;
	struct bh_buf body;
	struct bh_http_reply reply;
};

static int
setup(void **state)
{
	static struct fixture fix;

	fix = (struct fixture){0};
	bh_service_fixture_open(&fix.base, &service);
	fix.claims = bh_service_fixture_claims(&tenant_a, "things:read things:write");
	bh_service_fixture_token(&fix.base, &fix.claims, &fix.token);
	*state = &fix;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_http_reply_close(&fix->reply);
	bh_buf_close(&fix->token);
	bh_buf_close(&fix->body);
	bh_service_fixture_close(&fix->base);
	return 0;
}

static int
call(struct fixture *fix, const char *method, const char *path, const char *body)
{
	bh_http_reply_close(&fix->reply);
	return bh_service_fixture_call(&fix->base, method, path, fix->token.data, body, &fix->reply,
		&fix->body);
}

static int
call_as(struct fixture *fix, const char *token, const char *path)
{
	bh_http_reply_close(&fix->reply);
	return bh_service_fixture_call(&fix->base, "GET", path, token, NULL, &fix->reply, &fix->body);
}

static const char *
header(struct fixture *fix, const char *name)
{
	const char *value = bh_http_reply_header(&fix->reply, name);

	return value != NULL ? value : "";
}

/* The error object has exactly its four members. */
static void
assert_error(struct fixture *fix, const char *message, const char *type, const char *param,
	const char *code)
{
	struct bh_json_doc doc = {0};
	const struct bh_json *error;

	assert_int_equal(bh_json_parse(fix->body.data, fix->body.len, &doc), 0);
	assert_int_equal(bh_json_count(doc.root), 1);
	error = bh_json_get(doc.root, "error");
	assert_int_equal(bh_json_count(error), 4);
	if (message != NULL)
		assert_string_equal(bh_json_string(bh_json_get(error, "message")), message);
	assert_string_equal(bh_json_string(bh_json_get(error, "type")), type);
	assert_string_equal(bh_json_string(bh_json_get(error, "code")), code);
	if (param == NULL)
		assert_int_equal(bh_json_kind(bh_json_get(error, "param")), BH_JSON_NULL);
	else
		assert_string_equal(bh_json_string(bh_json_get(error, "param")), param);
	bh_json_close(&doc);
	assert_string_equal(header(fix, "content-type"), "application/json");
	assert_int_equal(strlen(header(fix, "x-request-id")), 32);
}

/* The audit line with this text, once it is written: a moment after the client has read. */
static void
await_audit(struct fixture *fix, const char *text)
{
	for (int i = 0; i < 500; i++) {
		bh_service_fixture_audit(&fix->base, &fix->body);
		if (strstr(bh_buf_string(&fix->body), text) != NULL)
			return;
		usleep(10000);
	}
	fail_msg("no audit line with %s in: %s", text, bh_buf_string(&fix->body));
}

/* ---- tests ---- */

static void
body_is_read_by_its_table(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 201);
	assert_string_equal(fix->body.data, "{\"name\":\"x\",\"count\":7}");
	assert_string_equal(header(fix, "content-type"), "application/json");
	assert_int_equal(strlen(header(fix, "x-request-id")), 32);
}

static void
wrong_bodies_name_their_field(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"x\",\"count\":101}"), 400);
	assert_error(fix, NULL, "invalid_request_error", "count", "out_of_range");
	assert_int_equal(call(fix, "POST", "/v1/things", "{}"), 400);
	assert_error(fix, NULL, "invalid_request_error", "name", "missing_required_parameter");
	assert_int_equal(call(fix, "POST", "/v1/things", NULL), 400);
	assert_error(fix, NULL, "invalid_request_error", "name", "missing_required_parameter");
	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"x\",\"zz\":1}"), 400);
	assert_error(fix, NULL, "invalid_request_error", "zz", "unknown_parameter");
	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":"), 400);
	assert_error(fix, NULL, "invalid_request_error", NULL, "invalid_json");
	assert_int_equal(call(fix, "POST", "/v1/things", "[]"), 400);
	assert_error(fix, "The body must be a JSON object.", "invalid_request_error", NULL,
		"invalid_type");
	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"\xff\"}"), 400);
	assert_error(fix, NULL, "invalid_request_error", NULL, "invalid_utf8");
}

static void
spooled_body_reads_like_any_other(void **state)
{
	struct fixture *fix = *state;
	char body[5001];

	memset(body, ' ', sizeof(body));
	memcpy(body, "{\"name\":\"x\"", 11);
	memcpy(body + sizeof(body) - 2, "}", 2);
	assert_int_equal(call(fix, "POST", "/v1/things", body), 201);
}

static void
body_over_the_routes_size_is_refused(void **state)
{
	struct fixture *fix = *state;
	char body[6100];

	memset(body, ' ', sizeof(body));
	body[sizeof(body) - 1] = '\0';
	assert_int_equal(call(fix, "POST", "/v1/things", body), 413);
	assert_error(fix, NULL, "invalid_request_error", NULL, "request_too_large");
	/* The connection is still good. */
	assert_int_equal(call(fix, "GET", "/v1/things", NULL), 200);
}

static void
missing_and_bad_credentials_are_refused_alike(void **state)
{
	struct fixture *fix = *state;
	struct bh_claims claims = fix->claims;
	struct bh_buf token = {0};

	assert_int_equal(call_as(fix, NULL, "/v1/things"), 401);
	assert_error(fix, NULL, "invalid_request_error", NULL, "invalid_api_key");
	assert_string_equal(header(fix, "www-authenticate"), "Bearer");
	assert_int_equal(call_as(fix, "nonsense", "/v1/things"), 401);

	claims.expires_s -= 1000;
	claims.issued_s -= 1000;
	claims.not_before_s -= 1000;
	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(call_as(fix, token.data, "/v1/things"), 401);

	claims = fix->claims;
	snprintf(claims.audience, sizeof(claims.audience), "other");
	bh_buf_reset(&token);
	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(call_as(fix, token.data, "/v1/things"), 401);
	assert_error(fix, "The credential is missing, invalid, expired or revoked.",
		"invalid_request_error", NULL, "invalid_api_key");
	bh_buf_close(&token);
}

static void
revoked_credential_is_refused_at_once(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "GET", "/v1/things", NULL), 200);
	bh_token_checker_revoke(fix->base.runtime.checker, BH_REVOKED_CREDENTIAL, &tenant_a,
		&fix->claims.session, 1);
	assert_int_equal(call(fix, "GET", "/v1/things", NULL), 401);
}

static void
scope_of_the_route_is_demanded(void **state)
{
	struct fixture *fix = *state;
	struct bh_claims claims = bh_service_fixture_claims(&tenant_a, "things:readonly other");
	struct bh_buf token = {0};

	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(call_as(fix, token.data, "/v1/things"), 403);
	assert_error(fix, "The credential does not have the scope 'things:read'.", "permission_error",
		NULL, "insufficient_permissions");
	assert_int_equal(call_as(fix, token.data, "/public"), 200);
	assert_string_equal(fix->body.data, "nobody");
	bh_buf_close(&token);
}

static void
token_renew(struct fixture *fix)
{
	fix->claims.token = bh_uuid_new();
	bh_buf_reset(&fix->token);
	bh_service_fixture_token(&fix->base, &fix->claims, &fix->token);
}

/* What is there is read whatever the plan has become. */
static void
what_the_plan_does_not_include_is_refused(void **state)
{
	static const struct bh_scope scopes[] = {{"things:read", BH_ROLE_VIEWER, true, "things"},
		{"things:write", BH_ROLE_MEMBER, true, "things"}, {0}};
	static const struct bh_service planned = {.name = "test", .scopes = scopes};
	static const struct bh_service *const planned_list[] = {&planned, NULL};
	struct fixture *fix = *state;

	fix->base.runtime.services = planned_list;
	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 201);
	snprintf(fix->claims.entitled, sizeof(fix->claims.entitled), "chat");
	token_renew(fix);
	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 403);
	assert_error(fix, "The plan 'default' does not include 'things'.", "permission_error", NULL,
		"entitlement_required");
	assert_int_equal(call(fix, "GET", "/v1/things", NULL), 200);
	snprintf(fix->claims.entitled, sizeof(fix->claims.entitled), "*");
	token_renew(fix);
	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 201);
	snprintf(fix->claims.plan_state, sizeof(fix->claims.plan_state), "suspended");
	token_renew(fix);
	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 403);
	assert_error(fix, "The subscription is suspended because an invoice is unpaid.",
		"permission_error", NULL, "billing_suspended");
	assert_int_equal(call(fix, "GET", "/v1/things", NULL), 200);
}

static void
ids_of_any_other_form_are_missing_ids(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "GET", "/v1/things/th_0123456789abcdef0123456789abcdef", NULL), 200);
	assert_int_equal(call(fix, "GET", "/v1/things/xx_0123456789abcdef0123456789abcdef", NULL), 404);
	assert_error(fix, NULL, "invalid_request_error", "thing", "not_found");
	assert_int_equal(call(fix, "GET", "/v1/things/th_0123", NULL), 404);
	assert_int_equal(call(fix, "GET", "/v1/things/%2e%2e", NULL), 404);
}

static void
unknown_routes_and_methods_have_the_error_shape(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "GET", "/v1/nothing", NULL), 404);
	assert_error(fix, "Unknown request URL: GET /v1/nothing.", "invalid_request_error", NULL,
		"unknown_url");
	assert_int_equal(call(fix, "DELETE", "/v1/things", NULL), 405);
	assert_error(fix, NULL, "invalid_request_error", NULL, "method_not_allowed");
	assert_string_equal(header(fix, "allow"), "POST, GET, HEAD");
	assert_int_equal(call(fix, "HEAD", "/v1/things", NULL), 200);
	assert_int_equal(fix->body.len, 0);
}

static void
pages_are_read_and_bounded(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "GET", "/v1/things", NULL), 200);
	assert_string_equal(fix->body.data, "limit=20 asc=0 after=0/0 before=0");
	assert_int_equal(call(fix, "GET",
						 "/v1/things?limit=100&order=asc&"
						 "after=th_00000000000000000000000000000009",
						 NULL),
		200);
	assert_string_equal(fix->body.data, "limit=100 asc=1 after=1/9 before=0");
	assert_int_equal(call(fix, "GET", "/v1/things?limit=101", NULL), 400);
	assert_error(fix, NULL, "invalid_request_error", "limit", "out_of_range");
	assert_int_equal(call(fix, "GET", "/v1/things?limit=x", NULL), 400);
	assert_error(fix, NULL, "invalid_request_error", "limit", "invalid_value");
	assert_int_equal(call(fix, "GET", "/v1/things?order=up", NULL), 400);
	assert_error(fix, NULL, "invalid_request_error", "order", "invalid_value");
	assert_int_equal(call(fix, "GET", "/v1/things?after=vs_1", NULL), 400);
	assert_error(fix, NULL, "invalid_request_error", "after", "invalid_value");
}

static void
inner_errors_do_not_leak_and_say_whether_to_retry(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "POST", "/v1/fail/db", NULL), 500);
	assert_error(fix, "Internal server error; search the log for the request id.", "server_error",
		NULL, "internal_error");
	assert_int_equal(call(fix, "POST", "/v1/fail/db_down", NULL), 503);
	assert_error(fix, NULL, "server_error", NULL, "service_unavailable");
	assert_string_equal(header(fix, "retry-after"), "1");
	assert_int_equal(call(fix, "POST", "/v1/fail/db_late", NULL), 503);
	assert_error(fix, NULL, "server_error", NULL, "service_unavailable");
	/* Not the same: it may have been done. */
	assert_int_equal(call(fix, "POST", "/v1/fail/db_unknown", NULL), 503);
	assert_error(fix, NULL, "server_error", NULL, "outcome_unknown");
	assert_string_equal(header(fix, "retry-after"), "1");
	assert_string_equal(header(fix, "x-should-retry"), "false");
	assert_int_equal(call(fix, "POST", "/v1/fail/upstream", NULL), 502);
	assert_string_equal(header(fix, "x-should-retry"), "false");
	assert_null(strstr(fix->body.data, "inner detail"));
	assert_int_equal(call(fix, "POST", "/v1/fail/budget", NULL), 429);
	assert_error(fix, "inner detail budget", "insufficient_quota", NULL, "insufficient_quota");
	assert_string_equal(header(fix, "x-should-retry"), "false");
	assert_int_equal(call(fix, "POST", "/v1/fail/rate", NULL), 429);
	assert_string_equal(header(fix, "retry-after"), "1");
	assert_int_equal(call(fix, "POST", "/v1/fail/limit", NULL), 429);
	assert_string_equal(header(fix, "retry-after"), "17");
	assert_int_equal(call(fix, "POST", "/v1/fail/none", NULL), 204);
}

static void
every_request_leaves_an_audit_line(void **state)
{
	struct fixture *fix = *state;
	char text[200];

	assert_int_equal(call(fix, "POST", "/v1/things", "{\"name\":\"a\\\"b\"}"), 201);
	snprintf(text, sizeof(text), "\"request_id\":\"%s\"", header(fix, "x-request-id"));
	await_audit(fix, text);
	assert_non_null(strstr(fix->body.data, "\"event\":\"thing.create\",\"service\":\"test\""));
	assert_non_null(
		strstr(fix->body.data, "\"tenant_id\":\"01020300-0000-0000-0000-000000000000\""));
	snprintf(text, sizeof(text), "\"subject\":\"%s\"", fix->claims.subject_text);
	assert_non_null(strstr(fix->body.data, text));
	assert_non_null(
		strstr(fix->body.data, "\"path\":\"/v1/things\",\"status\":201,\"error\":null"));
	assert_non_null(strstr(fix->body.data, "\"complete\":true,\"name\":\"a\\\"b\",\"count\":7}\n"));

	assert_int_equal(call_as(fix, NULL, "/v1/things/x?secret=1"), 401);
	await_audit(fix, "\"status\":401,\"error\":\"invalid_api_key\"");
	assert_non_null(strstr(fix->body.data, "\"path\":\"/v1/things/{thing}\""));
	assert_null(strstr(fix->body.data, "secret"));
}

static void
a_stream_of_a_tenant_that_goes_is_cut_and_no_other(void **state)
{
	struct fixture *fix = *state;
	static const struct bh_uuid tenant_b = {{9}};
	BH_AUTO(bh_buf_close) struct bh_buf bearer = {0};
	struct bh_http_header headers[1] = {{"authorization", NULL}};
	const struct bh_http_call request = {
		.method = "GET",
		.path = "/v1/stream",
		.headers = headers,
		.n_headers = 1,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
	char piece[64];

	bh_buf_printf(&bearer, "Bearer %s", fix->token.data);
	headers[0].value = bearer.data;
	assert_int_equal(bh_http_call(fix->base.client, &request, &fix->reply), 0);
	assert_int_equal(bh_http_reply_read(&fix->reply, piece, sizeof(piece)), 10);
	assert_int_equal(bh_serve_cut(&fix->base.runtime, &tenant_b), 0);
	assert_int_equal(bh_serve_cut(&fix->base.runtime, &tenant_a), 1);
	assert_true(bh_http_reply_read(&fix->reply, piece, sizeof(piece)) < 0);
	await_audit(fix, "\"complete\":false,\"events\":1");
	assert_int_equal(bh_serve_cut(&fix->base.runtime, &tenant_a), 0);
}

static void
audit_line_of_a_stream_waits_for_its_end(void **state)
{
	struct fixture *fix = *state;
	struct bh_buf bearer = {0};
	struct bh_http_header headers[1] = {{"authorization", NULL}};
	const struct bh_http_call request = {
		.method = "GET",
		.path = "/v1/stream",
		.headers = headers,
		.n_headers = 1,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
	char piece[64];

	bh_buf_printf(&bearer, "Bearer %s", fix->token.data);
	headers[0].value = bearer.data;
	atomic_store(&streams_closed, 0);
	assert_int_equal(bh_http_call(fix->base.client, &request, &fix->reply), 0);
	assert_string_equal(header(fix, "content-type"), "text/event-stream; charset=utf-8");
	assert_int_equal(bh_http_reply_read(&fix->reply, piece, sizeof(piece)), 10);
	bh_service_fixture_audit(&fix->base, &fix->body);
	assert_null(strstr(bh_buf_string(&fix->body), "\"event\":\"stream\""));
	bh_http_reply_close(&fix->reply);
	await_audit(fix, "\"complete\":false,\"events\":1");
	assert_int_equal(atomic_load(&streams_closed), 1);
	bh_buf_close(&bearer);
}

static void
request_id_of_the_gateway_is_kept(void **state)
{
	struct fixture *fix = *state;
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
	assert_string_equal(header(fix, "x-request-id"), given[0].value);
	bh_http_reply_close(&fix->reply);
	request.headers = forged;
	assert_int_equal(bh_http_call(fix->base.client, &request, &fix->reply), 0);
	assert_int_equal(strspn(header(fix, "x-request-id"), "0123456789abcdef"), 32);
}

static void
health_tells_whether_credentials_can_be_judged(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call_as(fix, NULL, "/healthz"), 200);
	assert_string_equal(fix->body.data, "{\"status\":\"ok\"}");
	fix->base.runtime.log_read = false;
	assert_int_equal(call_as(fix, NULL, "/healthz"), 503);
	assert_string_equal(header(fix, "retry-after"), "1");
	fix->base.runtime.log_read = true;
	fix->base.runtime.state_open = false;
	assert_int_equal(call_as(fix, NULL, "/healthz"), 503);
	assert_int_equal(call_as(fix, NULL, "/public"), 503);
}

/* Whatever scopes its credential has; the next step would be to look that tenant up. */
static void
operators_routes_are_the_platforms(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call(fix, "GET", "/api/tenants/01000000-0000-0000-0000-000000000000/things",
						 NULL),
		403);
	assert_non_null(strstr(fix->body.data, "platform's staff"));
}

static void
metrics_are_the_operators(void **state)
{
	struct fixture *fix = *state;
	struct bh_claims claims = bh_service_fixture_claims(&tenant_a, "metrics:read");
	struct bh_buf token = {0};

	assert_int_equal(call(fix, "GET", "/v1/things", NULL), 200);
	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(call_as(fix, token.data, "/metrics"), 403);
	claims = bh_service_fixture_claims(&bh_platform_tenant, "metrics:read");
	bh_buf_reset(&token);
	bh_service_fixture_token(&fix->base, &claims, &token);
	/* An exchange is counted when it is over, a moment after its client has read the answer. */
	for (int i = 0; i < 500; i++) {
		assert_int_equal(call_as(fix, token.data, "/metrics"), 200);
		if (strstr(fix->body.data, "route=\"/v1/things\"") != NULL)
			break;
		usleep(10000);
	}
	assert_non_null(strstr(fix->body.data,
		"bulkhead_service_requests_total{service=\"test\","
		"method=\"GET\",route=\"/v1/things\",status=\"200\"} 1\n"));
	assert_non_null(strstr(fix->body.data, "bulkhead_service_running{service=\"test\"} "));
	assert_null(strstr(fix->body.data, "010203"));
	bh_buf_close(&token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(body_is_read_by_its_table),
		TEST(wrong_bodies_name_their_field),
		TEST(spooled_body_reads_like_any_other),
		TEST(body_over_the_routes_size_is_refused),
		TEST(missing_and_bad_credentials_are_refused_alike),
		TEST(revoked_credential_is_refused_at_once),
		TEST(scope_of_the_route_is_demanded),
		TEST(what_the_plan_does_not_include_is_refused),
		TEST(ids_of_any_other_form_are_missing_ids),
		TEST(unknown_routes_and_methods_have_the_error_shape),
		TEST(pages_are_read_and_bounded),
		TEST(inner_errors_do_not_leak_and_say_whether_to_retry),
		TEST(every_request_leaves_an_audit_line),
		TEST(a_stream_of_a_tenant_that_goes_is_cut_and_no_other),
		TEST(audit_line_of_a_stream_waits_for_its_end),
		TEST(request_id_of_the_gateway_is_kept),
		TEST(health_tells_whether_credentials_can_be_judged),
		TEST(operators_routes_are_the_platforms),
		TEST(metrics_are_the_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
