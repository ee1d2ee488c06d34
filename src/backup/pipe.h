/* SPDX-License-Identifier: Apache-2.0 */
/* pipe.h: other programs between two descriptors. */
#ifndef BH_BACKUP_PIPE_H
#define BH_BACKUP_PIPE_H

#include "base/macros.h"

/* Runs a program to its end with these as stdin and stdout (-1: nothing, and our stderr). BH_E_IO unless it ended
 * with status 0. */
BH_MUST_CHECK int backup_pipe_run(const char *const argv[], int in, int out);

#endif
