/* SPDX-License-Identifier: Apache-2.0 */
/* test_layout.c: words become lines, and lines blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "multimodal/layout.h"

static void
words_become_lines_and_blocks(void **state)
{
	const struct bh_picture_word words[] = {
		{"The", 90, 0, 0, {10, 10, 30, 12}},
		{"keeper", 80, 0, 0, {45, 8, 60, 14}},
		{"sleeps", 70, 1, 0, {5, 30, 50, 12}},
		{"Page", 60, 1, 1, {200, 400, 20, 10}},
		{"2", 40, 2, 1, {225, 401, 8, 10}},
	};
	struct bh_arena arena = {0};
	struct multimodal_block *blocks;
	size_t n = 0;

	(void)state;
	multimodal_layout_of(&arena, words, BH_COUNT(words), &blocks, &n);
	assert_int_equal(n, 2);
	assert_true(blocks[0].words == 3 && blocks[0].confidence == 80 && blocks[0].n_lines == 2);
	assert_string_equal(blocks[0].lines[0].text, "The keeper");
	assert_string_equal(blocks[0].lines[1].text, "sleeps");
	assert_true(blocks[0].lines[0].box.x == 10 && blocks[0].lines[0].box.y == 8 &&
		blocks[0].lines[0].box.width == 95 && blocks[0].lines[0].box.height == 14);
	assert_true(blocks[0].box.x == 5 && blocks[0].box.y == 8 && blocks[0].box.width == 100 &&
		blocks[0].box.height == 34);
	/* A line is one of its block, whatever its number. */
	assert_true(blocks[1].n_lines == 2 && blocks[1].confidence == 50);
	bh_arena_close(&arena);
}

static void
no_words_are_no_blocks(void **state)
{
	struct bh_arena arena = {0};
	struct multimodal_block *blocks;
	size_t n = 7;

	(void)state;
	multimodal_layout_of(&arena, NULL, 0, &blocks, &n);
	assert_int_equal(n, 0);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_lines_and_blocks),
		cmocka_unit_test(no_words_are_no_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
