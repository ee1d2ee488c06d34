/* SPDX-License-Identifier: Apache-2.0 */
/* test_epub.c: e-books: chapters in order, titled by their headings or by the contents. */
#include "epub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

static const char container[] =
	"<container><rootfiles><rootfile full-path=\"OPS/book.opf\"/></rootfiles></container>";
static const char opf[] =
	"<?xml version=\"1.0\"?><package xmlns:dc=\"d\"><metadata><dc:title>The "
	"Book</dc:title></metadata>"
	"<manifest><item id=\"b\" href=\"b%20two.xhtml\" media-type=\"application/xhtml+xml\"/>"
	"<item id=\"a\" href=\"a.xhtml\" media-type=\"application/xhtml+xml\"/>"
	"<item id=\"n\" href=\"nav.xhtml\" properties=\"nav\" media-type=\"application/xhtml+xml\"/>"
	"</manifest><spine><itemref idref=\"n\"/><itemref idref=\"a\"/><itemref idref=\"b\"/></spine>"
	"</package>";
static const char nav[] =
	"<!DOCTYPE html><html><body><nav><ol><li><a href=\"a.xhtml\">Ignored</a></li>"
	"<li><a href=\"b%20two.xhtml#x\">Second <b>part</b></a></li></ol></nav></body></html>";

static void
chapters_come_in_reading_order_under_their_titles(void **state)
{
	const struct capture_part parts[] = {
		{"META-INF/container.xml", container},
		{"OPS/book.opf", opf},
		{"OPS/nav.xhtml", nav},
		{"OPS/a.xhtml",
			"<html><head><title/></head><body><h1>One</h1><p>First text.</p></body></html>"},
		{"OPS/b two.xhtml", "<html><body><p>Other text.</p></body></html>"},
	};
	struct capture capture;
	const char *lines;

	(void)state;
	assert_int_equal(capture_package(&capture, EXTRACT_PACKAGE_BOOK, parts, 5), EXTRACT_EXIT_OK);
	lines = extract_buffer_string(&capture.lines);
	assert_has(&capture, "\"format\":\"epub\",\"title\":\"The Book\"");
	assert_has(&capture, "\"heading\",\"level\":1,\"page\":0,\"text\":\"One\"");
	assert_has(&capture, "\"heading\",\"level\":1,\"page\":0,\"text\":\"Second part\"");
	assert_true(strstr(lines, "First text.") < strstr(lines, "Other text."));
	assert_lacks(&capture, "Ignored");
	capture_close(&capture);
}

static void
a_protected_book_says_so(void **state)
{
	const struct capture_part parts[] = {
		{"META-INF/container.xml", container},
		{"META-INF/encryption.xml",
			"<encryption><CipherReference URI=\"OPS/font.otf\"/><CipherReference "
			"URI=\"OPS/a.xhtml\"/>"
			"</encryption>"},
		{"OPS/book.opf", opf},
		{"OPS/a.xhtml", "\x01\x02\x03"},
	};
	struct capture capture;

	(void)state;
	assert_int_equal(capture_package(&capture, EXTRACT_PACKAGE_BOOK, parts, 4), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"encrypted\"");
	assert_has(&capture, "copy-protected");
	capture_close(&capture);
}

static void
tags_that_close_themselves_are_closed(void **state)
{
	static const char xhtml[] =
		"<a id=\"x>y\"/>t<br/><script src='s'/><!-- <i/> --><p class=\"/\">u</p><b";
	struct extract_buffer out = {0};

	(void)state;
	extract_epub_open_tags(xhtml, strlen(xhtml), &out);
	assert_string_equal(extract_buffer_string(&out),
		"<a id=\"x>y\"></a>t<br/><script src='s'></script><!-- <i/> --><p class=\"/\">u</p><b");
	extract_buffer_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chapters_come_in_reading_order_under_their_titles),
		cmocka_unit_test(a_protected_book_says_so),
		cmocka_unit_test(tags_that_close_themselves_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
