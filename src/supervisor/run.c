/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: the main loop: reap, drain logs, probe, start, stop; everything else asks it by flags. */
#include "supervisor/observe.h"
#include "supervisor/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "supervisor/child.h"
#include "supervisor/control.h"
#include "supervisor/external.h"
#include "supervisor/file.h"
#include "supervisor/group.h"
#include "supervisor/handover.h"
#include "supervisor/heir.h"
#include "supervisor/layout.h"
#include "supervisor/lock.h"
#include "supervisor/rotate.h"
#include "supervisor/supervisor.h"
#include "supervisor/table.h"
#include "supervisor/tell.h"

#define BUSY_MS 5 /* while the group of one ends, or everything does */
#define IDLE_MS 1000
#define TAIL_LINES 12
#define POLL_MAX (2 + 3 * SUPERVISOR_PROCESSES_MAX)

/* The gateway writes logs/gateway.log itself; what nginx says before it has read that goes beside. */
static const char *
log_name(const struct supervisor_row *row)
{
	return row->kind == SUPERVISOR_GATEWAY ? "nginx" : row->name;
}

static void progress(struct supervisor *supervisor, const char *format, ...) BH_PRINTF(2, 3);

static void
progress(struct supervisor *supervisor, const char *format, ...)
{
	va_list args;

	if (supervisor->progress == NULL || supervisor->was_ready)
		return;
	va_start(args, format);
	vfprintf(supervisor->progress, format, args);
	va_end(args);
	fflush(supervisor->progress);
}

/* ---- one turn ---- */

static void
reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == supervisor->extra_pid)
			supervisor->extra_pid = 0;
		if (supervisor_heir_reap(supervisor, pid, status))
			continue;
		for (size_t i = 0; i < supervisor->n; i++) {
			struct supervisor_process *process = &supervisor->processes[i];

			if (process->child.pid != pid || process->state == SUPERVISOR_CLEANING)
				continue;
			process->status = status;
			if (process->state == SUPERVISOR_STOPPING)
				bh_log(BH_LOG_INFO, "%s stopped after %lld ms", process->row->name,
					(long long)(bh_clock_steady_ms() - process->since_ms));
			else if (process->row->kind != SUPERVISOR_STEP)
				bh_log(BH_LOG_WARN, "%s ended unexpectedly: %s %d", process->row->name,
					WIFSIGNALED(status) ? "signal" : "status",
					WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
			process->state = SUPERVISOR_CLEANING;
		}
	}
}

static void
take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP && !supervisor->foreground)
			supervisor->reload_asked = true;
		else if (info.ssi_signo != SIGCHLD)
			supervisor->stop_asked = true;
	}
}

/* Beside the old one, where there is room for both. */
static void
restart(struct supervisor *supervisor, struct supervisor_process *process, int64_t now_ms)
{
	/* With so many that still serve to the end, it waits for the first of them. */
	if (supervisor->n_leavers + supervisor->n >= SUPERVISOR_LEAVERS_MAX)
		return;
	if (process->row->kind == SUPERVISOR_SERVICE ||
		supervisor_adapters_room(supervisor->instance, process)) {
		supervisor_heir_start(supervisor, process, now_ms);
		return;
	}
	bh_log(BH_LOG_WARN, "%s: not enough memory for two; the next one starts when this one is idle",
		process->row->name);
	supervisor_child_leave(supervisor, process, now_ms);
}

static void
watch_adapters(struct supervisor *supervisor, int64_t now_ms)
{
	struct supervisor_process *engine = supervisor_find(supervisor, "chat");

	if (engine == NULL ||
		!supervisor_adapters_watch(&supervisor->adapters, supervisor->instance, engine, now_ms))
		return;
	engine->restart_asked = true;
	engine->heir_failed = false;
}

static void
take_requests(struct supervisor *supervisor, int64_t now_ms)
{
	struct supervisor_process *gateway = supervisor_find(supervisor, "gateway");

	if (supervisor->stop_asked && !supervisor->stopping) {
		supervisor->stopping = true;
		bh_log(BH_LOG_INFO, "stopping");
	}
	if (supervisor->reload_asked && gateway != NULL) {
		int rc = supervisor_child_reload(supervisor, gateway);

		supervisor->reload_failed[0] = '\0';
		if (rc < 0) {
			bh_log_failure("reload the gateway", rc);
			snprintf(supervisor->reload_failed, sizeof(supervisor->reload_failed), "%s",
				bh_error_detail(rc));
		}
	}
	supervisor->reload_asked = false;
	for (size_t i = 0; i < supervisor->n; i++) {
		struct supervisor_process *process = &supervisor->processes[i];

		if (!process->restart_asked || supervisor->stopping || process->heir.child.pid != 0)
			continue;
		if (process->state == SUPERVISOR_READY && process->row->leave_signal != 0) {
			restart(supervisor, process, now_ms);
		} else if (process->state == SUPERVISOR_READY || process->state == SUPERVISOR_STARTING) {
			supervisor_child_stop(process, now_ms);
		} else if (process->state == SUPERVISOR_WAITING) {
			process->not_before_ms = now_ms;
			process->restart_asked = false;
		}
	}
}

