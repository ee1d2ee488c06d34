/* SPDX-License-Identifier: Apache-2.0 */
/* test_sentences.c: where sentences end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "text/sentences.h"

static void
sentences_are(const char *text, const char *const *expected, size_t n)
{
	struct bh_arena arena = {0};
	struct bh_spans spans;

	bh_sentences_split(&arena, text, strlen(text), &spans);
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
dots_of_abbreviations_and_numbers_end_none(void **state)
{
	static const char *const german[] = {"Siehe z.B. Abs. 3 und Nr. 4 vom 3.5. an.",
		"Das gilt bzw. galt."};
	static const char *const items[] = {"1. Deposit the tax.", "Keep the receipt."};
	static const char *const small[] = {"It came to approx. ten and more (of 3.50) in all.",
		"Good."};

	(void)state;
	sentences_are("Siehe z.B. Abs. 3 und Nr. 4 vom 3.5. an. Das gilt bzw. galt.", BH_LIST(german));
	sentences_are("1. Deposit the tax. Keep the receipt.", BH_LIST(items));
	sentences_are("It came to approx. ten and more (of 3.50) in all. Good.", BH_LIST(small));
}

static void
quotations_close_with_their_sentence(void **state)
{
	static const char *const expected[] = {"He said: \xe2\x80\x9cGo.\xe2\x80\x9d",
		"Then (at last!)", "**Bold.**", "Silence\xe2\x80\xa6", "\xe2\x80\xa2 One"};

	(void)state;
	sentences_are("He said: \xe2\x80\x9cGo.\xe2\x80\x9d Then (at last!) **Bold.** "
				  "Silence\xe2\x80\xa6\n\xe2\x80\xa2 One",
		BH_LIST(expected));
}

static void
blank_texts_have_none(void **state)
{
	(void)state;
	sentences_are("", NULL, 0);
	sentences_are(" \n\t\n", NULL, 0);
}

static void
a_long_text_is_cut_at_each_line_and_mark(void **state)
{
	static const struct {
		const char *text;
		size_t first;
	} cases[] = {
		{"One two. Three", 8},
		{"One two\nthree. Four", 8},
		{"1. One. Two", 7},
		{"3.5 and more", 12},
		{"\xe7\xa8\x8e\xe3\x80\x82\xe9\x87\x91", 6},
		{"Why not? \xe2\x80\xa6 Yes", 8},
		{"end.", 4},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++)
		assert_int_equal(bh_sentences_first(cases[i].text, strlen(cases[i].text)), cases[i].first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_end_where_people_see_their_end),
		cmocka_unit_test(dots_of_abbreviations_and_numbers_end_none),
		cmocka_unit_test(quotations_close_with_their_sentence),
		cmocka_unit_test(blank_texts_have_none),
		cmocka_unit_test(a_long_text_is_cut_at_each_line_and_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
