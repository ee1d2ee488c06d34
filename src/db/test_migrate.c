/* SPDX-License-Identifier: Apache-2.0 */
/* test_migrate.c: migrations run once and in order, refuse a changed past, and can be repeated. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/testing.h"

static struct bh_test_db test;
static struct bh_db admin;
static char folder[] = "/tmp/bh-migrate-XXXXXX";

static void
file_write(const char *path, const char *text)
{
	char name[256];
	FILE *file;

	snprintf(name, sizeof(name), "%s/%s", folder, path);
	file = fopen(name, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
link_real(const char *path)
{
	char from[512], to[256];

	snprintf(from, sizeof(from), "%s/%s", BH_TEST_DB_DIRECTORY, path);
	snprintf(to, sizeof(to), "%s/%s", folder, path);
	assert_int_equal(symlink(from, to), 0);
}

static int
group_open(void **state)
{
	char name[64];
	int rc;

	(void)state;
	rc = bh_test_db_open(&test);
	if (rc < 0)
		return rc;
	admin = bh_test_db_as(&test, NULL, NULL);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(name, sizeof(name), "%s/migrations", folder);
	rc = mkdir(name, 0755);
	snprintf(name, sizeof(name), "%s/policies", folder);
	rc |= mkdir(name, 0755);
	link_real("migrations/0001-core.sql");
	link_real("policies/roles.sql");
	link_real("policies/00-core.sql");
	return rc;
}

static void
folder_remove(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

static int
group_close(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "%s/migrations", folder);
	folder_remove(name);
	snprintf(name, sizeof(name), "%s/policies", folder);
	folder_remove(name);
	rmdir(folder);
	bh_test_db_close(&test);
	return 0;
}

static int
migrate(void)
{
	const struct bh_migrate_conf conf = {.conninfo = test.setup,
		.directory = folder,
		.services_json = bh_test_db_services()};
	FILE *nowhere = fopen("/dev/null", "we");
	int rc;

	assert_non_null(nowhere);
	rc = bh_migrate(&conf, nowhere);
	fclose(nowhere);
	return rc;
}

static int64_t
count(const char *sql)
{
	int64_t number = -1;

	assert_int_equal(bh_db_one(&admin, sql, NULL, 0, &bh_row_int, &number), 0);
	return number;
}

static void
the_whole_schema_applies_twice(void **state)
{
	const struct bh_migrate_conf conf = {.conninfo = test.setup,
		.directory = BH_TEST_DB_DIRECTORY,
		.services_json = bh_test_db_services()};
	FILE *nowhere = fopen("/dev/null", "we");
	int64_t before = count("SELECT count(*) FROM schema_patch");

	(void)state;
	assert_non_null(nowhere);
	assert_true(before >= 2);
	assert_int_equal(bh_migrate(&conf, nowhere), 0);
	fclose(nowhere);
	assert_int_equal(count("SELECT count(*) FROM schema_patch"), before);
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE length(sha256) <> 64"), 0);
}

static int
migrates_beside_readers(struct bh_db *tx, void *ctx)
{
	const struct bh_migrate_conf conf = {
		.conninfo = test.setup,
		.directory = BH_TEST_DB_DIRECTORY,
		.services_json = bh_test_db_services(),
		.lock_ms = 20,
		.lock_tries = 1,
	};
	static const char sql[] =
		"SELECT count(*)::bigint FROM pg_class AS c"
		" WHERE c.relnamespace = 'bulkhead'::regnamespace AND c.relkind IN ('r', 'p')";
	static const char lock[] =
		"DO $$ DECLARE name text; BEGIN FOR name IN SELECT c.oid::regclass::text FROM pg_class AS c"
		" WHERE c.relnamespace = 'bulkhead'::regnamespace AND c.relkind IN ('r', 'p')"
		" LOOP EXECUTE format('LOCK TABLE %s IN ACCESS SHARE MODE', name); END LOOP; END $$";
	int64_t tables = 0;

	assert_int_equal(bh_db_one(tx, sql, NULL, 0, &bh_row_int, &tables), 0);
	assert_true(tables > 100);
	assert_int_equal(bh_db_exec(tx, lock, NULL, 0, NULL), 0);
	return bh_migrate(&conf, ctx);
}

/* A start of a platform that is up to date waits for nobody's transaction, and nobody waits for it. */
static void
what_is_right_already_is_not_locked(void **state)
{
	FILE *nowhere = fopen("/dev/null", "we");

	(void)state;
	assert_non_null(nowhere);
	assert_int_equal(bh_tx_run(&admin, migrates_beside_readers, nowhere), 0);
	fclose(nowhere);
}

