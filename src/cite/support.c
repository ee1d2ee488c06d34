/* SPDX-License-Identifier: Apache-2.0 */
/* support.c: compares a sentence with windows of neighbouring sentences of each passage. */
#include "cite/support.h"

#include <math.h>

#include "base/macros.h"
#include "cite/align.h"
#include "cite/binding.h"
#include "cite/claim.h"
#include "cite/contrast.h"
#include "cite/floors.h"
#include "cite/order.h"
#include "cite/scope.h"

enum {
	WINDOW_MAX = 3,  /* neighbouring sentences that may support one together */
	CONTENT_MIN = 2, /* words and numbers below which a sentence must be a copy */
};

/* What one comparison found. */
struct finding {
	double coverage, rank;
	double shared; /* pairs of words that follow each other in both */
	bool lacks;    /* a number or name of the claim is not there */
};

/* The ranks of what speaks for a claim and of what speaks against it. */
struct contest {
	double best, against, nearest;
};

void
bh_support_prepare(struct bh_arena *arena, const char *text, size_t len, struct bh_evidence *out)
{
	struct bh_evidence evidence = {.text = text, .len = len};
	size_t sentence = 0;

	bh_words_split(arena, text, len, &evidence.words);
	bh_sentences_split(arena, text, len, &evidence.sentences);
	for (size_t i = 0; i < evidence.words.n; i++) {
		struct bh_word *word = &evidence.words.list[i];

		while (sentence + 1 < evidence.sentences.n &&
			word->at.start >= evidence.sentences.list[sentence].end)
			sentence++;
		word->sentence = sentence;
	}
	bh_slice_clauses(&evidence.words);
	*out = evidence;
}

/* Pairs of words that follow each other in both: tells a copied sentence from one that is only about
 * the same matter. */
static double
pairs_shared(const struct bh_slice *claim, const struct bh_slice *window)
{
	size_t shared = 0;

	if (claim->n < 2)
		return 0;
	for (size_t i = 0; i + 1 < claim->n; i++) {
		for (size_t j = 0; j + 1 < window->n; j++) {
			if (bh_word_equals(&claim->words[i], &window->words[j]) &&
				bh_word_equals(&claim->words[i + 1], &window->words[j + 1])) {
				shared++;
				break;
			}
		}
	}
	return (double)shared / (double)(claim->n - 1);
}

/* False when the window cannot support the claim at all. */
static bool
compare(const struct bh_claim *claim, const struct bh_slice *window, struct finding *out)
{
	size_t found = 0;

	out->lacks = false;
	for (size_t i = 0; i < claim->n; i++) {
		const struct bh_word *word = claim->said[i];
		bool here = bh_slice_has(window, word->stem);

		found += here;
		out->lacks = out->lacks || (!here && (word->number || word->name));
	}
	out->shared = pairs_shared(&claim->words, window);
	out->coverage = (double)found / (double)claim->n;
	out->rank = out->coverage + BH_CITE_PAIRS_WEIGHT * out->shared;
	/* Of few words, only a copy tells that it is meant. */
	return out->coverage >= bh_cite_floors[BH_COUNT(bh_cite_floors) - 1].coverage &&
		(found >= CONTENT_MIN || out->shared >= 1);
}

/* What the claim was probably made from. One sentence more must add something. */
static void
note_nearest(const struct finding *finding, size_t width, size_t index, struct bh_span quote,
	double *rank, struct bh_support *out)
{
	double here = finding->rank - BH_CITE_WIDTH_COST * (double)(width - 1);

	if (here <= *rank)
		return;
	*rank = here;
	out->near_passage = index;
	out->near = quote;
	out->near_share = finding->coverage;
}

static struct bh_slice
window_of(const struct bh_evidence *evidence, size_t first, size_t width)
{
	const struct bh_words *words = &evidence->words;
	size_t from = 0, to;

	while (from < words->n && words->list[from].sentence < first)
		from++;
	for (to = from; to < words->n && words->list[to].sentence < first + width; to++)
		continue;
	return (struct bh_slice){words->list + from, to - from};
}

/* Whether the window says something else than the claim with the claim's words. */
static bool
is_denied(const struct bh_claim *claim, const struct bh_evidence *evidence, size_t first,
	size_t width)
{
	const struct bh_slice passage = {evidence->words.list, evidence->words.n};
	const struct bh_slice window = window_of(evidence, first, width);

	for (size_t i = first; i < first + width; i++) {
		const struct bh_slice sentence = window_of(evidence, i, 1);

		if (bh_claim_shares(claim, &sentence) >= CONTENT_MIN &&
			bh_contrast_negation(&claim->words, &sentence))
			return true;
	}
	return bh_align_differs(&claim->words, &window) ||
		bh_contrast_opposites(&claim->words, &window) ||
		bh_contrast_cause(&claim->words, &window) || bh_scope_quantity(&claim->words, &window) ||
		bh_scope_bound(&claim->words, &window) || bh_scope_counted(&claim->words, &window) ||
		bh_scope_modality(&claim->words, &window) || bh_scope_voice(&claim->words, &window) ||
		bh_binding_differs(&claim->words, &window, &passage) ||
		bh_order_differs(&claim->words, &window);
}

