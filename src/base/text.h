/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: strings and UTF-8, bounded. */
#ifndef BH_BASE_TEXT_H
#define BH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"

/* True for valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool bh_text_is_utf8(const char *text, size_t len);

/* True for UTF-8 without control characters: a name, or a value of a header. */
bool bh_text_is_plain(const char *text);

/* Code points in valid UTF-8. */
size_t bh_text_points(const char *text, size_t len);

/* Bytes that the first `points` code points take; len if there are fewer. */
size_t bh_text_offset(const char *text, size_t len, size_t points);

/* The longest prefix of at most `max` bytes that does not cut a code point. */
size_t bh_text_cut(const char *text, size_t len, size_t max);

/* Appends a JSON string, quotes included. Invalid UTF-8 becomes U+FFFD, so the result is valid. */
void bh_text_json(struct bh_buf *out, const char *text, size_t len);

/* Appends text as a part of a URL: all but ASCII letters, digits and "-._~" is percent-encoded. */
void bh_text_url(struct bh_buf *out, const char *text);

/* Reads a whole decimal integer within [least, most]; BH_E_RANGE or BH_E_INVALID otherwise. */
BH_MUST_CHECK int bh_text_int(const char *text, int64_t least, int64_t most, int64_t *out);

/* Reads a non-negative decimal amount ("0.15", at most nine decimals) as nano-units; exact.
 * BH_E_INVALID, or BH_E_RANGE past 9,000,000,000 units. */
BH_MUST_CHECK int bh_text_nanos(const char *text, int64_t *out);

/* Prints nano-units as a decimal without trailing zeros ("0.15", "-2"). */
void bh_text_from_nanos(int64_t nanos, char out[32]);

bool bh_text_starts(const char *text, const char *prefix);
bool bh_text_ends(const char *text, const char *suffix);

/* The value of a hexadecimal digit of either case; -1 for any other character. */
int bh_text_hex_digit(char c);
/* RFC 9110's token: what names of headers and of their parameters consist of. */
bool bh_text_is_token(char c);

/* True when `word` is one of the words of a list divided by single spaces (a scope). */
bool bh_text_has_word(const char *list, const char *word);

/* Reads `len` bytes from as many pairs of lower-case hexadecimal digits; false for any other text. */
bool bh_text_unhex(const char *text, size_t text_len, void *out, size_t len);
/* Lower-case hex of bytes; out holds 2 * len + 1. */
void bh_text_hex(const void *bytes, size_t len, char *out);

#endif
