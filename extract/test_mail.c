/* SPDX-License-Identifier: Apache-2.0 */
/* test_mail.c: mails: heads, coded words and bodies, the better form of a text, attachments. */
#include "mail_header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

static void
read_mail(struct capture *out, const char *text)
{
	assert_int_equal(capture_document(out, "a.eml", text, strlen(text)), EXTRACT_EXIT_OK);
}

static void
assert_words(const char *value, const char *words)
{
	struct extract_buffer out = {0};

	extract_mail_add_words(value, &out);
	assert_string_equal(extract_buffer_string(&out), words);
	extract_buffer_close(&out);
}

static void
encoded_words_are_decoded(void **state)
{
	(void)state;
	assert_words("=?UTF-8?B?R3LDvMOfZQ==?= aus =?iso-8859-1?Q?M=FCnchen_Ost?=",
		"Gr\xc3\xbc\xc3\x9f"
		"e aus M\xc3\xbcnchen Ost");
	/* Blanks between words part them; a letter may be torn. */
	assert_words("=?utf-8?Q?a=C3?= =?utf-8?Q?=A4b?= c",
		"a\xc3\xa4"
		"b c");
	assert_words("=?utf-8?X?no?= =?broken", "=?utf-8?X?no?= =?broken");
	assert_words("=?unknown-set?Q?abc?=", "abc");
	assert_words("2 + 2 = 4", "2 + 2 = 4");
}

static void
assert_parameter(const char *value, const char *text)
{
	struct extract_buffer out = {0};

	assert_true(extract_mail_add_parameter(value, "filename", &out));
	assert_string_equal(extract_buffer_string(&out), text);
	extract_buffer_close(&out);
}

static void
file_names_are_read_in_every_form(void **state)
{
	struct extract_buffer out = {0};

	(void)state;
	assert_parameter("attachment; filename=a.pdf", "a.pdf");
	assert_parameter("attachment; x=\"a;filename=no\"; FileName=\"a \\\"b\\\".pdf\"",
		"a \"b\".pdf");
	assert_parameter("attachment; filename*=UTF-8'de'M%C3%A4rz.pdf; filename=M.pdf",
		"M\xc3\xa4rz.pdf");
	assert_parameter("attachment; filename*0*=iso-8859-1''%E4; filename*1=\"b.pdf\"",
		"\xc3\xa4"
		"b.pdf");
	assert_parameter("attachment; filename=\"=?utf-8?Q?=C3=A4?=\"", "\xc3\xa4");
	assert_false(extract_mail_add_parameter("attachment; name=a", "filename", &out));
	assert_false(extract_mail_add_parameter("", "filename", &out));
	extract_buffer_close(&out);
}

static void
a_mail_says_who_wrote_what_to_whom(void **state)
{
	struct capture capture;

	(void)state;
	read_mail(&capture,
		"Message-ID: <1@x>\r\nSubject: =?utf-8?Q?Caf=C3=A9?=\r\n plan\r\nFrom: Ada <a@x>\r\n"
		"To: Bob <b@x>\r\nDate: Tue, 5 Mar 2024 10:15:00 +0100\r\nX-Noise: secret\r\n"
		"Content-Type: text/plain; charset=iso-8859-1\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
		"One =E4 li=\r\nne.\r\n\r\nTwo.\r\n");
	assert_has(&capture, "\"format\":\"eml\",\"title\":\"Caf\xc3\xa9 plan\"");
	assert_has(&capture,
		"\"text\":\"From: Ada <a@x>\\nTo: Bob <b@x>\\nDate: Tue, 5 Mar 2024 10:15:00 +0100\"");
	assert_has(&capture, "\"text\":\"One \xc3\xa4 line.\"");
	assert_has(&capture, "\"text\":\"Two.\"");
	assert_lacks(&capture, "secret");
	capture_close(&capture);
}

#define HEAD "From: a@x\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"

static void
of_two_forms_the_fuller_one_is_read(void **state)
{
	struct capture capture;

	(void)state;
	read_mail(&capture,
		HEAD "Content-Type: multipart/alternative; boundary=b\n\n"
			 "--b\n\nPlain words here.\n--b\nContent-Type: text/html\n\n<p>Page words here.</p>\n"
			 "--b--\n");
	assert_has(&capture, "Plain words here.");
	assert_lacks(&capture, "Page words");
	capture_close(&capture);
	read_mail(&capture,
		HEAD
		"Content-Type: multipart/alternative; boundary=b\n\n"
		"--b\n\nNo HTML?\n--b\nContent-Type: multipart/related; boundary=c\n\n"
		"--c\nContent-Type: text/html\n\n<style>p {color: red}</style><p>All that matters is only"
		" written here, in the page.</p>\n--c\nContent-Type: image/png; name=logo.png\n\nx\n--c--\n"
		"--b--\n");
	assert_has(&capture, "All that matters");
	assert_lacks(&capture, "No HTML");
	assert_lacks(&capture, "logo");
	capture_close(&capture);
}

