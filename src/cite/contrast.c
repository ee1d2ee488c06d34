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

/* ---- reasons ---- */

/* What stands before and behind a "because" or "therefore", in its sentence. */
struct reasoning {
	struct bh_slice reason, effect;
};

/* False where the word at `at` is neither. */
static bool
read_reasoning(const struct bh_slice *slice, size_t at, struct reasoning *out)
{
	const struct bh_word *words = slice->words;
	const char *kind = bh_lexicon_find(&bh_list_causes, words[at].folded);
	struct bh_slice before, behind;
	size_t first = at, end = at + 1;

	if (kind == NULL)
		return false;
	while (first > 0 && words[first - 1].sentence == words[at].sentence)
		first--;
	while (end < slice->n && words[end].sentence == words[at].sentence)
		end++;
	before = (struct bh_slice){words + first, at - first};
	behind = (struct bh_slice){words + at + 1, end - at - 1};
	/* "Because it rains, it is closed." */
	if (first == at) {
		size_t comma = at + 1;

		while (comma < end && !words[comma].parted)
			comma++;
		if (comma == end)
			return false;
		behind.n = comma - at - 1;
		before = (struct bh_slice){words + comma, end - comma};
	}
	*out = strcmp(kind, "cause") == 0 ? (struct reasoning){behind, before}
									  : (struct reasoning){before, behind};
	return true;
}

/* How many of the words of `about` only one of two parts has. */
static void
count_only(const struct bh_slice *about, const struct bh_slice *one, const struct bh_slice *other,
	size_t *inout_one, size_t *inout_other)
{
	for (size_t i = 0; i < about->n; i++) {
		bool here = bh_slice_has(one, about->words[i].stem);
		bool there = bh_slice_has(other, about->words[i].stem);

		if (!bh_word_is_content(&about->words[i]))
			continue;
		*inout_one += here && !there;
		*inout_other += there && !here;
	}
}

bool
bh_contrast_cause(const struct bh_slice *claim, const struct bh_slice *source)
{
	for (size_t i = 0; i < claim->n; i++) {
		struct reasoning mine, theirs;

		if (!read_reasoning(claim, i, &mine))
			continue;
		for (size_t j = 0; j < source->n; j++) {
			size_t same = 0, turned = 0;

			if (!read_reasoning(source, j, &theirs))
				continue;
			count_only(&mine.reason, &theirs.reason, &theirs.effect, &same, &turned);
			count_only(&mine.effect, &theirs.effect, &theirs.reason, &same, &turned);
			if (turned > same)
				return true;
		}
	}
	return false;
}
