/* SPDX-License-Identifier: Apache-2.0 */
/* test_ledger.c: whatever happens, entries add up to nothing, balances are the sums of their lines, and the
 * ledger says of credits and usage what the meter says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "billing/ledger.h"
#include "billing/testing.h"
#include "meter/unit.h"

enum { ROUNDS = 3, STEPS = 120, KEPT = 256 };

#define EURO INT64_C(1000000000)

/* ---- one entry ---- */

struct posting {
	struct bh_uuid tenant;
	struct billing_entry entry;
	bool is_new;
};

static int
post_entry(struct bh_db *tx, void *ctx)
{
	struct posting *posting = ctx;

	return billing_ledger_post(tx, &posting->tenant, &posting->entry, &posting->is_new);
}

static int
post(struct posting *posting)
{
	struct bh_db db = billing_test_db(&posting->tenant);

	return bh_tx_run(&db, post_entry, posting);
}

static struct posting
payment(int64_t nanos)
{
	struct posting posting = {.tenant = billing_test_tenant(),
		.entry = {"payment", "p1", "Paid", "EUR", {0}}};

	posting.entry.nanos[BILLING_CASH] = nanos;
	posting.entry.nanos[BILLING_RECEIVABLE] = -nanos;
	return posting;
}

static void
an_entry_is_posted_once(void **state)
{
	struct posting posting = payment(5 * EURO);

	(void)state;
	assert_int_equal(post(&posting), 0);
	assert_true(posting.is_new);
	assert_int_equal(post(&posting), 0);
	assert_false(posting.is_new);
	assert_int_equal(billing_test_count(&posting.tenant,
						 "SELECT nanos FROM bulkhead.ledger_balance"
						 " WHERE tenant_id = $1 AND account = 'cash'"),
		5 * EURO);
}

static void
the_same_reference_with_another_amount_is_refused(void **state)
{
	struct posting posting = payment(5 * EURO);

	(void)state;
	assert_int_equal(post(&posting), 0);
	posting.entry.nanos[BILLING_CASH] = 6 * EURO;
	posting.entry.nanos[BILLING_RECEIVABLE] = -6 * EURO;
	assert_int_equal(post(&posting), BH_E_DB_DATA);
}

static void
an_account_has_one_currency(void **state)
{
	struct posting posting = payment(EURO);

	(void)state;
	assert_int_equal(post(&posting), 0);
	posting.entry.reference = "p2";
	posting.entry.currency = "USD";
	assert_int_equal(post(&posting), BH_E_DB_DATA);
}

static void
what_does_not_balance_is_refused(void **state)
{
	struct posting posting = payment(EURO);

	(void)state;
	posting.entry.nanos[BILLING_CASH] = 2 * EURO;
	assert_true(post(&posting) < 0);
	assert_int_equal(billing_test_count(&posting.tenant,
						 "SELECT count(*) FROM bulkhead.ledger_entry WHERE tenant_id = $1"),
		0);
}

static void
lines_written_by_hand_must_balance_at_the_end(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, NULL);

	(void)state;
	assert_int_equal(bh_db_exec(&setup,
						 "WITH entry AS (INSERT INTO bulkhead.ledger_entry (tenant_id, id, kind,"
						 " reference, memo) VALUES ($1, $1, 'x', 'y', '') RETURNING tenant_id, id)"
						 " INSERT INTO bulkhead.ledger_line SELECT tenant_id, id, 'cash', 1, 'EUR'"
						 "   FROM entry",
						 BH_PARAMS((const struct bh_uuid *)&tenant), NULL),
		BH_E_DB);
}

static int
change_entry(struct bh_db *db, const struct bh_uuid *tenant)
{
	return bh_db_exec(db, "UPDATE ledger_line SET nanos = nanos WHERE tenant_id = $1",
		BH_PARAMS(tenant), NULL);
}

static int
remove_entry(struct bh_db *db, const struct bh_uuid *tenant)
{
	return bh_db_exec(db, "DELETE FROM ledger_entry WHERE tenant_id = $1", BH_PARAMS(tenant), NULL);
}

