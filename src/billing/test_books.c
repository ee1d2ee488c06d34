/* SPDX-License-Identifier: Apache-2.0 */
/* test_books.c: the jobs that keep books: what a night does, and what follows when nobody pays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/billing.h"
#include "billing/books.h"
#include "billing/dunning.h"
#include "billing/period.h"
#include "billing/testing.h"
#include "meter/unit.h"
#include "queue/worker.h"

enum { LEASE_MS = 600000, SUSPEND_DAYS = 14 };

#define EURO INT64_C(1000000000)

static struct billing billing = {.conf = {.currency = BILLING_TEST_CURRENCY,
									 .seller_name = "Seller GmbH",
									 .seller_address = "",
									 .seller_country = "US",
									 .seller_vat_id = "",
									 .seller_email = "",
									 .invoice_prefix = "INV",
									 .credit_note_prefix = "CN",
									 .payment_days = 14,
									 .suspend_days = SUSPEND_DAYS}};

/* Makes the tenant's job of this kind due, claims it and does it. */
static int
do_job(const struct bh_uuid *tenant, const char *kind, int (*run)(struct bh_job *job))
{
	static const char due[] =
		"UPDATE bulkhead.job_ready SET due_at = now() - interval '1 second', fresh = true"
		" WHERE tenant_id = $1 AND job_id IN (SELECT id FROM bulkhead.job WHERE tenant_id = $1"
		"   AND kind = $2 AND state = 'waiting')";
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, NULL);
	struct bh_job job = {.service = &billing,
		.db = bh_test_db_as(&billing_test, "bulkhead_billing", NULL)};
	int64_t moved = 0;
	int rc;

	assert_int_equal(bh_db_exec(&setup, due, BH_PARAMS(tenant, kind), &moved), 0);
	assert_int_equal(moved, 1);
	/* Other parts of billing have jobs of their own. */
	do {
		assert_int_equal(bh_lease_claim(&job.db, "billing", "test", LEASE_MS, NULL, &job.lease), 0);
	} while (strcmp(job.lease.kind, kind) != 0 && bh_lease_done(&job.db, &job.lease) == 0);
	assert_string_equal(job.lease.kind, kind);
	assert_true(bh_uuid_equal(&job.lease.tenant, tenant));
	rc = run(&job);
	return rc == BH_JOB_DONE ? bh_lease_done(&job.db, &job.lease) : rc;
}

static struct bh_uuid
unpaid_invoice(const struct bh_uuid *tenant)
{
	struct bh_uuid id = billing_test_draft(tenant, 10 * EURO, 0);

	assert_int_equal(billing_test_finalize(tenant, &id), 0);
	return id;
}

static void
pass_days(const struct bh_uuid *tenant, int days)
{
	for (int i = 0; i < days; i++)
		billing_test_damage(tenant,
			"UPDATE bulkhead.invoice SET due_at = due_at - interval '1 day' WHERE tenant_id = $1");
}

static int64_t
count(const struct bh_uuid *tenant, const char *sql)
{
	return billing_test_count(tenant, sql);
}

/* ---- nights ---- */

static void
a_night_posts_ends_credits_and_is_followed_by_the_next(void **state)
{
	struct bh_uuid tenant = billing_test_tenant(), act = bh_uuid_new();
	const struct billing_credit credit = {.id = bh_uuid_new(),
		.category = "promotional",
		.currency = BILLING_TEST_CURRENCY,
		.nanos = EURO,
		.kinds = -1,
		.note = "",
		.given_ms = 1,
		.expires_ms = 2000};

	(void)state;
	assert_int_equal(billing_test_give(&tenant, &credit), 0);
	billing_test_act(&tenant, &act, "chat", METER_CHAT, 3 * EURO);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(do_job(&tenant, BILLING_JOB_NIGHTLY, billing_books_nightly), BH_JOB_ENDED);
		assert_int_equal(count(&tenant,
							 "SELECT count(*) FROM bulkhead.credit_grant"
							 " WHERE tenant_id = $1 AND status = 'expired'"),
			1);
		assert_int_equal(count(&tenant,
							 "SELECT nanos FROM bulkhead.ledger_balance"
							 " WHERE tenant_id = $1 AND account = 'breakage'"),
			-EURO);
		assert_int_equal(count(&tenant,
							 "SELECT nanos FROM bulkhead.ledger_balance"
							 " WHERE tenant_id = $1 AND account = 'unbilled'"),
			3 * EURO);
		assert_int_equal(count(&tenant,
							 "SELECT count(*) FROM bulkhead.job_ready AS r"
							 "  JOIN bulkhead.job AS j ON j.tenant_id = $1 AND j.id = r.job_id"
							 " WHERE r.tenant_id = $1 AND j.kind = 'nightly' AND r.due_at > now()"),
			1);
	}
	assert_int_equal(billing.mismatches, 0);
}

