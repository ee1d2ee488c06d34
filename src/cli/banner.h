/* SPDX-License-Identifier: Apache-2.0 */
/* banner.h: what a finished start says: where it runs, how to get in, what to try. */
#ifndef BH_CLI_BANNER_H
#define BH_CLI_BANNER_H

#include "cli/cli.h"

struct cli_banner {
	const char *url;
	const char *link;  /* the one-time link; NULL once the password is set */
	const char *admin; /* its e-mail address */
	const char *tenant;
	const char *env_path; /* quickstart.env */
};

void cli_banner_print(const struct cli *cli, const struct cli_banner *banner);

#endif
