/* SPDX-License-Identifier: Apache-2.0 */
/* order.c: names and numbers that have changed places. */
#include "cite/order.h"

#include <string.h>

#include "cite/lists.h"
#include "cite/units.h"

enum { ANCHORS_MAX = 16 }; /* names and numbers whose order is compared */

static size_t
place_of(const struct bh_slice *slice, const char *stem, size_t *out_count)
{
	size_t place = 0;

	*out_count = 0;
	for (size_t i = slice->n; i-- > 0;) {
		if (strcmp(slice->words[i].stem, stem) == 0) {
			place = i;
			++*out_count;
		}
	}
	return place;
}

/* A "by" shortly before a name turns a sentence around. */
static bool
is_turned(const struct bh_slice *slice)
{
	for (size_t i = 0; i + 1 < slice->n; i++) {
		if (!bh_lexicon_has(&bh_list_turning, slice->words[i].folded))
			continue;
		if (slice->words[i + 1].name || (i + 2 < slice->n && slice->words[i + 2].name))
			return true;
	}
	return false;
}

/* "Arkansas, Texas and Ohio" have no order. */
static bool
are_listed(const struct bh_slice *source, size_t from, size_t to)
{
	bool parted = false;

	for (size_t i = from + 1; i <= to; i++) {
		if (bh_word_is_content(&source->words[i]) && !source->words[i].name &&
			!source->words[i].number)
			return false;
		parted = parted || source->words[i].parted;
	}
	return parted;
}

/* Names that are one ("Jon Falk") count as one: by their first word. */
static bool
leads_name(const struct bh_slice *claim, const struct bh_slice *source, size_t at)
{
	const struct bh_word *word = &claim->words[at];
	bool name = word->name;

	/* A sentence's first word is a name where the source, in mid-sentence, writes it as one. */
	for (size_t i = 0; i < source->n && !name; i++)
		name = word->capital && source->words[i].name && bh_word_equals(&source->words[i], word);
	return name && !(at > 0 && claim->words[at - 1].name && !word->parted);
}

/* A name or number that stands once in both texts. */
struct anchor {
	size_t claim, source;
	bool number;
};

static size_t
read_anchors(const struct bh_slice *claim, const struct bh_slice *source, struct anchor *out)
{
	size_t n = 0;

	for (size_t i = 0; i < claim->n && n < ANCHORS_MAX; i++) {
		const struct bh_word *word = &claim->words[i];
		size_t here, there;

		if (!word->number && !leads_name(claim, source, i))
			continue;
		(void)place_of(claim, word->stem, &here);
		out[n] = (struct anchor){i, place_of(source, word->stem, &there), word->number};
		n += here == 1 && there == 1;
	}
	return n;
}

static bool
are_exchanged(const struct bh_slice *claim, const struct bh_slice *source,
	const struct anchor *left, const struct anchor *right)
{
	if (left->number != right->number || right->source > left->source ||
		source->words[left->source].sentence != source->words[right->source].sentence)
		return false;
	if (left->number)
		return bh_unit_equals(bh_unit_of(claim, left->claim), bh_unit_of(claim, right->claim)) &&
			source->words[left->source].clause == source->words[right->source].clause;
	return is_turned(claim) == is_turned(source) &&
		!are_listed(source, right->source, left->source);
}

bool
bh_order_differs(const struct bh_slice *claim, const struct bh_slice *source)
{
	struct anchor anchors[ANCHORS_MAX];
	size_t n = read_anchors(claim, source, anchors);

	for (size_t i = 1; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (are_exchanged(claim, source, &anchors[j], &anchors[i]))
				return true;
		}
	}
	return false;
}
