/* SPDX-License-Identifier: Apache-2.0 */
/* test_format.c: which reader a document goes to, by content first. */
#include "format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

/* Reads a document whose content is the string. */
static int
read_string(struct capture *out, const char *name, const char *text)
{
	return capture_document(out, name, text, strlen(text));
}

static void
blank_and_empty_files_are_empty(void **state)
{
	static const char *const names[] = {"a.txt", "a.md", "a.csv", "a.json", "a.html", "a"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct capture capture;

		assert_int_equal(read_string(&capture, names[i], " \n\t\n"), EXTRACT_EXIT_ERROR);
		assert_has(&capture, "\"code\":\"empty\"");
		capture_close(&capture);
		assert_int_equal(read_string(&capture, names[i], ""), EXTRACT_EXIT_ERROR);
		assert_has(&capture, "\"code\":\"empty\"");
		capture_close(&capture);
	}
}

static void
what_a_file_is_goes_before_its_name(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.pdf", "no PDF"), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"damaged\"");
	capture_close(&capture);
	assert_int_equal(read_string(&capture, "a.docx", "no Word document"), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"damaged\"");
	capture_close(&capture);
	assert_int_equal(read_string(&capture, "a.xlsx", "a,b\n1,2\n"), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "ends in .xlsx, but the content is not an Excel workbook");
	capture_close(&capture);
	assert_int_equal(capture_document(&capture, "a.txt", "\x89PNG\r\n\x1a\n\0\0\0\0", 12),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"unsupported\"");
	capture_close(&capture);
	assert_int_equal(read_string(&capture, "a.txt", "<!DOCTYPE html><h1>Hi</h1>"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"format\":\"html\"");
	capture_close(&capture);
}

static void
the_media_type_counts_where_the_name_says_nothing(void **state)
{
	const struct extract_input input = {.data = "a,b",
		.len = 3,
		.name = "upload",
		.mime = "text/csv; charset=utf-8"};
	const struct extract_input unknown = {.data = "a,b",
		.len = 3,
		.name = "upload.xyz",
		.mime = "application/octet-stream"};
	struct capture capture;
	extract_reader *reader = NULL;

	(void)state;
	capture_open(&capture);
	assert_int_equal(extract_format_find(&input, &capture.sink, &reader), 0);
	assert_ptr_equal(reader, extract_csv_read);
	assert_int_equal(extract_format_find(&unknown, &capture.sink, &reader), 0);
	assert_ptr_equal(reader, extract_text_read);
	capture_close(&capture);
}

static void
formats_are_told_apart_by_how_they_begin(void **state)
{
	static const struct {
		const char *name, *content, *format;
	} cases[] = {
		{"letter.doc", "{\\rtf1 Hello\\par}", "rtf"},
		{"a.txt", "From: a@x\nMessage-ID: <1@x>\nSubject: Hi\n\nText.\n", "eml"},
		{"a.txt", "From: nobody\nTo: all\n\nA memo, not a mail.\n", "text"},
		{"a.txt", "From: a@x\nContent-Type: text/plain\nSubject: Hi\n\nText.\n", "eml"},
		{"a.EML", "Date: today\nFrom: a@x\nTo: b\n\nText.\n", "eml"},
		{"a.eml", "From - Mon Jan 1\nFrom: a@x\nSubject: Hi\n\nText.\n", "eml"},
		{"a.eml", "Notes on mail from a friend.\n", "text"},
		{"deploy", "#!/bin/sh\necho hello\n", "code"},
		{"a.py", "def f():\n\treturn 1\n", "code"},
		{"a.xml",
			"<?xml version=\"1.0\"?><office:document xmlns:office=\"o\" xmlns:text=\"t\">"
			"<office:body><office:text><text:p>Flat</text:p></office:text></office:body>"
			"</office:document>",
			"odt"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char format[64];
		struct capture capture;

		snprintf(format, sizeof(format), "\"format\":\"%s\"", cases[i].format);
		assert_int_equal(read_string(&capture, cases[i].name, cases[i].content), EXTRACT_EXIT_OK);
		assert_has(&capture, format);
		capture_close(&capture);
	}
}

static void
a_text_that_mentions_pdf_is_text(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.txt", "Files begin with %PDF-1.7 here."),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"format\":\"text\"");
	capture_close(&capture);
}

static void
pictures_and_archives_are_named_in_the_refusal(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(capture_document(&capture, "a", "\x1f\x8b\x08\0", 4), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"unsupported\"");
	assert_has(&capture, "gzip");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blank_and_empty_files_are_empty),
		cmocka_unit_test(what_a_file_is_goes_before_its_name),
		cmocka_unit_test(the_media_type_counts_where_the_name_says_nothing),
		cmocka_unit_test(formats_are_told_apart_by_how_they_begin),
		cmocka_unit_test(a_text_that_mentions_pdf_is_text),
		cmocka_unit_test(pictures_and_archives_are_named_in_the_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
