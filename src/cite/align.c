/* SPDX-License-Identifier: Apache-2.0 */
/* align.c: the heaviest common subsequence of two texts' words, and the gaps that it leaves. */
#include "cite/align.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "cite/floors.h"

enum {
	CLAIM_MAX = 200, /* words; what is longer is not laid out */
	SOURCE_MAX = 800,
	CONTENT_WEIGHT = 4, /* of a common word's: "the" may not pull the rest apart */
	GAP_MAX = 6,        /* words in a gap that still is one place */
	AKIN_BYTES = 4
};

/* What stands in each text between two pairs of equal words. */
struct gap {
	struct bh_slice claim, source;
};

static uint32_t
weight(const struct bh_word *word)
{
	return word->common && !word->negates ? 1 : CONTENT_WEIGHT;
}

/* Fills out_match[i] with the source's index of the claim's word i, or SIZE_MAX. */
static void
match(struct bh_arena *arena, const struct bh_slice *claim, const struct bh_slice *source,
	size_t *out_match)
{
	size_t width = source->n + 1;
	uint32_t *best = bh_arena_array(arena, (claim->n + 1) * width, sizeof(*best));
	size_t i, j;

	for (i = claim->n; i-- > 0;) {
		for (j = source->n; j-- > 0;) {
			uint32_t down = best[(i + 1) * width + j], right = best[i * width + j + 1];
			uint32_t most = down > right ? down : right;

			if (bh_word_equals(&claim->words[i], &source->words[j]) &&
				best[(i + 1) * width + j + 1] + weight(&claim->words[i]) > most)
				most = best[(i + 1) * width + j + 1] + weight(&claim->words[i]);
			best[i * width + j] = most;
		}
	}
	for (i = j = 0; i < claim->n; i++) {
		uint32_t here = best[i * width + j];

		out_match[i] = SIZE_MAX;
		if (j == source->n || here == best[(i + 1) * width + j])
			continue;
		while (here == best[i * width + j + 1])
			j++;
		out_match[i] = j++;
	}
}

/* A number for a number, a name for a name. */
static bool
is_exchanged(const struct gap *gap)
{
	for (size_t i = 0; i < gap->claim.n; i++) {
		const struct bh_word *mine = &gap->claim.words[i];

		if ((!mine->number && !mine->name) || bh_slice_has(&gap->source, mine->stem))
			continue;
		for (size_t j = 0; j < gap->source.n; j++) {
			const struct bh_word *theirs = &gap->source.words[j];

			if (mine->number ? theirs->number : theirs->name)
				return true;
		}
	}
	return false;
}

/* The only content word of a gap that the other text does not have at all; NULL: none, or several. */
static const struct bh_word *
only_word(const struct bh_slice *gap, const struct bh_slice *other)
{
	const struct bh_word *found = NULL;

	for (size_t i = 0; i < gap->n; i++) {
		const struct bh_word *word = &gap->words[i];

		if (!bh_word_is_content(word) || bh_slice_has(other, word->stem))
			continue;
		if (found != NULL)
			return NULL;
		found = word;
	}
	return found;
}

/* Of one word in other forms, or in a compound. */
static bool
are_akin(const struct bh_word *left, const struct bh_word *right)
{
	return strncmp(left->folded, right->folded, AKIN_BYTES) == 0 ||
		strstr(left->folded, right->stem) != NULL || strstr(right->folded, left->stem) != NULL;
}

/* A word for a word. It may mean the same; but then so may any: a place that differs in one word is no copy. */
static bool
is_replaced(const struct gap *gap, const struct bh_slice *claim, const struct bh_slice *source)
{
	const struct bh_word *mine = only_word(&gap->claim, source);
	const struct bh_word *theirs = only_word(&gap->source, claim);

	return mine != NULL && theirs != NULL && !mine->number && !theirs->number &&
		!are_akin(mine, theirs);
}

static bool
is_denied(const struct bh_slice *slice)
{
	size_t count = 0;

	for (size_t i = 0; i < slice->n; i++)
		count += slice->words[i].negates;
	return count % 2 != 0;
}

static bool
gap_differs(const struct gap *gap, const struct bh_slice *claim, const struct bh_slice *source)
{
	if (gap->claim.n > GAP_MAX || gap->source.n > GAP_MAX)
		return false;
	return is_exchanged(gap) || is_replaced(gap, claim, source) ||
		is_denied(&gap->claim) != is_denied(&gap->source);
}

/* What follows the last pair, or precedes the first, as far as the claim goes on. */
static bool
ends_differ(const struct bh_slice *claim, const struct bh_slice *source, const size_t *matches,
	size_t first, size_t last)
{
	size_t before = first < matches[first] ? first : matches[first];
	size_t after = claim->n - last - 1, left = source->n - matches[last] - 1;
	struct gap head = {{claim->words, first}, {source->words + matches[first] - before, before}};
	struct gap tail = {{claim->words + last + 1, after},
		{source->words + matches[last] + 1, after < left ? after : left}};

	return (first <= GAP_MAX && (is_exchanged(&head) || is_replaced(&head, claim, source))) ||
		(after <= GAP_MAX && (is_exchanged(&tail) || is_replaced(&tail, claim, source)));
}

bool
bh_align_differs(const struct bh_slice *claim, const struct bh_slice *source)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	size_t *matches, n = 0, first = SIZE_MAX, last = 0;

	if (claim->n == 0 || claim->n > CLAIM_MAX || source->n > SOURCE_MAX)
		return false;
	matches = bh_arena_array(&arena, claim->n, sizeof(*matches));
	match(&arena, claim, source, matches);
	for (size_t i = 0; i < claim->n; i++)
		n += matches[i] != SIZE_MAX;
	if ((double)n < BH_CITE_COPIED * (double)claim->n)
		return false;
	for (size_t i = 0; i < claim->n; i++) {
		struct gap gap;

		if (matches[i] == SIZE_MAX)
			continue;
		if (first == SIZE_MAX) {
			first = last = i;
			continue;
		}
		gap = (struct gap){{claim->words + last + 1, i - last - 1},
			{source->words + matches[last] + 1, matches[i] - matches[last] - 1}};
		if (gap_differs(&gap, claim, source))
			return true;
		last = i;
	}
	return first != SIZE_MAX && ends_differ(claim, source, matches, first, last);
}
