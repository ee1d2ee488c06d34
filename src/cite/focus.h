/* SPDX-License-Identifier: Apache-2.0 */
/* focus.h: selects the sentences of passages that are nearest to a question, for a model that reads
 * slowly. */
#ifndef BH_CITE_FOCUS_H
#define BH_CITE_FOCUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct bh_focus_passage {
	const char *text; /* borrowed */
	size_t len;
	double score;
};

/* Sentences of passages (best first), of at most `tokens` tokens in all, the nearest last; it is always there,
 * cut if it is too long. A sentence brings what it cannot be understood without: the one before an "it", the
 * list after a colon. Text lives in the arena. */
void bh_focus_pick(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, int64_t tokens, const char ***out, size_t *out_n);

#endif
