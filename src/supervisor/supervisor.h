/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor.h: the parent process: starts the processes of the table, watches them and ends them in
 * order. */
#ifndef BH_SUPERVISOR_SUPERVISOR_H
#define BH_SUPERVISOR_SUPERVISOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/macros.h"
#include "supervisor/audit.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"

#define SUPERVISOR_PROCESSES_MAX (SUPERVISOR_ROWS_FIXED + BH_SERVICES_MAX)

/* The main thread changes it and holds the lock while it does; control threads read it and set the
 * three flags that ask for something, under the same lock. */
struct supervisor {
	struct supervisor_instance *instance; /* borrowed */
	struct supervisor_process processes[SUPERVISOR_PROCESSES_MAX];
	size_t n;
	pthread_mutex_t lock;
	int wake_fd;    /* owned: an eventfd that ends the main thread's wait */
	int signal_fd;  /* owned */
	FILE *progress; /* borrowed: lines for whoever started us; NULL: nobody listens */
	const char *groups_path;
	int64_t started_ms;
	int64_t rotate_at_ms; /* when to look at the logs' sizes again */
	int64_t audit_at_ms;  /* when to look at the audit files' room again */
	struct supervisor_audit_clock audit_clock;
	int64_t audit_told_ms;  /* when to say again that they are short of it */
	uint64_t audit_removed; /* files removed before their age */
	pid_t extra_pid;        /* the quickstart child of a start in the foreground; 0: none */
	bool foreground;
	bool stopping;
	bool stop_asked; /* by control or a signal */
	bool reload_asked;
	char reload_failed[256]; /* why the last reload was refused; "": it was not */
	bool was_ready;          /* everything was ready once */
	bool failed;             /* the first start was given up */
};

/* Serves until asked to stop. `progress` gets a line per event of the first start and, unless in
 * the foreground, "READY" or "FAILED" as its last. Exit status of the process: 0 stopped on
 * request, 1 the start failed. */
int supervisor_run(struct supervisor_instance *instance, FILE *progress, bool foreground);

/* True when every process but the steps is ready. The caller holds the lock. */
bool supervisor_is_ready(const struct supervisor *supervisor);

/* NULL if there is none of this name. The caller holds the lock. */
struct supervisor_process *supervisor_find(struct supervisor *supervisor, const char *name);

/* Ends the main thread's wait, so that it sees a flag. */
void supervisor_wake(struct supervisor *supervisor);

#endif
