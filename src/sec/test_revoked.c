/* SPDX-License-Identifier: Apache-2.0 */
/* test_revoked.c: proves who a revocation hits, and that the bounded set never lets one through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sec/revoked.h"

static const struct bh_uuid nobody;

static int
set_up(void **state)
{
	static struct bh_revoked_set set;

	set = (struct bh_revoked_set){0};
	*state = &set;
	return 0;
}

static int
tear_down(void **state)
{
	bh_revoked_close(*state);
	return 0;
}

static struct bh_claims
claims_at(int64_t version)
{
	return (struct bh_claims){
		.tenant = bh_uuid_new(),
		.subject = bh_uuid_new(),
		.session = bh_uuid_new(),
		.version = version,
	};
}

static void
nothing_is_revoked_at_first(void **state)
{
	struct bh_claims claims = claims_at(0);

	assert_false(bh_revoked_hits(*state, &claims));
}

static void
whoever_acts_as_somebody_else_is_hit_by_both_their_revocations(void **state)
{
	const struct bh_uuid staff = bh_uuid_new();
	struct bh_claims claims = claims_at(4);

	bh_revoked_add(*state, BH_REVOKED_SUBJECT, &bh_platform_tenant, &staff, 5, 0);
	assert_false(bh_revoked_hits(*state, &claims));
	claims.impersonator = staff;
	assert_true(bh_revoked_hits(*state, &claims));
	claims.version = 5;
	assert_false(bh_revoked_hits(*state, &claims));
	bh_revoked_add(*state, BH_REVOKED_SUBJECT, &nobody, &staff, 6, 0);
	assert_true(bh_revoked_hits(*state, &claims));
	claims.version = 6;
	bh_revoked_add(*state, BH_REVOKED_SUBJECT, &claims.tenant, &claims.subject, 7, 0);
	assert_true(bh_revoked_hits(*state, &claims));
}

static void
a_revocation_kills_older_tokens_and_spares_newer_ones(void **state)
{
	struct bh_claims claims = claims_at(4);

	bh_revoked_add(*state, BH_REVOKED_CREDENTIAL, &claims.tenant, &claims.session, 5, 0);
	assert_true(bh_revoked_hits(*state, &claims));
	claims.version = 5;
	assert_false(bh_revoked_hits(*state, &claims));
}

static void
a_tenants_row_hits_everybody_in_it(void **state)
{
	struct bh_claims claims = claims_at(4), other = claims_at(4);

	bh_revoked_add(*state, BH_REVOKED_TENANT, &claims.tenant, &claims.tenant, 5, 0);
	assert_true(bh_revoked_hits(*state, &claims));
	assert_false(bh_revoked_hits(*state, &other));
}

static void
a_subjects_row_of_one_tenant_spares_the_others(void **state)
{
	struct bh_claims claims = claims_at(4), elsewhere = claims;

	elsewhere.tenant = bh_uuid_new();
	bh_revoked_add(*state, BH_REVOKED_SUBJECT, &claims.tenant, &claims.subject, 5, 0);
	assert_true(bh_revoked_hits(*state, &claims));
	assert_false(bh_revoked_hits(*state, &elsewhere));
}

static void
a_subjects_row_of_no_tenant_hits_all(void **state)
{
	struct bh_claims claims = claims_at(4);

	bh_revoked_add(*state, BH_REVOKED_SUBJECT, &nobody, &claims.subject, 5, 0);
	assert_true(bh_revoked_hits(*state, &claims));
}

static void
an_older_row_changes_nothing(void **state)
{
	struct bh_revoked_set *set = *state;
	struct bh_claims claims = claims_at(6);

	bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &claims.tenant, &claims.session, 7, 0);
	bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &claims.tenant, &claims.session, 3, 0);
	assert_true(bh_revoked_hits(set, &claims));
	assert_int_equal(set->seq, 7);
}

static void
rows_survive_growth(void **state)
{
	enum { N = 3000 };
	static struct bh_uuid ids[N];

	for (int64_t i = 0; i < N; i++) {
		ids[i] = bh_uuid_new();
		bh_revoked_add(*state, BH_REVOKED_CREDENTIAL, &nobody, &ids[i], i + 1, 0);
	}
	for (int64_t i = 0; i < N; i++)
		assert_int_equal(bh_revoked_find(*state, BH_REVOKED_CREDENTIAL, &nobody, &ids[i]), i + 1);
}

static void
expired_rows_make_room(void **state)
{
	struct bh_revoked_set *set = *state;

	for (int64_t i = 0; i < 20000; i++) {
		struct bh_uuid id = bh_uuid_new();

		bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &nobody, &id, i + 1,
			i * BH_REVOKED_KEEP_MS / 10);
	}
	assert_true(set->size <= 64);
	assert_int_equal(bh_revoked_floor(set, &nobody), 0);
}

/* So many credentials of a tenant are revoked. */
static void
revoke_many(struct bh_revoked_set *set, const struct bh_uuid *tenant, size_t many)
{
	for (size_t i = 0; i < many; i++) {
		struct bh_uuid id = bh_uuid_new();

		bh_revoked_add(set, BH_REVOKED_CREDENTIAL, tenant, &id, set->seq + 1, 0);
	}
}

