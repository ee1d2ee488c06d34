/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c: who did what, when and how it ended; a line per request, written when it is over. */
#include "service/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#define MINUTE_US (INT64_C(60) * 1000 * 1000)

enum { SETS = 256, WAYS = 8 };

/* Free when its time is not ahead of the clock: then its tenant has all of its lines again. */
struct bh_audit_tenant {
	struct bh_uuid tenant;
	int64_t ahead_us;
};

static int
open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? bh_error(BH_E_IO, "open %s: %m", path) : fd;
}

static int
name_file(struct bh_audit_file *file, const char *log_dir, const char *kind, const char *service)
{
	int len = snprintf(file->path, sizeof(file->path), "%s/audit-%s%s.jsonl", log_dir, kind,
		service);

	if (len < 0 || (size_t)len >= sizeof(file->path))
		return bh_error(BH_E_CONFIG, "the path of the log folder is too long");
	return 0;
}

int
bh_audit_open(struct bh_audit *audit, const char *log_dir, const char *service)
{
	struct bh_audit opened = {.acts.fd = -1, .strangers.fd = -1, .service = service};
	int rc = name_file(&opened.acts, log_dir, "", service);

	if (rc == 0)
		rc = name_file(&opened.strangers, log_dir, "anonymous-", service);
	if (rc < 0)
		return rc;
	if (mkdir(log_dir, 0750) < 0 && errno != EEXIST)
		return bh_error(BH_E_IO, "create %s: %m", log_dir);
	opened.acts.fd = open_file(opened.acts.path);
	if (opened.acts.fd < 0)
		return opened.acts.fd;
	opened.strangers.fd = open_file(opened.strangers.path);
	rc = opened.strangers.fd;
	if (rc >= 0)
		opened.tenants = calloc((size_t)SETS * WAYS, sizeof(*opened.tenants));
	if (rc >= 0 && opened.tenants == NULL)
		rc = BH_E_MEMORY;
	if (rc < 0) {
		bh_audit_close(&opened);
		return rc;
	}
	*audit = opened;
	pthread_mutex_init(&audit->lock, NULL);
	return 0;
}

static int
follow(struct bh_audit_file *file)
{
	struct stat named, open;
	int fd;

	if (stat(file->path, &named) == 0 && fstat(file->fd, &open) == 0 &&
		named.st_ino == open.st_ino && named.st_dev == open.st_dev)
		return 0;
	fd = open_file(file->path);
	if (fd < 0)
		return fd;
	/* Atomic for the threads that write: each line goes to one of the two files. */
	if (dup3(fd, file->fd, O_CLOEXEC) < 0) {
		close(fd);
		return bh_error(BH_E_IO, "switch to the new %s: %m", file->path);
	}
	close(fd);
	return 0;
}

int
bh_audit_follow(struct bh_audit *audit)
{
	int rc = follow(&audit->acts);
	int strangers = follow(&audit->strangers);

	return rc < 0 ? rc : strangers;
}

