/* SPDX-License-Identifier: Apache-2.0 */
/* charset.c: tells encodings by whether words come out: for each, how likely its languages are to need just these
 * letters, in just these places. Letters of two scripts in a word, a capital behind a small letter, a sign inside a
 * word or a control character are what a wrong encoding makes. Scores are logarithms of likelihoods, summed over the
 * bytes that are not ASCII; so they compare between encodings of one byte and of several. */
#include "charset.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/uscript.h>

#include "buffer.h"
#include "charset_table.h"
#include "unicode.h"

enum {
	SAMPLE_BYTES = 32 * 1024,
	HIGH = 128, /* bytes that are not ASCII */
	NAMED_POINTS_MAX = 1024,
};

static const double tier_values[EXTRACT_CHARSET_TIERS] = {-2.8, -3.9, -5.0, -6.5};
static const double other_language = -8; /* a letter of another language that the encoding is for */
static const double no_language = -11;
static const double common_sign = -5, rare_sign = -9, drawing = -7, control = -14;
static const double capital = -1.5, capital_inside = -5, scripts_mixed = -8, beside_digit = -3;
static const double capital_again = 1.5,
					capital_of_many = 0.8; /* beside a capital another one is no surprise */
static const double sign_inside = -6, accents_in_a_row = -4, amid_latin = -8, beside_latin = -4;
static const double utf8_letter[5] = {0, -12, -4, -5, -6}; /* by bytes; [1] is a broken one */

/* Below these, a byte, nothing fits. Latin text has other letters around to vouch for it. */
static const double least_latin = -8, least_other = -5, least_multi = -5.2;

/* What a byte is in an encoding. */
enum kind { SIGN, LOWER, UPPER, LETTER, DIGIT, BLANK };

struct glyph {
	uint32_t point;
	enum kind kind;
	int script;
	bool joins; /* a sign that words have inside them */
	bool opens; /* a sign that stands right before words */
};

/* Lines with bytes that are not ASCII, as many as the sample takes. */
static void
take_sample(const char *data, size_t len, struct extract_buffer *out)
{
	for (size_t at = 0; at < len && out->len < SAMPLE_BYTES;) {
		const char *end = memchr(data + at, '\n', len - at);
		size_t size = end == NULL ? len - at : (size_t)(end - data) + 1 - at, high = 0;

		while (high < size && (unsigned char)data[at + high] < HIGH)
			high++;
		/* Of a line without end, what stands around the first of them. */
		if (high < size) {
			size_t skip = high > 512 ? high - 512 : 0;
			size_t room = SAMPLE_BYTES - out->len;

			extract_buffer_append(out, data + at + skip, size - skip < room ? size - skip : room);
		}
		at += size;
	}
}

static bool
has_point(const char *list, uint32_t point)
{
	size_t len = list == NULL ? 0 : strlen(list);

	for (size_t at = 0; at < len;)
		if (extract_unicode_next(list, len, &at) == point)
			return true;
	return false;
}

/* The value of a letter in a language; 0 if it has none such. */
static double
letter_value(const struct extract_charset_language *language, uint32_t point)
{
	uint32_t lower = extract_unicode_to_lower(point);

	for (size_t i = 0; i < EXTRACT_CHARSET_TIERS; i++)
		if (has_point(language->tiers[i], point) ||
			(lower != point && has_point(language->tiers[i], lower)))
			return tier_values[i];
	return 0;
}

static bool
is_common_sign(uint32_t point)
{
	return has_point("\xc2\xa0\xc2\xad§°±²³µ½¼¾«»·×÷¿¡©®£€™–—‘’‚“”„†•…‰‹›º№฿،؟؛ªˆ", point);
}

static bool
is_opening_sign(uint32_t point)
{
	return has_point("\xc2\xa0\xc2\xad«»‹›‘’‚“”„¿¡§£€$¢¥°ºªµ•·…–—†‡№،؛؟", point) ||
		(point >= 0x3000 && point <= 0x303f);
}

