/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_database.c: what the database says of itself, asked as the role that runs migrations. */
#include "cli/doctor.h"

#include <dirent.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "db/db.h"
#include "service/services.h"
#include "supervisor/external.h"
#include "supervisor/lock.h"

enum { WAIT_MS = 5000, STATEMENT_MS = 5000, SPARE = 3 /* PostgreSQL's own, for superusers */ };

struct told {
	int64_t version, connections_max, now_ms;
	bool has_vector, vector_available, is_migrated;
};

struct applied {
	const char *name;
};

static const struct bh_row told_row = BH_ROW(struct told, version, connections_max, now_ms,
	has_vector, vector_available, is_migrated);
static const struct bh_row applied_row = BH_ROW(struct applied, name);

static int
ask(struct bh_db *db, struct told *out)
{
	static const char sql[] =
		"SELECT current_setting('server_version_num')::bigint, "
		"current_setting('max_connections')::bigint,"
		"       (extract(epoch FROM clock_timestamp()) * 1000)::bigint,"
		"       EXISTS (SELECT FROM pg_extension WHERE extname = 'vector'"
		"          AND string_to_array(extversion, '.')::int[] >= '{0,8,6}'),"
		"       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector'),"
		"       to_regclass('bulkhead.schema_patch') IS NOT NULL";

	return bh_db_read_one(db, sql, NULL, 0, &told_row, out);
}

/* Files that are not among those that were applied. */
static int
count_pending(struct cli *cli, struct bh_db *db, bool is_migrated, int64_t *out)
{
	static const char sql[] = "SELECT name FROM bulkhead.schema_patch WHERE tenant_id = $1";
	struct bh_arena *arena = &cli->instance.arena;
	const char *folder = supervisor_place_share(arena, &cli->instance.place, "db");
	struct applied *applied = NULL;
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;
	int rc = is_migrated
		? bh_db_read_each(db, sql, BH_PARAMS(&bh_platform_tenant), &applied_row, &applied, &n)
		: 0;

	dir = folder != NULL ? opendir(bh_arena_printf(arena, "%s/migrations", folder)) : NULL;
	while (rc == 0 && dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *end = strstr(entry->d_name, ".sql");
		bool found = end == NULL;

		for (size_t i = 0; !found && i < n; i++)
			found = strlen(applied[i].name) == (size_t)(end - entry->d_name) &&
				bh_text_starts(entry->d_name, applied[i].name);
		*out += !found;
	}
	if (dir != NULL)
		closedir(dir);
	return rc;
}

void
cli_doctor_database(struct cli *cli, struct cli_machine *machine)
{
	const struct bh_platform_conf *conf = &cli->instance.settings.platform;
	const struct bh_db_conf db_conf = {
		.conninfo = supervisor_external_setup(&cli->instance.arena, conf),
		.connections = 1,
		.wait_ms = WAIT_MS,
		.statement_ms = STATEMENT_MS,
		.application = "bulkhead-doctor",
	};
	struct bh_db db = {.arena = &cli->instance.arena, .context = bh_platform_tenant};
	struct told told = {0};
	int64_t before_ms;
	pid_t pid;
	int rc;

	if (!supervisor_external_is_used(conf) &&
		supervisor_lock_holder(&cli->instance.place, &pid) < 0)
		return;
	machine->database_known = true;
	rc = bh_db_pool_open(&db_conf, &db.pool);
	if (rc == 0)
		rc = bh_db_pool_ping(db.pool);
	before_ms = bh_clock_wall_ms();
	if (rc == 0)
		rc = ask(&db, &told);
	if (rc == 0) {
		machine->database_version = told.version;
		machine->connections_max = told.connections_max;
		machine->connections_needed = (int64_t)bh_services_count(cli->services) *
				conf->database_connections +
			SPARE;
		machine->clock_ahead_ms = told.now_ms - (before_ms + bh_clock_wall_ms()) / 2;
		machine->has_vector = told.has_vector;
		machine->vector_available = told.vector_available;
		rc = count_pending(cli, &db, told.is_migrated, &machine->pending);
	}
	if (rc < 0)
		machine->database_fault = bh_arena_strdup(&cli->instance.arena, bh_error_detail(rc));
	if (db.pool != NULL)
		bh_db_pool_close(db.pool);
}
