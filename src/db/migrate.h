/* migrate.h: applies db/migrations in order, then the re-creatable files of db/policies. */
#ifndef BH_DB_MIGRATE_H
#define BH_DB_MIGRATE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/macros.h"

struct bh_migrate_conf {
	const char *conninfo;   /* borrowed: the set-up role, CREATEROLE and BYPASSRLS (or superuser) */
	const char *directory;  /* borrowed: holds migrations/ and policies/ */
	bool print_roles;       /* print the role SQL for a DBA to `out` and stop */
};

/* Each migration runs in one transaction and registers itself first; applied ones are skipped, one
 * whose text changed since is BH_E_STATE. An advisory lock admits one migrator at a time. Progress
 * lines go to out. */
BH_MUST_CHECK int bh_migrate(const struct bh_migrate_conf *conf, FILE *out);

#endif
