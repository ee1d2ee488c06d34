/* SPDX-License-Identifier: Apache-2.0 */
/* test_turns.c: who gets the next place, without threads or a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "db/turns.h"

enum { PLACES = 12, KEPT = 2, SHARE = 50, MANY = 64 };

static struct bh_turns turns;

static int
setup(void **state)
{
	(void)state;
	bh_turns_init(&turns, PLACES, KEPT, SHARE);
	return 0;
}

static struct bh_uuid
tenant(uint8_t number)
{
	return (struct bh_uuid){.bytes = {[0] = 1, [15] = number}};
}

static bool
ask(uint8_t number, struct bh_turn *turn)
{
	struct bh_uuid id = tenant(number);

	return bh_turns_ask(&turns, &id, turn);
}

/* How many places a tenant gets at once. */
static int
grab(uint8_t number, struct bh_turn out[MANY])
{
	int n = 0;

	while (ask(number, &out[n]))
		n++;
	bh_turns_withdraw(&turns, &out[n]);
	return n;
}

static void
leave(struct bh_turn *held, int n)
{
	for (int i = 0; i < n; i++)
		bh_turns_leave(&turns, held[i].payer);
}

static void
a_tenant_alone_holds_its_share_and_no_more(void **state)
{
	struct bh_turn held[MANY];
	int n = grab(1, held);

	(void)state;
	assert_int_equal(n, 5);
	leave(held, n);
	bh_turns_close(&turns);
}

static void
a_newcomer_finds_a_place_however_greedy_three_others_are(void **state)
{
	struct bh_turn held[4][MANY];
	int n[4];

	(void)state;
	for (uint8_t i = 0; i < 4; i++) {
		n[i] = grab(i, held[i]);
		assert_true(n[i] > 0);
	}
	for (int i = 0; i < 4; i++)
		leave(held[i], n[i]);
	bh_turns_close(&turns);
}

static void
a_share_of_one_percent_still_gives_one_place(void **state)
{
	struct bh_turn held[MANY];

	(void)state;
	bh_turns_init(&turns, PLACES, KEPT, 1);
	assert_int_equal(grab(1, held), 1);
	leave(held, 1);
	bh_turns_close(&turns);
}

static void
whatever_the_share_the_last_place_is_for_one_who_has_none(void **state)
{
	struct bh_turn held[2][MANY];
	int n;

	(void)state;
	bh_turns_init(&turns, PLACES, KEPT, 99);
	n = grab(1, held[0]);
	assert_int_equal(n, PLACES - KEPT - 1);
	assert_int_equal(grab(2, held[1]), 1);
	leave(held[0], n);
	leave(held[1], 1);
	bh_turns_close(&turns);
}

static void
tenants_are_served_in_turn_and_each_in_its_order(void **state)
{
	struct bh_turn first, a[3], b, c[2];
	struct bh_turn *order[6];

	(void)state;
	bh_turns_init(&turns, 1, 0, 100);
	assert_true(ask(9, &first));
	for (int i = 0; i < 3; i++)
		assert_false(ask(1, &a[i]));
	assert_false(ask(2, &b));
	for (int i = 0; i < 2; i++)
		assert_false(ask(3, &c[i]));
	assert_null(bh_turns_next(&turns));
	for (int i = 0; i < 6; i++) {
		bh_turns_leave(&turns, i == 0 ? first.payer : order[i - 1]->payer);
		order[i] = bh_turns_next(&turns);
		assert_non_null(order[i]);
		assert_false(order[i]->waiting);
		assert_null(bh_turns_next(&turns));
	}
	assert_ptr_equal(order[0], &a[0]);
	assert_ptr_equal(order[1], &b);
	assert_ptr_equal(order[2], &c[0]);
	assert_ptr_equal(order[3], &a[1]);
	assert_ptr_equal(order[4], &c[1]);
	assert_ptr_equal(order[5], &a[2]);
	bh_turns_leave(&turns, order[5]->payer);
	bh_turns_close(&turns);
}

static void
who_waits_is_not_overtaken_by_its_own_tenant(void **state)
{
	struct bh_turn held[MANY], early, late;
	int n = grab(1, held);

	(void)state;
	assert_false(ask(1, &early));
	bh_turns_leave(&turns, held[--n].payer);
	assert_false(ask(1, &late));
	assert_ptr_equal(bh_turns_next(&turns), &early);
	assert_null(bh_turns_next(&turns));
	bh_turns_withdraw(&turns, &late);
	leave(held, n);
	bh_turns_leave(&turns, early.payer);
	bh_turns_close(&turns);
}

