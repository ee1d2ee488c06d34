/* SPDX-License-Identifier: Apache-2.0 */
/* test_print.c: answers as people read them, and the file that shells read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "cli/env.h"
#include "cli/print.h"

#define LONG_60 "123456789.123456789.123456789.123456789.123456789.123456789."

static const struct cli_column columns[] = {
	{"NAME", "name"},
	{"MADE", "created_at"},
	{"PER MINUTE", "requests_per_minute"},
	{"USED", "storage_used_bytes"},
	{"TENANT", "tenant_id"},
	{"LIST", "list"},
};

enum form { TABLE, OBJECT };

/* What is printed of the JSON, owned by the caller. */
static char *
printed(enum form form, const char *json)
{
	const struct cli cli = {.colour = false};
	struct bh_json_doc doc = {0};
	FILE *kept = stdout;
	char *text = NULL;
	size_t len;

	assert_int_equal(bh_json_parse(json, strlen(json), &doc), 0);
	stdout = open_memstream(&text, &len);
	if (form == TABLE)
		cli_print_table(&cli, doc.root, BH_LIST(columns));
	else
		cli_print_object(doc.root, BH_LIST(columns));
	fclose(stdout);
	stdout = kept;
	bh_json_close(&doc);
	return text;
}

static void
prints(enum form form, const char *json, const char *wanted)
{
	char *text = printed(form, json);

	assert_string_equal(text, wanted);
	free(text);
}

static void
columns_are_as_wide_as_their_widest_cell(void **state)
{
	(void)state;
	prints(TABLE, "[{\"name\":\"Größe\",\"list\":[\"a\",\"b\"]},{\"name\":\"x\",\"list\":[]}]",
		"NAME   MADE  PER MINUTE  USED  TENANT  LIST\n"
		"Größe  -     -           -     -       a b\n"
		"x      -     -           -     -       \n");
	prints(TABLE, "[]", "NAME  MADE  PER MINUTE  USED  TENANT  LIST\n");
}

static void
values_are_said_as_people_say_them(void **state)
{
	(void)state;
	prints(OBJECT,
		"{\"name\":true,\"created_at\":0,\"requests_per_minute\":0,\"storage_used_bytes\":1572864,"
		"\"tenant_id\":\"00000000-0000-0000-0000-000000000000\",\"list\":[{\"name\":\"A\"},"
		"{\"name\":\"B\"},{}]}",
		"NAME                 yes\n"
		"MADE                 1970-01-01T00:00:00Z\n"
		"PER MINUTE           no limit\n"
		"USED                 1.5 MiB\n"
		"TENANT               00000000-0000-0000-0000-000000000000\n"
		"LIST                 A, B, ?\n");
	prints(OBJECT, "{\"name\":null,\"other\":1}", "");
	prints(OBJECT, "{\"name\":\"\",\"requests_per_minute\":60}",
		"NAME                 -\nPER MINUTE           60\n");
}

static void
text_from_outside_moves_no_cursor(void **state)
{
	char *text;

	(void)state;
	prints(OBJECT, "{\"name\":\"a\\u001b[2J\\n\\u007fb\"}", "NAME                 a?[2J??b\n");
	text = printed(TABLE, "[{\"name\":\"" LONG_60 "x\"}]");
	assert_non_null(
		strstr(text, "\n123456789.123456789.123456789.123456789.123456789.123456789…  "));
	free(text);
	text = printed(TABLE, "[{\"name\":\"" LONG_60 "\"}]");
	assert_non_null(strstr(text, "\n" LONG_60 "  "));
	free(text);
}

static void
what_a_shell_reads_is_read_back(void **state)
{
	char folder[] = "/tmp/test_env.XXXXXX";
	struct cli cli = {0};
	struct cli_env env = {.api_key = "bh_sk_x=y", .base_url = "http://h/v1", .model = "default"};
	struct cli_env back = {0};
	struct stat info;

	(void)state;
	assert_non_null(mkdtemp(folder));
	cli.instance.place.home = folder;
	assert_int_equal(cli_env_read(&cli, &back), BH_E_NOT_FOUND);
	assert_int_equal(cli_env_write(&cli, &env), 0);
	assert_int_equal(stat(cli_env_path(&cli), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(cli_env_read(&cli, &back), 0);
	assert_string_equal(back.api_key, "bh_sk_x=y");
	assert_string_equal(back.base_url, "http://h/v1");
	assert_string_equal(back.model, "default");
	assert_null(back.vector_store);
	env.vector_store = "vs_1";
	assert_int_equal(cli_env_write(&cli, &env), 0);
	assert_int_equal(cli_env_read(&cli, &back), 0);
	assert_string_equal(back.vector_store, "vs_1");
	unlink(cli_env_path(&cli));
	rmdir(folder);
	bh_arena_close(&cli.instance.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(values_are_said_as_people_say_them),
		cmocka_unit_test(text_from_outside_moves_no_cursor),
		cmocka_unit_test(what_a_shell_reads_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
