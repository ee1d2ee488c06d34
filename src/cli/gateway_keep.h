/* SPDX-License-Identifier: Apache-2.0 */
/* gateway_keep.h: the gateway's files where no supervisor looks after them. */
#ifndef BH_CLI_GATEWAY_KEEP_H
#define BH_CLI_GATEWAY_KEEP_H

#include <sys/types.h>

#include "base/macros.h"

struct supervisor_instance;

/* Before nginx is started: what one that was killed has left goes. BH_E_IO. */
BH_MUST_CHECK int cli_gateway_keep_clear(const struct supervisor_instance *instance);

/* Starts a child that puts grown files aside, tells nginx to open them anew, removes the audit lines of tenants by age and
 * room, and ends with this process. Whoever starts it waits for it and starts it again. BH_E_IO. */
BH_MUST_CHECK int cli_gateway_keep_start(const struct supervisor_instance *instance,
	pid_t *out_pid);

#endif
