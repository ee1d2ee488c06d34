/* SPDX-License-Identifier: Apache-2.0 */
/* upgrade.h: what an upgrade looks at before it begins. */
#ifndef BH_CLI_UPGRADE_H
#define BH_CLI_UPGRADE_H

#include "cli/cli.h"

/* Prints what would run and what stands in the way. CLI_OK, or CLI_FAILED if something does. */
int cli_upgrade_check(struct cli *cli);

#endif
