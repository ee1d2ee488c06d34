/* SPDX-License-Identifier: Apache-2.0 */
/* test_console.c: proves when a console session works, and that nothing of it outlives what it rests on; the
 * clock is in the test's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/roles.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/testing_console.h"
#include "base/error.h"

#define HOUR_MS (60 * 60 * 1000LL)

static void
a_session_is_found_by_its_cookie_alone(void **state)
{
	struct auth_cookie cookie = auth_test_begin(), forged = cookie;
	struct auth_console console = {0};
	struct bh_digest hash;
	char text[BH_CREDENTIAL_TEXT];

	(void)state;
	assert_memory_equal(cookie.text, "bh_ct_", 6);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms, &console), 0);
	assert_string_equal(console.row.role, "owner");
	assert_string_equal(console.scope, auth_role_scopes(&auth_test.auth.roles, "owner"));
	assert_int_equal(console.elevated_until_ms, 0);

	/* Of the right row with another secret, and of another tenant's. */
	bh_credential_make(BH_CREDENTIAL_CONSOLE, &auth_test.acme, &cookie.session, text, &hash);
	forged.text = text;
	assert_int_equal(auth_test_find(&forged), BH_E_UNAUTHENTICATED);
	bh_credential_make(BH_CREDENTIAL_CONSOLE, &auth_test.other, &cookie.session, text, &hash);
	assert_int_equal(auth_test_find(&forged), BH_E_UNAUTHENTICATED);
}

static void
a_sign_in_with_tokens_is_no_console_session(void **state)
{
	struct auth_tokens tokens = {0};
	struct auth_console console;

	(void)state;
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &auth_test_people.ada,
						 auth_test_people.now_ms, &tokens),
		0);
	assert_int_equal(auth_console_get(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &tokens.session, auth_test_people.now_ms, &console),
		BH_E_UNAUTHENTICATED);
}

static void
an_idle_session_ends_and_a_used_one_goes_on(void **state)
{
	struct auth_cookie used = auth_test_begin(), idle = auth_test_begin();
	struct auth_console console = {0};
	int64_t at_ms = auth_test_people.now_ms;

	(void)state;
	for (int i = 0; i < 10; i++) {
		at_ms += 11 * HOUR_MS;
		assert_int_equal(auth_test_find_at(&used, at_ms, &console), 0);
		assert_int_equal(console.idle_expires_ms, at_ms + 12 * HOUR_MS);
	}
	assert_int_equal(auth_test_find_at(&idle, auth_test_people.now_ms + 12 * HOUR_MS - 1, &console),
		0);
	assert_int_equal(auth_test_find_at(&idle, at_ms, &console), BH_E_UNAUTHENTICATED);
}

static void
the_last_use_is_written_once_a_minute(void **state)
{
	struct auth_cookie cookie = auth_test_begin();
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + AUTH_CONSOLE_USED_MS - 1,
						 &console),
		0);
	assert_int_equal(console.row.last_used_ms, auth_test_people.now_ms);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + AUTH_CONSOLE_USED_MS,
						 &console),
		0);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + AUTH_CONSOLE_USED_MS + 1,
						 &console),
		0);
	assert_int_equal(console.row.last_used_ms, auth_test_people.now_ms + AUTH_CONSOLE_USED_MS);
}

static void
no_session_outlives_its_absolute_end(void **state)
{
	struct auth_cookie cookie = auth_test_begin();
	struct auth_console console = {0};
	int64_t end_ms = auth_test_people.now_ms + 7 * 24 * HOUR_MS;

	(void)state;
	for (int64_t at_ms = auth_test_people.now_ms; at_ms < end_ms; at_ms += 10 * HOUR_MS)
		assert_int_equal(auth_test_find_at(&cookie, at_ms, &console), 0);
	assert_int_equal(auth_test_find_at(&cookie, end_ms - 1, &console), 0);
	assert_int_equal(console.idle_expires_ms, end_ms);
	assert_int_equal(auth_test_find_at(&cookie, end_ms, &console), BH_E_UNAUTHENTICATED);
}

