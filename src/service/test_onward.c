/* SPDX-License-Identifier: Apache-2.0 */
/* test_onward.c: service tokens and calls that carry them (onward.c, peer.c), against an auth and a peer of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "service/onward.h"
#include "service/onward_cache.h"
#include "service/peer.h"
#include "service/request.h"
#include "service/testing.h"

static const struct bh_uuid tenant_a = {{1}};
static const struct bh_uuid tenant_b = {{2}};

struct fixture {
	struct bh_service_fixture base;
	struct bh_http_server *auth;
	struct bh_http_server *peer;
	atomic_int tokens; /* made so far: the n-th is "token-n" */
	atomic_int calls;  /* the peer got */
	atomic_int refuse; /* so many calls are answered with 401 */
	int auth_status;
	int peer_status;
	int expires_in_s;
	char question[512]; /* auth's last */
	char proof[128];
	char service[32];
	char authorization[64]; /* the peer's last */
	char request_id[64];
	char traceparent[64];
	char content_type[64];
};

static const struct bh_route routes[] = {{0}};
static const struct bh_service service = {.name = "test", .routes = routes, .state_size = 8};

static int64_t
admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	(void)exchange;
	return 10000;
}

static void
note(char *out, size_t size, const struct bh_http_exchange *exchange, const char *name)
{
	const char *value = bh_http_header(exchange, name);

	snprintf(out, size, "%s", value != NULL ? value : "");
}

static void
handle_auth(void *ctx, struct bh_http_exchange *exchange)
{
	struct fixture *fix = ctx;
	int n = atomic_fetch_add(&fix->tokens, 1) + 1;
	char *body = bh_arena_printf(exchange->arena,
		"{\"access_token\":\"token-%d\",\"expires_in\":%d}", n, fix->expires_in_s);

	snprintf(fix->question, sizeof(fix->question), "%s", exchange->body.data);
	note(fix->proof, sizeof(fix->proof), exchange, "authorization");
	note(fix->service, sizeof(fix->service), exchange, "x-bulkhead-service");
	bh_http_answer(exchange, fix->auth_status, NULL, 0, body, strlen(body));
}

static void
handle_peer(void *ctx, struct bh_http_exchange *exchange)
{
	struct fixture *fix = ctx;
	bool refuse = atomic_load(&fix->refuse) > 0;

	if (refuse)
		atomic_fetch_sub(&fix->refuse, 1);
	atomic_fetch_add(&fix->calls, 1);
	note(fix->authorization, sizeof(fix->authorization), exchange, "authorization");
	note(fix->request_id, sizeof(fix->request_id), exchange, "x-request-id");
	note(fix->traceparent, sizeof(fix->traceparent), exchange, "traceparent");
	note(fix->content_type, sizeof(fix->content_type), exchange, "content-type");
	bh_http_answer(exchange, refuse ? 401 : fix->peer_status, NULL, 0, exchange->body.data,
		exchange->body.len);
}

static void
open_server(struct fixture *fix, const char *name,
	void (*handle)(void *ctx, struct bh_http_exchange *exchange), struct bh_http_server **out)
{
	const struct bh_http_server_conf conf = {
		.socket_path = bh_service_fixture_socket(&fix->base, name),
		.socket_mode = 0600,
		.connections_max = 10,
		.idle_s = 10,
		.body_memory_max = 65536,
		.spool_dir = fix->base.dir,
		.ctx = fix,
		.admit = admit,
		.handle = handle,
	};

	assert_int_equal(bh_http_server_open(&conf, out), 0);
}

static int
setup(void **state)
{
	static struct fixture fix;

	fix = (struct fixture){.auth_status = 200, .peer_status = 200, .expires_in_s = 300};
	bh_service_fixture_open(&fix.base, &service);
	memset(fix.base.runtime.secrets.service.bytes, 0xab, 32);
	open_server(&fix, "auth", handle_auth, &fix.auth);
	open_server(&fix, "model", handle_peer, &fix.peer);
	*state = &fix;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_http_server_close(fix->auth, 1000);
	bh_http_server_close(fix->peer, 1000);
	bh_service_fixture_close(&fix->base);
	return 0;
}

