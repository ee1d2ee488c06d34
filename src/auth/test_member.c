/* SPDX-License-Identifier: Apache-2.0 */
/* test_member.c: proves the rules for people and one-time links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/key.h"
#include "auth/member.h"
#include "auth/roles.h"
#include "auth/session.h"
#include "auth/store_account.h"
#include "auth/store_membership.h"
#include "auth/testing.h"
#include "base/error.h"
#include "sec/credential.h"

#define NOW AUTH_TEST_NOW_MS

static int
add(const struct bh_uuid *tenant, int rank, const char *email, const char *role,
	struct bh_uuid *out)
{
	const struct auth_place place = auth_test_place(tenant, rank);
	const struct auth_member_new member = {
		.email = email,
		.name = "",
		.role = role,
		.now_ms = NOW,
	};

	return auth_member_add(&place, &member, out);
}

static void
nobody_grants_above_their_own_role(void **state)
{
	struct bh_uuid id;

	(void)state;
	assert_int_equal(add(&auth_test.acme, BH_ROLE_ADMIN, "a1@acme.test", "owner", &id),
		BH_E_FORBIDDEN);
	assert_int_equal(add(&auth_test.acme, BH_ROLE_ADMIN, "a1@acme.test", "admin", &id), 0);
	assert_int_equal(add(&auth_test.acme, BH_ROLE_OWNER, "a2@acme.test", "owner", &id), 0);
}

/* A place as a key with these scopes, whose owner is an owner of Acme. */
static struct auth_place
key_place(const char *scopes)
{
	struct auth_place place = auth_test_place(&auth_test.acme, BH_ROLE_OWNER);

	place.gives = scopes;
	return place;
}

static void
a_key_gives_no_role_with_scopes_it_has_not(void **state)
{
	const struct auth_place narrow = key_place("users:read users:write");
	const struct auth_place wide = key_place(auth_role_scopes(&auth_test.auth.roles, "admin"));
	struct auth_member_new member = {.email = "k@acme.test", .name = "", .now_ms = NOW};
	struct bh_uuid id, one = auth_test_member(&auth_test.acme, "k1@acme.test", "viewer");
	bool revoked = false;

	(void)state;
	for (int i = 0; i < 4; i++) {
		member.role = (const char *[]){"viewer", "member", "admin", "owner"}[i];
		assert_int_equal(auth_member_add(&narrow, &member, &id), BH_E_FORBIDDEN);
		assert_int_equal(auth_member_change(&narrow, &one, member.role, NULL, &revoked),
			BH_E_FORBIDDEN);
	}
	member.role = "admin";
	assert_int_equal(auth_member_add(&wide, &member, &id), 0);
	assert_int_equal(auth_member_change(&wide, &one, "admin", NULL, &revoked), 0);
}

static void
a_key_lets_nobody_in_who_may_more_than_it(void **state)
{
	const struct auth_place narrow = key_place("users:read users:write");
	const struct auth_place wide = key_place(auth_role_scopes(&auth_test.auth.roles, "owner"));
	struct auth_place staff = key_place("tenants:write");
	const struct auth_place owner = auth_test_place(&auth_test.acme, BH_ROLE_OWNER);
	const struct auth_member_new member = {
		.email = "k2@acme.test",
		.name = "",
		.role = "member",
		.now_ms = NOW,
	};
	const char *text = NULL;
	struct bh_uuid id;
	bool revoked = false;

	(void)state;
	assert_int_equal(auth_member_add(&owner, &member, &id), 0);
	staff.rank = BH_ROLE_SUPERUSER;
	assert_int_equal(auth_member_link(&staff, &id, "k", NOW + 1000, &text), BH_E_FORBIDDEN);
	staff.gives = auth_role_scopes(&auth_test.auth.roles, "superuser");
	assert_int_equal(auth_member_link(&staff, &id, "k", NOW + 1000, &text), 0);

	assert_int_equal(auth_member_change(&narrow, &id, NULL, "disabled", &revoked), 0);
	assert_int_equal(auth_member_change(&narrow, &id, NULL, "active", &revoked), BH_E_FORBIDDEN);
	assert_int_equal(auth_member_change(&wide, &id, NULL, "active", &revoked), 0);
}

