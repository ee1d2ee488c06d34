/* SPDX-License-Identifier: Apache-2.0 */
/* test_dead.c: two machines on one database, one of which is lost: what it held is charged within seconds, by the
 * other, and its settlement, should it come after all, is the only one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "meter/testing.h"

#define UNSEEN \
	"UPDATE bulkhead.instance SET seen_at = seen_at - interval '16 seconds' WHERE service = " \
	"'model' AND $1 = $1"
#define SEEN_ANEW "UPDATE bulkhead.instance SET seen_at = now() WHERE service = 'model' AND $1 = $1"

#define BEAT "SELECT live FROM instance_beat($1, 'test', 15000)"

/* Another machine: slots and sessions of its own. */
struct machine {
	struct meter_test fix; /* same tenant */
	struct bh_arena arena;
};

static void
machine_open(struct machine *machine, const struct meter_test *fix)
{
	const struct bh_uuid instance = bh_uuid_new();
	char conninfo[512], id[BH_UUID_TEXT];
	const struct bh_db_conf conf = {
		.conninfo = conninfo,
		.connections = 2,
		.wait_ms = 10000,
		.statement_ms = 30000,
		.instance = id,
	};

	int64_t live;

	*machine = (struct machine){.fix = {.tenant = fix->tenant}};
	bh_uuid_format(&instance, id);
	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s user=bulkhead_model",
		getenv("BULKHEAD_TEST_DATABASE"), bh_test_group.name);
	machine->fix.db = (struct bh_db){.arena = &machine->arena, .context = fix->tenant};
	assert_int_equal(bh_db_pool_open(&conf, &machine->fix.db.pool), 0);
	assert_int_equal(bh_db_one(&machine->fix.db, BEAT, BH_PARAMS(&instance), &bh_row_int, &live),
		0);
	snprintf(machine->fix.path, sizeof(machine->fix.path), "/tmp/bh-books-XXXXXX");
	close(mkstemp(machine->fix.path));
	assert_int_equal(meter_slots_open(machine->fix.path, 0, &machine->fix.slots), 0);
	assert_int_equal(meter_settle_open(machine->fix.slots, &machine->fix.settle), 0);
}

static void
machine_close(struct machine *machine)
{
	meter_settle_close(machine->fix.settle);
	meter_slots_close(machine->fix.slots);
	bh_db_pool_close(machine->fix.db.pool);
	unlink(machine->fix.path);
	bh_arena_close(&machine->arena);
}

static void
bury(struct meter_test *fix)
{
	assert_int_equal(meter_settle_bury(fix->settle, &fix->db), 0);
}

static void
what_a_lost_machine_held_is_charged_and_settled_once_if_it_returns(void **state)
{
	struct meter_test *fix = *state;
	struct machine lost;
	struct meter_slot *slot;

	machine_open(&lost, fix);
	meter_test_set_budget(fix, 100);
	slot = meter_test_begin(&lost.fix);
	assert_true(meter_test_admit(&lost.fix, slot, 60));
	meter_test_change(fix, UNSEEN);
	meter_settle_judges(fix->settle, true);
	bury(fix);
	meter_test_expect(fix, 60, 0);
	bury(fix);
	meter_test_expect(fix, 60, 0);
	/* Nobody is admitted on what it may have spent. */
	assert_false(meter_test_admit(fix, meter_test_begin(fix), 41));
	meter_test_change(fix, SEEN_ANEW);
	meter_test_end(&lost.fix, slot, 25);
	assert_int_equal(meter_test_write_rows(&lost.fix), 1);
	meter_test_expect(fix, 25, 0);
	assert_int_equal(meter_test_number(fix, METER_TEST_SPENT), 25);
	machine_close(&lost);
}

static void
what_a_machine_that_lives_holds_stays_reserved(void **state)
{
	struct meter_test *fix = *state;
	struct machine other;
	struct meter_slot *slot;

	machine_open(&other, fix);
	meter_test_set_budget(fix, 100);
	slot = meter_test_begin(&other.fix);
	assert_true(meter_test_admit(&other.fix, slot, 60));
	meter_settle_judges(fix->settle, true);
	bury(fix);
	meter_test_expect(fix, 0, 60);
	/* Whoever was not seen itself says so of nobody else. */
	meter_test_change(fix, UNSEEN);
	meter_settle_judges(fix->settle, false);
	bury(fix);
	meter_test_expect(fix, 0, 60);
	meter_test_end(&other.fix, slot, 10);
	assert_int_equal(meter_test_write_rows(&other.fix), 1);
	meter_test_expect(fix, 10, 0);
	machine_close(&other);
}

static void
what_a_slot_of_this_machine_holds_is_left_to_it(void **state)
{
	struct meter_test *fix = *state;
	struct machine other;
	struct meter_slot *slot;

	machine_open(&other, fix);
	meter_test_set_budget(fix, 100);
	slot = meter_test_begin(&other.fix);
	assert_true(meter_test_admit(&other.fix, slot, 60));
	meter_test_change(fix, UNSEEN);
	/* As if both processes shared the machine's file. */
	meter_settle_judges(other.fix.settle, true);
	bury(&other.fix);
	meter_test_expect(fix, 0, 60);
	meter_test_end(&other.fix, slot, 0);
	assert_int_equal(meter_test_write_rows(&other.fix), 1);
	meter_test_expect(fix, 0, 0);
	machine_close(&other);
}

static void
what_names_no_process_waits_for_the_hour(void **state)
{
	struct meter_test *fix = *state;

	meter_test_set_budget(fix, 100);
	/* The pool of the fixture does not say who it is, as an older program's. */
	assert_true(meter_test_admit(fix, meter_test_begin(fix), 60));
	meter_test_change(fix, UNSEEN);
	meter_settle_judges(fix->settle, true);
	bury(fix);
	meter_test_expect(fix, 0, 60);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, meter_test_set_up, meter_test_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_lost_machine_held_is_charged_and_settled_once_if_it_returns),
		TEST(what_a_machine_that_lives_holds_stays_reserved),
		TEST(what_a_slot_of_this_machine_holds_is_left_to_it),
		TEST(what_names_no_process_waits_for_the_hour),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
