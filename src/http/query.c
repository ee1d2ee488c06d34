/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: percent-escapes and query strings, strictly read. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/exchange.h"

int
bh_http_decode(struct bh_arena *arena, const char *text, size_t len, bool plus, const char **out)
{
	char *decoded = bh_arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? bh_text_hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? bh_text_hex_digit(text[i + 2]) : -1;

			if (low < 0)
				return bh_error(BH_E_INVALID, "A percent-encoded character is malformed.");
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0')
			return bh_error(BH_E_INVALID, "A NUL byte is not allowed here.");
		decoded[n++] = c;
	}
	decoded[n] = '\0';
	if (!bh_text_is_utf8(decoded, n))
		return bh_error(BH_E_INVALID, "The text is not valid UTF-8.");
	*out = decoded;
	return 0;
}

int
bh_http_query(const struct bh_http_exchange *exchange, const char *name, const char **out)
{
	const char *at = exchange->query;
	size_t name_len = strlen(name);

	while (at != NULL && *at != '\0') {
		const char *end = strchrnul(at, '&');
		const char *equals = memchr(at, '=', (size_t)(end - at));
		const char *name_end = equals != NULL ? equals : end;
		const char *value = equals != NULL ? equals + 1 : end;

		if ((size_t)(name_end - at) == name_len && memcmp(at, name, name_len) == 0)
			return bh_http_decode(exchange->arena, value, (size_t)(end - value), true, out);
		at = *end == '&' ? end + 1 : end;
	}
	*out = NULL;
	return 0;
}
