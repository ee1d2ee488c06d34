/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_fonts.c: a PDF's objects, fonts that show glyphs by number, and what their programs say. */
#include "pdf_fonts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pdf_objects.h"

/* The start of a font with one table, cmap, that has one table from the platform and encoding. */
#define CMAP(encoding) \
	"\0\1\0\0\0\1\0\0\0\0\0\0" \
	"cmap\0\0\0\0\0\0\0\x1c\0\0\1\0" \
	"\0\0\0\1\0\3\0" encoding "\0\0\0\x0c"

static void
expect_points(const char *program, size_t len, uint32_t glyph, uint32_t point)
{
	uint32_t points[64] = {0};

	extract_pdf_fonts_invert((const unsigned char *)program, len, points, 64);
	assert_int_equal(points[glyph], point);
}

static void
tables_of_characters_are_turned_round(void **state)
{
	/* A to C are the glyphs 36 to 38. */
	static const char segments[] = CMAP("\1") "\0\4\0\x20\0\0\0\4\0\4\0\1\0\0"
											  "\0C\xff\xff\0\0\0A\xff\xff\xff\xe3\0\1\0\0\0\0";
	static const char groups[] = CMAP(
		"\x0a") "\0\x0c\0\0\0\0\0\x1c\0\0\0\0\0\0\0\1\0\1\xf6\0\0\1\xf6\1\0\0\0\7";
	static const char list[] = CMAP("\1") "\0\6\0\x0e\0\0\0A\0\2\0\5\0\6";
	static const char symbols[] = CMAP("\0") "\0\6\0\x0e\0\0\xf0\x41\0\2\0\5\0\6";

	(void)state;
	expect_points(segments, sizeof(segments), 36, 'A');
	expect_points(segments, sizeof(segments), 38, 'C');
	expect_points(segments, sizeof(segments), 39, 0);
	expect_points(groups, sizeof(groups), 8, 0x1f601);
	expect_points(list, sizeof(list), 6, 'B');
	expect_points(symbols, sizeof(symbols), 5, 'A');
	/* Cut off anywhere, it says less, and no more. */
	for (size_t len = 0; len < sizeof(segments) - 4; len++)
		expect_points(segments, len, 39, 0);
}

static const char file[] =
	"%PDF-1.5\n"
	"1 0 obj <</Type/Font/Subtype/Type0/BaseFont/AB#20C/Encoding/Identity-H/DescendantFonts[2 0 "
	"R]>> endobj\n"
	"2 0 obj "
	"<</Type/Font/Subtype/CIDFontType2/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)>>>> "
	"endobj\n"
	"3 0 obj <</Type/Font/Subtype/Type0/BaseFont/Said/Encoding/Identity-H/ToUnicode 9 0 R"
	"/DescendantFonts[2 0 R]>> endobj\n"
	"4 0 obj <</Type/Font/Subtype/Type0/BaseFont/Known/Encoding/Identity-H/DescendantFonts[5 0 "
	"R]>> endobj\n"
	"5 0 obj <</Subtype/CIDFontType0/CIDSystemInfo<</Ordering(Japan1)>>>> endobj\n"
	"6 0 obj (a \\) string) endobj\n"
	"9 0 obj <</Length 0>> stream endstream endobj\n";

static void
only_fonts_that_do_not_say_their_characters_are_found(void **state)
{
	struct extract_pdf_fonts fonts;
	const struct extract_pdf_font *font;

	(void)state;
	extract_pdf_fonts_open(&fonts, file, sizeof(file) - 1);
	assert_int_equal(fonts.count, 1);
	font = extract_pdf_fonts_find(&fonts, "AB C");
	assert_non_null(font);
	/* Without a program nobody knows. */
	assert_int_equal(extract_pdf_font_point(font, 55), 0xfffd);
	assert_null(extract_pdf_fonts_find(&fonts, "Said"));
	assert_null(extract_pdf_fonts_find(&fonts, NULL));
	extract_pdf_fonts_close(&fonts);
	extract_pdf_fonts_open(&fonts, "no PDF", 6);
	assert_int_equal(fonts.count, 0);
	extract_pdf_fonts_close(&fonts);
}

static void
entries_are_found_through_references(void **state)
{
	static const char text[] =
		"1 0 obj<</A(x\\)>>)/B<</C/No>>/C 2 0 R/D[ 3 0 R 4]>>endobj 2 0 obj/Old endobj\n"
		"2 0 obj/New endobj 3 0 obj 7 endobj";
	struct extract_pdf_objects objects;
	struct extract_pdf_value first, list;

	(void)state;
	extract_pdf_objects_open(&objects, text, sizeof(text) - 1);
	assert_int_equal(objects.count, 4);
	first = objects.list[0].value;
	assert_true(extract_pdf_value_is(extract_pdf_objects_get(&objects, first, "/C"), "/New"));
	list = extract_pdf_objects_get(&objects, first, "/D");
	assert_true(extract_pdf_value_is(extract_pdf_objects_first(&objects, list), "7"));
	assert_int_equal(extract_pdf_objects_get(&objects, first, "/E").len, 0);
	assert_int_equal(extract_pdf_objects_get(&objects, list, "/E").len, 0);
	extract_pdf_objects_close(&objects);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_of_characters_are_turned_round),
		cmocka_unit_test(only_fonts_that_do_not_say_their_characters_are_found),
		cmocka_unit_test(entries_are_found_through_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
