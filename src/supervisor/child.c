/* SPDX-License-Identifier: Apache-2.0 */
/* child.c: system calls around one supervised process. */
#include "supervisor/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "supervisor/file.h"
#include "supervisor/group.h"
#include "supervisor/image.h"
#include "supervisor/launch.h"
#include "supervisor/supervisor.h"
#include "supervisor/table.h"
#include "supervisor/user.h"

#define STATUS_NOT_STARTED (127 << 8)

/* One answer of an engine takes all processors for as long as it is made; everything else is short. */
#define ENGINE_NICENESS 5
#define IMAGE_NICENESS 10 /* minutes of work that nobody reads along: behind the other engines */

static void
add_group(struct supervisor_group *groups, size_t *n, const char *name,
	const struct supervisor_child *child)
{
	if (child->pid == 0)
		return;
	groups[*n] = (struct supervisor_group){
		.pid = child->pid,
		.started = child->started,
		.uid = child->uid,
	};
	snprintf(groups[*n].name, sizeof(groups[*n].name), "%s", name);
	(*n)++;
}

void
supervisor_child_save(struct supervisor *supervisor)
{
	struct supervisor_group groups[2 * SUPERVISOR_PROCESSES_MAX + SUPERVISOR_LEAVERS_MAX];
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < supervisor->n; i++) {
		const struct supervisor_process *process = &supervisor->processes[i];

		add_group(groups, &n, process->row->name, &process->child);
		add_group(groups, &n, process->row->name, &process->heir.child);
	}
	for (size_t i = 0; i < supervisor->n_leavers; i++)
		add_group(groups, &n, supervisor->leavers[i].row->name, &supervisor->leavers[i].child);
	rc = supervisor_groups_save(supervisor->groups_path, groups, n);
	if (rc < 0)
		bh_log_failure("save the process groups", rc);
}

/* Tables of a command keep room for two more words. */
static void
append(char **words, char *word)
{
	while (*words != NULL)
		words++;
	*words = word;
}

/* Whether it listens where only root may: the gateway on a port below 1024. */
static bool
has_low_port(const struct supervisor *supervisor, const struct supervisor_row *row)
{
	const char *colon = strrchr(supervisor->instance->settings.gateway.listen, ':');

	return row->kind == SUPERVISOR_GATEWAY && colon != NULL && atoi(colon + 1) < 1024;
}

/* Engines hold models of any size, and PostgreSQL shares its memory among processes: services only. */
static int64_t
memory_bytes(const struct supervisor *supervisor, const struct supervisor_row *row)
{
	return row->kind == SUPERVISOR_SERVICE
		? supervisor->instance->settings.own.service_memory_mib * (int64_t)BH_MIB
		: 0;
}

static int
niceness(const struct supervisor_row *row)
{
	if (row->kind != SUPERVISOR_ENGINE)
		return 0;
	return strcmp(row->name, SUPERVISOR_IMAGE) == 0 ? IMAGE_NICENESS : ENGINE_NICENESS;
}

/* What becomes of a row when it is started; `launch` points to the rest. */
struct plan {
	struct supervisor_command command;
	struct supervisor_user user;
	struct supervisor_launch launch;
};

/* Text is in the arena. */
static int
plan(const struct supervisor *supervisor, const struct supervisor_process *process,
	struct bh_arena *arena, struct plan *out)
{
	const struct supervisor_row *row = process->row;
	bool other = supervisor->instance->place.as_root && row->user != NULL;
	int rc = row->command(supervisor->instance, row, arena, &out->command);

	out->user = (struct supervisor_user){.uid = getuid()};
	if (rc == 0 && other)
		rc = supervisor_user_find(row->user, &out->user);
	if (rc < 0)
		return rc;
	out->launch = (struct supervisor_launch){
		.argv = out->command.argv,
		.environment = out->command.environment,
		.folder = "/",
		.user = other ? &out->user : NULL,
		.low_port = other && has_low_port(supervisor, row),
		.output = process->log.write_end,
		.keep = -1,
		.orphan_signal = row->orphan_signal,
		.memory_bytes = memory_bytes(supervisor, row),
		.niceness = niceness(row),
	};
	return 0;
}

