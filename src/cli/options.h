/* SPDX-License-Identifier: Apache-2.0 */
/* options.h: the option table and its reader. */
#ifndef BH_CLI_OPTIONS_H
#define BH_CLI_OPTIONS_H

#include "cli/cli.h"

enum cli_option_type { CLI_FLAG, CLI_TEXT, CLI_LIST };

struct cli_option {
	const char *name;
	char letter; /* 0: none */
	enum cli_option_type type;
	size_t offset;     /* in struct cli_options */
	const char *value; /* what help calls its value; NULL for a flag */
	const char *help;
};

extern const struct cli_option cli_options_table[];
extern const size_t cli_n_options;

/* Reads what stands behind noun and verb: options into `out`, the rest into `args` (at most
 * args_max). Options may stand anywhere; "--" ends them. BH_E_INVALID with a sentence for people. */
BH_MUST_CHECK int cli_options_read(const struct cli_command *command, const char *const *words,
	size_t n_words, struct cli_options *out, const char **args, size_t args_max, size_t *out_n);

/* The name of the option at an offset in struct cli_options. */
const char *cli_options_name(size_t offset);

#endif
