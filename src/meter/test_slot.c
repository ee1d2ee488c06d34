/* SPDX-License-Identifier: Apache-2.0 */
/* test_slot.c: slots in the shared file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "meter/slot.h"

/* Not a multiple of what slots are aligned to. */
enum { EXTRA = 1000 };

struct fixture {
	char path[64];
	struct meter_slots *slots;
	struct bh_uuid tenant;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	int fd;

	snprintf(fix->path, sizeof(fix->path), "/tmp/bh-slots-XXXXXX");
	fix->tenant = bh_uuid_new();
	fd = mkstemp(fix->path);
	close(fd);
	*state = fix;
	return meter_slots_open(fix->path, EXTRA, &fix->slots);
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	meter_slots_close(fix->slots);
	unlink(fix->path);
	free(fix);
	return 0;
}

enum { NOT_ALLOWED = 77 };

/* In a process that may mount what nobody else sees: its exit status. */
static int
open_on_a_small_disk(void)
{
	char folder[] = "/tmp/bh-small-XXXXXX", path[64];
	struct meter_slots *slots = NULL;
	int rc;

	if (mkdtemp(folder) == NULL ||
		unshare(CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) < 0 ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("small", folder, "tmpfs", 0, "size=64k") < 0) {
		(void)rmdir(folder);
		return NOT_ALLOWED;
	}
	snprintf(path, sizeof(path), "%s/calls", folder);
	rc = meter_slots_open(path, EXTRA, &slots);
	meter_slots_close(slots);
	umount(folder);
	rmdir(folder);
	return rc == BH_E_IO && slots == NULL ? 0 : 1;
}

static void
a_disk_without_room_is_an_error_and_no_signal(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(open_on_a_small_disk());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED)
		skip();
	assert_int_equal(status, 0);
}

static void
a_living_owner_keeps_its_slot(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot;

	assert_int_equal(meter_slots_take(fix->slots, &fix->tenant, &slot), 0);
	assert_false(meter_slots_adopt(fix->slots, slot));
	meter_slots_free(fix->slots, slot);
}

static void
a_dead_owners_slot_is_found_with_its_figures_and_adopted_once(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot;
	size_t at = 0;
	pid_t child;

	child = fork();
	if (child == 0) {
		struct meter_slots *slots;
		struct meter_slot *mine;

		if (meter_slots_open(fix->path, EXTRA, &slots) < 0 ||
			meter_slots_take(slots, &fix->tenant, &mine) < 0)
			_exit(1);
		mine->own[7] = 42;
		atomic_store(&mine->state, METER_SLOT_ACTIVE);
		_exit(0); /* without a word, as by kill -9 */
	}
	assert_int_equal(waitpid(child, NULL, 0), child);

	slot = meter_slots_next(fix->slots, &at);
	assert_non_null(slot);
	assert_int_equal(atomic_load(&slot->state), METER_SLOT_ACTIVE);
	assert_int_equal(slot->own[7], 42);
	assert_true(meter_slots_adopt(fix->slots, slot));
	assert_false(meter_slots_adopt(fix->slots, slot));
	assert_null(meter_slots_next(fix->slots, &at));
}

static size_t
take_all(struct fixture *fix, const struct bh_uuid *tenant)
{
	struct meter_slot *slot;
	size_t taken = 0;

	while (meter_slots_take(fix->slots, tenant, &slot) == 0)
		taken++;
	return taken;
}

static void
a_tenant_takes_as_many_slots_as_it_leaves(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid others[3] = {bh_uuid_new(), bh_uuid_new(), bh_uuid_new()};
	struct meter_slot *slot;
	size_t at = 0;

	assert_int_equal(take_all(fix, &fix->tenant), METER_SLOTS / 2);
	assert_int_equal(take_all(fix, &others[0]), METER_SLOTS / 4);
	assert_int_equal(take_all(fix, &others[1]), METER_SLOTS / 8);
	assert_int_equal(meter_slots_take(fix->slots, &others[2], &slot), 0);
	/* It may again as soon as it has fewer. */
	while ((slot = meter_slots_next(fix->slots, &at)) != NULL)
		meter_slots_free(fix->slots, slot);
	assert_int_equal(take_all(fix, &fix->tenant), METER_SLOTS / 2);
}

static void
every_slot_can_be_taken_and_no_more(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot;

	for (size_t i = 0; i < METER_SLOTS; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		assert_int_equal(meter_slots_take(fix->slots, &tenant, &slot), 0);
	}
	assert_int_equal(meter_slots_take(fix->slots, &fix->tenant, &slot), BH_E_BUSY);
}

static bool
nobody_lives(uint64_t owner)
{
	(void)owner;
	return false;
}

static size_t
count(struct meter_slots *slots)
{
	size_t at = 0, n = 0;

	while (meter_slots_next(slots, &at) != NULL)
		n++;
	return n;
}