static void
a_policy_that_was_changed_is_made_again(void **state)
{
	static const char *const changes[] = {
		"ALTER POLICY tenant_isolation ON bulkhead.file USING (true)",
		"ALTER POLICY tenant_isolation ON bulkhead.file WITH CHECK (true)",
		"ALTER POLICY tenant_isolation ON bulkhead.file TO bulkhead_rag",
		"DROP POLICY tenant_isolation ON bulkhead.file",
		"ALTER TABLE bulkhead.file NO FORCE ROW LEVEL SECURITY",
		"ALTER TABLE bulkhead.file DISABLE ROW LEVEL SECURITY",
		"ALTER POLICY tenant_own_row_read ON bulkhead.tenant USING (true)",
		"ALTER POLICY platform_rows_read ON bulkhead.model TO bulkhead_agent",
		"DROP POLICY workers_find_work ON bulkhead.job_ready",
	};
	static const char print[] =
		"SELECT hashtext(string_agg(concat(c.relname, c.relrowsecurity, c.relforcerowsecurity, "
		"p.polname,"
		"  p.polcmd, p.polpermissive, p.polroles, pg_get_expr(p.polqual, c.oid), '|',"
		"  pg_get_expr(p.polwithcheck, c.oid)), ' ' ORDER BY c.relname, p.polname))::bigint"
		"  FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid"
		" WHERE c.relnamespace = 'bulkhead'::regnamespace";
	const int64_t before = count(print);

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		assert_int_equal(bh_test_db_script(&test, changes[i]), 0);
		assert_int_not_equal(count(print), before);
		the_whole_schema_applies_twice(state);
		assert_int_equal(count(print), before);
	}
}

static void
a_failing_migration_leaves_nothing(void **state)
{
	(void)state;
	file_write("migrations/9001-bad.sql",
		"SELECT register_patch('9001-bad');\n"
		"CREATE TABLE half (a int);\nSELECT nonsense;\n");
	assert_int_equal(migrate(), BH_E_DB);
	assert_non_null(strstr(bh_error_detail(BH_E_DB), "9001-bad.sql: line 3"));
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE name = '9001-bad'"), 0);
	assert_int_equal(count("SELECT count(*) FROM pg_class WHERE relname = 'half'"), 0);
	file_write("migrations/9001-bad.sql", "SELECT register_patch('9001-bad');\n");
	assert_int_equal(migrate(), 0);
}

static int
migrates_beside(struct bh_db *tx, void *ctx)
{
	const struct bh_migrate_conf conf = {
		.conninfo = test.setup,
		.directory = folder,
		.services_json = bh_test_db_services(),
		.lock_ms = 20,
		.lock_tries = 2,
	};
	FILE *out = ctx;
	int rc = bh_db_exec(tx, "LOCK TABLE tenant_like IN ACCESS SHARE MODE", NULL, 0, NULL);

	assert_int_equal(rc, 0);
	return bh_migrate(&conf, out);
}

static void
a_migration_gives_way_to_a_long_transaction_and_says_so(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	assert_int_equal(bh_test_db_script(&test,
						 "CREATE TABLE bulkhead.tenant_like (a int);"
						 "ALTER TABLE bulkhead.tenant_like OWNER TO bulkhead_owner"),
		0);
	file_write("migrations/9003-lock.sql",
		"SELECT register_patch('9003-lock');\nALTER TABLE IF EXISTS tenant_like ADD COLUMN b "
		"int;\n");
	assert_int_equal(bh_tx_run(&admin, migrates_beside, out), BH_E_DB_LATE);
	assert_non_null(strstr(bh_error_detail(BH_E_DB_LATE), "9003-lock.sql"));
	assert_non_null(strstr(bh_error_detail(BH_E_DB_LATE), "gave up after 2 tries"));
	fclose(out);
	assert_non_null(strstr(text, "attempt 1 of 2"));
	free(text);
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE name = '9003-lock'"), 0);
	assert_int_equal(migrate(), 0);
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE name = '9003-lock'"), 1);
	assert_int_equal(bh_test_db_script(&test, "DROP TABLE bulkhead.tenant_like"), 0);
}

