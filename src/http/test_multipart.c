/* SPDX-License-Identifier: Apache-2.0 */
/* test_multipart.c: form bodies as clients write them, damaged ones, every cut of the window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "http/multipart.h"

#define TYPE "multipart/form-data; boundary=XyZ"
#define WINDOW 65536u

/* Writes every part as [name|filename|type|content] into out, reading `step` bytes at once. */
static int
read_all(const char *type, const char *body, size_t len, size_t step, struct bh_buf *out)
{
	struct bh_multipart *multipart = NULL;
	struct bh_multipart_part part;
	char piece[128];
	bool end = false;
	ssize_t n = 0;
	int rc = bh_multipart_open_memory(type, body, len, &multipart);

	bh_buf_reset(out);
	bh_buf_text(out, "");
	while (rc == 0 && !end) {
		rc = bh_multipart_next(multipart, &part, &end);
		if (rc < 0 || end)
			break;
		bh_buf_printf(out, "[%s|%s|%s|", part.name, part.filename ? part.filename : "-",
			part.content_type);
		while ((n = bh_multipart_read(multipart, piece, step)) > 0)
			bh_buf_add(out, piece, (size_t)n);
		bh_buf_char(out, ']');
		rc = n < 0 ? (int)n : 0;
	}
	bh_multipart_close(multipart);
	return rc;
}

static int
parse(const char *body, struct bh_buf *out)
{
	return read_all(TYPE, body, strlen(body), 100, out);
}

static const char python_body[] =
	"--XyZ\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n"
	"--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.md\"\r\n"
	"Content-Type: text/markdown\r\n\r\n# Title\r\n\r\n--Xy is not it\r\n--\r\n\r\n--XyZ--\r\n";
static const char python_parts[] =
	"[purpose|-||assistants][file|a b.md|text/markdown|# Title\r\n\r\n--Xy is not it\r\n--\r\n]";

static void
parts_are_read_in_their_order(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	for (size_t step = 1; step <= 100; step++) {
		assert_int_equal(read_all(TYPE, python_body, strlen(python_body), step, &out), 0);
		assert_string_equal(out.data, python_parts);
	}
	bh_buf_close(&out);
}

/* A preamble of every length moves the end of the first window over every byte of the body. */
static void
parts_read_the_same_wherever_the_window_ends(void **state)
{
	struct bh_buf out = {0};
	size_t len = strlen(python_body);
	char *text = malloc(WINDOW + len + 2);

	(void)state;
	for (size_t cut = 0; cut <= len; cut++) {
		size_t preamble = WINDOW - 2 - cut;

		memset(text, 'p', preamble);
		memcpy(text + preamble - 2, "\r\n", 2);
		memcpy(text + preamble, python_body, len);
		assert_int_equal(read_all(TYPE, text, preamble + len, 100, &out), 0);
		assert_string_equal(out.data, python_parts);
	}
	free(text);
	bh_buf_close(&out);
}

static void
content_over_a_window_is_whole(void **state)
{
	struct bh_buf body = {0};
	struct bh_buf out = {0};

	(void)state;
	bh_buf_text(&body, "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n");
	for (int i = 0; i < 60000; i++)
		bh_buf_text(&body, "\r\n--X");
	bh_buf_text(&body, "\r\n--XyZ--");
	assert_int_equal(read_all(TYPE, body.data, body.len, 77, &out), 0);
	assert_int_equal(out.len, 5 * 60000 + strlen("[a|-||]"));
	bh_buf_close(&body);
	bh_buf_close(&out);
}

static void
body_that_ends_early_is_refused_wherever_it_ends(void **state)
{
	struct bh_buf out = {0};
	size_t whole = strlen(python_body) - 2; /* the last line break is the epilogue */

	(void)state;
	for (size_t len = 0; len < whole; len++)
		assert_int_equal(read_all(TYPE, python_body, len, 50, &out), BH_E_INVALID);
	assert_int_equal(read_all(TYPE, python_body, whole, 50, &out), 0);
	bh_buf_close(&out);
}

