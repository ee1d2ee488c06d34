/* SPDX-License-Identifier: Apache-2.0 */
/* test_session.c: proves the life of sign-ins and refresh tokens, with the clock in the test's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/member.h"
#include "auth/roles.h"
#include "auth/session.h"
#include "auth/store_revocation.h"
#include "auth/store_session.h"
#include "auth/store_tenant.h"
#include "auth/testing.h"
#include "base/error.h"
#include "sec/credential.h"

#define NOW AUTH_TEST_NOW_MS

static struct bh_uuid ada; /* a member of acme */
static int64_t at_ms = NOW;

static int
group_open(void **state)
{
	auth_test_open(state);
	ada = auth_test_member(&auth_test.acme, "ada@acme.test", "member");
	return 0;
}

static struct auth_tokens
sign_in(void)
{
	struct auth_tokens tokens = {0};

	at_ms += 60000;
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &ada, at_ms, &tokens), 0);
	return tokens;
}

static int
refresh(const char *token, int64_t now_ms, struct auth_tokens *out, bool *out_revoked)
{
	int64_t wait_ms = 0;

	return auth_session_refresh(&auth_test.auth, &auth_test.db, token, now_ms, out, out_revoked,
		&wait_ms);
}

/* Whether a token is good in another service that has read the whole log. */
static int
check(const struct auth_tokens *tokens)
{
	struct auth_revocation *rows;
	struct bh_claims claims;
	bool unknown;
	size_t n;

	assert_int_equal(auth_store_revocation_unpushed(&auth_test.db, &rows, &n), 0);
	for (size_t i = 0; i < n; i++) {
		enum bh_revoked_kind kind = strcmp(rows[i].kind, "tenant") == 0 ? BH_REVOKED_TENANT
			: strcmp(rows[i].kind, "subject") == 0                      ? BH_REVOKED_SUBJECT
																		: BH_REVOKED_CREDENTIAL;

		bh_token_checker_revoke(auth_test.checker, kind, &rows[i].tenant,
			kind == BH_REVOKED_TENANT ? &rows[i].tenant : &rows[i].id, rows[i].seq);
	}
	bh_token_checker_seen(auth_test.checker, 1000);
	return bh_token_check(auth_test.checker, tokens->access, strlen(tokens->access),
		at_ms / 1000 + 60, 1000, &claims, &unknown);
}

static void
a_sign_in_gives_a_good_token_and_a_refresh_token(void **state)
{
	struct auth_tokens tokens = sign_in();

	(void)state;
	assert_int_equal(check(&tokens), 0);
	assert_string_equal(tokens.role, "member");
	assert_string_equal(tokens.scope, auth_role_scopes(&auth_test.auth.roles, "member"));
	assert_memory_equal(tokens.refresh, "bh_rt_", 6);
}

static void
without_a_membership_there_is_no_sign_in(void **state)
{
	struct auth_tokens tokens;

	(void)state;
	assert_int_equal(auth_test_sign_in(&auth_test.other, &ada, NOW, &tokens), BH_E_FORBIDDEN);
}

static void
a_refresh_token_works_once_and_has_a_successor(void **state)
{
	struct auth_tokens first = sign_in(), second, third;
	bool revoked;

	(void)state;
	assert_int_equal(refresh(first.refresh, at_ms + 1000, &second, &revoked), 0);
	assert_string_not_equal(first.refresh, second.refresh);
	assert_true(bh_uuid_equal(&first.session, &second.session));
	assert_int_equal(refresh(second.refresh, at_ms + 2000, &third, &revoked), 0);
	assert_int_equal(check(&third), 0);
}

static void
a_lost_answer_is_given_again_within_ten_seconds(void **state)
{
	struct auth_tokens first = sign_in(), second, again, third;
	bool revoked;

	(void)state;
	assert_int_equal(refresh(first.refresh, at_ms + 1000, &second, &revoked), 0);
	assert_int_equal(refresh(first.refresh, at_ms + 11000, &again, &revoked), 0);
	assert_string_equal(again.refresh, second.refresh);
	assert_int_equal(refresh(second.refresh, at_ms + 12000, &third, &revoked), 0);
}

