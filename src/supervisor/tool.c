/* SPDX-License-Identifier: Apache-2.0 */
/* tool.c: posix_spawn and wait. */
#include "supervisor/tool.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/error.h"

int
supervisor_tool_run(char *const argv[], char *const environment[])
{
	int status;
	pid_t pid;
	int error = posix_spawn(&pid, argv[0], NULL, NULL, argv, environment);

	if (error != 0) {
		errno = error;
		return bh_error(BH_E_IO, "%s: %m", argv[0]);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return bh_error(BH_E_IO, "wait for %s: %m", argv[0]);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return bh_error(BH_E_IO, "%s failed with %s %d", argv[0],
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}
