/* SPDX-License-Identifier: Apache-2.0 */
/* phrases.h: which of many phrases stand in a text, in one pass and a bounded amount of work for each of its characters.
 *
 * A phrase is words of a-z and 0-9, divided by single blanks: "sieg heil". A word with * at its end is the beginning of one; ~
 * between two words stands for up to three words. Words are walked through one trie, by character; a phrase is a row of places,
 * of which a set of bits tells those that are reached, and a word moves all of them by a few operations on 64 at a time. */
#ifndef BH_MODEL_PHRASES_H
#define BH_MODEL_PHRASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

enum { MODEL_PHRASES_BLOCKS = 16, MODEL_PHRASES_MOST = 256, MODEL_PHRASES_GAP = 3 };

struct model_phrases;

/* The list is read, and not kept. BH_E_INVALID for a phrase of another form, BH_E_TOO_LARGE for more places than there is room for
 * (1,024; a word takes one, ~ three), BH_E_MEMORY. */
BH_MUST_CHECK int model_phrases_open(const char *const *list, size_t n, struct model_phrases **out);
/* Safe on NULL. */
void model_phrases_close(struct model_phrases *phrases);

/* Where a text stands. Zeroed: before its first character. */
struct model_phrases_place {
	uint64_t reached[MODEL_PHRASES_BLOCKS];
	bool is_idle;  /* none of them is; zeroed it is merely not known */
	bool is_word;  /* inside of one */
	bool is_off;   /* which no phrase has */
	uint16_t node; /* of the trie: how far it went */
	bool found[MODEL_PHRASES_MOST];
};

/* Characters as text/ascii.h gives them. */
void model_phrases_read(const struct model_phrases *phrases, struct model_phrases_place *place,
	const char *text, size_t len);
/* Behind the last one: place->found is whole. */
void model_phrases_end(const struct model_phrases *phrases, struct model_phrases_place *place);

#endif
