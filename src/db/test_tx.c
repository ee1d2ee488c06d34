/* SPDX-License-Identifier: Apache-2.0 */
/* test_tx.c: several statements as one: all or nothing, repeated on a lost race, honest at COMMIT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/db.h"
#include "db/testing.h"

static struct bh_test_db test;
static struct bh_uuid tenant_a, tenant_b;
static struct bh_db db, admin;

/* What a piece of work is told, and how often it ran. */
struct work {
	int runs;
	int result;
};

static int
group_open(void **state)
{
	int rc;

	(void)state;
	rc = bh_test_db_open(&test);
	if (rc < 0)
		return rc;
	rc = bh_test_db_script(&test,
		"CREATE TABLE bulkhead.purse (tenant_id uuid NOT NULL, id bigint NOT NULL,"
		" amount bigint NOT NULL, PRIMARY KEY (tenant_id, id));"
		"ALTER TABLE bulkhead.purse ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
		"CREATE POLICY tenant_isolation ON bulkhead.purse USING (tenant_id ="
		" nullif(current_setting('bulkhead.tenant_id', true), '')::uuid);"
		"GRANT ALL ON bulkhead.purse TO bulkhead_rag;");
	tenant_a = bh_uuid_new();
	tenant_b = bh_uuid_new();
	db = bh_test_db_as(&test, "bulkhead_rag", &tenant_a);
	admin = bh_test_db_as(&test, NULL, NULL);
	return rc;
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

static int
purse_add(struct bh_db *tx, const struct bh_uuid *tenant, int64_t id)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_int_param(id)};

	return bh_db_exec(tx, "INSERT INTO purse (tenant_id, id, amount) VALUES ($1, $2, 0)",
		BH_LIST(params), NULL);
}

static int64_t
purses(struct bh_db *handle, int64_t id)
{
	const struct bh_param params[] = {bh_int_param(id)};
	int64_t count = -1;

	assert_int_equal(bh_db_one(handle, "SELECT count(*) FROM purse WHERE id = $1", BH_LIST(params),
						 &bh_row_int, &count),
		0);
	return count;
}

static int
two_purses(struct bh_db *tx, void *ctx)
{
	struct work *work = ctx;
	int rc;

	work->runs++;
	assert_true(bh_db_in_tx(tx));
	rc = purse_add(tx, &tenant_a, 1);
	if (rc == 0)
		rc = purse_add(tx, &tenant_a, 2);
	return rc < 0 ? rc : work->result;
}

static void
a_negative_result_rolls_back(void **state)
{
	struct work work = {.result = BH_E_STATE};

	(void)state;
	assert_int_equal(bh_tx_run(&db, two_purses, &work), BH_E_STATE);
	assert_int_equal(work.runs, 1);
	assert_int_equal(purses(&db, 1), 0);
	assert_false(bh_db_in_tx(&db));
}

static void
all_statements_commit_together(void **state)
{
	struct work work = {0};

	(void)state;
	assert_int_equal(bh_tx_run(&db, two_purses, &work), 0);
	assert_int_equal(purses(&db, 1), 1);
	assert_int_equal(purses(&db, 2), 1);
	work = (struct work){0};
	assert_int_equal(bh_tx_run(&db, two_purses, &work), BH_E_CONFLICT);
	assert_int_equal(work.runs, 1);
}

static int
swallows_a_failure(struct bh_db *tx, void *ctx)
{
	(void)ctx;
	if (purse_add(tx, &tenant_a, 3) < 0)
		return BH_E_INTERNAL;
	assert_int_equal(purse_add(tx, &tenant_a, 3), BH_E_CONFLICT);
	return 0;
}

static void
a_swallowed_failure_is_no_success(void **state)
{
	(void)state;
	assert_int_equal(bh_tx_run(&db, swallows_a_failure, NULL), BH_E_DB);
	assert_int_equal(purses(&db, 3), 0);
}

static int
fails_twice_with_a_lost_race(struct bh_db *tx, void *ctx)
{
	struct work *work = ctx;
	int rc;

	rc = purse_add(tx, &tenant_a, 4);
	if (rc < 0)
		return rc;
	if (++work->runs <= 2)
		return bh_db_exec(tx,
			"DO $$ BEGIN RAISE EXCEPTION 'race'"
			" USING ERRCODE = '40001'; END $$",
			NULL, 0, NULL);
	return 0;
}

