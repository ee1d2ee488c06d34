/* SPDX-License-Identifier: Apache-2.0 */
/* manual.c: the manual page, in the macros of man(7), from the tables that `help` reads. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/options.h"

/* Text with nothing that roff would take for its own: hyphens that can be searched for and copied, and
 * no control line. */
static void
put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
}

static void
put_option(const struct cli_option *option)
{
	fputs(".TP\n\\fB", stdout);
	if (option->letter != '\0')
		printf("\\-%c\\fR, \\fB", option->letter);
	put_text("--");
	put_text(option->name);
	fputs("\\fR", stdout);
	if (option->value != NULL) {
		fputs(" \\fI", stdout);
		put_text(option->value);
		fputs("\\fR", stdout);
	}
	putchar('\n');
	put_text(option->help);
	putchar('\n');
}

static void
put_command(const struct cli_command *command)
{
	char name[CLI_NAME_MAX];

	fputs(".SS \"bulkhead ", stdout);
	put_text(cli_command_name(command, name));
	if (command->arguments[0] != '\0') {
		putchar(' ');
		put_text(command->arguments);
	}
	fputs("\"\n", stdout);
	put_text(command->summary);
	putchar('\n');
	for (size_t i = 0; i < cli_n_options; i++) {
		if (bh_text_has_word(command->options, cli_options_table[i].name))
			put_option(&cli_options_table[i]);
	}
}

static const char before[] =
	".TH BULKHEAD 1 \"\" \"Bulkhead " BH_VERSION "\" \"User Commands\"\n"
	".SH NAME\n"
	"bulkhead \\- a multi\\-tenant GenAI platform: run it, and manage tenants, keys and models\n"
	".SH SYNOPSIS\n"
	".B bulkhead\n"
	".I COMMAND\n"
	"[\\fIARGUMENT\\fR]... [\\fIOPTION\\fR]...\n"
	".SH DESCRIPTION\n"
	"One executable is the supervisor, every service and this command line. Data goes to standard\n"
	"output, messages go to standard error. Options can be given anywhere; \\fB\\-\\-\\fR ends "
	"them.\n"
	".SH COMMANDS\n";

static const char after[] =
	".SH EXIT STATUS\n"
	".TP\n0\nSuccess.\n"
	".TP\n1\nFailure.\n"
	".TP\n2\nInvalid usage or setting.\n"
	".TP\n3\nThe platform is not running.\n"
	".TP\n4\nNot found.\n"
	".SH ENVIRONMENT\n"
	".TP\n.B BULKHEAD_HOME\n"
	"The state folder. Without it, commands use the instance that this user started.\n"
	".TP\n.B BULKHEAD_\\fISECTION\\fB_\\fINAME\\fR\n"
	"A setting; overrides \\fISECTION\\fR.\\fINAME\\fR of bulkhead.conf.\n"
	"\\fBbulkhead doctor\\fR prints all settings.\n"
	".TP\n.B NO_COLOR\nDisables colours.\n"
	".SH FILES\n"
	".TP\n.I bulkhead.conf\nThe settings, in the state folder.\n"
	".TP\n.I quickstart.env\nThe URL and API key for OpenAI clients, in the state folder.\n";

int
cli_manual_print(struct cli *cli)
{
	(void)cli;
	fputs(before, stdout);
	for (const struct cli_command *at = cli_commands; at->noun != NULL; at++) {
		if (at->summary != NULL)
			put_command(at);
	}
	fputs(after, stdout);
	return CLI_OK;
}