static void
a_tenant_can_make_its_sessions_shorter_and_not_longer(void **state)
{
	struct auth_cookie cookie = auth_test_begin();
	struct auth_console console = {0};

	(void)state;
	auth_test_run("INSERT INTO tenant_setting (tenant_id, session_idle_s, session_max_s)"
				  " SELECT id, 600, 3600 FROM tenant WHERE name = 'acme'");
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + 599000, &console), 0);
	assert_int_equal(console.expires_ms, auth_test_people.now_ms + HOUR_MS);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + 599000 + 600000,
						 &console),
		BH_E_UNAUTHENTICATED);
	auth_test_run("UPDATE tenant_setting SET session_idle_s = 2592000, session_max_s = 31536000");
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + 600000, &console), 0);
	assert_int_equal(console.expires_ms, auth_test_people.now_ms + 7 * 24 * HOUR_MS);
	auth_test_run("DELETE FROM tenant_setting");
}

static void
superusers_have_less(void **state)
{
	struct auth_cookie cookie = {0};
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(auth_test_begin_as(&bh_platform_tenant, &auth_test_people.root, false,
						 &cookie),
		0);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms, &console), 0);
	assert_int_equal(console.idle_expires_ms, auth_test_people.now_ms + HOUR_MS);
	assert_int_equal(console.expires_ms, auth_test_people.now_ms + 12 * HOUR_MS);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + HOUR_MS, &console),
		BH_E_UNAUTHENTICATED);
}

static void
an_ended_session_is_over(void **state)
{
	struct auth_cookie cookie = auth_test_begin();
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);

	(void)state;
	assert_int_equal(auth_session_end(&own, &auth_test.acme, &cookie.session,
						 &auth_test_people.ada),
		0);
	assert_int_equal(auth_test_find(&cookie), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_session_end(&own, &auth_test.acme, &cookie.session,
						 &auth_test_people.ada),
		BH_E_NOT_FOUND);
}

static void
a_suspended_tenant_and_a_disabled_person_are_refused_and_come_back(void **state)
{
	struct auth_cookie cookie = auth_test_begin();

	(void)state;
	auth_test_run("UPDATE tenant SET state = 'suspended' WHERE name = 'acme'");
	assert_int_equal(auth_test_find(&cookie), BH_E_SUSPENDED);
	auth_test_run("UPDATE tenant SET state = 'deleting' WHERE name = 'acme'");
	assert_int_equal(auth_test_find(&cookie), BH_E_UNAUTHENTICATED);
	auth_test_run("UPDATE tenant SET state = 'active' WHERE name = 'acme'");
	auth_test_run("UPDATE membership SET state = 'disabled' WHERE role = 'owner'");
	assert_int_equal(auth_test_find(&cookie), BH_E_SUSPENDED);
	auth_test_run("UPDATE membership SET state = 'active' WHERE role = 'owner'");
	auth_test_run("UPDATE account SET state = 'disabled'");
	assert_int_equal(auth_test_find(&cookie), BH_E_SUSPENDED);
	auth_test_run("UPDATE account SET state = 'active'");
	assert_int_equal(auth_test_find(&cookie), 0);
}

static void
a_lower_role_is_what_the_session_has_from_then_on(void **state)
{
	struct auth_cookie cookie = auth_test_begin();
	struct auth_console console = {0};

	(void)state;
	auth_test_run("UPDATE membership SET role = 'viewer' WHERE role = 'owner'");
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms, &console), 0);
	assert_string_equal(console.scope, auth_role_scopes(&auth_test.auth.roles, "viewer"));
	auth_test_run("UPDATE membership SET role = 'owner' WHERE role = 'viewer'");
}

static void
a_new_secret_replaces_the_old_one(void **state)
{
	struct auth_cookie old = auth_test_begin(), next = {0};
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &(struct auth_console_proof){.elevate = true},
						 auth_test_people.now_ms, &next),
		0);
	assert_int_equal(auth_test_find(&old), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_test_find_at(&next, auth_test_people.now_ms, &console), 0);
	assert_int_equal(console.elevated_until_ms, auth_test_people.now_ms + AUTH_ELEVATION_MS);
	assert_int_equal(auth_test_find_at(&next, auth_test_people.now_ms + AUTH_ELEVATION_MS,
						 &console),
		0);
	assert_int_equal(console.elevated_until_ms, 0);
}

