/* SPDX-License-Identifier: Apache-2.0 */
/* testing_server.h: a server on a real Unix socket that answers as its tests need it. Tests only. */
#ifndef BH_HTTP_TESTING_SERVER_H
#define BH_HTTP_TESTING_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/server.h"

struct testing_server {
	char dir[64];
	char path[96];
	struct bh_http_server *server;
	int go[2];         /* a byte here lets the waiting stream go on */
	atomic_int closed; /* streams closed */
	atomic_int done_whole;
	atomic_int done_broken;
	atomic_int gone;  /* handlers that saw their client leave */
	atomic_bool held; /* a handler or stream waits */
	/* What a body without a declared length was last granted, and the most it may be. */
	atomic_long granted_memory, granted_spool, grow_most;
};

/* Setup and teardown of a test; *state is a struct testing_server. */
int testing_server_open(void **state);
int testing_server_close(void **state);

/* What the server is made of, for a second one: /stream, /file and /wait answer so, every other path
 * describes the request. */
int64_t testing_server_admit(void *ctx, struct bh_http_exchange *exchange);
int testing_server_grow(void *ctx, struct bh_http_exchange *exchange, int64_t memory_bytes,
	int64_t spool_bytes);
void testing_server_handle(void *ctx, struct bh_http_exchange *exchange);

/* A client's side in raw bytes: connects; sends; reads until the text holds `until`, or the end. */
int testing_server_dial(const struct testing_server *fix);
void testing_server_say(int fd, const char *text);
size_t testing_server_hear(int fd, char *out, size_t size, const char *until);

/* Waits for a counter's value; for a handler or stream that waits for the test. */
void testing_server_await(atomic_int *counter, int value);
void testing_server_await_held(struct testing_server *fix);

#endif
