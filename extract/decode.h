/* SPDX-License-Identifier: Apache-2.0 */
/* decode.h: the bytes of a text file as UTF-8. */
#ifndef EXTRACT_DECODE_H
#define EXTRACT_DECODE_H

#include <stdbool.h>
#include <stddef.h>

struct extract_buffer;

/* Appends the bytes of a text file as UTF-8. They are read as a byte order mark says, as UTF-16 that shows without
 * one, as escape sequences say, as UTF-8, as declared (NULL or the charset's name), else in the encoding in which they
 * make words; UTF-8 that is broken in places stays UTF-8, with U+FFFD there. False if they look like no text at all,
 * or make words in no encoding. */
bool extract_decode_text(const char *data, size_t len, const char *declared,
	struct extract_buffer *out);

/* True for bytes that look like no text. */
bool extract_decode_is_binary(const char *data, size_t len);

/* Appends bytes of this charset, by one of ICU's names for it. False if it is unknown. */
bool extract_decode_charset(const char *charset, const char *data, size_t len,
	struct extract_buffer *out);

#endif
