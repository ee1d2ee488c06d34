/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: writes, reads and destroys tenants' keys in the folder beside the backups. */
#include "backup/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backup/folder.h"
#include "backup/rows.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "supervisor/file.h"

#define DESTROYED ".destroyed"
#define NAME_LEN (2 * (BH_UUID_HEX - 1) + 1) /* TENANT-KEY */

struct backup_keys
backup_keys_of(struct bh_arena *arena, const char *backup, const struct backup_crypt *crypt,
	const char *recipient)
{
	const char *slash = strrchr(backup, '/');
	struct backup_keys keys = {.arena = arena, .crypt = *crypt};

	keys.crypt.recipient = recipient;
	keys.folder = slash != NULL ? bh_arena_printf(arena, "%.*s/keys", (int)(slash - backup), backup)
								: "keys";
	return keys;
}

/* TENANT-KEY and what follows; false for a file that is none of ours. */
static bool
read_name(const char *name, struct bh_uuid *out_tenant, struct bh_uuid *out_key)
{
	char tenant[BH_UUID_HEX] = "", key[BH_UUID_HEX] = "";

	if (strlen(name) <= NAME_LEN || name[BH_UUID_HEX - 1] != '-' || name[NAME_LEN] != '.')
		return false;
	memcpy(tenant, name, BH_UUID_HEX - 1);
	memcpy(key, name + BH_UUID_HEX, BH_UUID_HEX - 1);
	return bh_uuid_parse_id(tenant, "", out_tenant) == 0 && bh_uuid_parse_id(key, "", out_key) == 0;
}

static const char *
path_of(const struct backup_keys *keys, const struct bh_uuid *tenant, const struct bh_uuid *key,
	const char *suffix)
{
	char tenant_hex[BH_UUID_HEX], key_hex[BH_UUID_HEX];

	bh_uuid_hex(tenant, tenant_hex);
	bh_uuid_hex(key, key_hex);
	return bh_arena_printf(keys->arena, "%s/%s-%s%s", keys->folder, tenant_hex, key_hex, suffix);
}

/* Of files for this recipient. */
static const char *
suffix_of(const struct backup_keys *keys)
{
	struct bh_digest hash;
	char hex[17];

	if (keys->crypt.kind == BACKUP_PLAIN)
		return ".plain";
	bh_digest_sha256(keys->crypt.recipient, strlen(keys->crypt.recipient), &hash);
	bh_text_hex(hash.bytes, 8, hex);
	return bh_arena_printf(keys->arena, ".%s%s", hex, backup_crypt_suffix(&keys->crypt));
}

/* ---- into the folder ---- */

static int
memory_of(const struct bh_object_sealed_key *key, int *out_fd)
{
	BH_AUTO(supervisor_file_close) int fd = memfd_create("key", MFD_CLOEXEC);

	if (fd < 0 || write(fd, key->bytes, sizeof(key->bytes)) != (ssize_t)sizeof(key->bytes) ||
		lseek(fd, 0, SEEK_SET) < 0)
		return bh_error(BH_E_IO, "hold a key in memory: %m");
	*out_fd = fd;
	fd = -1;
	return 0;
}

static int
sync_file(const char *path)
{
	BH_AUTO(supervisor_file_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? bh_error(BH_E_IO, "sync %s: %m", path) : 0;
}

/* Whole or not at all; that of its name comes with the backup. */
static int
write_key(const struct backup_keys *keys, const struct bh_object_sealed_key *key, const char *path)
{
	BH_AUTO(supervisor_file_close) int fd = -1;
	const char *part = bh_arena_printf(keys->arena, "%s.part", path);
	struct backup_written written;
	int rc = memory_of(key, &fd);

	if (rc == 0 && unlink(part) < 0 && errno != ENOENT)
		rc = bh_error(BH_E_IO, "remove %s: %m", part);
	if (rc == 0)
		rc = backup_crypt_write(&keys->crypt, fd, part, &written);
	if (rc == 0)
		rc = sync_file(part);
	if (rc == 0 && rename(part, path) < 0)
		rc = bh_error(BH_E_IO, "rename %s: %m", part);
	return rc;
}

int
backup_keys_take(const struct backup_keys *keys, struct bh_object_store *store,
	const struct bh_uuid *tenant)
{
	struct bh_object_sealed_key list[BH_OBJECT_KEYS_MOST];
	const char *suffix = suffix_of(keys);
	size_t n = 0;
	int rc = bh_object_keys_list(store, tenant, list, BH_OBJECT_KEYS_MOST, &n);

	if (rc == 0)
		rc = backup_folder_make(keys->folder);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *path = path_of(keys, tenant, &list[i].id, suffix);
		const char *gone = path_of(keys, tenant, &list[i].id, DESTROYED);

		if (access(path, F_OK) < 0)
			rc = write_key(keys, &list[i], path);
		/* It was, and has come back with its tenant from a copy. */
		if (rc == 0 && unlink(gone) < 0 && errno != ENOENT)
			rc = bh_error(BH_E_IO, "remove %s: %m", gone);
	}
	return rc;
}

