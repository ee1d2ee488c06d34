/* SPDX-License-Identifier: Apache-2.0 */
/* database.c: pg_basebackup of a server that goes on serving. */
#include "backup/database.h"

#include <stdio.h>
#include <unistd.h>

#include "backup/dump.h"
#include "backup/folder.h"
#include "backup/pipe.h"
#include "base/error.h"
#include "supervisor/external.h"

#define CONNECTIONS 1
#define WAIT_MS 5000
#define STATEMENT_MS 600000

/* An administrator's set-up role may be able to do nothing but this. */
static int
see_all(struct bh_db *db)
{
	static const char sql[] = "SET ROLE bulkhead_owner";

	return bh_db_exec(db, sql, NULL, 0, NULL);
}

int
backup_database_open(struct supervisor_instance *instance, struct backup_database *out)
{
	const struct bh_platform_conf *conf = &instance->settings.platform;
	const struct bh_db_conf db_conf = {
		.conninfo = supervisor_external_setup(&instance->arena, conf),
		.connections = CONNECTIONS,
		.wait_ms = WAIT_MS,
		.statement_ms = STATEMENT_MS,
		.application = "bulkhead-backup",
	};
	struct backup_database database = {0};
	struct bh_db db = {.arena = &instance->arena, .context = bh_platform_tenant};
	int rc;

	rc = bh_db_pool_open(&db_conf, &database.pool);
	if (rc < 0)
		return rc;
	db.pool = database.pool;
	rc = bh_db_session_open(&db, &database.db);
	if (rc == 0 && supervisor_external_is_used(conf))
		rc = see_all(&database.db);
	if (rc < 0)
		backup_database_close(&database);
	else
		*out = database;
	return rc;
}

void
backup_database_close(struct backup_database *database)
{
	if (database->pool == NULL)
		return;
	bh_db_session_close(&database->db);
	bh_db_pool_close(database->pool);
	*database = (struct backup_database){0};
}

struct told {
	const char *position;
	int64_t version;
};
static const struct bh_row told_row = BH_ROW(struct told, position, version);

/* A temporary slot: WAL from here on stays until the session ends, however long the copy takes. */
static int
keep_wal(struct bh_db *db, struct told *out)
{
	static const char sql[] =
		"SELECT pg_current_wal_insert_lsn()::text, current_setting('server_version_num')::bigint"
		" FROM pg_create_physical_replication_slot($1, true, true)";
	char name[64];
	const struct bh_param params[] = {bh_text_param(name)};

	snprintf(name, sizeof(name), "bulkhead_backup_%ld", (long)getpid());
	return bh_db_one(db, sql, BH_LIST(params), &told_row, out);
}

/* A dump is of a later moment than this. */
static int
read_position(struct bh_db *db, struct told *out)
{
	static const char sql[] =
		"SELECT pg_current_wal_insert_lsn()::text, current_setting('server_version_num')::bigint";

	return bh_db_one(db, sql, NULL, 0, &told_row, out);
}

static int
start_base(struct supervisor_instance *instance, struct backup_reading *out)
{
	struct bh_arena *arena = &instance->arena;
	const char *const argv[] = {
		bh_arena_printf(arena, "%s/pg_basebackup", instance->manifest.postgres_bin),
		"--pgdata=-",
		"--format=tar",
		"--wal-method=fetch",
		"--checkpoint=fast",
		"--manifest-checksums=SHA256",
		"--label=bulkhead",
		"--no-password",
		bh_arena_printf(arena, "--dbname=%s",
			supervisor_external_setup(arena, &instance->settings.platform)),
		NULL,
	};

	return backup_pipe_source(argv, &out->fd, &out->child);
}

int
backup_database_take(struct supervisor_instance *instance, struct backup_database *database,
	struct backup_reading *out, struct backup_manifest *manifest)
{
	bool is_external = supervisor_external_is_used(&instance->settings.platform);
	struct told told = {0};
	int rc = is_external ? read_position(&database->db, &told) : keep_wal(&database->db, &told);

	if (rc == 0)
		rc = is_external ? backup_dump_take(instance, out) : start_base(instance, out);
	if (rc < 0)
		return rc;
	manifest->database = is_external ? BACKUP_DUMP : BACKUP_TAR;
	manifest->wal_position = told.position;
	manifest->server_version = told.version;
	return 0;
}

int
backup_database_unpack(const char *postgres_bin, const struct backup_source *source,
	const char *folder)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	const char *path = backup_source_path(source, BACKUP_TAR);
	char verify[4096];
	const char *const unpack[] = {"tar", "--extract", "--file=-", "--no-same-owner", "--directory",
		folder, NULL};
	const char *const prove[] = {verify, "--quiet", folder, NULL};
	int rc = backup_folder_make(folder);

	snprintf(verify, sizeof(verify), "%s/pg_verifybackup", postgres_bin);
	if (rc == 0)
		rc = backup_crypt_read(&source->crypt, path, &reading);
	if (rc == 0)
		rc = backup_pipe_run(unpack, reading.fd, -1);
	if (rc == 0)
		rc = backup_crypt_read_end(&reading, path);
	return rc < 0 ? rc : backup_pipe_run(prove, -1, -1);
}
