/* SPDX-License-Identifier: Apache-2.0 */
/* test_cli.c: options are read as the table says, typos are understood, growing files are followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/tail.h"
#include "cli/typo.h"

static const struct cli_command command = {
	.noun = "key",
	.verb = "create",
	.arguments = "NAME",
	.least = 1,
	.most = 2,
	.options = "tenant scope json follow",
};

static int
read_words(const char *const *words, size_t n, struct cli_options *out, size_t *out_n)
{
	const char *args[4] = {0};

	return cli_options_read(&command, words, n, out, args, 4, out_n);
}

static void
options_may_stand_anywhere(void **state)
{
	const char *const words[] = {"--json", "a", "--tenant=T 1", "-f", "--scope", "x", "--scope=y",
		"b"};
	struct cli_options options = {0};
	size_t n = 0;

	(void)state;
	assert_int_equal(read_words(BH_LIST(words), &options, &n), 0);
	assert_int_equal(n, 2);
	assert_true(options.json && options.follow);
	assert_string_equal(options.tenant, "T 1");
	assert_int_equal(options.scopes.n, 2);
	assert_string_equal(options.scopes.at[1], "y");
}

static void
two_hyphens_end_the_options(void **state)
{
	const char *const words[] = {"--", "--json"};
	struct cli_options options = {0};
	size_t n = 0;

	(void)state;
	assert_int_equal(read_words(BH_LIST(words), &options, &n), 0);
	assert_int_equal(n, 1);
	assert_false(options.json);
}

static void
assert_refused(const char *const *words, size_t n_words, const char *why)
{
	struct cli_options options = {0};
	size_t n = 0;

	assert_int_equal(read_words(words, n_words, &options, &n), BH_E_INVALID);
	assert_non_null(strstr(bh_error_detail(BH_E_INVALID), why));
}

static void
what_the_command_does_not_take_is_refused(void **state)
{
	const char *const foreign[] = {"a", "--url", "x"};
	const char *const valueless[] = {"a", "--tenant"};
	const char *const valued[] = {"a", "--json=1"};
	const char *const twice[] = {"a", "--tenant", "1", "--tenant", "2"};
	const char *const many[] = {"a", "b", "c"};
	const char *const letter[] = {"a", "-z"};

	(void)state;
	assert_refused(BH_LIST(foreign), "`key create` has no option --url");
	assert_refused(BH_LIST(valueless), "--tenant requires a value");
	assert_refused(BH_LIST(valued), "--json takes no value");
	assert_refused(BH_LIST(twice), "--tenant is specified twice");
	assert_refused(BH_LIST(many), "unexpected argument: c");
	assert_refused(BH_LIST(letter), "has no option -z");
	assert_refused(many, 0, "missing argument: NAME");
}

/* An option that a row names and the table lacks could never be given. */
static void
every_row_names_options_that_exist(void **state)
{
	(void)state;
	for (const struct cli_command *at = cli_commands; at->noun != NULL; at++) {
		size_t words = at->options[0] != '\0';
		size_t found = 0;

		for (const char *c = at->options; *c != '\0'; c++)
			words += *c == ' ';
		for (size_t i = 0; i < cli_n_options; i++)
			found += bh_text_has_word(at->options, cli_options_table[i].name);
		assert_int_equal(found, words);
		assert_non_null(at->run);
		assert_true(at->least <= at->most);
		assert_int_equal(at->arguments[0] == '\0', at->most == 0);
	}
}

static void
a_typo_finds_its_word(void **state)
{
	static const char *const words[] = {"status", "restart", "tenant", "up", "user", "usage"};

	(void)state;
	assert_string_equal(cli_typo_nearest("staus", BH_LIST(words)), "status");
	assert_string_equal(cli_typo_nearest("tneant", BH_LIST(words)), "tenant");
	assert_string_equal(cli_typo_nearest("usr", BH_LIST(words)), "user");
	assert_null(cli_typo_nearest("frobnicate", BH_LIST(words)));
	assert_null(cli_typo_nearest("xy", BH_LIST(words)));
	assert_int_equal(cli_typo_distance("abcd", "abdc"), 1);
	assert_int_equal(cli_typo_distance("", "abc"), 3);
}

/* ---- following files ---- */

