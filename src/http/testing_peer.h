/* SPDX-License-Identifier: Apache-2.0 */
/* testing_peer.h: a peer that says on each connection what a test's script says. Tests only. */
#ifndef BH_HTTP_TESTING_PEER_H
#define BH_HTTP_TESTING_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "http/client.h"

#define TESTING_PEER_MOST 8

/* What the peer says on its n-th connection, in order, one entry for each request it has read.
 * NULL closes; TESTING_PEER_HOLD keeps still until the client leaves, TESTING_PEER_STALL does not even
 * read; "<" before text: without a request read. Text is borrowed until testing_peer_close. */
#define TESTING_PEER_HOLD "HOLD"
#define TESTING_PEER_STALL "STALL"

struct testing_peer {
	char dir[64];
	char path[96];
	int listener;
	pthread_t thread;
	const char *script[TESTING_PEER_MOST][TESTING_PEER_MOST];
	atomic_int connections;
	atomic_int requests;
	atomic_bool left; /* the client hung up on a TESTING_PEER_HOLD */
	char last_request[8192];
	size_t last_len;
	struct bh_http_client *client;
	struct bh_http_reply reply;
	struct bh_buf body;
};

#define TESTING_PEER_OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* Setup and teardown of a test; *state is a struct testing_peer with a client to it. */
int testing_peer_open(void **state);
int testing_peer_close(void **state);

/* The peer's thread, for one on another socket. */
void *testing_peer_serve(void *arg);

/* A small POST. */
struct bh_http_call testing_peer_request(void);
/* The call, its body, and the reply closed again. */
int testing_peer_exchange(struct testing_peer *fix, const struct bh_http_call *call);
int testing_peer_exchange_plain(struct testing_peer *fix);

#endif
