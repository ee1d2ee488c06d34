/* SPDX-License-Identifier: Apache-2.0 */
/* test_included.c: what plans include and give: to which period it belongs, and that there is room for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "billing/credit.h"
#include "billing/testing_invoice.h"
#include "billing/testing_moves.h"

#define UNIT BILLING_MOVES_UNIT
#define DAY_MS INT64_C(86400000)

/* What is left of the plan's credits. */
static int64_t
money_left(void)
{
	int64_t n;

	BILLING_MOVES_NUMBER(n,
		"SELECT coalesce(sum(f.r), 0) FROM meter_funds AS m, unnest(m.meters, m.remains) AS f (m, "
		"r)"
		" WHERE m.tenant_id = $1 AND f.m < 0");
	return n;
}

/* ---- periods ---- */

static struct billing_plan
units_plan(const char *name)
{
	static struct billing_plan_meter rows[] = {
		{.meter = METER_NUMBER(METER_CHAT, METER_UNITS), .included = 5, .overage = -1}};
	struct billing_plan plan = billing_moves.basic;

	plan.name = name;
	plan.meters = rows;
	return billing_moves_plan_add(&plan);
}

static void
what_a_period_included_ends_with_it_though_its_roll_is_late(void **state)
{
	const struct billing_plan plan = units_plan("units");
	int64_t now_ms = bh_clock_wall_ms();

	(void)state;
	/* It ended hours ago, and nobody has rolled it. */
	assert_int_equal(billing_moves_run(billing_moves_start, &plan, false,
						 now_ms - 31 * DAY_MS - DAY_MS / 4),
		0);
	assert_true(billing_moves_current().until_ms < now_ms);
	assert_int_equal(billing_moves_included(), 5);
	billing_test_use(&billing_moves.tenant, UNIT);
	assert_int_equal(billing_moves_included(), 5);
	assert_int_equal(billing_test_count(&billing_moves.tenant,
						 "SELECT cost_nanos FROM bulkhead.usage_event WHERE tenant_id = $1"),
		UNIT);
	/* What comes behind the roll is drawn from the new period's. */
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, now_ms), 0);
	assert_int_equal(billing_moves_included(), 5);
	billing_test_use(&billing_moves.tenant, UNIT);
	assert_int_equal(billing_moves_included(), 4);
}

static bool
reserve(const struct bh_uuid *act)
{
	static const char sql[] =
		"SELECT refused_span IS NULL FROM bulkhead.meter_reserve(p_tenant := $1, p_acts := "
		"ARRAY[$2],"
		"  p_owners := array_fill('00000000-0000-0000-0000-000000000000'::uuid, ARRAY[3]),"
		"  p_kinds := ARRAY[$3], p_nanos := ARRAY[$4],"
		"  p_prices := ARRAY[0, 0, 0, 0, $4 * 1000000], p_quantities := ARRAY[0, 0, 0, 0, "
		"1]::bigint[],"
		"  p_unpriced := ARRAY[0::bigint], p_forced := false)";
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, &billing_moves.tenant);
	bool taken = false;

	assert_int_equal(bh_db_one(&setup, sql,
						 BH_PARAMS(&billing_moves.tenant, act, (int64_t)METER_CHAT, UNIT),
						 &bh_row_bool, &taken),
		0);
	return taken;
}

static int64_t
held(void)
{
	int64_t n;

	BILLING_MOVES_NUMBER(n,
		"SELECT coalesce(sum(f.h), 0) FROM meter_funds AS m, unnest(m.held) AS f (h)"
		" WHERE m.tenant_id = $1");
	return n;
}

static void
a_call_that_a_change_of_plan_meets_is_drawn_from_the_new_one(void **state)
{
	const struct billing_plan plan = units_plan("before"), next = units_plan("after");
	const struct bh_uuid act = bh_uuid_new();
	int64_t now_ms = bh_clock_wall_ms(), left, n;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &plan, false, now_ms - 10 * DAY_MS), 0);
	assert_true(reserve(&act));
	assert_int_equal(held(), 1);
	assert_int_equal(billing_moves_run(billing_moves_change, &next, false, now_ms), 0);
	assert_int_equal(held(), 0);
	left = billing_moves_included();
	assert_true(left > 0);
	billing_test_act(&billing_moves.tenant, &act, "chat", METER_CHAT, UNIT);
	assert_int_equal(billing_moves_included(), left - 1);
	assert_int_equal(held(), 0);
	BILLING_MOVES_NUMBER(n, "SELECT count(*) FROM meter_reservation WHERE tenant_id = $1");
	assert_int_equal(n, 0);
	BILLING_MOVES_NUMBER(n, "SELECT sum(cost_nanos) FROM usage_event WHERE tenant_id = $1");
	assert_int_equal(n, 0);
	/* Told another time, it draws nothing more. */
	billing_test_act(&billing_moves.tenant, &act, "chat", METER_CHAT, UNIT);
	assert_int_equal(billing_moves_included(), left - 1);
}

/* ---- another interval ---- */

