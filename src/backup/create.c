/* SPDX-License-Identifier: Apache-2.0 */
/* create.c: objects, the database, the objects since; then the list of all, signed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/database.h"
#include "backup/folder.h"
#include "backup/keys.h"
#include "backup/manifest.h"
#include "backup/objects.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "object/object.h"
#include "supervisor/file.h"

/* A backup in the making. */
struct making {
	struct supervisor_instance *instance;
	const struct backup_create_conf *conf;
	const char *name, *part;         /* part: its folder until it is complete */
	struct backup_database database; /* owned */
	struct bh_object_store *store;   /* owned */
	struct backup_objects objects;
	struct backup_keys keys;
	struct backup_manifest manifest;
	struct backup_crypt crypt;
	struct bh_buf sums, plain;  /* owned: hashes of the files, and of what is in them */
	struct backup_sums earlier; /* owned: of the backup before, whose files can be linked */
	struct bh_secret master;
	int64_t database_bytes;
};

static void
making_close(struct making *making)
{
	backup_database_close(&making->database);
	bh_object_store_close(making->store);
	bh_buf_close(&making->sums);
	bh_buf_close(&making->plain);
	backup_sums_close(&making->earlier);
	bh_secret_close(&making->master);
}

/* What a killed one has left. */
static int
remove_parts(struct bh_arena *arena, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int rc = 0;

	if (dir == NULL)
		return bh_error(BH_E_IO, "open the folder %s: %m", folder);
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' && bh_text_ends(entry->d_name, ".part"))
			rc = supervisor_file_remove_tree(
				bh_arena_printf(arena, "%s/%s", folder, entry->d_name));
	}
	closedir(dir);
	return rc;
}

static int
read_master(struct making *making)
{
	BH_AUTO(bh_buf_close) struct bh_buf key = {0};
	const char *path = bh_arena_printf(&making->instance->arena, "%s/master.key",
		making->instance->place.home);
	int rc = supervisor_file_read(path, sizeof(making->master.bytes), &key);

	if (rc == 0 && key.len != sizeof(making->master.bytes))
		rc = bh_error(BH_E_CONFIG, "the master key %s is damaged: expected 32 bytes", path);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_CONFIG, "there is no master key %s", path);
	if (rc == 0)
		memcpy(making->master.bytes, key.data, key.len);
	if (key.data != NULL)
		bh_wipe(key.data, key.len);
	return rc;
}

static void
name_now(char name[BACKUP_NAME_TEXT])
{
	time_t now = (time_t)(bh_clock_wall_ms() / 1000);
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(name, BACKUP_NAME_TEXT, "%Y-%m-%dT%H-%M-%SZ", &parts);
}

/* Names say the second, so the second backup of one waits for the next. */
static void
name_after(const char *newest, char name[BACKUP_NAME_TEXT])
{
	name_now(name);
	while (strcmp(newest, name) == 0) {
		int64_t left_ms = 1000 - bh_clock_wall_ms() % 1000;

		nanosleep(&(struct timespec){.tv_nsec = (left_ms % 1000) * 1000000}, NULL);
		name_now(name);
	}
}

/* Files of an earlier backup serve if its objects are sealed and they are for the same recipient. What its list says of
 * them is all that can be known here, so that must be what this platform has signed; nothing of another is linked. */
static void
find_earlier(struct making *making, const char *before)
{
	struct bh_arena *arena = &making->instance->arena;
	struct backup_manifest manifest;

	if (backup_manifest_load(arena, before, &manifest) < 0 || manifest.format < BACKUP_FORMAT ||
		strcmp(manifest.encryption, backup_crypt_word(&making->crypt)) != 0 ||
		strcmp(manifest.recipient, making->crypt.recipient) != 0)
		return;
	if (backup_manifest_prove(arena, before, &making->master, &manifest, &making->earlier) < 0)
		return;
	making->objects.before = before;
	making->objects.earlier = &making->earlier;
}

/* The new folder, and the newest earlier backup, whose objects can be linked. */
static int
make_part(struct making *making)
{
	struct bh_arena *arena = &making->instance->arena;
	const char *folder = making->conf->folder;
	char name[BACKUP_NAME_TEXT];
	const char **names;
	size_t n;
	int rc;

	rc = backup_list(arena, folder, &names, &n);
	if (rc < 0)
		return rc;
	name_after(n > 0 ? names[n - 1] : "", name);
	making->name = bh_arena_strdup(arena, name);
	making->part = bh_arena_printf(arena, "%s/.%s.part", folder, name);
	if (n > 0 && strcmp(names[n - 1], name) > 0)
		rc = bh_error(BH_E_EXISTS, "%s already has a backup of a later time", folder);
	if (rc == 0)
		rc = backup_folder_make(making->part);
	if (rc == 0)
		rc = backup_folder_make(bh_arena_printf(arena, "%s/objects", making->part));
	if (rc < 0)
		return rc;
	making->objects.backup = making->part;
	if (n > 0)
		find_earlier(making, bh_arena_printf(arena, "%s/%s", folder, names[n - 1]));
	return 0;
}

