/* test_text.c: the formats that are text: plain, CSV, JSON, Markdown and HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csv.h"
#include "protocol.h"
#include "test_capture.h"

/* Reads a document whose content is the string. */
static int
read_string(struct capture *out, const char *name, const char *text)
{
	return capture_document(out, name, text, strlen(text));
}

static void
plain_text_has_headings_paragraphs_and_items(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.txt",
		"The Title\n\nA first paragraph,\non two lines.\n\n"
		"Second part\nThis line is much longer than the one above it, so that is a heading.\n\n"
		"- one\n- two\n  goes on\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "{\"type\":\"document\",\"format\":\"text\","
		"\"title\":null,\"pages\":null}");
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":0,\"text\":\"The Title\"");
	assert_has(&capture, "\"kind\":\"paragraph\",\"level\":0,\"page\":0,"
		"\"text\":\"A first paragraph,\\non two lines.\"");
	assert_has(&capture, "\"kind\":\"heading\",\"level\":2,\"page\":0,\"text\":\"Second part\"");
	assert_has(&capture, "\"kind\":\"list_item\",\"level\":0,\"page\":0,"
		"\"text\":\"- two\\n  goes on\"");
	capture_close(&capture);
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
	assert_int_equal(capture_document(&capture, "a.txt", "\x89PNG\r\n\x1a\n\0\0\0\0", 12),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"unsupported\"");
	capture_close(&capture);
	assert_int_equal(read_string(&capture, "a.txt", "<!DOCTYPE html><h1>Hi</h1>"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"format\":\"html\"");
	capture_close(&capture);
}

static void
csv_rows_carry_their_header(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv",
		"Name,City\r\n\"Smith, J.\",\"New\nYork\"\r\n\"say \"\"hi\"\"\",7\r\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"page\":0,\"text\":\"Name | City\"");
	assert_has(&capture, "\"header\":\"Name | City\",\"text\":\"Smith, J. | New York\"");
	assert_has(&capture, "\"header\":\"Name | City\",\"text\":\"say \\\"hi\\\" | 7\"");
	capture_close(&capture);
}

static void
csv_without_a_header_has_none(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.csv", "1;2\n3;4\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"1 | 2\"");
	assert_lacks(&capture, "\"header\"");
	capture_close(&capture);
}

static void
an_open_quote_ends_with_the_text(void **state)
{
	struct extract_csv csv = {.text = "a,\"b\nc", .len = 6, .separator = ','};

	(void)state;
	assert_int_equal(extract_csv_next(&csv), 1);
	assert_int_equal(csv.cells, 2);
	assert_string_equal(csv.row.data, "a");
	assert_string_equal(csv.row.data + 2, "b\nc");
	assert_int_equal(extract_csv_next(&csv), 0);
	extract_csv_close(&csv);
}

static void
a_record_past_the_bound_is_refused(void **state)
{
	struct extract_buffer text = {0};
	struct extract_csv csv = {.separator = ','};

	(void)state;
	for (int i = 0; i < EXTRACT_CSV_CELLS_MAX + 10; i++)
		extract_buffer_byte(&text, ',');
	csv.text = text.data;
	csv.len = text.len;
	assert_int_equal(extract_csv_next(&csv), EXTRACT_E_TOO_LARGE);
	extract_csv_close(&csv);
	extract_buffer_close(&text);
}

static void
json_becomes_paths_and_values(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.json",
		"{\"user\":{\"name\":\"J\\u00f6rg\",\"tags\":[\"a\",\"b\"],\"x\":null},"
		"\"n\":12345678901234567890.10}"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"user.name: J\xc3\xb6rg\\nuser.tags[0]: a\\nuser.tags[1]: b\"");
	assert_has(&capture, "\"text\":\"n: 12345678901234567890.10\"");
	assert_has(&capture, "\"blocks\":2");
	capture_close(&capture);
}

static void
json_lines_are_a_block_each(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.jsonl", "{\"a\":1,\"b\":2}\n{\"a\":3}\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a: 1\\nb: 2\"");
	assert_has(&capture, "\"text\":\"a: 3\"");
	capture_close(&capture);
}

static void
broken_json_is_damaged_with_its_line(void **state)
{
	static const char *const texts[] = {
		"{\"a\":\n1,}", "[1\n2]", "{\"a\"\n1}", "\"\\u12\n\"", "[1,\n",
		"{\"a\":\nnope}", "\n]"};
	struct extract_buffer deep = {0};
	struct capture capture;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_string(&capture, "a.json", texts[i]), EXTRACT_EXIT_ERROR);
		assert_has(&capture, "\"code\":\"damaged\"");
		assert_has(&capture, "not valid JSON (line ");
		capture_close(&capture);
	}
	for (int i = 0; i < 100000; i++)
		extract_buffer_byte(&deep, '[');
	assert_int_equal(capture_document(&capture, "a.json", deep.data, deep.len),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"too_large\"");
	capture_close(&capture);
	extract_buffer_close(&deep);
}

