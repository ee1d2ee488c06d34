/* SPDX-License-Identifier: Apache-2.0 */
/* folder.c: folders of jobs, made, opened within, and removed. */
#include "finetune/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "db/db.h"
#include "finetune/finetune.h"
#include "finetune/store.h"
#include "service/erase.h"
#include "service/runtime.h"

enum { DEPTH_MOST = 8, SWEPT_AT_ONCE = 10000 };

const char *
finetune_folder_of(struct bh_arena *arena, const struct finetune *finetune,
	const struct bh_uuid *tenant, const struct bh_uuid *job)
{
	char of_tenant[BH_UUID_HEX], of_job[BH_UUID_HEX];

	bh_uuid_hex(tenant, of_tenant);
	bh_uuid_hex(job, of_job);
	return bh_arena_printf(arena, "%s/%s/%s", finetune->home, of_tenant, of_job);
}

static int
make(const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return bh_error(errno == ENOSPC || errno == EDQUOT ? BH_E_NO_ROOM : BH_E_IO, "make %s: %m",
		path);
}

int
finetune_folder_make(struct bh_arena *arena, const char *folder)
{
	const char *end = strrchr(folder, '/');
	int rc = make(bh_arena_copy(arena, folder, (size_t)(end - folder)));

	if (rc == 0)
		rc = make(folder);
	if (rc == 0)
		rc = make(bh_arena_printf(arena, "%s/data", folder));
	return rc < 0 ? rc : make(bh_arena_printf(arena, "%s/out", folder));
}

/* Takes over `fd`. */
static void
clear(int fd, int depth)
{
	DIR *folder = fdopendir(fd);
	const struct dirent *entry;

	if (folder == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(folder)) != NULL) {
		int inner;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0 || depth >= DEPTH_MOST)
			continue;
		inner = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner >= 0)
			clear(inner, depth + 1);
		(void)unlinkat(fd, entry->d_name,
			AT_REMOVEDIR); /* what stays is tried again by the sweep */
	}
	closedir(folder);
}

void
finetune_folder_remove(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	clear(fd, 0);
	if (rmdir(folder) < 0 && errno != ENOENT)
		bh_log(BH_LOG_WARN, "remove %s (will retry): %m", folder);
}

int
finetune_folder_open(const char *folder, const char *checkpoint, const char *name, int64_t most,
	int *out_fd, int64_t *out_bytes)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	char base[600], path[600];
	struct stat status;
	size_t len;
	int top, fd;

	snprintf(base, sizeof(base), "%s/out/", folder);
	len = strlen(base);
	if (strncmp(checkpoint, base, len) != 0 ||
		(size_t)snprintf(path, sizeof(path), "%s/%s", checkpoint + len, name) >= sizeof(path))
		return bh_error(BH_E_PROTOCOL, "the trainer names a checkpoint outside its folder");
	top = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = top < 0 ? -1 : (int)syscall(SYS_openat2, top, path, &how, sizeof(how));
	if (top >= 0)
		close(top);
	if (fd < 0)
		return bh_error(BH_E_PROTOCOL, "the trainer's checkpoint cannot be opened: %m");
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > most) {
		close(fd);
		return bh_error(BH_E_PROTOCOL, "the trainer's checkpoint is not a file, or is too large");
	}
	*out_fd = fd;
	*out_bytes = status.st_size;
	return 0;
}

/* ---- what is left over ---- */

static bool
read_name(const char *text, struct bh_uuid *out)
{
	return bh_text_unhex(text, strlen(text), out->bytes, sizeof(out->bytes));
}

/* Whether it may go. Where the database cannot tell, it stays. */
static bool
is_over(struct finetune *finetune, const struct bh_uuid *tenant, const struct bh_uuid *job)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(finetune->runtime),
		.arena = &arena,
		.context = *tenant};
	struct finetune_wanted wanted;
	int rc = finetune_store_job_wanted(&db, tenant, job, &wanted);

	return rc == BH_E_NOT_FOUND || (rc == 0 && wanted.finished_ms != 0);
}

static void
sweep_tenant(struct finetune *finetune, const char *name)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const char *path = bh_arena_printf(&arena, "%s/%s", finetune->home, name);
	DIR *folder = opendir(path);
	struct bh_uuid tenant, job;
	const struct dirent *entry;

	if (folder == NULL)
		return;
	for (int i = 0; read_name(name, &tenant) && i < SWEPT_AT_ONCE &&
		 (entry = readdir(folder)) != NULL && !bh_runtime_stopping(finetune->runtime);
		 i++)
		if (read_name(entry->d_name, &job) && is_over(finetune, &tenant, &job))
			finetune_folder_remove(finetune_folder_of(&arena, finetune, &tenant, &job));
	closedir(folder);
	(void)rmdir(path); /* unless there is anything in it */
}

void
finetune_folder_sweep(struct bh_runtime *runtime, void *service)
{
	struct finetune *finetune = service;
	DIR *folder = opendir(finetune->home);
	const struct dirent *entry;

	if (folder == NULL)
		return;
	while (!bh_runtime_stopping(runtime) && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			sweep_tenant(finetune, entry->d_name);
	closedir(folder);
}

int
finetune_folder_erase(struct bh_erase *erase)
{
	const struct finetune *finetune = erase->state;
	char name[BH_UUID_HEX], path[sizeof(finetune->home) + BH_UUID_HEX + 1];

	bh_uuid_hex(&erase->tenant, name);
	snprintf(path, sizeof(path), "%s/%s", finetune->home, name);
	if (access(path, F_OK) < 0)
		return 0;
	finetune_folder_remove(path);
	return bh_erase_count(&erase->db, erase, "fine_tuning_folder", 1);
}