static struct bh_onward
onward_of(const struct bh_uuid *tenant, const char *subject)
{
	return (struct bh_onward){
		.tenant = *tenant,
		.subject = subject,
		.scope = "internal:model",
		.request_id = "0123456789abcdef0123456789abcdef",
		.traceparent = "",
	};
}

static int
call_model(struct fixture *fix, const struct bh_onward *onward)
{
	struct bh_http_call call = {
		.method = "POST",
		.path = "/internal/v1/embeddings",
		.body = "{}",
		.body_len = 2,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
	struct bh_http_reply reply;
	int rc = bh_onward_call(&fix->base.runtime, "model", onward, &call, &reply);

	bh_http_reply_close(&reply);
	return rc < 0 ? rc : reply.status;
}

static void
call_carries_token_and_request(void **state)
{
	struct fixture *fix = *state;
	struct bh_onward onward = onward_of(&tenant_a, "user-1");
	char want[96] = "Bearer ";

	onward.traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
	assert_int_equal(call_model(fix, &onward), 200);
	assert_string_equal(fix->authorization, "Bearer token-1");
	assert_string_equal(fix->request_id, onward.request_id);
	assert_string_equal(fix->traceparent, onward.traceparent);
	assert_string_equal(fix->content_type, "application/json");
	assert_string_equal(fix->question,
		"{\"tenant\":\"01000000-0000-0000-0000-000000000000\","
		"\"subject\":\"user-1\",\"scope\":\"internal:model\","
		"\"request_id\":\"0123456789abcdef0123456789abcdef\"}");
	assert_string_equal(fix->service, "test");
	for (int i = 0; i < 32; i++)
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "ab");
	assert_string_equal(fix->proof, want);
}

static void
worker_asks_without_subject_and_gets_an_id(void **state)
{
	struct fixture *fix = *state;
	struct bh_onward onward = onward_of(&tenant_a, NULL);

	onward.request_id = "";
	assert_int_equal(call_model(fix, &onward), 200);
	assert_non_null(strstr(fix->question, "\"subject\":null"));
	assert_int_equal(strspn(fix->request_id, "0123456789abcdef"), 32);
}

static void
token_is_kept_per_tenant_and_subject(void **state)
{
	struct fixture *fix = *state;
	const struct bh_onward a1 = onward_of(&tenant_a, "user-1");
	const struct bh_onward a2 = onward_of(&tenant_a, "user-2");
	const struct bh_onward b1 = onward_of(&tenant_b, "user-1");

	assert_int_equal(call_model(fix, &a1), 200);
	assert_int_equal(call_model(fix, &a2), 200);
	assert_int_equal(call_model(fix, &b1), 200);
	assert_int_equal(atomic_load(&fix->tokens), 3);
	assert_int_equal(call_model(fix, &a1), 200);
	assert_string_equal(fix->authorization, "Bearer token-1");
	assert_int_equal(call_model(fix, &b1), 200);
	assert_string_equal(fix->authorization, "Bearer token-3");
	assert_int_equal(atomic_load(&fix->tokens), 3);
}

static void
token_behind_a_key_names_it_and_is_kept_apart(void **state)
{
	struct fixture *fix = *state;
	const struct bh_onward without = onward_of(&tenant_a, "user-1");
	struct bh_onward with = without;

	with.credential = (struct bh_uuid){{7}};
	assert_int_equal(call_model(fix, &without), 200);
	assert_null(strstr(fix->question, "credential"));
	assert_int_equal(call_model(fix, &with), 200);
	assert_non_null(
		strstr(fix->question, "\"credential\":\"07000000-0000-0000-0000-000000000000\""));
	assert_int_equal(call_model(fix, &with), 200);
	assert_string_equal(fix->authorization, "Bearer token-2");
	assert_int_equal(atomic_load(&fix->tokens), 2);
}