/* When all of a tenant's objects are there, so are the keys that they were sealed under. */
static int
take_keys(struct making *making, const struct bh_uuid *tenant, bool has_objects)
{
	return has_objects ? backup_keys_take(&making->keys, making->store, tenant) : 0;
}

static int
take_objects(struct making *making)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(backup_rows_close) struct backup_rows rows = {.db = making->database.db};
	struct backup_object object;
	struct bh_uuid *tenants = NULL, tenant = {{0}};
	bool has_objects = false;
	int rc;

	rows.db.arena = &arena;
	rc = backup_rows_tenants(&rows.db, &tenants, &rows.n_tenants);
	rows.tenants = tenants;
	while (rc == 0) {
		rc = backup_rows_next(&rows, &object);
		if (rc == BH_E_NOT_FOUND)
			return take_keys(making, &tenant, has_objects);
		if (rc == 0 && !bh_uuid_equal(&tenant, &object.tenant)) {
			rc = take_keys(making, &tenant, has_objects);
			tenant = object.tenant;
			has_objects = true;
		}
		if (rc == 0)
			rc = backup_objects_take(&making->objects, &object);
	}
	return rc;
}

/* Writes one file, and its lines in the lists. */
static int
put(struct making *making, int in, const char *name, int64_t *out_bytes)
{
	struct bh_arena *arena = &making->instance->arena;
	const char *file = bh_arena_printf(arena, "%s%s", name, backup_crypt_suffix(&making->crypt));
	struct backup_written written;
	int rc = backup_crypt_write(&making->crypt, in,
		bh_arena_printf(arena, "%s/%s", making->part, file), &written);

	if (rc < 0)
		return rc;
	backup_sums_add(&making->sums, file, &written.file);
	backup_sums_add(&making->plain, name, &written.plain);
	*out_bytes = written.bytes;
	return 0;
}

static int
take_database(struct making *making)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	int rc = backup_database_take(making->instance, &making->database, &reading, &making->manifest);

	if (rc == 0)
		rc = put(making, reading.fd, making->manifest.database, &making->database_bytes);
	return rc < 0 ? rc : backup_pipe_end(&reading.child);
}

/* A small file of the home; one that is missing stays out. */
static int
take_file(struct making *making, const char *from, const char *name)
{
	BH_AUTO(supervisor_file_close) int fd = open(from, O_RDONLY | O_CLOEXEC);
	int64_t bytes;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return bh_error(BH_E_IO, "open %s: %m", from);
	return put(making, fd, name, &bytes);
}

/* Hashes of what is in encrypted files would tell whether a known file is among them: they are encrypted too. */
static int
write_plain_sums(struct making *making)
{
	FILE *file;
	int64_t bytes;
	int rc = 0;

	if (making->crypt.kind == BACKUP_PLAIN)
		return 0;
	file = tmpfile();
	if (file == NULL)
		return bh_error(BH_E_IO, "create a temporary file: %m");
	if (fwrite(making->plain.data, 1, making->plain.len, file) != making->plain.len ||
		fflush(file) != 0 || fseek(file, 0, SEEK_SET) != 0)
		rc = bh_error(BH_E_IO, "write a temporary file: %m");
	if (rc == 0)
		rc = put(making, fileno(file), "PLAINSUMS", &bytes);
	fclose(file);
	return rc;
}

