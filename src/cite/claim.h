/* SPDX-License-Identifier: Apache-2.0 */
/* claim.h: what a sentence states. */
#ifndef BH_CITE_CLAIM_H
#define BH_CITE_CLAIM_H

#include "base/arena.h"
#include "cite/slice.h"

/* Memory of the arena. */
struct bh_claim {
	struct bh_slice words;       /* all, in order; a list's mark and a lead-in are off */
	const struct bh_word **said; /* distinct content words and numbers */
	size_t n;                    /* 0: it states nothing */
	size_t numbers;
	bool denies; /* it states nothing: it says that the documents do not say */
};

/* Reads a sentence as if it were in `language`. It states nothing when it is a question, speaks of the
 * documents ("The passages do not say …") or says no more than the question (NULL: none). */
void bh_claim_read(struct bh_arena *arena, enum bh_language language, const char *question,
	const char *sentence, size_t len, struct bh_claim *out);

/* How many of its words a text holds. */
size_t bh_claim_shares(const struct bh_claim *claim, const struct bh_slice *text);

#endif