static void
a_key_with_limits_or_an_end_gives_nobody_what_has_neither(void **state)
{
	static const struct auth_key_bounds bounds[] = {
		{.requests_per_minute = 60},
		{.concurrency = 1},
		{.expires_ms = NOW + 1000},
	};
	static const struct auth_key_bounds none;
	struct auth_place place = key_place(auth_role_scopes(&auth_test.auth.roles, "admin"));
	struct auth_member_new member = {.email = "b@acme.test", .name = "", .role = "viewer"};
	struct bh_uuid id, one = auth_test_member(&auth_test.acme, "b1@acme.test", "viewer");
	const char *text = NULL;
	bool revoked = false;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bounds); i++) {
		place.bounds = &bounds[i];
		assert_int_equal(auth_member_add(&place, &member, &id), BH_E_FORBIDDEN);
		assert_int_equal(auth_member_change(&place, &one, "admin", NULL, &revoked), BH_E_FORBIDDEN);
		assert_int_equal(auth_member_link(&place, &one, "k", NOW + 1000, &text), BH_E_FORBIDDEN);
	}
	assert_int_equal(auth_member_change(&place, &one, NULL, "disabled", &revoked), 0);
	assert_int_equal(auth_member_change(&place, &one, NULL, "active", &revoked), BH_E_FORBIDDEN);
	place.bounds = &none;
	assert_int_equal(auth_member_change(&place, &one, NULL, "active", &revoked), 0);
	assert_int_equal(auth_member_add(&place, &member, &id), 0);
}

static void
superusers_are_the_platforms_only(void **state)
{
	struct bh_uuid id;

	(void)state;
	assert_int_equal(add(&auth_test.acme, BH_ROLE_SUPERUSER, "s@acme.test", "superuser", &id),
		BH_E_INVALID);
	assert_int_equal(add(&bh_platform_tenant, BH_ROLE_SUPERUSER, "s@acme.test", "owner", &id),
		BH_E_INVALID);
	assert_int_equal(add(&bh_platform_tenant, BH_ROLE_SUPERUSER, "s@acme.test", "superuser", &id),
		0);
}

static void
a_person_may_belong_to_several_tenants(void **state)
{
	struct bh_uuid first, second;
	struct auth_home *homes;
	size_t n;

	(void)state;
	assert_int_equal(add(&auth_test.acme, 5, "both@x.test", "member", &first), 0);
	assert_int_equal(add(&auth_test.other, 5, "both@x.test", "viewer", &second), 0);
	assert_true(bh_uuid_equal(&first, &second));
	assert_int_equal(auth_store_account_homes(&auth_test.db, &first, AUTH_HOMES_SHOWN, &homes, &n),
		0);
	assert_int_equal(n, 2);
	assert_int_equal(add(&auth_test.acme, 5, "both@x.test", "viewer", &second), BH_E_EXISTS);
}

static void
a_person_that_a_tenant_registered_joins_no_other(void **state)
{
	struct bh_uuid id;

	(void)state;
	auth_test_registered(&auth_test.other, "planted@x.test", NULL);
	assert_int_equal(add(&auth_test.acme, 5, "planted@x.test", "owner", &id), BH_E_EXISTS);
}

static void
a_failed_addition_leaves_nothing_behind(void **state)
{
	struct auth_account account;
	struct bh_uuid id;
	bool found = true;

	(void)state;
	assert_int_equal(add(&auth_test.acme, 5, "nobody@x.test", "captain", &id), BH_E_INVALID);
	assert_int_equal(auth_store_account_find(&auth_test.db, "nobody@x.test", &account, &found), 0);
	assert_false(found);
}

static void
the_last_owner_stays(void **state)
{
	const struct auth_place owner = auth_test_place(&auth_test.other, BH_ROLE_OWNER);
	struct bh_uuid one = auth_test_member(&auth_test.other, "one@other.test", "owner"), two;
	bool revoked;

	(void)state;
	assert_int_equal(auth_member_change(&owner, &one, "admin", NULL, &revoked), BH_E_STATE);
	assert_int_equal(auth_member_change(&owner, &one, NULL, "disabled", &revoked), BH_E_STATE);
	two = auth_test_member(&auth_test.other, "two@other.test", "owner");
	assert_int_equal(auth_member_change(&owner, &one, "admin", NULL, &revoked), 0);
	assert_true(revoked);
	assert_int_equal(auth_member_change(&owner, &two, NULL, "disabled", &revoked), BH_E_STATE);
	assert_int_equal(auth_member_change(&owner, &one, "owner", NULL, &revoked), 0);
	assert_false(revoked);
	assert_int_equal(auth_member_change(&owner, &two, NULL, "disabled", &revoked), 0);
}

