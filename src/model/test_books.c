/* SPDX-License-Identifier: Apache-2.0 */
/* test_books.c: the statements of budgets and usage: what is spent and reserved is what was settled. */
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

#include "base/error.h"
#include "db/testing.h"
#include "model/catalog.h"
#include "model/settle.h"
#include "model/store.h"

enum { HOUR_MS = 3600000 };

static struct bh_test_db test;

struct fixture {
	struct bh_uuid tenant;
	struct bh_db db;
	char path[32];
	struct model_calls *calls;
	struct model_settle *settle;
};

static int
group_open(void **state)
{
	(void)state;
	return bh_test_db_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

static void
set_budget(struct fixture *fix, int64_t nanos)
{
	const struct model_limits_change change = {
		.limits = {.has_budget = true, .budget_month = nanos},
		.budget = true,
	};

	assert_int_equal(model_store_limits_set(&fix->db, &fix->tenant, &change), 0);
}

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->tenant = bh_uuid_new();
	fix->db = bh_test_db_as(&test, "bulkhead_model", &fix->tenant);
	snprintf(fix->path, sizeof(fix->path), "/tmp/bh-books-XXXXXX");
	close(mkstemp(fix->path));
	*state = fix;
	if (model_calls_open(fix->path, &fix->calls) < 0)
		return -1;
	return model_settle_open(fix->calls, &fix->settle);
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	model_settle_close(fix->settle);
	model_calls_close(fix->calls);
	unlink(fix->path);
	free(fix);
	return 0;
}

/* A call in flight that cost nothing yet: a token costs a nano. Each begins a millisecond later. */
static struct model_slot *
begin(struct fixture *fix)
{
	static int64_t now_ms = 1793500000000;
	struct model_slot *slot = NULL;

	assert_int_equal(model_calls_take(fix->calls, &fix->tenant, &slot), 0);
	slot->call = bh_uuid_new();
	slot->model_tenant = fix->tenant;
	slot->model_id = fix->tenant;
	slot->started_ms = slot->ended_ms = now_ms++;
	snprintf(slot->request_id, sizeof(slot->request_id), "r");
	snprintf(slot->model_name, sizeof(slot->model_name), "m");
	slot->price_in = 1000000;
	slot->price_known = true;
	return slot;
}

static bool
admit(struct fixture *fix, struct model_slot *slot, int64_t nanos)
{
	bool admitted = false;

	assert_int_equal(model_settle_admit(fix->settle, &fix->db, slot, nanos, 0, &admitted), 0);
	return admitted;
}

static void
end(struct fixture *fix, struct model_slot *slot, int64_t cost)
{
	slot->prompt_tokens = cost;
	(void)model_settle_end(fix->settle, slot);
}

/* All that ended gets its rows. */
static size_t
write_rows(struct fixture *fix)
{
	size_t all = 0, settled;

	do {
		assert_int_equal(model_settle_round(fix->settle, &fix->db, &settled), 0);
		all += settled;
	} while (settled > 0);
	return all;
}

static void
settle_one(struct fixture *fix, int64_t cost)
{
	struct model_slot *slot = begin(fix);

	model_settle_begin(slot);
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

	assert_int_equal(bh_db_exec(&fix->db, sql, BH_PARAMS(&fix->tenant), NULL), 0);
}

static void
expect(struct fixture *fix, int64_t spent, int64_t reserved)
{
	static const char total[] = "SELECT coalesce(sum(t.cost_nanos), 0)::bigint"
								"  FROM budget AS b JOIN usage_total AS t USING (tenant_id)"
								" WHERE b.tenant_id = $1 AND t.month = budget_month(b.month)";
	static const char held[] = "SELECT coalesce(sum(nanos), 0)::bigint FROM budget_reservation"
							   " WHERE tenant_id = $1 AND expired_month IS NULL";
	struct model_budget budget = {0};

	assert_int_equal(model_store_budget_get(&fix->db, &fix->tenant, &budget), 0);
	assert_int_equal(budget.spent, spent);
	assert_int_equal(budget.reserved, reserved);
	assert_int_equal(number(fix, total), spent);
	assert_int_equal(number(fix, held), reserved);
}

static int64_t
expire(struct fixture *fix, const struct bh_uuid *live, size_t n_live)
{
	int64_t expired = 0;

	assert_int_equal(model_store_budget_expire(&fix->db, &fix->tenant, HOUR_MS, live, n_live,
						 &expired),
		0);
	return expired;
}

#define ALL_SPENT "SELECT sum(cost_nanos)::bigint FROM usage_total WHERE tenant_id = $1"
#define AN_HOUR_PASSES \
	"UPDATE budget_reservation SET renewed_at = renewed_at - interval '2 hours' WHERE tenant_id " \
	"= $1"

