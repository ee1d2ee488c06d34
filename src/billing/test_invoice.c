/* SPDX-License-Identifier: Apache-2.0 */
/* test_invoice.c: what invoices come to, by examples worked out by hand, and their numbers. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/ledger.h"
#include "billing/period.h"
#include "billing/store_invoice.h"
#include "billing/testing_invoice.h"
#include "meter/unit.h"

enum { THREADS = 4, OF_EACH = 12 };

#define EURO INT64_C(1000000000)

static void
give(const struct bh_uuid *tenant, int64_t nanos)
{
	const struct billing_credit credit = {.id = bh_uuid_new(),
		.category = "promotional",
		.currency = BILLING_TEST_CURRENCY,
		.nanos = nanos,
		.priority = 1,
		.kinds = -1,
		.note = "",
		.given_ms = 1};

	assert_int_equal(billing_test_give(tenant, &credit), 0);
}

/* ---- amounts ---- */

static void
usage_credits_tax_and_rest_are_as_by_hand(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice;

	(void)state;
	give(&tenant, 200000000);
	billing_test_use(&tenant, 1000000000);
	billing_test_use(&tenant, 234567891);
	billing_test_age(&tenant);
	invoice = billing_test_invoice_now(&tenant, 0, 0);
	/* 1.234567891 used, 0.2 of it covered; 19 % of 1.034567891 is 0.19656789929. */
	assert_int_equal(invoice.subtotal, 1034567891);
	assert_int_equal(invoice.usage_nanos, 1034567891);
	assert_int_equal(invoice.tax_nanos, 196567899);
	assert_int_equal(invoice.total, 1231135790);
	assert_int_equal(invoice.due, 1230000000);
	assert_int_equal(invoice.carried_out, 1135790);
	assert_string_equal(invoice.status, "open");
	assert_int_equal(billing_test_account(&tenant, "receivable"), 1230000000);
	assert_int_equal(billing_test_account(&tenant, "unbilled"), 0);
	assert_int_equal(billing_test_account(&tenant, "tax_payable"), -196567899);
	assert_int_equal(billing_test_account(&tenant, "carried"), 1135790);
	assert_int_equal(billing_test_account(&tenant, "revenue"), -1234567891);
	billing_test_proven(&tenant, 0);
}

static void
what_is_left_comes_into_the_next_invoice(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice first, second;

	(void)state;
	/* 0.004 and 19 % are 0.00476 each time: one cent is due when they have come to half of one. */
	first = billing_test_invoice_now(&tenant, 4000000, 0);
	assert_int_equal(first.due, 0);
	assert_string_equal(first.status, "paid");
	second = billing_test_invoice_now(&tenant, 4000000, 0);
	assert_int_equal(second.carried_in, 4760000);
	assert_int_equal(second.due, 10000000);
	assert_int_equal(second.carried_out, -480000);
	billing_test_proven(&tenant, 0);
}

static void
a_total_below_0_is_kept_for_later(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice first, second;

	(void)state;
	first = billing_test_invoice_now(&tenant, -10 * EURO, 0);
	assert_int_equal(first.due, 0);
	assert_int_equal(first.carried_out, -11900000000);
	second = billing_test_invoice_now(&tenant, 20 * EURO, 0);
	assert_int_equal(second.due, 11900000000);
	billing_test_proven(&tenant, 0);
}

static void
a_minimum_is_filled_up(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice;

	(void)state;
	billing_test_use(&tenant, 3 * EURO);
	billing_test_age(&tenant);
	invoice = billing_test_invoice_now(&tenant, 0, 5 * EURO);
	assert_int_equal(invoice.subtotal, 5 * EURO);
	assert_int_equal(invoice.usage_nanos, 3 * EURO);
	billing_test_proven(&tenant, 0);
}

