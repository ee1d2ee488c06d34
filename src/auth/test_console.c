/* SPDX-License-Identifier: Apache-2.0 */
/* test_console.c: proves when a console session works, and that nothing of it outlives what it rests on; the
 * clock is in the test's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/console.h"
#include "auth/impersonate.h"
#include "auth/roles.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/testing.h"
#include "base/error.h"

#define HOUR_MS (60 * 60 * 1000LL)

static struct bh_uuid ada, root; /* an owner of acme and member of other; a superuser */
static int64_t now_ms = AUTH_TEST_NOW_MS;

static void
run(const char *sql)
{
	assert_int_equal(bh_test_db_script(&auth_test.database, sql), 0);
}

static int
group_open(void **state)
{
	auth_test_open(state);
	ada = auth_test_member(&auth_test.acme, "ada@acme.test", "owner");
	root = auth_test_member(&bh_platform_tenant, "root@platform.test", "superuser");
	return 0;
}

/* Each test begins a minute later. */
static int
setup(void **state)
{
	(void)state;
	now_ms += 60000;
	return 0;
}

static int
begin_as(const struct bh_uuid *tenant, const struct bh_uuid *account, bool mfa,
	struct auth_cookie *out)
{
	struct auth_account row = {0};
	struct auth_console_begin wanted = {
		.tenant = *tenant,
		.account = *account,
		.client = "test",
		.mfa = mfa,
	};

	assert_int_equal(auth_store_account_get(&auth_test.db, account, &row), 0);
	wanted.password_set_ms = row.password_set_ms;
	return auth_console_begin(&auth_test.auth, &auth_test.db, &wanted, now_ms, out);
}

static struct auth_cookie
begin(void)
{
	struct auth_cookie cookie = {0};

	assert_int_equal(begin_as(&auth_test.acme, &ada, false, &cookie), 0);
	return cookie;
}

static int
find_at(const struct auth_cookie *cookie, int64_t at_ms, struct auth_console *out)
{
	struct bh_credential credential = {0};
	bool known;

	assert_int_equal(bh_credential_parse(cookie->text, &credential), 0);
	return auth_console_find(&auth_test.auth, &auth_test.db, &credential, at_ms, out, &known);
}

static int
find(const struct auth_cookie *cookie)
{
	struct auth_console console;

	return find_at(cookie, now_ms, &console);
}

static void
a_session_is_found_by_its_cookie_alone(void **state)
{
	struct auth_cookie cookie = begin(), forged = cookie;
	struct auth_console console = {0};
	struct bh_digest hash;
	char text[BH_CREDENTIAL_TEXT];

	(void)state;
	assert_memory_equal(cookie.text, "bh_ct_", 6);
	assert_int_equal(find_at(&cookie, now_ms, &console), 0);
	assert_string_equal(console.row.role, "owner");
	assert_string_equal(console.scope, auth_role_scopes(&auth_test.auth.roles, "owner"));
	assert_int_equal(console.elevated_until_ms, 0);

	/* Of the right row with another secret, and of another tenant's. */
	bh_credential_make(BH_CREDENTIAL_CONSOLE, &auth_test.acme, &cookie.session, text, &hash);
	forged.text = text;
	assert_int_equal(find(&forged), BH_E_UNAUTHENTICATED);
	bh_credential_make(BH_CREDENTIAL_CONSOLE, &auth_test.other, &cookie.session, text, &hash);
	assert_int_equal(find(&forged), BH_E_UNAUTHENTICATED);
}

static void
a_sign_in_with_tokens_is_no_console_session(void **state)
{
	struct auth_tokens tokens = {0};
	struct auth_console console;

	(void)state;
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &ada, now_ms, &tokens), 0);
	assert_int_equal(auth_console_get(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &tokens.session, now_ms, &console),
		BH_E_UNAUTHENTICATED);
}

static void
an_idle_session_ends_and_a_used_one_goes_on(void **state)
{
	struct auth_cookie used = begin(), idle = begin();
	struct auth_console console = {0};
	int64_t at_ms = now_ms;

	(void)state;
	for (int i = 0; i < 10; i++) {
		at_ms += 11 * HOUR_MS;
		assert_int_equal(find_at(&used, at_ms, &console), 0);
		assert_int_equal(console.idle_expires_ms, at_ms + 12 * HOUR_MS);
	}
	assert_int_equal(find_at(&idle, now_ms + 12 * HOUR_MS - 1, &console), 0);
	assert_int_equal(find_at(&idle, at_ms, &console), BH_E_UNAUTHENTICATED);
}

