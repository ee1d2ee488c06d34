/* SPDX-License-Identifier: Apache-2.0 */
/* file.c: reads and replaces small files. */
#include "supervisor/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define OPEN_FOLDERS 16

void
supervisor_file_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int
supervisor_file_read(const char *path, size_t bytes_max, struct bh_buf *out)
{
	BH_AUTO(supervisor_file_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t total = 0;

	if (fd < 0 && errno == ENOENT)
		return BH_E_NOT_FOUND;
	if (fd < 0)
		return bh_error(BH_E_IO, "open %s: %m", path);
	for (;;) {
		char *room = bh_buf_room(out, 16 * BH_KIB);
		ssize_t count = read(fd, room, 16 * BH_KIB);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return bh_error(BH_E_IO, "read %s: %m", path);
		if (count == 0)
			return 0;
		out->len += (size_t)count;
		out->data[out->len] = '\0';
		total += (size_t)count;
		if (total > bytes_max)
			return bh_error(BH_E_TOO_LARGE, "%s is larger than %zu bytes", path, bytes_max);
	}
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t count = write(fd, bytes, len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		bytes += count;
		len -= (size_t)count;
	}
	return fsync(fd);
}

int
supervisor_file_write(const char *path, const void *bytes, size_t len, mode_t mode)
{
	return supervisor_file_write_for(path, bytes, len, mode, (gid_t)-1);
}

int
supervisor_file_write_for(const char *path, const void *bytes, size_t len, mode_t mode, gid_t gid)
{
	BH_AUTO(bh_buf_close) struct bh_buf part = {0};
	BH_AUTO(supervisor_file_close) int fd = -1;

	bh_buf_printf(&part, "%s.part", path);
	if (unlink(part.data) < 0 && errno != ENOENT)
		return bh_error(BH_E_IO, "remove %s: %m", part.data);
	fd = open(part.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return bh_error(BH_E_IO, "create %s: %m", part.data);
	if (write_all(fd, bytes, len) < 0 || (gid != (gid_t)-1 && fchown(fd, (uid_t)-1, gid) < 0) ||
		fchmod(fd, mode) < 0 || rename(part.data, path) < 0) {
		int rc = bh_error(BH_E_IO, "write %s: %m", path);

		unlink(part.data);
		return rc;
	}
	return 0;
}

static int
remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
	(void)stat;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int
supervisor_file_remove_tree(const char *path)
{
	if (nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return bh_error(BH_E_IO, "remove %s: %m", path);
	return 0;
}
