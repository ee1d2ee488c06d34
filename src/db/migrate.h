/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.h: applies db/migrations in order, then the re-creatable files of db/policies. */
#ifndef BH_DB_MIGRATE_H
#define BH_DB_MIGRATE_H

#include <stdio.h>

#include "base/macros.h"
#include "db/migration.h"

/* Each migration runs in one transaction and registers itself first; applied ones are skipped, one whose
 * text changed since is BH_E_STATE. An advisory lock admits one migrator at a time. A migration that
 * waits for a table lock blocks everybody who needs the table after it, so it gives up after a while and
 * tries again; BH_E_DB_LATE if a transaction held the lock during all attempts. Progress lines go to
 * out.
 *
 * A migration whose first line is `-- online: index NAME` holds one CREATE or DROP INDEX CONCURRENTLY, which must run
 * outside a transaction: what a broken attempt has left is removed, and the attempt is made again.
 *
 * BH_E_STATE where the database needs a newer program than this one. One that it takes, but that is older than the
 * program that migrated last, changes nothing: functions and policies are the newer ones. */
BH_MUST_CHECK int bh_migrate(const struct bh_migrate_conf *conf, FILE *out);

#endif
