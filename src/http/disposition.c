/* SPDX-License-Identifier: Apache-2.0 */
/* disposition.c: header parameters, `; name="value"`, as clients really write them. */
#include "http/disposition.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"

static const char *
skip_blanks(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

bool
bh_disposition_is(const char *value, const char *word, const char **out_rest)
{
	size_t len = strlen(word);

	if (strncasecmp(value, word, len) != 0)
		return false;
	value = skip_blanks(value + len);
	*out_rest = value;
	return *value == '\0' || *value == ';';
}

static int
too_long(size_t size)
{
	return bh_error(BH_E_INVALID, "A header parameter is longer than %zu bytes.", size - 1);
}

static int
take_token(const char **at, char *out, size_t size)
{
	size_t n = 0;

	while (bh_text_is_token(**at)) {
		if (n + 1 == size)
			return too_long(size);
		out[n++] = *(*at)++;
	}
	out[n] = '\0';
	return n > 0 ? 0 : bh_error(BH_E_INVALID, "A header parameter is malformed.");
}

/* Browsers write a backslash as it is, other clients escape: only \" and \\ are pairs. */
static int
take_quoted(const char **at, char *out, size_t size)
{
	size_t n = 0;

	(*at)++;
	while (**at != '"') {
		if ((*at)[0] == '\\' && ((*at)[1] == '"' || (*at)[1] == '\\'))
			(*at)++;
		if (**at == '\0')
			return bh_error(BH_E_INVALID, "A quoted header parameter has no closing quote.");
		if (n + 1 == size)
			return too_long(size);
		out[n++] = *(*at)++;
	}
	(*at)++;
	out[n] = '\0';
	return 0;
}

int
bh_disposition_next(const char **at, char out_name[BH_DISPOSITION_TEXT],
	char out_value[BH_DISPOSITION_VALUE])
{
	const char *c = skip_blanks(*at);
	size_t size;
	int rc;

	while (*c == ';')
		c = skip_blanks(c + 1);
	*at = c;
	if (*c == '\0')
		return 0;
	rc = take_token(at, out_name, BH_DISPOSITION_TEXT);
	if (rc < 0)
		return rc;
	*at = skip_blanks(*at);
	if (**at != '=')
		return bh_error(BH_E_INVALID, "A header parameter has no value.");
	*at = skip_blanks(*at + 1);
	size = strncasecmp(out_name, "filename", 8) == 0 ? BH_DISPOSITION_VALUE : BH_DISPOSITION_TEXT;
	rc = **at == '"' ? take_quoted(at, out_value, size) : take_token(at, out_value, size);
	if (rc < 0)
		return rc;
	*at = skip_blanks(*at);
	if (**at != ';' && **at != '\0')
		return bh_error(BH_E_INVALID, "A header parameter is malformed.");
	return 1;
}

/* A byte of text in ISO-8859-1, as UTF-8. */
static void
put_latin(char *out, unsigned char c)
{
	out[0] = c < 0x80 ? (char)c : (char)(0xc0 | c >> 6);
	if (c >= 0x80)
		out[1] = (char)(0x80 | (c & 0x3f));
}

/* One byte, plain or as %41; *at moves past it. -1: it is neither. */
static int
take_byte(const char **at)
{
	int high, low;

	if (**at != '%')
		return (unsigned char)*(*at)++;
	high = bh_text_hex_digit((*at)[1]);
	low = high < 0 ? -1 : bh_text_hex_digit((*at)[2]);
	*at += low < 0 ? 0 : 3;
	return low < 0 ? -1 : high << 4 | low;
}

bool
bh_disposition_decode(const char *value, char out[BH_DISPOSITION_TEXT])
{
	bool is_latin = strncasecmp(value, "iso-8859-1'", 11) == 0;
	const char *at = strchr(value, '\'');
	size_t n = 0;

	if (at == NULL || (!is_latin && strncasecmp(value, "utf-8'", 6) != 0))
		return false;
	at = strchr(at + 1, '\'');
	if (at == NULL)
		return false;
	for (at++; *at != '\0';) {
		int c = take_byte(&at);
		size_t width = is_latin && c >= 0x80 ? 2 : 1;

		if (c <= 0 || n + width >= BH_DISPOSITION_TEXT)
			return false;
		if (is_latin)
			put_latin(out + n, (unsigned char)c);
		else
			out[n] = (char)c;
		n += width;
	}
	out[n] = '\0';
	return true;
}