/* Whatever the state it was killed in, a name is in the slot, or it is free. */
static void
a_slot_that_a_dead_process_was_taking_or_giving_back_is_found(void **state)
{
	struct fixture *fix = *state;
	const struct meter_slots_as as = {77, nobody_lives, METER_SLOTS, EXTRA};
	struct meter_slots *dead;
	struct meter_slot *slot;
	size_t at = 0;

	assert_int_equal(meter_slots_open_as(fix->path, &as, &dead), 0);
	assert_int_equal(meter_slots_take(dead, &fix->tenant, &slot), 0);
	atomic_store(&slot->state,
		METER_SLOT_FREE); /* as before it was filled, and after it was freed */
	meter_slots_close(dead);

	slot = meter_slots_next(fix->slots, &at);
	assert_non_null(slot);
	assert_true(meter_slots_adopt(fix->slots, slot));
	meter_slots_free(fix->slots, slot);
	assert_int_equal(count(fix->slots), 0);
	assert_int_equal(meter_slots_used(fix->slots), 0);
}

/* An earlier version took a slot by its state, and wrote its name afterwards. */
static void
a_slot_without_an_owner_is_free_whatever_its_state(void **state)
{
	struct fixture *fix = *state;
	struct meter_slot *slot, *again;

	assert_int_equal(meter_slots_take(fix->slots, &fix->tenant, &slot), 0);
	meter_slots_free(fix->slots, slot);
	assert_int_equal(atomic_load(&slot->owner), 0);
	atomic_store(&slot->state, METER_SLOT_FILLING);
	assert_int_equal(count(fix->slots), 0);
	assert_false(meter_slots_adopt(fix->slots, slot));
	for (size_t i = 0; i < METER_SLOTS; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		assert_int_equal(meter_slots_take(fix->slots, &tenant, &again), 0);
	}
	assert_int_equal(count(fix->slots), METER_SLOTS);
}

static void
a_file_of_another_layout_is_put_aside_with_what_is_in_it(void **state)
{
	struct fixture *fix = *state;
	const struct meter_slots_as as = {77, nobody_lives, 8, EXTRA};
	char aside[80];
	struct meter_slots *other, *old;
	struct meter_slot *slot;

	snprintf(aside, sizeof(aside), "%s.old", fix->path);
	assert_int_equal(meter_slots_take(fix->slots, &fix->tenant, &slot), 0);
	atomic_store(&slot->state, METER_SLOT_ENDED);

	assert_int_equal(meter_slots_open_as(fix->path, &as, &other), 0);
	assert_int_equal(count(other), 0);
	/* Who has it open goes on with it, and a program of its layout finds it whole. */
	assert_int_equal(atomic_load(&slot->state), METER_SLOT_ENDED);
	assert_int_equal(meter_slots_open(aside, EXTRA, &old), 0);
	assert_int_equal(count(old), 1);
	meter_slots_close(old);
	meter_slots_close(other);
	unlink(aside);
}

static void
the_extra_area_is_aligned_shared_and_kept(void **state)
{
	struct fixture *fix = *state;
	unsigned char *extra = meter_slots_extra(fix->slots);
	struct meter_slots *again;
	struct meter_slot *slot;

	assert_int_equal((uintptr_t)extra % 64, 0);
	for (size_t i = 0; i < EXTRA; i++)
		assert_int_equal(extra[i], 0);
	memset(extra, 1, EXTRA);
	assert_int_equal(meter_slots_take(fix->slots, &fix->tenant, &slot), 0);
	assert_int_equal((uintptr_t)slot->own % 8, 0);
	memset(slot->own, 2, METER_OWN_BYTES);
	assert_int_equal(meter_slots_open(fix->path, EXTRA, &again), 0);
	extra = meter_slots_extra(again);
	for (size_t i = 0; i < EXTRA; i++)
		assert_int_equal(extra[i], 1);
	meter_slots_close(again);
	/* What a service keeps of an act goes with it. */
	meter_slots_free(fix->slots, slot);
	for (size_t i = 0; i < METER_SLOTS; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		assert_int_equal(meter_slots_take(fix->slots, &tenant, &slot), 0);
		assert_int_equal(slot->own[0] + slot->own[METER_OWN_BYTES - 1], 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_living_owner_keeps_its_slot),
		TEST(a_dead_owners_slot_is_found_with_its_figures_and_adopted_once),
		TEST(a_tenant_takes_as_many_slots_as_it_leaves),
		TEST(every_slot_can_be_taken_and_no_more),
		TEST(a_slot_that_a_dead_process_was_taking_or_giving_back_is_found),
		TEST(a_slot_without_an_owner_is_free_whatever_its_state),
		TEST(a_file_of_another_layout_is_put_aside_with_what_is_in_it),
		cmocka_unit_test(a_disk_without_room_is_an_error_and_no_signal),
		TEST(the_extra_area_is_aligned_shared_and_kept),
	};

	return cmocka_run_group_tests_name("meter/slot", tests, NULL, NULL);
}
