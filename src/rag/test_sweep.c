/* SPDX-License-Identifier: Apache-2.0 */
/* test_sweep.c: only an object that surely belongs to nobody may be removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "object/testing.h"
#include "rag/store.h"
#include "rag/sweep.h"
#include "rag/testing.h"

static void
add_file(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct bh_db db = rag_testing_as(tenant);
	struct bh_digest hash;
	struct rag_file file = {
		.id = *id,
		.filename = "a.txt",
		.purpose = "assistants",
		.content_type = "text/plain",
		.bytes = 1,
		.created_ms = 1700000000000,
	};
	struct rag_file kept;

	bh_digest_sha256(id, sizeof(*id), &hash);
	file.sha256 = (struct bh_bytes){hash.bytes, sizeof(hash.bytes)};
	assert_int_equal(rag_store_file_add(&db, tenant, &file, &kept), 0);
}

static struct bh_uuid
a_file_of(const struct bh_uuid *tenant)
{
	struct bh_uuid id = bh_uuid_new();

	add_file(tenant, &id);
	return id;
}

static int
delete_file(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct bh_db db = rag_testing_as(tenant);
	struct bh_uuid object;
	int64_t bytes;
	bool gone = false;
	int rc = rag_store_file_delete(&db, tenant, id, &object);

	if (rc == 0)
		rc = rag_store_file_object_delete(&db, tenant, &object, &bytes, &gone);
	assert_true(gone);
	return rc;
}

static size_t
unnamed(const struct bh_uuid *context, const struct bh_uuid *tenant, const struct bh_uuid *ids,
	size_t n, struct bh_uuid *out_first)
{
	struct bh_db db = rag_testing_as(context);
	struct bh_uuid *found = NULL;
	size_t count = 0;

	assert_int_equal(rag_store_file_unnamed(&db, tenant, ids, n, &found, &count), 0);
	if (count > 0 && out_first != NULL)
		*out_first = found[0];
	return count;
}

static void
an_object_without_a_row_is_found_and_one_with_a_row_is_not(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), first;
	const struct bh_uuid ids[] = {a_file_of(&acme), bh_uuid_new()};

	(void)state;
	assert_int_equal(unnamed(&acme, &acme, ids, 2, &first), 1);
	assert_true(bh_uuid_equal(&first, &ids[1]));
}

static void
nothing_is_judged_without_the_tenants_own_context(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), other = bh_uuid_new();
	const struct bh_uuid ids[] = {a_file_of(&acme), bh_uuid_new()};

	(void)state;
	(void)a_file_of(&other);
	assert_int_equal(unnamed(NULL, &acme, ids, 2, NULL), 0);
	assert_int_equal(unnamed(&other, &acme, ids, 2, NULL), 0);
}

static void
a_database_that_knows_no_file_of_the_tenant_is_not_believed(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), id = bh_uuid_new();

	(void)state;
	assert_int_equal(unnamed(&acme, &acme, &id, 1, NULL), 0);
}

/* ---- the whole sweep, over a folder of its own ---- */

struct folder {
	struct bh_test_objects objects;
	struct rag rag;
};

static void
folder_open(struct folder *folder)
{
	*folder = (struct folder){.rag.conf.unnamed_days = 7};
	bh_test_objects_open(&folder->objects);
	folder->rag.objects = folder->objects.store;
}

static void
folder_close(struct folder *folder)
{
	bh_test_objects_close(&folder->objects);
}

