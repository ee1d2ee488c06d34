/* SPDX-License-Identifier: Apache-2.0 */
/* test_support.c: sentences that are cited and sentences that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cite/support.h"
#include "base/macros.h"

static const char *const passages[] = {
	("Deposit rules\n\nIf you are a monthly schedule depositor, deposit employment taxes on "
	 "payments\n"
	 "made during a month by the 15th day of the following month. Do not deposit on Sundays."),
	"A semiweekly depositor has three business days. The threshold was $50,000.00 in 2013.",
	"Die M\xc3\xbchle am Flussufer wurde 1954 von Jon Falk gebaut. Sie steht heute leer.",
	"The lighthouse keeper is called Wilhelmina. Fog is frequent.",
	("\xe7\xa8\x8e\xe9\x87\x91\xe3\x81\xaf\xe6\xaf\x8e\xe6\x9c\x88\xe7\xb4\x8d\xe3\x82\x81\xe3\x82"
	 "\x8b\xe3\x80\x82"),
	("Crews work in three shifts: the early shift starts at 6:00, the late shift at 14:00 and the "
	 "night shift "
	 "at 22:00. The office is open from 8:30 to 16:45. Customer data must not be sent to private "
	 "addresses."),
	("Every full-time employee has 28 days of paid leave a year. After ten years with the company "
	 "it is 31 "
	 "days. Overtime on a weekday is paid with a supplement of 25 percent, overtime on a Sunday "
	 "with a "
	 "supplement of 60 percent. Requests are made before the journey."),
	("The harbour was founded in 1987 by Ingrid Holm. The managing director is Tomas Berg. In the "
	 "final, "
	 "Westhaven defeated Oldmouth, 3 to 1. Only one key exists. A licence costs $2,500 and lasts "
	 "four years."),
	("Expense | Limit\nHotel, per night | 140 euros\nMeals, per day | 45 euros\nPrivate car, per "
	 "kilometre | "
	 "0.35 euros\n"),
};

static struct bh_support
judge_answer(struct bh_arena *arena, const char *question, const char *sentence)
{
	struct bh_evidence evidence[BH_COUNT(passages)];
	struct bh_support support;

	for (size_t i = 0; i < BH_COUNT(passages); i++)
		bh_support_prepare(arena, passages[i], strlen(passages[i]), &evidence[i]);
	bh_support_judge(arena, BH_LIST(evidence), question, sentence, strlen(sentence), &support);
	return support;
}

static struct bh_support
judge(struct bh_arena *arena, const char *sentence)
{
	return judge_answer(arena, NULL, sentence);
}

static void
assert_cites_nothing(const char *sentence)
{
	struct bh_arena arena = {0};
	struct bh_support support = judge(&arena, sentence);

	if (support.verdict == BH_SUPPORTED)
		print_error("%s: passage %zu, coverage %f\n", sentence, support.passage, support.coverage);
	assert_int_not_equal(support.verdict, BH_SUPPORTED);
	bh_arena_close(&arena);
}

static void
supported_sentences_cite_their_passage(void **state)
{
	static const struct {
		const char *sentence;
		size_t passage;
	} cases[] = {
		{"Monthly schedule depositors deposit employment taxes by the 15th day of the following "
		 "month.",
			0},
		{"The threshold was $50000 in 2013.", 1},
		{"A semiweekly depositor has three business days.", 1},
		{"The mill was built by Jon Falk in 1954.", SIZE_MAX},
		{"Die M\xc3\xbchle wurde 1954 von Jon Falk gebaut.", 2},
		{"The keeper of the lighthouse is called Wilhelmina.", 3},
		{"The passage states that the lighthouse keeper is called Wilhelmina.", 3},
		{"The night shift starts at 22:00.", 5},
		{"The late shift starts at 14:00.", 5},
		{"- The early shift starts at 6:00.", 5},
		{"2. **Customer data must not be sent to private addresses.**", 5},
		{"According to the document, the night shift of the crews starts at 22:00.", 5},
		{"After ten years with the company, it is 31 days.", 6},
		{"Overtime on a Sunday is paid with a supplement of 60%. [2]", 6},
		{"Overtime on a weekday is paid with a supplement of 25%, overtime on a Sunday with 60%.",
			6},
		{"The answer is: \xe2\x80\x9cThe managing director is Tomas Berg.\xe2\x80\x9d", 7},
		{"Oldmouth was defeated by Westhaven in the final, 3 to 1.", 7},
		{"Only one key exists.", 7},
		{"A licence costs 2500 dollars.", 7},
		{"A licence lasts 4 years.", 7},
		{"The limit for a hotel is 140 euros per night.", 8},
		{"The limit for the hotel is 140 euros, and the limit for meals is 45 euros.", 8},
		{"\xe7\xa8\x8e\xe9\x87\x91\xe3\x81\xaf\xe6\xaf\x8e\xe6\x9c\x88\xe7\xb4\x8d\xe3\x82\x81\xe3"
		 "\x82\x8b\xe3\x80\x82",
			4},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct bh_support support = judge(&arena, cases[i].sentence);
		bool expected = cases[i].passage != SIZE_MAX;

		if ((support.verdict == BH_SUPPORTED) != expected)
			print_error("%s: verdict %d, coverage %f\n", cases[i].sentence, support.verdict,
				support.coverage);
		assert_int_equal(support.verdict == BH_SUPPORTED, expected);
		if (expected)
			assert_int_equal(support.passage, cases[i].passage);
		bh_arena_close(&arena);
	}
}

static void
unsupported_sentences_cite_nothing(void **state)
{
	static const char *const sentences[] = {
		"Yes.",
		"The moon is made of green cheese.",
		("Monthly schedule depositors deposit employment taxes by the 20th day of the following "
		 "month."),
		"The threshold was $50,000 in 2014.",
		"You should deposit on Sundays.",
		"A semiweekly depositor does not have three business days.",
		"The lighthouse keeper is called Brunhilde.",
		"The lighthouse keeper in Norway is called Wilhelmina.",
		"The passages do not say when employment taxes of a monthly schedule depositor are due.",
		"I do not know when a monthly depositor deposits taxes.",
		"The documents do not mention the lighthouse keeper Wilhelmina.",
		"Question: Is the lighthouse keeper called Wilhelmina?",
		"The sentence is: \xe2\x80\x9cIs the lighthouse keeper called Wilhelmina?\xe2\x80\x9d",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sentences); i++)
		assert_cites_nothing(sentences[i]);
}

/* Each is a sentence of a passage with one thing changed. */
static void
altered_sentences_cite_nothing(void **state)
{
	static const char *const sentences[] = {
		/* numbers that stand in the passage, of something else */
		"The night shift starts at 14:00.",
		"The early shift starts at 22:00.",
		"The late shift starts at 6:00.",
		"Overtime on a Sunday is paid with a supplement of 25 percent.",
		"Overtime on a weekday is paid with a supplement of 60 percent.",
		"Every full-time employee has 31 days of paid leave a year.",
		"The office is open from 16:45 to 8:30.",
		"A licence costs $2,500 and lasts six years.",
		"A licence lasts 4 months.",
		"A licence costs 2,500 euros and lasts four weeks.",
		"The limit for meals is 140 euros.",
		"The limit for the hotel is 45 euros, and the limit for meals is 140 euros.",
		/* names */
		"The managing director is Ingrid Holm.",
		"The harbour was founded in 1987 by Tomas Berg.",
		"In the final, Oldmouth defeated Westhaven, 3 to 1.",
		"Die M\xc3\xbchle am Flussufer wurde 1954 von Karl Maier gebaut.",
		/* what is denied, and its opposite */
		"Customer data must be sent to private addresses.",
		"Every full-time employee does not have 28 days of paid leave a year.",
		"Do not deposit employment taxes on payments made during a month by the 15th day.",
		"Die M\xc3\xbchle am Flussufer wurde nicht 1954 von Jon Falk gebaut.",
		"Requests are made after the journey.",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sentences); i++)
		assert_cites_nothing(sentences[i]);
}

