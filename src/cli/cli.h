/* SPDX-License-Identifier: Apache-2.0 */
/* cli.h: the command line: what all commands share. */
#ifndef BH_CLI_CLI_H
#define BH_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "supervisor/instance.h"

/* Exit statuses; `bulkhead help` prints them. */
enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NOT_RUNNING = 3,
	CLI_NOT_FOUND = 4
};

#define CLI_WORDS_MAX 32
#define CLI_NAME_MAX 64

/* The values of an option that may be repeated. */
struct cli_words {
	const char *at[CLI_WORDS_MAX];
	size_t n;
};

/* Every option there is; each command says which it takes. Text is borrowed from argv. */
struct cli_options {
	bool json, help;
	bool detach, follow, reload, print_roles, once, check;
	const char *mail;
	bool everywhere, password_stdin, api_key_stdin, no_probe, vision, quarantined;
	bool token_stdin, remove, inclusive;
	const char *tenant, *name, *role, *key, *expires_days;
	const char *url, *upstream_model, *kind, *context, *dimensions, *price_in, *price_out,
		*score_form;
	const char *requests_per_minute, *tokens_per_minute, *concurrency, *budget_month;
	const char *budget_day, *budget_total, *notify, *user, *team;
	const char *days, *id, *input, *cached, *cache_write, *output, *units, *cost, *reason;
	const char *storage, *files, *grounding, *embedding_model, *out;
	const char *export; /* a file */
	const char *request, *before, *lines, *confirm, *actor, *action, *object;
	const char *from, *to, *sha256, *port;
	const char *monthly, *yearly, *billing, *credit, *trial_days, *seats;
	const char *plan, *version, *when, *currency, *rate, *effective_at, *source;
	const char *home, *keep, *identity, *database_url_file;
	bool plain, replace;
	bool yes, no_trial, dry_run, is_public, is_private;
	struct cli_words scopes, included, overage, entitled;
	const char *category, *priority, *kinds, *note, *amount, *minimum, *until, *reference, *since;
};

struct cli_act;
struct cli_command;

/* One run of the executable. */
struct cli {
	const struct bh_service *const *services; /* borrowed; ends with NULL */
	const struct cli_command *command;
	struct cli_options options;
	const char *const *args; /* behind noun and verb */
	size_t n_args;
	struct supervisor_instance instance; /* owned; open unless the command wants none */
	bool colour;                         /* stdout is a terminal and NO_COLOR is not set */
};

enum cli_need {
	CLI_NEEDS_NOTHING,
	CLI_NEEDS_PLACE,   /* works while the settings are wrong: to look, and to stop */
	CLI_NEEDS_INSTANCE /* places and settings; a wrong setting stops the command */
};

/* One row of the command table. */
struct cli_command {
	const char *noun;
	const char *verb;      /* NULL: the noun is the whole command */
	const char *arguments; /* "NAME", "[NAME]", "" */
	size_t least, most;    /* arguments */
	const char *options;   /* words of the option table, divided by blanks */
	enum cli_need need;
	const char *summary;
	int (*run)(struct cli *cli);
	const struct cli_act *act; /* what it does (noun.h), for `run`; NULL: that is in `run` itself */
};

/* Ends with a zeroed row. */
extern const struct cli_command cli_commands[];

/* Runs the command that argv names; the process's exit status. */
int cli_main(int argc, char **argv, const struct bh_service *const *services);

/* Its words, "key create"; an address in `out`. */
const char *cli_command_name(const struct cli_command *command, char out[CLI_NAME_MAX]);

/* Prints "bulkhead: …" on stderr. */
void cli_say(const char *format, ...) BH_PRINTF(1, 2);

/* The same, and gives the status back: `return cli_refuse(CLI_USAGE, "…")`. */
int cli_refuse(int status, const char *format, ...) BH_PRINTF(2, 3);

/* Says what failed, with the detail of the error; CLI_FAILED, or the status that fits the error. */
int cli_fail(int error);

/* Usage of one command, or of all (NULL), on stdout. */
void cli_help(const struct cli_command *command);

#endif
