/* SPDX-License-Identifier: Apache-2.0 */
/* test_claim.c: what of a sentence is a statement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/macros.h"
#include "cite/claim.h"
#include "cite/lists.h"
#include "text/fold.h"

static void
claim_is(const char *question, const char *sentence, const char *expected)
{
	struct bh_arena arena = {0};
	struct bh_buf said = {0};
	struct bh_claim claim;

	bh_claim_read(&arena, BH_ENGLISH, question, sentence, strlen(sentence), &claim);
	for (size_t i = 0; i < claim.n; i++)
		bh_buf_printf(&said, "%s%s", i > 0 ? " " : "", claim.said[i]->folded);
	if (strcmp(bh_buf_string(&said), expected) != 0)
		print_error("%s\n", sentence);
	assert_string_equal(bh_buf_string(&said), expected);
	bh_buf_close(&said);
	bh_arena_close(&arena);
}

static void
marks_lead_ins_and_references_are_off(void **state)
{
	static const char *const sentences[] = {
		"The night shift starts at 22:00.",
		"- The night shift starts at 22:00.",
		"2. **The night shift starts at 22:00.** [3, 4]",
		"The passage states that the night shift starts at 22:00.",
		"According to the provided context, the night shift starts at 22:00.",
		"Based on the documents: the night shift starts at 22:00.",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sentences); i++)
		claim_is(NULL, sentences[i], "night shift starts 22");
	claim_is(NULL, "1987 was the year.", "1987 year");
	claim_is(NULL, "The document is kept for ten years, copies for two.",
		"document kept 10 years copies 2");
}

static void
a_word_said_twice_counts_once(void **state)
{
	(void)state;
	claim_is(NULL, "Taxes on taxes are a tax.", "taxes");
}

static void
talk_about_the_documents_states_nothing(void **state)
{
	static const char *const sentences[] = {
		"Yes.",
		"Is the office open?",
		"\xe2\x80\x9cIs the office open?\xe2\x80\x9d",
		"The passages do not say when the office is open.",
		"There is no further information about the office.",
		"I don't know the opening hours.",
		"I am unable to answer the question about the office.",
		"The opening hours are not specified.",
		"Die Dokumente sagen dazu nichts.",
		"Der Text enth\xc3\xa4lt keine Angaben zum B\xc3\xbcro.",
		"Das wird im Kontext nicht erw\xc3\xa4hnt.",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sentences); i++)
		claim_is(NULL, sentences[i], "");
	claim_is(NULL, "Customers do not say thanks.", "customers say thanks");
	claim_is(NULL, "The document must not be copied.", "document copied");
}

static void
a_repeated_question_states_nothing(void **state)
{
	(void)state;
	claim_is("When does the night shift start?", "The night shift starts.", "");
	claim_is("Note this. When does the night shift start?", "The night shift starts.", "");
	claim_is("When does the night shift start?", "The night shift starts early.",
		"night shift starts early");
	claim_is("Does the night shift start early?", "The night shift starts early.",
		"night shift starts early");
	claim_is("When does the night shift start, early or late?", "The night shift starts early.",
		"night shift starts early");
	claim_is("Why does the night shift start?", "The night shift does not start.",
		"night shift start");
}

static void
lists_are_sorted_and_folded_as_texts_are(void **state)
{
	static const struct bh_lexicon *const lists[] = {&bh_list_begging, &bh_list_leaning,
		&bh_list_opposites, &bh_list_questions, &bh_list_reporting, &bh_list_turning,
		&bh_list_units};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(lists); i++) {
		for (size_t j = 0; j < lists[i]->n; j++) {
			const char *word = lists[i]->rows[j].word;
			struct bh_buf folded = {0};

			assert_int_equal(bh_fold(BH_FOLD_BARE, word, strlen(word), &folded), 0);
			assert_string_equal(bh_buf_string(&folded), word);
			assert_string_equal(bh_lexicon_find(lists[i], word), lists[i]->rows[j].value);
			bh_buf_close(&folded);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_lead_ins_and_references_are_off),
		cmocka_unit_test(a_word_said_twice_counts_once),
		cmocka_unit_test(talk_about_the_documents_states_nothing),
		cmocka_unit_test(a_repeated_question_states_nothing),
		cmocka_unit_test(lists_are_sorted_and_folded_as_texts_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
