/* test_idempotency.c: requests with a key through a whole small service, kept in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "db/testing.h"
#include "service/idempotency.h"
#include "service/request.h"
#include "service/testing.h"

static const struct bh_uuid tenant_a = {{0xaa}};
static const struct bh_uuid tenant_b = {{0xbb}};

static struct bh_test_db db;
static atomic_int calls;          /* of a handler */
static atomic_int fail_with;      /* BH_E_* to answer with; 0: well */
static atomic_bool hold;          /* handlers wait while it is set */
static atomic_int held;           /* handlers that wait */
static atomic_int large;          /* bytes of answer; 0: few */
static atomic_int bind_then;      /* after binding: 0 answer, 1 fail, 2 roll back, 3 stream */

/* ---- handlers ---- */

static void
wait_while_held(void)
{
	atomic_fetch_add(&held, 1);
	while (atomic_load(&hold))
		usleep(2000);
	atomic_fetch_sub(&held, 1);
}

/* Each run answers differently: only a kept answer comes twice. */
static int
http_make(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int n = atomic_fetch_add(&calls, 1) + 1;
	int error = atomic_load(&fail_with);

	wait_while_held();
	if (error != 0)
		return bh_reply_error(req, bh_error(error, "as the test said"), NULL);
	bh_buf_printf(&body, "{\"call\":%d}", n);
	for (int i = atomic_load(&large); i > 0; i--)
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
	if (stream->n == 2 && atomic_load(&fail_with) != 0)
		bh_request_release(stream->req);
	if (stream->n == 3)
		return 0;
	return snprintf(out, size, "data: %d of %d\n\n", stream->n++, atomic_load(&calls));
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
	const struct bh_uuid object = {{7, (uint8_t)atomic_load(&calls)}};
	int rc = bh_request_bind(req, tx, &object);

	return rc == 0 && atomic_load(&bind_then) == 2 ? BH_E_INVALID : rc;
}

/* As the agent service does: the object is the answer. */
static int
http_bind(struct bh_request *req)
{
	struct bh_uuid object = {{7}};
	int rc = 0;

	if (!bh_request_repeats(req, &object)) {
		object.bytes[1] = (uint8_t)(atomic_fetch_add(&calls, 1) + 1);
		rc = bh_tx_run(req->db, bind_work, req);
	}
	if (rc == 0 && atomic_load(&bind_then) == 1)
		rc = BH_E_UNAVAILABLE;
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (atomic_load(&bind_then) == 3)
		return stream(req);
	return bh_reply_text(req, 200, "text/plain", bh_arena_printf(req->arena, "object %d",
		object.bytes[1]));
}

static int
http_stream(struct bh_request *req)
{
	atomic_fetch_add(&calls, 1);
	return stream(req);
}

static const struct bh_route routes[] = {
	{"POST", "/v1/things/{thing}", "things", "data", "thing", 90000, 5000, http_make,
		BH_ROUTE_PUBLIC, false, true},
	{"POST", "/v1/quick", "things", "data", "quick", 90000, 400, http_make, BH_ROUTE_PUBLIC, false,
		true},
	{"POST", "/v1/unkept", "things", "data", "thing", 90000, 5000, http_make, BH_ROUTE_PUBLIC,
		false, false},
	{"POST", "/v1/bound", "things", "data", "bound", 90000, 5000, http_bind, BH_ROUTE_PUBLIC, false,
		true},
	{"POST", "/v1/stream", "things", "data", "stream", 90000, 5000, http_stream, BH_ROUTE_PUBLIC,
		true, true},
	{0},
};

static const struct bh_idempotency_sql sql = BH_IDEMPOTENCY_SQL("idempotency_model");
static const struct bh_service service = {
	.name = "test", .routes = routes, .state_size = 8, .idempotency = &sql,
};

/* ---- fixture ---- */

struct fixture {
	struct bh_service_fixture base;
	struct bh_claims claims;
	struct bh_buf token;
};

static int
open_database(void **state)
{
	(void)state;
	return bh_test_db_open(&db);
}

static int
close_database(void **state)
{
	(void)state;
	bh_test_db_close(&db);
	return 0;
}

