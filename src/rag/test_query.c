/* SPDX-License-Identifier: Apache-2.0 */
/* test_query.c: what the terms of a question weigh. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rag/bm25.h"
#include "rag/query.h"

enum { CHUNKS = 1000 };

/* A term of the store. */
struct known {
	const char *term;
	int64_t df;
};

static struct rag_query
weighed(struct bh_arena *arena, const char *text, const struct known *known, size_t n)
{
	struct rag_query query;

	assert_int_equal(rag_query_read(arena, BH_LANGUAGE_BIT(BH_ENGLISH), text, &query), 0);
	for (size_t i = 0; i < query.n_terms; i++) {
		for (size_t j = 0; j < n; j++) {
			if (strcmp(query.terms[i].term, known[j].term) == 0)
				query.terms[i].df = known[j].df;
		}
	}
	rag_query_weigh(&query, CHUNKS);
	return query;
}

static double
weight(const struct rag_query *query, const char *term)
{
	for (size_t i = 0; i < query->n_terms; i++) {
		if (strcmp(query->terms[i].term, term) == 0)
			return query->terms[i].weight;
	}
	fail_msg("no term %s", term);
	return 0;
}

/* A chunk that says everything once, as much as can be, reaches the most. */
static void
all_weights_together_are_the_most(void **state)
{
	static const struct known known[] = {{"hous", 10}, {"houses", 4}, {"ppr9087", 1}, {"9087", 2},
		{"ppr", 9}, {"the", 900}};
	struct bh_arena arena = {0};
	struct rag_query query = weighed(&arena, "the houses PPR-9087 unheard", known, BH_COUNT(known));
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < query.n_terms; i++)
		sum += query.terms[i].weight;
	assert_true(fabs(rag_bm25_most(sum) - query.most) < 1e-9);
	bh_arena_close(&arena);
}

static void
a_word_that_speaks_of_the_documents_counts_only_where_they_have_it(void **state)
{
	static const struct known known[] = {{"speed", 2}, {"limit", 3}};
	static const struct known more[] = {{"speed", 2}, {"limit", 3}, {"sampl", 4}, {"sample", 4}};
	struct bh_arena arena = {0};
	struct rag_query bare = weighed(&arena, "speed limit", known, BH_COUNT(known));
	struct rag_query framed = weighed(&arena, "what does the sample say about speed limit", known,
		BH_COUNT(known));
	struct rag_query held = weighed(&arena, "sample speed limit", more, BH_COUNT(more));

	(void)state;
	assert_true(fabs(bare.most - framed.most) < 1e-9);
	assert_true(held.most > bare.most);
	assert_true(weight(&held, "sampl") > 0);
	bh_arena_close(&arena);
}

static void
the_form_that_was_asked_for_weighs_more_than_its_stem_alone(void **state)
{
	static const struct known known[] = {{"hous", 10}, {"houses", 4}};
	struct bh_arena arena = {0};
	struct rag_query query = weighed(&arena, "houses", known, BH_COUNT(known));

	(void)state;
	assert_true(weight(&query, "houses") > 0);
	assert_true(weight(&query, "hous") > weight(&query, "houses"));
	bh_arena_close(&arena);
}

static void
an_identifier_that_is_known_weighs_more_than_its_pieces(void **state)
{
	static const struct known known[] = {{"ppr9087", 1}, {"ppr", 40}, {"9087", 2}};
	struct bh_arena arena = {0};
	struct rag_query whole = weighed(&arena, "PPR-9087", known, BH_COUNT(known));
	struct rag_query pieces = weighed(&arena, "PPR-9087", known + 1, BH_COUNT(known) - 1);

	(void)state;
	assert_true(weight(&whole, "ppr9087") > weight(&whole, "9087"));
	assert_true(weight(&whole, "9087") < weight(&pieces, "9087"));
	/* A spelling that the store lacks takes nothing from the share. */
	assert_true(weight(&pieces, "ppr9087") <= 0);
	bh_arena_close(&arena);
}

static void
a_function_word_that_the_store_lacks_takes_nothing_from_the_share(void **state)
{
	static const struct known known[] = {{"engin", 10}};
	struct bh_arena arena = {0};
	struct rag_query plain = weighed(&arena, "engine", known, 1);
	struct rag_query asked = weighed(&arena, "which engine", known, 1);
	struct rag_query other = weighed(&arena, "unheard engine", known, 1);

	(void)state;
	assert_true(fabs(asked.most - plain.most) < 1e-9);
	assert_true(other.most > plain.most);
	bh_arena_close(&arena);
}

static void
a_term_that_was_not_read_counts_for_nothing(void **state)
{
	struct bh_arena arena = {0};
	struct rag_query query;

	(void)state;
	assert_int_equal(rag_query_read(&arena, BH_LANGUAGE_BIT(BH_ENGLISH), "engine", &query), 0);
	for (size_t i = 0; i < query.n_terms; i++)
		query.terms[i].left_out = true;
	rag_query_weigh(&query, CHUNKS);
	assert_true(query.most <= 0);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_weights_together_are_the_most),
		cmocka_unit_test(a_word_that_speaks_of_the_documents_counts_only_where_they_have_it),
		cmocka_unit_test(the_form_that_was_asked_for_weighs_more_than_its_stem_alone),
		cmocka_unit_test(an_identifier_that_is_known_weighs_more_than_its_pieces),
		cmocka_unit_test(a_function_word_that_the_store_lacks_takes_nothing_from_the_share),
		cmocka_unit_test(a_term_that_was_not_read_counts_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
