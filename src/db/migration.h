/* SPDX-License-Identifier: Apache-2.0 */
/* migration.h: one run of the migrator: what it is told and, private to src/db, what its steps share. */
#ifndef BH_DB_MIGRATION_H
#define BH_DB_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/macros.h"

struct bh_conn;

/* A service's own way into the database. */
struct bh_migrate_service {
	const char *role;     /* borrowed: "bulkhead_auth" */
	const char *conninfo; /* borrowed */
};

struct bh_migrate_conf {
	const char *conninfo;  /* borrowed: the set-up role, CREATEROLE and BYPASSRLS (or superuser), or
	                           a member of bulkhead_owner once a DBA has made the roles */
	const char *directory; /* borrowed: holds migrations/ and policies/ */
	bool print_roles;      /* print the role SQL for a DBA to `out` and stop */
	bool
		prepare; /* only the database, the roles, the extension and the empty schema. BH_E_EXISTS if it is not empty */
	bool checkpoint; /* write new tables out now: a crash soon after would otherwise be recovered
	                           from in seconds. Needs a superuser or pg_checkpoint */
	/* borrowed: a role that is made here gets the password that its conninfo has; may be NULL */
	const struct bh_migrate_service *services;
	size_t n_services;
	/* borrowed: what `bulkhead services --json` prints. Roles, grants and policies are made from it. */
	const char *services_json;
	bool citus; /* the server spreads tables over others, where the owner acts as well */
	/* How long one attempt waits for a lock, blocking others, and the number of attempts with pauses
	 * between; 0: 2000 ms, 30 attempts. */
	int64_t lock_ms;
	int lock_tries;
};

/* One run. */
struct bh_migration {
	const struct bh_migrate_conf *conf; /* borrowed */
	struct bh_arena arena;
	struct bh_conn *conn; /* owned */
	FILE *out;
	int applied;
};

/* A file below conf->directory, whole (the text is the arena's); its execution (a failure names it); one
 * statement's text value, "" when there was none, and whether that is true. */
BH_MUST_CHECK int bh_migration_read(struct bh_migration *run, const char *folder, const char *name,
	const char **out);
BH_MUST_CHECK int bh_migration_file(struct bh_migration *run, const char *folder, const char *name,
	const char *text);
BH_MUST_CHECK int bh_migration_ask(struct bh_migration *run, const char *sql, const char *arg,
	const char **out);
BH_MUST_CHECK int bh_migration_yes(struct bh_migration *run, const char *sql, const char *arg,
	bool *out);
void bh_migration_close(struct bh_migration *run);

#endif