static void
an_admin_does_not_touch_an_owner(void **state)
{
	const struct auth_place admin = auth_test_place(&auth_test.acme, BH_ROLE_ADMIN);
	struct bh_uuid boss = auth_test_member(&auth_test.acme, "boss@acme.test", "owner");
	const char *text;
	bool revoked;

	(void)state;
	assert_int_equal(auth_member_change(&admin, &boss, "viewer", NULL, &revoked), BH_E_FORBIDDEN);
	assert_int_equal(auth_member_change(&admin, &boss, NULL, "disabled", &revoked), BH_E_FORBIDDEN);
	assert_int_equal(auth_member_link(&admin, &boss, "test", NOW + 1000, &text), BH_E_FORBIDDEN);
}

static void
another_tenants_member_is_not_found(void **state)
{
	const struct auth_place owner = auth_test_place(&auth_test.other, BH_ROLE_OWNER);
	struct bh_uuid foreign = auth_test_member(&auth_test.acme, "foreign@acme.test", "viewer");
	const char *text;
	bool revoked;

	(void)state;
	assert_int_equal(auth_member_change(&owner, &foreign, "viewer", NULL, &revoked),
		BH_E_NOT_FOUND);
	assert_int_equal(auth_member_link(&owner, &foreign, "test", NOW + 1000, &text), BH_E_NOT_FOUND);
}

/* A link for a new member, parsed. */
static struct bh_credential
link_for(const char *email, struct bh_uuid *out_account)
{
	const struct auth_place place = auth_test_place(&auth_test.acme, 5);
	struct bh_credential link = {0};
	const char *text;

	*out_account = auth_test_member(&auth_test.acme, email, "member");
	assert_int_equal(auth_member_link(&place, out_account, "test", NOW + 1000, &text), 0);
	assert_int_equal(bh_credential_parse(text, &link), 0);
	return link;
}

static int
redeem(const struct bh_credential *link, int64_t now_ms)
{
	const struct bh_digest client = {{1}};
	struct bh_uuid account;

	return auth_member_redeem(&auth_test.db, link, "new hash", &client, now_ms, &account);
}

static void
a_link_sets_the_password_once(void **state)
{
	struct auth_account account = {0};
	struct bh_uuid id;
	struct bh_credential link = link_for("link1@x.test", &id);

	(void)state;
	assert_int_equal(auth_member_link_check(&auth_test.db, &link, NOW), 0);
	assert_int_equal(redeem(&link, NOW), 0);
	assert_int_equal(auth_store_account_get(&auth_test.db, &id, &account), 0);
	assert_string_equal(account.password_hash, "new hash");
	assert_int_equal(auth_member_link_check(&auth_test.db, &link, NOW), BH_E_UNAUTHENTICATED);
	assert_int_equal(redeem(&link, NOW), BH_E_UNAUTHENTICATED);
}

static void
a_newer_link_kills_the_older(void **state)
{
	const struct auth_place place = auth_test_place(&auth_test.acme, 5);
	struct bh_uuid id;
	struct bh_credential old = link_for("link2@x.test", &id), link;
	const char *text;

	(void)state;
	assert_int_equal(auth_member_link(&place, &id, "test", NOW + 1000, &text), 0);
	assert_int_equal(bh_credential_parse(text, &link), 0);
	assert_int_equal(redeem(&old, NOW), BH_E_UNAUTHENTICATED);
	assert_int_equal(redeem(&link, NOW), 0);
}

static void
an_expired_or_forged_link_does_nothing(void **state)
{
	struct bh_uuid id;
	struct bh_credential link = link_for("link3@x.test", &id), forged = link;

	(void)state;
	assert_int_equal(redeem(&link, NOW + 1000), BH_E_UNAUTHENTICATED);
	forged.hash.bytes[0] ^= 1;
	assert_int_equal(redeem(&forged, NOW), BH_E_UNAUTHENTICATED);
	forged = link;
	forged.tenant = auth_test.other;
	assert_int_equal(redeem(&forged, NOW), BH_E_UNAUTHENTICATED);
	assert_int_equal(redeem(&link, NOW), 0);
}

