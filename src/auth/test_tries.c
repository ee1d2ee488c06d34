/* SPDX-License-Identifier: Apache-2.0 */
/* test_tries.c: proves whose tries a try costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/tries.h"
#include "base/error.h"

enum { PAIR = 10, CLIENT = 60, ADDRESS = 100 };

static const struct bh_secret key = {{1}};
static const char owner[] = "owner@x.test";

static int
set_up(void **state)
{
	struct auth_tries *tries;

	if (auth_tries_open(NULL, NULL, &tries) < 0)
		return -1;
	*state = tries;
	return 0;
}

static int
tear_down(void **state)
{
	auth_tries_close(*state);
	return 0;
}

/* The number'th client of all. */
static struct auth_client
client(unsigned number)
{
	struct auth_client out;
	char text[32];

	snprintf(text, sizeof(text), "10.%u.%u.%u", number >> 16, number >> 8 & 255, number & 255);
	auth_client_read(&key, text, &out);
	return out;
}

/* A wrong password from there. */
static int
wrong(struct auth_tries *tries, unsigned from, const char *email, bool familiar)
{
	struct auth_client who = client(from);
	struct auth_try attempt;
	int64_t wait_ms = 0;

	return auth_tries_take(tries, &who, email, familiar, 1000, &attempt, &wait_ms);
}

static void
a_pair_has_so_many_tries(void **state)
{
	(void)state;
	for (int i = 0; i < PAIR; i++)
		assert_int_equal(wrong(*state, 1, owner, true), 0);
	assert_int_equal(wrong(*state, 1, owner, true), BH_E_RATE_LIMITED);
	assert_int_equal(wrong(*state, 2, owner, true), 0);
	assert_int_equal(wrong(*state, 1, "other@x.test", true), 0);
}

static void
strangers_cannot_use_up_what_a_familiar_place_has(void **state)
{
	unsigned tried = 0;

	for (unsigned from = 2; from < 200; from++)
		tried += wrong(*state, from, owner, false) == 0;
	assert_int_equal(tried, ADDRESS);
	assert_int_equal(wrong(*state, 1, owner, false), BH_E_RATE_LIMITED);
	assert_int_equal(wrong(*state, 1, owner, true), 0);
}

static void
one_client_cannot_try_address_after_address(void **state)
{
	char email[32];
	unsigned tried = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(email, sizeof(email), "a%d@x.test", i);
		tried += wrong(*state, 1, email, false) == 0;
	}
	assert_int_equal(tried, CLIENT);
	assert_int_equal(wrong(*state, 1, owner, true), 0);
	assert_int_equal(wrong(*state, 2, owner, false), 0);
}

static void
a_refused_try_costs_nobody_anything(void **state)
{
	char email[32];

	for (int i = 0; i < CLIENT; i++) {
		snprintf(email, sizeof(email), "a%d@x.test", i);
		assert_int_equal(wrong(*state, 1, email, false), 0);
	}
	for (int i = 0; i < 200; i++)
		assert_int_equal(wrong(*state, 1, owner, false), BH_E_RATE_LIMITED);
	for (int i = 0; i < PAIR; i++)
		assert_int_equal(wrong(*state, 1, owner, true), 0);
	for (unsigned from = 2; from < 2 + ADDRESS; from++)
		assert_int_equal(wrong(*state, from, owner, false), 0);
}

static void
what_was_not_looked_at_is_given_back(void **state)
{
	struct auth_client who = client(1);
	struct auth_try attempt;
	int64_t wait_ms = 0;

	for (int i = 0; i < 300; i++) {
		assert_int_equal(auth_tries_take(*state, &who, owner, false, 1000, &attempt, &wait_ms), 0);
		auth_tries_undo(*state, &attempt);
	}
}

static void
a_right_password_gives_the_pair_all_its_tries_again(void **state)
{
	struct auth_client who = client(1);
	struct auth_try attempt;
	int64_t wait_ms = 0;

	for (int i = 1; i < PAIR; i++)
		assert_int_equal(wrong(*state, 1, owner, false), 0);
	assert_int_equal(auth_tries_take(*state, &who, owner, false, 1000, &attempt, &wait_ms), 0);
	auth_tries_right(*state, &attempt);
	for (int i = 0; i < PAIR; i++)
		assert_int_equal(wrong(*state, 1, owner, false), 0);
	assert_int_equal(wrong(*state, 1, owner, false), BH_E_RATE_LIMITED);
}

static void
tables_full_of_strangers_leave_the_owner_alone(void **state)
{
	char email[32];

	for (int i = 1; i < PAIR; i++)
		assert_int_equal(wrong(*state, 1, owner, true), 0);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(email, sizeof(email), "a%u@x.test", i);
		(void)!wrong(*state, 2 + i, email, false);
	}
	assert_int_equal(wrong(*state, 1, owner, true), 0);
}

static void
a_sign_in_is_refreshed_so_often(void **state)
{
	struct bh_uuid one = bh_uuid_new(), other = bh_uuid_new();
	int64_t wait_ms = 0;
	int n = 0;

	while (auth_tries_refresh(*state, &one, 1000, &wait_ms) == 0)
		n++;
	assert_int_equal(n, 60);
	assert_int_equal(wait_ms, 30000);
	assert_int_equal(auth_tries_refresh(*state, &other, 1000, &wait_ms), 0);
}

