/* SPDX-License-Identifier: Apache-2.0 */
/* pipe.c: posix_spawnp with two descriptors. */
#include "backup/pipe.h"

#include <errno.h>
#include <fcntl.h>
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

static int
end(const char *program, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return bh_error(BH_E_IO, "wait for %s: %m", program);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return bh_error(BH_E_IO, "%s failed with %s %d", program,
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int
backup_pipe_run(const char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int error = posix_spawn_file_actions_init(&actions);

	if (error == 0) {
		error = set_up(&actions, in, out);
		if (error == 0)
			error = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (error != 0) {
		errno = error;
		return bh_error(BH_E_IO, "%s: %m", argv[0]);
	}
	return end(argv[0], pid);
}
