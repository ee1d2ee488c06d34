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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_that_are_no_numbers_are_ignored),
		cmocka_unit_test(a_wide_gap_parts_fragments_and_blanks_part_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
