/* SPDX-License-Identifier: Apache-2.0 */
/* test_lexicon.c: the tables made of the word lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "text/fold.h"
#include "text/lists.h"

static const struct bh_lexicon *const lists[] = {&bh_list_abbreviations, &bh_list_common,
	&bh_list_joining, &bh_list_negating, &bh_list_numbers, &bh_list_signs};

/* lexicon.py folds by itself: it must do as fold.c does. */
static void
words_are_sorted_and_folded_as_texts_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(lists); i++) {
		for (size_t j = 0; j < lists[i]->n; j++) {
			const char *word = lists[i]->rows[j].word;
			struct bh_buf folded = {0};

			assert_int_equal(bh_fold(BH_FOLD_BARE, word, strlen(word), &folded), 0);
			assert_string_equal(bh_buf_string(&folded), word);
			assert_true(j == 0 || strcmp(lists[i]->rows[j - 1].word, word) < 0);
			bh_buf_close(&folded);
		}
	}
}

static void
each_word_is_found_with_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(lists); i++) {
		for (size_t j = 0; j < lists[i]->n; j++)
			assert_string_equal(bh_lexicon_find(lists[i], lists[i]->rows[j].word),
				lists[i]->rows[j].value);
	}
	assert_string_equal(bh_lexicon_find(&bh_list_numbers, "funf"), "5");
	assert_string_equal(bh_lexicon_find(&bh_list_common, "fur"), "de");
	assert_string_equal(bh_lexicon_find(&bh_list_signs, "\xe2\x82\xac"), "euro");
	assert_string_equal(bh_lexicon_find(&bh_list_negating, "not"), "");
}

static void
other_words_are_not_found(void **state)
{
	(void)state;
	assert_null(bh_lexicon_find(&bh_list_numbers, ""));
	assert_null(bh_lexicon_find(&bh_list_numbers, "fiv"));
	assert_null(bh_lexicon_find(&bh_list_numbers, "fives"));
	assert_false(bh_lexicon_has(&bh_list_common, "\xff"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_sorted_and_folded_as_texts_are),
		cmocka_unit_test(each_word_is_found_with_its_value),
		cmocka_unit_test(other_words_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
