/* SPDX-License-Identifier: Apache-2.0 */
/* test_retention.c: what a beat of the retention worker removes, in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "db/testing.h"
#include "service/retention.h"

static const struct bh_retention_kind kinds[] = {
	{.name = "broken", .sql = "SELECT 1 / (length($1::uuid::text) - 36 + $2 * $3)", .most = 1},
	{.name = "idempotency",
		.sql = BH_RETENTION_SQL("idempotency_auth", "key", "expires_at", ""),
		.most = 1},
	{0},
};
enum { A = 0xaa, B = 0xbb };

struct fixture {
	struct bh_test_db db;
	struct bh_db admin;
	bool stopping;
	struct bh_retention retention;
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
	/* As a real service: its role looks after its own queue only. */
	fix.retention = (struct bh_retention){
		.queue = "auth",
		.kinds = kinds,
		.db = bh_test_db_as(&fix.db, "bulkhead_auth", NULL).pool,
		.stopping = &fix.stopping,
	};
	fix.admin = bh_test_db_as(&fix.db, NULL, NULL);
	*state = &fix;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_test_db_close(&fix->db);
	return 0;
}

static void
rows_add(struct fixture *fix, uint8_t tenant, int64_t n, const char *expires)
{
	static const char sql[] =
		"INSERT INTO bulkhead.idempotency_auth (tenant_id, key, fingerprint, attempt, request_id,"
		"       leased_until, expires_at)"
		" SELECT $1, sha256(gen_random_uuid()::text::bytea), sha256(''), gen_random_uuid(), 'x',"
		"       now(), now() + $3::text::interval"
		"   FROM generate_series(1, $2)";
	const struct bh_uuid id = {{tenant}};
	const struct bh_param params[] = {
		bh_uuid_param(&id),
		bh_int_param(n),
		bh_text_param(expires),
	};

	assert_int_equal(bh_db_exec(&fix->admin, sql, BH_LIST(params), NULL), 0);
	/* As an hour later. */
	assert_int_equal(bh_test_db_script(&fix->db,
						 "UPDATE bulkhead.retention SET oldest_at = now() - interval '1 hour'"),
		0);
}

static int64_t
rows_left(struct fixture *fix, uint8_t tenant)
{
	static const char sql[] = "SELECT count(*) FROM bulkhead.idempotency_auth WHERE tenant_id = $1";
	const struct bh_uuid id = {{tenant}};
	const struct bh_param params[] = {bh_uuid_param(&id)};
	int64_t n = -1;

	assert_int_equal(bh_db_read_one(&fix->admin, sql, BH_LIST(params), &bh_row_int, &n), 0);
	return n;
}

static void
a_beat_goes_on_while_pieces_are_full(void **state)
{
	struct fixture *fix = *state;

	rows_add(fix, A, 5, "-1 minute");
	rows_add(fix, A, 2, "1 minute");
	rows_add(fix, B, 1, "-1 minute");
	bh_retention_beat(&fix->retention);
	assert_int_equal(rows_left(fix, A), 2);
	assert_int_equal(rows_left(fix, B), 0);
	assert_int_equal(fix->retention.done[1].removed, 6);
}

static void
a_beat_removes_a_bounded_number_of_pieces(void **state)
{
	struct fixture *fix = *state;

	rows_add(fix, A, BH_RETENTION_PASSES + 5, "-1 minute");
	rows_add(fix, B, 3, "-1 minute");
	bh_retention_beat(&fix->retention);
	assert_int_equal(rows_left(fix, A), 5);
	assert_int_equal(rows_left(fix, B), 0);
	bh_retention_beat(&fix->retention);
	assert_int_equal(rows_left(fix, A), 0);
}

static void
a_kind_that_fails_holds_up_no_other(void **state)
{
	struct fixture *fix = *state;

	rows_add(fix, A, 3, "-1 minute");
	assert_int_equal(bh_test_db_script(&fix->db,
						 "INSERT INTO bulkhead.retention (tenant_id, queue, kind, oldest_at)"
						 " SELECT tenant_id, queue, 'broken', oldest_at FROM bulkhead.retention"),
		0);
	bh_retention_beat(&fix->retention);
	assert_true(fix->retention.done[0].failing);
	assert_int_equal(rows_left(fix, A), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_beat_goes_on_while_pieces_are_full, setup, teardown),
		cmocka_unit_test_setup_teardown(a_beat_removes_a_bounded_number_of_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(a_kind_that_fails_holds_up_no_other, setup, teardown),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
