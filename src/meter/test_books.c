/* SPDX-License-Identifier: Apache-2.0 */
/* test_books.c: the books on a real database: what is spent and reserved is what was settled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "db/testing.h"
#include "meter/books.h"
#include "meter/price.h"
#include "meter/settle.h"

enum { HOUR_MS = 3600000 };

struct fixture {
	struct bh_uuid tenant;
	struct bh_db db;
	char path[32];
	struct meter_slots *slots;
	struct meter_settle *settle;
};

static void
set_budget(struct fixture *fix, int64_t nanos)
{
	const struct meter_limit limit = {.sets_month = true, .has_month = true, .month = nanos};

	assert_int_equal(meter_books_limit(&fix->db, &fix->tenant, &fix->tenant, METER_TENANT, &limit),
		0);
}

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->tenant = bh_uuid_new();
	fix->db = bh_test_db_as(&bh_test_group, "bulkhead_model", &fix->tenant);
	snprintf(fix->path, sizeof(fix->path), "/tmp/bh-books-XXXXXX");
	close(mkstemp(fix->path));
	*state = fix;
	if (meter_slots_open(fix->path, 0, &fix->slots) < 0)
		return -1;
	return meter_settle_open(fix->slots, &fix->settle);
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	meter_settle_close(fix->settle);
	meter_slots_close(fix->slots);
	unlink(fix->path);
	free(fix);
	return 0;
}

/* A call in flight that cost nothing yet: a token costs a nano. Each begins a millisecond later. */
static struct meter_slot *
begin(struct fixture *fix)
{
	static int64_t now_ms = 1793500000000;
	struct meter_slot *slot = NULL;

	assert_int_equal(meter_slots_take(fix->slots, &fix->tenant, &slot), 0);
	slot->act = bh_uuid_new();
	slot->model_tenant = fix->tenant;
	slot->model_id = fix->tenant;
	slot->started_ms = slot->ended_ms = now_ms++;
	snprintf(slot->request_id, sizeof(slot->request_id), "r");
	snprintf(slot->model, sizeof(slot->model), "m");
	slot->kind = METER_CHAT;
	slot->prices[METER_INPUT] = 1000000;
	slot->price_known = true;
	return slot;
}

static bool
admit(struct fixture *fix, struct meter_slot *slot, int64_t nanos)
{
	struct meter_refusal refusal = {0};

	slot->most[METER_INPUT] = nanos;
	assert_int_equal(meter_settle_admit(fix->settle, &fix->db, slot, 0, &refusal), 0);
	return refusal.span == METER_ADMITTED;
}

static void
end(struct fixture *fix, struct meter_slot *slot, int64_t cost)
{
	slot->used[METER_INPUT] = cost;
	(void)meter_settle_end(fix->settle, slot);
}

/* All that ended gets its rows. */
static size_t
write_rows(struct fixture *fix)
{
	size_t all = 0, settled;

	do {
		assert_int_equal(meter_settle_round(fix->settle, &fix->db, &settled), 0);
		all += settled;
	} while (settled > 0);
	return all;
}

static void
settle_one(struct fixture *fix, int64_t cost)
{
	struct meter_slot *slot = begin(fix);

	meter_settle_begin(slot);
	end(fix, slot, cost);
	assert_int_equal(write_rows(fix), 1);
}

static int64_t
number(struct fixture *fix, const char *sql)
{
	int64_t value = 0;

	assert_int_equal(bh_db_read_one(&fix->db, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &value),
		0);
	return value;
}

static void
change(struct fixture *fix, const char *sql)
{
	struct bh_db db = bh_test_db_as(&bh_test_group, NULL, NULL);

	assert_int_equal(bh_db_exec(&db, sql, BH_PARAMS(&fix->tenant), NULL), 0);
}

