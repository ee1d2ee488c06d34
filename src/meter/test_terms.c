/* SPDX-License-Identifier: Apache-2.0 */
/* test_terms.c: what a service keeps at hand of a tenant's limits, and the months of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "db/testing.h"
#include "meter/terms.h"

/* In February 2031 and in January 2020. */
#define FUTURE_MS INT64_C(1928448000000)
#define PAST_MS INT64_C(1578614400000)

struct fixture {
	struct bh_uuid tenant, key, user;
	struct bh_db db, billing;
	struct meter_terms_cache *cache;
	struct meter_slot slot;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (fix == NULL)
		return -1;
	fix->tenant = bh_uuid_new();
	fix->key = bh_uuid_new();
	fix->user = bh_uuid_new();
	fix->db = bh_test_db_as(&bh_test_group, "bulkhead_model", &fix->tenant);
	fix->billing = bh_test_db_as(&bh_test_group, "bulkhead_billing", &fix->tenant);
	fix->slot = (struct meter_slot){.tenant = fix->tenant, .user = fix->user, .key = fix->key};
	*state = fix;
	return meter_terms_open(&fix->cache);
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	meter_terms_close(fix->cache);
	free(fix);
	return 0;
}

static struct meter_terms
terms_at(struct fixture *fix, int64_t steady_ms)
{
	struct meter_terms terms = {0};

	assert_int_equal(meter_terms_get(fix->cache, &fix->db, &fix->tenant, steady_ms, &terms), 0);
	return terms;
}

static bool
binds(struct fixture *fix, int64_t steady_ms)
{
	struct meter_terms terms = terms_at(fix, steady_ms);

	return meter_terms_bind(&terms, &fix->slot);
}

static void
limit(struct fixture *fix, const struct bh_uuid *owner, enum meter_scope scope, bool has)
{
	const struct meter_limit set = {.sets_day = true, .has_day = has, .day = 5};

	assert_int_equal(meter_books_limit(&fix->billing, &fix->tenant, owner, scope, &set), 0);
}

static void
an_answer_is_a_second_old_at_most(void **state)
{
	struct fixture *fix = *state;

	assert_false(binds(fix, 10));
	limit(fix, &fix->tenant, METER_TENANT, true);
	assert_false(binds(fix, 1009));
	assert_true(binds(fix, 1010));
	limit(fix, &fix->tenant, METER_TENANT, false);
	assert_true(binds(fix, 1011));
	meter_terms_forget(fix->cache, &fix->tenant);
	assert_false(binds(fix, 1012));
}

static void
a_limit_binds_those_whose_it_is(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid other = bh_uuid_new();

	limit(fix, &other, METER_KEY, true);
	assert_false(binds(fix, 0));
	limit(fix, &fix->key, METER_KEY, true);
	assert_true(binds(fix, 5000));
	limit(fix, &fix->key, METER_KEY, false);
	assert_false(binds(fix, 10000));
	limit(fix, &fix->user, METER_USER, true);
	assert_true(binds(fix, 15000));
}

static void
with_very_many_limits_each_act_is_bound(void **state)
{
	static const char sql[] = "SELECT count(meter_limit($1, gen_random_uuid(), 'key', true, 5, "
							  "false, NULL, false, NULL, NULL))"
							  "  FROM generate_series(1, 257)";
	struct fixture *fix = *state;
	int64_t n = 0;

	assert_int_equal(bh_db_one(&fix->billing, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &n), 0);
	assert_true(binds(fix, 0));
}

static void
whoever_pays_beforehand_is_bound_and_who_has_credits_is_not(void **state)
{
	static const char fund[] =
		"SELECT meter_fund($1, gen_random_uuid(), -1, -1, 0, 'infinity', now(), 5)";
	static const char prepaid[] = "SELECT meter_prepaid($1, true, NULL) IS NULL";
	struct fixture *fix = *state;
	bool done;

	assert_int_equal(bh_db_one(&fix->billing, fund, BH_PARAMS(&fix->tenant), &bh_row_bool, &done),
		0);
	assert_false(binds(fix, 0));
	assert_int_equal(bh_db_one(&fix->billing, prepaid, BH_PARAMS(&fix->tenant), &bh_row_bool,
						 &done),
		0);
	assert_true(binds(fix, 5000));
}

