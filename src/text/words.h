/* SPDX-License-Identifier: Apache-2.0 */
/* words.h: the words of a text, each with its stem, for comparing texts. */
#ifndef BH_TEXT_WORDS_H
#define BH_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "text/sentences.h"
#include "text/stem.h"

struct bh_word {
	struct bh_span at;
	const char *folded; /* without case, accents and 's: what word lists hold */
	const char *stem;   /* what is compared; of a common word and of a number the folded one */
	bool number;        /* in digits or, from two on, in words; in one spelling */
	bool common;        /* carries no content: "the", "is" */
	bool negates;       /* "not", "never", "doesn't" */
	bool name;          /* written with a capital that no sentence's beginning explains */
	bool capital;
	bool parted;     /* a mark or an "and" stands before it: another clause may begin here */
	size_t sentence; /* numbered by the caller, and so are clauses */
	size_t clause;
};

struct bh_words {
	struct bh_word *list; /* in an arena, and so are the strings */
	size_t n;
	enum bh_language language; /* whose endings are off */
};

/* Words and numbers in order; ideographs count one by one, and so do signs that are read as words (%, $).
 * The language is the one whose function words the text has more of. */
void bh_words_split(struct bh_arena *arena, const char *text, size_t len, struct bh_words *out);

/* The same in a given language: stems compare within one language only. */
void bh_words_split_as(struct bh_arena *arena, enum bh_language language, const char *text,
	size_t len, struct bh_words *out);

/* Whether the word says anything of the matter: no common word. */
bool bh_word_is_content(const struct bh_word *word);

bool bh_word_equals(const struct bh_word *left, const struct bh_word *right);

/* The length of a word without a closing 's, typewriter or typographic: "company's" is "company". */
size_t bh_words_without_possessive(const char *word, size_t len);

#endif