static void
of_two_requests_at_once_one_replaces_the_secret(void **state)
{
	struct auth_cookie old = auth_test_begin(), first = {0}, second = {0};
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_console console = {0};
	struct auth_console_proof proof = {.elevate = true};

	(void)state;
	assert_int_equal(auth_test_find_at(&old, auth_test_people.now_ms, &console), 0);
	proof.was = console.row.secret_hash;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &proof, auth_test_people.now_ms, &first),
		0);
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &proof, auth_test_people.now_ms, &second),
		BH_E_STATE);
	assert_int_equal(auth_test_find(&first), 0);
	assert_int_equal(auth_session_end(&own, &auth_test.acme, &old.session, &auth_test_people.ada),
		0);
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &proof, auth_test_people.now_ms, &second),
		BH_E_UNAUTHENTICATED);
}

static void
a_password_set_meanwhile_ends_all_but_the_session_that_set_it(void **state)
{
	struct auth_cookie other = auth_test_begin(), own = auth_test_begin(), elevated = {0},
					   kept = {0};
	struct auth_console console = {0};
	int64_t at_ms = auth_test_people.now_ms + 1000;

	(void)state;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &own.session, &(struct auth_console_proof){.elevate = true},
						 auth_test_people.now_ms, &elevated),
		0);
	assert_int_equal(auth_store_account_set_password(&auth_test.db, &auth_test_people.ada, "y",
						 at_ms),
		0);
	assert_int_equal(auth_test_find_at(&other, at_ms, &console), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_test_find_at(&elevated, at_ms, &console), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &own.session, &(struct auth_console_proof){.password = true}, at_ms,
						 &kept),
		0);
	assert_int_equal(auth_test_find_at(&kept, at_ms, &console), 0);
	assert_int_equal(console.elevated_until_ms, 0);
	auth_test_people.now_ms = at_ms;
}

static void
an_elevation_from_before_the_password_is_none(void **state)
{
	struct auth_cookie own = auth_test_begin(), elevated = {0};
	struct auth_console console = {0};
	int64_t at_ms = auth_test_people.now_ms + 1000;

	(void)state;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &own.session, &(struct auth_console_proof){.elevate = true},
						 auth_test_people.now_ms, &elevated),
		0);
	assert_int_equal(auth_store_account_set_password(&auth_test.db, &auth_test_people.ada, "y",
						 at_ms),
		0);
	/* Even where the row says that it was proved since. */
	auth_test_run(
		"UPDATE session SET proved_at = proved_at + interval '1 day' WHERE proved_at IS NOT NULL");
	assert_int_equal(auth_test_find_at(&elevated, at_ms, &console), 0);
	assert_int_equal(console.elevated_until_ms, 0);
	auth_test_people.now_ms = at_ms;
}

static void
a_password_changed_during_the_sign_in_begins_nothing(void **state)
{
	struct auth_console_begin wanted = {.tenant = auth_test.acme,
		.account = auth_test_people.ada,
		.client = ""};
	struct auth_cookie cookie = {0};

	(void)state;
	wanted.password_set_ms = 5;
	assert_int_equal(auth_console_begin(&auth_test.auth, &auth_test.db, &wanted,
						 auth_test_people.now_ms, &cookie),
		BH_E_UNAUTHENTICATED);
}

static void
nobody_begins_or_goes_where_they_are_no_member(void **state)
{
	struct auth_cookie cookie = auth_test_begin(), next = {0};
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(auth_test_begin_as(&auth_test.other, &auth_test_people.ada, false, &next),
		BH_E_FORBIDDEN);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms, &console), 0);
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 auth_test_people.now_ms, &next),
		BH_E_FORBIDDEN);
	assert_int_equal(auth_test_find(&cookie), 0);
}

static void
join_other(void)
{
	auth_test_run("INSERT INTO membership (tenant_id, account_id, role)"
				  " SELECT t.id, e.account_id, 'member' FROM tenant t, account_email e"
				  "  WHERE t.name = 'other' AND e.address = 'ada@acme.test'");
}

static void
leave_other(void)
{
	auth_test_run("DELETE FROM membership USING tenant t"
				  " WHERE t.name = 'other' AND membership.tenant_id = t.id");
}