static int
move_balance(struct bh_db *db, const struct bh_uuid *tenant)
{
	return bh_db_exec(db, "UPDATE ledger_balance SET nanos = 0 WHERE tenant_id = $1",
		BH_PARAMS(tenant), NULL);
}

static void
the_service_can_change_nothing_that_was_posted(void **state)
{
	struct posting posting = payment(EURO);
	struct bh_db db = billing_test_db(&posting.tenant);

	(void)state;
	assert_int_equal(post(&posting), 0);
	assert_int_equal(change_entry(&db, &posting.tenant), BH_E_DB);
	assert_int_equal(remove_entry(&db, &posting.tenant), BH_E_DB);
	assert_int_equal(move_balance(&db, &posting.tenant), BH_E_DB);
}

static void
another_tenants_ledger_is_out_of_reach(void **state)
{
	struct posting posting = payment(EURO);
	const struct bh_uuid other = bh_uuid_new();
	struct bh_db db = billing_test_db(&other);

	(void)state;
	assert_int_equal(bh_tx_run(&db, post_entry, &posting), BH_E_DB);
}

/* ---- whatever happens ---- */

struct random_walk {
	uint64_t seed;
	struct bh_uuid tenant;
	struct bh_uuid acts[KEPT], lost[KEPT];
	size_t n_acts, n_lost;
	struct bh_uuid grants[KEPT];
	size_t n_grants;
};

static uint64_t
draw(struct random_walk *walk, uint64_t below)
{
	return billing_test_draw(&walk->seed, below);
}

static void
give(struct random_walk *walk)
{
	static const char *const categories[] = {"paid", "promotional", "refund", "plan"};
	const struct billing_credit credit = {.id = bh_uuid_new(),
		.category = categories[draw(walk, 4)],
		.currency = BILLING_TEST_CURRENCY,
		.nanos = 1 + (int64_t)draw(walk, 5 * EURO),
		.priority = (int64_t)draw(walk, 3),
		.kinds = draw(walk, 3) == 0 ? INT64_C(1) << METER_EMBEDDING : -1,
		.note = "",
		.given_ms = 1000,
		/* Some are over before they can be drawn. */
		.expires_ms = draw(walk, 4) == 0 ? 2000 : 0};
	int rc = billing_test_give(&walk->tenant, &credit);

	assert_true(rc == 0 || rc == BH_E_STATE);
	if (rc == 0 && walk->n_grants < KEPT)
		walk->grants[walk->n_grants++] = credit.id;
}

struct voiding {
	const struct bh_uuid *tenant, *id;
};

static int
void_one(struct bh_db *tx, void *ctx)
{
	const struct voiding *voiding = ctx;

	return billing_credit_void(tx, voiding->tenant, voiding->id);
}

static void
take_back(struct random_walk *walk)
{
	struct voiding voiding = {&walk->tenant, NULL};
	struct bh_db db = billing_test_db(&walk->tenant);
	int rc;

	if (walk->n_grants == 0)
		return;
	voiding.id = &walk->grants[draw(walk, walk->n_grants)];
	rc = bh_tx_run(&db, void_one, &voiding);
	assert_true(rc == 0 || rc == BH_E_STATE);
}

static void
act(struct random_walk *walk)
{
	bool again = walk->n_acts > 0 && draw(walk, 8) == 0;
	struct bh_uuid id = again ? walk->acts[draw(walk, walk->n_acts)] : bh_uuid_new();
	bool chat = draw(walk, 2) == 0;

	/* What was lost may be settled late. */
	if (!again && walk->n_lost > 0 && draw(walk, 3) == 0)
		id = walk->lost[--walk->n_lost];
	billing_test_act(&walk->tenant, &id, chat ? "chat" : "embedding",
		chat ? METER_CHAT : METER_EMBEDDING, (int64_t)draw(walk, EURO));
	if (walk->n_acts < KEPT)
		walk->acts[walk->n_acts++] = id;
}

static void
lose(struct random_walk *walk)
{
	struct bh_uuid id = bh_uuid_new();

	billing_test_lose(&walk->tenant, &id, 1 + (int64_t)draw(walk, EURO));
	if (walk->n_lost < KEPT)
		walk->lost[walk->n_lost++] = id;
}

