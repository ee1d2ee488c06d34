/* SPDX-License-Identifier: Apache-2.0 */
/* test_parked.c: stopped readers are kept for their jobs, within bounds, and never longer than these. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/attach.h"
#include "rag/extract_run.h"
#include "rag/parked.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/testing.h"

enum { BYTES = 1 << 30, LEASE_MS = 60000 };

static char script[] = "/tmp/bh_reader_XXXXXX";

static const struct rag_conf conf = {.stores_max = 10, .store_files_max = 10, .batches_max = 10};

/* A file under way whose reader is stopped. */
struct fixture {
	struct bh_db db;
	struct bh_uuid tenant, store, file;
	struct rag_store_file row;
	struct rag_parked *parked;
};

static int
group_open(void **state)
{
	int fd = mkstemp(script);

	if (fd < 0 || fchmod(fd, 0700) < 0)
		return -1;
	dprintf(fd, "#!/bin/sh\necho '{\"type\":\"begun\"}'\nexec sleep 600\n");
	close(fd);
	return rag_testing_open(state);
}

static int
group_close(void **state)
{
	unlink(script);
	return rag_testing_close(state);
}

/* How many processes this thread has started that nobody has waited for. */
static int
readers(void)
{
	FILE *file = fopen("/proc/thread-self/children", "re");
	int n = 0, pid;

	assert_non_null(file);
	while (fscanf(file, "%d", &pid) == 1)
		n++;
	fclose(file);
	return n;
}

static struct rag_extraction *
paused(void)
{
	static const bool pause = true;
	const struct rag_extract_conf reading = {.program = script,
		.timeout_ms = 60000,
		.characters_max = 10,
		.pause = &pause};
	struct bh_arena arena = {0};
	struct rag_extraction *extraction = NULL;
	struct rag_document document;
	struct rag_failure failure;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(rag_extract_open(&reading, fd, "f", "", &extraction), 0);
	close(fd);
	assert_int_equal(rag_extract_listen(extraction, &reading, &arena, &document, &failure),
		RAG_EXTRACT_PAUSED);
	bh_arena_close(&arena);
	return extraction;
}

static bool
put(struct rag_parked *parked, const struct rag_parked_name *name)
{
	struct rag_extraction *extraction = paused();
	bool kept = rag_parked_put(parked, name, extraction, 0);

	if (!kept)
		rag_extract_close(extraction);
	return kept;
}

static struct rag_parked_name
name_of(const struct bh_uuid *tenant)
{
	return (struct rag_parked_name){*tenant, bh_uuid_new(), bh_uuid_new()};
}

/* ---- without a database ---- */

static void
a_reader_goes_to_its_job_once_and_to_no_other_tenant(void **state)
{
	struct rag_parked *parked = rag_parked_new(BYTES);
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new();
	struct rag_parked_name name = name_of(&tenant);
	struct rag_extraction *extraction;

	(void)state;
	assert_true(put(parked, &name));
	assert_null(rag_parked_take(parked, &other, &name.job));
	assert_null(rag_parked_take(parked, &tenant, &name.attachment));
	extraction = rag_parked_take(parked, &tenant, &name.job);
	assert_non_null(extraction);
	assert_null(rag_parked_take(parked, &tenant, &name.job));
	rag_extract_close(extraction);
	assert_int_equal(readers(), 0);
	rag_parked_free(parked);
}

static void
a_tenant_has_two_and_leaves_room_to_others(void **state)
{
	struct rag_parked *parked = rag_parked_new(BYTES);
	struct bh_uuid tenant = bh_uuid_new();
	size_t kept = 0;

	(void)state;
	for (int i = 0; i < RAG_PARKED_OF_ONE + 1; i++) {
		struct rag_parked_name name = name_of(&tenant);

		kept += put(parked, &name);
	}
	assert_int_equal(kept, RAG_PARKED_OF_ONE);
	for (int i = 0; i < RAG_PARKED_MOST; i++) {
		struct bh_uuid other = bh_uuid_new();
		struct rag_parked_name name = name_of(&other);

		kept += put(parked, &name);
	}
	assert_int_equal(kept, RAG_PARKED_MOST);
	assert_int_equal(readers(), RAG_PARKED_MOST);
	rag_parked_free(parked);
	assert_int_equal(readers(), 0);
}

static void
together_they_have_only_so_much_memory(void **state)
{
	struct rag_extraction *extraction = paused();
	struct bh_uuid tenant = bh_uuid_new();
	struct rag_parked_name name = name_of(&tenant);
	struct rag_parked *parked = rag_parked_new(rag_extract_bytes(extraction) - 1);

	(void)state;
	assert_false(rag_parked_put(parked, &name, extraction, 0));
	rag_extract_close(extraction);
	assert_int_equal(readers(), 0);
	rag_parked_free(parked);
}

static void
what_they_have_said_is_limited_too(void **state)
{
	struct rag_parked *parked = rag_parked_new(BYTES);
	struct bh_uuid tenant = bh_uuid_new();
	struct rag_parked_name name = name_of(&tenant);

	(void)state;
	assert_true(put(parked, &name));
	parked->all[0].said_bytes = RAG_PARKED_SAID_MAX + 1;
	name = name_of(&tenant);
	assert_false(put(parked, &name));
	rag_parked_free(parked);
	assert_int_equal(readers(), 0);
}

