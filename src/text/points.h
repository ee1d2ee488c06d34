/* SPDX-License-Identifier: Apache-2.0 */
/* points.h: the code points of a text and what kind they are. Common layer `text`, above base: its symbols
 * spell their file (bh_point_, bh_fold_, bh_stem_, bh_words_, bh_sentences_, bh_terms_, bh_tell_, bh_lexicon_);
 * bh_text_ is base/text.h. Texts are valid UTF-8 everywhere here. */
#ifndef BH_TEXT_POINTS_H
#define BH_TEXT_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t bh_point_decode(const char *text, size_t len, size_t at, size_t *out_bytes);

/* The code point at `at` and how many bytes it takes; 0 and no bytes at the end of the text. */
static inline uint32_t
bh_point_at(const char *text, size_t len, size_t at, size_t *out_bytes)
{
	unsigned char c = at < len ? (unsigned char)text[at] : 0;

	*out_bytes = at < len;
	return c < 0x80 ? c : bh_point_decode(text, len, at, out_bytes);
}

/* Letters of any script, and the marks that belong to them. */
bool bh_point_is_letter(uint32_t c);

/* Stands on the letter before it. */
bool bh_point_is_mark(uint32_t c);

/* Starts a word: a letter, no mark. */
bool bh_point_is_alphabetic(uint32_t c);

/* A picture that stands in a text like a word: an emoji, but not the tone of a skin. */
bool bh_point_is_pictograph(uint32_t c);

/* Chinese characters and Japanese syllables: words are not divided by spaces there. */
bool bh_point_is_ideograph(uint32_t c);

/* 0 to 9. */
bool bh_point_is_digit(uint32_t c);

bool bh_point_is_lower(uint32_t c);
bool bh_point_is_upper(uint32_t c);
bool bh_point_is_space(uint32_t c);

/* Can end a sentence: . ! ? … and their full-width forms. */
bool bh_point_is_stop(uint32_t c);

/* Such a mark of full width: no space follows it. */
bool bh_point_is_wide_stop(uint32_t c);

/* Closes a quotation, a bracket or what Markdown sets apart. */
bool bh_point_is_closing(uint32_t c);

#endif
