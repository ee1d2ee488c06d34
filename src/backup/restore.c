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
#include "backup/dump.h"
#include "backup/folder.h"
#include "backup/objects.h"
#include "backup/server.h"
#include "backup/source.h"
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

/* A small file, checked and put in place; one that the backup has not is left out. */
static int
give_file(const struct backup_source *source, const char *name, const char *target)
{
	BH_AUTO(bh_buf_close) struct bh_buf content = {0};
	int rc;

	if (backup_source_plain(source, name) == NULL)
		return 0;
	rc = backup_source_read(source, name, BH_MIB, &content);
	if (rc == 0)
		rc = supervisor_file_write(target, content.data, content.len, 0600);
	if (content.data != NULL)
		bh_wipe(content.data, content.len);
	return rc;
}

/* Key and settings come first, because all the rest is read through them. */
static int
give_settings(const struct bh_service *const *services, const struct backup_source *source)
{
	struct supervisor_instance instance;
	int rc = supervisor_instance_find(services, &instance);

	if (rc < 0)
		return rc;
	rc = check_empty(instance.place.home);
	if (rc == 0)
		rc = supervisor_layout_home(&instance.place);
	if (rc == 0)
		rc = give_file(source, "master.key",
			bh_arena_printf(&instance.arena, "%s/master.key", instance.place.home));
	if (rc == 0)
		rc = give_file(source, "bulkhead.conf", instance.place.conf);
	supervisor_instance_close(&instance);
	return rc;
}

static int
give_base(struct supervisor_instance *instance, const struct backup_source *source)
{
	struct bh_arena *arena = &instance->arena;
	const char *data = bh_arena_printf(arena, "%s/db/data", instance->place.home);
	const char *part = bh_arena_printf(arena, "%s.restore", data);
	struct supervisor_user user;
	int rc = backup_database_unpack(instance->manifest.postgres_bin, source, part);

	if (rc == 0 && instance->place.as_root) {
		rc = supervisor_user_find("db", &user);
		if (rc == 0)
			rc = backup_server_own(part, user.uid, user.gid);
	}
	if (rc == 0 && rename(part, data) < 0)
		rc = bh_error(BH_E_IO, "move the database into place: %m");
	return rc;
}

static int
give_database(struct supervisor_instance *instance, const struct backup_source *source,
	const char *url)
{
	int rc = backup_source_check(source, source->manifest.database);

	if (rc == 0)
		rc = url != NULL ? backup_dump_give(instance, source, url, instance->place.home)
						 : give_base(instance, source);
	return rc < 0 ? rc : backup_folder_sync(instance->place.home);
}

struct giving {
	const struct backup_source *source;
	struct backup_keys keys;
	struct bh_object_store *store; /* owned */
	struct backup_keeper keeper;
	struct backup_tenant_keys tenant; /* whose objects come now */
};

/* The keys come before the objects; without them nobody could read those. */
static int
give_keys(struct giving *giving, const char *path)
{
	struct bh_uuid tenant, id;
	int rc = backup_objects_name(path, &tenant, &id);

	if (rc < 0 || bh_uuid_equal(&tenant, &giving->tenant.tenant))
		return rc;
	rc = backup_keys_load(&giving->keys, &tenant, &giving->tenant);
	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_INVALID,
			"%s is missing: it lies beside the backups, and nothing opens their objects without it",
			giving->keys.folder);
	return rc < 0 ? rc : backup_objects_give_keys(giving->store, &giving->keeper, &giving->tenant);
}

static int
give_object(struct giving *giving, const char *path, struct backup_restored *out)
{
	int64_t bytes = 0;
	int rc = 0;

	if (backup_source_seals(giving->source)) {
		rc = give_keys(giving, path);
		if (rc == 0 && giving->tenant.n == 0) {
			out->erased += giving->tenant.destroyed;
			out->keyless += !giving->tenant.destroyed;
			return 0;
		}
		if (rc == 0 && giving->source->crypt.kind != BACKUP_PLAIN)
			rc = backup_source_check(giving->source, path);
	}
	if (rc == 0)
		rc = backup_objects_give(giving->store, &giving->keeper, giving->source, path, &bytes);
	out->objects += rc == 0;
	out->object_bytes += bytes;
	return rc;
}

