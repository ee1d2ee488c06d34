/* SPDX-License-Identifier: Apache-2.0 */
/* clean.h: a text as code points of which only those are left that tell words apart. */
#ifndef BH_TEXT_CLEAN_H
#define BH_TEXT_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"

struct bh_clean {
	uint32_t *points; /* in the arena */
	size_t n;
};

/* NFKC; without what has no shape (joiners, soft hyphens, marks of direction, variation selectors) and
 * without the vowel signs of Arabic, Hebrew and Syriac. One apostrophe ('), one hyphen (-), ASCII digits, one
 * spelling of Arabic letters that are written with and without hamza or dots. Case and accents stay.
 * BH_E_UTF8 when it is no text, BH_E_MEMORY. */
BH_MUST_CHECK int bh_clean_text(struct bh_arena *arena, const char *text, size_t len,
	struct bh_clean *out);

/* Appends points as UTF-8, case folded, NFC. BH_E_UTF8, BH_E_MEMORY. */
BH_MUST_CHECK int bh_clean_fold(const uint32_t *points, size_t n, struct bh_buf *out);

/* Appends a folded word without accents: é is e, ø is o. Й, whose mark makes it another letter, stays. */
BH_MUST_CHECK int bh_clean_bare(const char *word, size_t len, struct bh_buf *out);

/* Scripts that are written without blanks, or whose words grow by what is hung on them: Chinese, Japanese,
 * Korean, Thai, Lao, Khmer, Burmese. */
bool bh_clean_is_unspaced(uint32_t c);

/* Where a character ends with the marks on it. */
size_t bh_clean_unit_end(const struct bh_clean *clean, size_t at);

#endif
