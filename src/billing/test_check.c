/* SPDX-License-Identifier: Apache-2.0 */
/* test_check.c: the proof holds whatever happens, and finds each kind of damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/ledger.h"
#include "billing/testing_invoice.h"
#include "meter/unit.h"

enum { ROUNDS = 3, STEPS = 100, KEPT = 128 };

#define EURO INT64_C(1000000000)

/* ---- whatever happens ---- */

struct random_walk {
	uint64_t seed;
	struct bh_uuid tenant;
	struct bh_uuid invoices[KEPT];
	size_t n_invoices;
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
		.kinds = -1,
		.note = "",
		.given_ms = 1000,
		.expires_ms = draw(walk, 4) == 0 ? 2000 : 0};
	int rc = billing_test_give(&walk->tenant, &credit);

	assert_true(rc == 0 || rc == BH_E_STATE);
}

static void
use(struct random_walk *walk)
{
	struct bh_uuid act = bh_uuid_new();

	if (draw(walk, 6) == 0)
		billing_test_lose(&walk->tenant, &act, 1 + (int64_t)draw(walk, EURO));
	else
		billing_test_act(&walk->tenant, &act, "chat", METER_CHAT, (int64_t)draw(walk, EURO));
}

static void
invoice(struct random_walk *walk)
{
	int64_t manual = (int64_t)draw(walk, 20 * EURO) - 5 * EURO;
	struct bh_uuid id = billing_test_draft(&walk->tenant, manual,
		draw(walk, 3) == 0 ? 10 * EURO : 0);

	assert_int_equal(billing_test_finalize(&walk->tenant, &id), 0);
	if (walk->n_invoices < KEPT)
		walk->invoices[walk->n_invoices++] = id;
}

/* Something is done to one of its invoices; where its state does not allow that, nothing changes. */
static void
handle(struct random_walk *walk)
{
	const struct bh_uuid note = bh_uuid_new();
	const struct bh_uuid *id;
	char reference[32];
	int64_t cents = (int64_t)draw(walk, 1500) * 10000000;
	int rc;

	if (walk->n_invoices == 0)
		return;
	id = &walk->invoices[draw(walk, walk->n_invoices)];
	snprintf(reference, sizeof(reference), "r%llu", (unsigned long long)draw(walk, 1000));
	switch (draw(walk, 5)) {
	case 0:
		rc = billing_test_void(&walk->tenant, id);
		break;
	case 1:
		rc = billing_test_write_off(&walk->tenant, id);
		break;
	case 2:
		rc = billing_test_credit(&walk->tenant, id, &note, cents);
		break;
	default:
		rc = billing_test_pay(&walk->tenant, id, reference, cents);
		break;
	}
	assert_true(rc == 0 || rc == BH_E_STATE || rc == BH_E_INVALID || rc == BH_E_EXISTS);
}

static void
prove(const struct random_walk *walk)
{
	billing_test_proven(&walk->tenant, walk->n_invoices % 2 == 0 ? 0 : 35);
}

static void
walk_once(uint64_t seed)
{
	struct random_walk walk = {.seed = seed, .tenant = billing_test_tenant()};

	/* What was used before the first posting lies on a day that is over. */
	for (int i = 0; i < 10; i++)
		use(&walk);
	billing_test_age(&walk.tenant);
	billing_test_do(&walk.tenant,
		"UPDATE bulkhead.meter_reservation SET expired_on = expired_on - 1 WHERE tenant_id = $1");
	for (int i = 0; i < STEPS; i++) {
		switch (draw(&walk, 6)) {
		case 0:
			give(&walk);
			break;
		case 1:
			invoice(&walk);
			break;
		case 2:
		case 3:
			handle(&walk);
			break;
		default:
			use(&walk);
			break;
		}
		prove(&walk);
	}
}

static void
the_proof_holds_after_any_order_of_events(void **state)
{
	const char *given = getenv("BULKHEAD_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20261130;

	(void)state;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		print_message("seed %llu\n", (unsigned long long)(seed + i));
		walk_once((seed + i) * 7919 + 1);
	}
}

/* ---- damage ---- */

