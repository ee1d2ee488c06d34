/* SPDX-License-Identifier: Apache-2.0 */
/* handover.c: writes down whom we supervise, becomes another program, and reads it there. */
#include "supervisor/handover.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "supervisor/launch.h"

#define HEAD "handover 1\n"
#define BYTES_MAX ((size_t)64 * BH_KIB)

/* ---- the old program ---- */

static void
write_child(struct bh_buf *out, const char *kind, const struct supervisor_row *row,
	const struct supervisor_child *child)
{
	bh_buf_printf(out, "%s %s %d %llu %u", kind, row->name, (int)child->pid,
		(unsigned long long)child->started, (unsigned)child->uid);
}

static void
write_all(const struct supervisor *supervisor, struct bh_buf *out)
{
	const struct supervisor_instance *instance = supervisor->instance;

	bh_buf_printf(out, HEAD "lock %d\nforeground %d\n", supervisor->lock_fd,
		supervisor->foreground);
	for (size_t i = 0; i < instance->n_peers; i++) {
		char hex[65];

		bh_text_hex(instance->peers[i].secret.bytes, sizeof(struct bh_secret), hex);
		bh_buf_printf(out, "peer %s %s\n", instance->peers[i].name, hex);
		bh_wipe(hex, sizeof(hex));
	}
	for (size_t i = 0; i < supervisor->n; i++) {
		const struct supervisor_process *process = &supervisor->processes[i];

		if (process->child.pid == 0)
			continue;
		write_child(out, "process", process->row, &process->child);
		bh_buf_printf(out, " %lld %lld %d %d\n", (long long)process->restarts,
			(long long)process->ready_ms, process->log.read_end, process->log.write_end);
	}
	for (size_t i = 0; i < supervisor->n_leavers; i++) {
		write_child(out, "leaver", supervisor->leavers[i].row, &supervisor->leavers[i].child);
		bh_buf_text(out, "\n");
	}
}

/* In memory only: it has secrets. */
static int
save(const struct supervisor *supervisor, int *out_fd)
{
	struct bh_buf text = {0};
	int fd = memfd_create("handover", MFD_CLOEXEC);
	bool written;

	if (fd < 0)
		return bh_error(BH_E_IO, "make a memory file: %m");
	bh_buf_room(&text, BYTES_MAX);
	write_all(supervisor, &text);
	written = write(fd, text.data, text.len) == (ssize_t)text.len && lseek(fd, 0, SEEK_SET) == 0;
	bh_wipe(text.data, text.len);
	bh_buf_close(&text);
	if (!written) {
		close(fd);
		return bh_error(BH_E_IO, "write the memory file: %m");
	}
	*out_fd = fd;
	return 0;
}

static void
keep_open(const struct supervisor *supervisor, int fd, bool keeps)
{
	int flags = keeps ? 0 : FD_CLOEXEC;

	fcntl(fd, F_SETFD, flags);
	fcntl(supervisor->lock_fd, F_SETFD, flags);
	for (size_t i = 0; i < supervisor->n; i++) {
		const struct supervisor_log *log = &supervisor->processes[i].log;

		if (supervisor->processes[i].child.pid == 0)
			continue;
		fcntl(log->read_end, F_SETFD, flags);
		fcntl(log->write_end, F_SETFD, flags);
	}
}

/* The new program reads our settings and environment and finds its files, or says why it cannot. */
static int
try_program(const struct supervisor *supervisor)
{
	const char *const argv[] = {supervisor->instance->place.executable, "step", "try", NULL};
	int rc = supervisor_launch_tool(argv, environ);

	return rc < 0 ? bh_error(BH_E_STATE, "the new program does not start; see supervisor.log") : 0;
}

static int
become(struct supervisor *supervisor)
{
	char *const argv[] = {(char *)(uintptr_t)supervisor->instance->place.executable,
		(char[]){"step"}, (char[]){"adopt"}, NULL};
	char number[16];
	int fd = -1;
	int rc = try_program(supervisor);

	if (rc == 0)
		rc = save(supervisor, &fd);
	if (rc < 0)
		return rc;
	bh_log(BH_LOG_INFO, "becoming the program at %s", argv[0]);
	snprintf(number, sizeof(number), "%d", fd);
	setenv(SUPERVISOR_HANDOVER_VARIABLE, number, 1);
	keep_open(supervisor, fd, true);
	execv(argv[0], argv);
	rc = bh_error(BH_E_IO, "execute %s: %m", argv[0]);
	keep_open(supervisor, fd, false);
	unsetenv(SUPERVISOR_HANDOVER_VARIABLE);
	close(fd);
	return rc;
}

