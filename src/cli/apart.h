/* SPDX-License-Identifier: Apache-2.0 */
/* apart.h: the command line for a platform whose processes run apart, without a supervisor. */
#ifndef BH_CLI_APART_H
#define BH_CLI_APART_H

#include "cli/api.h"

/* Whether BULKHEAD_SECRETS_DIR is set: operators' calls then go to the services themselves. */
bool cli_apart_is_used(void);

/* As cli_api_quiet, to the service that the path names ("/api/auth/api/tenants"). */
int cli_apart_call(struct cli *cli, const char *method, const char *path, const struct bh_buf *body,
	struct bh_json_doc *out);

#endif