static void
the_last_use_is_written_once_a_minute(void **state)
{
	struct auth_cookie cookie = begin();
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(find_at(&cookie, now_ms + AUTH_CONSOLE_USED_MS - 1, &console), 0);
	assert_int_equal(console.row.last_used_ms, now_ms);
	assert_int_equal(find_at(&cookie, now_ms + AUTH_CONSOLE_USED_MS, &console), 0);
	assert_int_equal(find_at(&cookie, now_ms + AUTH_CONSOLE_USED_MS + 1, &console), 0);
	assert_int_equal(console.row.last_used_ms, now_ms + AUTH_CONSOLE_USED_MS);
}

static void
no_session_outlives_its_absolute_end(void **state)
{
	struct auth_cookie cookie = begin();
	struct auth_console console = {0};
	int64_t end_ms = now_ms + 7 * 24 * HOUR_MS;

	(void)state;
	for (int64_t at_ms = now_ms; at_ms < end_ms; at_ms += 10 * HOUR_MS)
		assert_int_equal(find_at(&cookie, at_ms, &console), 0);
	assert_int_equal(find_at(&cookie, end_ms - 1, &console), 0);
	assert_int_equal(console.idle_expires_ms, end_ms);
	assert_int_equal(find_at(&cookie, end_ms, &console), BH_E_UNAUTHENTICATED);
}

static void
a_tenant_can_make_its_sessions_shorter_and_not_longer(void **state)
{
	struct auth_cookie cookie = begin();
	struct auth_console console = {0};

	(void)state;
	run("INSERT INTO tenant_setting (tenant_id, session_idle_s, session_max_s)"
		" SELECT id, 600, 3600 FROM tenant WHERE name = 'acme'");
	assert_int_equal(find_at(&cookie, now_ms + 599000, &console), 0);
	assert_int_equal(console.expires_ms, now_ms + HOUR_MS);
	assert_int_equal(find_at(&cookie, now_ms + 599000 + 600000, &console), BH_E_UNAUTHENTICATED);
	run("UPDATE tenant_setting SET session_idle_s = 2592000, session_max_s = 31536000");
	assert_int_equal(find_at(&cookie, now_ms + 600000, &console), 0);
	assert_int_equal(console.expires_ms, now_ms + 7 * 24 * HOUR_MS);
	run("DELETE FROM tenant_setting");
}

static void
superusers_have_less(void **state)
{
	struct auth_cookie cookie = {0};
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(begin_as(&bh_platform_tenant, &root, false, &cookie), 0);
	assert_int_equal(find_at(&cookie, now_ms, &console), 0);
	assert_int_equal(console.idle_expires_ms, now_ms + HOUR_MS);
	assert_int_equal(console.expires_ms, now_ms + 12 * HOUR_MS);
	assert_int_equal(find_at(&cookie, now_ms + HOUR_MS, &console), BH_E_UNAUTHENTICATED);
}

static void
an_ended_session_is_over(void **state)
{
	struct auth_cookie cookie = begin();
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);

	(void)state;
	assert_int_equal(auth_session_end(&own, &auth_test.acme, &cookie.session, &ada), 0);
	assert_int_equal(find(&cookie), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_session_end(&own, &auth_test.acme, &cookie.session, &ada),
		BH_E_NOT_FOUND);
}

static void
a_suspended_tenant_and_a_disabled_person_are_refused_and_come_back(void **state)
{
	struct auth_cookie cookie = begin();

	(void)state;
	run("UPDATE tenant SET state = 'suspended' WHERE name = 'acme'");
	assert_int_equal(find(&cookie), BH_E_SUSPENDED);
	run("UPDATE tenant SET state = 'deleting' WHERE name = 'acme'");
	assert_int_equal(find(&cookie), BH_E_UNAUTHENTICATED);
	run("UPDATE tenant SET state = 'active' WHERE name = 'acme'");
	run("UPDATE membership SET state = 'disabled' WHERE role = 'owner'");
	assert_int_equal(find(&cookie), BH_E_SUSPENDED);
	run("UPDATE membership SET state = 'active' WHERE role = 'owner'");
	run("UPDATE account SET state = 'disabled'");
	assert_int_equal(find(&cookie), BH_E_SUSPENDED);
	run("UPDATE account SET state = 'active'");
	assert_int_equal(find(&cookie), 0);
}

