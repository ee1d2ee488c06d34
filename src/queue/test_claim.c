/* SPDX-License-Identifier: Apache-2.0 */
/* test_claim.c: which tenants a claim walks: those with due work, whatever happens at the same moment. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "queue/queue.h"
#include "queue/testing.h"

struct adding {
	const struct bh_uuid *tenant;
	struct bh_job_new job;
	int (*before_commit)(void);
};

static int
add_work(struct bh_db *tx, void *ctx)
{
	struct adding *adding = ctx;
	int rc = bh_job_add(tx, adding->tenant, &adding->job);

	return rc == 0 && adding->before_commit != NULL ? adding->before_commit() : rc;
}

static struct bh_uuid
add_before(struct bh_db *db, const struct bh_uuid *tenant, int64_t due_ms, bool background,
	int (*before_commit)(void))
{
	struct adding adding = {
		.tenant = tenant,
		.job = {.id = bh_uuid_new(),
			.queue = "rag",
			.kind = "ingest",
			.subject = bh_uuid_new(),
			.payload = "{}",
			.due_ms = due_ms,
			.background = background},
		.before_commit = before_commit,
	};
	struct bh_db own = bh_db_as(db, tenant);

	if (bh_tx_run(&own, add_work, &adding) != 0)
		abort();
	return adding.job.id;
}

static struct bh_uuid
add(const struct bh_uuid *tenant)
{
	return add_before(&queue_worker, tenant, 0, false, NULL);
}

static int
claim(struct bh_lease *out)
{
	return bh_lease_claim(&queue_worker, "rag", "test", 30000, NULL, out);
}

static int64_t
in_turn(void)
{
	return queue_test_count("SELECT count(*) FROM bulkhead.job_tenant"
							" WHERE look_at = '-infinity' OR background_look_at = '-infinity'");
}

static void
only_tenants_with_due_work_are_in_turn(void **state)
{
	struct bh_uuid now = bh_uuid_new(), later = bh_uuid_new();
	struct bh_lease lease;

	(void)state;
	add(&now);
	add(&now);
	add_before(&queue_worker, &later, bh_clock_wall_ms() + 3600000, true, NULL);
	assert_int_equal(claim(&lease), 0);
	assert_int_equal(in_turn(), 1);
	assert_int_equal(bh_lease_done(&queue_worker, &lease), 0);
	assert_int_equal(claim(&lease), 0);
	assert_int_equal(in_turn(), 0);
	assert_int_equal(bh_lease_done(&queue_worker, &lease), 0);
	assert_int_equal(claim(&lease), BH_E_EMPTY);
	assert_int_equal(queue_test_count(
						 "SELECT count(*) FROM bulkhead.job_tenant"
						 " WHERE background_look_at > now() AND background_look_at < 'infinity'"),
		1);
}

static int
claim_the_other(void)
{
	struct bh_lease lease;
	int rc = claim(&lease);

	return rc == 0 ? bh_lease_done(&queue_worker, &lease) : rc;
}

static void
a_job_committed_after_its_tenant_was_put_aside_is_found(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), job;
	struct bh_lease lease;

	(void)state;
	add(&tenant);
	job = add_before(&queue_worker, &tenant, 0, false, claim_the_other);
	assert_int_equal(claim(&lease), 0);
	assert_true(bh_uuid_equal(&lease.job, &job));
}

static void
the_end_of_a_lease_that_was_handed_over_is_noticed(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_uuid job = add(&tenant);
	struct bh_db own = bh_db_as(&queue_worker, &tenant);
	struct bh_lease lease;
	int rc = BH_E_EMPTY;

	(void)state;
	assert_int_equal(bh_lease_claim_job(&own, &tenant, &job, "test", 50, &lease), 0);
	while (rc == BH_E_EMPTY)
		rc = claim(&lease);
	assert_int_equal(rc, 0);
	assert_int_equal(lease.attempt, 2);
}

static void
the_end_of_a_lease_that_was_claimed_is_noticed(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_lease lease;
	int rc = BH_E_EMPTY;

	(void)state;
	add(&tenant);
	assert_int_equal(bh_lease_claim(&queue_worker, "rag", "test", 50, NULL, &lease), 0);
	while (rc == BH_E_EMPTY)
		rc = claim(&lease);
	assert_int_equal(rc, 0);
	assert_int_equal(lease.attempt, 2);
}

static void
who_is_in_turn_without_work_is_put_aside(void **state)
{
	struct bh_uuid busy = bh_uuid_new();
	struct bh_lease lease;

	(void)state;
	assert_int_equal(bh_test_db_script(&queue_test,
						 "INSERT INTO bulkhead.job_tenant"
						 " SELECT gen_random_uuid(), 'rag', '-infinity', '-infinity', '-infinity'"
						 "   FROM generate_series(1, 10)"),
		0);
	add(&busy);
	assert_int_equal(claim(&lease), 0);
	assert_int_equal(in_turn(), 0);
}

static void
a_tenant_with_jobs_cannot_lose_its_place(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	add(&tenant);
	assert_int_equal(bh_test_db_script(&queue_test, "DELETE FROM bulkhead.job_tenant"), BH_E_DB);
}

enum { ADDERS = 4, CLAIMERS = 4, JOBS_EACH = 60, TENANTS = 3 };

static struct bh_uuid tenants[TENANTS];
static atomic_int claims, adders;

static void *
add_many(void *ctx)
{
	struct bh_arena arena = {0};
	struct bh_db db = queue_worker;

	db.arena = &arena;
	for (int i = 0; i < JOBS_EACH; i++)
		add_before(&db, &tenants[i % TENANTS], 0, i % 2 == 0, NULL);
	atomic_fetch_sub(&adders, 1);
	bh_arena_close(&arena);
	return ctx;
}

static void *
claim_many(void *ctx)
{
	struct bh_arena arena = {0};
	struct bh_db db = queue_worker;
	struct bh_lease lease;
	bool last = false;
	int rc;

	db.arena = &arena;
	while (!last) {
		last = atomic_load(&adders) == 0;
		while ((rc = bh_lease_claim(&db, "rag", "claimer", 600000, NULL, &lease)) == 0) {
			if (bh_lease_done(&db, &lease) != 0)
				abort();
			atomic_fetch_add(&claims, 1);
		}
		if (rc != BH_E_EMPTY && rc != BH_E_DB_RETRY)
			abort();
	}
	bh_arena_close(&arena);
	return ctx;
}

static void
no_job_is_overlooked_however_many_add_and_claim(void **state)
{
	pthread_t threads[ADDERS + CLAIMERS];
	struct bh_lease lease;

	(void)state;
	for (int i = 0; i < TENANTS; i++)
		tenants[i] = bh_uuid_new();
	atomic_store(&claims, 0);
	atomic_store(&adders, ADDERS);
	for (int i = 0; i < ADDERS + CLAIMERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i < ADDERS ? add_many : claim_many,
							 NULL),
			0);
	for (int i = 0; i < ADDERS + CLAIMERS; i++)
		pthread_join(threads[i], NULL);
	while (claim(&lease) == 0)
		atomic_fetch_add(&claims, 1);
	assert_int_equal(atomic_load(&claims), ADDERS * JOBS_EACH);
	assert_int_equal(in_turn(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_tenants_with_due_work_are_in_turn, queue_test_empty),
		cmocka_unit_test_setup(a_job_committed_after_its_tenant_was_put_aside_is_found,
			queue_test_empty),
		cmocka_unit_test_setup(the_end_of_a_lease_that_was_handed_over_is_noticed,
			queue_test_empty),
		cmocka_unit_test_setup(the_end_of_a_lease_that_was_claimed_is_noticed, queue_test_empty),
		cmocka_unit_test_setup(who_is_in_turn_without_work_is_put_aside, queue_test_empty),
		cmocka_unit_test_setup(a_tenant_with_jobs_cannot_lose_its_place, queue_test_empty),
		cmocka_unit_test_setup(no_job_is_overlooked_however_many_add_and_claim, queue_test_empty),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, queue_test_open, queue_test_close);
}
