/* SPDX-License-Identifier: Apache-2.0 */
/* dump.c: pg_dump and pg_restore, which read the address from a file: it may hold a password. */
#include "backup/dump.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "db/address.h"
#include "supervisor/database.h"
#include "supervisor/external.h"
#include "supervisor/file.h"

#define SERVICE "bulkhead"
#define ADDRESS "--dbname=service=bulkhead"
#define AS_OWNER "--role=bulkhead_owner"

/* A file of libpq's, with the address as a service. */
static int
write_service(const char *path, const char *conninfo)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_address_service(conninfo, SERVICE, &text);

	if (rc == 0)
		rc = supervisor_file_write(path, text.data, text.len, 0600);
	if (text.data != NULL)
		bh_wipe(text.data, text.len);
	return rc;
}

static int
remove_service(const char *path, int rc)
{
	if (unlink(path) < 0 && rc == 0)
		rc = bh_error(BH_E_IO, "remove %s: %m", path);
	return rc;
}

static const char *
service_path(struct supervisor_instance *instance, const char *folder)
{
	return bh_arena_printf(&instance->arena, "%s/.backup-service-%ld", folder, (long)getpid());
}

int
backup_dump_take(struct supervisor_instance *instance, struct backup_reading *out)
{
	struct bh_arena *arena = &instance->arena;
	const char *path = service_path(instance, instance->place.home);
	const char *const argv[] = {
		"env",
		bh_arena_printf(arena, "PGSERVICEFILE=%s", path),
		/* What an operator may have set for everybody would end its first questions. */
		"PGOPTIONS=-c statement_timeout=0",
		bh_arena_printf(arena, "%s/pg_dump", instance->manifest.postgres_bin),
		ADDRESS,
		"--format=custom",
		"--compress=gzip:1",
		"--schema=bulkhead",
		"--encoding=UTF8",
		AS_OWNER,
		"--no-password",
		NULL,
	};
	int rc = write_service(path, supervisor_external_setup(arena, &instance->settings.platform));
	struct backup_reading reading = BACKUP_READING_NONE;

	if (rc < 0)
		return rc;
	rc = backup_pipe_source(argv, &reading.fd, &reading.child);
	reading.child.program = "pg_dump";
	/* When the first bytes come, it has read the file. */
	if (rc == 0)
		rc = backup_pipe_wait(reading.fd);
	rc = remove_service(path, rc);
	if (rc < 0)
		backup_reading_close(&reading);
	else
		*out = reading;
	return rc;
}

static int
restore(struct supervisor_instance *instance, const struct backup_source *source, const char *path)
{
	BH_AUTO(backup_reading_close) struct backup_reading reading = BACKUP_READING_NONE;
	BH_AUTO(backup_pipe_close) struct backup_child child = {0};
	struct bh_arena *arena = &instance->arena;
	const char *file = backup_source_path(source, BACKUP_DUMP);
	/* The schema is there by now, with its owner; what is in it comes as that owner's. */
	const char *const argv[] = {
		"env",
		bh_arena_printf(arena, "PGSERVICEFILE=%s", path),
		/* What an operator may have set for everybody would end its first questions. */
		"PGOPTIONS=-c statement_timeout=0",
		bh_arena_printf(arena, "%s/pg_restore", instance->manifest.postgres_bin),
		ADDRESS,
		"--schema=bulkhead",
		AS_OWNER,
		"--single-transaction",
		"--exit-on-error",
		"--no-password",
		NULL,
	};
	int rc = backup_crypt_read(&source->crypt, file, &reading);

	if (rc == 0)
		rc = backup_pipe_start(argv, reading.fd, -1, &child);
	child.program = "pg_restore";
	if (rc == 0)
		rc = backup_pipe_end(&child);
	return rc < 0 ? rc : backup_crypt_read_end(&reading, file);
}

int
backup_dump_give(struct supervisor_instance *instance, const struct backup_source *source,
	const char *conninfo, const char *folder)
{
	const char *path = service_path(instance, folder);
	int rc = supervisor_database_prepare(instance, conninfo);

	if (rc == 0)
		rc = write_service(path, conninfo);
	if (rc < 0)
		return rc;
	return remove_service(path, restore(instance, source, path));
}
