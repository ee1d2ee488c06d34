/* SPDX-License-Identifier: Apache-2.0 */
/* unicode.c: encodings, normal form and character classes, by way of ICU. */
#include "unicode.h"

#include <locale.h>
#include <string.h>
#include <strings.h>
#include <unicode/ubidi.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

#include "buffer.h"

enum { POINT_LINE = '\n', MARKS_MAX = 32 };

uint32_t
extract_unicode_next(const char *text, size_t len, size_t *at)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned first = bytes[*at];
	size_t want = first < 0x80 ? 1
		: first < 0xc2         ? 0
		: first < 0xe0         ? 2
		: first < 0xf0         ? 3
		: first < 0xf5         ? 4
							   : 0;
	uint32_t point = want < 2 ? first : first & (0x7fU >> want);

	if (want == 0) {
		*at += 1;
		return 0xfffd;
	}
	for (size_t i = 1; i < want; i++) {
		if (*at + i >= len || (bytes[*at + i] & 0xc0) != 0x80) {
			*at += i;
			return 0xfffd;
		}
		point = point << 6 | (bytes[*at + i] & 0x3fU);
	}
	*at += want;
	if (point < least[want] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0xfffd;
	return point;
}

void
extract_unicode_open(void)
{
	struct extract_buffer scratch = {0};
	UErrorCode status = U_ZERO_ERROR;

	/* libarchive has the names in an archive only in a locale that has their letters; every other
	 * category stays as it is, so that numbers are read and written as always. */
	setlocale(LC_CTYPE, "C.UTF-8");
	ucnv_close(ucnv_open("windows-1252", &status));
	extract_unicode_clean("e\xcc\x81", 3, &scratch);
	extract_buffer_close(&scratch);
}

bool
extract_unicode_valid(const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t before = at;

		/* U+FFFD itself is EF BF BD in the text; anything else stands for broken bytes. */
		if (extract_unicode_next(text, len, &at) == 0xfffd &&
			(at - before != 3 || memcmp(text + before, "\xef\xbf\xbd", 3) != 0))
			return false;
	}
	return true;
}

void
extract_unicode_append(const uint16_t *units, int32_t count, struct extract_buffer *out)
{
	for (int32_t i = 0; i < count; i++) {
		uint32_t point = units[i];

		if (point >= 0xd800 && point < 0xdc00 && i + 1 < count && U16_IS_TRAIL(units[i + 1])) {
			i++;
			point = 0x10000 + ((point - 0xd800) << 10) + (units[i] - 0xdc00U);
		}
		extract_buffer_point(out, point);
	}
}

/* The low byte of U+F0xx: letters of Symbol and Wingdings, as Word and PDF files hold them. */
static uint32_t
symbol(uint32_t point)
{
	static const struct {
		uint32_t from, to;
	} symbols[] = {
		{0xa7, 0x25aa},
		{0xa8, 0x2610},
		{0xb7, 0x2022},
		{0xd8, 0x2192},
		{0xe0, 0x2192},
		{0xfb, 0x2717},
		{0xfc, 0x2713},
		{0xfd, 0x2612},
		{0xfe, 0x2611},
		{0x6e, 0x25a0},
		{0x6f, 0x2610},
		{0x71, 0x2610},
		{0x76, 0x2756},
	};

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (symbols[i].from == (point & 0xff))
			return symbols[i].to;
	return point;
}

uint32_t
extract_unicode_symbol(uint32_t code)
{
	static const char letters[] = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
	static const char signs[] = "′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…";
	static const char more[] = "⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊";
	uint32_t byte = code & 0xff, first = 0;
	const char *list = NULL;

	if (code > 0xff && (code & 0xff00) != 0xf000)
		return code;
	if (byte >= 0x41 && byte <= 0x7a) {
		list = letters;
		first = 0x41;
	} else if (byte >= 0xa2 && byte <= 0xbc) {
		list = signs;
		first = 0xa2;
	} else if (byte >= 0xc4 && byte <= 0xe0) {
		list = more;
		first = 0xc4;
	} else if (byte == 0xe5 || byte == 0xf2) {
		return byte == 0xe5 ? 0x2211 : 0x222b;
	}
	for (size_t at = 0; list != NULL && list[at] != '\0'; first++) {
		uint32_t point = extract_unicode_next(list, strlen(list), &at);

		if (first == byte)
			return point;
	}
	return byte >= 0x20 && byte < 0x7f ? byte : code;
}

