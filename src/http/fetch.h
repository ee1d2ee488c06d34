/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.h: the one way to an address that somebody outside has named: a picture's URL, a webhook, a tool.
 *
 * A name is looked up once, and refused unless every address it has belongs to everybody's internet (http/address.h); the
 * connection then goes to these addresses and no others, so that an answer that changes in between changes nothing. A
 * redirect is an address like the first one, and begins again. What a lint (tests/lint_sources.py) does not know as an
 * operator's own address must be reached through here. */
#ifndef BH_HTTP_FETCH_H
#define BH_HTTP_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "http/client.h"
#include "http/url.h"

struct bh_arena;
struct bh_fetch_settings;

#define BH_FETCH_HOPS_MOST 8u

/* What a process fetches with. Thread-safe. */
struct bh_fetcher;

/* The settings' text is borrowed and outlives it; NULL: nothing is opened. BH_E_CONFIG, BH_E_MEMORY. */
BH_MUST_CHECK int bh_fetcher_open(const struct bh_fetch_settings *settings,
	struct bh_fetcher **out);
/* After the last bh_fetch_close. Safe on NULL. */
void bh_fetcher_close(struct bh_fetcher *fetcher);

struct bh_fetch {
	const struct bh_uuid *tenant; /* who asked for it */
	const char *method;           /* NULL: GET */
	const char *url;
	/* Of these only accept, accept-language, content-type and user-agent are sent to another origin than the first.
	 * host, content-length, connection and accept-encoding are not the caller's. */
	const struct bh_http_header *headers;
	size_t n_headers;
	const void *body; /* sent to the first origin only */
	size_t body_len;
	unsigned
		hops_most; /* redirects to follow, at most BH_FETCH_HOPS_MOST; 0: a redirect is the answer */
	size_t bytes_most; /* of the answer's body */
	int64_t
		first_byte_ms; /* longest wait for the head of an answer, and between two pieces of its body */
	int64_t total_ms;    /* for all of it, from the look-up of the name to the end of the body */
	const char *ca_file; /* NULL: fetch.ca_file */
	bool any_private;    /* the operator has opened every private address to this caller */
	int watch_fd;        /* as in struct bh_http_call */
	const bool *cancel;  /* likewise */
};

/* An answer whose head was read. Zeroed means none. Not shared between threads. */
struct bh_fetched {
	int status;
	struct bh_url url; /* where it came from, after redirects; in the arena of bh_fetch */
	/* private: */
	struct bh_http_reply reply;
	bool began; /* some of the body was asked for */
	size_t bytes_left;
	int64_t until_ms, idle_ms; /* until: of the steady clock */
	int watch_fd;
	const bool *cancel;
};

/* Sends it and reads the head of the answer, of any status. Errors:
 *     BH_E_INVALID            the URL, or one that it redirects to, is malformed
 *     BH_E_URL_REFUSED        it may not be reached: not public, http, too many redirects, a redirect with a body to
 *                             another origin
 *     BH_E_CONNECT            the host is unknown, does not answer, or its certificate is not trusted
 *     BH_E_UPSTREAM_TIMEOUT   one of the times is over
 *     BH_E_PROTOCOL           not HTTP, or an answer with a content-encoding, which nobody asked for
 *     BH_E_BUSY               the tenant has too many look-ups under way
 *     BH_E_GONE, BH_E_CANCELLED
 * Details name the host and never an address. */
BH_MUST_CHECK int bh_fetch(struct bh_fetcher *fetcher, struct bh_arena *arena,
	const struct bh_fetch *ask, struct bh_fetched *out);

/* A response header, NULL if absent; borrowed from the answer. */
const char *bh_fetch_header(const struct bh_fetched *fetched, const char *name);

/* Bytes of the body as they arrive: count, 0 at the end; BH_E_TOO_LARGE past bytes_most, which a content-length is
 * held to at the first read, and errors as above. */
ssize_t bh_fetch_read(struct bh_fetched *fetched, char *out, size_t size);

/* The rest of the body, behind what is in *out. */
BH_MUST_CHECK int bh_fetch_body(struct bh_fetched *fetched, struct bh_buf *out);

/* Safe on a zeroed one, and twice. */
void bh_fetch_close(struct bh_fetched *fetched);

/* What a client that named the URL as `param` is told of a failure: BH_E_URL_REFUSED and BH_E_URL_FAILED with the
 * detail; what is no matter of the URL (BH_E_GONE, BH_E_CANCELLED, BH_E_BUSY, BH_E_MEMORY) as it is. */
int bh_fetch_failure(int rc, const char *param);

#endif
