/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.c: reads where a process can be reached. */
#include "http/endpoint.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static bool
is_host_char(char c, bool address)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
		c == '-' || c == '_' || (address && c == ':');
}

static int
read_unix(const char *path, size_t len, struct bh_endpoint *out)
{
	if (len == 0 || path[0] != '/')
		return bh_error(BH_E_INVALID, "the URL of a Unix socket must be unix:/path");
	if (len > BH_ENDPOINT_SOCKET_MOST)
		return bh_error(BH_E_INVALID, "the path of the Unix socket is longer than 107 bytes");
	out->kind = BH_ENDPOINT_UNIX;
	out->path = (struct bh_endpoint_part){path, len};
	return 0;
}

/* "host", "host:port" or "[address]:port". */
static int
read_authority(const char *text, size_t len, struct bh_endpoint *out)
{
	bool bracket = len > 0 && text[0] == '[';
	const char *host = text + bracket;
	const char *end = text + len;
	const char *at = host;
	int64_t port = out->kind == BH_ENDPOINT_HTTPS ? 443 : 80;
	char number[8];

	while (at < end && is_host_char(*at, bracket))
		at++;
	if (at == host)
		return bh_error(BH_E_INVALID, "the URL has no host");
	out->host = (struct bh_endpoint_part){host, (size_t)(at - host)};
	if (bracket && (at == end || *at++ != ']'))
		return bh_error(BH_E_INVALID, "the URL's IPv6 address has no closing bracket");
	if (at < end && *at == ':') {
		snprintf(number, sizeof(number), "%.*s", (int)(end - at > 7 ? 7 : end - at - 1), at + 1);
		if (end - at - 1 > 5 || number[0] == '-' || bh_text_int(number, 1, 65535, &port) < 0)
			return bh_error(BH_E_INVALID, "the URL's port must be between 1 and 65535");
		at = end;
	}
	if (at != end)
		return bh_error(BH_E_INVALID, "the URL's host is malformed");
	out->port = (unsigned)port;
	out->authority = (struct bh_endpoint_part){text, len};
	return 0;
}

static int
read_web(const char *rest, size_t len, struct bh_endpoint *out)
{
	size_t host_len = 0, base_len;

	while (host_len < len && strchr("/?#", rest[host_len]) == NULL)
		host_len++;
	base_len = len - host_len;
	for (size_t i = host_len; i < len; i++) {
		if ((unsigned char)rest[i] <= ' ' || rest[i] == 0x7f || rest[i] == '?' || rest[i] == '#')
			return bh_error(BH_E_INVALID, "the URL must not have a query, a fragment or spaces");
	}
	while (base_len > 0 && rest[host_len + base_len - 1] == '/')
		base_len--;
	out->base = (struct bh_endpoint_part){rest + host_len, base_len};
	return read_authority(rest, host_len, out);
}

static bool
begins(const char *text, size_t len, const char *prefix)
{
	size_t prefix_len = strlen(prefix);

	return len >= prefix_len && memcmp(text, prefix, prefix_len) == 0;
}

int
bh_endpoint_read(const char *text, size_t len, struct bh_endpoint *out)
{
	struct bh_endpoint endpoint = {.kind = BH_ENDPOINT_HTTP};
	int rc;

	if (memchr(text, '\0', len) != NULL)
		return bh_error(BH_E_INVALID, "the URL contains a NUL");
	if (begins(text, len, "unix:")) {
		rc = read_unix(text + 5, len - 5, &endpoint);
	} else if (begins(text, len, "http://")) {
		rc = read_web(text + 7, len - 7, &endpoint);
	} else if (begins(text, len, "https://")) {
		endpoint.kind = BH_ENDPOINT_HTTPS;
		rc = read_web(text + 8, len - 8, &endpoint);
	} else {
		rc = bh_error(BH_E_INVALID, "the URL must have the form unix:/path, http://… or https://…");
	}
	if (rc == 0)
		*out = endpoint;
	return rc;
}

int
bh_endpoints_read(const char *text, struct bh_endpoint out[BH_ENDPOINTS_MOST], size_t *out_n)
{
	size_t len, n = 0;

	for (text += strspn(text, " "); (len = strcspn(text, " ")) > 0; text += strspn(text, " ")) {
		int rc;

		if (n == BH_ENDPOINTS_MOST)
			return bh_error(BH_E_INVALID, "more than %u addresses", BH_ENDPOINTS_MOST);
		rc = bh_endpoint_read(text, len, &out[n]);
		if (rc < 0)
			return rc;
		if ((out[n].kind == BH_ENDPOINT_HTTPS) != (out[0].kind == BH_ENDPOINT_HTTPS))
			return bh_error(BH_E_INVALID, "addresses with https and without it are mixed");
		n++;
		text += len;
	}
	if (n == 0)
		return bh_error(BH_E_INVALID, "no address");
	*out_n = n;
	return 0;
}