void
supervisor_handover_try(struct supervisor *supervisor)
{
	int rc;

	if (!supervisor->upgrade_asked)
		return;
	for (size_t i = 0; i < supervisor->n; i++) {
		if (supervisor->processes[i].heir.child.pid != 0)
			return;
	}
	if (!supervisor->stopping && !supervisor_is_ready(supervisor))
		return;
	rc = supervisor->stopping ? bh_error(BH_E_STATE, "the platform is stopping")
							  : become(supervisor);
	bh_log_failure("upgrade the supervisor", rc);
	snprintf(supervisor->upgrade_failed, sizeof(supervisor->upgrade_failed), "%s",
		bh_error_detail(rc));
	supervisor->upgrade_asked = false;
}

/* ---- the new program ---- */

/* A service that the old program did not have keeps the secret that it was just given. */
static bool
take_peer(struct supervisor_instance *instance, const char *name, const char *hex)
{
	for (size_t i = 0; i < instance->n_peers; i++) {
		if (strcmp(instance->peers[i].name, name) == 0)
			return bh_text_unhex(hex, strlen(hex), instance->peers[i].secret.bytes,
				sizeof(struct bh_secret));
	}
	return true;
}

static bool
take_child(const char *line, bool leaves, struct supervisor_handover *out)
{
	struct supervisor_handed handed = {.leaves = leaves, .read_end = -1, .write_end = -1};
	unsigned long long started;
	int pid, n;

	if (out->n == BH_COUNT(out->list))
		return false;
	n = sscanf(line, "%*s %31s %d %llu %u %lld %lld %d %d", handed.name, &pid, &started,
		&handed.child.uid, &handed.restarts, &handed.ready_ms, &handed.read_end, &handed.write_end);
	if (n != (leaves ? 4 : 8) || pid <= 1)
		return false;
	handed.child.pid = pid;
	handed.child.started = started;
	out->list[out->n++] = handed;
	return true;
}

static bool
take_line(const char *line, struct supervisor_instance *instance, struct supervisor_handover *out)
{
	char name[32], hex[65];
	bool taken;
	int number;

	if (sscanf(line, "lock %d", &out->lock_fd) == 1)
		return fcntl(out->lock_fd, F_SETFD, FD_CLOEXEC) == 0;
	if (sscanf(line, "foreground %d", &number) == 1) {
		out->foreground = number != 0;
		return true;
	}
	if (bh_text_starts(line, "process ") || bh_text_starts(line, "leaver "))
		return take_child(line, line[0] == 'l', out);
	taken = sscanf(line, "peer %31s %64s", name, hex) == 2 && take_peer(instance, name, hex);
	bh_wipe(hex, sizeof(hex));
	return taken;
}

int
supervisor_handover_read(int fd, struct supervisor_instance *instance,
	struct supervisor_handover *out)
{
	char *text = calloc(1, BYTES_MAX + 1);
	ssize_t len = text != NULL ? read(fd, text, BYTES_MAX) : -1;
	bool good = len > 0 && bh_text_starts(text, HEAD);
	char *save = NULL;

	close(fd);
	*out = (struct supervisor_handover){.lock_fd = -1};
	for (char *line = good ? strtok_r(text + strlen(HEAD), "\n", &save) : NULL;
		 line != NULL && good; line = strtok_r(NULL, "\n", &save))
		good = take_line(line, instance, out);
	if (text != NULL)
		bh_wipe(text, BYTES_MAX);
	free(text);
	return good && out->lock_fd >= 0
		? 0
		: bh_error(BH_E_STATE, "what the supervisor before handed over cannot be read");
}

static void
adopt_leaver(struct supervisor *supervisor, const struct supervisor_row *row,
	const struct supervisor_handed *handed, int64_t now_ms)
{
	if (supervisor->n_leavers == SUPERVISOR_LEAVERS_MAX)
		return;
	supervisor->leavers[supervisor->n_leavers++] = (struct supervisor_leaver){.row = row,
		.child = handed->child,
		.since_ms = now_ms};
}

static void
adopt_process(struct supervisor_process *process, const struct supervisor_handed *handed,
	int64_t now_ms)
{
	process->child = handed->child;
	process->state = SUPERVISOR_READY;
	process->ever_ready = true;
	process->since_ms = now_ms;
	process->ready_at_ms = now_ms;
	process->restarts = handed->restarts;
	process->ready_ms = handed->ready_ms;
	supervisor_log_adopt(&process->log, handed->read_end, handed->write_end);
}

void
supervisor_handover_adopt(struct supervisor *supervisor, const struct supervisor_handover *handover)
{
	int64_t now_ms = bh_clock_steady_ms();

	for (size_t i = 0; i < handover->n; i++) {
		const struct supervisor_handed *handed = &handover->list[i];
		struct supervisor_process *process = supervisor_find(supervisor, handed->name);

		if (process == NULL)
			kill(handed->child.pid, SIGTERM);
		else if (handed->leaves)
			adopt_leaver(supervisor, process->row, handed, now_ms);
		else
			adopt_process(process, handed, now_ms);
	}
	for (size_t i = 0; i < supervisor->n; i++) {
		if (supervisor->processes[i].row->kind == SUPERVISOR_STEP)
			supervisor->processes[i].state = SUPERVISOR_DONE;
	}
	supervisor->was_ready = true;
}
