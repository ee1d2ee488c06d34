/* SPDX-License-Identifier: Apache-2.0 */
/* fs.c: the object store on a file system: {root}/{tenant}/{name}, resolved beneath the tenant's folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "object/object.h"

#define PART "part-"
#define MARK "unnamed-"

struct bh_object_store {
	int root_fd; /* owned */
};

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
io_error(const char *what)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return bh_error(BH_E_NO_ROOM, "object store: %s: %m", what);
	return bh_error(BH_E_IO, "object store: %s: %m", what);
}

int
bh_object_store_open(const char *root, struct bh_object_store **out)
{
	struct bh_object_store *store;
	int fd;

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
	*out = store;
	return 0;
}

void
bh_object_store_close(struct bh_object_store *store)
{
	if (store == NULL)
		return;
	close(store->root_fd);
	free(store);
}

/* The tenant's folder; made on its first write. BH_E_NOT_FOUND without `make`. */
static int
tenant_open(struct bh_object_store *store, const struct bh_uuid *tenant, bool make, int *out_fd)
{
	char name[BH_UUID_HEX];
	int fd;

	bh_uuid_hex(tenant, name);
	fd = open_beneath(store->root_fd, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(store->root_fd, name, 0700) < 0 && errno != EEXIST)
			return io_error("create the tenant's folder");
		fd = open_beneath(store->root_fd, name, O_RDONLY | O_DIRECTORY, 0);
	}
	if (fd < 0 && errno == ENOENT)
		return BH_E_NOT_FOUND;
	if (fd < 0)
		return io_error("open the tenant's folder");
	*out_fd = fd;
	return 0;
}

int
bh_object_create(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_object_writer *out)
{
	struct bh_object_writer writer = {0};
	struct bh_uuid unique = bh_uuid_new();
	char hex[BH_UUID_HEX];
	int rc;

	bh_uuid_hex(id, writer.name);
	bh_uuid_hex(&unique, hex);
	snprintf(writer.part, sizeof(writer.part), PART "%s", hex);
	rc = tenant_open(store, tenant, true, &writer.dir_fd);
	if (rc < 0)
		return rc;
	writer.fd = open_beneath(writer.dir_fd, writer.part, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (writer.fd < 0) {
		rc = io_error("create an object");
		close(writer.dir_fd);
		return rc;
	}
	*out = writer;
	return 0;
}

int
bh_object_write(struct bh_object_writer *writer, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t count = write(writer->fd, at, len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return io_error("write an object");
		at += count;
		len -= (size_t)count;
		writer->bytes += count;
	}
	return 0;
}

/* The bytes are still in the page cache: one pass over a mapping, once they are all there. */
static int
hash_file(const struct bh_object_writer *writer, struct bh_digest *out)
{
	void *bytes;

	if (writer->bytes == 0) {
		bh_digest_sha256("", 0, out);
		return 0;
	}
	bytes = mmap(NULL, (size_t)writer->bytes, PROT_READ, MAP_PRIVATE, writer->fd, 0);
	if (bytes == MAP_FAILED)
		return io_error("map an object");
	bh_digest_sha256(bytes, (size_t)writer->bytes, out);
	munmap(bytes, (size_t)writer->bytes);
	return 0;
}

int
bh_object_publish(struct bh_object_writer *writer, struct bh_digest *out_hash)
{
	struct bh_digest hash;
	int rc = hash_file(writer, &hash);

	if (rc < 0)
		return rc;
	if (fsync(writer->fd) < 0)
		return io_error("sync an object");
	if (renameat(writer->dir_fd, writer->part, writer->dir_fd, writer->name) < 0)
		return io_error("publish an object");
	writer->part[0] = '\0';
	if (fsync(writer->dir_fd) < 0)
		return io_error("sync the tenant's folder");
	*out_hash = hash;
	bh_object_writer_close(writer);
	return 0;
}

void
bh_object_writer_close(struct bh_object_writer *writer)
{
	if (writer->fd > 0) {
		if (writer->part[0] != '\0')
			unlinkat(writer->dir_fd, writer->part, 0);
		close(writer->fd);
		close(writer->dir_fd);
	}
	*writer = (struct bh_object_writer){0};
}

int
bh_object_read(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int *out_fd, int64_t *out_bytes)
{
	char name[BH_UUID_HEX];
	struct stat stat;
	int dir_fd;
	int fd;
	int rc = tenant_open(store, tenant, false, &dir_fd);

	if (rc < 0)
		return rc;
	bh_uuid_hex(id, name);
	fd = open_beneath(dir_fd, name, O_RDONLY, 0);
	close(dir_fd);
	if (fd < 0)
		return errno == ENOENT ? BH_E_NOT_FOUND : io_error("open an object");
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode)) {
		close(fd);
		return bh_error(BH_E_IO, "object store: not a regular file");
	}
	*out_fd = fd;
	*out_bytes = stat.st_size;
	return 0;
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
	return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? io_error("remove an object") : 0;
}

