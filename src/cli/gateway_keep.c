/* SPDX-License-Identifier: Apache-2.0 */
/* gateway_keep.c: the gateway's files where no supervisor looks after them. nginx never rotates its own. */
#include "cli/gateway_keep.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/rotate.h"
#include "base/text.h"
#include "service/audit_keep.h"
#include "service/places.h"
#include "supervisor/file.h"
#include "supervisor/instance.h"

#define AUDIT "audit-gateway.jsonl"
#define ANONYMOUS "audit-anonymous.jsonl"
#define EVERY_S 1
#define PATH_BYTES 1024
#define PID_BYTES_MAX 32

/* nginx names itself in this file once it listens to signals: one that is starting may have opened the old names
 * already, and would end by the signal. */
static void
pid_path(const struct supervisor_instance *instance, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%.900s/" BH_PLACES_GATEWAY "/nginx.pid", instance->place.run);
}

static pid_t
find_nginx(const struct supervisor_instance *instance)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	char path[PATH_BYTES];
	long pid;

	pid_path(instance, path);
	if (supervisor_file_read(path, PID_BYTES_MAX, &content) < 0)
		return 0;
	pid = strtol(bh_buf_string(&content), NULL, 10);
	return pid > 1 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static void
look(const struct supervisor_instance *instance, struct bh_audit_keeper *keeper)
{
	const struct bh_log_conf *conf = &instance->settings.log;
	const char *folder = instance->place.logs;
	pid_t nginx = find_nginx(instance);
	char path[PATH_BYTES];
	bool moved;

	if (nginx == 0)
		return;
	snprintf(path, sizeof(path), "%.700s/gateway.log", folder);
	moved = bh_rotate_grown(path, conf->rotate_bytes, conf->keep);
	moved = bh_audit_keep_rotate(folder, AUDIT, conf) || moved;
	moved = bh_audit_keep_rotate(folder, ANONYMOUS, conf) || moved;
	if (moved)
		kill(nginx, SIGUSR1);
	bh_audit_keep_beat(keeper, conf, folder, AUDIT, bh_clock_steady_ms());
}

static void
keep(const struct supervisor_instance *instance)
{
	struct bh_audit_keeper keeper = {0};
	struct timespec pause;

	bh_log_open(BH_PLACES_GATEWAY, BH_LOG_INFO);
	bh_log_output(STDOUT_FILENO);
	prctl(PR_SET_NAME, "keeper", 0, 0, 0);
	for (;;) {
		look(instance, &keeper);
		pause = (struct timespec){.tv_sec = EVERY_S};
		while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
			;
	}
}

int
cli_gateway_keep_clear(const struct supervisor_instance *instance)
{
	char path[PATH_BYTES];

	pid_path(instance, path);
	return unlink(path) < 0 && errno != ENOENT ? bh_error(BH_E_IO, "remove %s: %m", path) : 0;
}

int
cli_gateway_keep_start(const struct supervisor_instance *instance, pid_t *out_pid)
{
	pid_t parent = getpid();
	pid_t child = fork();

	if (child < 0)
		return bh_error(BH_E_IO, "fork: %m");
	if (child > 0) {
		*out_pid = child;
		return 0;
	}
	/* The signals of whoever stops the gateway are nginx's, which finishes first. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(1);
	keep(instance);
	_exit(0);
}
