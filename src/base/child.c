/* SPDX-License-Identifier: Apache-2.0 */
/* child.c: posix_spawn(3) into a session, and the end of its process group. */
#include "base/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

void
bh_child_add(struct bh_child_arguments *arguments, const char *name, const char *value)
{
	if (value == NULL)
		return;
	assert(arguments->n + 2 <= BH_CHILD_ARGUMENTS_MAX);
	arguments->list[arguments->n++] = (char *)name;
	arguments->list[arguments->n++] = (char *)value;
}

void
bh_child_add_number(struct bh_child_arguments *arguments, const char *name, int64_t value)
{
	assert(arguments->n + 2 <= BH_CHILD_ARGUMENTS_MAX);
	char *text = arguments->numbers[arguments->n];

	snprintf(text, BH_CHILD_NUMBER_TEXT, "%lld", (long long)value);
	bh_child_add(arguments, name, text);
}

/* ---- its start ---- */

/* Copies above all places that the program's descriptors take: none is overwritten before its turn. */
struct places {
	int fds[BH_CHILD_FDS_MAX];
	size_t n;
};

static void
places_close(struct places *places)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->fds[i] >= 0)
			close(places->fds[i]);
}

static int
places_fill(struct places *places, const int fds[], size_t n)
{
	assert(n <= BH_CHILD_FDS_MAX);
	for (; places->n < n; places->n++) {
		int fd = fds[places->n];

		places->fds[places->n] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, BH_CHILD_FDS_MAX);
		if (fd >= 0 && places->fds[places->n] < 0)
			return bh_error(BH_E_IO, "prepare a descriptor: %m");
	}
	return 0;
}

static int
spawn(const char *program, const struct bh_child_arguments *arguments, const struct places *places,
	pid_t *out_pid)
{
	char *environment[] = {"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int failed;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	for (size_t i = 0; i < places->n; i++)
		if (places->fds[i] >= 0)
			posix_spawn_file_actions_adddup2(&actions, places->fds[i], (int)i);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	failed = posix_spawn(out_pid, program, &actions, &attributes, arguments->list, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	errno = failed;
	return failed == 0 ? 0 : bh_error(BH_E_UNAVAILABLE, "start %s: %m", program);
}

int
bh_child_start(const char *program, const struct bh_child_arguments *arguments, const int fds[],
	size_t n, pid_t *out_pid)
{
	BH_AUTO(places_close) struct places places = {0};
	pid_t pid = 0;
	int rc = places_fill(&places, fds, n);

	if (rc == 0)
		rc = spawn(program, arguments, &places, &pid);
	if (rc == 0)
		*out_pid = pid;
	return rc;
}

/* ---- its end ---- */

static int
reap(pid_t *pid, struct rusage *usage)
{
	int status = 0;

	/* While the number is still taken by the one that has ended. */
	kill(-*pid, SIGKILL);
	while (wait4(*pid, &status, 0, usage) < 0)
		if (errno != EINTR)
			return bh_error(BH_E_IO, "wait for a program: %m");
	*pid = 0;
	return status;
}

int
bh_child_wait(pid_t *pid, struct rusage *usage)
{
	siginfo_t end;

	while (waitid(P_PID, (id_t)*pid, &end, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			return bh_error(BH_E_IO, "wait for a program: %m");
	return reap(pid, usage);
}

void
bh_child_kill(pid_t *pid)
{
	if (*pid > 0)
		(void)reap(pid, NULL);
	*pid = 0;
}
