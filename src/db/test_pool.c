/* SPDX-License-Identifier: Apache-2.0 */
/* test_pool.c: lending connections: bounded, replaced after a loss, honest about writes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "db/testing.h"

static struct bh_test_db test;
static struct bh_db admin;

static int
group_open(void **state)
{
	int rc;

	(void)state;
	rc = bh_test_db_open(&test);
	if (rc < 0)
		return rc;
	admin = bh_test_db_as(&test, NULL, NULL);
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

/* A pool of its own, known by its application name. */
static struct bh_db
pool_of(int64_t connections, int64_t wait_ms, const char *name)
{
	const struct bh_db_conf conf = {
		.conninfo = test.setup,
		.connections = connections,
		.wait_ms = wait_ms,
		.statement_ms = 20000,
		.application = name,
	};
	struct bh_db db = {.arena = &test.arena};

	assert_int_equal(bh_db_pool_open(&conf, &db.pool), 0);
	return db;
}

/* Ends the sessions of a pool; returns how many there were. */
static int64_t
sessions_end(const char *name)
{
	const struct bh_param params[] = {bh_text_param(name)};
	int64_t count = 0;

	assert_int_equal(bh_db_one(&admin,
						 "SELECT count(pg_terminate_backend(pid, 5000))"
						 " FROM pg_stat_activity WHERE application_name = $1 AND state IS NOT NULL",
						 BH_LIST(params), &bh_row_int, &count),
		0);
	return count;
}

static int64_t
sessions_busy(const char *name)
{
	const struct bh_param params[] = {bh_text_param(name)};
	int64_t count = 0;

	assert_int_equal(bh_db_one(&admin,
						 "SELECT count(*) FROM pg_stat_activity"
						 " WHERE application_name = $1 AND wait_event = 'PgSleep'",
						 BH_LIST(params), &bh_row_int, &count),
		0);
	return count;
}

static void
a_server_that_is_not_there_is_down(void **state)
{
	const struct bh_db_conf conf = {
		.conninfo = "host=/nonexistent dbname=x password=topsecret",
		.connections = 1,
		.wait_ms = 500,
		.statement_ms = 1000,
	};
	struct bh_db_pool *pool;

	(void)state;
	assert_int_equal(bh_db_pool_open(&conf, &pool), 0);
	assert_int_equal(bh_db_pool_ping(pool), BH_E_DB_DOWN);
	assert_null(strstr(bh_error_detail(BH_E_DB_DOWN), "topsecret"));
	bh_db_pool_close(pool);
}

static void
a_malformed_address_is_not_repeated(void **state)
{
	const struct bh_db_conf conf = {
		.conninfo = "host=x passwort=topsecret",
		.connections = 1,
		.wait_ms = 500,
		.statement_ms = 1000,
	};
	struct bh_db_pool *pool;

	(void)state;
	assert_int_equal(bh_db_pool_open(&conf, &pool), 0);
	assert_int_equal(bh_db_pool_ping(pool), BH_E_CONFIG);
	assert_null(strstr(bh_error_detail(BH_E_CONFIG), "topsecret"));
	bh_db_pool_close(pool);
}

/* Inside a transaction, asks the same pool for a second connection. */
static int
wants_another(struct bh_db *tx, void *ctx)
{
	struct bh_db *outside = ctx;

	assert_int_equal(bh_db_exec(tx, "SELECT 1", NULL, 0, NULL), 0);
	return bh_db_exec(outside, "SELECT 1", NULL, 0, NULL);
}

static void
waiting_for_a_connection_is_bounded(void **state)
{
	struct bh_db db = pool_of(1, 60, "bounded");
	int64_t started = bh_clock_steady_ms();

	(void)state;
	assert_int_equal(bh_tx_run(&db, wants_another, &db), BH_E_POOL);
	assert_true(bh_clock_steady_ms() - started >= 60);
	assert_int_equal(bh_db_exec(&db, "SELECT 1", NULL, 0, NULL), 0);
	bh_db_pool_close(db.pool);
}

static void
an_idle_connection_that_died_is_replaced_unseen(void **state)
{
	struct bh_db db = pool_of(2, 5000, "replaced");

	(void)state;
	assert_int_equal(bh_db_exec(&db, "INSERT INTO hit VALUES (1)", NULL, 0, NULL), 0);
	assert_int_equal(sessions_end("replaced"), 1);
	assert_int_equal(bh_db_pool_losses(db.pool), 0);
	assert_int_equal(bh_db_exec(&db, "INSERT INTO hit VALUES (2)", NULL, 0, NULL), 0);
	assert_int_equal(bh_db_pool_losses(db.pool), 1);
	bh_db_pool_close(db.pool);
}

