/* SPDX-License-Identifier: Apache-2.0 */
/* test_owners.c: owners that have come to an end go, and nothing is lost with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "meter/books.h"
#include "meter/settle.h"

struct fixture {
	struct bh_uuid tenant, owner;
	struct bh_uuid act; /* its last */
	struct bh_db db, admin;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (fix == NULL)
		return -1;
	fix->tenant = bh_uuid_new();
	fix->owner = bh_uuid_new();
	fix->db = bh_test_db_as(&bh_test_group, "bulkhead_model", &fix->tenant);
	fix->admin = bh_test_db_as(&bh_test_group, NULL, NULL);
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

/* $1 is the tenant, $2 the owner. */
static void
admin(struct fixture *fix, const char *sql)
{
	int rc = bh_db_exec(&fix->admin, sql, BH_PARAMS(&fix->tenant, &fix->owner), NULL);

	if (rc < 0)
		print_error("%s: %s\n", sql, bh_error_detail(rc));
	assert_int_equal(rc, 0);
}

static int64_t
number(struct fixture *fix, const char *sql)
{
	int64_t value = -1;

	assert_int_equal(bh_db_one(&fix->admin, sql, BH_PARAMS(&fix->tenant, &fix->owner), &bh_row_int,
						 &value),
		0);
	return value;
}

static int64_t
drop(struct fixture *fix, int64_t most)
{
	int64_t dropped = -1;

	assert_int_equal(bh_db_one(&fix->db, "SELECT dropped FROM meter_owners_drop($1, $2)",
						 BH_PARAMS(&fix->tenant, most), &bh_row_int, &dropped),
		0);
	return dropped;
}

/* An act of the owner, as a key, that costs so much. */
static void
spend(struct fixture *fix, int64_t cost)
{
	struct meter_slot slot = {
		.tenant = fix->tenant,
		.act = bh_uuid_new(),
		.key = fix->owner,
		.kind = METER_CHAT,
		.request_id = "r",
		.model = "m",
		.started_ms = 1793500000000,
		.ended_ms = 1793500000000,
		.price_known = true,
		.prices = {[METER_INPUT] = 1000000},
		.used = {[METER_INPUT] = cost},
	};
	struct meter_slot *one = &slot;

	assert_int_equal(meter_books_settle(&fix->db, &fix->tenant, &one, 1), 0);
	fix->act = slot.act;
}

/* Its days lie so much earlier, and its windows are those of now. */
#define AGE(days) \
	"WITH past AS (UPDATE bulkhead.meter_day SET day = day - " days " WHERE tenant_id = $1" \
	"   AND owner_id = $2)" \
	" UPDATE bulkhead.meter_owner SET day_spent = 0, month_spent = 0 WHERE tenant_id = $1 AND id " \
	"= $2"

#define KEY(more) \
	"INSERT INTO bulkhead.api_key (tenant_id, id, hash, prefix, scopes, created_by, expires_at," \
	"  revoked_at) SELECT $1, $2, sha256(uuid_send($2)), 'p', '', 'c', " more

#define AS(kind) \
	"UPDATE bulkhead.meter_owner SET kind = '" kind "' WHERE tenant_id = $1 AND id = $2"

static void
whoever_is_gone_goes_two_months_after_its_last_act(void **state)
{
	struct fixture *fix = *state;

	spend(fix, 7);
	assert_int_equal(drop(fix, 10), 0);
	admin(fix, AGE("62"));
	assert_int_equal(drop(fix, 10), 0);
	admin(fix, AGE("1"));
	assert_int_equal(drop(fix, 10), 1);
	assert_int_equal(number(fix,
						 "SELECT count(*) FROM bulkhead.meter_owner"
						 " WHERE tenant_id = $1 AND id IN ($1, $2)"),
		1); /* its tenant stays */
}