static int
finish(struct making *making)
{
	struct bh_arena *arena = &making->instance->arena;
	const struct supervisor_place *place = &making->instance->place;
	struct bh_digest hash;
	char hex[65];
	int rc = take_file(making, bh_arena_printf(arena, "%s/master.key", place->home), "master.key");

	if (rc == 0)
		rc = take_file(making, place->conf, "bulkhead.conf");
	if (rc == 0)
		rc = write_plain_sums(making);
	if (rc == 0)
		rc = supervisor_file_write(bh_arena_printf(arena, "%s/SHA256SUMS", making->part),
			making->sums.data, making->sums.len, 0600);
	if (rc < 0)
		return rc;
	bh_digest_sha256(making->sums.data, making->sums.len, &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	making->manifest.format = BACKUP_FORMAT;
	making->manifest.version = BH_VERSION;
	making->manifest.created_ms = bh_clock_wall_ms();
	making->manifest.currency = making->conf->currency;
	making->manifest.objects = making->objects.n;
	making->manifest.object_bytes = making->objects.bytes;
	making->manifest.damaged = making->objects.damaged;
	making->manifest.sums = hex;
	making->manifest.encryption = backup_crypt_word(&making->crypt);
	making->manifest.recipient = making->crypt.recipient;
	rc = backup_manifest_save(arena, making->part, &making->manifest, &making->master);
	return rc < 0 ? rc : backup_folder_sync(making->part);
}

static int
appear(struct making *making)
{
	const char *folder = making->conf->folder;
	const char *path = bh_arena_printf(&making->instance->arena, "%s/%s", folder, making->name);

	if (rename(making->part, path) < 0)
		return bh_error(BH_E_IO, "rename %s: %m", making->part);
	return backup_folder_sync(folder);
}

/* The oldest go; what they share with others by hard links stays there. */
static int
expire(struct making *making, int64_t *out_removed)
{
	struct bh_arena *arena = &making->instance->arena;
	const char *folder = making->conf->folder;
	const char **names;
	size_t n, keep = (size_t)making->conf->keep;
	int rc = backup_list(arena, folder, &names, &n);

	for (size_t i = 0; rc == 0 && keep > 0 && i + keep < n; i++) {
		const char *path = bh_arena_printf(arena, "%s/%s", folder, names[i]);
		const char *part = bh_arena_printf(arena, "%s/.%s.part", folder, names[i]);

		/* Half of one must not pass for a backup. */
		if (rename(path, part) < 0)
			return bh_error(BH_E_IO, "rename %s: %m", path);
		rc = supervisor_file_remove_tree(part);
		*out_removed += rc == 0;
	}
	return rc;
}

static int
make(struct making *making)
{
	int rc = backup_crypt_of_recipient(making->conf->recipient, &making->crypt);

	if (rc == 0)
		rc = read_master(making);
	if (rc == 0)
		rc = supervisor_manifest_postgres(&making->instance->arena,
			making->instance->place.programs, &making->instance->manifest);
	if (rc == 0)
		rc = backup_objects_keeper(making->instance, &making->objects.keeper);
	if (rc == 0)
		rc = backup_objects_open(making->instance, &making->store);
	if (rc == 0)
		rc = backup_database_open(making->instance, &making->database);
	if (rc == 0)
		rc = make_part(making);
	if (rc < 0)
		return rc;
	making->objects.store = making->store;
	making->objects.crypt = &making->crypt;
	making->keys = backup_keys_of(&making->instance->arena, making->part, &making->crypt,
		making->crypt.recipient);
	making->objects.sums = &making->sums;
	making->objects.plain = &making->plain;
	rc = take_objects(making);
	if (rc == 0)
		rc = take_database(making);
	if (rc == 0)
		rc = take_objects(making);
	if (rc == 0)
		rc = finish(making);
	return rc < 0 ? rc : appear(making);
}

int
backup_create(struct supervisor_instance *instance, const struct backup_create_conf *conf,
	struct backup_created *out)
{
	BH_AUTO(supervisor_file_close) int lock = -1;
	BH_AUTO(making_close) struct making making = {.instance = instance, .conf = conf};
	int64_t removed = 0, forgotten = 0;
	int rc = backup_folder_make(conf->folder);

	if (rc == 0)
		rc = backup_folder_lock(conf->folder, &lock);
	if (rc == 0)
		rc = remove_parts(&instance->arena, conf->folder);
	if (rc == 0)
		rc = make(&making);
	if (rc == 0)
		rc = backup_keys_forget(making.keys.folder, &making.database.db, &forgotten);
	if (rc == 0)
		rc = expire(&making, &removed);
	if (rc < 0)
		return rc;
	*out = (struct backup_created){
		.name = making.name,
		.objects = making.objects.n,
		.copied = making.objects.copied,
		.linked = making.objects.linked,
		.gone = making.objects.gone,
		.damaged = making.objects.damaged,
		.object_bytes = making.objects.bytes,
		.database_bytes = making.database_bytes,
		.removed = removed,
		.forgotten = forgotten,
	};
	return 0;
}

int
backup_forget(struct supervisor_instance *instance, const char *folder, int64_t *out_n)
{
	BH_AUTO(supervisor_file_close) int lock = -1;
	BH_AUTO(backup_database_close) struct backup_database database = {0};
	const char **names;
	size_t n;
	int rc = backup_list(&instance->arena, folder, &names, &n);

	if (rc == 0)
		rc = backup_folder_lock(folder, &lock);
	if (rc == 0)
		rc = backup_database_open(instance, &database);
	return rc < 0 ? rc
				  : backup_keys_forget(bh_arena_printf(&instance->arena, "%s/keys", folder),
						&database.db, out_n);
}
