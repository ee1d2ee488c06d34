/* SPDX-License-Identifier: Apache-2.0 */
/* test_rounds.c: proves who is next, and that nobody's crowd stands before anybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "sec/rounds.h"

enum { FAMILIAR, STRANGE, SET };
enum { MOST = 16, EACH = MOST / 4 };

static struct bh_round_waiter waiters[256];
static size_t n_waiters;
static struct bh_rounds rounds;

static int
set_up(void **state)
{
	(void)state;
	memset(waiters, 0, sizeof(waiters));
	n_waiters = 0;
	rounds = (struct bh_rounds){.waiting_max = MOST};
	return 0;
}

/* One more of an owner; NULL when there is no room. */
static struct bh_round_waiter *
enter(unsigned kind, uint64_t owner, struct bh_round_waiter **out_ousted)
{
	struct bh_round_waiter *waiter = &waiters[n_waiters++];

	*waiter = (struct bh_round_waiter){.kind = kind, .owner = owner};
	return bh_rounds_enter(&rounds, waiter, out_ousted) ? waiter : NULL;
}

static struct bh_round_waiter *
come(unsigned kind, uint64_t owner)
{
	struct bh_round_waiter *ousted, *waiter = enter(kind, owner, &ousted);

	assert_non_null(waiter);
	assert_null(ousted);
	return waiter;
}

static void
one_owners_come_in_their_order(void **state)
{
	struct bh_round_waiter *first = come(STRANGE, 1);
	struct bh_round_waiter *second = come(STRANGE, 1);

	(void)state;
	assert_ptr_equal(bh_rounds_next(&rounds), first);
	assert_ptr_equal(bh_rounds_next(&rounds), second);
	assert_null(bh_rounds_next(&rounds));
}

static void
a_newcomer_waits_for_one_of_each_other_owner(void **state)
{
	struct bh_round_waiter *newcomer;

	(void)state;
	for (int i = 0; i < EACH; i++) {
		come(STRANGE, 1);
		come(STRANGE, 2);
	}
	assert_int_equal(bh_rounds_next(&rounds)->owner, 1);
	newcomer = come(STRANGE, 3);
	assert_int_equal(bh_rounds_next(&rounds)->owner, 2);
	assert_ptr_equal(bh_rounds_next(&rounds), newcomer);
}

static void
kinds_take_turns_however_many_wait(void **state)
{
	unsigned served[BH_ROUND_KINDS] = {0};

	(void)state;
	for (uint64_t owner = 1; owner <= MOST; owner++)
		come(STRANGE, owner);
	for (int i = 0; i < 5; i++)
		assert_int_equal(bh_rounds_next(&rounds)->kind, STRANGE);
	for (int i = 0; i < 2; i++) {
		come(FAMILIAR, 1);
		come(SET, 1);
	}
	/* Those that come after a rest have no turns saved up, and wait for one of each other kind. */
	for (int i = 0; i < 6; i++)
		served[bh_rounds_next(&rounds)->kind]++;
	for (size_t i = 0; i < BH_COUNT(served); i++)
		assert_int_equal(served[i], 2);
}

static void
an_owner_has_a_part_of_a_queue(void **state)
{
	struct bh_round_waiter *ousted;

	(void)state;
	for (int i = 0; i < EACH; i++)
		come(STRANGE, 1);
	assert_null(enter(STRANGE, 1, &ousted));
	come(STRANGE, 2);
	come(SET, 1);
}

static void
in_a_full_queue_the_greatest_crowd_gives_way(void **state)
{
	struct bh_round_waiter *ousted = NULL;

	(void)state;
	for (uint64_t owner = 1; owner <= 4; owner++)
		for (int i = 0; i < EACH; i++)
			come(STRANGE, owner);
	assert_non_null(enter(STRANGE, 5, &ousted));
	assert_non_null(ousted);
	assert_int_equal(ousted->round, EACH - 1);
	assert_int_equal(rounds.queues[STRANGE].waiting, MOST);
}

static void
in_a_queue_full_of_one_each_nobody_gives_way(void **state)
{
	struct bh_round_waiter *ousted;

	(void)state;
	for (uint64_t owner = 1; owner <= MOST; owner++)
		come(STRANGE, owner);
	assert_null(enter(STRANGE, MOST + 1, &ousted));
	come(FAMILIAR, MOST + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_owners_come_in_their_order, set_up),
		cmocka_unit_test_setup(a_newcomer_waits_for_one_of_each_other_owner, set_up),
		cmocka_unit_test_setup(kinds_take_turns_however_many_wait, set_up),
		cmocka_unit_test_setup(an_owner_has_a_part_of_a_queue, set_up),
		cmocka_unit_test_setup(in_a_full_queue_the_greatest_crowd_gives_way, set_up),
		cmocka_unit_test_setup(in_a_queue_full_of_one_each_nobody_gives_way, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
