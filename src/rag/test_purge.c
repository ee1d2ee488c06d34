/* test_purge.c: a large store's deletion gives way to others, and comes to its end all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "rag/jobs.h"
#include "rag/purge.h"
#include "rag/remove.h"

enum { CHUNKS = 5000, LEASE_MS = 60000, LONG_MS = 3600000 };

static struct bh_test_db test;
static struct rag rag;
static const bool go_on, stop = true;

static int
group_open(void **state)
{
	(void)state;
	rag_jobs_init(&rag.running);
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
add_purge(struct bh_db *tx, void *ctx)
{
	const struct bh_uuid *tenant = ctx, store = bh_uuid_new();

	return rag_remove_job(tx, tenant, RAG_JOB_PURGE, &store, 0);
}

static void
a_job_of(struct bh_uuid tenant)
{
	struct bh_db db = bh_test_db_as(&test, "bulkhead_rag", &tenant);

	assert_int_equal(bh_tx_run(&db, add_purge, &tenant), 0);
}

static struct bh_lease
claim(struct bh_db *db)
{
	struct bh_lease lease;

	*db = bh_test_db_as(&test, "bulkhead_rag", NULL);
	assert_int_equal(bh_lease_claim(db, RAG_QUEUE, "test", LEASE_MS, NULL, &lease), 0);
	return lease;
}

/* The chunks that a store has left behind: those of a job's subject. */
static void
fill(const struct bh_lease *lease)
{
	char tenant[BH_UUID_TEXT], store[BH_UUID_TEXT], sql[512];

	bh_uuid_format(&lease->tenant, tenant);
	bh_uuid_format(&lease->subject, store);
	snprintf(sql, sizeof(sql),
		"INSERT INTO bulkhead.chunk SELECT '%s', '%s', n, '%s', 0, 1, 0, 0, 1, '', 'a'"
		"  FROM generate_series(1, %d) AS n",
		tenant, store, store, CHUNKS);
	assert_int_equal(bh_test_db_script(&test, sql), 0);
}

static int64_t
chunks_of(const struct bh_uuid *tenant)
{
	struct bh_db db = bh_test_db_as(&test, "bulkhead_rag", tenant);
	const struct bh_param params[] = {bh_uuid_param(tenant)};
	int64_t n = -1;

	assert_int_equal(bh_db_read_one(&db, "SELECT count(*) FROM chunk WHERE tenant_id = $1",
						 BH_LIST(params), &bh_row_int, &n),
		0);
	return n;
}

static void
it_gives_way_to_whoever_waits_and_goes_on_later(void **state)
{
	struct bh_uuid large = bh_uuid_new(), small = bh_uuid_new();
	struct bh_lease lease, other;
	struct bh_db db, other_db;
	bool ended = false;

	(void)state;
	a_job_of(large);
	lease = claim(&db);
	fill(&lease);
	a_job_of(small);
	assert_int_equal(rag_purge_run(&rag, &db, &lease, &go_on, 0, &ended), 0);
	assert_true(ended);
	assert_in_range(chunks_of(&large), 1, CHUNKS - 1);

	other = claim(&other_db);
	assert_true(bh_uuid_equal(&other.tenant, &small));
	ended = false;
	assert_int_equal(rag_purge_run(&rag, &other_db, &other, &go_on, 0, &ended), 0);
	assert_false(ended);
	assert_int_equal(bh_lease_done(&other_db, &other), 0);

	lease = claim(&db);
	assert_true(bh_uuid_equal(&lease.tenant, &large));
	assert_int_equal(lease.attempt, 1);
	assert_int_equal(rag_purge_run(&rag, &db, &lease, &go_on, 0, &ended), 0);
	assert_false(ended);
	assert_int_equal(chunks_of(&large), 0);
	assert_int_equal(bh_lease_done(&db, &lease), 0);
}

static void
within_its_turn_it_gives_way_to_nobody_and_stops_when_told(void **state)
{
	struct bh_uuid large = bh_uuid_new();
	struct bh_lease lease, other;
	struct bh_db db, other_db;
	bool ended = false;

	(void)state;
	a_job_of(large);
	lease = claim(&db);
	fill(&lease);
	a_job_of(bh_uuid_new());
	assert_int_equal(rag_purge_run(&rag, &db, &lease, &stop, LONG_MS, &ended), BH_E_STOPPING);
	assert_int_equal(chunks_of(&large), CHUNKS);
	assert_int_equal(rag_purge_run(&rag, &db, &lease, &go_on, LONG_MS, &ended), 0);
	assert_false(ended);
	assert_int_equal(chunks_of(&large), 0);
	assert_int_equal(bh_lease_done(&db, &lease), 0);
	other = claim(&other_db);
	assert_int_equal(bh_lease_done(&other_db, &other), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_gives_way_to_whoever_waits_and_goes_on_later),
		cmocka_unit_test(within_its_turn_it_gives_way_to_nobody_and_stops_when_told),
	};

	return cmocka_run_group_tests(tests, group_open, group_close);
}
