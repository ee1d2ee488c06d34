/* SPDX-License-Identifier: Apache-2.0 */
/* test_export.c: an archive has its end only while the store is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "object/testing.h"
#include "rag/archive.h"
#include "rag/export.h"
#include "rag/rag.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/testing.h"

enum {
	ROOM = 64 * 1024,
	LONG = 100000, /* blocks of a document: 12 MB of lines */
	PIECE_ROOM = 64 * 1024 * 1024
};

static struct rag rag;
static struct bh_test_objects objects;

struct fixture {
	struct bh_uuid tenant, store;
	struct bh_db db;
	struct bh_arena arena;
	struct rag_export *export;
	char bytes[ROOM];
};

static int
group_open(void **state)
{
	int rc = rag_testing_open(state);

	if (rc < 0)
		return rc;
	bh_test_objects_open(&objects);
	rag.objects = objects.store;
	return 0;
}

static int
group_close(void **state)
{
	bh_test_objects_close(&objects);
	return rag_testing_close(state);
}

static int
write_store(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;

	return rag_testing_store(tx, &fix->tenant, &fix->store, "m", 0);
}

/* The export of a store without files, whose manifest has been sent. */
static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->tenant = bh_uuid_new();
	fix->store = bh_uuid_new();
	fix->db = rag_testing_as(&fix->tenant);
	assert_int_equal(bh_tx_run(&fix->db, write_store, fix), 0);
	assert_int_equal(rag_export_open(&rag, &fix->db, &fix->tenant, &fix->store, -1, &fix->arena,
						 &fix->export),
		0);
	assert_true(rag_export_next(fix->export, fix->bytes, ROOM) > 0);
	*state = fix;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *fix = *state;

	rag_export_close(fix->export);
	bh_arena_close(&fix->arena);
	free(fix);
	return 0;
}

static void
a_store_that_stays_comes_to_its_end(void **state)
{
	struct fixture *fix = *state;

	assert_true(rag_export_next(fix->export, fix->bytes, ROOM) > 0);
	assert_int_equal(rag_export_next(fix->export, fix->bytes, ROOM), 0);
}

static void
a_store_that_is_deleted_meanwhile_has_no_end(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid receipt;

	assert_int_equal(rag_remove_store(&fix->db, &fix->tenant, &fix->store, &receipt), 0);
	assert_int_equal(rag_export_next(fix->export, fix->bytes, ROOM), BH_E_STATE);
}

/* ---- a long document ---- */

struct long_file {
	struct fixture *fix;
	struct rag_document document;
	struct bh_digest hash;
};

static int
write_file(struct bh_db *tx, void *ctx)
{
	struct long_file *of = ctx;
	struct fixture *fix = of->fix;
	struct rag_file file = {.id = bh_uuid_new(),
		.filename = "a.txt",
		.purpose = "assistants",
		.content_type = "text/plain",
		.bytes = 0,
		.created_ms = 1700000000000,
		.sha256 = {of->hash.bytes, sizeof(of->hash.bytes)}};
	struct rag_store_file row = {.store_id = fix->store,
		.file_id = file.id,
		.id = bh_uuid_new(),
		.job_id = bh_uuid_new(),
		.attributes = "{}",
		.chunking = "auto",
		.chunk_tokens = 256};
	struct bh_object_writer writer = {0};
	int rc = bh_object_create(rag.objects, &fix->tenant, &file.id, &writer);

	if (rc == 0)
		rc = bh_object_publish(&writer, &of->hash);
	bh_object_writer_close(&writer);
	if (rc == 0)
		rc = rag_store_file_add(tx, &fix->tenant, &file, &file);
	if (rc == 0)
		rc = rag_store_document_add(tx, &fix->tenant, &row.file_id, &of->document);
	if (rc == 0)
		rc = rag_store_attachment_add(tx, &fix->tenant, &row);
	return rc < 0 ? rc : rag_store_attachment_complete(tx, &fix->tenant, &row.id, 1, 1, 1);
}

static void
a_long_document_is_in_memory_once_and_leaves_in_pieces(void **state)
{
	struct fixture *fix = *state;
	struct bh_arena arena = {0};
	char *text = bh_arena_alloc(&arena, 2 * LONG + 1), *bytes = bh_arena_alloc(&arena, PIECE_ROOM);
	struct rag_block *blocks = bh_arena_array(&arena, LONG, sizeof(*blocks));
	struct long_file file = {.fix = fix,
		.document = {.format = "text",
			.title = "",
			.characters = 2 * LONG,
			.ocr = {.low_pages = "", .unread_pages = ""},
			.text = text,
			.text_len = 2 * LONG,
			.blocks = blocks,
			.n_blocks = LONG}};
	size_t pages = 0;
	ssize_t n, most = 0;

	memset(text, 'x', 2 * LONG);
	for (size_t i = 0; i < LONG; i++)
		blocks[i] = (struct rag_block){.kind = RAG_BLOCK_PARAGRAPH,
			.start = 2 * i,
			.end = 2 * i + 1};
	assert_int_equal(bh_tx_run(&fix->db, write_file, &file), 0);
	while ((n = rag_export_next(fix->export, bytes, PIECE_ROOM)) > 0) {
		most = n > most ? n : most;
		if (memmem(bytes, (size_t)n, "/blocks-", 8) != NULL)
			pages++;
	}
	/* Its chunks, which it does not have, come after that. */
	assert_true(n < 0);
	assert_int_equal(pages, (LONG + RAG_ARCHIVE_PAGE_BLOCKS - 1) / RAG_ARCHIVE_PAGE_BLOCKS);
	assert_in_range(most, 64 * 1024, RAG_ARCHIVE_PAGE);
	bh_arena_close(&arena);
}

int
main(void)
{
#define WITH_EXPORT(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		WITH_EXPORT(a_store_that_stays_comes_to_its_end),
		WITH_EXPORT(a_store_that_is_deleted_meanwhile_has_no_end),
		WITH_EXPORT(a_long_document_is_in_memory_once_and_leaves_in_pieces),
	};

	return cmocka_run_group_tests_name("rag_export", tests, group_open, group_close);
}
