/* SPDX-License-Identifier: Apache-2.0 */
/* test_mail.c: a mail as it is written: no line too long, nothing that becomes a header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "http/mail.h"

static void
an_address_is_what_can_stand_without_quotes(void **state)
{
	static const char *const good[] = {"a@b.example", "first.last+tag@mail.example", "x_y%z@h"};
	static const char *const bad[] = {"", "a", "@b", "a@", "a b@c", "a@b c", "a@b\r\nX: y", "a\n@b",
		"\"a\"@b", "a@b,c@d", "<a@b>", ".a@b", "a.@b", "a@.b", "a@[127.0.0.1]", "-oX@b", "a@-b",
		"a@b\xc3\xa4"};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(good); i++)
		assert_true(bh_mail_is_address(good[i]));
	for (size_t i = 0; i < BH_COUNT(bad); i++)
		assert_false(bh_mail_is_address(bad[i]));
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	longest[254] = '\0';
	assert_true(bh_mail_is_address(longest));
	longest[254] = 'a';
	longest[255] = '\0';
	assert_false(bh_mail_is_address(longest));
}

static void
a_mail_is_written_as_it_is_sent(void **state)
{
	static const char *const to[] = {"a@b.example", "c@d.example"};
	const struct bh_mail_conf conf = {.from = "platform@x.example"};
	const struct bh_mail mail = {
		.to = to,
		.n_to = 2,
		.id = "01",
		.subject = "80 %",
		.text = "Caf\xc3\xa9 = 5 \n.\nend",
		.sent_ms = 1764421200000,
	};
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	(void)state;
	assert_int_equal(bh_mail_write(&conf, &mail, &out), 0);
	assert_string_equal(bh_buf_string(&out),
		"From: <platform@x.example>\r\nTo: <a@b.example>,\r\n <c@d.example>\r\n"
		"Subject: =?utf-8?B?ODAgJQ==?=\r\nDate: Sat, 29 Nov 2025 13:00:00 +0000\r\n"
		"Message-ID: <01@x.example>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
		"quoted-printable\r\n\r\n"
		"Caf=C3=A9 =3D 5=20\r\n=2E\r\nend\r\n");
}

static void
no_line_is_too_long(void **state)
{
	static const char *const to[] = {"a@b.example"};
	const struct bh_mail_conf conf = {.from = "platform@x.example"};
	char text[1001], subject[301];
	const struct bh_mail mail = {.to = to, .n_to = 1, .id = "01", .subject = subject, .text = text};
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i + 1 < sizeof(subject); i += 2)
		memcpy(subject + i, "\xc3\xa4", 2);
	subject[sizeof(subject) - 1] = '\0';
	assert_int_equal(bh_mail_write(&conf, &mail, &out), 0);
	for (const char *at = out.data; *at != '\0'; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\r") <= 76);
}

static void
what_is_no_address_is_not_sent_to(void **state)
{
	static const char *const to[] = {"a@b.example\r\nBcc: x@y.example"};
	const struct bh_mail_conf conf = {.from = "platform@x.example"};
	const struct bh_mail mail = {.to = to, .n_to = 1, .id = "01", .subject = "", .text = ""};
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	(void)state;
	assert_int_equal(bh_mail_write(&conf, &mail, &out), BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_what_can_stand_without_quotes),
		cmocka_unit_test(a_mail_is_written_as_it_is_sent),
		cmocka_unit_test(no_line_is_too_long),
		cmocka_unit_test(what_is_no_address_is_not_sent_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
