/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: makes and drops the scratch database of a test program. */
#include "db/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "db/conn.h"
#include "db/migrate.h"

static int
connect_to(const char *conninfo, const char *database, const char *user, struct bh_conn **out)
{
	const struct bh_conn_conf conf = {
		.conninfo = conninfo,
		.database = database,
		.user = user,
		.application = "bulkhead-test",
		.wait_ms = 10000,
	};

	return bh_conn_open(&conf, out);
}

static int
script_in(const char *conninfo, const char *database, const char *sql)
{
	struct bh_conn *conn;
	int rc;

	rc = connect_to(conninfo, database, NULL, &conn);
	if (rc < 0)
		return rc;
	rc = bh_conn_script(conn, sql);
	bh_conn_close(conn);
	return rc;
}

/* The conninfo with more words behind it: libpq takes the last of a name. */
static const char *
conninfo_with(struct bh_test_db *test, const char *user)
{
	const char *base = getenv("BULKHEAD_TEST_DATABASE");

	if (user == NULL)
		return bh_arena_printf(&test->arena, "%s dbname=%s", base, test->name);
	return bh_arena_printf(&test->arena, "%s dbname=%s user=%s", base, test->name, user);
}

const char *
bh_test_db_services(void)
{
	static char text[16384];
	FILE *file = fopen(BH_TEST_SERVICES, "re");
	size_t len = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file != NULL)
		fclose(file);
	if (len == 0 || len == sizeof(text) - 1) {
		fprintf(stderr, BH_TEST_SERVICES " cannot be read: build it first\n");
		exit(1);
	}
	text[len] = '\0';
	return text;
}

bool
bh_test_db_named(void)
{
	const char *conninfo = getenv("BULKHEAD_TEST_DATABASE");

	if (conninfo != NULL && conninfo[0] != '\0')
		return true;
	fprintf(stderr, "skipped: BULKHEAD_TEST_DATABASE is not set\n");
	return false;
}

int
bh_test_db_open(struct bh_test_db *out)
{
	const char *conninfo = getenv("BULKHEAD_TEST_DATABASE");
	struct bh_test_db test = {0};
	struct bh_uuid id = bh_uuid_new();
	char hex[BH_UUID_HEX], sql[128];
	struct bh_migrate_conf conf = {
		.directory = BH_TEST_DB_DIRECTORY,
		.services_json = bh_test_db_services(),
	};
	FILE *nowhere;
	int rc;

	if (!bh_test_db_named())
		return BH_E_EMPTY;
	bh_uuid_hex(&id, hex);
	snprintf(test.name, sizeof(test.name), "bulkhead_test_%s", hex);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE template0", test.name);
	rc = script_in(conninfo, NULL, sql);
	if (rc < 0)
		return rc;
	*out = test;
	out->setup = conninfo_with(out, NULL);
	conf.conninfo = out->setup;
	nowhere = fopen("/dev/null", "we");
	rc = nowhere != NULL ? bh_migrate(&conf, nowhere) : BH_E_IO;
	if (nowhere != NULL)
		fclose(nowhere);
	if (rc < 0) {
		fprintf(stderr, "migrate: %s\n", bh_error_detail(rc));
		bh_test_db_close(out);
	}
	return rc;
}

/* Opens a pool as a role, or exits. */
static struct bh_db_pool *
pool_open(struct bh_test_db *test, const char *role)
{
	const struct bh_db_conf conf = {
		.conninfo = conninfo_with(test, role),
		.connections = 8,
		.wait_ms = 10000,
		.statement_ms = 30000,
		.application = "bulkhead-test",
	};
	struct bh_db_pool *pool;
	int rc;

	rc = bh_db_pool_open(&conf, &pool);
	if (rc == 0)
		rc = bh_db_pool_ping(pool);
	if (rc < 0 || test->n_pools == BH_COUNT(test->pools)) {
		fprintf(stderr, "bh_test_db_as %s: %s\n", role != NULL ? role : "the set-up role",
			rc < 0 ? bh_error_detail(rc) : "too many roles");
		exit(1);
	}
	test->roles[test->n_pools] = role != NULL ? bh_arena_strdup(&test->arena, role) : NULL;
	test->pools[test->n_pools++] = pool;
	return pool;
}

struct bh_db
bh_test_db_as(struct bh_test_db *test, const char *role, const struct bh_uuid *tenant)
{
	struct bh_db db = {.arena = &test->arena};

	for (size_t i = 0; i < test->n_pools; i++) {
		const char *known = test->roles[i];

		if (known == role || (known != NULL && role != NULL && strcmp(known, role) == 0))
			db.pool = test->pools[i];
	}
	if (db.pool == NULL)
		db.pool = pool_open(test, role);
	if (tenant != NULL)
		db.context = *tenant;
	return db;
}

int
bh_test_db_script(struct bh_test_db *test, const char *sql)
{
	int rc;

	rc = script_in(test->setup, NULL, sql);
	if (rc < 0)
		fprintf(stderr, "script: %s\n", bh_error_detail(rc));
	return rc;
}

void
bh_test_db_close(struct bh_test_db *test)
{
	char sql[128];

	while (test->n_pools > 0)
		bh_db_pool_close(test->pools[--test->n_pools]);
	if (test->name[0] != '\0') {
		snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS %s WITH (FORCE)", test->name);
		if (script_in(getenv("BULKHEAD_TEST_DATABASE"), NULL, sql) < 0)
			fprintf(stderr, "%s was left behind\n", test->name);
	}
	bh_arena_close(&test->arena);
	*test = (struct bh_test_db){0};
}

struct bh_test_db bh_test_group;

int
bh_test_group_open(void **state)
{
	(void)state;
	return bh_test_db_open(&bh_test_group);
}

int
bh_test_group_close(void **state)
{
	(void)state;
	bh_test_db_close(&bh_test_group);
	return 0;
}
