/* SPDX-License-Identifier: Apache-2.0 */
/* test_words.c: which words are one, and what a word is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/macros.h"
#include "text/words.h"

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
		{"1,250,000", "1250000"},
		{"7,50", "7.5"},
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
		struct bh_words left, right;

		bh_words_split(&arena, pairs[i].left, strlen(pairs[i].left), &left);
		bh_words_split(&arena, pairs[i].right, strlen(pairs[i].right), &right);
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
	struct bh_words words;

	(void)state;
	bh_words_split(&arena, text, strlen(text), &words);
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

static void
stems_are(const char *text, enum bh_language language, const char *expected)
{
	struct bh_arena arena = {0};
	struct bh_buf joined = {0};
	struct bh_words words;

	bh_words_split(&arena, text, strlen(text), &words);
	for (size_t i = 0; i < words.n; i++)
		bh_buf_printf(&joined, "%s%s", i > 0 ? " " : "", words.list[i].stem);
	assert_string_equal(bh_buf_string(&joined), expected);
	assert_int_equal(words.language, language);
	bh_buf_close(&joined);
	bh_arena_close(&arena);
}

static void
function_words_tell_the_language_whose_endings_go(void **state)
{
	(void)state;
	stems_are("The crews are working", BH_ENGLISH, "the crew are work");
	stems_are("Die Firmen sind bei den Messen", BH_GERMAN, "die firm sind bei den mess");
	stems_are("Firmen, Messen", BH_ENGLISH, "firmen messen");
	stems_are("", BH_ENGLISH, "");
}

static void
a_text_can_be_read_in_the_language_of_another(void **state)
{
	static const char text[] = "Firmen, Messen";
	struct bh_arena arena = {0};
	struct bh_words words;

	(void)state;
	bh_words_split_as(&arena, BH_GERMAN, text, strlen(text), &words);
	assert_int_equal(words.language, BH_GERMAN);
	assert_string_equal(words.list[0].stem, "firm");
	assert_string_equal(words.list[0].folded, "firmen");
	bh_arena_close(&arena);
}

static void
words_end_where_their_script_ends_them(void **state)
{
	(void)state;
	stems_are("'quoted' rock'n'roll company's 8:30-16:45 U.S. 3rd 1,250.75%", BH_ENGLISH,
		"quot rock'n'rol compani 8:30 16:45 u s 3 1250.75 percent");
	stems_are("1,5 1,50 1,500 1,5000", BH_ENGLISH, "1.5 1.5 1500 1.5");
	stems_are("\xe7\xa8\x8e\xe9\x87\x91 caf\xc3\xa9s \xe2\x82\xac"
			  "5",
		BH_ENGLISH, "\xe7\xa8\x8e \xe9\x87\x91 cafe euro 5");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_one_stem_are_alike),
		cmocka_unit_test(a_word_tells_what_it_is),
		cmocka_unit_test(function_words_tell_the_language_whose_endings_go),
		cmocka_unit_test(a_text_can_be_read_in_the_language_of_another),
		cmocka_unit_test(words_end_where_their_script_ends_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