/* Only our own services read secrets. */
static int
open_secrets(struct supervisor *supervisor, const struct supervisor_process *process,
	struct bh_arena *arena, char **environment, int *out_fd)
{
	int rc;

	if (process->row->kind != SUPERVISOR_SERVICE)
		return 0;
	rc = supervisor_instance_secrets(supervisor->instance, process->row->name, out_fd);
	if (rc == 0)
		append(environment, bh_arena_printf(arena, "BULKHEAD_SECRETS_FD=%d", *out_fd));
	return rc;
}

int
supervisor_child_launch(struct supervisor *supervisor, const struct supervisor_process *process,
	bool succeeds, struct supervisor_child *out)
{
	static char to_succeed[] = "BULKHEAD_SUCCEEDS=1";
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(supervisor_file_close) int secrets = -1;
	struct supervisor_proc proc;
	struct plan with;
	int rc = plan(supervisor, process, &arena, &with);

	if (rc == 0)
		rc = open_secrets(supervisor, process, &arena, with.command.environment, &secrets);
	if (rc < 0)
		return rc;
	if (succeeds)
		append(with.command.environment, to_succeed);
	with.launch.keep = secrets;
	rc = supervisor_launch(&with.launch, &out->pid);
	if (rc < 0)
		return rc;
	out->uid = with.user.uid;
	out->started = supervisor_proc_read(out->pid, &proc) == 0 ? proc.started : 0;
	if (succeeds && process->row->kind == SUPERVISOR_ENGINE)
		supervisor_adapters_began(&supervisor->adapters, supervisor->instance, out->pid);
	return 0;
}

void
supervisor_child_start(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms)
{
	int rc = supervisor_child_launch(supervisor, process, process->succeeds, &process->child);

	process->since_ms = now_ms;
	process->succeeds = false;
	if (rc < 0) {
		bh_log_failure(process->row->name, rc);
		if (supervisor->progress != NULL && !supervisor->was_ready)
			fprintf(supervisor->progress, "%s: %s\n", process->row->name, bh_error_detail(rc));
		process->status = STATUS_NOT_STARTED;
		supervisor_process_ended(process, supervisor->stopping, now_ms);
		return;
	}
	process->state = SUPERVISOR_STARTING;
	process->probe.next_ms = now_ms;
	supervisor_child_save(supervisor);
	bh_log(BH_LOG_INFO, "%s started, pid %d", process->row->name, (int)process->child.pid);
}

void
supervisor_child_stop(struct supervisor_process *process, int64_t now_ms)
{
	supervisor_probe_close(&process->probe);
	process->state = SUPERVISOR_STOPPING;
	process->since_ms = now_ms;
	kill(process->child.pid, process->row->stop_signal);
}

static const char *
socket_path(const struct supervisor *supervisor, const struct supervisor_process *process,
	struct bh_arena *arena)
{
	if (process->row->probe == SUPERVISOR_PROBE_POSTGRES)
		return bh_arena_printf(arena, "%s/pg/.s.PGSQL.5432", supervisor->instance->place.run);
	return supervisor_place_socket(arena, &supervisor->instance->place, process->row->name);
}

void
supervisor_child_leave(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};

	supervisor_probe_close(&process->probe);
	/* Nobody new comes, and whoever calls waits until the next one is there. */
	unlink(socket_path(supervisor, process, &arena));
	process->state = SUPERVISOR_STOPPING;
	process->since_ms = now_ms;
	process->leaves = true;
	process->succeeds = true;
	kill(process->child.pid, process->row->leave_signal);
}

void
supervisor_child_hurry(struct supervisor_process *process, int64_t now_ms)
{
	int64_t limit_ms = process->state == SUPERVISOR_STARTING ? process->row->start_ms
		: process->leaves                                    ? SUPERVISOR_LEAVE_MS
		: process->state == SUPERVISOR_STOPPING              ? process->row->stop_ms
															 : INT64_MAX;

	if (now_ms - process->since_ms <= limit_ms)
		return;
	bh_log(BH_LOG_WARN, "%s did not %s within %lld ms; killing its process group",
		process->row->name, process->state == SUPERVISOR_STARTING ? "become ready" : "end",
		(long long)limit_ms);
	kill(-process->child.pid, SIGKILL);
	process->since_ms = now_ms;
}

