/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c: from the bytes of a text file to UTF-8, by way of ICU. */
#include "decode.h"

#include <string.h>
#include <strings.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "buffer.h"
#include "charset.h"
#include "unicode.h"

enum { SAMPLE_BYTES = 64 * 1024 };

/* Converts in pieces, so that a large file needs no second copy in UTF-16. */
static bool
convert(const char *charset, const char *data, size_t len, struct extract_buffer *out)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *converter = ucnv_open(charset, &status);
	const char *source = data, *end = data + len;
	UChar units[4096], *target;

	if (U_FAILURE(status))
		return false;
	do {
		target = units;
		status = U_ZERO_ERROR;
		/* One unit of room is kept so that a surrogate pair can be finished. */
		ucnv_toUnicode(converter, &target, units + 4095, &source, end, NULL, 1, &status);
		if (target > units && U16_IS_LEAD(target[-1]) && status == U_BUFFER_OVERFLOW_ERROR) {
			UErrorCode again = U_ZERO_ERROR;

			ucnv_toUnicode(converter, &target, units + 4096, &source, end, NULL, 1, &again);
			status = again;
		}
		extract_unicode_append(units, (int32_t)(target - units), out);
	} while (status == U_BUFFER_OVERFLOW_ERROR);
	ucnv_close(converter);
	return U_SUCCESS(status);
}

bool
extract_decode_charset(const char *charset, const char *data, size_t len,
	struct extract_buffer *out)
{
	return convert(charset, data, len, out);
}

/* Most of a UTF-16 text's high bytes are equal; for Latin text they are NUL. */
static const char *
guess_utf16(const char *data, size_t len)
{
	size_t even = 0, odd = 0, sample = len < 4096 ? len & ~(size_t)1 : 4096;

	for (size_t i = 0; i < sample; i += 2) {
		even += data[i] == '\0';
		odd += data[i + 1] == '\0';
	}
	if (sample < 4)
		return NULL;
	if (odd * 2 > sample / 2 && even * 20 < sample)
		return "UTF-16LE";
	if (even * 2 > sample / 2 && odd * 20 < sample)
		return "UTF-16BE";
	return NULL;
}

/* Text has hardly any control characters. */
static bool
has_controls(const char *data, size_t len)
{
	size_t odd = 0, sample = len < SAMPLE_BYTES ? len : SAMPLE_BYTES;

	for (size_t i = 0; i < sample; i++) {
		unsigned char byte = (unsigned char)data[i];

		odd += (byte != 0 && byte < 32 && strchr("\t\n\v\f\r\033", byte) == NULL) || byte == 127;
	}
	return odd * 50 > sample;
}

static bool
looks_binary(const char *data, size_t len)
{
	return memchr(data, '\0', len < SAMPLE_BYTES ? len : SAMPLE_BYTES) != NULL ||
		has_controls(data, len);
}

/* True for UTF-8 but for a few broken places: by chance, bytes that are not ASCII make no whole sequences. */
static bool
is_mostly_utf8(const char *data, size_t len)
{
	size_t whole = 0, places = 0;
	bool broken = false;

	for (size_t at = 0, start; at < len;) {
		uint32_t point;

		start = at;
		point = extract_unicode_next(data, len, &at);
		if (point == 0xfffd && (at - start != 3 || memcmp(data + start, "\xef\xbf\xbd", 3) != 0)) {
			at = start + 1;
			places += !broken;
			broken = true;
			continue;
		}
		broken = false;
		whole += at - start > 1;
	}
	return whole >= 4 && whole >= 4 * places;
}

/* True for UTF-8 with a stray NUL, or filled up with them: logs of machines that lost power, fields of a fixed length. */
static bool
is_text_with_nuls(const char *data, size_t len)
{
	size_t nuls = 0;

	while (len > 0 && data[len - 1] == '\0')
		len--;
	for (size_t i = 0; i < len; i++)
		nuls += data[i] == '\0';
	return len > 0 && nuls <= 1 + len / 500 &&
		(extract_unicode_valid(data, len) || is_mostly_utf8(data, len)) && !has_controls(data, len);
}