/* Of the tenant, this month. */
static void
expect(struct fixture *fix, int64_t spent, int64_t reserved)
{
	static const char days[] = "SELECT coalesce(sum(d.spent), 0)::bigint"
							   "  FROM meter_day AS d JOIN meter_owner AS o"
							   "    ON o.tenant_id = d.tenant_id AND o.id = d.owner_id"
							   " WHERE o.tenant_id = $1 AND o.id = $1"
							   "   AND date_trunc('month', d.day) = date_trunc('month', "
							   "meter_today(o.day))";
	static const char held[] =
		"SELECT coalesce(sum(nanos), 0)::bigint FROM bulkhead.meter_reservation"
		" WHERE tenant_id = $1 AND expired_on IS NULL";
	struct meter_standing standing = {0};
	struct bh_db admin = bh_test_db_as(&bh_test_group, NULL, NULL);
	int64_t sum = 0;

	assert_int_equal(meter_books_standing(&fix->db, &fix->tenant, &fix->tenant, &standing), 0);
	assert_int_equal(standing.month_spent, spent);
	assert_int_equal(standing.reserved, reserved);
	assert_int_equal(number(fix, days), spent);
	assert_int_equal(bh_db_one(&admin, held, BH_PARAMS(&fix->tenant), &bh_row_int, &sum), 0);
	assert_int_equal(sum, reserved);
}

static int64_t
expire(struct fixture *fix, const struct bh_uuid *live, size_t n_live)
{
	int64_t expired = 0;

	assert_int_equal(meter_books_expire(&fix->db, &fix->tenant, HOUR_MS, live, n_live, &expired),
		0);
	return expired;
}

#define ALL_SPENT "SELECT sum(cost_nanos)::bigint FROM usage_day WHERE tenant_id = $1"
#define AN_HOUR_PASSES \
	"UPDATE bulkhead.meter_reservation SET renewed_at = renewed_at - interval '2 hours'" \
	" WHERE tenant_id = $1"

static void
money_is_reserved_and_settled_at_its_cost(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *first, *second;

	set_budget(fix, 100);
	first = begin(fix);
	assert_true(admit(fix, first, 60));
	expect(fix, 0, 60);
	second = begin(fix);
	assert_false(admit(fix, second, 60));
	end(fix, first, 25);
	assert_int_equal(write_rows(fix), 1);
	expect(fix, 25, 0);
	second = begin(fix);
	assert_true(admit(fix, second, 75));
	expect(fix, 25, 75);
}

static void
a_settlement_that_is_repeated_changes_nothing(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	slot->used[METER_INPUT] = 25;
	for (int i = 0; i < 3; i++)
		assert_int_equal(meter_books_settle(&fix->db, &fix->tenant, &slot, 1), 0);
	expect(fix, 25, 0);
	assert_int_equal(number(fix, "SELECT calls FROM usage_day WHERE tenant_id = $1"), 1);
}

static void
what_no_slot_holds_expires_and_its_settlement_gives_the_charge_back(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(expire(fix, &slot->act, 1), 0);
	expect(fix, 0, 60);
	assert_int_equal(expire(fix, NULL, 0), 1);
	expect(fix, 60, 0);
	assert_int_equal(expire(fix, NULL, 0), 0);
	expect(fix, 60, 0);
	end(fix, slot, 25);
	assert_int_equal(write_rows(fix), 1);
	expect(fix, 25, 0);
}

static void
a_charge_of_another_month_is_taken_off_that_month(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(expire(fix, NULL, 0), 1);
	/* As if it had expired the month before. */
	change(fix,
		"UPDATE bulkhead.meter_reservation SET expired_on = (expired_on - interval '1 month')::date"
		" WHERE tenant_id = $1");
	change(fix,
		"UPDATE bulkhead.meter_day SET day = (day - interval '1 month')::date WHERE tenant_id = "
		"$1");
	change(fix,
		"UPDATE bulkhead.usage_day SET day = (day - interval '1 month')::date WHERE tenant_id = "
		"$1");
	change(fix,
		"UPDATE bulkhead.meter_owner SET day_spent = 0, month_spent = 0 WHERE tenant_id = $1");
	expect(fix, 0, 0);
	end(fix, slot, 25);
	assert_int_equal(write_rows(fix), 1);
	expect(fix, 25, 0);
	assert_int_equal(number(fix, ALL_SPENT), 25);
}

static void
a_reservation_that_is_renewed_does_not_expire(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, METER_RENEW_MS), 0);
	assert_int_equal(expire(fix, NULL, 0), 0);
	expect(fix, 0, 60);
	/* Not again at once. */
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, METER_RENEW_MS + 1), 0);
	assert_int_equal(expire(fix, NULL, 0), 1);
}

