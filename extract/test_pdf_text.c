/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_text.c: blocks out of rows: headings, paragraphs, items, captions. */
#include "pdf_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"
#include "test_pages.h"

static void
a_word_parted_at_the_end_of_a_line_is_made_whole(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, false, "This paragraph is about a hyphen-");
	page_place(&page, 50, 112, 10, false, "ated word and the well-known Anglo-");
	page_place(&page, 50, 124, 10, false, "American one.");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "a hyphenated word and the well-known Anglo-American one.");
	capture_close(&capture);
}

static void
bold_lines_gaps_and_bullets_begin_blocks(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, true, "Bold heading");
	page_place(&page, 50, 112, 10, false, "the first paragraph has a line that is");
	page_place(&page, 50, 124, 10, false, "long and one more.");
	page_place(&page, 50, 148, 10, false, "the second paragraph");
	page_place(&page, 50, 160, 10, false, "1. an item that is listed");
	page_place(&page, 50, 172, 10, false, "2. another");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":1,\"text\":\"Bold heading\"");
	assert_has(&capture, "\"text\":\"the first paragraph has a line that is long and one more.\"");
	assert_has(&capture, "\"kind\":\"list_item\",\"level\":0,\"page\":1,\"text\":\"2. another\"");
	assert_has(&capture, "\"blocks\":5");
	capture_close(&capture);
}

static void
a_number_where_a_sentence_was_broken_is_no_item(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, false, "you have to ask before you file the Form");
	page_place(&page, 50, 112, 10, false, "941. It is due at the end of each month.");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"you have to ask before you file the Form 941. It is due");
	capture_close(&capture);
}

static void
a_bold_head_may_run_over_lines_and_into_its_paragraph(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, true, "A head that is set in bold and goes on");
	page_place_run_in(&page, 50, 112, 10, "over the line.", " The text follows it.");
	page_place(&page, 50, 124, 10, false, "And this is the paragraph.");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture,
		"\"kind\":\"paragraph\",\"level\":0,\"page\":1,\"text\":\"A head that is set "
		"in bold and goes on over the line. The text follows it. And this is the paragraph.\"");
	capture_close(&capture);
}

static void
a_caption_is_no_sentence_about_a_table(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, false, "Table 1. Sales by region");
	page_place(&page, 50, 160, 10, false, "Table 1 shows the sales of a year.");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"caption\",\"level\":0,\"page\":1,\"text\":\"Table 1. Sales");
	assert_has(&capture, "\"kind\":\"paragraph\",\"level\":0,\"page\":1,\"text\":\"Table 1 shows");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_parted_at_the_end_of_a_line_is_made_whole),
		cmocka_unit_test(bold_lines_gaps_and_bullets_begin_blocks),
		cmocka_unit_test(a_number_where_a_sentence_was_broken_is_no_item),
		cmocka_unit_test(a_bold_head_may_run_over_lines_and_into_its_paragraph),
		cmocka_unit_test(a_caption_is_no_sentence_about_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
