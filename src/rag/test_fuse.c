/* SPDX-License-Identifier: Apache-2.0 */
/* test_fuse.c: the order of fused hits, and the score shown. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rag/fuse.h"

static void
a_chunk_in_both_legs_gets_both_shares(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{1, 0.8}, {2, 0.6}, {3, 0.4}};
	const struct rag_leg_hit text[] = {{2, 10}, {4, 5}};
	const struct rag_fuse_conf conf = {0.4, 0.6, 100, 20};
	struct rag_fused *hits;
	size_t n;

	(void)state;
	rag_fuse(&arena, &conf, vector, 3, text, 2, &hits, &n);

	assert_int_equal(n, 4);
	assert_int_equal(hits[0].chunk_id, 2);
	assert_true(fabs(hits[0].fused - (0.4 * 0.5 + 0.6)) < 1e-9);
	assert_int_equal(hits[0].vector_rank, 2);
	assert_int_equal(hits[0].text_rank, 1);
	assert_int_equal(hits[1].chunk_id, 1);
	assert_int_equal(hits[1].text_rank, 0);
	bh_arena_close(&arena);
}

static void
one_leg_alone_keeps_its_order(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{9, 0.3}, {4, 0.2}, {7, 0.1}};
	const struct rag_fuse_conf conf = {0.4, 0.6, 3, 0};
	struct rag_fused *hits;
	size_t n;

	(void)state;
	rag_fuse(&arena, &conf, vector, 3, NULL, 0, &hits, &n);
	assert_int_equal(n, 3);
	assert_int_equal(hits[0].chunk_id, 9);
	assert_int_equal(hits[1].chunk_id, 4);
	assert_int_equal(hits[2].chunk_id, 7);

	rag_fuse(&arena, &conf, NULL, 0, NULL, 0, &hits, &n);
	assert_int_equal(n, 0);
	bh_arena_close(&arena);
}

static void
nonsense_scores_low_and_an_answer_high(void **state)
{
	(void)state;
	assert_true(rag_fuse_score(0.1, 0.02) < 0.1);
	assert_true(rag_fuse_score(0.7, 0.5) > 0.8);
}

static void
a_score_grows_with_either_leg_and_stays_within_0_and_1(void **state)
{
	double before = 0;

	(void)state;
	for (int i = -10; i <= 10; i++) {
		double score = rag_fuse_score(i / 10.0, 0.2);

		assert_true(score > before && score < 1);
		assert_true(rag_fuse_score(i / 10.0, 0.4) > score);
		before = score;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chunk_in_both_legs_gets_both_shares),
		cmocka_unit_test(one_leg_alone_keeps_its_order),
		cmocka_unit_test(nonsense_scores_low_and_an_answer_high),
		cmocka_unit_test(a_score_grows_with_either_leg_and_stays_within_0_and_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