static void
the_day_that_is_not_over_is_not_billed(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();

	(void)state;
	billing_test_use(&tenant, 2 * EURO);
	billing_test_age(&tenant);
	billing_test_use(&tenant, 7 * EURO);
	assert_int_equal(billing_test_invoice_now(&tenant, 0, 0).subtotal, 2 * EURO);
	assert_int_equal(billing_test_account(&tenant, "unbilled"), 7 * EURO);
	assert_int_equal(billing_test_invoice_now(&tenant, 0, 0).subtotal, 0);
	billing_test_proven(&tenant, 0);
}

static void
a_late_change_of_a_billed_day_is_corrected_by_the_next(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct bh_uuid lost = bh_uuid_new();
	struct billing_invoice invoice;

	(void)state;
	billing_test_lose(&tenant, &lost, 5 * EURO);
	billing_test_age(&tenant);
	billing_test_do(&tenant,
		"UPDATE bulkhead.meter_reservation SET expired_on = expired_on - 1 WHERE tenant_id = $1");
	assert_int_equal(billing_test_invoice_now(&tenant, 0, 0).subtotal, 5 * EURO);
	/* It is settled after all: for less, and today. */
	billing_test_act(&tenant, &lost, "chat", METER_CHAT, EURO);
	invoice = billing_test_invoice_now(&tenant, 0, 0);
	assert_int_equal(invoice.subtotal, -5 * EURO);
	assert_int_equal(billing_test_account(&tenant, "unbilled"), EURO);
	billing_test_proven(&tenant, 0);
}

static void
prices_may_contain_the_tax(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct bh_db db = billing_test_db(&tenant);
	const struct billing_party buyer = {"Buyer", "", "JP", "", ""};
	struct billing_invoice invoice;

	(void)state;
	assert_int_equal(billing_store_profile_set(&db, &tenant, &buyer), 0);
	invoice = billing_test_invoice_now(&tenant, 110 * EURO, 0);
	assert_int_equal(invoice.tax_nanos, 10 * EURO);
	assert_int_equal(invoice.total, 110 * EURO);
	assert_int_equal(billing_test_account(&tenant, "revenue"), -100 * EURO);
	billing_test_proven(&tenant, 0);
}

static void
lines_name_meters_and_versions(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct bh_db db = billing_test_db(&tenant);
	struct billing_invoice_line *lines;
	struct billing_invoice invoice;
	size_t n = 0;

	(void)state;
	give(&tenant, EURO);
	billing_test_use(&tenant, 3 * EURO);
	billing_test_age(&tenant);
	invoice = billing_test_invoice_now(&tenant, 0, 0);
	assert_int_equal(billing_store_line_list(&db, &tenant, &invoice.id, &lines, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(lines[0].kind, "usage");
	assert_string_equal(lines[0].model, "m");
	assert_int_equal(lines[0].price_version, 1);
	assert_int_equal(lines[0].calls, 1);
	assert_int_equal(lines[0].nanos, 3 * EURO);
	assert_non_null(strstr(lines[0].quantities, "\"quantity\": 1"));
	assert_string_equal(lines[1].kind, "credits");
	assert_int_equal(lines[1].nanos, -EURO);
}

/* ---- states ---- */

static void
payments_are_taken_once_and_never_more_than_is_left(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice = billing_test_invoice_now(&tenant, 100 * EURO, 0);

	(void)state;
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "a", 50 * EURO), 0);
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "a", 50 * EURO), 0);
	assert_int_equal(billing_test_account(&tenant, "cash"), 50 * EURO);
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "a", 40 * EURO), BH_E_EXISTS);
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "b", 70 * EURO), BH_E_INVALID);
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "b", 1), BH_E_INVALID);
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "b", 0), 0);
	assert_string_equal(billing_test_invoice(&tenant, &invoice.id).status, "paid");
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "c", 0), BH_E_STATE);
	assert_int_equal(billing_test_account(&tenant, "receivable"), 0);
	billing_test_proven(&tenant, 0);
}

