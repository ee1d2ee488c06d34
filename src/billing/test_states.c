/* SPDX-License-Identifier: Apache-2.0 */
/* test_states.c: the table of subscription.h, cell by cell: each state of a subscription, each act on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/store_plan.h"
#include "billing/subscription.h"
#include "billing/subscription_own.h"
#include "billing/testing_moves.h"

static struct billing_plan cheap, dear;

/* ---- acts, on the 10th of April ---- */

static int
start(struct bh_db *tx, const struct billing_move *move)
{
	(void)move;
	return billing_moves_start(tx,
		&(struct billing_move){.plan = &cheap, .now_ms = billing_moves_at(4, 10)});
}

static int
change_now(struct bh_db *tx, const struct billing_move *move)
{
	(void)move;
	return billing_moves_change(tx,
		&(struct billing_move){.plan = &dear, .now_ms = billing_moves_at(4, 10)});
}

static int
change_at_end(struct bh_db *tx, const struct billing_move *move)
{
	(void)move;
	return billing_moves_change(tx,
		&(struct billing_move){.plan = &dear, .flag = true, .now_ms = billing_moves_at(4, 10)});
}

static int
cancel_at_end(struct bh_db *tx, const struct billing_move *move)
{
	(void)move;
	return billing_moves_cancel(tx,
		&(struct billing_move){.flag = true, .now_ms = billing_moves_at(4, 10)});
}

static int
suspend(struct bh_db *tx, const struct billing_move *move)
{
	(void)move;
	return billing_moves_dun(tx, &(struct billing_move){.flag = true});
}

static int
own_up(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_own_change(tx, &billing_moves.tenant, "dear", false, move->now_ms);
}

static int
own_change(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_own_change(tx, &billing_moves.tenant, "dear", true, move->now_ms);
}

static int
own_cancel(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_own_cancel(tx, &billing_moves.tenant, move->now_ms);
}

static int
own_resume(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_own_resume(tx, &billing_moves.tenant, move->now_ms);
}

/* The period's end passes. */
static int
roll(struct bh_db *tx, const struct billing_move *move)
{
	struct billing_subscription s;
	int64_t due_ms;
	int rc = billing_store_subscription_get(tx, &billing_moves.tenant, &s);

	(void)move;
	return rc < 0 ? rc
				  : billing_subscription_roll(tx, &billing_moves.tenant, &s.id,
						billing_moves_at(5, 2), &due_ms);
}

typedef int (*act)(struct bh_db *, const struct billing_move *);

enum { ACTS = 15, OWN = 11 };
static const act acts[ACTS] = {start, change_now, change_at_end, billing_moves_pause,
	billing_moves_resume, billing_moves_cancel, cancel_at_end, roll, billing_moves_dun_late,
	suspend, billing_moves_dun, own_up, own_change, own_cancel, own_resume};

/* ---- states ---- */

/* Which of a subscription's states it is, in a word: with + if a change, with - if a cancellation is to come, with .
 * if its period has ended and no other has begun. */
static void
word_of(char out[32])
{
	struct billing_subscription s;
	int rc = billing_store_subscription_get(&billing_moves.db, &billing_moves.tenant, &s);

	if (rc == BH_E_NOT_FOUND) {
		snprintf(out, 32, "none");
		return;
	}
	assert_int_equal(rc, 0);
	snprintf(out, 32, "%s%s%s%s", s.state, bh_uuid_is_zero(&s.next_plan) ? "" : "+",
		s.cancel_at_end ? "-" : "", s.closed && strcmp(s.state, "canceled") != 0 ? "." : "");
}

static void
must(act take, bool flag, int64_t now_ms)
{
	assert_int_equal(billing_moves_run(take, NULL, flag, now_ms), 0);
}