static void
who_gives_up_leaves_no_gap(void **state)
{
	struct bh_turn first, a[3], b;

	(void)state;
	bh_turns_init(&turns, 1, 0, 100);
	assert_true(ask(9, &first));
	for (int i = 0; i < 3; i++)
		assert_false(ask(1, &a[i]));
	assert_false(ask(2, &b));
	bh_turns_withdraw(&turns, &a[0]);
	bh_turns_withdraw(&turns, &a[2]);
	bh_turns_leave(&turns, first.payer);
	assert_ptr_equal(bh_turns_next(&turns), &a[1]);
	bh_turns_leave(&turns, a[1].payer);
	assert_ptr_equal(bh_turns_next(&turns), &b);
	bh_turns_leave(&turns, b.payer);
	assert_null(bh_turns_next(&turns));
	bh_turns_close(&turns);
}

static void
vital_takers_find_places_that_requests_cannot_have(void **state)
{
	struct bh_turn held[MANY], vital[3], late[2];
	int n = 0;

	(void)state;
	while (ask((uint8_t)(n % 50), &held[n]))
		n++;
	assert_int_equal(n, PLACES - KEPT);
	assert_true(bh_turns_ask(&turns, NULL, &vital[0]));
	assert_true(bh_turns_ask(&turns, NULL, &vital[1]));
	/* And when even those are in use, they come first. */
	assert_false(ask(77, &late[0]));
	assert_false(bh_turns_ask(&turns, NULL, &vital[2]));
	bh_turns_leave(&turns, held[--n].payer);
	assert_ptr_equal(bh_turns_next(&turns), &vital[2]);
	assert_null(bh_turns_next(&turns));

	bh_turns_withdraw(&turns, &late[0]);
	bh_turns_withdraw(&turns, &held[PLACES - KEPT]);
	leave(held, n);
	for (int i = 0; i < 3; i++)
		bh_turns_leave(&turns, vital[i].payer);
	bh_turns_close(&turns);
}

/* Whatever happens, in whatever order: no more places than there are, nobody left waiting who may have
 * one, and nothing remembered of those who are gone. */
static void
a_long_random_life_ends_empty(void **state)
{
	static struct bh_turn turn[MANY];
	enum { GONE, HELD, WAITING } is[MANY] = {GONE};
	int64_t held = 0;
	uint32_t seed = 1;

	(void)state;
	for (int step = 0; step < 200000 || held > 0; step++) {
		struct bh_turn *next;
		size_t at;

		seed = seed * 1664525 + 1013904223;
		at = (seed >> 16) % MANY;
		if (is[at] == HELD) {
			bh_turns_leave(&turns, turn[at].payer);
			is[at] = GONE;
			held--;
		} else if (is[at] == WAITING && seed >> 30 == 0) {
			bh_turns_withdraw(&turns, &turn[at]);
			is[at] = GONE;
		} else if (is[at] == GONE && step < 200000) {
			struct bh_uuid id = tenant((uint8_t)(at % 9));

			is[at] = bh_turns_ask(&turns, at % 10 == 0 ? NULL : &id, &turn[at]) ? HELD : WAITING;
			held += is[at] == HELD;
		}
		while ((next = bh_turns_next(&turns)) != NULL) {
			assert_int_equal(is[next - turn], WAITING);
			is[next - turn] = HELD;
			held++;
		}
		assert_in_range(held, 0, PLACES);
		assert_int_equal(held, turns.vital_held + turns.payers_held);
		assert_true(turns.payers_held <= PLACES - KEPT);
	}
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(is[i], GONE);
	for (size_t i = 0; i < BH_TURNS_BUCKETS; i++)
		assert_null(turns.buckets[i]);
	bh_turns_close(&turns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_tenant_alone_holds_its_share_and_no_more, setup),
		cmocka_unit_test_setup(a_newcomer_finds_a_place_however_greedy_three_others_are, setup),
		cmocka_unit_test_setup(a_share_of_one_percent_still_gives_one_place, setup),
		cmocka_unit_test_setup(whatever_the_share_the_last_place_is_for_one_who_has_none, setup),
		cmocka_unit_test_setup(tenants_are_served_in_turn_and_each_in_its_order, setup),
		cmocka_unit_test_setup(who_waits_is_not_overtaken_by_its_own_tenant, setup),
		cmocka_unit_test_setup(who_gives_up_leaves_no_gap, setup),
		cmocka_unit_test_setup(vital_takers_find_places_that_requests_cannot_have, setup),
		cmocka_unit_test_setup(a_long_random_life_ends_empty, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