static void
parts_that_nobody_reads_are_passed_over(void **state)
{
	struct bh_multipart *multipart;
	struct bh_multipart_part part;
	bool end;

	(void)state;
	assert_int_equal(bh_multipart_open_memory(TYPE, python_body, strlen(python_body), &multipart),
		0);
	assert_int_equal(bh_multipart_next(multipart, &part, &end), 0);
	assert_int_equal(bh_multipart_next(multipart, &part, &end), 0);
	assert_string_equal(part.name, "file");
	assert_int_equal(bh_multipart_next(multipart, &part, &end), 0);
	assert_true(end);
	assert_int_equal(bh_multipart_next(multipart, &part, &end), 0);
	assert_true(end);
	bh_multipart_close(multipart);
}

static void
names_are_taken_as_clients_write_them(void **state)
{
	static const struct {
		const char *disposition, *want;
	} cases[] = {
		{"form-data; name=\"f\"; filename=\"a\\\"b.txt\"", "[f|a\"b.txt||x]"},
		{"form-data; name=\"f\"; filename=\"C:\\dir\\a.txt\"", "[f|a.txt||x]"},
		{"form-data; name=\"f\"; filename=\"../../etc/passwd\"", "[f|passwd||x]"},
		{"form-data; name=\"f\"; filename=\"dir/\"", "[f|-||x]"},
		{"form-data; name=\"f\"; filename=\"\"", "[f|-||x]"},
		{"form-data; name=f; filename=a.txt", "[f|a.txt||x]"},
		{"Form-Data;filename=\"\xc3\xa4.txt\" ; NAME=\"f\"", "[f|\xc3\xa4.txt||x]"},
		{"form-data; name=\"f\"; size=3; x=\"y;z\"", "[f|-||x]"},
		{"form-data; name=\"\"", "[|-||x]"},
		/* encoded, alone and beside a plain one, in any order */
		{"form-data; name=f; filename*=UTF-8''%E6%8A%A5%E5%91%8A.txt",
			"[f|\xe6\x8a\xa5\xe5\x91\x8a.txt||x]"},
		{"form-data; name=f; filename=\"=?utf-8?B?5oql5ZGKLnR4dA==?=\"; "
		 "filename*=utf-8''%C3%A4.txt",
			"[f|\xc3\xa4.txt||x]"},
		{"form-data; name=f; FileName*=utf-8'de'%c3%a4.txt; filename=\"??.txt\"",
			"[f|\xc3\xa4.txt||x]"},
		{"form-data; filename*=\"UTF-8''a%20b.txt\"; name=f", "[f|a b.txt||x]"},
		{"form-data; name=f; filename*=ISO-8859-1''%E4.txt", "[f|\xc3\xa4.txt||x]"},
		{"form-data; name=f; filename*=UTF-8''..%2F..%2Fpasswd", "[f|passwd||x]"},
		/* one that is bad counts as none */
		{"form-data; name=f; filename=a.txt; filename*=UTF-8''%zz", "[f|a.txt||x]"},
		{"form-data; name=f; filename=a.txt; filename*=UTF-8''%FF", "[f|a.txt||x]"},
		{"form-data; name=f; filename=a.txt; filename*=UTF-8''a%0Ab", "[f|a.txt||x]"},
		{"form-data; name=f; filename=a.txt; filename*=KOI8-R''%E4", "[f|a.txt||x]"},
		{"form-data; name=f; filename=a.txt; filename*=plain", "[f|a.txt||x]"},
		{"form-data; name=f; filename=\"\xe4.txt\"; filename*=UTF-8''b.txt", "[f|b.txt||x]"},
		{"form-data; name=f; filename=\"\"; filename*=UTF-8''", "[f|-||x]"},
		/* encoded words alone; words that are none stay */
		{"form-data; name=f; filename=\"=?utf-8?B?5oql5ZGKLnR4dA==?=\"",
			"[f|\xe6\x8a\xa5\xe5\x91\x8a.txt||x]"},
		{"form-data; name=f; filename=\"=?UTF-8?Q?M=C3=BCll_er?= =?iso-8859-1?q?=2E=E4?=\"",
			"[f|M\xc3\xbcll er.\xc3\xa4||x]"},
		{"form-data; name=f; filename=\"=?utf-8?B?!?=\"", "[f|=?utf-8?B?!?=||x]"},
		{"form-data; name=f; filename=\"=?utf-8?Q?a=00b?=\"", "[f|=?utf-8?Q?a=00b?=||x]"},
		{"form-data; name=f; filename=\"=?utf-8?Q?a=2Fb?=\"", "[f|b||x]"},
		{"form-data; name=f; filename=\"=?utf-8?Q?\"", "[f|=?utf-8?Q?||x]"},
		/* in pieces */
		{"form-data; name=f; filename*0=\"long-\"; filename*1=\"name.txt\"",
			"[f|long-name.txt||x]"},
		{"form-data; name=f; filename*0*=UTF-8''%C3%A4; filename*1=%; filename*2*=%C3%A4",
			"[f|\xc3\xa4%\xc3\xa4||x]"},
		/* bytes of another encoding */
		{"form-data; name=f; filename=\"m\xfcller.txt\"", "[f|m\xc3\xbcller.txt||x]"},
	};
	struct bh_buf out = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		char body[256];

		snprintf(body, sizeof(body), "--XyZ\r\nContent-Disposition: %s\r\n\r\nx\r\n--XyZ--\r\n",
			cases[i].disposition);
		assert_int_equal(parse(body, &out), 0);
		assert_string_equal(out.data, cases[i].want);
	}
	bh_buf_close(&out);
}