static void
what_does_not_add_up_is_counted_and_the_nights_go_on(void **state)
{
	struct bh_uuid tenant = billing_test_tenant(), act = bh_uuid_new();
	uint64_t before = billing.mismatches;

	(void)state;
	billing_test_act(&tenant, &act, "chat", METER_CHAT, EURO);
	billing_test_do(&tenant,
		"UPDATE bulkhead.meter_owner SET total_spent = 7 WHERE tenant_id = $1");
	assert_int_equal(do_job(&tenant, BILLING_JOB_NIGHTLY, billing_books_nightly), BH_JOB_ENDED);
	assert_true(billing.mismatches > before);
	billing.mismatches = 0;
	assert_int_equal(count(&tenant,
						 "SELECT count(*) FROM bulkhead.job"
						 " WHERE tenant_id = $1 AND kind = 'nightly' AND state = 'waiting'"),
		1);
}

/* ---- nobody pays ---- */

struct update {
	const struct bh_uuid *tenant;
	const char *state;
};

static int
update(struct bh_db *tx, void *ctx)
{
	struct update *update = ctx;

	return billing_dunning_update(tx, update->tenant, SUSPEND_DAYS, &update->state);
}

static const char *
state_of(const struct bh_uuid *tenant)
{
	struct update one = {.tenant = tenant};
	struct bh_db db = billing_test_db(tenant);

	assert_int_equal(bh_tx_run(&db, update, &one), 0);
	return one.state;
}

static void
who_does_not_pay_is_reminded_then_suspended_and_comes_back(void **state)
{
	struct bh_uuid tenant = billing_test_tenant(), first, second;

	(void)state;
	first = unpaid_invoice(&tenant);
	assert_string_equal(state_of(&tenant), "active");
	pass_days(&tenant, 15);
	assert_string_equal(state_of(&tenant), "past_due");
	assert_true(billing_test_invoice(&tenant, &first).past_due_ms > 0);
	second = unpaid_invoice(&tenant);
	pass_days(&tenant, SUSPEND_DAYS);
	assert_string_equal(state_of(&tenant), "suspended");
	/* The other one is not due for long yet. */
	assert_int_equal(billing_test_pay(&tenant, &first, "one", 0), 0);
	pass_days(&tenant, 1);
	assert_string_equal(state_of(&tenant), "past_due");
	assert_int_equal(billing_test_pay(&tenant, &second, "two", 0), 0);
	assert_string_equal(state_of(&tenant), "active");
}

/* ---- low balances ---- */

static void
a_low_balance_asks_for_one_payment(void **state)
{
	static const char pending[] = "SELECT count(*) FROM bulkhead.credit_intent"
								  " WHERE tenant_id = $1 AND status = 'pending' AND nanos = 5";
	struct bh_uuid tenant = billing_test_tenant();

	(void)state;
	billing_test_do(&tenant,
		"INSERT INTO bulkhead.credit_top_up (tenant_id, enabled, below, amount)"
		" VALUES ($1, true, 1, 5)");
	for (int i = 0; i < 2; i++) {
		billing_test_do(&tenant,
			"INSERT INTO bulkhead.meter_notice (tenant_id, owner_id, span, starts, percent,"
			" limit_nanos, spent_nanos) SELECT $1, $1, 'balance', current_date, 0, count(*), 0"
			"   FROM bulkhead.meter_notice WHERE tenant_id = $1");
		assert_int_equal(do_job(&tenant, BILLING_JOB_TOP_UP, billing_books_top_up), 0);
		assert_int_equal(count(&tenant, pending), 1);
	}
}

