/* SPDX-License-Identifier: Apache-2.0 */
/* test_phrases.c: phrases in a text are those that a plain search finds, and no text takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "model/phrases.h"

static const char *const list[] = {"a b", "a ~ b", "ab*", "a*", "b a ~ b ~ a", "b", "abc ~ abd*",
	"c9 ~ c9", "a a a", "ab ~ b* ~ abc", "z"};
enum { PHRASES = BH_COUNT(list), WORDS_MOST = 40 };

static struct model_phrases *
opened(void)
{
	struct model_phrases *phrases = NULL;

	assert_int_equal(model_phrases_open(list, PHRASES, &phrases), 0);
	return phrases;
}

static void
search(const struct model_phrases *phrases, const char *text, size_t step, bool out[PHRASES])
{
	struct model_phrases_place place = {0};
	size_t len = strlen(text);

	for (size_t at = 0; at < len; at += step)
		model_phrases_read(phrases, &place, text + at, len - at < step ? len - at : step);
	model_phrases_end(phrases, &place);
	memcpy(out, place.found, PHRASES);
}

static bool
has(const char *text, const char *phrase)
{
	struct model_phrases *phrases = opened();
	bool found[PHRASES];
	bool is_there = false;

	search(phrases, text, strlen(text) + 1, found);
	for (size_t i = 0; i < PHRASES; i++)
		is_there = is_there || (found[i] && strcmp(list[i], phrase) == 0);
	model_phrases_close(phrases);
	return is_there;
}

static void
words_beginnings_and_gaps_are_found(void **state)
{
	(void)state;
	assert_true(has("x a b x", "a b"));
	assert_false(has("xa b", "a b"));
	assert_false(has("a bx", "a b"));
	assert_true(has("a x x x b", "a ~ b"));
	assert_true(has("a b", "a ~ b"));
	assert_false(has("a x x x x b", "a ~ b"));
	assert_true(has("x abc", "ab*"));
	assert_true(has("ab", "ab*"));
	assert_false(has("xab", "ab*"));
	assert_true(has("ab\x7f", "ab*"));
	assert_false(has("a\x7f"
					 "b",
		"ab*"));
	assert_true(has("c9 x c9", "c9 ~ c9"));
	assert_true(has("  z  ", "z"));
	assert_false(has("", "z"));
}

/* ---- beside a search that is plain ---- */

static bool
fits(const char *word, const char *pattern, size_t len)
{
	if (pattern[len - 1] == '*')
		return strncmp(word, pattern, len - 1) == 0;
	return strncmp(word, pattern, len) == 0 && word[len] == '\0';
}

static bool
matches(char words[][8], size_t n, size_t at, const char *phrase)
{
	size_t len = strcspn(phrase, " ");
	const char *rest = phrase + len + (phrase[len] == ' ');

	if (*phrase == '\0')
		return true;
	if (*phrase != '~')
		return at < n && fits(words[at], phrase, len) && matches(words, n, at + 1, rest);
	for (size_t gap = 0; gap <= MODEL_PHRASES_GAP; gap++) {
		if (matches(words, n, at + gap, rest))
			return true;
	}
	return false;
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void
what_is_found_is_what_a_plain_search_finds(void **state)
{
	static const char *const some[] = {"a", "b", "ab", "abc", "abd", "abde", "c9", "x", "\x7f",
		"z9"};
	struct model_phrases *phrases = opened();
	uint32_t seed = 7;
	size_t hits = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char words[WORDS_MOST][8], text[WORDS_MOST * 8] = "";
		size_t n = next_random(&seed) % WORDS_MOST;
		bool found[PHRASES];

		for (size_t i = 0; i < n; i++) {
			strcpy(words[i], some[next_random(&seed) % BH_COUNT(some)]);
			strcat(text, words[i]);
			strcat(text, next_random(&seed) % 8 == 0 ? "  " : " ");
		}
		search(phrases, text, 1 + next_random(&seed) % 9, found);
		for (size_t i = 0; i < PHRASES; i++) {
			bool expected = false;

			for (size_t at = 0; at < n && !expected; at++)
				expected = matches(words, n, at, list[i]);
			assert_int_equal(found[i], expected);
			hits += expected;
		}
	}
	assert_true(hits > 1000);
	model_phrases_close(phrases);
}

static void
a_phrase_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "a ", " a", "a  b", "~ a", "a ~", "a ~ ~ b", "A",
		"a*b", "*", "ä"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		struct model_phrases *phrases = NULL;

		assert_int_equal(model_phrases_open(&bad[i], 1, &phrases), BH_E_INVALID);
		assert_null(phrases);
	}
}

static void
more_than_there_is_room_for_is_refused(void **state)
{
	const char *many[MODEL_PHRASES_MOST + 1];
	struct model_phrases *phrases = NULL;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(many); i++)
		many[i] = "a ~ b ~ c";
	assert_int_equal(model_phrases_open(many, BH_COUNT(many), &phrases), BH_E_TOO_LARGE);
	assert_int_equal(model_phrases_open(many, 200, &phrases), BH_E_TOO_LARGE);
	assert_int_equal(model_phrases_open(many, 100, &phrases), 0);
	model_phrases_close(phrases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_beginnings_and_gaps_are_found),
		cmocka_unit_test(what_is_found_is_what_a_plain_search_finds),
		cmocka_unit_test(a_phrase_of_another_form_is_refused),
		cmocka_unit_test(more_than_there_is_room_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
