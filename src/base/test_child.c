/* SPDX-License-Identifier: Apache-2.0 */
/* test_child.c: what a program of ours gets, and what is left of it. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/child.h"
#include "base/error.h"

/* A shell that runs these words. */
static pid_t
shell(const char *words, const int fds[], size_t n)
{
	struct bh_child_arguments arguments = {.list = {(char *)"sh"}, .n = 1};
	pid_t pid = 0;

	bh_child_add(&arguments, "-c", words);
	assert_int_equal(bh_child_start("/bin/sh", &arguments, fds, n, &pid), 0);
	assert_true(pid > 0);
	return pid;
}

static void
descriptors_take_their_places_whatever_numbers_they_had(void **state)
{
	int a[2], b[2];
	char said[8] = "";
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(pipe2(a, O_CLOEXEC), 0);
	assert_int_equal(pipe2(b, O_CLOEXEC), 0);
	/* Each where the other one is to go. */
	assert_int_equal(dup3(a[1], 20, O_CLOEXEC), 20);
	assert_int_equal(dup3(b[1], 19, O_CLOEXEC), 19);
	pid = shell("printf a >&3; printf b >&4", (const int[]){-1, -1, -1, 20, 19}, 5);
	status = bh_child_wait(&pid, NULL);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(pid, 0);
	assert_int_equal(read(a[0], said, sizeof(said)), 1);
	assert_int_equal(said[0], 'a');
	assert_int_equal(read(b[0], said, sizeof(said)), 1);
	assert_int_equal(said[0], 'b');
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	close(19);
	close(20);
}

static void
it_has_no_others_and_a_bare_environment(void **state)
{
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(setenv("BULKHEAD_SECRET", "x", 1), 0);
	pid = shell("test -z \"$BULKHEAD_SECRET\" && test ! -e /proc/self/fd/9", NULL, 0);
	assert_int_equal(bh_child_wait(&pid, NULL), 0);
	unsetenv("BULKHEAD_SECRET");
	close(ends[0]);
	close(ends[1]);
}

/* The reading end sees the end of the file once nobody can write any more. */
static void
assert_nobody_writes(int fd)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), 0);
}

static void
what_it_started_ends_with_it(void **state)
{
	int ends[2];
	pid_t pid;

	(void)state;
	for (int killed = 0; killed < 2; killed++) {
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		pid = shell(killed ? "sleep 600 & sleep 600" : "sleep 600 & exit 3",
			(const int[]){-1, ends[1]}, 2);
		close(ends[1]);
		if (killed) {
			bh_child_kill(&pid);
		} else {
			int status = bh_child_wait(&pid, NULL);

			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
		}
		assert_int_equal(pid, 0);
		assert_nobody_writes(ends[0]);
		close(ends[0]);
	}
	bh_child_kill(&pid);
}

static void
a_program_that_is_not_there_is_told(void **state)
{
	struct bh_child_arguments arguments = {.list = {(char *)"none"}, .n = 1};
	pid_t pid = 7;

	(void)state;
	bh_child_add_number(&arguments, "--limit", INT64_MIN);
	bh_child_add(&arguments, "--absent", NULL);
	assert_int_equal(arguments.n, 3);
	assert_string_equal(arguments.list[2], "-9223372036854775808");
	assert_int_equal(bh_child_start("/nowhere/none", &arguments, NULL, 0, &pid), BH_E_UNAVAILABLE);
	assert_non_null(strstr(bh_error_detail(BH_E_UNAVAILABLE), "/nowhere/none"));
	assert_int_equal(pid, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_take_their_places_whatever_numbers_they_had),
		cmocka_unit_test(it_has_no_others_and_a_bare_environment),
		cmocka_unit_test(what_it_started_ends_with_it),
		cmocka_unit_test(a_program_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
