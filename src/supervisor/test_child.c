/* SPDX-License-Identifier: Apache-2.0 */
/* test_child.c: children, groups, locks, ports and logs, with real processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/rotate.h"
#include "supervisor/child.h"
#include "supervisor/group.h"
#include "supervisor/launch.h"
#include "supervisor/lock.h"
#include "supervisor/log.h"
#include "supervisor/place.h"
#include "supervisor/supervisor.h"

#define WITHIN_MS 20000

struct fixture {
	char folder[64];
	struct supervisor_place place;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	assert_non_null(fix);
	snprintf(fix->folder, sizeof(fix->folder), "/tmp/test_child.XXXXXX");
	assert_non_null(mkdtemp(fix->folder));
	fix->place.home = fix->folder;
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", fix->folder);
	assert_int_equal(system(command), 0);
	free(fix);
	return 0;
}

/* Runs a shell line as a supervised child whose output goes to `output`. */
static pid_t
launch_within(const char *line, int output, int64_t memory_bytes, int niceness)
{
	char shell[] = "/bin/sh";
	char option[] = "-c";
	char *text = strdup(line);
	char path[] = "PATH=/usr/bin:/bin";
	char *const argv[] = {shell, option, text, NULL};
	char *const environment[] = {path, NULL};
	const struct supervisor_launch with = {
		.argv = argv,
		.environment = environment,
		.folder = "/",
		.output = output,
		.keep = -1,
		.orphan_signal = SIGKILL,
		.memory_bytes = memory_bytes,
		.niceness = niceness,
	};
	pid_t pid = 0;

	assert_int_equal(supervisor_launch(&with, &pid), 0);
	free(text);
	return pid;
}

static pid_t
launch(const char *line, int output)
{
	return launch_within(line, output, 0, 0);
}

/* The next line that comes through a pipe. */
static void
read_line(int fd, char *out, size_t size)
{
	size_t len = 0;

	while (len + 1 < size) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		assert_int_equal(poll(&wait, 1, WITHIN_MS), 1);
		if (read(fd, out + len, 1) != 1 || out[len] == '\n')
			break;
		len++;
	}
	out[len] = '\0';
}

static void
a_child_stands_behind_the_others_when_it_should(void **state)
{
	char line[64], before[16];
	int ends[2];
	pid_t pid;

	(void)state;
	snprintf(before, sizeof(before), "%d", getpriority(PRIO_PROCESS, 0) + 3);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = launch_within("cut -d ' ' -f 19 /proc/self/stat; cut -d ' ' -f 3 /proc/self/autogroup || "
						"echo 3",
		ends[1], 0, 3);
	read_line(ends[0], line, sizeof(line));
	assert_string_equal(line, before);
	/* Its session stands behind the other ones too. */
	read_line(ends[0], line, sizeof(line));
	assert_string_equal(line, "3");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
}

