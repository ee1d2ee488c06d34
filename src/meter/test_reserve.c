/* SPDX-License-Identifier: Apache-2.0 */
/* test_reserve.c: what many threads reserve at once never exceeds the budget, nor falls short of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/error.h"
#include "db/testing.h"
#include "meter/books.h"
#include "meter/price.h"
#include "meter/reassert.h"
#include "meter/reserve.h"

enum { CALLERS = 24 };

static struct bh_test_db test;
static char path[] = "/tmp/bh-reserve-XXXXXX";
static struct meter_slots *slots;
static struct meter_reassert *reassert;
static struct meter_reserve *reserve;

static int
group_open(void **state)
{
	(void)state;
	close(mkstemp(path));
	if (meter_slots_open(path, 0, &slots) < 0 || meter_reassert_open(slots, &reassert) < 0 ||
		meter_reserve_open(reassert, &reserve) < 0)
		return -1;
	return bh_test_db_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	meter_reserve_close(reserve);
	meter_reassert_close(reassert);
	meter_slots_close(slots);
	unlink(path);
	bh_test_db_close(&test);
	return 0;
}

static struct bh_uuid
tenant_with_budget(int64_t nanos)
{
	const struct meter_limit limit = {.sets_month = true, .has_month = true, .month = nanos};
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_db db = bh_test_db_as(&test, "bulkhead_model", &tenant);

	assert_int_equal(meter_books_limit(&db, &tenant, &tenant, METER_TENANT, &limit), 0);
	return tenant;
}

static int64_t
reserved_of(const struct bh_uuid *tenant)
{
	struct bh_db db = bh_test_db_as(&test, "bulkhead_model", tenant);
	struct meter_standing standing = {0};

	assert_int_equal(meter_books_standing(&db, tenant, tenant, &standing), 0);
	return standing.reserved;
}

struct caller {
	pthread_t thread;
	pthread_barrier_t *start;
	struct bh_db_pool *pool;
	struct bh_uuid tenant, key;
	int64_t nanos;
	int times;
	int64_t admitted_nanos;
	int admitted, rc;
};

static void *
call(void *arg)
{
	struct caller *me = arg;
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = me->pool, .arena = &arena, .context = me->tenant};

	pthread_barrier_wait(me->start);
	for (int i = 0; i < me->times && me->rc == 0; i++) {
		const struct meter_wanted want = {.act = bh_uuid_new(),
			.kind = METER_CHAT,
			.key = me->key,
			.nanos = me->nanos};
		struct meter_refusal refusal = {0};
		uint64_t looks;
		bool admitted;

		me->rc = meter_reserve_take(reserve, &db, &me->tenant, &want, &refusal, &looks);
		admitted = me->rc == 0 && refusal.span == METER_ADMITTED;
		me->admitted += admitted;
		me->admitted_nanos += admitted ? me->nanos : 0;
	}
	bh_arena_close(&arena);
	return NULL;
}

static void
run(struct caller callers[CALLERS])
{
	struct bh_db any = bh_test_db_as(&test, "bulkhead_model", &callers[0].tenant);
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, CALLERS);
	for (size_t i = 0; i < CALLERS; i++) {
		callers[i].start = &start;
		callers[i].pool = any.pool;
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (size_t i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
		assert_int_equal(callers[i].rc, 0);
	}
	pthread_barrier_destroy(&start);
}

static void
of_many_calls_exactly_those_that_the_budget_pays_are_admitted(void **state)
{
	struct caller callers[CALLERS] = {0};
	struct bh_uuid tenant = tenant_with_budget(700);
	int admitted = 0;

	(void)state;
	for (size_t i = 0; i < CALLERS; i++)
		callers[i] = (struct caller){.tenant = tenant, .nanos = 10, .times = 5};
	run(callers);
	for (size_t i = 0; i < CALLERS; i++)
		admitted += callers[i].admitted;
	assert_int_equal(admitted, 70);
	assert_int_equal(reserved_of(&tenant), 700);
}

static void
a_large_call_that_does_not_fit_takes_no_small_one_down(void **state)
{
	struct caller callers[CALLERS] = {0};
	struct bh_uuid tenant = tenant_with_budget(10 * (CALLERS - 1));
	int64_t nanos = 0;

	(void)state;
	for (size_t i = 0; i < CALLERS; i++)
		callers[i] = (struct caller){.tenant = tenant,
			.nanos = i == 0 ? METER_COST_MOST : 10,
			.times = 1};
	run(callers);
	assert_int_equal(callers[0].admitted, 0);
	for (size_t i = 1; i < CALLERS; i++)
		nanos += callers[i].admitted_nanos;
	assert_int_equal(nanos, 10 * (CALLERS - 1));
	assert_int_equal(reserved_of(&tenant), nanos);
}

static void
tenants_that_reserve_at_once_have_their_own_budgets(void **state)
{
	struct caller callers[CALLERS] = {0};
	struct bh_uuid rich = tenant_with_budget(1000000), poor = tenant_with_budget(25);
	int admitted[2] = {0};

	(void)state;
	for (size_t i = 0; i < CALLERS; i++)
		callers[i] = (struct caller){.tenant = i % 2 ? poor : rich, .nanos = 10, .times = 4};
	run(callers);
	for (size_t i = 0; i < CALLERS; i++)
		admitted[i % 2] += callers[i].admitted;
	assert_int_equal(admitted[0], CALLERS / 2 * 4);
	assert_int_equal(admitted[1], 2);
	assert_int_equal(reserved_of(&poor), 20);
}

/* Keys of one tenant: those of a limited one wait in the same line as those of one without a limit. */
static void
a_limit_of_a_key_binds_that_key_alone(void **state)
{
	const struct meter_limit limit = {.sets_day = true, .has_day = true, .day = 35};
	struct caller callers[CALLERS] = {0};
	struct bh_uuid tenant = tenant_with_budget(1000000), keys[2] = {bh_uuid_new(), bh_uuid_new()};
	struct bh_db db = bh_test_db_as(&test, "bulkhead_billing", &tenant);
	int admitted[2] = {0};

	(void)state;
	assert_int_equal(meter_books_limit(&db, &tenant, &keys[1], METER_KEY, &limit), 0);
	for (size_t i = 0; i < CALLERS; i++)
		callers[i] = (struct caller){.tenant = tenant, .key = keys[i % 2], .nanos = 10, .times = 4};
	run(callers);
	for (size_t i = 0; i < CALLERS; i++)
		admitted[i % 2] += callers[i].admitted;
	assert_int_equal(admitted[0], CALLERS / 2 * 4);
	assert_int_equal(admitted[1], 3);
}

