/* SPDX-License-Identifier: Apache-2.0 */
/* child.h: the supervisor's operations on one process: start, probe, stop, clean up. Main thread only. */
#ifndef BH_SUPERVISOR_CHILD_H
#define BH_SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct supervisor;
struct supervisor_child;
struct supervisor_process;

/* Runs the command of its row; `succeeds`: beside the process that is there, to take its place. */
BH_MUST_CHECK int supervisor_child_launch(struct supervisor *supervisor,
	const struct supervisor_process *process, bool succeeds, struct supervisor_child *out);

/* Writes down which process groups there are, for the next start. */
void supervisor_child_save(struct supervisor *supervisor);

/* Starts it; a failure counts as an end, with its back-off. */
void supervisor_child_start(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms);

/* Asks it to drain and end. */
void supervisor_child_stop(struct supervisor_process *process, int64_t now_ms);

/* The same when it has served those it has, for a restart: its successor starts when it has ended. */
void supervisor_child_leave(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms);

/* Kills the group of a process that takes too long to start or to stop. */
void supervisor_child_hurry(struct supervisor_process *process, int64_t now_ms);

/* Asks whether it is ready, or reads the answer. True when it became ready by it. */
bool supervisor_child_probe(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms);

/* Ends the rest of its group and orphans we adopted; true once nothing is left. */
bool supervisor_child_clean(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms);

/* Rewrites the gateway's configuration, lets nginx check it and load it without dropping connections.
 * BH_E_CONFIG when the check fails: the running one stays. */
BH_MUST_CHECK int supervisor_child_reload(struct supervisor *supervisor,
	struct supervisor_process *process);

/* Runs `bulkhead step NAME` as a child of its own with the supervisor's stdout. */
void supervisor_child_extra(struct supervisor *supervisor, const char *name);

#endif
