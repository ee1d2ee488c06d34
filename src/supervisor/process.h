/* SPDX-License-Identifier: Apache-2.0 */
/* process.h: one supervised process: its state, and what its table row lets happen next. */
#ifndef BH_SUPERVISOR_PROCESS_H
#define BH_SUPERVISOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisor/log.h"
#include "supervisor/probe.h"
#include "supervisor/table.h"

/* How long one that was succeeded may serve those it has: a little longer than a service takes for it at most (BH_LEAVE_MS
 * in service/running.h, and its workers' end). */
#define SUPERVISOR_LEAVE_MS 620000

enum supervisor_state {
	SUPERVISOR_WAITING,  /* for what it comes after, or for its back-off to pass */
	SUPERVISOR_STARTING, /* runs; not ready yet */
	SUPERVISOR_READY,
	SUPERVISOR_STOPPING, /* was asked to end */
	SUPERVISOR_CLEANING, /* its leader has ended; the rest of its group is being ended */
	SUPERVISOR_STOPPED,
	SUPERVISOR_DONE /* a step that has succeeded */
};

/* A child: a process id may be another's later, with its start it is not. */
struct supervisor_child {
	pid_t pid;        /* 0: none */
	uint64_t started; /* as /proc counts */
	uid_t uid;
};

/* A successor that is getting ready beside the process that it is to replace (heir.h). */
struct supervisor_heir {
	struct supervisor_child child; /* pid 0: there is none */
	int64_t since_ms;
	struct supervisor_probe probe;
};

/* A process that was replaced, and serves those it has to the end. */
struct supervisor_leaver {
	const struct supervisor_row *row; /* borrowed */
	struct supervisor_child child;
	int64_t since_ms;
	bool hurried; /* everything stops */
};

struct supervisor_process {
	const struct supervisor_row *row; /* borrowed */
	enum supervisor_state state;
	struct supervisor_child child;
	struct supervisor_heir heir;
	int64_t since_ms;      /* when it was started or asked to stop */
	int64_t ready_at_ms;   /* when it became ready */
	int64_t not_before_ms; /* back-off */
	int64_t ready_ms;      /* how long its last start took */
	int64_t restarts;
	unsigned failures; /* in a row, without a time of being ready between */
	bool ever_ready;
	bool restart_asked;
	bool heir_failed; /* the last restart came to nothing: the old process went on */
	bool
		leaves; /* it is stopping, when those it has were served: there was no memory for a successor beside it */
	bool succeeds; /* its next start is that of a successor all the same */
	int status;    /* of its last end, as waitpid tells */
	struct supervisor_probe probe;
	struct supervisor_log log;
};

/* Wait before the next start after so many failures in a row: none after the first, then doubling
 * from 100 ms to 5 s. */
int64_t supervisor_process_wait_ms(unsigned failures);

/* Whether everything it comes after is ready. A row that is not in the list does not count. */
bool supervisor_process_may_start(const struct supervisor_process *list, size_t n, size_t index,
	int64_t now_ms);

/* Whether nothing that needs it still runs. */
bool supervisor_process_may_stop(const struct supervisor_process *list, size_t n, size_t index);

/* True while it has a leader or members of its group. */
bool supervisor_process_runs(const struct supervisor_process *process);

/* Its group is gone: decides what follows, from what it was and how it ended. */
void supervisor_process_ended(struct supervisor_process *process, bool stopping, int64_t now_ms);

/* Whether a first start should be given up: a step or a setting failed, or it failed repeatedly
 * without ever having been ready. */
bool supervisor_process_hopeless(const struct supervisor_process *process);

/* "waiting", "starting", "ready", "restarting", "stopping", "stopped", "failed". */
const char *supervisor_process_state(const struct supervisor_process *process);

#endif