/* What stands for a code point: itself, another, or 0 for nothing. */
static uint32_t
plain(uint32_t point)
{
	if (point >= 0x20 && point < 0x7f)
		return point;
	switch (point) {
	case '\t':
	case POINT_LINE:
		return point;
	case '\v':
	case '\f':
	case 0x85:
	case 0x2028:
	case 0x2029:
		return POINT_LINE;
	case 0xa0: /* blanks that differ only in how lines break */
	case 0x2007:
	case 0x202f:
		return ' ';
	case 0xad:   /* soft hyphen */
	case 0x200b: /* zero width space */
	case 0x180e: /* its Mongolian like */
	case 0xfeff: /* byte order mark */
		return 0;
	default:
		break;
	}
	if (point < 0xa0)
		return 0;
	/* Marks of writing direction: no text, and able to make a citation read otherwise. */
	if (point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
		(point >= 0x2066 && point <= 0x2069))
		return 0;
	/* Word joiner, invisible signs of formulas, and forms that Unicode has withdrawn. */
	if ((point >= 0x2060 && point <= 0x2064) || (point >= 0x206a && point <= 0x206f))
		return 0;
	if ((point & 0xffffff00) == 0xf000)
		return symbol(point);
	if ((point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef))
		return 0;
	return point;
}

/* Ligatures and positional forms that PDF files hold in place of the letters. */
static bool
is_presentation_form(uint32_t point)
{
	return (point >= 0xfb00 && point <= 0xfdcf) || (point >= 0xfdf0 && point <= 0xfdff) ||
		(point >= 0xfe70 && point <= 0xfefc);
}

static void
append_letters(uint32_t point, struct extract_buffer *out)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *form = unorm2_getNFKCInstance(&status);
	UChar letters[32];
	int32_t count = unorm2_getDecomposition(form, (UChar32)point, letters, 32, &status);

	if (U_FAILURE(status) || count < 0)
		extract_buffer_point(out, point);
	else
		extract_unicode_append(letters, count, out);
}

static void
normalise(struct extract_buffer *buffer, size_t from)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *form = unorm2_getNFCInstance(&status);
	size_t len = buffer->len - from;
	UChar *units = extract_memory_resize(NULL, 4 * len + 16, sizeof(UChar));
	UChar *normal = units + len + 1;
	int32_t count = 0;

	/* A code point is never fewer bytes than units; form C at most triples the units. */
	u_strFromUTF8(units, (int32_t)len + 1, &count, buffer->data + from, (int32_t)len, &status);
	if (U_SUCCESS(status) && !unorm2_isNormalized(form, units, count, &status)) {
		count = unorm2_normalize(form, units, count, normal, (int32_t)(3 * len + 15), &status);
		if (U_SUCCESS(status)) {
			extract_buffer_truncate(buffer, from);
			extract_unicode_append(normal, count, buffer);
		}
	}
	extract_memory_free(units);
}

static void
trim_line(struct extract_buffer *out, size_t from)
{
	size_t len = out->len;

	while (len > from && (out->data[len - 1] == ' ' || out->data[len - 1] == '\t'))
		len--;
	extract_buffer_truncate(out, len);
}

/* Behind what a terminal takes for a command, such as a colour: no reader sees it. */
static size_t
skip_escape(const char *text, size_t len, size_t at)
{
	size_t end = at;

	if (at >= len || text[at] != '[')
		return at;
	for (end++; end < len && end < at + 32 && text[end] >= 0x20 && text[end] < 0x40;)
		end++;
	return end < len && text[end] >= 0x40 && text[end] < 0x7f ? end + 1 : at;
}

