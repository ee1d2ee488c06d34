/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: finds the command that was typed, reads its options, runs it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/typo.h"
#include "service/services.h"
#include "supervisor/lock.h"

#define ARGS_MAX 32u
#define WORDS_MAX 64u

static void say(const char *format, va_list args) BH_PRINTF(1, 0);

static void
say(const char *format, va_list args)
{
	fputs("bulkhead: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void
cli_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

int
cli_refuse(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return status;
}

int
cli_fail(int error)
{
	const char *detail = bh_error_detail(error);

	cli_say("%s", detail[0] != '\0' ? detail : bh_error_row(error)->sentence);
	if (error == BH_E_NOT_FOUND)
		return CLI_NOT_FOUND;
	return error == BH_E_CONNECT ? CLI_NOT_RUNNING : CLI_FAILED;
}

/* ---- help ---- */

static void
help_command(const struct cli_command *command)
{
	char name[CLI_NAME_MAX];

	printf("usage: bulkhead %s%s%s%s\n\n%s\n", cli_command_name(command, name),
		command->arguments[0] != '\0' ? " " : "", command->arguments,
		command->options[0] != '\0' ? " [OPTION]…" : "", command->summary);
	if (command->options[0] != '\0')
		putchar('\n');
	for (size_t i = 0; i < cli_n_options; i++) {
		const struct cli_option *option = &cli_options_table[i];
		char left[64];

		if (!bh_text_has_word(command->options, option->name))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", option->name, option->value != NULL ? " " : "",
			option->value != NULL ? option->value : "");
		printf("  %-28s %s\n", left, option->help);
	}
}

void
cli_help(const struct cli_command *command)
{
	if (command != NULL) {
		help_command(command);
		return;
	}
	puts("usage: bulkhead COMMAND [ARGUMENT]… [OPTION]…\n");
	for (const struct cli_command *at = cli_commands; at->noun != NULL; at++) {
		char name[CLI_NAME_MAX], left[2 * CLI_NAME_MAX];

		if (at->summary == NULL)
			continue;
		snprintf(left, sizeof(left), "%s %s", cli_command_name(at, name), at->arguments);
		printf("  %-28s %s\n", left, at->summary);
	}
	puts("\n`bulkhead help COMMAND` shows the options of a command. Most commands take --json.\n"
		 "Data goes to stdout, messages to stderr. BULKHEAD_HOME is the state folder; without it,\n"
		 "commands use the instance that this user started. NO_COLOR is honoured.\n\n"
		 "Exit status: 0 success, 1 failure, 2 invalid usage or setting, 3 platform not running,\n"
		 "4 not found");
}

/* ---- finding the command ---- */

static bool
matches(const struct cli_command *command, const char *noun, const char *verb)
{
	if (strcmp(command->noun, noun) != 0)
		return false;
	return command->verb == NULL || (verb != NULL && strcmp(command->verb, verb) == 0);
}

static const struct cli_command *
find(const char *noun, const char *verb)
{
	for (const struct cli_command *at = cli_commands; at->noun != NULL; at++) {
		if (matches(at, noun, verb))
			return at;
	}
	return NULL;
}

/* Collects the nouns, or the verbs of one noun. */
static size_t
collect(const char *noun, const char **words)
{
	size_t n = 0;

	for (const struct cli_command *at = cli_commands; at->noun != NULL && n < WORDS_MAX; at++) {
		if (at->summary == NULL)
			continue;
		if (noun == NULL)
			words[n++] = at->noun;
		else if (strcmp(at->noun, noun) == 0 && at->verb != NULL)
			words[n++] = at->verb;
	}
	return n;
}

static int
unknown(const char *noun, const char *verb)
{
	const char *words[WORDS_MAX];
	size_t n = collect(noun, words);
	const char *near;

	if (n > 0) {
		near = verb != NULL ? cli_typo_nearest(verb, words, n) : NULL;
		if (near != NULL)
			cli_say("`%s` has no subcommand `%.64s`; did you mean `bulkhead %s %s`?", noun, verb,
				noun, near);
		else
			cli_say("`%s` requires a subcommand:", noun);
		for (size_t i = 0; near == NULL && i < n; i++)
			fprintf(stderr, "  bulkhead %s %s\n", noun, words[i]);
		return CLI_USAGE;
	}
	n = collect(NULL, words);
	near = cli_typo_nearest(noun, words, n);
	if (near != NULL)
		cli_say("unknown command `%.64s`; did you mean `%s`?", noun, near);
	else
		cli_say("unknown command `%.64s`; `bulkhead help` lists all commands", noun);
	return CLI_USAGE;
}

/* `bulkhead help tenant create`, `bulkhead help tenant`. */
static int
help(const char *noun, const char *verb)
{
	const struct cli_command *command = noun != NULL ? find(noun, verb) : NULL;
	size_t n = 0;

	if (noun == NULL || command != NULL) {
		cli_help(command);
		return CLI_OK;
	}
	for (const struct cli_command *at = cli_commands; verb == NULL && at->noun != NULL; at++) {
		if (at->summary == NULL || strcmp(at->noun, noun) != 0)
			continue;
		if (n++ > 0)
			putchar('\n');
		cli_help(at);
	}
	return n > 0 ? CLI_OK : unknown(noun, verb);
}

/* ---- running it ---- */

static int
run(struct cli *cli)
{
	const char *running = NULL;
	int status;
	int rc = 0;

	if (cli->command->need == CLI_NEEDS_PLACE)
		rc = supervisor_instance_find(cli->services, &cli->instance);
	else if (cli->command->need == CLI_NEEDS_INSTANCE)
		rc = supervisor_instance_open(cli->services, &cli->instance);
	if (rc < 0) {
		cli_fail(rc);
		return CLI_USAGE;
	}
	if (cli->command->need != CLI_NEEDS_NOTHING)
		running = supervisor_lock_url(&cli->instance.arena, &cli->instance.place);
	if (running != NULL)
		supervisor_instance_reach(&cli->instance, running);
	status = cli->command->run(cli);
	supervisor_instance_close(&cli->instance);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_say("cannot write the output");
		return status != CLI_OK ? status : CLI_FAILED;
	}
	return status;
}