static void
money_is_reserved_and_settled_at_its_cost(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *first, *second;

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
	struct model_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	slot->prompt_tokens = 25;
	for (int i = 0; i < 3; i++)
		assert_int_equal(model_store_usage_settle(&fix->db, &fix->tenant, &slot, 1), 0);
	expect(fix, 25, 0);
	assert_int_equal(number(fix, "SELECT calls FROM usage_total WHERE tenant_id = $1"), 1);
}

static void
what_no_slot_holds_expires_and_its_settlement_gives_the_charge_back(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(expire(fix, &slot->call, 1), 0);
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
	struct model_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(expire(fix, NULL, 0), 1);
	/* As if it had expired the month before. */
	change(fix,
		"UPDATE budget_reservation SET expired_month = (expired_month - interval '1 month')::date"
		" WHERE tenant_id = $1");
	change(fix,
		"UPDATE usage_total SET month = (month - interval '1 month')::date WHERE tenant_id = $1");
	change(fix, "UPDATE budget SET spent_nanos = 0 WHERE tenant_id = $1");
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
	struct model_slot *slot = begin(fix);

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(model_settle_renew(fix->settle, &fix->db, MODEL_RENEW_MS), 0);
	assert_int_equal(expire(fix, NULL, 0), 0);
	expect(fix, 0, 60);
	/* Not again at once. */
	change(fix, AN_HOUR_PASSES);
	assert_int_equal(model_settle_renew(fix->settle, &fix->db, MODEL_RENEW_MS + 1), 0);
	assert_int_equal(expire(fix, NULL, 0), 1);
}

static void
a_long_call_survives_the_refusal_of_another(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot = begin(fix);

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
	struct model_slot *slot = begin(fix);
	const int64_t nanos = 100;
	struct bh_uuid call = slot->call;
	bool admitted = false;

	set_budget(fix, 100);
	model_settle_begin(slot);
	end(fix, slot, 0);
	assert_int_equal(write_rows(fix), 1);
	assert_int_equal(model_store_budget_reserve(&fix->db, &fix->tenant, &call, &nanos, 1, nanos,
						 &admitted),
		0);
	assert_true(admitted);
	assert_true(admit(fix, begin(fix), 100)); /* it was given back, not spent */
	expect(fix, 0, 100);
}

/* ---- statements that meet ---- */

/* What a thread does while the main one holds the budget's row; with memory of its own. */
struct meeting {
	struct fixture *fix;
	struct bh_db db;
	struct model_slot *slot;
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
	struct bh_db db = bh_test_db_as(&test, NULL, NULL);
	int64_t blocked = 0;

	for (int i = 0; i < 10000 && blocked != n; i++) {
		assert_int_equal(bh_db_one(&db, sql, NULL, 0, &bh_row_int, &blocked), 0);
		usleep(1000);
	}
	assert_int_equal(blocked, n);
}

static void
begin_meeting(struct meeting *meeting, struct fixture *fix, struct model_slot *slot,
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
	return model_store_budget_reassert(&meeting->db, &meeting->fix->tenant, &meeting->slot->call,
		60);
}

static int
settle_under_a_reassertion(struct bh_db *tx, void *ctx)
{
	struct meeting *meeting = ctx;
	int rc = model_store_usage_settle(tx, &meeting->fix->tenant, &meeting->slot, 1);

	begin_meeting(meeting, meeting->fix, meeting->slot, reassert);
	wait_until_blocked(1);
	return rc;
}

/* A process that starts looks for lost reservations while it settles the calls of the one before it. */
static void
what_is_being_settled_is_not_reserved_again(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot = begin(fix);
	struct meeting meeting = {.fix = fix, .slot = slot};

	set_budget(fix, 100);
	assert_true(admit(fix, slot, 60));
	slot->prompt_tokens = 25;
	assert_int_equal(bh_tx_run(&fix->db, settle_under_a_reassertion, &meeting), 0);
	end_meeting(&meeting);
	expect(fix, 25, 0);
}