/* The first start is given up: says whose fault it was, with the end of its log. */
static void
give_up(struct supervisor *supervisor, const struct supervisor_process *process)
{
	char path[600];

	progress(supervisor, "%s did not start (%s %d); last lines of %s:\n", process->row->name,
		WIFSIGNALED(process->status) ? "signal" : "exit status",
		WIFSIGNALED(process->status) ? WTERMSIG(process->status) : WEXITSTATUS(process->status),
		process->log.path);
	if (supervisor->progress != NULL)
		supervisor_log_tail(process->log.path, TAIL_LINES, "    ", supervisor->progress);
	if (supervisor->progress != NULL && process->row->kind == SUPERVISOR_GATEWAY) {
		snprintf(path, sizeof(path), "%.500s/gateway.log", supervisor->instance->place.logs);
		supervisor_log_tail(path, TAIL_LINES, "    ", supervisor->progress);
	}
	supervisor->failed = true;
	supervisor->stopping = true;
}

static void
step_process(struct supervisor *supervisor, size_t index, int64_t now_ms)
{
	struct supervisor_process *process = &supervisor->processes[index];

	supervisor_log_drain(&process->log);
	supervisor_heir_step(supervisor, process, now_ms);
	if (process->state == SUPERVISOR_STARTING &&
		supervisor_child_probe(supervisor, process, now_ms))
		progress(supervisor, "  %-9s ready after %.2f s\n", process->row->name,
			(double)process->ready_ms / 1000);
	if (process->state == SUPERVISOR_CLEANING &&
		supervisor_child_clean(supervisor, process, now_ms)) {
		supervisor_log_drain(&process->log);
		if (!supervisor->was_ready && !supervisor->stopping && supervisor_process_hopeless(process))
			give_up(supervisor, process);
	}
	if (process->state == SUPERVISOR_STARTING || process->state == SUPERVISOR_STOPPING)
		supervisor_child_hurry(process, now_ms);

	if (supervisor->stopping) {
		if (process->state == SUPERVISOR_WAITING)
			process->state = SUPERVISOR_STOPPED;
		else if ((process->state == SUPERVISOR_READY || process->state == SUPERVISOR_STARTING) &&
			supervisor_process_may_stop(supervisor->processes, supervisor->n, index) &&
			(process->row->kind != SUPERVISOR_DATABASE || supervisor->n_leavers == 0))
			supervisor_child_stop(process, now_ms);
	} else if (supervisor_process_may_start(supervisor->processes, supervisor->n, index, now_ms)) {
		supervisor_child_start(supervisor, process, now_ms);
		if (!supervisor->was_ready && process->state == SUPERVISOR_WAITING &&
			supervisor_process_hopeless(process))
			give_up(supervisor, process);
	}
}

static bool
is_over(const struct supervisor *supervisor)
{
	if (!supervisor->stopping || supervisor->n_leavers > 0)
		return false;
	for (size_t i = 0; i < supervisor->n; i++) {
		if (supervisor->processes[i].state != SUPERVISOR_STOPPED &&
			supervisor->processes[i].state != SUPERVISOR_DONE)
			return false;
	}
	return true;
}

static void
announce(struct supervisor *supervisor)
{
	int64_t took_ms = bh_clock_steady_ms() - supervisor->started_ms;

	bh_log(BH_LOG_INFO, "all processes ready after %lld ms", (long long)took_ms);
	progress(supervisor, "ready after %.1f s at %s\n", (double)took_ms / 1000,
		supervisor->instance->url);
	if (!supervisor->foreground)
		progress(supervisor, "READY\n");
	supervisor->was_ready = true;
	if (supervisor->foreground && supervisor->instance->settings.own.quickstart)
		supervisor_child_extra(supervisor, "quickstart");
}

/* ---- waiting ---- */

