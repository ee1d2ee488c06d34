/* SPDX-License-Identifier: Apache-2.0 */
/* test_quota.c: counts follow every change, and of many at once exactly those are accepted that fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/error.h"
#include "rag/attach.h"
#include "rag/quota.h"
#include "rag/rag.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/testing.h"

enum { UPLOADS = 12 };

static const struct rag_conf conf = {.storage_bytes_max = 1000,
	.storage_files_max = 100,
	.stores_max = 3,
	.store_files_max = 5,
	.batches_max = 2};

struct adding {
	struct bh_uuid tenant, id;
	struct bh_uuid content; /* stands for the bytes; zero: its own */
	int64_t bytes;
	int rc;
};

static int
add_file(struct bh_db *tx, void *ctx)
{
	struct adding *adding = ctx;
	struct bh_digest hash;
	struct rag_file file = {.id = adding->id,
		.filename = "f",
		.purpose = "assistants",
		.content_type = "",
		.bytes = adding->bytes,
		.created_ms = 1};
	struct rag_file kept;
	int rc;

	bh_digest_sha256(bh_uuid_is_zero(&adding->content) ? &adding->id : &adding->content,
		sizeof(adding->content), &hash);
	file.sha256 = (struct bh_bytes){hash.bytes, sizeof(hash.bytes)};
	rc = rag_store_file_add(tx, &adding->tenant, &file, &kept);
	return rc < 0 ? rc : rag_quota_check(tx, &adding->tenant, NULL, &conf);
}

static int
upload(const struct bh_uuid *tenant, int64_t bytes, struct bh_uuid *out)
{
	struct bh_db db = rag_testing_as(tenant);
	struct adding adding = {.tenant = *tenant, .id = bh_uuid_new(), .bytes = bytes};

	if (out != NULL)
		*out = adding.id;
	return bh_tx_run(&db, add_file, &adding);
}

static int
add_store(struct bh_db *tx, void *ctx)
{
	const struct adding *adding = ctx;
	int rc = rag_testing_store(tx, &adding->tenant, &adding->id, "m", 0);

	return rc < 0 ? rc : rag_quota_check(tx, &adding->tenant, NULL, &conf);
}

static int
make_store(const struct bh_uuid *tenant, struct bh_uuid *out)
{
	struct bh_db db = rag_testing_as(tenant);
	struct adding adding = {.tenant = *tenant, .id = bh_uuid_new()};

	*out = adding.id;
	return bh_tx_run(&db, add_store, &adding);
}

static int
attach(const struct bh_uuid *tenant, const struct bh_uuid *store, const struct bh_uuid *batch,
	const struct bh_uuid *files, size_t n)
{
	struct bh_db db = rag_testing_as(tenant);
	struct rag_attach list[8];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct rag_attach){.file_id = files[i], .chunk_tokens = 256};
	return rag_attach_files(&db, tenant, store, batch, list, n, &conf);
}

static struct rag_kept
kept_by(const struct bh_uuid *tenant)
{
	struct bh_db db = rag_testing_as(tenant);
	struct rag_kept kept;

	assert_int_equal(rag_store_quota_get(&db, tenant, &kept), 0);
	return kept;
}

static struct rag_store
store_of(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct bh_db db = rag_testing_as(tenant);
	struct rag_store store;

	assert_int_equal(rag_store_store_get(&db, tenant, id, &store), 0);
	return store;
}

/* True when its object is of no other file. */
static bool
remove_file(const struct bh_uuid *tenant, const struct bh_uuid *file)
{
	struct bh_db db = rag_testing_as(tenant);
	struct bh_uuid object;

	assert_int_equal(rag_remove_file(&db, tenant, file, NULL, &object), 0);
	return !bh_uuid_is_zero(&object);
}

static void
bytes_count_from_upload_to_deletion(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), stranger = bh_uuid_new(), file;

	(void)state;
	assert_int_equal(upload(&tenant, 600, &file), 0);
	assert_int_equal(upload(&tenant, 401, NULL), BH_E_STORAGE);
	assert_int_equal(kept_by(&tenant).bytes, 600);
	assert_int_equal(kept_by(&tenant).files, 1);
	assert_int_equal(upload(&tenant, 400, NULL), 0);
	assert_int_equal(upload(&stranger, 1000, NULL), 0);
	assert_true(remove_file(&tenant, &file));
	assert_int_equal(kept_by(&tenant).bytes, 400);
	assert_int_equal(upload(&tenant, 600, NULL), 0);
}

