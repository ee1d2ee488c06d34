/* SPDX-License-Identifier: Apache-2.0 */
/* test_odf.c: OpenDocument texts, spreadsheets and presentations. */
#include "odf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

#define DOCUMENT(styles, kind, body) \
	"<?xml version=\"1.0\"?><office:document xmlns:office=\"o\" xmlns:text=\"t\" " \
	"xmlns:style=\"s\"" \
	" xmlns:table=\"b\" xmlns:draw=\"d\" xmlns:presentation=\"p\" xmlns:fo=\"f\">" \
	"<office:automatic-styles>" styles "</office:automatic-styles>" \
	"<office:body><office:" kind ">" body "</office:" kind "></office:body></office:document>"

static void
read_flat(struct capture *out, const char *xml)
{
	assert_int_equal(capture_document(out, "a.fodt", xml, strlen(xml)), EXTRACT_EXIT_OK);
}

static void
a_text_has_headings_lists_tables_and_notes(void **state)
{
	struct capture capture;

	(void)state;
	read_flat(&capture,
		DOCUMENT("<text:list-style style:name=\"L1\"><text:list-level-style-number text:level=\"1\""
				 " style:num-format=\"1\"/></text:list-style>",
			"text",
			"<text:h text:outline-level=\"2\">A  heading</text:h>"
			"<text:p>Some<text:s text:c=\"2\"/>text<text:note><text:note-citation>1"
			"</text:note-citation><text:note-body><text:p>A note.</text:p></text:note-body>"
			"</text:note> goes on.</text:p>"
			"<text:list text:style-name=\"L1\"><text:list-item><text:p>one</text:p>"
			"<text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list>"
			"</text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>"
			"<table:table><table:table-row><table:table-cell><text:p>K</text:p></table:table-cell>"
			"<table:table-cell><text:p>V</text:p></table:table-cell></table:table-row>"
			"<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
			"<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row>"
			"</table:table>"));
	assert_has(&capture, "\"format\":\"odt\"");
	assert_has(&capture, "\"heading\",\"level\":2,\"page\":0,\"text\":\"A heading\"");
	assert_has(&capture, "\"text\":\"Some  text[1] goes on.\"");
	assert_has(&capture, "\"text\":\"[1] A note.\"");
	assert_has(&capture, "\"text\":\"1. one\"");
	assert_has(&capture, "\"text\":\"- inner\"");
	assert_has(&capture, "\"text\":\"2. two\"");
	assert_has(&capture, "\"header\":\"K | V\",\"text\":\"a | b\"");
	capture_close(&capture);
}

static void
what_is_not_shown_is_left_out(void **state)
{
	struct capture capture;

	(void)state;
	read_flat(&capture,
		DOCUMENT("<style:style style:name=\"H\" style:family=\"text\"><style:text-properties"
				 " text:display=\"none\"/></style:style>",
			"text",
			"<text:tracked-changes><text:p>Deleted</text:p></text:tracked-changes>"
			"<text:section text:display=\"none\"><text:p>Section</text:p></text:section>"
			"<text:p>Shown <text:span text:style-name=\"H\">Hidden</text:span>"
			"<office:annotation><text:p>Comment</text:p></office:annotation>text</text:p>"
			"<text:p><text:placeholder>&lt;Your "
			"name&gt;</text:placeholder><text:ruby><text:ruby-base>Tokyo"
			"</text:ruby-base><text:ruby-text>toukyou</text:ruby-text></text:ruby> is far</text:p>"
			"<text:p>Gone<text:hidden-paragraph text:is-hidden=\"true\"/></text:p>"));
	assert_has(&capture, "\"text\":\"Shown text\"");
	assert_has(&capture, "\"text\":\"Tokyo(toukyou) is far\"");
	assert_lacks(&capture, "Deleted");
	assert_lacks(&capture, "Section");
	assert_lacks(&capture, "Hidden");
	assert_lacks(&capture, "Comment");
	assert_lacks(&capture, "Gone");
	capture_close(&capture);
}

static void
a_formula_is_a_line_of_text(void **state)
{
	static const char formula[] =
		"<?xml version=\"1.0\"?><math "
		"xmlns=\"http://www.w3.org/1998/Math/MathML\"><semantics><mrow><mi>F</mi>"
		"<mo>=</mo><mfrac><mn>4</mn><mn>2</mn></mfrac></mrow><annotation>F = 4 over "
		"2</annotation></semantics></math>";
	const struct capture_part parts[] = {
		{"META-INF/manifest.xml", "<manifest/>"},
		{"Object 1/content.xml", formula},
		{"Object 2/content.xml", "<office:document-content/>"},
		{"content.xml",
			"<office:document-content xmlns:office=\"o\" xmlns:text=\"t\" xmlns:draw=\"d\" "
			"xmlns:xlink=\"x\">"
			"<office:body><office:text><text:p>The drag is <draw:frame><draw:object "
			"xlink:href=\"./Object 1\"/>"
			"</draw:frame> newtons<draw:frame><draw:object xlink:href=\"./Object "
			"2\"/></draw:frame><draw:frame>"
			"<draw:object xlink:href=\"../Object "
			"3\"/></draw:frame>.</text:p></office:text></office:body>"
			"</office:document-content>"},
		{"mimetype", "application/vnd.oasis.opendocument.text"},
	};
	struct capture capture;

	(void)state;
	assert_int_equal(capture_package(&capture, EXTRACT_PACKAGE_OPENDOCUMENT, parts, 5),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"The drag is F = 4/2 newtons.\"");
	capture_close(&capture);
}

