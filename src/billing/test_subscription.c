/* SPDX-License-Identifier: Apache-2.0 */
/* test_subscription.c: each step of a subscription, with what it leaves in the books; the test owns the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/period.h"
#include "billing/store_plan.h"
#include "billing/testing_moves.h"

#define UNIT BILLING_MOVES_UNIT

/* ---- tests ---- */

static void
a_start_sets_all_at_once(void **state)
{
	struct billing_subscription s;
	int64_t n;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(1, 31)),
		0);
	s = billing_moves_current();
	assert_string_equal(s.state, "active");
	assert_int_equal(s.number, 0);
	assert_int_equal(s.from_ms, billing_moves_at(1, 31));
	assert_int_equal(s.until_ms, billing_moves_at(2, 28));
	assert_int_equal(billing_moves_included(), 1000);
	BILLING_MOVES_NUMBER(n, "SELECT nanos FROM meter_rate WHERE tenant_id = $1");
	assert_int_equal(n, 600000000);
	BILLING_MOVES_NUMBER(n,
		"SELECT count(*) FROM job WHERE tenant_id = $1 AND state = 'waiting'"
		"   AND kind IN ('rollover', 'entitle')");
	assert_int_equal(n, 2);
	billing_moves_expect("basic", "active");
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.pro, false,
						 billing_moves_at(2, 1)),
		BH_E_EXISTS);
	assert_int_equal(billing_moves_lines(0), 0);
}

static int64_t
rates_number(void)
{
	int64_t n;

	BILLING_MOVES_NUMBER(n,
		"SELECT min(version) FROM meter_rate WHERE tenant_id = $1 AND version > 0");
	return n;
}

static void
rates_of_two_plans_never_have_the_same_number(void **state)
{
	struct billing_plan other = billing_moves_plan("other", 20, 1000, 700000000);
	int64_t first;

	(void)state;
	assert_int_equal(billing_moves.basic.version, other.version);
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	first = rates_number();
	assert_int_equal(billing_moves_run(billing_moves_change, &other, false,
						 billing_moves_at(4, 16)),
		0);
	assert_int_not_equal(rates_number(), first);
	/* And those of a plan keep theirs. */
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.basic, false,
						 billing_moves_at(4, 17)),
		0);
	assert_int_equal(rates_number(), first);
}

static void
a_period_rolls_over_once(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(1, 31)),
		0);
	billing_moves_draw(300);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false,
						 billing_moves_at(2, 28) - 1),
		0);
	assert_int_equal(billing_moves_current().number, 0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(2, 28)),
		0);
	assert_int_equal(billing_moves_included(), 1000);
	assert_int_equal(billing_moves_charged(0), 10 * UNIT);
	billing_moves_draw(1);
	/* Again, and by a clock that was set back. */
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(2, 28)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false,
						 billing_moves_at(2, 28) - 3600000),
		0);
	s = billing_moves_current();
	assert_int_equal(s.number, 1);
	assert_int_equal(s.from_ms, billing_moves_at(2, 28));
	assert_int_equal(s.until_ms, billing_moves_at(3, 31));
	assert_int_equal(billing_moves_included(), 999);
	assert_int_equal(billing_moves_lines(0), 1);
	assert_int_equal(billing_moves_lines(1), 0);
}

static void
what_is_late_catches_up_period_by_period(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(1, 31)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 30)),
		0);
	s = billing_moves_current();
	assert_int_equal(s.number, 3);
	assert_int_equal(s.from_ms, billing_moves_at(4, 30));
	assert_int_equal(s.until_ms, billing_moves_at(5, 31));
	for (int64_t number = 0; number < 3; number++)
		assert_int_equal(billing_moves_charged(number), 10 * UNIT);
	assert_int_equal(billing_moves_included(), 1000);
}

