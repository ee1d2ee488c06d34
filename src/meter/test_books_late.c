/* SPDX-License-Identifier: Apache-2.0 */
/* test_books_late.c: statements that meet in the database or come late, and what they reserve is not left over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "meter/testing.h"

static void
money_reserved_after_its_call_was_settled_is_given_back(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);
	const struct meter_wanted want = {.act = slot->act, .kind = METER_CHAT, .nanos = 100};
	struct meter_refusal refusal = {0};

	meter_test_set_budget(fix, 100);
	meter_settle_begin(slot);
	meter_test_end(fix, slot, 0);
	assert_int_equal(meter_test_write_rows(fix), 1);
	assert_int_equal(meter_books_reserve(&fix->db, &fix->tenant, &want, 1, &refusal), 0);
	assert_int_equal(refusal.span, METER_ADMITTED);
	assert_true(
		meter_test_admit(fix, meter_test_begin(fix), 100)); /* it was given back, not spent */
	meter_test_expect(fix, 0, 100);
}

/* What a thread does while the main one holds the budget's row; with memory of its own. */
struct meeting {
	struct meter_test *fix;
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
begin_meeting(struct meeting *meeting, struct meter_test *fix, struct meter_slot *slot,
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
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);
	struct meeting meeting = {.fix = fix, .slot = slot};

	meter_test_set_budget(fix, 100);
	assert_true(meter_test_admit(fix, slot, 60));
	slot->used[METER_INPUT] = 25;
	assert_int_equal(bh_tx_run(&fix->db, settle_under_a_reassertion, &meeting), 0);
	end_meeting(&meeting);
	meter_test_expect(fix, 25, 0);
}

static void
reserve_late(struct meter_test *fix, const struct bh_uuid *act)
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
	struct meter_test *fix = *state;
	struct meter_slot *slot, *left;
	struct meter_slots *slots;
	struct bh_uuid act;
	size_t at = 0;

	meter_test_set_budget(fix, 1000);
	assert_int_equal(meter_slots_open_as(fix->path, &dead, &slots), 0);
	assert_int_equal(meter_slots_take(slots, &fix->tenant, &left), 0);
	act = left->act = bh_uuid_new();
	atomic_store(&left->state, METER_SLOT_ACTIVE);
	slot = meter_settle_adopt(fix->settle, &at);
	assert_non_null(slot);
	slot->status = METER_LOST;
	meter_test_end(fix, slot, 0);
	assert_int_equal(meter_test_write_rows(fix), 1);
	reserve_late(fix, &act);
	meter_test_expect(fix, 0, 60);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, 1), 0);
	meter_test_expect(fix, 0, 0);
	/* Later none can come. */
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, 1 + METER_LATE_MS), 0);
	reserve_late(fix, &act);
	assert_int_equal(meter_settle_renew(fix->settle, &fix->db, 2 + METER_LATE_MS), 0);
	meter_test_expect(fix, 0, 60);
	meter_slots_close(slots);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, meter_test_set_up, meter_test_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(money_reserved_after_its_call_was_settled_is_given_back),
		TEST(what_is_being_settled_is_not_reserved_again),
		TEST(what_a_dead_process_reserves_late_is_given_back_without_a_refusal),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