static void
rates_of_the_kind_take_the_place_of_prices(void **state)
{
	static const char sql[] = "INSERT INTO meter_rate (tenant_id, meter, version, nanos)"
							  " VALUES ($1, 11, 4, 50), ($1, 16, 4, 60)";
	struct fixture *fix = *state;
	int64_t prices[METER_LINES] = {1, 2, 3, 4, 5};
	bool rated[METER_LINES] = {0};
	struct meter_terms terms;

	assert_int_equal(bh_db_exec(&fix->billing, sql, BH_PARAMS(&fix->tenant), NULL), 0);
	terms = terms_at(fix, 0);
	assert_int_equal(meter_terms_rate(&terms, METER_CHAT, prices, rated), 4);
	assert_int_equal(prices[METER_OUTPUT], 50);
	assert_int_equal(prices[METER_INPUT], 1);
	assert_true(rated[METER_OUTPUT] && !rated[METER_INPUT]);
	assert_int_equal(meter_terms_rate(&terms, METER_RERANK, prices, rated), 0);
}

/* ---- months ---- */

static void
settle_in(struct fixture *fix, int64_t wall_ms, struct bh_uuid *id)
{
	struct meter_slot *slot = &fix->slot;

	slot->act = bh_uuid_new();
	for (int i = 0; i < 6; i++)
		slot->act.bytes[i] = (uint8_t)(wall_ms >> 8 * (5 - i));
	slot->kind = METER_CHAT;
	slot->started_ms = slot->ended_ms = wall_ms;
	slot->price_known = true;
	slot->prices[METER_INPUT] = 1000000;
	slot->used[METER_INPUT] = 7;
	assert_int_equal(meter_books_settle(&fix->db, &fix->tenant, &slot, 1), 0);
	*id = slot->act;
}

static int64_t
number(struct fixture *fix, const char *sql)
{
	int64_t value = 0;

	assert_int_equal(bh_db_read_one(&fix->db, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &value),
		0);
	return value;
}

#define EVENTS "SELECT count(*) FROM usage_event WHERE tenant_id = $1"
#define MONTHLESS EVENTS " AND tableoid = 'usage_event_default'::regclass"

static void
an_event_moves_into_its_month_and_is_there_once(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = &fix->slot;
	struct bh_uuid id;

	settle_in(fix, FUTURE_MS, &id);
	assert_int_equal(number(fix, MONTHLESS), 1);
	assert_int_equal(bh_test_db_script(&bh_test_group,
						 "SET ROLE bulkhead_owner;"
						 "SELECT bulkhead.usage_month_open('2031-02-01')"),
		0);
	assert_int_equal(number(fix, MONTHLESS), 0);
	assert_int_equal(number(fix, EVENTS), 1);
	assert_int_equal(meter_books_settle(&fix->db, &fix->tenant, &slot, 1), 0);
	assert_int_equal(number(fix, EVENTS), 1);
	assert_int_equal(number(fix, "SELECT calls FROM usage_day WHERE tenant_id = $1"), 1);
}

static void
months_are_made_ahead_and_dropped_when_they_are_old(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid id;
	int64_t n = -1;

	/* The migration made those of now. */
	assert_int_equal(meter_books_months_open(&fix->db, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(bh_test_db_script(&bh_test_group,
						 "SET ROLE bulkhead_owner;"
						 "SELECT bulkhead.usage_month_open('2020-01-01')"),
		0);
	settle_in(fix, PAST_MS, &id);
	assert_int_equal(number(fix, MONTHLESS), 0);
	assert_int_equal(meter_books_months_drop(&fix->db, INT64_C(400) * 24 * 3600 * 1000, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(number(fix, EVENTS), 0);
	assert_int_equal(number(fix, "SELECT cost_nanos FROM usage_day WHERE tenant_id = $1"), 7);
	assert_int_equal(meter_books_months_drop(&fix->db, INT64_C(400) * 24 * 3600 * 1000, &n), 0);
	assert_int_equal(n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_a_second_old_at_most),
		TEST(a_limit_binds_those_whose_it_is),
		TEST(with_very_many_limits_each_act_is_bound),
		TEST(whoever_pays_beforehand_is_bound_and_who_has_credits_is_not),
		TEST(rates_of_the_kind_take_the_place_of_prices),
		TEST(an_event_moves_into_its_month_and_is_there_once),
		TEST(months_are_made_ahead_and_dropped_when_they_are_old),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests_name("meter/terms", tests, bh_test_group_open,
		bh_test_group_close);
}