static void
reserve_late(struct fixture *fix, const struct bh_uuid *call)
{
	const int64_t nanos = 60;
	bool admitted = false;

	assert_int_equal(model_store_budget_reserve(&fix->db, &fix->tenant, call, &nanos, 1, nanos,
						 &admitted),
		0);
	assert_true(admitted);
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
	const struct model_calls_as dead = {1, is_dead, MODEL_SLOTS};
	struct fixture *fix = *state;
	struct model_slot *slot, *left;
	struct model_calls *calls;
	struct bh_uuid call;
	size_t at = 0;

	set_budget(fix, 1000);
	assert_int_equal(model_calls_open_as(fix->path, &dead, &calls), 0);
	assert_int_equal(model_calls_take(calls, &fix->tenant, &left), 0);
	call = left->call = bh_uuid_new();
	atomic_store(&left->state, MODEL_SLOT_ACTIVE);
	slot = model_settle_adopt(fix->settle, &at);
	assert_non_null(slot);
	slot->status = MODEL_LOST;
	end(fix, slot, 0);
	assert_int_equal(write_rows(fix), 1);
	reserve_late(fix, &call);
	expect(fix, 0, 60);
	assert_int_equal(model_settle_renew(fix->settle, &fix->db, 1), 0);
	expect(fix, 0, 0);
	/* Later none can come. */
	assert_int_equal(model_settle_renew(fix->settle, &fix->db, 1 + MODEL_LATE_MS), 0);
	reserve_late(fix, &call);
	assert_int_equal(model_settle_renew(fix->settle, &fix->db, 2 + MODEL_LATE_MS), 0);
	expect(fix, 0, 60);
	model_calls_close(calls);
}

static void
what_was_spent_before_a_budget_counts(void **state)
{
	struct fixture *fix = *state;
	const struct model_limits_change tokens = {.limits = {.tokens_per_minute = 7}, .tokens = true};
	struct model_limits limits = {0};

	settle_one(fix, 30);
	set_budget(fix, 50);
	expect(fix, 30, 0);
	/* Each change leaves alone what it does not name. */
	assert_int_equal(model_store_limits_set(&fix->db, &fix->tenant, &tokens), 0);
	assert_int_equal(model_store_limits_get(&fix->db, &fix->tenant, &limits), 0);
	assert_int_equal(limits.tokens_per_minute, 7);
	assert_true(limits.has_budget);
	assert_int_equal(limits.budget_month, 50);
}

static void
a_new_month_begins_at_nothing(void **state)
{
	struct fixture *fix = *state;

	set_budget(fix, 100);
	change(fix,
		"UPDATE budget SET spent_nanos = 99, month = (month - interval '1 month')::date"
		" WHERE tenant_id = $1");
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
		"UPDATE budget SET spent_nanos = 4, month = (month + interval '1 year')::date"
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

	set_budget(fix, 1000);
	for (int i = 0; i < 3; i++) {
		struct model_slot *slot = begin(fix);

		slot->price_in = INT64_MAX;
		model_settle_begin(slot);
		end(fix, slot, 1000000);
		assert_int_equal(write_rows(fix), 1);
	}
	expect(fix, MODEL_SPENT_MOST, 0);
}

/* A name cut in the middle of a character, a kind that does not exist, a time no calendar has. */
static void
spoil(struct model_slot *slot, int how)
{
	if (how == 0)
		memcpy(slot->model_name, "caf\xc3", 5);
	else if (how == 1)
		slot->started_ms = INT64_MAX;
	else
		slot->prompt_tokens = INT64_MAX;
}

static void
a_row_that_is_refused_is_quarantined_and_the_others_written(void **state)
{
	struct fixture *fix = *state;
	struct model_quarantine_row *rows = NULL;
	size_t count = 0;

	set_budget(fix, 1000);
	for (int i = 0; i < 40; i++) {
		struct model_slot *slot = begin(fix);

		assert_true(admit(fix, slot, 20));
		slot->prompt_tokens = 2;
		if (i % 20 == 7)
			spoil(slot, i / 20);
		(void)model_settle_end(fix->settle, slot);
	}
	expect(fix, 0, 800);
	assert_int_equal(write_rows(fix), 40);
	expect(fix, 80, 0);
	assert_int_equal(model_calls_quarantined(fix->calls), 2);
	assert_int_equal(number(fix, "SELECT count(*) FROM usage_record WHERE tenant_id = $1"), 38);
	assert_int_equal(number(fix, "SELECT sum(calls)::bigint FROM usage_total WHERE tenant_id = $1"),
		40);
	assert_int_equal(model_store_quarantine_list(&fix->db, &fix->tenant, 10, &rows, &count), 0);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].cost, 2);
		assert_true(strncmp(rows[i].reason, "22", 2) == 0);
		assert_non_null(strstr(rows[i].record, "\"request_id\": \"r\""));
	}
}

static void
quarantine_keeps_the_newest_and_their_money(void **state)
{
	struct fixture *fix = *state;
	int64_t dropped = 0;

	for (int i = 0; i < 5; i++) {
		struct model_slot *slot = begin(fix);

		model_settle_begin(slot);
		spoil(slot, 0);
		end(fix, slot, 1 + i);
		assert_int_equal(write_rows(fix), 1);
	}
	assert_int_equal(model_store_quarantine_trim(&fix->db, &fix->tenant, 2, &dropped), 0);
	assert_int_equal(dropped, 3);
	assert_int_equal(
		number(fix, "SELECT sum(cost_nanos)::bigint FROM usage_quarantine WHERE tenant_id = $1"),
		4 + 5);
	assert_int_equal(number(fix, ALL_SPENT), 15);
	expect(fix, 15, 0);
}

