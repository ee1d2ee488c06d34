/* SPDX-License-Identifier: Apache-2.0 */
/* test_rtf.c: Rich Text: code pages, Unicode, what is not shown, lists, tables, notes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

#define RTF(text) "{\\rtf1\\ansi\\ansicpg1252\\uc1 " text "}"

static void
read_rtf(struct capture *out, const char *text)
{
	assert_int_equal(capture_document(out, "a.rtf", text, strlen(text)), EXTRACT_EXIT_OK);
}

static void
characters_come_in_code_pages_and_unicode(void **state)
{
	struct capture capture;

	(void)state;
	read_rtf(&capture,
		RTF("{\\fonttbl{\\f0\\fcharset0 Times;}{\\f1\\fcharset204 Arial;}{\\f2\\fcharset128 "
			"Mincho;}"
			"{\\f3\\fcharset2 Symbol;}}caf\\'e9 {\\f1\\'cf\\'f0\\'e8} {\\f2\\'83\\'65\\'83X} "
			"\\u8364?5 \\u-10179?\\u-8704? {\\uc2\\u228\\'61\\'62c} \\{x\\}\\~y\\_z\\emdash a\\\n"
			"{\\f3\\'b7\\'e0}\\par"));
	assert_has(&capture,
		"\"text\":\"caf\xc3\xa9 \xd0\x9f\xd1\x80\xd0\xb8 \xe3\x83\x86\xe3\x82\xb9 \xe2\x82\xac"
		"5 \xf0\x9f\x98\x80 \xc3\xa4"
		"c {x} y-z\xe2\x80\x94"
		"a\"");
	assert_has(&capture, "\"text\":\"\xe2\x80\xa2\"");
	capture_close(&capture);
}

static void
what_is_not_shown_is_left_out(void **state)
{
	struct capture capture;

	(void)state;
	read_rtf(&capture,
		RTF("{\\info{\\title A title}{\\author Ada}}{\\header Head}{\\footer "
			"Foot}{\\colortbl;\\red1;}"
			"{\\*\\generator Word}Shown {\\v hidden}{\\deleted gone}{\\b text}"
			"{\\field{\\*\\fldinst HYPERLINK \"x\"}{\\fldrslt link}}{\\pict 0123\\bin3 }}}ab}"
			"{\\upr{ansi}{\\*\\ud{uni}}}\\v more\\v0 end\\par"));
	assert_has(&capture, "\"title\":\"A title\"");
	assert_has(&capture, "\"text\":\"Shown textlinkuniend\"");
	assert_lacks(&capture, "Ada");
	capture_close(&capture);
}

static void
styles_make_headings_and_marks_make_items(void **state)
{
	struct capture capture;

	(void)state;
	read_rtf(&capture,
		RTF("{\\stylesheet{Normal;}{\\s1\\outlinelevel0 Any name;}{\\s2 heading 3;}}"
			"\\pard\\s1 Top\\par\\pard\\s2 Third\\par\\pard\\outlinelevel1 Second\\par\\pard Text"
			"{\\footnote A note.} on.\\par{\\listtext\\'b7\\tab}Bullet\\par"
			"{\\pntext 2.\\tab}Number\\par"));
	assert_has(&capture, "\"heading\",\"level\":1,\"page\":0,\"text\":\"Top\"");
	assert_has(&capture, "\"heading\",\"level\":3,\"page\":0,\"text\":\"Third\"");
	assert_has(&capture, "\"heading\",\"level\":2,\"page\":0,\"text\":\"Second\"");
	assert_has(&capture, "\"paragraph\",\"level\":0,\"page\":0,\"text\":\"Text on.\"");
	assert_has(&capture, "\"text\":\"A note.\"");
	assert_has(&capture, "\"list_item\",\"level\":0,\"page\":0,\"text\":\"- Bullet\"");
	assert_has(&capture, "\"text\":\"2. Number\"");
	capture_close(&capture);
}

static void
rows_keep_their_header_and_merged_cells(void **state)
{
	struct capture capture;

	(void)state;
	read_rtf(&capture,
		RTF("\\trowd\\cellx1\\cellx2\\pard\\intbl Name\\cell Age\\cell\\row"
			"\\trowd\\clvmgf\\cellx1\\cellx2\\pard\\intbl Ada\\par L.\\cell 36\\cell\\row"
			"\\trowd\\clvmrg\\cellx1\\cellx2\\pard\\intbl\\cell 37\\cell\\row\\pard After\\par"));
	assert_has(&capture, "\"header\":\"Name | Age\",\"text\":\"Ada L. | 36\"");
	assert_has(&capture, "\"header\":\"Name | Age\",\"text\":\"Ada L. | 37\"");
	assert_has(&capture, "\"paragraph\",\"level\":0,\"page\":0,\"text\":\"After\"");
	capture_close(&capture);
}

static void
formulas_are_lines_of_text(void **state)
{
	static const char text[] =
		"{\\rtf1 The drag is {\\mmath{\\*\\moMath{\\mf{\\*\\mfPr{\\mctrlPr\\i}}{\\mnum{\\mr "
		"a}}{\\mden{\\mr b}}}"
		"{\\msSup{\\me{\\mr x}}{\\msup{\\mr 2}}}}{\\mmathPict{\\pict 0102}}} newtons.\\par}";
	struct capture capture;

	(void)state;
	assert_int_equal(capture_document(&capture, "a", text, sizeof(text) - 1), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"The drag is a/bx^2 newtons.\"");
	capture_close(&capture);
}

static void
groups_are_bounded(void **state)
{
	struct extract_buffer text = {0};
	struct capture capture;

	(void)state;
	extract_buffer_text(&text, "{\\rtf1 ");
	for (int i = 0; i < 5000; i++)
		extract_buffer_byte(&text, '{');
	assert_int_equal(capture_document(&capture, "a", text.data, text.len), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"too_large\"");
	capture_close(&capture);
	extract_buffer_close(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_come_in_code_pages_and_unicode),
		cmocka_unit_test(what_is_not_shown_is_left_out),
		cmocka_unit_test(styles_make_headings_and_marks_make_items),
		cmocka_unit_test(rows_keep_their_header_and_merged_cells),
		cmocka_unit_test(formulas_are_lines_of_text),
		cmocka_unit_test(groups_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
