/* SPDX-License-Identifier: Apache-2.0 */
/* test_fs.c: objects appear whole or not at all, and only beneath their tenant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"
#include "object/testing.h"

struct fixture {
	struct bh_test_objects objects;
	struct bh_object_store *store; /* that of objects */
	struct bh_uuid tenant, other, id;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	assert_non_null(fix);
	bh_test_objects_open(&fix->objects);
	fix->store = fix->objects.store;
	fix->tenant = bh_uuid_new();
	fix->other = bh_uuid_new();
	fix->id = bh_uuid_new();
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	bh_test_objects_close(&fix->objects);
	free(fix);
	return 0;
}

static void
put(struct fixture *fix, const char *text, struct bh_digest *out_hash)
{
	struct bh_object_writer writer = {0};

	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, text, strlen(text)), 0);
	assert_int_equal(bh_object_publish(&writer, out_hash), 0);
	bh_object_writer_close(&writer);
}

static int
count_parts(struct fixture *fix)
{
	char command[192];

	snprintf(command, sizeof(command), "exit $(find '%s' -name 'part-*' | wc -l)",
		fix->objects.root);
	return WEXITSTATUS(system(command));
}

static void
what_was_published_reads_back_with_its_hash(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	char hex[65];
	char text[8] = "";
	int64_t bytes = 0;
	int fd = -1;

	put(fix, "abc", &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes), 0);
	assert_int_equal(bytes, 3);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
	assert_int_equal(count_parts(fix), 0);
}

static void
an_empty_object_is_an_object(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	int64_t bytes = 7;
	int fd = -1;

	put(fix, "", &hash);
	assert_int_equal(hash.bytes[0], 0xe3);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes), 0);
	assert_int_equal(bytes, 0);
	close(fd);
}

static void
what_was_not_published_does_not_exist(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_writer writer = {0};
	int64_t bytes;
	int fd;

	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, "abc", 3), 0);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes),
		BH_E_NOT_FOUND);
	bh_object_writer_close(&writer);
	bh_object_writer_close(&writer);
	assert_int_equal(count_parts(fix), 0);
}

static void
another_tenant_does_not_find_it(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	int64_t bytes;
	int fd;

	put(fix, "abc", &hash);
	assert_int_equal(bh_object_read(fix->store, &fix->other, &fix->id, NULL, &fd, &bytes),
		BH_E_NOT_FOUND);
	assert_int_equal(bh_object_remove(fix->store, &fix->other, &fix->id), 0);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes), 0);
	close(fd);
}

static void
removing_twice_succeeds(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	int64_t bytes;
	int fd;

	put(fix, "abc", &hash);
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes),
		BH_E_NOT_FOUND);
}

static void
a_link_in_place_of_an_object_is_not_followed(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	char tenant[BH_UUID_HEX];
	char name[BH_UUID_HEX];
	char path[160];
	int64_t bytes;
	int fd;

	put(fix, "abc", &hash);
	bh_uuid_hex(&fix->tenant, tenant);
	bh_uuid_hex(&fix->id, name);
	snprintf(path, sizeof(path), "%s/%s/%s", fix->objects.root, tenant, name);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(bh_object_read(fix->store, &fix->tenant, &fix->id, NULL, &fd, &bytes),
		BH_E_IO);
}

static void
the_sweep_takes_old_leftovers_only(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_writer old = {0};
	struct bh_object_writer young = {0};
	const struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct bh_digest hash;

	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &old), 0);
	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &young), 0);
	assert_int_equal(futimens(old.fd, past), 0);
	assert_int_equal(count_parts(fix), 2);

	assert_int_equal(bh_object_sweep(fix->store, 3600), 0);

	assert_int_equal(count_parts(fix), 1);
	assert_int_equal(bh_object_publish(&young, &hash), 0);
	bh_object_writer_close(&old);
}

