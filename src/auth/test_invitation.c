/* SPDX-License-Identifier: Apache-2.0 */
/* test_invitation.c: who may invite whom, who can accept, and that it works once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/invitation.h"
#include "auth/mail.h"
#include "auth/member.h"
#include "auth/store_account.h"
#include "auth/store_membership.h"
#include "auth/store_tenant.h"
#include "auth/testing.h"
#include "base/error.h"

#define NOW AUTH_TEST_NOW_MS
#define LATER (NOW + 100000)

static const struct bh_digest client = {{7}};

/* A tenant of the test's own. */
static struct bh_uuid
tenant_new(void)
{
	static int number;
	const struct bh_uuid id = bh_uuid_new();
	struct auth_tenant tenant;
	char name[32];

	snprintf(name, sizeof(name), "tenant %d", ++number);
	assert_int_equal(auth_store_tenant_add(&auth_test.db, &id, name, name, &tenant), 0);
	return id;
}

static struct auth_invitation_new
wanted(const char *email, const char *role)
{
	return (struct auth_invitation_new){
		.email = email,
		.role = role,
		.created_by = "operator:0",
		.now_ms = NOW,
		.expires_ms = LATER,
	};
}

static int
invite(const struct bh_uuid *tenant, int rank, const char *email, const char *role,
	struct bh_uuid *out)
{
	const struct auth_place place = auth_test_place(tenant, rank);
	const struct auth_invitation_new invitation = wanted(email, role);

	return auth_invitation_add(&auth_test.auth, &place, &invitation, out);
}

/* The one link to the tenant that works. */
static struct bh_credential
link_of(const struct bh_uuid *tenant)
{
	struct bh_db own = auth_in_tenant(&auth_test.db, tenant);
	struct auth_mail_row *rows = NULL;
	struct bh_credential link = {0};
	const char *text = NULL;
	size_t n = 0, found = 0;

	assert_int_equal(auth_store_mail_list(&own, tenant, 10, &rows, &n), 0);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].state, "local") != 0)
			continue;
		assert_int_equal(auth_mail_link(&auth_test.auth, &own, &rows[i], &text), 0);
		assert_int_equal(bh_credential_parse(strchr(text, '#') + 1, &link), 0);
		found++;
	}
	assert_int_equal(found, 1);
	return link;
}

static int
accept_at(const struct bh_credential *link, const struct auth_account *proved, int64_t users_max,
	int64_t now_ms, struct bh_uuid *out)
{
	const struct auth_invitation_accept accept = {
		.link = link,
		.proved = proved,
		.name = "Grace",
		.password_hash = proved == NULL ? "hash" : NULL,
		.client = &client,
		.users_max = users_max,
		.now_ms = now_ms,
	};

	return auth_invitation_accept(&auth_test.db, &accept, out);
}

static int
accept(const struct bh_credential *link, struct bh_uuid *out)
{
	return accept_at(link, NULL, 0, NOW + 1, out);
}

static void
nobody_invites_above_their_role(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	struct bh_uuid id;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_ADMIN, "a@x.test", "owner", &id), BH_E_FORBIDDEN);
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "a@x.test", "superuser", &id), BH_E_INVALID);
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "a@x.test", "king", &id), BH_E_INVALID);
	assert_int_equal(invite(&bh_platform_tenant, BH_ROLE_SUPERUSER, "a@x.test", "admin", &id),
		BH_E_INVALID);
	assert_int_equal(invite(&tenant, BH_ROLE_ADMIN, "a@x.test", "admin", &id), 0);
}

