/* SPDX-License-Identifier: Apache-2.0 */
/* binding.c: counts the words around a number or name, here and there. */
#include "cite/binding.h"

#include "cite/units.h"

/* The part of a slice that has the word's clause or, `whole`, its sentence. */
static struct bh_slice
around(const struct bh_slice *slice, const struct bh_word *word, bool whole)
{
	struct bh_slice part = {slice->words, 0};

	for (size_t i = 0; i < slice->n; i++) {
		const struct bh_word *other = &slice->words[i];

		if (whole ? other->sentence != word->sentence : other->clause != word->clause)
			continue;
		if (part.n == 0)
			part.words = other;
		part.n = (size_t)(other - part.words) + 1;
	}
	return part;
}

/* How many of the claim's words, numbers and `apart` (NULL: none) apart, only one of two parts holds. */
static void
count_shared(const struct bh_slice *about, const struct bh_word *apart, bool with_names,
	const struct bh_slice *mine, const struct bh_slice *other, size_t *out_mine, size_t *out_other)
{
	*out_mine = *out_other = 0;
	for (size_t i = 0; i < about->n; i++) {
		const struct bh_word *word = &about->words[i];
		bool here, there;

		if (!bh_word_is_content(word) || word->number || (word->name && !with_names) ||
			bh_unit_named(word) != NULL || (apart != NULL && bh_word_equals(word, apart)))
			continue;
		here = bh_slice_has(mine, word->stem);
		there = bh_slice_has(other, word->stem);
		*out_mine += here && !there;
		*out_other += there && !here;
	}
}

/* Whether the claim's words around a number, `about`, belong rather to the number at `rival`. */
static bool
number_is_beaten(const struct bh_slice *about, const struct bh_slice *source,
	const struct bh_word *mine, const struct bh_word *rival)
{
	struct bh_slice here = around(source, mine, false);
	struct bh_slice there = around(source, rival, false);
	size_t mine_only, rival_only;

	if (mine->clause == rival->clause)
		return false;
	count_shared(about, NULL, true, &here, &there, &mine_only, &rival_only);
	if (rival_only == 0)
		return false;
	/* A verb is said once: "the first starts at 6, the second at 14". Its absence tells nothing. */
	if (rival->sentence == mine->sentence && rival < mine)
		return mine_only == 0;
	return rival_only >= mine_only;
}

/* Whether the number at `at` of the claim is bound to its words in the source as well. */
static bool
number_is_bound(const struct bh_slice *claim, size_t at, const struct bh_slice *source)
{
	const struct bh_word *number = &claim->words[at];
	const struct bh_slice about = around(claim, number, false);
	const char *unit = bh_unit_of(claim, at);

	for (size_t i = 0; i < source->n; i++) {
		const char *unit_here = bh_unit_of(source, i);
		bool beaten = false;

		if (!source->words[i].number || !bh_word_equals(&source->words[i], number) ||
			(unit != NULL && !bh_unit_equals(unit, unit_here)))
			continue;
		for (size_t j = 0; j < source->n && !beaten; j++) {
			const struct bh_word *rival = &source->words[j];

			beaten = rival->number && bh_unit_equals(bh_unit_of(source, j), unit_here) &&
				!bh_slice_has(&about, rival->stem) &&
				number_is_beaten(&about, source, &source->words[i], rival);
		}
		if (!beaten)
			return true;
	}
	return false;
}

static bool
overlaps(const struct bh_slice *slice, const struct bh_word *word)
{
	return word >= slice->words && word < slice->words + slice->n;
}

/* A sentence's first word is a name where the passage, in mid-sentence, writes it as one. */
static bool
is_name(const struct bh_word *word, const struct bh_slice *passage)
{
	bool name = word->name;

	for (size_t i = 0; i < passage->n && !name && word->capital && !word->common; i++)
		name = passage->words[i].name && bh_word_equals(&passage->words[i], word);
	return name;
}

/* Whether `rival`, at `at` of the passage, is something that could stand in the claim instead. */
static bool
is_rival(const struct bh_slice *passage, size_t at, const struct bh_slice *claim,
	const struct bh_word *mine, const char *unit)
{
	const struct bh_word *rival = &passage->words[at];

	if (rival->sentence == mine->sentence || bh_slice_has(claim, rival->stem))
		return false;
	return mine->number ? rival->number && bh_unit_equals(bh_unit_of(passage, at), unit)
						: is_name(rival, passage);
}

/* Whether the claim's words around a name or number belong rather to a sentence with another one. */
static bool
is_at_home(const struct bh_slice *claim, size_t at, const struct bh_slice *source,
	const struct bh_slice *passage)
{
	const struct bh_word *word = &claim->words[at];
	const char *unit = bh_unit_of(claim, at);

	for (size_t i = 0; i < source->n; i++) {
		const struct bh_word *mine = &source->words[i];
		const struct bh_slice here = around(source, mine, true);
		bool beaten = false;

		if (!bh_word_equals(mine, word))
			continue;
		for (size_t j = 0; j < passage->n && !beaten; j++) {
			struct bh_slice there;
			size_t mine_only, rival_only;

			if (!is_rival(passage, j, claim, mine, unit))
				continue;
			there = around(passage, &passage->words[j], true);
			if (bh_slice_has(&there, word->stem))
				continue;
			count_shared(claim, word, word->number,
				overlaps(source, &passage->words[j]) ? &here : source, &there, &mine_only,
				&rival_only);
			beaten = rival_only > mine_only;
		}
		if (!beaten)
			return true;
	}
	return false;
}

bool
bh_binding_differs(const struct bh_slice *claim, const struct bh_slice *source,
	const struct bh_slice *passage)
{
	for (size_t i = 0; i < claim->n; i++) {
		const struct bh_word *word = &claim->words[i];

		if ((!word->number && !is_name(word, passage)) || !bh_slice_has(source, word->stem))
			continue;
		if (word->number && !number_is_bound(claim, i, source))
			return true;
		if (!is_at_home(claim, i, source, passage))
			return true;
	}
	return false;
}
