/* SPDX-License-Identifier: Apache-2.0 */
/* test_import.c: an import that fails takes away what it made, and nothing that has become another file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "object/testing.h"
#include "rag/archive.h"
#include "rag/file.h"
#include "rag/import.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "rag/store_import.h"
#include "rag/testing.h"

struct fixture {
	struct bh_test_objects objects;
	struct rag rag;
	struct bh_uuid tenant, store, archive;
	struct bh_db db;
	struct bh_job job;
};

/* A store whose import has failed, and of which nothing has been taken away yet. */
static int
write_store(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;
	const struct bh_uuid archive = bh_uuid_new();
	int rc = rag_testing_store(tx, &fix->tenant, &fix->store, "m", 0);

	if (rc == 0)
		rc = rag_store_import_add(tx, &fix->tenant, &fix->store, &archive, false);
	return rc < 0 ? rc : rag_store_import_fail(tx, &fix->tenant, &fix->store, "It was wrong.");
}

static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	*fix = (struct fixture){.tenant = bh_uuid_new(), .store = bh_uuid_new()};
	bh_test_objects_open(&fix->objects);
	fix->rag.objects = fix->objects.store;
	fix->db = rag_testing_as(&fix->tenant);
	fix->job = (struct bh_job){.service = &fix->rag,
		.db = rag_testing_as(&fix->tenant),
		.lease = {.tenant = fix->tenant, .subject = fix->store}};
	assert_int_equal(bh_tx_run(&fix->db, write_store, fix), 0);
	*state = fix;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *fix = *state;

	bh_test_objects_close(&fix->objects);
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

/* ---- the check in turns ---- */

struct made {
	struct bh_buf bytes, sums; /* owned */
};

