/* SPDX-License-Identifier: Apache-2.0 */
/* test_question.c: what questions ask for, and what answers them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "cite/question.h"

static void
the_word_that_asks_tells_what_is_asked_for(void **state)
{
	static const struct {
		enum bh_language language;
		const char *text;
		enum bh_asked asked;
	} cases[] = {
		{BH_ENGLISH, "Who built the mill?", BH_ASKED_NAME},
		{BH_ENGLISH, "When was the mill built?", BH_ASKED_NUMBER},
		{BH_ENGLISH, "How many stones has the mill?", BH_ASKED_NUMBER},
		{BH_ENGLISH, "In which year was the mill built?", BH_ASKED_NUMBER},
		{BH_ENGLISH, "How does the mill work?", BH_ASKED_ANYTHING},
		{BH_ENGLISH, "Which wood was used?", BH_ASKED_ANYTHING},
		{BH_GERMAN, "Wie viele Steine hat die M\xc3\xbchle?", BH_ASKED_NUMBER},
		{BH_GERMAN, "In welchem Jahr wurde sie gebaut?", BH_ASKED_NUMBER},
		{BH_GERMAN, "Wer hat die M\xc3\xbchle gebaut?", BH_ASKED_NAME},
		{BH_GERMAN, "Wie mahlt die M\xc3\xbchle?", BH_ASKED_ANYTHING},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct bh_question question;

		bh_question_read(&arena, cases[i].language, cases[i].text, strlen(cases[i].text),
			&question);
		if (question.asked != cases[i].asked)
			print_error("%s\n", cases[i].text);
		assert_int_equal(question.asked, cases[i].asked);
		bh_arena_close(&arena);
	}
}

static void
a_question_begins_behind_the_words_that_only_ask_for_it(void **state)
{
	static const struct {
		enum bh_language language;
		const char *text, *rest;
	} cases[] = {
		{BH_ENGLISH, "Please tell me how deep the harbour is.", "how deep the harbour is."},
		{BH_ENGLISH, "Could you explain the notice period?", "notice period?"},
		{BH_ENGLISH, "I would like to know who built the mill.", "who built the mill."},
		{BH_ENGLISH, "Tell me about the harbour of Riga", "harbour of Riga"},
		{BH_GERMAN, "Bitte sagen Sie mir, wie tief der Hafen ist.", "wie tief der Hafen ist."},
		{BH_ENGLISH, "How can I tell whether the valve is open?", NULL},
		{BH_ENGLISH, "How deep is the harbour?", NULL},
		{BH_ENGLISH, "Show jumping rules", NULL},
		{BH_ENGLISH, "harbour depth please", NULL},
		{BH_ENGLISH, "Please tell me.", NULL},
		{BH_ENGLISH, "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct bh_question question;

		bh_question_read(&arena, cases[i].language, cases[i].text, strlen(cases[i].text),
			&question);
		assert_string_equal(cases[i].text + bh_question_begin(&question),
			cases[i].rest != NULL ? cases[i].rest : cases[i].text);
		bh_arena_close(&arena);
	}
}

static bool
answered(const char *asked, const char *said, const char *stated)
{
	struct bh_arena arena = {0};
	struct bh_question question;
	struct bh_words sentence, source;
	bool is;

	bh_question_read(&arena, BH_ENGLISH, asked, strlen(asked), &question);
	bh_words_split_as(&arena, BH_ENGLISH, said, strlen(said), &sentence);
	bh_words_split_as(&arena, BH_ENGLISH, stated, strlen(stated), &source);
	is = bh_question_is_answered(&question, &(struct bh_slice){sentence.list, sentence.n},
		&(struct bh_slice){source.list, source.n});
	bh_arena_close(&arena);
	return is;
}

static void
an_answer_is_about_the_matter_and_has_what_was_asked_for(void **state)
{
	static const char nonce[] = "How long must the challenge nonce be?";
	static const char source[] = "The challenge nonce must be at least 64 bits in length.";

	(void)state;
	assert_true(answered(nonce, "At least 64 bits.", source));
	assert_true(answered(nonce, source, source));
	/* True, and of something else. */
	assert_false(answered(nonce, "The salt has 32 bits.", "The salt has 32 bits."));
	/* Of the matter, without a number. */
	assert_false(answered(nonce, "It is random.", "The nonce is random."));
	/* All that was asked is said: the answer need not be a number. */
	assert_true(answered("How long does the permit remain valid?",
		"The permit remains valid until its holder moves.", ""));
}

static void
words_that_speak_of_the_documents_need_no_answer(void **state)
{
	static const char limit[] = "The speed limit on the quays is 15 kilometres per hour.";

	(void)state;
	assert_true(answered("What does the sample say about speed limits?", limit, limit));
	assert_true(answered("What is written in the handbook about speed limits?", limit, limit));
	assert_false(answered("What does the sample say about penguins?", limit, limit));
	/* Where the text has the word, it is of the matter. */
	assert_false(answered("Which sample speed was measured by divers?", "A sample was taken.",
		"A sample was taken."));
}

static void
a_question_leans_on_those_before_it(void **state)
{
	static const struct {
		const char *text;
		bool leans;
	} cases[] = {
		{"And when was she appointed?", true},
		{"Why?", true},
		{"How many of these are open?", true},
		{"When was the mill on the river built?", false},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct bh_question question;

		bh_question_read(&arena, BH_ENGLISH, cases[i].text, strlen(cases[i].text), &question);
		assert_int_equal(bh_question_leans(&question), cases[i].leans);
		bh_arena_close(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_word_that_asks_tells_what_is_asked_for),
		cmocka_unit_test(a_question_begins_behind_the_words_that_only_ask_for_it),
		cmocka_unit_test(an_answer_is_about_the_matter_and_has_what_was_asked_for),
		cmocka_unit_test(words_that_speak_of_the_documents_need_no_answer),
		cmocka_unit_test(a_question_leans_on_those_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