static void
whoever_works_stays_for_400_days(void **state)
{
	struct fixture *fix = *state;

	spend(fix, 7);
	admin(fix, KEY("NULL, NULL"));
	admin(fix, AGE("400"));
	admin(fix,
		"UPDATE bulkhead.meter_owner SET changed_at = now() - interval '401 days'"
		" WHERE tenant_id = $1 AND id = $2");
	assert_int_equal(drop(fix, 10), 0);
	admin(fix, AGE("1"));
	assert_int_equal(drop(fix, 10), 1);
}

static void
keys_that_were_revoked_or_expired_and_archived_teams_are_gone(void **state)
{
	static const char *const gone[] = {KEY("now() - interval '1 hour', NULL"), KEY("NULL, now()"),
		"INSERT INTO bulkhead.team (tenant_id, id, name, archived_at) VALUES ($1, $2, 't', now())"};
	static const char *const there[] = {KEY("now() + interval '1 hour', NULL"),
		"INSERT INTO bulkhead.team (tenant_id, id, name) VALUES ($1, $2, 'u')"};
	struct fixture *fix = *state;

	for (size_t i = 0; i < BH_COUNT(gone) + BH_COUNT(there); i++) {
		bool is_gone = i < BH_COUNT(gone);
		const char *sql = is_gone ? gone[i] : there[i - BH_COUNT(gone)];

		fix->owner = bh_uuid_new();
		spend(fix, 1);
		admin(fix, sql);
		if (i == BH_COUNT(gone) - 1 || i == BH_COUNT(gone) + BH_COUNT(there) - 1)
			admin(fix, AS("team"));
		admin(fix, AGE("63"));
		assert_int_equal(drop(fix, 10), is_gone ? 1 : 0);
	}
}

static void
a_person_who_left_is_gone(void **state)
{
	struct fixture *fix = *state;

	spend(fix, 1);
	admin(fix, AS("user"));
	admin(fix,
		"INSERT INTO bulkhead.account (tenant_id, id)"
		" SELECT '00000000-0000-0000-0000-000000000001', $2 WHERE $1::uuid IS NOT NULL");
	admin(fix,
		"INSERT INTO bulkhead.membership (tenant_id, account_id, role)"
		" VALUES ($1, $2, 'member')");
	admin(fix, AGE("63"));
	assert_int_equal(drop(fix, 10), 0);
	admin(fix, "DELETE FROM bulkhead.membership WHERE tenant_id = $1 AND account_id = $2");
	assert_int_equal(drop(fix, 10), 1);
}

static void
a_budget_and_a_reservation_hold_it(void **state)
{
	static const char *const holds[][2] = {
		{"UPDATE bulkhead.meter_owner SET total_limit = 5 WHERE tenant_id = $1 AND id = $2",
			"UPDATE bulkhead.meter_owner SET total_limit = NULL WHERE tenant_id = $1 AND id = $2"},
		{"UPDATE bulkhead.meter_owner SET reserved = 5 WHERE tenant_id = $1 AND id = $2",
			"UPDATE bulkhead.meter_owner SET reserved = 0 WHERE tenant_id = $1 AND id = $2"},
		/* One that was charged: its settlement would give the charge back. */
		{"INSERT INTO bulkhead.meter_reservation (tenant_id, act_id, owners, nanos, expired_on)"
		 " VALUES ($1, $2, ARRAY[$1, $2], 5, '2020-01-01')",
			"DELETE FROM bulkhead.meter_reservation WHERE tenant_id = $1 AND act_id = $2"},
		{"UPDATE bulkhead.meter_owner SET month_spent = 5 WHERE tenant_id = $1 AND id = $2",
			"UPDATE bulkhead.meter_owner SET month_spent = 0 WHERE tenant_id = $1 AND id = $2"},
	};
	struct fixture *fix = *state;

	spend(fix, 1);
	admin(fix, AGE("63"));
	for (size_t i = 0; i < BH_COUNT(holds); i++) {
		admin(fix, holds[i][0]);
		assert_int_equal(drop(fix, 10), 0);
		admin(fix, holds[i][1]);
	}
	assert_int_equal(drop(fix, 10), 1);
}