static void
one_that_was_killed_meanwhile_is_not_gone_on_with(void **state)
{
	struct rag_parked *parked = rag_parked_new(BYTES);
	struct bh_uuid tenant = bh_uuid_new();
	struct rag_parked_name name = name_of(&tenant);
	FILE *file;
	int pid;

	(void)state;
	assert_true(put(parked, &name));
	file = fopen("/proc/thread-self/children", "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (rag_extract_lives(parked->all[0].extraction))
		continue;
	assert_null(rag_parked_take(parked, &tenant, &name.job));
	assert_int_equal(readers(), 0);
	rag_parked_free(parked);
}

/* ---- looked after ---- */

static void
fixture_open(struct fixture *fix)
{
	static const unsigned char sha256[32];
	const struct rag_file file = {.id = bh_uuid_new(),
		.filename = "f",
		.purpose = "assistants",
		.content_type = "",
		.sha256 = {sha256, sizeof(sha256)},
		.created_ms = 1};
	struct rag_attach attach = {.file_id = file.id, .chunk_tokens = 256};
	struct rag_parked_name name;
	struct rag_file kept;

	*fix = (struct fixture){.tenant = bh_uuid_new(), .store = bh_uuid_new(), .file = file.id};
	fix->db = rag_testing_as(&fix->tenant);
	assert_int_equal(rag_testing_store(&fix->db, &fix->tenant, &fix->store, "m", 0), 0);
	assert_int_equal(rag_store_file_add(&fix->db, &fix->tenant, &file, &kept), 0);
	assert_int_equal(rag_attach_files(&fix->db, &fix->tenant, &fix->store, NULL, &attach, 1, &conf),
		0);
	assert_int_equal(rag_store_attachment_get(&fix->db, &fix->tenant, &fix->store, &fix->file,
						 &fix->row),
		0);
	name = (struct rag_parked_name){fix->tenant, fix->row.job_id, fix->row.id};
	fix->parked = rag_parked_new(BYTES);
	assert_true(put(fix->parked, &name));
}

/* What is left after a look at this time. */
static int
left_at(struct fixture *fix, int64_t now_ms)
{
	rag_parked_tend(fix->parked, fix->db.pool, now_ms);
	assert_int_equal(fix->parked->n, readers());
	return readers();
}

static void
one_whose_file_waits_is_kept_until_it_is_old(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_open(&fix);
	for (int looks = 0; looks < 5; looks++)
		assert_int_equal(left_at(&fix, RAG_PARKED_MS - 1), 1);
	assert_int_equal(left_at(&fix, RAG_PARKED_MS), 0);
	rag_parked_free(fix.parked);
}

static void
one_whose_file_is_deleted_ends(void **state)
{
	struct fixture fix;
	struct bh_uuid object;

	(void)state;
	fixture_open(&fix);
	assert_int_equal(rag_remove_file(&fix.db, &fix.tenant, &fix.file, NULL, &object), 0);
	assert_int_equal(left_at(&fix, 0), 0);
	rag_parked_free(fix.parked);
}

static void
one_whose_file_is_cancelled_ends_before_its_job_is_claimed(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_open(&fix);
	assert_int_equal(rag_store_attachment_fail(&fix.db, &fix.tenant, &fix.row.id, "server_error",
						 "no"),
		0);
	assert_int_equal(left_at(&fix, 0), 0);
	rag_parked_free(fix.parked);
}

static void
one_whose_job_is_over_ends(void **state)
{
	struct fixture fix;
	struct bh_lease lease;

	(void)state;
	fixture_open(&fix);
	assert_int_equal(bh_lease_claim_job(&fix.db, &fix.tenant, &fix.row.job_id, "w", LEASE_MS,
						 &lease),
		0);
	assert_int_equal(bh_lease_fail(&fix.db, &lease, "no"), 0);
	assert_int_equal(left_at(&fix, 0), 0);
	rag_parked_free(fix.parked);
}

static void
one_whose_job_another_process_has_ends_and_not_at_the_first_look(void **state)
{
	struct fixture fix;
	struct bh_lease lease;

	(void)state;
	fixture_open(&fix);
	assert_int_equal(bh_lease_claim_job(&fix.db, &fix.tenant, &fix.row.job_id, "w", LEASE_MS,
						 &lease),
		0);
	assert_int_equal(left_at(&fix, 0), 1);
	assert_int_equal(left_at(&fix, 0), 1);
	assert_int_equal(bh_lease_yield(&fix.db, &lease, false), 0);
	/* It has been given back: looks begin anew. */
	assert_int_equal(left_at(&fix, 0), 1);
	assert_int_equal(bh_lease_claim_job(&fix.db, &fix.tenant, &fix.row.job_id, "w", LEASE_MS,
						 &lease),
		0);
	assert_int_equal(left_at(&fix, 0), 1);
	assert_int_equal(left_at(&fix, 0), 1);
	assert_int_equal(left_at(&fix, 0), 0);
	rag_parked_free(fix.parked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_goes_to_its_job_once_and_to_no_other_tenant),
		cmocka_unit_test(a_tenant_has_two_and_leaves_room_to_others),
		cmocka_unit_test(together_they_have_only_so_much_memory),
		cmocka_unit_test(what_they_have_said_is_limited_too),
		cmocka_unit_test(one_that_was_killed_meanwhile_is_not_gone_on_with),
		cmocka_unit_test(one_whose_file_waits_is_kept_until_it_is_old),
		cmocka_unit_test(one_whose_file_is_deleted_ends),
		cmocka_unit_test(one_whose_file_is_cancelled_ends_before_its_job_is_claimed),
		cmocka_unit_test(one_whose_job_is_over_ends),
		cmocka_unit_test(one_whose_job_another_process_has_ends_and_not_at_the_first_look),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
