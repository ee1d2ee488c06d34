/* test_support.c: sentences that are cited and sentences that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/support.h"
#include "base/macros.h"

static const char *const passages[] = {
	("Deposit rules\n\nIf you are a monthly schedule depositor, deposit employment taxes on payments\n"
	 "made during a month by the 15th day of the following month. Do not deposit on Sundays."),
	"A semiweekly depositor has three business days. The threshold was $50,000.00 in 2013.",
	"Die M\xc3\xbchle am Flussufer wurde 1954 von Jon Falk gebaut. Sie steht heute leer.",
	"The lighthouse keeper is called Wilhelmina. Fog is frequent.",
	"\xe7\xa8\x8e\xe9\x87\x91\xe3\x81\xaf\xe6\xaf\x8e\xe6\x9c\x88\xe7\xb4\x8d\xe3\x82\x81\xe3\x82\x8b\xe3\x80\x82",
};

static struct agent_support
judge(struct bh_arena *arena, const char *sentence)
{
	struct agent_evidence evidence[BH_COUNT(passages)];
	struct agent_support support;

	for (size_t i = 0; i < BH_COUNT(passages); i++)
		agent_support_prepare(arena, passages[i], strlen(passages[i]), &evidence[i]);
	agent_support_judge(arena, BH_LIST(evidence), sentence, strlen(sentence), &support);
	return support;
}

static void
supported_sentences_cite_their_passage(void **state)
{
	static const struct { const char *sentence; size_t passage; } cases[] = {
		{"Monthly schedule depositors deposit employment taxes by the 15th day of the following month.", 0},
		{"The threshold was $50000 in 2013.", 1},
		{"A semiweekly depositor has three business days.", 1},
		{"The mill was built by Jon Falk in 1954.", SIZE_MAX},
		{"Die M\xc3\xbchle wurde 1954 von Jon Falk gebaut.", 2},
		{"The keeper of the lighthouse is called Wilhelmina.", 3},
		{"The passage states that the lighthouse keeper is called Wilhelmina.", 3},
		{"\xe7\xa8\x8e\xe9\x87\x91\xe3\x81\xaf\xe6\xaf\x8e\xe6\x9c\x88\xe7\xb4\x8d\xe3\x82\x81\xe3\x82\x8b\xe3\x80\x82", 4},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct agent_support support = judge(&arena, cases[i].sentence);
		bool expected = cases[i].passage != SIZE_MAX;

		if ((support.verdict == AGENT_SUPPORTED) != expected)
			print_error("%s: verdict %d, coverage %f\n", cases[i].sentence, support.verdict,
				support.coverage);
		assert_int_equal(support.verdict == AGENT_SUPPORTED, expected);
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
		"Monthly schedule depositors deposit employment taxes by the 20th day of the following month.",
		"The threshold was $50,000 in 2014.",
		"You should deposit on Sundays.",
		"A semiweekly depositor does not have three business days.",
		"The lighthouse keeper is called Brunhilde.",
		"The lighthouse keeper in Norway is called Wilhelmina.",
		"The passages do not say when employment taxes of a monthly schedule depositor are due.",
		"I do not know when a monthly depositor deposits taxes.",
		"The documents do not mention the lighthouse keeper Wilhelmina.",
		"Question: Is the lighthouse keeper called Wilhelmina?",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sentences); i++) {
		struct bh_arena arena = {0};
		struct agent_support support = judge(&arena, sentences[i]);

		if (support.verdict == AGENT_SUPPORTED)
			print_error("%s: passage %zu, coverage %f\n", sentences[i], support.passage,
				support.coverage);
		assert_int_not_equal(support.verdict, AGENT_SUPPORTED);
		bh_arena_close(&arena);
	}
}

static void
the_quote_is_the_supporting_sentence_alone(void **state)
{
	struct bh_arena arena = {0};
	struct agent_support support;
	const char *quote;

	(void)state;
	support = judge(&arena, "The lighthouse keeper is called Wilhelmina.");
	quote = bh_arena_copy(&arena, passages[support.passage] + support.quote.start,
		support.quote.end - support.quote.start);
	assert_string_equal(quote, "The lighthouse keeper is called Wilhelmina.");
	support = judge(&arena, "Employment taxes are deposited by the 15th day of the following month.");
	quote = bh_arena_copy(&arena, passages[support.passage] + support.quote.start,
		support.quote.end - support.quote.start);
	assert_int_equal(support.verdict, AGENT_SUPPORTED);
	assert_memory_equal(quote, "If you are", 10);
	assert_memory_equal(quote + strlen(quote) - 16, "following month.", 16);
	bh_arena_close(&arena);
}

static void
partial_agreement_is_left_to_vectors(void **state)
{
	struct bh_arena arena = {0};
	struct agent_support support =
		judge(&arena, "Monthly depositors hand over employment taxes in the following weeks.");

	(void)state;
	assert_int_equal(support.verdict, AGENT_DOUBTFUL);
	assert_int_equal(support.passage, 0);
	bh_arena_close(&arena);
}

static void
sentences_are(const char *text, const char *const *expected, size_t n)
{
	struct bh_arena arena = {0};
	struct agent_spans spans;

	agent_words_sentences(&arena, text, strlen(text), &spans);
	for (size_t i = 0; i < spans.n && i < n; i++)
		assert_string_equal(bh_arena_copy(&arena, text + spans.list[i].start,
			spans.list[i].end - spans.list[i].start), expected[i]);
	assert_int_equal(spans.n, n);
	bh_arena_close(&arena);
}

static void
sentences_end_where_people_see_their_end(void **state)
{
	static const char *const abbreviated[] = {
		"See Pub. 15, e.g. sec. 3.2, of Mr. J. Smith.", "He paid $3.50!", "\"Really?\"", "Yes"};
	static const char *const wrapped[] = {"A line that\nis wrapped.", "A heading", "- one", "- two"};
	static const char *const japanese[] = {
		"\xe7\xa8\x8e\xe3\x80\x82", "\xe9\x87\x91\xe3\x80\x82"};

	(void)state;
	sentences_are("See Pub. 15, e.g. sec. 3.2, of Mr. J. Smith. He paid $3.50! \"Really?\" Yes",
		BH_LIST(abbreviated));
	sentences_are("A line that\nis wrapped.\n\nA heading\n- one\n- two", BH_LIST(wrapped));
	sentences_are("\xe7\xa8\x8e\xe3\x80\x82\xe9\x87\x91\xe3\x80\x82", BH_LIST(japanese));
}

static void
words_of_one_stem_are_alike(void **state)
{
	static const struct { const char *left, *right; } pairs[] = {
		{"deposits", "deposited"}, {"depositing", "deposit"}, {"taxes", "tax"}, {"Companies", "company"},
		{"employer\xe2\x80\x99s", "employers"}, {"required", "require"}, {"M\xc3\x9cHLE", "mu\xcc\x88hle"},
		{"15,000.00", "15000"}, {"planned", "plan"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(pairs); i++) {
		struct bh_arena arena = {0};
		struct agent_words left, right;

		agent_words_split(&arena, pairs[i].left, strlen(pairs[i].left), &left);
		agent_words_split(&arena, pairs[i].right, strlen(pairs[i].right), &right);
		assert_int_equal(left.n, 1);
		assert_string_equal(left.list[0].stem, right.list[0].stem);
		bh_arena_close(&arena);
	}
}

static void
vectors_are_compared_by_their_angle(void **state)
{
	const float a[] = {1, 0}, b[] = {2, 0}, c[] = {0, 3}, zero[] = {0, 0};

	(void)state;
	assert_true(agent_support_cosine(a, b, 2) > 0.999);
	assert_true(agent_support_cosine(a, c, 2) < 0.001);
	assert_true(agent_support_cosine(a, zero, 2) < 0.001);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(supported_sentences_cite_their_passage),
		cmocka_unit_test(unsupported_sentences_cite_nothing),
		cmocka_unit_test(the_quote_is_the_supporting_sentence_alone),
		cmocka_unit_test(partial_agreement_is_left_to_vectors),
		cmocka_unit_test(sentences_end_where_people_see_their_end),
		cmocka_unit_test(words_of_one_stem_are_alike),
		cmocka_unit_test(vectors_are_compared_by_their_angle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
