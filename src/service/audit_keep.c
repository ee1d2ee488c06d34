/* SPDX-License-Identifier: Apache-2.0 */
/* audit_keep.c: the disk space of audit files: kept by age, within a limit that is announced long before it
 * is reached. */
#include "service/audit_keep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/rotate.h"
#include "base/text.h"
#include "service/log_conf.h"
#include "service/services.h"

#define EVERY_MS 60000
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define TOLD_EVERY_MS (INT64_C(3600) * 1000)
#define TRUSTED_AFTER_MS (INT64_C(3600) * 1000)
#define ANONYMOUS "audit-anonymous"
#define FAMILIES_MAX (8 + BH_SERVICES_MAX)
#define NUMBER_MAX 1000000000

/* The files of one process: NAME, NAME.1 and so on, the highest number being the oldest. */
struct family {
	char name[128];
	int64_t last; /* 0: nothing was put aside */
	int64_t last_ms;
	int64_t bytes; /* put aside */
};

struct folder {
	struct bh_audit_kept sum;
	struct family families[FAMILIES_MAX];
	size_t n;
};

/* The length of NAME in "NAME" or "NAME.12", and the number; 0 for other files. */
static size_t
split(const char *entry, int64_t *number)
{
	const char *end = strstr(entry, ".jsonl");
	size_t len = end != NULL ? (size_t)(end - entry) + strlen(".jsonl") : 0;

	*number = 0;
	if (len == 0 || !bh_text_starts(entry, "audit-") || bh_text_starts(entry, ANONYMOUS))
		return 0;
	if (entry[len] == '\0')
		return len;
	if (entry[len] != '.' || bh_text_int(entry + len + 1, 1, NUMBER_MAX, number) < 0)
		return 0;
	return len;
}

static struct family *
family_of(struct folder *folder, const char *name, size_t len)
{
	for (size_t i = 0; i < folder->n; i++) {
		if (strncmp(folder->families[i].name, name, len) == 0 &&
			folder->families[i].name[len] == '\0')
			return &folder->families[i];
	}
	if (folder->n == FAMILIES_MAX || len >= sizeof(folder->families[0].name))
		return NULL;
	snprintf(folder->families[folder->n].name, sizeof(folder->families[0].name), "%.*s", (int)len,
		name);
	return &folder->families[folder->n++];
}

static int64_t
written_ms(const struct stat *stat)
{
	return (int64_t)stat->st_mtim.tv_sec * 1000 + stat->st_mtim.tv_nsec / 1000000;
}

static int
read_folder(const char *path, const char *only, struct folder *out)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return bh_error(BH_E_IO, "open %s: %m", path);
	*out = (struct folder){0};
	while ((entry = readdir(dir)) != NULL) {
		int64_t number;
		size_t len = split(entry->d_name, &number);
		bool ours = len > 0 &&
			(only == NULL || (strncmp(entry->d_name, only, len) == 0 && only[len] == '\0'));
		struct family *family = ours ? family_of(out, entry->d_name, len) : NULL;
		struct stat stat;

		if (family == NULL || fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISREG(stat.st_mode))
			continue;
		out->sum.bytes += stat.st_size;
		if (number == 0)
			continue;
		out->sum.aside++;
		family->bytes += stat.st_size;
		if (number > family->last) {
			family->last = number;
			family->last_ms = written_ms(&stat);
		}
		if (out->sum.oldest_ms == 0 || written_ms(&stat) < out->sum.oldest_ms)
			out->sum.oldest_ms = written_ms(&stat);
	}
	closedir(dir);
	return 0;
}

int
bh_audit_keep_measure(const char *folder, const char *only, struct bh_audit_kept *out)
{
	struct folder found;
	int rc = read_folder(folder, only, &found);

	if (rc == 0)
		*out = found.sum;
	return rc;
}

bool
bh_audit_keep_is_short(const struct bh_audit_kept *audit, int64_t bytes_max)
{
	return audit->bytes > bytes_max / 5 * 4;
}

/* The one whose oldest file is the oldest; or, of those that have most aside, that one. NULL when nothing
 * was put aside. */
static const struct family *
pick(const struct folder *folder, bool largest)
{
	const struct family *found = NULL;

	for (size_t i = 0; i < folder->n; i++) {
		const struct family *family = &folder->families[i];
		int64_t more = found != NULL && largest ? family->bytes - found->bytes : 0;

		if (family->last > 0 &&
			(found == NULL || more > 0 || (more == 0 && family->last_ms < found->last_ms)))
			found = family;
	}
	return found;
}

int64_t
bh_audit_keep_now(struct bh_audit_keep_clock *clock, int64_t steady_ms, int64_t wall_ms)
{
	int64_t offset_ms = wall_ms - steady_ms;

	if (clock->since_ms == 0)
		*clock = (struct bh_audit_keep_clock){steady_ms, offset_ms};
	if (offset_ms < clock->offset_ms)
		clock->offset_ms = offset_ms;
	if (steady_ms - clock->since_ms < TRUSTED_AFTER_MS)
		return 0;
	return clock->offset_ms + steady_ms;
}

