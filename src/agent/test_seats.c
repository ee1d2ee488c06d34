/* test_seats.c: no tenant takes all runners, nor do all runs in the background. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/seats.h"

static size_t
take_all(struct agent_seats *seats, const struct bh_uuid *tenant, bool background)
{
	size_t n = 0;

	for (; agent_seats_free(seats, tenant, background) > 0; n++)
		agent_seats_take(seats, tenant, background);
	return n;
}

static bool
is_among(const struct bh_uuid *tenants, size_t n, const struct bh_uuid *tenant)
{
	for (size_t i = 0; i < n; i++)
		if (bh_uuid_equal(&tenants[i], tenant))
			return true;
	return false;
}

static void
a_tenant_has_a_third_in_the_background_and_two_in_all(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), other = bh_uuid_new();
	struct agent_seats seats = {0};
	struct agent_seats_full full;

	(void)state;
	assert_int_equal(take_all(&seats, &acme, true), 8);
	agent_seats_full(&seats, &full);
	assert_int_equal(full.kept_back.n_tenants, 0);
	assert_true(is_among(full.background_tenants, full.kept_back.n_background_tenants, &acme));
	assert_false(is_among(full.background_tenants, full.kept_back.n_background_tenants, &other));

	assert_int_equal(take_all(&seats, &acme, false), 8);
	agent_seats_full(&seats, &full);
	assert_true(is_among(full.tenants, full.kept_back.n_tenants, &acme));
	assert_int_equal(agent_seats_free(&seats, &other, false), 6);
	assert_int_equal(agent_seats_free(&seats, &other, true), 6);
}

/* Three tenants that take all that they may still leave one to a fourth. */
static void
the_last_is_left_to_a_tenant_that_has_none(void **state)
{
	struct agent_seats seats = {0};
	struct bh_uuid tenants[3], late = bh_uuid_new();
	struct agent_seats_full full;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		tenants[i] = bh_uuid_new();
		take_all(&seats, &tenants[i], i == 0);
	}
	for (size_t i = 0; i < 3; i++)
		take_all(&seats, &tenants[i], false);
	assert_int_equal(seats.n, AGENT_RUNNERS - 1);
	agent_seats_full(&seats, &full);
	for (size_t i = 0; i < 3; i++)
		assert_true(is_among(full.tenants, full.kept_back.n_tenants, &tenants[i]));
	assert_int_equal(agent_seats_free(&seats, &late, false), 1);
}

static void
what_is_left_is_free_again(void **state)
{
	struct bh_uuid acme = bh_uuid_new();
	struct agent_seats seats = {0};
	struct agent_seats_full full;

	(void)state;
	take_all(&seats, &acme, true);
	agent_seats_leave(&seats, &acme, true);
	assert_int_equal(agent_seats_free(&seats, &acme, true), 1);
	agent_seats_full(&seats, &full);
	assert_int_equal(full.kept_back.n_background_tenants, 0);
}

static void
all_runs_in_the_background_leave_a_third_to_those_who_wait(void **state)
{
	struct agent_seats seats = {0};
	struct agent_seats_full full;
	struct bh_uuid tenant;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < AGENT_RUNNERS; i++) {
		tenant = bh_uuid_new();
		if (agent_seats_free(&seats, &tenant, true) == 0)
			break;
		agent_seats_take(&seats, &tenant, true);
		n++;
	}
	assert_int_equal(n, 16);
	agent_seats_full(&seats, &full);
	assert_true(full.kept_back.background);
	assert_int_equal(agent_seats_free(&seats, &tenant, false), 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_has_a_third_in_the_background_and_two_in_all),
		cmocka_unit_test(the_last_is_left_to_a_tenant_that_has_none),
		cmocka_unit_test(what_is_left_is_free_again),
		cmocka_unit_test(all_runs_in_the_background_leave_a_third_to_those_who_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
