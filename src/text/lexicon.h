/* SPDX-License-Identifier: Apache-2.0 */
/* lexicon.h: word lists. They are data/NAME.txt here and in cite/, made into tables by lexicon.py when
 * Bulkhead is built. */
#ifndef BH_TEXT_LEXICON_H
#define BH_TEXT_LEXICON_H

#include <stdbool.h>
#include <stddef.h>

/* Sorted by word; words are folded as in BH_FOLD_BARE. */
struct bh_lexicon {
	const struct bh_lexicon_row {
		const char *word;
		const char *value; /* what stands before the colon of the word's line; "" without one */
	} * rows;
	size_t n;
};

/* The value of a folded word, NULL when the list does not have it. */
const char *bh_lexicon_find(const struct bh_lexicon *list, const char *word);
bool bh_lexicon_has(const struct bh_lexicon *list, const char *word);

#endif
