/* SPDX-License-Identifier: Apache-2.0 */
/* file_name.c: from parameters to one name in UTF-8. */
#include "http/file_name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sec/digest.h"

/* From ISO-8859-1, whose other control characters mean that it is something else. */
static bool
take_latin(const char *text, char out[BH_DISPOSITION_TEXT])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		size_t width = c < 0x80 ? 1 : 2;

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || n + width >= BH_DISPOSITION_TEXT)
			return false;
		out[n] = (char)(c < 0x80 ? c : 0xc0 | c >> 6);
		if (width == 2)
			out[n + 1] = (char)(0x80 | (c & 0x3f));
		n += width;
	}
	out[n] = '\0';
	return true;
}

/* ---- encoded words ---- */

/* Bytes of =?charset?Q?…?=. */
static bool
take_quoted(const char *at, const char *end, char *out, size_t size, size_t *out_len)
{
	size_t n = 0;

	for (; at < end; at++) {
		int high = *at == '=' && end - at > 2 ? bh_text_hex_digit(at[1]) : -1;
		int low = high < 0 ? -1 : bh_text_hex_digit(at[2]);

		if (n + 1 >= size || (*at == '=' && low < 0))
			return false;
		out[n++] = *at == '=' ? (char)(high << 4 | low) : *at == '_' ? ' ' : *at;
		at += *at == '=' ? 2 : 0;
	}
	*out_len = n;
	return true;
}

static bool
take_base64(const char *at, const char *end, char *out, size_t size, size_t *out_len)
{
	char url[BH_DISPOSITION_VALUE];
	size_t n = 0;

	while (end > at && end[-1] == '=')
		end--;
	for (; at < end && n < sizeof(url); at++)
		url[n++] = *at == '+' ? '-' : *at == '/' ? '_' : *at;
	return at == end && bh_base64url_decode(url, n, out, size - 1, out_len) == 0;
}

/* One encoded word at *at, which moves behind it and the blanks there; appended to `out`. */
static bool
take_word(const char **at, char out[BH_DISPOSITION_TEXT])
{
	char bytes[BH_DISPOSITION_TEXT], text[BH_DISPOSITION_TEXT];
	bool is_utf8 = strncasecmp(*at, "=?utf-8?", 8) == 0;
	bool is_latin = strncasecmp(*at, "=?iso-8859-1?", 13) == 0;
	const char *kind = *at + (is_utf8 ? 8 : 13), *end;
	size_t len = 0;
	bool good;

	if ((!is_utf8 && !is_latin) || kind[0] == '\0' || kind[1] != '?')
		return false;
	end = strstr(kind + 2, "?=");
	if (end == NULL)
		return false;
	good = kind[0] == 'B' || kind[0] == 'b' ? take_base64(kind + 2, end, bytes, sizeof(bytes), &len)
		: kind[0] == 'Q' || kind[0] == 'q'  ? take_quoted(kind + 2, end, bytes, sizeof(bytes), &len)
											: false;
	if (!good || memchr(bytes, '\0', len) != NULL)
		return false;
	bytes[len] = '\0';
	if (is_latin && !take_latin(bytes, text))
		return false;
	if (!is_latin)
		strcpy(text, bytes);
	if (strlen(out) + strlen(text) >= BH_DISPOSITION_TEXT)
		return false;
	strcat(out, text);
	*at = end + 2;
	*at += strspn(*at, " \t");
	return true;
}

/* The whole text as encoded words; false where it is anything else. */
static bool
take_words(const char *text, char out[BH_DISPOSITION_TEXT])
{
	char joined[BH_DISPOSITION_TEXT] = "";

	if (strncmp(text, "=?", 2) != 0)
		return false;
	while (*text != '\0') {
		if (!take_word(&text, joined))
			return false;
	}
	if (joined[0] == '\0' || !bh_text_is_plain(joined))
		return false;
	strcpy(out, joined);
	return true;
}

/* ---- parameters ---- */

static void
take_plain(struct bh_file_name *file, const char *text)
{
	file->has_plain = true;
	file->is_plain_good = take_words(text, file->plain);
	if (!file->is_plain_good && strlen(text) < sizeof(file->plain) && bh_text_is_plain(text)) {
		strcpy(file->plain, text);
		file->is_plain_good = true;
	}
	if (!file->is_plain_good && !bh_text_is_utf8(text, strlen(text)))
		file->is_plain_good = take_latin(text, file->plain);
}

static void
take_encoded(struct bh_file_name *file, const char *text)
{
	file->has_encoded = true;
	file->is_encoded_good = bh_disposition_decode(text, file->encoded) &&
		file->encoded[0] != '\0' && bh_text_is_plain(file->encoded);
}

/* The next piece; an encoded name may have others between its own, whose % is one. */
static void
add_piece(struct bh_file_name *file, bool is_encoded, const char *text)
{
	size_t n = strlen(file->pieces);

	if (file->n_pieces++ == 0)
		file->are_encoded = is_encoded;
	for (; *text != '\0'; text++) {
		bool escapes = file->are_encoded && !is_encoded && *text == '%';

		if (n + 4 > sizeof(file->pieces)) {
			file->are_too_long = true;
			return;
		}
		file->pieces[n++] = *text;
		if (escapes) {
			file->pieces[n++] = '2';
			file->pieces[n++] = '5';
		}
		file->pieces[n] = '\0';
	}
}

/* filename*0, filename*1*, in their order. */
static bool
take_piece(struct bh_file_name *file, const char *number, const char *text)
{
	char *end;
	unsigned long at = strtoul(number, &end, 10);

	if (at != file->n_pieces || (*end != '\0' && strcmp(end, "*") != 0))
		return false;
	add_piece(file, *end == '*', text);
	return true;
}

bool
bh_file_name_take(struct bh_file_name *file, const char *name, const char *text)
{
	if (strcasecmp(name, "filename*") == 0) {
		if (file->has_encoded)
			return false;
		take_encoded(file, text);
	} else if (strcasecmp(name, "filename") == 0) {
		if (file->has_plain)
			return false;
		take_plain(file, text);
	} else if (strncasecmp(name, "filename*", 9) == 0 && name[9] >= '0' && name[9] <= '9') {
		return take_piece(file, name + 9, text);
	}
	return true;
}

const char *
bh_file_name_choose(struct bh_file_name *file)
{
	if (file->n_pieces > 0 && !file->are_too_long) {
		if (file->are_encoded && !file->has_encoded)
			take_encoded(file, file->pieces);
		else if (!file->are_encoded && !file->has_plain)
			take_plain(file, file->pieces);
	}
	return file->is_encoded_good ? file->encoded : file->is_plain_good ? file->plain : NULL;
}