static void
a_change_now_charges_both_parts(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	billing_moves_draw(400);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, false,
						 billing_moves_at(4, 16)),
		0);
	assert_int_equal(billing_moves_charged(0), 5 * UNIT);
	/* Half of each, less what was drawn. */
	assert_int_equal(billing_moves_included(), 500 + 2500 - 400);
	BILLING_MOVES_NUMBER(n, "SELECT count(*) FROM meter_rate WHERE tenant_id = $1");
	assert_int_equal(n, 0);
	billing_moves_expect("pro", "active");
	assert_int_equal(billing_moves_current().until_ms, billing_moves_at(5, 1));
	/* And back, a tenth of the period later: three parts. */
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.basic, false,
						 billing_moves_at(4, 19)),
		0);
	assert_int_equal(billing_moves_included(), 500 + 500 + 400 - 400);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	assert_int_equal(billing_moves_lines(0), 3);
	assert_int_equal(billing_moves_charged(0), 9 * UNIT + 49 * UNIT / 10);
	assert_int_equal(billing_moves_included(), 1000);
}

static void
a_clock_that_was_set_back_charges_no_time_twice(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, false,
						 billing_moves_at(4, 16)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.basic, false,
						 billing_moves_at(4, 16) - 3600000),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	assert_int_equal(billing_moves_charged(0), 10 * UNIT);

	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.prepaid, false,
						 billing_moves_at(5, 2)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_cancel, NULL, false,
						 billing_moves_at(5, 2) - 3600000),
		0);
	assert_int_equal(billing_moves_current().canceled_ms, billing_moves_at(5, 2));
}

static void
changing_to_and_fro_gives_nothing_again(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.pro, false,
						 billing_moves_at(4, 1)),
		0);
	billing_moves_draw(4000);
	/* More than the smaller plan includes. */
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.basic, false,
						 billing_moves_at(4, 2)),
		0);
	assert_int_equal(billing_moves_included(), 0);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, false,
						 billing_moves_at(4, 3)),
		0);
	/* 29 days of the one and a day of the other, less what was drawn. */
	assert_int_equal(billing_moves_included(), 166 + 33 + 4667 - 4000);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	assert_int_equal(billing_moves_included(), 5000);
}

static void
a_change_at_the_end_waits_for_it(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, true,
						 billing_moves_at(4, 16)),
		0);
	billing_moves_expect("basic", "active");
	s = billing_moves_current();
	assert_true(bh_uuid_equal(&s.next_plan, &billing_moves.pro.id));
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.basic, true,
						 billing_moves_at(4, 17)),
		0);
	s = billing_moves_current();
	assert_true(bh_uuid_is_zero(&s.next_plan));
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, true,
						 billing_moves_at(4, 18)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	billing_moves_expect("pro", "active");
	assert_int_equal(billing_moves_charged(0), 10 * UNIT);
	assert_int_equal(billing_moves_included(), 5000);
	assert_int_equal(billing_moves_current().until_ms, billing_moves_at(6, 1));
}

static void
another_interval_begins_a_period(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.yearly, false,
						 billing_moves_at(4, 16)),
		0);
	s = billing_moves_current();
	assert_int_equal(billing_moves_charged(0), 5 * UNIT);
	assert_int_equal(s.number, 1);
	assert_int_equal(s.from_ms, billing_moves_at(4, 16));
	assert_int_equal(s.until_ms - s.from_ms, 365 * INT64_C(86400000));
	assert_int_equal(billing_moves_included(), 9000);
}

static void
a_prepaid_plan_is_charged_at_the_begin(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.prepaid, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_charged(0), 20 * UNIT);
	BILLING_MOVES_NUMBER(n, "SELECT count(*) FROM meter_funds WHERE tenant_id = $1 AND prepaid");
	assert_int_equal(n, 1);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	assert_int_equal(billing_moves_lines(0), 1);
	assert_int_equal(billing_moves_charged(1), 20 * UNIT);
	/* In arrears from now on: what was paid for the rest is given back. */
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, false,
						 billing_moves_at(5, 16) + 43200000),
		0);
	assert_int_equal(billing_moves_charged(1), 10 * UNIT);
	assert_int_equal(billing_moves_lines(2), 0);
	BILLING_MOVES_NUMBER(n, "SELECT count(*) FROM meter_funds WHERE tenant_id = $1 AND prepaid");
	assert_int_equal(n, 0);
}

