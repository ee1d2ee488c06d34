/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.c: limits, landlock and the seccomp filter, in the order in which they must be set. */
#include "sandbox.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *program_name = "sandbox";

static int
fail(const char *what)
{
	fprintf(stderr, "%s: sandbox: %s: %m\n", program_name, what);
	return -1;
}

int
sandbox_tie(const char *program)
{
	program_name = program;
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? fail("end with the parent") : 0;
}

int
sandbox_become(const char *name, char **args)
{
	/* One thread: a file has one processor. */
	char *environment[] = {"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "OMP_THREAD_LIMIT=1", NULL};
	size_t size = strlen(name) + 1;
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - size);
	char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL) {
		memcpy(slash + 1, name, size);
		execve(path, args, environment);
	}
	fprintf(stderr, "%s: start %s: %m\n", program_name, path);
	return -1;
}

#ifdef SANDBOX_DISABLED

/* Sanitizers need far more address space and system calls than a sandbox leaves. */
int
sandbox_enter(const struct sandbox_needs *needs)
{
	fprintf(stderr, "%s: built without a sandbox, for sanitizers only\n", needs->program);
	return 0;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

static const rlim_t address_space_bytes_max = 1536UL * 1024 * 1024;
static const int niceness = 10;
static const rlim_t output_bytes_max = 1024UL * 1024 * 1024;
enum { DESCRIPTORS_TO_OPEN = 13 }; /* beside those that it has: of the folders */

/* What straight-line reading, allocating and writing needs, libraries included. */
static const int allowed_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(times),
	SCMP_SYS(getrusage),
	SCMP_SYS(getrandom),
	SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getdents64),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
};

/* What writing a folder needs besides, and waiting for what is said to the program. */
static const int calls_of_writers[] = {
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(fsync),
	SCMP_SYS(mkdirat),
	SCMP_SYS(unlinkat),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
};

static int
set_limit(int resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return -1;
	/* Someone who set a lower limit meant it. */
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
		value = limit.rlim_max;
	limit = (struct rlimit){.rlim_cur = value, .rlim_max = value};
	return setrlimit((__rlimit_resource_t)resource, &limit);
}

/* Whoever waits for an answer comes before whoever waits for a document. Where the kernel gives each session
 * a share of its own (autogroup), a session has its niceness too; somebody's terminal keeps its own. The kernel
 * takes one such write in 100 ms. */
static int
lower_priority(void)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000000};
	int fd = getsid(0) == getpid() ? open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC) : -1;

	for (int tries = 0; fd >= 0 && tries < 20; tries++) {
		if (dprintf(fd, "%d", niceness) > 0 || errno != EAGAIN)
			break;
		nanosleep(&pause, NULL);
	}
	if (fd >= 0)
		close(fd);
	/* Someone who set a lower one meant it, and it cannot be raised again. */
	if (getpriority(PRIO_PROCESS, 0) >= niceness)
		return 0;
	return setpriority(PRIO_PROCESS, 0, niceness);
}

/* Whether any of its descriptors but the first leads to a file that may be written. */
static bool
writes_to_file(int descriptors)
{
	struct stat output;

	for (int fd = STDOUT_FILENO; fd < descriptors; fd++) {
		if (fd == STDERR_FILENO || fstat(fd, &output) < 0 || !S_ISREG(output.st_mode))
			continue;
		if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
			return true;
	}
	return false;
}

static int
set_limits(const struct sandbox_needs *needs)
{
	bool to_file = needs->written != NULL || writes_to_file(needs->descriptors);

	if (needs->cpu_seconds > 0 && set_limit(RLIMIT_CPU, (rlim_t)needs->cpu_seconds) < 0)
		return fail("limit CPU time");
	if (set_limit(RLIMIT_AS,
			needs->memory_bytes > 0 ? needs->memory_bytes : address_space_bytes_max) < 0)
		return fail("limit address space");
	if (set_limit(RLIMIT_CORE, 0) < 0 ||
		set_limit(RLIMIT_NOFILE, (rlim_t)needs->descriptors + DESCRIPTORS_TO_OPEN) < 0)
		return fail("limit files");
	/* A pipe is not held to this; somebody's redirection to a file is let through. */
	if (set_limit(RLIMIT_FSIZE, to_file ? output_bytes_max : 0) < 0)
		return fail("limit file size");
	return 0;
}