static void
add_member(struct made *made, int64_t file, const char *what, const char *data)
{
	struct rag_tar_member member = {.bytes = (int64_t)strlen(data)};
	uint8_t block[RAG_TAR_BLOCK];
	struct bh_digest digest;
	char hex[65];

	if (file > 0)
		rag_archive_name(file, what, 0, member.name);
	else
		snprintf(member.name, sizeof(member.name), "%s", what);
	rag_tar_write(&member, 0, block);
	bh_buf_add(&made->bytes, block, sizeof(block));
	bh_buf_text(&made->bytes, data);
	memset(block, 0, sizeof(block));
	bh_buf_add(&made->bytes, block, rag_tar_padding(member.bytes));
	bh_digest_sha256(data, strlen(data), &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	bh_buf_printf(&made->sums, "%s  %s\n", hex, what);
}

/* Two files that were not ingested, and an end that says nothing true. */
static void
make_archive(struct made *made)
{
	*made = (struct made){0};
	add_member(made, 0, "manifest.json",
		"{\"format\":\"bulkhead-vector-store\",\"version\":1,\"store\":{\"name\":\"\","
		"\"description\":\"\",\"metadata\":{},\"embedding_model\":\"m\",\"dimensions\":0}}");
	for (int64_t file = 1; file <= 2; file++) {
		BH_AUTO(bh_buf_close) struct bh_buf sums = {0};

		bh_buf_reset(&made->sums);
		add_member(made, file, "file.json",
			"{\"filename\":\"a\",\"purpose\":\"assistants\",\"content_type\":\"\",\"bytes\":0,"
			"\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
			"\"attributes\":{},\"chunking\":\"auto\",\"max_chunk_size_tokens\":256,"
			"\"chunk_overlap_tokens\":0,\"document\":null}");
		add_member(made, file, "original", "");
		bh_buf_text(&sums, bh_buf_string(&made->sums));
		add_member(made, file, "SHA256SUMS", bh_buf_string(&sums));
	}
	add_member(made, 0, "end.json", "{\"files\":2,\"chunks\":0,\"sha256\":\"\"}");
	memset(bh_buf_room(&made->bytes, 2 * RAG_TAR_BLOCK), 0, 2 * RAG_TAR_BLOCK);
	made->bytes.len += 2 * RAG_TAR_BLOCK;
}

/* Uploaded, and imported into another store by a job that is held. */
static int
write_import(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;
	const struct bh_job_new job = {.id = bh_uuid_new(),
		.queue = RAG_QUEUE,
		.kind = RAG_JOB_IMPORT,
		.subject = fix->store,
		.payload = "{}"};
	int rc = rag_testing_store(tx, &fix->tenant, &fix->store, "m", 0);

	if (rc == 0)
		rc = rag_store_import_add(tx, &fix->tenant, &fix->store, &fix->archive, false);
	return rc < 0 ? rc : bh_job_add(tx, &fix->tenant, &job);
}

static int
write_waiting(struct bh_db *tx, void *ctx)
{
	const struct bh_job_new job = {.id = bh_uuid_new(),
		.queue = RAG_QUEUE,
		.kind = RAG_JOB_IMPORT,
		.subject = bh_uuid_new(),
		.payload = "{}"};

	return bh_job_add(tx, ctx, &job);
}

static void
upload(struct fixture *fix, const struct bh_buf *bytes)
{
	struct bh_object_writer writer = {0};
	struct bh_digest hash;
	struct rag_file file = {.filename = "a.tar",
		.purpose = "user_data",
		.content_type = "application/x-tar",
		.bytes = (int64_t)bytes->len,
		.created_ms = 1700000000000};

	fix->archive = file.id = bh_uuid_new();
	assert_int_equal(bh_object_create(fix->rag.objects, &fix->tenant, &file.id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, bytes->data, bytes->len), 0);
	assert_int_equal(bh_object_publish(&writer, &hash), 0);
	bh_object_writer_close(&writer);
	file.sha256 = (struct bh_bytes){hash.bytes, sizeof(hash.bytes)};
	assert_int_equal(rag_store_file_add(&fix->db, &fix->tenant, &file, &file), 0);
}

static struct rag_import
import_of(struct fixture *fix)
{
	struct rag_import row = {0};
	bool found = false;

	assert_int_equal(rag_store_import_get(&fix->db, &fix->tenant, &fix->store, &row, &found), 0);
	assert_true(found);
	return row;
}

static void
its_check_takes_turns_and_goes_on_where_it_was(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid other = bh_uuid_new();
	struct bh_db theirs = rag_testing_as(&other);
	struct made made;

	fix->rag.conf = (struct rag_conf){.store_files_max = 10, .document_characters_max = 1000};
	fix->store = bh_uuid_new();
	make_archive(&made);
	upload(fix, &made.bytes);
	assert_int_equal(bh_tx_run(&fix->db, write_import, fix), 0);
	fix->job.pool = rag_testing_pool;
	assert_int_equal(bh_lease_claim(&fix->job.db, RAG_QUEUE, "test", 60000, NULL, &fix->job.lease),
		0);
	assert_int_equal(bh_tx_run(&theirs, write_waiting, &other), 0);
	for (int64_t turn = 1; turn <= 2; turn++) {
		assert_int_equal(rag_import_run(&fix->job, 0), BH_JOB_YIELD_MOVED);
		assert_int_equal(import_of(fix).checked.files, turn);
		assert_string_equal(import_of(fix).state, "checking");
	}
	/* Its end is read with the sums of both, and refused. */
	assert_int_equal(rag_import_run(&fix->job, 0), 0);
	assert_string_equal(import_of(fix).state, "failed");
	bh_arena_close(&fix->job.arena);
	bh_buf_close(&made.bytes);
	bh_buf_close(&made.sums);
}

int
main(void)
{
#define WITH_IMPORT(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		WITH_IMPORT(an_object_of_which_no_row_was_made_is_taken_away),
		WITH_IMPORT(an_object_that_another_file_has_stays),
		WITH_IMPORT(its_check_takes_turns_and_goes_on_where_it_was),
	};

	return cmocka_run_group_tests_name("rag_import", tests, rag_testing_open, rag_testing_close);
}