static struct bh_uuid
upload_same(const struct bh_uuid *tenant, const struct bh_uuid *content, int64_t bytes)
{
	struct bh_db db = rag_testing_as(tenant);
	struct adding adding = {.tenant = *tenant,
		.id = bh_uuid_new(),
		.content = *content,
		.bytes = bytes};

	assert_int_equal(bh_tx_run(&db, add_file, &adding), 0);
	return adding.id;
}

static void
the_same_bytes_count_once_and_go_with_their_last_file(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new(), content = bh_uuid_new();
	struct bh_uuid first = upload_same(&tenant, &content, 700);
	struct bh_uuid second = upload_same(&tenant, &content, 700);
	struct bh_db db = rag_testing_as(&tenant);
	struct rag_file row;

	(void)state;
	assert_int_equal(kept_by(&tenant).bytes, 700);
	assert_int_equal(kept_by(&tenant).files, 2);
	assert_int_equal(rag_store_file_get(&db, &tenant, &second, &row), 0);
	assert_true(bh_uuid_equal(&row.object_id, &first));
	/* Another tenant's file has an object of its own. */
	upload_same(&other, &content, 700);
	assert_int_equal(kept_by(&other).bytes, 700);

	assert_false(remove_file(&tenant, &first));
	assert_int_equal(kept_by(&tenant).bytes, 700);
	assert_true(remove_file(&tenant, &second));
	assert_int_equal(kept_by(&tenant).bytes, 0);
	assert_int_equal(kept_by(&tenant).files, 0);
	assert_int_equal(kept_by(&other).bytes, 700);
}

/* A file that is added again and again while it is removed: whatever the order, its object is there while a
 * file names it, and counts while it is there. */
static void *
add_and_remove(void *ctx)
{
	struct adding *adding = ctx;
	struct bh_arena arena = {0};
	struct bh_db db = rag_testing_as(&adding->tenant);

	db.arena = &arena;
	for (int i = 0; adding->rc == 0 && i < 20; i++) {
		struct bh_uuid object;

		adding->id = bh_uuid_new();
		adding->rc = bh_tx_run(&db, add_file, adding);
		if (adding->rc == 0)
			adding->rc = rag_remove_file(&db, &adding->tenant, &adding->id, NULL, &object);
	}
	bh_arena_close(&arena);
	return NULL;
}