static void
somebody_new_joins_once_and_belongs_to_nobody(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	struct auth_account account = {0};
	struct auth_invitation_view view;
	struct bh_credential link;
	struct bh_uuid id, person, again;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "new@x.test", "member", &id), 0);
	link = link_of(&tenant);
	assert_int_equal(auth_invitation_view(&auth_test.db, &link, NOW, &view), 0);
	assert_false(view.has_account);
	assert_string_equal(view.invitation.role, "member");
	assert_int_equal(accept(&link, &person), 0);
	assert_int_equal(auth_store_account_get(&auth_test.db, &person, &account), 0);
	assert_true(bh_uuid_is_zero(&account.managed_by));
	assert_string_equal(account.name, "Grace");
	assert_string_equal(account.email, "new@x.test");
	assert_int_equal(accept(&link, &again), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_invitation_view(&auth_test.db, &link, NOW, &view), BH_E_UNAUTHENTICATED);
}

static void
a_forged_or_late_link_opens_nothing(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	struct bh_credential link, forged;
	struct bh_uuid id, person;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "late@x.test", "member", &id), 0);
	link = forged = link_of(&tenant);
	forged.hash.bytes[0] ^= 1;
	assert_int_equal(accept(&forged, &person), BH_E_UNAUTHENTICATED);
	forged = link;
	forged.tenant = auth_test.other;
	assert_int_equal(accept(&forged, &person), BH_E_UNAUTHENTICATED);
	assert_int_equal(accept_at(&link, NULL, 0, LATER, &person), BH_E_UNAUTHENTICATED);
	assert_int_equal(accept(&link, &person), 0);
}

static void
an_account_has_to_be_proved_and_joins_a_second_tenant(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	const struct bh_uuid known = auth_test_member(&auth_test.acme, "known@x.test", "member");
	const struct bh_uuid else_one = auth_test_member(&auth_test.acme, "else@x.test", "member");
	struct bh_db own = auth_in_tenant(&auth_test.db, &tenant);
	struct auth_account proved = {0}, other = {0};
	struct auth_membership member = {0};
	struct auth_invitation_view view;
	struct bh_credential link;
	struct bh_uuid id, person;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "known@x.test", "viewer", &id), 0);
	link = link_of(&tenant);
	assert_int_equal(auth_invitation_view(&auth_test.db, &link, NOW, &view), 0);
	assert_true(view.has_account);
	assert_int_equal(accept(&link, &person), BH_E_EXISTS);
	assert_int_equal(auth_store_account_get(&auth_test.db, &else_one, &other), 0);
	assert_int_equal(accept_at(&link, &other, 0, NOW + 1, &person), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_store_account_get(&auth_test.db, &known, &proved), 0);
	other = proved;
	other.password_set_ms--;
	assert_int_equal(accept_at(&link, &other, 0, NOW + 1, &person), BH_E_UNAUTHENTICATED);
	assert_int_equal(accept_at(&link, &proved, 0, NOW + 1, &person), 0);
	assert_true(bh_uuid_equal(&person, &known));
	assert_int_equal(auth_store_membership_get(&own, &tenant, &known, &member), 0);
	assert_string_equal(member.role, "viewer");
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "known@x.test", "viewer", &id), BH_E_EXISTS);
}

static void
who_may_speak_for_a_person_does_not_get_into_a_second_tenant(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	const struct bh_uuid theirs = auth_test_registered(&auth_test.acme, "theirs@x.test", "x");
	struct auth_account proved = {0};
	struct bh_credential link;
	struct bh_uuid id, person;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "theirs@x.test", "member", &id), 0);
	link = link_of(&tenant);
	assert_int_equal(auth_store_account_get(&auth_test.db, &theirs, &proved), 0);
	assert_int_equal(accept_at(&link, &proved, 0, NOW + 1, &person), BH_E_STATE);
}

