/* SPDX-License-Identifier: Apache-2.0 */
/* user.c: makes and finds the system users of the services. */
#include "supervisor/user.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "base/error.h"
#include "service/service.h"
#include "supervisor/tool.h"

/* Besides the services. */
static const char *const names[] = {"db", "engine", "gw"};

static int
make_group(void)
{
	char tool[] = "/usr/sbin/groupadd";
	char group[] = SUPERVISOR_GROUP;
	char system_flag[] = "--system";
	char force[] = "--force";
	char *const environment[] = {NULL};
	char *const argv[] = {tool, system_flag, force, group, NULL};

	return getgrnam(SUPERVISOR_GROUP) != NULL ? 0 : supervisor_tool_run(argv, environment);
}

static int
make_user(const char *name)
{
	char user[32];
	char tool[] = "/usr/sbin/useradd";
	char words[][24] = {"--system", "--user-group", "--no-create-home", "--home-dir",
		"/nonexistent", "--shell", "/usr/sbin/nologin", "--groups", SUPERVISOR_GROUP};
	char *argv[BH_COUNT(words) + 3] = {tool};
	char *const environment[] = {NULL};

	snprintf(user, sizeof(user), "bulkhead-%s", name);
	if (getpwnam(user) != NULL)
		return 0;
	for (size_t i = 0; i < BH_COUNT(words); i++)
		argv[i + 1] = words[i];
	argv[BH_COUNT(words) + 1] = user;
	return supervisor_tool_run(argv, environment);
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