static void
codes_cost_the_pair_and_away_from_home_the_account(void **state)
{
	const struct bh_uuid account = bh_uuid_new(), other = bh_uuid_new();
	struct auth_client home = client(1);
	struct auth_code_try attempt;
	int64_t wait_ms = 0;
	unsigned n = 0;

	/* Five from one place; from many places ten, and then none from anywhere new. */
	while (auth_tries_code(*state, &home, &account, false, 1000, &attempt, &wait_ms) == 0)
		n++;
	assert_int_equal(n, 5);
	assert_int_equal(wait_ms, 60000);
	for (unsigned number = 2; number < 20; number++) {
		struct auth_client away = client(number);

		n += auth_tries_code(*state, &away, &account, false, 1000, &attempt, &wait_ms) == 0;
	}
	assert_int_equal(n, 10);
	assert_int_equal(wait_ms, 300000);

	/* The owner's own place has its tries, and so has everybody else. */
	home = client(30);
	assert_int_equal(auth_tries_code(*state, &home, &account, true, 1000, &attempt, &wait_ms), 0);
	assert_int_equal(auth_tries_code(*state, &home, &other, false, 1000, &attempt, &wait_ms), 0);
}

static void
a_right_code_gives_back_what_it_cost(void **state)
{
	const struct bh_uuid account = bh_uuid_new();
	const struct auth_client home = client(1);
	struct auth_code_try attempt;
	int64_t wait_ms = 0;

	for (unsigned n = 0; n < 50; n++) {
		assert_int_equal(auth_tries_code(*state, &home, &account, false, 1000, &attempt, &wait_ms),
			0);
		auth_tries_code_right(*state, &attempt);
	}
}

/* ---- mail ---- */

static int
mail(struct auth_tries *tries, const struct bh_uuid *tenant, const char *email)
{
	int64_t wait_ms = 0;

	return auth_tries_write(tries, tenant, email, 1000, &wait_ms);
}

static void
one_tenant_writes_a_few_times_to_an_address_and_all_a_few_more(void **state)
{
	struct bh_uuid tenant = {{1}};

	for (int i = 0; i < 3; i++)
		assert_int_equal(mail(*state, &tenant, owner), 0);
	assert_int_equal(mail(*state, &tenant, owner), BH_E_RATE_LIMITED);
	assert_int_equal(mail(*state, &tenant, "other@x.test"), 0);
	for (int i = 0; i < 7; i++) {
		tenant.bytes[0]++;
		assert_int_equal(mail(*state, &tenant, owner), 0);
	}
	tenant.bytes[0]++;
	assert_int_equal(mail(*state, &tenant, owner), BH_E_RATE_LIMITED);
	/* What was refused cost the tenant nothing. */
	auth_tries_unwrite(*state, &(struct bh_uuid){{1}}, owner);
	assert_int_equal(mail(*state, &tenant, owner), 0);
	assert_int_equal(mail(*state, &tenant, owner), BH_E_RATE_LIMITED);
}

static int
ask(struct auth_tries *tries, unsigned from, const char *email)
{
	struct auth_client who = client(from);
	int64_t wait_ms = 0;

	return auth_tries_ask(tries, &who, email, 1000, &wait_ms);
}

static void
links_are_asked_for_by_a_client_and_for_an_address_so_often(void **state)
{
	char email[32];

	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(ask(*state, i, owner), 0);
	assert_int_equal(ask(*state, 5, owner), BH_E_RATE_LIMITED);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(email, sizeof(email), "a%u@x.test", i);
		assert_int_equal(ask(*state, 9, email), 0);
	}
	assert_int_equal(ask(*state, 9, "more@x.test"), BH_E_RATE_LIMITED);
	assert_int_equal(ask(*state, 10, "more@x.test"), 0);
}

static void
strangers_write_so_many_rows_in_all(void **state)
{
	char email[32];

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(email, sizeof(email), "a%u@x.test", i);
		assert_int_equal(ask(*state, i, email), 0);
	}
	assert_int_equal(ask(*state, 1000, "more@x.test"), BH_E_RATE_LIMITED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pair_has_so_many_tries, set_up, tear_down),
		cmocka_unit_test_setup_teardown(strangers_cannot_use_up_what_a_familiar_place_has, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(one_client_cannot_try_address_after_address, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_refused_try_costs_nobody_anything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_not_looked_at_is_given_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_right_password_gives_the_pair_all_its_tries_again, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(tables_full_of_strangers_leave_the_owner_alone, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_sign_in_is_refreshed_so_often, set_up, tear_down),
		cmocka_unit_test_setup_teardown(codes_cost_the_pair_and_away_from_home_the_account, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_right_code_gives_back_what_it_cost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_tenant_writes_a_few_times_to_an_address_and_all_a_few_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_are_asked_for_by_a_client_and_for_an_address_so_often,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(strangers_write_so_many_rows_in_all, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