struct call {
	struct bh_db db;
	const char *sql;
	bool reads;
	int rc;
};

static void *
call_run(void *ctx)
{
	struct call *call = ctx;
	int64_t number = 0;

	call->rc = call->reads ? bh_db_read_one(&call->db, call->sql, NULL, 0, &bh_row_int, &number)
						   : bh_db_one(&call->db, call->sql, NULL, 0, &bh_row_int, &number);
	return NULL;
}

/* Runs a statement that sleeps, and ends its session when it does. */
static int
interrupted(const char *name, const char *sql, bool reads)
{
	struct call call = {.db = pool_of(1, 5000, name), .sql = sql, .reads = reads};
	struct bh_arena arena = {0};
	pthread_t thread;

	call.db.arena = &arena;
	assert_int_equal(pthread_create(&thread, NULL, call_run, &call), 0);
	while (sessions_busy(name) == 0)
		continue;
	assert_int_equal(sessions_end(name), 1);
	pthread_join(thread, NULL);
	bh_db_pool_close(call.db.pool);
	bh_arena_close(&arena);
	return call.rc;
}

static void
what_may_have_written_is_unknown_when_its_connection_broke(void **state)
{
	(void)state;
	assert_int_equal(interrupted("write", "INSERT INTO hit SELECT 3 FROM pg_sleep(15) RETURNING n",
						 false),
		BH_E_DB_UNKNOWN);
	/* Its text says nothing about what the functions it calls have done. */
	assert_int_equal(interrupted("select", "SELECT 1 FROM pg_sleep(15)", false), BH_E_DB_UNKNOWN);
}

static void
a_read_whose_connection_broke_is_repeated(void **state)
{
	(void)state;
	/* Nobody interrupts the second try. */
	assert_int_equal(interrupted("read", "SELECT 1 FROM pg_sleep(0.5)", true), 0);
	assert_int_equal(interrupted("with",
						 "WITH one AS (SELECT 1 AS n FROM pg_sleep(0.5))"
						 " SELECT n FROM one",
						 true),
		0);
}

static int
write_in_tx(struct bh_db *tx, void *ctx)
{
	const struct bh_param params[] = {bh_text_param(ctx)};

	return bh_db_exec(tx, "SELECT bulkhead.write($1)", BH_LIST(params), NULL);
}

/* The first connection's server has become a standby, or gives up with that state; the next one's has not. */
static int
written_to_a_server_that_lost_its_place(const char *state, bool in_tx, int64_t *out_rows)
{
	struct bh_db db = pool_of(1, 5000, "demoted");
	const struct bh_param params[] = {bh_text_param(state)};
	int rc;

	assert_int_equal(bh_test_db_script(&test,
						 "DELETE FROM bulkhead.hit;"
						 "CREATE OR REPLACE FUNCTION bulkhead.write(state text)"
						 " RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN"
						 " INSERT INTO bulkhead.hit VALUES (9);"
						 " IF pg_backend_pid() = (SELECT n FROM bulkhead.hit"
						 " WHERE n <> 9) THEN"
						 " RAISE EXCEPTION 'lost' USING errcode = state;"
						 " END IF; RETURN 1; END $$"),
		0);
	assert_int_equal(bh_db_exec(&db, "INSERT INTO hit VALUES (pg_backend_pid())", NULL, 0, NULL),
		0);
	rc = in_tx ? bh_tx_run(&db, write_in_tx, (void *)state)
			   : bh_db_exec(&db, "SELECT bulkhead.write($1)", BH_LIST(params), NULL);
	assert_int_equal(bh_db_pool_losses(db.pool), 1);
	assert_int_equal(bh_db_read_one(&admin, "SELECT count(*) FROM hit WHERE n = 9", NULL, 0,
						 &bh_row_int, out_rows),
		0);
	bh_db_pool_close(db.pool);
	return rc;
}

static void
what_a_standby_refuses_is_written_once_to_the_server_that_took_over(void **state)
{
	int64_t rows = -1;

	(void)state;
	assert_int_equal(written_to_a_server_that_lost_its_place("25006", false, &rows), 0);
	assert_int_equal(rows, 1);
	assert_int_equal(written_to_a_server_that_lost_its_place("25006", true, &rows), 0);
	assert_int_equal(rows, 1);
}