static void
a_new_password_ends_older_sign_ins(void **state)
{
	struct bh_uuid id;
	struct bh_credential link = link_for("link4@x.test", &id);
	struct auth_tokens tokens, next;
	int64_t wait_ms = 0;
	bool revoked;

	(void)state;
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &id, NOW, &tokens), 0);
	assert_int_equal(redeem(&link, NOW + 10), 0);
	assert_int_equal(auth_session_refresh(&auth_test.auth, &auth_test.db, tokens.refresh, NOW + 20,
						 &next, &revoked, &wait_ms),
		BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &id, NOW + 20, &tokens), 0);
	assert_int_equal(auth_session_refresh(&auth_test.auth, &auth_test.db, tokens.refresh, NOW + 30,
						 &next, &revoked, &wait_ms),
		0);
}

static void
a_tenant_has_so_many_users(void **state)
{
	const struct auth_place place = auth_test_place(&auth_test.other, BH_ROLE_OWNER);
	struct bh_db other = auth_in_tenant(&auth_test.db, &auth_test.other);
	struct auth_member_new member = {.email = "m1@other.test", .name = "", .role = "viewer"};
	struct bh_uuid id;
	int64_t n = 0;

	(void)state;
	assert_int_equal(auth_store_membership_count(&other, &auth_test.other, 1000, &n), 0);
	member.users_max = n + 1;
	assert_int_equal(auth_member_check(&place, &member), 0);
	assert_int_equal(auth_member_add(&place, &member, &id), 0);
	member.email = "m2@other.test";
	assert_int_equal(auth_member_check(&place, &member), BH_E_TOO_MANY);
	assert_int_equal(auth_member_add(&place, &member, &id), BH_E_TOO_MANY);
}

static void
what_would_be_refused_is_known_before_a_password_is_hashed(void **state)
{
	const struct auth_place owner = auth_test_place(&auth_test.acme, BH_ROLE_OWNER);
	const struct auth_place admin = auth_test_place(&auth_test.acme, BH_ROLE_ADMIN);
	struct auth_member_new member = {.email = "early@acme.test", .name = "", .role = "owner"};
	struct bh_uuid id;

	(void)state;
	assert_int_equal(auth_member_check(&admin, &member), BH_E_FORBIDDEN);
	assert_int_equal(auth_member_check(&owner, &member), 0);
	assert_int_equal(auth_member_add(&owner, &member, &id), 0);
	assert_int_equal(auth_member_check(&owner, &member), BH_E_EXISTS);
}

static void
links_of_one_person_do_not_pile_up(void **state)
{
	const struct auth_place place = auth_test_place(&auth_test.acme, BH_ROLE_SUPERUSER);
	struct bh_uuid id = auth_test_member(&auth_test.acme, "links@acme.test", "member");
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	static const char sql[] = "SELECT count(*) FROM one_time_link"
							  " WHERE tenant_id = $1 AND account_id = $2";
	const char *text = NULL;
	int64_t n = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(auth_member_link(&place, &id, "t", NOW * 2, &text), 0);
	assert_int_equal(bh_db_one(&acme, sql, BH_PARAMS(&auth_test.acme, &id), &bh_row_int, &n), 0);
	assert_in_range(n, 1, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_grants_above_their_own_role),
		cmocka_unit_test(a_key_gives_no_role_with_scopes_it_has_not),
		cmocka_unit_test(a_key_lets_nobody_in_who_may_more_than_it),
		cmocka_unit_test(a_key_with_limits_or_an_end_gives_nobody_what_has_neither),
		cmocka_unit_test(superusers_are_the_platforms_only),
		cmocka_unit_test(a_person_may_belong_to_several_tenants),
		cmocka_unit_test(a_person_that_a_tenant_registered_joins_no_other),
		cmocka_unit_test(a_failed_addition_leaves_nothing_behind),
		cmocka_unit_test(the_last_owner_stays),
		cmocka_unit_test(an_admin_does_not_touch_an_owner),
		cmocka_unit_test(another_tenants_member_is_not_found),
		cmocka_unit_test(a_link_sets_the_password_once),
		cmocka_unit_test(a_newer_link_kills_the_older),
		cmocka_unit_test(an_expired_or_forged_link_does_nothing),
		cmocka_unit_test(a_new_password_ends_older_sign_ins),
		cmocka_unit_test(a_tenant_has_so_many_users),
		cmocka_unit_test(what_would_be_refused_is_known_before_a_password_is_hashed),
		cmocka_unit_test(links_of_one_person_do_not_pile_up),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, auth_test_open, auth_test_close);
}
