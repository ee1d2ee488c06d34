/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c: what a child says lands in its file, whole, and grown files are put aside by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rotate.h"
#include "supervisor/log.h"

struct fixture {
	char folder[32];
	struct supervisor_log log;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	strcpy(fix->folder, "/tmp/test_log.XXXXXX");
	*state = fix;
	return mkdtemp(fix->folder) == NULL ||
		supervisor_log_open(&fix->log, fix->folder, "a", 20, 2) < 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;
	char command[64];
	int status;

	supervisor_log_close(&fix->log);
	supervisor_log_close(&fix->log);
	snprintf(command, sizeof(command), "rm -rf '%s'", fix->folder);
	status = system(command);
	free(fix);
	return status;
}

static void
say(struct fixture *fix, const char *text)
{
	assert_int_equal(write(fix->log.write_end, text, strlen(text)), strlen(text));
	supervisor_log_drain(&fix->log);
}

static void
holds(const struct fixture *fix, const char *name, const char *wanted)
{
	char path[64], text[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", fix->folder, name);
	file = fopen(path, "r");
	if (wanted == NULL) {
		assert_null(file);
		return;
	}
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, wanted);
}

static void
a_grown_file_ends_with_a_whole_line(void **state)
{
	struct fixture *fix = *state;

	say(fix, "one\n");
	holds(fix, "a.log", "one\n");
	say(fix, "two, which is long\nthr");
	holds(fix, "a.log.1", "one\ntwo, which is long\n");
	holds(fix, "a.log", "thr");
	say(fix, "ee\n");
	holds(fix, "a.log", "three\n");
}

static void
a_line_without_end_is_cut_only_when_it_is_long(void **state)
{
	struct fixture *fix = *state;

	say(fix, "twenty bytes and more");
	holds(fix, "a.log.1", NULL);
	say(fix, "twenty bytes and more");
	holds(fix, "a.log.1", NULL);
	say(fix, "the rest");
	holds(fix, "a.log.1", "twenty bytes and moretwenty bytes and morethe rest");
	holds(fix, "a.log", "");
}

static void
as_many_are_kept_as_is_said(void **state)
{
	struct fixture *fix = *state;
	static const char *const lines[] = {"first, quite long..\n", "second, quite long.\n",
		"third, quite long..\n"};

	for (size_t i = 0; i < 3; i++)
		say(fix, lines[i]);
	holds(fix, "a.log.1", lines[2]);
	holds(fix, "a.log.2", lines[1]);
	holds(fix, "a.log.3", NULL);
}

static void
a_smaller_setting_removes_what_a_greater_one_kept(void **state)
{
	struct fixture *fix = *state;
	char path[64];

	snprintf(path, sizeof(path), "%s/a.log", fix->folder);
	for (int i = 0; i < 3; i++) {
		FILE *file = fopen(path, "w");

		fprintf(file, "%d", i);
		fclose(file);
		assert_true(bh_rotate(path, BH_ROTATE_KEEP_ALL));
	}
	holds(fix, "a.log.3", "0");
	assert_true(bh_rotate(path, 1));
	holds(fix, "a.log.2", NULL);
	holds(fix, "a.log.3", NULL);
}

static void
the_tail_is_the_last_lines(void **state)
{
	struct fixture *fix = *state;
	char path[64], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	say(fix, "1\n2\n3\n4");
	snprintf(path, sizeof(path), "%s/a.log", fix->folder);
	supervisor_log_tail(path, 2, "  ", out);
	supervisor_log_tail("/nonexistent", 2, "  ", out);
	fclose(out);
	assert_string_equal(text, "  3\n  4\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_grown_file_ends_with_a_whole_line),
		TEST(a_line_without_end_is_cut_only_when_it_is_long),
		TEST(as_many_are_kept_as_is_said),
		TEST(a_smaller_setting_removes_what_a_greater_one_kept),
		TEST(the_tail_is_the_last_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
