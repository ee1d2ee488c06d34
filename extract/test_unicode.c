/* SPDX-License-Identifier: Apache-2.0 */
/* test_unicode.c: normal form, and where long texts are cut. */
#include "unicode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buffer.h"
#include "protocol.h"
#include "test_capture.h"

static void
expect_clean(const char *text, const char *wanted)
{
	struct extract_buffer out = {0};

	extract_unicode_clean(text, strlen(text), &out);
	assert_string_equal(extract_buffer_string(&out), wanted);
	extract_buffer_close(&out);
}

static void
marks_without_end_on_a_letter_are_bounded(void **state)
{
	struct extract_buffer text = {0}, out = {0};

	(void)state;
	extract_buffer_byte(&text, 'x');
	for (int i = 0; i < 100000; i++)
		extract_buffer_text(&text, i % 2 == 0 ? "\xcc\x81" : "\xcc\xa7");
	extract_buffer_text(&text, "e\xcc\x81");
	extract_unicode_clean(text.data, text.len, &out);
	assert_in_range(extract_unicode_count(out.data, out.len), 30, 40);
	assert_memory_equal(out.data + out.len - 2, "\xc3\xa9", 2);
	extract_buffer_close(&text);
	extract_buffer_close(&out);
}

static void
broken_utf8_is_told_from_well_formed(void **state)
{
	(void)state;
	assert_true(extract_unicode_valid("\xf0\x9f\x98\x80", 4));
	assert_true(extract_unicode_valid("\xef\xbf\xbd", 3));
	assert_false(extract_unicode_valid("\xc0\x80", 2));
	assert_false(extract_unicode_valid("\xed\xa0\x80", 3));
	assert_false(extract_unicode_valid("\xf5\x80\x80\x80", 4));
	assert_false(extract_unicode_valid("\xe2\x82", 2));
}

static void
cleaning_composes_and_drops_what_is_not_shown(void **state)
{
	(void)state;
	expect_clean("e\xcc\x81t\xcc\xa7", "\xc3\xa9\xc5\xa3");
	expect_clean("a\x01"
				 "b\x7f"
				 "c\xc2\x85"
				 "d\xef\xbb\xbf\xc2\xad",
		"abc\nd");
	expect_clean("one\xc2\xa0two\xe2\x80\xae!", "one two!");
	expect_clean("\xef\xac\x81ne \xef\xba\x8d", "fine \xd8\xa7");
}

static void
cleaning_unifies_line_ends_and_trims_them(void **state)
{
	(void)state;
	expect_clean("\r\n\n a \t\r\nb\rc\n\n", " a\nb\nc");
	expect_clean(" \t\r\n ", "");
}

static void
a_cut_falls_behind_a_sentence(void **state)
{
	static const char text[] = "One sentence here. Another one, which is longer.";

	(void)state;
	assert_int_equal(extract_unicode_cut(text, sizeof(text) - 1, 30), 18);
	assert_int_equal(extract_unicode_cut(text, sizeof(text) - 1, 100), sizeof(text) - 1);
}

static void
a_cut_without_sentences_falls_between_words_or_characters(void **state)
{
	(void)state;
	assert_int_equal(extract_unicode_cut("aaaa bbbb cccc dddd", 19, 12), 9);
	assert_int_equal(extract_unicode_cut("aaaaaaaaaaaaaaaaaaa", 19, 12), 11);
	/* Never between a letter and its mark. */
	assert_int_equal(extract_unicode_cut("abcde\xcc\x81xyz", 10, 6), 4);
}

static void
a_long_block_is_split_into_parts_that_lose_no_word(void **state)
{
	struct extract_buffer text = {0};
	struct capture capture;
	size_t parts = 0;
	int rc;

	(void)state;
	for (int i = 0; i < 5000; i++)
		extract_buffer_text(&text, "word. ");
	capture_open(&capture);
	rc = extract_sink_block(&capture.sink,
		&(struct extract_block){.kind = EXTRACT_PARAGRAPH, .text = text.data, .len = text.len});
	assert_int_equal(rc, 0);
	assert_int_equal(capture_finish(&capture, rc), EXTRACT_EXIT_OK);
	for (const char *at = capture.lines.data; (at = strstr(at, "\"block\"")) != NULL; at++)
		parts++;
	assert_int_equal(parts, 4);
	assert_has(&capture, "\"characters\":29996,\"blocks\":4");
	capture_close(&capture);
	extract_buffer_close(&text);
}

static void
no_line_is_longer_than_the_protocol_allows(void **state)
{
	struct extract_buffer text = {0};
	struct capture capture;
	int rc;

	(void)state;
	for (int i = 0; i < 30000; i++)
		extract_buffer_text(&text, i % 2 == 0 ? "\"" : "\xf0\x9f\x98\x80");
	capture_open(&capture);
	rc = extract_sink_block(&capture.sink,
		&(struct extract_block){.kind = EXTRACT_TABLE_ROW,
			.header = text.data,
			.text = text.data,
			.len = text.len});
	assert_int_equal(capture_finish(&capture, rc), EXTRACT_EXIT_OK);
	for (const char *at = capture.lines.data; *at != '\0'; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\n") + 1 <= EXTRACT_LINE_BYTES_MAX);
	capture_close(&capture);
	extract_buffer_close(&text);
}

static void
text_past_the_limit_is_too_large(void **state)
{
	struct capture capture;
	int rc;

	(void)state;
	capture_open(&capture);
	capture.sink.characters_max = 4;
	rc = extract_sink_block(&capture.sink,
		&(struct extract_block){.kind = EXTRACT_PARAGRAPH, .text = "12345", .len = 5});
	assert_int_equal(rc, EXTRACT_E_TOO_LARGE);
	assert_int_equal(capture_finish(&capture, rc), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"too_large\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_without_end_on_a_letter_are_bounded),
		cmocka_unit_test(broken_utf8_is_told_from_well_formed),
		cmocka_unit_test(cleaning_composes_and_drops_what_is_not_shown),
		cmocka_unit_test(cleaning_unifies_line_ends_and_trims_them),
		cmocka_unit_test(a_cut_falls_behind_a_sentence),
		cmocka_unit_test(a_cut_without_sentences_falls_between_words_or_characters),
		cmocka_unit_test(a_long_block_is_split_into_parts_that_lose_no_word),
		cmocka_unit_test(no_line_is_longer_than_the_protocol_allows),
		cmocka_unit_test(text_past_the_limit_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
