/* SPDX-License-Identifier: Apache-2.0 */
/* lock.h: one instance per home, and one listener per address. */
#ifndef BH_SUPERVISOR_LOCK_H
#define BH_SUPERVISOR_LOCK_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/macros.h"

struct supervisor_place;

/* Takes the home's lock and writes this process's pid and address into it. BH_E_EXISTS with a
 * detail that names the holder. The lock goes with the descriptor, so also with a killed process. */
BH_MUST_CHECK int supervisor_lock_take(const struct supervisor_place *place, const char *url,
	int *out_fd);

/* The process that holds the home's lock. BH_E_NOT_FOUND when nobody does. */
BH_MUST_CHECK int supervisor_lock_holder(const struct supervisor_place *place, pid_t *out_pid);

/* The address that process serves, in the arena; NULL when nobody holds the lock. It may be another
 * than this command's settings say. */
const char *supervisor_lock_url(struct bh_arena *arena, const struct supervisor_place *place);

/* BH_E_EXISTS with the name of the process that listens on host:port; BH_E_CONFIG for an address
 * that this machine does not have. */
BH_MUST_CHECK int supervisor_lock_port(const char *listen);

#endif
