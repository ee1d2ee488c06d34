/* SPDX-License-Identifier: Apache-2.0 */
/* test_books.c: the books on a real database: what is spent and reserved is what was settled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "meter/testing.h"

static void
money_is_reserved_and_settled_at_its_cost(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *first, *second;

	meter_test_set_budget(fix, 100);
	first = meter_test_begin(fix);
	assert_true(meter_test_admit(fix, first, 60));
	meter_test_expect(fix, 0, 60);
	second = meter_test_begin(fix);
	assert_false(meter_test_admit(fix, second, 60));
	meter_test_end(fix, first, 25);
	assert_int_equal(meter_test_write_rows(fix), 1);
	meter_test_expect(fix, 25, 0);
	second = meter_test_begin(fix);
	assert_true(meter_test_admit(fix, second, 75));
	meter_test_expect(fix, 25, 75);
}

static void
a_settlement_that_is_repeated_changes_nothing(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	meter_test_set_budget(fix, 100);
	assert_true(meter_test_admit(fix, slot, 60));
	slot->used[METER_INPUT] = 25;
	for (int i = 0; i < 3; i++)
		assert_int_equal(meter_books_settle(&fix->db, &fix->tenant, &slot, 1), 0);
	meter_test_expect(fix, 25, 0);
	assert_int_equal(meter_test_number(fix, "SELECT calls FROM usage_day WHERE tenant_id = $1"), 1);
}

static void
what_no_slot_holds_expires_and_its_settlement_gives_the_charge_back(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	meter_test_set_budget(fix, 100);
	assert_true(meter_test_admit(fix, slot, 60));
	meter_test_change(fix, METER_TEST_AN_HOUR_PASSES);
	assert_int_equal(meter_test_expire(fix, &slot->act, 1), 0);
	meter_test_expect(fix, 0, 60);
	assert_int_equal(meter_test_expire(fix, NULL, 0), 1);
	meter_test_expect(fix, 60, 0);
	assert_int_equal(meter_test_expire(fix, NULL, 0), 0);
	meter_test_expect(fix, 60, 0);
	meter_test_end(fix, slot, 25);
	assert_int_equal(meter_test_write_rows(fix), 1);
	meter_test_expect(fix, 25, 0);
}

static void
a_charge_of_another_month_is_taken_off_that_month(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	meter_test_set_budget(fix, 100);
	assert_true(meter_test_admit(fix, slot, 60));
	meter_test_change(fix, METER_TEST_AN_HOUR_PASSES);
	assert_int_equal(meter_test_expire(fix, NULL, 0), 1);
	/* As if it had expired the month before. */
	meter_test_change(fix,
		"UPDATE bulkhead.meter_reservation SET expired_on = (expired_on - interval '1 month')::date"
		" WHERE tenant_id = $1");
	meter_test_change(fix,
		"UPDATE bulkhead.meter_day SET day = (day - interval '1 month')::date WHERE tenant_id = "
		"$1");
	meter_test_change(fix,
		"UPDATE bulkhead.usage_day SET day = (day - interval '1 month')::date WHERE tenant_id = "
		"$1");
	meter_test_change(fix,
		"UPDATE bulkhead.meter_owner SET day_spent = 0, month_spent = 0 WHERE tenant_id = $1");
	meter_test_expect(fix, 0, 0);
	meter_test_end(fix, slot, 25);
	assert_int_equal(meter_test_write_rows(fix), 1);
	meter_test_expect(fix, 25, 0);
	assert_int_equal(meter_test_number(fix, METER_TEST_SPENT), 25);
}

static void
a_reservation_that_is_renewed_does_not_expire(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	meter_test_set_budget(fix, 100);
	assert_true(meter_test_admit(fix, slot, 60));
	meter_test_change(fix, METER_TEST_AN_HOUR_PASSES);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, METER_RENEW_MS), 0);
	assert_int_equal(meter_test_expire(fix, NULL, 0), 0);
	meter_test_expect(fix, 0, 60);
	/* Not again at once. */
	meter_test_change(fix, METER_TEST_AN_HOUR_PASSES);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, METER_RENEW_MS + 1), 0);
	assert_int_equal(meter_test_expire(fix, NULL, 0), 1);
}

