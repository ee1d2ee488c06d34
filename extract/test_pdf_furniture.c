/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_furniture.c: heads, feet and page numbers. */
#include "pdf_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_pages.h"

enum { PAGES = 8 };

/* Places a line; a # in it stands for the number. */
static void
place(struct extract_page *page, double x, double y, const char *line, int number)
{
	size_t before = strcspn(line, "#");
	char text[128];

	if (line[before] == '#')
		snprintf(text, sizeof(text), "%.*s%d%s", (int)before, line, number, line + before + 1);
	else
		snprintf(text, sizeof(text), "%s", line);
	page_place(page, x, y, 10, false, text);
}

/* Much that differs from page to page, from the middle downwards. */
static void
place_text(struct extract_page *page, int number)
{
	static const char *const words[] = {"anchor", "beacon", "cable", "davit", "engine", "fender",
		"gangway", "hawser"};

	for (int i = 0; i < 6; i++) {
		char text[128];

		snprintf(text, sizeof(text),
			"Much is said here of the %s, and of the %s behind it, as far as it goes",
			words[number % PAGES], words[(number + i + 1) % PAGES]);
		page_place(page, 50, 300 + 14 * i, 10, false, text);
	}
}

/* What became of a fragment on the first page, and on each other. */
static void
expect_dropped(struct extract_page pages[PAGES], size_t fragment, bool first, bool others)
{
	for (size_t i = 0; i < PAGES; i++)
		assert_int_equal(pages[i].fragments[fragment].dropped, i == 0 ? first : others);
}

static void
close_pages(struct extract_page pages[PAGES])
{
	for (size_t i = 0; i < PAGES; i++)
		extract_page_close(&pages[i]);
}

static void
running_heads_are_kept_once_and_page_numbers_dropped(void **state)
{
	struct extract_page pages[PAGES] = {0};

	(void)state;
	for (int i = 0; i < PAGES; i++) {
		place(&pages[i], 50, 20, "The running head", 0);
		place(&pages[i], 300, 780, "#", i + 1);
		place_text(&pages[i], i);
	}
	extract_pdf_drop_furniture(pages, PAGES);
	expect_dropped(pages, 0, false, true);
	expect_dropped(pages, 1, true, true);
	expect_dropped(pages, 2, false, false);
	close_pages(pages);
}

static void
a_head_that_is_said_elsewhere_is_not_kept(void **state)
{
	struct extract_page pages[PAGES] = {0};

	(void)state;
	for (int i = 0; i < PAGES; i++) {
		place(&pages[i], 50, 20, "HARBOUR RULES", 0);
		place_text(&pages[i], i);
	}
	page_place(&pages[3], 50, 500, 10, false, "Harbour Rules");
	extract_pdf_drop_furniture(pages, PAGES);
	expect_dropped(pages, 0, true, true);
	close_pages(pages);
}

static void
lines_that_differ_in_their_figures_are_text(void **state)
{
	static const char *const formats[] = {"Invoice #", "Date 2026-03-#", "Employee no. #", "Step #",
		"#", "Ticket | #", "Lesson # of 8", "Gross pay #", "Chapter #"};

	(void)state;
	for (size_t format = 0; format < sizeof(formats) / sizeof(formats[0]); format++) {
		struct extract_page pages[PAGES] = {0};
		bool steps = strcmp(formats[format], "Step #") == 0 ||
			strcmp(formats[format], "Chapter #") == 0 ||
			strcmp(formats[format], "Lesson # of 8") == 0;

		for (int i = 0; i < PAGES; i++) {
			place(&pages[i], 50, 40, formats[format], steps ? i + 1 : 20417 + 13 * i);
			place_text(&pages[i], i);
		}
		extract_pdf_drop_furniture(pages, PAGES);
		expect_dropped(pages, 0, false, false);
		close_pages(pages);
	}
}