static void
adding_and_removing_the_same_bytes_at_once_leaves_nothing(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), content = bh_uuid_new();
	struct adding adding[4];
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		adding[i] = (struct adding){.tenant = tenant, .content = content, .bytes = 10};
		assert_int_equal(pthread_create(&threads[i], NULL, add_and_remove, &adding[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(adding[i].rc, 0);
	}
	assert_int_equal(kept_by(&tenant).bytes, 0);
	assert_int_equal(kept_by(&tenant).files, 0);
}

static void *
upload_thread(void *ctx)
{
	struct adding *adding = ctx;
	struct bh_arena arena = {0};
	struct bh_db db = rag_testing_as(&adding->tenant);

	db.arena = &arena;
	adding->rc = bh_tx_run(&db, add_file, adding);
	bh_arena_close(&arena);
	return NULL;
}

static void
of_uploads_at_once_exactly_those_fit_that_do(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct adding adding[UPLOADS];
	pthread_t threads[UPLOADS];
	int accepted = 0;

	(void)state;
	for (int i = 0; i < UPLOADS; i++) {
		adding[i] = (struct adding){.tenant = tenant, .id = bh_uuid_new(), .bytes = 150};
		assert_int_equal(pthread_create(&threads[i], NULL, upload_thread, &adding[i]), 0);
	}
	for (int i = 0; i < UPLOADS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(adding[i].rc == 0 || adding[i].rc == BH_E_STORAGE);
		accepted += adding[i].rc == 0;
	}
	assert_int_equal(accepted, 6);
	assert_int_equal(kept_by(&tenant).bytes, 900);
}

static void
a_limit_of_its_own_takes_the_place_of_the_settings(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_db db = rag_testing_as(&tenant);
	const struct rag_quota_change one_file = {.has_files = true, .files_max = 1};
	const struct rag_quota_change endless = {.has_bytes = true};

	(void)state;
	assert_int_equal(rag_store_quota_set(&db, &tenant, &one_file), 0);
	assert_int_equal(rag_store_quota_set(&db, &tenant, &endless), 0);
	assert_int_equal(upload(&tenant, 5000000, NULL), 0);
	assert_int_equal(upload(&tenant, 1, NULL), BH_E_STORAGE);
}

static void
stores_their_files_and_batches_are_counted(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), stores[4], files[6], batches[3];

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_int_equal(upload(&tenant, 1, &files[i]), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(make_store(&tenant, &stores[i]), 0);
		batches[i] = bh_uuid_new();
	}
	assert_int_equal(make_store(&tenant, &stores[3]), BH_E_STORAGE);
	assert_int_equal(attach(&tenant, &stores[0], NULL, files, 6), BH_E_STORAGE);
	assert_int_equal(store_of(&tenant, &stores[0]).counts.in_progress, 0);
	assert_int_equal(attach(&tenant, &stores[0], &batches[0], files, 5), 0);
	assert_int_equal(attach(&tenant, &stores[0], NULL, files + 5, 1), BH_E_STORAGE);
	assert_int_equal(attach(&tenant, &stores[0], &batches[1], files, 5), 0);
	assert_int_equal(attach(&tenant, &stores[1], &batches[2], files, 1), BH_E_STORAGE);
	assert_int_equal(attach(&tenant, &stores[1], NULL, files, 1), 0);
}

/* What the triggers added up, and what a look at every row gives. */
static void
assert_counts_are_right(const struct bh_uuid *tenant, const struct bh_uuid *store)
{
	char sql[1024], ids[2][BH_UUID_TEXT];

	bh_uuid_format(tenant, ids[0]);
	bh_uuid_format(store, ids[1]);
	snprintf(sql, sizeof(sql),
		"SET search_path = bulkhead; DO $$ BEGIN ASSERT (SELECT (coalesce(sum(in_progress), 0),"
		" coalesce(sum(completed), 0), coalesce(sum(failed), 0), coalesce(sum(cancelled), 0),"
		" coalesce(sum(usage_bytes), 0)) FROM vector_store_count"
		" WHERE tenant_id = '%s' AND store_id = '%s')::text = (SELECT ("
		" count(*) FILTER (WHERE status = 'in_progress'), count(*) FILTER (WHERE status = "
		"'completed'),"
		" count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'cancelled'),"
		" coalesce(sum(usage_bytes), 0)) FROM vector_store_file"
		" WHERE tenant_id = '%s' AND store_id = '%s')::text; END $$",
		ids[0], ids[1], ids[0], ids[1]);
	assert_int_equal(bh_test_db_script(&rag_testing_db, sql), 0);
}

static void
counts_of_a_store_follow_every_change_of_its_files(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), store, files[4];
	struct bh_db db = rag_testing_as(&tenant);
	struct rag_store_file rows[4];
	struct rag_store sums;

	(void)state;
	assert_int_equal(make_store(&tenant, &store), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(upload(&tenant, 1, &files[i]), 0);
	assert_int_equal(attach(&tenant, &store, NULL, files, 4), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(rag_store_attachment_get(&db, &tenant, &store, &files[i], &rows[i]), 0);
	assert_int_equal(rag_store_attachment_progress(&db, &tenant, &rows[0].id, "embedding", 1, 2),
		0);
	assert_int_equal(rag_store_attachment_complete(&db, &tenant, &rows[0].id, 1, 2, 300), 0);
	assert_int_equal(rag_store_attachment_fail(&db, &tenant, &rows[1].id, "server_error", "no"), 0);
	sums = store_of(&tenant, &store);
	assert_int_equal(sums.counts.in_progress, 2);
	assert_int_equal(sums.counts.completed, 1);
	assert_int_equal(sums.counts.failed, 1);
	assert_int_equal(sums.usage_bytes, 300);
	assert_int_equal(kept_by(&tenant).bytes, 304);
	assert_counts_are_right(&tenant, &store);

	assert_int_equal(rag_remove_attachment(&db, &tenant, &store, &files[0], NULL), 0);
	assert_int_equal(rag_store_quota_store_fold(&db, &tenant, &store), 0);
	assert_int_equal(rag_store_quota_fold(&db, &tenant), 0);
	assert_counts_are_right(&tenant, &store);
	assert_int_equal(kept_by(&tenant).bytes, 4);
	assert_int_equal(kept_by(&tenant).changes, 1);

	assert_int_equal(rag_remove_store(&db, &tenant, &store, NULL), 0);
	assert_int_equal(kept_by(&tenant).stores, 0);
	assert_counts_are_right(&tenant, &store);
}

static void
changes_are_folded_before_they_are_many(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(upload(&tenant, 1, NULL), 0);
		assert_in_range(kept_by(&tenant).changes, 1, 65);
	}
	assert_int_equal(kept_by(&tenant).files, 100);
}

