/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_table.c: columns by free strips, wrapped cells, and what is no table. */
#include "pdf_table.h"

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
narrow_cells_are_a_table_read_line_by_line(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	for (int i = 0; i < 6; i++) {
		char text[16] = "a0";

		text[1] = (char)('0' + i);
		page_place(&page, 50, 100 + 12 * i, 10, false, i == 0 ? "name" : text);
		text[0] = 'b';
		page_place(&page, 250, 100 + 12 * i, 10, false, i == 0 ? "size" : text);
	}
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"kind\":\"table_row\",\"level\":0,\"page\":1,\"text\":\"name | size\"");
	assert_has(&capture, "\"header\":\"name | size\",\"text\":\"a5 | b5\"");
	capture_close(&capture);
}

static void
a_wrapped_cell_stays_in_its_row(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, true, "Plan");
	page_place(&page, 120, 100, 10, true, "What it holds");
	page_place(&page, 300, 100, 10, true, "Price");
	page_place(&page, 50, 120, 10, false, "Small");
	/* It fills its column up to the next one but for half a letter. */
	page_place(&page, 120, 120, 10, false, "for a team that begins with the pro");
	page_place(&page, 300, 120, 10, false, "19.00");
	page_place(&page, 120, 132, 10, false, "duct.");
	page_place(&page, 50, 152, 10, false, "Large");
	page_place(&page, 120, 152, 10, false, "all of it");
	page_place(&page, 300, 152, 10, false, "99.00");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"Small | for a team that begins with the pro duct. | 19.00\"");
	assert_has(&capture,
		"\"header\":\"Plan | What it holds | Price\",\"text\":\"Large | all of it | 99.00\"");
	capture_close(&capture);
}

static void
an_empty_cell_keeps_its_place(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	for (int i = 0; i < 3; i++) {
		page_place(&page, 50, 100 + 14 * i, 10, false, i == 0 ? "East" : i == 1 ? "West" : "All");
		if (i != 1)
			page_place(&page, 150, 100 + 14 * i, 10, false, "10");
		page_place(&page, 250, 100 + 14 * i, 10, false, "20");
	}
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"East | 10 | 20\"");
	assert_has(&capture, "\"text\":\"West |  | 20\"");
	capture_close(&capture);
}

static void
one_line_with_a_gap_is_no_table(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, false, "Signature");
	page_place(&page, 200, 100, 10, false, "Date");
	page_place(&page, 50, 112, 10, false,
		"this sentence goes right across all of the gap above it");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_lacks(&capture, "table_row");
	capture_close(&capture);
}

static void
cells_in_the_middle_of_their_row_belong_to_it(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 50, 100, 10, true, "Item");
	page_place(&page, 120, 100, 10, true, "What it is");
	page_place(&page, 350, 100, 10, true, "Price");
	for (int i = 0; i < 3; i++) {
		double y = 118 + 30 * i;

		page_place(&page, 120, y, 10, false, "a pump that moves water");
		page_place(&page, 50, y + 6, 10, false, i == 0 ? "one" : i == 1 ? "two" : "three");
		page_place(&page, 350, y + 6, 10, false, "9.50");
		page_place(&page, 120, y + 12, 10, false, "and is made of steel");
	}
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture,
		"\"header\":\"Item | What it is | Price\","
		"\"text\":\"one | a pump that moves water and is made of steel | 9.50\"");
	assert_has(&capture,
		"\"text\":\"three | a pump that moves water and is made of steel | 9.50\"");
	assert_has(&capture, "\"blocks\":4");
	capture_close(&capture);
}

/* A cell of three lines, with the others on the line that is given. */
static void
place_tall_row(struct extract_page *page, double y, int line, const char *name, const char *price)
{
	page_place(page, 120, y, 10, false, "a pump that moves water");
	page_place(page, 120, y + 12, 10, false, "and is made of steel");
	page_place(page, 120, y + 24, 10, false, "or of cast iron");
	page_place(page, 50, y + 12 * line, 10, false, name);
	page_place(page, 350, y + 12 * line, 10, false, price);
}