static void
lines_that_flow_are_joined(void **state)
{
	struct capture capture;

	(void)state;
	read_mail(&capture,
		HEAD "Content-Type: text/plain; format=flowed\n\nThis line \ngoes on.\n-- \nAda\n");
	assert_has(&capture, "\"text\":\"This line goes on.\\n--\\nAda\"");
	capture_close(&capture);
}

static void
attachments_are_read_by_their_content(void **state)
{
	struct capture capture;

	(void)state;
	read_mail(&capture,
		HEAD "Subject: Files\nContent-Type: multipart/mixed; boundary=\"b b\"\n\nPreamble\n"
			 "--b b\n\nSee below.\n"
			 "--b b\nContent-Type: application/octet-stream\n"
			 "Content-Disposition: attachment; filename=\"t.csv\"\n"
			 "Content-Transfer-Encoding: base64\n\nTmFtZSxBZ2UKQWRh\nLDM2Cg==\n"
			 "--b b\nContent-Type: image/png; name=p.png\nContent-Transfer-Encoding: base64\n\n"
			 "iVBORw0KGgoAAAAA\n"
			 "--b b\nContent-Type: text/markdown; name=n.md\nContent-Disposition: attachment\n\n"
			 "# Top\n\nText.\n"
			 "--b b\nContent-Type: message/rfc822\n\nFrom: c@x\nSubject: Inner\n\nInner text.\n"
			 "--b b--\nEpilogue\n");
	assert_has(&capture, "\"heading\",\"level\":2,\"page\":0,\"text\":\"t.csv\"");
	assert_has(&capture, "\"header\":\"Name | Age\",\"text\":\"Ada | 36\"");
	assert_has(&capture, "\"paragraph\",\"level\":0,\"page\":0,\"text\":\"p.png\"");
	assert_has(&capture, "\"heading\",\"level\":3,\"page\":0,\"text\":\"Top\"");
	assert_has(&capture, "\"text\":\"Inner text.\"");
	assert_lacks(&capture, "Preamble");
	assert_lacks(&capture, "Epilogue");
	capture_close(&capture);
}

static void
parts_are_bounded(void **state)
{
	struct extract_buffer text = {0};
	struct capture capture;
	char part[256];

	(void)state;
	extract_buffer_text(&text, HEAD "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 1100; i++)
		extract_buffer_text(&text, "--b\n\nx\n");
	assert_int_equal(capture_document(&capture, "a.eml", text.data, text.len), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"too_large\"");
	capture_close(&capture);
	extract_buffer_truncate(&text, 0);
	/* Mails inside mails end, and so do parts inside parts. */
	for (int i = 0; i < 50; i++)
		extract_buffer_text(&text, HEAD "Subject: Deep\nContent-Type: message/rfc822\n\n");
	assert_int_equal(capture_document(&capture, "a.eml", text.data, text.len), EXTRACT_EXIT_OK);
	capture_close(&capture);
	extract_buffer_truncate(&text, 0);
	for (int i = 10; i < 60; i++) {
		snprintf(part, sizeof(part), HEAD "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
			i, i);
		extract_buffer_text(&text, part);
	}
	assert_int_equal(capture_document(&capture, "a.eml", text.data, text.len), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"too_large\"");
	capture_close(&capture);
	extract_buffer_close(&text);
}

static void
an_encrypted_mail_says_so(void **state)
{
	static const char text[] = HEAD "Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n";
	struct capture capture;

	(void)state;
	assert_int_equal(capture_document(&capture, "a.eml", text, strlen(text)), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"encrypted\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoded_words_are_decoded),
		cmocka_unit_test(file_names_are_read_in_every_form),
		cmocka_unit_test(a_mail_says_who_wrote_what_to_whom),
		cmocka_unit_test(of_two_forms_the_fuller_one_is_read),
		cmocka_unit_test(lines_that_flow_are_joined),
		cmocka_unit_test(attachments_are_read_by_their_content),
		cmocka_unit_test(parts_are_bounded),
		cmocka_unit_test(an_encrypted_mail_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
