/* SPDX-License-Identifier: Apache-2.0 */
/* rewrite.h: what is searched for in place of a query as a person writes it. */
#ifndef RAG_REWRITE_H
#define RAG_REWRITE_H

#include <stddef.h>

#include "base/arena.h"

/* Each query becomes its questions: several are searched for one by one, without the words that only ask for an
 * answer ("Please tell me …") and without sentences beside them; one that is not understood alone ("And when was
 * that?") gets the words of what stands before it. A query that asks nothing stays as it is, and so does one for whose
 * questions there is no room. Returns how many there are now, at most `most`, which is no less than n. */
size_t rag_rewrite_queries(struct bh_arena *arena, const char *const *queries, size_t n,
	size_t most, const char *const **out);

#endif
