/* SPDX-License-Identifier: Apache-2.0 */
/* test_roles.c: who may migrate, and what sessions of services have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/address.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/roles.h"
#include "db/testing.h"

static struct bh_test_db test;

static int
group_open(void **state)
{
	(void)state;
	return bh_test_db_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

static void
a_role_without_rights_is_told_what_to_ask_for(void **state)
{
	char conninfo[512];
	const struct bh_migrate_conf conf = {.conninfo = conninfo,
		.directory = BH_TEST_DB_DIRECTORY,
		.services_json = bh_test_db_services()};
	FILE *nowhere = fopen("/dev/null", "we");

	(void)state;
	assert_non_null(nowhere);
	snprintf(conninfo, sizeof(conninfo), "%s user=bulkhead_rag", test.setup);
	assert_int_equal(bh_migrate(&conf, nowhere), BH_E_CONFIG);
	fclose(nowhere);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "print-roles"));
}

/* Adds pgvector to the operator's database, as its administrator. */
static int
extension_add(void)
{
	const struct bh_conn_conf conf = {.conninfo = test.setup,
		.wait_ms = 10000,
		.database = bh_arena_printf(&test.arena, "%s_own", test.name)};
	struct bh_conn *conn;
	int rc;

	rc = bh_conn_open(&conf, &conn);
	if (rc < 0)
		return rc;
	rc = bh_conn_script(conn, "CREATE EXTENSION vector SCHEMA public");
	bh_conn_close(conn);
	return rc;
}

static void
a_role_that_is_no_superuser_may_migrate(void **state)
{
	char conninfo[512], make[256], drop[128];
	const struct bh_migrate_conf conf = {.conninfo = conninfo,
		.directory = BH_TEST_DB_DIRECTORY,
		.services_json = bh_test_db_services()};
	FILE *nowhere = fopen("/dev/null", "we");
	int rc;

	(void)state;
	assert_non_null(nowhere);
	/* What an operator's administrator does once. */
	snprintf(make, sizeof(make),
		"CREATE ROLE %s_dba LOGIN CREATEROLE BYPASSRLS;"
		"GRANT bulkhead_owner TO %s_dba",
		test.name, test.name);
	assert_int_equal(bh_test_db_script(&test, make), 0);
	snprintf(make, sizeof(make), "CREATE DATABASE %s_own OWNER %s_dba TEMPLATE template0",
		test.name, test.name);
	assert_int_equal(bh_test_db_script(&test, make), 0);
	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s_own user=%s_dba", test.setup, test.name,
		test.name);

	/* pgvector is not this role's to add: it is told so, and by whom and how it can be. */
	assert_int_equal(bh_migrate(&conf, nowhere), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "CREATE EXTENSION vector"));
	rc = extension_add();
	if (rc == 0)
		rc = bh_migrate(&conf, nowhere);
	if (rc < 0)
		print_error("%s\n", bh_error_detail(rc));
	fclose(nowhere);

	snprintf(drop, sizeof(drop), "DROP DATABASE %s_own", test.name);
	assert_int_equal(bh_test_db_script(&test, drop), 0);
	snprintf(drop, sizeof(drop), "DROP ROLE %s_dba", test.name);
	assert_int_equal(bh_test_db_script(&test, drop), 0);
	assert_int_equal(rc, 0);
}

/* One value as a fresh session of ours sees it. */
static void
session_says(const char *conninfo, int64_t statement_ms, const char *setting, const char *wanted)
{
	const struct bh_conn_conf conf = {.conninfo = conninfo,
		.statement_ms = statement_ms,
		.step_mib = 5,
		.wait_ms = 10000};
	BH_AUTO(bh_buf_close) struct bh_buf value = {0};
	struct bh_conn *conn;

	assert_int_equal(bh_conn_open(&conf, &conn), 0);
	assert_int_equal(bh_conn_value(conn, "SELECT current_setting($1)", &setting, 1, &value, NULL),
		0);
	bh_conn_close(conn);
	assert_string_equal(bh_buf_string(&value), wanted);
}