static void
a_lower_role_is_what_the_session_has_from_then_on(void **state)
{
	struct auth_cookie cookie = begin();
	struct auth_console console = {0};

	(void)state;
	run("UPDATE membership SET role = 'viewer' WHERE role = 'owner'");
	assert_int_equal(find_at(&cookie, now_ms, &console), 0);
	assert_string_equal(console.scope, auth_role_scopes(&auth_test.auth.roles, "viewer"));
	run("UPDATE membership SET role = 'owner' WHERE role = 'viewer'");
}

static void
a_new_secret_replaces_the_old_one(void **state)
{
	struct auth_cookie old = begin(), next = {0};
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &(struct auth_console_proof){.elevate = true}, now_ms,
						 &next),
		0);
	assert_int_equal(find(&old), BH_E_UNAUTHENTICATED);
	assert_int_equal(find_at(&next, now_ms, &console), 0);
	assert_int_equal(console.elevated_until_ms, now_ms + AUTH_ELEVATION_MS);
	assert_int_equal(find_at(&next, now_ms + AUTH_ELEVATION_MS, &console), 0);
	assert_int_equal(console.elevated_until_ms, 0);
}

static void
of_two_requests_at_once_one_replaces_the_secret(void **state)
{
	struct auth_cookie old = begin(), first = {0}, second = {0};
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_console console = {0};
	struct auth_console_proof proof = {.elevate = true};

	(void)state;
	assert_int_equal(find_at(&old, now_ms, &console), 0);
	proof.was = console.row.secret_hash;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &proof, now_ms, &first),
		0);
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &proof, now_ms, &second),
		BH_E_STATE);
	assert_int_equal(find(&first), 0);
	assert_int_equal(auth_session_end(&own, &auth_test.acme, &old.session, &ada), 0);
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &old.session, &proof, now_ms, &second),
		BH_E_UNAUTHENTICATED);
}

static void
a_password_set_meanwhile_ends_all_but_the_session_that_set_it(void **state)
{
	struct auth_cookie other = begin(), own = begin(), elevated = {0}, kept = {0};
	struct auth_console console = {0};
	int64_t at_ms = now_ms + 1000;

	(void)state;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &own.session, &(struct auth_console_proof){.elevate = true}, now_ms,
						 &elevated),
		0);
	assert_int_equal(auth_store_account_set_password(&auth_test.db, &ada, "y", at_ms), 0);
	assert_int_equal(find_at(&other, at_ms, &console), BH_E_UNAUTHENTICATED);
	assert_int_equal(find_at(&elevated, at_ms, &console), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &own.session, &(struct auth_console_proof){.password = true}, at_ms,
						 &kept),
		0);
	assert_int_equal(find_at(&kept, at_ms, &console), 0);
	assert_int_equal(console.elevated_until_ms, 0);
	now_ms = at_ms;
}

static void
an_elevation_from_before_the_password_is_none(void **state)
{
	struct auth_cookie own = begin(), elevated = {0};
	struct auth_console console = {0};
	int64_t at_ms = now_ms + 1000;

	(void)state;
	assert_int_equal(auth_console_rotate(&auth_test.auth, &auth_test.db, &auth_test.acme,
						 &own.session, &(struct auth_console_proof){.elevate = true}, now_ms,
						 &elevated),
		0);
	assert_int_equal(auth_store_account_set_password(&auth_test.db, &ada, "y", at_ms), 0);
	/* Even where the row says that it was proved since. */
	run("UPDATE session SET proved_at = proved_at + interval '1 day' WHERE proved_at IS NOT NULL");
	assert_int_equal(find_at(&elevated, at_ms, &console), 0);
	assert_int_equal(console.elevated_until_ms, 0);
	now_ms = at_ms;
}

static void
a_password_changed_during_the_sign_in_begins_nothing(void **state)
{
	struct auth_console_begin wanted = {.tenant = auth_test.acme, .account = ada, .client = ""};
	struct auth_cookie cookie = {0};

	(void)state;
	wanted.password_set_ms = 5;
	assert_int_equal(auth_console_begin(&auth_test.auth, &auth_test.db, &wanted, now_ms, &cookie),
		BH_E_UNAUTHENTICATED);
}

