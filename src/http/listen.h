/* SPDX-License-Identifier: Apache-2.0 */
/* listen.h: sockets that a server listens on. Only server.c includes it. */
#ifndef BH_HTTP_LISTEN_H
#define BH_HTTP_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/macros.h"
#include "http/endpoint.h"

/* The file of a Unix socket that we made. Zeroed means none. */
struct bh_listen_file {
	char *path; /* owned */
	dev_t dev;
	ino_t ino;
};

/* A listening Unix socket in the place of one that may be there. The descriptor, BH_E_CONFIG or BH_E_IO. */
BH_MUST_CHECK int bh_listen_unix(const char *path, unsigned mode, struct bh_listen_file *out);

/* A listening TCP socket; a name is looked up, and its first address taken. As above; BH_E_CONFIG where this
 * machine has no such address or the port is taken. */
BH_MUST_CHECK int bh_listen_tcp(const struct bh_endpoint *at);

/* Removes the file unless a successor has put its own there. */
void bh_listen_file_close(struct bh_listen_file *file);

/* Whether a successor has. */
bool bh_listen_file_replaced(const struct bh_listen_file *file);

/* Nobody begins a connection to this TCP socket any more, while those that have begun still reach it: a socket that
 * is just closed resets them. False where the system cannot. */
bool bh_listen_tcp_hush(int fd);

#endif
