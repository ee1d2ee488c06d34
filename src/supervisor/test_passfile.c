/* SPDX-License-Identifier: Apache-2.0 */
/* test_passfile.c: which lines of a password file a service is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "supervisor/file.h"
#include "supervisor/passfile.h"
#include "supervisor/place.h"

static void
expect(const char *text, const char *role, const char *wanted)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	supervisor_passfile_select(text, role, &out);
	assert_string_equal(bh_buf_string(&out), wanted);
}

static void
a_service_gets_its_own_lines_and_nobody_elses(void **state)
{
	(void)state;
	expect("db:5432:bulkhead:bulkhead_auth:one\n"
		   "db:5432:bulkhead:bulkhead_setup:two\n"
		   "db:5432:bulkhead:bulkhead_model:three\n",
		"bulkhead_model", "db:5432:bulkhead:bulkhead_model:three\n");
	expect("db:5432:bulkhead:bulkhead_auth:bulkhead_model:x\n", "bulkhead_model", "");
	expect("db:5432:bulkhead:bulkhead_model2:x\n", "bulkhead_model", "");
	expect("db:5432:bulkhead:bulkhead_mode:x\n", "bulkhead_model", "");
}

static void
a_line_for_everybody_is_everybodys(void **state)
{
	(void)state;
	expect("*:*:*:*:all", "bulkhead_rag", "*:*:*:*:all\n");
	expect("*:*:*:**:x\n", "bulkhead_rag", "");
}

static void
backslashes_hide_colons(void **state)
{
	(void)state;
	expect("\\:\\:1:5432:b\\\\:bulkhead_rag:p\\:w\n", "bulkhead_rag",
		"\\:\\:1:5432:b\\\\:bulkhead_rag:p\\:w\n");
	expect("a\\:b:5432:bulkhead_rag:x:y\n", "bulkhead_rag", "");
}

static void
comments_and_fragments_are_left_out(void **state)
{
	(void)state;
	expect("#*:*:*:*:x\n\na:b\n:::\n*:*:*:*\n\\", "bulkhead_rag", "");
}

static void
a_file_that_others_read_is_refused(void **state)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct supervisor_place place = {.run = "/nonexistent"};
	char path[] = "/tmp/bh-passfile-XXXXXX";
	const char *given = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(setenv("PGPASSFILE", path, 1), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(supervisor_passfile_make(&arena, &place, "rag", &given), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "chmod 600"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(supervisor_passfile_make(&arena, &place, "rag", &given), 0);
	assert_string_equal(given, path);
	unlink(path);
	assert_int_equal(supervisor_passfile_make(&arena, &place, "rag", &given), BH_E_CONFIG);
	assert_int_equal(unsetenv("PGPASSFILE"), 0);
	assert_int_equal(supervisor_passfile_make(&arena, &place, "rag", &given), 0);
	assert_null(given);
}

static void
expect_file(const char *path, const char *wanted)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct stat stat_of;

	assert_int_equal(stat(path, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0600);
	assert_int_equal(supervisor_file_read(path, 4096, &text), 0);
	assert_string_equal(bh_buf_string(&text), wanted);
}

static void
a_file_that_comes_with_a_group_is_taken_over(void **state)
{
	static const char lines[] = "*:*:*:bulkhead_rag:one\n*:*:*:bulkhead_setup:two\n";
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	char folder[] = "/tmp/bh-passfile-XXXXXX";
	struct supervisor_place place = {.run = folder};
	const char *given, *own, *all;

	(void)state;
	assert_non_null(mkdtemp(folder));
	given = bh_arena_printf(&arena, "%s/given", folder);
	own = bh_arena_printf(&arena, "%s/rag.pgpass", folder);
	all = bh_arena_printf(&arena, "%s/migrate.pgpass", folder);
	assert_int_equal(supervisor_file_write(given, lines, strlen(lines), 0440), 0);
	assert_int_equal(setenv("PGPASSFILE", given, 1), 0);
	assert_int_equal(supervisor_passfile_adopt(&arena, &place, "rag", true), 0);
	assert_string_equal(getenv("PGPASSFILE"), own);
	expect_file(own, "*:*:*:bulkhead_rag:one\n");
	/* What only we can read stays where it is. */
	assert_int_equal(supervisor_passfile_adopt(&arena, &place, "migrate", false), 0);
	assert_string_equal(getenv("PGPASSFILE"), own);
	assert_int_equal(setenv("PGPASSFILE", given, 1), 0);
	assert_int_equal(supervisor_passfile_adopt(&arena, &place, "migrate", false), 0);
	expect_file(all, lines);
	assert_int_equal(chmod(given, 0444), 0);
	assert_int_equal(setenv("PGPASSFILE", given, 1), 0);
	assert_int_equal(supervisor_passfile_adopt(&arena, &place, "rag", true), BH_E_CONFIG);
	assert_int_equal(unsetenv("PGPASSFILE"), 0);
	assert_int_equal(supervisor_passfile_adopt(&arena, &place, "rag", true), 0);
	unlink(given);
	unlink(own);
	unlink(all);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_gets_its_own_lines_and_nobody_elses),
		cmocka_unit_test(a_line_for_everybody_is_everybodys),
		cmocka_unit_test(backslashes_hide_colons),
		cmocka_unit_test(comments_and_fragments_are_left_out),
		cmocka_unit_test(a_file_that_others_read_is_refused),
		cmocka_unit_test(a_file_that_comes_with_a_group_is_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
