/* SPDX-License-Identifier: Apache-2.0 */
/* test_turns.c: searches of one tenant wait for each other, and for nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/error.h"
#include "rag/turns.h"

static const struct bh_uuid acme = {{1}}, other = {{2}};

struct searching {
	struct rag_turns *turns;
	struct rag_turn turn;
	pthread_t thread;
	int64_t rank;
	int rc;
};

static void *
search(void *ctx)
{
	struct searching *searching = ctx;

	searching->rc = rag_turns_enter_ranked(searching->turns, &acme, searching->rank, 60000,
		&searching->turn);
	return NULL;
}

static size_t
known(struct rag_turns *turns)
{
	const struct rag_turn *turn;
	size_t n = 0;

	pthread_mutex_lock(&turns->lock);
	for (turn = turns->first; turn != NULL; turn = turn->next)
		n++;
	pthread_mutex_unlock(&turns->lock);
	return n;
}

static void
begin_ranked(struct rag_turns *turns, struct searching *searching, int64_t rank)
{
	size_t before = known(turns);

	*searching = (struct searching){.turns = turns, .rank = rank, .rc = 1};
	assert_int_equal(pthread_create(&searching->thread, NULL, search, searching), 0);
	while (known(turns) == before)
		usleep(1000);
}

static void
begin(struct rag_turns *turns, struct searching *searching)
{
	begin_ranked(turns, searching, 0);
}

static void
a_tenant_has_its_places_and_no_more(void **state)
{
	struct rag_turns turns;
	struct rag_turn first, second, third, strange;

	(void)state;
	rag_turns_init(&turns, 2);
	assert_int_equal(rag_turns_enter(&turns, &acme, 0, &first), 0);
	assert_int_equal(rag_turns_enter(&turns, &acme, 0, &second), 0);
	assert_int_equal(rag_turns_enter(&turns, &acme, 0, &third), BH_E_BUSY);
	assert_int_equal(rag_turns_enter(&turns, &other, 0, &strange), 0);
	rag_turns_leave(&turns, &first);
	assert_int_equal(rag_turns_enter(&turns, &acme, 0, &third), 0);
	rag_turns_leave(&turns, &third);
	rag_turns_leave(&turns, &second);
	rag_turns_leave(&turns, &strange);
	assert_int_equal(known(&turns), 0);
}

static void
who_waited_longest_comes_first(void **state)
{
	struct rag_turns turns;
	struct rag_turn first;
	struct searching early, late;

	(void)state;
	rag_turns_init(&turns, 1);
	assert_int_equal(rag_turns_enter(&turns, &acme, 0, &first), 0);
	begin(&turns, &early);
	begin(&turns, &late);
	rag_turns_leave(&turns, &first);
	pthread_join(early.thread, NULL);
	assert_int_equal(early.rc, 0);
	assert_int_equal(known(&turns), 2);
	rag_turns_leave(&turns, &early.turn);
	pthread_join(late.thread, NULL);
	assert_int_equal(late.rc, 0);
	rag_turns_leave(&turns, &late.turn);
	assert_int_equal(known(&turns), 0);
}

static void
the_lowest_rank_comes_first(void **state)
{
	struct rag_turns turns;
	struct rag_turn first;
	struct searching high, low;

	(void)state;
	rag_turns_init(&turns, 1);
	assert_int_equal(rag_turns_enter(&turns, &acme, 0, &first), 0);
	begin_ranked(&turns, &high, 2);
	begin_ranked(&turns, &low, 1);
	rag_turns_leave(&turns, &first);
	pthread_join(low.thread, NULL);
	assert_int_equal(low.rc, 0);
	assert_int_equal(known(&turns), 2);
	/* Passed over, it has come closer. */
	assert_int_equal(high.turn.rank, 2 - RAG_TURN_PASSED);
	rag_turns_leave(&turns, &low.turn);
	pthread_join(high.thread, NULL);
	assert_int_equal(high.rc, 0);
	rag_turns_leave(&turns, &high.turn);
	assert_int_equal(known(&turns), 0);
}

static void
who_goes_on_gives_way_to_a_lower_rank_and_to_whoever_was_passed_over_often(void **state)
{
	struct rag_turns turns;
	struct rag_turn first;
	struct searching other_one;
	int calls = 0;

	(void)state;
	rag_turns_init(&turns, 1);
	assert_int_equal(rag_turns_enter_ranked(&turns, &acme, 8, 0, &first), 0);
	assert_int_equal(rag_turns_pass(&turns, 8, 0, &first), 0);
	begin_ranked(&turns, &other_one, 8 + 3 * RAG_TURN_PASSED);
	while (rag_turns_pass(&turns, 8, 0, &first) == 0)
		calls++;
	assert_int_equal(calls, 4);
	pthread_join(other_one.thread, NULL);
	assert_int_equal(other_one.rc, 0);
	assert_int_equal(known(&turns), 1);
	rag_turns_leave(&turns, &other_one.turn);
	assert_int_equal(known(&turns), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_has_its_places_and_no_more),
		cmocka_unit_test(who_waited_longest_comes_first),
		cmocka_unit_test(the_lowest_rank_comes_first),
		cmocka_unit_test(
			who_goes_on_gives_way_to_a_lower_rank_and_to_whoever_was_passed_over_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
