/* SPDX-License-Identifier: Apache-2.0 */
/* test_import.c: an import that fails takes away what it made, and nothing that has become another file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "object/object.h"
#include "rag/import.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "rag/store_import.h"

static struct bh_test_db test;

struct fixture {
	char root[64];
	struct rag rag;
	struct bh_uuid tenant, store;
	struct bh_db db;
	struct bh_job job;
};

static int
group_open(void **state)
{
	(void)state;
	return bh_test_db_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

/* A store whose import has failed, and of which nothing has been taken away yet. */
static int
write_store(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;
	const struct rag_store store = {.id = fix->store,
		.name = "",
		.description = "",
		.metadata = "{}",
		.embedding_model = "m"};
	const struct bh_uuid archive = bh_uuid_new();
	int rc = rag_store_store_add(tx, &fix->tenant, &store);

	if (rc == 0)
		rc = rag_store_index_add_store(tx, &fix->tenant, &fix->store);
	if (rc == 0)
		rc = rag_store_import_add(tx, &fix->tenant, &fix->store, &archive, false);
	return rc < 0 ? rc : rag_store_import_fail(tx, &fix->tenant, &fix->store, "It was wrong.");
}

static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	*fix = (struct fixture){.tenant = bh_uuid_new(), .store = bh_uuid_new()};
	snprintf(fix->root, sizeof(fix->root), "/tmp/test_import.XXXXXX");
	assert_non_null(mkdtemp(fix->root));
	assert_int_equal(bh_object_store_open(&(struct bh_object_conf){.driver = "fs", .previous = ""},
						 &(struct bh_object_place){.folder = fix->root}, &fix->rag.objects),
		0);
	fix->db = bh_test_db_as(&test, "bulkhead_rag", &fix->tenant);
	fix->job = (struct bh_job){.service = &fix->rag,
		.db = bh_test_db_as(&test, "bulkhead_rag", &fix->tenant),
		.lease = {.tenant = fix->tenant, .subject = fix->store}};
	assert_int_equal(bh_tx_run(&fix->db, write_store, fix), 0);
	*state = fix;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *fix = *state;
	char command[128];

	bh_object_store_close(fix->rag.objects);
	snprintf(command, sizeof(command), "rm -rf '%s'", fix->root);
	assert_int_equal(system(command), 0);
	free(fix);
	return 0;
}

/* The object of file number 1 of the archive, which has no row of its own. */
static void
make_object(struct fixture *fix, const struct bh_uuid *id, struct bh_digest *out_hash)
{
	struct bh_object_writer writer = {0};
	struct bh_uuid kept;

	assert_int_equal(rag_store_import_file(&fix->db, &fix->tenant, &fix->store, 1, id, &kept), 0);
	assert_int_equal(bh_object_create(fix->rag.objects, &fix->tenant, id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, "x", 1), 0);
	assert_int_equal(bh_object_publish(&writer, out_hash), 0);
	bh_object_writer_close(&writer);
}

static void
add_file(struct fixture *fix, const struct bh_uuid *id, const struct bh_digest *hash,
	struct bh_uuid *out_object)
{
	const struct rag_file file = {.id = *id,
		.filename = "a.txt",
		.purpose = "assistants",
		.content_type = "text/plain",
		.bytes = 1,
		.created_ms = 1700000000000,
		.sha256 = {hash->bytes, sizeof(hash->bytes)}};
	struct rag_file kept;

	assert_int_equal(rag_store_file_add(&fix->db, &fix->tenant, &file, &kept), 0);
	*out_object = kept.object_id;
}

static bool
is_there(struct fixture *fix, const struct bh_uuid *id, const struct bh_digest *hash)
{
	const struct bh_object_content content = {.bytes = 1, .hash = *hash};
	int64_t bytes;
	int fd = -1, rc = bh_object_read(fix->rag.objects, &fix->tenant, id, &content, &fd, &bytes);

	if (rc == 0)
		close(fd);
	assert_true(rc == 0 || rc == BH_E_NOT_FOUND);
	return rc == 0;
}

static void
an_object_of_which_no_row_was_made_is_taken_away(void **state)
{
	struct fixture *fix = *state;
	const struct bh_uuid id = bh_uuid_new();
	struct bh_digest hash;

	make_object(fix, &id, &hash);
	assert_int_equal(rag_import_run(&fix->job, 0), 0);
	assert_false(is_there(fix, &id, &hash));
}

/* The file of the import was deleted, and a file that was uploaded meanwhile has the same bytes. */
static void
an_object_that_another_file_has_stays(void **state)
{
	struct fixture *fix = *state;
	const struct bh_uuid id = bh_uuid_new(), other = bh_uuid_new();
	struct bh_uuid object, same;
	struct bh_digest hash;

	make_object(fix, &id, &hash);
	add_file(fix, &id, &hash, &object);
	add_file(fix, &other, &hash, &same);
	assert_true(bh_uuid_equal(&object, &id));
	assert_true(bh_uuid_equal(&same, &id));
	assert_int_equal(rag_store_file_delete(&fix->db, &fix->tenant, &id, &object), 0);
	assert_int_equal(rag_import_run(&fix->job, 0), 0);
	assert_true(is_there(fix, &id, &hash));
}

int
main(void)
{
#define WITH_IMPORT(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		WITH_IMPORT(an_object_of_which_no_row_was_made_is_taken_away),
		WITH_IMPORT(an_object_that_another_file_has_stays),
	};

	return cmocka_run_group_tests_name("rag_import", tests, group_open, group_close);
}
