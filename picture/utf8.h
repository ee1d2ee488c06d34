/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h: code points of a text that need not be sound. */
#ifndef PICTURE_UTF8_H
#define PICTURE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define PICTURE_UTF8_BAD 0xffffffffU

/* The code point at *at, which moves behind it; PICTURE_UTF8_BAD, one byte on, where none is. */
static inline uint32_t
picture_utf8_next(const char *text, size_t len, size_t *at)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	uint8_t first = (uint8_t)text[*at];
	size_t more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	uint32_t point = first < 0x80 ? first : first & (0x3fU >> more);

	++*at;
	if (first >= 0x80 && (first < 0xc2 || first > 0xf4 || more > len - *at))
		return PICTURE_UTF8_BAD;
	for (size_t i = 0; i < more; i++) {
		uint8_t next = (uint8_t)text[*at + i];

		if ((next & 0xc0) != 0x80)
			return PICTURE_UTF8_BAD;
		point = point << 6 | (next & 0x3f);
	}
	if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return PICTURE_UTF8_BAD;
	*at += more;
	return point;
}

#endif
