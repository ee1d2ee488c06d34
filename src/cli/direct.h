/* SPDX-License-Identifier: Apache-2.0 */
/* direct.h: the operator's calls to services that no supervisor started. */
#ifndef BH_CLI_DIRECT_H
#define BH_CLI_DIRECT_H

#include "base/buf.h"
#include "cli/cli.h"
#include "json/json.h"

/* BULKHEAD_SECRETS_DIR; NULL: it is not set. Where it is, operators' calls go to the services themselves. */
const char *cli_direct_secrets(void);

/* For a command that asks the operator's own database: a password file that came with a group that may read it, as one that is
 * mounted into a container does, is written to the run folder for our user alone. BH_E_CONFIG. */
BH_MUST_CHECK int cli_direct_passfile(struct cli *cli);

/* As cli_api_quiet, to the service that the path names ("/api/auth/api/tenants"). */
int cli_direct_call(struct cli *cli, const char *method, const char *path,
	const struct bh_buf *body, struct bh_json_doc *out);

#endif