static struct glyph
describe(uint32_t point)
{
	struct glyph glyph = {.point = point, .kind = SIGN};
	UErrorCode status = U_ZERO_ERROR;

	glyph.script = uscript_getScript((UChar32)point, &status);
	if (point == 0xaa || point == 0xb5 || point == 0xba || point == 0x2c6)
		return glyph; /* letters by their class, signs by their use */
	if (u_isdigit((UChar32)point))
		glyph.kind = DIGIT;
	else if (u_isupper((UChar32)point))
		glyph.kind = UPPER;
	else if (u_islower((UChar32)point))
		glyph.kind = LOWER;
	else if (u_isalpha((UChar32)point) || u_getCombiningClass((UChar32)point) != 0 ||
		u_charType((UChar32)point) == U_NON_SPACING_MARK)
		glyph.kind = LETTER;
	else if (extract_unicode_is_space(point))
		glyph.kind = BLANK;
	glyph.joins = point == 0x2019 || point == 0x2018 || point == 0xad || point == 0xb7 ||
		point == 0x2013 || point == 0x2014 || point == 0x2026;
	glyph.opens = is_opening_sign(point);
	return glyph;
}

static bool
is_letter(const struct glyph *glyph)
{
	return glyph->kind == LOWER || glyph->kind == UPPER || glyph->kind == LETTER;
}

/* The value of a glyph that is no letter. */
static double
sign_value(const struct glyph *glyph)
{
	if (glyph->point < 0xa0 || glyph->point >= 0xfffd ||
		(glyph->point >= 0xe000 && glyph->point < 0xf900))
		return control;
	return is_common_sign(glyph->point)                    ? common_sign
		: glyph->point >= 0x2500 && glyph->point <= 0x25ff ? drawing
														   : rare_sign;
}

/* Finds the value of a glyph by itself in each language of an encoding. */
static void
value_glyph(const struct glyph *glyph, const struct extract_charset_single *charset,
	double out[EXTRACT_CHARSET_LANGUAGES_MAX])
{
	bool letter = is_letter(glyph) || glyph->kind == DIGIT, known = false;

	for (size_t i = 0; i < EXTRACT_CHARSET_LANGUAGES_MAX && charset->languages[i] != NULL; i++) {
		out[i] = letter ? letter_value(charset->languages[i], glyph->point) : sign_value(glyph);
		known = known || out[i] != 0;
	}
	for (size_t i = 0; letter && i < EXTRACT_CHARSET_LANGUAGES_MAX && charset->languages[i] != NULL;
		 i++) {
		if (out[i] == 0)
			out[i] = known ? other_language : no_language;
		out[i] += glyph->kind == UPPER ? capital : 0;
	}
}

/* What the neighbours say of the glyph at a place. */
static double
context_value(const struct glyph glyphs[256], const unsigned char *text, size_t len, size_t at)
{
	static const struct glyph none = {.kind = BLANK};
	const struct glyph *glyph = &glyphs[text[at]];
	const struct glyph *before = at > 0 ? &glyphs[text[at - 1]] : &none;
	const struct glyph *first = at > 1 ? &glyphs[text[at - 2]] : &none;
	const struct glyph *after = at + 1 < len ? &glyphs[text[at + 1]] : &none;
	double value = 0;

	if (!is_letter(glyph)) {
		bool fraction = glyph->point >= 0xbc && glyph->point <= 0xbe;
		bool signs = at + 1 < len && text[at + 1] >= HIGH && after->kind == SIGN &&
			after->point < 0x2000;

		if (glyph->kind == SIGN && !glyph->joins && is_letter(before) && signs)
			return sign_inside / 2;
		/* "®ofie" is a name that begins with another letter; "©Siemens" is not. */
		if (glyph->kind == SIGN && !glyph->opens && !is_letter(before) &&
			(after->kind == LOWER || (glyph->point != 0xa9 && after->kind == UPPER)))
			return sign_inside;
		return glyph->kind == SIGN && !glyph->joins && (is_letter(before) || fraction) &&
				is_letter(after)
			? sign_inside
			: 0;
	}
	if (is_letter(before) && before->script != glyph->script && glyph->script != USCRIPT_INHERITED)
		value += scripts_mixed;
	if (is_letter(after) && text[at + 1] < HIGH && after->script != glyph->script)
		value += scripts_mixed;
	if (glyph->kind == UPPER && before->kind == LOWER)
		value += capital_inside;
	if (glyph->kind == UPPER && after->kind != LOWER)
		value += before->kind == UPPER ? capital_again : after->kind == UPPER ? capital_of_many : 0;
	if (glyph->kind == LOWER && after->kind == UPPER && text[at + 1] < HIGH)
		value += capital_inside;
	if (glyph->kind == LOWER && before->kind == UPPER && first->kind == UPPER)
		value += capital_inside;
	if (before->kind == DIGIT || after->kind == DIGIT)
		value += beside_digit;
	if (glyph->script == USCRIPT_LATIN && at > 1 && text[at - 1] >= HIGH && text[at - 2] >= HIGH &&
		is_letter(before) && is_letter(first))
		value += accents_in_a_row;
	return value;
}

