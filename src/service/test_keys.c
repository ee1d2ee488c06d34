/* SPDX-License-Identifier: Apache-2.0 */
/* test_keys.c: a key taken into use a moment ago is fetched; forged key ids are not a lever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "service/request.h"
#include "service/testing.h"

static const struct bh_uuid tenant_a = {{1}};

static int
http_who(struct bh_request *req)
{
	return bh_reply_text(req, 200, "text/plain", req->claims.subject_text);
}

static const struct bh_route routes[] = {
	{"GET", "/who", "x", "data", "who", 0, 1000, http_who},
	{0},
};
static const struct bh_service service = {.name = "test", .routes = routes, .state_size = 8};

struct fixture {
	struct bh_service_fixture base;
	struct bh_http_server *auth;
	struct bh_jws_key *fresh;
	struct bh_buf published; /* what auth serves */
	atomic_int fetches;
	struct bh_http_reply reply;
	struct bh_buf body;
};

static int64_t
admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	(void)exchange;
	return 0;
}

static void
handle(void *ctx, struct bh_http_exchange *exchange)
{
	struct fixture *fix = ctx;

	atomic_fetch_add(&fix->fetches, 1);
	bh_http_answer(exchange, strcmp(exchange->path, "/.well-known/jwks.json") == 0 ? 200 : 404,
		NULL, 0, fix->published.data, fix->published.len);
}

static int
setup(void **state)
{
	static struct fixture fix;
	struct bh_http_server_conf conf = {
		.socket_mode = 0600,
		.connections_max = 10,
		.idle_s = 10,
		.body_memory_max = 4096,
		.spool_dir = "/tmp",
		.ctx = &fix,
		.admit = admit,
		.handle = handle,
	};

	fix = (struct fixture){0};
	bh_service_fixture_open(&fix.base, &service);
	conf.socket_path = bh_service_fixture_socket(&fix.base, "auth");
	*state = &fix;
	if (bh_jws_key_generate(BH_JWS_ES256, &fix.fresh) < 0)
		return -1;
	bh_buf_text(&fix.published, "{\"keys\":[");
	if (bh_jws_key_jwk(fix.fresh, "k1", &fix.published) < 0)
		return -1;
	bh_buf_text(&fix.published, ",");
	if (bh_jws_key_jwk(fix.fresh, "k2", &fix.published) < 0)
		return -1;
	bh_buf_text(&fix.published, "]}");
	return bh_http_server_open(&conf, &fix.auth);
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_http_reply_close(&fix->reply);
	bh_http_server_close(fix->auth, 1000);
	bh_jws_key_close(fix->fresh);
	bh_buf_close(&fix->published);
	bh_buf_close(&fix->body);
	bh_service_fixture_close(&fix->base);
	return 0;
}

/* Status of a request whose token this key signed under this id. */
static int
call_signed(struct fixture *fix, const struct bh_jws_key *key, const char *kid)
{
	const struct bh_claims claims = bh_service_fixture_claims(&tenant_a, "x");
	struct bh_buf payload = {0};
	struct bh_buf token = {0};
	int status;

	bh_claims_write(&claims, "https://bulkhead.test", &payload);
	assert_int_equal(bh_jws_sign(key, kid, "at+jwt", payload.data, payload.len, &token), 0);
	bh_http_reply_close(&fix->reply);
	status = bh_service_fixture_call(&fix->base, "GET", "/who", token.data, NULL, &fix->reply,
		&fix->body);
	bh_buf_close(&payload);
	bh_buf_close(&token);
	return status;
}

static void
unknown_key_is_fetched_and_believed(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(call_signed(fix, fix->fresh, "k2"), 200);
	assert_int_equal(atomic_load(&fix->fetches), 1);
	/* The set was replaced: the key that is published no more is dead. */
	assert_int_equal(call_signed(fix, fix->base.key, "k1"), 401);
}

static void
forged_key_ids_do_not_make_us_ask_again_and_again(void **state)
{
	struct fixture *fix = *state;
	int64_t start_ms = bh_clock_steady_ms();

	for (int i = 0; i < 20; i++) {
		char kid[16];

		snprintf(kid, sizeof(kid), "forged-%d", i);
		assert_int_equal(call_signed(fix, fix->fresh, kid), 401);
	}
	/* Once every two seconds at most, however slow this machine is. */
	assert_true(atomic_load(&fix->fetches) <= 1 + (bh_clock_steady_ms() - start_ms) / 2000);
	assert_true(atomic_load(&fix->fetches) >= 1);
}

static void
auth_that_is_away_changes_nothing(void **state)
{
	struct fixture *fix = *state;

	bh_http_server_close(fix->auth, 1000);
	fix->auth = NULL;
	assert_int_equal(call_signed(fix, fix->fresh, "k2"), 401);
	assert_int_equal(call_signed(fix, fix->base.key, "k1"), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unknown_key_is_fetched_and_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(forged_key_ids_do_not_make_us_ask_again_and_again, setup,
			teardown),
		cmocka_unit_test_setup_teardown(auth_that_is_away_changes_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
