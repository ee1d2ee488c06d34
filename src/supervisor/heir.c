/* SPDX-License-Identifier: Apache-2.0 */
/* heir.c: successors that are getting ready, and predecessors that serve to the end. */
#include "supervisor/heir.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/log.h"
#include "supervisor/child.h"
#include "supervisor/supervisor.h"

static void
fail(struct supervisor_process *process)
{
	process->heir_failed = true;
	process->restart_asked = false;
}

void
supervisor_heir_start(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms)
{
	struct supervisor_heir heir = {.since_ms = now_ms};
	int rc = supervisor_child_launch(supervisor, process, true, &heir.child);

	if (rc < 0) {
		bh_log_failure(process->row->name, rc);
		fail(process);
		return;
	}
	heir.probe.only = heir.child.pid;
	heir.probe.next_ms = now_ms;
	process->heir = heir;
	supervisor_child_save(supervisor);
	bh_log(BH_LOG_INFO, "%s: a successor started, pid %d", process->row->name, (int)heir.child.pid);
}

/* ---- predecessors ---- */

static void
leave(struct supervisor *supervisor, const struct supervisor_process *process,
	const struct supervisor_child *child, int signal, int64_t now_ms)
{
	BH_ASSERT(supervisor->n_leavers < SUPERVISOR_LEAVERS_MAX);
	supervisor->leavers[supervisor->n_leavers++] = (struct supervisor_leaver){
		.row = process->row,
		.child = *child,
		.since_ms = now_ms,
	};
	kill(child->pid, signal);
}

static void
forget(struct supervisor *supervisor, size_t index)
{
	supervisor->n_leavers--;
	for (size_t i = index; i < supervisor->n_leavers; i++)
		supervisor->leavers[i] = supervisor->leavers[i + 1];
}

void
supervisor_heir_hurry(struct supervisor *supervisor, int64_t now_ms)
{
	for (size_t i = 0; i < supervisor->n_leavers; i++) {
		struct supervisor_leaver *leaver = &supervisor->leavers[i];

		if (supervisor->stopping && !leaver->hurried) {
			leaver->hurried = true;
			leaver->since_ms = now_ms;
			kill(leaver->child.pid, leaver->row->stop_signal);
		}
		if (now_ms - leaver->since_ms <=
			(leaver->hurried ? leaver->row->stop_ms : SUPERVISOR_LEAVE_MS))
			continue;
		bh_log(BH_LOG_WARN, "the predecessor of %s, pid %d, did not end; killing its process group",
			leaver->row->name, (int)leaver->child.pid);
		kill(-leaver->child.pid, SIGKILL);
		leaver->since_ms = now_ms;
	}
}

/* ---- successors ---- */

static void
take_over(struct supervisor *supervisor, struct supervisor_process *process, int64_t now_ms)
{
	const struct supervisor_heir heir = process->heir;
	const struct supervisor_child old = process->child;

	process->heir = (struct supervisor_heir){0};
	process->child = heir.child;
	process->since_ms = heir.since_ms;
	process->ready_ms = now_ms - heir.since_ms;
	process->ready_at_ms = now_ms;
	process->restart_asked = false;
	process->failures = 0;
	process->restarts++;
	leave(supervisor, process, &old, process->row->leave_signal, now_ms);
	supervisor_child_save(supervisor);
	bh_log(BH_LOG_INFO, "%s: pid %d succeeds pid %d, ready after %lld ms", process->row->name,
		(int)heir.child.pid, (int)old.pid, (long long)process->ready_ms);
}

/* The predecessor has ended by itself meanwhile: there is nothing to succeed to, only to start. */
static void
promote(struct supervisor_process *process, int64_t now_ms)
{
	supervisor_probe_close(&process->heir.probe);
	process->child = process->heir.child;
	process->since_ms = process->heir.since_ms;
	process->state = SUPERVISOR_STARTING;
	process->probe.next_ms = now_ms;
	process->heir = (struct supervisor_heir){0};
}

static void
give_up(struct supervisor *supervisor, struct supervisor_process *process, int64_t now_ms)
{
	const struct supervisor_child child = process->heir.child;

	supervisor_probe_close(&process->heir.probe);
	process->heir = (struct supervisor_heir){0};
	fail(process);
	leave(supervisor, process, &child, process->row->stop_signal, now_ms);
}

static bool
answers(struct supervisor *supervisor, struct supervisor_process *process, int64_t now_ms)
{
	struct supervisor_probe *probe = &process->heir.probe;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};

	if (probe->open)
		return supervisor_probe_read(probe, process->row, now_ms) == SUPERVISOR_PROBE_YES;
	if (now_ms >= probe->next_ms)
		return supervisor_probe_ask(probe, process->row,
				   supervisor_place_socket(&arena, &supervisor->instance->place,
					   process->row->name),
				   now_ms) == SUPERVISOR_PROBE_YES;
	return false;
}

void
supervisor_heir_step(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms)
{
	if (process->heir.child.pid == 0)
		return;
	if (process->state == SUPERVISOR_WAITING && !supervisor->stopping) {
		promote(process, now_ms);
	} else if (supervisor->stopping) {
		give_up(supervisor, process, now_ms);
	} else if (process->state == SUPERVISOR_READY && answers(supervisor, process, now_ms)) {
		take_over(supervisor, process, now_ms);
	} else if (now_ms - process->heir.since_ms > process->row->start_ms) {
		bh_log(BH_LOG_WARN, "the successor of %s, pid %d, did not become ready; the old one stays",
			process->row->name, (int)process->heir.child.pid);
		give_up(supervisor, process, now_ms);
	}
}

/* ---- both ---- */

bool
supervisor_heir_reap(struct supervisor *supervisor, pid_t pid, int status)
{
	for (size_t i = 0; i < supervisor->n_leavers; i++) {
		if (supervisor->leavers[i].child.pid != pid)
			continue;
		kill(-pid, SIGKILL); /* the rest of its group */
		bh_log(BH_LOG_INFO, "%s: pid %d has left", supervisor->leavers[i].row->name, (int)pid);
		forget(supervisor, i);
		supervisor_child_save(supervisor);
		return true;
	}
	for (size_t i = 0; i < supervisor->n; i++) {
		struct supervisor_process *process = &supervisor->processes[i];

		if (process->heir.child.pid != pid)
			continue;
		kill(-pid, SIGKILL);
		bh_log(BH_LOG_WARN, "the successor of %s ended: %s %d; the old one stays",
			process->row->name, WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		supervisor_probe_close(&process->heir.probe);
		process->heir = (struct supervisor_heir){0};
		fail(process);
		supervisor_child_save(supervisor);
		return true;
	}
	return false;
}