bool
supervisor_child_probe(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	enum supervisor_probe_answer answer;

	if (process->row->probe == SUPERVISOR_PROBE_EXIT)
		return false;
	if (process->row->probe == SUPERVISOR_PROBE_NONE)
		answer = SUPERVISOR_PROBE_YES;
	else if (process->probe.open)
		answer = supervisor_probe_read(&process->probe, process->row, now_ms);
	else if (now_ms >= process->probe.next_ms)
		answer = supervisor_probe_ask(&process->probe, process->row,
			socket_path(supervisor, process, &arena), now_ms);
	else
		return false;
	if (answer != SUPERVISOR_PROBE_YES)
		return false;

	process->state = SUPERVISOR_READY;
	process->ready_ms = now_ms - process->since_ms;
	process->ready_at_ms = now_ms;
	process->ever_ready = true;
	bh_log(BH_LOG_INFO, "%s ready after %lld ms", process->row->name, (long long)process->ready_ms);
	return true;
}

bool
supervisor_child_clean(struct supervisor *supervisor, struct supervisor_process *process,
	int64_t now_ms)
{
	pid_t known[2 * SUPERVISOR_PROCESSES_MAX + SUPERVISOR_LEAVERS_MAX + 1];
	size_t n = 0;
	bool alone;

	supervisor_probe_close(&process->probe);
	for (size_t i = 0; i < supervisor->n; i++) {
		if (supervisor->processes[i].child.pid != 0 && &supervisor->processes[i] != process)
			known[n++] = supervisor->processes[i].child.pid;
	}
	n += supervisor_others(supervisor, known + n, BH_COUNT(known) - n - 1);
	if (supervisor->extra_pid != 0)
		known[n++] = supervisor->extra_pid;

	alone = kill(-process->child.pid, SIGKILL) < 0 && errno == ESRCH;
	/* PostgreSQL's backends lead sessions of their own; orphaned, they are our children. */
	if (supervisor_group_adopted_end(known, n) > 0 || !alone)
		return false;

	supervisor_process_ended(process, supervisor->stopping, now_ms);
	supervisor_child_save(supervisor);
	return true;
}

/* ---- reload ---- */

/* Lets nginx read the configuration that it would be started with. */
static int
check_configuration(struct plan *with, const char *log_path)
{
	static char test[] = "-t";
	int status = -1;
	pid_t pid;
	int rc;

	append(with->command.argv, test);
	with->launch.orphan_signal = SIGKILL;
	rc = supervisor_launch(&with->launch, &pid);
	if (rc < 0)
		return rc;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		return bh_error(BH_E_CONFIG, "nginx rejected the configuration; see %s", log_path);
	return 0;
}

int
supervisor_child_reload(struct supervisor *supervisor, struct supervisor_process *process)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct plan with;
	int rc = plan(supervisor, process, &arena, &with);

	if (rc == 0)
		rc = check_configuration(&with, process->log.path);
	/* Afterwards its number may be another's; the next one reads the configuration anyway. */
	if (rc == 0 && (process->state == SUPERVISOR_READY || process->state == SUPERVISOR_STARTING))
		kill(process->child.pid, SIGHUP);
	return rc;
}

void
supervisor_child_extra(struct supervisor *supervisor, const char *name)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct supervisor_row row = {.name = name, .kind = SUPERVISOR_STEP};
	struct supervisor_command command;
	int rc = supervisor_table_step(supervisor->instance, &row, &arena, &command);

	if (rc == 0) {
		const struct supervisor_launch launch = {
			.argv = command.argv,
			.environment = command.environment,
			.folder = "/",
			.output = -1,
			.keep = -1,
			.orphan_signal = SIGTERM,
		};

		rc = supervisor_launch(&launch, &supervisor->extra_pid);
	}
	if (rc < 0)
		bh_log_failure(name, rc);
}
