/* SPDX-License-Identifier: Apache-2.0 */
/* test_tail.c: lines of files that grow and are put aside, each given once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cli/tail.h"

struct fixture {
	char folder[64];
	struct cli_tails tails;
	struct bh_buf seen;
};

static void
note(void *ctx, const struct cli_tail *tail, const char *text, size_t len)
{
	struct fixture *fix = ctx;

	(void)tail;
	bh_buf_add(&fix->seen, text, len);
	bh_buf_char(&fix->seen, ' ');
}

static int
setup(void **state)
{
	static struct fixture fix;

	fix = (struct fixture){.folder = "/tmp/bh-tail-XXXXXX"};
	if (mkdtemp(fix.folder) == NULL)
		return -1;
	fix.tails = (struct cli_tails){
		.folder = fix.folder,
		.prefix = "audit-",
		.suffix = ".jsonl",
		.bytes_most = 1000,
	};
	*state = &fix;
	return 0;
}

static void
path_of(const struct fixture *fix, int number, char out[128])
{
	snprintf(out, 128, number == 0 ? "%s/audit-x.jsonl" : "%s/audit-x.jsonl.%d", fix->folder,
		number);
}

static void
add(const struct fixture *fix, const char *line)
{
	char path[128];
	FILE *file;

	path_of(fix, 0, path);
	file = fopen(path, "ae");
	assert_non_null(file);
	fprintf(file, "%s\n", line);
	fclose(file);
}

static void
put_aside(const struct fixture *fix)
{
	char from[128], to[128];

	for (int number = 3; number >= 0; number--) {
		path_of(fix, number, from);
		path_of(fix, number + 1, to);
		rename(from, to);
	}
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;
	char path[128];

	cli_tails_close(&fix->tails);
	bh_buf_close(&fix->seen);
	for (int number = 0; number <= 4; number++) {
		path_of(fix, number, path);
		unlink(path);
	}
	return rmdir(fix->folder);
}

static void
lines_of_files_that_came_and_went_between_two_looks_are_given(void **state)
{
	struct fixture *fix = *state;

	add(fix, "one");
	cli_tails_read(&fix->tails, note, fix);
	add(fix, "two");
	for (int i = 0; i < 3; i++) {
		char line[8];

		put_aside(fix);
		snprintf(line, sizeof(line), "%d", i);
		add(fix, line);
	}
	cli_tails_read(&fix->tails, note, fix);
	add(fix, "last");
	cli_tails_read(&fix->tails, note, fix);
	assert_string_equal(bh_buf_string(&fix->seen), "one two 0 1 2 last ");
}

static void
a_line_is_given_once_it_is_whole(void **state)
{
	struct fixture *fix = *state;
	char path[128];
	FILE *file;

	path_of(fix, 0, path);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs("ha", file);
	fflush(file);
	cli_tails_read(&fix->tails, note, fix);
	assert_int_equal(fix->seen.len, 0);
	fputs("lf\n", file);
	fclose(file);
	cli_tails_read(&fix->tails, note, fix);
	assert_string_equal(bh_buf_string(&fix->seen), "half ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			lines_of_files_that_came_and_went_between_two_looks_are_given, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_is_given_once_it_is_whole, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
