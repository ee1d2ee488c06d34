/* SPDX-License-Identifier: Apache-2.0 */
/* test_turns.c: pictures of one tenant wait for each other, and leave room for another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/error.h"
#include "picture/turns.h"

static const struct bh_uuid acme = {{1}}, other = {{2}};

struct reading {
	struct bh_picture_turns *turns;
	const struct bh_uuid *tenant;
	struct bh_picture_turn turn;
	pthread_t thread;
	int rc;
};

static void *
read_one(void *ctx)
{
	struct reading *reading = ctx;

	reading->rc = bh_picture_turns_enter(reading->turns, reading->tenant, 60000, &reading->turn);
	return NULL;
}

static size_t
known(struct bh_picture_turns *turns)
{
	const struct bh_picture_turn *turn;
	size_t n = 0;

	pthread_mutex_lock(&turns->lock);
	for (turn = turns->first; turn != NULL; turn = turn->next)
		n++;
	pthread_mutex_unlock(&turns->lock);
	return n;
}

static void
begin(struct bh_picture_turns *turns, const struct bh_uuid *tenant, struct reading *reading)
{
	size_t before = known(turns);

	*reading = (struct reading){.turns = turns, .tenant = tenant, .rc = 1};
	assert_int_equal(pthread_create(&reading->thread, NULL, read_one, reading), 0);
	while (known(turns) == before)
		usleep(1000);
}

static void
end(struct reading *reading)
{
	pthread_join(reading->thread, NULL);
	assert_int_equal(reading->rc, 0);
}

static void
a_tenant_has_its_places_and_leaves_one(void **state)
{
	struct bh_picture_turns turns;
	struct bh_picture_turn first, second, third;

	(void)state;
	bh_picture_turns_init(&turns, 2, 1);
	assert_int_equal(bh_picture_turns_enter(&turns, &acme, 0, &first), 0);
	assert_int_equal(bh_picture_turns_enter(&turns, &acme, 0, &second), BH_E_BUSY);
	assert_int_equal(bh_picture_turns_enter(&turns, &other, 0, &third), 0);
	bh_picture_turns_leave(&turns, &first);
	assert_int_equal(bh_picture_turns_enter(&turns, &acme, 0, &second), 0);
	bh_picture_turns_leave(&turns, &second);
	bh_picture_turns_leave(&turns, &third);
	assert_null(turns.first);
	assert_int_equal(turns.running, 0);
}

static void
of_those_that_wait_the_tenant_with_fewest_comes_first(void **state)
{
	struct bh_picture_turns turns;
	struct bh_picture_turn first, second;
	struct reading again, strange;

	(void)state;
	bh_picture_turns_init(&turns, 2, 2);
	assert_int_equal(bh_picture_turns_enter(&turns, &acme, 0, &first), 0);
	assert_int_equal(bh_picture_turns_enter(&turns, &acme, 0, &second), 0);
	begin(&turns, &acme, &again);
	begin(&turns, &other, &strange);
	bh_picture_turns_leave(&turns, &first);
	end(&strange);
	pthread_mutex_lock(&turns.lock);
	assert_false(again.turn.running);
	pthread_mutex_unlock(&turns.lock);
	bh_picture_turns_leave(&turns, &second);
	end(&again);
	bh_picture_turns_leave(&turns, &again.turn);
	bh_picture_turns_leave(&turns, &strange.turn);
}

static void
a_tenant_cannot_fill_the_list(void **state)
{
	struct bh_picture_turns turns;
	struct bh_picture_turn first, late, strange;
	struct reading waiting;

	(void)state;
	bh_picture_turns_init(&turns, 1, 1);
	turns.waiting_of_one = 1;
	assert_int_equal(bh_picture_turns_enter(&turns, &acme, 0, &first), 0);
	begin(&turns, &acme, &waiting);
	assert_int_equal(bh_picture_turns_enter(&turns, &acme, 60000, &late), BH_E_BUSY);
	assert_int_equal(bh_picture_turns_enter(&turns, &other, 0, &strange), BH_E_BUSY);
	assert_int_equal(known(&turns), 2);
	bh_picture_turns_leave(&turns, &first);
	end(&waiting);
	bh_picture_turns_leave(&turns, &waiting.turn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_has_its_places_and_leaves_one),
		cmocka_unit_test(of_those_that_wait_the_tenant_with_fewest_comes_first),
		cmocka_unit_test(a_tenant_cannot_fill_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