static void
a_trial_costs_nothing_and_becomes_active(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.prepaid, true,
						 billing_moves_at(4, 1)),
		0);
	assert_string_equal(billing_moves_current().state, "trialing");
	assert_int_equal(billing_moves_lines(0), 0);
	assert_int_equal(billing_moves_included(), 100);
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.basic, false,
						 billing_moves_at(4, 2)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(4, 15)),
		0);
	s = billing_moves_current();
	assert_string_equal(s.state, "active");
	assert_int_equal(billing_moves_lines(0), 0);
	assert_int_equal(s.number, 1);
	assert_int_equal(s.until_ms, billing_moves_at(5, 15));
	assert_int_equal(billing_moves_included(), 1000);
	/* Whoever comes again has had it. */
	assert_int_equal(billing_moves_run(billing_moves_cancel, NULL, false, billing_moves_at(4, 20)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.pro, true,
						 billing_moves_at(4, 21)),
		0);
	assert_string_equal(billing_moves_current().state, "active");
}

static void
a_pause_ends_with_a_period_from_then_on(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_pause, NULL, false, billing_moves_at(4, 10)),
		0);
	billing_moves_expect("basic", "paused");
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, false,
						 billing_moves_at(4, 11)),
		BH_E_STATE);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	s = billing_moves_current();
	assert_true(s.closed);
	assert_int_equal(s.number, 0);
	assert_int_equal(billing_moves_charged(0), 10 * UNIT);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(7, 1)), 0);
	assert_int_equal(billing_moves_lines(0), 1);
	assert_int_equal(billing_moves_run(billing_moves_resume, NULL, false, billing_moves_at(7, 5)),
		0);
	s = billing_moves_current();
	assert_string_equal(s.state, "active");
	assert_int_equal(s.number, 1);
	assert_int_equal(s.until_ms, billing_moves_at(8, 5));
	assert_int_equal(billing_moves_included(), 1000);
	billing_moves_expect("basic", "active");
}

static void
a_pause_within_a_period_changes_no_period(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	billing_moves_draw(10);
	assert_int_equal(billing_moves_run(billing_moves_pause, NULL, false, billing_moves_at(4, 10)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_pause, NULL, false, billing_moves_at(4, 10)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_resume, NULL, false, billing_moves_at(4, 12)),
		0);
	assert_int_equal(billing_moves_current().until_ms, billing_moves_at(5, 1));
	assert_int_equal(billing_moves_included(), 990);
}

static void
a_cancellation_charges_what_was_used(void **state)
{
	struct billing_subscription s;
	int64_t n;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_cancel, NULL, false, billing_moves_at(4, 16)),
		0);
	s = billing_moves_current();
	assert_string_equal(s.state, "canceled");
	assert_int_equal(billing_moves_charged(0), 5 * UNIT);
	assert_int_equal(billing_moves_included(), 0);
	BILLING_MOVES_NUMBER(n, "SELECT count(*) FROM meter_rate WHERE tenant_id = $1");
	assert_int_equal(n, 0);
	billing_moves_expect("basic", "canceled");
	assert_int_equal(billing_moves_run(billing_moves_cancel, NULL, false, billing_moves_at(4, 17)),
		BH_E_NOT_FOUND);
	/* Its job finds nothing to do, whatever began since. */
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(6, 1)), 0);
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.pro, false,
						 billing_moves_at(6, 2)),
		0);
	billing_moves_expect("pro", "active");
}

static void
a_cancellation_at_the_end_can_be_taken_back(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_cancel, NULL, true, billing_moves_at(4, 16)),
		0);
	billing_moves_expect("basic", "active");
	assert_int_equal(billing_moves_run(billing_moves_resume, NULL, false, billing_moves_at(4, 17)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 2)), 0);
	assert_string_equal(billing_moves_current().state, "active");
	assert_int_equal(billing_moves_run(billing_moves_cancel, NULL, true, billing_moves_at(5, 16)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(7, 2)), 0);
	assert_string_equal(billing_moves_current().state, "canceled");
	assert_int_equal(billing_moves_current().canceled_ms, billing_moves_at(6, 1));
	assert_int_equal(billing_moves_charged(1), 10 * UNIT);
	assert_int_equal(billing_moves_lines(2), 0);
	billing_moves_expect("basic", "canceled");
}

