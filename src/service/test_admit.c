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

static const struct bh_route routes[] = {
	{"POST", "/v1/roomy", "things:write", "data", "roomy", 6000, 5000, http_take, BH_ROUTE_PUBLIC,
		false, false, true, admit_room, release_room},
	{"POST", "/v1/plain", "things:write", "data", "plain", 6, 5000, http_take, BH_ROUTE_PUBLIC,
		false, false},
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
