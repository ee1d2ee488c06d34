/* SPDX-License-Identifier: Apache-2.0 */
/* test_html.c: pages without what surrounds their content, lists and tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buffer.h"
#include "protocol.h"
#include "test_capture.h"

/* Reads a document whose content is the string. */
static int
read_string(struct capture *out, const char *name, const char *text)
{
	return capture_document(out, name, text, strlen(text));
}

static void
html_is_read_without_what_surrounds_it(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<html><head><title>T &amp; "
						 "U</title><style>s{}</style></head><body><nav>menu</nav>"
						 "<h2>Part\n one</h2><p>Some <b>bold</b> text<script>x()</script></p>"
						 "<ol><li>first<li><p>second</p></ol><pre>a\n  b</pre><aside>side</aside>"
						 "<p hidden>secret</p><footer>foot</footer></body></html>"),
		EXTRACT_EXIT_OK);
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
						 "<table><caption>Cap</caption><tr><th>A<th>B<tr><td>1<br>2<td>3</table></"
						 "table>"),
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

static void
lists_count_from_where_they_say(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<ol start=5><li>five<li>six<li value=9>nine<li>ten</ol>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"5. five\"");
	assert_has(&capture, "\"text\":\"6. six\"");
	assert_has(&capture, "\"text\":\"9. nine\"");
	assert_has(&capture, "\"text\":\"10. ten\"");
	capture_close(&capture);
}

static void
cells_over_several_rows_are_said_in_each(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<table><tr><th>Region<th>Quarter<th>Sales<tr><td "
						 "rowspan=2>North<td>Q1<td>10"
						 "<tr><td>Q2<td>20<tr><td colspan=2>Total<td>30</table>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"North | Q1 | 10\"");
	assert_has(&capture, "\"text\":\"North | Q2 | 20\"");
	assert_has(&capture, "\"text\":\"Total |  | 30\"");
	capture_close(&capture);
}

static void
two_rows_of_headers_are_one(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<table><thead><tr><th rowspan=2>Model<th "
						 "colspan=2>Flow<tr><th>min<th>max</thead>"
						 "<tr><td>X<td>1<td>2</table>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"header\":\"Model | Flow min | max\",\"text\":\"X | 1 | 2\"");
	capture_close(&capture);
}

static void
spans_without_end_are_bounded(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<table><tr><td colspan=99999999 "
						 "rowspan=99999999>a<td>b<tr><td>c</table>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a");
	capture_close(&capture);
}

static void
a_page_says_which_encoding_it_is_in(void **state)
{
	static const char latin[] = "<meta charset=windows-1252><p>Gr\xfc\xdf"
								"e \x80 5</p>";
	static const char japanese[] = "<meta http-equiv=Content-Type content=\"text/html; "
								   "charset=Shift_JIS\"><p>\x83"
								   "e\x83X\x83g</p>";
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html", latin), EXTRACT_EXIT_OK);
	assert_has(&capture,
		"\"text\":\"Gr\xc3\xbc\xc3\x9f"
		"e \xe2\x82\xac 5\"");
	capture_close(&capture);
	assert_int_equal(read_string(&capture, "a.html", japanese), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88\"");
	capture_close(&capture);
}

static void
notes_beside_the_text_are_part_of_it(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<body><article><p>Start it.</p><aside><p>Never run it dry.</p></aside>"
						 "<aside class=sidebar>share it</aside><aside><a href=x>other "
						 "pages</a></aside>"
						 "<blockquote>Cold.<footer>The keeper</footer></blockquote></article>"
						 "<div role=complementary class=\"callout tip\">Wear gloves.</div>"
						 "<aside>beside all</aside><footer>imprint</footer></body>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "Never run it dry.");
	assert_has(&capture, "The keeper");
	assert_has(&capture, "Wear gloves.");
	assert_lacks(&capture, "share it");
	assert_lacks(&capture, "other pages");
	assert_lacks(&capture, "beside all");
	assert_lacks(&capture, "imprint");
	capture_close(&capture);
}

