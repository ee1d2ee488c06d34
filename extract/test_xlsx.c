/* SPDX-License-Identifier: Apache-2.0 */
/* test_xlsx.c: workbooks: values as they are shown, sheets and rows that are shown, tables told apart. */
#include "xlsx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

static const char relations[] =
	"<Relationships>"
	"<Relationship Id=\"r1\" Type=\"http://x/worksheet\" Target=\"worksheets/one.xml\"/>"
	"<Relationship Id=\"r2\" Type=\"http://x/worksheet\" Target=\"/xl/worksheets/two.xml\"/>"
	"</Relationships>";
static const char book[] = "<workbook xmlns:r=\"http://x/relationships\"><sheets>"
						   "<sheet name=\"Second &amp; last\" sheetId=\"1\" r:id=\"r2\"/>"
						   "<sheet name=\"Secret\" sheetId=\"2\" state=\"hidden\" r:id=\"r1\"/>"
						   "</sheets></workbook>";

/* Reads a workbook whose one sheet that is shown is the XML, with some strings and formats. */
static void
read_sheet(struct capture *out, const char *sheet)
{
	const struct capture_part parts[] = {
		{"xl/_rels/workbook.xml.rels", relations},
		{"xl/workbook.xml", book},
		{"xl/worksheets/one.xml",
			"<worksheet><sheetData><row><c><v>4711</v></c></row></sheetData></worksheet>"},
		{"xl/worksheets/two.xml", sheet},
		{"xl/sharedStrings.xml",
			"<sst><si><t>City</t></si><si><r><t>Peo</t></r><r><t>ple</t></r><rPh><t>no</t></rPh></"
			"si>"
			"<si><t>Ulm</t></si><si/><si><t>a_x000D_b_x0041__x_</t></si></sst>"},
		{"xl/styles.xml",
			"<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"d/m/yyyy\"/></numFmts>"
			"<cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs>"
			"<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"3\"/></cellXfs>"
			"</styleSheet>"},
	};

	assert_int_equal(capture_package(out, EXTRACT_PACKAGE_SHEETS, parts, 6), EXTRACT_EXIT_OK);
}

static void
the_first_row_of_words_names_the_columns(void **state)
{
	struct capture capture;

	(void)state;
	read_sheet(&capture,
		"<worksheet><sheetData>"
		"<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>"
		"<c r=\"C1\" t=\"inlineStr\"><is><t>Since</t></is></c></row>"
		"<row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" s=\"2\"><v>126000</v></c>"
		"<c r=\"C2\" s=\"1\"><v>45356</v></c></row>"
		"</sheetData></worksheet>");
	assert_has(&capture, "\"format\":\"xlsx\"");
	assert_has(&capture, "\"heading\",\"level\":1,\"page\":0,\"text\":\"Second & last\"");
	assert_has(&capture,
		"\"header\":\"City | People | Since\",\"text\":\"Ulm | 126,000 | 2024-03-05\"");
	assert_lacks(&capture, "4711");
	capture_close(&capture);
}

static void
hidden_rows_and_columns_are_left_out(void **state)
{
	struct capture capture;

	(void)state;
	read_sheet(&capture,
		"<worksheet><cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols><sheetData>"
		"<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>2</v></c><c "
		"r=\"C1\"><v>3</v></c></row>"
		"<row r=\"2\" hidden=\"1\"><c r=\"A2\"><v>77</v></c></row>"
		"</sheetData></worksheet>");
	assert_has(&capture, "\"text\":\"1 |  | 3\"");
	assert_lacks(&capture, "77");
	capture_close(&capture);
}

static void
a_formula_shows_what_it_came_to(void **state)
{
	struct capture capture;

	(void)state;
	read_sheet(&capture,
		"<worksheet><sheetData><row><c><f>A2*2</f><v>84</v></c>"
		"<c t=\"str\"><f>\"a\"</f><v>total</v></c><c t=\"b\"><v>1</v></c>"
		"<c t=\"e\"><v>#DIV/0!</v></c></row></sheetData></worksheet>");
	assert_has(&capture, "\"text\":\"84 | total | TRUE | #DIV/0!\"");
	assert_lacks(&capture, "A2*2");
	capture_close(&capture);
}

