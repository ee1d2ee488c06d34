/* SPDX-License-Identifier: Apache-2.0 */
/* test_export.c: an archive has its end only while the store is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "rag/export.h"
#include "rag/rag.h"
#include "rag/remove.h"
#include "rag/store.h"

enum { ROOM = 64 * 1024 };

static struct bh_test_db test;
static struct rag rag;

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

static int
write_store(struct bh_db *tx, void *ctx)
{
	struct fixture *fix = ctx;
	const struct rag_store store = {.id = fix->store,
		.name = "",
		.description = "",
		.metadata = "{}",
		.embedding_model = "m"};
	int rc = rag_store_store_add(tx, &fix->tenant, &store);

	return rc < 0 ? rc : rag_store_index_add_store(tx, &fix->tenant, &fix->store);
}

/* The export of a store without files, whose manifest has been sent. */
static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->tenant = bh_uuid_new();
	fix->store = bh_uuid_new();
	fix->db = bh_test_db_as(&test, "bulkhead_rag", &fix->tenant);
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

int
main(void)
{
#define WITH_EXPORT(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		WITH_EXPORT(a_store_that_stays_comes_to_its_end),
		WITH_EXPORT(a_store_that_is_deleted_meanwhile_has_no_end),
	};

	return cmocka_run_group_tests_name("rag_export", tests, group_open, group_close);
}
