/* SPDX-License-Identifier: Apache-2.0 */
/* test_phrases.c: which words of a question are a phrase, and which passages have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "rag/phrases.h"

static double
evidence(const char *query, const char *heading, const char *text)
{
	struct bh_arena arena = {0};
	struct rag_phrases phrases;
	double found = 0;

	assert_int_equal(rag_phrases_read(&arena, query, &phrases), 0);
	assert_int_equal(rag_phrases_evidence(&arena, &phrases, heading, text, &found), 0);
	bh_arena_close(&arena);
	return found;
}

static void
words_in_quotes_must_follow_each_other(void **state)
{
	(void)state;
	assert_true(evidence("\"speed limit\" in towns", "", "The Speed-Limit is 50.") > 0);
	assert_true(evidence("\"speed limit\" in towns", "", "The limit of speed is 50.") < 0);
	assert_true(evidence("\"speed limit\" in towns", "", "A high-speed limiter.") < 0);
	assert_true(evidence("\"speed limit\"", "Speed", "limit of 50") > 0);
}

static void
quotation_marks_of_other_languages_count(void **state)
{
	static const char *const queries[] = {"“speed limit”", "„speed limit“", "«speed limit»",
		"»speed limit«", "「speed limit」"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(queries); i++)
		assert_true(evidence(queries[i], "", "no limit to speed") < 0);
}

static void
a_phrase_without_blanks_is_one(void **state)
{
	(void)state;
	assert_true(evidence("「海上运输」", "", "关于海上运输的保险") > 0);
	assert_true(evidence("「海上运输」", "", "上海的海上的运输") < 0);
}

static void
one_word_or_an_open_quote_is_no_phrase(void **state)
{
	struct bh_arena arena = {0};
	struct rag_phrases phrases;

	(void)state;
	assert_int_equal(rag_phrases_read(&arena, "\"speed\" \"\" 5\" wide and more", &phrases), 0);
	assert_int_equal(phrases.n, 0);
	bh_arena_close(&arena);
}

static void
no_more_than_so_many_phrases_are_read(void **state)
{
	struct bh_arena arena = {0};
	struct bh_buf query = {0};
	struct rag_phrases phrases;

	(void)state;
	for (int i = 0; i < 20; i++)
		bh_buf_text(&query, "\"a b\" ");
	assert_int_equal(rag_phrases_read(&arena, bh_buf_string(&query), &phrases), 0);
	assert_int_equal(phrases.n, RAG_PHRASES_MAX);
	bh_buf_close(&query);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_in_quotes_must_follow_each_other),
		cmocka_unit_test(quotation_marks_of_other_languages_count),
		cmocka_unit_test(a_phrase_without_blanks_is_one),
		cmocka_unit_test(one_word_or_an_open_quote_is_no_phrase),
		cmocka_unit_test(no_more_than_so_many_phrases_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