struct seen {
	char text[256];
};

static void
take(void *ctx, const struct cli_tail *tail, const char *text, size_t len)
{
	struct seen *seen = ctx;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%s:%.*s|", tail->name, (int)len, text);
}

static void
append(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "a");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
lines_are_given_whole_once_and_from_new_files_too(void **state)
{
	char folder[] = "/tmp/test_tail.XXXXXX";
	struct cli_tails tails = {.prefix = "audit-", .suffix = ".jsonl", .bytes_most = INT64_MAX};
	struct seen seen = {""};
	char from[128], to[128], command_line[128];

	(void)state;
	assert_non_null(mkdtemp(folder));
	tails.folder = folder;
	append(folder, "audit-rag.jsonl", "1\n2\nhal");
	append(folder, "other.log", "x\n");
	cli_tails_read(&tails, take, &seen);
	assert_string_equal(seen.text, "rag:1|rag:2|");

	append(folder, "audit-rag.jsonl", "f\n");
	append(folder, "audit-auth.jsonl", "a\n");
	cli_tails_read(&tails, take, &seen);
	assert_string_equal(seen.text, "rag:1|rag:2|auth:a|rag:half|");

	snprintf(from, sizeof(from), "%s/audit-rag.jsonl", folder);
	snprintf(to, sizeof(to), "%s/audit-rag.jsonl.1", folder);
	assert_int_equal(rename(from, to), 0);
	append(folder, "audit-rag.jsonl", "new\n");
	cli_tails_read(&tails, take, &seen);
	assert_string_equal(seen.text, "rag:1|rag:2|auth:a|rag:half|rag:new|");

	/* A writer that has not noticed yet. */
	seen.text[0] = '\0';
	append(folder, "audit-rag.jsonl.1", "late\n");
	append(folder, "audit-rag.jsonl", "newer\n");
	cli_tails_read(&tails, take, &seen);
	assert_string_equal(seen.text, "rag:late|rag:newer|");
	cli_tails_close(&tails);
	snprintf(command_line, sizeof(command_line), "rm -rf '%s'", folder);
	assert_int_equal(system(command_line), 0);
}

static void
the_first_read_goes_back_over_files_put_aside(void **state)
{
	char folder[] = "/tmp/test_tail.XXXXXX";
	struct cli_tails tails = {.prefix = "audit-", .suffix = ".jsonl", .bytes_most = INT64_MAX};
	struct seen seen = {""};
	char command_line[128];

	(void)state;
	assert_non_null(mkdtemp(folder));
	tails.folder = folder;
	/* Put aside, and not opened anew yet. */
	append(folder, "audit-new.jsonl.1", "0\n");
	append(folder, "audit-rag.jsonl.2", "1\n2\n");
	append(folder, "audit-rag.jsonl.1", "3\n4\n");
	append(folder, "audit-rag.jsonl", "5\n");
	cli_tails_read(&tails, take, &seen);
	assert_string_equal(seen.text, "new:0|rag:1|rag:2|rag:3|rag:4|rag:5|");
	cli_tails_close(&tails);

	/* Five bytes from the end: the second half of the line 3 is not a line. */
	memset(&seen, 0, sizeof(seen));
	tails.bytes_most = 5;
	cli_tails_read(&tails, take, &seen);
	assert_string_equal(seen.text, "new:0|rag:4|rag:5|");
	append(folder, "audit-rag.jsonl", "6\n");
	append(folder, "audit-new.jsonl.1", "late\n");
	append(folder, "audit-new.jsonl", "first\n");
	cli_tails_read(&tails, take, &seen);
	assert_string_equal(seen.text, "new:0|rag:4|rag:5|new:late|new:first|rag:6|");
	cli_tails_close(&tails);
	snprintf(command_line, sizeof(command_line), "rm -rf '%s'", folder);
	assert_int_equal(system(command_line), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(two_hyphens_end_the_options),
		cmocka_unit_test(what_the_command_does_not_take_is_refused),
		cmocka_unit_test(every_row_names_options_that_exist),
		cmocka_unit_test(a_typo_finds_its_word),
		cmocka_unit_test(lines_are_given_whole_once_and_from_new_files_too),
		cmocka_unit_test(the_first_read_goes_back_over_files_put_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