struct locking {
	char sql[2048];
	int rc;
};

static void *
script_thread(void *ctx)
{
	struct locking *locking = ctx;

	locking->rc = bh_test_db_script(&rag_testing_db, locking->sql);
	return NULL;
}

static int
by_bytes(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct bh_uuid));
}

static void
a_store_lists_files_in_the_order_of_the_request(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), store, files[5];
	struct bh_db db = rag_testing_as(&tenant);
	struct bh_slice slice = {.up = true, .limit = 9};
	const struct rag_wanted all = {0}, none = {.name = "NO SUCH"};
	struct rag_store_file *rows = NULL;
	size_t n = 0;

	(void)state;
	memset(slice.high.bytes, 0xff, sizeof(slice.high.bytes));
	assert_int_equal(make_store(&tenant, &store), 0);
	for (int i = 5; i-- > 0;)
		assert_int_equal(upload(&tenant, 1, &files[i]), 0);
	assert_int_equal(attach(&tenant, &store, NULL, files, 5), 0);
	assert_int_equal(rag_store_attachment_list(&db, &tenant, &store, &all, &slice, &rows, &n), 0);
	assert_int_equal(n, 5);
	for (int i = 0; i < 5; i++)
		assert_true(bh_uuid_equal(&rows[i].file_id, &files[i]));
	assert_int_equal(rag_store_attachment_list(&db, &tenant, &store, &none, &slice, &rows, &n), 0);
	assert_int_equal(n, 0);
}

/* Somebody holds the first of three files; who asks for all of them, last first, waits for that one and
 * holds none of the others meanwhile. */
static void
requests_for_the_same_files_never_wait_both_ways(void **state)
{
	static const char until[] = "SET search_path = bulkhead; DO $$ BEGIN FOR i IN 1 .. 3000 LOOP"
								" EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE objid = 7712);"
								" PERFORM pg_sleep(0.01); END LOOP; END $$";
	struct bh_uuid tenant = bh_uuid_new(), store, files[3], turned[3];
	char ids[4][BH_UUID_TEXT];
	struct locking locking;
	pthread_t thread;

	(void)state;
	assert_int_equal(make_store(&tenant, &store), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(upload(&tenant, 1, &files[i]), 0);
	qsort(files, 3, sizeof(*files), by_bytes);
	for (int i = 0; i < 3; i++) {
		turned[2 - i] = files[i];
		bh_uuid_format(&files[i], ids[i]);
	}
	assert_int_equal(attach(&tenant, &store, NULL, files, 3), 0);
	bh_uuid_format(&store, ids[3]);
	snprintf(locking.sql, sizeof(locking.sql),
		"SET search_path = bulkhead; DO $$ BEGIN"
		" PERFORM FROM vector_store_file WHERE store_id = '%s' AND file_id = '%s' FOR UPDATE;"
		" PERFORM pg_advisory_xact_lock(7712);"
		" FOR i IN 1 .. 3000 LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);"
		" PERFORM pg_sleep(0.01); END LOOP;"
		" ASSERT EXISTS (SELECT FROM pg_locks WHERE NOT granted);"
		" PERFORM FROM vector_store_file WHERE store_id = '%s' AND file_id = '%s' FOR UPDATE "
		"NOWAIT;"
		" END $$",
		ids[3], ids[0], ids[3], ids[2]);
	assert_int_equal(pthread_create(&thread, NULL, script_thread, &locking), 0);
	assert_int_equal(bh_test_db_script(&rag_testing_db, until), 0);
	assert_int_equal(attach(&tenant, &store, NULL, turned, 3), 0);
	pthread_join(thread, NULL);
	assert_int_equal(locking.rc, 0);
}

static int64_t
changes_of_store(const struct bh_uuid *tenant, const struct bh_uuid *store)
{
	struct bh_db db = rag_testing_as(tenant);
	int64_t files = 0, changes = 0;

	assert_int_equal(rag_store_quota_store_get(&db, tenant, store, &files, &changes), 0);
	return changes;
}

static void
taking_out_alone_makes_no_long_list(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), store, files[100];
	struct bh_db db = rag_testing_as(&tenant);
	const struct rag_conf roomy = {.stores_max = 1, .store_files_max = 100, .batches_max = 1};
	struct rag_attach list[100];
	struct rag_kept kept;

	(void)state;
	assert_int_equal(make_store(&tenant, &store), 0);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(upload(&tenant, 1, &files[i]), 0);
		list[i] = (struct rag_attach){.file_id = files[i], .chunk_tokens = 256};
	}
	assert_int_equal(rag_attach_files(&db, &tenant, &store, NULL, list, 100, &roomy), 0);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(rag_remove_attachment(&db, &tenant, &store, &files[i], NULL), 0);
		assert_in_range(changes_of_store(&tenant, &store), 1, 65);
		assert_in_range(kept_by(&tenant).changes, 1, 66);
	}
	assert_counts_are_right(&tenant, &store);
	kept = kept_by(&tenant);
	assert_int_equal(kept.files, 100);
}

