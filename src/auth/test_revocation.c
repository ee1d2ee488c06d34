/* SPDX-License-Identifier: Apache-2.0 */
/* test_revocation.c: proves the order of the revocation log, also between transactions at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>

#include <cmocka.h>

#include "auth/store_revocation.h"
#include "auth/testing.h"
#include "base/error.h"

enum { THREADS = 6, EACH = 40 };

static int
add_work(struct bh_db *tx, void *ctx)
{
	(void)ctx;
	return auth_store_revocation_tenant(tx, &auth_test.acme);
}

static int
add_and_fail(struct bh_db *tx, void *ctx)
{
	int rc = add_work(tx, ctx);

	return rc < 0 ? rc : BH_E_STATE;
}

/* Every number seen in the counter must have its row: a reader that goes on from the newest number it
 * saw misses nothing. */
static void *
writer(void *ctx)
{
	struct bh_arena arena = {0};
	struct bh_db db = auth_test.db;
	int *failures = ctx;

	db.arena = &arena;
	db.context = auth_test.acme;
	for (int i = 0; i < EACH; i++) {
		struct auth_revocation *rows;
		int64_t seq = 0;
		size_t n = 0;

		if (bh_tx_run(&db, add_work, NULL) < 0 || auth_store_revocation_seq(&db, &seq) < 0 ||
			auth_store_revocation_unpushed(&db, &rows, &n) < 0)
			__atomic_add_fetch(failures, 1, __ATOMIC_RELAXED);
		for (size_t row = 1; row < n; row++)
			if (rows[row].seq <= rows[row - 1].seq)
				__atomic_add_fetch(failures, 1, __ATOMIC_RELAXED);
		if (n < 200 && (n == 0 || rows[n - 1].seq < seq))
			__atomic_add_fetch(failures, 1, __ATOMIC_RELAXED);
	}
	bh_arena_close(&arena);
	return NULL;
}

static void
a_transaction_that_fails_takes_no_number(void **state)
{
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	int64_t before = -1, after = -2;

	(void)state;
	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &before), 0);
	assert_int_equal(bh_tx_run(&acme, add_and_fail, NULL), BH_E_STATE);
	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &after), 0);
	assert_int_equal(after, before);
}

static int64_t
rows_of_the_log(void)
{
	struct bh_db admin = bh_test_db_as(&auth_test.database, NULL, NULL);
	int64_t n = -1;

	assert_int_equal(bh_db_one(&admin, "SELECT count(*) FROM bulkhead.revocation", NULL, 0,
						 &bh_row_int, &n),
		0);
	return n;
}

static void
numbers_rise_in_the_order_of_commits(void **state)
{
	pthread_t threads[THREADS];
	int failures = 0;
	int64_t seq = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, writer, &failures), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(failures, 0);
	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &seq), 0);
	assert_true(seq > 0);
	assert_int_equal(rows_of_the_log(), THREADS * EACH);
}

static void
what_was_pushed_is_not_pushed_again(void **state)
{
	struct auth_revocation *rows;
	int64_t first, told = -1;
	size_t n;

	(void)state;
	assert_int_equal(auth_store_revocation_unpushed(&auth_test.db, &rows, &n), 0);
	assert_true(n > 1);
	first = rows[0].seq;
	assert_int_equal(auth_store_revocation_told(&auth_test.db, &told), 0);
	assert_int_equal(told, first - 1);
	assert_int_equal(auth_store_revocation_pushed(&auth_test.db, first), 0);
	assert_int_equal(auth_store_revocation_unpushed(&auth_test.db, &rows, &n), 0);
	assert_true(rows[0].seq > first);
	assert_int_equal(auth_store_revocation_told(&auth_test.db, &told), 0);
	assert_int_equal(told, rows[0].seq - 1);
}

static void
other_services_read_the_log_and_change_nothing(void **state)
{
	static const char *const roles[] = {"bulkhead_model", "bulkhead_rag", "bulkhead_agent"};
	struct auth_revocation *rows;
	size_t n;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(roles); i++) {
		struct bh_db db = bh_test_db_as(&auth_test.database, roles[i], &auth_test.acme);
		struct bh_db acme = db;

		assert_int_equal(auth_store_revocation_unpushed(&db, &rows, &n), 0);
		assert_true(n > 0);
		assert_int_equal(bh_tx_run(&acme, add_work, NULL), BH_E_DB);
		assert_int_equal(auth_store_revocation_prune(&db, INT64_C(4000000000000)), BH_E_DB);
	}
}

/* As when an asynchronous standby took over: the counter is what it was a while ago. */
static void
a_server_that_has_forgotten_numbers_gives_none_of_them_again(void **state)
{
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	int64_t newest = 0, next = 0;

	(void)state;
	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &newest), 0);
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "DELETE FROM bulkhead.revocation WHERE seq > 5;"
						 "UPDATE bulkhead.revocation_counter SET last_seq = 5;"),
		0);
	assert_int_equal(bh_tx_run(&acme, add_work, NULL), 0);
	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &next), 0);
	assert_true(next > newest);
}

static void
old_rows_go_and_the_counter_stays(void **state)
{
	struct auth_revocation *rows;
	int64_t seq = 0, before = -1;
	size_t n = 1;

	(void)state;
	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &before), 0);
	assert_int_equal(auth_store_revocation_prune(&auth_test.db, INT64_C(4000000000000)), 0);
	assert_int_equal(auth_store_revocation_unpushed(&auth_test.db, &rows, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(auth_store_revocation_seq(&auth_test.db, &seq), 0);
	assert_int_equal(seq, before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_that_fails_takes_no_number),
		cmocka_unit_test(numbers_rise_in_the_order_of_commits),
		cmocka_unit_test(what_was_pushed_is_not_pushed_again),
		cmocka_unit_test(other_services_read_the_log_and_change_nothing),
		cmocka_unit_test(a_server_that_has_forgotten_numbers_gives_none_of_them_again),
		cmocka_unit_test(old_rows_go_and_the_counter_stays),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, auth_test_open, auth_test_close);
}
