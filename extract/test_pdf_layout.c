/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_layout.c: the order in which columns and lines are read. */
#include "pdf_page.h"

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
two_columns_are_read_one_after_the_other(void **state)
{
	static const char *const left[] = {"left one is a line that runs",
		"left two is a line that runs", "left three is a line that ru",
		"left four is a line that run", "left five ends here."};
	static const char *const right[] = {"right one is a line that run",
		"right two is a line that run", "right three is a line that r",
		"right four is a line that ru", "right five ends here."};
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	page_place(&page, 100, 50, 20, true, "A title over both of the columns");
	for (int i = 0; i < 5; i++) {
		page_place(&page, 320, 100 + 12 * i, 10, false, right[i]);
		page_place(&page, 50, 100 + 12 * i, 10, false, left[i]);
	}
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture,
		"\"kind\":\"heading\",\"level\":1,\"page\":1,"
		"\"text\":\"A title over both of the columns\"");
	assert_has(&capture, "\"text\":\"left one is a line that runs left two");
	assert_has(&capture,
		"left five ends here.\"}\n{\"type\":\"block\",\"kind\":\"paragraph\","
		"\"level\":0,\"page\":1,\"text\":\"right one");
	capture_close(&capture);
}

static void
turned_text_does_not_break_the_lines_beside_it(void **state)
{
	struct extract_page page = {0};
	struct capture capture;

	(void)state;
	for (int i = 0; i < 12; i++)
		extract_page_add(&page,
			&(struct extract_glyph){
				.point = (uint32_t) "turned text!"[i] == ' ' ? '-' : (uint32_t) "turned text!"[i],
				.box = {10, 300 - 6 * i, 20, 306 - 6 * i},
				.size = 10,
			});
	extract_page_add(&page, &(struct extract_glyph){.point = '\n'});
	page_place(&page, 50, 240, 10, false, "a line of the page that goes");
	page_place(&page, 50, 252, 10, false, "on here.");
	assert_int_equal(page_put(&capture, &page), EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a line of the page that goes on here.\"");
	assert_has(&capture, "\"text\":\"turned-text!\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_columns_are_read_one_after_the_other),
		cmocka_unit_test(turned_text_does_not_break_the_lines_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