static void
reuse_after_ten_seconds_ends_the_family(void **state)
{
	struct auth_tokens first = sign_in(), second, third;
	bool revoked = false;

	(void)state;
	assert_int_equal(refresh(first.refresh, at_ms + 1000, &second, &revoked), 0);
	assert_int_equal(refresh(first.refresh, at_ms + 11001, &third, &revoked), BH_E_UNAUTHENTICATED);
	assert_true(revoked);
	assert_int_equal(refresh(second.refresh, at_ms + 11002, &third, &revoked),
		BH_E_UNAUTHENTICATED);
	assert_int_equal(check(&second), BH_E_UNAUTHENTICATED);
}

static void
only_the_immediate_parent_is_forgiven(void **state)
{
	struct auth_tokens first = sign_in(), second, third, fourth;
	bool revoked = false;

	(void)state;
	assert_int_equal(refresh(first.refresh, at_ms + 1000, &second, &revoked), 0);
	assert_int_equal(refresh(second.refresh, at_ms + 2000, &third, &revoked), 0);
	assert_int_equal(refresh(first.refresh, at_ms + 3000, &fourth, &revoked), BH_E_UNAUTHENTICATED);
	assert_true(revoked);
	assert_int_equal(refresh(third.refresh, at_ms + 4000, &fourth, &revoked), BH_E_UNAUTHENTICATED);
}

static void
an_idle_refresh_token_expires(void **state)
{
	struct auth_tokens first = sign_in(), second;
	bool revoked;

	(void)state;
	assert_int_equal(refresh(first.refresh, at_ms + 3600 * 1000, &second, &revoked),
		BH_E_UNAUTHENTICATED);
	assert_false(revoked);
	assert_int_equal(refresh(first.refresh, at_ms + 3600 * 1000 - 1, &second, &revoked), 0);
}

static void
a_sign_in_ends_however_busy_it_is(void **state)
{
	struct auth_tokens tokens = sign_in();
	bool revoked;

	(void)state;
	for (int i = 1; i <= 47; i++)
		assert_int_equal(refresh(tokens.refresh, at_ms + i * 1800LL * 1000, &tokens, &revoked), 0);
	assert_int_equal(refresh(tokens.refresh, at_ms + 48 * 1800LL * 1000, &tokens, &revoked),
		BH_E_UNAUTHENTICATED);
}

static void
another_secret_in_the_same_row_is_refused(void **state)
{
	struct auth_tokens first = sign_in(), second;
	char forged[BH_CREDENTIAL_TEXT];
	struct bh_credential real;
	struct bh_digest hash;
	bool revoked;

	(void)state;
	assert_int_equal(bh_credential_parse(first.refresh, &real), 0);
	bh_credential_make(BH_CREDENTIAL_REFRESH, &real.tenant, &real.row, forged, &hash);
	assert_int_equal(refresh(forged, at_ms + 1, &second, &revoked), BH_E_UNAUTHENTICATED);
	bh_credential_make(BH_CREDENTIAL_REFRESH, &auth_test.other, &real.row, forged, &hash);
	assert_int_equal(refresh(forged, at_ms + 1, &second, &revoked), BH_E_UNAUTHENTICATED);
	assert_int_equal(refresh(first.refresh, at_ms + 2, &second, &revoked), 0);
}

static void
signing_out_kills_the_access_token_too(void **state)
{
	struct auth_tokens tokens = sign_in(), next;
	bool revoked;

	(void)state;
	assert_int_equal(check(&tokens), 0);
	assert_int_equal(auth_session_end_by(&auth_test.db, tokens.refresh), 0);
	assert_int_equal(check(&tokens), BH_E_UNAUTHENTICATED);
	assert_int_equal(refresh(tokens.refresh, at_ms + 1, &next, &revoked), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_session_end_by(&auth_test.db, tokens.refresh), BH_E_NOT_FOUND);
}

static void
nobody_ends_anothers_sign_in(void **state)
{
	struct bh_uuid eve = auth_test_member(&auth_test.acme, "eve@acme.test", "owner");
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_tokens tokens = sign_in();

	(void)state;
	assert_int_equal(auth_session_end(&acme, &auth_test.acme, &tokens.session, &eve),
		BH_E_NOT_FOUND);
	assert_int_equal(check(&tokens), 0);
	assert_int_equal(auth_session_end(&acme, &auth_test.acme, &tokens.session, &ada), 0);
	assert_int_equal(check(&tokens), BH_E_UNAUTHENTICATED);
}

