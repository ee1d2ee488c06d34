/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a scratch database for a test program; linked by tests only. */
#ifndef BH_DB_TESTING_H
#define BH_DB_TESTING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"

/* What the program of this build tells of its services (bh_migrate_conf.services_json). Static. */
const char *bh_test_db_services(void);

/* Zeroed means "holds nothing". */
struct bh_test_db {
	struct bh_arena arena;
	char name[64];               /* the scratch database's */
	const char *setup;           /* the conninfo of the set-up role, in the arena */
	struct bh_db_pool *pools[8]; /* owned: one for each role asked for */
	const char *roles[8];        /* in the arena; NULL is the set-up role */
	size_t n_pools;
};

/* Whether there is a cluster to test in; where there is none it says so on stderr, and the program is skipped. */
bool bh_test_db_named(void);

/* Makes a database of its own in the cluster that BULKHEAD_TEST_DATABASE names (key=value words, the
 * set-up role, trust) and migrates it with the checkout's db/. BH_E_EMPTY with a message on stderr when the variable is not set: skip. */
BH_MUST_CHECK int bh_test_db_open(struct bh_test_db *out);

/* A handle as that role ("bulkhead_rag"; NULL: the set-up role, which row security does not bind)
 * in that tenant's context (NULL: none). Its results live until bh_test_db_close. Exits the program
 * when the role cannot connect: it is the test's ground. */
struct bh_db bh_test_db_as(struct bh_test_db *test, const char *role, const struct bh_uuid *tenant);

/* Runs any statements as the set-up role, to arrange or look at what a service may not. */
BH_MUST_CHECK int bh_test_db_script(struct bh_test_db *test, const char *sql);

/* Drops the database. Safe on a zeroed struct, and twice. */
void bh_test_db_close(struct bh_test_db *test);

/* The database of a cmocka group that shares one and needs no more; its set-up and tear-down. */
extern struct bh_test_db bh_test_group;
int bh_test_group_open(void **state);
int bh_test_group_close(void **state);

#endif
