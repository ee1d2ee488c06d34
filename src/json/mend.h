/* SPDX-License-Identifier: Apache-2.0 */
/* mend.h: JSON as servers write it that are not careful with text. For what comes from outside and is only read:
 * requests are held to json.h. */
#ifndef BH_JSON_MEND_H
#define BH_JSON_MEND_H

#include "json/json.h"

/* The text with what json.h refuses inside of values made good: bytes that are no UTF-8, half a surrogate pair and
 * NUL become U+FFFD, raw line breaks and other control characters are escaped, an unknown escape is a backslash,
 * and NaN and Infinity are null. At most six bytes for one. */
void bh_json_mend(const char *text, size_t len, struct bh_buf *out);

/* As bh_json_parse; what that refuses is mended and tried once more, unless it is larger than a chat's answer. */
BH_MUST_CHECK int bh_json_parse_mended(const char *text, size_t len, struct bh_json_doc *out);

#endif
