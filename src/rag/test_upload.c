/* SPDX-License-Identifier: Apache-2.0 */
/* test_upload.c: parts count and lie there until the upload is over, and are gone afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/error.h"
#include "object/testing.h"
#include "rag/file.h"
#include "rag/quota.h"
#include "rag/store.h"
#include "rag/testing.h"
#include "rag/upload.h"

struct fixture {
	struct bh_test_objects objects;
	struct rag rag;
	struct bh_uuid tenant;
	struct bh_db db;
	struct rag_upload upload;
};

static int
fixture_open(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	*state = fix;
	fix->rag.conf = (struct rag_conf){.storage_bytes_max = 100,
		.storage_files_max = 10,
		.stores_max = 1,
		.batches_max = 1,
		.uploads_max = 2};
	bh_test_objects_open(&fix->objects);
	fix->rag.objects = fix->objects.store;
	fix->tenant = bh_uuid_new();
	fix->db = rag_testing_as(&fix->tenant);
	return 0;
}

static int
fixture_close(void **state)
{
	struct fixture *fix = *state;

	bh_test_objects_close(&fix->objects);
	free(fix);
	return 0;
}

/* It expired `past_ms` ago; 0: it has a long time yet. */
static void
make_upload(struct fixture *fix, int64_t bytes, int64_t past_ms)
{
	fix->upload = (struct rag_upload){.id = bh_uuid_new(),
		.filename = "f.txt",
		.purpose = "assistants",
		.content_type = "text/plain",
		.bytes = bytes,
		.created_ms = 1700000000000,
		.expires_ms = past_ms > 0 ? 1700000000000 : 4000000000000};
	assert_int_equal(rag_store_upload_add(&fix->db, &fix->tenant, &fix->upload), 0);
}

static int
send(struct fixture *fix, const char *text, struct bh_uuid *out)
{
	struct bh_object_writer writer = {0};
	struct rag_part part = {.id = bh_uuid_new(),
		.upload_id = fix->upload.id,
		.bytes = (int64_t)strlen(text)};
	struct bh_digest hash;

	assert_int_equal(bh_object_create(fix->rag.objects, &fix->tenant, &part.id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, text, strlen(text)), 0);
	assert_int_equal(bh_object_publish(&writer, &hash), 0);
	part.sha256 = (struct bh_bytes){hash.bytes, sizeof(hash.bytes)};
	*out = part.id;
	return rag_store_upload_add_part(&fix->db, &fix->tenant, &part, &part);
}

static int64_t
kept_bytes(struct fixture *fix)
{
	struct rag_kept kept;

	assert_int_equal(rag_store_quota_get(&fix->db, &fix->tenant, &kept), 0);
	return kept.bytes;
}

static bool
is_there(struct fixture *fix, const struct bh_uuid *id)
{
	int64_t bytes;
	int fd;

	if (bh_object_read(fix->rag.objects, &fix->tenant, id, NULL, &fd, &bytes) < 0)
		return false;
	close(fd);
	return true;
}

static const char *
status(struct fixture *fix)
{
	struct rag_upload row;

	assert_int_equal(rag_store_upload_get(&fix->db, &fix->tenant, &fix->upload.id, &row), 0);
	return row.status;
}

static int
complete(struct fixture *fix, const struct bh_uuid *ids, size_t n, struct rag_file *out)
{
	struct bh_object_writer writer = {0};
	struct rag_new_file new_file = {.rag = &fix->rag,
		.tenant = &fix->tenant,
		.file = {.id = bh_uuid_new(),
			.filename = fix->upload.filename,
			.purpose = fix->upload.purpose,
			.content_type = fix->upload.content_type,
			.bytes = fix->upload.bytes},
		.upload = &fix->upload.id};
	struct rag_part *parts;
	size_t found;
	int rc;

	assert_int_equal(rag_store_upload_parts_of(&fix->db, &fix->tenant, &fix->upload.id, ids, n,
						 &parts, &found),
		0);
	assert_int_equal(found, n);
	assert_int_equal(bh_object_create(fix->rag.objects, &fix->tenant, &new_file.file.id, &writer),
		0);
	assert_int_equal(rag_upload_join(&fix->rag, &fix->tenant, parts, n, &writer, NULL), 0);
	assert_int_equal(bh_object_publish(&writer, &new_file.hash), 0);
	rc = rag_file_add(&fix->db, &new_file);
	assert_false(new_file.object_left);
	*out = new_file.file;
	return rc;
}