static void
what_a_database_presets_does_not_reach_us(void **state)
{
	char preset[512];

	(void)state;
	snprintf(preset, sizeof(preset),
		"ALTER DATABASE %s SET statement_timeout = '7s';"
		"ALTER DATABASE %s SET default_transaction_isolation = 'serializable';"
		"ALTER DATABASE %s SET datestyle = 'German';"
		"ALTER DATABASE %s SET search_path = pg_catalog;",
		test.name, test.name, test.name, test.name);
	assert_int_equal(bh_test_db_script(&test, preset), 0);
	session_says(test.setup, 0, "statement_timeout", "0");
	session_says(test.setup, 30000, "statement_timeout", "30s");
	session_says(test.setup, 30000, "default_transaction_isolation", "read committed");
	session_says(test.setup, 30000, "search_path", "bulkhead,public");
	/* Days are the subjects of postings, as text. */
	session_says(test.setup, 30000, "datestyle", "ISO, MDY");
	snprintf(preset, sizeof(preset), "ALTER DATABASE %s RESET ALL", test.name);
	assert_int_equal(bh_test_db_script(&test, preset), 0);
}

static void
what_a_statement_of_a_service_takes_is_bounded(void **state)
{
	char conninfo[512];

	(void)state;
	snprintf(conninfo, sizeof(conninfo), "%s user=bulkhead_rag", test.setup);
	session_says(conninfo, 30000, "work_mem", "5MB");
	session_says(conninfo, 30000, "hash_mem_multiplier", "2");
	session_says(conninfo, 30000, "temp_file_limit", "1GB");
	session_says(conninfo, 30000, "lock_timeout", "15s");
}

static void
a_role_that_cannot_sign_in_is_named(void **state)
{
	char good[512], bad[512];
	struct bh_migrate_service services[] = {{"bulkhead_rag", good}, {"bulkhead_nobody", bad}};

	(void)state;
	snprintf(good, sizeof(good), "%s user=bulkhead_rag", test.setup);
	snprintf(bad, sizeof(bad), "%s user=bulkhead_nobody", test.setup);
	assert_int_equal(bh_roles_sign_in(services, 1), 0);
	assert_int_equal(bh_roles_sign_in(services, 2), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "bulkhead_nobody cannot sign in"));
	snprintf(bad, sizeof(bad), "%s host=/nonexistent", test.setup);
	assert_int_equal(bh_roles_sign_in(services, 2), BH_E_DB_DOWN);
}

static void
a_server_answers_whoever_asks(void **state)
{
	char conninfo[512];

	(void)state;
	snprintf(conninfo, sizeof(conninfo), "%s user=nobody_at_all dbname=none", test.setup);
	assert_int_equal(bh_address_try(conninfo), 0);
	snprintf(conninfo, sizeof(conninfo), "%s host=/nonexistent", test.setup);
	assert_int_equal(bh_address_try(conninfo), BH_E_DB_DOWN);
}

static void
roles_are_printed_for_an_administrator(void **state)
{
	const struct bh_migrate_conf conf = {.directory = BH_TEST_DB_DIRECTORY,
		.print_roles = true,
		.conninfo = "user='a \"b' dbname=c"};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	assert_int_equal(bh_migrate(&conf, out), 0);
	fclose(out);
	assert_non_null(strstr(text, "bulkhead_owner"));
	assert_non_null(strstr(text, "CREATE EXTENSION IF NOT EXISTS vector"));
	assert_non_null(strstr(text, "GRANT bulkhead_owner TO \"a \"\"b\" WITH INHERIT FALSE"));
	assert_non_null(strstr(text, "GRANT CONNECT ON DATABASE \"c\" TO \"a \"\"b\""));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_without_rights_is_told_what_to_ask_for),
		cmocka_unit_test(a_role_that_is_no_superuser_may_migrate),
		cmocka_unit_test(what_a_database_presets_does_not_reach_us),
		cmocka_unit_test(what_a_statement_of_a_service_takes_is_bounded),
		cmocka_unit_test(a_role_that_cannot_sign_in_is_named),
		cmocka_unit_test(a_server_answers_whoever_asks),
		cmocka_unit_test(roles_are_printed_for_an_administrator),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
