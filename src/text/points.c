/* SPDX-License-Identifier: Apache-2.0 */
/* points.c: code points by libunistring. */
#include "text/points.h"

#include <unictype.h>
#include <unistr.h>

uint32_t
bh_point_decode(const char *text, size_t len, size_t at, size_t *out_bytes)
{
	ucs4_t c;

	*out_bytes = (size_t)u8_mbtouc(&c, (const uint8_t *)text + at, len - at);
	return c;
}

bool
bh_point_is_alphabetic(uint32_t c)
{
	return uc_is_property_alphabetic(c);
}

bool
bh_point_is_letter(uint32_t c)
{
	return bh_point_is_alphabetic(c) || bh_point_is_mark(c);
}

bool
bh_point_is_mark(uint32_t c)
{
	return c >= 0x300 && uc_is_general_category(c, UC_CATEGORY_M);
}

bool
bh_point_is_pictograph(uint32_t c)
{
	bool is_tone = c >= 0x1f3fb && c <= 0x1f3ff;

	return (c >= 0x2600 && c <= 0x27bf) || (c >= 0x1f1e6 && c <= 0x1f1ff) ||
		(c >= 0x1f300 && c <= 0x1faff && !is_tone);
}

bool
bh_point_is_ideograph(uint32_t c)
{
	return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
		(c >= 0x20000 && c <= 0x3ffff);
}

bool
bh_point_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

bool
bh_point_is_lower(uint32_t c)
{
	return uc_is_lower(c);
}

bool
bh_point_is_upper(uint32_t c)
{
	return uc_is_upper(c);
}

bool
bh_point_is_space(uint32_t c)
{
	return uc_is_property_white_space(c);
}

bool
bh_point_is_wide_stop(uint32_t c)
{
	return c == 0x3002 || c == 0xff01 || c == 0xff1f;
}

bool
bh_point_is_stop(uint32_t c)
{
	return c == '.' || c == '!' || c == '?' || c == 0x2026 || bh_point_is_wide_stop(c);
}

bool
bh_point_is_closing(uint32_t c)
{
	return c == '"' || c == '\'' || c == '*' || c == '_' || c == '`' || c == ')' || c == ']' ||
		c == 0x201d || c == 0x2019 || c == 0xbb || c == 0x300d || c == 0xff09;
}
