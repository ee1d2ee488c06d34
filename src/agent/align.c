/* align.c: the heaviest common subsequence of two texts' words, and the gaps that it leaves. */
#include "agent/align.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

enum {
	CLAIM_MAX = 200, /* words; what is longer is not laid out */
	SOURCE_MAX = 800,
	CONTENT_WEIGHT = 4, /* of a common word's: "the" may not pull the rest apart */
	GAP_MAX = 6         /* words in a gap that still is one place */
};

static const double copied = 0.6; /* share of the claim in the source's order */

/* A gap: what stands in each text between two pairs of equal words. */
struct gap {
	const struct agent_word *claim, *source;
	size_t claim_n, source_n;
};

static uint32_t
weight(const struct agent_word *word)
{
	return word->common && !word->negates ? 1 : CONTENT_WEIGHT;
}

static bool
equal(const struct agent_word *left, const struct agent_word *right)
{
	return strcmp(left->stem, right->stem) == 0;
}

/* Fills out_match[i] with the source's index of the claim's word i, or SIZE_MAX. */
static void
match(struct bh_arena *arena, const struct agent_slice *claim, const struct agent_slice *source,
	size_t *out_match)
{
	size_t width = source->n + 1;
	uint32_t *best = bh_arena_array(arena, (claim->n + 1) * width, sizeof(*best));
	size_t i, j;

	for (i = claim->n; i-- > 0;) {
		for (j = source->n; j-- > 0;) {
			uint32_t down = best[(i + 1) * width + j], right = best[i * width + j + 1];
			uint32_t most = down > right ? down : right;

			if (equal(&claim->words[i], &source->words[j]) &&
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

static bool
holds(const struct agent_word *words, size_t n, const struct agent_word *word)
{
	for (size_t i = 0; i < n; i++) {
		if (equal(&words[i], word))
			return true;
	}
	return false;
}

/* A number for a number, a name for a name. */
static bool
is_exchanged(const struct gap *gap)
{
	for (size_t i = 0; i < gap->claim_n; i++) {
		const struct agent_word *mine = &gap->claim[i];

		if (!mine->number && !mine->name)
			continue;
		if (holds(gap->source, gap->source_n, mine))
			continue;
		for (size_t j = 0; j < gap->source_n; j++) {
			const struct agent_word *theirs = &gap->source[j];

			if (mine->number ? theirs->number : theirs->name)
				return true;
		}
	}
	return false;
}

static size_t
count_negations(const struct agent_word *words, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += words[i].negates;
	return count;
}

static bool
gap_differs(const struct gap *gap)
{
	if (gap->claim_n > GAP_MAX || gap->source_n > GAP_MAX)
		return false;
	return is_exchanged(gap) ||
		count_negations(gap->claim, gap->claim_n) % 2 !=
		count_negations(gap->source, gap->source_n) % 2;
}

/* What follows the last pair, or precedes the first, as far as the claim goes on. */
static bool
ends_differ(const struct agent_slice *claim, const struct agent_slice *source,
	const size_t *matches, size_t first, size_t last)
{
	size_t before = first < matches[first] ? first : matches[first];
	size_t after = claim->n - last - 1, left = source->n - matches[last] - 1;
	struct gap head = {claim->words, source->words + matches[first] - before, first, before};
	struct gap tail = {claim->words + last + 1, source->words + matches[last] + 1, after,
		after < left ? after : left};

	return (first <= GAP_MAX && is_exchanged(&head)) || (after <= GAP_MAX && is_exchanged(&tail));
}

bool
agent_align_differs(const struct agent_slice *claim, const struct agent_slice *source)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	size_t *matches, n = 0, first = SIZE_MAX, last = 0;

	if (claim->n == 0 || claim->n > CLAIM_MAX || source->n > SOURCE_MAX)
		return false;
	matches = bh_arena_array(&arena, claim->n, sizeof(*matches));
	match(&arena, claim, source, matches);
	for (size_t i = 0; i < claim->n; i++)
		n += matches[i] != SIZE_MAX;
	if ((double)n < copied * (double)claim->n)
		return false;
	for (size_t i = 0; i < claim->n; i++) {
		struct gap gap;

		if (matches[i] == SIZE_MAX)
			continue;
		if (first == SIZE_MAX) {
			first = last = i;
			continue;
		}
		gap = (struct gap){claim->words + last + 1, source->words + matches[last] + 1, i - last - 1,
			matches[i] - matches[last] - 1};
		if (gap_differs(&gap))
			return true;
		last = i;
	}
	return first != SIZE_MAX && ends_differ(claim, source, matches, first, last);
}
