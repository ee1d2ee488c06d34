/* SPDX-License-Identifier: Apache-2.0 */
/* test_token.c: proves what the checker lets through, with time and revocations in its own hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "sec/token.h"

enum { NOW_S = 1800000000, STEADY_MS = 1000000 };

struct fixture {
	struct bh_token_checker *checker;
	struct bh_jws_key *key;
	struct bh_claims claims;
	struct bh_claims out;
	struct bh_buf token;
	bool unknown;
};

static void
publish(struct fixture *fix, const char *kid)
{
	BH_AUTO(bh_buf_close) struct bh_buf jwks = {0};

	bh_buf_text(&jwks,
		"{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AAAA\",\"kid\":\"h\"},");
	assert_int_equal(bh_jws_key_jwk(fix->key, kid, &jwks), 0);
	bh_buf_text(&jwks, "]}");
	assert_int_equal(bh_token_checker_keys(fix->checker, jwks.data, jwks.len), 0);
}

static int
set_up(void **state)
{
	static struct fixture fix;
	const struct bh_token_checker_conf conf = {
		.issuer = "https://issuer.test",
		.audience = "rag",
		.leeway_s = 5,
		.cache_entries = 8,
	};

	fix = (struct fixture){0};
	if (bh_token_checker_open(&conf, &fix.checker) < 0 ||
		bh_jws_key_generate(BH_JWS_ES256, &fix.key) < 0)
		return -1;
	publish(&fix, "k1");
	bh_token_checker_seen(fix.checker, STEADY_MS);
	fix.claims = (struct bh_claims){
		.tenant = bh_uuid_new(),
		.subject = bh_uuid_new(),
		.session = bh_uuid_new(),
		.token = bh_uuid_new(),
		.team = bh_uuid_new(),
		.client = "password",
		.role = "member",
		.plan = "default",
		.scope = "files:read chat:write",
		.audience = "auth model rag agent",
		.issued_s = NOW_S,
		.not_before_s = NOW_S,
		.expires_s = NOW_S + 600,
		.version = 4,
	};
	bh_uuid_format(&fix.claims.subject, fix.claims.subject_text);
	*state = &fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	bh_jws_key_close(fix->key);
	bh_token_checker_close(fix->checker);
	bh_buf_close(&fix->token);
	return 0;
}

static void
mint_as(struct fixture *fix, const char *issuer)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};

	bh_claims_write(&fix->claims, issuer, &payload);
	bh_buf_reset(&fix->token);
	assert_int_equal(bh_jws_sign(fix->key, "k1", "at+jwt", payload.data, payload.len, &fix->token),
		0);
}

static int
check_at(struct fixture *fix, int64_t now_s, int64_t steady_ms)
{
	return bh_token_check(fix->checker, fix->token.data, fix->token.len, now_s, steady_ms,
		&fix->out, &fix->unknown);
}

static int
mint_and_check(struct fixture *fix)
{
	mint_as(fix, "https://issuer.test");
	return check_at(fix, NOW_S, STEADY_MS);
}

static void
a_good_token_yields_its_claims(void **state)
{
	struct fixture *fix = *state;

	strcpy(fix->claims.actor, "agent");
	strcpy(fix->claims.entitled, "chat model:small");
	strcpy(fix->claims.plan_state, "paused");
	assert_int_equal(mint_and_check(fix), 0);
	assert_memory_equal(&fix->out, &fix->claims, sizeof(fix->out));
	/* and again, from the cache */
	memset(&fix->out, 0, sizeof(fix->out));
	assert_int_equal(check_at(fix, NOW_S, STEADY_MS), 0);
	assert_memory_equal(&fix->out, &fix->claims, sizeof(fix->out));
}

static void
a_service_is_no_subject_of_its_own(void **state)
{
	struct fixture *fix = *state;

	strcpy(fix->claims.subject_text, "service:rag");
	assert_int_equal(mint_and_check(fix), 0);
	assert_true(bh_uuid_is_zero(&fix->out.subject));
	assert_string_equal(fix->out.subject_text, "service:rag");
}

static void
other_audiences_and_issuers_are_refused(void **state)
{
	struct fixture *fix = *state;

	mint_as(fix, "https://other.test");
	assert_int_equal(check_at(fix, NOW_S, STEADY_MS), BH_E_UNAUTHENTICATED);
	strcpy(fix->claims.audience, "auth model ragout");
	assert_int_equal(mint_and_check(fix), BH_E_UNAUTHENTICATED);
}

static void
time_bounds_hold_also_for_cached_tokens(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(mint_and_check(fix), 0);
	assert_int_equal(check_at(fix, NOW_S + 604, STEADY_MS), 0);
	assert_int_equal(check_at(fix, NOW_S + 605, STEADY_MS), BH_E_UNAUTHENTICATED);
	assert_int_equal(check_at(fix, NOW_S - 5, STEADY_MS), 0);
	assert_int_equal(check_at(fix, NOW_S - 6, STEADY_MS), BH_E_UNAUTHENTICATED);
}

