/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor.h: the state of the parent process, shared by what starts, watches and ends the others. */
#ifndef BH_SUPERVISOR_SUPERVISOR_H
#define BH_SUPERVISOR_SUPERVISOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "service/audit_keep.h"
#include "supervisor/adapters.h"
#include "supervisor/instance.h"
#include "supervisor/process.h"
#include "supervisor/renew.h"

#define SUPERVISOR_PROCESSES_MAX (SUPERVISOR_ROWS_FIXED + BH_SERVICES_MAX)
#define SUPERVISOR_LEAVERS_MAX (2 * BH_SERVICES_MAX)

/* The main thread changes it and holds the lock while it does; control threads read it and set the
 * flags that ask for something, under the same lock. */
struct supervisor {
	struct supervisor_instance *instance; /* borrowed */
	struct supervisor_process processes[SUPERVISOR_PROCESSES_MAX];
	size_t n;
	struct supervisor_leaver leavers[SUPERVISOR_LEAVERS_MAX];
	size_t n_leavers;
	pthread_mutex_t lock;
	int wake_fd;    /* owned: an eventfd that ends the main thread's wait */
	int signal_fd;  /* owned */
	FILE *progress; /* borrowed: lines for whoever started us; NULL: nobody listens */
	const char *groups_path;
	int64_t started_ms;      /* steady clock */
	int64_t started_wall_ms; /* the same moment by the wall clock */
	int64_t rotate_at_ms;    /* when to look at the logs' sizes again */
	struct bh_audit_keeper audit;
	struct supervisor_renewal renewal;
	struct supervisor_adapters adapters;
	struct bh_buf told;    /* owned: what status.json says (supervisor/tell.h) */
	bool tells_not;        /* and could not be written */
	int64_t observe_at_ms; /* when to write the metrics again */
	bool observes_not;     /* and they could not be written */
	pid_t extra_pid;       /* the quickstart child of a start in the foreground; 0: none */
	bool foreground;
	bool stopping;
	bool stop_asked; /* by control or a signal */
	bool reload_asked;
	char reload_failed[256]; /* why the last reload was refused; "": it was not */
	bool upgrade_asked;      /* the program at our path is to take this process over */
	char upgrade_failed[256];
	int lock_fd;    /* owned: the home's lock */
	bool was_ready; /* everything was ready once */
	bool failed;    /* the first start was given up */
};

/* True when every process but the steps is ready. The caller holds the lock. */
bool supervisor_is_ready(const struct supervisor *supervisor);

/* NULL if there is none of this name. The caller holds the lock. */
struct supervisor_process *supervisor_find(struct supervisor *supervisor, const char *name);

/* The process ids of successors and predecessors (heir.h), `most` at most. */
size_t supervisor_others(const struct supervisor *supervisor, pid_t *out, size_t most);

/* Ends the main thread's wait, so that it sees a flag. */
void supervisor_wake(struct supervisor *supervisor);

#endif
