/* SPDX-License-Identifier: Apache-2.0 */
/* test_calls.c: slots and token buckets in the shared file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/bucket.h"
#include "model/calls.h"

struct fixture {
	char path[64];
	struct model_calls *calls;
	struct bh_uuid tenant;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	int fd;

	snprintf(fix->path, sizeof(fix->path), "/tmp/bh-calls-XXXXXX");
	fix->tenant = bh_uuid_new();
	fd = mkstemp(fix->path);
	close(fd);
	*state = fix;
	return model_calls_open(fix->path, &fix->calls);
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	model_calls_close(fix->calls);
	unlink(fix->path);
	free(fix);
	return 0;
}

static void
a_bucket_admits_one_minute_at_once_and_not_a_token_more(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;
	int64_t now = 1000000;

	assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 59, now, &charged), 0);
	assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 1, now, &charged), 0);
	assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 1, now, &charged), 1000000);
	assert_int_equal(model_bucket_left(fix->calls, &tenant, 60, now), 0);
	assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 1, now + 1000000, &charged), 0);
}

static void
a_call_larger_than_the_limit_is_charged_the_limit(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;

	assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 100000, 5, &charged), 0);
	assert_int_equal(charged, 60);
	assert_true(model_bucket_take(fix->calls, &tenant, 60, 1, 5, &charged) > 0);
}

static void
what_was_not_used_flows_back_and_more_is_owed(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;

	assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 60, 5, &charged), 0);
	model_bucket_adjust(fix->calls, &tenant, 60, -30, 5);
	assert_int_equal(model_bucket_left(fix->calls, &tenant, 60, 5), 30);
	model_bucket_adjust(fix->calls, &tenant, 60, 90, 5);
	assert_int_equal(model_bucket_left(fix->calls, &tenant, 60, 5), 0);
	assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 1, 60000005, &charged), 1000000);
}

static void
tenants_do_not_share_a_bucket(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid a = bh_uuid_new();
	struct bh_uuid b = bh_uuid_new();
	int64_t charged = 0;

	assert_int_equal(model_bucket_take(fix->calls, &a, 60, 60, 5, &charged), 0);
	assert_int_equal(model_bucket_take(fix->calls, &b, 60, 60, 5, &charged), 0);
}

static void
a_living_owner_keeps_its_slot(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot;

	assert_int_equal(model_calls_take(fix->calls, &fix->tenant, &slot), 0);
	assert_false(model_calls_adopt(fix->calls, slot));
	model_calls_free(fix->calls, slot);
}

static void
a_dead_owners_slot_is_found_with_its_figures_and_adopted_once(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot;
	size_t at = 0;
	pid_t child;

	child = fork();
	if (child == 0) {
		struct model_calls *calls;
		struct model_slot *mine;

		if (model_calls_open(fix->path, &calls) < 0 ||
			model_calls_take(calls, &fix->tenant, &mine) < 0)
			_exit(1);
		atomic_store(&mine->bytes, 42);
		atomic_store(&mine->state, MODEL_SLOT_ACTIVE);
		_exit(0); /* without a word, as by kill -9 */
	}
	assert_int_equal(waitpid(child, NULL, 0), child);

	slot = model_calls_next(fix->calls, &at);
	assert_non_null(slot);
	assert_int_equal(atomic_load(&slot->state), MODEL_SLOT_ACTIVE);
	assert_int_equal(atomic_load(&slot->bytes), 42);
	assert_true(model_calls_adopt(fix->calls, slot));
	assert_false(model_calls_adopt(fix->calls, slot));
	assert_null(model_calls_next(fix->calls, &at));
}

static size_t
take_all(struct fixture *fix, const struct bh_uuid *tenant)
{
	struct model_slot *slot;
	size_t taken = 0;

	while (model_calls_take(fix->calls, tenant, &slot) == 0)
		taken++;
	return taken;
}

static void
a_tenant_takes_as_many_slots_as_it_leaves(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid others[3] = {bh_uuid_new(), bh_uuid_new(), bh_uuid_new()};
	struct model_slot *slot;
	size_t at = 0;

	assert_int_equal(take_all(fix, &fix->tenant), MODEL_SLOTS / 2);
	assert_int_equal(take_all(fix, &others[0]), MODEL_SLOTS / 4);
	assert_int_equal(take_all(fix, &others[1]), MODEL_SLOTS / 8);
	assert_int_equal(model_calls_take(fix->calls, &others[2], &slot), 0);
	/* It may again as soon as it has fewer. */
	while ((slot = model_calls_next(fix->calls, &at)) != NULL)
		model_calls_free(fix->calls, slot);
	assert_int_equal(take_all(fix, &fix->tenant), MODEL_SLOTS / 2);
}

static void
every_slot_can_be_taken_and_no_more(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot;

	for (size_t i = 0; i < MODEL_SLOTS; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		assert_int_equal(model_calls_take(fix->calls, &tenant, &slot), 0);
	}
	assert_int_equal(model_calls_take(fix->calls, &fix->tenant, &slot), BH_E_BUSY);
}

static void
tenants_beyond_number_never_share_a_bucket(void **state)
{
	struct fixture *fix = *state;
	int64_t charged = 0;

	/* Four times as many tenants as there are buckets, each at its own limit's edge within a minute. */
	for (int64_t i = 0; i < 4 * 65536; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		assert_int_equal(model_bucket_take(fix->calls, &tenant, 60, 60, 1 + i, &charged), 0);
		assert_int_equal(charged, 60);
	}
}