static void
of_a_tenant_that_is_forgotten_nothing_is_left(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_writer unfinished = {0};
	struct bh_digest hash;
	struct bh_uuid gone = bh_uuid_new();
	char hex[BH_UUID_HEX], path[128];
	size_t n = 0;
	bool due = false;

	put(fix, "abc", &hash);
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &gone, 0, &due), 0);
	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &fix->id, &unfinished), 0);
	bh_uuid_hex(&fix->tenant, hex);
	snprintf(path, sizeof(path), "%s/%s", fix->objects.root, hex);
	assert_int_equal(bh_object_forget(fix->store, &fix->tenant, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(count_parts(fix), 1);
	assert_int_equal(bh_object_forget(fix->store, &fix->tenant, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(access(path, F_OK), -1);
	/* Again, and what a writer brings after that. */
	assert_int_equal(bh_object_forget(fix->store, &fix->tenant, &n), 0);
	assert_int_not_equal(bh_object_publish(&unfinished, &hash), 0);
	bh_object_writer_close(&unfinished);
}

static void
old_objects_are_walked_and_unfinished_and_marked_ones_are_not(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_writer writer = {0};
	struct bh_object_walk walk = {0};
	struct bh_object_name ids[4];
	size_t n;
	struct bh_uuid more = bh_uuid_new();
	struct bh_digest hash;
	bool due = true;

	put(fix, "one", &hash);
	assert_int_equal(bh_object_create(fix->store, &fix->tenant, &more, &writer), 0);
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, 60, &due), 0);

	assert_int_equal(bh_object_walk_open(fix->store, NULL, &walk), 0);
	assert_int_equal(bh_object_walk_next(&walk, 0, ids, 4, &n), 0);
	assert_int_equal(n, 1);
	assert_true(bh_uuid_equal(&ids[0].id, &fix->tenant));
	bh_object_walk_close(&walk);
	assert_int_equal(bh_object_walk_open(fix->store, &fix->tenant, &walk), 0);
	assert_int_equal(bh_object_walk_next(&walk, 0, ids, 4, &n), 0);
	assert_int_equal(n, 1);
	assert_true(bh_uuid_equal(&ids[0].id, &fix->id));
	assert_true(ids[0].marked);
	assert_int_equal(bh_object_walk_next(&walk, 0, ids, 4, &n), 0);
	assert_int_equal(n, 0);
	bh_object_walk_close(&walk);
	assert_int_equal(bh_object_walk_open(fix->store, &fix->tenant, &walk), 0);
	assert_int_equal(bh_object_walk_next(&walk, 3600, ids, 4, &n), 0);
	assert_int_equal(n, 0);
	bh_object_walk_close(&walk);
	bh_object_walk_close(&walk);
	assert_int_equal(bh_object_walk_open(fix->store, &fix->other, &walk), BH_E_NOT_FOUND);
	bh_object_writer_close(&writer);
}

static void
a_walk_goes_on_where_it_stopped(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_walk walk = {0};
	struct bh_object_name ids[10];
	struct bh_digest hash;
	size_t n, total = 0;

	for (int i = 0; i < 10; i++) {
		fix->id = bh_uuid_new();
		put(fix, "x", &hash);
	}
	assert_int_equal(bh_object_walk_open(fix->store, &fix->tenant, &walk), 0);
	do {
		assert_int_equal(bh_object_walk_next(&walk, 0, ids + total, total < 8 ? 3 : 1, &n), 0);
		total += n;
	} while (n > 0 && total < 10);
	bh_object_walk_close(&walk);
	assert_int_equal(total, 10);
	for (size_t i = 0; i < total; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(bh_uuid_equal(&ids[i].id, &ids[j].id));
}

/* As if it had been marked that long ago. */
static void
age_mark(struct fixture *fix, time_t seconds)
{
	const struct timespec times[2] = {{.tv_sec = time(NULL) - seconds},
		{.tv_sec = time(NULL) - seconds}};
	char path[256], tenant[BH_UUID_HEX], id[BH_UUID_HEX];

	bh_uuid_hex(&fix->tenant, tenant);
	bh_uuid_hex(&fix->id, id);
	snprintf(path, sizeof(path), "%s/%s/unnamed-%s", fix->objects.root, tenant, id);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
a_condemned_object_is_due_after_its_time_unless_it_was_acquitted(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	bool due = true;

	put(fix, "one", &hash);
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, 1000, &due), 0);
	assert_false(due);
	age_mark(fix, 2000);
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, 1000, &due), 0);
	assert_true(due);
	assert_int_equal(bh_object_acquit(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_acquit(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, 1000, &due), 0);
	assert_false(due);
}

static void
the_mark_goes_with_its_object(void **state)
{
	struct fixture *fix = *state;
	struct bh_digest hash;
	bool due = true;

	put(fix, "one", &hash);
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, 1000, &due), 0);
	age_mark(fix, 2000);
	assert_int_equal(bh_object_remove(fix->store, &fix->tenant, &fix->id), 0);
	assert_int_equal(bh_object_condemn(fix->store, &fix->tenant, &fix->id, 1000, &due), 0);
	assert_false(due);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_published_reads_back_with_its_hash, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(an_empty_object_is_an_object, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_not_published_does_not_exist, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_tenant_does_not_find_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(removing_twice_succeeds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_in_place_of_an_object_is_not_followed, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(the_sweep_takes_old_leftovers_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_a_tenant_that_is_forgotten_nothing_is_left, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			old_objects_are_walked_and_unfinished_and_marked_ones_are_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_walk_goes_on_where_it_stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_condemned_object_is_due_after_its_time_unless_it_was_acquitted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_mark_goes_with_its_object, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
