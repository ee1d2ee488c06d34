/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_furniture.c: heads, feet and page numbers. */
#include "pdf_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_pages.h"

static void
running_heads_and_page_numbers_are_dropped(void **state)
{
	struct extract_page pages[5] = {0};

	(void)state;
	for (int i = 0; i < 5; i++) {
		char number[8] = "1", text[] = "much text that is only on page 0";

		number[0] = (char)('1' + i);
		text[31] = (char)('a' + i);
		page_place(&pages[i], 50, 20, 10, false, "The running head");
		page_place(&pages[i], 50, 300, 10, false, text);
		page_place(&pages[i], 300, 780, 10, false, number);
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
		cmocka_unit_test(running_heads_and_page_numbers_are_dropped),
		cmocka_unit_test(pages_that_are_all_alike_keep_their_text),
		cmocka_unit_test(a_number_in_the_text_is_no_page_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