static void
a_file_is_its_parts_in_the_order_that_is_named(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid ids[3];
	struct rag_file file;
	char bytes[16];
	int64_t len;
	int fd;

	make_upload(fix, 10, 0);
	assert_int_equal(send(fix, "56789", &ids[1]), 0);
	assert_int_equal(send(fix, "once more", &ids[2]), 0);
	assert_int_equal(send(fix, "01234", &ids[0]), 0);
	assert_int_equal(kept_bytes(fix), 19);
	assert_int_equal(complete(fix, ids, 2, &file), 0);
	assert_string_equal(status(fix), "completed");
	assert_int_equal(kept_bytes(fix), 10);
	assert_int_equal(bh_object_read(fix->rag.objects, &fix->tenant, &file.object_id, NULL, &fd,
						 &len),
		0);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 10);
	assert_memory_equal(bytes, "0123456789", 10);
	close(fd);

	assert_int_equal(rag_upload_clear(&fix->rag, &fix->db, &fix->tenant, &fix->upload.id), 0);
	for (int i = 0; i < 3; i++)
		assert_false(is_there(fix, &ids[i]));
	assert_true(is_there(fix, &file.object_id));
}

static void
bytes_that_are_there_already_are_not_kept_twice(void **state)
{
	struct fixture *fix = *state;
	struct rag_file first, second;
	struct bh_uuid id;

	for (int i = 0; i < 2; i++) {
		make_upload(fix, 4, 0);
		assert_int_equal(send(fix, "same", &id), 0);
		assert_int_equal(complete(fix, &id, 1, i == 0 ? &first : &second), 0);
	}
	assert_true(bh_uuid_equal(&second.object_id, &first.id));
	assert_true(is_there(fix, &first.id));
	assert_false(is_there(fix, &second.id));
	assert_int_equal(kept_bytes(fix), 4);
}

static void
nothing_is_added_to_an_upload_that_is_over(void **state)
{
	struct fixture *fix = *state;
	struct rag_file file;
	struct bh_uuid id, late;

	make_upload(fix, 3, 0);
	assert_int_equal(send(fix, "abc", &id), 0);
	assert_int_equal(complete(fix, &id, 1, &file), 0);
	assert_int_equal(send(fix, "late", &late), BH_E_NOT_FOUND);
	/* Nor is it completed again: the object that was made for it goes. */
	assert_int_equal(complete(fix, &id, 1, &file), BH_E_STATE);
	assert_false(is_there(fix, &file.id));
	make_upload(fix, 3, 1);
	assert_string_equal(status(fix), "expired");
	assert_int_equal(send(fix, "late", &late), BH_E_NOT_FOUND);
}

static void
an_upload_whose_time_is_over_is_cleared_and_a_pending_one_is_not(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid id;
	char sql[256], hex[BH_UUID_TEXT];

	make_upload(fix, 3, 0);
	assert_int_equal(send(fix, "abc", &id), 0);
	assert_int_equal(rag_upload_expire(&fix->rag, &fix->db, &fix->tenant, &fix->upload.id), 0);
	assert_string_equal(status(fix), "pending");
	assert_true(is_there(fix, &id));

	bh_uuid_format(&fix->upload.id, hex);
	snprintf(sql, sizeof(sql), "UPDATE bulkhead.upload SET expires_at = now() WHERE id = '%s'",
		hex);
	assert_int_equal(bh_test_db_script(&rag_testing_db, sql), 0);
	assert_int_equal(rag_upload_expire(&fix->rag, &fix->db, &fix->tenant, &fix->upload.id), 0);
	assert_string_equal(status(fix), "expired");
	assert_false(is_there(fix, &id));
	assert_int_equal(kept_bytes(fix), 0);
	/* Of one that is gone there is nothing to do. */
	id = bh_uuid_new();
	assert_int_equal(rag_upload_expire(&fix->rag, &fix->db, &fix->tenant, &id), 0);
}

static int
check_new(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_quota_check_upload(tx, &fix->tenant, fix->upload.bytes, &fix->rag.conf);
}

static void
an_upload_that_cannot_fit_and_one_too_many_are_refused(void **state)
{
	struct fixture *fix = *state;

	make_upload(fix, 101, 0);
	assert_int_equal(bh_tx_run(&fix->db, check_new, fix), BH_E_STORAGE);
	make_upload(fix, 100, 0);
	assert_int_equal(bh_tx_run(&fix->db, check_new, fix), 0);
	make_upload(fix, 1, 0);
	assert_int_equal(bh_tx_run(&fix->db, check_new, fix), BH_E_STORAGE);
}

static void
a_part_is_named_like_a_file_when_objects_are_swept(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid ids[2], *unnamed;
	size_t n;

	make_upload(fix, 3, 0);
	assert_int_equal(send(fix, "abc", &ids[0]), 0);
	ids[1] = bh_uuid_new();
	assert_int_equal(rag_store_file_unnamed(&fix->db, &fix->tenant, ids, 2, &unnamed, &n), 0);
	assert_int_equal(n, 1);
	assert_true(bh_uuid_equal(&unnamed[0], &ids[1]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_its_parts_in_the_order_that_is_named),
		TEST(bytes_that_are_there_already_are_not_kept_twice),
		TEST(nothing_is_added_to_an_upload_that_is_over),
		TEST(an_upload_whose_time_is_over_is_cleared_and_a_pending_one_is_not),
		TEST(an_upload_that_cannot_fit_and_one_too_many_are_refused),
		TEST(a_part_is_named_like_a_file_when_objects_are_swept),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
