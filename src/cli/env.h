/* SPDX-License-Identifier: Apache-2.0 */
/* env.h: quickstart.env: what OpenAI clients need to talk to this instance. */
#ifndef BH_CLI_ENV_H
#define BH_CLI_ENV_H

#include "cli/cli.h"

/* Text in the instance's arena; NULL: not there (yet). */
struct cli_env {
	const char *api_key;
	const char *base_url;
	const char *model;
	const char *vector_store;
};

/* Reads home/quickstart.env. BH_E_NOT_FOUND. */
BH_MUST_CHECK int cli_env_read(struct cli *cli, struct cli_env *out);

/* Writes it (mode 0600, whole or not at all). */
BH_MUST_CHECK int cli_env_write(struct cli *cli, const struct cli_env *env);

/* Says that there is none; CLI_NOT_FOUND. */
int cli_env_missing(const struct cli *cli);

const char *cli_env_path(struct cli *cli);

#endif
