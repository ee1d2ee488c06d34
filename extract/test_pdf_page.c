/* test_pdf_page.c: reading order, running heads and blocks, on pages made of placed lines. */
#include "pdf_page.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pdf_text.h"
#include "protocol.h"
#include "test_capture.h"

/* Places a line of text the way poppler gives it: characters half as wide as their size. */
static void
place(struct extract_page *page, double x, double y, double size, bool bold, const char *text)
{
	page->width = 600;
	page->height = 800;
	for (; *text != '\0'; text++, x += size / 2)
		extract_page_add(page, &(struct extract_glyph){
			.point = (unsigned char)*text,
			.box = {x, y, x + size / 2, y + size},
			.size = size,
			.bold = bold,
		});
	extract_page_add(page, &(struct extract_glyph){.point = '\n'});
}

static int
put_page(struct capture *out, struct extract_page *page)
{
	struct extract_pdf_sizes sizes;
	int rc;

	capture_open(out);
	extract_pdf_sizes_measure(&sizes, page, 1);
	extract_page_arrange(page);
	rc = extract_pdf_page_blocks(page, 1, &sizes, &out->sink);
	extract_page_close(page);
	return capture_finish(out, rc);
}

static void
two_columns_are_read_one_after_the_other(void **state)
{
	static const char *const left[] = {
		"left one is a line that runs", "left two is a line that runs",
		"left three is a line that ru", "left four is a line that run", "left five ends here."};
	static const char *const right[] = {
		"right one is a line that run", "right two is a line that run",
		"right three is a line that r", "right four is a line that ru", "right five ends here."};
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	place(&page, 100, 50, 20, true, "A title over both of the columns");
	for (int i = 0; i < 5; i++) {
		place(&page, 320, 100 + 12 * i, 10, false, right[i]);
		place(&page, 50, 100 + 12 * i, 10, false, left[i]);
	}
	assert_int_equal(put_page(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":1,"
		"\"text\":\"A title over both of the columns\"");
	assert_has(&capture, "\"text\":\"left one is a line that runs left two");
	assert_has(&capture, "left five ends here.\"}\n{\"type\":\"block\",\"kind\":\"paragraph\","
		"\"level\":0,\"page\":1,\"text\":\"right one");
	capture_close(&capture);
}

static void
narrow_cells_are_a_table_read_line_by_line(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	for (int i = 0; i < 6; i++) {
		char text[16] = "a0";

		text[1] = (char)('0' + i);
		place(&page, 50, 100 + 12 * i, 10, false, i == 0 ? "name" : text);
		text[0] = 'b';
		place(&page, 250, 100 + 12 * i, 10, false, i == 0 ? "size" : text);
	}
	assert_int_equal(put_page(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"table_row\",\"level\":0,\"page\":1,\"text\":\"name | size\"");
	assert_has(&capture, "\"header\":\"name | size\",\"text\":\"a5 | b5\"");
	capture_close(&capture);
}

static void
a_word_parted_at_the_end_of_a_line_is_made_whole(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	place(&page, 50, 100, 10, false, "This paragraph is about a hyphen-");
	place(&page, 50, 112, 10, false, "ated word and the well-known Anglo-");
	place(&page, 50, 124, 10, false, "American one.");
	assert_int_equal(put_page(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "a hyphenated word and the well-known Anglo-American one.");
	capture_close(&capture);
}

static void
bold_lines_gaps_and_bullets_begin_blocks(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	place(&page, 50, 100, 10, true, "Bold heading");
	place(&page, 50, 112, 10, false, "the first paragraph has a line that is");
	place(&page, 50, 124, 10, false, "long and one more.");
	place(&page, 50, 148, 10, false, "the second paragraph");
	place(&page, 50, 160, 10, false, "1. an item that is listed");
	place(&page, 50, 172, 10, false, "2. another");
	assert_int_equal(put_page(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":1,\"text\":\"Bold heading\"");
	assert_has(&capture, "\"text\":\"the first paragraph has a line that is long and one more.\"");
	assert_has(&capture, "\"kind\":\"list_item\",\"level\":0,\"page\":1,\"text\":\"2. another\"");
	assert_has(&capture, "\"blocks\":5");
	capture_close(&capture);
}

static void
running_heads_and_page_numbers_are_dropped(void **state)
{
	struct extract_page pages[5] = {0};

	(void)state;
	for (int i = 0; i < 5; i++) {
		char number[8] = "1", text[] = "much text that is only on page 0";

		number[0] = (char)('1' + i);
		text[31] = (char)('a' + i);
		place(&pages[i], 50, 20, 10, false, "The running head");
		place(&pages[i], 50, 300, 10, false, text);
		place(&pages[i], 300, 780, 10, false, number);
	}
	extract_pdf_drop_furniture(pages, 5);
	for (int i = 0; i < 5; i++) {
		assert_true(pages[i].fragments[0].dropped);
		assert_false(pages[i].fragments[1].dropped);
		assert_true(pages[i].fragments[2].dropped);
		extract_page_close(&pages[i]);
	}
}

static void
pages_that_are_all_alike_keep_their_text(void **state)
{
	struct extract_page pages[4] = {0};

	(void)state;
	for (int i = 0; i < 4; i++)
		place(&pages[i], 50, 100, 10, false, "The only line of this page");
	extract_pdf_drop_furniture(pages, 4);
	for (int i = 0; i < 4; i++) {
		assert_false(pages[i].fragments[0].dropped);
		extract_page_close(&pages[i]);
	}
}

static void
turned_text_does_not_break_the_lines_beside_it(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	for (int i = 0; i < 12; i++)
		extract_page_add(&page, &(struct extract_glyph){
			.point = (uint32_t)"turned text!"[i] == ' ' ? '-' : (uint32_t)"turned text!"[i],
			.box = {10, 300 - 6 * i, 20, 306 - 6 * i},
			.size = 10,
		});
	extract_page_add(&page, &(struct extract_glyph){.point = '\n'});
	place(&page, 50, 240, 10, false, "a line of the page that goes");
	place(&page, 50, 252, 10, false, "on here.");
	assert_int_equal(put_page(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a line of the page that goes on here.\"");
	assert_has(&capture, "\"text\":\"turned-text!\"");
	capture_close(&capture);
}

static void
places_that_are_no_numbers_are_ignored(void **state)
{
	struct extract_page page = {0};

	(void)state;
	extract_page_add(&page, &(struct extract_glyph){.point = 'x', .box = {0, 0, (double)NAN, 1}});
	extract_page_add(&page,
		&(struct extract_glyph){.point = 'x', .box = {0, 0, (double)INFINITY, 1}});
	assert_int_equal(page.fragment_count, 0);
	extract_page_arrange(&page);
	assert_int_equal(page.row_count, 0);
	extract_page_close(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_columns_are_read_one_after_the_other),
		cmocka_unit_test(narrow_cells_are_a_table_read_line_by_line),
		cmocka_unit_test(a_word_parted_at_the_end_of_a_line_is_made_whole),
		cmocka_unit_test(bold_lines_gaps_and_bullets_begin_blocks),
		cmocka_unit_test(running_heads_and_page_numbers_are_dropped),
		cmocka_unit_test(pages_that_are_all_alike_keep_their_text),
		cmocka_unit_test(turned_text_does_not_break_the_lines_beside_it),
		cmocka_unit_test(places_that_are_no_numbers_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