static int
unlink_mark(int dir_fd, const struct bh_uuid *id)
{
	char name[MARK_NAME];

	mark_name(id, name);
	return unlink_if(dir_fd, name);
}

int
bh_object_remove(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	char name[BH_UUID_HEX];
	int dir_fd;
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

int
bh_object_condemn(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t age_s, bool *out_due)
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
		return io_error("mark an object");
	/* The file's time is its creation: it is never written to. */
	if (fstat(fd, &stat) < 0)
		rc = io_error("read a mark");
	else
		*out_due = time(NULL) - stat.st_mtime > age_s;
	close(fd);
	return rc;
}

int
bh_object_acquit(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	int dir_fd;
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
		return errno == ENOENT || errno == ENOTDIR ? BH_E_NOT_FOUND : io_error("open a folder");
	*out = fdopendir(fd);
	if (*out == NULL) {
		close(fd);
		return io_error("read a folder");
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

int
bh_object_walk_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	struct bh_object_walk *out)
{
	char name[BH_UUID_HEX] = ".";
	DIR *dir;
	int rc;

	if (tenant != NULL)
		bh_uuid_hex(tenant, name);
	rc = dir_open(store->root_fd, name, &dir);
	if (rc == 0)
		out->dir = dir;
	return rc;
}

size_t
bh_object_walk_next(struct bh_object_walk *walk, int64_t age_s, struct bh_uuid *out, size_t room)
{
	int64_t before_s = time(NULL) - age_s;
	struct dirent *entry;
	size_t n = 0;

	while (n < room && (entry = readdir(walk->dir)) != NULL)
		if (bh_uuid_parse_id(entry->d_name, "", &out[n]) == 0 &&
			is_older(walk->dir, entry->d_name, before_s))
			n++;
	return n;
}

void
bh_object_walk_close(struct bh_object_walk *walk)
{
	if (walk->dir != NULL)
		closedir(walk->dir);
	walk->dir = NULL;
}

/* ---- leftovers of killed writers ---- */

static int
sweep_tenant(int root_fd, const char *name, int64_t before_s)
{
	BH_AUTO(close_dir) DIR *dir = NULL;
	struct dirent *entry;
	int rc = dir_open(root_fd, name, &dir);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? 0 : rc;
	while ((entry = readdir(dir)) != NULL)
		if (bh_text_starts(entry->d_name, PART) && is_older(dir, entry->d_name, before_s))
			unlinkat(dirfd(dir), entry->d_name, 0);
	return 0;
}

int
bh_object_sweep(struct bh_object_store *store, int64_t age_s)
{
	BH_AUTO(close_dir) DIR *dir = NULL;
	struct dirent *entry;
	int rc = dir_open(store->root_fd, ".", &dir);

	if (rc < 0)
		return rc;
	/* One folder that cannot be read keeps nobody else's leftovers. */
	while ((entry = readdir(dir)) != NULL) {
		int failed = 0;

		if (strlen(entry->d_name) == BH_UUID_HEX - 1)
			failed = sweep_tenant(store->root_fd, entry->d_name, time(NULL) - age_s);
		if (failed < 0)
			rc = failed;
	}
	return rc;
}
