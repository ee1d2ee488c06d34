/* SPDX-License-Identifier: Apache-2.0 */
/* test_mail.c: what mails say, and that nobody's name becomes more than a name in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/mail.h"
#include "auth/mail_text.h"
#include "auth/testing.h"
#include "base/error.h"
#include "http/mail_conf.h"

#define NOW AUTH_TEST_NOW_MS

static const struct auth_mail_words words = {
	.locale = "en",
	.tenant = "Acme",
	.inviter = "Ada",
	.role = "admin",
	.link = "https://ai.test/invite#bh_ot_x",
	.expires_ms = 1800000000000,
};

static void
an_invitation_says_who_where_as_what_and_until_when(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	(void)state;
	assert_string_equal(auth_mail_invitation(&words, &text), "Invitation to Bulkhead");
	assert_string_equal(bh_buf_string(&text),
		"Hello,\n\n\"Ada\" has invited you to join \"Acme\" (role: admin).\n\n"
		"Open this link to accept the invitation:\n\nhttps://ai.test/invite#bh_ot_x\n\n"
		"The link works once, until 2027-01-15 08:00 UTC.\n\n"
		"If you do not expect this invitation, there is nothing to do.\n");
}

static void
a_mail_is_written_in_german(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0}, reset = {0};
	struct auth_mail_words german = words;

	(void)state;
	german.locale = "de";
	german.inviter = NULL;
	assert_string_equal(auth_mail_invitation(&german, &text), "Einladung zu Bulkhead");
	assert_non_null(
		strstr(bh_buf_string(&text), "Sie sind eingeladen zu \"Acme\" (Rolle: Administrator)."));
	assert_string_equal(auth_mail_reset(&german, &reset), "Passwort neu setzen");
	assert_non_null(strstr(bh_buf_string(&reset), german.link));
}

static void
a_name_is_one_line_without_addresses(void **state)
{
	static const struct {
		const char *name, *said;
	} tried[] = {
		{"Ada Lovelace", "Ada Lovelace"},
		{"Acme Inc.", "Acme Inc."},
		{"Dr. Müller", "Dr. Müller"},
		{"https://evil.example/x", "https   evil example x"},
		{"evil.example", "evil example"},
		{"a@b.example", "a b example"},
		{"a\r\nBcc: b", "a  Bcc  b"},
		{"x\xe2\x80\xae"
		 "gpj\xe2\x80\xa8y\xc2\x85z\xef\xbb\xbf",
			"xgpjyz"},
		{"\"><b>", "   b "},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(tried); i++) {
		BH_AUTO(bh_buf_close) struct bh_buf out = {0};

		auth_mail_name(&out, tried[i].name);
		assert_string_equal(bh_buf_string(&out), tried[i].said);
	}
}

static void
a_long_name_is_cut(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	char name[2 * 128 + 1];

	(void)state;
	for (size_t i = 0; i < 128; i++)
		memcpy(name + 2 * i, "\xc3\xa4", 2);
	name[256] = '\0';
	auth_mail_name(&out, name);
	assert_int_equal(out.len, 2 * 64);
}

static void
the_wait_grows_up_to_an_hour(void **state)
{
	(void)state;
	for (int64_t i = 1; i < 20; i++)
		assert_true(auth_mail_wait_ms(i) <= auth_mail_wait_ms(i + 1));
	assert_int_equal(auth_mail_wait_ms(0), 30000);
	assert_int_equal(auth_mail_wait_ms(1), 30000);
	assert_int_equal(auth_mail_wait_ms(100), 3600000);
}

/* ---- rows ---- */

struct adding {
	struct auth_mail_new mail;
	int n;
};

static int
add_work(struct bh_db *tx, void *ctx)
{
	struct adding *adding = ctx;
	int rc = 0;

	for (int i = 0; rc == 0 && i < adding->n; i++)
		rc = auth_mail_add(&auth_test.auth, tx, &auth_test.acme, &adding->mail);
	return rc;
}

static int
add(struct bh_uuid about, int n)
{
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct adding adding = {
		.mail = {.kind = AUTH_MAIL_INVITATION,
			.about = about,
			.recipient = "a@x.test",
			.locale = "en",
			.tenant_name = "acme",
			.role = "member",
			.token = "bh_ot_secret",
			.now_ms = NOW,
			.expires_ms = NOW + 1000},
		.n = n,
	};

	return bh_tx_run(&own, add_work, &adding);
}