static void
a_long_call_survives_the_refusal_of_another(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	change(fix, AN_HOUR_PASSES);
	assert_false(admit(fix, begin(fix), 60));
	expect(fix, 0, 60);
	end(fix, slot, 25);
	assert_int_equal(write_rows(fix), 1);
	expect(fix, 25, 0);
}

static void
money_reserved_after_its_call_was_settled_is_given_back(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);
	const struct meter_wanted want = {.act = slot->act, .kind = METER_CHAT, .nanos = 100};
	struct meter_refusal refusal = {0};

	set_budget(fix, 100);
	meter_settle_begin(slot);
	end(fix, slot, 0);
	assert_int_equal(write_rows(fix), 1);
	assert_int_equal(meter_books_reserve(&fix->db, &fix->tenant, &want, 1, &refusal), 0);
	assert_int_equal(refusal.span, METER_ADMITTED);
	assert_true(admit(fix, begin(fix), 100)); /* it was given back, not spent */
	expect(fix, 0, 100);
}

/* ---- statements that meet ---- */

/* What a thread does while the main one holds the budget's row; with memory of its own. */
struct meeting {
	struct fixture *fix;
	struct bh_db db;
	struct meter_slot *slot;
	int (*act)(struct meeting *meeting);
	pthread_t thread;
	int rc;
};

static void *
meet(void *ctx)
{
	struct meeting *meeting = ctx;
	struct bh_arena arena = {0};

	meeting->db.arena = &arena;
	meeting->rc = meeting->act(meeting);
	bh_arena_close(&arena);
	return NULL;
}

static void
wait_until_blocked(int64_t n)
{
	static const char sql[] = "SELECT count(*) FROM pg_stat_activity"
							  " WHERE datname = current_database() AND wait_event_type = 'Lock'";
	struct bh_db db = bh_test_db_as(&bh_test_group, NULL, NULL);
	int64_t blocked = 0;

	for (int i = 0; i < 10000 && blocked != n; i++) {
		assert_int_equal(bh_db_one(&db, sql, NULL, 0, &bh_row_int, &blocked), 0);
		usleep(1000);
	}
	assert_int_equal(blocked, n);
}

static void
begin_meeting(struct meeting *meeting, struct fixture *fix, struct meter_slot *slot,
	int (*act)(struct meeting *meeting))
{
	*meeting = (struct meeting){.fix = fix, .db = fix->db, .slot = slot, .act = act};
	assert_int_equal(pthread_create(&meeting->thread, NULL, meet, meeting), 0);
}

static void
end_meeting(struct meeting *meeting)
{
	pthread_join(meeting->thread, NULL);
	assert_int_equal(meeting->rc, 0);
}

static int
reassert(struct meeting *meeting)
{
	const struct meter_wanted want = {.act = meeting->slot->act, .kind = METER_CHAT, .nanos = 60};

	return meter_books_reassert(&meeting->db, &meeting->fix->tenant, &want, 1);
}

static int
settle_under_a_reassertion(struct bh_db *tx, void *ctx)
{
	struct meeting *meeting = ctx;
	int rc = meter_books_settle(tx, &meeting->fix->tenant, &meeting->slot, 1);

	begin_meeting(meeting, meeting->fix, meeting->slot, reassert);
	wait_until_blocked(1);
	return rc;
}

/* A process that starts looks for lost reservations while it settles the calls of the one before it. */
static void
what_is_being_settled_is_not_reserved_again(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);
	struct meeting meeting = {.fix = fix, .slot = slot};

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	slot->used[METER_INPUT] = 25;
	assert_int_equal(bh_tx_run(&fix->db, settle_under_a_reassertion, &meeting), 0);
	end_meeting(&meeting);
	expect(fix, 25, 0);
}

static void
reserve_late(struct fixture *fix, const struct bh_uuid *act)
{
	const struct meter_wanted want = {.act = *act, .kind = METER_CHAT, .nanos = 60};
	struct meter_refusal refusal = {0};

	assert_int_equal(meter_books_reserve(&fix->db, &fix->tenant, &want, 1, &refusal), 0);
	assert_int_equal(refusal.span, METER_ADMITTED);
}

static bool
is_dead(uint64_t owner)
{
	return owner == 0;
}

