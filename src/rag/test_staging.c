/* SPDX-License-Identifier: Apache-2.0 */
/* test_staging.c: vectors that were staged for nothing go, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "rag/attach.h"
#include "rag/store.h"
#include "rag/testing.h"

enum { FILES = 3 };

static const struct rag_conf conf = {.stores_max = 10, .store_files_max = 10, .batches_max = 10};

/* A store with files under way, each with a vector. */
struct fixture {
	struct bh_db db;
	struct bh_uuid tenant, store, batch, files[FILES];
	struct rag_store_file rows[FILES];
};

static void
add_file(struct fixture *fix, struct bh_uuid *out)
{
	static const unsigned char sha256[32];
	const struct rag_file file = {.id = bh_uuid_new(),
		.filename = "f",
		.purpose = "assistants",
		.content_type = "",
		.sha256 = {sha256, sizeof(sha256)},
		.created_ms = 1};
	struct rag_file kept;

	assert_int_equal(rag_store_file_add(&fix->db, &fix->tenant, &file, &kept), 0);
	*out = file.id;
}

static void
attach(struct fixture *fix, const struct bh_uuid *batch, size_t first, size_t n)
{
	struct rag_attach list[FILES];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct rag_attach){.file_id = fix->files[first + i], .chunk_tokens = 256};
	assert_int_equal(rag_attach_files(&fix->db, &fix->tenant, &fix->store, batch, list, n, &conf),
		0);
}

static void
stage(struct fixture *fix, size_t which)
{
	static const uint8_t hash[32] = {7};
	const float floats[] = {1, 0, 0};

	assert_int_equal(rag_store_staging_add(&fix->db, &fix->tenant, &fix->rows[which].id, hash,
						 (struct bh_floats){floats, 3}),
		0);
}

/* The first two files come with a batch, the third alone. */
static void
fixture_open(struct fixture *fix)
{
	*fix = (struct fixture){.tenant = bh_uuid_new(),
		.store = bh_uuid_new(),
		.batch = bh_uuid_new()};
	fix->db = rag_testing_as(&fix->tenant);
	assert_int_equal(rag_testing_store(&fix->db, &fix->tenant, &fix->store, "m", 0), 0);
	for (size_t i = 0; i < FILES; i++)
		add_file(fix, &fix->files[i]);
	attach(fix, &fix->batch, 0, 2);
	attach(fix, NULL, 2, 1);
	for (size_t i = 0; i < FILES; i++) {
		assert_int_equal(rag_store_attachment_get(&fix->db, &fix->tenant, &fix->store,
							 &fix->files[i], &fix->rows[i]),
			0);
		stage(fix, i);
	}
}

static size_t
staged(struct fixture *fix, size_t which)
{
	struct rag_hash *hashes;
	size_t n = 0;

	assert_int_equal(rag_store_staging_hashes(&fix->db, &fix->tenant, &fix->rows[which].id, &hashes,
						 &n),
		0);
	return n;
}

static void
cancelling_a_batch_drops_the_vectors_of_its_files(void **state)
{
	struct fixture fix;
	struct bh_uuid *jobs;
	size_t n = 0;

	(void)state;
	fixture_open(&fix);
	assert_int_equal(rag_store_attachment_complete(&fix.db, &fix.tenant, &fix.rows[1].id, 1, 1, 1),
		0);
	assert_int_equal(rag_store_batch_cancel_files(&fix.db, &fix.tenant, &fix.store, &fix.batch,
						 &jobs, &n),
		0);
	assert_int_equal(n, 1);
	assert_int_equal(rag_store_staging_clear_batch(&fix.db, &fix.tenant, &fix.store, &fix.batch),
		0);
	assert_int_equal(staged(&fix, 0), 0);
	assert_int_equal(staged(&fix, 1), 1);
	assert_int_equal(staged(&fix, 2), 1);
}

static void
the_sweep_drops_what_was_staged_after_the_end(void **state)
{
	struct fixture fix;
	int64_t rows = -1;

	(void)state;
	fixture_open(&fix);
	assert_int_equal(rag_store_attachment_fail(&fix.db, &fix.tenant, &fix.rows[0].id,
						 "server_error", "no"),
		0);
	assert_int_equal(rag_store_staging_sweep(&fix.db, &fix.tenant, &rows), 0);
	assert_int_equal(rows, 1);
	assert_int_equal(staged(&fix, 0), 0);
	assert_int_equal(staged(&fix, 1), 1);
	assert_int_equal(rag_store_staging_sweep(&fix.db, &fix.tenant, &rows), 0);
	assert_int_equal(rows, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancelling_a_batch_drops_the_vectors_of_its_files),
		cmocka_unit_test(the_sweep_drops_what_was_staged_after_the_end),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
