/* SPDX-License-Identifier: Apache-2.0 */
/* test_arena.c: memory of one lifetime. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void
pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct bh_arena arena = {0};
	char *before = NULL;

	(void)state;
	for (size_t i = 1; i < 3000; i += 7) {
		char *piece = bh_arena_alloc(&arena, i);

		assert_int_equal((uintptr_t)piece % 16, 0);
		for (size_t at = 0; at < i; at++)
			assert_int_equal(piece[at], 0);
		memset(piece, 0x5a, i);
		assert_ptr_not_equal(piece, before);
		before = piece;
	}
	bh_arena_close(&arena);
	assert_int_equal(arena.bytes, 0);
}

static void
a_large_piece_leaves_the_open_block_open(void **state)
{
	struct bh_arena arena = {0};
	char *first = bh_arena_alloc(&arena, 16);
	char *large = bh_arena_alloc(&arena, 100000);
	char *second = bh_arena_alloc(&arena, 16);

	(void)state;
	memset(large, 1, 100000);
	assert_ptr_equal(second, first + 16);
	bh_arena_close(&arena);
}

static void
a_piece_that_grows_keeps_its_bytes_and_its_neighbours(void **state)
{
	static const size_t sizes[] = {16, 8192, 100000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bh_arena arena = {0};
		char *piece = bh_arena_raw(&arena, sizes[i]), *beside;

		memset(piece, 1, sizes[i]);
		beside = bh_arena_raw(&arena, 8192 - 16);
		memset(beside, 2, 8192 - 16);
		piece = bh_arena_grow(&arena, piece, sizes[i], 3 * sizes[i]);
		memset(piece + sizes[i], 3, 2 * sizes[i]);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(piece[at], 1);
		for (size_t at = 0; at < 8192 - 16; at++)
			assert_int_equal(beside[at], 2);
		bh_arena_close(&arena);
	}
}

static void
a_large_piece_grows_without_a_copy_beside_it(void **state)
{
	struct bh_arena arena = {0};
	void *piece;

	(void)state;
	bh_arena_alloc(&arena, 16);
	piece = bh_arena_raw(&arena, 100000);
	bh_arena_grow(&arena, piece, 100000, 300000);
	assert_true(arena.bytes < 320000);
	bh_arena_close(&arena);
}

static void
printf_keeps_the_whole_text(void **state)
{
	struct bh_arena arena = {0};

	(void)state;
	assert_string_equal(bh_arena_printf(&arena, "%s-%d", "a", 7), "a-7");
	assert_string_equal(bh_arena_copy(&arena, "abc", 2), "ab");
	bh_arena_close(&arena);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(a_large_piece_leaves_the_open_block_open),
		cmocka_unit_test(a_piece_that_grows_keeps_its_bytes_and_its_neighbours),
		cmocka_unit_test(a_large_piece_grows_without_a_copy_beside_it),
		cmocka_unit_test(printf_keeps_the_whole_text),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
