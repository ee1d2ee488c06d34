/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: what a service's process opens before it serves. Only src/service includes it. */
#ifndef BH_SERVICE_PARTS_H
#define BH_SERVICE_PARTS_H

#include "service/service.h"

/* A variable of the process's environment; `preset` where it is not set or empty. */
const char *bh_service_environment(const char *name, const char *preset);
/* Everything up to the open socket, from the settings in `conf_path`: settings, log, secrets, routes, audit, pool,
 * limits. What was opened is closed by bh_service_close_parts, also after an error: BH_E_CONFIG, BH_E_IO or that
 * of a part. */
BH_MUST_CHECK int bh_service_open_parts(struct bh_runtime *runtime, const char *conf_path);
/* Listens where the settings say: for whoever bh_service_open_parts has left without a server, since it must be
 * able to serve first. */
BH_MUST_CHECK int bh_service_open_server(struct bh_runtime *runtime);
/* Closes what was opened between bh_runtime_init and bh_runtime_close, in the reverse order; a part that
 * was not opened is zero. */
void bh_service_close_parts(struct bh_runtime *runtime);

#endif
