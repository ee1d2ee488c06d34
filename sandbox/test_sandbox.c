/* SPDX-License-Identifier: Apache-2.0 */
/* test_sandbox.c: what the sandbox refuses, each tried in a process of its own. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { REFUSED = 0, ALLOWED = 1, NO_SANDBOX = 2 };

static const char *const folders[] = {"/usr/share/fonts", NULL};

static int
enter(int cpu_seconds)
{
	return sandbox_enter(&(struct sandbox_needs){.program = "test",
		.cpu_seconds = cpu_seconds,
		.descriptors = 3,
		.folders = folders,
		.in_background = true});
}

/* Runs the attempt inside the sandbox; it returns whether it was let through. */
static int
inside(int (*attempt)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(enter(10) < 0 ? NO_SANDBOX : attempt());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ||
			errno != EPERM
		? ALLOWED
		: REFUSED;
}

static int
try_write_open(void)
{
	int created = open("/tmp/bulkhead-sandbox-test", O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (created >= 0)
		unlink("/tmp/bulkhead-sandbox-test");
	return created >= 0 || open("/dev/null", O_WRONLY) >= 0 || open("/dev/null", O_RDWR) >= 0 ||
			open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0
		? ALLOWED
		: REFUSED;
}

static int
try_read_open(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 || open("/proc/self/maps", O_RDONLY) >= 0 ||
			open(".", O_RDONLY | O_DIRECTORY) >= 0
		? ALLOWED
		: REFUSED;
}

static int
try_exec(void)
{
	char *const args[] = {"/bin/true", NULL};
	char *const env[] = {NULL};

	execve(args[0], args, env); /* returns only when it fails; true would exit with 0 */
	return errno == EPERM ? REFUSED : ALLOWED;
}

static int
try_fork(void)
{
	return fork() >= 0 ? ALLOWED : REFUSED;
}

static int
try_executable_memory(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NO_SANDBOX;
	return mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0 ? ALLOWED : REFUSED;
}

static int
try_kill(void)
{
	return kill(getppid(), 0) == 0 ? ALLOWED : REFUSED;
}

static int
try_much_memory(void)
{
	return mmap(NULL, (size_t)4 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
		? ALLOWED
		: REFUSED;
}

static int
try_inherited_descriptor(void)
{
	char byte;

	return read(50, &byte, 1) >= 0 || errno != EBADF ? ALLOWED : REFUSED;
}

static int
try_raise_limit(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	return setrlimit(RLIMIT_CPU, &limit) == 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ? ALLOWED
																						 : REFUSED;
}

/* A line of this process; empty where the kernel has no such file. */
static void
read_line_of(pid_t process, const char *name, char *out, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)process, name);
	file = fopen(path, "r");
	out[0] = '\0';
	if (file != NULL) {
		assert_non_null(fgets(out, (int)size, file));
		fclose(file);
	}
}

static void
its_session_stands_behind_the_others(void **state)
{
	char line[128], byte;
	int ends[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (setsid() < 0 || dup2(ends[1], 1) != 1 || enter(10) < 0 || write(1, "x", 1) != 1)
			_exit(NO_SANDBOX);
		sleep(30);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	read_line_of(child, "autogroup", line, sizeof(line));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ends[0]);
	if (line[0] == '\0')
		skip();
	assert_non_null(strstr(line, " nice 10\n"));
}

static void
sockets_are_refused(void **state)
{
	(void)state;
	assert_int_equal(inside(try_socket), REFUSED);
}

static void
opening_for_writing_is_refused(void **state)
{
	(void)state;
	assert_int_equal(inside(try_write_open), REFUSED);
}

static void
other_files_cannot_be_read(void **state)
{
	(void)state;
	assert_int_equal(inside(try_read_open), REFUSED);
}

static void
executing_and_forking_are_refused(void **state)
{
	(void)state;
	assert_int_equal(inside(try_exec), REFUSED);
	assert_int_equal(inside(try_fork), REFUSED);
}

static void
memory_never_becomes_executable(void **state)
{
	(void)state;
	assert_int_equal(inside(try_executable_memory), REFUSED);
}

static void
other_processes_cannot_be_signalled(void **state)
{
	(void)state;
	assert_int_equal(inside(try_kill), REFUSED);
}

static void
memory_ends_and_limits_stay(void **state)
{
	(void)state;
	assert_int_equal(inside(try_much_memory), REFUSED);
	assert_int_equal(inside(try_raise_limit), REFUSED);
}

static void
inherited_descriptors_are_closed(void **state)
{
	int fd = open("/dev/zero", O_RDONLY);

	(void)state;
	assert_int_equal(dup2(fd, 50), 50);
	assert_int_equal(inside(try_inherited_descriptor), REFUSED);
	close(50);
	close(fd);
}

