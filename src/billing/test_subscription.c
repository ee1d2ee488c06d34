/* SPDX-License-Identifier: Apache-2.0 */
/* test_subscription.c: each step of a subscription, with what it leaves in the books; the test owns the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/period.h"
#include "billing/store_plan.h"
#include "billing/store_subscription.h"
#include "billing/subscription.h"
#include "db/testing.h"
#include "meter/unit.h"

#define UNIT INT64_C(1000000000)
#define CHAT_OUTPUT METER_NUMBER(METER_CHAT, METER_OUTPUT)

static struct bh_test_db test;
static struct bh_uuid tenant;
static struct bh_db db, all;
static struct billing_plan basic, pro, yearly, prepaid;

static int64_t
at(int month, int day)
{
	struct tm tm = {.tm_year = 2030 - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 12};

	return (int64_t)timegm(&tm) * 1000;
}

static int
plan_add(struct bh_db *tx, void *ctx)
{
	return billing_store_plan_add(tx, ctx);
}

static struct billing_plan
plan_make(const char *name, int64_t units, int64_t included, int64_t overage)
{
	static struct billing_plan_meter rows[8];
	static size_t n;
	struct bh_db platform = bh_test_db_as(&test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan plan = {
		.id = bh_uuid_new(),
		.name = name,
		.version = 1,
		.span = strcmp(name, "yearly") == 0 ? "year" : "month",
		.price = units * UNIT,
		.currency = "EUR",
		.billing = strcmp(name, "prepaid") == 0 ? "prepaid" : "arrears",
		.trial_days = 14,
		.entitlements = "chat",
		.requests_per_minute = 60,
		.n_meters = 1,
	};
	struct billing_plan kept;

	rows[n] = (struct billing_plan_meter){CHAT_OUTPUT, included, overage};
	plan.meters = &rows[n++];
	assert_int_equal(bh_tx_run(&platform, plan_add, &plan), 0);
	/* As it is kept: with the number of its rates. The rows outlive the handle. */
	assert_int_equal(billing_store_plan_get(&platform, &plan.id, NULL, &kept), 0);
	plan.rate_version = kept.rate_version;
	return plan;
}