static void
a_revocation_kills_a_cached_token(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(mint_and_check(fix), 0);
	bh_token_checker_revoke(fix->checker, BH_REVOKED_TENANT, &fix->claims.tenant,
		&fix->claims.tenant, 5);
	assert_int_equal(check_at(fix, NOW_S, STEADY_MS), BH_E_UNAUTHENTICATED);
	assert_true(bh_token_checker_revoked(fix->checker, &fix->claims));
	assert_int_equal(bh_token_checker_seq(fix->checker), 5);
	/* after resuming, a new token is newer than the row */
	fix->claims.version = 5;
	assert_int_equal(mint_and_check(fix), 0);
}

/* What runs asks whether its claims are revoked; what begins has its token checked. */
static void
a_change_of_plan_makes_tokens_anew_and_ends_nothing(void **state)
{
	struct fixture *fix = *state;
	int64_t begun_ms = bh_clock_steady_ms();

	assert_int_equal(mint_and_check(fix), 0);
	bh_token_checker_revoke(fix->checker, BH_REVOKED_PLAN, &fix->claims.tenant, &fix->claims.tenant,
		5);
	bh_token_checker_seen(fix->checker, begun_ms);
	assert_int_equal(check_at(fix, NOW_S, begun_ms), 0);
	begun_ms = bh_clock_steady_ms() + BH_REVOKED_RENEW_MS;
	bh_token_checker_seen(fix->checker, begun_ms);
	assert_int_equal(check_at(fix, NOW_S, begun_ms), BH_E_UNAUTHENTICATED);
	assert_false(bh_token_checker_revoked(fix->checker, &fix->claims));
	bh_token_checker_seen(fix->checker, STEADY_MS);
	fix->claims.version = 5;
	assert_int_equal(mint_and_check(fix), 0);
	fix->claims.version = 4;
	fix->claims.tenant = bh_uuid_new();
	assert_int_equal(mint_and_check(fix), 0);
}

static void
a_stale_log_makes_the_checker_unavailable(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(mint_and_check(fix), 0);
	assert_int_equal(check_at(fix, NOW_S, STEADY_MS + 5000), 0);
	assert_int_equal(check_at(fix, NOW_S, STEADY_MS + 5001), BH_E_UNAVAILABLE);
}

static void
an_unknown_kid_asks_for_a_refresh(void **state)
{
	struct fixture *fix = *state;

	publish(fix, "k2");
	assert_int_equal(mint_and_check(fix), BH_E_UNAUTHENTICATED);
	assert_true(fix->unknown);
}

static void
a_cached_token_of_a_vanished_key_is_refused(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(mint_and_check(fix), 0);
	publish(fix, "k2");
	assert_int_equal(check_at(fix, NOW_S, STEADY_MS), BH_E_UNAUTHENTICATED);
}

static void
a_key_set_without_our_keys_keeps_the_old_one(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_token_checker_keys(fix->checker, "{\"keys\":[]}", 11), BH_E_INVALID);
	assert_int_equal(bh_token_checker_keys(fix->checker, "[]", 2), BH_E_INVALID);
	assert_int_equal(mint_and_check(fix), 0);
}

static void
payloads_with_missing_or_doubled_claims_are_refused(void **state)
{
	static const char *const payloads[] = {
		"{}",
		"[]",
		"{\"iss\":\"https://issuer.test\"}",
		"{\"iss\":\"https://issuer.test\",\"iss\":\"https://issuer.test\"}",
	};
	struct fixture *fix = *state;

	for (size_t i = 0; i < BH_COUNT(payloads); i++) {
		bh_buf_reset(&fix->token);
		assert_int_equal(bh_jws_sign(fix->key, "k1", "at+jwt", payloads[i], strlen(payloads[i]),
							 &fix->token),
			0);
		assert_int_equal(check_at(fix, NOW_S, STEADY_MS), BH_E_UNAUTHENTICATED);
	}
}

static void
many_tokens_share_a_small_cache(void **state)
{
	struct fixture *fix = *state;

	for (int i = 0; i < 100; i++) {
		fix->claims.token = bh_uuid_new();
		assert_int_equal(mint_and_check(fix), 0);
		assert_true(bh_uuid_equal(&fix->out.token, &fix->claims.token));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_good_token_yields_its_claims, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_service_is_no_subject_of_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_audiences_and_issuers_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(time_bounds_hold_also_for_cached_tokens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_revocation_kills_a_cached_token, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_change_of_plan_makes_tokens_anew_and_ends_nothing, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_stale_log_makes_the_checker_unavailable, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_kid_asks_for_a_refresh, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cached_token_of_a_vanished_key_is_refused, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_key_set_without_our_keys_keeps_the_old_one, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(payloads_with_missing_or_doubled_claims_are_refused, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(many_tokens_share_a_small_cache, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
