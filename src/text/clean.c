/* SPDX-License-Identifier: Apache-2.0 */
/* clean.c: normal forms by libunistring, then what only looks different is made the same. */
#include "text/clean.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/error.h"
#include "text/points.h"

struct range {
	uint32_t first, last;
};

/* Vowel signs and marks of recitation; what is written without them is the same word. */
static const struct range unwritten[] = {
	{0x0591, 0x05bd},
	{0x05bf, 0x05bf},
	{0x05c1, 0x05c2},
	{0x05c4, 0x05c5},
	{0x05c7, 0x05c7},
	{0x05f3, 0x05f4},
	{0x0610, 0x061a},
	{0x0640, 0x0640},
	{0x064b, 0x065f},
	{0x0670, 0x0670},
	{0x06d6, 0x06dc},
	{0x06df, 0x06e4},
	{0x06e7, 0x06e8},
	{0x06ea, 0x06ed},
	{0x0730, 0x074a},
	{0x08d3, 0x08ff},
	{0x093c, 0x093c},
};

static const struct range unspaced[] = {
	{0x0e01, 0x0e4e},
	{0x0e80, 0x0eff},
	{0x1000, 0x109f},
	{0x1100, 0x11ff},
	{0x1780, 0x17dd},
	{0x3005, 0x3007},
	{0x3041, 0x318f},
	{0x31a0, 0x31ff},
	{0x3400, 0x9fff},
	{0xa960, 0xa97f},
	{0xac00, 0xd7ff},
	{0xf900, 0xfaff},
	{0x20000, 0x3ffff},
};

/* Written for one another; the second is what is kept. */
static const uint32_t same[][2] = {
	{0x00b4, '\''},
	{0x0060, '\''},
	{0x02b9, '\''},
	{0x02bb, '\''},
	{0x02bc, '\''},
	{0x02c8, '\''},
	{0x05be, '-'},
	{0x0622, 0x0627},
	{0x0623, 0x0627},
	{0x0624, 0x0648},
	{0x0625, 0x0627},
	{0x0626, 0x064a},
	{0x0629, 0x0647},
	{0x0649, 0x064a},
	{0x0671, 0x0627},
	{0x06a9, 0x0643},
	{0x06c0, 0x0647},
	{0x06c1, 0x0647},
	{0x06cc, 0x064a},
	{0x06d5, 0x0647},
	{0x2010, '-'},
	{0x2011, '-'},
	{0x2012, '-'},
	{0x2013, '-'},
	{0x2018, '\''},
	{0x2019, '\''},
	{0x201b, '\''},
	{0x2027, 0x00b7},
	{0x2032, '\''},
	{0x2212, '-'},
	{0xa78c, '\''},
	{0xff07, '\''},
};

static bool
is_within(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n && ranges[i].first <= c; i++) {
		if (c <= ranges[i].last)
			return true;
	}
	return false;
}

bool
bh_clean_is_unspaced(uint32_t c)
{
	return c >= 0xe01 && is_within(unspaced, BH_COUNT(unspaced), c) && bh_point_is_letter(c);
}

/* The point that stands for this one; 0 for none. */
static uint32_t
plain(uint32_t c)
{
	int digit;

	if (c < 0x80 && c != '`')
		return c;
	for (size_t i = 0; i < BH_COUNT(same); i++) {
		if (same[i][0] == c)
			return same[i][1];
	}
	if (is_within(unwritten, BH_COUNT(unwritten), c) ||
		uc_is_property_default_ignorable_code_point(c))
		return 0;
	digit = uc_decimal_value(c);
	return digit >= 0 ? '0' + (uint32_t)digit : c;
}

/* Blanks that do not break lines, as they stand inside long numbers. */
static bool
is_group_blank(uint32_t c)
{
	return c == 0xa0 || c == 0x2007 || c == 0x2009 || c == 0x202f;
}

static bool
is_arabic(uint32_t c)
{
	return c >= 0x620 && c <= 0x6ff && bh_point_is_letter(c);
}

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80 || text[i] == '`')
			return false;
	}
	return true;
}

/* Before NFKC, which takes some apostrophes apart and makes all blanks alike. */
static int
replace(const char *text, size_t len, struct bh_buf *out)
{
	uint32_t before = 0;
	size_t bytes, next;

	for (size_t at = 0; at < len; at += bytes) {
		uint32_t c = bh_point_at(text, len, at, &bytes);
		char encoded[6];
		int n;

		if (is_group_blank(c) && bh_point_is_digit(before) &&
			bh_point_is_digit(bh_point_at(text, len, at + bytes, &next)))
			c = '\'';
		/* Persian and Urdu divide parts of words by it, where others write a blank or nothing. */
		if (c == 0x200c && is_arabic(before) &&
			is_arabic(bh_point_at(text, len, at + bytes, &next)))
			c = '-';
		c = plain(c);
		if (c == 0)
			continue;
		before = c;
		n = u8_uctomb((uint8_t *)encoded, c, sizeof(encoded));
		if (n < 0)
			return BH_E_UTF8;
		bh_buf_add(out, encoded, (size_t)n);
	}
	return 0;
}

