/* terms.h: the words of a text as BM25 counts them: folded, Unicode word boundaries, no stemming. */
#ifndef RAG_TERMS_H
#define RAG_TERMS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"

#define RAG_TERM_BYTES_MAX 64

/* Words in the order of the text; strings in the arena. */
struct rag_terms {
	const char **terms;
	size_t count;
};

/* Splits valid UTF-8 into terms: NFKC and case folded, segments with a letter or digit, a closing
 * 's dropped, each cut to RAG_TERM_BYTES_MAX. BH_E_UTF8 for text that cannot be folded. */
BH_MUST_CHECK int rag_terms_split(struct bh_arena *arena, const char *text, size_t len,
	struct rag_terms *out);

#endif
