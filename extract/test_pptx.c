/* SPDX-License-Identifier: Apache-2.0 */
/* test_pptx.c: presentations: titles first, lists, tables and notes, without what is not shown. */
#include "pptx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

#define SHAPE(type, text) \
	"<p:sp><p:nvSpPr><p:cNvPr id=\"1\"/><p:nvPr><p:ph type=\"" type "\"/></p:nvPr></p:nvSpPr>" \
	"<p:txBody>" text "</p:txBody></p:sp>"
#define LINE(text) "<a:p><a:r><a:t>" text "</a:t></a:r></a:p>"
#define SLIDE(shapes) \
	"<p:sld xmlns:p=\"p\" xmlns:a=\"a\"><p:cSld><p:spTree>" shapes "</p:spTree></p:cSld></p:sld>"

static const char presentation[] =
	"<p:presentation xmlns:p=\"p\" xmlns:r=\"http://x/relationships\"><p:sldIdLst>"
	"<p:sldId id=\"256\" r:id=\"r2\"/><p:sldId id=\"257\" r:id=\"r1\"/></p:sldIdLst>"
	"</p:presentation>";
static const char relations[] =
	"<Relationships><Relationship Id=\"r1\" Type=\"t/slide\" Target=\"slides/s1.xml\"/>"
	"<Relationship Id=\"r2\" Type=\"t/slide\" Target=\"slides/s2.xml\"/></Relationships>";

#define POINTS(of, first, second) \
	"<c:" of "><c:numCache><c:formatCode>0.0%</c:formatCode><c:ptCount val=\"2\"/><c:pt " \
	"idx=\"0\"><c:v>" first "</c:v></c:pt><c:pt idx=\"1\"><c:v>" second \
	"</c:v></c:pt></c:numCache></c:" of ">"

static const char chart[] =
	"<c:chartSpace xmlns:c=\"c\" "
	"xmlns:a=\"a\"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Share of</a:t></a:r>"
	"</a:p><a:p><a:r><a:t>sales</a:t></a:r></a:p></c:rich></c:tx></"
	"c:title><c:ser><c:tx><c:strRef><c:f>B1</c:f>"
	"<c:strCache><c:pt idx=\"0\"><c:v>2024</c:v></c:pt></c:strCache></c:strRef></c:tx>" POINTS(
		"cat", "East", "West") POINTS("val", "0.25", "0.75") "</c:ser><c:ser>" POINTS("val", "1",
		"2") "</c:ser></c:chart></c:chartSpace>";

static void
read_slide(struct capture *out, const char *slide)
{
	const struct capture_part parts[] = {
		{"ppt/presentation.xml", presentation},
		{"ppt/_rels/presentation.xml.rels", relations},
		{"ppt/slides/s1.xml", "<p:sld xmlns:p=\"p\" show=\"0\"><p:t>Hidden slide</p:t></p:sld>"},
		{"ppt/slides/s2.xml", slide},
		{"ppt/slides/_rels/s2.xml.rels",
			"<Relationships><Relationship Id=\"n\" Type=\"t/notesSlide\" "
			"Target=\"../notes/n.xml\"/>"
			"<Relationship Id=\"c\" Type=\"t/chart\" Target=\"../charts/chart1.xml\"/>"
			"</Relationships>"},
		{"ppt/charts/chart1.xml", chart},
		{"ppt/notes/n.xml", SLIDE(SHAPE("sldNum", LINE("17")) SHAPE("body", LINE("Say hello.")))},
	};

	assert_int_equal(capture_package(out, EXTRACT_PACKAGE_SLIDES, parts, 7), EXTRACT_EXIT_OK);
}