static void
close_file(struct bh_audit_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

void
bh_audit_close(struct bh_audit *audit)
{
	close_file(&audit->acts);
	close_file(&audit->strangers);
	free(audit->tenants);
	audit->tenants = NULL;
}

/* Under the lock. Whether one more line fits into so many a minute, with a burst of as many (GCRA). */
static bool
take(int64_t *ahead_us, int64_t steady_us, int64_t per_minute)
{
	int64_t next = (*ahead_us > steady_us ? *ahead_us : steady_us) + MINUTE_US / per_minute;
	bool fits = next - steady_us <= MINUTE_US;

	if (fits)
		*ahead_us = next;
	return fits;
}

bool
bh_audit_admits(struct bh_audit *audit, int64_t steady_us)
{
	bool admitted;

	pthread_mutex_lock(&audit->lock);
	admitted = take(&audit->ahead_us, steady_us, BH_AUDIT_STRANGERS);
	pthread_mutex_unlock(&audit->lock);
	if (!admitted)
		__atomic_add_fetch(&audit->unwritten, 1, __ATOMIC_RELAXED);
	return admitted;
}

/* Under the lock. The tenant's, or a free one of the few that its id may have; NULL: none. */
static struct bh_audit_tenant *
count_of(struct bh_audit *audit, const struct bh_uuid *tenant, int64_t steady_us)
{
	struct bh_audit_tenant *room = NULL, *set;
	uint32_t hash;

	/* The end of an id is random, also where its beginning is the time. */
	memcpy(&hash, tenant->bytes + sizeof(tenant->bytes) - sizeof(hash), sizeof(hash));
	set = audit->tenants + (size_t)(hash % SETS) * WAYS;
	for (size_t i = 0; i < WAYS; i++) {
		if (bh_uuid_equal(&set[i].tenant, tenant))
			return &set[i];
		if (set[i].ahead_us <= steady_us)
			room = &set[i];
	}
	return room;
}

bool
bh_audit_admits_refusal(struct bh_audit *audit, const struct bh_uuid *tenant, int64_t steady_us)
{
	struct bh_audit_tenant *count;
	bool admitted;

	pthread_mutex_lock(&audit->lock);
	count = count_of(audit, tenant, steady_us);
	if (count != NULL)
		count->tenant = *tenant;
	admitted = count == NULL || take(&count->ahead_us, steady_us, BH_AUDIT_REFUSALS);
	pthread_mutex_unlock(&audit->lock);
	if (!admitted)
		__atomic_add_fetch(&audit->sampled, 1, __ATOMIC_RELAXED);
	return admitted;
}

void
bh_audit_text(struct bh_buf *line, const char *name, const char *value)
{
	/* Names are our own literals. */
	bh_buf_add(line, ",\"", 2);
	bh_buf_text(line, name);
	bh_buf_add(line, "\":", 2);
	if (value == NULL || value[0] == '\0')
		bh_buf_text(line, "null");
	else
		bh_text_json(line, value, strlen(value));
}

void
bh_audit_begin(const struct bh_audit *audit, struct bh_buf *line, const char *event,
	const struct bh_uuid *tenant, const char *request_id)
{
	char now[BH_TIME_TEXT];
	char id[BH_UUID_TEXT] = "";

	bh_clock_format(bh_clock_wall_ms(), now);
	if (tenant != NULL && !bh_uuid_is_zero(tenant))
		bh_uuid_format(tenant, id);
	bh_buf_text(line, "{\"time\":\"");
	bh_buf_text(line, now);
	bh_buf_char(line, '"');
	bh_audit_text(line, "event", event);
	bh_audit_text(line, "service", audit->service);
	bh_audit_text(line, "request_id", request_id);
	bh_audit_text(line, "tenant_id", id);
}

void
bh_audit_end(struct bh_audit *audit, struct bh_buf *line, bool stranger)
{
	int fd = stranger ? audit->strangers.fd : audit->acts.fd;
	ssize_t n;

	bh_buf_text(line, "}\n");
	do {
		n = write(fd, line->data, line->len);
	} while (n < 0 && errno == EINTR);
	/* Said once per power of two, so that a full disk does not fill the log as well. */
	if (n != (ssize_t)line->len) {
		uint64_t lost = __atomic_add_fetch(&audit->lost, 1, __ATOMIC_RELAXED);

		if ((lost & (lost - 1)) == 0)
			bh_log(BH_LOG_ERROR, "audit lines that could not be written: %llu (%s)",
				(unsigned long long)lost, n < 0 ? strerror(errno) : "short write");
	}
}

void
bh_audit_int(struct bh_buf *line, const char *name, int64_t value)
{
	bh_buf_printf(line, ",\"%s\":%lld", name, (long long)value);
}

void
bh_audit_uuid(struct bh_buf *line, const char *name, const struct bh_uuid *id)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	bh_audit_text(line, name, text);
}
