/* SPDX-License-Identifier: Apache-2.0 */
/* support.h: whether an answer's sentence stands on a passage, and on which words of it. Decided here
 * and never by the model. */
#ifndef BH_CITE_SUPPORT_H
#define BH_CITE_SUPPORT_H

#include <stddef.h>

#include "base/arena.h"
#include "cite/slice.h"
#include "text/words.h"

/* A passage made ready for comparison. */
struct bh_evidence {
	const char *text; /* borrowed */
	size_t len;
	struct bh_words words;
	struct bh_spans sentences;
};

enum bh_verdict {
	BH_UNSUPPORTED = 0,
	BH_DOUBTFUL, /* words agree in part: whether the meaning does, vectors tell */
	BH_SUPPORTED
};

struct bh_support {
	enum bh_verdict verdict;
	size_t passage;       /* index of the evidence */
	struct bh_span quote; /* the supporting sentences, bytes of the passage */
	double coverage;      /* share of the sentence's content found there */
	double likeness;      /* how alike a doubtful sentence and its quote must be, as vectors */
	/* Where most of the sentence's words stand, supported or not: what it was probably made from. */
	size_t near_passage;
	struct bh_span near;
	double near_share; /* 0: nowhere */
	bool denies;       /* the sentence says that the documents do not say */
};

/* The words of a quote. */
struct bh_slice bh_support_quoted(const struct bh_evidence *evidence, const struct bh_span *quote);

void bh_support_prepare(struct bh_arena *arena, const char *text, size_t len,
	struct bh_evidence *out);

/* Judges one sentence against the passages: content words covered, all numbers and names there and said
 * of the same things, nothing negated that is not. The best passage only. A sentence that says no more
 * than the question (NULL: none) has no support. */
void bh_support_judge(struct bh_arena *arena, const struct bh_evidence *evidence, size_t n,
	const char *question, const char *sentence, size_t len, struct bh_support *out);

/* Cosine of two vectors of the same length; 0 if one is zero. */
double bh_support_cosine(const float *a, const float *b, size_t n);

#endif