static bool
decode_bytes(const char *name, struct glyph glyphs[256])
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *converter = ucnv_open(name, &status);

	if (U_FAILURE(status))
		return false;
	for (int i = 0; i < 256; i++) {
		char byte = (char)i;
		UChar unit[4] = {0xfffd};
		int32_t count;

		status = U_ZERO_ERROR;
		count = ucnv_toUChars(converter, unit, 4, &byte, 1, &status);
		glyphs[i] = describe(i < HIGH             ? (uint32_t)i
				: U_SUCCESS(status) && count == 1 ? unit[0]
												  : 0xfffd);
	}
	ucnv_close(converter);
	return true;
}

/* The better score wins; an encoding that does not fit is none. */
struct found {
	const char *name;
	double score;
	bool fits;
};

static void
consider(struct found *best, const char *name, double score, bool fits)
{
	if (best->name != NULL && best->score >= score)
		return;
	*best = (struct found){name, score, fits};
}

/* What is known of the sample whatever its encoding. */
struct sample {
	const unsigned char *text;
	size_t len;
	size_t counts[256]; /* of each byte */
	size_t high;        /* bytes that are not ASCII */
	size_t ascii;       /* ASCII letters */
};

/* What the ASCII letters around say of a language in Latin letters: one that needs many others has fewer of them. */
static double
ascii_value(const struct sample *sample, const struct extract_charset_language *language)
{
	double others = 0;

	for (size_t i = 0; i < EXTRACT_CHARSET_TIERS; i++)
		if (language->tiers[i] != NULL)
			others += exp(tier_values[i]) *
				(double)extract_unicode_count(language->tiers[i], strlen(language->tiers[i]));
	return (double)sample->ascii * log(1 - (others < 0.5 ? others : 0.5));
}

static void
try_single(const struct sample *sample, const struct extract_charset_single *charset,
	struct found *best)
{
	double sums[EXTRACT_CHARSET_LANGUAGES_MAX] = {0}, context = 0, most, score;
	struct glyph glyphs[256];

	if (!decode_bytes(charset->name, glyphs))
		return;
	for (int byte = HIGH; byte < 256; byte++) {
		double values[EXTRACT_CHARSET_LANGUAGES_MAX] = {0};

		if (sample->counts[byte] == 0)
			continue;
		value_glyph(&glyphs[byte], charset, values);
		for (size_t i = 0; i < EXTRACT_CHARSET_LANGUAGES_MAX; i++)
			sums[i] += (double)sample->counts[byte] * values[i];
	}
	for (size_t i = 0; i < sample->len; i++)
		if (sample->text[i] >= HIGH)
			context += context_value(glyphs, sample->text, sample->len, i);
	most = sums[0];
	score = -INFINITY;
	for (size_t i = 0; i < EXTRACT_CHARSET_LANGUAGES_MAX && charset->languages[i] != NULL; i++) {
		double ascii = charset->latin ? ascii_value(sample, charset->languages[i]) : 0;

		most = fmax(most, sums[i]);
		score = fmax(score, sums[i] + ascii + charset->languages[i]->prior);
	}
	if (!charset->latin && sample->ascii >= 2 * sample->high)
		score += amid_latin;
	consider(best, charset->name, score + context + charset->prior,
		most + context >= (double)sample->high * (charset->latin ? least_latin : least_other));
}