static void
what_says_that_nothing_is_said_cites_nothing(void **state)
{
	static const char *const sentences[] = {
		"The documents do not say that the managing director is Tomas Berg.",
		"There is no information about the managing director Tomas Berg in the passages.",
		"The context does not provide the managing director of the harbour.",
		"I am unable to find when the night shift starts.",
		"The supplement for overtime on a Sunday is not specified.",
		"Die Dokumente sagen zur M\xc3\xbchle am Flussufer nichts.",
		"Der Text enth\xc3\xa4lt keine Angaben dazu, wer die M\xc3\xbchle 1954 gebaut hat.",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sentences); i++)
		assert_cites_nothing(sentences[i]);
}

static void
a_repeated_question_cites_nothing_and_its_answer_does(void **state)
{
	static const struct {
		const char *question, *sentence;
		bool cited;
	} cases[] = {
		{"When does the night shift start?", "The night shift starts.", false},
		{"When does the night shift start?", "The night shift starts at 22:00.", true},
		{"Who is the managing director of the harbour?", "The managing director.", false},
		{"Who is the managing director of the harbour?", "The managing director is Tomas Berg.",
			true},
		{"Is Tomas Berg the managing director?", "The managing director is Tomas Berg.", true},
		{"Who runs the harbour? Is it true that the managing director is Tomas Berg?",
			"The managing director is Tomas Berg.", true},
		{"Who runs the harbour? Somebody said: the managing director is Tomas Berg.",
			"The managing director is Tomas Berg.", true},
		{"Explain why customer data must be sent to private addresses.",
			"Customer data must not be sent to private addresses.", true},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct bh_support support = judge_answer(&arena, cases[i].question, cases[i].sentence);

		if ((support.verdict == BH_SUPPORTED) != cases[i].cited)
			print_error("%s %s\n", cases[i].question, cases[i].sentence);
		assert_int_equal(support.verdict == BH_SUPPORTED, cases[i].cited);
		bh_arena_close(&arena);
	}
}