static void
free_bytes(uint8_t **bytes)
{
	free(*bytes);
}

static int
failed(void)
{
	return errno == ENOMEM ? BH_E_MEMORY : BH_E_UTF8;
}

/* Hebrew writes abbreviations with a double quote inside. */
static bool
is_inner_quote(const struct bh_clean *clean, uint32_t c, uint32_t next)
{
	uint32_t before = clean->n > 0 ? clean->points[clean->n - 1] : 0;

	return c == '"' && before >= 0x5d0 && before <= 0x5ea && next >= 0x5d0 && next <= 0x5ea;
}

int
bh_clean_text(struct bh_arena *arena, const char *text, size_t len, struct bh_clean *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf replaced = {0};
	BH_AUTO(free_bytes) uint8_t *normal = NULL;
	struct bh_clean clean = {0};
	size_t normal_len = len, bytes, next;

	if (!is_ascii(text, len)) {
		int rc = replace(text, len, &replaced);

		if (rc < 0)
			return rc;
		if (replaced.len > 0) {
			normal = u8_normalize(UNINORM_NFKC, (const uint8_t *)replaced.data, replaced.len, NULL,
				&normal_len);
			if (normal == NULL)
				return failed();
		} else {
			normal_len = 0;
		}
		text = (const char *)normal;
	}
	clean.points = bh_arena_raw(arena, (normal_len + 1) * sizeof(*clean.points));
	for (size_t at = 0; at < normal_len; at += bytes) {
		uint32_t c = plain(bh_point_at(text, normal_len, at, &bytes));

		if (c == 0 || is_inner_quote(&clean, c, bh_point_at(text, normal_len, at + bytes, &next)))
			continue;
		clean.points[clean.n++] = c;
	}
	*out = clean;
	return 0;
}

int
bh_clean_fold(const uint32_t *points, size_t n, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(free_bytes) uint8_t *folded = NULL;
	size_t len = 0;
	bool ascii = true;

	for (size_t i = 0; i < n; i++) {
		char encoded[6];
		int bytes = u8_uctomb((uint8_t *)encoded, points[i], sizeof(encoded));

		if (bytes < 0)
			return BH_E_UTF8;
		ascii = ascii && bytes == 1;
		if (bytes == 1 && encoded[0] >= 'A' && encoded[0] <= 'Z')
			encoded[0] = (char)(encoded[0] + 'a' - 'A');
		bh_buf_add(&text, encoded, (size_t)bytes);
	}
	if (ascii) {
		bh_buf_add(out, text.data, text.len);
		return 0;
	}
	folded = u8_casefold((const uint8_t *)text.data, text.len, NULL, UNINORM_NFC, NULL, &len);
	if (folded == NULL)
		return failed();
	bh_buf_add(out, folded, len);
	return 0;
}

/* A letter that has no accent to lose and is still written for another; NULL: itself. */
static const char *
stroked(uint32_t c)
{
	switch (c) {
	case 0xe6:
		return "ae";
	case 0xf0:
		return "d";
	case 0xf8:
		return "o";
	case 0xfe:
		return "th";
	case 0x111:
		return "d";
	case 0x127:
		return "h";
	case 0x131:
		return "i";
	case 0x142:
		return "l";
	case 0x153:
		return "oe";
	default:
		return NULL;
	}
}

int
bh_clean_bare(const char *word, size_t len, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf kept = {0};
	BH_AUTO(free_bytes) uint8_t *apart = NULL, *whole = NULL;
	size_t apart_len = 0, whole_len = 0, bytes;
	uint32_t before = 0;

	if (is_ascii(word, len)) {
		bh_buf_add(out, word, len);
		return 0;
	}
	apart = u8_normalize(UNINORM_NFD, (const uint8_t *)word, len, NULL, &apart_len);
	if (apart == NULL)
		return failed();
	for (size_t at = 0; at < apart_len; at += bytes) {
		uint32_t c = bh_point_at((const char *)apart, apart_len, at, &bytes);
		const char *other = stroked(c);

		if (other != NULL)
			bh_buf_text(&kept, other);
		else if (c < 0x300 || c > 0x36f || (c == 0x306 && before == 0x438))
			bh_buf_add(&kept, apart + at, bytes);
		before = c;
	}
	if (kept.len == 0)
		return 0;
	whole = u8_normalize(UNINORM_NFC, (const uint8_t *)kept.data, kept.len, NULL, &whole_len);
	if (whole == NULL)
		return failed();
	bh_buf_add(out, whole, whole_len);
	return 0;
}

size_t
bh_clean_unit_end(const struct bh_clean *clean, size_t at)
{
	size_t end = at + 1;

	while (end < clean->n && bh_point_is_mark(clean->points[end]))
		end++;
	return end;
}
