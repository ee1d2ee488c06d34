/* SPDX-License-Identifier: Apache-2.0 */
/* pipe.h: other programs between two descriptors. */
#ifndef BH_BACKUP_PIPE_H
#define BH_BACKUP_PIPE_H

#include <sys/types.h>

#include "base/macros.h"

/* A program that runs. Zeroed means none. */
struct backup_child {
	const char *program; /* borrowed */
	pid_t pid;
};

/* Starts a program with these as stdin and stdout (-1: nothing, and our stderr). BH_E_IO. */
BH_MUST_CHECK int backup_pipe_start(const char *const argv[], int in, int out,
	struct backup_child *child);
/* Waits for its end; BH_E_IO unless that was with status 0. */
BH_MUST_CHECK int backup_pipe_end(struct backup_child *child);
/* Kills one that still runs; safe on a zeroed one, and twice. */
void backup_pipe_close(struct backup_child *child);

/* Both ends of a pipe that no child inherits: 0 to read from, 1 to write to. BH_E_IO. */
BH_MUST_CHECK int backup_pipe_open(int out_ends[2]);

/* Starts a program whose output is read at *out_fd. */
BH_MUST_CHECK int backup_pipe_source(const char *const argv[], int *out_fd,
	struct backup_child *child);

/* Waits until there is something to read, or its end. BH_E_IO. */
BH_MUST_CHECK int backup_pipe_wait(int fd);

/* Runs a program to its end. */
BH_MUST_CHECK int backup_pipe_run(const char *const argv[], int in, int out);

#endif