/* A folder that is read need not be there. */
static int
allow_folder(int ruleset, const char *path, bool is_written)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	};
	long rc;

	if (is_written)
		rule.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
			LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			LANDLOCK_ACCESS_FS_REMOVE_DIR;
	rule.parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT && !is_written ? 0 : -1;
	rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return rc < 0 ? -1 : 0;
}

/* Everything the first version of landlock can refuse; opening for writing is among it. */
static int
confine_files(const struct sandbox_needs *needs, bool *out_confined)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int rc = 0;

	*out_confined = false;
	if (ruleset < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : fail("landlock");
	for (size_t i = 0; needs->folders != NULL && needs->folders[i] != NULL && rc == 0; i++)
		rc = allow_folder(ruleset, needs->folders[i], false);
	if (rc == 0 && needs->written != NULL)
		rc = allow_folder(ruleset, needs->written, true);
	if (rc == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	if (rc < 0)
		return fail("landlock");
	*out_confined = true;
	return 0;
}

/* pthread_create asks for a thread by clone3 first, whose flags lie in memory, where a filter cannot see them. */
static int
add_thread_rules(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	return rc < 0 ? rc
				  : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
						SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static int
add_writer_rules(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 0);

	for (size_t i = 0; i < sizeof(calls_of_writers) / sizeof(calls_of_writers[0]) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls_of_writers[i], 0);
	return rc;
}

static int
add_argument_rules(scmp_filter_ctx filter, bool files_confined)
{
	int rc = 0;

	/* Memory may be had, but never made executable. */
	rc = rc < 0 ? rc
				: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	rc = rc < 0 ? rc
				: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* stdio asks for a descriptor's flags. */
	rc = rc < 0 ? rc
				: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
					  SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0));
	/* abort() signals its own process and no other. */
	rc = rc < 0 ? rc
				: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
					  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	/* Limits may be asked for, not set. */
	rc = rc < 0 ? rc
				: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
					  SCMP_A2(SCMP_CMP_EQ, 0, 0));
	/* A filter cannot see the path, so reading is only opened where landlock can. Folders may
	 * be read, and O_TMPFILE holds the bit that says so beside its own. */
	if (files_confined)
		rc = rc < 0 ? rc
					: seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
						  SCMP_A2(SCMP_CMP_MASKED_EQ,
							  O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 0));
	return rc;
}

static int
set_filter(const struct sandbox_needs *needs, bool files_confined)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = 0;

	if (filter == NULL)
		return fail("seccomp");
	for (size_t i = 0; i < sizeof(allowed_calls) / sizeof(allowed_calls[0]) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
	if (rc == 0)
		rc = add_argument_rules(filter,
			files_confined && needs->folders != NULL && needs->written == NULL);
	if (rc == 0 && needs->written != NULL)
		rc = add_writer_rules(filter);
	if (rc == 0 && needs->threads)
		rc = add_thread_rules(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc < 0) {
		errno = -rc;
		return fail("seccomp");
	}
	return 0;
}

int
sandbox_enter(const struct sandbox_needs *needs)
{
	bool files_confined;

	program_name = needs->program;
	if (close_range((unsigned)needs->descriptors, ~0U, 0) < 0)
		return fail("close descriptors");
	/* Before it is nobody's to look at: its own files in /proc are root's then. */
	if (needs->in_background && lower_priority() < 0)
		return fail("lower the priority");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail("prctl");
	if (set_limits(needs) < 0 || confine_files(needs, &files_confined) < 0)
		return -1;
	return set_filter(needs, files_confined);
}

#endif
