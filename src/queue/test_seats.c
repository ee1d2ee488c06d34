/* SPDX-License-Identifier: Apache-2.0 */
/* test_seats.c: no tenant takes all threads, nor do all jobs in the background. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "queue/seats.h"

static const struct bh_seats_conf shares = {.places = 24,
	.tenant_percent = 66,
	.tenant_most = 24,
	.tenant_background_most = 8,
	.background_most = 16};

static struct bh_seats
empty(const struct bh_seats_conf *conf)
{
	struct bh_seats seats;

	bh_seats_init(&seats, conf);
	return seats;
}

static size_t
take_all(struct bh_seats *seats, const struct bh_uuid *tenant, bool background)
{
	size_t n = 0;

	for (; bh_seats_free(seats, tenant, background) > 0; n++)
		bh_seats_take(seats, tenant, background);
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
	struct bh_seats seats = empty(&shares);
	struct bh_seats_full full;

	(void)state;
	assert_int_equal(take_all(&seats, &acme, true), 8);
	bh_seats_full(&seats, &full);
	assert_int_equal(full.kept_back.n_tenants, 0);
	assert_true(is_among(full.background_tenants, full.kept_back.n_background_tenants, &acme));
	assert_false(is_among(full.background_tenants, full.kept_back.n_background_tenants, &other));

	assert_int_equal(take_all(&seats, &acme, false), 8);
	bh_seats_full(&seats, &full);
	assert_true(is_among(full.tenants, full.kept_back.n_tenants, &acme));
	assert_int_equal(bh_seats_free(&seats, &other, false), 6);
	assert_int_equal(bh_seats_free(&seats, &other, true), 6);
}

/* Three tenants that take all that they may still leave one to a fourth. */
static void
the_last_is_left_to_a_tenant_that_has_none(void **state)
{
	struct bh_seats seats = empty(&shares);
	struct bh_uuid tenants[3], late = bh_uuid_new();
	struct bh_seats_full full;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		tenants[i] = bh_uuid_new();
		take_all(&seats, &tenants[i], i == 0);
	}
	for (size_t i = 0; i < 3; i++)
		take_all(&seats, &tenants[i], false);
	assert_int_equal(seats.n, shares.places - 1);
	bh_seats_full(&seats, &full);
	for (size_t i = 0; i < 3; i++)
		assert_true(is_among(full.tenants, full.kept_back.n_tenants, &tenants[i]));
	assert_int_equal(bh_seats_free(&seats, &late, false), 1);
}

static void
what_is_left_is_free_again(void **state)
{
	struct bh_uuid acme = bh_uuid_new();
	struct bh_seats seats = empty(&shares);
	struct bh_seats_full full;

	(void)state;
	take_all(&seats, &acme, true);
	bh_seats_leave(&seats, &acme, true);
	assert_int_equal(bh_seats_free(&seats, &acme, true), 1);
	bh_seats_full(&seats, &full);
	assert_int_equal(full.kept_back.n_background_tenants, 0);
}

static void
all_jobs_in_the_background_leave_a_third_to_those_who_wait(void **state)
{
	struct bh_seats seats = empty(&shares);
	struct bh_seats_full full;
	struct bh_uuid tenant;
	size_t n = 0;

	(void)state;
	for (int64_t i = 0; i < shares.places; i++) {
		tenant = bh_uuid_new();
		if (bh_seats_free(&seats, &tenant, true) == 0)
			break;
		bh_seats_take(&seats, &tenant, true);
		n++;
	}
	assert_int_equal(n, 16);
	bh_seats_full(&seats, &full);
	assert_true(full.kept_back.background);
	assert_int_equal(bh_seats_free(&seats, &tenant, false), 6);
}

/* Without a share of what is free a number is all that bounds a tenant: two of them have all places. */
static void
a_number_bounds_a_tenant_however_many_are_free(void **state)
{
	static const struct bh_seats_conf two = {.places = 4,
		.tenant_percent = 100,
		.tenant_most = 2,
		.tenant_background_most = 4,
		.background_most = 4};
	struct bh_uuid acme = bh_uuid_new(), other = bh_uuid_new();
	struct bh_seats seats = empty(&two);
	struct bh_seats_full full;

	(void)state;
	assert_int_equal(take_all(&seats, &acme, false), 2);
	assert_int_equal(take_all(&seats, &other, false), 2);
	bh_seats_full(&seats, &full);
	assert_true(is_among(full.tenants, full.kept_back.n_tenants, &acme));
	assert_true(is_among(full.tenants, full.kept_back.n_tenants, &other));
	bh_seats_leave(&seats, &other, false);
	bh_seats_full(&seats, &full);
	assert_false(is_among(full.tenants, full.kept_back.n_tenants, &other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_has_a_third_in_the_background_and_two_in_all),
		cmocka_unit_test(the_last_is_left_to_a_tenant_that_has_none),
		cmocka_unit_test(what_is_left_is_free_again),
		cmocka_unit_test(all_jobs_in_the_background_leave_a_third_to_those_who_wait),
		cmocka_unit_test(a_number_bounds_a_tenant_however_many_are_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
