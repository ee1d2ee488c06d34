/* test_words.c: where sentences end, which words are one, and what a word is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/words.h"
#include "base/macros.h"

static void
sentences_are(const char *text, const char *const *expected, size_t n)
{
	struct bh_arena arena = {0};
	struct agent_spans spans;

	agent_words_sentences(&arena, text, strlen(text), &spans);
	for (size_t i = 0; i < spans.n && i < n; i++)
		assert_string_equal(bh_arena_copy(&arena, text + spans.list[i].start,
								spans.list[i].end - spans.list[i].start),
			expected[i]);
	assert_int_equal(spans.n, n);
	bh_arena_close(&arena);
}

static void
sentences_end_where_people_see_their_end(void **state)
{
	static const char *const abbreviated[] = {"See Pub. 15, e.g. sec. 3.2, of Mr. J. Smith.",
		"He paid $3.50!", "\"Really?\"", "Yes"};
	static const char *const wrapped[] = {"A line that\nis wrapped.", "A heading", "- one",
		"- two"};
	static const char *const japanese[] = {"\xe7\xa8\x8e\xe3\x80\x82", "\xe9\x87\x91\xe3\x80\x82"};

	(void)state;
	sentences_are("See Pub. 15, e.g. sec. 3.2, of Mr. J. Smith. He paid $3.50! \"Really?\" Yes",
		BH_LIST(abbreviated));
	sentences_are("A line that\nis wrapped.\n\nA heading\n- one\n- two", BH_LIST(wrapped));
	sentences_are("\xe7\xa8\x8e\xe3\x80\x82\xe9\x87\x91\xe3\x80\x82", BH_LIST(japanese));
}

static void
words_of_one_stem_are_alike(void **state)
{
	static const struct {
		const char *left, *right;
	} pairs[] = {
		{"deposits", "deposited"},
		{"depositing", "deposit"},
		{"taxes", "tax"},
		{"Companies", "company"},
		{"employer\xe2\x80\x99s", "employers"},
		{"required", "require"},
		{"M\xc3\x9cHLE", "mu\xcc\x88hle"},
		{"15,000.00", "15000"},
		{"planned", "plan"},
		{"22:00", "22"},
		{"four", "4"},
		{"zw\xc3\xb6lf", "12"},
		{"%", "percent"},
		{"Prozent", "percent"},
		{"$", "dollars"},
		{"\xe2\x82\xac", "Euro"},
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
a_word_tells_what_it_is(void **state)
{
	static const char text[] = "They don't pay Mr Falk 2,500.50 on the 15th, and nobody knows.";
	static const struct {
		const char *stem;
		bool number, common, negates, name, parted;
	} expected[] = {
		{"they", false, true, false, false, true},
		{"don't", false, true, true, false, false},
		{"pay", false, false, false, false, false},
		{"mr", false, false, false, true, false},
		{"falk", false, false, false, true, false},
		{"2500.5", true, false, false, false, false},
		{"on", false, true, false, false, false},
		{"the", false, true, false, false, false},
		{"15", true, false, false, false, false},
		{"and", false, true, false, false, true},
		{"nobody", false, true, true, false, false},
		{"know", false, false, false, false, false},
	};
	struct bh_arena arena = {0};
	struct agent_words words;

	(void)state;
	agent_words_split(&arena, text, strlen(text), &words);
	assert_int_equal(words.n, BH_COUNT(expected));
	for (size_t i = 0; i < words.n; i++) {
		assert_string_equal(words.list[i].stem, expected[i].stem);
		assert_int_equal(words.list[i].number, expected[i].number);
		assert_int_equal(words.list[i].common, expected[i].common);
		assert_int_equal(words.list[i].negates, expected[i].negates);
		assert_int_equal(words.list[i].name, expected[i].name);
		assert_int_equal(words.list[i].parted, expected[i].parted);
	}
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_end_where_people_see_their_end),
		cmocka_unit_test(words_of_one_stem_are_alike),
		cmocka_unit_test(a_word_tells_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
