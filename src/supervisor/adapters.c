/* SPDX-License-Identifier: Apache-2.0 */
/* adapters.c: compares what lies in the folder with what the engine holds. */
#include "supervisor/adapters.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "service/service.h"
#include "supervisor/file.h"
#include "supervisor/group.h"
#include "supervisor/instance.h"
#include "supervisor/layout.h"
#include "supervisor/process.h"
#include "supervisor/user.h"

#define EVERY_MS 500
#define GATHER_MS 1500
#define GONE_MS 60000   /* what is no longer needed takes memory only */
#define FILES_MAX 1024u /* more are not looked at: the engine takes fewer */
#define PROC_BYTES_MAX 65536u
#define SPARE_BYTES (64 * (int64_t)BH_MIB)

static void
dir_close(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static uint64_t
hash(const char *name, size_t len)
{
	uint64_t value = 14695981039346656037ull; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		value = (value ^ (unsigned char)name[i]) * 1099511628211ull;
	return value;
}

/* The length of a file's name without its end; 0: it is none of an adapter. */
static size_t
stem(const char *name, bool *out_new)
{
	size_t len = strlen(name);

	*out_new = bh_text_ends(name, ".new");
	if (name[0] == '.' || strchr(name, '@') == NULL)
		return 0;
	return *out_new ? len - 4 : bh_text_ends(name, ".gguf") ? len - 5 : 0;
}

/* *out_new (NULL: not wanted): the names of those that are to be tried. */
static struct supervisor_adapters_set
read_folder(const struct supervisor_instance *instance, struct bh_buf *out_new)
{
	BH_AUTO(dir_close) DIR *dir = NULL;
	struct supervisor_adapters_set set = {0};
	struct dirent *entry;
	char path[600];

	snprintf(path, sizeof(path), "%.500s/adapters", instance->place.home);
	dir = opendir(path);
	for (size_t n = 0; dir != NULL && n < FILES_MAX && (entry = readdir(dir)) != NULL; n++) {
		bool is_new;
		size_t len = stem(entry->d_name, &is_new);
		uint64_t value = hash(entry->d_name, len);
		struct stat stat;

		if (len == 0 || fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISREG(stat.st_mode))
			continue;
		set.all += value;
		set.known += is_new ? 0 : value;
		set.bytes += stat.st_size;
		if (is_new && out_new != NULL)
			bh_buf_printf(out_new, "%.*s\n", (int)len, entry->d_name);
	}
	return set;
}

/* ---- memory ---- */

/* The number behind a name in a text of /proc, in bytes; below 0: it is not there. */
static int64_t
number_of(const char *path, const char *name)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const char *at;

	if (supervisor_file_read(path, PROC_BYTES_MAX, &text) < 0)
		return -1;
	at = strstr(bh_buf_string(&text), name);
	return at == NULL ? -1 : strtoll(at + strlen(name), NULL, 10) * 1024;
}

/* The runner, or the server that it has started. */
static int64_t
own_bytes(pid_t pid)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct supervisor_proc *list;
	int64_t bytes = 0;
	char path[64];
	size_t n;

	if (supervisor_proc_list(&arena, &list, &n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int64_t own;

		if (list[i].group != pid)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/status", (int)list[i].pid);
		own = number_of(path, "RssAnon:");
		bytes += own > 0 ? own : 0;
	}
	return bytes;
}

bool
supervisor_adapters_room(const struct supervisor_instance *instance,
	const struct supervisor_process *engine)
{
	int64_t available = number_of("/proc/meminfo", "MemAvailable:");
	int64_t own = own_bytes(engine->child.pid);

	return available < 0 || own < 0 ||
		available >= own + own / 8 + 2 * read_folder(instance, NULL).bytes + SPARE_BYTES;
}

/* ---- attempts ---- */

void
supervisor_adapters_began(struct supervisor_adapters *adapters,
	const struct supervisor_instance *instance, pid_t pid)
{
	bh_buf_reset(&adapters->attempt_new);
	adapters->attempt_all = read_folder(instance, &adapters->attempt_new).all;
	adapters->attempt = pid;
}

/* For the service that put them there. */
static void
tell_failed(const struct supervisor_instance *instance, const struct bh_buf *names)
{
	const struct supervisor_place *place = &instance->place;
	const struct bh_service *service = supervisor_layout_adapters_owner(instance->services);
	struct supervisor_user reader = {.gid = (gid_t)-1};
	char path[600];
	int rc = 0;

	snprintf(path, sizeof(path), "%.500s/adapters.failed", place->run);
	if (place->as_root && service != NULL)
		rc = supervisor_user_find(service->name, &reader);
	if (rc == 0)
		rc = supervisor_file_write_for(path, bh_buf_string(names), names->len, 0640, reader.gid);
	if (rc < 0)
		bh_log_failure("tell which adapters the engine did not take", rc);
}

/* What failed lies there no longer: it may have been a bad moment's fault, and is tried again when it comes again. */
static void
forgive(struct supervisor_adapters *adapters, const struct supervisor_instance *instance)
{
	char path[600];

	snprintf(path, sizeof(path), "%.500s/adapters.failed", instance->place.run);
	(void)unlink(path); /* not there is as good */
	adapters->tried = 0;
}

/* What has become of the one that tries. */
static void
judge(struct supervisor_adapters *adapters, const struct supervisor_instance *instance,
	const struct supervisor_process *engine)
{
	if (adapters->attempt == 0)
		return;
	if (engine->child.pid == adapters->attempt && engine->state == SUPERVISOR_READY) {
		adapters->running = adapters->attempt_all;
		adapters->of = adapters->attempt;
		adapters->tried = 0;
		adapters->attempt = 0;
	} else if (engine->heir.child.pid != adapters->attempt &&
		engine->child.pid != adapters->attempt) {
		adapters->tried = adapters->attempt_all;
		adapters->attempt = 0;
		if (adapters->attempt_new.len > 0)
			tell_failed(instance, &adapters->attempt_new);
	}
}

bool
supervisor_adapters_watch(struct supervisor_adapters *adapters,
	const struct supervisor_instance *instance, const struct supervisor_process *engine,
	int64_t now_ms)
{
	struct supervisor_adapters_set set;

	if (now_ms < adapters->look_at_ms)
		return false;
	adapters->look_at_ms = now_ms + EVERY_MS;
	judge(adapters, instance, engine);
	set = read_folder(instance, NULL);
	/* It was started afresh, or by the program before this one. */
	if (engine->child.pid != adapters->of && adapters->attempt == 0) {
		adapters->of = engine->child.pid;
		adapters->running = set.known;
	}
	if (set.all != adapters->wanted) {
		adapters->wanted = set.all;
		adapters->changed_ms = now_ms;
	}
	if (adapters->tried != 0 && set.all != adapters->tried)
		forgive(adapters, instance);
	if (engine->state != SUPERVISOR_READY || engine->restart_asked || adapters->attempt != 0 ||
		set.all == adapters->running || set.all == adapters->tried ||
		now_ms - adapters->changed_ms < (set.all != set.known ? GATHER_MS : GONE_MS))
		return false;
	bh_log(BH_LOG_INFO, "%s: its adapters have changed", engine->row->name);
	return true;
}