static int
give_objects(struct supervisor_instance *instance, const struct backup_source *source,
	struct backup_restored *out)
{
	const struct backup_sums *sums = backup_source_list(source);
	struct giving giving = {.source = source};
	int rc = backup_objects_keeper(instance, &giving.keeper);

	giving.keys = backup_keys_of(source->arena, source->folder, &source->crypt,
		source->manifest.recipient);
	if (rc == 0)
		rc = backup_objects_open(instance, &giving.store);
	for (size_t i = 0; rc == 0 && i < sums->n; i++)
		if (bh_text_starts(sums->list[i].path, "objects/"))
			rc = give_object(&giving, sums->list[i].path, out);
	bh_object_store_close(giving.store);
	return rc;
}

static int
give_rest(struct supervisor_instance *instance, const struct backup_source *source, const char *url,
	struct backup_restored *out)
{
	int rc = 0;

	if (url == NULL && supervisor_external_is_used(&instance->settings.platform))
		return bh_error(BH_E_CONFIG,
			"database.url is set, but the backup has a database of its own");
	rc = supervisor_manifest_postgres(&instance->arena, instance->place.programs,
		&instance->manifest);
	if (rc == 0)
		rc = supervisor_layout_make(&instance->place, instance->services, &instance->master);
	if (rc == 0)
		rc = give_objects(instance, source, out);
	/* Last: without it, a start would find nothing that looks complete. */
	return rc < 0 ? rc : give_database(instance, source, url);
}

/* The home that is to be filled has no key yet; only one that it has could contradict. */
static int
open_source(const struct bh_service *const *services, struct bh_arena *arena, const char *backup,
	const char *identity, struct backup_source *out)
{
	struct supervisor_instance instance;
	int rc = supervisor_instance_find(services, &instance);

	if (rc < 0)
		return rc;
	rc = backup_source_open(arena, backup, identity, instance.place.home, out);
	supervisor_instance_close(&instance);
	if (rc == 0 && !backup_source_can_open(out))
		rc = bh_error(BH_E_INVALID, "%s is encrypted: --identity FILE opens it", backup);
	return rc;
}

/* A dump goes into a database that is named, a base backup never. */
static int
read_url(const struct backup_source *source, const char *path, struct bh_buf *out)
{
	bool is_dump = strcmp(source->manifest.database, BACKUP_DUMP) == 0;
	int rc;

	if (is_dump != (path != NULL))
		return bh_error(BH_E_INVALID, "%s",
			is_dump ? "the backup is of a database of its own server: --database-url-file names "
					  "the one "
					  "to restore into"
					: "the backup is of the embedded database: --database-url-file is not for it");
	if (path == NULL)
		return 0;
	rc = supervisor_file_read(path, 4 * BH_KIB, out);
	if (rc < 0)
		return bh_error(rc == BH_E_NOT_FOUND ? BH_E_INVALID : rc, "the file %s cannot be read",
			path);
	out->data[strcspn(out->data, "\r\n")] = '\0';
	return 0;
}

int
backup_restore(const struct bh_service *const *services, const struct backup_restore_conf *conf,
	struct backup_restored *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf url = {0};
	BH_AUTO(backup_source_close) struct backup_source source = {0};
	struct backup_restored restored = {0};
	struct supervisor_instance instance;
	int rc = open_source(services, &arena, conf->backup, conf->identity, &source);

	if (rc == 0)
		rc = read_url(&source, conf->url_file, &url);

	if (rc == 0)
		rc = give_settings(services, &source);
	if (rc == 0)
		rc = supervisor_instance_open(services, &instance);
	if (rc < 0)
		return rc;
	restored.created_ms = source.manifest.created_ms;
	restored.is_external = url.len > 0;
	rc = give_rest(&instance, &source, url.len > 0 ? url.data : NULL, &restored);
	supervisor_instance_close(&instance);
	if (rc == 0)
		*out = restored;
	return rc;
}
