/* SPDX-License-Identifier: Apache-2.0 */
/* place.h: where this instance lies: state, sockets, programs, and what came with the executable. */
#ifndef BH_SUPERVISOR_PLACE_H
#define BH_SUPERVISOR_PLACE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/macros.h"

/* All paths are absolute and live in the arena of supervisor_place_find. */
struct supervisor_place {
	bool as_root;           /* started by root: services run as users of their own */
	const char *home;       /* state */
	const char *run;        /* sockets; short, because a socket's path ends at 107 bytes */
	const char *logs;       /* home/logs */
	const char *conf;       /* home/bulkhead.conf */
	const char *programs;   /* PostgreSQL, engine, models: manifest.json tells where */
	const char *executable; /* of this process */
	const char *tree;       /* holds what came with the executable: bin, lib, share */
	const char *source;     /* the checkout it was built from; may be gone */
	const char *control;    /* run/control.sock */
};

/* Reads BULKHEAD_HOME, BULKHEAD_RUN and BULKHEAD_PROGRAMS; without them root has /var/lib/bulkhead,
 * /run/bulkhead and /opt/bulkhead, and an ordinary user the checkout's var/. Touches nothing.
 * BH_E_CONFIG. */
BH_MUST_CHECK int supervisor_place_find(struct bh_arena *arena, struct supervisor_place *out);

/* A file that came with the executable: tree/share/NAME, or the checkout's own when it was run from
 * a build folder. NULL when it is in neither. */
const char *supervisor_place_share(struct bh_arena *arena, const struct supervisor_place *place,
	const char *name);

/* Where a process of this instance listens (BH_SOCKET). */
const char *supervisor_place_socket(struct bh_arena *arena, const struct supervisor_place *place,
	const char *name);

#endif
