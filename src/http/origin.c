/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c: the one way to write an origin, so that two are the same when their bytes are. */
#include "http/origin.h"

#include <stdint.h>
#include <string.h>

#include "base/macros.h"

enum { BYTES_MOST = 255, PORT_DIGITS = 5, PORT_MOST = 65535 };

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of the scheme; 0: there is none. */
static size_t
scheme_len(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len &&
		(is_letter(text[n]) ||
			(n > 0 && (is_digit(text[n]) || text[n] == '+' || text[n] == '-' || text[n] == '.'))))
		n++;
	return n;
}

/* Length of the host, an IPv6 address in brackets included; 0: there is none. */
static size_t
host_len(const char *text, size_t len)
{
	bool is_address = len > 0 && text[0] == '[';
	size_t n = is_address;

	while (n < len &&
		(is_digit(text[n]) || is_letter(text[n]) ||
			(is_address ? text[n] == ':' || text[n] == '.'
						: text[n] == '.' || text[n] == '-' || text[n] == '_')))
		n++;
	if (!is_address)
		return n;
	return n > 1 && n < len && text[n] == ']' ? n + 1 : 0;
}

/* A port that the scheme does not have anyway. */
static bool
is_port(const char *text, size_t len, bool is_http, bool is_https)
{
	int32_t port = 0;

	if (len == 0 || len > PORT_DIGITS || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return false;
		port = port * 10 + (text[i] - '0');
	}
	return port <= PORT_MOST && !(is_http && port == 80) && !(is_https && port == 443);
}

bool
bh_origin_is(const char *text, size_t len)
{
	size_t scheme, at, host;

	if (len > BYTES_MOST)
		return false;
	scheme = scheme_len(text, len);
	if (scheme == 0 || len - scheme < 3 || memcmp(text + scheme, "://", 3) != 0)
		return false;
	at = scheme + 3;
	host = host_len(text + at, len - at);
	at += host;
	if (host == 0 || at == len)
		return host > 0;
	return text[at] == ':' &&
		is_port(text + at + 1, len - at - 1, scheme == 4 && memcmp(text, "http", 4) == 0,
			scheme == 5 && memcmp(text, "https", 5) == 0);
}
