/* SPDX-License-Identifier: Apache-2.0 */
/* test_session.c: several statements on one connection, which nothing replaces unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/db.h"
#include "db/testing.h"

static struct bh_test_db test;
static struct bh_db db, admin;

static int
group_open(void **state)
{
	int rc;

	(void)state;
	rc = bh_test_db_open(&test);
	if (rc < 0)
		return rc;
	admin = bh_test_db_as(&test, NULL, NULL);
	db = bh_test_db_as(&test, "bulkhead_rag", NULL);
	return bh_test_db_script(&test,
		"CREATE TABLE bulkhead.hit (n bigint); GRANT ALL ON bulkhead.hit TO bulkhead_rag");
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

static int64_t
backend(struct bh_db *handle)
{
	int64_t pid = 0;

	assert_int_equal(bh_db_read_one(handle, "SELECT pg_backend_pid()", NULL, 0, &bh_row_int, &pid),
		0);
	return pid;
}

static void
backend_end(int64_t pid)
{
	const struct bh_param params[] = {bh_int_param(pid)};
	bool ended = false;

	assert_int_equal(bh_db_one(&admin, "SELECT pg_terminate_backend($1::int, 5000)",
						 BH_LIST(params), &bh_row_bool, &ended),
		0);
	assert_true(ended);
}

static int
hit(struct bh_db *handle, int64_t n)
{
	const struct bh_param params[] = {bh_int_param(n)};

	return bh_db_exec(handle, "INSERT INTO hit VALUES ($1)", BH_LIST(params), NULL);
}

static int64_t
hits(int64_t n)
{
	const struct bh_param params[] = {bh_int_param(n)};
	int64_t count = -1;

	assert_int_equal(bh_db_read_one(&admin, "SELECT count(*) FROM hit WHERE n = $1",
						 BH_LIST(params), &bh_row_int, &count),
		0);
	return count;
}

static int
hit_two(struct bh_db *tx, void *ctx)
{
	*(int64_t *)ctx = backend(tx);
	return hit(tx, 2);
}

static int
hit_five(struct bh_db *tx, void *ctx)
{
	(void)ctx;
	return hit(tx, 5);
}

static void
statements_of_a_session_share_its_connection(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_db session, as;
	int64_t pid, in_tx = 0;

	(void)state;
	assert_int_equal(bh_db_session_open(&db, &session), 0);
	as = bh_db_as(&session, &tenant);
	pid = backend(&session);
	assert_int_not_equal(backend(&db), pid);
	assert_int_equal(backend(&as), pid);
	assert_int_equal(bh_tx_run(&session, hit_two, &in_tx), 0);
	assert_int_equal(in_tx, pid);
	assert_int_equal(hits(2), 1);
	bh_db_session_close(&session);
	bh_db_session_close(&session);
}

static void
each_statement_of_a_session_is_committed_by_itself(void **state)
{
	struct bh_db session;

	(void)state;
	assert_int_equal(bh_db_session_open(&db, &session), 0);
	assert_int_equal(hit(&session, 3), 0);
	assert_int_equal(hits(3), 1);
	bh_db_session_close(&session);
}

static void
a_session_that_broke_stays_broken(void **state)
{
	uint64_t losses = bh_db_pool_losses(db.pool);
	struct bh_db session;

	(void)state;
	assert_int_equal(bh_db_session_open(&db, &session), 0);
	assert_int_equal(hit(&session, 4), 0);
	backend_end(backend(&session));
	/* Whether its bytes still left is the network's affair; that it was not made anew is ours. */
	assert_true(hit(&session, 5) < 0);
	assert_int_equal(hits(5), 0);
	assert_int_equal(hit(&session, 5), BH_E_DB_DOWN);
	assert_int_equal(bh_tx_run(&session, hit_five, NULL), BH_E_DB_DOWN);
	bh_db_session_close(&session);
	assert_int_equal(bh_db_pool_losses(db.pool), losses + 1);

	assert_int_equal(bh_db_session_open(&db, &session), 0);
	assert_int_equal(hit(&session, 5), 0);
	bh_db_session_close(&session);
	assert_int_equal(hits(5), 1);
}

static void
a_read_that_writes_is_refused(void **state)
{
	int64_t n = 0;

	(void)state;
	assert_int_equal(bh_db_read_one(&db, "INSERT INTO hit VALUES (6) RETURNING n", NULL, 0,
						 &bh_row_int, &n),
		BH_E_DB);
	assert_int_equal(hits(6), 0);
	/* It leaves nothing behind on the connection. */
	assert_int_equal(hit(&db, 6), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_of_a_session_share_its_connection),
		cmocka_unit_test(each_statement_of_a_session_is_committed_by_itself),
		cmocka_unit_test(a_session_that_broke_stays_broken),
		cmocka_unit_test(a_read_that_writes_is_refused),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
