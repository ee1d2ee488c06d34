/* SPDX-License-Identifier: Apache-2.0 */
/* charset.h: which encoding a text is in whose bytes do not say it. */
#ifndef EXTRACT_CHARSET_H
#define EXTRACT_CHARSET_H

#include <stddef.h>

/* The name, as ICU knows it, of the encoding in which the bytes read most like words of one script; NULL if they do
 * in none. "UTF-8" also for text that is UTF-8 but for some broken places. Not for UTF-16, and not for pure ASCII. */
const char *extract_charset_find(const char *data, size_t len);

/* The encoding that escape sequences among seven-bit bytes announce, as in old Japanese mail; NULL if there are none. */
const char *extract_charset_escaped(const char *data, size_t len);

#endif