static void
an_index_is_built_outside_a_transaction(void **state)
{
	(void)state;
	assert_int_equal(bh_test_db_script(&test,
						 "CREATE TABLE bulkhead.online_like (a int);"
						 "ALTER TABLE bulkhead.online_like OWNER TO bulkhead_owner;"
						 "INSERT INTO bulkhead.online_like VALUES (1), (1)"),
		0);
	/* What fails leaves a broken index behind; the next attempt begins with its removal. */
	file_write("migrations/9004-online.sql",
		"-- online: index online_like_a\nCREATE UNIQUE INDEX CONCURRENTLY online_like_a ON "
		"online_like (a);\n");
	assert_int_equal(migrate(), BH_E_DB);
	assert_non_null(strstr(bh_error_detail(BH_E_DB), "9004-online.sql"));
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE name = '9004-online'"), 0);
	assert_int_equal(count("SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indexrelid = "
						   "to_regclass('bulkhead.online_like_a')"),
		1);
	assert_int_equal(bh_test_db_script(&test, "DELETE FROM bulkhead.online_like"), 0);
	assert_int_equal(migrate(), 0);
	assert_int_equal(migrate(), 0);
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE name = '9004-online'"), 1);
	assert_int_equal(count("SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = "
						   "to_regclass('bulkhead.online_like_a')"),
		1);
	assert_int_equal(bh_test_db_script(&test, "DROP TABLE bulkhead.online_like"), 0);
	/* Other tests make databases from this folder. */
	file_write("migrations/9004-online.sql", "SELECT register_patch('9004-online');\n");
	assert_int_equal(bh_test_db_script(&test,
						 "DELETE FROM bulkhead.schema_patch WHERE name = '9004-online'"),
		0);
}

static int
migrates_while_another_does(struct bh_db *tx, void *ctx)
{
	const struct bh_migrate_conf conf = {
		.conninfo = test.setup,
		.directory = folder,
		.services_json = bh_test_db_services(),
		.lock_tries = 2,
	};
	bool taken = false;

	/* The server may not have seen yet that the migration before has left. */
	assert_int_equal(bh_db_one(tx,
						 "SELECT true FROM pg_advisory_xact_lock(hashtext('bulkhead.migrate'))",
						 NULL, 0, &bh_row_bool, &taken),
		0);
	assert_true(taken);
	return bh_migrate(&conf, ctx);
}

static void
one_migrates_at_a_time_and_the_others_hold_no_snapshot(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	assert_int_equal(bh_tx_run(&admin, migrates_while_another_does, out), BH_E_DB_LATE);
	assert_non_null(strstr(bh_error_detail(BH_E_DB_LATE), "another migration does not end"));
	fclose(out);
	assert_non_null(strstr(text, "waiting for another migration"));
	free(text);
	assert_int_equal(migrate(), 0);
}

static void
an_online_migration_names_its_index(void **state)
{
	(void)state;
	file_write("migrations/9005-unnamed.sql", "-- online: index X; DROP\nSELECT 1;\n");
	assert_int_equal(migrate(), BH_E_STATE);
	assert_non_null(strstr(bh_error_detail(BH_E_STATE), "does not name an index"));
	file_write("migrations/9005-unnamed.sql", "SELECT register_patch('9005-unnamed');\n");
	assert_int_equal(migrate(), 0);
}

#define RELEASE(version, oldest) \
	"INSERT INTO bulkhead.schema_release (version, oldest) VALUES ('" version "', '" oldest "')"

static void
a_program_that_is_too_old_is_refused_with_the_reason(void **state)
{
	(void)state;
	assert_int_equal(bh_test_db_script(&test, RELEASE("99.1.0", "99.0.0")), 0);
	assert_int_equal(migrate(), BH_E_STATE);
	assert_non_null(strstr(bh_error_detail(BH_E_STATE), "99.1.0"));
	assert_non_null(strstr(bh_error_detail(BH_E_STATE), "no program older than 99.0.0"));
	assert_int_equal(bh_test_db_script(&test,
						 "DELETE FROM bulkhead.schema_release WHERE version = '99.1.0'"),
		0);
	assert_int_equal(migrate(), 0);
}