static void
malformed_parts_are_refused(void **state)
{
	static const char *const heads[] = {
		"",
		"Content-Type: a/b\r\n",
		"Content-Disposition: attachment; name=f\r\n",
		"Content-Disposition: form-data\r\n",
		"Content-Disposition: form-data; filename=x\r\n",
		"Content-Disposition: form-data; name\r\n",
		"Content-Disposition: form-data; name=\r\n",
		"Content-Disposition: form-data; name=\"f\r\n",
		"Content-Disposition: form-data; name=f g\r\n",
		"Content-Disposition: form-data; name=f; name=g\r\n",
		"Content-Disposition: form-data; name=\"\xff\"\r\n",
		"Content-Disposition: form-data; name=f; filename*=UTF-8''%\r\n",
		"Content-Disposition: form-data; name=f; filename*=UTF-8''%00\r\n",
		"Content-Disposition: form-data; name=f; filename*=UTF-8'a\r\n",
		"Content-Disposition: form-data; name=f; filename*=UTF-8''a; filename*=UTF-8''b\r\n",
		"Content-Disposition: form-data; name=f; filename=a; filename=b\r\n",
		"Content-Disposition: form-data; name=\"a\tb\"\r\n",
		"Content-Disposition: form-data; name=f\r\nContent-Disposition: form-data; name=f\r\n",
		"Content-Disposition: form-data; name=f\r\n folded\r\n",
		"Content-Disposition: form-data; name=f\r\nno colon\r\n",
		"Content-Disposition: form-data; name=f\r\n: empty\r\n",
		"Content-Disposition: form-data; name=f\nX: y\r\n",
		"Content-Disposition: form-data; name=f\r\nContent-Transfer-Encoding: base64\r\n",
		"Content-Disposition: form-data; name=f\r\nContent-Type: a\r\nContent-Type: b\r\n",
	};
	struct bh_buf out = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(heads); i++) {
		char body[512];

		snprintf(body, sizeof(body), "--XyZ\r\n%s\r\nx\r\n--XyZ--\r\n", heads[i]);
		if (parse(body, &out) != BH_E_INVALID)
			fail_msg("head %zu was taken", i);
	}
	bh_buf_close(&out);
}

static void
boundary_lines_are_judged_strictly(void **state)
{
	static const char part[] = "Content-Disposition: form-data; name=f\r\n\r\nx";
	static const struct {
		const char *first, *last;
		int rc;
	} cases[] = {
		{"--XyZ\r\n", "\r\n--XyZ--", 0},
		{"--XyZ \t \r\n", "\r\n--XyZ--epilogue", 0},
		{"preamble\r\n--XyZ\r\n", "\r\n--XyZ--\r\nepilogue", 0},
		{"--XyZW\r\n", "\r\n--XyZ--", BH_E_INVALID},
		{"--XyZ\n", "\r\n--XyZ--", BH_E_INVALID},
		{"--XyZ\r\n", "\n--XyZ--", BH_E_INVALID},
		{"--XyZ\r\n", "--XyZ--", BH_E_INVALID},
		{"--XyZ\r\n", "\r\n--XyZ-", BH_E_INVALID},
		{"x--XyZ\r\n", "\r\n--XyZ-\r\n", BH_E_INVALID},
	};
	struct bh_buf out = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		char body[256];

		snprintf(body, sizeof(body), "%s%s%s", cases[i].first, part, cases[i].last);
		if (parse(body, &out) != cases[i].rc)
			fail_msg("case %zu", i);
	}
	bh_buf_close(&out);
}

