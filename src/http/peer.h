/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h: what the files of the HTTP client share: connections, response heads, and the two kinds
 * of peer. Nobody outside src/http includes it. */
#ifndef BH_HTTP_PEER_H
#define BH_HTTP_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/macros.h"
#include "http/address.h"

#define BH_PEER_HEAD_MOST (32u * BH_KIB)
#define BH_PEER_HEADERS_MOST 100u

struct bh_http_call;
struct bh_http_reply;
struct bh_tls;

struct bh_http_client {
	_Atomic unsigned holders; /* whoever opened or holds it, and each reply under way */
	char *socket_path;        /* owned; Unix sockets */
	char *host;               /* owned; TCP and TLS: name or address without brackets */
	char *port;               /* owned */
	char *authority;          /* owned: what the Host header says */
	char *base;               /* owned: base path without the last slash, "" for none */
	char *ca_file;            /* owned; NULL: the system's certificates */
	struct {
		char *name, *value; /* owned; NULL: none */
	} always;
	bool tls;
	struct bh_addresses *pinned; /* owned; NULL: the host is looked up */
	unsigned idle_max;
	int64_t
		kept_ms; /* how long a connection is kept without use; 0: for as long as the peer keeps it */
	int64_t connect_ms;
	pthread_mutex_t lock; /* guards the lists and their counts */
	struct bh_peer *idle;
	struct bh_tls *idle_tls;
	unsigned n_idle;
	/* Of several addresses: this one has no connections then, its members have. */
	struct bh_http_client **members; /* owned */
	size_t n_members;
	_Atomic unsigned turn; /* which member is looked at first */
	/* Of a member: */
	_Atomic unsigned in_flight;   /* calls, until their replies are closed */
	_Atomic unsigned failures;    /* in a row */
	_Atomic int64_t out_until_ms; /* steady clock */
};

/* client.c: one call at one address; its reply holds the client. */
BH_MUST_CHECK int bh_peer_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out);
/* client_spread.c: the call at one member after the other, until one answers. */
BH_MUST_CHECK int bh_spread_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out);

/* A response's head as offsets into the text it was read from. */
struct bh_peer_head {
	int status;
	bool http10;
	size_t bytes; /* of the head, the empty line included */
	size_t n_headers;
	struct {
		uint32_t name, value;
	} headers[BH_PEER_HEADERS_MOST];
};

/* Reads a head from text[0..len), which it cuts into strings in place once it is whole.
 * 1: whole, 0: more is needed, BH_E_PROTOCOL: malformed or over a cap. */
BH_MUST_CHECK int bh_peer_head_parse(char *text, size_t len, struct bh_peer_head *out);

/* The value of a header; *out_count (may be NULL) tells how often it is there. */
const char *bh_peer_head_find(const struct bh_peer_head *head, const char *text, const char *name,
	unsigned *out_count);

/* How a body ends. */
enum bh_peer_framing { BH_PEER_EMPTY, BH_PEER_LENGTH, BH_PEER_CHUNKED, BH_PEER_UNTIL_CLOSE };

/* Decides it from the head, RFC 9112 §6.3; contradictions are BH_E_PROTOCOL. */
BH_MUST_CHECK int bh_peer_head_framing(const struct bh_peer_head *head, const char *text,
	const char *method, enum bh_peer_framing *out, int64_t *out_bytes);

/* Where a chunked body stands. */
enum bh_chunk_state {
	BH_CHUNK_SIZE,
	BH_CHUNK_DATA,
	BH_CHUNK_DATA_END,
	BH_CHUNK_TRAILER,
	BH_CHUNK_DONE
};
struct bh_chunks {
	enum bh_chunk_state state;
	uint64_t left; /* bytes of the current chunk not read yet */
	size_t trailer_bytes;
};

/* Takes framing from text[0..len): *out_used bytes consumed up to the next data (state DATA, `left`
 * bytes of it follow), the end (DONE), or the end of the text. BH_E_PROTOCOL. */
