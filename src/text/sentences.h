/* SPDX-License-Identifier: Apache-2.0 */
/* sentences.h: where the sentences of a text begin and end. */
#ifndef BH_TEXT_SENTENCES_H
#define BH_TEXT_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A range of bytes. */
struct bh_span {
	size_t start, end;
};

struct bh_spans {
	struct bh_span *list; /* in an arena */
	size_t n;
};

/* Trimmed, the final mark included. A line break alone ends no sentence (texts of PDF are wrapped), an empty
 * line and the beginning of a list item do; the dots of abbreviations and numbers do not. */
void bh_sentences_split(struct bh_arena *arena, const char *text, size_t len, struct bh_spans *out);

/* The bytes of the first sentence, for cutting a text that is too long, where a cut too many does no
 * harm: each line's end and each mark before a space ends one. At least 1 of a text that is not empty. */
size_t bh_sentences_first(const char *text, size_t len);

/* Whether a list item or nothing follows the line break at `at`: a new sentence begins behind it. */
bool bh_sentences_break(const char *text, size_t len, size_t at);

/* "- ", "* ", "• ": whether a list item begins at `at`. */
bool bh_sentences_item(const char *text, size_t len, size_t at);

#endif
