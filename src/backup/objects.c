/* SPDX-License-Identifier: Apache-2.0 */
/* objects.c: copies, links and publishes objects. */
#include "backup/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/folder.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "object/object.h"
#include "service/secrets.h"
#include "service/service.h"
#include "supervisor/file.h"
#include "supervisor/user.h"

#define PATH_SIZE 4096
#define PREFIX "objects/"

static const struct bh_service *
find_keeper(const struct bh_service *const *services)
{
	while (*services != NULL && !(*services)->keeps_objects)
		services++;
	return *services;
}

const char *
backup_objects_service(const struct supervisor_instance *instance)
{
	const struct bh_service *service = find_keeper(instance->services);

	BH_ASSERT(service != NULL);
	return service->name;
}

int
backup_objects_keeper(const struct supervisor_instance *instance, struct backup_keeper *out)
{
	const struct bh_service *service = find_keeper(instance->services);
	struct backup_keeper keeper = {.is_other = instance->place.as_root};
	int rc = 0;

	if (service == NULL)
		return bh_error(BH_E_CONFIG, "no service keeps objects");
	if (keeper.is_other)
		rc = supervisor_user_find(service->name, &keeper.user);
	if (rc == 0)
		*out = keeper;
	return rc;
}

/* Rights for what follows only: the backup itself is root's alone. */
static int
become(const struct backup_keeper *keeper)
{
	if (keeper->is_other && (setegid(keeper->user.gid) < 0 || seteuid(keeper->user.uid) < 0))
		return bh_error(BH_E_IO, "become the service's user: %m");
	return 0;
}

static int
return_to_root(const struct backup_keeper *keeper, int rc)
{
	if (keeper->is_other && (seteuid(0) < 0 || setegid(0) < 0))
		return bh_error(BH_E_IO, "become root again: %m");
	return rc;
}

/* As the service has it: among its secrets where processes run apart, in a file of the settings otherwise. */
static int
read_key(const struct bh_object_conf *conf, const char *service, struct bh_object_key *out)
{
	const char *secrets = getenv("BULKHEAD_SECRETS_DIR");
	int rc = secrets != NULL && secrets[0] != '\0'
		? bh_service_secrets_read_object(secrets, service, out)
		: BH_E_NOT_FOUND;

	return rc == BH_E_NOT_FOUND ? bh_object_key_read(conf->s3_key_file, out) : rc;
}

int
backup_objects_open(struct supervisor_instance *instance, struct bh_object_store **out)
{
	struct bh_arena *arena = &instance->arena;
	const struct bh_object_conf *conf = &instance->settings.platform.object;
	const struct bh_service *service = find_keeper(instance->services);
	struct bh_object_place place = {0};
	struct backup_keeper keeper;
	struct bh_object_key key = {0};
	struct bh_secret secret;
	int rc = backup_objects_keeper(instance, &keeper);

	if (rc == 0 && bh_object_conf_uses_s3(conf))
		rc = read_key(conf, service->name, &key);
	if (rc == 0)
		rc = supervisor_instance_object_secret(instance, service->name, &secret);
	if (rc < 0) {
		bh_object_key_close(&key);
		return rc;
	}
	place.folder = bh_platform_object_folder(&instance->settings.platform, arena, service->name);
	place.spool_dir = bh_arena_printf(arena, "%s/tmp/%s", instance->place.home, service->name);
	place.key = &key;
	place.secret = &secret;
	rc = become(&keeper);
	if (rc == 0)
		rc = bh_object_store_open(conf, &place, out);
	bh_object_key_close(&key);
	bh_secret_close(&secret);
	return return_to_root(&keeper, rc);
}

/* ---- into a backup ---- */

/* Whether the earlier backup has it; an object never changes. A file system without hard links has not. The hash of
 * what was sealed, which nothing else tells, comes from that backup's list. */
static bool
link_earlier(const struct backup_objects *objects, const struct backup_object *object,
	const char *file, const char *target, struct bh_digest *out_hash)
{
	char earlier[PATH_SIZE];
	const struct backup_sum *sum;
	struct stat stat;

	if (objects->before == NULL)
		return false;
	snprintf(earlier, sizeof(earlier), "%s/%s", objects->before, file);
	sum = backup_sums_find(objects->earlier, file);
	if (sum == NULL || lstat(earlier, &stat) < 0 || !S_ISREG(stat.st_mode))
		return false;
	if (objects->crypt->kind == BACKUP_PLAIN &&
		stat.st_size != bh_object_sealed_bytes(object->bytes))
		return false;
	if (link(earlier, target) < 0)
		return false;
	*out_hash = sum->hash;
	return true;
}

/* All of it is opened on the way: what is in the backup can be. */
static int
copy(struct backup_objects *objects, const struct backup_object *object, const char *target,
	struct bh_digest *out_hash)
{
	BH_AUTO(supervisor_file_close) int fd = -1;
	const struct bh_object_content content = {object->bytes, object->hash};
	struct backup_written written;
	int64_t bytes = 0;
	int rc = become(&objects->keeper);

	if (rc == 0)
		rc = return_to_root(&objects->keeper,
			bh_object_read_sealed(objects->store, &object->tenant, &object->id, &content, &fd,
				&bytes));
	if (rc == BH_E_NOT_FOUND)
		objects->gone++;
	if (rc == BH_E_DAMAGED) {
		objects->damaged++;
		return BH_E_NOT_FOUND;
	}
	if (rc == 0)
		rc = backup_crypt_write(objects->crypt, fd, target, &written);
	if (rc < 0)
		return rc;
	objects->copied++;
	*out_hash = written.file;
	return 0;
}

/* The folder of its tenant. */
static int
make_folder(char *target)
{
	char *slash = strrchr(target, '/');
	int rc;

	*slash = '\0';
	rc = backup_folder_make(target);
	*slash = '/';
	return rc;
}