static void
what_a_void_invoice_billed_is_billed_again(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice;

	(void)state;
	billing_test_use(&tenant, 3 * EURO);
	billing_test_age(&tenant);
	invoice = billing_test_invoice_now(&tenant, EURO, 0);
	assert_int_equal(billing_test_void(&tenant, &invoice.id), 0);
	assert_int_equal(billing_test_account(&tenant, "receivable"), 0);
	assert_int_equal(billing_test_account(&tenant, "unbilled"), 3 * EURO);
	assert_int_equal(billing_test_account(&tenant, "tax_payable"), 0);
	assert_int_equal(billing_test_void(&tenant, &invoice.id), BH_E_STATE);
	assert_int_equal(billing_test_invoice_now(&tenant, 0, 0).subtotal, 3 * EURO);
	billing_test_proven(&tenant, 0);
}

static void
a_credit_note_takes_back_its_share_of_the_tax(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice = billing_test_invoice_now(&tenant, 100 * EURO, 0), note;
	struct bh_uuid id = bh_uuid_new();

	(void)state;
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "a", 100 * EURO), 0);
	/* 19 of 119 are open: the other 10.75 of the note are to be refunded. */
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, 29750000000), 0);
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, 29750000000), 0);
	note = billing_test_invoice(&tenant, &id);
	assert_int_equal(note.tax_nanos, 4750000000);
	assert_int_equal(note.subtotal, 25 * EURO);
	assert_non_null(strstr(note.number, "CN-"));
	assert_int_equal(billing_test_account(&tenant, "receivable"), 0);
	assert_int_equal(billing_test_account(&tenant, "refund"), -10750000000);
	assert_string_equal(billing_test_invoice(&tenant, &invoice.id).status, "paid");
	id = bh_uuid_new();
	assert_int_equal(billing_test_credit(&tenant, &invoice.id, &id, 90 * EURO), BH_E_INVALID);
	billing_test_proven(&tenant, 0);
}

static void
what_was_given_up_may_still_be_paid(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice = billing_test_invoice_now(&tenant, 100 * EURO, 0);

	(void)state;
	assert_int_equal(billing_test_write_off(&tenant, &invoice.id), 0);
	assert_int_equal(billing_test_account(&tenant, "bad_debt"), 119 * EURO);
	assert_int_equal(billing_test_pay(&tenant, &invoice.id, "a", 0), 0);
	assert_int_equal(billing_test_account(&tenant, "bad_debt"), 0);
	assert_string_equal(billing_test_invoice(&tenant, &invoice.id).status, "paid");
	billing_test_proven(&tenant, 0);
}

static int
change(const struct bh_uuid *tenant, const char *sql)
{
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, NULL);

	return bh_db_exec(&setup, sql, BH_PARAMS(tenant), NULL);
}

static void
an_invoice_with_a_number_does_not_change(void **state)
{
	static const char *const all[] = {
		"UPDATE bulkhead.invoice SET due = due + 1 WHERE tenant_id = $1",
		"UPDATE bulkhead.invoice SET number = 'x' WHERE tenant_id = $1",
		"UPDATE bulkhead.invoice SET buyer = '{\"name\": \"x\"}' WHERE tenant_id = $1",
		"UPDATE bulkhead.invoice SET status = 'draft' WHERE tenant_id = $1",
		"UPDATE bulkhead.invoice SET paid = -1 WHERE tenant_id = $1",
		"DELETE FROM bulkhead.invoice WHERE tenant_id = $1",
		"UPDATE bulkhead.invoice_line SET nanos = 0 WHERE tenant_id = $1",
		"DELETE FROM bulkhead.invoice_line WHERE tenant_id = $1",
		"INSERT INTO bulkhead.invoice_line (tenant_id, invoice_id, position, kind, description, "
		"nanos)"
		" SELECT tenant_id, id, 9, 'manual', '', 1 FROM bulkhead.invoice WHERE tenant_id = $1",
		"UPDATE bulkhead.invoice_series SET last = last - 1 WHERE tenant_id = $1",
	};
	struct bh_uuid tenant = billing_test_tenant();

	(void)state;
	billing_test_invoice_now(&tenant, EURO, 0);
	for (size_t i = 0; i < BH_COUNT(all); i++)
		assert_true(change(&tenant, all[i]) < 0);
	billing_test_proven(&tenant, 0);
}

