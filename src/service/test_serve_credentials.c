/* SPDX-License-Identifier: Apache-2.0 */
/* test_serve_credentials.c: who is let in to what: credentials, scopes, plans, and what is the operator's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "service/testing_things.h"

static void
missing_and_bad_credentials_are_refused_alike(void **state)
{
	struct testing_things *fix = *state;
	struct bh_claims claims = fix->claims;
	struct bh_buf token = {0};

	assert_int_equal(testing_things_call_as(fix, NULL, "/v1/things"), 401);
	testing_things_error(fix, NULL, "invalid_request_error", NULL, "invalid_api_key");
	assert_string_equal(testing_things_header(fix, "www-authenticate"), "Bearer");
	assert_int_equal(testing_things_call_as(fix, "nonsense", "/v1/things"), 401);

	claims.expires_s -= 1000;
	claims.issued_s -= 1000;
	claims.not_before_s -= 1000;
	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(testing_things_call_as(fix, token.data, "/v1/things"), 401);

	claims = fix->claims;
	snprintf(claims.audience, sizeof(claims.audience), "other");
	bh_buf_reset(&token);
	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(testing_things_call_as(fix, token.data, "/v1/things"), 401);
	testing_things_error(fix, "The credential is missing, invalid, expired or revoked.",
		"invalid_request_error", NULL, "invalid_api_key");
	bh_buf_close(&token);
}

static void
revoked_credential_is_refused_at_once(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 200);
	bh_token_checker_revoke(fix->base.runtime.checker, BH_REVOKED_CREDENTIAL,
		&testing_things_tenant, &fix->claims.session, 1);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 401);
}

static void
scope_of_the_route_is_demanded(void **state)
{
	struct testing_things *fix = *state;
	struct bh_claims claims = bh_service_fixture_claims(&testing_things_tenant,
		"things:readonly other");
	struct bh_buf token = {0};

	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(testing_things_call_as(fix, token.data, "/v1/things"), 403);
	testing_things_error(fix, "The credential does not have the scope 'things:read'.",
		"permission_error", NULL, "insufficient_permissions");
	assert_int_equal(testing_things_call_as(fix, token.data, "/public"), 200);
	assert_string_equal(fix->body.data, "nobody");
	bh_buf_close(&token);
}

/* What is there is read whatever the plan has become. */
static void
what_the_plan_does_not_include_is_refused(void **state)
{
	static const struct bh_scope scopes[] = {{"things:read", BH_ROLE_VIEWER, true, "things"},
		{"things:write", BH_ROLE_MEMBER, true, "things"}, {0}};
	static const struct bh_service planned = {.name = "test", .scopes = scopes};
	static const struct bh_service *const planned_list[] = {&planned, NULL};
	struct testing_things *fix = *state;

	fix->base.runtime.services = planned_list;
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 201);
	snprintf(fix->claims.entitled, sizeof(fix->claims.entitled), "chat");
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 403);
	testing_things_error(fix, "The plan 'default' does not include 'things'.", "permission_error",
		NULL, "entitlement_required");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 200);
	snprintf(fix->claims.entitled, sizeof(fix->claims.entitled), "*");
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 201);
	snprintf(fix->claims.plan_state, sizeof(fix->claims.plan_state), "suspended");
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "POST", "/v1/things", "{\"name\":\"x\"}"), 403);
	testing_things_error(fix, "The subscription is suspended because an invoice is unpaid.",
		"permission_error", NULL, "billing_suspended");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 200);
}

/* Whatever scopes its credential has; the next step would be to look that tenant up. */
static void
operators_routes_are_the_platforms(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call(fix, "GET",
						 "/api/tenants/01000000-0000-0000-0000-000000000000/things", NULL),
		403);
	assert_non_null(strstr(fix->body.data, "platform's staff"));
}

