/* SPDX-License-Identifier: Apache-2.0 */
/* banner.h: what a finished start says: where it runs, how to get in, what to try. */
#ifndef BH_CLI_BANNER_H
#define BH_CLI_BANNER_H

#include "cli/cli.h"

/* `link` is the one-time link of the administrator (an e-mail address); NULL once the password is set. */
void cli_banner_print(struct cli *cli, const char *tenant, const char *admin, const char *link);

#endif
