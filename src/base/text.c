/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: UTF-8 checks, JSON escapes, numbers. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* Length of the valid sequence at text, 0 if there is none within len. */
static size_t
sequence(const unsigned char *text, size_t len)
{
	unsigned char c = text[0];
	unsigned char least = 0x80;
	unsigned char most = 0xbf;
	size_t need;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	need = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (len < need)
		return 0;
	if (c == 0xe0)
		least = 0xa0;
	else if (c == 0xed)
		most = 0x9f; /* surrogates */
	else if (c == 0xf0)
		least = 0x90;
	else if (c == 0xf4)
		most = 0x8f;
	if (text[1] < least || text[1] > most)
		return 0;
	for (size_t i = 2; i < need; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return need;
}

bool
bh_text_is_utf8(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t step = sequence((const unsigned char *)text + at, len - at);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

bool
bh_text_is_plain(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return false;
	}
	return bh_text_is_utf8(text, strlen(text));
}

size_t
bh_text_points(const char *text, size_t len)
{
	size_t points = 0;

	for (size_t i = 0; i < len; i++)
		points += ((unsigned char)text[i] & 0xc0) != 0x80;
	return points;
}

size_t
bh_text_offset(const char *text, size_t len, size_t points)
{
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			continue;
		if (points == 0)
			return i;
		points--;
	}
	return len;
}

size_t
bh_text_cut(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static void
json_escape(struct bh_buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		bh_buf_add(out, "\\\"", 2);
		break;
	case '\\':
		bh_buf_add(out, "\\\\", 2);
		break;
	case '\n':
		bh_buf_add(out, "\\n", 2);
		break;
	case '\r':
		bh_buf_add(out, "\\r", 2);
		break;
	case '\t':
		bh_buf_add(out, "\\t", 2);
		break;
	default:
		bh_buf_printf(out, "\\u%04x", c);
		break;
	}
}

/* ASCII that stands in a JSON string as it is: most of what is ever written. */
static const bool is_unreserved[256] = {
	[' '] = true,
	['!'] = true,
	['#' ... '['] = true,
	[']' ... '~'] = true,
};

void
bh_text_json(struct bh_buf *out, const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t plain = 0; /* start of the run that can be copied as it is */
	size_t at = 0;

	bh_buf_char(out, '"');
	while (at < len) {
		unsigned char c = bytes[at];
		size_t step;

		if (is_unreserved[c]) {
			at++;
			continue;
		}
		step = sequence(bytes + at, len - at);

		if (step > 1) {
			at += step;
			continue;
		}
		bh_buf_add(out, text + plain, at - plain);
		if (step == 0)
			bh_buf_text(out, "\xef\xbf\xbd");
		else
			json_escape(out, c);
		at++;
		plain = at;
	}
	bh_buf_add(out, text + plain, at - plain);
	bh_buf_char(out, '"');
}

void
bh_text_url(struct bh_buf *out, const char *text)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(unreserved, *text) != NULL)
			bh_buf_char(out, *text);
		else
			bh_buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

int
bh_text_int(const char *text, int64_t least, int64_t most, int64_t *out)
{
	bool negative = text[0] == '-';
	int64_t value = 0;
	const char *at = text + negative;

	if (*at == '\0')
		return BH_E_INVALID;
	for (; *at != '\0'; at++) {
		if (*at < '0' || *at > '9')
			return BH_E_INVALID;
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, *at - '0', &value))
			return BH_E_RANGE;
	}
	/* Summed as a negative number, whose range is the larger one. */
	if (!negative && value == INT64_MIN)
		return BH_E_RANGE;
	value = negative ? value : -value;
	if (value < least || value > most)
		return BH_E_RANGE;
	*out = value;
	return 0;
}

int
bh_text_nanos(const char *text, int64_t *out)
{
	int64_t units = 0;
	int64_t nanos = 0;
	int64_t scale = BH_NANOS_PER_UNIT;
	const char *at = text;

	if (*at < '0' || *at > '9')
		return BH_E_INVALID;
	for (; *at >= '0' && *at <= '9'; at++) {
		units = units * 10 + (*at - '0');
		if (units > 9000000000LL)
			return BH_E_RANGE;
	}
	if (*at == '.') {
		at++;
		if (*at < '0' || *at > '9')
			return BH_E_INVALID;
		for (; *at >= '0' && *at <= '9'; at++) {
			scale /= 10;
			if (scale == 0)
				return BH_E_INVALID;
			nanos += (*at - '0') * scale;
		}
	}
	if (*at != '\0')
		return BH_E_INVALID;
	*out = units * BH_NANOS_PER_UNIT + nanos;
	return 0;
}

void
bh_text_from_nanos(int64_t nanos, char out[32])
{
	unsigned long long rest = nanos < 0 ? 0ull - (unsigned long long)nanos
										: (unsigned long long)nanos;
	int len;

	len = snprintf(out, 32, "%s%llu.%09llu", nanos < 0 ? "-" : "", rest / 1000000000ull,
		rest % 1000000000ull);
	while (len > 0 && out[len - 1] == '0')
		out[--len] = '\0';
	if (len > 0 && out[len - 1] == '.')
		out[len - 1] = '\0';
}

bool
bh_text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
bh_text_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

int
bh_text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
bh_text_is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool
bh_text_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *at = list;

	if (len == 0 || strchr(word, ' ') != NULL)
		return false;
	while ((at = strstr(at, word)) != NULL) {
		bool starts = at == list || at[-1] == ' ';

		if (starts && (at[len] == '\0' || at[len] == ' '))
			return true;
		at += len;
	}
	return false;
}

bool
bh_text_unhex(const char *text, size_t text_len, void *out, size_t len)
{
	unsigned char *to = out;

	if (text_len != 2 * len)
		return false;
	for (size_t i = 0; i < text_len; i++) {
		int digit = text[i] >= 'A' && text[i] <= 'F' ? -1 : bh_text_hex_digit(text[i]);

		if (digit < 0)
			return false;
		to[i / 2] = (unsigned char)((i % 2 == 0 ? 0 : to[i / 2] << 4) | digit);
	}
	return true;
}

void
bh_text_hex(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[from[i] >> 4];
		out[2 * i + 1] = digits[from[i] & 15];
	}
	out[2 * len] = '\0';
}
