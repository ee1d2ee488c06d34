/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: a service's process from its start to its end. */
#ifndef BH_SERVICE_RUN_H
#define BH_SERVICE_RUN_H

#include "service/service.h"

/* Runs the service until SIGTERM: settings, secrets, log, pool, ready, routes, drain, stop. `services`
 * are all of the platform (service/services.h). Exit status of the process: 0 stopped on request,
 * 1 failed, 2 a setting is wrong. */
int bh_service_run(const struct bh_service *service, const struct bh_service *const *services,
	const char *conf_path);

#endif
