/* SPDX-License-Identifier: Apache-2.0 */
/* mend.c: one pass over the text that only knows whether it is inside of a string. */
#include "json/mend.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { MENDED_BYTES_MOST = 1024 * 1024 };

static const char unknown[] = "\\ufffd";

/* The four digits of \uXXXX at the backslash; -1: it is no such escape. */
static int
unit_at(const char *text, size_t left)
{
	int unit = 0;

	if (left < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int digit = bh_text_hex_digit(text[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* A backslash and what belongs to it; returns how many bytes that is. */
static size_t
mend_escape(const char *text, size_t left, struct bh_buf *out)
{
	int unit = unit_at(text, left), next;

	if (unit >= 0) {
		next = unit >= 0xd800 && unit <= 0xdbff ? unit_at(text + 6, left - 6) : -1;
		if (next >= 0xdc00 && next <= 0xdfff) {
			bh_buf_add(out, text, 12);
			return 12;
		}
		if (unit == 0 || (unit >= 0xd800 && unit <= 0xdfff))
			bh_buf_text(out, unknown);
		else
			bh_buf_add(out, text, 6);
		return 6;
	}
	if (left >= 2 && text[1] != '\0' && strchr("\"\\/bfnrt", text[1]) != NULL) {
		bh_buf_add(out, text, 2);
		return 2;
	}
	bh_buf_text(out, "\\\\");
	return 1;
}

/* A character of several bytes, or what is left of one. */
static size_t
mend_wide(const char *text, size_t left, struct bh_buf *out)
{
	unsigned char lead = (unsigned char)text[0];
	size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1, n = 1;

	if (len > 1 && len <= left && bh_text_is_utf8(text, len)) {
		bh_buf_add(out, text, len);
		return len;
	}
	while (n < len && n < left && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	bh_buf_text(out, unknown);
	return n;
}

static size_t
mend_inside(const char *text, size_t left, bool *in_string, struct bh_buf *out)
{
	unsigned char c = (unsigned char)text[0];

	if (c == '\\')
		return mend_escape(text, left, out);
	if (c >= 0x80)
		return mend_wide(text, left, out);
	if (c == 0)
		bh_buf_text(out, unknown);
	else if (c < 0x20)
		bh_buf_printf(out, "\\u%04x", c);
	else
		bh_buf_char(out, (char)c);
	*in_string = c != '"';
	return 1;
}

static size_t
mend_outside(const char *text, size_t left, bool *in_string, struct bh_buf *out)
{
	static const char *const numbers[] = {"NaN", "Infinity", "-Infinity"};

	for (size_t i = 0; i < BH_COUNT(numbers); i++) {
		size_t len = strlen(numbers[i]);

		if (len <= left && memcmp(text, numbers[i], len) == 0) {
			bh_buf_text(out, "null");
			return len;
		}
	}
	bh_buf_char(out, text[0]);
	*in_string = text[0] == '"';
	return 1;
}

void
bh_json_mend(const char *text, size_t len, struct bh_buf *out)
{
	bool in_string = false;
	size_t at = 0;

	while (at < len)
		at += in_string ? mend_inside(text + at, len - at, &in_string, out)
						: mend_outside(text + at, len - at, &in_string, out);
}

int
bh_json_parse_mended(const char *text, size_t len, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf mended = {0};
	int rc = bh_json_parse(text, len, out);

	if (rc != BH_E_JSON || len > MENDED_BYTES_MOST)
		return rc;
	bh_json_mend(text, len, &mended);
	return bh_json_parse(bh_buf_string(&mended), mended.len, out);
}