/* Periods of April for each; a trial until the 15th. */
static void
come_to(const struct billing_plan *plan, const char *state)
{
	char is[32];

	billing_moves_each(NULL);
	if (strcmp(state, "none") != 0)
		assert_int_equal(billing_moves_run(billing_moves_start, plan,
							 strncmp(state, "trial", 5) == 0, billing_moves_at(4, 1)),
			0);
	if (strncmp(state, "paused", 6) == 0)
		must(billing_moves_pause, false, billing_moves_at(4, 2));
	if (strncmp(state, "past_due", 8) == 0)
		must(billing_moves_dun_late, false, 0);
	if (strncmp(state, "suspended", 9) == 0)
		must(suspend, false, 0);
	if (strchr(state, '+') != NULL)
		must(change_at_end, false, 0);
	if (strchr(state, '-') != NULL)
		must(cancel_at_end, false, 0);
	if (strchr(state, '.') != NULL)
		must(roll, false, 0);
	if (strcmp(state, "canceled") == 0)
		must(billing_moves_cancel, false, billing_moves_at(4, 2));
	word_of(is);
	assert_string_equal(is, state);
}

/* ---- the table ---- */

/* What each act leaves; ! and a code where it is refused, and then nothing has changed. The same order as acts[]. */
struct row {
	const char *state;
	const char *leaves[ACTS];
};

#define X "!exists"
#define S "!state"
#define N "!missing"

/* clang-format off */
static const struct row table[] = {
	/*                start       change now    at end         pause        resume       cancel now   at end        period ends    past due     suspended      active       own: now      at end         cancel          resume */
	{"none",        {"active",   N,            N,             N,           N,           N,           N,            N,             "none",      "none",        "none",      N,            N,             N,              N}},
	{"trialing",    {X,          "trialing",   "trialing+",   "paused",    "trialing",  "canceled",  "trialing-",  "active",      "past_due",  "suspended",   "trialing",  "trialing",   "trialing+",   "trialing-",              "trialing"}},
	{"trialing-",   {X,          "trialing-",  "trialing+",   "paused-",   "trialing",  "canceled",  "trialing-",  "canceled",    "past_due-", "suspended-",  "trialing-", "trialing-",  "trialing+",   "trialing-",              "trialing"}},
	{"active",      {X,          "active",     "active+",     "paused",    "active",    "canceled",  "active-",    "active",      "past_due",  "suspended",   "active",    "active",     "active+",     "active-",              "active"}},
	{"active+",     {X,          "active",     "active+",     "paused+",   "active+",   "canceled",  "active-",    "active",      "past_due+", "suspended+",  "active+",   "active",     "active+",     "active-",              "active+"}},
	{"active-",     {X,          "active-",    "active+",     "paused-",   "active",    "canceled",  "active-",    "canceled",    "past_due-", "suspended-",  "active-",   "active-",    "active+",     "active-",              "active"}},
	{"past_due",    {X,          "past_due",   "past_due+",   "paused",    "past_due",  "canceled",  "past_due-",  "past_due",    "past_due",  "suspended",   "active",    S,            "past_due+",   "past_due-",              "past_due"}},
	{"paused",      {X,          S,            S,             "paused",    "active",    "canceled",  "paused-",    "paused.",     "paused",    "paused",      "paused",    S,            S,             S,              S}},
	{"paused-",     {X,          S,            S,             "paused-",   "active",    "canceled",  "paused-",    "canceled",    "paused-",   "paused-",     "paused-",   S,            S,             S,              S}},
	{"paused.",     {X,          S,            S,             "paused.",   "active",    "canceled",  "canceled",   "paused.",     "paused.",   "paused.",     "paused.",   S,            S,             S,              S}},
	{"suspended",   {X,          S,            S,             S,           S,           "canceled",  "suspended-", "suspended.",  "past_due",  "suspended",   "active",    S,            S,             "suspended-",              S}},
	{"suspended-",  {X,          S,            S,             S,           S,           "canceled",  "suspended-", "canceled",    "past_due-", "suspended-",  "active-",   S,            S,             "suspended-",              S}},
	{"suspended.",  {X,          S,            S,             S,           S,           "canceled",  "canceled",   "suspended.",  "past_due",  "suspended.",  "active",    S,            S,             "canceled",              S}},
	{"canceled",    {"active",   N,            N,             N,           N,           N,           N,            "canceled",    "canceled",  "canceled",    "canceled",  N,            N,             N,              N}},
};
/* clang-format on */