static void
markdown_keeps_structure_and_drops_markup(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.md",
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
		"| Name | Use |\n|------|:---:|\n| `a|b` | *one* \\| two |\n| c | d |\n"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"table_row\",\"level\":0,\"page\":0,\"text\":\"Name | Use\"");
	assert_has(&capture, "\"header\":\"Name | Use\",\"text\":\"a|b | one | two\"");
	assert_has(&capture, "\"header\":\"Name | Use\",\"text\":\"c | d\"");
	capture_close(&capture);
}

static void
html_is_read_without_what_surrounds_it(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
		"<html><head><title>T &amp; U</title><style>s{}</style></head><body><nav>menu</nav>"
		"<h2>Part\n one</h2><p>Some <b>bold</b> text<script>x()</script></p>"
		"<ol><li>first<li><p>second</p></ol><pre>a\n  b</pre><aside>side</aside>"
		"<p hidden>secret</p><footer>foot</footer></body></html>"), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"title\":\"T & U\"");
	assert_has(&capture, "\"kind\":\"heading\",\"level\":2,\"page\":0,\"text\":\"Part one\"");
	assert_has(&capture, "\"text\":\"Some bold text\"");
	assert_has(&capture, "\"kind\":\"list_item\",\"level\":0,\"page\":0,\"text\":\"1. first\"");
	assert_has(&capture, "\"text\":\"2. second\"");
	assert_has(&capture, "\"kind\":\"code\",\"level\":0,\"page\":0,\"text\":\"a\\n  b\"");
	assert_lacks(&capture, "menu");
	assert_lacks(&capture, "side");
	assert_lacks(&capture, "secret");
	assert_lacks(&capture, "foot");
	assert_lacks(&capture, "x()");
	capture_close(&capture);
}

static void
html_tables_become_rows_but_layout_tables_do_not(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
		"<table><tr><td><h1>Top</h1><p>inside</p>"
		"<table><caption>Cap</caption><tr><th>A<th>B<tr><td>1<br>2<td>3</table></table>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":0,\"text\":\"Top\"");
	assert_has(&capture, "\"kind\":\"paragraph\",\"level\":0,\"page\":0,\"text\":\"inside\"");
	assert_has(&capture, "\"kind\":\"caption\",\"level\":0,\"page\":0,\"text\":\"Cap\"");
	assert_has(&capture, "\"header\":\"A | B\",\"text\":\"1 2 | 3\"");
	capture_close(&capture);
}

static void
deep_nesting_does_not_exhaust_the_stack(void **state)
{
	struct extract_buffer text = {0};
	struct capture capture;

	(void)state;
	for (int i = 0; i < 5000; i++)
		extract_buffer_text(&text, "<div>");
	extract_buffer_text(&text, "deep");
	assert_int_equal(capture_document(&capture, "a.html", text.data, text.len), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"deep\"");
	capture_close(&capture);
	extract_buffer_truncate(&text, 0);
	for (int i = 0; i < 5000; i++)
		extract_buffer_text(&text, "> ");
	extract_buffer_text(&text, "deep");
	assert_int_equal(capture_document(&capture, "a.md", text.data, text.len), EXTRACT_EXIT_OK);
	capture_close(&capture);
	extract_buffer_close(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_has_headings_paragraphs_and_items),
		cmocka_unit_test(blank_and_empty_files_are_empty),
		cmocka_unit_test(what_a_file_is_goes_before_its_name),
		cmocka_unit_test(csv_rows_carry_their_header),
		cmocka_unit_test(csv_without_a_header_has_none),
		cmocka_unit_test(an_open_quote_ends_with_the_text),
		cmocka_unit_test(a_record_past_the_bound_is_refused),
		cmocka_unit_test(json_becomes_paths_and_values),
		cmocka_unit_test(json_lines_are_a_block_each),
		cmocka_unit_test(broken_json_is_damaged_with_its_line),
		cmocka_unit_test(markdown_keeps_structure_and_drops_markup),
		cmocka_unit_test(markdown_pipe_tables_become_rows),
		cmocka_unit_test(html_is_read_without_what_surrounds_it),
		cmocka_unit_test(html_tables_become_rows_but_layout_tables_do_not),
		cmocka_unit_test(deep_nesting_does_not_exhaust_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
