/* SPDX-License-Identifier: Apache-2.0 */
/* log.h: the output of a child, kept in home/logs/NAME.log and rotated when it grows. */
#ifndef BH_SUPERVISOR_LOG_H
#define BH_SUPERVISOR_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/macros.h"

/* The pipe lives as long as the supervisor, so that a restarted child continues to write. With `open`
 * false it holds nothing. */
struct supervisor_log {
	bool open;
	int read_end;  /* owned, non-blocking */
	int write_end; /* owned: what children get as stdout and stderr */
	int file;      /* owned */
	int64_t bytes; /* in the file */
	int64_t bytes_max;
	int64_t kept; /* maximum number of rotated files: NAME.log.1 is the newest */
	char path[512];
};

BH_MUST_CHECK int supervisor_log_open(struct supervisor_log *out, const char *folder,
	const char *name, int64_t bytes_max, int64_t kept);

/* Goes on with a pipe that children write to already. */
void supervisor_log_adopt(struct supervisor_log *log, int read_end, int write_end);

/* Moves what is in the pipe to the file. A full disk loses lines, never blocks. */
void supervisor_log_drain(struct supervisor_log *log);

void supervisor_log_close(struct supervisor_log *log);

/* From here on our own lines (stderr) go to this file, also after a rotation. */
BH_MUST_CHECK int supervisor_log_own(const char *path);

/* Prints the last lines of a log, each behind `indent`, for the message of a failed start. */
void supervisor_log_tail(const char *path, int lines, const char *indent, FILE *out);

#endif