static int
wait_ms(const struct supervisor *supervisor, int64_t now_ms)
{
	int64_t least = supervisor->stopping ? BUSY_MS : IDLE_MS;

	for (size_t i = 0; i < supervisor->n; i++) {
		const struct supervisor_process *process = &supervisor->processes[i];
		int64_t own = IDLE_MS;

		if (process->state == SUPERVISOR_CLEANING)
			own = BUSY_MS;
		else if (process->state == SUPERVISOR_STARTING)
			own = process->probe.open ? 50 : process->probe.next_ms - now_ms;
		else if (process->state == SUPERVISOR_STOPPING)
			own = 50;
		else if (process->state == SUPERVISOR_WAITING && process->not_before_ms > now_ms)
			own = process->not_before_ms - now_ms;
		if (process->heir.child.pid != 0)
			own = process->heir.probe.open ? 50 : process->heir.probe.next_ms - now_ms;
		if (process->row->probe == SUPERVISOR_PROBE_EXIT)
			own = own < 50 ? 50 : own;
		least = own < least ? own : least;
	}
	return least < 1 ? 1 : (int)least;
}

static void
wait_for_events(struct supervisor *supervisor, int64_t now_ms)
{
	struct pollfd fds[POLL_MAX];
	nfds_t n = 0;
	uint64_t count;

	fds[n++] = (struct pollfd){.fd = supervisor->signal_fd, .events = POLLIN};
	fds[n++] = (struct pollfd){.fd = supervisor->wake_fd, .events = POLLIN};
	for (size_t i = 0; i < supervisor->n; i++) {
		struct supervisor_process *process = &supervisor->processes[i];

		if (process->log.open)
			fds[n++] = (struct pollfd){.fd = process->log.read_end, .events = POLLIN};
		if (process->probe.open)
			fds[n++] = (struct pollfd){.fd = process->probe.fd, .events = POLLIN};
		if (process->heir.probe.open)
			fds[n++] = (struct pollfd){.fd = process->heir.probe.fd, .events = POLLIN};
	}
	if (poll(fds, n, wait_ms(supervisor, now_ms)) < 0 && errno != EINTR)
		bh_log(BH_LOG_ERROR, "poll: %m");
	if (read(supervisor->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		bh_log(BH_LOG_ERROR, "read the wake-up: %m");
}

static void
loop(struct supervisor *supervisor)
{
	int64_t now_ms = bh_clock_steady_ms();

	while (!is_over(supervisor)) {
		pthread_mutex_lock(&supervisor->lock);
		take_signals(supervisor);
		reap(supervisor);
		now_ms = bh_clock_steady_ms();
		if (supervisor_renew(&supervisor->renewal, supervisor->instance, now_ms))
			supervisor->reload_asked = true;
		watch_adapters(supervisor, now_ms);
		take_requests(supervisor, now_ms);
		for (size_t i = 0; i < supervisor->n; i++)
			step_process(supervisor, i, now_ms);
		supervisor_heir_hurry(supervisor, now_ms);
		supervisor_handover_try(supervisor);
		supervisor_rotate(supervisor, now_ms);
		bh_audit_keep_beat(&supervisor->audit, &supervisor->instance->settings.log,
			supervisor->instance->place.logs, NULL, now_ms);
		if (!supervisor->was_ready && !supervisor->stopping && supervisor_is_ready(supervisor))
			announce(supervisor);
		supervisor_tell_status(supervisor);
		supervisor_observe(supervisor, now_ms);
		pthread_mutex_unlock(&supervisor->lock);
		if (!is_over(supervisor))
			wait_for_events(supervisor, now_ms);
	}
}

/* ---- begin and end ---- */

static int
open_processes(struct supervisor *supervisor)
{
	struct supervisor_instance *instance = supervisor->instance;
	const struct bh_log_conf *conf = &instance->settings.log;
	const struct supervisor_row *row = supervisor_table_make(&instance->arena, instance->services);

	for (; row->name != NULL; row++) {
		struct supervisor_process *process = &supervisor->processes[supervisor->n];
		int rc;

		if (!supervisor_table_has(instance, row))
			continue;
		BH_ASSERT(supervisor->n < SUPERVISOR_PROCESSES_MAX);
		process->row = row;
		rc = supervisor_log_open(&process->log, instance->place.logs, log_name(row),
			conf->rotate_bytes, conf->keep);
		if (rc < 0)
			return rc;
		supervisor->n++;
	}
	return 0;
}

/* Signals are blocked before any thread exists: every thread inherits that, children undo it. */
static int
open_waiting(struct supervisor *supervisor)
{
	static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < BH_COUNT(numbers); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	supervisor->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	supervisor->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (supervisor->signal_fd < 0 || supervisor->wake_fd < 0 ||
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return bh_error(BH_E_IO, "prepare the supervisor: %m");
	return 0;
}

static int
serve(struct supervisor *supervisor, const struct supervisor_handover *handover)
{
	struct supervisor_control *control = NULL;
	int rc = open_waiting(supervisor);

	if (rc == 0)
		rc = open_processes(supervisor);
	if (rc == 0 && handover != NULL)
		supervisor_handover_adopt(supervisor, handover);
	if (rc == 0)
		rc = supervisor_control_open(supervisor, &control);
	if (rc == 0)
		rc = supervisor_tell_settings(supervisor);
	if (rc == 0)
		loop(supervisor);
	bh_buf_close(&supervisor->told);
	bh_buf_close(&supervisor->adapters.attempt_new);
	supervisor_control_close(control);
	for (size_t i = 0; i < supervisor->n; i++) {
		supervisor_log_drain(&supervisor->processes[i].log);
		supervisor_log_close(&supervisor->processes[i].log);
	}
	return rc;
}

/* From here on our own log lines go to logs/supervisor.log; the caller has kept the terminal. */
static int
redirect_log(const struct supervisor_instance *instance)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const char *path = bh_arena_printf(&arena, "%s/supervisor.log", instance->place.logs);
	int rc = supervisor_log_own(path);

	bh_log_open("supervisor", BH_LOG_INFO);
	return rc;
}

/* What must be right before anything is started. */
static int
prepare(struct supervisor_instance *instance, const char *groups_path, FILE *out, int *out_lock)
{
	size_t ended = 0;
	int rc = supervisor_layout_home(&instance->place);

	if (rc == 0)
		rc = supervisor_lock_take(&instance->place, instance->url, out_lock);
	if (rc == 0)
		rc = supervisor_groups_end(groups_path, &ended);
	if (rc == 0 && ended > 0 && out != NULL)
		fprintf(out, "ended %zu processes left over from an earlier start\n", ended);
	if (rc == 0)
		rc = supervisor_lock_port(instance->settings.gateway.listen);
	if (rc == 0)
		rc = supervisor_instance_prepare(instance);
	if (rc == 0)
		supervisor_external_announce(&instance->settings.platform, out);
	return rc;
}

static struct supervisor
begin(struct supervisor_instance *instance, FILE *progress_file, bool foreground)
{
	return (struct supervisor){
		.instance = instance,
		.progress = progress_file,
		.foreground = foreground,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.wake_fd = -1,
		.signal_fd = -1,
		.lock_fd = -1,
		.started_ms = bh_clock_steady_ms(),
		.started_wall_ms = bh_clock_wall_ms(),
		.groups_path = bh_arena_printf(&instance->arena, "%s/groups", instance->place.run),
	};
}

/* The exit status of the process. */
static int
end(struct supervisor *supervisor, int rc)
{
	if (supervisor->lock_fd >= 0)
		unlink(supervisor->groups_path);
	supervisor_file_close(&supervisor->signal_fd);
	supervisor_file_close(&supervisor->wake_fd);
	supervisor_file_close(&supervisor->lock_fd);
	return rc < 0 || supervisor->failed ? 1 : 0;
}

int
supervisor_run(struct supervisor_instance *instance, FILE *progress_file, bool foreground)
{
	struct supervisor supervisor = begin(instance, progress_file, foreground);
	int rc = prepare(instance, supervisor.groups_path, progress_file, &supervisor.lock_fd);

	if (rc == 0)
		rc = redirect_log(instance);
	if (rc == 0)
		rc = serve(&supervisor, NULL);
	if (rc < 0)
		progress(&supervisor, "%s\n", bh_error_detail(rc));
	if (!foreground && (rc < 0 || supervisor.failed))
		progress(&supervisor, "FAILED\n");
	return end(&supervisor, rc);
}

int
supervisor_run_adopted(struct supervisor_instance *instance, int handover_fd)
{
	struct supervisor_handover handover;
	struct supervisor supervisor = begin(instance, NULL, false);
	int rc = redirect_log(instance);

	if (rc == 0)
		rc = supervisor_instance_prepare(instance);
	if (rc == 0)
		rc = supervisor_handover_read(handover_fd, instance, &handover);
	if (rc == 0) {
		supervisor.foreground = handover.foreground;
		supervisor.lock_fd = handover.lock_fd;
		bh_log(BH_LOG_INFO, "this is Bulkhead " BH_VERSION ", which takes over %zu processes",
			handover.n);
		rc = serve(&supervisor, &handover);
	}
	if (rc < 0)
		bh_log_failure("take over", rc);
	return end(&supervisor, rc);
}
