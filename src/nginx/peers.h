/* SPDX-License-Identifier: Apache-2.0 */
/* peers.h: the services as the gateway reaches them: addresses, trust, and the secret that it shows. Only
 * src/nginx includes it. */
#ifndef BH_NGINX_PEERS_H
#define BH_NGINX_PEERS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "http/endpoint.h"
#include "service/services.h"

struct bh_places;

struct bh_nginx_names;

#define BH_NGINX_SERVERS_MOST 128u

struct bh_nginx_peer {
	const char *name;
	struct bh_endpoint list[BH_NGINX_SERVERS_MOST]; /* one for each address of each name */
	size_t n;                                       /* 0: its names have no address yet */
	struct bh_endpoint_part host;                   /* of the first, as it was set */
	bool tls;
};

/* As in struct bh_nginx_conf; all borrowed. */
struct bh_nginx_reach {
	const char *run_dir, *wire, *wire_also;
	const struct bh_places *places;
	const struct bh_nginx_names *names; /* NULL: nginx looks them up */
};

/* Zeroed means none. */
struct bh_nginx_peers {
	struct bh_nginx_reach by;
	struct bh_nginx_peer *list; /* in the arena */
	size_t n;
	struct bh_endpoint private; /* where the gateway listens for other processes */
	bool remote, tls;           /* some are reached so */
};

/* Reads the addresses. BH_E_CONFIG: what is reached over TCP needs the secret, what is by TLS a CA file. */
BH_MUST_CHECK int bh_nginx_peers_collect(struct bh_arena *arena, const struct bh_nginx_reach *by,
	const struct bh_service *const *services, struct bh_nginx_peers *out);

/* Every service is in it. */
const struct bh_nginx_peer *bh_nginx_peers_find(const struct bh_nginx_peers *peers,
	const char *name);

/* An address as nginx writes it in `server` and `listen`. */
void bh_nginx_peer_address(const struct bh_endpoint *at, struct bh_buf *out);

/* The lines of a location that passes to the service; and that of them which names it for TLS: the host of its
 * first address, which the certificates of all must bear. */
void bh_nginx_peer_write_pass(const struct bh_nginx_peer *peer, const char *indent,
	struct bh_buf *out);
void bh_nginx_peer_write_name(const struct bh_nginx_peer *peer, const char *indent,
	struct bh_buf *out);

/* Of the http block: the sockets of services, for a successor's to be seen. */
void bh_nginx_peers_write_sockets(const struct bh_nginx_peers *peers, struct bh_buf *out);

/* Of the http block, or where headers are set anew. */
void bh_nginx_peers_write_trust(const struct bh_nginx_peers *peers, struct bh_buf *out);
void bh_nginx_peers_write_wire(const struct bh_nginx_peers *peers, const char *indent,
	struct bh_buf *out);

/* Of the private server. */
void bh_nginx_peers_write_listen(const struct bh_nginx_peers *peers, struct bh_buf *out);

/* A file name for nginx: what its grammar, its variables or a line end could change is refused. */
BH_MUST_CHECK int bh_nginx_check_file(const char *what, const char *path);

#endif