static void
a_recount_finds_and_mends_what_came_in_past_the_triggers(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), store, file;
	char sql[1024], id[BH_UUID_TEXT];

	(void)state;
	assert_int_equal(make_store(&tenant, &store), 0);
	assert_int_equal(upload(&tenant, 600, &file), 0);
	assert_int_equal(attach(&tenant, &store, NULL, &file, 1), 0);
	bh_uuid_format(&tenant, id);
	snprintf(sql, sizeof(sql),
		"UPDATE bulkhead.storage_change SET bytes = bytes * 2 WHERE tenant_id = '%s';"
		"DELETE FROM bulkhead.vector_store_count WHERE tenant_id = '%s'",
		id, id);
	assert_int_equal(bh_test_db_script(&rag_testing_db, sql), 0);
	assert_int_equal(kept_by(&tenant).bytes, 1200);
	snprintf(sql, sizeof(sql),
		"DO $$ BEGIN"
		" ASSERT (SELECT array_agg(r::text) FROM bulkhead.recount_kept() AS r)"
		"     = ARRAY['(%s,-600,0,0,0)'];"
		" ASSERT NOT EXISTS (SELECT FROM bulkhead.recount_kept()); END $$",
		id);
	assert_int_equal(bh_test_db_script(&rag_testing_db, sql), 0);
	assert_int_equal(kept_by(&tenant).bytes, 600);
	assert_int_equal(kept_by(&tenant).files, 1);
	assert_int_equal(kept_by(&tenant).stores, 1);
	assert_counts_are_right(&tenant, &store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_count_from_upload_to_deletion),
		cmocka_unit_test(the_same_bytes_count_once_and_go_with_their_last_file),
		cmocka_unit_test(adding_and_removing_the_same_bytes_at_once_leaves_nothing),
		cmocka_unit_test(of_uploads_at_once_exactly_those_fit_that_do),
		cmocka_unit_test(a_limit_of_its_own_takes_the_place_of_the_settings),
		cmocka_unit_test(stores_their_files_and_batches_are_counted),
		cmocka_unit_test(counts_of_a_store_follow_every_change_of_its_files),
		cmocka_unit_test(changes_are_folded_before_they_are_many),
		cmocka_unit_test(a_store_lists_files_in_the_order_of_the_request),
		cmocka_unit_test(requests_for_the_same_files_never_wait_both_ways),
		cmocka_unit_test(taking_out_alone_makes_no_long_list),
		cmocka_unit_test(a_recount_finds_and_mends_what_came_in_past_the_triggers),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