struct removal {
	int64_t rows, oldest_ms;
};
static const struct bh_row removal_row = BH_ROW(struct removal, rows, oldest_ms);

/* What is spent this month is counted from them. */
static void
the_sums_of_old_months_go_and_the_others_stay(void **state)
{
	struct fixture *fix = *state;
	struct removal removal;
	const int64_t day_ms = INT64_C(24) * 3600 * 1000;
	const struct bh_param params[] = {bh_uuid_param(&fix->tenant), bh_int_param(93 * day_ms),
		bh_int_param(5)};

	settle_one(fix, 7);
	change(fix,
		"INSERT INTO usage_total (tenant_id, month, model_tenant_id, model_id, cost_nanos)"
		" SELECT $1, budget_month('-infinity') - n * interval '1 month', $1, $1, 1"
		"   FROM generate_series(1, 10) AS n");
	assert_int_equal(bh_db_one(&fix->db, MODEL_STORE_TOTAL_REMOVE, BH_LIST(params), &removal_row,
						 &removal),
		0);
	assert_int_equal(removal.rows, 5); /* as many as one piece has */
	assert_int_equal(bh_db_one(&fix->db, MODEL_STORE_TOTAL_REMOVE, BH_LIST(params), &removal_row,
						 &removal),
		0);
	assert_true(removal.rows >= 1 && removal.rows <= 2);
	assert_int_equal(number(fix, "SELECT count(*) FROM usage_total WHERE tenant_id = $1"),
		6 - removal.rows);
	assert_int_equal(number(fix,
						 "SELECT (extract(epoch FROM min(month) + interval '1 month') * "
						 "1000)::bigint"
						 "  FROM usage_total WHERE tenant_id = $1"),
		removal.oldest_ms);
	assert_int_equal(number(fix,
						 "SELECT cost_nanos FROM usage_total"
						 " WHERE tenant_id = $1 AND month = budget_month('-infinity')"),
		7);
}

/* What docs/operations.md tells an operator to do. */
static void
a_quarantined_row_can_be_mended(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot = begin(fix);

	model_settle_begin(slot);
	spoil(slot, 0);
	end(fix, slot, 3);
	assert_int_equal(write_rows(fix), 1);
	change(fix,
		"INSERT INTO usage_record"
		" SELECT mended.* FROM usage_quarantine AS q,"
		"        jsonb_populate_record(NULL::usage_record, q.record || '{\"model\": \"café\"}')"
		"        AS mended"
		"  WHERE q.tenant_id = $1");
	assert_int_equal(number(fix, "SELECT cost_nanos FROM usage_record WHERE tenant_id = $1"), 3);
	assert_int_equal(number(fix, ALL_SPENT), 3);
}

static void
a_name_of_four_bytes_a_character_is_kept_whole(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot = begin(fix);
	size_t count = 0;
	struct model_usage_row *rows = NULL;
	const struct bh_uuid none = {0};

	for (int i = 0; i < 64; i++)
		memcpy(slot->model_name + 4 * i, "\xf0\x9f\x90\x8b", 5);
	model_settle_begin(slot);
	end(fix, slot, 1);
	assert_int_equal(write_rows(fix), 1);
	assert_int_equal(model_store_usage_list(&fix->db, &fix->tenant, NULL, &none, 10, &rows, &count),
		0);
	assert_int_equal(count, 1);
	assert_int_equal(strlen(rows[0].model), 256);
}

static void
pages_of_rows_go_on_where_the_last_one_ended(void **state)
{
	struct fixture *fix = *state;
	struct model_usage_row *rows = NULL;
	struct bh_uuid before = {0};
	size_t count = 0, seen = 0;

	for (int i = 0; i < 7; i++)
		settle_one(fix, i);
	do {
		assert_int_equal(model_store_usage_list(&fix->db, &fix->tenant, NULL, &before, 3, &rows,
							 &count),
			0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(rows[i].prompt_tokens, 6 - (int64_t)seen++);
		if (count > 0)
			before = rows[count - 1].id;
	} while (count > 0);
	assert_int_equal(seen, 7);
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
		TEST(the_sums_of_old_months_go_and_the_others_stay),
		TEST(a_quarantined_row_can_be_mended),
		TEST(a_name_of_four_bytes_a_character_is_kept_whole),
		TEST(pages_of_rows_go_on_where_the_last_one_ended),
	};

	if (getenv("BULKHEAD_TEST_DATABASE") == NULL) {
		printf("skipped: BULKHEAD_TEST_DATABASE names no cluster\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_open, group_close);
}
