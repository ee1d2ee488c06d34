/* SPDX-License-Identifier: Apache-2.0 */
/* launch.h: starts one child in a session and process group of its own, under its own user. */
#ifndef BH_SUPERVISOR_LAUNCH_H
#define BH_SUPERVISOR_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"

/* A system user that services run as. */
struct supervisor_user {
	uid_t uid;
	gid_t gid;
	gid_t shared; /* the group `bulkhead` */
};

struct supervisor_launch {
	char *const *argv; /* argv[0] is the file, absolute */
	char *const *environment;
	const char *folder;                 /* working folder */
	const struct supervisor_user *user; /* NULL: as the supervisor */
	bool low_port;        /* keeps the right to listen below 1024 over the change of user */
	int output;           /* becomes stdout and stderr; -1: the supervisor's own */
	int keep;             /* a descriptor that survives exec under its own number; -1: none */
	int orphan_signal;    /* what it gets when the supervisor dies */
	int64_t memory_bytes; /* most address space, its children's too; 0: no limit */
	int niceness;         /* nice value; at least 0 */
};

/* Call from the supervisor's main thread only: the orphan signal is tied to the life of the thread
 * that forked. Returns when the child has become the program; BH_E_IO tells which step failed. */
BH_MUST_CHECK int supervisor_launch(const struct supervisor_launch *launch, pid_t *out_pid);

/* Runs another program to its end; its output goes where ours goes. BH_E_IO unless it ended with status
 * 0. Only where no other child is waited for: before the supervisor's loop, or in a step. */
BH_MUST_CHECK int supervisor_launch_tool(const char *const argv[], char *const environment[]);

#endif
