/* SPDX-License-Identifier: Apache-2.0 */
/* test_purge.c: a large store's deletion gives way to others, and comes to its end all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/purge.h"
#include "rag/rag.h"
#include "rag/remove.h"
#include "rag/testing.h"

enum { CHUNKS = 5000, LEASE_MS = 60000, LONG_MS = 3600000 };

static int
add_purge(struct bh_db *tx, void *ctx)
{
	const struct bh_uuid *tenant = ctx, store = bh_uuid_new();

	return rag_remove_job(tx, tenant, RAG_JOB_PURGE, &store, 0);
}

static void
a_job_of(struct bh_uuid tenant)
{
	struct bh_db db = rag_testing_as(&tenant);

	assert_int_equal(bh_tx_run(&db, add_purge, &tenant), 0);
}

static struct bh_job
claim(void)
{
	struct bh_job job = {.pool = rag_testing_pool, .db = rag_testing_as(NULL)};

	assert_int_equal(bh_lease_claim(&job.db, RAG_QUEUE, "test", LEASE_MS, NULL, &job.lease), 0);
	return job;
}

/* The chunks that a store has left behind: those of a job's subject. */
static void
fill(const struct bh_lease *lease)
{
	char tenant[BH_UUID_TEXT], store[BH_UUID_TEXT], sql[512];

	bh_uuid_format(&lease->tenant, tenant);
	bh_uuid_format(&lease->subject, store);
	snprintf(sql, sizeof(sql),
		"INSERT INTO bulkhead.chunk SELECT '%s', '%s', n, '%s', 0, 1, 0, 0, '', 'a'"
		"  FROM generate_series(1, %d) AS n",
		tenant, store, store, CHUNKS);
	assert_int_equal(bh_test_db_script(&rag_testing_db, sql), 0);
}

static int64_t
chunks_of(const struct bh_uuid *tenant)
{
	struct bh_db db = rag_testing_as(tenant);
	int64_t n = -1;

	assert_int_equal(bh_db_read_one(&db, "SELECT count(*) FROM chunk WHERE tenant_id = $1",
						 BH_PARAMS(tenant), &bh_row_int, &n),
		0);
	return n;
}

static void
it_gives_way_to_whoever_waits_and_goes_on_later(void **state)
{
	struct bh_uuid large = bh_uuid_new(), small = bh_uuid_new();
	struct bh_job job, other;

	(void)state;
	a_job_of(large);
	job = claim();
	fill(&job.lease);
	a_job_of(small);
	assert_int_equal(rag_purge_run(&job, 0), BH_JOB_YIELD_MOVED);
	assert_int_equal(bh_lease_yield(&job.db, &job.lease, true), 0);
	assert_in_range(chunks_of(&large), 1, CHUNKS - 1);

	other = claim();
	assert_true(bh_uuid_equal(&other.lease.tenant, &small));
	assert_int_equal(rag_purge_run(&other, 0), BH_JOB_DONE);
	assert_int_equal(bh_lease_done(&other.db, &other.lease), 0);

	job = claim();
	assert_true(bh_uuid_equal(&job.lease.tenant, &large));
	assert_int_equal(job.lease.attempt, 1);
	assert_int_equal(rag_purge_run(&job, 0), BH_JOB_DONE);
	assert_int_equal(chunks_of(&large), 0);
	assert_int_equal(bh_lease_done(&job.db, &job.lease), 0);
}

static void
within_its_turn_it_gives_way_to_nobody_and_stops_when_told(void **state)
{
	struct bh_uuid large = bh_uuid_new();
	struct bh_job job, other;

	(void)state;
	a_job_of(large);
	job = claim();
	fill(&job.lease);
	a_job_of(bh_uuid_new());
	bh_job_stop_set(&job.stop, BH_JOB_STOP_STOPPING);
	assert_int_equal(rag_purge_run(&job, LONG_MS), BH_E_CANCELLED);
	assert_int_equal(chunks_of(&large), CHUNKS);
	job.stop = (struct bh_job_stop){0};
	assert_int_equal(rag_purge_run(&job, LONG_MS), BH_JOB_DONE);
	assert_int_equal(chunks_of(&large), 0);
	assert_int_equal(bh_lease_done(&job.db, &job.lease), 0);
	other = claim();
	assert_int_equal(bh_lease_done(&other.db, &other.lease), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_gives_way_to_whoever_waits_and_goes_on_later),
		cmocka_unit_test(within_its_turn_it_gives_way_to_nobody_and_stops_when_told),
	};

	return cmocka_run_group_tests(tests, rag_testing_open, rag_testing_close);
}
