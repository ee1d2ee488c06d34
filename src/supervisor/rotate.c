/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.c: puts grown logs aside by renaming; who appends to them then opens the name anew. */
#include "supervisor/rotate.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/rotate.h"
#include "base/text.h"
#include "service/audit_keep.h"
#include "supervisor/supervisor.h"

#define EVERY_MS 1000
#define PATH_BYTES 1024
#define GATEWAY_AUDIT "audit-gateway.jsonl"
#define GATEWAY_ANONYMOUS "audit-anonymous.jsonl"

/* Audit files of the services: each service's worker sees that the name leads elsewhere. */
static void
rotate_audit(const struct supervisor *supervisor)
{
	const struct supervisor_settings *settings = &supervisor->instance->settings;
	const char *folder = supervisor->instance->place.logs;
	struct dirent *entry;
	DIR *dir = opendir(folder);

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (!bh_text_starts(entry->d_name, "audit-") || !bh_text_ends(entry->d_name, ".jsonl") ||
			strcmp(entry->d_name, GATEWAY_AUDIT) == 0 ||
			strcmp(entry->d_name, GATEWAY_ANONYMOUS) == 0)
			continue;
		bh_audit_keep_rotate(folder, entry->d_name, &settings->log);
	}
	closedir(dir);
}

/* Only while nginx listens to signals: one that is starting may have opened the old name already. */
static void
rotate_gateway(struct supervisor *supervisor)
{
	const struct bh_log_conf *conf = &supervisor->instance->settings.log;
	const struct supervisor_process *gateway = supervisor_find(supervisor, "gateway");
	const char *folder = supervisor->instance->place.logs;
	char path[PATH_BYTES];
	bool moved;

	if (gateway == NULL || gateway->state != SUPERVISOR_READY)
		return;
	snprintf(path, sizeof(path), "%.700s/gateway.log", folder);
	moved = bh_rotate_grown(path, conf->rotate_bytes, conf->keep);
	moved = bh_audit_keep_rotate(folder, GATEWAY_AUDIT, conf) || moved;
	moved = bh_audit_keep_rotate(folder, GATEWAY_ANONYMOUS, conf) || moved;
	if (moved)
		kill(gateway->child.pid, SIGUSR1);
}

static void
rotate_own(const struct supervisor *supervisor)
{
	const struct bh_log_conf *conf = &supervisor->instance->settings.log;
	char path[PATH_BYTES];
	int rc;

	snprintf(path, sizeof(path), "%.700s/supervisor.log", supervisor->instance->place.logs);
	if (!bh_rotate_grown(path, conf->rotate_bytes, conf->keep))
		return;
	rc = supervisor_log_own(path);
	if (rc < 0)
		bh_log_failure("reopen the supervisor's log", rc);
}

void
supervisor_rotate(struct supervisor *supervisor, int64_t now_ms)
{
	if (now_ms < supervisor->rotate_at_ms)
		return;
	supervisor->rotate_at_ms = now_ms + EVERY_MS;
	rotate_gateway(supervisor);
	rotate_audit(supervisor);
	rotate_own(supervisor);
}