static const char *
refusal(int rc)
{
	switch (rc) {
	case BH_E_EXISTS:
		return X;
	case BH_E_STATE:
		return S;
	case BH_E_NOT_FOUND:
		return N;
	default:
		return "!other";
	}
}

static void
check_cell(const struct row *row, size_t i, const struct billing_plan *plan)
{
	const char *wanted = row->leaves[i];
	char is[32];
	int rc;

	come_to(plan, row->state);
	rc = billing_moves_run(acts[i], NULL, false, billing_moves_at(4, 10));
	word_of(is);
	if (wanted[0] == '!'
			? rc >= 0 || strcmp(refusal(rc), wanted) != 0 || strcmp(is, row->state) != 0
			: rc < 0 || strcmp(is, wanted) != 0)
		fail_msg("%s, act %zu: %s (%d), not %s", row->state, i, is, rc, wanted);
}

static struct billing_plan
public_plan(const char *name, int64_t price)
{
	struct billing_plan plan = billing_moves.basic;

	plan.name = name;
	plan.price = price;
	plan.is_public = true;
	return billing_moves_plan_add(&plan);
}

static void
each_act_in_each_state_does_what_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(table); i++) {
		for (size_t j = 0; j < ACTS; j++)
			check_cell(&table[i], j, &cheap);
	}
}

static void
what_the_operator_agreed_on_is_not_the_tenants_to_move(void **state)
{
	(void)state;
	for (size_t i = 1; i + 1 < BH_COUNT(table); i++) {
		for (size_t j = OWN; j < ACTS; j++) {
			struct row row = table[i];

			row.leaves[j] = S;
			check_cell(&row, j, &billing_moves.basic);
		}
	}
}

/* ---- what the table does not say ---- */

static int
own_to(struct bh_db *tx, const struct billing_move *move)
{
	return billing_subscription_own_change(tx, &billing_moves.tenant, move->plan->name, move->flag,
		move->now_ms);
}

static void
a_tenant_chooses_only_what_is_public(void **state)
{
	struct bh_db platform = bh_test_db_as(&billing_test, "bulkhead_billing", &bh_platform_tenant);
	struct billing_plan gone = public_plan("gone", 30 * BILLING_MOVES_UNIT);
	struct billing_plan unknown = {.name = "no-such-plan"};

	(void)state;
	assert_int_equal(billing_store_plan_archive(&platform, &gone.id), 0);
	come_to(&cheap, "active");
	for (int at_end = 0; at_end <= 1; at_end++) {
		const struct billing_plan *const refused[] = {&billing_moves.pro, &gone, &unknown};

		for (size_t i = 0; i < BH_COUNT(refused); i++) {
			assert_int_equal(billing_moves_run(own_to, refused[i], at_end == 1,
								 billing_moves_at(4, 10)),
				BH_E_INVALID);
			assert_string_equal(bh_error_field(BH_E_INVALID), "plan");
			assert_string_equal(bh_error_detail(BH_E_INVALID), "There is no such plan.");
		}
	}
}

static void
what_the_operator_has_in_store_stays(void **state)
{
	(void)state;
	come_to(&cheap, "active");
	assert_int_equal(billing_moves_run(billing_moves_change, &billing_moves.pro, true,
						 billing_moves_at(4, 5)),
		0);
	assert_int_equal(billing_moves_run(own_to, &dear, true, billing_moves_at(4, 10)), BH_E_STATE);
	assert_int_equal(billing_moves_run(own_cancel, NULL, false, billing_moves_at(4, 10)),
		BH_E_STATE);
}