static void
a_child_has_no_more_memory_than_it_was_given(void **state)
{
	char line[64];
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = launch_within("ulimit -H -v; ulimit -S -v", ends[1], 512 * (int64_t)BH_MIB, 0);
	for (int i = 0; i < 2; i++) {
		read_line(ends[0], line, sizeof(line));
		assert_string_equal(line, "524288");
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
}

static void
a_child_leads_a_session_and_writes_where_it_was_told(void **state)
{
	struct supervisor_proc proc;
	char line[64];
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = launch("echo out; echo err >&2; exec sleep 60", ends[1]);
	read_line(ends[0], line, sizeof(line));
	assert_string_equal(line, "out");
	read_line(ends[0], line, sizeof(line));
	assert_string_equal(line, "err");
	assert_int_equal(supervisor_proc_read(pid, &proc), 0);
	assert_int_equal(proc.group, pid);
	assert_int_equal(proc.parent, getpid());
	assert_int_equal(kill(-pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
}

static void
a_program_that_is_not_there_is_told_with_its_name(void **state)
{
	char file[] = "/nonexistent/program";
	char *const argv[] = {file, NULL};
	char *const environment[] = {NULL};
	const struct supervisor_launch with = {
		.argv = argv,
		.environment = environment,
		.folder = "/",
		.output = -1,
		.keep = -1,
		.orphan_signal = SIGKILL,
	};
	pid_t pid = 0;

	(void)state;
	assert_int_equal(supervisor_launch(&with, &pid), BH_E_IO);
	assert_non_null(strstr(bh_error_detail(BH_E_IO), "/nonexistent/program"));
	assert_int_equal(pid, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
a_child_dies_with_a_killed_supervisor(void **state)
{
	char line[64];
	int ends[2];
	pid_t middle;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	middle = fork();
	if (middle == 0) {
		launch("echo up; exec sleep 60", ends[1]);
		pause();
		_exit(0);
	}
	close(ends[1]);
	read_line(ends[0], line, sizeof(line));
	assert_string_equal(line, "up");
	assert_int_equal(kill(middle, SIGKILL), 0);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	/* The pipe ends when its last writer, the child, is gone. */
	read_line(ends[0], line, sizeof(line));
	assert_string_equal(line, "");
	close(ends[0]);
}

static void
a_recorded_group_is_ended_by_the_next_start(void **state)
{
	struct fixture *fix = *state;
	struct supervisor_group group = {.name = "probe", .uid = getuid()};
	struct supervisor_proc proc;
	char path[128];
	size_t ended = 0;
	int status;

	snprintf(path, sizeof(path), "%s/groups", fix->folder);
	group.pid = launch("sleep 60 & exec sleep 60", -1);
	assert_int_equal(supervisor_proc_read(group.pid, &proc), 0);
	group.started = proc.started;
	assert_int_equal(supervisor_groups_save(path, &group, 1), 0);

	assert_int_equal(supervisor_groups_end(path, &ended), 0);

	assert_true(ended >= 1);
	assert_int_equal(waitpid(group.pid, &status, 0), group.pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
a_stranger_with_the_recorded_pid_is_left_alone(void **state)
{
	struct fixture *fix = *state;
	struct supervisor_group group = {.name = "probe", .uid = getuid()};
	struct supervisor_proc proc;
	char path[128];
	size_t ended = 7;

	snprintf(path, sizeof(path), "%s/groups", fix->folder);
	group.pid = launch("exec sleep 60", -1);
	assert_int_equal(supervisor_proc_read(group.pid, &proc), 0);
	group.started = proc.started + 1;
	assert_int_equal(supervisor_groups_save(path, &group, 1), 0);

	assert_int_equal(supervisor_groups_end(path, &ended), 0);

	assert_int_equal(ended, 0);
	assert_int_equal(waitpid(group.pid, NULL, WNOHANG), 0);
	kill(group.pid, SIGKILL);
	waitpid(group.pid, NULL, 0);
}

static void
orphans_that_were_adopted_are_ended_and_known_children_are_not(void **state)
{
	char line[64];
	int ends[2];
	pid_t known;
	pid_t shell;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	known = launch("exec sleep 60", -1);
	shell = launch("setsid sleep 60 & echo $!", ends[1]);
	read_line(ends[0], line, sizeof(line));
	assert_int_equal(waitpid(shell, NULL, 0), shell);

	assert_int_equal(supervisor_group_adopted_end(&known, 1), 1);

	assert_int_equal(waitpid(atoi(line), NULL, 0), atoi(line));
	assert_int_equal(supervisor_group_adopted_end(&known, 1), 0);
	assert_int_equal(waitpid(known, NULL, WNOHANG), 0);
	kill(known, SIGKILL);
	waitpid(known, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static void
a_second_start_names_the_first(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct fixture *fix = *state;
	char expected[64];
	pid_t holder = 0;
	int first = -1;
	int second = -1;

	assert_int_equal(supervisor_lock_holder(&fix->place, &holder), BH_E_NOT_FOUND);
	assert_null(supervisor_lock_url(&arena, &fix->place));
	assert_int_equal(supervisor_lock_take(&fix->place, "http://127.0.0.1:1", &first), 0);
	assert_int_equal(supervisor_lock_take(&fix->place, "http://127.0.0.1:1", &second), BH_E_EXISTS);
	snprintf(expected, sizeof(expected), "pid %d at http://127.0.0.1:1", (int)getpid());
	assert_non_null(strstr(bh_error_detail(BH_E_EXISTS), expected));
	assert_int_equal(supervisor_lock_holder(&fix->place, &holder), 0);
	assert_string_equal(supervisor_lock_url(&arena, &fix->place), "http://127.0.0.1:1");
	assert_int_equal(holder, getpid());
	close(first);
	assert_int_equal(supervisor_lock_take(&fix->place, "http://127.0.0.1:1", &second), 0);
	close(second);
}

static void
a_taken_port_names_its_holder(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	char listen_text[32];
	char expected[32];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(listen_text, sizeof(listen_text), "127.0.0.1:%d", ntohs(address.sin_port));
	snprintf(expected, sizeof(expected), "pid %d (", (int)getpid());

	assert_int_equal(supervisor_lock_port(listen_text), BH_E_EXISTS);
	assert_non_null(strstr(bh_error_detail(BH_E_EXISTS), expected));
	close(fd);
	assert_int_equal(supervisor_lock_port(listen_text), 0);
	assert_int_equal(supervisor_lock_port("192.0.2.1:1"), BH_E_CONFIG);
}

static void
a_log_is_put_aside_when_it_is_full(void **state)
{
	struct fixture *fix = *state;
	struct supervisor_log log = {0};
	char path[128];

	assert_int_equal(supervisor_log_open(&log, fix->folder, "probe", 10, 2), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(write(log.write_end, "0123456789\n", 11), 11);
		supervisor_log_drain(&log);
	}
	assert_int_equal(write(log.write_end, "last\n", 5), 5);
	supervisor_log_drain(&log);
	supervisor_log_close(&log);
	supervisor_log_close(&log);
	snprintf(path, sizeof(path), "%s/probe.log.2", fix->folder);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/probe.log.3", fix->folder);
	assert_int_equal(access(path, F_OK), -1);
}

static void
the_right_to_a_low_port_survives_the_change_of_user(void **state)
{
	const struct supervisor_user nobody = {.uid = 65534, .gid = 65534, .shared = 65534};
	char shell[] = "/bin/sh", option[] = "-c", path[] = "PATH=/usr/bin:/bin";
	char line[] = "sed -n 's/^Cap\\(Eff\\|Amb\\|Prm\\):.//p' /proc/self/status; id -u";
	char *const argv[] = {shell, option, line, NULL};
	char *const environment[] = {path, NULL};
	char text[256] = "";
	int ends[2];
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int low = 0; low <= 1; low++) {
		const char *right = low ? "0000000000000400" : "0000000000000000";
		const struct supervisor_launch with = {
			.argv = argv,
			.environment = environment,
			.folder = "/",
			.user = &nobody,
			.low_port = low == 1,
			.output = ends[1],
			.keep = -1,
			.orphan_signal = SIGKILL,
		};
		char expected[256];
		ssize_t len;

		assert_int_equal(supervisor_launch(&with, &pid), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		len = read(ends[0], text, sizeof(text) - 1);
		assert_true(len > 0);
		text[len] = '\0';
		snprintf(expected, sizeof(expected), "%s\n%s\n%s\n65534\n", right, right, right);
		assert_string_equal(text, expected);
	}
	close(ends[0]);
	close(ends[1]);
}

static void
a_log_is_put_aside_between_two_lines(void **state)
{
	struct fixture *fix = *state;
	struct supervisor_log log = {0};
	char path[128], text[32] = "";
	FILE *file;

	assert_int_equal(supervisor_log_open(&log, fix->folder, "probe", 10, 2), 0);
	assert_int_equal(write(log.write_end, "0123456789\nhal", 14), 14);
	supervisor_log_drain(&log);
	assert_int_equal(write(log.write_end, "f\n", 2), 2);
	supervisor_log_drain(&log);
	supervisor_log_close(&log);
	snprintf(path, sizeof(path), "%s/probe.log", fix->folder);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	assert_string_equal(text, "half\n");
	fclose(file);
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
a_grown_file_is_put_aside_and_the_oldest_goes(void **state)
{
	struct fixture *fix = *state;
	char path[100], aside[128];

	snprintf(path, sizeof(path), "%s/audit-x.jsonl", fix->folder);
	assert_false(bh_rotate_grown(path, 4, 2));
	put(path, "123");
	assert_false(bh_rotate_grown(path, 4, 2));
	/* Left by a greater setting. */
	for (int i = 3; i <= 5; i++) {
		snprintf(aside, sizeof(aside), "%s.%d", path, i);
		put(aside, "old");
	}
	for (int i = 0; i < 4; i++) {
		put(path, "1234");
		assert_true(bh_rotate_grown(path, 4, 2));
		assert_int_equal(access(path, F_OK), -1);
	}
	for (int i = 1; i <= 5; i++) {
		snprintf(aside, sizeof(aside), "%s.%d", path, i);
		assert_int_equal(access(aside, F_OK), i <= 2 ? 0 : -1);
	}
	/* Nobody makes us rename what is no file. */
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_false(bh_rotate_grown(path, 0, 2));
}

static int
command_true(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	static const char program[] = "/bin/true";

	(void)instance;
	(void)row;
	out->argv = bh_arena_array(arena, 3, sizeof(*out->argv)); /* room for "-t" and the end */
	out->argv[0] = bh_arena_strdup(arena, program);
	out->environment = bh_arena_array(arena, 1, sizeof(*out->environment));
	return 0;
}

static void
a_reload_reaches_nobody_but_a_running_gateway(void **state)
{
	static const struct supervisor_row row = {.name = "gateway", .command = command_true};
	static const enum supervisor_state over[] = {SUPERVISOR_WAITING, SUPERVISOR_STOPPING,
		SUPERVISOR_CLEANING, SUPERVISOR_STOPPED};
	struct supervisor_instance instance = {0};
	struct supervisor supervisor = {.instance = &instance, .n = 1};
	struct supervisor_process *gateway = &supervisor.processes[0];
	int status = 0;

	(void)state;
	gateway->row = &row;
	gateway->log.write_end = -1;
	gateway->child.pid = launch("exec sleep 60", -1);
	for (size_t i = 0; i < BH_COUNT(over); i++) {
		gateway->state = over[i];
		assert_int_equal(supervisor_child_reload(&supervisor, gateway), 0);
		assert_int_equal(waitpid(gateway->child.pid, &status, WNOHANG), 0);
	}
	gateway->state = SUPERVISOR_READY;
	assert_int_equal(supervisor_child_reload(&supervisor, gateway), 0);
	assert_int_equal(waitpid(gateway->child.pid, &status, 0), gateway->child.pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_has_no_more_memory_than_it_was_given),
		cmocka_unit_test(a_child_stands_behind_the_others_when_it_should),
		cmocka_unit_test(a_child_leads_a_session_and_writes_where_it_was_told),
		cmocka_unit_test(a_program_that_is_not_there_is_told_with_its_name),
		cmocka_unit_test(a_child_dies_with_a_killed_supervisor),
		cmocka_unit_test_setup_teardown(a_recorded_group_is_ended_by_the_next_start, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_stranger_with_the_recorded_pid_is_left_alone, set_up,
			tear_down),
		cmocka_unit_test(orphans_that_were_adopted_are_ended_and_known_children_are_not),
		cmocka_unit_test_setup_teardown(a_second_start_names_the_first, set_up, tear_down),
		cmocka_unit_test(a_taken_port_names_its_holder),
		cmocka_unit_test_setup_teardown(a_log_is_put_aside_when_it_is_full, set_up, tear_down),
		cmocka_unit_test(a_reload_reaches_nobody_but_a_running_gateway),
		cmocka_unit_test(the_right_to_a_low_port_survives_the_change_of_user),
		cmocka_unit_test_setup_teardown(a_log_is_put_aside_between_two_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_grown_file_is_put_aside_and_the_oldest_goes, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
