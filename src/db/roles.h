/* SPDX-License-Identifier: Apache-2.0 */
/* roles.h: the roles of db/policies/roles.sql: made, printed for a DBA, tried. */
#ifndef BH_DB_ROLES_H
#define BH_DB_ROLES_H

#include <stddef.h>

#include "base/macros.h"

struct bh_migrate_service;
struct bh_migration;

/* Makes the roles that are missing, with their passwords, and checks those that exist; afterwards this
 * session may SET ROLE bulkhead_owner. BH_E_CONFIG says what the administrator has to run. */
BH_MUST_CHECK int bh_roles_apply(struct bh_migration *run);

/* Prints the same, and the rights of the set-up role, for an administrator to run. */
BH_MUST_CHECK int bh_roles_print(struct bh_migration *run);

/* Signs in as each service and leaves again. BH_E_CONFIG names the role that cannot and why. */
BH_MUST_CHECK int bh_roles_sign_in(const struct bh_migrate_service *services, size_t n);

/* Under Citus the owner may sign in, on the servers of the rows and from the coordinator only: BH_E_CONFIG if it can
 * from here, with the way that a service would take (`conninfo`, with the owner's name). */
BH_MUST_CHECK int bh_roles_owner_is_shut_out(const char *conninfo);

#endif