static int
suspend_work(struct bh_db *tx, void *ctx)
{
	bool changed;
	int rc = auth_store_tenant_set_state(tx, &auth_test.acme, ctx, &changed);

	if (rc < 0 || strcmp(ctx, "active") == 0)
		return rc;
	return auth_store_revocation_tenant(tx, &auth_test.acme);
}

static void
a_suspended_tenant_keeps_the_token_for_later(void **state)
{
	struct auth_tokens first = sign_in(), second;
	struct bh_db platform = auth_platform(&auth_test.db);
	bool revoked;

	(void)state;
	assert_int_equal(bh_tx_run(&platform, suspend_work, "suspended"), 0);
	assert_int_equal(refresh(first.refresh, at_ms + 1, &second, &revoked), BH_E_SUSPENDED);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &ada, at_ms, &second), BH_E_SUSPENDED);
	assert_int_equal(check(&first), BH_E_UNAUTHENTICATED);

	assert_int_equal(bh_tx_run(&platform, suspend_work, "active"), 0);
	assert_int_equal(refresh(first.refresh, at_ms + 2, &second, &revoked), 0);
	assert_int_equal(check(&second), 0);
	assert_int_equal(check(&first), BH_E_UNAUTHENTICATED);
}

static void
a_disabled_member_is_out_and_comes_back_by_signing_in(void **state)
{
	const struct auth_place place = auth_test_place(&auth_test.acme, BH_ROLE_OWNER);
	struct auth_tokens first = sign_in(), second;
	bool revoked;

	(void)state;
	assert_int_equal(auth_member_change(&place, &ada, NULL, "disabled", &revoked), 0);
	assert_true(revoked);
	assert_int_equal(check(&first), BH_E_UNAUTHENTICATED);
	assert_int_equal(refresh(first.refresh, at_ms + 1, &second, &revoked), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &ada, at_ms, &second), BH_E_SUSPENDED);

	assert_int_equal(auth_member_change(&place, &ada, NULL, "active", &revoked), 0);
	assert_false(revoked);
	second = sign_in();
	assert_int_equal(check(&second), 0);
}

/* Whether the token is known, as used. */
static bool
is_kept(struct bh_db *db, const struct bh_uuid *id, const struct bh_digest *hash)
{
	struct auth_refresh token = {0};
	bool found = false;

	assert_int_equal(auth_store_refresh_lock(db, &auth_test.acme, id, hash, &token, &found), 0);
	return found && token.consumed_ms != 0;
}

static void
of_the_used_tokens_of_a_sign_in_the_newest_are_kept(void **state)
{
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_tokens mine = sign_in(), others = sign_in(), next;
	const struct bh_uuid *families[] = {&mine.session, &others.session};
	struct bh_digest hash = {{7}};
	struct bh_uuid ids[2][3], successor = bh_uuid_new();
	bool revoked;

	(void)state;
	for (int i = 0; i < 2; i++) {
		for (int k = 0; k < 3; k++) {
			struct auth_refresh token = {.session.id = *families[i]};

			token.id = ids[i][k] = bh_uuid_new();
			assert_int_equal(auth_store_refresh_add(&acme, &auth_test.acme, &token.id, families[i],
								 &hash, at_ms + 1000000),
				0);
			assert_int_equal(auth_store_refresh_consume(&acme, &auth_test.acme, &token, &successor,
								 "", 0, at_ms + k),
				0);
		}
	}
	assert_int_equal(auth_store_refresh_trim(&acme, &auth_test.acme, families[0], 2), 0);
	assert_false(is_kept(&acme, &ids[0][0], &hash));
	assert_true(is_kept(&acme, &ids[0][1], &hash));
	assert_true(is_kept(&acme, &ids[0][2], &hash));
	assert_true(is_kept(&acme, &ids[1][0], &hash));
	/* The one that waits is none of them. */
	assert_int_equal(refresh(mine.refresh, at_ms + 1000, &next, &revoked), 0);
}

