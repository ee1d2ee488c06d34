/* SPDX-License-Identifier: Apache-2.0 */
/* process.c: the rules of start, restart and stop; no system calls, time comes in. */
#include "supervisor/process.h"

#include <string.h>
#include <sys/wait.h>

#define WAIT_FIRST_MS 100
#define WAIT_MOST_MS 5000
/* Ready for this long, and an end later counts as the first again. */
#define STEADY_MS 1000
#define TRIES_MAX 4u
#define STATUS_SETTING 2 /* a service's exit status when a setting is wrong */

int64_t
supervisor_process_wait_ms(unsigned failures)
{
	int64_t wait_ms = WAIT_FIRST_MS;

	if (failures <= 1)
		return 0;
	for (unsigned i = 2; i < failures && wait_ms < WAIT_MOST_MS; i++)
		wait_ms *= 2;
	return wait_ms < WAIT_MOST_MS ? wait_ms : WAIT_MOST_MS;
}

static bool
is_named(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

bool
supervisor_process_may_start(const struct supervisor_process *list, size_t n, size_t index,
	int64_t now_ms)
{
	const struct supervisor_process *process = &list[index];

	if (process->state != SUPERVISOR_WAITING || now_ms < process->not_before_ms)
		return false;
	/* What was ready once is restarted by itself: a service outlives its database's restart. */
	if (process->ever_ready)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (is_named(process->row->after, list[i].row->name) && list[i].state != SUPERVISOR_READY &&
			list[i].state != SUPERVISOR_DONE)
			return false;
	}
	return true;
}

bool
supervisor_process_runs(const struct supervisor_process *process)
{
	return process->state == SUPERVISOR_STARTING || process->state == SUPERVISOR_READY ||
		process->state == SUPERVISOR_STOPPING || process->state == SUPERVISOR_CLEANING;
}

bool
supervisor_process_may_stop(const struct supervisor_process *list, size_t n, size_t index)
{
	const char *name = list[index].row->name;

	for (size_t i = 0; i < n; i++) {
		if (supervisor_process_runs(&list[i]) &&
			(is_named(list[i].row->after, name) || is_named(list[i].row->uses, name)))
			return false;
	}
	return true;
}

static bool
succeeded(const struct supervisor_process *process)
{
	return WIFEXITED(process->status) && WEXITSTATUS(process->status) == 0;
}

void
supervisor_process_ended(struct supervisor_process *process, bool stopping, int64_t now_ms)
{
	bool steady = process->ready_at_ms > 0 && now_ms - process->ready_at_ms >= STEADY_MS;

	process->child.pid = 0;
	process->leaves = false;
	if (process->row->kind == SUPERVISOR_STEP && succeeded(process)) {
		process->state = SUPERVISOR_DONE;
		return;
	}
	if (stopping) {
		process->state = SUPERVISOR_STOPPED;
		return;
	}
	process->state = SUPERVISOR_WAITING;
	process->failures = process->restart_asked ? 0 : steady ? 1 : process->failures + 1;
	process->restart_asked = false;
	process->ready_at_ms = 0;
	process->not_before_ms = now_ms + supervisor_process_wait_ms(process->failures);
	process->restarts++;
}

bool
supervisor_process_hopeless(const struct supervisor_process *process)
{
	if (process->ever_ready || process->failures == 0)
		return false;
	if (process->row->kind == SUPERVISOR_STEP)
		return true;
	if (WIFEXITED(process->status) && WEXITSTATUS(process->status) == STATUS_SETTING)
		return true;
	return process->failures >= TRIES_MAX;
}

const char *
supervisor_process_state(const struct supervisor_process *process)
{
	switch (process->state) {
	case SUPERVISOR_WAITING:
		return process->failures > 1 ? "failed" : process->restarts > 0 ? "restarting" : "waiting";
	case SUPERVISOR_STARTING:
		return "starting";
	case SUPERVISOR_READY:
	case SUPERVISOR_DONE:
		return "ready";
	case SUPERVISOR_STOPPING:
		return "stopping";
	case SUPERVISOR_CLEANING:
		return "restarting";
	case SUPERVISOR_STOPPED:
		break;
	}
	return "stopped";
}
