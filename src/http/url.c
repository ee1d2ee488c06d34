/* SPDX-License-Identifier: Apache-2.0 */
/* url.c: reads URLs of people outside. */
#include "http/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"

enum { HOST_MOST = 253, LABEL_MOST = 63, PORT_DIGITS = 5 };

/* What RFC 3986 lets stand in a URL, and the percent sign; one that is left out is for the writer to encode. */
static bool
is_url_char(char c)
{
	return c > ' ' && c <= '~' && strchr("\\\"<>^`{|}", c) == NULL;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Labels of 1 to 63 characters, divided by dots. */
static bool
is_name(const char *host)
{
	size_t label = 0;

	if (strlen(host) > HOST_MOST)
		return false;
	for (const char *at = host;; at++) {
		if (*at == '.' || *at == '\0') {
			if (label == 0 || label > LABEL_MOST)
				return false;
			label = 0;
			if (*at == '\0')
				return true;
		} else if (!is_name_char(*at)) {
			return false;
		} else {
			label++;
		}
	}
}

static int
read_port(const char *text, size_t len, unsigned *out)
{
	char digits[PORT_DIGITS + 1];
	int64_t port;

	/* "host:" without a number is the scheme's own port (RFC 3986, section 3.2.3). */
	if (len == 0)
		return 0;
	if (len > PORT_DIGITS || text[0] == '-' || text[0] == '+')
		return bh_error(BH_E_INVALID, "the URL's port must be between 1 and 65535");
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (bh_text_int(digits, 1, 65535, &port) < 0)
		return bh_error(BH_E_INVALID, "the URL's port must be between 1 and 65535");
	*out = (unsigned)port;
	return 0;
}

/* "[address]" with what follows it. */
static int
read_bracket(struct bh_arena *arena, const char *text, size_t len, struct bh_url *out,
	size_t *out_used)
{
	const char *end = memchr(text, ']', len);
	struct in6_addr address;

	if (end == NULL)
		return bh_error(BH_E_INVALID, "the URL's IPv6 address has no closing bracket");
	out->host = bh_arena_copy(arena, text + 1, (size_t)(end - text - 1));
	if (inet_pton(AF_INET6, out->host, &address) != 1)
		return bh_error(BH_E_INVALID, "the URL's IPv6 address is malformed");
	*out_used = (size_t)(end - text + 1);
	return 0;
}

static int
read_name(struct bh_arena *arena, const char *text, size_t len, struct bh_url *out,
	size_t *out_used)
{
	const char *colon = memchr(text, ':', len);
	size_t host_len = colon != NULL ? (size_t)(colon - text) : len;
	char *host = bh_arena_copy(arena, text, host_len);

	*out_used = host_len;
	for (size_t i = 0; i < host_len; i++)
		host[i] = lower(host[i]);
	if (host_len > 0 && host[host_len - 1] == '.')
		host[host_len - 1] = '\0';
	out->host = host;
	return is_name(host)
		? 0
		: bh_error(BH_E_INVALID,
			  host[0] == '\0' ? "the URL has no host" : "the URL's host is malformed");
}

static int
read_authority(struct bh_arena *arena, const char *text, size_t len, struct bh_url *out)
{
	unsigned own = out->tls ? 443 : 80;
	bool bracket = len > 0 && text[0] == '[';
	size_t used = 0;
	int rc;

	if (memchr(text, '@', len) != NULL)
		return bh_error(BH_E_INVALID, "the URL must not contain a user or a password");
	out->port = own;
	rc = bracket ? read_bracket(arena, text, len, out, &used)
				 : read_name(arena, text, len, out, &used);
	if (rc == 0 && used < len)
		rc = text[used] == ':' ? read_port(text + used + 1, len - used - 1, &out->port)
							   : bh_error(BH_E_INVALID, "the URL's host is malformed");
	if (rc < 0)
		return rc;
	out->authority = bh_arena_printf(arena, bracket ? "[%s]" : "%s", out->host);
	if (out->port != own)
		out->authority = bh_arena_printf(arena, "%s:%u", out->authority, out->port);
	return 0;
}

static int
check_text(const char *text)
{
	size_t len = strnlen(text, BH_URL_BYTES_MOST + 1);

	if (len > BH_URL_BYTES_MOST)
		return bh_error(BH_E_INVALID, "the URL is longer than %u bytes", BH_URL_BYTES_MOST);
	for (size_t i = 0; i < len; i++) {
		if (!is_url_char(text[i]))
			return bh_error(BH_E_INVALID, "the URL has a character that must be percent-encoded");
	}
	return 0;
}

/* What stands behind "https://" or "http://"; out->tls is set. */
static int
read_rest(struct bh_arena *arena, const char *rest, struct bh_url *out)
{
	size_t len = strcspn(rest, "/?#");
	const char *path = rest + len;
	int rc = read_authority(arena, rest, len, out);

	if (rc < 0)
		return rc;
	out->path = bh_arena_printf(arena, "%s%.*s", path[0] == '/' ? "" : "/", (int)strcspn(path, "#"),
		path);
	return 0;
}

int
bh_url_read(struct bh_arena *arena, const char *text, struct bh_url *out)
{
	struct bh_url url = {0};
	int rc = check_text(text);

	if (rc < 0)
		return rc;
	url.tls = strncasecmp(text, "https://", 8) == 0;
	if (!url.tls && strncasecmp(text, "http://", 7) != 0)
		return bh_error(BH_E_INVALID, "the URL must begin with https://");
	rc = read_rest(arena, text + (url.tls ? 8 : 7), &url);
	if (rc == 0)
		*out = url;
	return rc;
}

/* Takes "." and ".." out of a path (RFC 3986, section 5.2.4), in place; the query stays. */
static void
remove_dots(char *path)
{
	size_t query = strcspn(path, "?");
	size_t to = 0;

	for (size_t at = 0; at < query;) {
		size_t len = 1 + strcspn(path + at + 1, "/?");
		bool is_last = at + len == query;
		bool one = len == 2 && path[at + 1] == '.';
		bool two = len == 3 && path[at + 1] == '.' && path[at + 2] == '.';

		if (two) {
			while (to > 0 && path[--to] != '/')
				;
		}
		if (one || two) {
			if (is_last)
				path[to++] = '/';
		} else {
			memmove(path + to, path + at, len);
			to += len;
		}
		at += len;
	}
	memmove(path + to, path + query, strlen(path + query) + 1);
}

/* RFC 3986, section 3.1: a scheme is what stands before a colon that no other delimiter precedes. */
static bool
has_scheme(const char *text)
{
	return text[strcspn(text, ":/?#")] == ':';
}

int
bh_url_follow(struct bh_arena *arena, const struct bh_url *page, const char *location,
	struct bh_url *out)
{
	struct bh_url url = *page;
	size_t folder = strcspn(page->path, "?");
	size_t len;
	char *path;
	int rc = check_text(location);

	if (rc < 0 || has_scheme(location))
		return rc < 0 ? rc : bh_url_read(arena, location, out);
	if (bh_text_starts(location, "//")) {
		rc = read_rest(arena, location + 2, &url);
		if (rc == 0)
			*out = url;
		return rc;
	}
	len = strcspn(location, "#");
	if (location[0] != '?' && len > 0) {
		while (folder > 0 && page->path[folder - 1] != '/')
			folder--;
	}
	if (location[0] == '/')
		folder = 0;
	if (len == 0)
		folder = strlen(page->path);
	path = bh_arena_printf(arena, "%.*s%.*s", (int)folder, page->path, (int)len, location);
	remove_dots(path);
	rc = check_text(path);
	if (rc < 0)
		return rc;
	url.path = path;
	*out = url;
	return 0;
}

const char *
bh_url_origin(struct bh_arena *arena, const struct bh_url *url)
{
	return bh_arena_printf(arena, "%s://%s", url->tls ? "https" : "http", url->authority);
}

bool
bh_url_same_origin(const struct bh_url *a, const struct bh_url *b)
{
	return a->tls == b->tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}