static void
what_a_server_gave_up_is_unknown_and_its_connection_is_replaced(void **state)
{
	static const char *const states[] = {"57P01", "57P02", "57P03", "08006", "08003"};
	int64_t rows = -1;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(states); i++) {
		assert_int_equal(written_to_a_server_that_lost_its_place(states[i], false, &rows),
			BH_E_DB_UNKNOWN);
		/* Before its COMMIT a transaction has written nothing, and is run again. */
		assert_int_equal(written_to_a_server_that_lost_its_place(states[i], true, &rows), 0);
		assert_int_equal(rows, 1);
	}
}

static void
a_statement_over_its_time_is_late_and_not_made(void **state)
{
	const struct bh_db_conf conf = {
		.conninfo = test.setup,
		.connections = 1,
		.wait_ms = 5000,
		.statement_ms = 100,
		.application = "late",
	};
	struct bh_db db = {.arena = &test.arena};
	int64_t count = -1;

	(void)state;
	assert_int_equal(bh_db_pool_open(&conf, &db.pool), 0);
	assert_int_equal(bh_db_exec(&db, "INSERT INTO hit SELECT 7 FROM pg_sleep(600)", NULL, 0, NULL),
		BH_E_DB_LATE);
	assert_int_equal(bh_db_one(&db, "SELECT count(*) FROM hit WHERE n = 7", NULL, 0, &bh_row_int,
						 &count),
		0);
	assert_int_equal(count, 0);
	assert_int_equal(bh_db_pool_losses(db.pool), 0);
	bh_db_pool_close(db.pool);
}

enum { THREADS = 8, CALLS = 200 };

static void *
hit_often(void *ctx)
{
	struct bh_arena arena = {0};
	struct bh_db db = *(struct bh_db *)ctx;

	db.arena = &arena;
	for (int i = 0; i < CALLS; i++) {
		if (bh_db_exec(&db, "INSERT INTO hit VALUES (4)", NULL, 0, NULL) < 0)
			abort();
	}
	bh_arena_close(&arena);
	return NULL;
}

static void
more_threads_than_connections_share_them(void **state)
{
	struct bh_db db = pool_of(3, 10000, "shared");
	pthread_t threads[THREADS];
	int64_t count;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hit_often, &db), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(bh_db_one(&db, "SELECT count(*) FROM hit WHERE n = 4", NULL, 0, &bh_row_int,
						 &count),
		0);
	assert_int_equal(count, THREADS * CALLS);
	assert_in_range(sessions_end("shared"), 1, 3);
	bh_db_pool_close(db.pool);
}

/* ---- tenants beside each other ---- */

enum { CROWD = 16 };

/* Threads that hold a connection until they are let go. */
struct crowd {
	struct bh_db db;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool released;
	pthread_t threads[CROWD];
	int held; /* guarded by the lock */
};

static int
hold_one(struct bh_db *tx, void *ctx)
{
	struct crowd *crowd = ctx;
	int rc = bh_db_exec(tx, "SELECT 1", NULL, 0, NULL);

	pthread_mutex_lock(&crowd->lock);
	crowd->held++;
	while (!crowd->released)
		pthread_cond_wait(&crowd->wake, &crowd->lock);
	pthread_mutex_unlock(&crowd->lock);
	return rc;
}

static void *
crowd_member(void *ctx)
{
	struct crowd *crowd = ctx;
	struct bh_db db = crowd->db;

	if (bh_tx_run(&db, hold_one, crowd) < 0)
		abort();
	return NULL;
}

/* Until so many wait. */
static void
await_waiting(struct bh_db_pool *pool, int64_t waiting)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct bh_db_use use = {.waiting = -1};

	while (use.waiting != waiting) {
		bh_db_pool_use(pool, &use);
		nanosleep(&moment, NULL);
	}
}

static struct bh_db
fair_pool(int64_t wait_ms)
{
	const struct bh_db_conf conf = {
		.conninfo = test.setup,
		.connections = 12,
		.vital_connections = 2,
		.tenant_share_percent = 50,
		.wait_ms = wait_ms,
		.statement_ms = 20000,
		.application = "fair",
	};
	struct bh_db db = {.arena = &test.arena, .context = bh_uuid_new()};

	assert_int_equal(bh_db_pool_open(&conf, &db.pool), 0);
	return db;
}