/* The time of a name below the tenant's folder, moved back. */
static void
make_old(struct folder *folder, const struct bh_uuid *tenant, const char *prefix,
	const struct bh_uuid *id, time_t days)
{
	const struct timespec then = {.tv_sec = time(NULL) - days * 86400 - 7200};
	const struct timespec times[2] = {then, then};
	char path[256], hex[2][BH_UUID_HEX];

	bh_uuid_hex(tenant, hex[0]);
	bh_uuid_hex(id, hex[1]);
	snprintf(path, sizeof(path), "%s/%s/%s%s", folder->objects.root, hex[0], prefix, hex[1]);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
put_object(struct folder *folder, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct bh_object_writer writer = {0};
	struct bh_digest hash;

	assert_int_equal(bh_object_create(folder->rag.objects, tenant, id, &writer), 0);
	assert_int_equal(bh_object_write(&writer, "x", 1), 0);
	assert_int_equal(bh_object_publish(&writer, &hash), 0);
	make_old(folder, tenant, "", id, 0);
}

static bool
is_there(struct folder *folder, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	int64_t bytes;
	int fd;

	if (bh_object_read(folder->rag.objects, tenant, id, NULL, &fd, &bytes) < 0)
		return false;
	close(fd);
	return true;
}

static void
sweep(struct folder *folder)
{
	static const bool never = false;

	rag_sweep_all(&folder->rag, rag_testing_as(NULL).pool, &never);
}

static void
an_object_goes_when_no_row_has_named_it_for_days(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), named = a_file_of(&acme), unnamed = bh_uuid_new();
	struct folder folder;

	(void)state;
	folder_open(&folder);
	put_object(&folder, &acme, &named);
	put_object(&folder, &acme, &unnamed);
	sweep(&folder);
	assert_true(is_there(&folder, &acme, &unnamed));
	make_old(&folder, &acme, "unnamed-", &unnamed, 6);
	sweep(&folder);
	assert_true(is_there(&folder, &acme, &unnamed));
	make_old(&folder, &acme, "unnamed-", &unnamed, 7);
	sweep(&folder);
	assert_false(is_there(&folder, &acme, &unnamed));
	assert_true(is_there(&folder, &acme, &named));
	folder_close(&folder);
}

static void
a_row_that_comes_back_with_a_newer_backup_finds_its_object(void **state)
{
	struct bh_uuid acme = bh_uuid_new(), file;
	struct folder folder;

	(void)state;
	folder_open(&folder);
	a_file_of(&acme);
	file = bh_uuid_new();
	put_object(&folder, &acme, &file);
	sweep(&folder);
	make_old(&folder, &acme, "unnamed-", &file, 6);
	add_file(&acme, &file);
	sweep(&folder);
	/* The days begin anew, should it lose its row again. */
	assert_int_equal(delete_file(&acme, &file), 0);
	sweep(&folder);
	assert_true(is_there(&folder, &acme, &file));
	folder_close(&folder);
}

static void
one_tenants_error_does_not_stop_the_others(void **state)
{
	struct bh_uuid tenants[6], objects[6];
	struct folder folder;
	char path[256], hex[BH_UUID_HEX];

	(void)state;
	folder_open(&folder);
	for (int i = 0; i < 6; i++) {
		struct bh_uuid broken = bh_uuid_new();

		tenants[i] = bh_uuid_new();
		objects[i] = bh_uuid_new();
		a_file_of(&tenants[i]);
		put_object(&folder, &tenants[i], &objects[i]);
		bh_uuid_hex(&broken, hex);
		snprintf(path, sizeof(path), "%s/%s", folder.objects.root, hex);
		assert_int_equal(symlink(path, path), 0);
	}
	sweep(&folder);
	for (int i = 0; i < 6; i++)
		make_old(&folder, &tenants[i], "unnamed-", &objects[i], 7);
	sweep(&folder);
	for (int i = 0; i < 6; i++)
		assert_false(is_there(&folder, &tenants[i], &objects[i]));
	folder_close(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_without_a_row_is_found_and_one_with_a_row_is_not),
		cmocka_unit_test(nothing_is_judged_without_the_tenants_own_context),
		cmocka_unit_test(a_database_that_knows_no_file_of_the_tenant_is_not_believed),
		cmocka_unit_test(an_object_goes_when_no_row_has_named_it_for_days),
		cmocka_unit_test(a_row_that_comes_back_with_a_newer_backup_finds_its_object),
		cmocka_unit_test(one_tenants_error_does_not_stop_the_others),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
