/* SPDX-License-Identifier: Apache-2.0 */
/* test_signing.c: proves the four states of signing keys, with months in the test's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/signing.h"
#include "auth/store_signing.h"
#include "auth/testing.h"
#include "base/error.h"

#define NOW AUTH_TEST_NOW_MS
#define DAY (24LL * 60 * 60 * 1000)

static struct bh_db platform;

static int
group_open(void **state)
{
	auth_test_open(state);
	platform = auth_platform(&auth_test.db);
	return 0;
}

static int
cycle(int64_t now_ms)
{
	return auth_signer_cycle(auth_test.auth.signer, &platform, auth_test.checker, now_ms);
}

/* How many keys are in a state; *out is the last of them. */
static size_t
keys_in(const char *state, struct bh_uuid *out)
{
	struct auth_signing_key *keys;
	size_t n, count = 0;

	assert_int_equal(auth_store_signing_list(&platform, &keys, &n), 0);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(keys[i].state, state) == 0) {
			*out = keys[i].id;
			count++;
		}
	}
	return count;
}

static int
mint_and_check(int64_t now_ms, const char **out_token)
{
	struct bh_buf token = {0};
	const struct auth_grant grant = {
		.tenant = auth_test.acme,
		.subject = "service:agent",
		.client = "service",
		.actor = "agent",
		.role = "service",
		.scope = "internal:rag",
		.audience = "rag",
		.version = 3,
	};
	struct bh_claims claims;
	int64_t expires_s;
	bool unknown;
	int rc;

	assert_int_equal(auth_signer_mint(auth_test.auth.signer, &grant, now_ms / 1000, &token,
						 &expires_s),
		0);
	*out_token = bh_arena_copy(platform.arena, token.data, token.len);
	bh_token_checker_seen(auth_test.checker, 1000);
	rc = bh_token_check(auth_test.checker, token.data, token.len, now_ms / 1000, 1000, &claims,
		&unknown);
	bh_buf_close(&token);
	if (rc == 0) {
		assert_string_equal(claims.actor, "agent");
		assert_string_equal(claims.subject_text, "service:agent");
		assert_int_equal(claims.version, 3);
		assert_int_equal(claims.expires_s - claims.issued_s, 600);
	}
	return rc;
}

static void
the_first_cycle_makes_one_key_in_use_and_one_on_standby(void **state)
{
	struct bh_uuid id;
	const char *token;

	(void)state;
	assert_int_equal(keys_in("in_use", &id), 1);
	assert_int_equal(keys_in("standby", &id), 1);
	assert_int_equal(mint_and_check(NOW, &token), 0);
}

static void
another_process_finds_the_same_keys(void **state)
{
	struct bh_uuid before, after;

	(void)state;
	keys_in("in_use", &before);
	assert_int_equal(cycle(NOW + 1000), 0);
	assert_int_equal(keys_in("in_use", &after), 1);
	assert_true(bh_uuid_equal(&before, &after));
	assert_int_equal(keys_in("standby", &after), 1);
}

static void
private_parts_lie_sealed(void **state)
{
	struct auth_signing_key *keys;
	size_t n;

	(void)state;
	assert_int_equal(auth_store_signing_list(&platform, &keys, &n), 0);
	for (size_t i = 0; i < n; i++) {
		assert_true(keys[i].private_sealed.len > 100);
		assert_null(strstr(keys[i].public_jwk, "\"d\""));
		/* every PKCS#8 of a P-256 key holds this object identifier */
		assert_null(memmem(keys[i].private_sealed.data, keys[i].private_sealed.len,
			"\x2a\x86\x48\xce\x3d\x02\x01", 7));
	}
}

static void
another_master_key_stops_the_start(void **state)
{
	struct auth_signer_conf conf = {.issuer = "https://issuer.test", .access_ttl_s = 600};
	struct auth_signer *stranger;

	(void)state;
	conf.rotate_ms = 30 * DAY;
	assert_int_equal(auth_signer_open(&conf, &stranger), 0);
	assert_int_equal(auth_signer_cycle(stranger, &platform, auth_test.checker, NOW + 2000),
		BH_E_CONFIG);
	auth_signer_close(stranger);
}

static void
after_its_time_the_standby_takes_over_and_old_tokens_still_verify(void **state)
{
	struct bh_uuid standby, used, previous;
	struct bh_claims claims;
	const char *token, *next;
	bool unknown;

	(void)state;
	keys_in("standby", &standby);
	assert_int_equal(cycle(NOW + 30 * DAY - 1), 0);
	assert_int_equal(keys_in("previously_used", &previous), 0);
	assert_int_equal(mint_and_check(NOW + 30 * DAY, &token), 0);

	assert_int_equal(cycle(NOW + 30 * DAY), 0);
	assert_int_equal(keys_in("in_use", &used), 1);
	assert_true(bh_uuid_equal(&standby, &used));
	assert_int_equal(keys_in("previously_used", &previous), 1);
	assert_int_equal(keys_in("standby", &standby), 1);
	assert_int_equal(mint_and_check(NOW + 30 * DAY, &next), 0);
	assert_int_equal(bh_token_check(auth_test.checker, token, strlen(token),
						 NOW / 1000 + 30 * 86400, 1000, &claims, &unknown),
		0);
}

static void
a_day_later_the_old_key_is_revoked_and_gone_from_the_key_set(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf before = {0}, after = {0};
	struct bh_uuid previous;
	char kid[BH_UUID_TEXT];

	(void)state;
	assert_int_equal(keys_in("previously_used", &previous), 1);
	bh_uuid_format(&previous, kid);
	auth_signer_jwks(auth_test.auth.signer, &before);
	assert_non_null(strstr(before.data, kid));
	assert_int_equal(cycle(NOW + 31 * DAY), 0);
	assert_int_equal(keys_in("previously_used", &previous), 0);
	auth_signer_jwks(auth_test.auth.signer, &after);
	assert_null(strstr(after.data, kid));
}

static void
a_standby_that_is_not_published_long_enough_waits(void **state)
{
	struct bh_uuid standby, used;

	(void)state;
	/* A standby made just now, as after a long sleep. */
	keys_in("standby", &standby);
	assert_int_equal(auth_store_signing_set_state(&platform, &standby, "revoked", NOW), 0);
	assert_int_equal(cycle(NOW + 61 * DAY), 0);
	keys_in("standby", &standby);
	assert_int_equal(cycle(NOW + 61 * DAY + AUTH_SIGNING_PUBLISH_MS - 1), 0);
	keys_in("in_use", &used);
	assert_false(bh_uuid_equal(&standby, &used));
	assert_int_equal(cycle(NOW + 61 * DAY + AUTH_SIGNING_PUBLISH_MS), 0);
	keys_in("in_use", &used);
	assert_true(bh_uuid_equal(&standby, &used));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_cycle_makes_one_key_in_use_and_one_on_standby),
		cmocka_unit_test(another_process_finds_the_same_keys),
		cmocka_unit_test(private_parts_lie_sealed),
		cmocka_unit_test(another_master_key_stops_the_start),
		cmocka_unit_test(after_its_time_the_standby_takes_over_and_old_tokens_still_verify),
		cmocka_unit_test(a_day_later_the_old_key_is_revoked_and_gone_from_the_key_set),
		cmocka_unit_test(a_standby_that_is_not_published_long_enough_waits),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, auth_test_close);
}
