/* SPDX-License-Identifier: Apache-2.0 */
/* contrast.c: negation and opposites. */
#include "cite/contrast.h"

#include <string.h>

#include "cite/lists.h"

enum { NEGATION_REACH = 3 }; /* words between a "not" and what it negates */

/* Whether the word at `at` has a "not" shortly before it. */
static bool
is_negated(const struct bh_slice *slice, size_t at)
{
	size_t reach = 0;

	for (size_t i = at; i-- > 0 && reach < NEGATION_REACH; reach++) {
		if (slice->words[i].negates)
			return true;
		if (bh_word_is_content(&slice->words[i]))
			return false;
	}
	return false;
}

bool
bh_contrast_negation(const struct bh_slice *claim, const struct bh_slice *source)
{
	for (size_t i = 0; i < claim->n; i++) {
		const struct bh_word *word = &claim->words[i];
		bool here = is_negated(claim, i);
		bool found = false, agrees = false;

		if (!bh_word_is_content(word))
			continue;
		for (size_t j = 0; j < source->n && !agrees; j++) {
			if (!bh_word_equals(&source->words[j], word))
				continue;
			found = true;
			agrees = is_negated(source, j) == here;
		}
		if (found && !agrees)
			return true;
	}
	return false;
}

/* ---- opposites ---- */

/* Whether a word stands at one side of a pair of opposites. */
static bool
has_side(const struct bh_slice *slice, const char *pair, char side)
{
	for (size_t i = 0; i < slice->n; i++) {
		const char *found = bh_lexicon_find(&bh_list_opposites, slice->words[i].folded);

		if (found != NULL && found[0] == side && strcmp(found + 1, pair) == 0)
			return true;
	}
	return false;
}

bool
bh_contrast_opposites(const struct bh_slice *claim, const struct bh_slice *source)
{
	for (size_t i = 0; i < claim->n; i++) {
		const char *found = bh_lexicon_find(&bh_list_opposites, claim->words[i].folded);
		char side = found == NULL ? 0 : found[0], other = side == '+' ? '-' : '+';

		if (found != NULL && !has_side(claim, found + 1, other) &&
			has_side(source, found + 1, other) && !has_side(source, found + 1, side))
			return true;
	}
	return false;
}
