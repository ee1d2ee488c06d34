/* SPDX-License-Identifier: Apache-2.0 */
/* test_recognized.c: which pages are named, and how. */
#include "recognized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pdf_page.h"

/* Counts a page of one word. */
static void
add(struct extract_recognized *recognized, int number, uint8_t confidence)
{
	struct extract_page page = {0};

	for (int i = 0; i < 4; i++)
		extract_page_add(&page,
			&(struct extract_glyph){.point = 'a',
				.box = {10 * i, 10, 10 * i + 10, 20},
				.size = 10,
				.confidence = confidence});
	extract_recognized_add(recognized, number, &page);
	extract_page_close(&page);
}

static void
assert_written(struct extract_recognized *recognized, const char *expected)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer out = {0};

	extract_recognized_write(recognized, &out);
	assert_string_equal(extract_buffer_string(&out), expected);
	extract_recognized_close(recognized);
}

static void
nothing_is_said_of_a_document_without_pictures(void **state)
{
	struct extract_recognized recognized = {0};

	(void)state;
	assert_false(extract_recognized_any(&recognized));
	assert_written(&recognized, "");
}

static void
pages_with_a_low_confidence_are_named_as_ranges(void **state)
{
	struct extract_recognized recognized = {0};

	(void)state;
	add(&recognized, 1, 90);
	add(&recognized, 2, 60);
	add(&recognized, 3, 50);
	add(&recognized, 7, 40);
	add(&recognized, 8, 95);
	assert_true(extract_recognized_any(&recognized));
	assert_written(&recognized,
		",\"ocr\":{\"pages\":5,\"confidence\":67,\"low\":\"2-3, 7\",\"unread\":\"\"}");
}

static void
pages_that_were_not_read_are_named(void **state)
{
	struct extract_recognized recognized = {0};

	(void)state;
	add(&recognized, 1, 90);
	extract_recognized_skip(&recognized, 2);
	extract_recognized_skip(&recognized, 3);
	assert_written(&recognized,
		",\"ocr\":{\"pages\":1,\"confidence\":90,\"low\":\"\",\"unread\":\"2-3\"}");
}

static void
pages_of_attachments_have_no_numbers(void **state)
{
	struct extract_recognized recognized = {0};

	(void)state;
	add(&recognized, 0, 30);
	extract_recognized_skip(&recognized, 0);
	assert_written(&recognized,
		",\"ocr\":{\"pages\":1,\"confidence\":30,\"low\":\"attachments\",\"unread\":"
		"\"attachments\"}");
}

static void
a_page_without_words_is_not_one_of_low_confidence(void **state)
{
	const struct extract_page blank = {0};
	struct extract_recognized recognized = {0};

	(void)state;
	extract_recognized_add(&recognized, 1, &blank);
	assert_written(&recognized,
		",\"ocr\":{\"pages\":1,\"confidence\":0,\"low\":\"\",\"unread\":\"\"}");
}

static void
a_long_list_says_that_there_are_more(void **state)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer out = {0};
	struct extract_recognized recognized = {0};

	(void)state;
	for (int i = 0; i < 20000; i++)
		extract_recognized_skip(&recognized, 1 + 2 * i);
	extract_recognized_write(&recognized, &out);
	assert_true(out.len < 1200);
	assert_non_null(strstr(out.data, " and more\"}"));
	extract_recognized_close(&recognized);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_of_a_document_without_pictures),
		cmocka_unit_test(pages_with_a_low_confidence_are_named_as_ranges),
		cmocka_unit_test(pages_that_were_not_read_are_named),
		cmocka_unit_test(pages_of_attachments_have_no_numbers),
		cmocka_unit_test(a_page_without_words_is_not_one_of_low_confidence),
		cmocka_unit_test(a_long_list_says_that_there_are_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
