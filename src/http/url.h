/* SPDX-License-Identifier: Apache-2.0 */
/* url.h: the address of something on the web, as somebody outside has written it, taken apart. Nothing is looked up. */
#ifndef BH_HTTP_URL_H
#define BH_HTTP_URL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/macros.h"

#define BH_URL_BYTES_MOST 4096u

/* Text is in the arena. */
struct bh_url {
	bool tls;         /* https, or else http */
	const char *host; /* a name in lower case without a final dot, or an address without brackets */
	const char
		*authority; /* for the Host header: the host, and the port unless it is the scheme's own */
	unsigned port;
	const char *path; /* with the query, as written; begins with '/' */
};

/* Reads a whole URL (RFC 3986) of the schemes https and http; a fragment is dropped. BH_E_INVALID, with a detail for
 * whoever wrote it: another scheme, a user or password, a host or port that is malformed, a character that must be
 * percent-encoded, too long. Names outside ASCII have to be written in their ASCII form (xn--…). */
BH_MUST_CHECK int bh_url_read(struct bh_arena *arena, const char *text, struct bh_url *out);

/* Reads what a header Location says on a page (RFC 3986, section 5.2): a whole URL, or one that is relative to it.
 * BH_E_INVALID as above. */
BH_MUST_CHECK int bh_url_follow(struct bh_arena *arena, const struct bh_url *page,
	const char *location, struct bh_url *out);

/* "https://host" or "https://host:port". In the arena. */
const char *bh_url_origin(struct bh_arena *arena, const struct bh_url *url);

/* Whether scheme, host and port are the same. */
bool bh_url_same_origin(const struct bh_url *a, const struct bh_url *b);

#endif
