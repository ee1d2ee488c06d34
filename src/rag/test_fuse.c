/* SPDX-License-Identifier: Apache-2.0 */
/* test_fuse.c: the order of fused hits, and the score shown. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rag/fuse.h"

static const struct rag_fuse_conf preset = {0.45, 0.55, 20};

/* Joins two legs, whose cosines are all known, and orders them. */
static size_t
fuse(struct bh_arena *arena, const struct rag_fuse_conf *conf, const struct rag_leg_hit *vector,
	size_t n_vector, const struct rag_leg_hit *text, size_t n_text, struct rag_fused **out)
{
	size_t n;

	rag_fuse_join(arena, vector, n_vector, text, n_text, out, &n);
	rag_fuse_order(conf, *out, n);
	return n;
}

static void
a_chunk_in_both_legs_is_one_hit_with_both_ranks(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{1, 0.8}, {2, 0.6}, {3, 0.4}};
	const struct rag_leg_hit text[] = {{2, 10}, {4, 5}};
	struct rag_fused *hits;

	(void)state;
	assert_int_equal(fuse(&arena, &preset, vector, 3, text, 2, &hits), 4);
	assert_int_equal(hits[0].chunk_id, 2);
	assert_int_equal(hits[0].vector_rank, 2);
	assert_int_equal(hits[0].text_rank, 1);
	assert_true(fabs(hits[0].text_share - 0.5) < 1e-9);
	bh_arena_close(&arena);
}

static void
one_leg_alone_keeps_its_order(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{9, 0.3}, {4, 0.2}, {7, 0.1}};
	struct rag_fused *hits;

	(void)state;
	assert_int_equal(fuse(&arena, &preset, vector, 3, NULL, 0, &hits), 3);
	assert_int_equal(hits[0].chunk_id, 9);
	assert_int_equal(hits[1].chunk_id, 4);
	assert_int_equal(hits[2].chunk_id, 7);
	assert_int_equal(fuse(&arena, &preset, NULL, 0, NULL, 0, &hits), 0);
	bh_arena_close(&arena);
}

/* The last of a leg is worth what it has, not nothing. */
static void
a_word_is_never_below_no_word(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{1, 0.5}, {2, 0.5}, {3, 0.5}};
	const struct rag_leg_hit text[] = {{3, 8}, {2, 1}};
	struct rag_fused *hits;

	(void)state;
	assert_int_equal(fuse(&arena, &preset, vector, 3, text, 2, &hits), 3);
	assert_int_equal(hits[0].chunk_id, 3);
	assert_int_equal(hits[1].chunk_id, 2);
	assert_int_equal(hits[2].chunk_id, 1);
	assert_true(hits[1].score > hits[2].score);
	bh_arena_close(&arena);
}

static void
a_score_does_not_depend_on_the_other_hits(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{1, 0.9}, {2, 0.6}, {3, 0.1}};
	const struct rag_leg_hit text[] = {{1, 12}, {2, 4}};
	struct rag_fused *many, *alone;

	(void)state;
	assert_int_equal(fuse(&arena, &preset, vector, 3, text, 2, &many), 3);
	assert_int_equal(fuse(&arena, &preset, vector + 1, 1, text + 1, 1, &alone), 1);
	assert_int_equal(many[1].chunk_id, 2);
	assert_true(fabs(many[1].score - alone[0].score) < 1e-12);
	bh_arena_close(&arena);
}

static void
a_cosine_says_nothing_where_the_query_was_not_read(void **state)
{
	static const struct rag_fuse_conf unread = {0.45, 0.55, 20, true};
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{1, 1.0}, {2, 1.0}, {3, 0.2}};
	const struct rag_leg_hit text[] = {{3, 12}};
	struct rag_fused *hits;

	(void)state;
	assert_int_equal(fuse(&arena, &unread, vector, 3, text, 1, &hits), 3);
	assert_int_equal(hits[0].chunk_id, 3);
	assert_true(hits[0].score > 0.9);
	assert_true(hits[1].score < 0.1);
	bh_arena_close(&arena);
}

static void
scores_fall_with_the_rank_whatever_the_weights(void **state)
{
	const struct rag_leg_hit vector[] = {{1, 0.9}, {2, 0.6}, {3, 0.1}, {4, 0.7}};
	const struct rag_leg_hit text[] = {{3, 12}, {2, 4}, {5, 1}};

	(void)state;
	for (int i = 0; i <= 10; i++) {
		struct bh_arena arena = {0};
		const struct rag_fuse_conf conf = {i / 10.0, 1 - i / 10.0, 20};
		struct rag_fused *hits;
		size_t n = fuse(&arena, &conf, vector, 4, text, 3, &hits);

		for (size_t j = 1; j < n; j++)
			assert_true(hits[j].score <= hits[j - 1].score);
		bh_arena_close(&arena);
	}
}

static void
only_those_that_may_reach_the_page_are_asked_for(void **state)
{
	struct bh_arena arena = {0};
	const struct rag_leg_hit vector[] = {{1, 0.9}, {2, 0.8}, {3, 0.7}};
	const struct rag_leg_hit text[] = {{7, 18}, {1, 12}, {2, 6}, {8, 0.1}};
	struct rag_fused *list;
	int64_t chunks[8];
	size_t n;

	(void)state;
	rag_fuse_join(&arena, vector, 3, text, 4, &list, &n);
	assert_int_equal(n, 5);
	assert_int_equal(rag_fuse_missing(&preset, 0.7, 2, list, &n, chunks), 1);
	assert_int_equal(chunks[0], 7);
	assert_int_equal(n, 4);

	/* All of them while the page is not full. */
	rag_fuse_join(&arena, vector, 3, text, 4, &list, &n);
	assert_int_equal(rag_fuse_missing(&preset, 0.7, 10, list, &n, chunks), 2);
	assert_int_equal(n, 5);
	bh_arena_close(&arena);
}

static void
nonsense_scores_low_and_an_answer_high(void **state)
{
	(void)state;
	assert_true(rag_fuse_score(rag_fuse_evidence(&preset, 0.1, 0.02)) < 0.1);
	assert_true(rag_fuse_score(rag_fuse_evidence(&preset, 0.7, 0.5)) > 0.8);
}

static void
a_score_grows_with_either_leg_and_stays_within_0_and_1(void **state)
{
	double before = 0;

	(void)state;
	for (int i = -10; i <= 10; i++) {
		double score = rag_fuse_score(rag_fuse_evidence(&preset, i / 10.0, 0.2));

		assert_true(score > before && score < 1);
		assert_true(rag_fuse_score(rag_fuse_evidence(&preset, i / 10.0, 0.4)) > score);
		before = score;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chunk_in_both_legs_is_one_hit_with_both_ranks),
		cmocka_unit_test(one_leg_alone_keeps_its_order),
		cmocka_unit_test(a_word_is_never_below_no_word),
		cmocka_unit_test(a_score_does_not_depend_on_the_other_hits),
		cmocka_unit_test(a_cosine_says_nothing_where_the_query_was_not_read),
		cmocka_unit_test(scores_fall_with_the_rank_whatever_the_weights),
		cmocka_unit_test(only_those_that_may_reach_the_page_are_asked_for),
		cmocka_unit_test(nonsense_scores_low_and_an_answer_high),
		cmocka_unit_test(a_score_grows_with_either_leg_and_stays_within_0_and_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
