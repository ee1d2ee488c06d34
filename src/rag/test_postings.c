/* SPDX-License-Identifier: Apache-2.0 */
/* test_postings.c: what is packed comes out again; what is damaged does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/postings.h"

enum { MANY = 3000 };

static void
many_postings_come_back_from_their_blocks(void **state)
{
	struct bh_arena arena = {0};
	struct rag_posting *list = bh_arena_array(&arena, MANY, sizeof(*list)), *back;
	struct rag_postings_block *blocks;
	size_t n_blocks, n, at = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		list[i] = (struct rag_posting){(int64_t)(i * i + 1), (uint32_t)(i % 7 + 1),
			(uint32_t)(i % 400)};
	rag_postings_pack(&arena, list, MANY, &blocks, &n_blocks);

	assert_true(n_blocks > 1);
	for (size_t i = 0; i < n_blocks; i++) {
		assert_true(blocks[i].data.len <= RAG_POSTINGS_BYTES_MAX);
		assert_int_equal(blocks[i].first, list[at].chunk);
		assert_int_equal(rag_postings_unpack(&arena, &blocks[i], &back, &n), 0);
		assert_int_equal(n, blocks[i].n);
		for (size_t j = 0; j < n; j++, at++) {
			assert_int_equal(back[j].chunk, list[at].chunk);
			assert_int_equal(back[j].count, list[at].count);
			assert_int_equal(back[j].length, list[at].length);
		}
		assert_int_equal(blocks[i].last, list[at - 1].chunk);
	}
	assert_int_equal(at, MANY);
	bh_arena_close(&arena);
}

static void
a_block_cut_anywhere_is_refused(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_posting list[] = {{1, 2, 300}, {500, 1, 20}, {70000, 3, 128}};
	struct rag_postings_block *blocks, cut;
	struct rag_posting *back;
	size_t n_blocks, n;

	(void)state;
	rag_postings_pack(&arena, list, 3, &blocks, &n_blocks);
	assert_int_equal(n_blocks, 1);
	for (size_t len = 0; len < blocks[0].data.len; len++) {
		cut = blocks[0];
		cut.data.data = bh_arena_copy(&arena, blocks[0].data.data, len);
		cut.data.len = len;
		assert_int_equal(rag_postings_unpack(&arena, &cut, &back, &n), BH_E_PROTOCOL);
	}
	bh_arena_close(&arena);
}

static void
a_number_without_end_is_refused(void **state)
{
	struct bh_arena arena = {0};
	uint8_t bytes[64];
	const struct rag_postings_block block = {.first = 1,
		.last = 1,
		.n = 1,
		.data = {bytes, sizeof(bytes)}};
	struct rag_posting *back;
	size_t n;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(rag_postings_unpack(&arena, &block, &back, &n), BH_E_PROTOCOL);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_postings_come_back_from_their_blocks),
		cmocka_unit_test(a_block_cut_anywhere_is_refused),
		cmocka_unit_test(a_number_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