static void
a_lost_race_runs_again(void **state)
{
	struct work work = {0};

	(void)state;
	assert_int_equal(bh_tx_run(&db, fails_twice_with_a_lost_race, &work), 0);
	assert_int_equal(work.runs, 3);
	assert_int_equal(purses(&db, 4), 1);
}

static int
always_loses(struct bh_db *tx, void *ctx)
{
	struct work *work = ctx;

	(void)tx;
	work->runs++;
	return BH_E_DB_RETRY;
}

static void
a_race_lost_every_time_ends(void **state)
{
	struct work work = {0};

	(void)state;
	assert_int_equal(bh_tx_run(&db, always_loses, &work), BH_E_DB_RETRY);
	assert_int_equal(work.runs, 5);
}

static int
writes_for_two_tenants(struct bh_db *tx, void *ctx)
{
	struct bh_db other = *tx;
	int rc;

	(void)ctx;
	other.context = tenant_b;
	rc = purse_add(tx, &tenant_a, 5);
	if (rc == 0)
		rc = purse_add(&other, &tenant_b, 5);
	if (rc == 0)
		rc = purse_add(tx, &tenant_a, 6);
	return rc;
}

static void
the_context_follows_the_handle_within_a_transaction(void **state)
{
	struct bh_db other = bh_db_as(&db, &tenant_b);

	(void)state;
	assert_int_equal(bh_tx_run(&db, writes_for_two_tenants, NULL), 0);
	assert_int_equal(purses(&db, 5), 1);
	assert_int_equal(purses(&db, 6), 1);
	assert_int_equal(purses(&other, 5), 1);
	assert_int_equal(purses(&other, 6), 0);
}

/* Ends the backend of this transaction from another session. */
static int
loses_its_connection_once(struct bh_db *tx, void *ctx)
{
	struct work *work = ctx;
	int64_t pid = 0;
	bool ended = false;
	struct bh_param victim[1];
	int rc;

	rc = purse_add(tx, &tenant_a, 7);
	if (rc < 0)
		return rc;
	if (++work->runs > 1)
		return 0;
	rc = bh_db_one(tx, "SELECT pg_backend_pid()", NULL, 0, &bh_row_int, &pid);
	if (rc < 0)
		return rc;
	victim[0] = bh_int_param(pid);
	assert_int_equal(bh_db_one(&admin, "SELECT pg_terminate_backend($1::int, 5000)",
						 BH_LIST(victim), &bh_row_bool, &ended),
		0);
	assert_true(ended);
	return work->result != 0 ? 0 : purse_add(tx, &tenant_a, 8);
}

static void
a_connection_lost_before_commit_is_replaced(void **state)
{
	struct work work = {0};
	uint64_t losses = bh_db_pool_losses(db.pool);

	(void)state;
	assert_int_equal(bh_tx_run(&db, loses_its_connection_once, &work), 0);
	assert_int_equal(work.runs, 2);
	assert_int_equal(purses(&db, 7), 1);
	assert_int_equal(bh_db_pool_losses(db.pool), losses + 1);
}

static void
a_connection_lost_at_commit_leaves_the_outcome_unknown(void **state)
{
	struct work work = {.result = 1};

	(void)state;
	assert_int_equal(bh_test_db_script(&test, "DELETE FROM bulkhead.purse WHERE id = 7"), 0);
	assert_int_equal(bh_tx_run(&db, loses_its_connection_once, &work), BH_E_DB_UNKNOWN);
	assert_int_equal(work.runs, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_negative_result_rolls_back),
		cmocka_unit_test(all_statements_commit_together),
		cmocka_unit_test(a_swallowed_failure_is_no_success),
		cmocka_unit_test(a_lost_race_runs_again),
		cmocka_unit_test(a_race_lost_every_time_ends),
		cmocka_unit_test(the_context_follows_the_handle_within_a_transaction),
		cmocka_unit_test(a_connection_lost_before_commit_is_replaced),
		cmocka_unit_test(a_connection_lost_at_commit_leaves_the_outcome_unknown),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
