/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: the parent process: starts the processes of the table, watches them and ends them in order. */
#ifndef BH_SUPERVISOR_RUN_H
#define BH_SUPERVISOR_RUN_H

#include <stdbool.h>
#include <stdio.h>

struct supervisor_instance;

/* Serves until asked to stop. `progress` gets a line per event of the first start and, unless in
 * the foreground, "READY" or "FAILED" as its last. Exit status of the process: 0 stopped on
 * request, 1 the start failed. */
int supervisor_run(struct supervisor_instance *instance, FILE *progress, bool foreground);

/* Goes on with the processes of the supervisor whose process this program has taken over (handover.h). */
int supervisor_run_adopted(struct supervisor_instance *instance, int handover_fd);

#endif
