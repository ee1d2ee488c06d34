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
too_long(void)
{
	return bh_error(BH_E_INVALID, "A header parameter is longer than 255 bytes.");
}

static int
take_token(const char **at, char out[BH_DISPOSITION_TEXT])
{
	size_t n = 0;

	while (bh_text_is_token(**at)) {
		if (n + 1 == BH_DISPOSITION_TEXT)
			return too_long();
		out[n++] = *(*at)++;
	}
	out[n] = '\0';
	return n > 0 ? 0 : bh_error(BH_E_INVALID, "A header parameter is malformed.");
}

/* Browsers write a backslash as it is, other clients escape: only \" and \\ are pairs. */
static int
take_quoted(const char **at, char out[BH_DISPOSITION_TEXT])
{
	size_t n = 0;

	(*at)++;
	while (**at != '"') {
		if ((*at)[0] == '\\' && ((*at)[1] == '"' || (*at)[1] == '\\'))
			(*at)++;
		if (**at == '\0')
			return bh_error(BH_E_INVALID, "A quoted header parameter has no closing quote.");
		if (n + 1 == BH_DISPOSITION_TEXT)
			return too_long();
		out[n++] = *(*at)++;
	}
	(*at)++;
	out[n] = '\0';
	return 0;
}

int
bh_disposition_next(const char **at, char out_name[BH_DISPOSITION_TEXT],
	char out_value[BH_DISPOSITION_TEXT])
{
	const char *c = skip_blanks(*at);
	int rc;

	while (*c == ';')
		c = skip_blanks(c + 1);
	*at = c;
	if (*c == '\0')
		return 0;
	rc = take_token(at, out_name);
	if (rc < 0)
		return rc;
	*at = skip_blanks(*at);
	if (**at != '=')
		return bh_error(BH_E_INVALID, "A header parameter has no value.");
	*at = skip_blanks(*at + 1);
	rc = **at == '"' ? take_quoted(at, out_value) : take_token(at, out_value);
	if (rc < 0)
		return rc;
	*at = skip_blanks(*at);
	if (**at != ';' && **at != '\0')
		return bh_error(BH_E_INVALID, "A header parameter is malformed.");
	return 1;
}
