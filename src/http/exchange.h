/* SPDX-License-Identifier: Apache-2.0 */
/* exchange.h: one request to our server as its handler sees it, and the ways to answer. */
#ifndef BH_HTTP_EXCHANGE_H
#define BH_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/macros.h"

struct bh_http_connection; /* libmicrohttpd's side of one exchange */

struct bh_http_header {
	const char *name; /* compared without case */
	const char *value;
};

/* One request as it came, and room for its answer. Valid during the handler (and the stream). */
struct bh_http_exchange {
	struct bh_http_connection *connection;
	struct bh_arena *arena; /* lives until the answer was sent */
	const char *method;     /* "POST" */
	const char *path;       /* raw: percent-escapes as sent, no query */
	const char *query;      /* raw text after '?', or NULL */
	struct {
		const char *data;
		size_t len;
	} body;      /* in memory; empty when spooled */
	int body_fd; /* unlinked temporary file at offset 0 when spooled, else -1 */
	int64_t body_bytes;
	int64_t declared_bytes; /* of body, as the head says; -1: it does not (chunked) */
	bool body_too_large;    /* over what `admit` allowed: nothing was kept */
	void *admitted;         /* what `admit` left here */
	int body_error; /* it could not be kept: BH_E_NO_ROOM, BH_E_UNAVAILABLE, or of `grow`; else 0 */
};

/* The value of a request header, borrowed from the connection; NULL if absent or if it holds a NUL. */
const char *bh_http_header(const struct bh_http_exchange *exchange, const char *name);

/* The decoded value of a query parameter, in the arena; NULL if absent. BH_E_INVALID for bad
 * escapes, NUL or invalid UTF-8. */
BH_MUST_CHECK int bh_http_query(const struct bh_http_exchange *exchange, const char *name,
	const char **out);

/* Percent-decodes `len` bytes into the arena; `plus` reads + as a blank (query strings).
 * BH_E_INVALID for bad escapes, NUL or invalid UTF-8. */
BH_MUST_CHECK int bh_http_decode(struct bh_arena *arena, const char *text, size_t len, bool plus,
	const char **out);

/* True once the client's side of the connection is closed or broken (poll, does not block). */
bool bh_http_client_gone(const struct bh_http_exchange *exchange);
/* The client's socket, to poll for POLLRDHUP beside another source. */
int bh_http_client_fd(const struct bh_http_exchange *exchange);

/* The whole answer at once. Headers are copied. Content-Type is among them. */
void bh_http_answer(struct bh_http_exchange *exchange, int status,
	const struct bh_http_header *headers, size_t n_headers, const void *body, size_t len);

/* The same; takes the body, which is of malloc. */
void bh_http_answer_taken(struct bh_http_exchange *exchange, int status,
	const struct bh_http_header *headers, size_t n_headers, void *body, size_t len);

/* A file, or a part of it, as the answer's body; takes fd. */
void bh_http_answer_file(struct bh_http_exchange *exchange, int status,
	const struct bh_http_header *headers, size_t n_headers, int fd, int64_t start, int64_t bytes);

/* A response body that is pulled: `next` blocks until it has bytes (poll your source AND the client),
 * writes up to `size` and returns the count, 0 at the end, negative to close the connection. `close`
 * runs exactly once, also if the client disconnects. */
struct bh_http_stream {
	ssize_t (*next)(void *state, char *out, size_t size);
	void (*close)(void *state);
	void *state;
	int64_t bytes; /* of the whole body, if that is known: an end before it is an error; else 0 */
};
void bh_http_answer_stream(struct bh_http_exchange *exchange, int status,
	const struct bh_http_header *headers, size_t n_headers, const struct bh_http_stream *stream);

#endif
