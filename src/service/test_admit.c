/* SPDX-License-Identifier: Apache-2.0 */
/* test_admit.c: what a route says about a request before its body is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sec/token.h"
#include "service/request.h"
#include "service/running.h"
#include "service/testing.h"

enum { ROOM_OF_THE_REVOKED = 99 };

static int
http_take(struct bh_request *req)
{
	return bh_reply_empty(req, 204);
}

/* Admits as many bytes as the query's `room` says, and nothing without it; one size is the last thing
 * that the credential does. */
static int
admit_room(struct bh_request *req, int64_t *body_bytes, int *over)
{
	int64_t room = 0;
	int rc = bh_request_query_int(req, "room", 0, 100, &room);

	if (rc == 0 && room == 0)
		rc = bh_error(BH_E_FORBIDDEN, "no room for %d", (int)req->http->declared_bytes);
	if (rc < 0)
		return rc;
	if (room == ROOM_OF_THE_REVOKED)
		bh_token_checker_revoke(bh_runtime_checker(req->runtime), BH_REVOKED_CREDENTIAL,
			&req->tenant, &req->claims.session, 1);
	*body_bytes = room;
	*over = BH_E_OVER_BUDGET;
	return 0;
}

static atomic_int released;

static void
release_room(struct bh_request *req)
{
	(void)req;
	atomic_fetch_add(&released, 1);
}

/* Its body has taken room, in memory and once parsed. */
static int
http_json(struct bh_request *req)
{
	struct bh_admission *admission = &req->runtime->admission;
	int rc = bh_request_json(req);

	if (rc < 0)
		return rc;
	if (bh_share_state(&admission->bodies).used != (int64_t)req->http->body.len ||
		bh_share_state(&admission->values).used < (int64_t)req->body.arena.bytes)
		return bh_error(BH_E_INTERNAL, "not counted");
	return bh_reply_empty(req, 204);
}

/* Small values, as many as the path says in KiB. */
static int
http_values(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int64_t kib = 0;
	int rc = bh_request_query_int(req, "kib", 1, 4096, &kib);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < (size_t)kib * 512; i++)
		bh_buf_text(&body, i == 0 ? "[" : "0,");
	bh_buf_text(&body, "0]");
	return bh_reply_json(req, 200, &body);
}

static struct bh_http_client *own; /* borrowed: to the service itself */

/* Reads the other route's answer, as a service reads an engine's. */
static int
http_reader(struct bh_request *req)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_http_call call = {
		.method = "GET",
		.path = bh_arena_printf(req->arena, "/v1/values?%s", req->http->query),
		.first_byte_ms = 10000,
		.idle_ms = 10000,
		.watch_fd = -1,
	};
	int rc = bh_http_call(own, &call, &reply);

	if (rc == 0)
		rc = bh_request_answer(req, &reply, 4 * BH_MIB, &doc);
	return rc < 0 ? rc : bh_reply_empty(req, 204);
}

static const struct bh_route routes[] = {
	{"GET", "/v1/values", "none", "data", "values", 0, 5000, http_values},
	{"POST", "/v1/reader", "things:write", "data", "reader", 6, 5000, http_reader},
	{"POST", "/v1/json", "things:write", "data", "json", 6000, 5000, http_json},
	{"POST", "/v1/roomy", "things:write", "data", "roomy", 6000, 5000, http_take,
		BH_ROUTE_UNBUFFERED, .admit = admit_room, .release = release_room},
	{"POST", "/v1/plain", "things:write", "data", "plain", 6, 5000, http_take},
	{0},
};

static const struct bh_service service = {.name = "test", .routes = routes, .state_size = 8};

struct fixture {
	struct bh_service_fixture base;
	struct bh_buf token, body;
};

static int
setup(void **state)
{
	static const struct bh_uuid tenant = {{1, 2, 3}};
	static struct fixture fix;
	struct bh_claims claims;

	fix = (struct fixture){0};
	bh_service_fixture_open(&fix.base, &service);
	claims = bh_service_fixture_claims(&tenant, "things:write");
	bh_service_fixture_token(&fix.base, &claims, &fix.token);
	*state = &fix;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_buf_close(&fix->token);
	bh_buf_close(&fix->body);
	bh_service_fixture_close(&fix->base);
	return 0;
}

static int
post(struct fixture *fix, const char *path, const char *body)
{
	struct bh_http_reply reply = {0};
	int status = bh_service_fixture_call(&fix->base, "POST", path, fix->token.data, body, &reply,
		&fix->body);

	bh_http_reply_close(&reply);
	return status;
}

static void
body_within_what_was_admitted_reaches_the_handler(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(post(fix, "/v1/roomy?room=5", "12345"), 204);
	assert_int_equal(post(fix, "/v1/plain", "123456"), 204);
}

static void
larger_body_is_answered_with_the_reason_that_was_given(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(post(fix, "/v1/roomy?room=5", "123456"), 429);
	assert_non_null(strstr(fix->body.data, "insufficient_quota"));
	assert_int_equal(post(fix, "/v1/plain", "1234567"), 413);
	assert_non_null(strstr(fix->body.data, "larger than the 6 bytes"));
}

/* A moment after the client has read the answer. */
static void
await_released(int count)
{
	for (int i = 0; i < 500 && atomic_load(&released) < count; i++)
		usleep(10000);
	assert_int_equal(atomic_load(&released), count);
}

