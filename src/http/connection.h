/* SPDX-License-Identifier: Apache-2.0 */
/* connection.h: libmicrohttpd's side of one exchange. Only server.c includes it. */
#ifndef BH_HTTP_CONNECTION_H
#define BH_HTTP_CONNECTION_H

#include "base/buf.h"
#include "http/exchange.h"
#include "http/idle.h"

struct MHD_Connection;
struct bh_http_server;

/* One exchange and everything that ends with it. */
struct bh_http_connection {
	struct bh_http_exchange exchange;
	struct bh_http_server *server; /* borrowed; outlives every exchange */
	struct MHD_Connection *mhd;    /* borrowed */
	unsigned idle_s;               /* what its clock is set to */
	struct bh_arena arena;         /* owned */
	struct bh_buf body;            /* owned: the body while it is in memory */
	int64_t body_bytes_most;       /* what `admit` allowed */
	int64_t body_bytes_granted;    /* of a body without a declared length: what `grow` allowed */
	struct bh_http_socket *socket; /* borrowed: outlives the exchange */
	bool admitted;
	bool answered;
	bool broken; /* the answer could not be queued: close the connection */
	bool streaming;
	struct bh_http_stream stream; /* owned while streaming */
};

/* Restarts libmicrohttpd's clock, which otherwise counts a handler's own time as the client's silence
 * and cuts the connection before the answer. */
void bh_http_connection_touch(struct bh_http_connection *connection);

#endif