static void
the_month_has_its_most(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();

	(void)state;
	billing_test_do(&tenant,
		"INSERT INTO bulkhead.credit_top_up (tenant_id, enabled, below, amount, month_most)"
		" VALUES ($1, true, 1, 5, 9)");
	billing_test_do(&tenant,
		"INSERT INTO bulkhead.credit_intent (tenant_id, id, status, currency, nanos)"
		" VALUES ($1, $1, 'collected', 'EUR', 5)");
	billing_test_do(&tenant,
		"INSERT INTO bulkhead.meter_notice (tenant_id, owner_id, span, starts, percent, "
		"limit_nanos,"
		" spent_nanos) VALUES ($1, $1, 'balance', current_date, 0, 0, 0)");
	assert_int_equal(do_job(&tenant, BILLING_JOB_TOP_UP, billing_books_top_up), 0);
	assert_int_equal(count(&tenant,
						 "SELECT count(*) FROM bulkhead.credit_intent WHERE tenant_id = $1"),
		1);
}

/* ---- periods ---- */

static int
tell(struct bh_db *tx, void *ctx)
{
	static const struct billing_period_line line = {BILLING_LINE_BASE, "pro", 1, 1000, 2000,
		49 * EURO};
	const struct billing_period period = {.currency = BILLING_TEST_CURRENCY,
		.until_ms = 2000,
		.plan = "pro",
		.ends = true,
		.lines = &line,
		.n_lines = 1};

	return billing_invoice_period(tx, ctx, &period);
}

static void
the_draft_of_a_period_gets_its_number(void **state)
{
	static const char open[] = "SELECT count(*) FROM bulkhead.invoice"
							   " WHERE tenant_id = $1 AND status = 'open' AND due = 49000000000";
	struct bh_uuid tenant = billing_test_tenant();
	struct bh_db db = billing_test_db(&tenant);

	(void)state;
	/* Sold from a country that nobody set a rate for, it waits; and goes on when there is one. */
	assert_int_equal(bh_tx_run(&db, tell, &tenant), 0);
	assert_int_equal(do_job(&tenant, BILLING_JOB_INVOICE, billing_books_invoice), BH_E_STATE);
	assert_int_equal(count(&tenant, open), 0);
	billing_test_do(&tenant,
		"INSERT INTO bulkhead.tax_rate VALUES ($1, 'US', '2020-01-01', 'none', 0, false)");
	billing_test_do(&tenant,
		"UPDATE bulkhead.job SET state = 'waiting' WHERE tenant_id = $1 AND kind = 'invoice'");
	billing_test_do(&tenant, "UPDATE bulkhead.job_ready SET worker = NULL WHERE tenant_id = $1");
	assert_int_equal(do_job(&tenant, BILLING_JOB_INVOICE, billing_books_invoice), 0);
	assert_int_equal(count(&tenant, open), 1);
	/* Told again it is the same. */
	assert_int_equal(bh_tx_run(&db, tell, &tenant), 0);
	assert_int_equal(count(&tenant, "SELECT count(*) FROM bulkhead.invoice WHERE tenant_id = $1"),
		1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_night_posts_ends_credits_and_is_followed_by_the_next),
		cmocka_unit_test(what_does_not_add_up_is_counted_and_the_nights_go_on),
		cmocka_unit_test(who_does_not_pay_is_reminded_then_suspended_and_comes_back),
		cmocka_unit_test(a_low_balance_asks_for_one_payment),
		cmocka_unit_test(the_month_has_its_most),
		cmocka_unit_test(the_draft_of_a_period_gets_its_number),
	};

	return cmocka_run_group_tests(tests, billing_test_open, billing_test_close);
}