static void
cells_on_the_last_line_of_their_row_belong_to_it(void **state)
{
	(void)state;
	for (int line = 0; line < 3; line++) {
		struct extract_page page = {0};
		struct capture capture;

		page_place(&page, 50, 100, 10, true, "Item");
		page_place(&page, 120, 100, 10, true, "What it is");
		page_place(&page, 350, 100, 10, true, "Price");
		place_tall_row(&page, 120, line, "one", "9.50");
		place_tall_row(&page, 166, line, "two", "8.50");
		page_place(&page, 50, 212, 10, false, "three");
		page_place(&page, 120, 212, 10, false, "a seal");
		page_place(&page, 350, 212, 10, false, "7.50");
		assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
		assert_has(&capture,
			"\"text\":\"one | a pump that moves water and is made of steel or of cast iron | "
			"9.50\"");
		assert_has(&capture,
			"\"text\":\"two | a pump that moves water and is made of steel or of cast iron | "
			"8.50\"");
		assert_has(&capture, "\"text\":\"three | a seal | 7.50\"");
		capture_close(&capture);
	}
}

static void
dots_that_lead_to_a_page_number_are_left_out(void **state)
{
	static const char *const parts[] = {"Spaces", "Paths and knots", "Exercises"};
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	for (int i = 0; i < 3; i++) {
		page_place(&page, 50, 100 + 14 * i, 10, false, parts[i]);
		page_place(&page, 200, 100 + 14 * i, 10, false, ". . . . .");
		page_place(&page, 258, 100 + 14 * i, 10, false, ". 12");
	}
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"Paths and knots | ");
	assert_has(&capture, "12\"}");
	assert_lacks(&capture, ". 12");
	capture_close(&capture);
}

/* Places rows of a name and a figure from the head of a page on; without a header where it is NULL. */
static void
place_rows(struct extract_page *page, const char *header, int from, int count)
{
	double y = 100;

	if (header != NULL) {
		page_place(page, 50, y, 10, false, "Item");
		page_place(page, 250, y, 10, false, header);
		y += 12;
	}
	for (int i = from; i < from + count; i++, y += 12) {
		const char text[] = {'i', (char)('a' + i), '\0'}, figure[] = {'1', (char)('0' + i), '\0'};

		page_place(page, 50, y, 10, false, text);
		page_place(page, 250, y, 10, false, figure);
	}
}

static void
a_table_keeps_its_header_over_pages(void **state)
{
	struct extract_page pages[3] = {0};
	struct capture capture;

	(void)state;
	place_rows(&pages[0], "Pieces", 0, 4);
	place_rows(&pages[1], NULL, 4, 3);
	place_rows(&pages[2], "Pieces", 7, 2);
	assert_int_equal(pages_put(&capture, pages, 3), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"page\":1,\"header\":\"Item | Pieces\",\"text\":\"ia | 10\"");
	assert_has(&capture, "\"page\":2,\"header\":\"Item | Pieces\",\"text\":\"ie | 14\"");
	assert_has(&capture, "\"page\":3,\"text\":\"Item | Pieces\"");
	assert_has(&capture, "\"page\":3,\"header\":\"Item | Pieces\",\"text\":\"ih | 17\"");
	capture_close(&capture);
}

static void
another_table_at_the_head_of_a_page_has_its_own_header(void **state)
{
	struct extract_page pages[3] = {0};
	struct capture capture;

	(void)state;
	place_rows(&pages[0], "Pieces", 0, 4);
	place_rows(&pages[1], "Weight", 4, 3);
	page_place(&pages[1], 50, 400, 10, false, "A line of text that ends the table of this page.");
	place_rows(&pages[2], NULL, 7, 2);
	assert_int_equal(pages_put(&capture, pages, 3), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"page\":2,\"text\":\"Item | Weight\"");
	assert_has(&capture, "\"header\":\"Item | Weight\",\"text\":\"ie | 14\"");
	assert_has(&capture, "\"page\":3,\"text\":\"ih | 17\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(narrow_cells_are_a_table_read_line_by_line),
		cmocka_unit_test(a_wrapped_cell_stays_in_its_row),
		cmocka_unit_test(an_empty_cell_keeps_its_place),
		cmocka_unit_test(dots_that_lead_to_a_page_number_are_left_out),
		cmocka_unit_test(cells_on_the_last_line_of_their_row_belong_to_it),
		cmocka_unit_test(cells_in_the_middle_of_their_row_belong_to_it),
		cmocka_unit_test(one_line_with_a_gap_is_no_table),
		cmocka_unit_test(a_table_keeps_its_header_over_pages),
		cmocka_unit_test(another_table_at_the_head_of_a_page_has_its_own_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