static void
a_title_comes_first_and_furniture_not_at_all(void **state)
{
	struct capture capture;
	const char *lines;

	(void)state;
	read_slide(&capture,
		SLIDE(SHAPE("body", LINE("First point") LINE("Second point"))
				SHAPE("title", LINE("The title")) SHAPE("ftr", LINE("Company foot"))));
	lines = extract_buffer_string(&capture.lines);
	assert_has(&capture, "\"format\":\"pptx\",\"title\":null,\"pages\":2");
	assert_has(&capture, "\"heading\",\"level\":2,\"page\":1,\"text\":\"The title\"");
	assert_has(&capture, "\"list_item\",\"level\":0,\"page\":1,\"text\":\"- Second point\"");
	assert_has(&capture, "\"paragraph\",\"level\":0,\"page\":1,\"text\":\"Say hello.\"");
	assert_true(strstr(lines, "The title") < strstr(lines, "First point"));
	assert_lacks(&capture, "Company foot");
	assert_lacks(&capture, "Hidden slide");
	assert_lacks(&capture, "17");
	capture_close(&capture);
}

static void
lists_count_and_tables_keep_their_columns(void **state)
{
	struct capture capture;

	(void)state;
	read_slide(&capture,
		SLIDE("<p:sp><p:nvSpPr><p:cNvPr id=\"2\"/></p:nvSpPr><p:txBody>"
			  "<a:p><a:pPr><a:buAutoNum/></a:pPr><a:r><a:t>Step</a:t></a:r></a:p>"
			  "<a:p><a:pPr><a:buAutoNum/></a:pPr><a:r><a:t>Next</a:t></a:r></a:p></p:txBody></p:sp>"
			  "<p:graphicFrame><a:tbl><a:tr><a:tc gridSpan=\"2\"><a:txBody>" LINE(
				  "Both") "</a:txBody></a:tc><a:tc hMerge=\"1\"><a:txBody/></a:tc></a:tr>"
						  "<a:tr><a:tc><a:txBody>" LINE("x") "</a:txBody></"
															 "a:tc><a:tc><a:txBody>" LINE(
																 "y") "</a:txBody></a:tc></a:tr></"
																	  "a:tbl></p:graphicFrame>"));
	assert_has(&capture, "\"text\":\"1. Step\"");
	assert_has(&capture, "\"text\":\"2. Next\"");
	assert_has(&capture, "\"text\":\"x | y\"");
	capture_close(&capture);
}

static void
hidden_shapes_and_second_forms_are_left_out(void **state)
{
	struct capture capture;

	(void)state;
	read_slide(&capture,
		SLIDE("<p:sp><p:nvSpPr><p:cNvPr id=\"2\" hidden=\"1\"/></p:nvSpPr><p:txBody>" LINE(
			"Invisible") "</p:txBody></p:sp>"
						 "<mc:AlternateContent xmlns:mc=\"m\"><mc:Choice><p:sp><p:txBody>" LINE(
							 "Chosen") "</p:txBody></p:sp></mc:Choice><mc:Fallback><p:sp>"
									   "<p:txBody>" LINE("Fallen") "</p:txBody></p:sp>"
																   "</mc:Fallback>"
																   "</mc:AlternateContent>"));
	assert_has(&capture, "Chosen");
	assert_lacks(&capture, "Invisible");
	assert_lacks(&capture, "Fallen");
	capture_close(&capture);
}

static void
charts_say_what_they_show(void **state)
{
	struct capture capture;

	(void)state;
	read_slide(&capture, SLIDE(SHAPE("title", LINE("The title"))));
	assert_has(&capture, "\"kind\":\"caption\",\"level\":0,\"page\":1,\"text\":\"Share of sales\"");
	assert_has(&capture, "\"text\":\"2024: East 25.0%; West 75.0%\"");
	assert_has(&capture, "\"text\":\"100.0%; 200.0%\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(charts_say_what_they_show),
		cmocka_unit_test(a_title_comes_first_and_furniture_not_at_all),
		cmocka_unit_test(lists_count_and_tables_keep_their_columns),
		cmocka_unit_test(hidden_shapes_and_second_forms_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
