/* SPDX-License-Identifier: Apache-2.0 */
/* test_bm25.c: scores against numbers worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/bm25.h"

static void
assert_near(double value, double expected)
{
	assert_true(fabs(value - expected) < 1e-9);
}

/* Packs up to a few postings into one block. */
static struct rag_postings_block
block_of(struct bh_arena *arena, const struct rag_posting *list, size_t n)
{
	struct rag_postings_block *blocks;
	size_t n_blocks;

	rag_postings_pack(arena, list, n, &blocks, &n_blocks);
	assert_int_equal(n_blocks, 1);
	return blocks[0];
}

static void
idf_is_positive_even_for_a_word_of_every_chunk(void **state)
{
	(void)state;
	assert_near(rag_bm25_idf(10, 1), log(1 + 9.5 / 1.5));
	assert_true(rag_bm25_idf(10, 10) > 0);
}

static void
a_score_is_the_textbook_formula(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_posting list[] = {{3, 2, 20}, {7, 1, 5}};
	struct rag_postings_block block = block_of(&arena, list, 2);
	struct rag_leg_hit *hits;
	struct rag_bm25 bm25;
	size_t n;

	(void)state;
	rag_bm25_init(&bm25, &arena, 10, 100, 0, 2);
	assert_int_equal(rag_bm25_add(&bm25, 1.5, 1, &block), 0);
	rag_bm25_top(&bm25, 10, &hits, &n);

	assert_int_equal(n, 2);
	assert_int_equal(hits[0].chunk_id, 7);
	assert_near(hits[0].score, 1.5 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 0.5)));
	assert_int_equal(hits[1].chunk_id, 3);
	assert_near(hits[1].score, 1.5 * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 2)));
	bh_arena_close(&arena);
}

static void
chunks_outside_the_ranges_are_not_found(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_posting list[] = {{1, 1, 9}, {5, 1, 9}, {6, 1, 9}, {9, 1, 9}, {12, 1, 9}};
	const struct rag_range ranges[] = {{5, 2}, {11, 2}};
	struct rag_postings_block block = block_of(&arena, list, 5);
	struct rag_leg_hit *hits;
	struct rag_bm25 bm25;
	size_t n;

	(void)state;
	rag_bm25_init(&bm25, &arena, 10, 90, 0, 5);
	bm25.ranges = ranges;
	bm25.n_ranges = 2;
	assert_int_equal(rag_bm25_add(&bm25, 1, 1, &block), 0);
	rag_bm25_top(&bm25, 10, &hits, &n);

	assert_int_equal(n, 3);
	assert_int_equal(hits[0].chunk_id, 5);
	assert_int_equal(hits[1].chunk_id, 6);
	assert_int_equal(hits[2].chunk_id, 12);
	bh_arena_close(&arena);
}

static void
the_best_k_of_many_come_in_order(void **state)
{
	struct bh_arena arena = {0};
	struct rag_posting list[200];
	struct rag_postings_block block;
	struct rag_leg_hit *hits;
	struct rag_bm25 bm25;
	size_t n;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		list[i] = (struct rag_posting){(int64_t)i + 1, (uint32_t)((i * 37) % 200 + 1), 100};
	block = block_of(&arena, list, 200);
	/* The table grows: the store had far fewer chunks when its statistics were read. */
	rag_bm25_init(&bm25, &arena, 5, 500, 0, 5);
	assert_int_equal(rag_bm25_add(&bm25, 1, 1, &block), 0);
	rag_bm25_top(&bm25, 10, &hits, &n);

	assert_int_equal(n, 10);
	for (size_t i = 0; i < n; i++)
		assert_int_equal((hits[i].chunk_id - 1) * 37 % 200 + 1, 200 - (int64_t)i);
	bh_arena_close(&arena);
}

static void
a_damaged_block_is_an_error(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_postings_block block = {.first = 1, .last = 1, .n = 1, .data = {"\x01", 1}};
	struct rag_bm25 bm25;

	(void)state;
	rag_bm25_init(&bm25, &arena, 5, 50, 0, 1);
	assert_int_equal(rag_bm25_add(&bm25, 1, 1, &block), BH_E_PROTOCOL);
	bh_arena_close(&arena);
}

static void
words_of_every_chunk_tell_little_and_one_chunk_is_enough(void **state)
{
	(void)state;
	assert_true(rag_bm25_telling(500, rag_bm25_idf(500, 490)) < 0.1);
	assert_near(rag_bm25_telling(500, rag_bm25_idf(500, 40)), 1);
	assert_near(rag_bm25_telling(1, rag_bm25_idf(1, 1)), 1);
}

/* Three words over some thousand chunks; scores of the best hundred. */
static size_t
score_many(struct bh_arena *arena, int64_t next_chunk, struct rag_leg_hit **out)
{
	struct rag_posting list[600];
	struct rag_bm25 bm25;
	uint64_t random = 7;
	size_t n = 0;

	rag_bm25_init(&bm25, arena, 3000, 30000, next_chunk, 1800);
	for (int word = 0; word < 3; word++) {
		struct rag_postings_block *blocks;
		size_t n_blocks;
		int64_t chunk = 0;

		for (size_t i = 0; i < BH_COUNT(list); i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			chunk += 1 + (int64_t)(random >> 33) % 8;
			list[i] = (struct rag_posting){chunk, 1 + (uint32_t)(random >> 40) % 4,
				5 + (uint32_t)(random >> 50) % 20};
		}
		rag_postings_pack(arena, list, BH_COUNT(list), &blocks, &n_blocks);
		for (size_t i = 0; i < n_blocks; i++)
			assert_int_equal(rag_bm25_add(&bm25, 1 + word, 1, &blocks[i]), 0);
	}
	rag_bm25_top(&bm25, 100, out, &n);
	return n;
}

static void
array_and_table_give_the_same(void **state)
{
	struct bh_arena arena = {0};
	struct rag_leg_hit *by_table, *by_array;
	size_t n = score_many(&arena, 0, &by_table);

	(void)state;
	assert_int_equal(n, 100);
	/* Two thousand chunks are known of, and there are more by now. */
	assert_int_equal(score_many(&arena, 2000, &by_array), n);
	assert_memory_equal(by_table, by_array, n * sizeof(*by_table));
	bh_arena_close(&arena);
}

static void
chunk_far_beyond_the_store_is_damage(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_posting list[] = {{1000000000000, 1, 9}};
	struct rag_postings_block block = block_of(&arena, list, 1);
	struct rag_bm25 bm25;

	(void)state;
	rag_bm25_init(&bm25, &arena, 10, 90, 11, 10);
	assert_int_equal(rag_bm25_add(&bm25, 1, 1, &block), BH_E_PROTOCOL);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idf_is_positive_even_for_a_word_of_every_chunk),
		cmocka_unit_test(words_of_every_chunk_tell_little_and_one_chunk_is_enough),
		cmocka_unit_test(a_score_is_the_textbook_formula),
		cmocka_unit_test(chunks_outside_the_ranges_are_not_found),
		cmocka_unit_test(the_best_k_of_many_come_in_order),
		cmocka_unit_test(a_damaged_block_is_an_error),
		cmocka_unit_test(array_and_table_give_the_same),
		cmocka_unit_test(chunk_far_beyond_the_store_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
