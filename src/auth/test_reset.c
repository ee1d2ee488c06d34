/* SPDX-License-Identifier: Apache-2.0 */
/* test_reset.c: links that people ask for themselves, and what setting a password ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/account.h"
#include "auth/mail.h"
#include "auth/member.h"
#include "auth/reset.h"
#include "auth/store_account.h"
#include "auth/store_link.h"
#include "auth/testing.h"
#include "base/error.h"
#include "sec/credential.h"

#define NOW AUTH_TEST_NOW_MS
#define HOUR_MS INT64_C(3600000)

static const struct bh_digest client = {{7}};

static bool
make(const char *email, int64_t now_ms)
{
	bool made = false;

	assert_int_equal(auth_reset_make(&auth_test.auth, &auth_test.db, email, now_ms, &made), 0);
	return made;
}

/* A link that was sent to an address of the first tenant: the first, or another one. */
static struct bh_credential
link_to(const char *email, const struct bh_credential *but)
{
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_mail_row *rows = NULL;
	struct bh_credential link = {0};
	const char *text = NULL;
	size_t n = 0;

	assert_int_equal(auth_store_mail_list(&own, &auth_test.acme, 1000, &rows, &n), 0);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].recipient, email) != 0)
			continue;
		assert_int_equal(auth_mail_link(&auth_test.auth, &own, &rows[i], &text), 0);
		assert_int_equal(bh_credential_parse(strchr(text, '#') + 1, &link), 0);
		if (but == NULL || !bh_uuid_equal(&link.row, &but->row))
			return link;
	}
	fail_msg("no mail to %s", email);
	return link;
}

static int
redeem(const struct bh_credential *link, struct bh_uuid *out)
{
	return auth_member_redeem(&auth_test.db, link, "new", &client, NOW + 5000, out);
}

static void
only_somebody_who_can_sign_in_is_sent_a_link(void **state)
{
	const struct bh_uuid off = auth_test_member(&auth_test.acme, "off@x.test", "member");
	const struct bh_uuid out = auth_test_member(&auth_test.acme, "out@x.test", "member");
	const struct auth_place place = auth_test_place(&auth_test.acme, BH_ROLE_SUPERUSER);
	bool revoked;

	(void)state;
	auth_test_member(&auth_test.acme, "here@x.test", "member");
	assert_true(make("here@x.test", NOW));
	assert_false(make("nobody@x.test", NOW));
	assert_int_equal(auth_account_set(&auth_test.db, &off, false), 0);
	assert_false(make("off@x.test", NOW));
	assert_int_equal(auth_member_change(&place, &out, NULL, "disabled", &revoked), 0);
	assert_false(make("out@x.test", NOW));
}

static void
so_many_links_within_an_hour_and_a_day(void **state)
{
	(void)state;
	auth_test_member(&auth_test.acme, "many@x.test", "member");
	for (int i = 0; i < AUTH_RESETS_HOUR; i++)
		assert_true(make("many@x.test", NOW + i));
	assert_false(make("many@x.test", NOW + 10));
	for (int i = 0; i < AUTH_RESETS_DAY - AUTH_RESETS_HOUR; i++)
		assert_true(make("many@x.test", NOW + 2 * HOUR_MS + i));
	assert_false(make("many@x.test", NOW + 4 * HOUR_MS));
	assert_true(make("many@x.test", NOW + 27 * HOUR_MS));
}

static void
a_link_works_beside_an_older_one_and_ends_all_of_them(void **state)
{
	const struct bh_uuid id = auth_test_member(&auth_test.acme, "two@x.test", "member");
	struct bh_credential first, second;
	struct bh_uuid found;

	(void)state;
	assert_true(make("two@x.test", NOW));
	first = link_to("two@x.test", NULL);
	assert_true(make("two@x.test", NOW));
	second = link_to("two@x.test", &first);
	assert_int_equal(auth_member_link_check(&auth_test.db, &first, NOW + 5000), 0);
	assert_int_equal(redeem(&first, &found), 0);
	assert_true(bh_uuid_equal(&found, &id));
	assert_int_equal(redeem(&second, &found), BH_E_UNAUTHENTICATED);
	assert_int_equal(redeem(&first, &found), BH_E_UNAUTHENTICATED);
}

static void
who_reads_the_mail_is_nobody_elses_person(void **state)
{
	const struct auth_place place = auth_test_place(&auth_test.acme, BH_ROLE_OWNER);
	const struct bh_uuid id = auth_test_registered(&auth_test.acme, "mine@x.test", "x");
	struct auth_account account = {0};
	struct bh_credential old, link;
	struct bh_uuid found;
	const char *text = NULL;

	(void)state;
	assert_int_equal(auth_member_link(&place, &id, "x", NOW + HOUR_MS, &text), 0);
	assert_int_equal(bh_credential_parse(text, &old), 0);
	assert_true(make("mine@x.test", NOW));
	link = link_to("mine@x.test", NULL);
	assert_int_equal(redeem(&link, &found), 0);
	assert_int_equal(auth_store_account_get(&auth_test.db, &id, &account), 0);
	assert_true(bh_uuid_is_zero(&account.managed_by));
	assert_int_equal(redeem(&old, &found), BH_E_UNAUTHENTICATED);
}

static void
a_changed_password_ends_sign_ins_and_links(void **state)
{
	const struct bh_uuid id = auth_test_member(&auth_test.acme, "change@x.test", "member");
	struct auth_tokens tokens;
	struct bh_credential link;
	struct bh_uuid found;

	(void)state;
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &id, NOW, &tokens), 0);
	assert_true(make("change@x.test", NOW));
	link = link_to("change@x.test", NULL);
	assert_int_equal(auth_account_password(&auth_test.db, &id, NOW - 1, "y", NULL, NOW + 4000),
		BH_E_CONFLICT);
	assert_int_equal(auth_account_password(&auth_test.db, &id, NOW, "y", NULL, NOW + 4000), 0);
	assert_int_equal(auth_test_refresh(&tokens, NOW + 9000), BH_E_UNAUTHENTICATED);
	assert_int_equal(redeem(&link, &found), BH_E_UNAUTHENTICATED);
}

static void
asking_twice_is_one_job(void **state)
{
	static const char sql[] =
		"SELECT count(*) FROM job WHERE tenant_id = $1 AND queue = 'auth' AND kind = 'reset'";
	struct bh_db platform = auth_platform(&auth_test.db);
	int64_t n = 0;

	(void)state;
	assert_int_equal(auth_reset_ask(&auth_test.db, "asks@x.test"), 0);
	assert_int_equal(auth_reset_ask(&auth_test.db, "asks@x.test"), 0);
	assert_int_equal(auth_reset_ask(&auth_test.db, "other@x.test"), 0);
	assert_int_equal(bh_db_read_one(&platform, sql, BH_PARAMS(&bh_platform_tenant), &bh_row_int,
						 &n),
		0);
	assert_int_equal(n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_somebody_who_can_sign_in_is_sent_a_link),
		cmocka_unit_test(so_many_links_within_an_hour_and_a_day),
		cmocka_unit_test(a_link_works_beside_an_older_one_and_ends_all_of_them),
		cmocka_unit_test(who_reads_the_mail_is_nobody_elses_person),
		cmocka_unit_test(a_changed_password_ends_sign_ins_and_links),
		cmocka_unit_test(asking_twice_is_one_job),
	};

	return cmocka_run_group_tests(tests, auth_test_open, auth_test_close);
}