static void
a_person_without_a_password_becomes_their_own_and_old_links_die(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	const struct bh_uuid theirs = auth_test_registered(&auth_test.acme, "bare@x.test", NULL);
	const struct auth_place place = auth_test_place(&auth_test.acme, BH_ROLE_OWNER);
	struct auth_account account = {0};
	struct bh_credential link, old;
	struct bh_uuid id, person;
	const char *text = NULL;

	(void)state;
	assert_int_equal(auth_member_link(&place, &theirs, "x", LATER, &text), 0);
	assert_int_equal(bh_credential_parse(text, &old), 0);
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "bare@x.test", "member", &id), 0);
	link = link_of(&tenant);
	assert_int_equal(accept(&link, &person), 0);
	assert_true(bh_uuid_equal(&person, &theirs));
	assert_int_equal(auth_store_account_get(&auth_test.db, &theirs, &account), 0);
	assert_true(bh_uuid_is_zero(&account.managed_by));
	assert_int_equal(auth_member_link_check(&auth_test.db, &old, NOW + 2), BH_E_UNAUTHENTICATED);
}

static void
an_invitation_is_worth_the_word_of_who_gave_it(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	const struct bh_uuid giver = auth_test_member(&tenant, "giver@x.test", "admin");
	const struct auth_place place = auth_test_place(&tenant, BH_ROLE_SUPERUSER);
	struct auth_invitation_new invitation = wanted("given@x.test", "admin");
	struct bh_credential link;
	struct bh_uuid id, person;
	char text[BH_UUID_TEXT];
	bool revoked;

	(void)state;
	bh_uuid_format(&giver, text);
	invitation.created_by = text;
	assert_int_equal(auth_invitation_add(&auth_test.auth, &place, &invitation, &id), 0);
	link = link_of(&tenant);
	assert_int_equal(auth_member_change(&place, &giver, "member", NULL, &revoked), 0);
	assert_int_equal(accept(&link, &person), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_member_change(&place, &giver, "admin", "disabled", &revoked), 0);
	assert_int_equal(accept(&link, &person), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_member_change(&place, &giver, NULL, "active", &revoked), 0);
	assert_int_equal(accept(&link, &person), 0);
}

static void
an_invitation_of_somebody_unknown_is_worth_nothing(void **state)
{
	const struct bh_uuid tenant = tenant_new(), nobody = bh_uuid_new();
	const struct auth_place place = auth_test_place(&tenant, BH_ROLE_SUPERUSER);
	struct auth_invitation_new invitation = wanted("nobodys@x.test", "viewer");
	struct bh_credential link;
	struct bh_uuid id, person;
	char text[BH_UUID_TEXT];

	(void)state;
	bh_uuid_format(&nobody, text); /* a key that was revoked, or never was */
	invitation.created_by = text;
	assert_int_equal(auth_invitation_add(&auth_test.auth, &place, &invitation, &id), 0);
	link = link_of(&tenant);
	assert_int_equal(accept(&link, &person), BH_E_UNAUTHENTICATED);
}

static void
seats_are_taken_by_members_and_open_invitations(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	const struct auth_place place = auth_test_place(&tenant, BH_ROLE_OWNER);
	struct auth_invitation_new invitation = wanted("seat1@x.test", "member");
	struct bh_credential link;
	struct bh_uuid id, person;

	(void)state;
	auth_test_member(&tenant, "seated@x.test", "owner");
	invitation.users_max = 2;
	assert_int_equal(auth_invitation_add(&auth_test.auth, &place, &invitation, &id), 0);
	link = link_of(&tenant);
	invitation.email = "seat2@x.test";
	assert_int_equal(auth_invitation_add(&auth_test.auth, &place, &invitation, &person),
		BH_E_TOO_MANY);
	assert_int_equal(accept_at(&link, NULL, 1, NOW + 1, &person), BH_E_TOO_MANY);
	assert_int_equal(accept_at(&link, NULL, 2, NOW + 1, &person), 0);
	assert_int_equal(auth_invitation_add(&auth_test.auth, &place, &invitation, &id), BH_E_TOO_MANY);
}

