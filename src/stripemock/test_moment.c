/* SPDX-License-Identifier: Apache-2.0 */
/* test_moment.c: when something is to happen with an object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stripemock/moment.h"

static struct bh_arena arena;

static int64_t
due(const char *kind, const char *body)
{
	return stripemock_moment_due(kind, stripemock_value_literal(&arena, body));
}

#define ITEMS "'items':{'data':[{'current_period_end':1000000}]}"

static void
a_subscription_is_due_when_its_period_ends_or_it_is_cancelled(void **state)
{
	(void)state;
	assert_int_equal(due("subscription", "{'status':'active'," ITEMS "}"), 1000000);
	assert_int_equal(due("subscription", "{'status':'past_due'," ITEMS "}"), 1000000);
	assert_int_equal(due("subscription", "{'status':'active','cancel_at':900000," ITEMS "}"),
		900000);
	assert_int_equal(due("subscription",
						 "{'status':'active','pause_collection':{'resumes_at':800000}," ITEMS "}"),
		800000);
	assert_int_equal(due("subscription", "{'status':'canceled'," ITEMS "}"), 0);
	assert_int_equal(due("subscription", "{'status':'paused'," ITEMS "}"), 0);
	assert_int_equal(due("subscription", "{'status':'incomplete','created':100," ITEMS "}"),
		100 + 23 * 3600);
}

static void
a_trial_warns_three_days_before_its_end(void **state)
{
	(void)state;
	assert_int_equal(due("subscription", "{'status':'trialing','trial_end':1000000," ITEMS "}"),
		1000000 - 3 * 86400);
	assert_int_equal(due("subscription",
						 "{'status':'trialing','trial_end':1000000,'_warned':true," ITEMS "}"),
		1000000);
}

static void
an_invoice_is_due_only_where_it_advances_by_itself(void **state)
{
	(void)state;
	assert_int_equal(due("invoice",
						 "{'status':'draft','auto_advance':true,'automatically_finalizes_at':7}"),
		7);
	assert_int_equal(due("invoice",
						 "{'status':'draft','auto_advance':false,'automatically_finalizes_at':7}"),
		0);
	assert_int_equal(due("invoice",
						 "{'status':'open','auto_advance':true,'next_payment_attempt':8}"),
		8);
	assert_int_equal(due("invoice",
						 "{'status':'paid','auto_advance':true,'next_payment_attempt':8}"),
		0);
	assert_int_equal(due("invoice",
						 "{'status':'open','auto_advance':true,'collection_method':'send_invoice',"
						 "'due_date':9}"),
		9);
	assert_int_equal(due("invoice",
						 "{'status':'open','auto_advance':true,'collection_method':'send_invoice',"
						 "'due_date':9,'_overdue':true}"),
		0);
}

static void
grants_and_sessions_are_due_when_they_expire(void **state)
{
	(void)state;
	assert_int_equal(due("billing.credit_grant", "{'expires_at':9}"), 9);
	assert_int_equal(due("billing.credit_grant", "{'expires_at':9,'voided_at':1}"), 0);
	assert_int_equal(due("billing.credit_grant", "{'expires_at':9,'_expired':true}"), 0);
	assert_int_equal(due("checkout.session", "{'status':'open','expires_at':9}"), 9);
	assert_int_equal(due("checkout.session", "{'status':'complete','expires_at':9}"), 0);
	assert_int_equal(due("customer", "{}"), 0);
}

static void
what_was_refused_is_due_later(void **state)
{
	(void)state;
	assert_int_equal(due("billing.credit_grant", "{'expires_at':9,'_put_off_until':20}"), 20);
	assert_int_equal(due("billing.credit_grant", "{'expires_at':30,'_put_off_until':20}"), 30);
	assert_int_equal(due("customer", "{'_put_off_until':20}"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subscription_is_due_when_its_period_ends_or_it_is_cancelled),
		cmocka_unit_test(a_trial_warns_three_days_before_its_end),
		cmocka_unit_test(an_invoice_is_due_only_where_it_advances_by_itself),
		cmocka_unit_test(grants_and_sessions_are_due_when_they_expire),
		cmocka_unit_test(what_was_refused_is_due_later),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	bh_arena_close(&arena);
	return failed;
}