static void
page_numbers_are_known_in_their_forms(void **state)
{
	static const char *const formats[] = {"#", "- # -", "Page #", "Seite # von 8", "# / 8", "p. #",
		"[#]"};

	(void)state;
	for (size_t format = 0; format < sizeof(formats) / sizeof(formats[0]); format++) {
		struct extract_page pages[PAGES] = {0};

		for (int i = 0; i < PAGES; i++) {
			place_text(&pages[i], i);
			place(&pages[i], 300, 780, formats[format], i + 1);
		}
		extract_pdf_drop_furniture(pages, PAGES);
		for (size_t i = 0; i < PAGES; i++)
			assert_true(pages[i].fragments[pages[i].fragment_count - 1].dropped);
		close_pages(pages);
	}
}

static void
a_value_beside_its_label_is_no_page_number(void **state)
{
	struct extract_page pages[PAGES] = {0};

	(void)state;
	for (int i = 0; i < PAGES; i++) {
		place(&pages[i], 50, 40, "Employee no.", 0);
		place(&pages[i], 150, 40, "#", i + 1);
		place_text(&pages[i], i);
	}
	extract_pdf_drop_furniture(pages, PAGES);
	expect_dropped(pages, 1, false, false);
	close_pages(pages);
}

static void
rows_of_a_table_stay(void **state)
{
	struct extract_page pages[PAGES] = {0};

	(void)state;
	for (int i = 0; i < PAGES; i++) {
		place(&pages[i], 50, 40, "Part", 0);
		place(&pages[i], 200, 40, "Length", 0);
		place(&pages[i], 50, 54, "P-#", 9087 + i);
		place(&pages[i], 200, 54, "#", 40 + 7 * i);
		place_text(&pages[i], i);
	}
	extract_pdf_drop_furniture(pages, PAGES);
	for (size_t fragment = 0; fragment < 4; fragment++)
		expect_dropped(pages, fragment, false, false);
	close_pages(pages);
}

static void
a_chapters_head_beside_the_page_number_goes_where_the_text_says_it(void **state)
{
	struct extract_page pages[PAGES] = {0};

	(void)state;
	for (int i = 0; i < PAGES; i++) {
		place(&pages[i], 50, 20, i < 4 ? "1.1. MOORING" : "1.2. LEAVING", 0);
		place(&pages[i], 540, 20, "#", i + 1);
		place_text(&pages[i], i);
		if (i == 0)
			place(&pages[i], 50, 600, "1.1 Mooring", 0);
	}
	extract_pdf_drop_furniture(pages, PAGES);
	for (size_t i = 0; i < PAGES; i++)
		assert_int_equal(pages[i].fragments[0].dropped, i != 4);
	expect_dropped(pages, 1, true, true);
	close_pages(pages);
}

static void
pages_that_are_all_alike_keep_their_text(void **state)
{
	struct extract_page pages[4] = {0};

	(void)state;
	for (int i = 0; i < 4; i++)
		page_place(&pages[i], 50, 100, 10, false, "The only line of this page");
	extract_pdf_drop_furniture(pages, 4);
	for (int i = 0; i < 4; i++) {
		assert_false(pages[i].fragments[0].dropped);
		extract_page_close(&pages[i]);
	}
}

static void
a_number_in_the_text_is_no_page_number(void **state)
{
	static const char *const numbers[] = {"1", "9", "4", "8"};
	struct extract_page pages[4] = {0};

	(void)state;
	for (int i = 0; i < 4; i++) {
		char text[] = "what is said on page 0";

		text[21] = (char)('a' + i);
		page_place(&pages[i], 50, 100, 10, false, text);
		page_place(&pages[i], 50, 780, 10, false, numbers[i]);
	}
	extract_pdf_drop_furniture(pages, 4);
	for (int i = 0; i < 4; i++) {
		assert_false(pages[i].fragments[0].dropped);
		extract_page_close(&pages[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_heads_are_kept_once_and_page_numbers_dropped),
		cmocka_unit_test(a_head_that_is_said_elsewhere_is_not_kept),
		cmocka_unit_test(lines_that_differ_in_their_figures_are_text),
		cmocka_unit_test(page_numbers_are_known_in_their_forms),
		cmocka_unit_test(a_value_beside_its_label_is_no_page_number),
		cmocka_unit_test(rows_of_a_table_stay),
		cmocka_unit_test(a_chapters_head_beside_the_page_number_goes_where_the_text_says_it),
		cmocka_unit_test(pages_that_are_all_alike_keep_their_text),
		cmocka_unit_test(a_number_in_the_text_is_no_page_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
