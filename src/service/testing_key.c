/* SPDX-License-Identifier: Apache-2.0 */
/* testing_key.c: handlers that answer, wait and fail as a test says, and requests to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "db/testing.h"
#include "service/request.h"
#include "service/testing_key.h"

const struct bh_uuid testing_key_tenant = {{0xaa}};

static struct bh_test_db db;
static struct testing_key the;

/* ---- handlers ---- */

static void
wait_while_held(void)
{
	atomic_fetch_add(&the.held, 1);
	while (atomic_load(&the.hold))
		usleep(2000);
	atomic_fetch_sub(&the.held, 1);
}

/* Each run answers differently: only a kept answer comes twice. */
static int
http_make(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int n = atomic_fetch_add(&the.calls, 1) + 1;
	int error = atomic_load(&the.fail_with);

	wait_while_held();
	if (error != 0)
		return bh_reply_error(req, bh_error(error, "as the test said"), NULL);
	bh_buf_printf(&body, "{\"call\":%d}", n);
	for (int i = atomic_load(&the.large); i > 0; i--)
		bh_buf_char(&body, ' ');
	return bh_reply_json(req, 201, &body);
}

struct stream {
	struct bh_request *req;
	int n;
};

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct stream *stream = state;
	struct pollfd client = {.fd = bh_http_client_fd(stream->req->http), .events = POLLRDHUP};

	if (stream->n == 1)
		wait_while_held();
	if (stream->n == 1 && poll(&client, 1, 0) > 0)
		return BH_E_GONE;
	if (stream->n == 2 && atomic_load(&the.fail_with) != 0)
		bh_request_release(stream->req);
	if (stream->n == 3)
		return 0;
	return snprintf(out, size, "data: %d of %d\n\n", stream->n++, atomic_load(&the.calls));
}

static void
stream_close(void *state)
{
	(void)state;
}

static int
stream(struct bh_request *req)
{
	struct stream *state = bh_arena_alloc(req->arena, sizeof(*state));

	*state = (struct stream){.req = req};
	return bh_reply_stream(req, &(struct bh_http_stream){stream_next, stream_close, state});
}

static int
bind_work(struct bh_db *tx, void *ctx)
{
	struct bh_request *req = ctx;
	const struct bh_uuid object = {{7, (uint8_t)atomic_load(&the.calls)}};
	int rc = bh_request_bind(req, tx, &object);

	return rc == 0 && atomic_load(&the.bind_then) == 2 ? BH_E_INVALID : rc;
}

/* As the agent service does: the object is the answer. */
static int
http_bind(struct bh_request *req)
{
	struct bh_uuid object = {{7}};
	int rc = 0;

	if (!bh_request_repeats(req, &object)) {
		object.bytes[1] = (uint8_t)(atomic_fetch_add(&the.calls, 1) + 1);
		rc = bh_tx_run(req->db, bind_work, req);
	}
	if (rc == 0 && atomic_load(&the.bind_then) == 1)
		rc = BH_E_UNAVAILABLE;
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (atomic_load(&the.bind_then) == 3)
		return stream(req);
	return bh_reply_text(req, 200, "text/plain",
		bh_arena_printf(req->arena, "object %d", object.bytes[1]));
}

static int
http_stream(struct bh_request *req)
{
	atomic_fetch_add(&the.calls, 1);
	return stream(req);
}

static const struct bh_route routes[] = {
	{"POST", "/v1/things/{thing}", "things", "data", "thing", 90000, 5000, http_make,
		BH_ROUTE_IDEMPOTENT},
	{"POST", "/v1/quick", "things", "data", "quick", 90000, 400, http_make, BH_ROUTE_IDEMPOTENT},
	{"POST", "/v1/unkept", "things", "data", "thing", 90000, 5000, http_make},
	{"POST", "/v1/bound", "things", "data", "bound", 90000, 5000, http_bind, BH_ROUTE_IDEMPOTENT},
	{"POST", "/v1/stream", "things", "data", "stream", 90000, 5000, http_stream,
		BH_ROUTE_STREAM | BH_ROUTE_IDEMPOTENT},
	{0},
};

static const struct bh_idempotency_sql sql = BH_IDEMPOTENCY_SQL("idempotency_model");
const struct bh_service testing_key_service = {
	.name = "test",
	.routes = routes,
	.state_size = 8,
	.idempotency = &sql,
};

/* ---- fixture ---- */

int
testing_key_open(void **state)
{
	(void)state;
	return bh_test_db_open(&db);
}