static void
token_about_to_expire_is_not_used(void **state)
{
	struct fixture *fix = *state;
	const struct bh_onward onward = onward_of(&tenant_a, "user-1");

	fix->expires_in_s = 59;
	assert_int_equal(call_model(fix, &onward), 200);
	assert_int_equal(call_model(fix, &onward), 200);
	assert_int_equal(atomic_load(&fix->tokens), 2);
}

static void
refused_token_is_replaced_once(void **state)
{
	struct fixture *fix = *state;
	const struct bh_onward onward = onward_of(&tenant_a, "user-1");

	atomic_store(&fix->refuse, 1);
	assert_int_equal(call_model(fix, &onward), 200);
	assert_string_equal(fix->authorization, "Bearer token-2");
	assert_int_equal(atomic_load(&fix->calls), 2);
	atomic_store(&fix->refuse, 9);
	assert_int_equal(call_model(fix, &onward), 401);
	assert_int_equal(atomic_load(&fix->calls), 4);
}

static void
suspended_tenant_and_absent_auth_are_told_apart(void **state)
{
	struct fixture *fix = *state;
	const struct bh_onward onward = onward_of(&tenant_a, "user-1");

	fix->auth_status = 403;
	assert_int_equal(call_model(fix, &onward), BH_E_SUSPENDED);
	fix->auth_status = 500;
	assert_int_equal(call_model(fix, &onward), BH_E_UNAVAILABLE);
	bh_http_server_close(fix->auth, 1000);
	fix->auth = NULL;
	assert_int_equal(call_model(fix, &onward), BH_E_UNAVAILABLE);
	assert_int_equal(atomic_load(&fix->calls), 0);
}

static void
cache_makes_room_and_forgets(void **state)
{
	struct bh_onward_cache *cache = bh_onward_cache_new();
	const struct bh_onward_key last = {.tenant = tenant_a, .subject = "s19999", .scope = "x"};
	char token[32];
	char subject[32];
	int found = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 20000; i++) {
			struct bh_onward_key key = {.tenant = tenant_a, .subject = subject, .scope = "x"};

			snprintf(subject, sizeof(subject), "s%d", i);
			if (round == 0)
				bh_onward_cache_put(cache, &key, subject, 1000);
			else if (bh_onward_cache_find(cache, &key, 1000, token, sizeof(token)))
				found += strcmp(token, subject) == 0 ? 1 : 100000;
		}
	}
	assert_in_range(found, 4000, 8192);
	assert_true(bh_onward_cache_find(cache, &last, 1000, token, sizeof(token)));
	assert_false(bh_onward_cache_find(cache, &last, 1001, token, sizeof(token)));
	assert_false(bh_onward_cache_find(cache, &last, 1000, token, 3));
	bh_onward_cache_drop(cache, &last);
	assert_false(bh_onward_cache_find(cache, &last, 1000, token, sizeof(token)));
	bh_onward_cache_free(cache);
}

/* The peer answers with what it was asked. */
static int
ask_model(struct fixture *fix, int status, const char *service_name, const char *text,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_peer peer = {
		.runtime = &fix->base.runtime,
		.onward = {.tenant = tenant_a},
		.watch_fd = -1,
	};
	const struct bh_peer_call call = {.service = service_name,
		.path = "/internal/x",
		.body = &body};

	fix->peer_status = status;
	bh_buf_text(&body, text);
	return bh_peer_ask(&peer, &call, out);
}

static void
a_peers_answer_is_json_and_its_scope_the_services(void **state)
{
	struct fixture *fix = *state;
	struct bh_json_doc doc = {0};

	assert_int_equal(ask_model(fix, 200, "model", "{\"counts\":[1,2]}", &doc), 0);
	assert_int_equal(bh_json_count(bh_json_get(doc.root, "counts")), 2);
	bh_json_close(&doc);
	assert_non_null(strstr(fix->question, "\"scope\":\"internal:model\""));
	assert_int_equal(ask_model(fix, 200, "model", "no JSON", &doc), BH_E_PROTOCOL);
	assert_null(doc.root);
	assert_int_equal(ask_model(fix, 200, "away", "{}", &doc), BH_E_UNAVAILABLE);
}

