/* SPDX-License-Identifier: Apache-2.0 */
/* test_revocation.c: the revocation log of a real database, read as a service reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/clock.h"
#include "db/testing.h"
#include "service/testing.h"

#define PLATFORM "'00000000-0000-0000-0000-000000000001'"

static const struct bh_uuid tenant_a = {{0xaa}};
static const struct bh_uuid tenant_b = {{0xbb}};

static const struct bh_route routes[] = {{0}};
static const struct bh_service service = {.name = "test", .routes = routes, .state_size = 8};

struct fixture {
	struct bh_service_fixture base;
	struct bh_test_db db;
};

static int
setup(void **state)
{
	static struct fixture fix;
	int rc;

	fix = (struct fixture){0};
	rc = bh_test_db_open(&fix.db);
	if (rc < 0)
		return rc;
	bh_service_fixture_open(&fix.base, &service);
	fix.base.runtime.log_read = false;
	fix.base.runtime.db = bh_test_db_as(&fix.db, "bulkhead_model", NULL).pool;
	*state = &fix;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	fix->base.runtime.db = NULL; /* the test database's own */
	bh_service_fixture_close(&fix->base);
	bh_test_db_close(&fix->db);
	return 0;
}

static void
revoke(struct fixture *fix, int seq, const char *kind, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	char sql[512];
	char texts[2][BH_UUID_TEXT + 2] = {"NULL", "NULL"};
	const struct bh_uuid *ids[2] = {tenant, id};

	for (int i = 0; i < 2; i++) {
		char text[BH_UUID_TEXT];

		if (ids[i] == NULL)
			continue;
		bh_uuid_format(ids[i], text);
		snprintf(texts[i], sizeof(texts[i]), "'%s'", text);
	}
	snprintf(sql, sizeof(sql),
		"INSERT INTO bulkhead.revocation (tenant_id, seq, kind,"
		" target_tenant_id, target_id) VALUES (" PLATFORM ", %d, '%s', %s, %s)",
		seq, kind, texts[0], texts[1]);
	assert_int_equal(bh_test_db_script(&fix->db, sql), 0);
}

static bool
is_dead(struct fixture *fix, const struct bh_claims *claims)
{
	bh_revocation_run(&fix->base.runtime, NULL);
	return bh_token_checker_revoked(fix->base.runtime.checker, claims);
}

static void
rows_kill_what_they_name_and_nothing_else(void **state)
{
	struct fixture *fix = *state;
	struct bh_claims a = bh_service_fixture_claims(&tenant_a, "x");
	struct bh_claims b = bh_service_fixture_claims(&tenant_b, "x");
	struct bh_claims c = bh_service_fixture_claims(&tenant_b, "x");

	assert_false(is_dead(fix, &a));
	assert_true(fix->base.runtime.log_read);
	revoke(fix, 1, "tenant", &tenant_a, NULL);
	assert_true(is_dead(fix, &a));
	assert_false(is_dead(fix, &b));
	revoke(fix, 2, "credential", &tenant_b, &b.session);
	assert_true(is_dead(fix, &b));
	assert_false(is_dead(fix, &c));
	revoke(fix, 3, "subject", NULL, &c.subject);
	assert_true(is_dead(fix, &c));
	assert_int_equal(bh_token_checker_seq(fix->base.runtime.checker), 3);
	c.version = 3; /* minted after the revocation */
	assert_false(is_dead(fix, &c));
}

static void
a_plans_row_kills_nothing_that_runs(void **state)
{
	struct fixture *fix = *state;
	struct bh_claims a = bh_service_fixture_claims(&tenant_a, "x");

	revoke(fix, 1, "plan", &tenant_a, NULL);
	assert_false(is_dead(fix, &a));
	assert_int_equal(bh_token_checker_seq(fix->base.runtime.checker), 1);
}

static void
log_longer_than_a_page_is_read_at_once(void **state)
{
	struct fixture *fix = *state;
	struct bh_claims a = bh_service_fixture_claims(&tenant_a, "x");

	assert_int_equal(bh_test_db_script(&fix->db,
						 "INSERT INTO bulkhead.revocation (tenant_id, seq,"
						 " kind, target_tenant_id, target_id) SELECT " PLATFORM ", n, 'credential',"
						 " gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 2500) AS "
						 "n"),
		0);
	revoke(fix, 2501, "credential", &tenant_a, &a.session);
	assert_true(is_dead(fix, &a));
	assert_int_equal(bh_token_checker_seq(fix->base.runtime.checker), 2501);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_kill_what_they_name_and_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(a_plans_row_kills_nothing_that_runs, setup, teardown),
		cmocka_unit_test_setup_teardown(log_longer_than_a_page_is_read_at_once, setup, teardown),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
