/* SPDX-License-Identifier: Apache-2.0 */
/* test_docx.c: the XML of a Word document, apart from the archive around it. */
#include "docx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

#define BODY(content) \
	"<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">" \
	"<w:body>" content "</w:body></w:document>"
#define STYLES(content) \
	"<w:styles xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">" content \
	"</w:styles>"

static int
read_body(struct capture *out, const char *styles_xml, const char *xml)
{
	struct extract_docx_styles styles = {0};
	struct extract_docx_numbering numbering = {0};
	int rc = 0;

	capture_open(out);
	if (styles_xml != NULL)
		rc = extract_docx_styles_open(&styles, styles_xml, strlen(styles_xml));
	if (rc == 0)
		rc = extract_docx_body(xml, strlen(xml), &styles, &numbering, &out->sink);
	extract_docx_styles_close(&styles);
	return capture_finish(out, rc);
}

static void
styles_make_headings_in_every_language(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(
		read_body(&capture,
			STYLES("<w:style w:styleId=\"berschrift2\"><w:name w:val=\"heading 2\"/></w:style>"
				   "<w:style w:styleId=\"Mine\"><w:name w:val=\"Mine\"/><w:basedOn "
				   "w:val=\"berschrift2\"/>"
				   "</w:style>"),
			BODY("<w:p><w:pPr><w:pStyle w:val=\"Mine\"/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p>"
				 "<w:p><w:r><w:t xml:space=\"preserve\">one </w:t></w:r>"
				 "<w:r><w:t>two</w:t></w:r></w:p>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"heading\",\"level\":2,\"page\":0,\"text\":\"Head\"");
	assert_has(&capture, "\"kind\":\"paragraph\",\"level\":0,\"page\":0,\"text\":\"one two\"");
	capture_close(&capture);
}

static void
a_style_based_on_itself_ends(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(
		read_body(&capture, STYLES("<w:style w:styleId=\"A\"><w:basedOn w:val=\"A\"/></w:style>"),
			BODY("<w:p><w:pPr><w:pStyle w:val=\"A\"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"paragraph\"");
	capture_close(&capture);
}

static void
tables_become_rows_and_nested_ones_stay_in_their_cell(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL,
						 BODY(
							 "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>A</w:t></w:r></w:p></w:tc>"
							 "<w:tc><w:p><w:r><w:t>B</w:t></w:r></w:p></w:tc></w:tr>"
							 "<w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p>"
							 "<w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc>"
							 "<w:tc><w:tbl><w:tr><w:tc><w:p><w:r><w:t>in</w:t></w:r></w:p></w:tc></"
							 "w:tr></w:tbl>"
							 "<w:p/></w:tc></w:tr></w:tbl><w:p><w:r><w:t>after</w:t></w:r></w:p>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"A | B\"");
	assert_has(&capture, "\"header\":\"A | B\",\"text\":\"1 2 | in\"");
	assert_has(&capture, "\"kind\":\"paragraph\",\"level\":0,\"page\":0,\"text\":\"after\"");
	capture_close(&capture);
}

static void
list_items_and_deleted_text_are_told_apart(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL,
						 BODY("<w:p><w:pPr><w:tabs><w:tab/></w:tabs>"
							  "<w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr>"
							  "<w:r><w:t>item</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></"
							  "w:r></w:del></w:p>"
							  "<w:p><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr></w:p>"
							  "<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
							  "<w:r><w:t>end</w:t></w:r></w:p>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"list_item\",\"level\":0,\"page\":0,\"text\":\"- item\"");
	assert_has(&capture, "\"text\":\"end\"");
	assert_has(&capture, "\"blocks\":2");
	capture_close(&capture);
}

static void
numbers_of_lists_and_headings_are_read(void **state)
{
	static const char numbering_xml[] =
		"<w:numbering xmlns:w=\"w\">"
		"<w:abstractNum w:abstractNumId=\"0\"><w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"decimal\"/>"
		"<w:lvlText w:val=\"%1.\"/></w:lvl></w:abstractNum>"
		"<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>";
	static const char item[] = BODY(
		"<w:p><w:pPr><w:outlineLvl w:val=\"0\"/><w:numPr><w:numId w:val=\"1\"/></w:numPr>"
		"</w:pPr><w:r><w:t>Scope</w:t></w:r></w:p>"
		"<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr>"
		"<w:r><w:t>item</w:t></w:r></w:p>");
	struct extract_docx_styles styles = {0};
	struct extract_docx_numbering numbering;
	struct capture capture;

	(void)state;
	capture_open(&capture);
	assert_int_equal(extract_docx_numbering_open(&numbering, numbering_xml, strlen(numbering_xml)),
		0);
	assert_int_equal(extract_docx_body(item, strlen(item), &styles, &numbering, &capture.sink), 0);
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":0,\"text\":\"1. Scope\"");
	assert_has(&capture, "\"kind\":\"list_item\",\"level\":0,\"page\":0,\"text\":\"2. item\"");
	extract_docx_numbering_close(&numbering);
	capture_close(&capture);
}

static void
merged_cells_keep_columns_in_place(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(
		read_body(&capture, NULL,
			BODY("<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val=\"restart\"/></w:tcPr><w:p><w:r>"
				 "<w:t>North</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>one</w:t></w:r></w:p></"
				 "w:tc>"
				 "</w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r>"
				 "<w:t>two</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:gridSpan "
				 "w:val=\"2\"/>"
				 "</w:tcPr><w:p><w:r><w:t>all</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>three</"
				 "w:t>"
				 "</w:r></w:p></w:tc></w:tr></w:tbl>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"North | two\"");
	assert_has(&capture, "\"text\":\"all |  | three\"");
	capture_close(&capture);
}

static void
notes_are_marked_where_they_belong(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL,
						 BODY("<w:p><w:r><w:t>text</w:t></w:r><w:r><w:footnoteReference "
							  "w:id=\"2\"/></w:r></w:p>"
							  "<w:footnote w:id=\"2\"><w:p><w:r><w:footnoteRef/><w:t> said "
							  "below</w:t></w:r></w:p>"
							  "</w:footnote>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"text[2]\"");
	assert_has(&capture, "\"text\":\"[2] said below\"");
	capture_close(&capture);
}

#define RUN(properties, text) "<w:r><w:rPr>" properties "</w:rPr><w:t>" text "</w:t></w:r>"

static void
what_word_does_not_show_is_not_read(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(
		read_body(&capture,
			STYLES("<w:style w:styleId=\"Off\"><w:rPr><w:vanish/></w:rPr></w:style>"
				   "<w:style w:styleId=\"Mine\"><w:basedOn w:val=\"Off\"/></w:style>"),
			BODY("<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>" RUN("<w:vanish/>",
				"gone1") RUN("<w:vanish w:val=\"0\"/>", "seen1 ") RUN("<w:rStyle w:val=\"Mine\"/>",
				"gone2") "<w:r><w:t>seen2</w:t></w:r></w:p>"
						 "<w:p><w:pPr><w:pStyle "
						 "w:val=\"Mine\"/></w:pPr><w:r><w:t>gone3</w:t></w:r>" RUN(
							 "<w:vanish w:val=\"false\"/>",
							 "seen3") "</w:p>"
									  "<w:sdt><w:sdtPr><w:showingPlcHdr/></"
									  "w:sdtPr><w:sdtContent><w:p><w:r><w:t>gone4</w:t></w:r></w:p>"
									  "</w:sdtContent></"
									  "w:sdt><w:p><w:sdt><w:sdtContent><w:r><w:t>seen4</w:t></"
									  "w:r></w:sdtContent></w:sdt></w:p>"
									  "<w:p><w:r><w:fldChar "
									  "w:fldCharType=\"begin\"/></w:r><w:r><w:t>gone5</w:t></w:r>"
									  "<w:r><w:fldChar "
									  "w:fldCharType=\"separate\"/></w:r><w:r><w:t>seen5</w:t></"
									  "w:r>"
									  "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>"
									  "<w:p><w:r><w:fldChar "
									  "w:fldCharType=\"begin\"/></w:r></w:p><w:p><w:r><w:t>seen6</"
									  "w:t></w:r></w:p>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "seen1 seen2");
	assert_has(&capture, "seen3");
	assert_has(&capture, "seen4");
	assert_has(&capture, "seen5");
	assert_has(&capture, "seen6");
	assert_lacks(&capture, "gone");
	capture_close(&capture);
}

static void
a_phonetic_guide_follows_its_word(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL,
						 BODY("<w:p><w:r><w:ruby><w:rt><w:r><w:t>toukyou</w:t></w:r></"
							  "w:rt><w:rubyBase><w:r>"
							  "<w:t>Tokyo</w:t></w:r></w:rubyBase></w:ruby></w:r><w:r><w:t> is "
							  "far</w:t></w:r></w:p>")),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"Tokyo(toukyou) is far\"");
	capture_close(&capture);
}

static void
boxes_are_ticked_and_symbols_are_letters(void **state)
{
	static const char body[] = BODY(
		"<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:checkBox><w:default "
		"w:val=\"0\"/><w:checked/>"
		"</w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText>FORMCHECKBOX</w:instrText></"
		"w:r>"
		"<w:r><w:fldChar w:fldCharType=\"end\"/></w:r><w:r><w:t> Insured</w:t></w:r></w:p>"
		"<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:checkBox><w:default "
		"w:val=\"0\"/></w:checkBox>"
		"</w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r><w:r><w:t> "
		"Pets</w:t></w:r></w:p>"
		"<w:p><w:r><w:sym w:font=\"Symbol\" w:char=\"F061\"/><w:sym w:font=\"Symbol\" "
		"w:char=\"F0A3\"/>"
		"<w:sym w:font=\"Symbol\" w:char=\"F0D6\"/></w:r><w:r><w:t>5</w:t></w:r></w:p>");
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL, body), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"☑ Insured\"");
	assert_has(&capture, "\"text\":\"☐ Pets\"");
	assert_has(&capture, "\"text\":\"α≤√5\"");
	capture_close(&capture);
}

static void
formulas_are_lines_of_text(void **state)
{
	static const char body[] = BODY(
		"<w:p xmlns:m=\"http://schemas.openxmlformats.org/officeDocument/2006/math\"><m:oMath>"
		"<m:r><m:t>y=</m:t></m:r>"
		"<m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
		"<m:sSup><m:e><m:r><m:t>+x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
		"<m:rad><m:deg/><m:e><m:r><m:t>z+1</m:t></m:r></m:e></m:rad>"
		"<m:d><m:dPr><m:begChr m:val=\"[\"/><m:endChr m:val=\"]\"/></m:dPr>"
		"<m:e><m:r><m:t>q</m:t></m:r></m:e></m:d></m:oMath></w:p>"
		"<w:p xmlns:m=\"http://schemas.openxmlformats.org/officeDocument/2006/math\"><m:oMath><m:m>"
		"<m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>2</m:t></m:r></m:e></m:mr>"
		"<m:mr><m:e><m:r><m:t>3</m:t></m:r></m:e><m:e><m:r><m:t>4</m:t></m:r></m:e></m:mr></m:m></"
		"m:oMath></w:p>");
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL, body), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"y=(a+b)/2+x^2\xe2\x88\x9a(z+1)[q]\"");
	assert_has(&capture, "1 2; 3 4");
	capture_close(&capture);
}

static void
entities_are_a_bomb_and_nothing_is_loaded(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL,
						 "<!DOCTYPE d [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>"
						 "<d xmlns:w=\"w\"><w:p><w:r><w:t>&a;</w:t></w:r></w:p></d>"),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"bomb\"");
	assert_lacks(&capture, "root:");
	capture_close(&capture);
}

static void
broken_xml_is_damaged(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_body(&capture, NULL, "<w:document><w:p></w:document>"),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"damaged\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(styles_make_headings_in_every_language),
		cmocka_unit_test(a_style_based_on_itself_ends),
		cmocka_unit_test(tables_become_rows_and_nested_ones_stay_in_their_cell),
		cmocka_unit_test(list_items_and_deleted_text_are_told_apart),
		cmocka_unit_test(numbers_of_lists_and_headings_are_read),
		cmocka_unit_test(merged_cells_keep_columns_in_place),
		cmocka_unit_test(notes_are_marked_where_they_belong),
		cmocka_unit_test(what_word_does_not_show_is_not_read),
		cmocka_unit_test(a_phonetic_guide_follows_its_word),
		cmocka_unit_test(boxes_are_ticked_and_symbols_are_letters),
		cmocka_unit_test(formulas_are_lines_of_text),
		cmocka_unit_test(entities_are_a_bomb_and_nothing_is_loaded),
		cmocka_unit_test(broken_xml_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
