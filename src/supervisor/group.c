/* SPDX-License-Identifier: Apache-2.0 */
/* group.c: what /proc knows of our children, and the end of those that a dead supervisor left. */
#include "supervisor/group.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "supervisor/file.h"

#define STAT_BYTES_MAX 4096u
#define GROUPS_BYTES_MAX (64u * BH_KIB)
#define GROUPS_MAX 128u
#define END_WITHIN_MS 5000

/* The command's name is in parentheses and may hold anything, so fields count from the last ')'. */
static bool
parse_stat(const char *text, struct supervisor_proc *proc)
{
	const char *rest = strrchr(text, ')');
	int64_t pages;

	if (rest == NULL ||
		sscanf(rest + 1,
			" %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64
			" %*u %" SCNd64,
			&proc->state, &proc->parent, &proc->group, &proc->started, &pages) != 5)
		return false;
	proc->rss_bytes = pages * sysconf(_SC_PAGESIZE);
	return true;
}

int
supervisor_proc_read(pid_t pid, struct supervisor_proc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct supervisor_proc proc = {.pid = pid};
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (supervisor_file_read(path, STAT_BYTES_MAX, &text) < 0 ||
		!parse_stat(bh_buf_string(&text), &proc))
		return BH_E_NOT_FOUND;
	*out = proc;
	return 0;
}

static void
dir_close(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

int
supervisor_proc_list(struct bh_arena *arena, struct supervisor_proc **out, size_t *out_n)
{
	BH_AUTO(dir_close) DIR *dir = opendir("/proc");
	BH_AUTO(bh_buf_close) struct bh_buf found = {0};
	struct dirent *entry;

	if (dir == NULL)
		return bh_error(BH_E_IO, "/proc: %m");
	while ((entry = readdir(dir)) != NULL) {
		struct supervisor_proc proc;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
			supervisor_proc_read((pid_t)atoi(entry->d_name), &proc) < 0)
			continue;
		bh_buf_add(&found, &proc, sizeof(proc));
	}
	*out_n = found.len / sizeof(**out);
	*out = bh_arena_array(arena, *out_n, sizeof(**out));
	memcpy(*out, bh_buf_string(&found), found.len);
	return 0;
}

/* Trees are shallow here: postmaster and backends, master and workers, service and extractor. */
static bool
is_below(const struct supervisor_proc *list, size_t n, const struct supervisor_proc *proc,
	pid_t pid)
{
	pid_t at = proc->pid;

	for (int depth = 0; depth < 8; depth++) {
		pid_t parent = 0;

		if (at == pid)
			return true;
		for (size_t i = 0; i < n; i++) {
			if (list[i].pid == at)
				parent = list[i].parent;
		}
		if (parent <= 1)
			return false;
		at = parent;
	}
	return false;
}

int64_t
supervisor_proc_rss(const struct supervisor_proc *list, size_t n, pid_t pid)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_below(list, n, &list[i], pid))
			bytes += list[i].rss_bytes;
	}
	return bytes;
}

/* ---- the file of groups ---- */

static void
boot_id(char out[40])
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	if (supervisor_file_read("/proc/sys/kernel/random/boot_id", 64, &text) < 0)
		bh_buf_reset(&text);
	snprintf(out, 40, "%.36s", bh_buf_string(&text));
}

int
supervisor_groups_save(const char *path, const struct supervisor_group *groups, size_t n)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char boot[40];

	boot_id(boot);
	bh_buf_printf(&text, "boot %s\n", boot);
	for (size_t i = 0; i < n; i++)
		bh_buf_printf(&text, "%s %d %" PRIu64 " %u\n", groups[i].name, groups[i].pid,
			groups[i].started, groups[i].uid);
	return supervisor_file_write(path, text.data, text.len, 0600);
}

/* Whether a process belongs to what the record names. */
static bool
is_leftover(const struct supervisor_proc *proc, const struct supervisor_group *group)
{
	struct stat stat;
	char path[40];

	if (proc->group != group->pid || proc->state == 'Z')
		return false;
	if (proc->pid == group->pid)
		return proc->started == group->started;
	snprintf(path, sizeof(path), "/proc/%d", (int)proc->pid);
	return lstat(path, &stat) == 0 && stat.st_uid == group->uid && proc->started >= group->started;
}

static size_t
find_leftovers(const struct supervisor_group *groups, size_t n_groups, bool kills)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct supervisor_proc *list;
	size_t found = 0;
	size_t n;

	if (supervisor_proc_list(&arena, &list, &n) < 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n_groups; j++) {
			if (is_leftover(&list[i], &groups[j]) && (!kills || kill(list[i].pid, SIGKILL) == 0))
				found++;
		}
	}
	return found;
}

static size_t
parse_groups(char *text, const char *boot, struct supervisor_group *groups)
{
	size_t n = 0;
	char *save = NULL;
	char *line = strtok_r(text, "\n", &save);

	if (line == NULL || !bh_text_starts(line, "boot ") || strcmp(line + 5, boot) != 0)
		return 0;
	while ((line = strtok_r(NULL, "\n", &save)) != NULL && n < GROUPS_MAX) {
		struct supervisor_group *group = &groups[n];

		if (sscanf(line, "%31s %d %" SCNu64 " %u", group->name, &group->pid, &group->started,
				&group->uid) == 4 &&
			group->pid > 1)
			n++;
	}
	return n;
}

static int
read_groups(const char *path, struct supervisor_group groups[GROUPS_MAX], size_t *out_n)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char boot[40];
	int rc = supervisor_file_read(path, GROUPS_BYTES_MAX, &text);

	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return rc;
	boot_id(boot);
	*out_n = text.len == 0 ? 0 : parse_groups(text.data, boot, groups);
	return 0;
}

int
supervisor_groups_count(const char *path, size_t *out)
{
	struct supervisor_group groups[GROUPS_MAX] = {0};
	size_t n = 0;
	int rc = read_groups(path, groups, &n);

	if (rc == 0)
		*out = find_leftovers(groups, n, false);
	return rc;
}

int
supervisor_groups_end(const char *path, size_t *out_ended)
{
	static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	struct supervisor_group groups[GROUPS_MAX] = {0};
	int64_t until = bh_clock_steady_ms() + END_WITHIN_MS;
	size_t killed, ended = 0, n = 0;
	int rc = read_groups(path, groups, &n);

	if (rc < 0)
		return rc;

	/* Again until none is left: a group may grow while it is read. */
	while ((killed = find_leftovers(groups, n, true)) > 0) {
		ended = ended == 0 ? killed : ended;
		if (bh_clock_steady_ms() > until)
			return bh_error(BH_E_IO, "processes of an earlier start did not exit");
		nanosleep(&pause, NULL);
	}
	*out_ended = ended;
	return 0;
}

size_t
supervisor_group_adopted_end(const pid_t *known, size_t n_known)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct supervisor_proc *list;
	pid_t self = getpid();
	size_t found = 0;
	size_t n;

	if (supervisor_proc_list(&arena, &list, &n) < 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		bool is_known = false;

		if (list[i].parent != self || list[i].state == 'Z')
			continue;
		for (size_t j = 0; j < n_known; j++)
			is_known = is_known || known[j] == list[i].pid;
		if (is_known)
			continue;
		kill(list[i].pid, SIGKILL);
		found++;
	}
	return found;
}