/* What a text in UTF-16 would hold when read in one of its two orders. */
static bool
reads_as_wide(const char *data, size_t len, bool big, size_t *out_blanks)
{
	size_t odd = 0, units = len / 2;

	*out_blanks = 0;
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t high = (unsigned char)data[big ? i : i + 1],
				 low = (unsigned char)data[big ? i + 1 : i];
		uint32_t point = high << 8 | low;
		int8_t type = u_charType((UChar32)point);

		*out_blanks += point == ' ' || point == '\n' || point == 0x3000 || point == 0x3001 ||
			point == 0x3002;
		odd += type == U_UNASSIGNED || type == U_PRIVATE_USE_CHAR ||
			(type == U_CONTROL_CHAR && !extract_unicode_is_space(point));
	}
	return odd * 50 <= units && *out_blanks > 0;
}

/* UTF-16 of other scripts than the Latin one has few NULs, but where it has any, it has blanks in one order only. */
static const char *
guess_wide(const char *data, size_t len)
{
	size_t sample = len < 8192 ? len & ~(size_t)1 : 8192, little = 0, big = 0;
	bool is_little = reads_as_wide(data, sample, false, &little),
		 is_big = reads_as_wide(data, sample, true, &big);

	if (!is_little && !is_big)
		return NULL;
	return is_little && (!is_big || little > big) ? "UTF-16LE" : "UTF-16BE";
}

/* What files really are in that are said to be in a standard's encoding, as browsers take it. */
static const char *
meant_by(const char *charset)
{
	static const struct {
		const char *said, *meant;
	} names[] = {
		{"iso-8859-1", "windows-1252"},
		{"latin1", "windows-1252"},
		{"us-ascii", "windows-1252"},
		{"ascii", "windows-1252"},
		{"iso-8859-9", "windows-1254"},
		{"iso-8859-11", "windows-874"},
		{"tis-620", "windows-874"},
		{"gb2312", "gb18030"},
		{"gbk", "gb18030"},
		{"euc-kr", "windows-949"},
		{"ks_c_5601-1987", "windows-949"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(charset, names[i].said) == 0)
			return names[i].meant;
	return charset;
}

/* True if the bytes are text in the charset that somebody said they are in. A wide one says it by its bytes, and broken
 * UTF-8 is weighed against what else it may be. */
static bool
convert_declared(const char *charset, const char *data, size_t len, struct extract_buffer *out)
{
	size_t from = out->len, high = 0, broken = 0;

	if (strncasecmp(charset, "utf", 3) == 0 || is_mostly_utf8(data, len) ||
		!convert(meant_by(charset), data, len, out)) {
		extract_buffer_truncate(out, from);
		return false;
	}
	for (size_t at = from; at < out->len;) {
		uint32_t point = extract_unicode_next(out->data, out->len, &at);

		high += point >= 0x80;
		broken += point == 0xfffd || (point >= 0x80 && point < 0xa0);
	}
	if (broken * 20 <= high)
		return true;
	extract_buffer_truncate(out, from);
	return false;
}

static bool
is_ascii(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)data[i] >= 0x80)
			return false;
	return true;
}

bool
extract_decode_is_binary(const char *data, size_t len)
{
	return guess_utf16(data, len) == NULL && looks_binary(data, len) &&
		!is_text_with_nuls(data, len) && guess_wide(data, len) == NULL;
}

bool
extract_decode_text(const char *data, size_t len, const char *declared, struct extract_buffer *out)
{
	const char *charset;

	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
		return convert("UTF-8", data, len, out);
	}
	if (len >= 4 && (memcmp(data, "\xff\xfe\0\0", 4) == 0 || memcmp(data, "\0\0\xfe\xff", 4) == 0))
		return convert("UTF-32", data, len, out);
	if (len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
		return convert("UTF-16", data, len, out);
	charset = is_ascii(data, len) ? extract_charset_escaped(data, len) : NULL;
	if (charset == NULL)
		charset = guess_utf16(data, len);
	if (charset == NULL && looks_binary(data, len) && !is_text_with_nuls(data, len)) {
		charset = guess_wide(data, len);
		if (charset == NULL)
			return false;
	}
	if (charset != NULL)
		return convert(charset, data, len, out);
	if (extract_unicode_valid(data, len)) {
		extract_buffer_append(out, data, len);
		return true;
	}
	if (declared != NULL && convert_declared(declared, data, len, out))
		return true;
	charset = extract_charset_find(data, len);
	return charset != NULL && convert(charset, data, len, out);
}
