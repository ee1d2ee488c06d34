/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h: the terms of a text as a search index holds them: stems, words as they are written, and for what is
 * spelled in several ways (PPR-9087, e-mail, 1,250,000) the spellings. */
#ifndef BH_TEXT_TERMS_H
#define BH_TEXT_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "text/stem.h"

#define BH_TERM_BYTES_MAX 64

/* What the postings of a store were made by. One more when a change here makes other terms of the same text:
 * then every store is indexed again (a migration adds the jobs). */
#define BH_TERMS_VERSION 3

enum bh_term_kind {
	BH_TERM_WORD,    /* a word's stem without accents; a number; a pair of characters */
	BH_TERM_EXACT,   /* the same word as it is written, where that differs; follows its stem */
	BH_TERM_VARIANT, /* of a query: its stem in another language; follows as well */
	BH_TERM_JOINED,  /* what stands between blanks, without the marks in it: ppr9087, email */
	BH_TERM_PART,    /* a piece of it that is no word of its own: ppr, 9087 */
	BH_TERM_SINGLE   /* a character of a longer run, in an index: so that it is found alone */
};

struct bh_term {
	const char *text; /* UTF-8, folded, at most BH_TERM_BYTES_MAX bytes */
	enum bh_term_kind kind;
	bool common;  /* a function word: "the", "ist" */
	bool framing; /* it may speak of the documents: "handbook", "says" */
	size_t group; /* the terms of one word or compound have the same; ascending */
};

struct bh_terms {
	struct bh_term *list; /* in the order of the text; in the arena, and so are the strings */
	size_t n;
	size_t words;              /* the text's length, as BM25 counts it */
	enum bh_language language; /* by which its words in Latin letters are stemmed */
};

/* The terms of a passage. Words are stemmed by the language whose function words it has most of, English without
 * any; words of other scripts by their script. BH_E_UTF8 for text that cannot be folded. */
BH_MUST_CHECK int bh_terms_split(struct bh_arena *arena, const char *text, size_t len,
	struct bh_terms *out);

/* The terms of a query, for passages in these languages (BH_LANGUAGE_BIT): in its own language where that is one
 * of them, else in each. */
BH_MUST_CHECK int bh_terms_split_query(struct bh_arena *arena, uint64_t languages, const char *text,
	size_t len, struct bh_terms *out);

/* A text as words with a blank before and after each, folded and not stemmed: a phrase is in a passage when the
 * one line is in the other. In the arena. */
BH_MUST_CHECK int bh_terms_line(struct bh_arena *arena, const char *text, size_t len,
	const char **out);

#endif
