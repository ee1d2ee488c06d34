/* SPDX-License-Identifier: Apache-2.0 */
/* test_roles.c: what each role may do by the rows of all services, above which it therefore stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/roles.h"
#include "base/text.h"
#include "service/services.h"

extern const struct bh_service agent_service, auth_service, finetune_service, model_service,
	multimodal_service, rag_service;

static const struct bh_service *const services[] = {&auth_service, &model_service, &rag_service,
	&multimodal_service, &finetune_service, &agent_service, NULL};
static struct auth_roles roles;

static const char *const names[] = {"viewer", "member", "admin", "owner", "superuser"};

static int
open_roles(void **state)
{
	(void)state;
	auth_roles_init(services, &roles);
	return bh_services_check(services);
}

/* Exactly these: a row changed by mistake would change what keys and people may do. */
static void
each_role_has_its_scopes_and_no_others(void **state)
{
	static const struct {
		enum bh_role role;
		const char *scopes;
	} own[] = {
		{BH_ROLE_VIEWER,
			"account:read account:write cors:read limits:read models:read files:read"
			" vector_stores:read images:read finetune:read responses:read"},
		{BH_ROLE_MEMBER,
			" keys:read keys:write chat:write embeddings:write rerank:write moderations:write "
			"files:write vector_stores:write images:write audio:write finetune:write"
			" responses:write"},
		{BH_ROLE_ADMIN,
			" audit:read cors:write settings:read settings:write users:read users:write "
			"models:write"},
		{BH_ROLE_OWNER, ""},
		{BH_ROLE_SUPERUSER, " limits:write metrics:read platform:read tenants:read tenants:write"},
	};
	char all[BH_SCOPE_BYTES] = "";

	(void)state;
	for (size_t i = 0; i < BH_COUNT(own); i++) {
		strcat(all, own[i].scopes);
		assert_string_equal(roles.scopes[own[i].role], all);
	}
}

static void
each_role_has_all_of_the_one_below(void **state)
{
	(void)state;
	for (size_t i = 1; i < BH_COUNT(names); i++) {
		assert_true(bh_role_find(names[i]) > bh_role_find(names[i - 1]));
		assert_true(auth_scopes_within(auth_role_scopes(&roles, names[i - 1]),
			auth_role_scopes(&roles, names[i])));
	}
}

static void
only_the_platform_reaches_tenants_limits_and_metrics(void **state)
{
	static const char *const scopes[] = {
		"tenants:read",
		"tenants:write",
		"limits:write",
		"metrics:read",
		"platform:read",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(scopes); i++) {
		assert_true(bh_text_has_word(auth_role_scopes(&roles, "superuser"), scopes[i]));
		assert_false(bh_text_has_word(auth_role_scopes(&roles, "owner"), scopes[i]));
	}
}

static void
no_credential_of_a_tenant_can_do_more_than_its_owner(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	assert_string_equal(auth_scopes_most(&roles, &tenant), auth_role_scopes(&roles, "owner"));
	assert_string_equal(auth_scopes_most(&roles, &bh_platform_tenant),
		auth_role_scopes(&roles, "superuser"));
}

static void
nobody_has_a_services_scopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(names); i++) {
		assert_null(strstr(auth_role_scopes(&roles, names[i]), "internal:"));
		assert_false(bh_text_has_word(auth_role_scopes(&roles, names[i]), "operator"));
	}
}

static void
a_viewer_writes_no_data(void **state)
{
	(void)state;
	assert_false(bh_text_has_word(auth_role_scopes(&roles, "viewer"), "chat:write"));
	assert_false(bh_text_has_word(auth_role_scopes(&roles, "viewer"), "files:write"));
}

static void
what_is_no_role_has_no_rights(void **state)
{
	(void)state;
	assert_int_equal(bh_role_find("Owner"), BH_ROLE_NONE);
	assert_int_equal(bh_role_find(""), BH_ROLE_NONE);
	assert_string_equal(auth_role_scopes(&roles, "root"), "");
}

static void
a_keys_preset_is_within_a_members_rights(void **state)
{
	(void)state;
	assert_string_equal(roles.preset,
		"account:read limits:read models:read files:read vector_stores:read images:read "
		"finetune:read responses:read "
		"chat:write"
		" embeddings:write rerank:write moderations:write files:write vector_stores:write "
		"images:write audio:write finetune:write "
		"responses:write");
	assert_true(auth_scopes_within(roles.preset, auth_role_scopes(&roles, "member")));
	assert_false(bh_text_has_word(roles.preset, "keys:write"));
}

static void
a_key_acts_as_the_least_role_that_covers_it(void **state)
{
	(void)state;
	assert_string_equal(auth_role_for(&roles, "files:read"), "viewer");
	assert_string_equal(auth_role_for(&roles, roles.preset), "member");
	assert_string_equal(auth_role_for(&roles, "files:read users:write"), "admin");
	assert_string_equal(auth_role_for(&roles, "metrics:read"), "superuser");
	assert_null(auth_role_for(&roles, "internal:model"));
}

static void
the_common_scopes_keep_the_wanted_order(void **state)
{
	struct bh_arena arena = {0};

	(void)state;
	assert_string_equal(auth_scopes_both(&arena, "b a  c", "a b"), "b a");
	assert_string_equal(auth_scopes_both(&arena, "c", "a b"), "");
	assert_string_equal(auth_scopes_both(&arena, "", "a b"), "");
	bh_arena_close(&arena);
}

static void
a_part_of_a_word_is_no_scope(void **state)
{
	(void)state;
	assert_false(auth_scopes_within("files:rea", "files:read"));
	assert_false(auth_scopes_within("files:read", "files:rea"));
}

static void
nobody_reaches_above_their_own_role(void **state)
{
	(void)state;
	assert_true(auth_role_may_change(BH_ROLE_ADMIN, BH_ROLE_MEMBER, BH_ROLE_ADMIN));
	assert_false(auth_role_may_change(BH_ROLE_ADMIN, BH_ROLE_MEMBER, BH_ROLE_OWNER));
	assert_false(auth_role_may_change(BH_ROLE_ADMIN, BH_ROLE_OWNER, BH_ROLE_VIEWER));
	assert_true(auth_role_may_change(BH_ROLE_OWNER, BH_ROLE_OWNER, BH_ROLE_VIEWER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_has_its_scopes_and_no_others),
		cmocka_unit_test(each_role_has_all_of_the_one_below),
		cmocka_unit_test(only_the_platform_reaches_tenants_limits_and_metrics),
		cmocka_unit_test(no_credential_of_a_tenant_can_do_more_than_its_owner),
		cmocka_unit_test(nobody_has_a_services_scopes),
		cmocka_unit_test(a_viewer_writes_no_data),
		cmocka_unit_test(what_is_no_role_has_no_rights),
		cmocka_unit_test(a_keys_preset_is_within_a_members_rights),
		cmocka_unit_test(a_key_acts_as_the_least_role_that_covers_it),
		cmocka_unit_test(the_common_scopes_keep_the_wanted_order),
		cmocka_unit_test(a_part_of_a_word_is_no_scope),
		cmocka_unit_test(nobody_reaches_above_their_own_role),
	};

	return cmocka_run_group_tests(tests, open_roles, NULL);
}