int
cli_main(int argc, char **argv, const struct bh_service *const *services)
{
	struct cli cli = {.services = services};
	const char *args[ARGS_MAX];
	char name[CLI_NAME_MAX];
	const char *noun = argc > 1 ? argv[1] : "help";
	const char *verb = argc > 2 ? argv[2] : NULL;
	int skip;

	if (bh_services_check(services) < 0)
		return cli_fail(BH_E_CONFIG);
	if (strcmp(noun, "help") == 0 || strcmp(noun, "--help") == 0 || strcmp(noun, "-h") == 0)
		return help(verb, argc > 3 ? argv[3] : NULL);
	if (strcmp(noun, "--version") == 0)
		noun = "version";
	cli.command = find(noun, verb);
	if (cli.command == NULL && verb != NULL &&
		(strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0))
		return help(noun, NULL);
	if (cli.command == NULL)
		return unknown(noun, verb);

	skip = cli.command->verb != NULL ? 3 : 2;
	if (cli_options_read(cli.command, (const char *const *)argv + skip, (size_t)(argc - skip),
			&cli.options, args, ARGS_MAX, &cli.n_args) < 0) {
		cli_say("%s", bh_error_detail(BH_E_INVALID));
		fprintf(stderr, "see `bulkhead help %s`\n", cli_command_name(cli.command, name));
		return CLI_USAGE;
	}
	if (cli.options.help) {
		cli_help(cli.command);
		return CLI_OK;
	}
	cli.args = args;
	cli.colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
	return run(&cli);
}
