/* SPDX-License-Identifier: Apache-2.0 */
/* test_expand.c: how far the text around a hit goes, and that it stands there as in the document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rag/expand.h"
#include "rag/store.h"

#define CHUNK(number, from, words, path) \
	{ \
		.chunk_id = (number), .start = (from), .end = (from) + (int64_t)sizeof(words) - 1, \
		.text = (words), .heading = (path) \
	}

static const char *
expanded(struct bh_arena *arena, const struct rag_chunk *chunks, size_t n, size_t at,
	int64_t tokens)
{
	struct rag_context around;

	rag_expand_join(arena, chunks, n, at, tokens, &around);
	return around.text;
}

static void
neighbours_of_the_section_are_joined_as_far_as_the_tokens_go(void **state)
{
	static const struct rag_chunk chunks[] = {
		CHUNK(1, 0, "one two three", "A"),
		CHUNK(2, 15, "four five six", "A"),
		CHUNK(3, 30, "seven eight nine", "A"),
		CHUNK(4, 48, "other section", "B"),
	};
	struct bh_arena arena = {0};

	(void)state;
	assert_string_equal(expanded(&arena, chunks, 4, 1, 3), "four five six");
	assert_string_equal(expanded(&arena, chunks, 4, 1, 6), "four five six\n\nseven eight nine");
	assert_string_equal(expanded(&arena, chunks, 4, 1, 100),
		"one two three\n\nfour five six\n\nseven eight nine");
	assert_string_equal(expanded(&arena, chunks, 4, 3, 100), "other section");
	bh_arena_close(&arena);
}

static void
what_chunks_share_stands_once(void **state)
{
	static const struct rag_chunk chunks[] = {
		CHUNK(1, 0, "one two", ""),
		CHUNK(2, 4, "two three", ""),
		CHUNK(3, 8, "three", ""),
		CHUNK(4, 13, " four", ""),
	};
	struct rag_context around;
	struct bh_arena arena = {0};

	(void)state;
	rag_expand_join(&arena, chunks, 4, 0, 100, &around);
	assert_string_equal(around.text, "one two three four");
	assert_int_equal(around.start, 0);
	assert_int_equal(around.end, 18);
	/* The third adds nothing. */
	assert_int_equal(around.n_parts, 3);
	assert_int_equal(around.parts[1].chunk_id, 2);
	assert_int_equal(around.parts[1].start, 4);
	assert_int_equal(around.parts[1].end, 13);
	assert_int_equal(around.parts[2].chunk_id, 4);
	bh_arena_close(&arena);
}

static void
another_file_is_never_joined(void **state)
{
	struct rag_chunk chunks[] = {CHUNK(1, 0, "mine", ""), CHUNK(2, 0, "theirs", "")};
	struct bh_arena arena = {0};

	(void)state;
	chunks[1].file_id = bh_uuid_new();
	assert_string_equal(expanded(&arena, chunks, 2, 0, 100), "mine");
	assert_string_equal(expanded(&arena, chunks, 2, 1, 100), "theirs");
	bh_arena_close(&arena);
}

static void
a_hit_that_is_larger_than_the_tokens_stays_alone_and_whole(void **state)
{
	static const struct rag_chunk chunks[] = {CHUNK(1, 0, "one two three", ""),
		CHUNK(2, 15, "four", "")};
	struct bh_arena arena = {0};

	(void)state;
	assert_string_equal(expanded(&arena, chunks, 2, 0, 1), "one two three");
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_of_the_section_are_joined_as_far_as_the_tokens_go),
		cmocka_unit_test(what_chunks_share_stands_once),
		cmocka_unit_test(another_file_is_never_joined),
		cmocka_unit_test(a_hit_that_is_larger_than_the_tokens_stays_alone_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
