/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit_keep.c: audit files go by age, and before their age only when it was said. */
#include "service/audit_keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "service/log_conf.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define NOW_MS (INT64_C(20000) * DAY_MS)
#define GREAT (INT64_C(1) << 40)

static char folder[64];

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_audit.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* A file whose last line was written so many days ago. */
static void
put(const char *name, size_t bytes, int days)
{
	time_t at = (time_t)((NOW_MS - days * DAY_MS) / 1000);
	const struct timespec times[] = {{.tv_sec = at}, {.tv_sec = at}};
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	for (size_t i = 0; i < bytes; i++)
		fputc('x', file);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(futimens(fileno(file), times), 0);
	fclose(file);
}

static bool
is_there(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static uint64_t
trim(int64_t days, int64_t bytes_max)
{
	uint64_t removed = 0;

	assert_int_equal(bh_audit_keep_trim(folder, NULL, days, bytes_max, NOW_MS, &removed), 0);
	return removed;
}

static void
files_older_than_the_days_go(void **state)
{
	(void)state;
	put("audit-rag.jsonl", 10, 0);
	put("audit-rag.jsonl.1", 10, 5);
	put("audit-rag.jsonl.2", 10, 31);
	put("audit-gateway.jsonl.1", 10, 32);
	put("audit-gateway.jsonl", 10, 33);
	assert_int_equal(trim(30, GREAT), 0);
	assert_true(is_there("audit-rag.jsonl"));
	assert_true(is_there("audit-rag.jsonl.1"));
	assert_false(is_there("audit-rag.jsonl.2"));
	assert_false(is_there("audit-gateway.jsonl.1"));
	/* a file that is still written to is never removed */
	assert_true(is_there("audit-gateway.jsonl"));
}

static void
the_oldest_go_first_when_there_is_no_room(void **state)
{
	(void)state;
	put("audit-rag.jsonl", 100, 0);
	put("audit-rag.jsonl.1", 100, 1);
	put("audit-rag.jsonl.2", 100, 4);
	put("audit-auth.jsonl.1", 100, 2);
	put("audit-auth.jsonl.2", 100, 3);
	assert_int_equal(trim(400, 300), 2);
	assert_false(is_there("audit-rag.jsonl.2"));
	assert_false(is_there("audit-auth.jsonl.2"));
	assert_true(is_there("audit-auth.jsonl.1"));
	assert_true(is_there("audit-rag.jsonl.1"));
	assert_int_equal(trim(400, 300), 0);
}

static void
what_one_process_fills_pushes_out_its_own(void **state)
{
	(void)state;
	put("audit-auth.jsonl.1", 100, 90);
	for (int i = 1; i <= 5; i++) {
		char name[64];

		snprintf(name, sizeof(name), "audit-gateway.jsonl.%d", i);
		put(name, 100, i);
	}
	assert_int_equal(trim(400, 300), 3);
	assert_true(is_there("audit-auth.jsonl.1"));
	assert_true(is_there("audit-gateway.jsonl.2"));
	assert_false(is_there("audit-gateway.jsonl.3"));
}

static void
a_clock_that_jumps_forward_makes_nothing_old(void **state)
{
	struct bh_audit_keep_clock clock = {0};
	const int64_t hour_ms = DAY_MS / 24;
	int64_t steady_ms = 5000;

	(void)state;
	/* at the start nothing is old: a wrong clock may yet be set */
	assert_int_equal(bh_audit_keep_now(&clock, steady_ms, NOW_MS + 5000 * DAY_MS), 0);
	steady_ms += hour_ms / 2;
	assert_int_equal(bh_audit_keep_now(&clock, steady_ms, NOW_MS), 0);
	steady_ms += hour_ms / 2;
	assert_int_equal(bh_audit_keep_now(&clock, steady_ms, NOW_MS + hour_ms / 2),
		NOW_MS + hour_ms / 2);
	steady_ms += hour_ms;
	assert_int_equal(bh_audit_keep_now(&clock, steady_ms, NOW_MS + 5000 * DAY_MS),
		NOW_MS + 3 * hour_ms / 2);
}

static void
lines_of_strangers_and_other_files_neither_count_nor_go(void **state)
{
	struct bh_audit_kept audit;

	(void)state;
	put("audit-anonymous.jsonl", 1000, 500);
	put("audit-anonymous.jsonl.1", 1000, 500);
	put("audit-anonymous-auth.jsonl.1", 1000, 500);
	put("gateway.log.1", 1000, 500);
	put("audit-rag.jsonl.old", 1000, 500);
	put("audit-rag.jsonl.1", 10, 7);
	assert_int_equal(trim(400, 100), 0);
	assert_int_equal(bh_audit_keep_measure(folder, NULL, &audit), 0);
	assert_int_equal(audit.bytes, 10);
	assert_int_equal(audit.aside, 1);
	assert_int_equal(audit.oldest_ms, NOW_MS - 7 * DAY_MS);
	assert_true(is_there("audit-anonymous.jsonl.1"));
	assert_true(is_there("gateway.log.1"));
}

static void
it_is_said_before_anything_goes(void **state)
{
	struct bh_audit_kept audit;

	(void)state;
	put("audit-rag.jsonl.1", 80, 1);
	assert_int_equal(bh_audit_keep_measure(folder, NULL, &audit), 0);
	assert_false(bh_audit_keep_is_short(&audit, 100));
	put("audit-rag.jsonl", 1, 0);
	assert_int_equal(bh_audit_keep_measure(folder, NULL, &audit), 0);
	assert_true(bh_audit_keep_is_short(&audit, 100));
	assert_int_equal(trim(400, 100), 0);
}

static void
who_has_no_supervisor_looks_after_its_own_files_only(void **state)
{
	const struct bh_log_conf conf = {.rotate_bytes = 50,
		.audit_days = 400,
		.audit_bytes_max = 100,
		.audit_anonymous_keep = 1};
	struct bh_audit_keeper keeper = {0};

	(void)state;
	put("audit-rag.jsonl", 60, 0);
	put("audit-rag.jsonl.1", 60, 1);
	put("audit-anonymous-rag.jsonl", 60, 0);
	put("audit-anonymous-rag.jsonl.1", 60, 0);
	put("audit-ragged.jsonl", 60, 0);
	put("audit-ragged.jsonl.1", 600, 1);
	bh_audit_keep_own(&keeper, &conf, folder, "rag", 1);
	assert_true(is_there("audit-rag.jsonl.1"));
	/* 120 bytes are more than 100. */
	assert_false(is_there("audit-rag.jsonl.2"));
	assert_int_equal(keeper.removed, 1);
	assert_int_equal(keeper.bytes, 60);
	assert_false(is_there("audit-rag.jsonl"));
	assert_false(is_there("audit-anonymous-rag.jsonl"));
	assert_false(is_there("audit-anonymous-rag.jsonl.2"));
	assert_true(is_there("audit-ragged.jsonl"));
	assert_true(is_there("audit-ragged.jsonl.1"));
}

static void
a_file_that_has_not_grown_stays(void **state)
{
	const struct bh_log_conf conf = {.rotate_bytes = 61, .audit_days = 400, .audit_bytes_max = 100};
	struct bh_audit_keeper keeper = {0};

	(void)state;
	put("audit-rag.jsonl", 60, 0);
	bh_audit_keep_own(&keeper, &conf, folder, "rag", 1);
	assert_true(is_there("audit-rag.jsonl"));
	assert_false(is_there("audit-rag.jsonl.1"));
	assert_int_equal(keeper.bytes, 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_older_than_the_days_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_oldest_go_first_when_there_is_no_room, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(what_one_process_fills_pushes_out_its_own, set_up,
			tear_down),
		cmocka_unit_test(a_clock_that_jumps_forward_makes_nothing_old),
		cmocka_unit_test_setup_teardown(lines_of_strangers_and_other_files_neither_count_nor_go,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_said_before_anything_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_has_no_supervisor_looks_after_its_own_files_only,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_has_not_grown_stays, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