BH_MUST_CHECK int bh_chunks_feed(struct bh_chunks *chunks, const char *text, size_t len,
	size_t *out_used);

/* A call that continues for a while after its client has disconnected. */
struct bh_linger {
	int64_t most_ms;  /* 0: it does not */
	int64_t until_ms; /* steady clock; 0: the client is still there */
};
/* The client has disconnected: whether the call continues without watching it. False the second time. */
bool bh_linger_begin(struct bh_linger *linger, int *watch_fd);
/* The part of a wait that is left; shorter only once the client has left. */
int64_t bh_linger_left(const struct bh_linger *linger, int64_t timeout_ms);

/* One connection of ours, idle or serving a reply. */
struct bh_peer {
	bool tls;             /* false; first, as in struct bh_tls */
	struct bh_peer *next; /* in the idle list */
	struct bh_http_client *client;
	int fd;
	uint64_t file;    /* the socket file's number when it was connected; 0: none */
	int64_t rests_ms; /* since when it is idle; steady clock */
	bool reused;
	bool keep;        /* the peer keeps it open after this response */
	struct bh_buf in; /* owned: bytes received; the head lies at its start */
	size_t at;        /* body bytes before this were handed out */
	struct bh_peer_head head;
	enum bh_peer_framing framing;
	int64_t left; /* LENGTH: bytes of the body not handed out yet */
	struct bh_chunks chunks;
	bool ended;      /* the whole body was handed out */
	int64_t idle_ms; /* of the call */
	int watch_fd;
	struct bh_linger linger;
	const bool *cancel;
};

#define BH_PEER_READ_BYTES ((size_t)16 * BH_KIB)

/* The number of the file by which a peer is reached; 0: there is none. A successor puts its own there. */
uint64_t bh_peer_file(const struct bh_http_client *client);

/* More bytes into peer->in. Count, 0 at the peer's end, or an error of bh_peer_wait. */
ssize_t bh_peer_receive(struct bh_peer *peer, int64_t timeout_ms);
/* Ends the connection, or keeps it for the client's next call. */
void bh_peer_close(struct bh_peer *peer);
void bh_peer_keep(struct bh_peer *peer);
/* Closes the idle connections. */
void bh_peer_idle_close(struct bh_http_client *client);

/* A reply's impl is a bh_peer or a bh_tls; the first member tells. */

/* https, in client_tls.c; the same contract as the public calls. */
BH_MUST_CHECK int bh_tls_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out);
const char *bh_tls_header(const struct bh_tls *tls, const char *name);
ssize_t bh_tls_read(struct bh_tls *tls, char *out, size_t size);
bool bh_tls_wait(struct bh_tls *tls, int64_t wait_ms);
struct bh_http_client *bh_tls_client(const struct bh_tls *tls);
void bh_tls_release(struct bh_tls *tls); /* after a reply: kept or closed */
void bh_tls_idle_close(struct bh_http_client *client);

/* Opens a socket to the client's peer. BH_E_CONNECT, BH_E_GONE, BH_E_CANCELLED. */
BH_MUST_CHECK int bh_peer_connect(struct bh_http_client *client, const struct bh_http_call *call);

/* Waits for `events` on fd, the caller's client (watch_fd; 0 or less: none) and the cancel flag.
 * 0 when ready, BH_E_UPSTREAM_TIMEOUT, BH_E_GONE, BH_E_CANCELLED. */
BH_MUST_CHECK int bh_peer_wait(int fd, short events, int watch_fd, const bool *cancel,
	int64_t timeout_ms);

/* True when the socket to watch (0 or less: none) shows that its client has left. */
bool bh_peer_gone(int watch_fd);
/* The same, and in one look whether a kept connection (idle_fd; below 0: none) has ended or has bytes
 * nobody asked for. */
bool bh_peer_gone_or_stale(int watch_fd, int idle_fd, bool *out_stale);

/* client_tls.c: before libcurl is used; as often as one likes. */
void bh_tls_library_open(void);

#endif
