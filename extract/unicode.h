/* SPDX-License-Identifier: Apache-2.0 */
/* unicode.h: what the extractor asks ICU: encodings, normal form, where a text may be cut. */
#ifndef EXTRACT_UNICODE_H
#define EXTRACT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct extract_buffer;

/* Loads ICU's data and a locale with all letters, before the sandbox forbids opening files. */
void extract_unicode_open(void);

/* True for well-formed UTF-8. */
bool extract_unicode_valid(const char *text, size_t len);

/* Appends UTF-16 as UTF-8. */
void extract_unicode_append(const uint16_t *units, int32_t count, struct extract_buffer *out);

/* Appends the text as the protocol wants it: normal form C, no control characters, line ends as
 * \n, nothing at the ends of lines, no blank lines at either end. May append nothing. */
void extract_unicode_clean(const char *text, size_t len, struct extract_buffer *out);

/* Number of code points of well-formed UTF-8. */
size_t extract_unicode_count(const char *text, size_t len);

/* Bytes of the longest good first part of at most characters_max code points: up to the end of a
 * line or sentence, else between words, else anywhere but before a combining mark. */
size_t extract_unicode_cut(const char *text, size_t len, size_t characters_max);

/* The code point at *at, which moves behind it; U+FFFD for bytes that form none. */
uint32_t extract_unicode_next(const char *text, size_t len, size_t *at);

bool extract_unicode_is_space(uint32_t point);
bool extract_unicode_is_letter(uint32_t point);
bool extract_unicode_is_lower(uint32_t point);
bool extract_unicode_is_digit(uint32_t point);
bool extract_unicode_ends_sentence(uint32_t point);

/* Written from right to left. */
bool extract_unicode_is_rtl(uint32_t point);

/* Stands above or below the letter before it. */
bool extract_unicode_is_combining(uint32_t point);

/* Turns a line as it stands from left to right into the order in which it is read, in place; rtl is
 * the direction of the paragraph. A text that cannot be turned stays as it is. */
void extract_unicode_to_reading(char *text, size_t len, bool rtl);

/* Han, kana and other scripts written without blanks between words. */
bool extract_unicode_is_unspaced(uint32_t point);

/* What the font Symbol shows for a code, which may be given as U+F0xx: Greek letters and signs of mathematics. Another
 * code is itself. */
uint32_t extract_unicode_symbol(uint32_t code);

uint32_t extract_unicode_to_lower(uint32_t point);

#endif
