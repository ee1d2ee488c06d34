/* SPDX-License-Identifier: Apache-2.0 */
/* scope.c: small words that belong to the content word behind them. */
#include "cite/scope.h"

#include <string.h>

#include "cite/lists.h"
#include "cite/units.h"

enum { REACH = 3 }; /* words between such a word and what it belongs to */

/* ---- quantities ---- */

/* The quantity in front of the word at `at`; NULL: none is said. */
static const char *
quantity_of(const struct bh_slice *slice, size_t at)
{
	size_t reach = 0;

	for (size_t i = at; i-- > 0 && reach < REACH; reach++) {
		const char *found = bh_lexicon_find(&bh_list_quantities, slice->words[i].folded);

		if (found != NULL && strcmp(found, "only") != 0)
			return found;
		if (bh_word_is_content(&slice->words[i]) ||
			slice->words[i].sentence != slice->words[at].sentence)
			return NULL;
	}
	return NULL;
}

static bool
says_only(const struct bh_slice *slice)
{
	for (size_t i = 0; i < slice->n; i++) {
		const char *found = bh_lexicon_find(&bh_list_quantities, slice->words[i].folded);

		if (found != NULL && strcmp(found, "only") == 0)
			return true;
	}
	return false;
}

bool
bh_scope_quantity(const struct bh_slice *claim, const struct bh_slice *source)
{
	if (says_only(claim) && !says_only(source))
		return true;
	for (size_t i = 0; i < claim->n; i++) {
		const char *mine = quantity_of(claim, i);
		bool differs = false, agrees = false;

		if (mine == NULL || !bh_word_is_content(&claim->words[i]))
			continue;
		for (size_t j = 0; j < source->n; j++) {
			const char *theirs = quantity_of(source, j);

			if (theirs == NULL || !bh_word_equals(&source->words[j], &claim->words[i]))
				continue;
			agrees = agrees || strcmp(mine, theirs) == 0;
			differs = differs || strcmp(mine, theirs) != 0;
		}
		if (differs && !agrees)
			return true;
	}
	return false;
}

/* ---- numbers ---- */

static const char *
bound_of(const struct bh_slice *slice, size_t at)
{
	return at > 0 && slice->words[at].number
		? bh_lexicon_find(&bh_list_bounds, slice->words[at - 1].folded)
		: NULL;
}

bool
bh_scope_bound(const struct bh_slice *claim, const struct bh_slice *source)
{
	for (size_t i = 0; i < claim->n; i++) {
		const char *mine = bound_of(claim, i);
		bool differs = false, agrees = false;

		for (size_t j = 0; mine != NULL && j < source->n; j++) {
			const char *theirs = bound_of(source, j);

			if (!bh_word_equals(&source->words[j], &claim->words[i]))
				continue;
			differs = differs || (theirs != NULL && strcmp(mine, theirs) != 0);
			agrees = agrees || (theirs != NULL && strcmp(mine, theirs) == 0);
		}
		if (differs && !agrees)
			return true;
	}
	return false;
}

/* The content word directly behind a number; NULL: none. */
static const struct bh_word *
counted_by(const struct bh_slice *slice, size_t at)
{
	const struct bh_word *next = at + 1 < slice->n ? &slice->words[at + 1] : NULL;

	return slice->words[at].number && next != NULL && !next->parted && !next->number &&
			bh_word_is_content(next)
		? next
		: NULL;
}

bool
bh_scope_counted(const struct bh_slice *claim, const struct bh_slice *source)
{
	for (size_t i = 0; i < claim->n; i++) {
		const struct bh_word *mine = counted_by(claim, i);
		bool differs = false, agrees = false;

		if (mine == NULL || bh_slice_has(source, mine->stem))
			continue;
		for (size_t j = 0; j < source->n; j++) {
			const struct bh_word *theirs = counted_by(source, j);

			if (!bh_word_equals(&source->words[j], &claim->words[i]))
				continue;
			if (theirs != NULL && !bh_slice_has(claim, theirs->stem) &&
				!bh_unit_equals(bh_unit_named(mine),
					bh_unit_named(theirs) != NULL ? bh_unit_named(theirs) : ""))
				differs = true;
			else
				agrees = true;
		}
		if (differs && !agrees)
			return true;
	}
	return false;
}