static int
group_open(void **state)
{
	(void)state;
	if (bh_test_db_open(&test) < 0)
		return -1;
	basic = plan_make("basic", 10, 1000, 600000000);
	pro = plan_make("pro", 49, 5000, -1);
	yearly = plan_make("yearly", 365, 9000, -1);
	prepaid = plan_make("prepaid", 20, 100, -1);
	all = bh_test_db_as(&test, NULL, NULL);
	return 0;
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

/* Each test has a tenant of its own. */
static int
each_open(void **state)
{
	(void)state;
	tenant = bh_uuid_new();
	db = bh_test_db_as(&test, "bulkhead_billing", &tenant);
	return 0;
}

/* ---- steps in transactions of their own ---- */

struct step {
	int (*take)(struct bh_db *tx, const struct step *step);
	const struct billing_plan *plan;
	bool flag;
	int64_t now_ms;
};

static int
step_work(struct bh_db *tx, void *ctx)
{
	const struct step *step = ctx;

	return step->take(tx, step);
}

static int
take_start(struct bh_db *tx, const struct step *step)
{
	struct billing_subscription out;

	return billing_subscription_start(tx, &tenant, step->plan, step->flag, step->now_ms, &out);
}

static int
take_change(struct bh_db *tx, const struct step *step)
{
	return billing_subscription_change(tx, &tenant, step->plan, step->flag, step->now_ms);
}

static int
take_pause(struct bh_db *tx, const struct step *step)
{
	return billing_subscription_pause(tx, &tenant, step->now_ms);
}

static int
take_resume(struct bh_db *tx, const struct step *step)
{
	return billing_subscription_resume(tx, &tenant, step->now_ms);
}

static int
take_cancel(struct bh_db *tx, const struct step *step)
{
	return billing_subscription_cancel(tx, &tenant, step->flag, step->now_ms);
}

static struct billing_subscription
current(void)
{
	struct billing_subscription s;

	assert_int_equal(billing_store_subscription_get(&db, &tenant, &s), 0);
	return s;
}

static int
take_roll(struct bh_db *tx, const struct step *step)
{
	const struct billing_subscription s = current();
	int64_t due_ms;

	return billing_subscription_roll(tx, &tenant, &s.id, step->now_ms, &due_ms);
}

static int
take_dun(struct bh_db *tx, const struct step *step)
{
	return billing_subscription_dun(tx, &tenant, step->flag ? "suspended" : "active");
}

static int
run(int (*take)(struct bh_db *, const struct step *), const struct billing_plan *plan, bool flag,
	int64_t now_ms)
{
	struct step step = {take, plan, flag, now_ms};

	return bh_tx_run(&db, step_work, &step);
}

/* ---- what is there ---- */

/* The number that a statement of the set-up role answers about the tenant, $1. */
#define NUMBER(out, sql) \
	do { \
		static const char text[] = "SELECT (" sql ")::bigint"; \
		assert_int_equal(bh_db_read_one(&all, text, BH_PARAMS(&tenant), &bh_row_int, &(out)), 0); \
	} while (0)

static int64_t
included_left(void)
{
	int64_t n;

	NUMBER(n,
		"SELECT coalesce(sum(f.r), 0) FROM meter_funds AS m, unnest(m.meters, m.remains) AS f (m, "
		"r)"
		" WHERE m.tenant_id = $1 AND f.m >= 0");
	return n;
}

static int64_t
charged(int64_t number)
{
	static const char sql[] = "SELECT coalesce(sum(nanos), 0)::bigint FROM subscription_line"
							  " WHERE tenant_id = $1 AND number = $2";
	int64_t sum;

	assert_int_equal(bh_db_read_one(&db, sql, BH_PARAMS(&tenant, number), &bh_row_int, &sum), 0);
	return sum;
}

static int64_t
lines(int64_t number)
{
	static const char sql[] = "SELECT count(*) FROM subscription_line"
							  " WHERE tenant_id = $1 AND number = $2";
	int64_t n;

	assert_int_equal(bh_db_read_one(&db, sql, BH_PARAMS(&tenant, number), &bh_row_int, &n), 0);
	return n;
}

static void
expect_token(const char *plan, const char *state)
{
	static const char sql[] = "SELECT plan || ' ' || state FROM tenant_plan WHERE tenant_id = $1";
	const char *text;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%s %s", plan, state);
	assert_int_equal(bh_db_read_one(&db, sql, BH_PARAMS(&tenant), &bh_row_text, &text), 0);
	assert_string_equal(text, wanted);
}

/* Draws from what is included, as a settled act does. */
static void
draw(int64_t units)
{
	static const char sql[] =
		"UPDATE meter_funds SET remains[1] = remains[1] - $2 WHERE tenant_id = $1";

	assert_int_equal(bh_db_exec(&all, sql, BH_PARAMS(&tenant, units), NULL), 0);
}

/* ---- tests ---- */

static void
a_start_sets_all_at_once(void **state)
{
	struct billing_subscription s;
	int64_t n;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(1, 31)), 0);
	s = current();
	assert_string_equal(s.state, "active");
	assert_int_equal(s.number, 0);
	assert_int_equal(s.from_ms, at(1, 31));
	assert_int_equal(s.until_ms, at(2, 28));
	assert_int_equal(included_left(), 1000);
	NUMBER(n, "SELECT nanos FROM meter_rate WHERE tenant_id = $1");
	assert_int_equal(n, 600000000);
	NUMBER(n,
		"SELECT count(*) FROM job WHERE tenant_id = $1 AND state = 'waiting'"
		"   AND kind IN ('rollover', 'entitle')");
	assert_int_equal(n, 2);
	expect_token("basic", "active");
	assert_int_equal(run(take_start, &pro, false, at(2, 1)), BH_E_EXISTS);
	assert_int_equal(lines(0), 0);
}

