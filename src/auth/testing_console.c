/* SPDX-License-Identifier: Apache-2.0 */
/* testing_console.c: see the header. */
#include "auth/testing_console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/store_account.h"

struct auth_test_people auth_test_people = {.now_ms = AUTH_TEST_NOW_MS};

void
auth_test_run(const char *sql)
{
	assert_int_equal(bh_test_db_script(&auth_test.database, sql), 0);
}

int
auth_test_people_open(void **state)
{
	auth_test_open(state);
	auth_test_people.ada = auth_test_member(&auth_test.acme, "ada@acme.test", "owner");
	auth_test_people.root = auth_test_member(&bh_platform_tenant, "root@platform.test",
		"superuser");
	return 0;
}

int
auth_test_later(void **state)
{
	(void)state;
	auth_test_people.now_ms += 60000;
	return 0;
}

int
auth_test_begin_as(const struct bh_uuid *tenant, const struct bh_uuid *account, bool mfa,
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
	return auth_console_begin(&auth_test.auth, &auth_test.db, &wanted, auth_test_people.now_ms,
		out);
}

struct auth_cookie
auth_test_begin(void)
{
	struct auth_cookie cookie = {0};

	assert_int_equal(auth_test_begin_as(&auth_test.acme, &auth_test_people.ada, false, &cookie), 0);
	return cookie;
}

int
auth_test_find_at(const struct auth_cookie *cookie, int64_t at_ms, struct auth_console *out)
{
	struct bh_credential credential = {0};
	bool known;

	assert_int_equal(bh_credential_parse(cookie->text, &credential), 0);
	return auth_console_find(&auth_test.auth, &auth_test.db, &credential, at_ms, out, &known);
}

int
auth_test_find(const struct auth_cookie *cookie)
{
	struct auth_console console;

	return auth_test_find_at(cookie, auth_test_people.now_ms, &console);
}
