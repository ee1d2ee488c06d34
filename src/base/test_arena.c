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
		cmocka_unit_test(printf_keeps_the_whole_text),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