static int64_t
rates_number(void)
{
	int64_t n;

	NUMBER(n, "SELECT min(version) FROM meter_rate WHERE tenant_id = $1 AND version > 0");
	return n;
}

static void
rates_of_two_plans_never_have_the_same_number(void **state)
{
	struct billing_plan other = plan_make("other", 20, 1000, 700000000);
	int64_t first;

	(void)state;
	assert_int_equal(basic.version, other.version);
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	first = rates_number();
	assert_int_equal(run(take_change, &other, false, at(4, 16)), 0);
	assert_int_not_equal(rates_number(), first);
	/* And those of a plan keep theirs. */
	assert_int_equal(run(take_change, &basic, false, at(4, 17)), 0);
	assert_int_equal(rates_number(), first);
}

static void
a_period_rolls_over_once(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(1, 31)), 0);
	draw(300);
	assert_int_equal(run(take_roll, NULL, false, at(2, 28) - 1), 0);
	assert_int_equal(current().number, 0);
	assert_int_equal(run(take_roll, NULL, false, at(2, 28)), 0);
	assert_int_equal(included_left(), 1000);
	assert_int_equal(charged(0), 10 * UNIT);
	draw(1);
	/* Again, and by a clock that was set back. */
	assert_int_equal(run(take_roll, NULL, false, at(2, 28)), 0);
	assert_int_equal(run(take_roll, NULL, false, at(2, 28) - 3600000), 0);
	s = current();
	assert_int_equal(s.number, 1);
	assert_int_equal(s.from_ms, at(2, 28));
	assert_int_equal(s.until_ms, at(3, 31));
	assert_int_equal(included_left(), 999);
	assert_int_equal(lines(0), 1);
	assert_int_equal(lines(1), 0);
}

static void
what_is_late_catches_up_period_by_period(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(1, 31)), 0);
	assert_int_equal(run(take_roll, NULL, false, at(5, 30)), 0);
	s = current();
	assert_int_equal(s.number, 3);
	assert_int_equal(s.from_ms, at(4, 30));
	assert_int_equal(s.until_ms, at(5, 31));
	for (int64_t number = 0; number < 3; number++)
		assert_int_equal(charged(number), 10 * UNIT);
	assert_int_equal(included_left(), 1000);
}

static void
a_change_now_charges_both_parts(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	draw(400);
	assert_int_equal(run(take_change, &pro, false, at(4, 16)), 0);
	assert_int_equal(charged(0), 5 * UNIT);
	/* What was drawn counts against what the new plan includes. */
	assert_int_equal(included_left(), 4600);
	NUMBER(n, "SELECT count(*) FROM meter_rate WHERE tenant_id = $1");
	assert_int_equal(n, 0);
	expect_token("pro", "active");
	assert_int_equal(current().until_ms, at(5, 1));
	/* And back, a tenth of the period later: three parts. */
	assert_int_equal(run(take_change, &basic, false, at(4, 19)), 0);
	assert_int_equal(included_left(), 600);
	assert_int_equal(run(take_roll, NULL, false, at(5, 1)), 0);
	assert_int_equal(lines(0), 3);
	assert_int_equal(charged(0), 9 * UNIT + 49 * UNIT / 10);
	assert_int_equal(included_left(), 1000);
}

static void
a_clock_that_was_set_back_charges_no_time_twice(void **state)
{
	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(run(take_change, &pro, false, at(4, 16)), 0);
	assert_int_equal(run(take_change, &basic, false, at(4, 16) - 3600000), 0);
	assert_int_equal(run(take_roll, NULL, false, at(5, 1)), 0);
	assert_int_equal(charged(0), 10 * UNIT);

	assert_int_equal(run(take_change, &prepaid, false, at(5, 2)), 0);
	assert_int_equal(run(take_cancel, NULL, false, at(5, 2) - 3600000), 0);
	assert_int_equal(current().canceled_ms, at(5, 2));
}