static void
the_oldest_sign_in_makes_room(void **state)
{
	struct auth_tokens first, tokens;
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	static const char sql[] = "SELECT count(*) FROM session"
							  " WHERE tenant_id = $1 AND account_id = $2";
	int64_t n = 0;

	(void)state;
	auth_test.auth.conf.user_sessions = 3;
	first = sign_in();
	for (int i = 0; i < 2; i++)
		tokens = sign_in();
	assert_int_equal(check(&first), 0);
	tokens = sign_in();
	assert_true(tokens.ended_others);
	assert_int_equal(check(&first), BH_E_UNAUTHENTICATED);
	assert_int_equal(check(&tokens), 0);
	for (int i = 0; i < 10; i++)
		tokens = sign_in();
	assert_int_equal(bh_db_one(&acme, sql, BH_PARAMS(&auth_test.acme, &ada), &bh_row_int, &n), 0);
	assert_in_range(n, 3, 2 * 3 + 1);
	auth_test.auth.conf.user_sessions = 100;
}

static void
a_sign_in_refreshed_without_end_has_to_wait(void **state)
{
	struct auth_tokens tokens = sign_in(), next, other = sign_in();
	bool revoked = false;
	int rc = 0, n = 0;

	(void)state;
	while (rc == 0 && n < 1000) {
		rc = refresh(tokens.refresh, at_ms + ++n, &next, &revoked);
		if (rc == 0)
			tokens = next;
	}
	assert_int_equal(rc, BH_E_RATE_LIMITED);
	assert_false(revoked);
	assert_in_range(n, 50, 100);
	assert_int_equal(refresh(other.refresh, at_ms + n, &next, &revoked), 0);
}

/* Tokens of a tenant without a plan tell of none. */
static void
a_token_tells_the_tenants_plan(void **state)
{
	struct auth_tokens tokens = sign_in();
	struct bh_claims claims;
	char acme[BH_UUID_TEXT], sql[512];
	bool unknown;

	(void)state;
	bh_token_checker_seen(auth_test.checker, 1000);
	assert_int_equal(bh_token_check(auth_test.checker, tokens.access, strlen(tokens.access),
						 at_ms / 1000, 1000, &claims, &unknown),
		0);
	assert_string_equal(claims.plan, "default");
	assert_string_equal(claims.entitled, "");
	bh_uuid_format(&auth_test.acme, acme);
	snprintf(sql, sizeof(sql),
		"INSERT INTO bulkhead.tenant_plan (tenant_id, plan, version, entitlements, state,"
		" requests_per_minute, concurrency, tokens_per_minute, seats)"
		" VALUES ('%s', 'pro', 1, 'chat model:small', 'paused', 0, 0, 0, 0)",
		acme);
	assert_int_equal(bh_test_db_script(&auth_test.database, sql), 0);
	tokens = sign_in();
	assert_int_equal(bh_token_check(auth_test.checker, tokens.access, strlen(tokens.access),
						 at_ms / 1000, 1000, &claims, &unknown),
		0);
	assert_string_equal(claims.plan, "pro");
	assert_string_equal(claims.entitled, "chat model:small");
	assert_string_equal(claims.plan_state, "paused");
	assert_int_equal(bh_test_db_script(&auth_test.database, "DELETE FROM bulkhead.tenant_plan"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sign_in_gives_a_good_token_and_a_refresh_token),
		cmocka_unit_test(without_a_membership_there_is_no_sign_in),
		cmocka_unit_test(a_refresh_token_works_once_and_has_a_successor),
		cmocka_unit_test(a_lost_answer_is_given_again_within_ten_seconds),
		cmocka_unit_test(reuse_after_ten_seconds_ends_the_family),
		cmocka_unit_test(only_the_immediate_parent_is_forgiven),
		cmocka_unit_test(an_idle_refresh_token_expires),
		cmocka_unit_test(a_sign_in_ends_however_busy_it_is),
		cmocka_unit_test(another_secret_in_the_same_row_is_refused),
		cmocka_unit_test(signing_out_kills_the_access_token_too),
		cmocka_unit_test(nobody_ends_anothers_sign_in),
		cmocka_unit_test(a_suspended_tenant_keeps_the_token_for_later),
		cmocka_unit_test(a_disabled_member_is_out_and_comes_back_by_signing_in),
		cmocka_unit_test(of_the_used_tokens_of_a_sign_in_the_newest_are_kept),
		cmocka_unit_test(the_oldest_sign_in_makes_room),
		cmocka_unit_test(a_token_tells_the_tenants_plan),
		cmocka_unit_test(a_sign_in_refreshed_without_end_has_to_wait),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, auth_test_close);
}
