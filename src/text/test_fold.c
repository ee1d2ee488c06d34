/* SPDX-License-Identifier: Apache-2.0 */
/* test_fold.c: one spelling for what differs in case, form or accents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/fold.h"

static void
assert_folds(enum bh_fold_form form, const char *text, const char *expected)
{
	struct bh_buf out = {0};

	bh_buf_text(&out, "before ");
	assert_int_equal(bh_fold(form, text, strlen(text), &out), 0);
	assert_string_equal(bh_buf_string(&out) + strlen("before "), expected);
	bh_buf_close(&out);
}

static void
an_index_keeps_accents_and_composes_them(void **state)
{
	(void)state;
	assert_folds(BH_FOLD_INDEX,
		"Mu\xcc\x88ll STRA\xc3\x9f"
		"E \xef\xac\x81le",
		"m\xc3\xbcll strasse file");
}

static void
compared_words_have_no_accents_and_a_plain_apostrophe(void **state)
{
	(void)state;
	assert_folds(BH_FOLD_BARE, "M\xc3\xbchle doesn\xe2\x80\x99t \xe2\x91\xa0", "muhle doesn't 1");
}

static void
an_uncased_vocabulary_gets_what_its_tokenizer_would_make(void **state)
{
	(void)state;
	assert_folds(BH_FOLD_UNCASED,
		"\xc3\x84rger Stra\xc3\x9f"
		"e \xef\xac\x81",
		"arger stra\xc3\x9f"
		"e \xef\xac\x81");
}

static void
an_empty_text_stays_empty(void **state)
{
	(void)state;
	assert_folds(BH_FOLD_INDEX, "", "");
	assert_folds(BH_FOLD_BARE, "\xcc\x88", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_keeps_accents_and_composes_them),
		cmocka_unit_test(compared_words_have_no_accents_and_a_plain_apostrophe),
		cmocka_unit_test(an_uncased_vocabulary_gets_what_its_tokenizer_would_make),
		cmocka_unit_test(an_empty_text_stays_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