static void
whatever_was_admitted_or_refused_is_released_once(void **state)
{
	struct fixture *fix = *state;

	atomic_store(&released, 0);
	assert_int_equal(post(fix, "/v1/roomy?room=5", "12345"), 204);
	assert_int_equal(post(fix, "/v1/roomy?room=5", "123456"), 429);
	assert_int_equal(post(fix, "/v1/roomy", "1"), 403);
	assert_int_equal(post(fix, "/v1/plain", "1"), 204);
	await_released(3);
}

static void
refusal_answers_instead_of_the_handler(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(post(fix, "/v1/roomy", "123456"), 403);
	assert_non_null(strstr(fix->body.data, "no room for 6"));
	assert_int_equal(post(fix, "/v1/roomy?room=101", "1"), 400);
}

static void
a_credential_revoked_while_the_body_came_is_refused(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(post(fix, "/v1/roomy?room=5", "12345"), 204);
	assert_int_equal(post(fix, "/v1/roomy?room=99", "12345"), 401);
}

static const struct bh_uuid neighbour = {{9, 9, 9}};

/* A request is given up after its answer was sent. */
static void
await_held(struct bh_share *share, int64_t amount)
{
	while (bh_share_state(share).used != amount)
		sched_yield();
}

/* The fixture's service has 50 connections, 16 MiB for each kind of body, and half of it a tenant. */
static void
a_tenant_has_its_share_of_connections_and_its_neighbour_has_room(void **state)
{
	static const struct bh_uuid tenant = {{1, 2, 3}};
	struct fixture *fix = *state;
	struct bh_share *requests = &fix->base.runtime.admission.requests;

	assert_int_equal(bh_share_take(requests, &neighbour, 18, 0), 0);
	assert_int_equal(post(fix, "/v1/plain", "1"), 204);
	await_held(requests, 18);
	assert_int_equal(bh_share_take(requests, &tenant, 25, 0), 0);
	assert_int_equal(post(fix, "/v1/plain", "1"), 429);
	assert_non_null(strstr(fix->body.data, "share of the platform's connections"));
	bh_share_give(requests, &tenant, 25);
	assert_int_equal(post(fix, "/v1/plain", "1"), 204);
	bh_share_give(requests, &neighbour, 18);
}

static void
a_body_finds_no_memory_beyond_its_tenants_share(void **state)
{
	static const struct bh_uuid tenant = {{1, 2, 3}};
	struct fixture *fix = *state;
	struct bh_share *bodies = &fix->base.runtime.admission.bodies;

	fix->base.runtime.admission.wait_ms = 1;
	assert_int_equal(bh_share_take(bodies, &neighbour, 8 * BH_MIB, 0), 0);
	assert_int_equal(post(fix, "/v1/plain", "1"), 204);
	await_held(bodies, 8 * BH_MIB);
	assert_int_equal(bh_share_take(bodies, &tenant, 8 * BH_MIB - (int64_t)BH_MIB, 0),
		BH_E_UNAVAILABLE);
	assert_int_equal(bh_share_take(bodies, &tenant, 5 * BH_MIB, 0), 0);
	assert_int_equal(post(fix, "/v1/plain", "1"), 204);
	await_held(bodies, 13 * BH_MIB);
	bh_share_give(bodies, &neighbour, 8 * BH_MIB);
	assert_int_equal(bh_share_take(bodies, &tenant, 3 * BH_MIB, 0), 0);
	assert_int_equal(post(fix, "/v1/plain", "1"), 429);
	assert_non_null(strstr(fix->body.data, "memory for request bodies"));
	bh_share_give(bodies, &tenant, 8 * BH_MIB);
}

/* 8 MiB are the tenant's: 256 KiB of text take about 4, 800 KiB about 12. */
static void
an_answer_is_read_only_as_far_as_its_tenants_memory_goes(void **state)
{
	struct fixture *fix = *state;
	struct bh_share *values = &fix->base.runtime.admission.values;

	own = fix->base.client;
	fix->base.runtime.admission.wait_ms = 1;
	assert_int_equal(post(fix, "/v1/reader?kib=1", ""), 204);
	assert_int_equal(post(fix, "/v1/reader?kib=256", ""), 204);
	assert_int_equal(post(fix, "/v1/reader?kib=800", ""), 413);
	assert_non_null(strstr(fix->body.data, "no memory for a response"));
	await_held(values, 0);
	assert_true(bh_share_state(values).refused > 0);
}

static void
what_a_request_held_is_given_back(void **state)
{
	struct fixture *fix = *state;
	struct bh_admission *admission = &fix->base.runtime.admission;

	assert_int_equal(post(fix, "/v1/json", "{\"a\":[1,2,3]}"), 204);
	assert_int_equal(post(fix, "/v1/json", "{\"a\":[1,2,"), 400);
	await_held(&admission->requests, 0);
	await_held(&admission->bodies, 0);
	await_held(&admission->values, 0);
	await_held(&admission->spool, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(body_within_what_was_admitted_reaches_the_handler, setup,
			teardown),
		cmocka_unit_test_setup_teardown(larger_body_is_answered_with_the_reason_that_was_given,
			setup, teardown),
		cmocka_unit_test_setup_teardown(whatever_was_admitted_or_refused_is_released_once, setup,
			teardown),
		cmocka_unit_test_setup_teardown(refusal_answers_instead_of_the_handler, setup, teardown),
		cmocka_unit_test_setup_teardown(a_credential_revoked_while_the_body_came_is_refused, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_tenant_has_its_share_of_connections_and_its_neighbour_has_room, setup, teardown),
		cmocka_unit_test_setup_teardown(a_body_finds_no_memory_beyond_its_tenants_share, setup,
			teardown),
		cmocka_unit_test_setup_teardown(an_answer_is_read_only_as_far_as_its_tenants_memory_goes,
			setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_request_held_is_given_back, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