static void
nobody_begins_or_goes_where_they_are_no_member(void **state)
{
	struct auth_cookie cookie = begin(), next = {0};
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(begin_as(&auth_test.other, &ada, false, &next), BH_E_FORBIDDEN);
	assert_int_equal(find_at(&cookie, now_ms, &console), 0);
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 now_ms, &next),
		BH_E_FORBIDDEN);
	assert_int_equal(find(&cookie), 0);
}

static void
join_other(void)
{
	run("INSERT INTO membership (tenant_id, account_id, role)"
		" SELECT t.id, e.account_id, 'member' FROM tenant t, account_email e"
		"  WHERE t.name = 'other' AND e.address = 'ada@acme.test'");
}

static void
leave_other(void)
{
	run("DELETE FROM membership USING tenant t"
		" WHERE t.name = 'other' AND membership.tenant_id = t.id");
}

static void
a_switch_ends_the_old_session_and_lasts_no_longer(void **state)
{
	struct auth_cookie cookie = begin(), next = {0}, again = {0};
	struct auth_console console = {0}, there = {0};
	int64_t end_ms = now_ms + 7 * 24 * HOUR_MS;

	(void)state;
	join_other();
	assert_int_equal(find_at(&cookie, now_ms + HOUR_MS, &console), 0);
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 now_ms + HOUR_MS, &next),
		0);
	assert_int_equal(find_at(&cookie, now_ms + HOUR_MS, &there), BH_E_UNAUTHENTICATED);
	assert_int_equal(find_at(&next, now_ms + HOUR_MS, &there), 0);
	assert_string_equal(there.row.role, "member");
	assert_int_equal(there.expires_ms, end_ms);
	/* The other tab was slower. */
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 now_ms + HOUR_MS, &again),
		BH_E_UNAUTHENTICATED);
	leave_other();
}

static void
a_tenant_that_wants_a_second_factor_gives_little_without_one(void **state)
{
	struct auth_cookie cookie = begin(), next = {0};
	struct auth_console console = {0};

	(void)state;
	run("INSERT INTO tenant_setting (tenant_id, mfa_required) SELECT id, true FROM tenant");
	assert_int_equal(find_at(&cookie, now_ms, &console), 0);
	assert_string_equal(console.scope, AUTH_CONSOLE_LIMITED);
	join_other();
	assert_int_equal(auth_console_switch(&auth_test.auth, &auth_test.db, &console, &auth_test.other,
						 now_ms, &next),
		BH_E_MFA_SESSION);
	leave_other();
	run("DELETE FROM tenant_setting");
	assert_int_equal(find_at(&cookie, now_ms, &console), 0);
	assert_string_equal(console.scope, auth_role_scopes(&auth_test.auth.roles, "owner"));
}

static void
a_sign_in_with_tokens_needs_the_factor_too(void **state)
{
	struct auth_tokens tokens = {0}, next = {0};
	int64_t wait_ms = 0;
	bool revoked;

	(void)state;
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &ada, now_ms, &tokens), 0);
	run("INSERT INTO tenant_setting (tenant_id, mfa_required) SELECT id, true FROM tenant");
	assert_int_equal(auth_session_refresh(&auth_test.auth, &auth_test.db, tokens.refresh, now_ms,
						 &next, &revoked, &wait_ms),
		BH_E_MFA_SESSION);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &ada, now_ms, &tokens), BH_E_MFA_SESSION);
	run("DELETE FROM tenant_setting");
	assert_int_equal(auth_session_refresh(&auth_test.auth, &auth_test.db, tokens.refresh, now_ms,
						 &next, &revoked, &wait_ms),
		0);
}

/* ---- impersonation ---- */

static int
impersonate(struct auth_cookie *out_staff, struct auth_cookie *out)
{
	struct auth_console staff = {0};
	const struct auth_impersonate_new wanted = {
		.tenant = auth_test.acme,
		.reason = "A question about an invoice.",
		.until_ms = now_ms + 10 * 60000,
	};

	assert_int_equal(begin_as(&bh_platform_tenant, &root, false, out_staff), 0);
	assert_int_equal(find_at(out_staff, now_ms, &staff), 0);
	return auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted, now_ms, out);
}