static int
revise_work(struct bh_db *tx, void *ctx)
{
	return billing_store_plan_revise(tx, ctx);
}

static void
a_revision_leaves_subscriptions_where_they_are(void **state)
{
	struct bh_db platform = bh_test_db_as(&billing_test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan old = billing_moves_plan("revised", 10, 1000, -1), dearer = old, found;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &old, false, billing_moves_at(4, 1)),
		0);
	dearer.version = 2;
	dearer.price = 30 * UNIT;
	assert_int_equal(bh_tx_run(&platform, revise_work, &dearer), 0);
	assert_int_equal(billing_store_plan_get(&platform, NULL, "revised", &found), 0);
	assert_int_equal(found.version, 2);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 2)), 0);
	assert_int_equal(billing_moves_charged(0), 10 * UNIT);
	assert_int_equal(billing_moves_current().plan_version, 1);
	assert_int_equal(billing_moves_run(billing_moves_change, &found, true, billing_moves_at(5, 3)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(7, 1)), 0);
	assert_int_equal(billing_moves_charged(1), 10 * UNIT);
	assert_int_equal(billing_moves_charged(2), 30 * UNIT);
}

static int
take_away(struct bh_db *tx, void *ctx)
{
	return bh_db_exec(tx, ctx, NULL, 0, NULL);
}

static void
what_a_plan_charges_cannot_be_taken_away_while_it_is_used(void **state)
{
	static char meters[] = "DELETE FROM plan_meter", versions[] = "DELETE FROM plan_version",
				plans[] = "DELETE FROM plan", prices[] = "UPDATE plan_version SET price_nanos = 0";
	struct bh_db platform = bh_test_db_as(&billing_test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan old = billing_moves_plan("dropped", 10, 1000, 500000000), bare = old;
	int64_t n;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &old, false, billing_moves_at(4, 1)),
		0);
	assert_true(bh_tx_run(&platform, take_away, meters) < 0);
	assert_true(bh_tx_run(&platform, take_away, versions) < 0);
	assert_true(bh_tx_run(&platform, take_away, plans) < 0);
	assert_true(bh_tx_run(&platform, take_away, prices) < 0);
	/* A version without it is for others. */
	bare.version = 2;
	bare.n_meters = 0;
	assert_int_equal(bh_tx_run(&platform, revise_work, &bare), 0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	assert_int_equal(billing_moves_included(), 1000);
	BILLING_MOVES_NUMBER(n, "SELECT nanos FROM meter_rate WHERE tenant_id = $1");
	assert_int_equal(n, 500000000);
	assert_int_equal(billing_moves_charged(0), 10 * UNIT);
}

static void
an_archived_plan_is_kept_by_who_has_it(void **state)
{
	struct bh_db platform = bh_test_db_as(&billing_test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan plan = billing_moves_plan("archived", 10, 1000, -1), found;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &plan, false, billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_store_plan_archive(&platform, &plan.id), 0);
	assert_int_equal(billing_store_plan_archive(&platform, &plan.id), 0);
	assert_int_equal(billing_moves_run(billing_moves_roll, NULL, false, billing_moves_at(5, 1)), 0);
	assert_int_equal(billing_moves_current().number, 1);
	assert_int_equal(billing_store_plan_get(&platform, &plan.id, NULL, &found), 0);
	billing_moves_each(NULL);
	assert_int_equal(billing_moves_run(billing_moves_start, &found, false, billing_moves_at(4, 1)),
		BH_E_INVALID);
	assert_string_equal(bh_error_field(BH_E_INVALID), "plan");
}