/* Its process was killed, and its statement waited in the server behind that which settled for it. */
static void
what_a_dead_process_reserves_late_is_given_back_without_a_refusal(void **state)
{
	const struct meter_slots_as dead = {1, is_dead, METER_SLOTS, 0};
	struct fixture *fix = *state;
	struct meter_slot *slot, *left;
	struct meter_slots *slots;
	struct bh_uuid act;
	size_t at = 0;

	set_budget(fix, 1000);
	assert_int_equal(meter_slots_open_as(fix->path, &dead, &slots), 0);
	assert_int_equal(meter_slots_take(slots, &fix->tenant, &left), 0);
	act = left->act = bh_uuid_new();
	atomic_store(&left->state, METER_SLOT_ACTIVE);
	slot = meter_settle_adopt(fix->settle, &at);
	assert_non_null(slot);
	slot->status = METER_LOST;
	end(fix, slot, 0);
	assert_int_equal(write_rows(fix), 1);
	reserve_late(fix, &act);
	expect(fix, 0, 60);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, 1), 0);
	expect(fix, 0, 0);
	/* Later none can come. */
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, 1 + METER_LATE_MS), 0);
	reserve_late(fix, &act);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, 2 + METER_LATE_MS), 0);
	expect(fix, 0, 60);
	meter_slots_close(slots);
}

static void
what_was_spent_before_a_budget_counts(void **state)
{
	const struct meter_limit day = {.sets_day = true, .has_day = true, .day = 70};
	struct fixture *fix = *state;

	settle_one(fix, 30);
	set_budget(fix, 50);
	expect(fix, 30, 0);
	/* Each change leaves alone what it does not name. */
	assert_int_equal(meter_books_limit(&fix->db, &fix->tenant, &fix->tenant, METER_TENANT, &day),
		0);
	assert_int_equal(number(fix,
						 "SELECT month_limit FROM meter_owner WHERE tenant_id = $1 AND id = $1"),
		50);
	assert_int_equal(number(fix,
						 "SELECT day_limit FROM meter_owner WHERE tenant_id = $1 AND id = $1"),
		70);
}

static void
a_new_month_begins_at_nothing(void **state)
{
	struct fixture *fix = *state;

	set_budget(fix, 100);
	change(fix,
		"UPDATE bulkhead.meter_owner SET month_spent = 99, day = (day - interval '1 month')::date,"
		" month = (month - interval '1 month')::date WHERE tenant_id = $1");
	expect(fix, 0, 0);
	assert_true(admit(fix, begin(fix), 40));
	expect(fix, 0, 40);
	settle_one(fix, 5);
	expect(fix, 5, 40);
}

static void
a_clock_that_was_ahead_finds_the_month_as_it_was(void **state)
{
	struct fixture *fix = *state;

	set_budget(fix, 100);
	settle_one(fix, 30);
	/* What settlements leave while the server's clock is a year ahead. */
	change(fix,
		"UPDATE bulkhead.meter_owner SET day_spent = 4, month_spent = 4,"
		" day = (day + interval '1 year')::date, month = (month + interval '1 year')::date"
		" WHERE tenant_id = $1");
	expect(fix, 30, 0);
	assert_false(admit(fix, begin(fix), 71));
	assert_true(admit(fix, begin(fix), 70));
	settle_one(fix, 6);
	expect(fix, 36, 70);
}

static void
sums_stop_where_they_would_overflow(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	settle_one(fix, 1);
	change(fix,
		"UPDATE bulkhead.meter_owner SET month_spent = 8999999999999999000 WHERE tenant_id = $1");
	change(fix, "UPDATE bulkhead.meter_day SET spent = 8999999999999999000 WHERE tenant_id = $1");
	slot->prices[METER_INPUT] = INT64_MAX;
	meter_settle_begin(slot);
	end(fix, slot, 1000000);
	assert_int_equal(write_rows(fix), 1);
	expect(fix, METER_SPENT_MOST, 0);
}

/* A name cut in the middle of a character, a time no calendar has, a subject that is no text. */
static void
spoil(struct meter_slot *slot, int how)
{
	if (how == 0)
		memcpy(slot->model, "caf\xc3", 5);
	else if (how == 1)
		slot->started_ms = INT64_MAX;
	else
		memcpy(slot->subject, "\xff", 2);
}

