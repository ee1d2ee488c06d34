/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h: the words of a text as a search index counts them: folded, by Unicode's word boundaries, not
 * stemmed. */
#ifndef BH_TEXT_TERMS_H
#define BH_TEXT_TERMS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"

#define BH_TERM_BYTES_MAX 64

/* In the order of the text; strings in the arena. */
struct bh_terms {
	const char **list;
	size_t n;
};

/* Segments with a letter or digit (BH_FOLD_INDEX), a closing 's dropped, each cut to BH_TERM_BYTES_MAX.
 * What a store's postings hold depends on it: a change here asks for every store to be indexed again.
 * BH_E_UTF8 for text that cannot be folded. */
BH_MUST_CHECK int bh_terms_split(struct bh_arena *arena, const char *text, size_t len,
	struct bh_terms *out);

#endif