static void
prepay(struct random_walk *walk)
{
	billing_test_do(&walk->tenant,
		draw(walk, 2) == 0 ? "SELECT bulkhead.meter_prepaid($1, true, NULL)"
						   : "SELECT bulkhead.meter_prepaid($1, false, NULL)");
}

/* Columns named `wrong` count what does not hold. */
static const char balanced[] =
	"SELECT count(*) FROM (SELECT FROM bulkhead.ledger_line WHERE tenant_id = $1"
	" GROUP BY entry_id, currency HAVING sum(nanos) <> 0) AS wrong";
static const char replayed[] =
	"SELECT count(*) FROM (SELECT account, sum(nanos) AS nanos FROM bulkhead.ledger_line"
	" WHERE tenant_id = $1 GROUP BY account) AS lines"
	" FULL JOIN (SELECT account, nanos FROM bulkhead.ledger_balance WHERE tenant_id = $1) AS kept"
	" USING (account) WHERE coalesce(lines.nanos, 0) <> coalesce(kept.nanos, 0)";
static const char clearing[] =
	"SELECT count(*) FROM bulkhead.ledger_balance"
	" WHERE tenant_id = $1 AND account IN ('drawn', 'rounding') AND nanos <> 0";
static const char liability[] =
	"SELECT coalesce((SELECT nanos FROM bulkhead.ledger_balance WHERE tenant_id = $1"
	"   AND account = 'credit_liability'), 0) + coalesce((SELECT sum(rest)"
	"  FROM bulkhead.meter_funds, unnest(meters, remains) AS fund (meter, rest)"
	" WHERE tenant_id = $1 AND meter < 0), 0)::bigint";
static const char revenue[] =
	"SELECT coalesce((SELECT nanos FROM bulkhead.ledger_balance WHERE tenant_id = $1"
	"   AND account = 'revenue'), 0) + coalesce((SELECT sum(cost_nanos) FROM bulkhead.usage_day"
	" WHERE tenant_id = $1), 0)::bigint";

static void
prove(const struct bh_uuid *tenant)
{
	assert_int_equal(billing_test_count(tenant, balanced), 0);
	assert_int_equal(billing_test_count(tenant, replayed), 0);
}

/* After a posting the ledger is where the meter is. */
static void
prove_posted(const struct bh_uuid *tenant)
{
	assert_int_equal(billing_test_post(tenant), 0);
	prove(tenant);
	assert_int_equal(billing_test_count(tenant, clearing), 0);
	assert_int_equal(billing_test_count(tenant, liability), 0);
	assert_int_equal(billing_test_count(tenant, revenue), 0);
}

static void
walk_once(uint64_t seed)
{
	struct random_walk walk = {.seed = seed, .tenant = billing_test_tenant()};

	for (int i = 0; i < STEPS; i++) {
		switch (draw(&walk, 8)) {
		case 0:
			give(&walk);
			break;
		case 1:
			take_back(&walk);
			break;
		case 2:
			lose(&walk);
			break;
		case 3:
			prepay(&walk);
			break;
		case 4:
			prove_posted(&walk.tenant);
			break;
		default:
			act(&walk);
			break;
		}
		prove(&walk.tenant);
	}
	prove_posted(&walk.tenant);
}

static void
any_order_of_events_leaves_the_books_balanced(void **state)
{
	const char *given = getenv("BULKHEAD_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20261129;

	(void)state;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		print_message("seed %llu\n", (unsigned long long)(seed + i));
		walk_once((seed + i) * 7919 + 1);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_posted_once),
		cmocka_unit_test(the_same_reference_with_another_amount_is_refused),
		cmocka_unit_test(an_account_has_one_currency),
		cmocka_unit_test(what_does_not_balance_is_refused),
		cmocka_unit_test(lines_written_by_hand_must_balance_at_the_end),
		cmocka_unit_test(the_service_can_change_nothing_that_was_posted),
		cmocka_unit_test(another_tenants_ledger_is_out_of_reach),
		cmocka_unit_test(any_order_of_events_leaves_the_books_balanced),
	};

	return cmocka_run_group_tests(tests, billing_test_open, billing_test_close);
}
