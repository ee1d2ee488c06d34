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
#include "model/catalog.h"
#include "model/reassert.h"
#include "model/reserve.h"
#include "model/store.h"

enum { CALLERS = 24 };

static struct bh_test_db test;
static char path[] = "/tmp/bh-reserve-XXXXXX";
static struct model_calls *calls;
static struct model_reassert *reassert;
static struct model_reserve *reserve;

static int
group_open(void **state)
{
	(void)state;
	close(mkstemp(path));
	if (model_calls_open(path, &calls) < 0 || model_reassert_open(calls, &reassert) < 0 ||
		model_reserve_open(reassert, &reserve) < 0)
		return -1;
	return bh_test_db_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	model_reserve_close(reserve);
	model_reassert_close(reassert);
	model_calls_close(calls);
	unlink(path);
	bh_test_db_close(&test);
	return 0;
}

static struct bh_uuid
tenant_with_budget(int64_t nanos)
{
	const struct model_limits_change change = {.limits = {.has_budget = true,
												   .budget_month = nanos},
		.budget = true};
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_db db = bh_test_db_as(&test, "bulkhead_model", &tenant);

	assert_int_equal(model_store_limits_set(&db, &tenant, &change), 0);
	return tenant;
}

static int64_t
reserved_of(const struct bh_uuid *tenant)
{
	struct bh_db db = bh_test_db_as(&test, "bulkhead_model", tenant);
	struct model_budget budget = {0};

	assert_int_equal(model_store_budget_get(&db, tenant, &budget), 0);
	return budget.reserved;
}

struct caller {
	pthread_t thread;
	pthread_barrier_t *start;
	struct bh_db_pool *pool;
	struct bh_uuid tenant;
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
		struct bh_uuid id = bh_uuid_new();
		bool admitted = false;
		uint64_t looks;

		me->rc = model_reserve_take(reserve, &db, &me->tenant, &id, me->nanos, &admitted, &looks);
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
			.nanos = i == 0 ? INT64_MAX - 5 : 10,
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
	struct bh_uuid tenant = bh_uuid_new(), id = bh_uuid_new();
	struct bh_db db;
	bool admitted = true;
	uint64_t looks;

	(void)state;
	assert_int_equal(bh_db_pool_open(&nowhere, &pool), 0);
	db = (struct bh_db){.pool = pool, .arena = &arena, .context = tenant};
	assert_true(model_reserve_take(reserve, &db, &tenant, &id, 1, &admitted, &looks) < 0);
	assert_true(admitted); /* untouched */
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
		cmocka_unit_test(a_failure_of_the_database_reaches_each_that_waited),
	};

	if (getenv("BULKHEAD_TEST_DATABASE") == NULL) {
		printf("skipped: BULKHEAD_TEST_DATABASE names no cluster\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_open, group_close);
}
