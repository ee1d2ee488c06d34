/* SPDX-License-Identifier: Apache-2.0 */
/* completion.c: a completion function for bash, from the command table. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/options.h"

static bool
is_first_of_noun(const struct cli_command *command)
{
	for (const struct cli_command *at = cli_commands; at != command; at++) {
		if (at->summary != NULL && strcmp(at->noun, command->noun) == 0)
			return false;
	}
	return command->summary != NULL;
}

static void
put_nouns(void)
{
	fputs("\tif [ \"$COMP_CWORD\" -eq \"$first\" ]; then\n\t\twords='help", stdout);
	for (const struct cli_command *at = cli_commands; at->noun != NULL; at++) {
		if (is_first_of_noun(at))
			printf(" %s", at->noun);
	}
	fputs("'\n", stdout);
}

/* Ends with the commands of one word, which have no verbs. */
static void
put_verbs(void)
{
	fputs("\telif [ \"$COMP_CWORD\" -eq $((first + 1)) ]; then\n\t\tcase ${COMP_WORDS[first]} in\n",
		stdout);
	for (const struct cli_command *at = cli_commands; at->noun != NULL; at++) {
		if (!is_first_of_noun(at) || at->verb == NULL)
			continue;
		printf("\t\t%s) words='", at->noun);
		for (const struct cli_command *one = at; one->noun != NULL; one++) {
			if (one->summary != NULL && strcmp(one->noun, at->noun) == 0)
				printf("%s%s", one == at ? "" : " ", one->verb);
		}
		puts("' ;;");
	}
	puts("\t\tesac\n\tfi");
}

static bool
has_choices(const struct cli_option *option)
{
	return option->value != NULL && strchr(option->value, '|') != NULL;
}

static void
put_choices(const struct cli_option *option)
{
	printf("\t--%s) words='", option->name);
	for (const char *c = option->value; *c != '\0'; c++)
		putchar(*c == '|' ? ' ' : *c);
	puts("' ;;");
}

/* What can stand after an option: one of a few words, or anything. */
static void
put_values(void)
{
	const char *before = "\t";

	puts("\tcase ${COMP_WORDS[COMP_CWORD - 1]} in");
	for (size_t i = 0; i < cli_n_options; i++) {
		if (has_choices(&cli_options_table[i]))
			put_choices(&cli_options_table[i]);
	}
	for (size_t i = 0; i < cli_n_options; i++) {
		const struct cli_option *option = &cli_options_table[i];

		if (option->type == CLI_FLAG || has_choices(option))
			continue;
		printf("%s--%s", before, option->name);
		before = " | ";
		if (option->letter != '\0')
			printf(" | -%c", option->letter);
	}
	puts(") words='' ;;");
}

static void
put_options(void)
{
	puts("\t*)\n\t\t[[ $current != -* ]] ||\n\t\t\tcase \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in");
	for (const struct cli_command *at = cli_commands; at->noun != NULL; at++) {
		if (at->summary == NULL)
			continue;
		printf("\t\t\t'%s %s'%s) words='--help", at->noun, at->verb != NULL ? at->verb : "",
			at->verb == NULL ? "*" : "");
		for (size_t i = 0; i < cli_n_options; i++) {
			if (bh_text_has_word(at->options, cli_options_table[i].name))
				printf(" --%s", cli_options_table[i].name);
		}
		puts("' ;;");
	}
	puts("\t\t\tesac\n\t\t;;\n\tesac");
}

int
cli_completion_print(struct cli *cli)
{
	(void)cli;
	puts("# shellcheck shell=bash\n"
		 "# Completion of bulkhead's commands and options, made from its command table.\n"
		 "_bulkhead()\n{\n"
		 "\tlocal current=${COMP_WORDS[COMP_CWORD]} words='' first=1\n\n"
		 "\t[ \"${COMP_WORDS[1]}\" != help ] || [ \"$COMP_CWORD\" -lt 2 ] || first=2");
	put_nouns();
	put_verbs();
	put_values();
	put_options();
	puts("\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
		 "}\n"
		 "complete -F _bulkhead bulkhead ./bulkhead");
	return CLI_OK;
}
