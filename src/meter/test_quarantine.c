/* SPDX-License-Identifier: Apache-2.0 */
/* test_quarantine.c: a row that the database refuses holds up no other, keeps its money and can be mended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "meter/testing.h"

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
	struct meter_test *fix = *state;

	meter_test_set_budget(fix, 1000);
	for (int i = 0; i < 40; i++) {
		struct meter_slot *slot = meter_test_begin(fix);

		assert_true(meter_test_admit(fix, slot, 20));
		slot->used[METER_INPUT] = 2;
		if (i % 13 == 7)
			spoil(slot, i / 13);
		(void)meter_settle_end(fix->settle, slot);
	}
	meter_test_expect(fix, 0, 800);
	assert_int_equal(meter_test_write_rows(fix), 40);
	meter_test_expect(fix, 80, 0);
	assert_int_equal(meter_slots_quarantined(fix->slots), 3);
	assert_int_equal(meter_test_number(fix,
						 "SELECT count(*) FROM usage_event WHERE tenant_id = $1"),
		37);
	assert_int_equal(meter_test_number(fix,
						 "SELECT sum(calls)::bigint FROM usage_day WHERE tenant_id = $1"),
		40);
	assert_int_equal(meter_test_number(fix,
						 "SELECT count(*) FROM usage_quarantine WHERE tenant_id = $1"
						 "   AND cost_nanos = 2 AND reason LIKE '22%'"
						 "   AND record ->> 'request_id' = 'r' AND record ->> 'cost_nanos' = '2'"),
		3);
}

static void
quarantine_keeps_the_newest_and_their_money(void **state)
{
	struct meter_test *fix = *state;
	int64_t dropped = 0;

	for (int i = 0; i < 5; i++) {
		struct meter_slot *slot = meter_test_begin(fix);

		meter_settle_begin(slot);
		spoil(slot, 0);
		meter_test_end(fix, slot, 1 + i);
		assert_int_equal(meter_test_write_rows(fix), 1);
	}
	assert_int_equal(meter_books_trim(&fix->db, &fix->tenant, 2, &dropped), 0);
	assert_int_equal(dropped, 3);
	assert_int_equal(meter_test_number(fix,
						 "SELECT sum(cost_nanos)::bigint FROM usage_quarantine WHERE tenant_id = "
						 "$1"),
		4 + 5);
	assert_int_equal(meter_test_number(fix, METER_TEST_SPENT), 15);
	meter_test_expect(fix, 15, 0);
}

/* What docs/operations.md tells an operator to do. */
static void
a_quarantined_row_can_be_mended(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	meter_settle_begin(slot);
	spoil(slot, 0);
	meter_test_end(fix, slot, 3);
	assert_int_equal(meter_test_write_rows(fix), 1);
	meter_test_change(fix,
		"INSERT INTO bulkhead.usage_event"
		" SELECT mended.* FROM bulkhead.usage_quarantine AS q,"
		"        jsonb_populate_record(NULL::bulkhead.usage_event,"
		"          q.record || '{\"model\": \"café\"}') AS mended"
		"  WHERE q.tenant_id = $1");
	assert_int_equal(meter_test_number(fix,
						 "SELECT cost_nanos FROM usage_event WHERE tenant_id = $1"),
		3);
	assert_int_equal(meter_test_number(fix, METER_TEST_SPENT), 3);
}

static void
a_name_of_four_bytes_a_character_is_kept_whole(void **state)
{
	struct meter_test *fix = *state;
	struct meter_slot *slot = meter_test_begin(fix);

	for (int i = 0; i < 64; i++)
		memcpy(slot->model + 4 * i, "\xf0\x9f\x90\x8b", 5);
	meter_settle_begin(slot);
	meter_test_end(fix, slot, 1);
	assert_int_equal(meter_test_write_rows(fix), 1);
	assert_int_equal(meter_test_number(fix,
						 "SELECT octet_length(model)::bigint FROM usage_event WHERE tenant_id = "
						 "$1"),
		256);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, meter_test_set_up, meter_test_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_that_is_refused_is_quarantined_and_the_others_written),
		TEST(quarantine_keeps_the_newest_and_their_money),
		TEST(a_quarantined_row_can_be_mended),
		TEST(a_name_of_four_bytes_a_character_is_kept_whole),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
