/* SPDX-License-Identifier: Apache-2.0 */
/* test_account.c: a person is refused on the whole platform, and let in again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/account.h"
#include "auth/member.h"
#include "auth/store_account.h"
#include "auth/store_client.h"
#include "auth/store_revocation.h"
#include "auth/testing.h"
#include "base/error.h"

#define NOW AUTH_TEST_NOW_MS

static int64_t
last_seq(void)
{
	int64_t seq = 0;

	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &seq), 0);
	return seq;
}

static void
a_disabled_person_signs_in_nowhere(void **state)
{
	struct bh_uuid id = auth_test_member(&auth_test.acme, "gone@x.test", "member");
	struct auth_tokens tokens;

	(void)state;
	assert_int_equal(auth_account_set(&auth_test.db, &id, false), 0);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &id, NOW, &tokens), BH_E_SUSPENDED);
	assert_int_equal(auth_account_set(&auth_test.db, &id, true), 0);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &id, NOW, &tokens), 0);
}

static void
every_sign_in_ends_in_every_tenant_and_stays_ended(void **state)
{
	struct bh_uuid id = auth_test_member(&auth_test.acme, "twice@x.test", "member");
	const struct auth_place other = auth_test_place(&auth_test.other, 5);
	const struct auth_member_new again = {
		.email = "twice@x.test",
		.name = "",
		.role = "viewer",
		.now_ms = NOW,
	};
	struct auth_tokens here, there;
	struct bh_uuid same;

	(void)state;
	assert_int_equal(auth_member_add(&other, &again, &same), 0);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &id, NOW, &here), 0);
	assert_int_equal(auth_test_sign_in(&auth_test.other, &id, NOW, &there), 0);
	assert_int_equal(auth_account_set(&auth_test.db, &id, false), 0);
	assert_int_equal(auth_test_refresh(&here, NOW + 1000), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_account_set(&auth_test.db, &id, true), 0);
	assert_int_equal(auth_test_refresh(&here, NOW + 1000), BH_E_UNAUTHENTICATED);
	assert_int_equal(auth_test_refresh(&there, NOW + 1000), BH_E_UNAUTHENTICATED);
}

static void
disabling_revokes_every_token_of_the_person_once(void **state)
{
	struct bh_uuid id = auth_test_member(&auth_test.acme, "revoked@x.test", "member");
	struct auth_revocation *rows = NULL;
	int64_t before = last_seq(), after;
	size_t n = 0;

	(void)state;
	assert_int_equal(auth_account_set(&auth_test.db, &id, false), 0);
	after = last_seq();
	assert_true(after > before);
	assert_int_equal(auth_store_revocation_unpushed(&auth_test.db, &rows, &n), 0);
	assert_true(n > 0);
	assert_string_equal(rows[n - 1].kind, "subject");
	assert_true(bh_uuid_equal(&rows[n - 1].id, &id));
	assert_true(bh_uuid_is_zero(&rows[n - 1].tenant));
	assert_int_equal(auth_account_set(&auth_test.db, &id, true), 0);
	assert_int_equal(last_seq(), after);
}

static void
the_last_superuser_stays(void **state)
{
	struct bh_uuid one = auth_test_member(&bh_platform_tenant, "root1@x.test", "superuser");
	struct bh_uuid two;

	(void)state;
	assert_int_equal(auth_account_set(&auth_test.db, &one, false), BH_E_STATE);
	two = auth_test_member(&bh_platform_tenant, "root2@x.test", "superuser");
	assert_int_equal(auth_account_set(&auth_test.db, &one, false), 0);
	/* A superuser who is disabled everywhere does not count, whatever the membership says. */
	assert_int_equal(auth_account_set(&auth_test.db, &two, false), BH_E_STATE);
	assert_int_equal(auth_account_set(&auth_test.db, &one, true), 0);
	assert_int_equal(auth_account_set(&auth_test.db, &two, false), 0);
}

static void
somebody_unknown_is_not_found(void **state)
{
	const struct bh_uuid id = bh_uuid_new();
	int64_t before = last_seq();

	(void)state;
	assert_int_equal(auth_account_set(&auth_test.db, &id, false), BH_E_NOT_FOUND);
	assert_int_equal(auth_account_set(&auth_test.db, &id, true), BH_E_NOT_FOUND);
	assert_int_equal(last_seq(), before);
}

/* Whether a sign-in of theirs from there is familiar. */
static bool
familiar(const char *email, uint8_t place)
{
	const struct bh_digest mark = {{place}};
	struct auth_account account = {0};
	bool found = false;

	assert_int_equal(auth_store_account_sign_in(&auth_test.db, email, &mark, &account, &found), 0);
	return account.familiar;
}

static void
the_latest_places_of_a_person_are_familiar(void **state)
{
	struct bh_uuid id = auth_test_member(&auth_test.acme, "places@x.test", "member");
	struct bh_uuid other = auth_test_member(&auth_test.acme, "stays@x.test", "member");
	const struct bh_digest home = {{100}};

	(void)state;
	assert_false(familiar("places@x.test", 1));
	assert_int_equal(auth_store_client_note(&auth_test.db, &other, &home, NOW), 0);
	for (uint8_t place = 1; place <= AUTH_CLIENTS_KEPT + 2; place++) {
		const struct bh_digest mark = {{place}};

		assert_int_equal(auth_store_client_note(&auth_test.db, &id, &mark, NOW + place * 1000), 0);
	}
	assert_false(familiar("places@x.test", 1));
	assert_false(familiar("places@x.test", 2));
	for (uint8_t place = 3; place <= AUTH_CLIENTS_KEPT + 2; place++)
		assert_true(familiar("places@x.test", place));
	assert_false(familiar("places@x.test", 100));
	assert_true(familiar("stays@x.test", 100));
	assert_false(familiar("nobody@x.test", 100));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disabled_person_signs_in_nowhere),
		cmocka_unit_test(every_sign_in_ends_in_every_tenant_and_stays_ended),
		cmocka_unit_test(disabling_revokes_every_token_of_the_person_once),
		cmocka_unit_test(the_last_superuser_stays),
		cmocka_unit_test(somebody_unknown_is_not_found),
		cmocka_unit_test(the_latest_places_of_a_person_are_familiar),
	};

	return cmocka_run_group_tests(tests, auth_test_open, auth_test_close);
}
