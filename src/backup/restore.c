/* SPDX-License-Identifier: Apache-2.0 */
/* restore.c: a whole platform from a backup into an empty home. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/database.h"
#include "backup/folder.h"
#include "backup/manifest.h"
#include "backup/objects.h"
#include "backup/server.h"
#include "base/error.h"
#include "base/text.h"
#include "object/object.h"
#include "supervisor/external.h"
#include "supervisor/file.h"
#include "supervisor/layout.h"
#include "supervisor/user.h"

static int
check_empty(const char *home)
{
	DIR *dir = opendir(home);
	struct dirent *entry;
	int rc = 0;

	if (dir == NULL)
		return errno == ENOENT ? 0 : bh_error(BH_E_IO, "open the folder %s: %m", home);
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = bh_error(BH_E_EXISTS,
				"%s is not empty: restore into another folder (--home), or move it away", home);
	}
	closedir(dir);
	return rc;
}

static int
check_file(struct bh_arena *arena, const char *backup, const struct backup_sum *sum)
{
	const char *path = bh_arena_printf(arena, "%s/%s", backup, sum->path);
	struct bh_digest hash;
	int64_t bytes;
	int rc = backup_folder_hash(path, &hash, &bytes);

	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_INVALID, "%s is missing", path);
	if (rc == 0 && !bh_digest_equal(&hash, &sum->hash))
		return bh_error(BH_E_INVALID, "%s has changed since the backup was made", path);
	return rc;
}

/* A small file, checked and put in place; one that the backup has not is left out. */
static int
give_file(struct bh_arena *arena, const char *backup, const struct backup_sums *sums,
	const char *name, const char *target)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	const struct backup_sum *sum = backup_sums_find(sums, name);
	int rc;

	if (sum == NULL)
		return 0;
	rc = check_file(arena, backup, sum);
	if (rc == 0)
		rc = supervisor_file_read(bh_arena_printf(arena, "%s/%s", backup, name), BH_MIB, &content);
	if (rc == 0)
		rc = supervisor_file_write(target, content.data, content.len, 0600);
	if (content.data != NULL)
		bh_wipe(content.data, content.len);
	return rc;
}

/* Key and settings come first, because all the rest is read through them. */
static int
give_settings(const struct bh_service *const *services, const char *backup,
	const struct backup_sums *sums)
{
	struct supervisor_instance instance;
	struct bh_arena *arena = &instance.arena;
	int rc = supervisor_instance_find(services, &instance);

	if (rc < 0)
		return rc;
	rc = check_empty(instance.place.home);
	if (rc == 0)
		rc = supervisor_layout_home(&instance.place);
	if (rc == 0)
		rc = give_file(arena, backup, sums, "master.key",
			bh_arena_printf(arena, "%s/master.key", instance.place.home));
	if (rc == 0)
		rc = give_file(arena, backup, sums, "bulkhead.conf", instance.place.conf);
	supervisor_instance_close(&instance);
	return rc;
}

static int
give_database(struct supervisor_instance *instance, const char *backup,
	const struct backup_sums *sums)
{
	struct bh_arena *arena = &instance->arena;
	const struct backup_sum *sum = backup_sums_find(sums, "database.tar");
	const char *data = bh_arena_printf(arena, "%s/db/data", instance->place.home);
	const char *part = bh_arena_printf(arena, "%s.restore", data);
	BH_AUTO(supervisor_file_close) int fd = -1;
	struct supervisor_user user;
	int rc = sum != NULL ? check_file(arena, backup, sum)
						 : bh_error(BH_E_INVALID, "%s has no database", backup);

	if (rc < 0)
		return rc;
	fd = open(bh_arena_printf(arena, "%s/database.tar", backup), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return bh_error(BH_E_IO, "%s/database.tar: %m", backup);
	rc = backup_database_unpack(instance->manifest.postgres_bin, fd, part);
	if (rc == 0 && instance->place.as_root) {
		rc = supervisor_user_find("db", &user);
		if (rc == 0)
			rc = backup_server_own(part, user.uid, user.gid);
	}
	if (rc == 0 && rename(part, data) < 0)
		rc = bh_error(BH_E_IO, "move the database into place: %m");
	return rc < 0 ? rc : backup_folder_sync(instance->place.home);
}

static int
give_objects(struct supervisor_instance *instance, const char *backup,
	const struct backup_sums *sums, struct backup_restored *out)
{
	struct bh_object_store *store = NULL;
	struct backup_keeper keeper;
	int rc = backup_objects_keeper(instance, &keeper);

	if (rc == 0)
		rc = backup_objects_open(instance, &store);
	for (size_t i = 0; rc == 0 && i < sums->n; i++) {
		int64_t bytes = 0;

		if (!bh_text_starts(sums->list[i].path, "objects/"))
			continue;
		rc = backup_objects_give(store, &keeper, backup, &sums->list[i], &bytes);
		out->objects += rc == 0;
		out->object_bytes += bytes;
	}
	bh_object_store_close(store);
	return rc;
}

static int
give_rest(struct supervisor_instance *instance, const char *backup, const struct backup_sums *sums,
	struct backup_restored *out)
{
	int rc = 0;

	if (supervisor_external_is_used(&instance->settings.platform))
		return bh_error(BH_E_CONFIG,
			"database.url is set, but the backup has a database of its own");
	rc = supervisor_manifest_read(&instance->arena, instance->place.programs, instance->place.home,
		instance->settings.engine.chat_model, &instance->manifest);
	if (rc == 0)
		rc = supervisor_layout_make(&instance->place, instance->services, &instance->master);
	if (rc == 0)
		rc = give_objects(instance, backup, sums, out);
	/* Last: without it, a start would find nothing that looks complete. */
	return rc < 0 ? rc : give_database(instance, backup, sums);
}

int
backup_restore(const struct bh_service *const *services, const char *backup,
	struct backup_restored *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(backup_sums_close) struct backup_sums sums = {0};
	struct backup_restored restored = {0};
	struct supervisor_instance instance;
	struct backup_manifest manifest;
	int rc = backup_manifest_prove(&arena, backup, &manifest, &sums);

	if (rc == 0)
		rc = give_settings(services, backup, &sums);
	if (rc == 0)
		rc = supervisor_instance_open(services, &instance);
	if (rc < 0)
		return rc;
	restored.created_ms = manifest.created_ms;
	rc = give_rest(&instance, backup, &sums, &restored);
	supervisor_instance_close(&instance);
	if (rc == 0)
		*out = restored;
	return rc;
}