/* Bytes of the character at a place. */
static size_t
character_bytes(enum extract_charset_form form, const unsigned char *text, size_t len)
{
	size_t size = text[0] < 0x81 ? 1 : 2;

	if (form == EXTRACT_CHARSET_SJIS && text[0] >= 0xa0 && text[0] <= 0xdf)
		size = 1;
	if (form == EXTRACT_CHARSET_EUC_JP && text[0] == 0x8f)
		size = 3;
	if (form == EXTRACT_CHARSET_GB && size == 2 && len >= 4 && text[1] >= '0' && text[1] <= '9')
		size = 4;
	return size <= len ? size : len;
}

static double
character_value(const struct extract_charset_multi *charset, const unsigned char *bytes,
	uint32_t point)
{
	bool level1 = bytes[0] >= charset->level1[0] && bytes[0] <= charset->level1[1];
	bool level2 = bytes[0] >= charset->level2[0] && bytes[0] <= charset->level2[1];
	bool kana = point >= 0x3041 && point <= 0x30fe, hangul = point >= 0xac00 && point <= 0xd7a3;

	if (has_point(charset->common, point))
		return kana ? -3.7 : hangul ? -5.8 : -6.3;
	if (kana || (point >= 0xff66 && point <= 0xff9f))
		return !charset->kana ? rare_sign : kana ? -5.5 : -5;
	if ((point >= 0x3000 && point <= 0x303f) || (point >= 0xff00 && point <= 0xffef) ||
		is_common_sign(point))
		return -4.5;
	if (hangul)
		return level1 ? -9 : -13;
	if (u_hasBinaryProperty((UChar32)point, UCHAR_IDEOGRAPHIC))
		return level1 ? -9.1 : level2 ? -12 : -16;
	if (point >= 0xfffd || point < 0xa0 || (point >= 0xe000 && point < 0xf900))
		return -24;
	return -10;
}

static bool
is_ascii_letter(unsigned char byte)
{
	return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static void
try_multi(const struct sample *sample, const struct extract_charset_multi *charset,
	struct found *best)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *converter = ucnv_open(charset->name, &status);
	double sum = 0;
	size_t taken = 0;
	bool latin = false; /* an ASCII letter stands before */

	if (U_FAILURE(status))
		return;
	for (size_t at = 0, size; at < sample->len; at += size) {
		UChar units[8] = {0xfffd};
		uint32_t point = 0xfffd;
		int32_t count;

		size = 1;
		if (sample->text[at] < HIGH) {
			latin = is_ascii_letter(sample->text[at]);
			continue;
		}
		size = character_bytes(charset->form, sample->text + at, sample->len - at);
		status = U_ZERO_ERROR;
		count = ucnv_toUChars(converter, units, 8, (const char *)sample->text + at, (int32_t)size,
			&status);
		if (U_SUCCESS(status) && count == 1)
			point = units[0];
		/* A line end is never part of a character: the one before it is broken. */
		if (size > 1 && sample->text[at + 1] < '0')
			size = 1;
		sum += character_value(charset, sample->text + at, point) + (latin ? beside_latin : 0) +
			(at + size < sample->len && is_ascii_letter(sample->text[at + size]) ? beside_latin
																				 : 0);
		taken += size;
		latin = false;
	}
	ucnv_close(converter);
	if (sample->ascii >= 2 * sample->high)
		sum += amid_latin;
	consider(best, charset->name, sum + charset->prior, sum >= (double)taken * least_multi);
}

