/* SPDX-License-Identifier: Apache-2.0 */
/* focus.h: selects the sentences of passages that are nearest to a question, for a model that reads
 * slowly. */
#ifndef BH_CITE_FOCUS_H
#define BH_CITE_FOCUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "text/sentences.h"

struct bh_focus_passage {
	const char *text; /* borrowed */
	size_t len;
	double score;
	const char *heading;  /* borrowed; NULL: none */
	struct bh_span found; /* bytes of the text that were searched for, among others; empty: all */
};

/* Sentences of passages (best first), of at most `tokens` tokens in all, the nearest last; it is always there,
 * cut if it is too long. A sentence brings what it cannot be understood without: the one before an "it", the
 * list after a colon. Text lives in the arena. */
void bh_focus_pick(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, int64_t tokens, const char ***out, size_t *out_n);

/* For a model that can read more: of at most `tokens` tokens in all, an excerpt for each passage, the
 * nearest last. It holds the sentences that are near the question with those around them, as many as there
 * is room for: the passages whole, where that is enough. None, where the nearest does not fit. */
void bh_focus_widely(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, int64_t tokens, const char ***out, size_t *out_n);

/* The place that is nearest to the question, for a quotation: a sentence, with what it cannot be understood
 * without. False when the passages hold none. */
bool bh_focus_best(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, size_t *out_passage, struct bh_span *out);

#endif
