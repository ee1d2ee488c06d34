/* SPDX-License-Identifier: Apache-2.0 */
/* link.h: one-time links with which a person sets a password. */
#ifndef BH_CLI_LINK_H
#define BH_CLI_LINK_H

#include "cli/cli.h"

/* Makes a link for a user; *out is the address to open, in the instance's arena. */
int cli_link_make(struct cli *cli, const char *tenant, const char *user, const char **out);

/* Makes and prints it, with --json as {"url"}. */
int cli_link_print(struct cli *cli, const char *tenant, const char *user);

#endif