static void
a_long_call_survives_the_refusal_of_another(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	meter_test_set_budget(fix, 100);
	assert_true(meter_test_admit(fix, slot, 60));
	meter_test_change(fix, METER_TEST_AN_HOUR_PASSES);
	assert_false(meter_test_admit(fix, meter_test_begin(fix), 60));
	meter_test_expect(fix, 0, 60);
	meter_test_end(fix, slot, 25);
	assert_int_equal(meter_test_write_rows(fix), 1);
	meter_test_expect(fix, 25, 0);
}

static void
what_was_spent_before_a_budget_counts(void **state)
{
	const struct meter_limit day = {.sets_day = true, .has_day = true, .day = 70};
	struct meter_test *fix = *state;

	meter_test_settle_one(fix, 30);
	meter_test_set_budget(fix, 50);
	meter_test_expect(fix, 30, 0);
	/* Each change leaves alone what it does not name. */
	assert_int_equal(meter_books_limit(&fix->db, &fix->tenant, &fix->tenant, METER_TENANT, &day),
		0);
	assert_int_equal(meter_test_number(fix,
						 "SELECT month_limit FROM meter_owner WHERE tenant_id = $1 AND id = $1"),
		50);
	assert_int_equal(meter_test_number(fix,
						 "SELECT day_limit FROM meter_owner WHERE tenant_id = $1 AND id = $1"),
		70);
}

static void
a_new_month_begins_at_nothing(void **state)
{
	struct meter_test *fix = *state;

	meter_test_set_budget(fix, 100);
	meter_test_change(fix,
		"UPDATE bulkhead.meter_owner SET month_spent = 99, day = (day - interval '1 month')::date,"
		" month = (month - interval '1 month')::date WHERE tenant_id = $1");
	meter_test_expect(fix, 0, 0);
	assert_true(meter_test_admit(fix, meter_test_begin(fix), 40));
	meter_test_expect(fix, 0, 40);
	meter_test_settle_one(fix, 5);
	meter_test_expect(fix, 5, 40);
}

static void
a_clock_that_was_ahead_finds_the_month_as_it_was(void **state)
{
	struct meter_test *fix = *state;

	meter_test_set_budget(fix, 100);
	meter_test_settle_one(fix, 30);
	/* What settlements leave while the server's clock is a year ahead. */
	meter_test_change(fix,
		"UPDATE bulkhead.meter_owner SET day_spent = 4, month_spent = 4,"
		" day = (day + interval '1 year')::date, month = (month + interval '1 year')::date"
		" WHERE tenant_id = $1");
	meter_test_expect(fix, 30, 0);
	assert_false(meter_test_admit(fix, meter_test_begin(fix), 71));
	assert_true(meter_test_admit(fix, meter_test_begin(fix), 70));
	meter_test_settle_one(fix, 6);
	meter_test_expect(fix, 36, 70);
}

static void
sums_stop_where_they_would_overflow(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	meter_test_settle_one(fix, 1);
	meter_test_change(fix,
		"UPDATE bulkhead.meter_owner SET month_spent = 8999999999999999000 WHERE tenant_id = $1");
	meter_test_change(fix,
		"UPDATE bulkhead.meter_day SET spent = 8999999999999999000 WHERE tenant_id = $1");
	slot->prices[METER_INPUT] = INT64_MAX;
	meter_settle_begin(slot);
	meter_test_end(fix, slot, 1000000);
	assert_int_equal(meter_test_write_rows(fix), 1);
	meter_test_expect(fix, METER_SPENT_MOST, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, meter_test_set_up, meter_test_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(money_is_reserved_and_settled_at_its_cost),
		TEST(a_settlement_that_is_repeated_changes_nothing),
		TEST(what_no_slot_holds_expires_and_its_settlement_gives_the_charge_back),
		TEST(a_charge_of_another_month_is_taken_off_that_month),
		TEST(a_reservation_that_is_renewed_does_not_expire),
		TEST(a_long_call_survives_the_refusal_of_another),
		TEST(what_was_spent_before_a_budget_counts),
		TEST(a_new_month_begins_at_nothing),
		TEST(a_clock_that_was_ahead_finds_the_month_as_it_was),
		TEST(sums_stop_where_they_would_overflow),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