/* What is UTF-8 but for some places: sequences that are whole vouch for it. */
static void
try_utf8(const struct sample *sample, struct found *best)
{
	struct glyph before = {.kind = BLANK};
	size_t whole = 0, broken = 0, places = 0, last = SIZE_MAX;
	double sum = 0;

	for (size_t at = 0, start; at < sample->len;) {
		uint32_t point;
		size_t size;

		start = at;
		point = extract_unicode_next((const char *)sample->text, sample->len, &at);
		size = at - start;
		if (point == 0xfffd &&
			(size != 3 || memcmp(sample->text + start, "\xef\xbf\xbd", 3) != 0)) {
			size = 1;
			at = start + 1;
			broken++;
			places += last != start - 1; /* several bytes in a row are one broken place */
			last = start;
		}
		whole += size > 1;
		if (sample->text[start] >= HIGH) {
			struct glyph glyph = describe(point);

			/* What is whole by chance makes no words. */
			if (is_letter(&glyph) && is_letter(&before) && glyph.script != before.script &&
				glyph.script != USCRIPT_INHERITED)
				sum += scripts_mixed;
			sum += utf8_letter[size];
			before = glyph;
		} else {
			before = describe(point);
		}
	}
	consider(best, "UTF-8", sum, whole >= places || (whole + broken) * 50 < sample->len);
}

const char *
extract_charset_find(const char *data, size_t len)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer bytes = {0};
	struct sample sample = {0};
	struct found best = {0}, utf8 = {0};

	take_sample(data, len, &bytes);
	sample.text = (const unsigned char *)extract_buffer_string(&bytes);
	sample.len = bytes.len;
	for (size_t i = 0; i < sample.len; i++) {
		sample.counts[sample.text[i]]++;
		sample.high += sample.text[i] >= HIGH;
		sample.ascii += is_ascii_letter(sample.text[i]);
	}
	for (size_t i = 0; i < extract_charset_single_count; i++)
		try_single(&sample, &extract_charset_singles[i], &best);
	for (size_t i = 0; i < extract_charset_multi_count; i++)
		try_multi(&sample, &extract_charset_multis[i], &best);
	try_utf8(&sample, &utf8);
	consider(&best, utf8.name, utf8.score, utf8.fits);
	if (best.fits)
		return best.name;
	/* A few bytes that fit nowhere, amid plain text, take nothing of it along. */
	return utf8.fits || sample.high * 50 < len ? "UTF-8" : NULL;
}

/* Two bytes a character between ~{ and ~}; most of them common ones, or it is a program's text. */
static bool
is_hz(const char *data, size_t len)
{
	size_t common = 0, all = 0;

	for (const char *at = data, *end = data + len;
		 (at = memmem(at, (size_t)(end - at), "~{", 2)) != NULL;) {
		at += 2;
		for (; end - at >= 2 && memcmp(at, "~}", 2) != 0 && at[0] > ' '; at += 2) {
			common += at[0] >= 0x30 && at[0] <= 0x57 && at[1] > ' ';
			all++;
		}
		if (end - at < 2 || memcmp(at, "~}", 2) != 0)
			return false;
	}
	return all >= 2 && common * 10 >= all * 7;
}

const char *
extract_charset_escaped(const char *data, size_t len)
{
	if (memmem(data, len, "\033$B", 3) != NULL || memmem(data, len, "\033$@", 3) != NULL ||
		memmem(data, len, "\033(J", 3) != NULL || memmem(data, len, "\033(I", 3) != NULL)
		return "JIS7";
	if (memmem(data, len, "\033$)C", 4) != NULL)
		return "ISO-2022-KR";
	if (memmem(data, len, "\033$)A", 4) != NULL || memmem(data, len, "\033$)G", 4) != NULL)
		return "ISO-2022-CN";
	return is_hz(data, len) ? "HZ" : NULL;
}
