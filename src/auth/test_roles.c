/* SPDX-License-Identifier: Apache-2.0 */
/* test_roles.c: proves the table of roles and what is derived from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/roles.h"
#include "base/text.h"

static const char *const names[] = {"viewer", "member", "admin", "owner", "superuser"};

static void
each_role_has_all_of_the_one_below(void **state)
{
	(void)state;
	for (size_t i = 1; i < BH_COUNT(names); i++) {
		assert_true(auth_role_rank(names[i]) > auth_role_rank(names[i - 1]));
		assert_true(auth_scopes_within(auth_role_scopes(names[i - 1]), auth_role_scopes(names[i])));
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
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(scopes); i++) {
		assert_true(bh_text_has_word(auth_role_scopes("superuser"), scopes[i]));
		assert_false(bh_text_has_word(auth_role_scopes("owner"), scopes[i]));
	}
}

static void
no_credential_of_a_tenant_can_do_more_than_its_owner(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	assert_string_equal(auth_scopes_most(&tenant), auth_role_scopes("owner"));
	assert_string_equal(auth_scopes_most(&bh_platform_tenant), auth_role_scopes("superuser"));
}

static void
nobody_has_a_services_scopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(names); i++) {
		assert_null(strstr(auth_role_scopes(names[i]), "internal:"));
		assert_false(bh_text_has_word(auth_role_scopes(names[i]), "operator"));
	}
}

static void
a_viewer_writes_no_data(void **state)
{
	(void)state;
	assert_false(bh_text_has_word(auth_role_scopes("viewer"), "chat:write"));
	assert_false(bh_text_has_word(auth_role_scopes("viewer"), "files:write"));
}

static void
what_is_no_role_has_no_rights(void **state)
{
	(void)state;
	assert_int_equal(auth_role_rank("Owner"), AUTH_RANK_NONE);
	assert_int_equal(auth_role_rank(""), AUTH_RANK_NONE);
	assert_string_equal(auth_role_scopes("root"), "");
}

static void
every_scope_list_fits_a_claim(void **state)
{
	(void)state;
	assert_true(strlen("operator ") + strlen(auth_role_scopes("superuser")) < AUTH_SCOPE_BYTES);
}

static void
a_keys_preset_is_within_a_members_rights(void **state)
{
	(void)state;
	assert_true(auth_scopes_within(auth_key_scopes_preset(), auth_role_scopes("member")));
	assert_false(bh_text_has_word(auth_key_scopes_preset(), "keys:write"));
}

static void
a_key_acts_as_the_least_role_that_covers_it(void **state)
{
	(void)state;
	assert_string_equal(auth_role_for("files:read"), "viewer");
	assert_string_equal(auth_role_for(auth_key_scopes_preset()), "member");
	assert_string_equal(auth_role_for("files:read users:write"), "admin");
	assert_string_equal(auth_role_for("metrics:read"), "superuser");
	assert_null(auth_role_for("internal:model"));
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
	assert_true(auth_role_may_change(AUTH_RANK_ADMIN, AUTH_RANK_MEMBER, AUTH_RANK_ADMIN));
	assert_false(auth_role_may_change(AUTH_RANK_ADMIN, AUTH_RANK_MEMBER, AUTH_RANK_OWNER));
	assert_false(auth_role_may_change(AUTH_RANK_ADMIN, AUTH_RANK_OWNER, AUTH_RANK_VIEWER));
	assert_true(auth_role_may_change(AUTH_RANK_OWNER, AUTH_RANK_OWNER, AUTH_RANK_VIEWER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_has_all_of_the_one_below),
		cmocka_unit_test(only_the_platform_reaches_tenants_limits_and_metrics),
		cmocka_unit_test(no_credential_of_a_tenant_can_do_more_than_its_owner),
		cmocka_unit_test(nobody_has_a_services_scopes),
		cmocka_unit_test(a_viewer_writes_no_data),
		cmocka_unit_test(what_is_no_role_has_no_rights),
		cmocka_unit_test(every_scope_list_fits_a_claim),
		cmocka_unit_test(a_keys_preset_is_within_a_members_rights),
		cmocka_unit_test(a_key_acts_as_the_least_role_that_covers_it),
		cmocka_unit_test(the_common_scopes_keep_the_wanted_order),
		cmocka_unit_test(a_part_of_a_word_is_no_scope),
		cmocka_unit_test(nobody_reaches_above_their_own_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