/* A tenant with something of everything. */
static struct bh_uuid
furnish(void)
{
	struct bh_uuid tenant = billing_test_tenant();
	const struct billing_credit credit = {.id = bh_uuid_new(),
		.category = "paid",
		.currency = BILLING_TEST_CURRENCY,
		.nanos = 9 * EURO,
		.kinds = -1,
		.note = "",
		.given_ms = 1};
	struct bh_uuid act = bh_uuid_new(), id, note = bh_uuid_new();

	billing_test_act(&tenant, &act, "chat", METER_CHAT, 2 * EURO);
	billing_test_age(&tenant);
	assert_int_equal(billing_test_give(&tenant, &credit), 0);
	act = bh_uuid_new();
	billing_test_act(&tenant, &act, "chat", METER_CHAT, EURO);
	for (int i = 0; i < 3; i++) {
		id = billing_test_draft(&tenant, 10 * EURO, 0);
		assert_int_equal(billing_test_finalize(&tenant, &id), 0);
	}
	assert_int_equal(billing_test_pay(&tenant, &id, "one", EURO), 0);
	assert_int_equal(billing_test_credit(&tenant, &id, &note, EURO), 0);
	return tenant;
}

/* `sql` damages; `check` must speak up. Triggers that guard a table are passed as only a superuser can. */
static const struct {
	const char *check, *sql;
} damages[] = {
	{"entry", "UPDATE bulkhead.ledger_line SET nanos = nanos + 1 WHERE tenant_id = $1"},
	{"entry",
		"DELETE FROM bulkhead.ledger_line WHERE tenant_id = $1 AND entry_id ="
		" (SELECT id FROM bulkhead.ledger_entry WHERE tenant_id = $1 AND kind = 'payment')"},
	{"balance",
		"UPDATE bulkhead.ledger_balance SET nanos = nanos + 1 WHERE tenant_id = $1"
		" AND account = 'cash'"},
	{"balance", "DELETE FROM bulkhead.ledger_balance WHERE tenant_id = $1 AND account = 'revenue'"},
	{"clearing",
		"INSERT INTO bulkhead.ledger_balance (tenant_id, account, nanos, currency)"
		" VALUES ($1, 'rounding', 1, 'EUR')"},
	{"usage_posted",
		"DELETE FROM bulkhead.usage_day WHERE tenant_id = $1"
		" AND day = (now() AT TIME ZONE 'UTC')::date"},
	{"usage_event",
		"UPDATE bulkhead.usage_event SET cost_nanos = cost_nanos + 1 WHERE tenant_id = $1"},
	{"usage_event", "DELETE FROM bulkhead.usage_event WHERE tenant_id = $1 AND covered_nanos > 0"},
	{"usage_event",
		"UPDATE bulkhead.usage_day SET cost_nanos = cost_nanos + 1 WHERE tenant_id = $1"},
	{"meter_day", "UPDATE bulkhead.meter_day SET spent = spent - 1 WHERE tenant_id = $1"},
	{"meter_day",
		"DELETE FROM bulkhead.meter_day WHERE tenant_id = $1"
		" AND day = (now() AT TIME ZONE 'UTC')::date"},
	{"meter_owner",
		"UPDATE bulkhead.meter_owner SET day_spent = day_spent + 1 WHERE tenant_id = $1"},
	{"meter_owner",
		"UPDATE bulkhead.meter_owner SET month_spent = month_spent + 1 WHERE tenant_id = $1"},
	{"meter_owner",
		"UPDATE bulkhead.meter_owner SET total_spent = total_spent + 1 WHERE tenant_id = $1"},
	{"credit", "UPDATE bulkhead.meter_funds SET amounts[1] = amounts[1] + 1 WHERE tenant_id = $1"},
	{"credit", "DELETE FROM bulkhead.meter_funds WHERE tenant_id = $1"},
	{"account", "UPDATE bulkhead.invoice_payment SET nanos = nanos + 1 WHERE tenant_id = $1"},
	{"account",
		"UPDATE bulkhead.ledger_posted SET nanos = nanos + 1 WHERE tenant_id = $1"
		" AND kind = 'usage'"},
	{"invoice", "UPDATE bulkhead.invoice_line SET nanos = nanos + 1 WHERE tenant_id = $1"},
	{"invoice", "UPDATE bulkhead.invoice SET total = total + 1 WHERE tenant_id = $1"},
	{"invoice", "UPDATE bulkhead.invoice SET paid = paid + 1 WHERE tenant_id = $1"},
	{"invoice_entry", "UPDATE bulkhead.invoice SET tax = tax + 1 WHERE tenant_id = $1"},
	{"invoice_entry",
		"DELETE FROM bulkhead.ledger_line WHERE tenant_id = $1 AND entry_id IN"
		" (SELECT id FROM bulkhead.ledger_entry WHERE tenant_id = $1 AND kind = 'invoice')"},
	{"number", "UPDATE bulkhead.invoice SET sequence = 9 WHERE tenant_id = $1 AND sequence = 2"},
	{"number", "UPDATE bulkhead.invoice_series SET last = last + 1 WHERE tenant_id = $1"},
};

