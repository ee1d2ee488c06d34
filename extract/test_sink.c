/* SPDX-License-Identifier: Apache-2.0 */
/* test_sink.c: the lines of the answer: blocks, their parts, bounds, the end. */
#include "sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"
#include "unicode.h"

static int
put(struct capture *capture, const char *text, const char *header)
{
	return extract_sink_block(&capture->sink,
		&(struct extract_block){.kind = EXTRACT_PARAGRAPH,
			.page = 1,
			.text = text,
			.len = strlen(text),
			.header = header});
}

static void
texts_are_cleaned_and_escaped(void **state)
{
	struct capture capture;

	(void)state;
	capture_open(&capture);
	assert_int_equal(put(&capture, "a \"b\" \\ c\x01\r\nd\te  ", NULL), 0);
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a \\\"b\\\" \\\\ c\\nd\\te\"");
	assert_has(&capture, "{\"type\":\"end\",\"characters\":13,\"blocks\":1}");
	capture_close(&capture);
}

static void
a_long_block_is_split_and_every_part_has_the_header(void **state)
{
	struct extract_buffer text = {0};
	struct capture capture;

	(void)state;
	capture_open(&capture);
	for (int i = 0; i < EXTRACT_BLOCK_CHARACTERS_MAX / 5 + 10; i++)
		extract_buffer_text(&text, "word ");
	assert_int_equal(put(&capture, text.data, "Head"), 0);
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"blocks\":2");
	assert_has(&capture, "\"header\":\"Head\",\"text\":\"word word");
	assert_lacks(&capture, "\"text\":\" word");
	capture_close(&capture);
	extract_buffer_close(&text);
}

static void
a_document_past_its_bound_is_too_large(void **state)
{
	struct capture capture;

	(void)state;
	capture_open(&capture);
	capture.sink.characters_max = 10;
	assert_int_equal(put(&capture, "12345678", NULL), 0);
	assert_int_equal(put(&capture, "12345678", NULL), EXTRACT_E_TOO_LARGE);
	assert_int_equal(capture_finish(&capture, EXTRACT_E_TOO_LARGE), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "{\"type\":\"error\",\"code\":\"too_large\",\"message\":\"");
	capture_close(&capture);
}

static void
no_text_at_all_is_an_error_and_a_reader_may_say_why(void **state)
{
	struct capture capture;

	(void)state;
	capture_open(&capture);
	assert_int_equal(put(&capture, " \n ", NULL), 0);
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"empty\"");
	capture_close(&capture);
	capture_open(&capture);
	assert_int_equal(capture_finish(&capture,
						 extract_sink_fail(&capture.sink, EXTRACT_E_DAMAGED, "Line %d is \"odd\".",
							 7)),
		EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"damaged\",\"message\":\"Line 7 is \\\"odd\\\".\"");
	capture_close(&capture);
}

static void
a_document_inside_another_has_a_heading_and_no_pages(void **state)
{
	const struct extract_block heading = {.kind = EXTRACT_HEADING,
		.level = 2,
		.text = "a.csv",
		.len = 5};
	const struct extract_block block = {.kind = EXTRACT_HEADING,
		.level = 1,
		.page = 3,
		.text = "x",
		.len = 1};
	const struct extract_block blank = {.kind = EXTRACT_PARAGRAPH, .text = " ", .len = 1};
	struct capture capture;

	(void)state;
	capture_open(&capture);
	extract_sink_enter(&capture.sink, &heading);
	assert_int_equal(extract_sink_document(&capture.sink, "csv", NULL, 9), 0);
	assert_int_equal(extract_sink_progress(&capture.sink, 1, 9), 0);
	assert_int_equal(extract_sink_block(&capture.sink, &blank), 0);
	assert_false(extract_sink_leave(&capture.sink));
	extract_sink_enter(&capture.sink, &heading);
	assert_int_equal(extract_sink_block(&capture.sink, &block), 0);
	assert_true(extract_sink_leave(&capture.sink));
	assert_int_equal(capture_finish(&capture, 0), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"level\":2,\"page\":0,\"text\":\"a.csv\"");
	assert_has(&capture, "\"level\":3,\"page\":0,\"text\":\"x\"");
	assert_has(&capture, "\"blocks\":2");
	assert_lacks(&capture, "document");
	assert_lacks(&capture, "progress");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_cleaned_and_escaped),
		cmocka_unit_test(a_long_block_is_split_and_every_part_has_the_header),
		cmocka_unit_test(a_document_past_its_bound_is_too_large),
		cmocka_unit_test(no_text_at_all_is_an_error_and_a_reader_may_say_why),
		cmocka_unit_test(a_document_inside_another_has_a_heading_and_no_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
