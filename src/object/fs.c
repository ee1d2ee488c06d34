/* SPDX-License-Identifier: Apache-2.0 */
/* fs.c: the driver for a file system: {root}/{tenant}/{name}, resolved beneath the tenant's folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "object/driver.h"

#define PART "part-"
#define MARK "unnamed-"
#define KEY "key-"

struct fs_store {
	struct bh_object_store base;
	int root_fd; /* owned */
};

static int
root_of(struct bh_object_store *store)
{
	return ((struct fs_store *)store)->root_fd;
}

/* Opens a name beneath a folder: no "..", no link out of it, no link at all. */
static int
open_beneath(int dir_fd, const char *name, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
		.mode = (flags & O_CREAT) != 0 ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
}

static int
fs_open(const struct bh_object_conf *conf, const struct bh_object_place *place,
	struct bh_object_store **out)
{
	const char *root = place->folder;
	struct fs_store *store;
	int fd;

	(void)conf;
	if (mkdir(root, 0700) < 0 && errno != EEXIST)
		return bh_error(BH_E_IO, "object store %s: %m", root);
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return bh_error(BH_E_IO, "object store %s: %m", root);
	store = calloc(1, sizeof(*store));
	if (store == NULL) {
		close(fd);
		return BH_E_MEMORY;
	}
	store->root_fd = fd;
	*out = &store->base;
	return 0;
}

static void
fs_close(struct bh_object_store *store)
{
	close(root_of(store));
	free(store);
}

/* The tenant's folder; made on its first write. BH_E_NOT_FOUND without `make`. */
static int
tenant_open(struct bh_object_store *store, const struct bh_uuid *tenant, bool make, int *out_fd)
{
	char name[BH_UUID_HEX];
	int fd;

	bh_uuid_hex(tenant, name);
	fd = open_beneath(root_of(store), name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(root_of(store), name, 0700) < 0 && errno != EEXIST)
			return bh_object_io_error("create the tenant's folder");
		fd = open_beneath(root_of(store), name, O_RDONLY | O_DIRECTORY, 0);
	}
	if (fd < 0 && errno == ENOENT)
		return BH_E_NOT_FOUND;
	if (fd < 0)
		return bh_object_io_error("open the tenant's folder");
	*out_fd = fd;
	return 0;
}

static int
fs_create(struct bh_object_writer *writer)
{
	struct bh_uuid unique = bh_uuid_new();
	char hex[BH_UUID_HEX];
	int rc = tenant_open(writer->store, &writer->tenant, true, &writer->dir_fd);

	if (rc < 0)
		return rc;
	bh_uuid_hex(&unique, hex);
	snprintf(writer->part, sizeof(writer->part), PART "%s", hex);
	writer->fd = open_beneath(writer->dir_fd, writer->part, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (writer->fd < 0) {
		rc = bh_object_io_error("create an object");
		close(writer->dir_fd);
	}
	return rc;
}

static int
fs_publish(struct bh_object_writer *writer, const void *bytes, const struct bh_digest *hash)
{
	char name[BH_UUID_HEX];

	(void)bytes;
	(void)hash;
	bh_uuid_hex(&writer->id, name);
	if (fsync(writer->fd) < 0)
		return bh_object_io_error("sync an object");
	if (renameat(writer->dir_fd, writer->part, writer->dir_fd, name) < 0)
		return bh_object_io_error("publish an object");
	writer->part[0] = '\0';
	return fsync(writer->dir_fd) < 0 ? bh_object_io_error("sync the tenant's folder") : 0;
}

static void
fs_abandon(struct bh_object_writer *writer)
{
	if (writer->part[0] != '\0')
		unlinkat(writer->dir_fd, writer->part, 0);
	close(writer->dir_fd);
}

static int
fs_read(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, int *out_fd, int64_t *out_bytes)
{
	char name[BH_UUID_HEX];
	struct stat stat;
	int dir_fd = -1;
	int fd;
	int rc = tenant_open(store, tenant, false, &dir_fd);

	if (rc < 0)
		return rc;
	bh_uuid_hex(id, name);
	fd = open_beneath(dir_fd, name, O_RDONLY, 0);
	close(dir_fd);
	if (fd < 0)
		return errno == ENOENT ? BH_E_NOT_FOUND : bh_object_io_error("open an object");
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode)) {
		close(fd);
		return bh_error(BH_E_IO, "object store: not a regular file");
	}
	if (content != NULL && stat.st_size != content->bytes) {
		close(fd);
		return bh_error(BH_E_IO, "object store: an object has %lld bytes instead of %lld",
			(long long)stat.st_size, (long long)content->bytes);
	}
	*out_fd = fd;
	*out_bytes = stat.st_size;
	return 0;
}

