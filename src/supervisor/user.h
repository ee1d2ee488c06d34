/* SPDX-License-Identifier: Apache-2.0 */
/* user.h: the system users that services run as when root starts them. */
#ifndef BH_SUPERVISOR_USER_H
#define BH_SUPERVISOR_USER_H

#include "base/macros.h"
#include "supervisor/launch.h"

#define SUPERVISOR_GROUP "bulkhead" /* who may reach the sockets */

struct bh_service;

/* Makes the group and the users that are missing (groupadd, useradd): of the services, the database,
 * the engines and the gateway. Root only. BH_E_IO with the tool's failure. */
BH_MUST_CHECK int supervisor_users_make(const struct bh_service *const *services);

/* Looks up bulkhead-NAME ("db"). BH_E_NOT_FOUND. */
BH_MUST_CHECK int supervisor_user_find(const char *name, struct supervisor_user *out);

#endif