static void
a_tenant_over_its_share_has_its_own_older_tokens_dead_and_nobody_elses(void **state)
{
	struct bh_revoked_set *set = *state;
	struct bh_claims mine = claims_at(0), neighbour = claims_at(0), dead = claims_at(0);

	bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &dead.tenant, &dead.session, 1, 0);
	revoke_many(set, &mine.tenant, BH_REVOKED_SHARE);
	assert_false(bh_revoked_hits(set, &mine));
	revoke_many(set, &mine.tenant, 12 * BH_REVOKED_SHARE);
	assert_true(bh_revoked_hits(set, &mine));
	assert_false(bh_revoked_hits(set, &neighbour));
	assert_true(bh_revoked_hits(set, &dead));
	assert_true(set->size <= BH_REVOKED_MOST);
	mine.version = set->seq;
	assert_false(bh_revoked_hits(set, &mine));
}

static void
a_share_is_of_what_can_still_matter(void **state)
{
	struct bh_revoked_set *set = *state;
	struct bh_claims mine = claims_at(0);

	for (int64_t i = 0; i < 4 * (int64_t)BH_REVOKED_SHARE; i++) {
		struct bh_uuid id = bh_uuid_new();

		bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &mine.tenant, &id, i + 1,
			i * 2 * BH_REVOKED_KEEP_MS / BH_REVOKED_SHARE);
	}
	assert_int_equal(bh_revoked_floor(set, &mine.tenant), 0);
}

static void
a_full_set_refuses_what_it_forgot_and_spares_the_small(void **state)
{
	enum { CROWDS = 40 };
	struct bh_revoked_set *set = *state;
	struct bh_claims dead = claims_at(0), quiet = claims_at(0), crowds[CROWDS];
	size_t floors = 0;

	bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &dead.tenant, &dead.session, 1, 0);
	bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &quiet.tenant, &(struct bh_uuid){{7}}, 2, 0);
	for (size_t i = 0; i < CROWDS; i++) {
		crowds[i] = claims_at(0);
		bh_revoked_add(set, BH_REVOKED_CREDENTIAL, &crowds[i].tenant, &crowds[i].session,
			set->seq + 1, 0);
		revoke_many(set, &crowds[i].tenant, BH_REVOKED_SHARE - 1);
	}
	assert_int_equal(set->size, BH_REVOKED_MOST);
	for (size_t i = 0; i < CROWDS; i++) {
		assert_true(bh_revoked_hits(set, &crowds[i]));
		floors += bh_revoked_floor(set, &crowds[i].tenant) > 0;
	}
	assert_in_range(floors, CROWDS / 2, CROWDS);
	assert_true(bh_revoked_hits(set, &dead));
	assert_false(bh_revoked_hits(set, &quiet));
	assert_int_equal(bh_revoked_floor(set, &quiet.tenant), 0);
}

static void
a_crowded_tenant_is_named_and_one_row_makes_room(void **state)
{
	struct bh_revoked_set *set = *state;
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new(), found = {0};

	assert_false(bh_revoked_crowded(set, 0, &found));
	revoke_many(set, &other, 10);
	revoke_many(set, &tenant, BH_REVOKED_SHARE / 2);
	assert_true(bh_revoked_crowded(set, 0, &found));
	assert_true(bh_uuid_equal(&found, &tenant));
	assert_false(bh_revoked_crowded(set, BH_REVOKED_KEEP_MS, &found));
	revoke_many(set, &tenant, BH_REVOKED_SHARE / 2);
	bh_revoked_add(set, BH_REVOKED_TENANT, &tenant, &tenant, set->seq + 1, 0);
	assert_false(bh_revoked_crowded(set, 0, &found));
}

static void
a_change_of_plan_leaves_time_to_get_another_token(void **state)
{
	struct bh_claims old = claims_at(4), newer = claims_at(5);

	newer.tenant = old.tenant;
	bh_revoked_add(*state, BH_REVOKED_PLAN, &old.tenant, &old.tenant, 5, 10000);
	assert_false(bh_revoked_stale(*state, &old, 10000 + BH_REVOKED_RENEW_MS - 1));
	assert_true(bh_revoked_stale(*state, &old, 10000 + BH_REVOKED_RENEW_MS));
	assert_false(bh_revoked_stale(*state, &newer, 10000 + BH_REVOKED_RENEW_MS));
	/* The next one leaves as long, but to nobody who should have another by then. */
	bh_revoked_add(*state, BH_REVOKED_PLAN, &old.tenant, &old.tenant, 6, 20000);
	assert_true(bh_revoked_stale(*state, &old, 20000));
	assert_false(bh_revoked_stale(*state, &newer, 20000 + BH_REVOKED_RENEW_MS - 1));
	assert_true(bh_revoked_stale(*state, &newer, 20000 + BH_REVOKED_RENEW_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_revoked_at_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_revocation_kills_older_tokens_and_spares_newer_ones,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			whoever_acts_as_somebody_else_is_hit_by_both_their_revocations, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_change_of_plan_leaves_time_to_get_another_token, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_tenants_row_hits_everybody_in_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_subjects_row_of_one_tenant_spares_the_others, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_subjects_row_of_no_tenant_hits_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_older_row_changes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rows_survive_growth, set_up, tear_down),
		cmocka_unit_test_setup_teardown(expired_rows_make_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_tenant_over_its_share_has_its_own_older_tokens_dead_and_nobody_elses, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_share_is_of_what_can_still_matter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_set_refuses_what_it_forgot_and_spares_the_small,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_crowded_tenant_is_named_and_one_row_makes_room, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
