/* SPDX-License-Identifier: Apache-2.0 */
/* testing_moves.c: plans, the steps of a subscription, and what they leave. */
#include "billing/testing_moves.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "billing/period.h"
#include "billing/store_plan.h"
#include "billing/subscription.h"

struct billing_moves billing_moves;

int64_t
billing_moves_at(int month, int day)
{
	struct tm tm = {.tm_year = 2030 - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 12};

	return (int64_t)timegm(&tm) * 1000;
}

static int
plan_add(struct bh_db *tx, void *ctx)
{
	return billing_store_plan_add(tx, ctx);
}

/* As it is kept: with the number of its rates. Its rows outlive the handle. */
struct billing_plan
billing_moves_plan_add(const struct billing_plan *plan)
{
	struct bh_db platform = bh_test_db_as(&billing_test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan added = *plan, kept;

	added.id = bh_uuid_new();
	assert_int_equal(bh_tx_run(&platform, plan_add, &added), 0);
	assert_int_equal(billing_store_plan_get(&platform, &added.id, NULL, &kept), 0);
	added.rate_version = kept.rate_version;
	return added;
}

struct billing_plan
billing_moves_plan(const char *name, int64_t units, int64_t included, int64_t overage)
{
	static struct billing_plan_meter rows[8];
	static size_t n;
	struct billing_plan plan = {
		.name = name,
		.version = 1,
		.span = strcmp(name, "yearly") == 0 ? "year" : "month",
		.price = units * BILLING_MOVES_UNIT,
		.currency = "EUR",
		.billing = strcmp(name, "prepaid") == 0 ? "prepaid" : "arrears",
		.trial_days = 14,
		.entitlements = "chat",
		.requests_per_minute = 60,
		.n_meters = 1,
	};

	assert_true(n < BH_COUNT(rows));
	rows[n] = (struct billing_plan_meter){BILLING_MOVES_METER, included, overage};
	plan.meters = &rows[n++];
	return billing_moves_plan_add(&plan);
}

int
billing_moves_open(void **state)
{
	(void)state;
	if (billing_test_open(state) < 0)
		return -1;
	billing_moves.basic = billing_moves_plan("basic", 10, 1000, 600000000);
	billing_moves.pro = billing_moves_plan("pro", 49, 5000, -1);
	billing_moves.yearly = billing_moves_plan("yearly", 365, 9000, -1);
	billing_moves.prepaid = billing_moves_plan("prepaid", 20, 100, -1);
	billing_moves.all = bh_test_db_as(&billing_test, NULL, NULL);
	return 0;
}

int
billing_moves_each(void **state)
{
	(void)state;
	billing_moves.tenant = bh_uuid_new();
	billing_moves.db = bh_test_db_as(&billing_test, "bulkhead_billing", &billing_moves.tenant);
	return 0;
}

/* ---- steps in transactions of their own ---- */

static int
step_work(struct bh_db *tx, void *ctx)
{
	const struct billing_move *move = ctx;

	return move->take(tx, move);
}

int
billing_moves_start(struct bh_db *tx, const struct billing_move *move)
{
	struct billing_subscription out;

	return billing_subscription_start(tx, &billing_moves.tenant, move->plan, move->flag,
		move->now_ms, &out);
}

int
billing_moves_change(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_change(tx, &billing_moves.tenant, move->plan, move->flag,
		move->now_ms);
}

int
billing_moves_pause(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_pause(tx, &billing_moves.tenant, move->now_ms);
}

int
billing_moves_resume(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_resume(tx, &billing_moves.tenant, move->now_ms);
}

int
billing_moves_cancel(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_cancel(tx, &billing_moves.tenant, move->flag, move->now_ms);
}

struct billing_subscription
billing_moves_current(void)
{
	struct billing_subscription s;

	assert_int_equal(billing_store_subscription_get(&billing_moves.db, &billing_moves.tenant, &s),
		0);
	return s;
}

int
billing_moves_roll(struct bh_db *tx, const struct billing_move *move)
{
	const struct billing_subscription s = billing_moves_current();
	int64_t due_ms;

	return billing_subscription_roll(tx, &billing_moves.tenant, &s.id, move->now_ms, &due_ms);
}

int
billing_moves_dun(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_dun(tx, &billing_moves.tenant, move->flag ? "suspended" : "active");
}

int
billing_moves_dun_late(struct bh_db *tx, const struct billing_move *move)
{
	(void)move;
	return billing_subscription_dun(tx, &billing_moves.tenant, "past_due");
}

int
billing_moves_run(int (*take)(struct bh_db *, const struct billing_move *),
	const struct billing_plan *plan, bool flag, int64_t now_ms)
{
	struct billing_move move = {take, plan, flag, now_ms};

	return bh_tx_run(&billing_moves.db, step_work, &move);
}

/* ---- what is there ---- */

int64_t
billing_moves_included(void)
{
	int64_t n;

	BILLING_MOVES_NUMBER(n,
		"SELECT coalesce(sum(f.r), 0) FROM meter_funds AS m, unnest(m.meters, m.remains) AS f (m, "
		"r)"
		" WHERE m.tenant_id = $1 AND f.m >= 0");
	return n;
}

int64_t
billing_moves_charged(int64_t number)
{
	static const char sql[] = "SELECT coalesce(sum(nanos), 0)::bigint FROM subscription_line"
							  " WHERE tenant_id = $1 AND number = $2";
	int64_t sum;

	assert_int_equal(bh_db_read_one(&billing_moves.db, sql,
						 BH_PARAMS(&billing_moves.tenant, number), &bh_row_int, &sum),
		0);
	return sum;
}

int64_t
billing_moves_lines(int64_t number)
{
	static const char sql[] = "SELECT count(*) FROM subscription_line"
							  " WHERE tenant_id = $1 AND number = $2";
	int64_t n;

	assert_int_equal(bh_db_read_one(&billing_moves.db, sql,
						 BH_PARAMS(&billing_moves.tenant, number), &bh_row_int, &n),
		0);
	return n;
}

void
billing_moves_expect(const char *plan, const char *state)
{
	static const char sql[] = "SELECT plan || ' ' || state FROM tenant_plan WHERE tenant_id = $1";
	const char *text;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%s %s", plan, state);
	assert_int_equal(bh_db_read_one(&billing_moves.db, sql, BH_PARAMS(&billing_moves.tenant),
						 &bh_row_text, &text),
		0);
	assert_string_equal(text, wanted);
}

void
billing_moves_draw(int64_t units)
{
	static const char sql[] =
		"UPDATE meter_funds SET remains[1] = remains[1] - $2 WHERE tenant_id = $1";

	assert_int_equal(bh_db_exec(&billing_moves.all, sql, BH_PARAMS(&billing_moves.tenant, units),
						 NULL),
		0);
}
