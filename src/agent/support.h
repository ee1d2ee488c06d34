/* support.h: whether an answer's sentence stands on a passage, and on which words of it. Decided here
 * and never by the model. */
#ifndef AGENT_SUPPORT_H
#define AGENT_SUPPORT_H

#include <stddef.h>

#include "agent/words.h"
#include "base/arena.h"

/* A passage made ready for comparison. */
struct agent_evidence {
	const char *text; /* borrowed */
	size_t len;
	struct agent_words words;
	struct agent_spans sentences;
};

enum agent_verdict {
	AGENT_UNSUPPORTED = 0,
	AGENT_DOUBTFUL, /* words agree in part: whether the meaning does, vectors tell */
	AGENT_SUPPORTED
};

struct agent_support {
	enum agent_verdict verdict;
	size_t passage;          /* index of the evidence */
	struct agent_span quote; /* the supporting sentences, bytes of the passage */
	double coverage;         /* share of the sentence's content found there */
	double likeness;         /* how alike a doubtful sentence and its quote must be, as vectors */
};

void agent_support_prepare(struct bh_arena *arena, const char *text, size_t len,
	struct agent_evidence *out);

/* Judges one sentence against the passages: content words covered, all numbers and names there and said
 * of the same things, nothing negated that is not. The best passage only. A sentence that says no more
 * than the question (NULL: none) has no support. */
void agent_support_judge(struct bh_arena *arena, const struct agent_evidence *evidence, size_t n,
	const char *question, const char *sentence, size_t len, struct agent_support *out);

/* Cosine of two vectors of the same length; 0 if one is zero. */
double agent_support_cosine(const float *a, const float *b, size_t n);

#endif
