/* SPDX-License-Identifier: Apache-2.0 */
/* database.h: the running database: asked, and copied. */
#ifndef BH_BACKUP_DATABASE_H
#define BH_BACKUP_DATABASE_H

#include "backup/backup.h"
#include "backup/crypt.h"
#include "backup/source.h"

/* Connects as the set-up role, with one session that stays. Zeroed means none. */
struct backup_database {
	struct bh_db_pool *pool; /* owned */
	struct bh_db db;         /* owned session; text in the instance's arena */
};
BH_MUST_CHECK int backup_database_open(struct supervisor_instance *instance,
	struct backup_database *out);
void backup_database_close(struct backup_database *database);

/* Begins a base backup with its WAL, one tar archive to be read to its end; of an operator's database, a dump (dump.h).
 * Fills in the manifest's file, versions and position. The server keeps the WAL for as long as the session lasts. */
BH_MUST_CHECK int backup_database_take(struct supervisor_instance *instance,
	struct backup_database *database, struct backup_reading *out, struct backup_manifest *manifest);

/* Unpacks the archive of a backup into a new folder, and proves it by its own manifest. BH_E_IO, BH_E_INVALID. */
BH_MUST_CHECK int backup_database_unpack(const char *postgres_bin,
	const struct backup_source *source, const char *folder);

#endif