/* ---- modality ---- */

struct modals {
	bool may, must, negated;
};

static struct modals
modals_of(const struct bh_slice *slice)
{
	struct modals found = {0};

	for (size_t i = 0; i < slice->n; i++) {
		const char *kind = bh_lexicon_find(&bh_list_modals, slice->words[i].folded);

		found.may = found.may || (kind != NULL && strcmp(kind, "may") == 0);
		found.must = found.must || (kind != NULL && strcmp(kind, "must") == 0);
		found.negated = found.negated || slice->words[i].negates;
	}
	return found;
}

bool
bh_scope_modality(const struct bh_slice *claim, const struct bh_slice *source)
{
	struct modals mine = modals_of(claim), theirs = modals_of(source);

	if (mine.negated || theirs.negated || mine.may == mine.must || theirs.may == theirs.must)
		return false;
	return mine.may != theirs.may;
}

/* ---- voice ---- */

static bool
is_passive_word(const struct bh_word *word)
{
	const char *kind = bh_lexicon_find(&bh_list_modals, word->folded);

	return kind != NULL && strcmp(kind, "passive") == 0;
}

/* Whether the word at `at` has such a word in its sentence: before it in English, anywhere in German. */
static bool
has_passive(const struct bh_slice *slice, size_t at, bool anywhere)
{
	for (size_t i = 0; i < slice->n; i++) {
		if (slice->words[i].sentence == slice->words[at].sentence &&
			is_passive_word(&slice->words[i]) && (anywhere || (i < at && at - i <= REACH)))
			return true;
	}
	return false;
}

static bool
has_suffix(const char *word, const char *suffix)
{
	size_t len = strlen(word), n = strlen(suffix);

	return len > n + 2 && strcmp(word + len - n, suffix) == 0;
}

/* Whether the claim's word at `at` can be a verb with its subject in front and an object behind. */
static bool
is_active(const struct bh_slice *claim, size_t at)
{
	static const char *const articles[] = {"the", "a", "an", "his", "her", "its", "their"};
	const struct bh_word *next = at + 1 < claim->n ? &claim->words[at + 1] : NULL;

	if (at == 0 || next == NULL || next->parted || claim->words[at].parted ||
		!bh_word_is_content(&claim->words[at - 1]))
		return false;
	for (size_t i = 0; i < BH_COUNT(articles); i++) {
		if (strcmp(next->folded, articles[i]) == 0)
			return true;
	}
	return bh_word_is_content(next);
}

static bool
names_doer(const struct bh_slice *source, size_t at)
{
	for (size_t i = 0; i < source->n; i++) {
		if (source->words[i].sentence == source->words[at].sentence &&
			bh_lexicon_has(&bh_list_turning, source->words[i].folded))
			return true;
	}
	return false;
}

/* Whether the claim's word at `at` is in the active where the source's at `there` is in the passive. */
static bool
is_turned(const struct bh_slice *claim, size_t at, const struct bh_slice *source, size_t there)
{
	const char *mine = claim->words[at].folded, *theirs = source->words[there].folded;

	if (names_doer(source, there))
		return false;
	if (has_suffix(theirs, "ed") && strcmp(mine, theirs) == 0)
		/* "Claims submitted late are not paid" has its verb elsewhere. */
		return has_passive(source, there, false) && !has_passive(claim, at, true) &&
			is_active(claim, at);
	return (has_suffix(theirs, "t") || has_suffix(theirs, "en")) &&
		(has_suffix(mine, "te") || has_suffix(mine, "ten")) && has_passive(source, there, true) &&
		!has_passive(claim, at, true);
}

bool
bh_scope_voice(const struct bh_slice *claim, const struct bh_slice *source)
{
	for (size_t i = 0; i < claim->n; i++) {
		bool turned = false, same = false;

		if (!bh_word_is_content(&claim->words[i]) || claim->words[i].number)
			continue;
		for (size_t j = 0; j < source->n; j++) {
			if (!bh_word_equals(&source->words[j], &claim->words[i]))
				continue;
			if (is_turned(claim, i, source, j))
				turned = true;
			else
				same = true;
		}
		if (turned && !same)
			return true;
	}
	return false;
}
