/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor.c: what the main loop, the control threads and the work on one process ask of the state. */
#include "supervisor/supervisor.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

struct supervisor_process *
supervisor_find(struct supervisor *supervisor, const char *name)
{
	for (size_t i = 0; i < supervisor->n; i++) {
		if (strcmp(supervisor->processes[i].row->name, name) == 0)
			return &supervisor->processes[i];
	}
	return NULL;
}

bool
supervisor_is_ready(const struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->n; i++) {
		if (supervisor->processes[i].row->kind != SUPERVISOR_STEP &&
			supervisor->processes[i].state != SUPERVISOR_READY)
			return false;
	}
	return true;
}

void
supervisor_wake(struct supervisor *supervisor)
{
	const uint64_t one = 1;

	if (write(supervisor->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		bh_log(BH_LOG_ERROR, "wake the main thread: %m");
}

size_t
supervisor_others(const struct supervisor *supervisor, pid_t *out, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < supervisor->n && n < most; i++) {
		if (supervisor->processes[i].heir.child.pid != 0)
			out[n++] = supervisor->processes[i].heir.child.pid;
	}
	for (size_t i = 0; i < supervisor->n_leavers && n < most; i++)
		out[n++] = supervisor->leavers[i].child.pid;
	return n;
}
