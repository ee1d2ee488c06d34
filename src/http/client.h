/* SPDX-License-Identifier: Apache-2.0 */
/* client.h: an HTTP/1.1 client with pooled keep-alive connections and time-outs.
 * Plain and Unix-socket peers go through our own lean code (client.c); https through libcurl
 * (client_tls.c). Same calls for both. */
#ifndef BH_HTTP_CLIENT_H
#define BH_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/macros.h"
#include "http/exchange.h" /* struct bh_http_header */

/* One peer and its idle connections. Thread-safe.
 *
 * A peer with several addresses is one client: each call goes to the address with the fewest calls under way.
 * An address that cannot be connected to, breaks off before it answers, or answers 503 with BH_HTTP_UNREADY
 * is left out for a moment, longer each time; if all are, the one whose moment ends first is tried all the
 * same. The call is then made at another address, if nothing of it was sent, if it is repeatable, or if
 * BH_HTTP_UNREADY says that nothing was done. */
struct bh_http_client;
struct bh_addresses;

/* A header of a service's answer: it does not serve (yet, or any more), and did nothing. */
#define BH_HTTP_UNREADY "x-bulkhead-unready"

struct bh_http_client_conf {
	const char *url; /* "unix:/run/x.sock", "http://host:port/base", "https://host/base"; copied */
	bool several;    /* the URL may be several, divided by blanks (http/endpoint.h) */
	unsigned idle_max; /* connections kept */
	int64_t connect_ms;
	const char *
		ca_file; /* https: certificates to trust (PEM), and no others; NULL: the system's; copied */
	/* Sent with each call that does not go over a Unix socket, in the place of one of that name that the call
	 * has; NULL: none; copied. */
	const struct bh_http_header *always;
	/* Connections go to these addresses, whatever the URL's name leads to, which stays what the Host header and TLS
	 * say; NULL: the name is looked up for each. Copied. For http/fetch.h. */
	const struct bh_addresses *pinned;
};

/* BH_E_INVALID for a URL that is none of these forms. The caller holds the client. */
BH_MUST_CHECK int bh_http_client_open(const struct bh_http_client_conf *conf,
	struct bh_http_client **out);
/* Adds a holder, who must close it as well. */
struct bh_http_client *bh_http_client_hold(struct bh_http_client *client);
/* Releases it. The last holder, which may be a reply in progress, frees it with its idle connections.
 * Safe on NULL. */
void bh_http_client_close(struct bh_http_client *client);

/* Its addresses, each as a client of its own, which lives as long: for what must be told to all of them. */
size_t bh_http_client_count(const struct bh_http_client *client);
struct bh_http_client *bh_http_client_at(struct bh_http_client *client, size_t index);
static inline bool
bh_http_client_has_several(const struct bh_http_client *client)
{
	return bh_http_client_count(client) > 1;
}

struct bh_http_call {
	const char *method;
	const char *path; /* behind the URL's base path, with query; must start with '/' */
	const struct bh_http_header *headers;
	size_t n_headers; /* host, content-length, connection and accept-encoding: identity are ours */
	const void *body;
	size_t body_len;
	int body_fd;           /* >0: body comes from this file instead, body_len bytes */
	int64_t body_offset;   /* where in it the body begins */
	int64_t first_byte_ms; /* longest wait for the response's head */
	int64_t idle_ms;       /* longest wait between two reads of the body */
	int watch_fd; /* a client's socket: its hang-up ends the call with BH_E_GONE; 0 or -1: none */
	int64_t linger_ms;  /* how long an answer is awaited after that hang-up all the same; 0: not */
	const bool *cancel; /* polled about every 200 ms; true ends with BH_E_CANCELLED; NULL: none */
	/* May be sent again when a kept connection turns out to be dead, or to another of the peer's addresses
	 * when this one broke off. */
	bool repeatable;
};

/* A response whose head was read. Zeroed means none. Not shared between threads. */
struct bh_http_reply {
	int status;
	void *impl; /* owned */
	bool sent;  /* bytes of the request had left when it failed */
};

/* Errors: BH_E_CONNECT (nothing was sent), BH_E_UPSTREAM_TIMEOUT, BH_E_PROTOCOL (malformed, over
 * the header cap of 32 KiB, cut off), BH_E_GONE, BH_E_CANCELLED. `out->sent` is valid on failure too. */
BH_MUST_CHECK int bh_http_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out);

/* A response header, NULL if absent; borrowed from the reply. */
const char *bh_http_reply_header(const struct bh_http_reply *reply, const char *name);

/* Bytes of the body as they arrive (de-chunked): count, 0 at the end, or a negative error as above.
 * A body that ends early is BH_E_PROTOCOL, never 0. */
ssize_t bh_http_reply_read(struct bh_http_reply *reply, char *out, size_t size);

/* The rest of the body, at most `max` bytes: BH_E_TOO_LARGE beyond. */
BH_MUST_CHECK int bh_http_reply_body(struct bh_http_reply *reply, size_t max, struct bh_buf *out);

/* Keeps the connection if the body was read to its end; otherwise closes it (by which the peer learns
 * that the response is no longer wanted). Safe on a zeroed reply, and twice. */
void bh_http_reply_close(struct bh_http_reply *reply);

/* Waits until `fd` can be read: 0, BH_E_UPSTREAM_TIMEOUT after timeout_ms, BH_E_GONE, BH_E_CANCELLED;
 * watch_fd and cancel as in struct bh_http_call. */
BH_MUST_CHECK int bh_http_wait(int fd, int watch_fd, const bool *cancel, int64_t timeout_ms);

/* For callers that poll several sources: the peer's socket, or -1 (TLS). */
int bh_http_reply_fd(const struct bh_http_reply *reply);

/* Waits for so long until there is something to read, or the end or a failure: true. */
bool bh_http_reply_wait(struct bh_http_reply *reply, int64_t wait_ms);

/* True when a read would not wait, for what it answers has left the socket already: to be asked before
 * a poll. Always false for TLS. */
bool bh_http_reply_pending(struct bh_http_reply *reply);

#endif