int
bh_audit_keep_trim(const char *folder, const char *only, int64_t days, int64_t bytes_max,
	int64_t now_ms, uint64_t *removed_for_space)
{
	for (;;) {
		struct folder found;
		const struct family *family;
		char until[BH_TIME_TEXT];
		char path[1024];
		bool aged;
		int rc = read_folder(folder, only, &found);

		if (rc < 0)
			return rc;
		family = pick(&found, false);
		aged = family != NULL && family->last_ms < now_ms - days * DAY_MS;
		if (family == NULL || (!aged && found.sum.bytes <= bytes_max))
			return 0;
		if (!aged)
			family = pick(&found, true);
		snprintf(path, sizeof(path), "%.700s/%s.%lld", folder, family->name,
			(long long)family->last);
		if (unlink(path) < 0)
			return bh_error(BH_E_IO, "remove %s: %m", path);
		if (aged)
			continue;
		__atomic_add_fetch(removed_for_space, 1, __ATOMIC_RELAXED);
		bh_clock_format(family->last_ms, until);
		bh_log(BH_LOG_ERROR,
			"removed audit lines of tenants up to %s (%s), because audit.bytes_max is %lld", until,
			path, (long long)bytes_max);
	}
}

void
bh_audit_keep_metrics(const struct bh_audit_keeper *keeper, const struct bh_log_conf *conf,
	struct bh_buf *out)
{
	const struct bh_audit_kept seen = {
		.bytes = __atomic_load_n(&keeper->bytes, __ATOMIC_RELAXED),
	};

	bh_buf_printf(out,
		"# HELP bulkhead_audit_bytes Size of the tenants' audit files in bytes.\n"
		"# TYPE bulkhead_audit_bytes gauge\n"
		"bulkhead_audit_bytes %lld\n"
		"# HELP bulkhead_audit_bytes_max Maximum size of these files; beyond it the oldest are "
		"removed.\n"
		"# TYPE bulkhead_audit_bytes_max gauge\n"
		"bulkhead_audit_bytes_max %lld\n"
		"# HELP bulkhead_audit_short 1 if four fifths of the maximum are used.\n"
		"# TYPE bulkhead_audit_short gauge\n"
		"bulkhead_audit_short %d\n"
		"# HELP bulkhead_audit_removed_for_space_total Audit files removed before audit.days "
		"because of audit.bytes_max.\n"
		"# TYPE bulkhead_audit_removed_for_space_total counter\n"
		"bulkhead_audit_removed_for_space_total %llu\n",
		(long long)seen.bytes, (long long)conf->audit_bytes_max,
		bh_audit_keep_is_short(&seen, conf->audit_bytes_max),
		(unsigned long long)__atomic_load_n(&keeper->removed, __ATOMIC_RELAXED));
}

void
bh_audit_keep_beat(struct bh_audit_keeper *keeper, const struct bh_log_conf *conf,
	const char *folder, const char *only, int64_t now_ms)
{
	struct bh_audit_kept audit = {0};
	int rc;

	if (now_ms < keeper->again_ms)
		return;
	keeper->again_ms = now_ms + EVERY_MS;
	rc = bh_audit_keep_trim(folder, only, conf->audit_days, conf->audit_bytes_max,
		bh_audit_keep_now(&keeper->clock, now_ms, bh_clock_wall_ms()), &keeper->removed);
	if (rc == 0)
		rc = bh_audit_keep_measure(folder, only, &audit);
	if (rc < 0) {
		bh_log_failure("check the audit files", rc);
		return;
	}
	__atomic_store_n(&keeper->bytes, audit.bytes, __ATOMIC_RELAXED);
	if (!bh_audit_keep_is_short(&audit, conf->audit_bytes_max) || now_ms < keeper->told_ms)
		return;
	keeper->told_ms = now_ms + TOLD_EVERY_MS;
	bh_log(BH_LOG_ERROR,
		"audit files use %lld of the %lld MiB that audit.bytes_max allows; the oldest will soon be "
		"removed before they are %lld days old",
		(long long)(audit.bytes / BH_MIB), (long long)(conf->audit_bytes_max / BH_MIB),
		(long long)conf->audit_days);
}

bool
bh_audit_keep_rotate(const char *folder, const char *name, const struct bh_log_conf *conf)
{
	int64_t keep = bh_text_starts(name, ANONYMOUS) ? conf->audit_anonymous_keep
												   : BH_ROTATE_KEEP_ALL;
	char path[1024];

	snprintf(path, sizeof(path), "%.700s/%.255s", folder, name);
	return bh_rotate_grown(path, conf->rotate_bytes, keep);
}

void
bh_audit_keep_own(struct bh_audit_keeper *keeper, const struct bh_log_conf *conf,
	const char *folder, const char *service, int64_t now_ms)
{
	char name[128];

	snprintf(name, sizeof(name), ANONYMOUS "-%.64s.jsonl", service);
	bh_audit_keep_rotate(folder, name, conf);
	snprintf(name, sizeof(name), "audit-%.64s.jsonl", service);
	bh_audit_keep_rotate(folder, name, conf);
	bh_audit_keep_beat(keeper, conf, folder, name, now_ms);
}