static void
a_full_bucket_makes_room_and_one_in_use_stays(void **state)
{
	struct fixture *fix = *state;
	int64_t charged = 0;
	int64_t now = 1000000;

	assert_int_equal(model_bucket_take(fix->calls, &fix->tenant, 60, 60, now, &charged), 0);
	for (int64_t i = 0; i < 4 * 65536; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		/* A token of 60,000 a minute is back after a millisecond. */
		now += 5;
		assert_int_equal(model_bucket_take(fix->calls, &tenant, 60000, 1, now, &charged), 0);
	}
	assert_true(model_bucket_take(fix->calls, &fix->tenant, 60, 60, now, &charged) > 0);
}

/* A process that was killed in a set, and whose number a living one has now. */
static void
a_bucket_that_seems_held_by_a_stranger_is_taken_in_the_end(void **state)
{
	struct model_buckets *buckets = calloc(1, sizeof(*buckets));
	struct bh_uuid tenant = bh_uuid_new();
	int64_t charged = 0;

	(void)state;
	assert_non_null(buckets);
	for (size_t i = 0; i < MODEL_BUCKET_SETS; i++)
		atomic_store(&buckets->sets[i].holder, (uint32_t)getppid());
	assert_int_equal(model_buckets_take(buckets, &tenant, 60, 5, 1, &charged), 0);
	assert_int_equal(model_buckets_left(buckets, &tenant, 60, 1), 55);
	free(buckets);
}

static bool
nobody_lives(uint64_t owner)
{
	(void)owner;
	return false;
}

static size_t
count(struct model_calls *calls)
{
	size_t at = 0, n = 0;

	while (model_calls_next(calls, &at) != NULL)
		n++;
	return n;
}

/* Whatever the state it was killed in, a name is in the slot, or it is free. */
static void
a_slot_that_a_dead_process_was_taking_or_giving_back_is_found(void **state)
{
	struct fixture *fix = *state;
	const struct model_calls_as as = {77, nobody_lives, MODEL_SLOTS};
	struct model_calls *dead;
	struct model_slot *slot;
	size_t at = 0;

	assert_int_equal(model_calls_open_as(fix->path, &as, &dead), 0);
	assert_int_equal(model_calls_take(dead, &fix->tenant, &slot), 0);
	atomic_store(&slot->state,
		MODEL_SLOT_FREE); /* as before it was filled, and after it was freed */
	model_calls_close(dead);

	slot = model_calls_next(fix->calls, &at);
	assert_non_null(slot);
	assert_true(model_calls_adopt(fix->calls, slot));
	model_calls_free(fix->calls, slot);
	assert_int_equal(count(fix->calls), 0);
	assert_int_equal(model_calls_used(fix->calls), 0);
}

/* An earlier version took a slot by its state, and wrote its name afterwards. */
static void
a_slot_without_an_owner_is_free_whatever_its_state(void **state)
{
	struct fixture *fix = *state;
	struct model_slot *slot, *again;

	assert_int_equal(model_calls_take(fix->calls, &fix->tenant, &slot), 0);
	model_calls_free(fix->calls, slot);
	assert_int_equal(atomic_load(&slot->owner), 0);
	atomic_store(&slot->state, MODEL_SLOT_FILLING);
	assert_int_equal(count(fix->calls), 0);
	assert_false(model_calls_adopt(fix->calls, slot));
	for (size_t i = 0; i < MODEL_SLOTS; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		assert_int_equal(model_calls_take(fix->calls, &tenant, &again), 0);
	}
	assert_int_equal(count(fix->calls), MODEL_SLOTS);
}

static void
a_file_of_another_layout_is_put_aside_with_what_is_in_it(void **state)
{
	struct fixture *fix = *state;
	const struct model_calls_as as = {77, nobody_lives, 8};
	char aside[80];
	struct model_calls *other, *old;
	struct model_slot *slot;

	snprintf(aside, sizeof(aside), "%s.old", fix->path);
	assert_int_equal(model_calls_take(fix->calls, &fix->tenant, &slot), 0);
	atomic_store(&slot->state, MODEL_SLOT_ENDED);

	assert_int_equal(model_calls_open_as(fix->path, &as, &other), 0);
	assert_int_equal(count(other), 0);
	/* Who has it open goes on with it, and a program of its layout finds it whole. */
	assert_int_equal(atomic_load(&slot->state), MODEL_SLOT_ENDED);
	assert_int_equal(model_calls_open(aside, &old), 0);
	assert_int_equal(count(old), 1);
	model_calls_close(old);
	model_calls_close(other);
	unlink(aside);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_bucket_admits_one_minute_at_once_and_not_a_token_more,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_call_larger_than_the_limit_is_charged_the_limit, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(what_was_not_used_flows_back_and_more_is_owed, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(tenants_do_not_share_a_bucket, set_up, tear_down),
		cmocka_unit_test(a_bucket_that_seems_held_by_a_stranger_is_taken_in_the_end),
		cmocka_unit_test_setup_teardown(
			a_slot_that_a_dead_process_was_taking_or_giving_back_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_slot_without_an_owner_is_free_whatever_its_state, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_file_of_another_layout_is_put_aside_with_what_is_in_it,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_living_owner_keeps_its_slot, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_dead_owners_slot_is_found_with_its_figures_and_adopted_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_tenant_takes_as_many_slots_as_it_leaves, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(every_slot_can_be_taken_and_no_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tenants_beyond_number_never_share_a_bucket, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_full_bucket_makes_room_and_one_in_use_stays, set_up,
			tear_down),
	};

	return cmocka_run_group_tests_name("model/calls", tests, NULL, NULL);
}
