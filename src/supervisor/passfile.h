/* SPDX-License-Identifier: Apache-2.0 */
/* passfile.h: of the operator's PGPASSFILE, each service gets the lines of its own role only. */
#ifndef BH_SUPERVISOR_PASSFILE_H
#define BH_SUPERVISOR_PASSFILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"

struct supervisor_place;

/* The file's lines that hold for a role, by their fourth field; comments go. */
void supervisor_passfile_select(const char *text, const char *role, struct bh_buf *out);

/* Started by root: reads the file that PGPASSFILE names and writes what is the service's own to a file
 * that only its user can read. *out is that file's path in the arena. By an ordinary user all
 * services are the same, and *out is the operator's file. NULL when PGPASSFILE is not set.
 * BH_E_CONFIG when others may read the operator's file: libpq would pass over it in silence. */
BH_MUST_CHECK int supervisor_passfile_make(struct bh_arena *arena,
	const struct supervisor_place *place, const char *service, const char **out);

/* For a process without a supervisor, by its name. Where files come with a group that may read them, as secrets that
 * are mounted into a container do, libpq would pass over one in silence: its lines (a service's: those of its own role)
 * are written to the run folder for our user alone, and PGPASSFILE names that. BH_E_CONFIG when all users may read it. */
BH_MUST_CHECK int supervisor_passfile_adopt(struct bh_arena *arena,
	const struct supervisor_place *place, const char *process, bool is_service);

#endif