static void
another_interval_brings_nothing_twice(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	billing_moves_draw(1000);
	/* A tenth of the month has passed, which is worth 100. */
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.yearly, false,
						 billing_moves_at(4, 4)),
		0);
	assert_int_equal(billing_moves_current().number, 1);
	assert_int_equal(billing_moves_included(), 9000 - 900);
}

static void
what_time_was_worth_is_not_carried(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	billing_moves_draw(100);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.yearly, false,
						 billing_moves_at(4, 4)),
		0);
	assert_int_equal(billing_moves_included(), 9000);
}

static void
changing_intervals_to_and_fro_gives_no_more_than_time_does(void **state)
{
	int64_t drawn = 0;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	/* All that there is, each hour. */
	for (int64_t hour = 0; hour < 24; hour++) {
		int64_t left = billing_moves_included();

		if (left > 0)
			billing_moves_draw(left);
		drawn += left;
		assert_int_equal(billing_moves_run(billing_moves_change,
							 hour % 2 == 0 ? &billing_moves.yearly : &billing_moves.basic, false,
							 billing_moves_at(4, 1) + (hour + 1) * 3600000),
			0);
	}
	/* The larger one once, and a day's part of the smaller. */
	assert_true(drawn <= 9000 + 1000 / 30 + 1);
	assert_int_equal(billing_moves_current().number, 24);
}

static void
parts_of_all_plans_of_a_period_count_when_it_is_cut(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	/* Half a month of 1000, a fifth of 5000: worth 500 and 1000. */
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, false,
						 billing_moves_at(4, 16)),
		0);
	billing_moves_draw(2000);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.yearly, false,
						 billing_moves_at(4, 22)),
		0);
	assert_int_equal(billing_moves_included(), 9000 - 500);
	/* The next period is a whole one again. */
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false,
						 billing_moves_at(4, 22) + 365 * DAY_MS),
		0);
	assert_int_equal(billing_moves_included(), 9000);
}

static void
a_change_of_interval_at_the_end_brings_the_whole(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	billing_moves_draw(1000);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.yearly, true,
						 billing_moves_at(4, 4)),
		0);
	assert_int_equal(billing_moves_included(), 0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	assert_int_equal(billing_moves_included(), 9000);
}

static struct billing_plan
credit_plan(const char *name, const char *span, int64_t credit)
{
	struct billing_plan plan = billing_moves.basic;

	plan.name = name;
	plan.span = span;
	plan.credit = credit;
	plan.n_meters = 0;
	return billing_moves_plan_add(&plan);
}

static void
another_interval_brings_no_credit_twice(void **state)
{
	const struct billing_plan monthly = credit_plan("credit-m", "month", 30 * UNIT),
							  yearly = credit_plan("credit-y", "year", 365 * UNIT);

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &monthly, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(money_left(), 30 * UNIT);
	billing_test_use(&billing_moves.tenant, 10 * UNIT);
	/* Three days are worth three; what is left of the month's credit goes. */
	assert_int_equal(billing_moves_run(billing_moves_change, &yearly, false,
						 billing_moves_at(4, 4)),
		0);
	assert_int_equal(money_left(), (365 - 7) * UNIT);
	assert_int_equal(billing_moves_run(billing_moves_change, &monthly, false,
						 billing_moves_at(4, 11)),
		0);
	/* Seven days of the year are worth seven. */
	assert_int_equal(money_left(), 30 * UNIT);
}

/* ---- room ---- */

static struct billing_plan
widest_plan(const char *name)
{
	static struct billing_plan_meter rows[BILLING_PLAN_METERS];
	struct billing_plan plan = billing_moves.basic;

	for (size_t i = 0; i < BH_COUNT(rows); i++)
		rows[i] = (struct billing_plan_meter){.meter = METER_NUMBER(METER_CHAT +
													  (int64_t)i / METER_LINES,
												  (int64_t)i % METER_LINES),
			.included = 10,
			.overage = -1};
	plan.name = name;
	plan.meters = rows;
	plan.n_meters = BH_COUNT(rows);
	plan.credit = UNIT;
	return billing_moves_plan_add(&plan);
}

static int
give(struct bh_db *tx, const struct billing_move *move)
{
	const struct billing_credit credit = {.id = bh_uuid_new(),
		.category = "promotional",
		.currency = BILLING_TEST_CURRENCY,
		.nanos = UNIT,
		.priority = BILLING_CREDIT_PRIORITY,
		.kinds = -1,
		.note = "",
		.given_ms = bh_clock_wall_ms(),
		.expires_ms = move->now_ms};

	return billing_credit_give_within(tx, &billing_moves.tenant, &credit);
}

