/* SPDX-License-Identifier: Apache-2.0 */
/* server.h: an HTTP/1.1 server on a Unix or TCP socket, plain or by TLS: libmicrohttpd, a thread per connection.
 * server.c and connection.c are the only files that know libmicrohttpd. */
#ifndef BH_HTTP_SERVER_H
#define BH_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "http/exchange.h"

struct bh_http_server;

struct bh_http_server_conf {
	const char *socket_path; /* borrowed; an old socket file there is replaced */
	/* Without a path: "unix:/run/x.sock", "http://host:port" or "https://host:port" (http/endpoint.h). */
	const char *listen;
	const char *cert_file, *key_file; /* https: PEM, the chain from the server's own on; borrowed */
	int socket_fd;                    /* with neither: a listening socket, closed with the server */
	unsigned socket_mode;             /* 0660 */
	unsigned connections_max;
	/* A connection on which no byte of a request comes, or none of an answer leaves, for so long is
	 * closed; a handler and a stream may take longer. With libmicrohttpd from 1.0 on the limit of
	 * answers is twelve times as long, and a stream that pauses for longer than that is cut. */
	int64_t idle_s;
	size_t body_memory_max; /* larger bodies are spooled to spool_dir */
	const char *spool_dir;
	void *ctx;
	/* Called after the headers: the maximum size of the body of this request (0: none). */
	int64_t (*admit)(void *ctx, struct bh_http_exchange *exchange);
	/* Called before more of a body without a declared length is stored, with its new size in memory and
	 * in the spool; an error drops the body and becomes its body_error. May be NULL. */
	int (*grow)(void *ctx, struct bh_http_exchange *exchange, int64_t memory_bytes,
		int64_t spool_bytes);
	/* Called after the body, in the connection's thread; must answer exactly once. A client that asks
	 * before it sends a body over what `admit` allowed is answered without one. */
	void (*handle)(void *ctx, struct bh_http_exchange *exchange);
	/* Called last, once for every exchange that `admit` saw: the answer was sent (`whole`) or the
	 * connection broke before. A stream's `close` has run, the arena still lives. May be NULL. */
	void (*done)(void *ctx, struct bh_http_exchange *exchange, bool whole);
};

BH_MUST_CHECK int bh_http_server_open(const struct bh_http_server_conf *conf,
	struct bh_http_server **out);
/* An end that no client notices. Nobody connects any more (those of a Unix socket reach the successor that has put its
 * own there, those of TCP are refused), but whoever is connected is served until they close the connection: who sends
 * on a kept connection must not find it closed at that moment. A client that does not send for idle_ms, which has to
 * be longer than clients keep their side, is closed. Returns when nobody is left, after drain_ms, or when `hurry`
 * (may be NULL) says so; bh_http_server_close follows. Answers should carry `connection: close` meanwhile. */
void bh_http_server_drain(struct bh_http_server *server, int64_t drain_ms, int64_t idle_ms,
	bool (*hurry)(void *ctx), void *ctx);
/* Whether a successor has put its Unix socket in the place of ours. */
bool bh_http_server_replaced(const struct bh_http_server *server);
/* Stops accepting, waits up to drain_ms for running exchanges, then cuts them. */
void bh_http_server_close(struct bh_http_server *server, int64_t drain_ms);
/* Exchanges under way, from the request line until the answer was sent. */
unsigned bh_http_server_running(const struct bh_http_server *server);

#endif