static void
a_piece_drops_as_many_as_it_may(void **state)
{
	struct fixture *fix = *state;

	for (int i = 0; i < 5; i++) {
		fix->owner = bh_uuid_new();
		spend(fix, 1);
		admin(fix, AGE("63"));
	}
	assert_int_equal(drop(fix, 2), 2);
	assert_int_equal(drop(fix, 2), 2);
	assert_int_equal(drop(fix, 2), 1);
	assert_int_equal(drop(fix, 2), 0);
}

static void
whoever_comes_back_goes_on_from_its_days(void **state)
{
	struct fixture *fix = *state;

	spend(fix, 7);
	admin(fix, AGE("63"));
	assert_int_equal(drop(fix, 10), 1);
	spend(fix, 5);
	assert_int_equal(number(fix,
						 "SELECT total_spent FROM bulkhead.meter_owner"
						 " WHERE tenant_id = $1 AND id = $2"),
		12);
	assert_int_equal(number(fix,
						 "SELECT month_spent FROM bulkhead.meter_owner"
						 " WHERE tenant_id = $1 AND id = $2"),
		5);
}

static void
a_correction_of_whoever_is_gone_goes_on_from_its_days(void **state)
{
	static const char sql[] =
		"SELECT done = 'ok' FROM usage_correct($1, gen_random_uuid(), $2, gen_random_uuid(), 1,"
		" '{0,0,0,0,0,5}', 'r', 'b')";
	struct fixture *fix = *state;
	struct bh_db billing = bh_test_db_as(&bh_test_group, "bulkhead_billing", &fix->tenant);
	bool done = false;

	spend(fix, 7);
	admin(fix, AGE("63"));
	assert_int_equal(drop(fix, 10), 1);
	assert_int_equal(bh_db_one(&billing, sql, BH_PARAMS(&fix->tenant, &fix->act), &bh_row_bool,
						 &done),
		0);
	assert_true(done);
	assert_int_equal(number(fix,
						 "SELECT total_spent FROM bulkhead.meter_owner"
						 " WHERE tenant_id = $1 AND id = $2"),
		12);
	assert_int_equal(number(fix,
						 "SELECT day_spent FROM bulkhead.meter_owner"
						 " WHERE tenant_id = $1 AND id = $2"),
		5);
}

static void
a_budget_of_whoever_comes_back_counts_what_was_before(void **state)
{
	const struct meter_limit total = {.sets_total = true, .has_total = true, .total = 10};
	struct fixture *fix = *state;

	spend(fix, 7);
	admin(fix, AGE("63"));
	assert_int_equal(drop(fix, 10), 1);
	assert_int_equal(meter_books_limit(&fix->db, &fix->tenant, &fix->owner, METER_KEY, &total), 0);
	assert_int_equal(number(fix,
						 "SELECT total_spent FROM bulkhead.meter_owner"
						 " WHERE tenant_id = $1 AND id = $2"),
		7);
}

static void
another_tenants_are_left_alone(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid other = bh_uuid_new();
	int64_t dropped = -1;

	spend(fix, 7);
	admin(fix, AGE("63"));
	assert_int_not_equal(bh_db_one(&fix->db, "SELECT dropped FROM meter_owners_drop($1, $2)",
							 BH_PARAMS(&other, (int64_t)10), &bh_row_int, &dropped),
		0);
	assert_int_equal(drop(fix, 10), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whoever_is_gone_goes_two_months_after_its_last_act),
		TEST(whoever_works_stays_for_400_days),
		TEST(keys_that_were_revoked_or_expired_and_archived_teams_are_gone),
		TEST(a_person_who_left_is_gone),
		TEST(a_budget_and_a_reservation_hold_it),
		TEST(a_piece_drops_as_many_as_it_may),
		TEST(whoever_comes_back_goes_on_from_its_days),
		TEST(a_correction_of_whoever_is_gone_goes_on_from_its_days),
		TEST(a_budget_of_whoever_comes_back_counts_what_was_before),
		TEST(another_tenants_are_left_alone),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests_name("meter/owners", tests, bh_test_group_open,
		bh_test_group_close);
}
