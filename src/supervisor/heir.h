/* SPDX-License-Identifier: Apache-2.0 */
/* heir.h: a restart that no client notices: the successor of a service, or of the chat engine, is ready before the old
 * process is asked to leave, and that one serves those it has to the end. Main thread only. */
#ifndef BH_SUPERVISOR_HEIR_H
#define BH_SUPERVISOR_HEIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct supervisor;
struct supervisor_process;

/* Starts a successor beside a process that is ready. One that cannot be started sets heir_failed. */
void supervisor_heir_start(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms);

/* Puts the successor into the place of its predecessor once it answers by its socket, or when that one is gone; gives
 * it up when it takes too long, or when everything stops. */
void supervisor_heir_step(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms);

/* A child has ended: true if it was a successor or a predecessor. */
bool supervisor_heir_reap(struct supervisor *supervisor, pid_t pid, int status);

/* Hurries predecessors when everything stops, or when they take too long. */
void supervisor_heir_hurry(struct supervisor *supervisor, int64_t now_ms);

#endif