static void
changing_to_and_fro_gives_nothing_again(void **state)
{
	(void)state;
	assert_int_equal(run(take_start, &pro, false, at(4, 1)), 0);
	draw(4000);
	/* More than the smaller plan includes. */
	assert_int_equal(run(take_change, &basic, false, at(4, 2)), 0);
	assert_int_equal(included_left(), 0);
	assert_int_equal(run(take_change, &pro, false, at(4, 3)), 0);
	assert_int_equal(included_left(), 1000);
	assert_int_equal(run(take_roll, NULL, false, at(5, 1)), 0);
	assert_int_equal(included_left(), 5000);
}

static void
a_change_at_the_end_waits_for_it(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(run(take_change, &pro, true, at(4, 16)), 0);
	expect_token("basic", "active");
	s = current();
	assert_true(bh_uuid_equal(&s.next_plan, &pro.id));
	assert_int_equal(run(take_change, &basic, true, at(4, 17)), 0);
	s = current();
	assert_true(bh_uuid_is_zero(&s.next_plan));
	assert_int_equal(run(take_change, &pro, true, at(4, 18)), 0);
	assert_int_equal(run(take_roll, NULL, false, at(5, 1)), 0);
	expect_token("pro", "active");
	assert_int_equal(charged(0), 10 * UNIT);
	assert_int_equal(included_left(), 5000);
	assert_int_equal(current().until_ms, at(6, 1));
}

static void
another_interval_begins_a_period(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(run(take_change, &yearly, false, at(4, 16)), 0);
	s = current();
	assert_int_equal(charged(0), 5 * UNIT);
	assert_int_equal(s.number, 1);
	assert_int_equal(s.from_ms, at(4, 16));
	assert_int_equal(s.until_ms - s.from_ms, 365 * INT64_C(86400000));
	assert_int_equal(included_left(), 9000);
}

static void
a_prepaid_plan_is_charged_at_the_begin(void **state)
{
	int64_t n;

	(void)state;
	assert_int_equal(run(take_start, &prepaid, false, at(4, 1)), 0);
	assert_int_equal(charged(0), 20 * UNIT);
	NUMBER(n, "SELECT count(*) FROM meter_funds WHERE tenant_id = $1 AND prepaid");
	assert_int_equal(n, 1);
	assert_int_equal(run(take_roll, NULL, false, at(5, 1)), 0);
	assert_int_equal(lines(0), 1);
	assert_int_equal(charged(1), 20 * UNIT);
	/* In arrears from now on: what was paid for the rest is given back. */
	assert_int_equal(run(take_change, &pro, false, at(5, 16) + 43200000), 0);
	assert_int_equal(charged(1), 10 * UNIT);
	assert_int_equal(lines(2), 0);
	NUMBER(n, "SELECT count(*) FROM meter_funds WHERE tenant_id = $1 AND prepaid");
	assert_int_equal(n, 0);
}

static void
a_trial_costs_nothing_and_becomes_active(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(run(take_start, &prepaid, true, at(4, 1)), 0);
	assert_string_equal(current().state, "trialing");
	assert_int_equal(lines(0), 0);
	assert_int_equal(included_left(), 100);
	assert_int_equal(run(take_change, &basic, false, at(4, 2)), 0);
	assert_int_equal(run(take_roll, NULL, false, at(4, 15)), 0);
	s = current();
	assert_string_equal(s.state, "active");
	assert_int_equal(lines(0), 0);
	assert_int_equal(s.number, 1);
	assert_int_equal(s.until_ms, at(5, 15));
	assert_int_equal(included_left(), 1000);
	/* Whoever comes again has had it. */
	assert_int_equal(run(take_cancel, NULL, false, at(4, 20)), 0);
	assert_int_equal(run(take_start, &pro, true, at(4, 21)), 0);
	assert_string_equal(current().state, "active");
}

