/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c: makes the folders of an instance with the least rights that work. */
#include "supervisor/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "service/service.h"
#include "supervisor/file.h"
#include "supervisor/place.h"
#include "supervisor/user.h"

/* A folder below home, besides those of the services. As root it belongs to `user` (NULL: root) and, where shared, to the common
 * group; an ordinary user owns all of them alone. */
struct folder {
	const char *path;
	const char *user;
	mode_t mode;       /* as root */
	bool shared;       /* its group is the common one */
	const char *group; /* the user whose group it is; NULL: as above, or the owner's */
};

/* clang-format off */
static const struct folder folders[] = {
	/* path          user      mode  shared */
	{"db",           "db",     0700, false},
	{"tmp",          NULL,     0751, false},
	{"tmp/engine",   "engine", 0700, false},
	{"tmp/db",       "db",     0700, false},
	{"tmp/gw",       "gw",     0700, false},
	/* Sticky: nobody removes another's lines. Set-group-id: so that the group may read them. */
	{"logs",         NULL,    03770, true},
};
/* clang-format on */

/* mkdir with parents for the last two levels only: a mistyped home should fail, not grow a tree. */
static int
make_folder(const char *path, mode_t mode)
{
	struct stat stat;

	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return bh_error(BH_E_IO, "create the folder %s: %m", path);
	if (lstat(path, &stat) < 0 || !S_ISDIR(stat.st_mode))
		return bh_error(BH_E_IO, "%s is not a folder", path);
	return 0;
}

static int
own_folder(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	BH_AUTO(supervisor_file_close)
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return bh_error(BH_E_IO, "open the folder %s: %m", path);
	/* A folder in /tmp that somebody else made first is not ours to trust. */
	if (stat.st_uid != geteuid() && geteuid() != 0)
		return bh_error(BH_E_IO, "the folder %s belongs to another user", path);
	if ((stat.st_uid != uid || stat.st_gid != gid) && fchown(fd, uid, gid) < 0)
		return bh_error(BH_E_IO, "change the owner of %s: %m", path);
	if (fchmod(fd, mode) < 0)
		return bh_error(BH_E_IO, "change the mode of %s: %m", path);
	return 0;
}

int
supervisor_layout_home(const struct supervisor_place *place)
{
	char parent[4096];
	char *slash;
	int rc;

	snprintf(parent, sizeof(parent), "%s", place->home);
	slash = strrchr(parent, '/');
	if (slash != NULL && slash != parent) {
		*slash = '\0';
		rc = make_folder(parent, 0755);
		if (rc < 0)
			return rc;
	}
	rc = make_folder(place->home, 0700);
	return rc < 0 ? rc : make_folder(place->run, 0700);
}

int
supervisor_layout_reachable(const char *path)
{
	char part[4096];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		struct stat stat;

		*slash = '\0';
		if (lstat(part, &stat) == 0 && S_ISDIR(stat.st_mode) && (stat.st_mode & S_IXOTH) == 0)
			return bh_error(BH_E_CONFIG,
				"%s is below %s, which the services' users cannot access; use another folder or "
				"run `chmod o+x %s`",
				path, part, part);
		*slash = '/';
	}
	return 0;
}

static int
make_master(const char *path, struct bh_secret *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	struct bh_secret secret;
	int rc = supervisor_file_read(path, sizeof(secret.bytes), &content);

	if (rc == BH_E_NOT_FOUND) {
		bh_random(secret.bytes, sizeof(secret.bytes));
		rc = supervisor_file_write(path, secret.bytes, sizeof(secret.bytes), 0600);
	} else if (rc == 0 && content.len == sizeof(secret.bytes)) {
		memcpy(secret.bytes, content.data, sizeof(secret.bytes));
	} else {
		rc = bh_error(BH_E_IO, "the master key %s is damaged: expected 32 bytes", path);
	}
	if (content.data != NULL)
		bh_wipe(content.data, content.len);
	if (rc == 0)
		*out = secret;
	bh_secret_close(&secret);
	return rc;
}

/* Whose a folder becomes: bulkhead-NAME's as root (NULL: root's), else our own. */
static int
find_owner(const struct supervisor_place *place, const char *name, struct supervisor_user *out)
{
	*out = (struct supervisor_user){geteuid(), getegid(), getegid()};
	return place->as_root && name != NULL ? supervisor_user_find(name, out) : 0;
}

static int
make_one(struct bh_arena *arena, const struct supervisor_place *place, const struct folder *folder)
{
	const char *path = bh_arena_printf(arena, "%s/%s", place->home, folder->path);
	struct supervisor_user user, any;
	int rc = make_folder(path, 0700);

	if (rc == 0)
		rc = find_owner(place, folder->user, &user);
	if (rc == 0)
		rc = find_owner(place, folder->group != NULL ? folder->group : "db", &any);
	return rc < 0 ? rc
				  : own_folder(path, place->as_root ? folder->mode : 0700, user.uid,
						folder->group != NULL ? any.gid
							: folder->shared  ? any.shared
											  : user.gid);
}