int
testing_key_close(void **state)
{
	(void)state;
	bh_test_db_close(&db);
	return 0;
}

int
testing_key_setup(void **state)
{
	atomic_store(&the.calls, 0);
	atomic_store(&the.fail_with, 0);
	atomic_store(&the.hold, false);
	atomic_store(&the.large, 0);
	atomic_store(&the.bind_then, 0);
	if (bh_test_db_script(&db, "DELETE FROM bulkhead.idempotency_model") < 0)
		return -1;
	bh_service_fixture_open(&the.base, &testing_key_service);
	the.base.runtime.db = bh_test_db_as(&db, "bulkhead_model", NULL).pool;
	the.claims = bh_service_fixture_claims(&testing_key_tenant, "things");
	bh_service_fixture_token(&the.base, &the.claims, &the.token);
	*state = &the;
	return 0;
}

int
testing_key_teardown(void **state)
{
	struct testing_key *fix = *state;

	atomic_store(&fix->hold, false);
	assert_null(fix->base.runtime.idempotency);
	fix->base.runtime.db = NULL; /* the test database's own */
	bh_service_fixture_close(&fix->base);
	bh_buf_close(&fix->token);
	return 0;
}

/* One POST with this key (NULL: none); `type` NULL is JSON. */
struct testing_answer
testing_key_send(struct testing_key *fix, const char *token, const char *path, const char *key,
	const char *type, const char *body, size_t len)
{
	struct testing_answer answer = {0};
	struct bh_http_reply reply;
	struct bh_buf bearer = {0};
	struct bh_buf got = {0};
	struct bh_http_header headers[3] = {
		{"authorization", NULL},
		{"content-type", type != NULL ? type : "application/json"},
		{"idempotency-key", key},
	};
	const struct bh_http_call call = {
		.method = "POST",
		.path = path,
		.headers = headers,
		.n_headers = key != NULL ? 3 : 2,
		.body = body,
		.body_len = len,
		.first_byte_ms = 20000,
		.idle_ms = 20000,
		.watch_fd = -1,
	};

	bh_buf_printf(&bearer, "Bearer %s", token);
	headers[0].value = bearer.data;
	assert_int_equal(bh_http_call(fix->base.client, &call, &reply), 0);
	assert_int_equal(bh_http_reply_body(&reply, 4 << 20, &got), 0);
	answer.status = reply.status;
	answer.replayed = bh_http_reply_header(&reply, "idempotent-replayed") != NULL;
	answer.len = got.len;
	snprintf(answer.id, sizeof(answer.id), "%s", bh_http_reply_header(&reply, "x-request-id"));
	snprintf(answer.body, sizeof(answer.body), "%s", bh_buf_string(&got));
	bh_http_reply_close(&reply);
	bh_buf_close(&bearer);
	bh_buf_close(&got);
	return answer;
}

struct testing_answer
testing_key_post(struct testing_key *fix, const char *path, const char *key, const char *body)
{
	return testing_key_send(fix, fix->token.data, path, key, NULL, body, strlen(body));
}

void
testing_key_script(const char *text)
{
	assert_int_equal(bh_test_db_script(&db, text), 0);
}

void
testing_key_await_held(struct testing_key *key, int n)
{
	for (int i = 0; i < 2000 && atomic_load(&key->held) != n; i++)
		usleep(5000);
	assert_int_equal(atomic_load(&key->held), n);
}

static void *
send_one(void *arg)
{
	struct testing_sender *sender = arg;

	sender->answer = testing_key_post(sender->fix, sender->path, "key", "{}");
	return NULL;
}

void
testing_key_begin(struct testing_sender *sender, struct testing_key *fix, const char *path)
{
	*sender = (struct testing_sender){.fix = fix, .path = path};
	assert_int_equal(pthread_create(&sender->thread, NULL, send_one, sender), 0);
}

void
testing_key_await_running(struct testing_key *fix, unsigned n)
{
	for (int i = 0; i < 2000 && bh_http_server_running(fix->base.runtime.server) != n; i++)
		usleep(5000);
	assert_int_equal(bh_http_server_running(fix->base.runtime.server), n);
}

void
testing_key_assert_refused(struct testing_answer answer, int status, const char *code)
{
	char text[80];

	assert_int_equal(answer.status, status);
	snprintf(text, sizeof(text), "\"code\":\"%s\"", code);
	assert_non_null(strstr(answer.body, text));
	assert_non_null(strstr(answer.body, "\"param\":\"Idempotency-Key\""));
}