static bool
finds(const struct billing_proof *proof, const char *check)
{
	for (size_t i = 0; i < proof->n_mismatches; i++) {
		if (strcmp(proof->mismatches[i].check, check) == 0)
			return true;
	}
	return false;
}

static void
every_kind_of_damage_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(damages); i++) {
		struct bh_uuid tenant = furnish();
		struct billing_proof proof;

		billing_test_proven(&tenant, 0);
		billing_test_damage(&tenant, damages[i].sql);
		proof = billing_test_check(&tenant, 0);
		if (!finds(&proof, damages[i].check)) {
			print_error("not found by %s: %s\n", damages[i].check, damages[i].sql);
			billing_test_show(&proof);
		}
		assert_true(finds(&proof, damages[i].check));
	}
}

static void
nights_read_the_last_events_and_a_proof_on_demand_all(void **state)
{
	struct bh_uuid tenant = billing_test_tenant(), act = bh_uuid_new();
	struct billing_proof proof;

	(void)state;
	billing_test_act(&tenant, &act, "chat", METER_CHAT, EURO);
	for (int i = 0; i < 40; i++)
		billing_test_age(&tenant);
	act = bh_uuid_new();
	billing_test_act(&tenant, &act, "chat", METER_CHAT, EURO);
	billing_test_damage(&tenant,
		"UPDATE bulkhead.usage_event SET cost_nanos = cost_nanos + 1 WHERE tenant_id = $1"
		" AND arrived_at < now() - interval '39 days'");
	proof = billing_test_check(&tenant, 35);
	billing_test_show(&proof);
	assert_int_equal(proof.n_mismatches, 0);
	proof = billing_test_check(&tenant, 0);
	assert_true(finds(&proof, "usage_event"));
}

static void
an_act_that_waited_over_midnight_is_no_mismatch(void **state)
{
	struct bh_uuid tenant = billing_test_tenant(), act = bh_uuid_new();

	(void)state;
	billing_test_act(&tenant, &act, "chat", METER_CHAT, EURO);
	for (int i = 0; i < 35; i++)
		billing_test_age(&tenant);
	billing_test_do(&tenant,
		"UPDATE bulkhead.usage_event SET arrived_at = arrived_at - interval '1 day'"
		" WHERE tenant_id = $1");
	act = bh_uuid_new();
	billing_test_act(&tenant, &act, "chat", METER_CHAT, EURO);
	assert_int_equal(billing_test_check(&tenant, 35).n_mismatches, 0);
	assert_int_equal(billing_test_check(&tenant, 0).n_mismatches, 0);
}

static void
what_is_shown_reconciles(void **state)
{
	struct bh_uuid tenant = furnish();
	struct billing_proof proof = billing_test_check(&tenant, 0);

	(void)state;
	assert_int_equal(proof.balance, 8 * EURO);
	assert_int_equal(proof.unbilled, 0);
	/* Three of 10 and one with 2 more, 19 % on all, less what was paid and credited. */
	assert_int_equal(proof.open_invoices, 36080000000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_reconciles),
		cmocka_unit_test(every_kind_of_damage_is_found),
		cmocka_unit_test(nights_read_the_last_events_and_a_proof_on_demand_all),
		cmocka_unit_test(an_act_that_waited_over_midnight_is_no_mismatch),
		cmocka_unit_test(the_proof_holds_after_any_order_of_events),
	};

	return cmocka_run_group_tests(tests, billing_test_open, billing_test_close);
}