static void
an_older_program_that_is_taken_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(bh_test_db_script(&test, RELEASE("99.1.0", "0.0.1")), 0);
	file_write("migrations/9006-old.sql", "SELECT register_patch('9006-old');\n");
	assert_int_equal(migrate(), 0);
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE name = '9006-old'"), 0);
	assert_int_equal(bh_test_db_script(&test,
						 "DELETE FROM bulkhead.schema_release WHERE version = '99.1.0'"),
		0);
	assert_int_equal(migrate(), 0);
	assert_int_equal(count("SELECT count(*) FROM schema_patch WHERE name = '9006-old'"), 1);
	assert_int_equal(count("SELECT count(*) FROM schema_release WHERE version = '" BH_VERSION "'"),
		1);
}

static void
an_unregistered_migration_is_refused(void **state)
{
	(void)state;
	file_write("migrations/9002-silent.sql", "CREATE TABLE silent (a int);\n");
	assert_int_equal(migrate(), BH_E_STATE);
	assert_int_equal(count("SELECT count(*) FROM pg_class WHERE relname = 'silent'"), 0);
	file_write("migrations/9002-silent.sql", "SELECT register_patch('9002-silent');\n");
	assert_int_equal(migrate(), 0);
}

static void
a_changed_migration_is_refused(void **state)
{
	(void)state;
	file_write("migrations/9002-silent.sql", "SELECT register_patch('9002-silent'); -- later\n");
	assert_int_equal(migrate(), BH_E_STATE);
	assert_non_null(strstr(bh_error_detail(BH_E_STATE), "9002-silent"));
	file_write("migrations/9002-silent.sql", "SELECT register_patch('9002-silent');\n");
	assert_int_equal(migrate(), 0);
}

static void
what_migrations_make_belongs_to_the_owner(void **state)
{
	(void)state;
	assert_int_equal(count("SELECT count(*) FROM pg_class AS c"
						   " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
						   " WHERE n.nspname = 'bulkhead' AND pg_get_userbyid(c.relowner) <> "
						   "'bulkhead_owner'"),
		0);
}

static void
a_missing_database_is_made(void **state)
{
	char conninfo[512], drop[128];
	struct bh_migrate_conf conf = {.directory = folder, .services_json = bh_test_db_services()};
	FILE *nowhere = fopen("/dev/null", "we");
	int rc;

	(void)state;
	assert_non_null(nowhere);
	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s_made", test.setup, test.name);
	snprintf(drop, sizeof(drop), "DROP DATABASE IF EXISTS %s_made", test.name);
	conf.conninfo = conninfo;
	rc = bh_migrate(&conf, nowhere);
	fclose(nowhere);
	if (rc < 0)
		print_error("%s\n", bh_error_detail(rc));
	assert_int_equal(bh_test_db_script(&test, drop), 0);
	assert_int_equal(rc, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_schema_applies_twice),
		cmocka_unit_test(what_is_right_already_is_not_locked),
		cmocka_unit_test(a_policy_that_was_changed_is_made_again),
		cmocka_unit_test(a_failing_migration_leaves_nothing),
		cmocka_unit_test(a_migration_gives_way_to_a_long_transaction_and_says_so),
		cmocka_unit_test(an_index_is_built_outside_a_transaction),
		cmocka_unit_test(an_online_migration_names_its_index),
		cmocka_unit_test(one_migrates_at_a_time_and_the_others_hold_no_snapshot),
		cmocka_unit_test(a_program_that_is_too_old_is_refused_with_the_reason),
		cmocka_unit_test(an_older_program_that_is_taken_changes_nothing),
		cmocka_unit_test(an_unregistered_migration_is_refused),
		cmocka_unit_test(a_changed_migration_is_refused),
		cmocka_unit_test(what_migrations_make_belongs_to_the_owner),
		cmocka_unit_test(a_missing_database_is_made),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