static void
formulas_are_lines_of_text(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(
		read_string(&capture, "a.html",
			"<p>Drag <math><mi>F</mi><mo>=</mo><mn>42</mn></math> N, "
			"<math><semantics><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><msup><mi>x</mi>"
			"<mn>2</mn></msup></mfrac><annotation>\\frac</annotation></semantics></math>, "
			"<math><msqrt><mi>y</mi></msqrt><msub><mi>v</mi><mn>0</mn></msub></math>, "
			"<math alttext=\"e = 1\"></math></p>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "Drag F = 42 N, (a+b)/(x^2), \xe2\x88\x9a(y)v_0, e = 1");
	assert_lacks(&capture, "frac");
	capture_close(&capture);
}

static void
formulas_nested_without_end_do_no_harm(void **state)
{
	struct extract_buffer text = {0};
	struct capture capture;

	(void)state;
	extract_buffer_text(&text, "<math>");
	for (int i = 0; i < 3000; i++)
		extract_buffer_text(&text, "<msqrt>");
	extract_buffer_text(&text, "<mi>deep</mi>");
	assert_int_equal(capture_document(&capture, "a.html", text.data, text.len), EXTRACT_EXIT_OK);
	assert_has(&capture, "deep");
	capture_close(&capture);
	extract_buffer_close(&text);
}

static void
pictures_and_fields_are_what_they_say(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<p>See<img src=a alt=\"the cooling circuit\">here<img alt=\"b.png\"><img "
						 "alt=\"\">.</p>"
						 "<p>Berth <input value=\"South 9\"><select><option>small<option "
						 "selected>large</select>"
						 "<input type=checkbox checked><input type=password value=secret1>"
						 "<input type=hidden "
						 "value=secret2></p><p>Flow<svg><style>.a{fill:red}</style>"
						 "<text>Pump 1</text><g><text>Tank</text></g></svg>.</p>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "See the cooling circuit here");
	assert_has(&capture, "Flow Pump 1 Tank .");
	assert_lacks(&capture, "fill");
	assert_has(&capture, "Berth South 9 large \xe2\x98\x91");
	assert_lacks(&capture, "b.png");
	assert_lacks(&capture, "small");
	assert_lacks(&capture, "secret");
	capture_close(&capture);
}

static void
an_empty_main_part_is_none(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<main> <div id=root></div></main><p>Real content</p>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "Real content");
	capture_close(&capture);
}

static void
what_the_page_does_not_show_is_not_read(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(
		read_string(&capture, "a.html",
			"<p>new <del>gone1</del><span style=\"color:red;display : none\">gone2</span>"
			"<span style=\"visibility:hidden\">gone3</span><span class=\"a sr-only\">gone4</span>"
			"<dialog>gone5</dialog><dialog open>asked</dialog></p>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "new");
	assert_has(&capture, "asked");
	assert_lacks(&capture, "gone");
	capture_close(&capture);
}

static void
readings_follow_their_word_in_brackets(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.html",
						 "<p><ruby>A<rt>a</rt></ruby> and "
						 "<ruby>B<rp>(</rp><rt>b</rt><rp>)</rp></ruby></p>"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "A(a) and B(b)");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_read_without_what_surrounds_it),
		cmocka_unit_test(html_tables_become_rows_but_layout_tables_do_not),
		cmocka_unit_test(deep_nesting_does_not_exhaust_the_stack),
		cmocka_unit_test(lists_count_from_where_they_say),
		cmocka_unit_test(cells_over_several_rows_are_said_in_each),
		cmocka_unit_test(two_rows_of_headers_are_one),
		cmocka_unit_test(spans_without_end_are_bounded),
		cmocka_unit_test(a_page_says_which_encoding_it_is_in),
		cmocka_unit_test(notes_beside_the_text_are_part_of_it),
		cmocka_unit_test(formulas_are_lines_of_text),
		cmocka_unit_test(formulas_nested_without_end_do_no_harm),
		cmocka_unit_test(pictures_and_fields_are_what_they_say),
		cmocka_unit_test(an_empty_main_part_is_none),
		cmocka_unit_test(what_the_page_does_not_show_is_not_read),
		cmocka_unit_test(readings_follow_their_word_in_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
