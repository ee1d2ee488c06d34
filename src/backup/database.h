/* SPDX-License-Identifier: Apache-2.0 */
/* database.h: the running database: asked, and copied. */
#ifndef BH_BACKUP_DATABASE_H
#define BH_BACKUP_DATABASE_H

#include "backup/backup.h"

/* Connects as the set-up role, with one session that stays. Zeroed means none. */
struct backup_database {
	struct bh_db_pool *pool; /* owned */
	struct bh_db db;         /* owned session; text in the instance's arena */
};
BH_MUST_CHECK int backup_database_open(struct supervisor_instance *instance,
	struct backup_database *out);
void backup_database_close(struct backup_database *database);

/* Writes a base backup with its WAL, as one tar archive, to a descriptor; fills in the manifest's versions and
 * position. The server keeps the WAL for as long as the session lasts. */
BH_MUST_CHECK int backup_database_take(struct supervisor_instance *instance,
	struct backup_database *database, int out_fd, struct backup_manifest *manifest);

/* Unpacks such an archive into a new folder, and proves it by its own manifest. BH_E_IO. */
BH_MUST_CHECK int backup_database_unpack(const char *postgres_bin, int in_fd, const char *folder);

#endif