static void
a_switch_ends_the_old_session_and_lasts_no_longer(void **state)
{
	struct auth_cookie cookie = auth_test_begin(), next = {0}, again = {0};
	struct auth_console console = {0}, there = {0};
	int64_t end_ms = auth_test_people.now_ms + 7 * 24 * HOUR_MS;

	(void)state;
	join_other();
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + HOUR_MS, &console), 0);
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 auth_test_people.now_ms + HOUR_MS, &next),
		0);
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms + HOUR_MS, &there),
		BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_test_find_at(&next, auth_test_people.now_ms + HOUR_MS, &there), 0);
	assert_string_equal(there.row.role, "member");
	assert_int_equal(there.expires_ms, end_ms);
	/* The other tab was slower. */
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 auth_test_people.now_ms + HOUR_MS, &again),
		BH_E_UNAUTHENTICATED);
	leave_other();
}

static void
a_tenant_that_wants_a_second_factor_gives_little_without_one(void **state)
{
	struct auth_cookie cookie = auth_test_begin(), next = {0};
	struct auth_console console = {0};

	(void)state;
	auth_test_run(
		"INSERT INTO tenant_setting (tenant_id, mfa_required) SELECT id, true FROM tenant");
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms, &console), 0);
	assert_string_equal(console.scope, AUTH_CONSOLE_LIMITED);
	join_other();
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 auth_test_people.now_ms, &next),
		BH_E_MFA_SESSION);
	leave_other();
	auth_test_run("DELETE FROM tenant_setting");
	assert_int_equal(auth_test_find_at(&cookie, auth_test_people.now_ms, &console), 0);
	assert_string_equal(console.scope, auth_role_scopes(&auth_test.auth.roles, "owner"));
}

static void
a_sign_in_with_tokens_needs_the_factor_too(void **state)
{
	struct auth_tokens tokens = {0}, next = {0};
	int64_t wait_ms = 0;
	bool revoked;

	(void)state;
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &auth_test_people.ada,
						 auth_test_people.now_ms, &tokens),
		0);
	auth_test_run(
		"INSERT INTO tenant_setting (tenant_id, mfa_required) SELECT id, true FROM tenant");
	assert_int_equal(auth_session_refresh(&auth_test.auth, &auth_test.db, tokens.refresh,
						 auth_test_people.now_ms, &next, &revoked, &wait_ms),
		BH_E_MFA_SESSION);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &auth_test_people.ada,
						 auth_test_people.now_ms, &tokens),
		BH_E_MFA_SESSION);
	auth_test_run("DELETE FROM tenant_setting");
	assert_int_equal(auth_session_refresh(&auth_test.auth, &auth_test.db, tokens.refresh,
						 auth_test_people.now_ms, &next, &revoked, &wait_ms),
		0);
}

#define TEST(name) cmocka_unit_test_setup(name, auth_test_later)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_is_found_by_its_cookie_alone),
		TEST(a_sign_in_with_tokens_is_no_console_session),
		TEST(an_idle_session_ends_and_a_used_one_goes_on),
		TEST(the_last_use_is_written_once_a_minute),
		TEST(no_session_outlives_its_absolute_end),
		TEST(a_tenant_can_make_its_sessions_shorter_and_not_longer),
		TEST(superusers_have_less),
		TEST(an_ended_session_is_over),
		TEST(a_suspended_tenant_and_a_disabled_person_are_refused_and_come_back),
		TEST(a_lower_role_is_what_the_session_has_from_then_on),
		TEST(a_new_secret_replaces_the_old_one),
		TEST(of_two_requests_at_once_one_replaces_the_secret),
		TEST(a_password_set_meanwhile_ends_all_but_the_session_that_set_it),
		TEST(an_elevation_from_before_the_password_is_none),
		TEST(a_password_changed_during_the_sign_in_begins_nothing),
		TEST(nobody_begins_or_goes_where_they_are_no_member),
		TEST(a_switch_ends_the_old_session_and_lasts_no_longer),
		TEST(a_tenant_that_wants_a_second_factor_gives_little_without_one),
		TEST(a_sign_in_with_tokens_needs_the_factor_too),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, auth_test_people_open, auth_test_close);
}
