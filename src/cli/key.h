/* SPDX-License-Identifier: Apache-2.0 */
/* key.h: changing a key, for `key set` and `limit set --key`. */
#ifndef BH_CLI_KEY_H
#define BH_CLI_KEY_H

#include "cli/cli.h"

/* Changes what the options name of a key, which is given by id, name or prefix, and prints it. */
int cli_key_change(struct cli *cli, const char *tenant, const char *key);

#endif