static void
a_sheet_shows_its_rows_and_columns(void **state)
{
	struct capture capture;

	(void)state;
	read_flat(&capture,
		DOCUMENT("<style:style style:name=\"no\" style:family=\"table\"><style:table-properties"
				 " table:display=\"false\"/></style:style>",
			"spreadsheet",
			"<table:table table:name=\"Data\"><table:table-column/>"
			"<table:table-column table:visibility=\"collapse\"/><table:table-column/>"
			"<table:table-row><table:table-cell office:value-type=\"string\"><text:p>City</text:p>"
			"</table:table-cell><table:table-cell><text:p>Code</text:p></table:table-cell>"
			"<table:table-cell office:value-type=\"string\"><text:p>People</text:p>"
			"</table:table-cell></table:table-row>"
			"<table:table-row><table:table-cell office:value-type=\"string\"><text:p>Ulm</text:p>"
			"</table:table-cell><table:table-cell/><table:table-cell office:value-type=\"float\""
			" office:value=\"5\"/></table:table-row>"
			"<table:table-row "
			"table:visibility=\"filter\"><table:table-cell><text:p>Filtered</text:p>"
			"</table:table-cell></table:table-row></table:table>"
			"<table:table table:name=\"Secret\" table:style-name=\"no\"><table:table-row>"
			"<table:table-cell><text:p>Secret</text:p></table:table-cell></table:table-row>"
			"</table:table>"));
	assert_has(&capture, "\"format\":\"ods\"");
	assert_has(&capture, "\"text\":\"Data\"");
	assert_has(&capture, "\"header\":\"City |  | People\",\"text\":\"Ulm |  | 5\"");
	assert_lacks(&capture, "Code");
	assert_lacks(&capture, "Filtered");
	assert_lacks(&capture, "Secret");
	capture_close(&capture);
}

static void
slides_are_pages(void **state)
{
	struct capture capture;

	(void)state;
	read_flat(&capture,
		DOCUMENT("<style:style style:name=\"no\" style:family=\"drawing-page\">"
				 "<style:drawing-page-properties "
				 "presentation:visibility=\"hidden\"/></style:style>",
			"presentation",
			"<draw:page draw:style-name=\"no\"><draw:frame><draw:text-box><text:p>Hidden</text:p>"
			"</draw:text-box></draw:frame></draw:page>"
			"<draw:page draw:name=\"p\"><draw:frame presentation:class=\"title\"><draw:text-box>"
			"<text:p>Title</text:p></draw:text-box></draw:frame>"
			"<draw:frame presentation:class=\"outline\" presentation:placeholder=\"true\">"
			"<draw:text-box><text:p>Click to add</text:p></draw:text-box></draw:frame>"
			"<draw:frame><draw:text-box><text:p>Body</text:p></draw:text-box></draw:frame>"
			"</draw:page>"));
	assert_has(&capture, "\"format\":\"odp\",\"title\":null,\"pages\":2");
	assert_has(&capture, "\"heading\",\"level\":2,\"page\":2,\"text\":\"Title\"");
	assert_has(&capture, "\"paragraph\",\"level\":0,\"page\":2,\"text\":\"Body\"");
	assert_lacks(&capture, "Hidden");
	assert_lacks(&capture, "Click");
	capture_close(&capture);
}

static void
an_encrypted_file_says_so(void **state)
{
	static const struct capture_part parts[] = {{"META-INF/manifest.xml",
													"<m><manifest:encryption-data/></m>"},
		{"content.xml", "\x01\x02"}};
	struct capture capture;

	(void)state;
	assert_int_equal(capture_package(&capture, EXTRACT_PACKAGE_OPENDOCUMENT, parts, 2),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"encrypted\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_formula_is_a_line_of_text),
		cmocka_unit_test(a_text_has_headings_lists_tables_and_notes),
		cmocka_unit_test(what_is_not_shown_is_left_out),
		cmocka_unit_test(a_sheet_shows_its_rows_and_columns),
		cmocka_unit_test(slides_are_pages),
		cmocka_unit_test(an_encrypted_file_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