static void
metrics_are_the_operators(void **state)
{
	struct testing_things *fix = *state;
	struct bh_claims claims = bh_service_fixture_claims(&testing_things_tenant, "metrics:read");
	struct bh_buf token = {0};

	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 200);
	bh_service_fixture_token(&fix->base, &claims, &token);
	assert_int_equal(testing_things_call_as(fix, token.data, "/metrics"), 403);
	claims = bh_service_fixture_claims(&bh_platform_tenant, "metrics:read");
	bh_buf_reset(&token);
	bh_service_fixture_token(&fix->base, &claims, &token);
	/* An exchange is counted when it is over, a moment after its client has read the answer. */
	for (int i = 0; i < 500; i++) {
		assert_int_equal(testing_things_call_as(fix, token.data, "/metrics"), 200);
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

static void
health_tells_whether_credentials_can_be_judged(void **state)
{
	struct testing_things *fix = *state;

	assert_int_equal(testing_things_call_as(fix, NULL, "/healthz"), 200);
	assert_string_equal(fix->body.data, "{\"status\":\"ok\"}");
	fix->base.runtime.log_read = false;
	assert_int_equal(testing_things_call_as(fix, NULL, "/healthz"), 503);
	assert_string_equal(testing_things_header(fix, "retry-after"), "1");
	fix->base.runtime.log_read = true;
	fix->base.runtime.state_open = false;
	assert_int_equal(testing_things_call_as(fix, NULL, "/healthz"), 503);
	assert_int_equal(testing_things_call_as(fix, NULL, "/public"), 503);
}

static void
grave_acts_ask_a_console_session_for_a_recent_proof_and_nobody_else(void **state)
{
	struct testing_things *fix = *state;
	int64_t now_s = bh_clock_wall_ms() / 1000;

	assert_int_equal(testing_things_call(fix, "GET", "/v1/grave", NULL), 200);
	strcpy(fix->claims.client, BH_CLIENT_CONSOLE);
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/grave", NULL), 403);
	testing_things_error(fix, NULL, "permission_error", NULL, "elevation_required");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/own", NULL), 200);
	fix->claims.elevated_s = now_s - 1;
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/grave", NULL), 403);
	fix->claims.elevated_s = now_s + 60;
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/grave", NULL), 200);
}

static void
who_acts_as_somebody_else_is_told_and_kept_from_personal_things(void **state)
{
	struct testing_things *fix = *state;
	char text[100];

	memset(&fix->claims.impersonator, 7, sizeof(fix->claims.impersonator));
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/own", NULL), 403);
	testing_things_error(fix, NULL, "permission_error", NULL, "impersonation_not_allowed");
	assert_int_equal(testing_things_call(fix, "GET", "/v1/things", NULL), 200);
	snprintf(text, sizeof(text), "\"request_id\":\"%s\"",
		testing_things_header(fix, "x-request-id"));
	testing_things_audit(fix, text);
	assert_non_null(strstr(strstr(fix->body.data, text),
		"\"impersonator\":\"07070707-0707-0707-0707-070707070707\""));
}

static void
the_platforms_people_are_asked_for_a_proof_where_others_are_not(void **state)
{
	struct testing_things *fix = *state;

	strcpy(fix->claims.client, BH_CLIENT_CONSOLE);
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/lasting", NULL), 200);
	fix->claims.tenant = bh_platform_tenant;
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/lasting", NULL), 403);
	testing_things_error(fix, NULL, "permission_error", NULL, "elevation_required");
	fix->claims.elevated_s = bh_clock_wall_ms() / 1000 + 60;
	testing_things_token(fix);
	assert_int_equal(testing_things_call(fix, "GET", "/v1/lasting", NULL), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_things_open, testing_things_close)
		TEST(missing_and_bad_credentials_are_refused_alike),
		TEST(revoked_credential_is_refused_at_once),
		TEST(scope_of_the_route_is_demanded),
		TEST(grave_acts_ask_a_console_session_for_a_recent_proof_and_nobody_else),
		TEST(who_acts_as_somebody_else_is_told_and_kept_from_personal_things),
		TEST(the_platforms_people_are_asked_for_a_proof_where_others_are_not),
		TEST(what_the_plan_does_not_include_is_refused),
		TEST(operators_routes_are_the_platforms),
		TEST(metrics_are_the_operators),
		TEST(health_tells_whether_credentials_can_be_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