static void
heads_and_parts_have_caps(void **state)
{
	struct bh_buf body = {0};
	struct bh_buf out = {0};

	(void)state;
	for (int i = 0; i < 64; i++)
		bh_buf_text(&body, "--XyZ\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n");
	bh_buf_text(&body, "--XyZ--");
	assert_int_equal(parse(body.data, &out), 0);
	body.len -= 2;
	bh_buf_text(&body, "\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n--XyZ--");
	assert_int_equal(parse(body.data, &out), BH_E_INVALID);

	bh_buf_reset(&body);
	bh_buf_text(&body, "--XyZ\r\nContent-Disposition: form-data; name=f\r\nX: ");
	while (body.len < 9000)
		bh_buf_char(&body, 'x');
	bh_buf_text(&body, "\r\n\r\nx\r\n--XyZ--");
	assert_int_equal(parse(body.data, &out), BH_E_INVALID);

	bh_buf_reset(&body);
	bh_buf_text(&body, "--XyZ\r\nContent-Disposition: form-data; name=\"");
	while (body.len < 301)
		bh_buf_char(&body, 'x');
	bh_buf_text(&body, "\"\r\n\r\nx\r\n--XyZ--");
	assert_int_equal(parse(body.data, &out), BH_E_INVALID);
	assert_null(bh_error_field(BH_E_INVALID));

	bh_buf_reset(&body);
	bh_buf_text(&body, "--XyZ\r\nContent-Disposition: form-data; name=f; filename=\"");
	while (body.len < 315)
		bh_buf_char(&body, 'x');
	bh_buf_text(&body, "\"\r\n\r\nx\r\n--XyZ--");
	assert_int_equal(parse(body.data, &out), BH_E_INVALID);
	assert_string_equal(bh_error_field(BH_E_INVALID), "f");
	bh_buf_close(&body);
	bh_buf_close(&out);
}

static void
content_type_must_name_a_boundary(void **state)
{
	static const struct {
		const char *type;
		int rc;
	} cases[] = {
		{TYPE, 0},
		{"Multipart/Form-Data;charset=utf-8; Boundary=\"XyZ\"", 0},
		{NULL, BH_E_MEDIA_TYPE},
		{"", BH_E_MEDIA_TYPE},
		{"application/json", BH_E_MEDIA_TYPE},
		{"multipart/form-datax; boundary=XyZ", BH_E_MEDIA_TYPE},
		{"multipart/mixed; boundary=XyZ", BH_E_MEDIA_TYPE},
		{"multipart/form-data", BH_E_INVALID},
		{"multipart/form-data; boundary=", BH_E_INVALID},
		{"multipart/form-data; boundary=\"\"", BH_E_INVALID},
		{"multipart/form-data; boundary=XyZ; boundary=XyZ", BH_E_INVALID},
		{"multipart/form-data; boundary=\"X\\\"Z\"", BH_E_INVALID},
		{"multipart/form-data; boundary=\"XyZ \"", BH_E_INVALID},
		{"multipart/form-data; boundary=1234567890123456789012345678901234567890123456789012345678"
		 "9012345678901",
			BH_E_INVALID},
	};
	struct bh_buf out = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		if (read_all(cases[i].type, python_body, strlen(python_body), 9, &out) != cases[i].rc)
			fail_msg("case %zu", i);
	}
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_read_in_their_order),
		cmocka_unit_test(parts_read_the_same_wherever_the_window_ends),
		cmocka_unit_test(content_over_a_window_is_whole),
		cmocka_unit_test(body_that_ends_early_is_refused_wherever_it_ends),
		cmocka_unit_test(parts_that_nobody_reads_are_passed_over),
		cmocka_unit_test(names_are_taken_as_clients_write_them),
		cmocka_unit_test(malformed_parts_are_refused),
		cmocka_unit_test(boundary_lines_are_judged_strictly),
		cmocka_unit_test(heads_and_parts_have_caps),
		cmocka_unit_test(content_type_must_name_a_boundary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
