/* SPDX-License-Identifier: Apache-2.0 */
/* ascii.h: what each character of a text reads as in ASCII, without case, accents and marks: as bh_clean_text, bh_clean_fold and
 * bh_fold (BH_FOLD_BARE) spell it, but for what depends on its neighbours there, which is a matter of Arabic and Hebrew.
 * A character is looked up in a page of 256 that is made when it is first met, so that no text costs more than another. */
#ifndef BH_TEXT_ASCII_H
#define BH_TEXT_ASCII_H

#include <stddef.h>

#include "base/macros.h"

/* A letter that is no ASCII: of words, and of none that is written in ASCII. */
#define BH_ASCII_OTHER '\x7f'

/* The next character of valid UTF-8, from *at on, which moves behind it. *out: what it reads as, of a-z, 0-9, a blank for
 * all that divides words, and BH_ASCII_OTHER; none for what has no shape, several for "㎞". Borrowed for good. *at is below len.
 * BH_E_MEMORY. */
BH_MUST_CHECK int bh_ascii_next(const char *text, size_t len, size_t *at, const char **out,
	size_t *out_len);

#endif
