/* SPDX-License-Identifier: Apache-2.0 */
/* test_turns.c: who is next, as pure logic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/turns.h"

enum { TURNS = 256 };

struct fixture {
	struct model_turns turns;
	struct model_turn all[TURNS];
	size_t n;
	struct bh_uuid greedy, light, third;
	int64_t now_us;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (fix == NULL)
		return -1;
	fix->turns.places = 1;
	fix->greedy = bh_uuid_new();
	fix->light = bh_uuid_new();
	fix->third = bh_uuid_new();
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	model_turns_close(&fix->turns);
	free(fix);
	return 0;
}

static struct model_turn *
add(struct fixture *fix, const struct bh_uuid *tenant, enum model_lane lane, int64_t tokens)
{
	struct model_turn *turn = &fix->all[fix->n++];

	assert_true(fix->n <= TURNS);
	*turn = (struct model_turn){.tenant = *tenant, .lane = lane, .tokens = tokens};
	assert_int_equal(model_turns_add(&fix->turns, turn), 0);
	return turn;
}

static struct model_turn *
next(struct fixture *fix)
{
	return model_turns_next(&fix->turns, fix->now_us);
}

static void
end(struct fixture *fix, const struct model_turn *turn)
{
	model_turns_end(&fix->turns, turn, turn->tokens, fix->now_us);
}

/* Runs one after the other until none waits; how many of the tenant's among the first `of`. */
static size_t
share_of(struct fixture *fix, const struct bh_uuid *tenant, size_t of)
{
	struct model_turn *turn;
	size_t n = 0, mine = 0;

	while ((turn = next(fix)) != NULL) {
		if (n++ < of && bh_uuid_equal(&turn->tenant, tenant))
			mine++;
		end(fix, turn);
	}
	return mine;
}

static void
no_more_run_than_there_are_places(void **state)
{
	struct fixture *fix = *state;

	fix->turns.places = 3;
	for (size_t i = 0; i < 5; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 10);

	for (size_t i = 0; i < 3; i++)
		assert_non_null(next(fix));
	assert_null(next(fix));
	end(fix, &fix->all[0]);
	assert_ptr_equal(next(fix), &fix->all[3]);
	assert_null(next(fix));
}

static void
within_a_tenant_first_come_is_first_served(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 10; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, i % 2 == 0 ? 1 : 1000);
	for (size_t i = 0; i < 10; i++) {
		assert_ptr_equal(next(fix), &fix->all[i]);
		end(fix, &fix->all[i]);
	}
}

static void
a_newcomer_waits_for_no_more_than_what_runs(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *running, *own;

	for (size_t i = 0; i < 60; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 500);
	for (size_t i = 0; i < 20; i++)
		end(fix, next(fix));
	running = next(fix);

	own = add(fix, &fix->light, MODEL_FOREGROUND, 8);
	assert_null(next(fix));
	end(fix, running);
	assert_ptr_equal(next(fix), own);
}

/* Calls one after the other, as somebody does who waits for each answer. */
static void
who_calls_again_and_again_waits_for_one_call_each_time(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *turn, *own;
	size_t others = 0;

	for (size_t i = 0; i < 100; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 128);
	turn = next(fix);
	for (size_t i = 0; i < 20; i++) {
		own = add(fix, &fix->light, MODEL_FOREGROUND, 8);
		for (others = 0; turn != own; others++) {
			end(fix, turn);
			turn = next(fix);
		}
		assert_true(others <= 2);
		end(fix, own);
		turn = next(fix);
	}
}

static void
long_calls_cost_more_turns(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 20; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 1000);
	for (size_t i = 0; i < 100; i++)
		add(fix, &fix->light, MODEL_FOREGROUND, 100);
	assert_in_range(share_of(fix, &fix->light, 55), 49, 51);
}

