/* SPDX-License-Identifier: Apache-2.0 */
/* test_docx_numbering.c: the numbers of lists and headings in Word documents. */
#include "docx_numbering.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sink.h"

#define LEVEL(level, format, text) \
	"<w:lvl w:ilvl=\"" level "\"><w:start w:val=\"1\"/><w:numFmt w:val=\"" format "\"/>" \
	"<w:lvlText w:val=\"" text "\"/></w:lvl>"
#define PART(content) "<w:numbering xmlns:w=\"w\">" content "</w:numbering>"

static const char part[] = PART("<w:abstractNum w:abstractNumId=\"0\">" LEVEL("0", "decimal", "%1.")
		LEVEL("1", "lowerLetter", "%2)") LEVEL("2", "upperRoman",
			"%1.%3") "</w:abstractNum>"
					 "<w:abstractNum w:abstractNumId=\"1\">" LEVEL("0", "bullet",
						 "o") "</w:abstractNum>"
							  "<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>"
							  "<w:num w:numId=\"2\"><w:abstractNumId w:val=\"1\"/></w:num>"
							  "<w:num w:numId=\"3\"><w:abstractNumId w:val=\"0\"/><w:lvlOverride "
							  "w:ilvl=\"0\">"
							  "<w:startOverride w:val=\"4\"/></w:lvlOverride></w:num>");

static void
assert_next(struct extract_docx_numbering *numbering, const char *list, int level, const char *mark)
{
	struct extract_buffer text = {0};

	assert_true(extract_docx_numbering_next(numbering, list, level, &text));
	assert_string_equal(extract_buffer_string(&text), mark);
	extract_buffer_close(&text);
}

static void
levels_count_and_deeper_ones_begin_again(void **state)
{
	struct extract_docx_numbering numbering;

	(void)state;
	assert_int_equal(extract_docx_numbering_open(&numbering, part, strlen(part)), 0);
	assert_next(&numbering, "1", 0, "1. ");
	assert_next(&numbering, "1", 1, "a) ");
	assert_next(&numbering, "1", 1, "b) ");
	assert_next(&numbering, "1", 0, "2. ");
	assert_next(&numbering, "1", 1, "a) ");
	assert_next(&numbering, "1", 2, "2.I ");
	assert_next(&numbering, "1", 2, "2.II ");
	extract_docx_numbering_close(&numbering);
}

static void
a_list_may_start_anew(void **state)
{
	struct extract_docx_numbering numbering;

	(void)state;
	assert_int_equal(extract_docx_numbering_open(&numbering, part, strlen(part)), 0);
	assert_next(&numbering, "1", 0, "1. ");
	assert_next(&numbering, "3", 0, "4. ");
	assert_next(&numbering, "3", 0, "5. ");
	extract_docx_numbering_close(&numbering);
}

static void
bullets_are_dashes_and_unknown_lists_have_no_mark(void **state)
{
	struct extract_docx_numbering numbering;
	struct extract_buffer text = {0};

	(void)state;
	assert_int_equal(extract_docx_numbering_open(&numbering, part, strlen(part)), 0);
	assert_next(&numbering, "2", 0, "- ");
	assert_false(extract_docx_numbering_next(&numbering, "9", 0, &text));
	assert_false(extract_docx_numbering_next(&numbering, "1", 99, &text));
	assert_int_equal(text.len, 0);
	extract_docx_numbering_close(&numbering);
}

static void
broken_numbering_is_damaged(void **state)
{
	struct extract_docx_numbering numbering = {0};

	(void)state;
	assert_int_equal(extract_docx_numbering_open(&numbering, "<a><b></a>", 10), EXTRACT_E_DAMAGED);
	extract_docx_numbering_close(&numbering);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_count_and_deeper_ones_begin_again),
		cmocka_unit_test(a_list_may_start_anew),
		cmocka_unit_test(bullets_are_dashes_and_unknown_lists_have_no_mark),
		cmocka_unit_test(broken_numbering_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
