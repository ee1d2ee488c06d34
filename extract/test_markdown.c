/* SPDX-License-Identifier: Apache-2.0 */
/* test_markdown.c: structure without markup, tables, front matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
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
markdown_keeps_structure_and_drops_markup(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(
		read_string(&capture, "a.md",
			"---\ntitle: \"Guide\"\nx: 1\n---\n# Top {#top}\n\nSome *text* with [a link](u) and\n"
			"a second line.\n{:.note}\n\n1. first\n2. second\n\n```sh\nmake  up\n```\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"format\":\"markdown\",\"title\":\"Guide\"");
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":0,\"text\":\"Top\"");
	assert_has(&capture, "\"text\":\"Some text with a link and a second line.\"");
	assert_has(&capture, "\"kind\":\"list_item\",\"level\":0,\"page\":0,\"text\":\"2. second\"");
	assert_has(&capture, "\"kind\":\"code\",\"level\":0,\"page\":0,\"text\":\"make  up\"");
	assert_lacks(&capture, "x: 1");
	assert_lacks(&capture, "note");
	capture_close(&capture);
}

static void
markdown_pipe_tables_become_rows(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.md",
						 "| Name | Use |\n|------|:---:|\n| `a|b` | *one* \\| two |\n| c | d |\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"table_row\",\"level\":0,\"page\":0,\"text\":\"Name | Use\"");
	assert_has(&capture, "\"header\":\"Name | Use\",\"text\":\"a|b | one | two\"");
	assert_has(&capture, "\"header\":\"Name | Use\",\"text\":\"c | d\"");
	capture_close(&capture);
}

static void
underlined_lines_are_headings(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.md", "Title\n=====\n\nPart\n----\n\ntext\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":0,\"text\":\"Title\"");
	assert_has(&capture, "\"kind\":\"heading\",\"level\":2,\"page\":0,\"text\":\"Part\"");
	capture_close(&capture);
}

static void
html_inside_is_read_and_comments_are_not(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.md",
						 "<table><tr><th>X</th><th>Y</th></tr><tr><td>1</td><td>2</td></tr></"
						 "table>\n\n"
						 "<!-- note to self -->\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"header\":\"X | Y\",\"text\":\"1 | 2\"");
	assert_lacks(&capture, "note to self");
	capture_close(&capture);
}

static void
a_line_at_the_top_is_no_front_matter(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.md", "---\n\ntext under a rule\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"title\":null");
	assert_has(&capture, "text under a rule");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markdown_keeps_structure_and_drops_markup),
		cmocka_unit_test(markdown_pipe_tables_become_rows),
		cmocka_unit_test(underlined_lines_are_headings),
		cmocka_unit_test(html_inside_is_read_and_comments_are_not),
		cmocka_unit_test(a_line_at_the_top_is_no_front_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
