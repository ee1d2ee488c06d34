/* SPDX-License-Identifier: Apache-2.0 */
/* test_receipt.c: a deletion's receipt counts exactly what is gone, also when steps were undone and run
 * again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/purge.h"
#include "rag/rag.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/store_receipt.h"
#include "rag/testing.h"

enum { LEASE_MS = 600000 };

/* A tenant with a file of 3 chunks and 4 vectors in each of two stores. */
struct fixture {
	struct bh_uuid tenant, stores[2], file;
	struct bh_db db;
};

static int
write_store(struct bh_db *tx, struct fixture *fix, const struct bh_uuid *store)
{
	const struct rag_store_file attachment = {.store_id = *store,
		.file_id = fix->file,
		.id = bh_uuid_new(),
		.job_id = bh_uuid_new(),
		.attributes = "{}",
		.chunking = "auto",
		.chunk_tokens = 256};
	int rc = rag_testing_store(tx, &fix->tenant, store, "m", 384);

	if (rc == 0)
		rc = rag_store_attachment_add(tx, &fix->tenant, &attachment);
	return rc < 0 ? rc : rag_store_attachment_complete(tx, &fix->tenant, &attachment.id, 1, 3, 10);
}

static int
write_all(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;
	const struct rag_file file = {.id = fix->file,
		.filename = "f",
		.purpose = "assistants",
		.content_type = "",
		.bytes = 77,
		.sha256 = {"0123456789abcdef0123456789abcdef", 32},
		.created_ms = 1};
	struct rag_file kept;
	int rc = rag_store_file_add(tx, &fix->tenant, &file, &kept);

	for (size_t i = 0; rc == 0 && i < 2; i++)
		rc = write_store(tx, fix, &fix->stores[i]);
	return rc;
}

/* Chunks, vectors and a block of postings of each store; $1 to $3 are the tenant, the store and the file. */
static void
write_index(const struct fixture *fix, const struct bh_uuid *store)
{
	static const char chunks[] =
		"INSERT INTO bulkhead.chunk (tenant_id, store_id, chunk_id, file_id, start_at, end_at,"
		" page_start, page_end, heading, text)"
		" SELECT $1, $2, n, $3, 0, 1, 0, 0, '', 'alpha' FROM generate_series(1, 3) AS n";
	static const char vectors[] =
		"INSERT INTO bulkhead.chunk_vector_384"
		" SELECT $1, $2, n % 3 + 1, n, $3, array_fill(1, ARRAY[384])::real[]::vector"
		"   FROM generate_series(0, 3) AS n";
	static const char counts[] =
		"UPDATE bulkhead.store_statistics SET n_chunks = 3, total_terms = 3,"
		" next_chunk = 4, parts_max = 2"
		" WHERE tenant_id = $1 AND store_id = $2 AND $3::uuid IS NOT NULL";
	static const char *const all[] = {chunks, vectors, counts};
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);

	for (size_t i = 0; i < BH_COUNT(all); i++)
		assert_int_equal(bh_db_exec(&setup, all[i], BH_PARAMS(&fix->tenant, store, &fix->file),
							 NULL),
			0);
}

static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	int rc;

	fix->tenant = bh_uuid_new();
	fix->file = bh_uuid_new();
	fix->stores[0] = bh_uuid_new();
	fix->stores[1] = bh_uuid_new();
	fix->db = rag_testing_as(&fix->tenant);
	*state = fix;
	rc = bh_tx_run(&fix->db, write_all, fix);
	for (size_t i = 0; rc == 0 && i < 2; i++)
		write_index(fix, &fix->stores[i]);
	return rc;
}

static int
close_fixture(void **state)
{
	free(*state);
	rag_testing_no_jobs();
	return 0;
}

/* What the receipt says of a part; the leaf of a shared table depends on the tenant. */
static int64_t
removed(const struct fixture *fix, const struct bh_uuid *receipt, const char *part)
{
	static const char sql[] = "SELECT coalesce(sum(n), 0)::bigint FROM bulkhead.receipt_count"
							  " WHERE tenant_id = $1 AND receipt_id = $2 AND part LIKE $3";
	struct bh_db setup = bh_test_db_as(&rag_testing_db, NULL, NULL);
	int64_t n = -1;

	assert_int_equal(bh_db_one(&setup, sql, BH_PARAMS(&fix->tenant, receipt, part), &bh_row_int,
						 &n),
		0);
	return n;
}

static struct rag_receipt
read_receipt(struct fixture *fix, const struct bh_uuid *id)
{
	struct rag_receipt receipt;

	assert_int_equal(rag_store_receipt_get(&fix->db, &fix->tenant, id, &receipt), 0);
	return receipt;
}