static void
a_pause_ends_with_a_period_from_then_on(void **state)
{
	struct billing_subscription s;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(run(take_pause, NULL, false, at(4, 10)), 0);
	expect_token("basic", "paused");
	assert_int_equal(run(take_change, &pro, false, at(4, 11)), BH_E_STATE);
	assert_int_equal(run(take_roll, NULL, false, at(5, 1)), 0);
	s = current();
	assert_true(s.closed);
	assert_int_equal(s.number, 0);
	assert_int_equal(charged(0), 10 * UNIT);
	assert_int_equal(run(take_roll, NULL, false, at(7, 1)), 0);
	assert_int_equal(lines(0), 1);
	assert_int_equal(run(take_resume, NULL, false, at(7, 5)), 0);
	s = current();
	assert_string_equal(s.state, "active");
	assert_int_equal(s.number, 1);
	assert_int_equal(s.until_ms, at(8, 5));
	assert_int_equal(included_left(), 1000);
	expect_token("basic", "active");
}

static void
a_pause_within_a_period_changes_no_period(void **state)
{
	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	draw(10);
	assert_int_equal(run(take_pause, NULL, false, at(4, 10)), 0);
	assert_int_equal(run(take_pause, NULL, false, at(4, 10)), 0);
	assert_int_equal(run(take_resume, NULL, false, at(4, 12)), 0);
	assert_int_equal(current().until_ms, at(5, 1));
	assert_int_equal(included_left(), 990);
}

static void
a_cancellation_charges_what_was_used(void **state)
{
	struct billing_subscription s;
	int64_t n;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(run(take_cancel, NULL, false, at(4, 16)), 0);
	s = current();
	assert_string_equal(s.state, "canceled");
	assert_int_equal(charged(0), 5 * UNIT);
	assert_int_equal(included_left(), 0);
	NUMBER(n, "SELECT count(*) FROM meter_rate WHERE tenant_id = $1");
	assert_int_equal(n, 0);
	expect_token("basic", "canceled");
	assert_int_equal(run(take_cancel, NULL, false, at(4, 17)), BH_E_NOT_FOUND);
	/* Its job finds nothing to do, whatever began since. */
	assert_int_equal(run(take_roll, NULL, false, at(6, 1)), 0);
	assert_int_equal(run(take_start, &pro, false, at(6, 2)), 0);
	expect_token("pro", "active");
}

static void
a_cancellation_at_the_end_can_be_taken_back(void **state)
{
	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(run(take_cancel, NULL, true, at(4, 16)), 0);
	expect_token("basic", "active");
	assert_int_equal(run(take_resume, NULL, false, at(4, 17)), 0);
	assert_int_equal(run(take_roll, NULL, false, at(5, 2)), 0);
	assert_string_equal(current().state, "active");
	assert_int_equal(run(take_cancel, NULL, true, at(5, 16)), 0);
	assert_int_equal(run(take_roll, NULL, false, at(7, 2)), 0);
	assert_string_equal(current().state, "canceled");
	assert_int_equal(current().canceled_ms, at(6, 1));
	assert_int_equal(charged(1), 10 * UNIT);
	assert_int_equal(lines(2), 0);
	expect_token("basic", "canceled");
}

static int
revise_work(struct bh_db *tx, void *ctx)
{
	return billing_store_plan_revise(tx, ctx);
}

