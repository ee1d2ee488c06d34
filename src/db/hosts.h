/* SPDX-License-Identifier: Apache-2.0 */
/* hosts.h: the servers that a conninfo names, and the order in which they are tried. Private to src/db.
 *
 * libpq goes through several hosts by itself, but to one that never answers it gives the whole time of a
 * connection that is driven as ours are. So each is tried by itself, with its share of the time. */
#ifndef BH_DB_HOSTS_H
#define BH_DB_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"

enum { BH_HOSTS_MAX = 16 };

/* One server; NULL: what the conninfo says for all. */
struct bh_host {
	const char *host;
	const char *address; /* hostaddr */
	const char *port;
};

/* Zeroed: none is named. */
struct bh_hosts {
	struct bh_host each[BH_HOSTS_MAX]; /* in the arena */
	size_t n;                          /* 1: whatever the conninfo says, also nothing */
	bool standby_first;                /* target_session_attrs=prefer-standby: two rounds */
	bool shuffled;                     /* load_balance_hosts=random */
	bool attributes;                   /* target_session_attrs is named */
};

/* BH_E_CONFIG if it cannot be read, or names more servers than fit. */
BH_MUST_CHECK int bh_hosts_parse(struct bh_arena *arena, const char *conninfo,
	struct bh_hosts *out);

#endif