static void
a_failure_of_the_database_reaches_each_that_waited(void **state)
{
	const struct bh_db_conf nowhere = {
		.conninfo = "host=/nonexistent",
		.connections = 1,
		.wait_ms = 50,
		.statement_ms = 1000,
		.application = "test",
	};
	struct bh_db_pool *pool = NULL;
	struct bh_arena arena = {0};
	struct bh_uuid tenant = bh_uuid_new();
	const struct meter_wanted want = {.act = bh_uuid_new(), .nanos = 1};
	struct bh_db db;
	struct meter_refusal refusal = {.limit = 7};
	uint64_t looks;

	(void)state;
	assert_int_equal(bh_db_pool_open(&nowhere, &pool), 0);
	db = (struct bh_db){.pool = pool, .arena = &arena, .context = tenant};
	assert_true(meter_reserve_take(reserve, &db, &tenant, &want, &refusal, &looks) < 0);
	assert_int_equal(refusal.limit, 7); /* untouched */
	bh_db_pool_close(pool);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_many_calls_exactly_those_that_the_budget_pays_are_admitted),
		cmocka_unit_test(a_large_call_that_does_not_fit_takes_no_small_one_down),
		cmocka_unit_test(tenants_that_reserve_at_once_have_their_own_budgets),
		cmocka_unit_test(a_limit_of_a_key_binds_that_key_alone),
		cmocka_unit_test(a_failure_of_the_database_reaches_each_that_waited),
	};

	if (getenv("BULKHEAD_TEST_DATABASE") == NULL) {
		printf("skipped: BULKHEAD_TEST_DATABASE names no cluster\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_open, group_close);
}