static struct auth_mail_row
row_of(const struct bh_uuid *about)
{
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_mail_row *rows = NULL;
	size_t n = 0;

	assert_int_equal(auth_store_mail_list(&own, &auth_test.acme, 1000, &rows, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (bh_uuid_equal(&rows[i].about, about))
			return rows[i];
	fail_msg("there is no such mail");
	return (struct auth_mail_row){0};
}

static int64_t
jobs(void)
{
	static const char sql[] = "SELECT count(*) FROM job WHERE tenant_id = $1 AND queue = 'auth'";
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	int64_t n = 0;

	assert_int_equal(bh_db_read_one(&own, sql, BH_PARAMS(&auth_test.acme), &bh_row_int, &n), 0);
	return n;
}

static void
without_a_server_a_mail_waits_sealed_for_the_operator(void **state)
{
	const struct bh_uuid about = bh_uuid_new();
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_mail_row row;
	const char *link = NULL;

	(void)state;
	assert_int_equal(add(about, 1), 0);
	row = row_of(&about);
	assert_string_equal(row.state, "local");
	assert_null(memmem(row.body.data, row.body.len, "bh_ot_", 6));
	assert_null(memmem(row.link.data, row.link.len, "bh_ot_", 6));
	assert_int_equal(auth_mail_link(&auth_test.auth, &own, &row, &link), 0);
	assert_string_equal(link, "https://ai.test/invite#bh_ot_secret");
	assert_int_equal(jobs(), 0);
}

static void
a_sealed_link_is_good_for_its_row_alone(void **state)
{
	const struct bh_uuid about = bh_uuid_new();
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_mail_row row;
	const char *link = NULL;

	(void)state;
	assert_int_equal(add(about, 1), 0);
	row = row_of(&about);
	row.id = bh_uuid_new();
	assert_int_equal(auth_mail_link(&auth_test.auth, &own, &row, &link), BH_E_INTERNAL);
	row = row_of(&about);
	row.link = row.body;
	assert_int_equal(auth_mail_link(&auth_test.auth, &own, &row, &link), BH_E_INTERNAL);
}

static void
what_is_over_is_forgotten(void **state)
{
	const struct bh_uuid about = bh_uuid_new();
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_mail_row row;
	const char *link = NULL;

	(void)state;
	assert_int_equal(add(about, 1), 0);
	assert_int_equal(auth_store_mail_drop(&own, &auth_test.acme, &about), 0);
	row = row_of(&about);
	assert_string_equal(row.state, "dead");
	assert_null(row.body.data);
	assert_int_equal(auth_mail_link(&auth_test.auth, &own, &row, &link), 0);
	assert_string_equal(link, "");
}

static void
with_a_server_a_mail_is_a_job(void **state)
{
	const struct bh_uuid about = bh_uuid_new();
	static const struct bh_mail_settings settings = {.host = "mail.test"};
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct auth_mail_row row;

	(void)state;
	auth_test.auth.mail = &settings;
	assert_int_equal(add(about, 1), 0);
	auth_test.auth.mail = NULL;
	row = row_of(&about);
	assert_string_equal(row.state, "pending");
	assert_int_equal(jobs(), 1);
	assert_int_equal(auth_store_mail_failed(&own, &auth_test.acme, &row.id, "451 later"), 0);
	assert_string_equal(row_of(&about).error, "451 later");
	assert_int_equal(auth_store_mail_end(&own, &auth_test.acme, &row.id, "sent", NULL), 0);
	row = row_of(&about);
	assert_string_equal(row.state, "sent");
	assert_int_equal(row.attempts, 2);
	assert_null(row.body.data);
	assert_null(row.link.data);
	/* It is over: nothing that comes late changes it. */
	assert_int_equal(auth_store_mail_end(&own, &auth_test.acme, &row.id, "dead", "x"), 0);
	assert_string_equal(row_of(&about).state, "sent");
}

static void
a_tenant_writes_so_many_a_day(void **state)
{
	struct bh_db own = auth_in_tenant(&auth_test.db, &auth_test.acme);
	int64_t before = 0;

	(void)state;
	assert_int_equal(auth_store_mail_count(&own, &auth_test.acme, "invitation", NOW - 1000, 1000,
						 &before),
		0);
	auth_test.auth.conf.tenant_mails_per_day = before + 2;
	assert_int_equal(add(bh_uuid_new(), 3), BH_E_TOO_MANY);
	assert_int_equal(add(bh_uuid_new(), 2), 0);
	assert_int_equal(add(bh_uuid_new(), 1), BH_E_TOO_MANY);
	auth_test.auth.conf.tenant_mails_per_day = 200;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invitation_says_who_where_as_what_and_until_when),
		cmocka_unit_test(a_mail_is_written_in_german),
		cmocka_unit_test(a_name_is_one_line_without_addresses),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(the_wait_grows_up_to_an_hour),
		cmocka_unit_test(without_a_server_a_mail_waits_sealed_for_the_operator),
		cmocka_unit_test(a_sealed_link_is_good_for_its_row_alone),
		cmocka_unit_test(what_is_over_is_forgotten),
		cmocka_unit_test(with_a_server_a_mail_is_a_job),
		cmocka_unit_test(a_tenant_writes_so_many_a_day),
	};

	return cmocka_run_group_tests(tests, auth_test_open, auth_test_close);
}