static void
a_merged_cell_is_said_in_each_of_its_rows(void **state)
{
	struct capture capture;

	(void)state;
	read_sheet(&capture,
		"<worksheet><sheetData>"
		"<row r=\"1\"><c r=\"A1\" t=\"s\"><v>2</v></c><c r=\"B1\"><v>5</v></c></row>"
		"<row r=\"2\"><c r=\"A2\"/><c r=\"B2\"><v>6</v></c></row>"
		"<row r=\"3\"><c r=\"B3\"><v>7</v></c></row>"
		"</sheetData><mergeCells><mergeCell ref=\"A1:A2\"/></mergeCells></worksheet>");
	assert_has(&capture, "\"text\":\"Ulm | 6\"");
	assert_lacks(&capture, "Ulm | 7");
	capture_close(&capture);
}

static void
an_empty_row_parts_tables(void **state)
{
	struct capture capture;

	(void)state;
	read_sheet(&capture,
		"<worksheet><sheetData>"
		"<row r=\"1\"><c r=\"B1\" t=\"str\"><v>A title</v></c></row>"
		"<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"C2\" t=\"s\"><v>1</v></c></row>"
		"<row r=\"3\"><c r=\"B3\" t=\"s\"><v>2</v></c><c r=\"C3\"><v>5</v></c></row>"
		"<row r=\"5\"><c r=\"B5\" t=\"s\"><v>2</v></c><c r=\"C5\"><v>6</v></c></row>"
		"<row r=\"7\"><c r=\"E7\" t=\"str\"><v>Key</v></c><c r=\"F7\" t=\"str\"><v>Word</v></c>"
		"<c r=\"G7\" t=\"str\"><v>Third</v></c></row>"
		"<row r=\"8\"><c r=\"E8\"><v>1</v></c><c r=\"F8\"><v>2</v></c></row>"
		"</sheetData></worksheet>");
	assert_has(&capture, "\"page\":0,\"text\":\"A title\"");
	assert_has(&capture, "\"header\":\"City | People\",\"text\":\"Ulm | 5\"");
	assert_has(&capture, "\"header\":\"City | People\",\"text\":\"Ulm | 6\"");
	assert_has(&capture, "\"header\":\"Key | Word | Third\",\"text\":\"1 | 2\"");
	capture_close(&capture);
}

static void
characters_that_xml_cannot_hold_are_put_back(void **state)
{
	struct capture capture;

	(void)state;
	read_sheet(&capture,
		"<worksheet><sheetData><row><c t=\"s\"><v>4</v></c><c t=\"s\"><v>3</v></c>"
		"<c t=\"inlineStr\"><is><t>x_x00e4_</t></is></c></row></sheetData></worksheet>");
	assert_has(&capture, "\"text\":\"a bA_x_ |  | x\xc3\xa4\"");
	capture_close(&capture);
}

static void
a_broken_reference_is_damage(void **state)
{
	const struct capture_part parts[] = {
		{"xl/_rels/workbook.xml.rels", relations},
		{"xl/workbook.xml", book},
		{"xl/worksheets/two.xml",
			"<worksheet><sheetData><row><c t=\"s\"><v>9</v></c></row></sheetData></worksheet>"},
	};
	struct capture capture;

	(void)state;
	assert_int_equal(capture_package(&capture, EXTRACT_PACKAGE_SHEETS, parts, 3),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"damaged\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_row_of_words_names_the_columns),
		cmocka_unit_test(hidden_rows_and_columns_are_left_out),
		cmocka_unit_test(a_formula_shows_what_it_came_to),
		cmocka_unit_test(a_merged_cell_is_said_in_each_of_its_rows),
		cmocka_unit_test(an_empty_row_parts_tables),
		cmocka_unit_test(characters_that_xml_cannot_hold_are_put_back),
		cmocka_unit_test(a_broken_reference_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