static void
set_verdict(const struct bh_claim *claim, const struct finding *finding, struct bh_support *out)
{
	size_t i = 0;

	while (i + 1 < BH_COUNT(bh_cite_floors) && finding->coverage < bh_cite_floors[i].coverage)
		i++;
	out->coverage = finding->coverage;
	out->likeness = bh_cite_floors[i].likeness;
	/* All the words may be there and be turned to nonsense: "a male duck is a male hen". What a number
	 * belongs to has been looked at. */
	if (out->likeness == 0 && claim->numbers == 0 && finding->shared < BH_CITE_LOOSE)
		out->likeness = bh_cite_floors[BH_COUNT(bh_cite_floors) - 1].likeness;
	out->verdict = out->likeness > 0 ? BH_DOUBTFUL : BH_SUPPORTED;
}

static void
judge_passage(const struct bh_claim *claim, const struct bh_evidence *evidence, size_t index,
	struct contest *contest, struct bh_support *out)
{
	for (size_t i = 0; i < evidence->sentences.n; i++) {
		for (size_t width = 1; width <= WINDOW_MAX && i + width <= evidence->sentences.n; width++) {
			const struct bh_slice window = window_of(evidence, i, width);
			const struct bh_span quote = {evidence->sentences.list[i].start,
				evidence->sentences.list[i + width - 1].end};
			bool may_support;
			struct finding finding;
			double rank;

			may_support = compare(claim, &window, &finding);
			note_nearest(&finding, width, index, quote, &contest->nearest, out);
			if (!may_support)
				continue;
			/* A wider quote must earn its width. */
			rank = finding.rank - BH_CITE_WIDTH_COST * (double)(width - 1);
			if (finding.lacks || (rank > contest->best && is_denied(claim, evidence, i, width))) {
				contest->against = rank > contest->against ? rank : contest->against;
				continue;
			}
			if (rank <= contest->best)
				continue;
			contest->best = rank;
			set_verdict(claim, &finding, out);
			out->passage = index;
			out->quote = quote;
		}
	}
}

/* The sentence as it is read beside passages of a language: stems compare within one only. */
static const struct bh_claim *
claim_in(struct bh_arena *arena, enum bh_language language, const char *question,
	const char *sentence, size_t len, const struct bh_claim **claims)
{
	if (claims[language] == NULL) {
		struct bh_claim *claim = bh_arena_alloc(arena, sizeof(*claim));

		bh_claim_read(arena, language, question, sentence, len, claim);
		claims[language] = claim;
	}
	return claims[language];
}

void
bh_support_judge(struct bh_arena *arena, const struct bh_evidence *evidence, size_t n,
	const char *question, const char *sentence, size_t len, struct bh_support *out)
{
	const struct bh_claim *claims[BH_LANGUAGES] = {0};
	struct bh_support support = {0};
	struct contest contest = {0};

	for (size_t i = 0; i < n; i++) {
		const struct bh_claim *claim = claim_in(arena, evidence[i].words.language, question,
			sentence, len, claims);

		support.denies = support.denies || claim->denies;
		if (claim->n > 0)
			judge_passage(claim, &evidence[i], i, &contest, &support);
	}
	/* What comes closest says otherwise. */
	if (contest.against > contest.best)
		support = (struct bh_support){.near_passage = support.near_passage,
			.near = support.near,
			.near_share = support.near_share,
			.denies = support.denies};
	*out = support;
}

struct bh_slice
bh_support_quoted(const struct bh_evidence *evidence, const struct bh_span *quote)
{
	const struct bh_words *words = &evidence->words;
	size_t from = 0, to;

	while (from < words->n && words->list[from].at.start < quote->start)
		from++;
	for (to = from; to < words->n && words->list[to].at.end <= quote->end; to++)
		continue;
	return (struct bh_slice){words->list + from, to - from};
}

double
bh_support_cosine(const float *a, const float *b, size_t n)
{
	double dot = 0, aa = 0, bb = 0;

	for (size_t i = 0; i < n; i++) {
		dot += (double)a[i] * (double)b[i];
		aa += (double)a[i] * (double)a[i];
		bb += (double)b[i] * (double)b[i];
	}
	return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}
