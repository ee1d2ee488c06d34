/* SPDX-License-Identifier: Apache-2.0 */
/* idle.h: closes connections whose client is to send something and does not. libmicrohttpd's own limit
 * cannot do it: from 1.0 on, with a thread per connection, its clock also runs while a stream pauses,
 * so that it must be set far longer. */
#ifndef BH_HTTP_IDLE_H
#define BH_HTTP_IDLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* One connection, between bh_http_idle_add and _remove. Owned by the caller. */
struct bh_http_socket {
	struct bh_http_socket *next, **link;
	int fd;                   /* borrowed */
	_Atomic int64_t since_ms; /* when the client's turn began, by the steady clock; 0: it is ours */
	atomic_bool begun;        /* a part of a request has come */
};

/* All connections of a server and the thread that looks at them. */
struct bh_http_idle {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct bh_http_socket *first;
	int64_t limit_ms;
	int64_t between_ms; /* the same between two requests */
	pthread_t thread;
	bool stop;
};

/* Starts the thread. A connection is closed once its client's turn has lasted limit_ms, at most an
 * eighth of that later. */
BH_MUST_CHECK int bh_http_idle_open(struct bh_http_idle *idle, int64_t limit_ms);

/* Connections may be idle for less time between two requests from now on. */
void bh_http_idle_shorten(struct bh_http_idle *idle, int64_t between_ms);

/* Ends the thread. No connection is left by then. */
void bh_http_idle_close(struct bh_http_idle *idle);

/* It is the client's turn from the start. The descriptor stays open until _remove has returned. */
void bh_http_idle_add(struct bh_http_idle *idle, struct bh_http_socket *socket, int fd);
void bh_http_idle_remove(struct bh_http_idle *idle, struct bh_http_socket *socket);

/* A request begins, or has ended. */
void bh_http_idle_begin(struct bh_http_socket *socket, bool begun);

/* The client's turn begins (anew: something has come), or ends. */
void bh_http_idle_await(struct bh_http_socket *socket);
void bh_http_idle_rest(struct bh_http_socket *socket);

#endif
