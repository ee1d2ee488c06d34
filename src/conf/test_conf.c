/* SPDX-License-Identifier: Apache-2.0 */
/* test_conf.c: settings come from default, file and environment, and a wrong one is named with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "conf/conf.h"

struct sample {
	int64_t wait_ms;
	bool loud;
	const char *url;
	const char *key;
};

static const struct bh_setting settings[] = {
	BH_INT("wait_ms", "500", 1, 1000, struct sample, wait_ms, "How long to wait."),
	BH_BOOL("loud", "false", struct sample, loud, "Whether to shout."),
	BH_TEXT("url", "", struct sample, url, "Where."),
	BH_SECRET("key", "", struct sample, key, "With what."),
};

struct fixture {
	struct bh_arena arena;
	struct sample sample;
	struct bh_section section;
	char path[64];
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	int fd;

	assert_non_null(fix);
	snprintf(fix->path, sizeof(fix->path), "/tmp/test_conf.XXXXXX");
	fd = mkstemp(fix->path);
	assert_true(fd >= 0);
	close(fd);
	fix->section = (struct bh_section){"probe", BH_LIST(settings), &fix->sample};
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	unlink(fix->path);
	bh_arena_close(&fix->arena);
	free(fix);
	return 0;
}

static int
load(struct fixture *fix, const char *text, char *const *environ_list)
{
	FILE *file = fopen(fix->path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return bh_conf_load(&fix->arena, &fix->section, 1, fix->path, environ_list);
}

static char *const nothing[] = {(char *)(uintptr_t) "PATH=/bin", NULL};

static void
environment_stands_above_file_above_default(void **state)
{
	struct fixture *fix = *state;
	char variable[] = "BULKHEAD_PROBE_URL=unix:/x";
	char home[] = "BULKHEAD_HOME=/h";
	char *const environ_list[] = {variable, home, NULL};

	assert_int_equal(load(fix,
						 "# note\n[probe]\n wait_ms =  7 \r\nurl=http://a?b=c#d\nloud = true\n",
						 environ_list),
		0);
	assert_int_equal(fix->sample.wait_ms, 7);
	assert_true(fix->sample.loud);
	assert_string_equal(fix->sample.url, "unix:/x");
	assert_string_equal(fix->sample.key, "");
}

static void
an_absent_file_leaves_the_defaults(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_conf_load(&fix->arena, &fix->section, 1, "/nonexistent/x", nothing), 0);
	assert_int_equal(fix->sample.wait_ms, 500);
	assert_int_equal(bh_conf_load(&fix->arena, &fix->section, 1, NULL, nothing), 0);
}

static void
assert_wrong(struct fixture *fix, const char *text, const char *detail)
{
	assert_int_equal(load(fix, text, nothing), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), detail));
}

static void
a_wrong_line_is_named(void **state)
{
	struct fixture *fix = *state;

	assert_wrong(fix, "[probe]\n\nwait_ms = 0\n",
		"line 3: probe.wait_ms must be an integer between 1");
	assert_wrong(fix, "[probe]\nwait_ms = ten\n", "line 2");
	assert_wrong(fix, "[probe]\nloud = maybe\n", "must be true or false");
	assert_wrong(fix, "[probe]\nspeed = 1\n", "line 2: unknown setting probe.speed");
	assert_wrong(fix, "[other]\n", "line 1: unknown section [other]");
	assert_wrong(fix, "wait_ms = 1\n", "line 1: setting before");
	assert_wrong(fix, "[probe]\nnonsense\n", "line 2: expected name = value");
	assert_wrong(fix, "[probe\n", "line 1: expected [section]");
	assert_wrong(fix, "[probe]\nurl = a\nurl = b\n", "line 3: probe.url is already set in line 2");
	assert_wrong(fix, "[probe]\nurl = \xff\n", "UTF-8");
}

static void
an_unknown_variable_stops_the_start(void **state)
{
	struct fixture *fix = *state;
	char wrong[] = "BULKHEAD_PROBE_WAIT=1";
	char value[] = "BULKHEAD_PROBE_WAIT_MS=1001";
	char *const unknown[] = {wrong, NULL};
	char *const too_much[] = {value, NULL};

	assert_int_equal(load(fix, "", unknown), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "BULKHEAD_PROBE_WAIT is unknown"));
	assert_int_equal(load(fix, "", too_much), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "environment BULKHEAD_PROBE_WAIT_MS"));
}

static void
a_process_passes_over_what_belongs_to_others(void **state)
{
	struct fixture *fix = *state;
	char variable[] = "BULKHEAD_RAG_TOP=1";
	char *const environ_list[] = {variable, NULL};

	assert_int_equal(load(fix, "[other]\nx = 1\n[probe]\nwait_ms = 9\n", environ_list),
		BH_E_CONFIG);
	assert_int_equal(bh_conf_load_own(&fix->arena, &fix->section, 1, fix->path, environ_list), 0);
	assert_int_equal(fix->sample.wait_ms, 9);
}

static void
secrets_are_printed_as_set_or_not(void **state)
{
	struct fixture *fix = *state;
	char text[2048] = "";
	FILE *out;

	assert_int_equal(load(fix, "[probe]\nkey = hidden\n", nothing), 0);
	assert_string_equal(fix->sample.key, "hidden");
	out = fmemopen(text, sizeof(text), "w");
	assert_non_null(out);
	assert_int_equal(bh_conf_print(&fix->section, 1, fix->path, nothing, out), 0);
	fclose(out);
	assert_null(strstr(text, "hidden"));
	assert_non_null(strstr(text, "probe.key = (set)"));
	assert_non_null(strstr(text, "probe.wait_ms = 500  [default]\n    How long to wait.\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(environment_stands_above_file_above_default, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(an_absent_file_leaves_the_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrong_line_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_variable_stops_the_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_process_passes_over_what_belongs_to_others, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(secrets_are_printed_as_set_or_not, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