static void
a_tenant_that_takes_all_it_can_leaves_others_a_connection(void **state)
{
	static struct crowd crowd;
	struct bh_db neighbour, vital;
	struct bh_db_use use;

	(void)state;
	crowd = (struct crowd){.db = fair_pool(20000)};
	pthread_mutex_init(&crowd.lock, NULL);
	pthread_cond_init(&crowd.wake, NULL);
	neighbour = vital = crowd.db;
	neighbour.context = bh_uuid_new();
	vital.vital = true;
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(pthread_create(&crowd.threads[i], NULL, crowd_member, &crowd), 0);
	await_waiting(crowd.db.pool, CROWD - 5);

	for (int i = 0; i < 100; i++) {
		assert_int_equal(bh_db_exec(&neighbour, "SELECT 1", NULL, 0, NULL), 0);
		assert_int_equal(bh_db_exec(&vital, "SELECT 1", NULL, 0, NULL), 0);
	}
	bh_db_pool_use(crowd.db.pool, &use);
	assert_int_equal(use.waited, CROWD - 5); /* the neighbour never did */
	assert_int_equal(use.lent, 5);

	pthread_mutex_lock(&crowd.lock);
	crowd.released = true;
	pthread_cond_broadcast(&crowd.wake);
	pthread_mutex_unlock(&crowd.lock);
	for (int i = 0; i < CROWD; i++)
		pthread_join(crowd.threads[i], NULL);
	assert_int_equal(crowd.held, CROWD); /* whoever waited had its turn */
	bh_db_pool_use(crowd.db.pool, &use);
	assert_int_equal(use.lent, 0);
	assert_int_equal(use.refused, 0);
	bh_db_pool_close(crowd.db.pool);
}

/* Short patience: many give up at the moment they are served. */
static void *
impatient(void *ctx)
{
	struct bh_arena arena = {0};
	struct bh_db db = *(struct bh_db *)ctx;

	db.arena = &arena;
	for (int i = 0; i < 100; i++) {
		int rc = bh_db_exec(&db, "SELECT pg_sleep(0.005)", NULL, 0, NULL);

		/* The time to connect is as short as the patience. */
		if (rc < 0 && rc != BH_E_POOL && rc != BH_E_DB_DOWN)
			abort();
		bh_arena_close(&arena);
	}
	return NULL;
}

static void
who_gives_up_at_the_last_moment_loses_no_connection(void **state)
{
	struct bh_db tenants[CROWD], db = fair_pool(20);
	pthread_t threads[CROWD * 3];
	struct bh_db_use use;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(threads); i++) {
		struct bh_db *as = &tenants[i % CROWD];

		if (i < CROWD) {
			*as = db;
			as->context.bytes[0] = (uint8_t)(i / 4);
			as->vital = i == 0;
		}
		assert_int_equal(pthread_create(&threads[i], NULL, impatient, as), 0);
	}
	for (size_t i = 0; i < BH_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	bh_db_pool_use(db.pool, &use);
	assert_int_equal(use.lent, 0);
	assert_int_equal(use.waiting, 0);
	assert_true(use.open <= 12);
	assert_true(use.refused > 0);
	for (int i = 0; i < 12; i++)
		assert_int_not_equal(bh_db_exec(&db, "SELECT 1", NULL, 0, NULL), BH_E_POOL);
	bh_db_pool_close(db.pool);
}

static void
no_pool_is_all_vital(void **state)
{
	const struct bh_db_conf conf = {
		.conninfo = test.setup,
		.connections = 2,
		.vital_connections = 2,
		.wait_ms = 500,
		.statement_ms = 1000,
	};
	struct bh_db_pool *pool;

	(void)state;
	assert_int_equal(bh_db_pool_open(&conf, &pool), BH_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_is_not_there_is_down),
		cmocka_unit_test(a_malformed_address_is_not_repeated),
		cmocka_unit_test(waiting_for_a_connection_is_bounded),
		cmocka_unit_test(an_idle_connection_that_died_is_replaced_unseen),
		cmocka_unit_test(what_may_have_written_is_unknown_when_its_connection_broke),
		cmocka_unit_test(a_read_whose_connection_broke_is_repeated),
		cmocka_unit_test(what_a_standby_refuses_is_written_once_to_the_server_that_took_over),
		cmocka_unit_test(what_a_server_gave_up_is_unknown_and_its_connection_is_replaced),
		cmocka_unit_test(a_statement_over_its_time_is_late_and_not_made),
		cmocka_unit_test(a_tenant_that_takes_all_it_can_leaves_others_a_connection),
		cmocka_unit_test(who_gives_up_at_the_last_moment_loses_no_connection),
		cmocka_unit_test(no_pool_is_all_vital),
		cmocka_unit_test(more_threads_than_connections_share_them),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