static void
an_open_invitation_is_made_once_and_again_when_it_is_over(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	const struct auth_place place = auth_test_place(&tenant, BH_ROLE_OWNER);
	struct auth_invitation_new later = wanted("twice@x.test", "member");
	struct bh_uuid id, more;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "twice@x.test", "member", &id), 0);
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "twice@x.test", "viewer", &more), BH_E_EXISTS);
	later.now_ms = LATER;
	later.expires_ms = LATER + 1000;
	assert_int_equal(auth_invitation_add(&auth_test.auth, &place, &later, &more), 0);
	assert_int_equal(auth_invitation_revoke(&place, &more, LATER), 0);
	assert_int_equal(auth_invitation_revoke(&place, &more, LATER), BH_E_STATE);
	assert_int_equal(auth_invitation_revoke(&place, &id, LATER), BH_E_STATE);
}

static void
a_new_link_takes_the_place_of_the_old_one(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	const struct auth_place place = auth_test_place(&tenant, BH_ROLE_OWNER);
	const struct auth_place admin = auth_test_place(&tenant, BH_ROLE_ADMIN);
	const struct auth_place other = auth_test_place(&auth_test.other, BH_ROLE_OWNER);
	const struct auth_invitation_new again = wanted(NULL, NULL);
	struct bh_credential first, second;
	struct bh_uuid id, person;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "again@x.test", "owner", &id), 0);
	first = link_of(&tenant);
	assert_int_equal(auth_invitation_resend(&auth_test.auth, &admin, &id, &again), BH_E_FORBIDDEN);
	assert_int_equal(auth_invitation_revoke(&admin, &id, NOW), BH_E_FORBIDDEN);
	assert_int_equal(auth_invitation_resend(&auth_test.auth, &other, &id, &again), BH_E_NOT_FOUND);
	assert_int_equal(auth_invitation_revoke(&other, &id, NOW), BH_E_NOT_FOUND);
	assert_int_equal(auth_invitation_resend(&auth_test.auth, &place, &id, &again), 0);
	second = link_of(&tenant);
	assert_int_equal(accept(&first, &person), BH_E_UNAUTHENTICATED);
	assert_int_equal(accept(&second, &person), 0);
	assert_int_equal(auth_invitation_resend(&auth_test.auth, &place, &id, &again), BH_E_STATE);
}

static void
a_tenant_that_is_suspended_is_not_joined(void **state)
{
	const struct bh_uuid tenant = tenant_new();
	struct bh_db platform = auth_platform(&auth_test.db);
	struct bh_credential link;
	struct bh_uuid id, person;

	(void)state;
	assert_int_equal(invite(&tenant, BH_ROLE_OWNER, "closed@x.test", "member", &id), 0);
	link = link_of(&tenant);
	assert_int_equal(bh_db_exec(&platform,
						 "UPDATE tenant SET state = 'suspended' WHERE tenant_id = $1 AND id = $2",
						 BH_PARAMS(&bh_platform_tenant, &tenant), NULL),
		0);
	assert_int_equal(accept(&link, &person), BH_E_UNAUTHENTICATED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_invites_above_their_role),
		cmocka_unit_test(somebody_new_joins_once_and_belongs_to_nobody),
		cmocka_unit_test(a_forged_or_late_link_opens_nothing),
		cmocka_unit_test(an_account_has_to_be_proved_and_joins_a_second_tenant),
		cmocka_unit_test(who_may_speak_for_a_person_does_not_get_into_a_second_tenant),
		cmocka_unit_test(a_person_without_a_password_becomes_their_own_and_old_links_die),
		cmocka_unit_test(an_invitation_is_worth_the_word_of_who_gave_it),
		cmocka_unit_test(an_invitation_of_somebody_unknown_is_worth_nothing),
		cmocka_unit_test(seats_are_taken_by_members_and_open_invitations),
		cmocka_unit_test(an_open_invitation_is_made_once_and_again_when_it_is_over),
		cmocka_unit_test(a_new_link_takes_the_place_of_the_old_one),
		cmocka_unit_test(a_tenant_that_is_suspended_is_not_joined),
	};

	return cmocka_run_group_tests(tests, auth_test_open, auth_test_close);
}
