/* SPDX-License-Identifier: Apache-2.0 */
/* launch.c: fork, give up rights, tie the child's life to ours, exec. */
#include "supervisor/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "supervisor/file.h"

/* What a child that could not become its program says through the pipe. */
struct failure {
	int error;
	char step[28];
};

/* Between fork and exec: system calls only, because other threads may have held any lock. */

_Noreturn static void
fail(int report, const char *step)
{
	struct failure failure = {.error = errno};

	for (size_t i = 0; step[i] != '\0' && i < sizeof(failure.step) - 1; i++)
		failure.step[i] = step[i];
	if (write(report, &failure, sizeof(failure)) < 0)
		_exit(126);
	_exit(127);
}

/* The system calls themselves: the library's wrappers talk to threads that do not exist here. */
static bool
become(const struct supervisor_user *user)
{
	const gid_t groups[] = {user->gid, user->shared};

	return syscall(SYS_setgroups, BH_COUNT(groups), groups) == 0 &&
		syscall(SYS_setresgid, user->gid, user->gid, user->gid) == 0 &&
		syscall(SYS_setresuid, user->uid, user->uid, user->uid) == 0;
}

/* The one right of root's that the gateway's user keeps when its port asks for it; ambient, so that
 * it survives exec. */
static bool
keep_low_port(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct only = {
		.effective = 1u << CAP_NET_BIND_SERVICE,
		.permitted = 1u << CAP_NET_BIND_SERVICE,
		.inheritable = 1u << CAP_NET_BIND_SERVICE,
	};
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {only};

	return syscall(SYS_capset, &header, data) == 0 &&
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) == 0;
}

static bool
set_output(const struct supervisor_launch *launch)
{
	int nothing = open("/dev/null", O_RDONLY);

	if (nothing < 0 || dup2(nothing, 0) < 0)
		return false;
	return launch->output < 0 || (dup2(launch->output, 1) == 1 && dup2(launch->output, 2) == 2);
}

static void
default_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < 32; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* One that is stricter already stays. */
static bool
limit_memory(int64_t bytes)
{
	const struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
	struct rlimit old;

	if (getrlimit(RLIMIT_AS, &old) < 0)
		return false;
	return old.rlim_max <= limit.rlim_max || setrlimit(RLIMIT_AS, &limit) == 0;
}

/* Where the kernel gives each session a share of its own (autogroup), a process's niceness counts within
 * its session only, and the session has one of its own. The kernel takes one such write in 100 ms. */
static bool
stand_behind(int niceness)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000000};
	const char text[] = {(char)('0' + niceness / 10), (char)('0' + niceness % 10)};
	size_t skip = niceness < 10; /* a leading 0 would mean octal */
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	errno = 0;
	if (nice(niceness) == -1 && errno != 0)
		return false;
	for (int tries = 0; fd >= 0 && tries < 10; tries++) {
		if (write(fd, text + skip, sizeof(text) - skip) > 0 || errno != EAGAIN)
			break;
		nanosleep(&pause, NULL);
	}
	return true;
}

_Noreturn static void
run_child(const struct supervisor_launch *launch, pid_t parent, int report)
{
	default_signals();
	if (setsid() < 0)
		fail(report, "setsid");
	if (!set_output(launch))
		fail(report, "redirect output");
	if (chdir(launch->folder) < 0)
		fail(report, "chdir");
	if (launch->memory_bytes > 0 && !limit_memory(launch->memory_bytes))
		fail(report, "limit memory");
	if (launch->niceness > 0 && !stand_behind(launch->niceness))
		fail(report, "nice");
	if (launch->low_port && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		fail(report, "keep capabilities");
	if (launch->user != NULL && !become(launch->user))
		fail(report, "change the user");
	if (launch->low_port && !keep_low_port())
		fail(report, "keep cap_net_bind_service");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail(report, "no_new_privs");
	/* After the uid change, which would clear it; a parent that died before is seen by its pid. */
	if (prctl(PR_SET_PDEATHSIG, launch->orphan_signal, 0, 0, 0) < 0)
		fail(report, "pdeathsig");
	if (getppid() != parent)
		_exit(1);
	/* All else is closed by exec: every descriptor here was opened with close-on-exec. */
	if (launch->keep >= 0 && fcntl(launch->keep, F_SETFD, 0) < 0)
		fail(report, "keep a descriptor");
	umask(launch->user != NULL ? 0007 : 0077);
	execve(launch->argv[0], launch->argv, launch->environment);
	fail(report, launch->argv[0]);
}

int
supervisor_launch(const struct supervisor_launch *launch, pid_t *out_pid)
{
	BH_AUTO(supervisor_file_close) int read_end = -1;
	struct failure failure = {0};
	pid_t parent = getpid();
	int ends[2];
	ssize_t count;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return bh_error(BH_E_IO, "pipe: %m");
	read_end = ends[0];
	pid = fork();
	if (pid == 0)
		run_child(launch, parent, ends[1]);
	close(ends[1]);
	if (pid < 0)
		return bh_error(BH_E_IO, "fork: %m");

	do {
		count = read(read_end, &failure, sizeof(failure));
	} while (count < 0 && errno == EINTR);
	if (count == (ssize_t)sizeof(failure)) {
		waitpid(pid, NULL, 0);
		errno = failure.error;
		return bh_error(BH_E_IO, "start %s: %s: %m", launch->argv[0], failure.step);
	}
	*out_pid = pid;
	return 0;
}

int
supervisor_launch_tool(const char *const argv[], char *const environment[])
{
	int status;
	pid_t pid;
	int error = posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environment);

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
