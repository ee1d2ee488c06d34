/* SPDX-License-Identifier: Apache-2.0 */
/* pull.c: bulkhead model pull: hands over to the program of the set-up that gets, checks and removes models. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"

#define PROGRAM "models/pull.py"
#define WORDS_MAX 20

/* The set-up's own; the manifest, which names it too, cannot be read while the chat model is missing. */
static const char python[] = "/usr/bin/python3";

/* None of what was typed is taken for an option of the program. */
static void
fill(struct cli *cli, const char *program, const char *words[WORDS_MAX])
{
	const struct cli_options *options = &cli->options;
	const char *in_use = cli->instance.settings.engine.chat_model;
	size_t n = 0;

	words[n++] = python;
	words[n++] = "-I";
	words[n++] = "-B";
	words[n++] = program;
	if (options->sha256 != NULL)
		words[n++] = bh_arena_printf(&cli->instance.arena, "--sha256=%s", options->sha256);
	if (options->name != NULL)
		words[n++] = bh_arena_printf(&cli->instance.arena, "--name=%s", options->name);
	if (in_use[0] != '\0')
		words[n++] = bh_arena_printf(&cli->instance.arena, "--in-use=%s", in_use);
	if (options->token_stdin)
		words[n++] = "--token-stdin";
	if (options->remove)
		words[n++] = "--remove";
	if (options->json)
		words[n++] = "--json";
	words[n++] = "--";
	words[n++] = cli->instance.place.home;
	words[n++] = cli->instance.place.programs;
	if (cli->n_args > 0)
		words[n++] = cli->args[0];
	words[n] = NULL;
}

int
cli_model_pull(struct cli *cli)
{
	const char *words[WORDS_MAX];
	const char *program = supervisor_place_share(&cli->instance.arena, &cli->instance.place,
		PROGRAM);
	const struct cli_options *options = &cli->options;

	if (cli->n_args == 0 &&
		(options->sha256 != NULL || options->name != NULL || options->token_stdin ||
			options->remove))
		return cli_refuse(CLI_USAGE, "a name, an address or a file is missing");
	if (program == NULL)
		return cli_refuse(CLI_FAILED, PROGRAM " was not found next to the executable");
	fill(cli, program, words);
	fflush(NULL);
	execv(python, (char *const *)words);
	return cli_refuse(CLI_FAILED, "%s: %s", python, strerror(errno));
}