static void
a_revision_leaves_subscriptions_where_they_are(void **state)
{
	struct bh_db platform = bh_test_db_as(&test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan old = plan_make("revised", 10, 1000, -1), dearer = old, found;

	(void)state;
	assert_int_equal(run(take_start, &old, false, at(4, 1)), 0);
	dearer.version = 2;
	dearer.price = 30 * UNIT;
	assert_int_equal(bh_tx_run(&platform, revise_work, &dearer), 0);
	assert_int_equal(billing_store_plan_get(&platform, NULL, "revised", &found), 0);
	assert_int_equal(found.version, 2);
	assert_int_equal(run(take_roll, NULL, false, at(5, 2)), 0);
	assert_int_equal(charged(0), 10 * UNIT);
	assert_int_equal(current().plan_version, 1);
	assert_int_equal(run(take_change, &found, true, at(5, 3)), 0);
	assert_int_equal(run(take_roll, NULL, false, at(7, 1)), 0);
	assert_int_equal(charged(1), 10 * UNIT);
	assert_int_equal(charged(2), 30 * UNIT);
}

static void
an_archived_plan_is_kept_by_who_has_it(void **state)
{
	struct bh_db platform = bh_test_db_as(&test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan plan = plan_make("archived", 10, 1000, -1), found;

	(void)state;
	assert_int_equal(run(take_start, &plan, false, at(4, 1)), 0);
	assert_int_equal(billing_store_plan_archive(&platform, &plan.id), 0);
	assert_int_equal(billing_store_plan_archive(&platform, &plan.id), 0);
	assert_int_equal(run(take_roll, NULL, false, at(5, 1)), 0);
	assert_int_equal(current().number, 1);
	assert_int_equal(billing_store_plan_get(&platform, &plan.id, NULL, &found), 0);
	tenant = bh_uuid_new();
	db = bh_test_db_as(&test, "bulkhead_billing", &tenant);
	assert_int_equal(run(take_start, &found, false, at(4, 1)), BH_E_INVALID);
	assert_string_equal(bh_error_field(BH_E_INVALID), "plan");
}

static void
dunning_suspends_and_lets_go_on(void **state)
{
	(void)state;
	assert_int_equal(run(take_dun, NULL, true, 0), 0);
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(run(take_dun, NULL, true, 0), 0);
	expect_token("basic", "suspended");
	assert_int_equal(run(take_resume, NULL, false, at(4, 2)), BH_E_STATE);
	assert_int_equal(run(take_dun, NULL, false, 0), 0);
	expect_token("basic", "active");
	assert_int_equal(current().number, 0);
}

static void
another_tenant_sees_nothing_of_it(void **state)
{
	struct bh_uuid other = bh_uuid_new();
	struct bh_db others = bh_test_db_as(&test, "bulkhead_billing", &other);
	struct billing_subscription s;

	(void)state;
	assert_int_equal(run(take_start, &basic, false, at(4, 1)), 0);
	assert_int_equal(billing_store_subscription_get(&others, &other, &s), BH_E_NOT_FOUND);
	/* Not even by its id: the context is another's. */
	assert_int_equal(billing_store_subscription_get(&others, &tenant, &s), BH_E_NOT_FOUND);
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
		cmocka_unit_test_setup(a_start_sets_all_at_once, each_open),
		cmocka_unit_test_setup(rates_of_two_plans_never_have_the_same_number, each_open),
		cmocka_unit_test_setup(a_period_rolls_over_once, each_open),
		cmocka_unit_test_setup(what_is_late_catches_up_period_by_period, each_open),
		cmocka_unit_test_setup(a_change_now_charges_both_parts, each_open),
		cmocka_unit_test_setup(a_clock_that_was_set_back_charges_no_time_twice, each_open),
		cmocka_unit_test_setup(changing_to_and_fro_gives_nothing_again, each_open),
		cmocka_unit_test_setup(a_change_at_the_end_waits_for_it, each_open),
		cmocka_unit_test_setup(another_interval_begins_a_period, each_open),
		cmocka_unit_test_setup(a_prepaid_plan_is_charged_at_the_begin, each_open),
		cmocka_unit_test_setup(a_trial_costs_nothing_and_becomes_active, each_open),
		cmocka_unit_test_setup(a_pause_ends_with_a_period_from_then_on, each_open),
		cmocka_unit_test_setup(a_pause_within_a_period_changes_no_period, each_open),
		cmocka_unit_test_setup(a_cancellation_charges_what_was_used, each_open),
		cmocka_unit_test_setup(a_cancellation_at_the_end_can_be_taken_back, each_open),
		cmocka_unit_test_setup(a_revision_leaves_subscriptions_where_they_are, each_open),
		cmocka_unit_test_setup(an_archived_plan_is_kept_by_who_has_it, each_open),
		cmocka_unit_test_setup(dunning_suspends_and_lets_go_on, each_open),
		cmocka_unit_test_setup(another_tenant_sees_nothing_of_it, each_open),
		cmocka_unit_test_setup(ids_of_a_period_are_made_from_it_alone, each_open),
	};

	return cmocka_run_group_tests(tests, group_open, group_close);
}