static void
words_in_another_order_are_left_to_vectors(void **state)
{
	struct bh_arena arena = {0};
	struct bh_support support = judge(&arena,
		"Wilhelmina is frequent, and the fog keeper is called a lighthouse.");

	(void)state;
	assert_int_not_equal(support.verdict, BH_SUPPORTED);
	support = judge(&arena, "Fog of frequent lighthouse is keeper.");
	assert_int_equal(support.verdict, BH_DOUBTFUL);
	bh_arena_close(&arena);
}

static void
the_quote_is_the_supporting_sentence_alone(void **state)
{
	struct bh_arena arena = {0};
	struct bh_support support;
	const char *quote;

	(void)state;
	support = judge(&arena, "The lighthouse keeper is called Wilhelmina.");
	quote = bh_arena_copy(&arena, passages[support.passage] + support.quote.start,
		support.quote.end - support.quote.start);
	assert_string_equal(quote, "The lighthouse keeper is called Wilhelmina.");
	support = judge(&arena,
		"Employment taxes are deposited by the 15th day of the following month.");
	quote = bh_arena_copy(&arena, passages[support.passage] + support.quote.start,
		support.quote.end - support.quote.start);
	assert_int_equal(support.verdict, BH_SUPPORTED);
	assert_memory_equal(quote, "If you are", 10);
	assert_memory_equal(quote + strlen(quote) - 16, "following month.", 16);
	bh_arena_close(&arena);
}

static void
the_less_agrees_the_more_alike_vectors_must_be(void **state)
{
	struct bh_arena arena = {0};
	struct bh_support support = judge(&arena,
		"Monthly depositors carry their employment taxes away and home.");
	double less;

	(void)state;
	assert_int_equal(support.verdict, BH_DOUBTFUL);
	assert_int_equal(support.passage, 0);
	less = support.likeness;
	support = judge(&arena,
		"Monthly depositors deposit employment taxes in the following month as usual.");
	assert_int_equal(support.verdict, BH_DOUBTFUL);
	assert_true(support.likeness > 0 && support.likeness < less);
	bh_arena_close(&arena);
}

static void
vectors_are_compared_by_their_angle(void **state)
{
	const float a[] = {1, 0}, b[] = {2, 0}, c[] = {0, 3}, zero[] = {0, 0};

	(void)state;
	assert_true(bh_support_cosine(a, b, 2) > 0.999);
	assert_true(bh_support_cosine(a, c, 2) < 0.001);
	assert_true(bh_support_cosine(a, zero, 2) < 0.001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(supported_sentences_cite_their_passage),
		cmocka_unit_test(unsupported_sentences_cite_nothing),
		cmocka_unit_test(altered_sentences_cite_nothing),
		cmocka_unit_test(what_says_that_nothing_is_said_cites_nothing),
		cmocka_unit_test(a_repeated_question_cites_nothing_and_its_answer_does),
		cmocka_unit_test(words_in_another_order_are_left_to_vectors),
		cmocka_unit_test(the_quote_is_the_supporting_sentence_alone),
		cmocka_unit_test(the_less_agrees_the_more_alike_vectors_must_be),
		cmocka_unit_test(vectors_are_compared_by_their_angle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
