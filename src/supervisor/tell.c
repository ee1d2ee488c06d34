/* SPDX-License-Identifier: Apache-2.0 */
/* tell.c: writes what the platform's pages show of processes and settings. */
#include "supervisor/tell.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "json/fields.h"
#include "supervisor/external.h"
#include "supervisor/file.h"
#include "supervisor/supervisor.h"
#include "supervisor/table.h"
#include "supervisor/user.h"

#define PATH_BYTES 600

/* Files of the run folder, as src/auth/http_platform.c reads them. */
static int
write_file(const struct supervisor *supervisor, const char *name, const struct bh_buf *text)
{
	const struct supervisor_place *place = &supervisor->instance->place;
	const struct bh_service *const *service = supervisor->instance->services;
	struct supervisor_user reader = {.gid = (gid_t)-1};
	char path[PATH_BYTES];
	int rc = 0;

	snprintf(path, sizeof(path), "%.500s/%s", place->run, name);
	while (*service != NULL && !(*service)->issues_tokens)
		service++;
	if (place->as_root && *service != NULL)
		rc = supervisor_user_find((*service)->name, &reader);
	if (rc == 0)
		rc = supervisor_file_write_for(path, bh_buf_string(text), text->len, 0640, reader.gid);
	return rc;
}

/* A steady time as seconds since 1970: to the second, so that it is the same whenever it is told. */
static int64_t
seconds_of(const struct supervisor *supervisor, int64_t steady_ms)
{
	return (supervisor->started_wall_ms + steady_ms - supervisor->started_ms) / 1000;
}

static void
write_process(const struct supervisor *supervisor, const struct supervisor_process *process,
	struct bh_write *write)
{
	bh_write_object(write);
	bh_write_pair_text(write, "name", process->row->name);
	bh_write_pair_text(write, "kind", supervisor_kind_name(process->row->kind));
	bh_write_pair_text(write, "state", supervisor_process_state(process));
	if (process->child.pid != 0)
		bh_write_pair_int(write, "pid", process->child.pid);
	else
		bh_write_pair_null(write, "pid");
	bh_write_pair_int(write, "restarts", process->restarts);
	if (process->ready_at_ms != 0 && process->state == SUPERVISOR_READY)
		bh_write_pair_int(write, "ready_since", seconds_of(supervisor, process->ready_at_ms));
	else
		bh_write_pair_null(write, "ready_since");
	bh_write_end(write);
}

static void
write_status(const struct supervisor *supervisor, struct bh_buf *out)
{
	const struct supervisor_instance *instance = supervisor->instance;
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_bool(&write, "ready",
		!supervisor->stopping && supervisor->was_ready && supervisor_is_ready(supervisor));
	bh_write_pair_text(&write, "version", BH_VERSION);
	bh_write_pair_text(&write, "url", instance->url);
	bh_write_pair_int(&write, "started_at", supervisor->started_wall_ms / 1000);
	bh_write_pair_bool(&write, "external_database",
		supervisor_external_is_used(&instance->settings.platform));
	bh_write_name(&write, "processes");
	bh_write_array(&write);
	for (size_t i = 0; i < supervisor->n; i++) {
		if (supervisor->processes[i].row->kind != SUPERVISOR_STEP)
			write_process(supervisor, &supervisor->processes[i], &write);
	}
	bh_write_end(&write);
	bh_write_end(&write);
}

void
supervisor_tell_status(struct supervisor *supervisor)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc;

	write_status(supervisor, &text);
	if (strcmp(bh_buf_string(&text), bh_buf_string(&supervisor->told)) == 0)
		return;
	rc = write_file(supervisor, "status.json", &text);
	if (rc < 0 && !supervisor->tells_not)
		bh_log_failure("tell the state of the processes", rc);
	supervisor->tells_not = rc < 0;
	if (rc < 0)
		return;
	bh_buf_reset(&supervisor->told);
	bh_buf_add(&supervisor->told, text.data, text.len);
}

int
supervisor_tell_settings(const struct supervisor *supervisor)
{
	static const char *const types[] = {
		[BH_SETTING_INT] = "integer",
		[BH_SETTING_BOOL] = "boolean",
		[BH_SETTING_TEXT] = "text",
		[BH_SETTING_SECRET] = "secret",
	};
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	struct bh_conf_value *values;
	size_t n;
	int rc = supervisor_settings_list(&arena, &supervisor->instance->place,
		supervisor->instance->services, &values, &n);

	if (rc < 0)
		return rc;
	bh_write_array(&write);
	for (size_t i = 0; i < n; i++) {
		bh_write_object(&write);
		bh_write_pair_text(&write, "name",
			bh_arena_printf(&arena, "%s.%s", values[i].section, values[i].setting->name));
		bh_write_pair_text(&write, "type", types[values[i].setting->type]);
		bh_write_pair_text(&write, "value", values[i].shown);
		bh_write_pair_text(&write, "default",
			values[i].setting->type == BH_SETTING_SECRET ? "(not set)" : values[i].setting->preset);
		bh_write_pair_text(&write, "from", values[i].where);
		bh_write_pair_text(&write, "help", values[i].setting->help);
		bh_write_end(&write);
	}
	bh_write_end(&write);
	return write_file(supervisor, "settings.json", &text);
}