/* Whether the sweep would end it then. */
static bool
is_due(const struct auth_cookie *acting, int64_t at_ms)
{
	struct auth_impersonation *due = NULL;
	bool found = false;
	size_t n = 0;

	assert_int_equal(auth_store_impersonation_due(&auth_test.db, at_ms, &due, &n), 0);
	for (size_t i = 0; i < n; i++)
		found = found || bh_uuid_equal(&due[i].id, &acting->session);
	return found;
}

static void
staff_acts_as_the_owner_until_the_time_is_over(void **state)
{
	struct auth_cookie own = {0}, acting = {0};
	struct auth_console console = {0};

	(void)state;
	assert_int_equal(impersonate(&own, &acting), 0);
	assert_int_equal(find_at(&acting, now_ms, &console), 0);
	assert_true(console.impersonated);
	assert_true(bh_uuid_equal(&console.row.account, &ada));
	assert_true(bh_uuid_equal(&console.impersonation.staff, &root));
	assert_string_equal(console.impersonation.staff_email, "root@platform.test");
	assert_string_equal(console.row.role, "owner");
	assert_int_equal(console.idle_expires_ms, now_ms + 10 * 60000);
	assert_int_equal(console.elevated_until_ms, 0);
	assert_int_equal(find_at(&acting, now_ms + 10 * 60000, &console), BH_E_UNAUTHENTICATED);
	assert_int_equal(find(&own), 0);
}

static void
an_impersonation_ends_with_the_staffs_own_session_and_role(void **state)
{
	struct bh_db platform = auth_platform(&auth_test.db);
	struct auth_cookie own = {0}, acting = {0};

	(void)state;
	assert_int_equal(impersonate(&own, &acting), 0);
	run("UPDATE membership SET state = 'disabled' WHERE role = 'superuser'");
	assert_int_equal(find(&acting), BH_E_SUSPENDED);
	run("UPDATE membership SET state = 'active', role = 'admin' WHERE role = 'superuser'");
	assert_int_equal(find(&acting), BH_E_UNAUTHENTICATED);
	run("UPDATE membership SET role = 'superuser' WHERE role = 'admin'");
	assert_int_equal(find(&acting), 0);
	assert_false(is_due(&acting, now_ms));
	assert_int_equal(auth_session_end(&platform, &bh_platform_tenant, &own.session, &root), 0);
	assert_int_equal(find(&acting), BH_E_UNAUTHENTICATED);
	assert_true(is_due(&acting, now_ms));
}

static void
an_impersonation_is_stopped_once(void **state)
{
	struct auth_cookie own = {0}, acting = {0};
	struct auth_console console = {0};
	bool ended = false;

	(void)state;
	assert_int_equal(impersonate(&own, &acting), 0);
	assert_int_equal(find_at(&acting, now_ms, &console), 0);
	assert_false(is_due(&acting, console.impersonation.until_ms - 1));
	assert_true(is_due(&acting, console.impersonation.until_ms));
	assert_int_equal(auth_impersonate_stop(&auth_test.db, &console.impersonation, now_ms, &ended),
		0);
	assert_true(ended);
	assert_int_equal(find(&acting), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_impersonate_stop(&auth_test.db, &console.impersonation, now_ms, &ended),
		0);
	assert_false(ended);
	assert_false(is_due(&acting, console.impersonation.until_ms));
}

static void
nobody_acts_as_a_superuser_a_stranger_or_in_a_tenant_without_an_owner(void **state)
{
	struct auth_cookie own = {0}, acting = {0};
	struct auth_console staff = {0};
	struct auth_impersonate_new wanted = {
		.tenant = bh_platform_tenant,
		.reason = "x",
		.until_ms = now_ms + 60000,
	};

	(void)state;
	assert_int_equal(begin_as(&bh_platform_tenant, &root, false, &own), 0);
	assert_int_equal(find_at(&own, now_ms, &staff), 0);
	assert_int_equal(auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted, now_ms,
						 &acting),
		BH_E_FORBIDDEN);
	wanted.tenant = auth_test.other;
	assert_int_equal(auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted, now_ms,
						 &acting),
		BH_E_STATE);
	wanted.account = ada;
	assert_int_equal(auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted, now_ms,
						 &acting),
		BH_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

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
		TEST(staff_acts_as_the_owner_until_the_time_is_over),
		TEST(an_impersonation_ends_with_the_staffs_own_session_and_role),
		TEST(an_impersonation_is_stopped_once),
		TEST(nobody_acts_as_a_superuser_a_stranger_or_in_a_tenant_without_an_owner),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, auth_test_close);
}