static void
what_a_call_took_beyond_its_charge_is_charged_at_its_end(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *turn;
	size_t light = 0;

	for (size_t i = 0; i < 20; i++) {
		add(fix, &fix->greedy, MODEL_FOREGROUND, 10);
		add(fix, &fix->light, MODEL_FOREGROUND, 10);
	}
	for (size_t i = 0; i < 12; i++) {
		turn = next(fix);
		if (bh_uuid_equal(&turn->tenant, &fix->light))
			light++;
		model_turns_end(&fix->turns, turn, bh_uuid_equal(&turn->tenant, &fix->greedy) ? 100 : 10,
			0);
	}
	assert_in_range(light, 10, 11);
}

static void
a_charge_too_high_puts_nobody_back_who_came_meanwhile(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *running, *own;

	for (size_t i = 0; i < 10; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 100);
	running = next(fix);
	own = add(fix, &fix->light, MODEL_FOREGROUND, 100);
	model_turns_end(&fix->turns, running, 20, 0);
	assert_ptr_equal(next(fix), own);
}

static void
a_pause_saves_up_no_turns_and_costs_none(void **state)
{
	struct fixture *fix = *state;

	/* One alone for long, then both: level from the start. */
	for (size_t i = 0; i < 100; i++) {
		add(fix, &fix->greedy, MODEL_FOREGROUND, 1000);
		end(fix, next(fix));
	}
	for (size_t i = 0; i < 20; i++) {
		add(fix, &fix->light, MODEL_FOREGROUND, 100);
		add(fix, &fix->greedy, MODEL_FOREGROUND, 100);
	}
	assert_in_range(share_of(fix, &fix->light, 20), 9, 11);
}

static void
a_tenant_is_not_put_back_for_what_it_used_while_alone(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 100; i++) {
		add(fix, &fix->greedy, MODEL_FOREGROUND, 1000);
		end(fix, next(fix));
	}
	for (size_t i = 0; i < 20; i++)
		add(fix, &fix->light, MODEL_FOREGROUND, 100);
	end(fix, next(fix));
	for (size_t i = 0; i < 20; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 100);
	assert_in_range(share_of(fix, &fix->greedy, 20), 9, 11);
}

static void
the_last_free_place_is_for_a_tenant_that_runs_nothing(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *own;

	fix->turns.places = 2;
	fix->turns.keep_one = true;
	for (size_t i = 0; i < 5; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 10);
	assert_ptr_equal(next(fix), &fix->all[0]);
	assert_null(next(fix));
	own = add(fix, &fix->light, MODEL_FOREGROUND, 10);
	assert_ptr_equal(next(fix), own);
	add(fix, &fix->third, MODEL_FOREGROUND, 10);
	assert_null(next(fix));
}

static void
one_place_is_kept_for_nobody(void **state)
{
	struct fixture *fix = *state;

	fix->turns.keep_one = true;
	add(fix, &fix->greedy, MODEL_FOREGROUND, 10);
	assert_non_null(next(fix));
}

static void
a_person_goes_before_the_background(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *running, *own;

	for (size_t i = 0; i < 30; i++)
		add(fix, &fix->greedy, MODEL_BACKGROUND, 128);
	running = next(fix);
	own = add(fix, &fix->greedy, MODEL_FOREGROUND, 8);
	end(fix, running);
	assert_ptr_equal(next(fix), own);
}

static void
the_background_has_a_quarter_while_both_wait(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *turn;
	size_t background = 0;

	for (size_t i = 0; i < 100; i++) {
		add(fix, &fix->light, MODEL_FOREGROUND, 100);
		add(fix, &fix->greedy, MODEL_BACKGROUND, 100);
	}
	for (size_t i = 0; i < 80; i++) {
		turn = next(fix);
		background += turn->lane == MODEL_BACKGROUND;
		end(fix, turn);
	}
	assert_in_range(background, 19, 21);
}