static int
setup(void **state)
{
	static struct fixture fix;

	fix = (struct fixture){0};
	atomic_store(&calls, 0);
	atomic_store(&fail_with, 0);
	atomic_store(&hold, false);
	atomic_store(&large, 0);
	atomic_store(&bind_then, 0);
	if (bh_test_db_script(&db, "DELETE FROM bulkhead.idempotency_model") < 0)
		return -1;
	bh_service_fixture_open(&fix.base, &service);
	fix.base.runtime.db = bh_test_db_as(&db, "bulkhead_model", NULL).pool;
	fix.claims = bh_service_fixture_claims(&tenant_a, "things");
	bh_service_fixture_token(&fix.base, &fix.claims, &fix.token);
	*state = &fix;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	atomic_store(&hold, false);
	assert_null(fix->base.runtime.idempotency);
	fix->base.runtime.db = NULL; /* the test database's own */
	bh_service_fixture_close(&fix->base);
	bh_buf_close(&fix->token);
	return 0;
}

/* What an answer was. */
struct answer {
	int status;
	bool replayed;
	char id[40];
	char body[512];             /* its beginning */
	size_t len;
};

/* One POST with this key (NULL: none); `type` NULL is JSON. */
static struct answer
send_as(struct fixture *fix, const char *token, const char *path, const char *key, const char *type,
	const char *body, size_t len)
{
	struct answer answer = {0};
	struct bh_http_reply reply;
	struct bh_buf bearer = {0};
	struct bh_buf got = {0};
	struct bh_http_header headers[3] = {
		{"authorization", NULL}, {"content-type", type != NULL ? type : "application/json"},
		{"idempotency-key", key},
	};
	const struct bh_http_call call = {
		.method = "POST", .path = path, .headers = headers, .n_headers = key != NULL ? 3 : 2,
		.body = body, .body_len = len, .first_byte_ms = 20000, .idle_ms = 20000, .watch_fd = -1,
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

static struct answer
post(struct fixture *fix, const char *path, const char *key, const char *body)
{
	return send_as(fix, fix->token.data, path, key, NULL, body, strlen(body));
}

static void
assert_refused(struct answer answer, int status, const char *code)
{
	char text[80];

	assert_int_equal(answer.status, status);
	snprintf(text, sizeof(text), "\"code\":\"%s\"", code);
	assert_non_null(strstr(answer.body, text));
	assert_non_null(strstr(answer.body, "\"param\":\"Idempotency-Key\""));
}

static void
script(const char *text)
{
	assert_int_equal(bh_test_db_script(&db, text), 0);
}

static void
await_held(int n)
{
	for (int i = 0; i < 2000 && atomic_load(&held) != n; i++)
		usleep(5000);
	assert_int_equal(atomic_load(&held), n);
}

/* A request in a thread of its own. */
struct sender {
	struct fixture *fix;
	const char *path;
	pthread_t thread;
	struct answer answer;
};

static void *
send_one(void *arg)
{
	struct sender *sender = arg;

	sender->answer = post(sender->fix, sender->path, "key", "{}");
	return NULL;
}

static void
begin_sending(struct sender *sender, struct fixture *fix, const char *path)
{
	*sender = (struct sender){.fix = fix, .path = path};
	assert_int_equal(pthread_create(&sender->thread, NULL, send_one, sender), 0);
}

/* ---- tests ---- */

static void
a_repeat_gets_the_first_answer(void **state)
{
	struct fixture *fix = *state;
	struct answer first = post(fix, "/v1/things/x", "key", "{\"a\":1}");
	struct answer second = post(fix, "/v1/things/x", "\"key\"", "{\"a\":1}");
	struct bh_buf audit = {0};
	char text[64];

	assert_int_equal(first.status, 201);
	assert_false(first.replayed);
	assert_int_equal(second.status, 201);
	assert_true(second.replayed);
	assert_string_equal(second.body, first.body);
	assert_string_not_equal(second.id, first.id);
	assert_int_equal(atomic_load(&calls), 1);

	/* The repeat's audit line leads to the first one's. */
	snprintf(text, sizeof(text), "\"repeats\":\"%s\"", first.id);
	for (int i = 0; i < 500; i++) {
		bh_service_fixture_audit(&fix->base, &audit);
		if (strstr(bh_buf_string(&audit), text) != NULL)
			break;
		usleep(10000);
	}
	assert_non_null(strstr(bh_buf_string(&audit), text));
	bh_buf_close(&audit);
}

static void
without_a_key_or_on_another_route_nothing_is_kept(void **state)
{
	struct fixture *fix = *state;

	post(fix, "/v1/things/x", NULL, "{}");
	post(fix, "/v1/things/x", NULL, "{}");
	post(fix, "/v1/unkept", "key", "{}");
	assert_false(post(fix, "/v1/unkept", "key", "{}").replayed);
	assert_int_equal(atomic_load(&calls), 4);
	script("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM bulkhead.idempotency_model); END $$");
}

static void
a_key_stands_for_one_request(void **state)
{
	struct fixture *fix = *state;
	static char body[20000];

	assert_int_equal(post(fix, "/v1/things/x", "key", "{\"a\":1}").status, 201);
	assert_refused(post(fix, "/v1/things/x", "key", "{\"a\":2}"), 400, "idempotency_key_reused");
	assert_refused(post(fix, "/v1/things/x?q=1", "key", "{\"a\":1}"), 400,
		"idempotency_key_reused");

	/* Also a body that does not fit in memory, to its last byte. */
	memset(body, ' ', sizeof(body) - 1);
	assert_int_equal(post(fix, "/v1/things/x", "large", body).status, 201);
	assert_true(post(fix, "/v1/things/x", "large", body).replayed);
	body[sizeof(body) - 2] = 'x';
	assert_refused(post(fix, "/v1/things/x", "large", body), 400, "idempotency_key_reused");
	assert_int_equal(atomic_load(&calls), 2);
}

static void
a_key_is_its_callers_own(void **state)
{
	struct fixture *fix = *state;
	struct bh_claims others[3] = {fix->claims, fix->claims, fix->claims};
	struct bh_buf token = {0};

	others[0].tenant = tenant_b;
	others[1].session = bh_uuid_new();
	others[2].subject = bh_uuid_new();
	bh_uuid_format(&others[2].subject, others[2].subject_text);
	assert_false(post(fix, "/v1/things/x", "key", "{}").replayed);
	assert_false(post(fix, "/v1/things/y", "key", "{}").replayed);
	for (size_t i = 0; i < BH_COUNT(others); i++) {
		bh_buf_reset(&token);
		bh_service_fixture_token(&fix->base, &others[i], &token);
		assert_false(send_as(fix, token.data, "/v1/things/x", "key", NULL, "{}", 2).replayed);
		assert_true(send_as(fix, token.data, "/v1/things/x", "key", NULL, "{}", 2).replayed);
	}
	assert_int_equal(atomic_load(&calls), 5);
	bh_buf_close(&token);
}

static void
keys_of_other_forms_are_refused(void **state)
{
	struct fixture *fix = *state;
	char longest[258];

	memset(longest, 'k', sizeof(longest));
	longest[256] = '\0';
	assert_refused(post(fix, "/v1/things/x", longest, "{}"), 400, "invalid_value");
	longest[255] = '\0';
	assert_int_equal(post(fix, "/v1/things/x", longest, "{}").status, 201);
	assert_refused(post(fix, "/v1/things/x", "", "{}"), 400, "invalid_value");
	assert_refused(post(fix, "/v1/things/x", "\"\"", "{}"), 400, "invalid_value");
	assert_refused(post(fix, "/v1/things/x", "two words", "{}"), 400, "invalid_value");
	assert_refused(post(fix, "/v1/things/x", "k\xc3\xa9", "{}"), 400, "invalid_value");
	assert_int_equal(atomic_load(&calls), 1);
	/* What was sent is not kept, nor what anybody could compare a guess with. */
	script("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM bulkhead.idempotency_model"
		" WHERE key = sha256(repeat('k', 255)::bytea) OR fingerprint = sha256('{}'::bytea)"
		" OR idempotency_model::text LIKE '%kkkk%'); END $$");
}

static void
a_failure_frees_the_key(void **state)
{
	static const int errors[] = {BH_E_INVALID, BH_E_FORBIDDEN, BH_E_NOT_FOUND, BH_E_RATE_LIMITED,
		BH_E_UPSTREAM, BH_E_UNAVAILABLE};
	struct fixture *fix = *state;

	for (size_t i = 0; i < BH_COUNT(errors); i++) {
		atomic_store(&fail_with, errors[i]);
		assert_int_equal(post(fix, "/v1/things/x", "key", "{}").status,
			bh_error_row(errors[i])->status);
	}
	atomic_store(&fail_with, 0);
	assert_int_equal(post(fix, "/v1/things/x", "key", "{}").status, 201);
	assert_true(post(fix, "/v1/things/x", "key", "{}").replayed);
	assert_int_equal(atomic_load(&calls), (int)BH_COUNT(errors) + 1);
}

static void
a_write_of_unknown_outcome_is_not_repeated(void **state)
{
	struct fixture *fix = *state;

	atomic_store(&fail_with, BH_E_DB_UNKNOWN);
	assert_int_equal(post(fix, "/v1/things/x", "key", "{}").status, 500);
	assert_refused(post(fix, "/v1/things/x", "key", "{}"), 400, "idempotency_key_unknown");
	assert_int_equal(atomic_load(&calls), 1);
}

static void
an_answer_that_is_too_large_is_not_kept_and_not_made_again(void **state)
{
	struct fixture *fix = *state;

	atomic_store(&large, BH_IDEMPOTENCY_BODY_MAX - 10);
	assert_int_equal(post(fix, "/v1/things/x", "fits", "{}").status, 201);
	assert_int_equal(post(fix, "/v1/things/x", "fits", "{}").len, BH_IDEMPOTENCY_BODY_MAX);
	atomic_store(&large, BH_IDEMPOTENCY_BODY_MAX);
	assert_int_equal(post(fix, "/v1/things/x", "key", "{}").status, 201);
	assert_refused(post(fix, "/v1/things/x", "key", "{}"), 400, "idempotency_reply_not_kept");
	assert_int_equal(atomic_load(&calls), 2);
}

static void
equal_requests_at_once_run_once(void **state)
{
	struct fixture *fix = *state;
	struct sender senders[8];
	int replayed = 0;

	atomic_store(&hold, true);
	for (size_t i = 0; i < BH_COUNT(senders); i++)
		begin_sending(&senders[i], fix, "/v1/things/x");
	await_held(1);
	atomic_store(&hold, false);
	for (size_t i = 0; i < BH_COUNT(senders); i++) {
		pthread_join(senders[i].thread, NULL);
		assert_int_equal(senders[i].answer.status, 201);
		assert_string_equal(senders[i].answer.body, "{\"call\":1}");
		replayed += senders[i].answer.replayed;
	}
	assert_int_equal(replayed, 7);
	assert_int_equal(atomic_load(&calls), 1);
}

static void
a_repeat_waits_no_longer_than_its_route_may(void **state)
{
	struct fixture *fix = *state;
	struct sender sender;

	atomic_store(&hold, true);
	begin_sending(&sender, fix, "/v1/quick");
	await_held(1);
	assert_refused(post(fix, "/v1/quick", "key", "{}"), 503, "idempotency_key_in_use");
	atomic_store(&hold, false);
	pthread_join(sender.thread, NULL);
	assert_true(post(fix, "/v1/quick", "key", "{}").replayed);
}

static void
await_running(struct fixture *fix, unsigned n)
{
	for (int i = 0; i < 2000 && bh_http_server_running(fix->base.runtime.server) != n; i++)
		usleep(5000);
	assert_int_equal(bh_http_server_running(fix->base.runtime.server), n);
}

static void
a_repeat_whose_client_leaves_is_let_go(void **state)
{
	struct fixture *fix = *state;
	struct bh_buf bearer = {0};
	struct bh_http_header headers[] = {{"authorization", NULL}, {"idempotency-key", "key"},
		{"content-type", "application/json"}};
	const struct bh_http_call call = {
		.method = "POST", .path = "/v1/things/x", .headers = headers, .n_headers = 3, .body = "{}",
		.body_len = 2, .first_byte_ms = 300, .idle_ms = 300, .watch_fd = -1,
	};
	struct bh_http_reply reply;
	struct sender sender;

	bh_buf_printf(&bearer, "Bearer %s", fix->token.data);
	headers[0].value = bearer.data;
	atomic_store(&hold, true);
	begin_sending(&sender, fix, "/v1/things/x");
	await_held(1);
	assert_int_equal(bh_http_call(fix->base.client, &call, &reply), BH_E_UPSTREAM_TIMEOUT);
	bh_http_reply_close(&reply);
	await_running(fix, 1);
	atomic_store(&hold, false);
	pthread_join(sender.thread, NULL);
	assert_int_equal(sender.answer.status, 201);
	bh_buf_close(&bearer);
}

static void
a_repeat_that_waits_ends_with_its_credential(void **state)
{
	struct fixture *fix = *state;
	struct sender senders[2];

	atomic_store(&hold, true);
	begin_sending(&senders[0], fix, "/v1/things/x");
	await_held(1);
	begin_sending(&senders[1], fix, "/v1/things/x");
	await_running(fix, 2);
	bh_token_checker_revoke(fix->base.runtime.checker, BH_REVOKED_CREDENTIAL, &tenant_a,
		&fix->claims.session, 1);
	pthread_join(senders[1].thread, NULL);
	assert_int_equal(senders[1].answer.status, 401);
	atomic_store(&hold, false);
	pthread_join(senders[0].thread, NULL);
	assert_int_equal(senders[0].answer.status, 201);
}

/* A first request whose process says nothing for longer than its lease is cut off, unless it comes back. */
static void
a_request_that_was_cut_off_is_not_run_again(void **state)
{
	struct fixture *fix = *state;
	struct sender sender;

	atomic_store(&hold, true);
	begin_sending(&sender, fix, "/v1/things/x");
	await_held(1);
	script("UPDATE bulkhead.idempotency_model SET leased_until = now() - interval '1 second'");
	bh_idempotency_beat(&fix->base.runtime, NULL);
	script("DO $$ BEGIN ASSERT EXISTS (SELECT FROM bulkhead.idempotency_model"
		" WHERE leased_until > now() AND state = 'running'); END $$");

	script("UPDATE bulkhead.idempotency_model SET leased_until = now() - interval '1 second'");
	assert_refused(post(fix, "/v1/things/x", "key", "{}"), 400, "idempotency_key_unknown");
	assert_refused(post(fix, "/v1/things/x", "key", "{}"), 400, "idempotency_key_unknown");
	atomic_store(&hold, false);
	pthread_join(sender.thread, NULL);
	assert_int_equal(sender.answer.status, 201);
	assert_true(post(fix, "/v1/things/x", "key", "{}").replayed);
	assert_int_equal(atomic_load(&calls), 1);
}

static void
an_expired_key_is_free_and_its_row_goes(void **state)
{
	struct fixture *fix = *state;

	post(fix, "/v1/things/x", "old", "{}");
	post(fix, "/v1/things/x", "key", "{}");
	script("UPDATE bulkhead.idempotency_model SET expires_at = now()");
	assert_false(post(fix, "/v1/things/x", "key", "{\"another\":1}").replayed);
	script("DO $$ BEGIN ASSERT (SELECT count(*) FROM bulkhead.idempotency_model) = 1; END $$");
	assert_true(post(fix, "/v1/things/x", "key", "{\"another\":1}").replayed);
}

static void
a_bound_object_answers_its_repeats(void **state)
{
	struct fixture *fix = *state;

	assert_string_equal(post(fix, "/v1/bound", "key", "{}").body, "object 1");
	assert_true(post(fix, "/v1/bound", "key", "{}").replayed);
	assert_string_equal(post(fix, "/v1/bound", "key", "{}").body, "object 1");

	/* Made, and then the answer failed: the object is there all the same. */
	atomic_store(&bind_then, 1);
	assert_int_equal(post(fix, "/v1/bound", "failed", "{}").status, 503);
	atomic_store(&bind_then, 0);
	assert_string_equal(post(fix, "/v1/bound", "failed", "{}").body, "object 2");

	/* Not made: the key is free. */
	atomic_store(&bind_then, 2);
	assert_int_equal(post(fix, "/v1/bound", "undone", "{}").status, 400);
	atomic_store(&bind_then, 0);
	assert_string_equal(post(fix, "/v1/bound", "undone", "{}").body, "object 4");
	assert_int_equal(atomic_load(&calls), 4);

	/* A stream of it is not kept either: the object has it. */
	atomic_store(&bind_then, 3);
	assert_false(post(fix, "/v1/bound", "streamed", "{}").replayed);
	atomic_store(&bind_then, 0);
	assert_string_equal(post(fix, "/v1/bound", "streamed", "{}").body, "object 5");
}

static void
a_stream_that_ended_whole_is_replayed(void **state)
{
	struct fixture *fix = *state;
	struct answer first = post(fix, "/v1/stream", "key", "{}");
	struct answer second = post(fix, "/v1/stream", "key", "{}");

	assert_string_equal(first.body, "data: 0 of 1\n\ndata: 1 of 1\n\ndata: 2 of 1\n\n");
	assert_true(second.replayed);
	assert_string_equal(second.body, first.body);

	atomic_store(&fail_with, 1);
	assert_int_equal(post(fix, "/v1/stream", "failed", "{}").status, 200);
	atomic_store(&fail_with, 0);
	assert_false(post(fix, "/v1/stream", "failed", "{}").replayed);
}

static void
a_stream_whose_client_left_frees_the_key(void **state)
{
	struct fixture *fix = *state;
	struct bh_buf bearer = {0};
	struct bh_http_header headers[] = {{"authorization", NULL}, {"idempotency-key", "key"}};
	const struct bh_http_call call = {
		.method = "POST", .path = "/v1/stream", .headers = headers, .n_headers = 2, .body = "{}",
		.body_len = 2, .first_byte_ms = 5000, .idle_ms = 5000, .watch_fd = -1,
	};
	struct bh_http_reply reply;

	bh_buf_printf(&bearer, "Bearer %s", fix->token.data);
	headers[0].value = bearer.data;
	atomic_store(&hold, true);
	assert_int_equal(bh_http_call(fix->base.client, &call, &reply), 0);
	await_held(1);
	bh_http_reply_close(&reply);
	atomic_store(&hold, false);
	assert_string_equal(post(fix, "/v1/stream", "key", "{}").body,
		"data: 0 of 2\n\ndata: 1 of 2\n\ndata: 2 of 2\n\n");
	bh_buf_close(&bearer);
}

static void
a_form_is_compared_by_its_parts(void **state)
{
	static const char format[] = "--%s\r\nContent-Disposition: form-data; name=\"file\"; "
		"filename=\"%s\"\r\n\r\n%s\r\n--%s--\r\n";
	static const struct { const char *boundary, *filename, *content; int status; } forms[] = {
		{"one", "a.md", "text", 201}, {"quite-another", "a.md", "text", 201},
		{"one", "b.md", "text", 400}, {"one", "a.md", "other", 400},
	};
	struct fixture *fix = *state;
	char type[80], body[400];

	for (size_t i = 0; i < BH_COUNT(forms); i++) {
		snprintf(type, sizeof(type), "multipart/form-data; boundary=%s", forms[i].boundary);
		snprintf(body, sizeof(body), format, forms[i].boundary, forms[i].filename,
			forms[i].content, forms[i].boundary);
		assert_int_equal(send_as(fix, fix->token.data, "/v1/things/x", "key", type, body,
			strlen(body)).status, forms[i].status);
	}
	assert_int_equal(atomic_load(&calls), 1);
}

static void
a_route_that_keeps_answers_needs_a_table(void **state)
{
	struct bh_service without = service;

	(void)state;
	assert_int_equal(bh_service_check(&service), 0);
	without.idempotency = NULL;
	assert_int_equal(bh_service_check(&without), BH_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_repeat_gets_the_first_answer),
		TEST(without_a_key_or_on_another_route_nothing_is_kept),
		TEST(a_key_stands_for_one_request),
		TEST(a_key_is_its_callers_own),
		TEST(keys_of_other_forms_are_refused),
		TEST(a_failure_frees_the_key),
		TEST(a_write_of_unknown_outcome_is_not_repeated),
		TEST(an_answer_that_is_too_large_is_not_kept_and_not_made_again),
		TEST(equal_requests_at_once_run_once),
		TEST(a_repeat_waits_no_longer_than_its_route_may),
		TEST(a_repeat_whose_client_leaves_is_let_go),
		TEST(a_repeat_that_waits_ends_with_its_credential),
		TEST(a_request_that_was_cut_off_is_not_run_again),
		TEST(an_expired_key_is_free_and_its_row_goes),
		TEST(a_bound_object_answers_its_repeats),
		TEST(a_stream_that_ended_whole_is_replayed),
		TEST(a_stream_whose_client_left_frees_the_key),
		TEST(a_form_is_compared_by_its_parts),
		TEST(a_route_that_keeps_answers_needs_a_table),
	};

	return cmocka_run_group_tests(tests, open_database, close_database);
}