int
backup_objects_take(struct backup_objects *objects, const struct backup_object *object)
{
	char path[BACKUP_OBJECT_PATH], file[BACKUP_OBJECT_PATH + 8], target[PATH_SIZE];
	struct bh_digest hash;
	int rc;

	backup_object_path(object, path);
	snprintf(file, sizeof(file), "%s%s", path, backup_crypt_suffix(objects->crypt));
	snprintf(target, sizeof(target), "%s/%s", objects->backup, file);
	if (access(target, F_OK) == 0)
		return 0;
	rc = make_folder(target);
	if (rc < 0)
		return rc;
	if (link_earlier(objects, object, file, target, &hash))
		objects->linked++;
	else
		rc = copy(objects, object, target, &hash);
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0) {
		objects->n++;
		objects->bytes += object->bytes;
		backup_sums_add(objects->sums, file, &hash);
		backup_sums_add(objects->plain, path, &object->hash);
	}
	return rc;
}

/* ---- and back ---- */

int
backup_objects_name(const char *path, struct bh_uuid *out_tenant, struct bh_uuid *out_id)
{
	char tenant[BH_UUID_HEX];

	if (!bh_text_starts(path, PREFIX) || strlen(path) != BACKUP_OBJECT_PATH - 1 ||
		path[strlen(PREFIX) + BH_UUID_HEX - 1] != '/')
		return bh_error(BH_E_INVALID, "%s is not the name of an object", path);
	snprintf(tenant, sizeof(tenant), "%s", path + strlen(PREFIX));
	if (bh_uuid_parse_id(tenant, "", out_tenant) < 0 ||
		bh_uuid_parse_id(path + strlen(PREFIX) + BH_UUID_HEX, "", out_id) < 0)
		return bh_error(BH_E_INVALID, "%s is not the name of an object", path);
	return 0;
}

static int
write_from(int fd, struct bh_object_writer *writer)
{
	char piece[64 * BH_KIB];
	int rc = 0;

	while (rc == 0) {
		ssize_t count = read(fd, piece, sizeof(piece));

		if (count == 0)
			break;
		if (count < 0 && errno == EINTR)
			continue;
		rc = count < 0 ? bh_error(BH_E_IO, "read an object of the backup: %m")
					   : bh_object_write(writer, piece, (size_t)count);
	}
	return rc;
}

int
backup_objects_give_keys(struct bh_object_store *store, const struct backup_keeper *keeper,
	const struct backup_tenant_keys *keys)
{
	int rc = become(keeper);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < keys->n; i++)
		rc = bh_object_keys_give(store, &keys->tenant, &keys->list[i]);
	return return_to_root(keeper, rc);
}

static int
publish(struct bh_object_store *store, bool is_sealed, int fd, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_digest *out_hash, int64_t *out_bytes)
{
	BH_AUTO(bh_object_writer_close) struct bh_object_writer writer = {0};
	int rc = is_sealed ? bh_object_create_sealed(store, tenant, id, &writer)
					   : bh_object_create(store, tenant, id, &writer);

	if (rc == 0)
		rc = write_from(fd, &writer);
	*out_bytes = writer.bytes;
	return rc < 0 ? rc : bh_object_publish(&writer, out_hash);
}

/* A sealed object's own header says what it must be, and its tenant's key vouches for that; what came through a
 * program is whole, or the program says so. */
static bool
is_right(const struct backup_source *source, const struct backup_sum *sum,
	const struct bh_digest *hash)
{
	return (backup_source_seals(source) && source->crypt.kind != BACKUP_PLAIN) ||
		bh_digest_equal(hash, &sum->hash);
}

int
backup_objects_give(struct bh_object_store *store, const struct backup_keeper *keeper,
	const struct backup_source *source, const char *name, int64_t *out_bytes)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	const struct backup_sum *sum = backup_source_plain(source, name);
	const char *path = backup_source_path(source, name);
	struct bh_uuid tenant, id;
	struct bh_digest hash;
	int rc = backup_objects_name(name, &tenant, &id);

	if (rc == 0 && sum == NULL)
		rc = bh_error(BH_E_INVALID, "%s is in no list", path);
	if (rc == 0)
		rc = backup_crypt_read(&source->crypt, path, &reading);
	if (rc == 0)
		rc = become(keeper);
	if (rc < 0)
		return rc;
	rc = return_to_root(keeper,
		publish(store, backup_source_seals(source), reading.fd, &tenant, &id, &hash, out_bytes));
	if (rc == 0)
		rc = backup_crypt_read_end(&reading, path);
	if (rc == BH_E_DAMAGED)
		rc = bh_error(BH_E_INVALID, "%s: %s", path, bh_error_detail(rc));
	if (rc == 0 && !is_right(source, sum, &hash))
		rc = bh_error(BH_E_INVALID, "%s has changed since the backup was made", path);
	return rc;
}

int
backup_objects_give_missing(struct bh_object_store *store, const struct backup_keeper *keeper,
	const struct backup_source *source, const struct backup_object *object, bool *out_given)
{
	const struct bh_object_content content = {object->bytes, object->hash};
	char name[BACKUP_OBJECT_PATH];
	bool there = false;
	int64_t bytes = 0;
	int rc = become(keeper);

	if (rc < 0)
		return rc;
	rc = return_to_root(keeper,
		bh_object_holds(store, &object->tenant, &object->id, &content, &there));
	*out_given = rc == 0 && !there;
	if (rc < 0 || there)
		return rc;
	/* Beforehand: here it appears where others read. */
	backup_object_path(object, name);
	rc = backup_source_check(source, name);
	return rc < 0 ? rc : backup_objects_give(store, keeper, source, name, &bytes);
}
