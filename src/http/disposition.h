/* SPDX-License-Identifier: Apache-2.0 */
/* disposition.h: the two headers of multipart that have parameters. Only src/http includes it. */
#ifndef BH_HTTP_DISPOSITION_H
#define BH_HTTP_DISPOSITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

#define BH_DISPOSITION_TEXT 256  /* longest value and the NUL */
#define BH_DISPOSITION_VALUE 896 /* the same of a file's name, all of whose bytes may be encoded */

/* Walks `; name=value` parameters, token or quoted. Start with *at behind the header's first word.
 * 1: name and value filled, 0: the end, BH_E_INVALID: malformed, or a value over 255 bytes, for a file's
 * name 895. */
BH_MUST_CHECK int bh_disposition_next(const char **at, char out_name[BH_DISPOSITION_TEXT],
	char out_value[BH_DISPOSITION_VALUE]);

/* Decodes the value of a parameter whose name ends with `*`: charset'language'%41… (RFC 8187), the charset
 * UTF-8 or ISO-8859-1. False for any other text, and for more than 255 bytes. */
BH_MUST_CHECK bool bh_disposition_decode(const char *value, char out[BH_DISPOSITION_TEXT]);

/* True when the header's value is this word, then its end or parameters; *out_rest is behind it. */
bool bh_disposition_is(const char *value, const char *word, const char **out_rest);

#endif