static void
a_file_out_of_a_store_is_counted_at_once(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid receipt;

	assert_int_equal(rag_remove_attachment(&fix->db, &fix->tenant, &fix->stores[0], &fix->file,
						 &receipt),
		0);
	assert_true(read_receipt(fix, &receipt).completed_ms != 0);
	assert_string_equal(read_receipt(fix, &receipt).kind, "vector_store.file");
	assert_int_equal(removed(fix, &receipt, "chunk"), 3);
	assert_int_equal(removed(fix, &receipt, "chunk_vector_384_%"), 4);
	assert_int_equal(removed(fix, &receipt, "vector_store_file"), 1);
	assert_int_equal(removed(fix, &receipt, "file"), 0);
	assert_int_equal(removed(fix, &receipt, "%"), 8);

	/* What is not there has no receipt. */
	assert_int_equal(rag_remove_attachment(&fix->db, &fix->tenant, &fix->stores[0], &fix->file,
						 NULL),
		BH_E_NOT_FOUND);
	struct rag_receipt *all;
	const struct bh_slice slice = {.high = {.bytes = {0xff}}, .up = true, .limit = 10};
	size_t n = 0;
	assert_int_equal(rag_store_receipt_list(&fix->db, &fix->tenant, &slice, &all, &n), 0);
	assert_int_equal(n, 1);
}

static void
a_file_is_counted_in_all_its_stores_and_is_complete_with_its_object(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid receipt, object;

	assert_int_equal(rag_remove_file(&fix->db, &fix->tenant, &fix->file, &receipt, &object), 0);
	assert_int_equal(read_receipt(fix, &receipt).completed_ms, 0);
	assert_int_equal(removed(fix, &receipt, "chunk"), 6);
	assert_int_equal(removed(fix, &receipt, "chunk_vector_384_%"), 8);
	assert_int_equal(removed(fix, &receipt, "vector_store_file"), 2);
	assert_int_equal(removed(fix, &receipt, "file"), 1);
	assert_int_equal(removed(fix, &receipt, "object"), 0);
	assert_int_equal(removed(fix, &receipt, "object.bytes"), 77);

	/* The handler and the job both say that it has gone. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(rag_store_receipt_object(&fix->db, &fix->tenant, &object), 0);
	assert_true(read_receipt(fix, &receipt).completed_ms != 0);
	assert_int_equal(removed(fix, &receipt, "object"), 1);
}

static void
a_store_is_complete_when_its_purge_finds_nothing(void **state)
{
	struct fixture *fix = *state;
	struct bh_job job = {.pool = rag_testing_pool};
	struct bh_uuid receipt;

	assert_int_equal(rag_remove_store(&fix->db, &fix->tenant, &fix->stores[1], &receipt), 0);
	assert_int_equal(read_receipt(fix, &receipt).completed_ms, 0);
	assert_int_equal(removed(fix, &receipt, "vector_store"), 1);
	assert_int_equal(removed(fix, &receipt, "store_statistics"), 1);
	assert_int_equal(removed(fix, &receipt, "vector_store_file"), 1);
	assert_int_equal(removed(fix, &receipt, "chunk"), 0);

	job.db = rag_testing_as(NULL);
	assert_int_equal(bh_lease_claim(&job.db, RAG_QUEUE, "test", LEASE_MS, NULL, &job.lease), 0);
	assert_int_equal(rag_purge_run(&job, LEASE_MS), BH_JOB_DONE);
	assert_true(read_receipt(fix, &receipt).completed_ms != 0);
	assert_int_equal(removed(fix, &receipt, "chunk"), 3);
	assert_int_equal(removed(fix, &receipt, "chunk_vector_384_%"), 4);
	assert_string_equal(read_receipt(fix, &receipt).kind, "vector_store");

	/* Run again, as after a death before its end, it changes nothing. */
	assert_int_equal(rag_purge_run(&job, LEASE_MS), BH_JOB_DONE);
	assert_int_equal(removed(fix, &receipt, "%"), 3 + 4 + 3);
}

struct undone {
	struct fixture *fix;
	int runs;
};

static int
count_and_fail(struct bh_db *tx, void *ctx)
{
	static const char sql[] = "DELETE FROM chunk WHERE tenant_id = $1 AND store_id = $2";
	struct undone *undone = ctx;
	struct fixture *fix = undone->fix;
	struct rag_counting counting;
	int rc = rag_store_receipt_begin(tx, &fix->tenant, RAG_RECEIPT_STORE, &fix->stores[0],
		&counting);

	if (rc == 0)
		rc = bh_db_exec(tx, sql, BH_PARAMS(&fix->tenant, &fix->stores[0]), NULL);
	if (rc == 0)
		rc = rag_store_receipt_note(tx, &fix->tenant, &counting);
	return rc == 0 && undone->runs++ < 2 ? BH_E_DB_RETRY : rc;
}

/* The server counts the rows of a transaction that was rolled back as well: they are not the next one's. */
static void
what_was_rolled_back_is_not_counted(void **state)
{
	struct fixture *fix = *state;
	struct undone undone = {fix, 0};
	struct bh_uuid receipt;
	struct rag_receipt *all;
	const struct bh_slice slice = {.high = {.bytes = {0xff}}, .up = true, .limit = 10};
	size_t n = 0;

	assert_int_equal(bh_tx_run(&fix->db, count_and_fail, &undone), 0);
	assert_int_equal(undone.runs, 3);
	assert_int_equal(rag_store_receipt_list(&fix->db, &fix->tenant, &slice, &all, &n), 0);
	assert_int_equal(n, 1);
	receipt = all[0].id;
	assert_int_equal(removed(fix, &receipt, "chunk"), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_out_of_a_store_is_counted_at_once, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(
			a_file_is_counted_in_all_its_stores_and_is_complete_with_its_object, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(a_store_is_complete_when_its_purge_finds_nothing,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(what_was_rolled_back_is_not_counted, open_fixture,
			close_fixture),
	};

	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