static int
fs_holds(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, bool *out)
{
	struct bh_digest hash;
	int64_t bytes = 0;
	int fd = -1;
	int rc = fs_read(store, tenant, id, NULL, &fd, &bytes);

	if (rc == BH_E_NOT_FOUND) {
		*out = false;
		return 0;
	}
	if (rc < 0)
		return rc;
	rc = bh_object_hash_file(fd, bytes, &hash);
	close(fd);
	if (rc == 0)
		*out = bytes == content->bytes && bh_digest_equal(&hash, &content->hash);
	return rc;
}

#define MARK_NAME (sizeof(MARK) + BH_UUID_HEX)

static void
mark_name(const struct bh_uuid *id, char out[MARK_NAME])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, MARK_NAME, MARK "%s", hex);
}

static int
unlink_if(int dir_fd, const char *name)
{
	return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? bh_object_io_error("remove an object")
															: 0;
}

static int
unlink_mark(int dir_fd, const struct bh_uuid *id)
{
	char name[MARK_NAME];

	mark_name(id, name);
	return unlink_if(dir_fd, name);
}

static int
fs_remove(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	char name[BH_UUID_HEX];
	int dir_fd = -1;
	int rc = tenant_open(store, tenant, false, &dir_fd);

	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc < 0)
		return rc;
	bh_uuid_hex(id, name);
	rc = unlink_if(dir_fd, name);
	if (rc == 0)
		rc = unlink_mark(dir_fd, id);
	close(dir_fd);
	return rc;
}

/* ---- what nobody names ---- */

static int
fs_condemn(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	int64_t age_s, bool *out_due)
{
	char name[MARK_NAME];
	struct stat stat;
	int dir_fd, fd;
	int rc = tenant_open(store, tenant, false, &dir_fd);

	if (rc < 0)
		return rc;
	mark_name(id, name);
	fd = open_beneath(dir_fd, name, O_WRONLY | O_CREAT, 0600);
	close(dir_fd);
	if (fd < 0)
		return bh_object_io_error("mark an object");
	/* The file's time is its creation: it is never written to. */
	if (fstat(fd, &stat) < 0)
		rc = bh_object_io_error("read a mark");
	else
		*out_due = time(NULL) - stat.st_mtime > age_s;
	close(fd);
	return rc;
}

static int
fs_acquit(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	int dir_fd = -1;
	int rc = tenant_open(store, tenant, false, &dir_fd);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? 0 : rc;
	rc = unlink_mark(dir_fd, id);
	close(dir_fd);
	return rc;
}

/* ---- what is there ---- */

