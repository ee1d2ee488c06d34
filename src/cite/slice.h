/* SPDX-License-Identifier: Apache-2.0 */
/* slice.h: a run of words. Common layer `cite`, above text: whether a text states what another says, decided
 * by words alone. */
#ifndef BH_CITE_SLICE_H
#define BH_CITE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "text/words.h"

/* Borrowed; its sentences and clauses are numbered. */
struct bh_slice {
	const struct bh_word *words;
	size_t n;
};

bool bh_slice_has(const struct bh_slice *slice, const char *stem);

/* Numbers the clauses: one holds a number at most where the text parts them, and words without one
 * belong to the next number of their sentence, else to the one before. */
void bh_slice_clauses(struct bh_words *words);

#endif