/* ---- out of it ---- */

static int
read_key(const struct backup_keys *keys, const char *path, struct bh_object_sealed_key *out)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	uint8_t bytes[BH_OBJECT_SEALED_KEY + 1];
	size_t total = 0;
	ssize_t n = 1;
	int rc = backup_crypt_read(&keys->crypt, path, &reading);

	while (rc == 0 && n > 0 && total < sizeof(bytes)) {
		n = read(reading.fd, bytes + total, sizeof(bytes) - total);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		if (n < 0)
			rc = bh_error(BH_E_IO, "read %s: %m", path);
		total += n > 0 ? (size_t)n : 0;
	}
	if (rc == 0)
		rc = backup_crypt_read_end(&reading, path);
	if (rc == 0 && total != BH_OBJECT_SEALED_KEY)
		rc = bh_error(BH_E_INVALID, "%s is not a key", path);
	if (rc == 0)
		memcpy(out->bytes, bytes, sizeof(out->bytes));
	return rc;
}

int
backup_keys_load(const struct backup_keys *keys, const struct bh_uuid *tenant,
	struct backup_tenant_keys *out)
{
	const char *suffix = suffix_of(keys);
	struct backup_tenant_keys found = {.tenant = *tenant};
	DIR *dir = opendir(keys->folder);
	struct dirent *entry;
	struct bh_uuid of, key;
	int rc = 0;

	if (dir == NULL)
		return bh_error(errno == ENOENT ? BH_E_NOT_FOUND : BH_E_IO, "open the folder %s: %m",
			keys->folder);
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (!read_name(entry->d_name, &of, &key) || !bh_uuid_equal(&of, tenant))
			continue;
		if (strcmp(entry->d_name + NAME_LEN, DESTROYED) == 0)
			found.destroyed = true;
		if (strcmp(entry->d_name + NAME_LEN, suffix) != 0 || found.n == BH_OBJECT_KEYS_MOST)
			continue;
		found.list[found.n].id = key;
		rc = read_key(keys, bh_arena_printf(keys->arena, "%s/%s", keys->folder, entry->d_name),
			&found.list[found.n]);
		found.n++;
	}
	closedir(dir);
	if (rc == 0)
		*out = found;
	return rc;
}

/* ---- destroyed ---- */

/* First that it was, then it: whoever finds neither has lost it. */
static int
destroy(const char *folder, const char *name)
{
	char path[4096], now[BH_TIME_TEXT];
	int rc, len;

	bh_clock_format(bh_clock_wall_ms(), now);
	len = snprintf(path, sizeof(path), "%s/%.*s" DESTROYED, folder, (int)NAME_LEN, name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return bh_error(BH_E_IO, "the path of the folder %s is too long", folder);
	rc = access(path, F_OK) == 0 ? 0 : supervisor_file_write(path, now, strlen(now), 0600);
	if (rc == 0)
		rc = backup_folder_sync(folder);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (rc == 0 && unlink(path) < 0 && errno != ENOENT)
		rc = bh_error(BH_E_IO, "remove %s: %m", path);
	return rc < 0 ? rc : backup_folder_sync(folder);
}

/* Reading through it while files appear and go is allowed to tell of either. */
int
backup_keys_forget(const char *folder, struct bh_db *db, int64_t *out_n)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct bh_uuid tenant, key;
	int64_t n = 0;
	int rc = 0;

	if (dir == NULL && errno != ENOENT)
		return bh_error(BH_E_IO, "open the folder %s: %m", folder);
	while (dir != NULL && rc == 0 && (entry = readdir(dir)) != NULL) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db one = *db;
		bool deleted = false;

		one.arena = &arena;
		if (!read_name(entry->d_name, &tenant, &key) || bh_text_ends(entry->d_name, DESTROYED))
			continue;
		rc = backup_rows_deleted(&one, &tenant, &deleted);
		if (rc == 0 && deleted) {
			rc = destroy(folder, entry->d_name);
			n += rc == 0;
		}
	}
	if (dir != NULL)
		closedir(dir);
	if (rc == 0)
		*out_n = n;
	return rc;
}
