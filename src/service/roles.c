/* SPDX-License-Identifier: Apache-2.0 */
/* roles.c: the names of roles. */
#include "service/roles.h"

#include <string.h>

static const char *const names[] = {"", "viewer", "member", "admin", "owner", "superuser"};

enum bh_role
bh_role_find(const char *name)
{
	enum bh_role role = BH_ROLE_SUPERUSER;

	while (role > BH_ROLE_NONE && strcmp(names[role], name) != 0)
		role--;
	return role;
}

const char *
bh_role_name(enum bh_role role)
{
	return names[role];
}
