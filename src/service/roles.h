/* SPDX-License-Identifier: Apache-2.0 */
/* roles.h: the roles of people. What each may do say the services' rows (service.h). */
#ifndef BH_SERVICE_ROLES_H
#define BH_SERVICE_ROLES_H

/* From the least to the greatest; each may do what the one before it may. */
enum bh_role {
	BH_ROLE_NONE,
	BH_ROLE_VIEWER,
	BH_ROLE_MEMBER,
	BH_ROLE_ADMIN,
	BH_ROLE_OWNER,
	BH_ROLE_SUPERUSER
};

/* BH_ROLE_NONE for a name that is no role. */
enum bh_role bh_role_find(const char *name);

/* "viewer"; "" for none. */
const char *bh_role_name(enum bh_role role);

#endif
