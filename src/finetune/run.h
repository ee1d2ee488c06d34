/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: runs a trainer over a job, and reads what it says line by line. It is a process of its own, in a session of its
 * own, that may abort, hang or say anything.
 *
 *     rc = finetune_run_open(&conf, &run);
 *     while (rc == 0 && (rc = finetune_run_next(run, 100, &said)) >= 0)
 *         …
 *     finetune_run_close(run); */
#ifndef BH_FINETUNE_RUN_H
#define BH_FINETUNE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "finetune/said.h"

struct finetune_run_conf {
	const char *program;      /* path */
	const struct bh_buf *job; /* JSON, as trainer/job.h has it */
	int64_t silence_ms;       /* after which it hangs */
	int64_t written_max;      /* bytes of a file that it may write */
	int niceness;
};

/* A program at work. Whoever opens it closes it, in the same thread: the program ends with the thread that started it. */
struct finetune_run;

/* Starts it; conf is borrowed for this call. BH_E_IO, BH_E_UNAVAILABLE: it could not be started. */
BH_MUST_CHECK int finetune_run_open(const struct finetune_run_conf *conf,
	struct finetune_run **out);

/* The next line, for which it waits at most so long: 1, and the caller closes *out; 0: none yet. BH_E_EMPTY: it has
 * ended, as finetune_run_ending tells. BH_E_PROTOCOL: a line that is none, a flood of them, or nothing
 * for too long. */
BH_MUST_CHECK int finetune_run_next(struct finetune_run *run, int64_t wait_ms,
	struct finetune_said *out);

/* Asks it to stop: "pause" or "cancel". Once is enough. */
void finetune_run_ask(struct finetune_run *run, const char *command);

/* Ends it, with all that it started. */
void finetune_run_kill(struct finetune_run *run);

struct finetune_ending {
	int status; /* of its exit; -1: a signal ended it */
	int signal; /* 0: none */
};
/* After BH_E_EMPTY, or after it was killed. */
struct finetune_ending finetune_run_ending(const struct finetune_run *run);

/* The end of what it wrote to fd 2, for the operator. */
const char *finetune_run_diagnostics(const struct finetune_run *run);

/* Ends it, if it still runs. Safe on NULL. */
void finetune_run_close(struct finetune_run *run);

#endif