static void
close_dir(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

/* Opens a folder to be read through. */
static int
dir_open(int root_fd, const char *name, DIR **out)
{
	int fd = open_beneath(root_fd, name, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? BH_E_NOT_FOUND
												   : bh_object_io_error("open a folder");
	*out = fdopendir(fd);
	if (*out == NULL) {
		close(fd);
		return bh_object_io_error("read a folder");
	}
	return 0;
}

/* Whether an entry is older; what has gone meanwhile is not. */
static bool
is_older(DIR *dir, const char *name, int64_t before_s)
{
	struct stat stat;

	return fstatat(dirfd(dir), name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && stat.st_mtime <= before_s;
}

static int
fs_walk_open(struct bh_object_store *store, const struct bh_uuid *tenant, void **out)
{
	char name[BH_UUID_HEX] = ".";
	DIR *dir;
	int rc;

	if (tenant != NULL)
		bh_uuid_hex(tenant, name);
	rc = dir_open(root_of(store), name, &dir);
	if (rc == 0)
		*out = dir;
	return rc;
}

static bool
is_marked(DIR *dir, const struct bh_uuid *id)
{
	char name[MARK_NAME];

	mark_name(id, name);
	return faccessat(dirfd(dir), name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
fs_walk_next(void *walk, int64_t age_s, struct bh_object_name *out, size_t room, size_t *out_n)
{
	int64_t before_s = time(NULL) - age_s;
	DIR *dir = walk;
	struct dirent *entry;
	size_t n = 0;

	while (n < room) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (bh_uuid_parse_id(entry->d_name, "", &out[n].id) < 0 ||
			!is_older(dir, entry->d_name, before_s))
			continue;
		out[n].marked = is_marked(dir, &out[n].id);
		n++;
	}
	if (n < room && errno != 0)
		return bh_object_io_error("read a folder");
	*out_n = n;
	return 0;
}

static void
fs_walk_close(void *walk)
{
	closedir(walk);
}

/* ---- keys ---- */

#define KEY_NAME (sizeof(KEY) + BH_UUID_HEX)
enum { KEY_BYTES_MOST = 4096 };

static void
key_name(const struct bh_uuid *id, char out[KEY_NAME])
{
	char hex[BH_UUID_HEX];

	bh_uuid_hex(id, hex);
	snprintf(out, KEY_NAME, KEY "%s", hex);
}

static int
fs_key_list(struct bh_object_store *store, const struct bh_uuid *tenant, struct bh_uuid *out,
	size_t room, size_t *out_n)
{
	BH_AUTO(close_dir) DIR *dir = NULL;
	char name[BH_UUID_HEX];
	struct dirent *entry;
	size_t n = 0;
	int rc;

	bh_uuid_hex(tenant, name);
	rc = dir_open(root_of(store), name, &dir);
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return rc;
	while (rc == 0 && n < room && (entry = readdir(dir)) != NULL)
		if (bh_uuid_parse_id(entry->d_name, KEY, &out[n]) == 0)
			n++;
	*out_n = n;
	return 0;
}

static int
fs_key_get(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct bh_buf *out)
{
	char name[KEY_NAME];
	ssize_t n;
	int dir_fd = -1, fd;
	int rc = tenant_open(store, tenant, false, &dir_fd);

	if (rc < 0)
		return rc;
	key_name(id, name);
	fd = open_beneath(dir_fd, name, O_RDONLY, 0);
	close(dir_fd);
	if (fd < 0)
		return errno == ENOENT ? BH_E_NOT_FOUND : bh_object_io_error("open a key");
	n = read(fd, bh_buf_room(out, KEY_BYTES_MOST), KEY_BYTES_MOST);
	if (n < 0)
		rc = bh_object_io_error("read a key");
	else
		out->len += (size_t)n;
	close(fd);
	return rc;
}

/* The entry of the tenant's folder may be as new as the key: what is sealed relies on both. */
static int
sync_root(struct bh_object_store *store)
{
	int fd = open_beneath(root_of(store), ".", O_RDONLY | O_DIRECTORY, 0);
	int rc = 0;

	if (fd < 0 || fsync(fd) < 0)
		rc = bh_object_io_error("sync the object store");
	if (fd >= 0)
		close(fd);
	return rc;
}

/* As an object: whole, or not there. */
static int
fs_key_put(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const void *bytes, size_t len)
{
	struct bh_object_writer writer = {.store = store, .tenant = *tenant};
	char name[KEY_NAME];
	int rc = fs_create(&writer);

	if (rc < 0)
		return rc;
	key_name(id, name);
	if (write(writer.fd, bytes, len) != (ssize_t)len || fsync(writer.fd) < 0)
		rc = bh_object_io_error("write a key");
	if (rc == 0 && renameat(writer.dir_fd, writer.part, writer.dir_fd, name) < 0)
		rc = bh_object_io_error("publish a key");
	if (rc == 0) {
		writer.part[0] = '\0';
		rc = fsync(writer.dir_fd) < 0 ? bh_object_io_error("sync the tenant's folder") : 0;
	}
	if (rc == 0)
		rc = sync_root(store);
	fs_abandon(&writer);
	close(writer.fd);
	return rc;
}

static int
fs_key_remove(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	char name[KEY_NAME];
	int dir_fd = -1;
	int rc = tenant_open(store, tenant, false, &dir_fd);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? 0 : rc;
	key_name(id, name);
	rc = unlink_if(dir_fd, name);
	/* On the disk before a receipt says so. */
	if (rc == 0 && fsync(dir_fd) < 0)
		rc = bh_object_io_error("sync the tenant's folder");
	close(dir_fd);
	return rc;
}

/* ---- leftovers of killed writers ---- */

static int
sweep_tenant(int root_fd, const char *name, const char *prefix, int64_t before_s)
{
	BH_AUTO(close_dir) DIR *dir = NULL;
	struct dirent *entry;
	int rc = dir_open(root_fd, name, &dir);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? 0 : rc;
	while ((entry = readdir(dir)) != NULL)
		if (bh_text_starts(entry->d_name, prefix) && is_older(dir, entry->d_name, before_s))
			unlinkat(dirfd(dir), entry->d_name, 0);
	return 0;
}

/* A folder in which something has appeared meanwhile stays, and is tried again. */
static int
fs_forget(struct bh_object_store *store, const struct bh_uuid *tenant)
{
	char name[BH_UUID_HEX];
	int rc;

	bh_uuid_hex(tenant, name);
	rc = sweep_tenant(root_of(store), name, PART, INT64_MAX);
	if (rc == 0)
		rc = sweep_tenant(root_of(store), name, MARK, INT64_MAX);
	if (rc == 0 && unlinkat(root_of(store), name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		rc = bh_object_io_error("remove the tenant's folder");
	return rc;
}

static int
fs_sweep(struct bh_object_store *store, int64_t age_s)
{
	BH_AUTO(close_dir) DIR *dir = NULL;
	struct dirent *entry;
	int rc = dir_open(root_of(store), ".", &dir);

	if (rc < 0)
		return rc;
	/* One folder that cannot be read keeps nobody else's leftovers. */
	while ((entry = readdir(dir)) != NULL) {
		int failed = 0;

		if (strlen(entry->d_name) == BH_UUID_HEX - 1)
			failed = sweep_tenant(root_of(store), entry->d_name, PART, time(NULL) - age_s);
		if (failed < 0)
			rc = failed;
	}
	return rc;
}

const struct bh_object_driver bh_object_fs = {
	.name = "fs",
	.open = fs_open,
	.close = fs_close,
	.create = fs_create,
	.publish = fs_publish,
	.abandon = fs_abandon,
	.read = fs_read,
	.holds = fs_holds,
	.remove = fs_remove,
	.sweep = fs_sweep,
	.forget = fs_forget,
	.walk_open = fs_walk_open,
	.walk_next = fs_walk_next,
	.walk_close = fs_walk_close,
	.condemn = fs_condemn,
	.acquit = fs_acquit,
	.key_list = fs_key_list,
	.key_get = fs_key_get,
	.key_put = fs_key_put,
	.key_remove = fs_key_remove,
};