static void
only_what_costs_more_in_the_same_way_can_begin_now(void **state)
{
	struct billing_plan year = cheap, before = cheap;
	char is[32];

	(void)state;
	year.name = "dear-year";
	year.span = "year";
	year.price = 900 * BILLING_MOVES_UNIT;
	year = billing_moves_plan_add(&year);
	before.name = "dear-prepaid";
	before.billing = "prepaid";
	before.price = 900 * BILLING_MOVES_UNIT;
	before = billing_moves_plan_add(&before);
	come_to(&dear, "active");
	for (int i = 0; i < 3; i++) {
		const struct billing_plan *refused = i == 0 ? &cheap : i == 1 ? &year : &before;

		assert_int_equal(billing_moves_run(own_to, refused, false, billing_moves_at(4, 10)),
			BH_E_INVALID);
		assert_string_equal(bh_error_field(BH_E_INVALID), "when");
		assert_int_equal(billing_moves_run(own_to, refused, true, billing_moves_at(4, 10)), 0);
	}
	/* The plan that it has takes the change back. */
	assert_int_equal(billing_moves_run(own_to, &dear, true, billing_moves_at(4, 10)), 0);
	word_of(is);
	assert_string_equal(is, "active");
}

static void
a_late_roll_is_made_up_for_before_plans_are_compared(void **state)
{
	const struct billing_plan between = public_plan("between", 15 * BILLING_MOVES_UNIT);

	(void)state;
	come_to(&cheap, "active+");
	/* It is the dear one since May, though nobody has said so. */
	assert_int_equal(billing_moves_run(own_to, &between, false, billing_moves_at(5, 10)),
		BH_E_INVALID);
	assert_string_equal(bh_error_field(BH_E_INVALID), "when");
	come_to(&cheap, "active-");
	assert_int_equal(billing_moves_run(own_to, &dear, true, billing_moves_at(5, 10)),
		BH_E_NOT_FOUND);
}

static void
dun_is(const char *state)
{
	static const char sql[] = "INSERT INTO billing_dunning (tenant_id, state) VALUES ($1, $2)";

	assert_int_equal(bh_db_exec(&billing_moves.db, sql, BH_PARAMS(&billing_moves.tenant, state),
						 NULL),
		0);
}

static void
a_pause_lets_nobody_off_what_is_owed(void **state)
{
	(void)state;
	come_to(&cheap, "paused");
	dun_is("past_due");
	must(billing_moves_resume, false, billing_moves_at(4, 10));
	assert_string_equal(billing_moves_current().state, "past_due");

	come_to(&cheap, "paused.");
	dun_is("suspended");
	must(billing_moves_resume, false, billing_moves_at(5, 10));
	assert_string_equal(billing_moves_current().state, "suspended");
	/* No period begins before it is paid. */
	assert_true(billing_moves_current().closed);
	billing_moves_expect("cheap", "suspended");
	must(billing_moves_dun, false, 0);
	assert_string_equal(billing_moves_current().state, "active");
	assert_false(billing_moves_current().closed);
}

static void
who_pays_a_part_of_it_goes_on_with_a_period(void **state)
{
	(void)state;
	come_to(&cheap, "suspended.");
	must(billing_moves_dun_late, false, 0);
	assert_string_equal(billing_moves_current().state, "past_due");
	assert_false(billing_moves_current().closed);
	assert_int_equal(billing_moves_current().number, 1);
	assert_int_equal(billing_moves_included(), 1000);
}

static int
plans_open(void **state)
{
	int rc = billing_moves_open(state);

	if (rc == 0) {
		cheap = public_plan("cheap", 10 * BILLING_MOVES_UNIT);
		dear = public_plan("dear", 20 * BILLING_MOVES_UNIT);
	}
	return rc;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_act_in_each_state_does_what_the_table_says),
		cmocka_unit_test(what_the_operator_agreed_on_is_not_the_tenants_to_move),
		cmocka_unit_test(a_tenant_chooses_only_what_is_public),
		cmocka_unit_test(what_the_operator_has_in_store_stays),
		cmocka_unit_test(only_what_costs_more_in_the_same_way_can_begin_now),
		cmocka_unit_test(a_late_roll_is_made_up_for_before_plans_are_compared),
		cmocka_unit_test(a_pause_lets_nobody_off_what_is_owed),
		cmocka_unit_test(who_pays_a_part_of_it_goes_on_with_a_period),
	};

	return cmocka_run_group_tests(tests, plans_open, billing_test_close);
}
