/* SPDX-License-Identifier: Apache-2.0 */
/* test_stem.c: endings of two languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "text/stem.h"

static void
words_of_a_language_share_a_stem(void **state)
{
	static const struct {
		enum bh_language language;
		const char *left, *right;
		bool alike;
	} pairs[] = {
		{BH_ENGLISH, "depositing", "deposits", true},
		{BH_ENGLISH, "studies", "study", true},
		{BH_ENGLISH, "running", "run", true},
		{BH_ENGLISH, "hoping", "hopping", false},
		{BH_ENGLISH, "sing", "s", false},
		{BH_ENGLISH, "bed", "b", false},
		{BH_GERMAN, "hausern", "haus", true},
		{BH_GERMAN, "tagen", "tage", true},
		{BH_GERMAN, "beschaftigter", "beschaftigte", true},
		{BH_GERMAN, "wochen", "woche", true},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(pairs); i++) {
		struct bh_stemmer one = bh_stemmer_open(pairs[i].language);
		struct bh_stemmer other = bh_stemmer_open(pairs[i].language);

		assert_int_equal(strcmp(bh_stemmer_stem(&one, pairs[i].left),
							 bh_stemmer_stem(&other, pairs[i].right)) == 0,
			pairs[i].alike);
		bh_stemmer_close(&one);
		bh_stemmer_close(&one);
		bh_stemmer_close(&other);
	}
}

static void
words_without_endings_and_other_scripts_stay(void **state)
{
	static const char *const words[] = {"", "x", "\xe7\xa8\x8e",
		"\xd0\xb2\xd0\xbe\xd0\xb4\xd0\xb0"};
	struct bh_stemmer stemmer = bh_stemmer_open(BH_GERMAN);

	(void)state;
	for (size_t i = 0; i < BH_COUNT(words); i++)
		assert_string_equal(bh_stemmer_stem(&stemmer, words[i]), words[i]);
	bh_stemmer_close(&stemmer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_language_share_a_stem),
		cmocka_unit_test(words_without_endings_and_other_scripts_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
