/* SPDX-License-Identifier: Apache-2.0 */
/* test_terms.c: which words a text has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "text/terms.h"

/* The terms of a text, joined by blanks. */
static void
assert_terms(const char *text, const char *expected)
{
	struct bh_arena arena = {0};
	struct bh_buf joined = {0};
	struct bh_terms terms;

	assert_int_equal(bh_terms_split(&arena, text, strlen(text), &terms), 0);
	for (size_t i = 0; i < terms.n; i++)
		bh_buf_printf(&joined, "%s%s", i > 0 ? " " : "", terms.list[i]);
	assert_string_equal(bh_buf_string(&joined), expected);
	bh_buf_close(&joined);
	bh_arena_close(&arena);
}

static void
case_and_punctuation_do_not_count(void **state)
{
	(void)state;
	assert_terms("The Panthers' defense, IN 2015!", "the panthers defense in 2015");
}

static void
a_closing_possessive_is_dropped(void **state)
{
	(void)state;
	assert_terms("the company's rule", "the company rule");
	assert_terms("the company\xe2\x80\x99s rule", "the company rule");
}

static void
compatibility_forms_fold_together(void **state)
{
	(void)state;
	assert_terms("STRASSE Stra\xc3\x9f"
				 "e \xef\xac\x81le",
		"strasse strasse file");
}

static void
a_composed_and_a_decomposed_letter_are_the_same(void **state)
{
	(void)state;
	assert_terms("M\xc3\xbcll", "m\xc3\xbcll");
	assert_terms("Mu\xcc\x88ll", "m\xc3\xbcll");
}

static void
ideographs_are_terms_of_their_own(void **state)
{
	(void)state;
	assert_terms("\xe4\xba\xba\xe6\x9d\x83\xe3\x80\x82", "\xe4\xba\xba \xe6\x9d\x83");
}

static void
an_endless_word_is_cut(void **state)
{
	struct bh_arena arena = {0};
	char word[5000];
	struct bh_terms terms;

	(void)state;
	memset(word, 'a', sizeof(word));
	assert_int_equal(bh_terms_split(&arena, word, sizeof(word), &terms), 0);
	assert_int_equal(terms.n, 1);
	assert_int_equal(strlen(terms.list[0]), BH_TERM_BYTES_MAX);
	bh_arena_close(&arena);
}

static void
an_empty_text_has_none(void **state)
{
	(void)state;
	assert_terms("", "");
	assert_terms(" .,;\n", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_and_punctuation_do_not_count),
		cmocka_unit_test(a_closing_possessive_is_dropped),
		cmocka_unit_test(compatibility_forms_fold_together),
		cmocka_unit_test(a_composed_and_a_decomposed_letter_are_the_same),
		cmocka_unit_test(ideographs_are_terms_of_their_own),
		cmocka_unit_test(an_endless_word_is_cut),
		cmocka_unit_test(an_empty_text_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