/* A service keeps what is its own in a folder of its name, and what will be gone in tmp/. */
static int
make_services(struct bh_arena *arena, const struct supervisor_place *place,
	const struct bh_service *const *services)
{
	int rc = 0;

	for (; rc == 0 && *services != NULL; services++) {
		const char *name = (*services)->name;
		const struct folder own = {name, name, 0700, false};
		const struct folder tmp = {bh_arena_printf(arena, "tmp/%s", name), name, 0700, false};

		rc = make_one(arena, place, &own);
		if (rc == 0)
			rc = make_one(arena, place, &tmp);
	}
	return rc;
}

const struct bh_service *
supervisor_layout_adapters_owner(const struct bh_service *const *services)
{
	for (; *services != NULL; services++) {
		for (const char *const *at = (*services)->uses; at != NULL && *at != NULL; at++) {
			if (strcmp(*at, "chat") == 0)
				return *services;
		}
	}
	return NULL;
}

/* Its owner puts files there, and the engines read them: set-group-id, so that the files are their group's. */
static int
make_adapters(struct bh_arena *arena, const struct supervisor_place *place,
	const struct bh_service *const *services)
{
	const struct bh_service *owner = supervisor_layout_adapters_owner(services);
	const struct folder folder = {"adapters", owner != NULL ? owner->name : NULL, 02750, false,
		"engine"};

	return owner != NULL ? make_one(arena, place, &folder) : 0;
}

/* A process's folder in the run folder: the common group enters it and reaches the socket, its user alone
 * puts one there. */
static int
make_listener(struct bh_arena *arena, const struct supervisor_place *place, const char *name,
	const char *user_name)
{
	const char *path = bh_arena_printf(arena, "%s/%s", place->run, name);
	struct supervisor_user user;
	int rc = find_owner(place, user_name, &user);

	if (rc == 0)
		rc = make_folder(path, 0700);
	return rc < 0 ? rc : own_folder(path, place->as_root ? 02750 : 0700, user.uid, user.shared);
}

/* The run folder is the supervisor's; in it each process that listens has a folder of its own. */
static int
make_run(struct bh_arena *arena, const struct supervisor_place *place,
	const struct bh_service *const *services)
{
	static const struct {
		const char *name, *user;
	} others[] = {{"pg", "db"}, {"chat", "engine"}, {"embed", "engine"}, {"transcribe", "engine"},
		{"speech", "engine"}, {"image", "engine"}, {"gateway", "gw"}};
	struct supervisor_user any;
	int rc = find_owner(place, "db", &any);

	if (rc == 0)
		rc = own_folder(place->run, place->as_root ? 0750 : 0700, geteuid(), any.shared);
	for (size_t i = 0; rc == 0 && i < BH_COUNT(others); i++)
		rc = make_listener(arena, place, others[i].name, others[i].user);
	for (; rc == 0 && *services != NULL; services++)
		rc = make_listener(arena, place, (*services)->name, (*services)->name);
	return rc;
}

/* The operator's file may name a database's password: the services read it, others do not. */
static int
share_settings(const char *path)
{
	struct supervisor_user any;
	int rc;

	if (access(path, F_OK) < 0)
		return 0;
	rc = supervisor_user_find("db", &any);
	if (rc == 0 && (chown(path, 0, any.shared) < 0 || chmod(path, 0640) < 0))
		rc = bh_error(BH_E_IO, "change the mode of %s: %m", path);
	return rc;
}

int
supervisor_layout_make(const struct supervisor_place *place,
	const struct bh_service *const *services, struct bh_secret *out_master)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const char *key = bh_arena_printf(&arena, "%s/master.key", place->home);
	int rc = 0;

	if (place->as_root)
		rc = supervisor_users_make(services);
	if (rc == 0 && place->as_root)
		rc = supervisor_layout_reachable(place->home);
	if (rc == 0 && place->as_root)
		rc = supervisor_layout_reachable(place->executable);
	if (rc == 0)
		rc = own_folder(place->home, place->as_root ? 0711 : 0700, geteuid(), getegid());
	for (size_t i = 0; rc == 0 && i < BH_COUNT(folders); i++)
		rc = make_one(&arena, place, &folders[i]);
	if (rc == 0)
		rc = make_services(&arena, place, services);
	if (rc == 0)
		rc = make_adapters(&arena, place, services);
	if (rc == 0 && place->as_root)
		rc = share_settings(place->conf);
	if (rc == 0)
		rc = make_run(&arena, place, services);
	if (rc == 0)
		rc = make_master(key, out_master);
	return rc;
}