static int
try_kept_descriptor(void)
{
	char byte;

	return read(3, &byte, 1) == 1 ? ALLOWED : REFUSED;
}

static void
those_that_are_needed_stay_and_without_folders_none_is_read(void **state)
{
	const struct sandbox_needs needs = {.program = "test", .cpu_seconds = 10, .descriptors = 4};
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		int fd = open("/dev/zero", O_RDONLY);

		if (dup2(fd, 3) != 3 || dup2(fd, 50) != 50 || sandbox_enter(&needs) < 0)
			_exit(NO_SANDBOX);
		_exit(try_kept_descriptor() == ALLOWED && try_inherited_descriptor() == REFUSED &&
					open("/usr/share/fonts", O_RDONLY | O_DIRECTORY) < 0
				? 0
				: 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void *
write_nothing(void *unused)
{
	return unused;
}

/* What a program that trains does in its folder; and that its rights end there. */
static int
try_to_write(const char *folder)
{
	char path[256], other[256];
	pthread_t thread;
	int fd;

	snprintf(path, sizeof(path), "%s/new", folder);
	snprintf(other, sizeof(other), "%s/renamed", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0 ||
		renameat(AT_FDCWD, path, AT_FDCWD, other) < 0 || unlinkat(AT_FDCWD, other, 0) < 0 ||
		mkdirat(AT_FDCWD, path, 0700) < 0 || unlinkat(AT_FDCWD, path, AT_REMOVEDIR) < 0)
		return 1;
	if (pthread_create(&thread, NULL, write_nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
		return 2;
	/* Beside its folder, by a link, another process, another program, the network. */
	snprintf(path, sizeof(path), "%s/../bh-test-sandbox-outside", folder);
	if (open(path, O_WRONLY | O_CREAT, 0600) >= 0 || symlink("/etc", other) == 0)
		return 3;
	if (fork() >= 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0 ||
		execl("/bin/true", "true", NULL) == 0)
		return 4;
	return 0;
}

static void
one_folder_is_written_and_nothing_else(void **state)
{
	char folder[] = "/tmp/bh-test-sandbox-XXXXXX";
	pid_t child;
	int status;

	(void)state;
	assert_non_null(mkdtemp(folder));
	child = fork();
	if (child == 0) {
		const struct sandbox_needs needs = {.program = "test",
			.descriptors = 3,
			.folders = folders,
			.written = folder,
			.threads = true,
			.memory_bytes = 1UL << 32};

		_exit(sandbox_enter(&needs) < 0 ? 9 : try_to_write(folder));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(rmdir(folder), 0);
	assert_true(WIFEXITED(status));
	/* Without landlock the files' permissions are the only lock. */
	if (WEXITSTATUS(status) == 3 && syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 0)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static _Noreturn void
spin(void)
{
	for (;;)
		continue;
}

static void
cpu_time_ends(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		if (enter(1) < 0)
			_exit(NO_SANDBOX);
		spin();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

/* In a process between this one and it: stops before its sandbox, is left alone, and must not stay. */
static void
start_stopped_and_exit(void)
{
	pid_t reader = fork();
	int status;

	if (reader == 0) {
		if (sandbox_tie("test") < 0)
			_exit(NO_SANDBOX);
		raise(SIGSTOP);
		_exit(ALLOWED);
	}
	_exit(
		reader > 0 && waitpid(reader, &status, WUNTRACED) == reader && WIFSTOPPED(status) ? 0 : 1);
}

static void
it_ends_with_whoever_started_it_even_when_it_is_stopped(void **state)
{
	pid_t starter;
	int status;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	starter = fork();
	assert_true(starter >= 0);
	if (starter == 0)
		start_stopped_and_exit();
	assert_int_equal(waitpid(starter, &status, 0), starter);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_session_stands_behind_the_others),
		cmocka_unit_test(sockets_are_refused),
		cmocka_unit_test(opening_for_writing_is_refused),
		cmocka_unit_test(other_files_cannot_be_read),
		cmocka_unit_test(executing_and_forking_are_refused),
		cmocka_unit_test(memory_never_becomes_executable),
		cmocka_unit_test(other_processes_cannot_be_signalled),
		cmocka_unit_test(memory_ends_and_limits_stay),
		cmocka_unit_test(inherited_descriptors_are_closed),
		cmocka_unit_test(those_that_are_needed_stay_and_without_folders_none_is_read),
		cmocka_unit_test(one_folder_is_written_and_nothing_else),
		cmocka_unit_test(cpu_time_ends),
		cmocka_unit_test(it_ends_with_whoever_started_it_even_when_it_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
