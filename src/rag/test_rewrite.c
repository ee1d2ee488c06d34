/* SPDX-License-Identifier: Apache-2.0 */
/* test_rewrite.c: what is searched for in place of a query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "rag/rewrite.h"

#define MOST 4

static void
rewrites(const char *query, const char *const *expected, size_t n)
{
	struct bh_arena arena = {0};
	const char *const *list;

	assert_int_equal(rag_rewrite_queries(&arena, &query, 1, MOST, &list), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(list[i], expected[i]);
	bh_arena_close(&arena);
}

#define REWRITES(query, ...) \
	do { \
		static const char *const expected[] = {__VA_ARGS__}; \
		rewrites(query, BH_LIST(expected)); \
	} while (0)

static void
what_stands_alone_or_asks_nothing_stays_as_it_is(void **state)
{
	static const char *const queries[] = {"How deep is the harbour of Riga?", "harbour depth",
		"tenant notice period. deposit refund", "\"exact words\" of a phrase", "?", "   ",
		"Please.", "\xe6\xb8\xaf\xe5\x8f\xa3"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(queries); i++)
		rewrites(queries[i], &queries[i], 1);
}

static void
words_that_only_ask_for_an_answer_go(void **state)
{
	(void)state;
	REWRITES("Please tell me how deep the harbour of Riga is.", "how deep the harbour of Riga is.");
	REWRITES("Hello! Could you tell me who built the mill? Thank you!", "who built the mill?");
}

static void
several_questions_are_several_queries(void **state)
{
	(void)state;
	REWRITES("How deep is the harbour of Riga? Who built the old mill?",
		"How deep is the harbour of Riga?", "Who built the old mill?");
	REWRITES("Who built the old mill? Who built the old mill?", "Who built the old mill?");
	REWRITES("I read the report on the harbour yesterday. How deep is the lake of Ladoga?",
		"How deep is the lake of Ladoga?");
}

static void
a_question_that_leans_gets_the_words_before_it(void **state)
{
	(void)state;
	REWRITES("Who built the stone mill? And when was it sold?", "Who built the stone mill?",
		"And when was it sold? built stone mill");
	REWRITES("My passport expired. Whom do I contact?", "Whom do I contact? passport expired");
	REWRITES("My passport is from Riga. It expired. Whom do I contact?",
		"Whom do I contact? passport Riga expired");
}

static void
questions_for_which_there_is_no_room_stay_together(void **state)
{
	static const char *const two[] = {"Who built the old mill? Who sold the new mill?",
		"Where is the long pier? Where is the red lighthouse? Where is the fish market? "
		"Where is the old church?"};
	struct bh_arena arena = {0};
	const char *const *list;

	(void)state;
	assert_int_equal(rag_rewrite_queries(&arena, two, 2, MOST, &list), 3);
	assert_string_equal(list[1], "Who sold the new mill?");
	assert_string_equal(list[2], two[1]);
	bh_arena_close(&arena);
}

static void
a_long_text_takes_no_more_than_its_length(void **state)
{
	enum { BYTES = 20000 };
	static char text[BYTES + 1];
	struct bh_arena arena = {0};
	const char *query = text;
	const char *const *list;

	(void)state;
	for (size_t i = 0; i < BYTES; i += 4)
		memcpy(text + i, i % 400 == 0 ? "Rig. " : "It. ", 4);
	assert_int_equal(rag_rewrite_queries(&arena, &query, 1, MOST, &list), 1);
	assert_string_equal(list[0], text);
	assert_true(arena.bytes < (size_t)64 * 1024 * 1024);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_alone_or_asks_nothing_stays_as_it_is),
		cmocka_unit_test(words_that_only_ask_for_an_answer_go),
		cmocka_unit_test(several_questions_are_several_queries),
		cmocka_unit_test(a_question_that_leans_gets_the_words_before_it),
		cmocka_unit_test(a_long_text_takes_no_more_than_its_length),
		cmocka_unit_test(questions_for_which_there_is_no_room_stay_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
