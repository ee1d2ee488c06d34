/* SPDX-License-Identifier: Apache-2.0 */
/* pipe.c: posix_spawnp with two descriptors. */
#include "backup/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static int
set_up(posix_spawn_file_actions_t *actions, int in, int out)
{
	int error = in >= 0 ? posix_spawn_file_actions_adddup2(actions, in, 0)
						: posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

	return error != 0
		? error
		: posix_spawn_file_actions_adddup2(actions, out >= 0 ? out : STDERR_FILENO, 1);
}

int
backup_pipe_open(int out_ends[2])
{
	if (pipe2(out_ends, O_CLOEXEC) < 0)
		return bh_error(BH_E_IO, "open a pipe: %m");
	return 0;
}

int
backup_pipe_wait(int fd)
{
	struct pollfd waits = {.fd = fd, .events = POLLIN};

	while (poll(&waits, 1, -1) < 0) {
		if (errno != EINTR)
			return bh_error(BH_E_IO, "wait for a pipe: %m");
	}
	return 0;
}

/* Whoever writes to a program that has ended hears of its end from backup_pipe_end. */
static int
spawn(const char *const argv[], posix_spawn_file_actions_t *actions, pid_t *out)
{
	posix_spawnattr_t attributes;
	sigset_t signals;
	int error = posix_spawnattr_init(&attributes);

	if (error != 0)
		return error;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGPIPE);
	error = posix_spawnattr_setsigdefault(&attributes, &signals);
	if (error == 0)
		error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (error == 0)
		error = posix_spawnp(out, argv[0], actions, &attributes, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	return error;
}

int
backup_pipe_start(const char *const argv[], int in, int out, struct backup_child *child)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int error = posix_spawn_file_actions_init(&actions);

	if (error == 0) {
		error = set_up(&actions, in, out);
		if (error == 0)
			error = spawn(argv, &actions, &pid);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (error != 0) {
		errno = error;
		return bh_error(BH_E_IO, "run the program %s: %m", argv[0]);
	}
	*child = (struct backup_child){argv[0], pid};
	return 0;
}

int
backup_pipe_source(const char *const argv[], int *out_fd, struct backup_child *child)
{
	int ends[2], rc = backup_pipe_open(ends);

	if (rc < 0)
		return rc;
	rc = backup_pipe_start(argv, -1, ends[1], child);
	close(ends[1]);
	if (rc < 0)
		close(ends[0]);
	else
		*out_fd = ends[0];
	return rc;
}

int
backup_pipe_end(struct backup_child *child)
{
	const char *program = child->program;
	int status;

	while (waitpid(child->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return bh_error(BH_E_IO, "wait for %s: %m", program);
	}
	*child = (struct backup_child){0};
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return bh_error(BH_E_IO, "%s failed with %s %d", program,
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void
backup_pipe_close(struct backup_child *child)
{
	if (child->pid > 0 && kill(child->pid, SIGKILL) == 0) {
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {
		}
	}
	*child = (struct backup_child){0};
}

int
backup_pipe_run(const char *const argv[], int in, int out)
{
	struct backup_child child = {0};
	int rc = backup_pipe_start(argv, in, out, &child);

	return rc < 0 ? rc : backup_pipe_end(&child);
}