static void
dunning_suspends_and_lets_go_on(void **state)
{
	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_dun, NULL, true, 0), 0);
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_moves_run(billing_moves_dun, NULL, true, 0), 0);
	billing_moves_expect("basic", "suspended");
	assert_int_equal(billing_moves_run(billing_moves_resume, NULL, false, billing_moves_at(4, 2)),
		BH_E_STATE);
	assert_int_equal(billing_moves_run(billing_moves_dun, NULL, false, 0), 0);
	billing_moves_expect("basic", "active");
	assert_int_equal(billing_moves_current().number, 0);
}

static void
another_tenant_sees_nothing_of_it(void **state)
{
	struct bh_uuid other = bh_uuid_new();
	struct bh_db others = bh_test_db_as(&billing_test, "bulkhead_billing", &other);
	struct billing_subscription s;

	(void)state;
	assert_int_equal(billing_moves_run(billing_moves_start, &billing_moves.basic, false,
						 billing_moves_at(4, 1)),
		0);
	assert_int_equal(billing_store_subscription_get(&others, &other, &s), BH_E_NOT_FOUND);
	/* Not even by its id: the context is another's. */
	assert_int_equal(billing_store_subscription_get(&others, &billing_moves.tenant, &s),
		BH_E_NOT_FOUND);
}

static void
ids_of_a_period_are_made_from_it_alone(void **state)
{
	const struct bh_uuid one = bh_uuid_new();
	const struct bh_uuid a = billing_period_id(&one, 1, 0, 12),
						 b = billing_period_id(&one, 1, 0, 12);
	const struct bh_uuid c = billing_period_id(&one, 2, 0, 12),
						 d = billing_period_id(&one, 1, 1, 12),
						 e = billing_period_id(&one, 1, 0, -1);

	(void)state;
	assert_true(bh_uuid_equal(&a, &b));
	assert_false(bh_uuid_equal(&a, &c));
	assert_false(bh_uuid_equal(&a, &d));
	assert_false(bh_uuid_equal(&a, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_start_sets_all_at_once, billing_moves_each),
		cmocka_unit_test_setup(rates_of_two_plans_never_have_the_same_number, billing_moves_each),
		cmocka_unit_test_setup(a_period_rolls_over_once, billing_moves_each),
		cmocka_unit_test_setup(what_is_late_catches_up_period_by_period, billing_moves_each),
		cmocka_unit_test_setup(a_change_now_charges_both_parts, billing_moves_each),
		cmocka_unit_test_setup(a_clock_that_was_set_back_charges_no_time_twice, billing_moves_each),
		cmocka_unit_test_setup(changing_to_and_fro_gives_nothing_again, billing_moves_each),
		cmocka_unit_test_setup(a_change_at_the_end_waits_for_it, billing_moves_each),
		cmocka_unit_test_setup(another_interval_begins_a_period, billing_moves_each),
		cmocka_unit_test_setup(a_prepaid_plan_is_charged_at_the_begin, billing_moves_each),
		cmocka_unit_test_setup(a_trial_costs_nothing_and_becomes_active, billing_moves_each),
		cmocka_unit_test_setup(a_pause_ends_with_a_period_from_then_on, billing_moves_each),
		cmocka_unit_test_setup(a_pause_within_a_period_changes_no_period, billing_moves_each),
		cmocka_unit_test_setup(a_cancellation_charges_what_was_used, billing_moves_each),
		cmocka_unit_test_setup(a_cancellation_at_the_end_can_be_taken_back, billing_moves_each),
		cmocka_unit_test_setup(a_revision_leaves_subscriptions_where_they_are, billing_moves_each),
		cmocka_unit_test_setup(what_a_plan_charges_cannot_be_taken_away_while_it_is_used,
			billing_moves_each),
		cmocka_unit_test_setup(an_archived_plan_is_kept_by_who_has_it, billing_moves_each),
		cmocka_unit_test_setup(dunning_suspends_and_lets_go_on, billing_moves_each),
		cmocka_unit_test_setup(another_tenant_sees_nothing_of_it, billing_moves_each),
		cmocka_unit_test_setup(ids_of_a_period_are_made_from_it_alone, billing_moves_each),
	};

	return cmocka_run_group_tests(tests, billing_moves_open, billing_test_close);
}
