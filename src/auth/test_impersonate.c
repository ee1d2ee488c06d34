/* SPDX-License-Identifier: Apache-2.0 */
/* test_impersonate.c: proves that staff acts as an owner until it is over, and as nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/impersonate.h"
#include "auth/session.h"
#include "auth/testing_console.h"
#include "base/error.h"

static int
impersonate(struct auth_cookie *out_staff, struct auth_cookie *out)
{
	struct auth_console staff = {0};
	const struct auth_impersonate_new wanted = {
		.tenant = auth_test.acme,
		.reason = "A question about an invoice.",
		.until_ms = auth_test_people.now_ms + 10 * 60000,
	};

	assert_int_equal(auth_test_begin_as(&bh_platform_tenant, &auth_test_people.root, false,
						 out_staff),
		0);
	assert_int_equal(auth_test_find_at(out_staff, auth_test_people.now_ms, &staff), 0);
	return auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted,
		auth_test_people.now_ms, out);
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
	assert_int_equal(auth_test_find_at(&acting, auth_test_people.now_ms, &console), 0);
	assert_true(console.impersonated);
	assert_true(bh_uuid_equal(&console.row.account, &auth_test_people.ada));
	assert_true(bh_uuid_equal(&console.impersonation.staff, &auth_test_people.root));
	assert_string_equal(console.impersonation.staff_email, "root@platform.test");
	assert_string_equal(console.row.role, "owner");
	assert_int_equal(console.idle_expires_ms, auth_test_people.now_ms + 10 * 60000);
	assert_int_equal(console.elevated_until_ms, 0);
	assert_int_equal(auth_test_find_at(&acting, auth_test_people.now_ms + 10 * 60000, &console),
		BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_test_find(&own), 0);
}

static void
an_impersonation_ends_with_the_staffs_own_session_and_role(void **state)
{
	struct bh_db platform = auth_platform(&auth_test.db);
	struct auth_cookie own = {0}, acting = {0};

	(void)state;
	assert_int_equal(impersonate(&own, &acting), 0);
	auth_test_run("UPDATE membership SET state = 'disabled' WHERE role = 'superuser'");
	assert_int_equal(auth_test_find(&acting), BH_E_SUSPENDED);
	auth_test_run(
		"UPDATE membership SET state = 'active', role = 'admin' WHERE role = 'superuser'");
	assert_int_equal(auth_test_find(&acting), BH_E_UNAUTHENTICATED);
	auth_test_run("UPDATE membership SET role = 'superuser' WHERE role = 'admin'");
	assert_int_equal(auth_test_find(&acting), 0);
	assert_false(is_due(&acting, auth_test_people.now_ms));
	assert_int_equal(auth_session_end(&platform, &bh_platform_tenant, &own.session,
						 &auth_test_people.root),
		0);
	assert_int_equal(auth_test_find(&acting), BH_E_UNAUTHENTICATED);
	assert_true(is_due(&acting, auth_test_people.now_ms));
}

static void
an_impersonation_is_stopped_once(void **state)
{
	struct auth_cookie own = {0}, acting = {0};
	struct auth_console console = {0};
	bool ended = false;

	(void)state;
	assert_int_equal(impersonate(&own, &acting), 0);
	assert_int_equal(auth_test_find_at(&acting, auth_test_people.now_ms, &console), 0);
	assert_false(is_due(&acting, console.impersonation.until_ms - 1));
	assert_true(is_due(&acting, console.impersonation.until_ms));
	assert_int_equal(auth_impersonate_stop(&auth_test.db, &console.impersonation,
						 auth_test_people.now_ms, &ended),
		0);
	assert_true(ended);
	assert_int_equal(auth_test_find(&acting), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_impersonate_stop(&auth_test.db, &console.impersonation,
						 auth_test_people.now_ms, &ended),
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
		.until_ms = auth_test_people.now_ms + 60000,
	};

	(void)state;
	assert_int_equal(auth_test_begin_as(&bh_platform_tenant, &auth_test_people.root, false, &own),
		0);
	assert_int_equal(auth_test_find_at(&own, auth_test_people.now_ms, &staff), 0);
	assert_int_equal(auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted,
						 auth_test_people.now_ms, &acting),
		BH_E_FORBIDDEN);
	wanted.tenant = auth_test.other;
	assert_int_equal(auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted,
						 auth_test_people.now_ms, &acting),
		BH_E_STATE);
	wanted.account = auth_test_people.ada;
	assert_int_equal(auth_impersonate_begin(&auth_test.auth, &auth_test.db, &staff, &wanted,
						 auth_test_people.now_ms, &acting),
		BH_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup(name, auth_test_later)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(staff_acts_as_the_owner_until_the_time_is_over),
		TEST(an_impersonation_ends_with_the_staffs_own_session_and_role),
		TEST(an_impersonation_is_stopped_once),
		TEST(nobody_acts_as_a_superuser_a_stranger_or_in_a_tenant_without_an_owner),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, auth_test_people_open, auth_test_close);
}
