/* SPDX-License-Identifier: Apache-2.0 */
/* folder.c: copies and hashes files of any size, and finds the backups of a folder. */
#include "backup/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/backup.h"
#include "base/error.h"
#include "base/text.h"
#include "supervisor/file.h"

#define PIECE (256 * BH_KIB)
#define NAMES_MAX 100000u

int
backup_folder_make(const char *path)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return bh_error(BH_E_IO, "create the folder %s: %m", path);
	return 0;
}

int
backup_folder_lock(const char *folder, int *out_fd)
{
	BH_AUTO(supervisor_file_close) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return bh_error(BH_E_IO, "open the folder %s: %m", folder);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return bh_error(BH_E_EXISTS, "another backup is being made in %s", folder);
	*out_fd = fd;
	fd = -1;
	return 0;
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
	return 0;
}

int
backup_folder_pass(int from, int to, const char *path, struct bh_digest *out_hash,
	int64_t *out_bytes)
{
	char *piece = malloc(PIECE);
	struct bh_hash hash;
	int64_t bytes = 0;
	int rc = piece != NULL ? 0 : bh_error(BH_E_IO, "no memory");

	bh_hash_begin(&hash);
	while (rc == 0) {
		ssize_t count = read(from, piece, PIECE);

		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0)
			break;
		if (count < 0)
			rc = bh_error(BH_E_IO, "read for %s: %m", path);
		else if (to >= 0 && write_all(to, piece, (size_t)count) < 0)
			rc = bh_error(errno == ENOSPC ? BH_E_NO_ROOM : BH_E_IO, "write %s: %m", path);
		else
			bh_hash_add(&hash, piece, (size_t)count);
		bytes += count;
	}
	bh_hash_end(&hash, out_hash);
	free(piece);
	*out_bytes = bytes;
	return rc;
}

int
backup_folder_hash(const char *path, struct bh_digest *out_hash, int64_t *out_bytes)
{
	BH_AUTO(supervisor_file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return BH_E_NOT_FOUND;
	if (fd < 0)
		return bh_error(BH_E_IO, "open %s: %m", path);
	return backup_folder_pass(fd, -1, path, out_hash, out_bytes);
}

int
backup_folder_sync(const char *path)
{
	BH_AUTO(supervisor_file_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		return bh_error(BH_E_IO, "sync %s: %m", path);
	return 0;
}

/* ---- which backups there are ---- */

/* 2026-11-29T22-45-12Z */
static bool
is_name(const char *name)
{
	static const char form[] = "dddd-dd-ddTdd-dd-ddZ";
	size_t i = 0;

	for (; form[i] != '\0' && name[i] != '\0'; i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';

		if (form[i] == 'd' ? !digit : name[i] != form[i])
			return false;
	}
	return form[i] == '\0' && name[i] == '\0';
}

static int
order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int
backup_list(struct bh_arena *arena, const char *folder, const char ***out, size_t *out_n)
{
	DIR *dir = opendir(folder);
	const char **names = NULL;
	struct dirent *entry;
	size_t n = 0, room = 0;

	if (dir == NULL)
		return errno == ENOENT ? bh_error(BH_E_NOT_FOUND, "%s does not exist", folder)
							   : bh_error(BH_E_IO, "open the folder %s: %m", folder);
	while ((entry = readdir(dir)) != NULL && n < NAMES_MAX) {
		if (!is_name(entry->d_name))
			continue;
		if (n == room) {
			names = bh_arena_grow(arena, names, room * sizeof(*names),
				(2 * room + 16) * sizeof(*names));
			room = 2 * room + 16;
		}
		names[n++] = bh_arena_strdup(arena, entry->d_name);
	}
	closedir(dir);
	if (n > 0)
		qsort(names, n, sizeof(*names), order);
	*out = names;
	*out_n = n;
	return 0;
}

int
backup_find(struct bh_arena *arena, const char *path, const char **out)
{
	const char **names;
	size_t n;
	int rc;

	if (access(bh_arena_printf(arena, "%s/manifest.json", path), F_OK) == 0) {
		*out = bh_arena_strdup(arena, path);
		return 0;
	}
	rc = backup_list(arena, path, &names, &n);
	if (rc == 0 && n == 0)
		rc = bh_error(BH_E_NOT_FOUND, "there is no backup in %s", path);
	if (rc == 0)
		*out = bh_arena_printf(arena, "%s/%s", path, names[n - 1]);
	return rc;
}