static void
a_roll_finds_room_beside_as_many_credits_as_there_can_be(void **state)
{
	const struct billing_plan plan = widest_plan("widest");

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &plan, false, billing_moves_at(4, 1)),
		0);
	for (int i = 0; i < BILLING_CREDITS_MOST; i++)
		assert_int_equal(billing_moves_run(give, NULL, false, 0), 0);
	assert_int_equal(billing_moves_run(give, NULL, false, 0), BH_E_TOO_MANY);
	assert_string_equal(bh_error_field(BH_E_TOO_MANY), "amount");
	assert_int_equal(money_left(), (BILLING_CREDITS_MOST + 1) * UNIT);
	for (int month = 5; month <= 8; month++)
		assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false,
							 billing_moves_at(month, 1)),
			0);
	assert_int_equal(billing_moves_current().number, 4);
	assert_int_equal(billing_moves_included(), 10 * BILLING_PLAN_METERS);
}

static void
credits_that_ended_or_are_empty_leave_room(void **state)
{
	(void)state;
	for (int i = 0; i < BILLING_CREDITS_MOST; i++)
		assert_int_equal(billing_moves_run(give, NULL, false, 0), 0);
	assert_int_equal(billing_moves_run(give, NULL, false, 0), BH_E_TOO_MANY);
	/* One and a half of them are used. */
	billing_test_use(&billing_moves.tenant, UNIT * 3 / 2);
	assert_int_equal(billing_moves_run(give, NULL, false, 0), 0);
	assert_int_equal(billing_moves_run(give, NULL, false, 0), BH_E_TOO_MANY);
	billing_test_do(&billing_moves.tenant,
		"WITH one AS (UPDATE bulkhead.credit_grant SET expires_at = now() - interval '1 second'"
		"  WHERE tenant_id = $1 AND id = (SELECT max(id::text)::uuid FROM bulkhead.credit_grant"
		"   WHERE tenant_id = $1 AND status = 'active') RETURNING id)"
		" UPDATE bulkhead.meter_funds AS m SET ends[array_position(m.ids, one.id)] = now() - "
		"interval '1 second'"
		"   FROM one WHERE m.tenant_id = $1");
	assert_int_equal(billing_moves_run(give, NULL, false, 0), 0);
	assert_int_equal(billing_moves_run(give, NULL, false, 0), BH_E_TOO_MANY);
}

static int
give_dated(struct bh_db *tx, void *ctx)
{
	return billing_credit_give_within(tx, &billing_moves.tenant, ctx);
}

static int
give_until(const struct bh_uuid *id, int64_t given_ms, int64_t expires_ms)
{
	struct billing_credit credit = {.id = *id,
		.category = "paid",
		.currency = BILLING_TEST_CURRENCY,
		.nanos = UNIT,
		.kinds = -1,
		.note = "",
		.given_ms = given_ms,
		.expires_ms = expires_ms};

	return bh_tx_run(&billing_moves.db, give_dated, &credit);
}

static void
a_credit_ends_after_it_begins_and_within_a_hundred_years(void **state)
{
	const int64_t now_ms = bh_clock_wall_ms(), most_ms = 36525 * DAY_MS;
	const int64_t wrong[] = {1, now_ms - 1, now_ms, now_ms + most_ms + 1, INT64_C(253402300799000)};
	const struct bh_uuid id = bh_uuid_new(), far = bh_uuid_new();

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		assert_int_equal(give_until(&id, now_ms, wrong[i]), BH_E_RANGE);
		assert_string_equal(bh_error_field(BH_E_RANGE), "expires_at");
	}
	assert_int_equal(money_left(), 0);
	assert_int_equal(give_until(&far, now_ms, now_ms + most_ms), 0);
	assert_int_equal(give_until(&id, now_ms, now_ms + DAY_MS), 0);
	/* Again, when it is over. */
	assert_int_equal(give_until(&id, now_ms + 2 * DAY_MS, now_ms + DAY_MS), 0);
	assert_int_equal(money_left(), 2 * UNIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_a_period_included_ends_with_it_though_its_roll_is_late,
			billing_moves_each),
		cmocka_unit_test_setup(a_call_that_a_change_of_plan_meets_is_drawn_from_the_new_one,
			billing_moves_each),
		cmocka_unit_test_setup(another_interval_brings_nothing_twice, billing_moves_each),
		cmocka_unit_test_setup(what_time_was_worth_is_not_carried, billing_moves_each),
		cmocka_unit_test_setup(changing_intervals_to_and_fro_gives_no_more_than_time_does,
			billing_moves_each),
		cmocka_unit_test_setup(parts_of_all_plans_of_a_period_count_when_it_is_cut,
			billing_moves_each),
		cmocka_unit_test_setup(a_change_of_interval_at_the_end_brings_the_whole,
			billing_moves_each),
		cmocka_unit_test_setup(another_interval_brings_no_credit_twice, billing_moves_each),
		cmocka_unit_test_setup(a_roll_finds_room_beside_as_many_credits_as_there_can_be,
			billing_moves_each),
		cmocka_unit_test_setup(credits_that_ended_or_are_empty_leave_room, billing_moves_each),
		cmocka_unit_test_setup(a_credit_ends_after_it_begins_and_within_a_hundred_years,
			billing_moves_each),
	};

	return cmocka_run_group_tests(tests, billing_moves_open, billing_test_close);
}
