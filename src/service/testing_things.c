/* SPDX-License-Identifier: Apache-2.0 */
/* testing_things.c: see the header. */
#include "service/testing_things.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "service/list.h"
#include "service/request.h"

const struct bh_uuid testing_things_tenant = {{1, 2, 3}};
atomic_int testing_things_streams_closed;

struct thing {
	const char *name;
	int64_t count;
};

static const struct bh_field thing_fields[] = {
	{"name", BH_FIELD_TEXT, offsetof(struct thing, name), BH_REQUIRED, 1, 10},
	{"count", BH_FIELD_INT, offsetof(struct thing, count), 0, 0, 100},
};

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
	atomic_fetch_add(&testing_things_streams_closed, 1);
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
	{"GET", "/v1/grave", "things:read", "data", "grave", 0, 5000, http_public, BH_ROUTE_ELEVATED},
	{"GET", "/v1/own", "things:read", "data", "own", 0, 5000, http_public, BH_ROUTE_PERSONAL},
	{"GET", "/v1/lasting", "things:read", "data", "lasting", 0, 5000, http_public,
		BH_ROUTE_STAFF_ELEVATED},
	{0},
};

static const struct bh_service service = {.name = "test", .routes = routes, .state_size = 8};

/* ---- calls ---- */

int
testing_things_open(void **state)
{
	static struct testing_things fix;

	fix = (struct testing_things){0};
	bh_service_fixture_open(&fix.base, &service);
	fix.claims = bh_service_fixture_claims(&testing_things_tenant, "things:read things:write");
	bh_service_fixture_token(&fix.base, &fix.claims, &fix.token);
	*state = &fix;
	return 0;
}

int
testing_things_close(void **state)
{
	struct testing_things *fix = *state;

	bh_http_reply_close(&fix->reply);
	bh_buf_close(&fix->token);
	bh_buf_close(&fix->body);
	bh_service_fixture_close(&fix->base);
	return 0;
}

int
testing_things_call(struct testing_things *fix, const char *method, const char *path,
	const char *body)
{
	bh_http_reply_close(&fix->reply);
	return bh_service_fixture_call(&fix->base, method, path, fix->token.data, body, &fix->reply,
		&fix->body);
}

int
testing_things_call_as(struct testing_things *fix, const char *token, const char *path)
{
	bh_http_reply_close(&fix->reply);
	return bh_service_fixture_call(&fix->base, "GET", path, token, NULL, &fix->reply, &fix->body);
}

void
testing_things_stream(struct testing_things *fix)
{
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
}

void
testing_things_token(struct testing_things *fix)
{
	fix->claims.token = bh_uuid_new();
	bh_buf_reset(&fix->token);
	bh_service_fixture_token(&fix->base, &fix->claims, &fix->token);
}

const char *
testing_things_header(struct testing_things *fix, const char *name)
{
	const char *value = bh_http_reply_header(&fix->reply, name);

	return value != NULL ? value : "";
}

void
testing_things_error(struct testing_things *fix, const char *message, const char *type,
	const char *param, const char *code)
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
	assert_string_equal(testing_things_header(fix, "content-type"), "application/json");
	assert_int_equal(strlen(testing_things_header(fix, "x-request-id")), 32);
}

void
testing_things_audit(struct testing_things *fix, const char *text)
{
	for (int i = 0; i < 500; i++) {
		bh_service_fixture_audit(&fix->base, &fix->body);
		if (strstr(bh_buf_string(&fix->body), text) != NULL)
			return;
		usleep(10000);
	}
	fail_msg("no audit line with %s in: %s", text, bh_buf_string(&fix->body));
}