static void
finalizing_again_is_refused(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct billing_invoice invoice = billing_test_invoice_now(&tenant, EURO, 0);

	(void)state;
	assert_int_equal(billing_test_finalize(&tenant, &invoice.id), BH_E_STATE);
}

/* ---- periods ---- */

struct period {
	const struct bh_uuid *tenant;
	struct billing_period period;
};

static int
tell(struct bh_db *tx, void *ctx)
{
	const struct period *period = ctx;

	return billing_invoice_period(tx, period->tenant, &period->period);
}

static void
a_period_makes_one_draft_and_one_job(void **state)
{
	static const struct billing_period_line lines[] = {
		{BILLING_LINE_BASE, "pro", 3, 1000, 2000, 49 * EURO},
		{BILLING_LINE_CREDIT, "free", 1, 1000, 2000, -5 * EURO},
	};
	struct bh_uuid tenant = billing_test_tenant();
	struct period period = {&tenant,
		{.subscription = bh_uuid_new(),
			.number = 4,
			.from_ms = 1000,
			.until_ms = 2000,
			.currency = BILLING_TEST_CURRENCY,
			.plan = "pro",
			.ends = true,
			.lines = lines,
			.n_lines = 2}};
	struct bh_db db = billing_test_db(&tenant);
	struct billing_invoice *drafts;
	const struct bh_slice all = {.high.bytes = {0xff}, .limit = 9};
	struct billing_invoice invoice;
	size_t n = 0;

	(void)state;
	assert_int_equal(bh_tx_run(&db, tell, &period), 0);
	assert_int_equal(bh_tx_run(&db, tell, &period), 0);
	assert_int_equal(billing_store_invoice_list(&db, &tenant, &all, "draft", &drafts, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(billing_test_count(&tenant,
						 "SELECT count(*) FROM bulkhead.job WHERE tenant_id = $1 AND kind = "
						 "'invoice'"),
		1);
	assert_int_equal(billing_test_finalize(&tenant, &drafts[0].id), 0);
	invoice = billing_test_invoice(&tenant, &drafts[0].id);
	assert_int_equal(invoice.subtotal, 44 * EURO);
	/* Charged in advance: no revenue until its time is over, which it is. */
	assert_int_equal(billing_test_account(&tenant, "revenue"), 0);
	assert_int_equal(billing_test_account(&tenant, "deferred"), -44 * EURO);
	billing_test_proven(&tenant, 0);
}

static int
earn(struct bh_db *tx, void *ctx)
{
	return billing_invoice_earn(tx, ctx, BILLING_TEST_CURRENCY);
}

static void
what_was_charged_in_advance_becomes_revenue_once(void **state)
{
	static const struct billing_period_line lines[] = {
		{BILLING_LINE_BASE, "pro", 3, 1000, 2000, 49 * EURO},
		{BILLING_LINE_BASE, "pro", 3, 1000, INT64_C(32503680000000), 10 * EURO},
	};
	struct bh_uuid tenant = billing_test_tenant();
	struct period period = {&tenant,
		{.subscription = bh_uuid_new(),
			.currency = BILLING_TEST_CURRENCY,
			.plan = "pro",
			.lines = lines,
			.n_lines = 2}};
	struct bh_db db = billing_test_db(&tenant);
	struct billing_invoice *drafts;
	const struct bh_slice all = {.high.bytes = {0xff}, .limit = 9};
	size_t n = 0;

	(void)state;
	assert_int_equal(bh_tx_run(&db, tell, &period), 0);
	assert_int_equal(billing_store_invoice_list(&db, &tenant, &all, NULL, &drafts, &n), 0);
	assert_int_equal(billing_test_finalize(&tenant, &drafts[0].id), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bh_tx_run(&db, earn, &tenant), 0);
		assert_int_equal(billing_test_account(&tenant, "revenue"), -49 * EURO);
		assert_int_equal(billing_test_account(&tenant, "deferred"), -10 * EURO);
	}
	billing_test_proven(&tenant, 0);
	assert_int_equal(billing_test_void(&tenant, &drafts[0].id), 0);
	assert_int_equal(billing_test_account(&tenant, "revenue"), 0);
	assert_int_equal(billing_test_account(&tenant, "deferred"), 0);
	billing_test_proven(&tenant, 0);
}

/* ---- numbers ---- */

struct numbering {
	struct bh_uuid tenant, id;
	bool dies;
	int rc;
};

/* The server ends the connection under it, or the work is undone: the number is free again. */
static int
finalize_and_fail(struct bh_db *tx, void *ctx)
{
	const struct numbering *numbering = ctx;
	bool ended;
	int rc = billing_invoice_finalize(tx, &numbering->tenant, &numbering->id, &billing_test_terms);

	if (rc == 0 && numbering->dies)
		rc = bh_db_one(tx, "SELECT pg_terminate_backend(pg_backend_pid())", NULL, 0, &bh_row_bool,
			&ended);
	return rc < 0 ? rc : BH_E_CANCELLED;
}

/* 0 when it failed as it should. */
static int
fail_once(struct bh_db *db, struct numbering *numbering)
{
	bool undone = bh_tx_run(db, finalize_and_fail, numbering) == BH_E_CANCELLED;

	return undone == !numbering->dies ? 0 : BH_E_INTERNAL;
}

static void *
finalize_some(void *ctx)
{
	struct numbering *numbering = ctx;
	struct bh_arena arena = {0};
	struct bh_db db = billing_test_db(&numbering->tenant);

	db.arena = &arena;
	for (int i = 0; i < OF_EACH; i++) {
		numbering->id = bh_uuid_new();
		numbering->dies = i % 4 == 1;
		numbering->rc = billing_test_draft_at(&db, &numbering->tenant, &numbering->id);
		if (numbering->rc == 0 && i % 2 == 1)
			numbering->rc = fail_once(&db, numbering);
		if (numbering->rc == 0)
			numbering->rc = billing_test_finalize_at(&db, &numbering->tenant, &numbering->id);
		if (numbering->rc < 0)
			break;
	}
	bh_arena_close(&arena);
	return NULL;
}

static void
numbers_have_no_gaps_whoever_dies(void **state)
{
	struct bh_uuid tenant = billing_test_tenant();
	struct numbering numberings[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		numberings[i] = (struct numbering){.tenant = tenant};
		assert_int_equal(pthread_create(&threads[i], NULL, finalize_some, &numberings[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(numberings[i].rc, 0);
	assert_int_equal(billing_test_count(&tenant,
						 "SELECT count(DISTINCT sequence) FROM bulkhead.invoice"
						 " WHERE tenant_id = $1 AND sequence BETWEEN 1 AND 48"),
		THREADS * OF_EACH);
	billing_test_proven(&tenant, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(usage_credits_tax_and_rest_are_as_by_hand),
		cmocka_unit_test(what_is_left_comes_into_the_next_invoice),
		cmocka_unit_test(a_total_below_0_is_kept_for_later),
		cmocka_unit_test(a_minimum_is_filled_up),
		cmocka_unit_test(the_day_that_is_not_over_is_not_billed),
		cmocka_unit_test(a_late_change_of_a_billed_day_is_corrected_by_the_next),
		cmocka_unit_test(prices_may_contain_the_tax),
		cmocka_unit_test(lines_name_meters_and_versions),
		cmocka_unit_test(payments_are_taken_once_and_never_more_than_is_left),
		cmocka_unit_test(what_a_void_invoice_billed_is_billed_again),
		cmocka_unit_test(a_credit_note_takes_back_its_share_of_the_tax),
		cmocka_unit_test(what_was_given_up_may_still_be_paid),
		cmocka_unit_test(an_invoice_with_a_number_does_not_change),
		cmocka_unit_test(finalizing_again_is_refused),
		cmocka_unit_test(a_period_makes_one_draft_and_one_job),
		cmocka_unit_test(what_was_charged_in_advance_becomes_revenue_once),
		cmocka_unit_test(numbers_have_no_gaps_whoever_dies),
	};

	return cmocka_run_group_tests(tests, billing_test_open, billing_test_close);
}
