/* SPDX-License-Identifier: Apache-2.0 */
/* dump.h: an operator's own database as one archive of pg_dump, and back into an empty one.
 *
 * A dump and not a base backup, also where the role may replicate: a base backup holds all databases of that server,
 * fits its major version only, and goes back into a server, not into a database. */
#ifndef BH_BACKUP_DUMP_H
#define BH_BACKUP_DUMP_H

#include "backup/crypt.h"
#include "backup/source.h"
#include "supervisor/instance.h"

/* Begins a dump of the schema, of one snapshot, as bulkhead_owner, which sees all rows. */
BH_MUST_CHECK int backup_dump_take(struct supervisor_instance *instance,
	struct backup_reading *out);

/* Makes the database if it is missing, the roles and the schema, and restores into it, all or nothing. BH_E_EXISTS:
 * it holds a platform. BH_E_INVALID, BH_E_IO. `folder`: for a small file meanwhile. */
BH_MUST_CHECK int backup_dump_give(struct supervisor_instance *instance,
	const struct backup_source *source, const char *conninfo, const char *folder);

#endif
