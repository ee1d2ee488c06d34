/* SPDX-License-Identifier: Apache-2.0 */
/* test_copy.c: copies between two folders, resumed, and while objects go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "object/copy.h"
#include "object/driver.h"
#include "object/testing.h"

struct fixture {
	struct bh_test_objects objects[2];
	struct bh_object_store *from, *to; /* those of objects */
	struct bh_uuid tenant, id;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	assert_non_null(fix);
	for (size_t i = 0; i < 2; i++)
		bh_test_objects_open(&fix->objects[i]);
	fix->from = fix->objects[0].store;
	fix->to = fix->objects[1].store;
	fix->tenant = bh_uuid_new();
	fix->id = bh_uuid_new();
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < 2; i++)
		bh_test_objects_close(&fix->objects[i]);
	free(fix);
	return 0;
}

static void
put(struct fixture *fix, struct bh_object_store *store, const char *text)
{
	struct bh_object_writer writer = {0};
	struct bh_digest hash;

	assert_int_equal(bh_object_create(store, &fix->tenant, &fix->id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, text, strlen(text)), 0);
	assert_int_equal(bh_object_publish(&writer, &hash), 0);
}

static void
holds(struct fixture *fix, struct bh_object_store *store, const char *text)
{
	char found[16] = "";
	int64_t bytes;
	int fd = -1;
	int rc = bh_object_read(store, &fix->tenant, &fix->id, NULL, &fd, &bytes);

	if (text == NULL) {
		assert_int_equal(rc, BH_E_NOT_FOUND);
		return;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(read(fd, found, sizeof(found)), strlen(text));
	assert_string_equal(found, text);
	close(fd);
}

static enum bh_object_copied
copy(struct fixture *fix)
{
	enum bh_object_copied what = BH_OBJECT_GONE;
	int64_t bytes = 0;

	assert_int_equal(bh_object_copy(fix->from, fix->to, &fix->tenant, &fix->id, &what, &bytes), 0);
	return what;
}

static void
an_object_is_copied_once(void **state)
{
	struct fixture *fix = *state;

	put(fix, fix->from, "abc");
	assert_int_equal(copy(fix), BH_OBJECT_COPIED);
	holds(fix, fix->to, "abc");
	holds(fix, fix->from, "abc");
	assert_int_equal(copy(fix), BH_OBJECT_KEPT);
}

static void
what_differs_is_replaced(void **state)
{
	struct fixture *fix = *state;

	put(fix, fix->from, "abc");
	put(fix, fix->to, "abd");
	assert_int_equal(copy(fix), BH_OBJECT_COPIED);
	holds(fix, fix->to, "abc");
}

static void
what_is_gone_is_not_copied(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(copy(fix), BH_OBJECT_GONE);
	holds(fix, fix->to, NULL);
}

/* A driver that loses the object once it was read. */
static struct bh_object_driver forgetful;

static int
read_and_lose(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, int *out_fd, int64_t *out_bytes)
{
	int rc = bh_object_fs.read(store, tenant, id, content, out_fd, out_bytes);

	assert_int_equal(bh_object_fs.remove(store, tenant, id), 0);
	return rc;
}

static void
what_goes_during_the_copy_does_not_come_back(void **state)
{
	struct fixture *fix = *state;

	put(fix, fix->from, "abc");
	forgetful = bh_object_fs;
	forgetful.read = read_and_lose;
	fix->from->driver = &forgetful;
	assert_int_equal(copy(fix), BH_OBJECT_GONE);
	holds(fix, fix->to, NULL);
}

/* A driver that publishes other bytes than it was given, as often as it is told, and calls them the right ones. */
static struct bh_object_driver lying;
static int lies;

static int
publish_other(struct bh_object_writer *writer, const void *bytes, const struct bh_digest *hash)
{
	if (lies-- > 0)
		assert_int_equal(pwrite(writer->fd, "X", 1, 0), 1);
	return bh_object_fs.publish(writer, bytes, hash);
}

static int
holds_by_name(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, bool *out)
{
	int64_t bytes;
	int fd = -1;
	int rc = bh_object_fs.read(store, tenant, id, NULL, &fd, &bytes);

	(void)content;
	*out = rc == 0;
	if (rc == 0)
		close(fd);
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

static void
a_copy_that_reads_back_wrong_is_made_again(void **state)
{
	struct fixture *fix = *state;
	enum bh_object_copied what;
	int64_t bytes;

	put(fix, fix->from, "abc");
	lying = bh_object_fs;
	lying.publish = publish_other;
	lying.holds = holds_by_name;
	fix->to->driver = &lying;
	lies = 1;
	assert_true(bh_object_copy(fix->from, fix->to, &fix->tenant, &fix->id, &what, &bytes) < 0);
	assert_int_equal(copy(fix), BH_OBJECT_COPIED);
	holds(fix, fix->to, "abc");
}

static void
during_a_move_both_stores_are_one(void **state)
{
	struct fixture *fix = *state;
	struct bh_object_store *both = fix->to;

	put(fix, fix->from, "abc");
	both->previous = fix->from;
	holds(fix, both, "abc");
	assert_int_equal(copy(fix), BH_OBJECT_COPIED);
	assert_int_equal(bh_object_remove(both, &fix->tenant, &fix->id), 0);
	holds(fix, both, NULL);
	both->previous = NULL;
	holds(fix, both, NULL);
	holds(fix, fix->from, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_is_copied_once),
		TEST(what_differs_is_replaced),
		TEST(what_is_gone_is_not_copied),
		TEST(what_goes_during_the_copy_does_not_come_back),
		TEST(a_copy_that_reads_back_wrong_is_made_again),
		TEST(during_a_move_both_stores_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
