/* SPDX-License-Identifier: Apache-2.0 */
/* user.c: makes and finds the system users of the services. */
#include "supervisor/user.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "base/error.h"
#include "service/service.h"

/* Besides the services. */
static const char *const names[] = {"db", "engine", "gw"};

static char *const no_environment[] = {NULL};

static int
make_group(void)
{
	static const char *const argv[] = {"/usr/sbin/groupadd", "--system", "--force",
		SUPERVISOR_GROUP, NULL};

	return getgrnam(SUPERVISOR_GROUP) != NULL ? 0 : supervisor_launch_tool(argv, no_environment);
}

static int
make_user(const char *name)
{
	char user[32];
	const char *const argv[] = {"/usr/sbin/useradd", "--system", "--user-group", "--no-create-home",
		"--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "--groups", SUPERVISOR_GROUP,
		user, NULL};

	snprintf(user, sizeof(user), "bulkhead-%s", name);
	return getpwnam(user) != NULL ? 0 : supervisor_launch_tool(argv, no_environment);
}

int
supervisor_users_make(const struct bh_service *const *services)
{
	int rc = make_group();

	for (size_t i = 0; rc == 0 && i < BH_COUNT(names); i++)
		rc = make_user(names[i]);
	for (; rc == 0 && *services != NULL; services++)
		rc = make_user((*services)->name);
	return rc;
}

int
supervisor_user_find(const char *name, struct supervisor_user *out)
{
	const struct group *group = getgrnam(SUPERVISOR_GROUP);
	const struct passwd *entry;
	char user[32];

	snprintf(user, sizeof(user), "bulkhead-%s", name);
	entry = getpwnam(user);
	if (entry == NULL || group == NULL)
		return bh_error(BH_E_NOT_FOUND, "the system user %s does not exist", user);
	*out = (struct supervisor_user){entry->pw_uid, entry->pw_gid, group->gr_gid};
	return 0;
}