struct breaking {
	int fd;
	const char *said; /* before it goes */
};

/* A service that is ended as it answers: one connection. */
static void *
break_off(void *ctx)
{
	struct breaking *breaking = ctx;
	char text[4096];
	int fd = accept(breaking->fd, NULL, NULL);

	(void)recv(fd, text, sizeof(text), 0);
	(void)send(fd, breaking->said, strlen(breaking->said), MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static void
a_peer_that_breaks_off_is_asked_later(void **state)
{
	static const char *const said[] = {"", "HTTP/1.1 200 OK\r\ncontent-",
		"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"counts\":"};
	struct fixture *fix = *state;
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct breaking breaking = {.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
	struct bh_json_doc doc = {0};

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", bh_service_fixture_socket(&fix->base, "cut"));
	assert_int_equal(bind(breaking.fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(breaking.fd, 4), 0);
	for (size_t i = 0; i < BH_COUNT(said); i++) {
		pthread_t thread;

		breaking.said = said[i];
		assert_int_equal(pthread_create(&thread, NULL, break_off, &breaking), 0);
		assert_int_equal(ask_model(fix, 200, "cut", "{}", &doc), BH_E_UNAVAILABLE);
		pthread_join(thread, NULL);
		assert_null(doc.root);
	}
	close(breaking.fd);
	(void)unlink(at.sun_path);
}

static void
a_peers_refusal_keeps_its_sentence_and_field(void **state)
{
	struct fixture *fix = *state;
	struct bh_json_doc doc = {0};

	assert_int_equal(ask_model(fix, 400, "model",
						 "{\"error\":{\"code\":\"out_of_range\",\"message\":\"It is too long.\","
						 "\"param\":\"input.0\"}}",
						 &doc),
		BH_E_RANGE);
	assert_string_equal(bh_error_detail(BH_E_RANGE), "It is too long.");
	assert_string_equal(bh_error_field(BH_E_RANGE), "input.0");
}

static void
a_refusal_is_told_by_its_code_or_its_status(void **state)
{
	static const struct {
		int status, number;
		const char *code;
	} rows[] = {
		{429, BH_E_UPSTREAM_LIMITED, "upstream_rate_limited"},
		{404, BH_E_MODEL_NOT_FOUND, "model_not_found"},
		{404, BH_E_NOT_FOUND, "of another version"},
		{400, BH_E_INVALID, "of another version"},
		{401, BH_E_INTERNAL, "invalid_api_key"},
		{502, BH_E_VECTOR, "vector_unusable"},
		{502, BH_E_UPSTREAM, "rate_limit_exceeded"},
		{504, BH_E_UPSTREAM_TIMEOUT, ""},
		{500, BH_E_INTERNAL, "internal_error"},
		{503, BH_E_UNAVAILABLE, "outcome_unknown"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		char text[128];

		snprintf(text, sizeof(text), "{\"error\":{\"code\":\"%s\"}}", rows[i].code);
		assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
		assert_int_equal(bh_peer_refusal(rows[i].status, doc.root), rows[i].number);
	}
	assert_int_equal(bh_peer_refusal(403, NULL), BH_E_UNAVAILABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(call_carries_token_and_request),
		TEST(worker_asks_without_subject_and_gets_an_id),
		TEST(token_is_kept_per_tenant_and_subject),
		TEST(token_behind_a_key_names_it_and_is_kept_apart),
		TEST(token_about_to_expire_is_not_used),
		TEST(refused_token_is_replaced_once),
		TEST(suspended_tenant_and_absent_auth_are_told_apart),
		cmocka_unit_test(cache_makes_room_and_forgets),
		cmocka_unit_test_setup_teardown(a_peers_answer_is_json_and_its_scope_the_services, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_peer_that_breaks_off_is_asked_later, setup, teardown),
		cmocka_unit_test_setup_teardown(a_peers_refusal_keeps_its_sentence_and_field, setup,
			teardown),
		cmocka_unit_test(a_refusal_is_told_by_its_code_or_its_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
