/* SPDX-License-Identifier: Apache-2.0 */
/* observe.c: writes the supervisor's metrics. */
#include "supervisor/observe.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "sec/certificate.h"
#include "supervisor/file.h"
#include "supervisor/group.h"
#include "supervisor/supervisor.h"
#include "supervisor/table.h"

#define EVERY_MS 30000

static void
head(struct bh_buf *out, const char *name, const char *type, const char *help)
{
	bh_buf_printf(out, "# HELP bulkhead_%s %s\n# TYPE bulkhead_%s %s\n", name, help, name, type);
}

static int64_t
resident(const struct supervisor_proc *list, size_t n, const struct supervisor_process *process)
{
	return process->child.pid != 0 ? supervisor_proc_rss(list, n, process->child.pid) : 0;
}

static void
write_processes(const struct supervisor *supervisor, struct bh_buf *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct supervisor_proc *list = NULL;
	size_t n = 0;
	static const struct {
		const char *name, *type, *help;
	} rows[] = {
		{"process_ready", "gauge", "1 while a process of the platform is ready."},
		{"process_restarts_total", "counter", "Times that it was started again."},
		{"process_resident_bytes", "gauge", "Memory of it and of what it has started."},
	};

	if (supervisor_proc_list(&arena, &list, &n) < 0)
		n = 0;
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		head(out, rows[i].name, rows[i].type, rows[i].help);
		for (size_t j = 0; j < supervisor->n; j++) {
			const struct supervisor_process *process = &supervisor->processes[j];
			const int64_t values[] = {process->state == SUPERVISOR_READY, process->restarts,
				i == 2 ? resident(list, n, process) : 0};

			if (process->row->kind == SUPERVISOR_STEP)
				continue;
			bh_buf_printf(out, "bulkhead_%s{process=\"%s\",kind=\"%s\"} %lld\n", rows[i].name,
				process->row->name, supervisor_kind_name(process->row->kind), (long long)values[i]);
		}
	}
}

static void
write_machine(const struct supervisor_place *place, struct bh_buf *out)
{
	const char *const folders[][2] = {{"home", place->home}, {"logs", place->logs}};
	static const char *const names[][2] = {
		{"disk_bytes", "Size of the file system of a folder."},
		{"disk_free_bytes", "What of it is free."},
		{"disk_inodes", "Inodes of that file system; 0: it has no limit of them."},
		{"disk_inodes_free", "Free ones."},
	};
	struct sysinfo info = {0};

	for (size_t i = 0; i < BH_COUNT(names); i++) {
		head(out, names[i][0], "gauge", names[i][1]);
		for (size_t j = 0; j < BH_COUNT(folders); j++) {
			struct statvfs stat;

			if (statvfs(folders[j][1], &stat) < 0)
				continue;
			const unsigned long long values[] = {stat.f_blocks * stat.f_frsize,
				stat.f_bavail * stat.f_frsize, stat.f_files, stat.f_favail};

			bh_buf_printf(out, "bulkhead_%s{folder=\"%s\"} %llu\n", names[i][0], folders[j][0],
				values[i]);
		}
	}
	if (sysinfo(&info) < 0)
		return;
	head(out, "memory_bytes", "gauge", "Memory of the machine.");
	bh_buf_printf(out, "bulkhead_memory_bytes %llu\n",
		(unsigned long long)info.totalram * info.mem_unit);
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

void
supervisor_observe_certificates(const struct bh_conf_value *values, size_t n, struct bh_buf *out)
{
	head(out, "certificate_end_timestamp_seconds", "gauge",
		"When the first certificate of the file that a setting names ends.");
	for (size_t i = 0; i < n; i++) {
		const char *name = values[i].setting->name;
		int64_t end_ms;

		if ((!ends_with(name, "cert_file") && !ends_with(name, "ca_file")) ||
			values[i].shown[0] == '\0' || bh_certificate_end(values[i].shown, &end_ms) < 0)
			continue;
		bh_buf_printf(out, "bulkhead_certificate_end_timestamp_seconds{setting=\"%s.%s\"} %lld\n",
			values[i].section, name, (long long)(end_ms / 1000));
	}
}

static void
write_certificates(const struct supervisor *supervisor, struct bh_buf *out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct supervisor_instance *instance = supervisor->instance;
	struct bh_conf_value *values;
	size_t n;

	/* A file of settings that is being written and cannot be read now has none for the moment. */
	if (supervisor_settings_list(&arena, &instance->place, instance->services, &values, &n) == 0)
		supervisor_observe_certificates(values, n, out);
}

void
supervisor_observe(struct supervisor *supervisor, int64_t now_ms)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct supervisor_instance *instance = supervisor->instance;
	char path[600];
	int rc;

	if (now_ms < supervisor->observe_at_ms)
		return;
	supervisor->observe_at_ms = now_ms + EVERY_MS;
	head(&text, "build_info", "gauge", "The version that runs.");
	bh_buf_printf(&text, "bulkhead_build_info{service=\"supervisor\",version=\"%s\"} 1\n",
		BH_VERSION);
	head(&text, "ready", "gauge", "1 while every process is ready.");
	bh_buf_printf(&text, "bulkhead_ready %d\n",
		!supervisor->stopping && supervisor->was_ready && supervisor_is_ready(supervisor));
	head(&text, "start_timestamp_seconds", "gauge", "When the platform was started.");
	bh_buf_printf(&text, "bulkhead_start_timestamp_seconds %lld\n",
		(long long)(supervisor->started_wall_ms / 1000));
	write_processes(supervisor, &text);
	write_machine(&instance->place, &text);
	write_certificates(supervisor, &text);
	bh_audit_keep_metrics(&supervisor->audit, &instance->settings.log, &text);
	snprintf(path, sizeof(path), "%.500s/%s", instance->place.run, BH_NGINX_METRICS_FILE);
	rc = supervisor_file_write(path, text.data, text.len, 0644);
	if (rc < 0 && !supervisor->observes_not)
		bh_log_failure("write the supervisor's metrics", rc);
	supervisor->observes_not = rc < 0;
}