void
extract_unicode_clean(const char *text, size_t len, struct extract_buffer *out)
{
	size_t from = out->len, marks = 0;
	bool compose = false;

	for (size_t at = 0; at < len;) {
		uint32_t point = extract_unicode_next(text, len, &at);

		if (point == 033)
			at = skip_escape(text, len, at);
		if (point == '\r')
			point = at < len && text[at] == '\n' ? 0 : POINT_LINE;
		point = plain(point);
		/* More marks on one letter than any script has only take time: they are put into an order. */
		marks = point >= 0x300 && extract_unicode_is_combining(point) ? marks + 1 : 0;
		if (point == 0 || marks > MARKS_MAX)
			continue;
		if (point == POINT_LINE) {
			trim_line(out, from);
			if (out->len == from)
				continue;
		}
		if (is_presentation_form(point))
			append_letters(point, out);
		else
			extract_buffer_point(out, point);
		compose = compose || point >= 0x300;
	}
	while (out->len > from && strchr(" \t\n", out->data[out->len - 1]) != NULL)
		extract_buffer_truncate(out, out->len - 1);
	if (compose && out->len - from < INT32_MAX / 8)
		normalise(out, from);
}

size_t
extract_unicode_count(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

size_t
extract_unicode_cut(const char *text, size_t len, size_t characters_max)
{
	size_t at = 0, count = 0, any = 0, blank = 0, sentence = 0;
	uint32_t point = 0, before;

	while (at < len && count < characters_max) {
		size_t start = at;

		before = point;
		point = extract_unicode_next(text, len, &at);
		count++;
		if (!u_hasBinaryProperty((UChar32)point, UCHAR_GRAPHEME_EXTEND))
			any = start;
		if (count < characters_max / 2)
			continue;
		if (extract_unicode_is_space(point)) {
			blank = start;
			if (point == POINT_LINE || extract_unicode_ends_sentence(before))
				sentence = start;
		} else if (point == 0x3002 || point == 0xff01 || point == 0xff1f) {
			sentence = at;
		}
	}
	if (at >= len)
		return len;
	return sentence > 0 ? sentence : blank > 0 ? blank : any > 0 ? any : at;
}

bool
extract_unicode_is_space(uint32_t point)
{
	return point == ' ' || (point >= 9 && point <= 13) ||
		(point >= 0x85 && u_isUWhiteSpace((UChar32)point));
}

bool
extract_unicode_is_letter(uint32_t point)
{
	return u_isalpha((UChar32)point);
}

bool
extract_unicode_is_lower(uint32_t point)
{
	return u_islower((UChar32)point);
}

bool
extract_unicode_is_digit(uint32_t point)
{
	return u_isdigit((UChar32)point);
}

bool
extract_unicode_ends_sentence(uint32_t point)
{
	return u_hasBinaryProperty((UChar32)point, UCHAR_S_TERM);
}

bool
extract_unicode_is_rtl(uint32_t point)
{
	UCharDirection direction;

	if (point < 0x590)
		return false;
	direction = u_charDirection((UChar32)point);
	return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

bool
extract_unicode_is_combining(uint32_t point)
{
	return point >= 0x300 && u_getCombiningClass((UChar32)point) != 0;
}

void
extract_unicode_to_reading(char *text, size_t len, bool rtl)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer turned = {0};
	UErrorCode status = U_ZERO_ERROR;
	UBiDi *bidi = ubidi_open();
	UChar *units = extract_memory_resize(NULL, 2 * len + 2, sizeof(UChar));
	UChar *reading = units + len + 1;
	int32_t count = 0;

	if (bidi != NULL && len < INT32_MAX / 4) {
		u_strFromUTF8(units, (int32_t)len + 1, &count, text, (int32_t)len, &status);
		ubidi_setPara(bidi, units, count, rtl ? UBIDI_RTL : UBIDI_LTR, NULL, &status);
		count = ubidi_writeReordered(bidi, reading, (int32_t)len + 1, 0, &status);
		if (U_SUCCESS(status))
			extract_unicode_append(reading, count, &turned);
		/* The same code points in another order take the same bytes. */
		if (turned.len == len && len > 0)
			memcpy(text, turned.data, len);
	}
	ubidi_close(bidi);
	extract_memory_free(units);
}

bool
extract_unicode_is_unspaced(uint32_t point)
{
	if (point < 0xe00)
		return false;
	return u_hasBinaryProperty((UChar32)point, UCHAR_IDEOGRAPHIC) ||
		(point >= 0x3000 && point <= 0x30ff) || (point >= 0xff00 && point <= 0xffef) ||
		(point >= 0xe00 && point <= 0xeff);
}

uint32_t
extract_unicode_to_lower(uint32_t point)
{
	return (uint32_t)u_tolower((UChar32)point);
}
