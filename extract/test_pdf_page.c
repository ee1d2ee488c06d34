/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_page.c: characters become words and pieces of lines. */
#include "pdf_page.h"

#include <math.h>
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

static void
a_wide_gap_parts_fragments_and_blanks_part_words(void **state)
{
	struct extract_page page = {0};

	(void)state;
	page_place(&page, 50, 100, 10, false, "two words        apart");
	assert_int_equal(page.fragment_count, 2);
	assert_int_equal(page.fragments[0].words, 2);
	assert_int_equal(page.fragments[1].words, 1);
	assert_true(extract_page_is_gap(&page.fragments[0], &page.fragments[1]));
	assert_memory_equal(page.text.data + page.fragments[1].text, "apart", 5);
	extract_page_close(&page);
}

static void
an_index_far_below_its_line_belongs_to_its_word(void **state)
{
	struct extract_page page = {0};

	(void)state;
	extract_page_add(&page,
		&(struct extract_glyph){.point = 'H', .box = {50, 92, 57, 101}, .size = 10});
	extract_page_add(&page,
		&(struct extract_glyph){.point = '2', .box = {57, 98, 61, 105}, .size = 8});
	extract_page_add(&page,
		&(struct extract_glyph){.point = 'O', .box = {61, 92, 69, 101}, .size = 10});
	assert_int_equal(page.fragment_count, 1);
	assert_memory_equal(page.text.data, "H2O", 3);
	/* Of the same size, or a little away, it is on another line. */
	extract_page_add(&page,
		&(struct extract_glyph){.point = 'x', .box = {69, 103, 74, 112}, .size = 10});
	assert_int_equal(page.fragment_count, 2);
	extract_page_close(&page);
}

/* Places a line whose letters stand above or below each other. */
static void
place_turned(struct extract_page *page, double x, double y, double step, const char *text)
{
	for (; *text != '\0'; text++, y += step)
		extract_page_add(page,
			&(struct extract_glyph){.point = (unsigned char)*text,
				.box = {x, y, x + 10, y + 5},
				.size = 10});
	extract_page_add(page, &(struct extract_glyph){.point = '\n'});
}

static void
a_page_set_sideways_is_known_and_turned_back(void **state)
{
	struct extract_page up = {0}, down = {0}, plain = {0};
	struct extract_box box;

	(void)state;
	place_turned(&up, 100, 400, -5, "sideways");
	page_place(&up, 50, 780, 10, false, "12");
	place_turned(&down, 100, 400, 5, "sideways");
	page_place(&plain, 50, 100, 10, false, "a line of text as it should be");
	place_turned(&plain, 10, 400, -5, "margin");
	assert_int_equal(extract_page_turn(&up), EXTRACT_TURN_UP);
	assert_int_equal(extract_page_turn(&down), EXTRACT_TURN_DOWN);
	assert_int_equal(extract_page_turn(&plain), EXTRACT_TURN_NONE);

	/* At the foot of the left edge: where a line that goes up begins, turned back. */
	box = extract_box_turn((struct extract_box){10, 790, 20, 795}, EXTRACT_TURN_UP, 600, 800);
	assert_true(box.x1 == 5 && box.x2 == 10 && box.y1 == 10 && box.y2 == 20);
	box = extract_box_turn((struct extract_box){580, 5, 590, 10}, EXTRACT_TURN_DOWN, 600, 800);
	assert_true(box.x1 == 5 && box.x2 == 10 && box.y1 == 10 && box.y2 == 20);
	extract_page_close(&up);
	extract_page_close(&down);
	extract_page_close(&plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_far_below_its_line_belongs_to_its_word),
		cmocka_unit_test(places_that_are_no_numbers_are_ignored),
		cmocka_unit_test(a_page_set_sideways_is_known_and_turned_back),
		cmocka_unit_test(a_wide_gap_parts_fragments_and_blanks_part_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