static void
a_row_that_is_refused_is_quarantined_and_the_others_written(void **state)
{
	struct fixture *fix = *state;

	set_budget(fix, 1000);
	for (int i = 0; i < 40; i++) {
		struct meter_slot *slot = begin(fix);

		assert_true(admit(fix, slot, 20));
		slot->used[METER_INPUT] = 2;
		if (i % 13 == 7)
			spoil(slot, i / 13);
		(void)meter_settle_end(fix->settle, slot);
	}
	expect(fix, 0, 800);
	assert_int_equal(write_rows(fix), 40);
	expect(fix, 80, 0);
	assert_int_equal(meter_slots_quarantined(fix->slots), 3);
	assert_int_equal(number(fix, "SELECT count(*) FROM usage_event WHERE tenant_id = $1"), 37);
	assert_int_equal(number(fix, "SELECT sum(calls)::bigint FROM usage_day WHERE tenant_id = $1"),
		40);
	assert_int_equal(number(fix,
						 "SELECT count(*) FROM usage_quarantine WHERE tenant_id = $1"
						 "   AND cost_nanos = 2 AND reason LIKE '22%'"
						 "   AND record ->> 'request_id' = 'r' AND record ->> 'cost_nanos' = '2'"),
		3);
}

static void
quarantine_keeps_the_newest_and_their_money(void **state)
{
	struct fixture *fix = *state;
	int64_t dropped = 0;

	for (int i = 0; i < 5; i++) {
		struct meter_slot *slot = begin(fix);

		meter_settle_begin(slot);
		spoil(slot, 0);
		end(fix, slot, 1 + i);
		assert_int_equal(write_rows(fix), 1);
	}
	assert_int_equal(meter_books_trim(&fix->db, &fix->tenant, 2, &dropped), 0);
	assert_int_equal(dropped, 3);
	assert_int_equal(
		number(fix, "SELECT sum(cost_nanos)::bigint FROM usage_quarantine WHERE tenant_id = $1"),
		4 + 5);
	assert_int_equal(number(fix, ALL_SPENT), 15);
	expect(fix, 15, 0);
}

/* What docs/operations.md tells an operator to do. */
static void
a_quarantined_row_can_be_mended(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	meter_settle_begin(slot);
	spoil(slot, 0);
	end(fix, slot, 3);
	assert_int_equal(write_rows(fix), 1);
	change(fix,
		"INSERT INTO bulkhead.usage_event"
		" SELECT mended.* FROM bulkhead.usage_quarantine AS q,"
		"        jsonb_populate_record(NULL::bulkhead.usage_event,"
		"          q.record || '{\"model\": \"café\"}') AS mended"
		"  WHERE q.tenant_id = $1");
	assert_int_equal(number(fix, "SELECT cost_nanos FROM usage_event WHERE tenant_id = $1"), 3);
	assert_int_equal(number(fix, ALL_SPENT), 3);
}

static void
a_name_of_four_bytes_a_character_is_kept_whole(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot = begin(fix);

	for (int i = 0; i < 64; i++)
		memcpy(slot->model + 4 * i, "\xf0\x9f\x90\x8b", 5);
	meter_settle_begin(slot);
	end(fix, slot, 1);
	assert_int_equal(write_rows(fix), 1);
	assert_int_equal(
		number(fix, "SELECT octet_length(model)::bigint FROM usage_event WHERE tenant_id = $1"),
		256);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(money_is_reserved_and_settled_at_its_cost),
		TEST(a_settlement_that_is_repeated_changes_nothing),
		TEST(what_no_slot_holds_expires_and_its_settlement_gives_the_charge_back),
		TEST(a_charge_of_another_month_is_taken_off_that_month),
		TEST(a_reservation_that_is_renewed_does_not_expire),
		TEST(a_long_call_survives_the_refusal_of_another),
		TEST(money_reserved_after_its_call_was_settled_is_given_back),
		TEST(what_is_being_settled_is_not_reserved_again),
		TEST(what_a_dead_process_reserves_late_is_given_back_without_a_refusal),
		TEST(what_was_spent_before_a_budget_counts),
		TEST(a_new_month_begins_at_nothing),
		TEST(a_clock_that_was_ahead_finds_the_month_as_it_was),
		TEST(sums_stop_where_they_would_overflow),
		TEST(a_row_that_is_refused_is_quarantined_and_the_others_written),
		TEST(quarantine_keeps_the_newest_and_their_money),
		TEST(a_quarantined_row_can_be_mended),
		TEST(a_name_of_four_bytes_a_character_is_kept_whole),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