static void
a_busy_foreground_of_the_past_gives_the_background_no_lead(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *own;

	for (size_t i = 0; i < 50; i++) {
		add(fix, &fix->light, MODEL_FOREGROUND, 10000);
		end(fix, next(fix));
	}
	for (size_t i = 0; i < 50; i++)
		add(fix, &fix->greedy, MODEL_BACKGROUND, 128);
	end(fix, next(fix));
	own = add(fix, &fix->light, MODEL_FOREGROUND, 8);
	assert_ptr_equal(next(fix), own);
}

static void
who_leaves_is_passed_over(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 4; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 10);
	assert_int_equal(model_turns_position(&fix->turns, &fix->all[3]), 4);
	model_turns_leave(&fix->turns, &fix->all[3]);
	model_turns_leave(&fix->turns, &fix->all[0]);
	model_turns_leave(&fix->turns, &fix->all[1]);
	assert_int_equal(model_turns_waiting(&fix->turns, &fix->greedy), 1);
	assert_int_equal(model_turns_position(&fix->turns, &fix->all[2]), 1);
	add(fix, &fix->greedy, MODEL_FOREGROUND, 10);
	assert_ptr_equal(next(fix), &fix->all[2]);
	end(fix, &fix->all[2]);
	assert_ptr_equal(next(fix), &fix->all[4]);
}

static void
the_wait_is_told_by_the_measured_rate(void **state)
{
	struct fixture *fix = *state;
	struct model_turn *turn;

	assert_int_equal(model_turns_wait_ms(&fix->turns, &fix->light, MODEL_FOREGROUND), 1000);
	for (size_t i = 0; i < 10; i++) {
		add(fix, &fix->greedy, MODEL_FOREGROUND, 10);
		turn = next(fix);
		fix->now_us += 2000000;
		end(fix, turn);
		fix->now_us += 60000000; /* nothing to do: not the engine's fault */
	}
	assert_int_equal(model_turns_wait_ms(&fix->turns, &fix->light, MODEL_FOREGROUND), 2000);
	for (size_t i = 0; i < 20; i++)
		add(fix, &fix->greedy, MODEL_FOREGROUND, 10);
	/* As many of each other tenant as of its own come before it, itself counted. */
	assert_int_equal(model_turns_wait_ms(&fix->turns, &fix->light, MODEL_FOREGROUND), 4000);
	assert_int_equal(model_turns_wait_ms(&fix->turns, &fix->greedy, MODEL_FOREGROUND), 42000);
}

static void
tenants_that_are_gone_take_no_room(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 100000; i++) {
		struct bh_uuid tenant = bh_uuid_new();
		struct model_turn turn = {.tenant = tenant, .tokens = 10};

		assert_int_equal(model_turns_add(&fix->turns, &turn), 0);
		assert_ptr_equal(next(fix), &turn);
		end(fix, &turn);
	}
	assert_true(fix->turns.n_tenants < 16);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(no_more_run_than_there_are_places),
		TEST(within_a_tenant_first_come_is_first_served),
		TEST(a_newcomer_waits_for_no_more_than_what_runs),
		TEST(who_calls_again_and_again_waits_for_one_call_each_time),
		TEST(long_calls_cost_more_turns),
		TEST(what_a_call_took_beyond_its_charge_is_charged_at_its_end),
		TEST(a_charge_too_high_puts_nobody_back_who_came_meanwhile),
		TEST(a_pause_saves_up_no_turns_and_costs_none),
		TEST(a_tenant_is_not_put_back_for_what_it_used_while_alone),
		TEST(the_last_free_place_is_for_a_tenant_that_runs_nothing),
		TEST(one_place_is_kept_for_nobody),
		TEST(a_person_goes_before_the_background),
		TEST(the_background_has_a_quarter_while_both_wait),
		TEST(a_busy_foreground_of_the_past_gives_the_background_no_lead),
		TEST(who_leaves_is_passed_over),
		TEST(the_wait_is_told_by_the_measured_rate),
		TEST(tenants_that_are_gone_take_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
