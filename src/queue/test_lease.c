/* SPDX-License-Identifier: Apache-2.0 */
/* test_lease.c: jobs against a scratch database: fair, leased, fenced, claimed once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "queue/queue.h"
#include "queue/testing.h"

static struct bh_uuid
add_job(const struct bh_uuid *tenant, const char *queue, int64_t due_ms, bool background)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = queue,
		.kind = "ingest",
		.subject = bh_uuid_new(),
		.payload = "{\"n\": 1}",
		.due_ms = due_ms,
		.background = background,
	};

	queue_test_add(tenant, &job);
	return job.id;
}

static struct bh_uuid
add_due(const struct bh_uuid *tenant, const char *queue, int64_t due_ms)
{
	return add_job(tenant, queue, due_ms, false);
}

static struct bh_uuid
add(const struct bh_uuid *tenant)
{
	return add_due(tenant, "rag", 0);
}

static const char *
state_of(const struct bh_lease *lease)
{
	struct bh_db db = bh_db_as(&queue_worker, &lease->tenant);
	const char *state;

	assert_int_equal(bh_db_one(&db,
						 "SELECT state || ' ' || coalesce(error, '-') FROM job"
						 " WHERE tenant_id = $1 AND id = $2",
						 BH_PARAMS(&lease->tenant, &lease->job), &bh_row_text, &state),
		0);
	return state;
}

static void
a_claim_brings_the_job_and_its_tenants_context(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_uuid job = add(&tenant);
	struct bh_lease lease;

	(void)state;
	lease = queue_test_claim("test");
	assert_true(bh_uuid_equal(&lease.tenant, &tenant));
	assert_true(bh_uuid_equal(&lease.job, &job));
	assert_true(bh_uuid_equal(&queue_worker.context, &tenant));
	assert_int_equal(lease.epoch, 1);
	assert_int_equal(lease.attempt, 1);
	assert_string_equal(lease.kind, "ingest");
	assert_string_equal(lease.payload, "{\"n\": 1}");
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

static void
an_empty_queue_says_so(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	add_due(&tenant, "agent", 0);
	add_due(&tenant, "rag", bh_clock_wall_ms() + 3600000);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

static void
another_services_queue_stays_closed(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_lease lease;

	(void)state;
	add_due(&tenant, "agent", 0);
	assert_int_equal(bh_lease_claim(&queue_worker, "agent", "test", 30000, NULL, &lease),
		BH_E_EMPTY);
}

static void
tenants_take_turns_however_long_a_backlog_is(void **state)
{
	struct bh_uuid loud = bh_uuid_new(), quiet = bh_uuid_new();
	int served[2] = {0};

	(void)state;
	for (int i = 0; i < 50; i++)
		add(&loud);
	for (int i = 0; i < 3; i++)
		add(&quiet);
	for (int i = 0; i < 6; i++) {
		struct bh_lease lease = queue_test_claim("test");

		served[bh_uuid_equal(&lease.tenant, &quiet)]++;
	}
	assert_int_equal(served[0], 3);
	assert_int_equal(served[1], 3);
}

static void
a_tenants_oldest_job_comes_first(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_uuid later = add_due(&tenant, "rag", bh_clock_wall_ms() - 1000);
	struct bh_uuid earlier = add_due(&tenant, "rag", bh_clock_wall_ms() - 2000);
	struct bh_lease first, second;

	(void)state;
	first = queue_test_claim("test");
	second = queue_test_claim("test");
	assert_true(bh_uuid_equal(&first.job, &earlier));
	assert_true(bh_uuid_equal(&second.job, &later));
}

static void
what_somebody_waits_for_comes_before_the_background(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_uuid later = add_job(&tenant, "rag", bh_clock_wall_ms() - 2000, true);
	struct bh_uuid sooner = add_job(&tenant, "rag", bh_clock_wall_ms() - 1000, false);
	struct bh_lease first, second;

	(void)state;
	first = queue_test_claim("test");
	second = queue_test_claim("test");
	assert_true(bh_uuid_equal(&first.job, &sooner));
	assert_false(first.background);
	assert_true(bh_uuid_equal(&second.job, &later));
	assert_true(second.background);
}

/* The next claim's job, or zero. */
static struct bh_uuid
claim_beside(const struct bh_lease_kept_back *kept_back)
{
	struct bh_lease lease = {0};
	int rc = bh_lease_claim(&queue_worker, "rag", "test", 30000, kept_back, &lease);

	assert_true(rc == 0 || rc == BH_E_EMPTY);
	return lease.job;
}

static void
a_claim_passes_over_who_has_enough(void **state)
{
	struct bh_uuid full = bh_uuid_new(), half = bh_uuid_new(), next = bh_uuid_new(), got;
	struct bh_lease_kept_back kept_back = {.tenants = &full,
		.n_tenants = 1,
		.background_tenants = &half,
		.n_background_tenants = 1};
	struct bh_uuid half_waits, next_back;

	(void)state;
	add(&full);
	add_job(&full, "rag", 0, true);
	add_job(&half, "rag", 0, true);
	half_waits = add(&half);
	next_back = add_job(&next, "rag", 0, true);
	for (int i = 0; i < 2; i++) {
		got = claim_beside(&kept_back);
		assert_true(bh_uuid_equal(&got, &half_waits) || bh_uuid_equal(&got, &next_back));
	}
	got = claim_beside(&kept_back);
	assert_true(bh_uuid_is_zero(&got));

	kept_back = (struct bh_lease_kept_back){.background = true};
	got = claim_beside(&kept_back);
	assert_false(bh_uuid_is_zero(&got));
	got = claim_beside(&kept_back);
	assert_true(bh_uuid_is_zero(&got));
	for (int i = 0; i < 2; i++) {
		got = claim_beside(NULL);
		assert_false(bh_uuid_is_zero(&got));
	}
}

static void
an_expired_lease_is_claimed_anew(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_lease first, second;

	(void)state;
	add(&tenant);
	first = queue_test_claim("test");
	queue_test_leases_expire();
	second = queue_test_claim("test");
	assert_true(bh_uuid_equal(&first.job, &second.job));
	assert_int_equal(second.epoch, 2);
	assert_int_equal(second.attempt, 2);
}

static int
fence(struct bh_db *tx, void *ctx)
{
	return bh_lease_fence(tx, ctx);
}

static void
a_worker_come_back_from_the_dead_writes_nothing(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_lease zombie, living;

	(void)state;
	add(&tenant);
	zombie = queue_test_claim("test");
	queue_test_leases_expire();
	living = queue_test_claim("test");

	assert_int_equal(bh_lease_extend(&queue_worker, &zombie, 30000, NULL), BH_E_LOST);
	assert_int_equal(bh_tx_run(&queue_worker, fence, &zombie), BH_E_LOST);
	assert_int_equal(bh_lease_done(&queue_worker, &zombie), BH_E_LOST);
	assert_int_equal(bh_lease_retry(&queue_worker, &zombie, 0, "late"), BH_E_LOST);
	assert_int_equal(bh_lease_fail(&queue_worker, &zombie, "late"), BH_E_LOST);
	assert_string_equal(state_of(&living), "running -");

	assert_int_equal(bh_lease_extend(&queue_worker, &living, 30000, NULL), 0);
	assert_int_equal(bh_tx_run(&queue_worker, fence, &living), 0);
	assert_int_equal(bh_lease_done(&queue_worker, &living), 0);
	assert_string_equal(state_of(&living), "done -");
}

static int
fence_then_others_claim(struct bh_db *tx, void *ctx)
{
	struct bh_lease *lease = ctx;
	int rc = bh_lease_fence(tx, lease);

	if (rc < 0)
		return rc;
	/* The lease has run out, but this transaction stands before the new claim. */
	queue_test_leases_expire();
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	/* The heartbeat of the same worker is not held up. */
	return bh_lease_extend(&queue_worker, lease, 30000, NULL);
}

static void
a_fence_keeps_claims_away_until_the_commit(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_lease lease;

	(void)state;
	add(&tenant);
	lease = queue_test_claim("test");
	assert_int_equal(bh_tx_run(&queue_worker, fence_then_others_claim, &lease), 0);
	queue_test_leases_expire();
	assert_int_equal(queue_test_claim_fails(), 0);
}

static void
a_job_given_back_comes_again_when_due(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_lease lease, again;

	(void)state;
	add(&tenant);
	lease = queue_test_claim("test");
	assert_int_equal(bh_lease_retry(&queue_worker, &lease, bh_clock_wall_ms() + 3600000, "busy"),
		0);
	assert_string_equal(state_of(&lease), "waiting busy");
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	/* It was given back: the old lease is no longer worth anything. */
	assert_int_equal(bh_tx_run(&queue_worker, fence, &lease), BH_E_LOST);

	assert_int_equal(bh_test_db_script(&queue_test,
						 "UPDATE bulkhead.job_ready SET due_at = now(), fresh = true"),
		0);
	again = queue_test_claim("test");
	assert_int_equal(again.attempt, 2);
	assert_int_equal(bh_lease_fail(&queue_worker, &again, "the data is wrong"), 0);
	assert_string_equal(state_of(&again), "failed the data is wrong");
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

static void
a_job_that_yields_goes_on_after_the_others_and_before_its_tenants_next(void **state)
{
	struct bh_uuid loud = bh_uuid_new(), quiet = bh_uuid_new();
	struct bh_uuid begun = add(&loud);
	struct bh_lease first, second, third;

	(void)state;
	first = queue_test_claim("test");
	add(&loud);
	add(&quiet);
	assert_int_equal(bh_lease_yield(&queue_worker, &first, true), 0);
	assert_string_equal(state_of(&first), "waiting -");
	/* The old lease is worth nothing, and cannot be given back twice. */
	assert_int_equal(bh_tx_run(&queue_worker, fence, &first), BH_E_LOST);
	assert_int_equal(bh_lease_yield(&queue_worker, &first, true), BH_E_LOST);

	second = queue_test_claim("test");
	third = queue_test_claim("test");
	assert_true(bh_uuid_equal(&second.tenant, &quiet));
	assert_true(bh_uuid_equal(&third.job, &begun));
	assert_int_equal(third.attempt, 1);
	assert_int_equal(third.epoch, first.epoch + 2);
}

static bool
others_wait(const struct bh_uuid *tenants, size_t n)
{
	bool wait = false;

	assert_int_equal(bh_queue_others_wait(&queue_worker, "rag", tenants, n, &wait), 0);
	return wait;
}

static void
only_what_is_due_of_another_tenant_waits(void **state)
{
	struct bh_uuid tenants[2] = {bh_uuid_new(), bh_uuid_new()};

	(void)state;
	add(&tenants[0]);
	queue_worker.context = tenants[0];
	assert_true(others_wait(tenants, 0));
	assert_false(others_wait(tenants, 1));
	add_due(&tenants[1], "rag", bh_clock_wall_ms() + 3600000);
	add_due(&tenants[1], "agent", 0);
	assert_false(others_wait(tenants, 1));
	add(&tenants[1]);
	assert_true(others_wait(tenants, 1));
	assert_false(others_wait(tenants, 2));
	/* What is being done does not wait. */
	queue_test_claim("test");
	queue_test_claim("test");
	assert_false(others_wait(tenants, 0));
}

static void
a_cancel_reaches_the_worker_at_its_heartbeat(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new();
	struct bh_db db = bh_db_as(&queue_worker, &tenant), stranger = bh_db_as(&queue_worker, &other);
	struct bh_lease lease;
	bool cancelled = true;

	(void)state;
	add(&tenant);
	lease = queue_test_claim("test");
	assert_int_equal(bh_lease_extend(&queue_worker, &lease, 30000, &cancelled), 0);
	assert_false(cancelled);
	assert_int_equal(bh_job_cancel(&stranger, &other, &lease.job), BH_E_NOT_FOUND);
	assert_int_equal(bh_job_cancel(&stranger, &tenant, &lease.job), BH_E_NOT_FOUND);
	assert_int_equal(bh_job_cancel(&db, &tenant, &lease.job), 0);
	assert_int_equal(bh_lease_extend(&queue_worker, &lease, 30000, &cancelled), 0);
	assert_true(cancelled);
	assert_int_equal(bh_lease_fail(&queue_worker, &lease, "cancelled"), 0);
	assert_string_equal(state_of(&lease), "cancelled cancelled");
	assert_int_equal(bh_job_cancel(&db, &tenant, &lease.job), BH_E_NOT_FOUND);
}

static void
a_cancelled_job_does_not_wait_for_its_next_attempt(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_uuid job = add_due(&tenant, "rag", bh_clock_wall_ms() + 3600000);
	struct bh_db db = bh_db_as(&queue_worker, &tenant);

	(void)state;
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	assert_int_equal(bh_job_cancel(&db, &tenant, &job), 0);
	assert_int_equal(queue_test_claim_fails(), 0);
}

static void
the_creator_may_claim_its_own_job_once(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_uuid job = add(&tenant);
	struct bh_db db = bh_db_as(&queue_worker, &tenant);
	struct bh_lease lease;

	(void)state;
	assert_int_equal(bh_lease_claim_job(&db, &tenant, &job, "test", 30000, &lease), 0);
	assert_int_equal(lease.attempt, 1);
	assert_int_equal(bh_lease_claim_job(&db, &tenant, &job, "test", 30000, &lease), BH_E_LOST);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

static void
a_deleted_job_is_not_claimed(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	add(&tenant);
	assert_int_equal(bh_test_db_script(&queue_test, "DELETE FROM bulkhead.job"), 0);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

enum { CLAIMERS = 6, JOBS = 120 };
static atomic_int claims;

static void *
claim_all(void *unused)
{
	struct bh_arena arena = {0};
	struct bh_db db = queue_worker;
	struct bh_lease lease;
	int rc;

	(void)unused;
	db.arena = &arena;
	for (;;) {
		rc = bh_lease_claim(&db, "rag", "claimer", 600000, NULL, &lease);
		if (rc == BH_E_EMPTY)
			break;
		if (rc < 0 || lease.attempt != 1)
			abort();
		atomic_fetch_add(&claims, 1);
	}
	bh_arena_close(&arena);
	return NULL;
}

static void
parallel_claimers_take_each_job_once(void **state)
{
	struct bh_uuid tenants[3] = {bh_uuid_new(), bh_uuid_new(), bh_uuid_new()};
	pthread_t threads[CLAIMERS];

	(void)state;
	atomic_store(&claims, 0);
	for (int i = 0; i < JOBS; i++)
		add(&tenants[i % 3]);
	for (int i = 0; i < CLAIMERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, claim_all, NULL), 0);
	for (int i = 0; i < CLAIMERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&claims), JOBS);
}

static void
waits_grow_and_stay_within_their_bound(void **state)
{
	int64_t longest = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t wait = bh_retry_wait_ms(3, 100, 60000);

		assert_in_range(wait, 0, 800);
		longest = wait > longest ? wait : longest;
	}
	assert_true(longest > 400);
	assert_in_range(bh_retry_wait_ms(INT64_MAX, 1000, 60000), 0, 60000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_claim_brings_the_job_and_its_tenants_context, queue_test_empty),
		cmocka_unit_test_setup(an_empty_queue_says_so, queue_test_empty),
		cmocka_unit_test_setup(another_services_queue_stays_closed, queue_test_empty),
		cmocka_unit_test_setup(tenants_take_turns_however_long_a_backlog_is, queue_test_empty),
		cmocka_unit_test_setup(a_tenants_oldest_job_comes_first, queue_test_empty),
		cmocka_unit_test_setup(what_somebody_waits_for_comes_before_the_background,
			queue_test_empty),
		cmocka_unit_test_setup(a_claim_passes_over_who_has_enough, queue_test_empty),
		cmocka_unit_test_setup(an_expired_lease_is_claimed_anew, queue_test_empty),
		cmocka_unit_test_setup(a_worker_come_back_from_the_dead_writes_nothing, queue_test_empty),
		cmocka_unit_test_setup(a_fence_keeps_claims_away_until_the_commit, queue_test_empty),
		cmocka_unit_test_setup(a_job_given_back_comes_again_when_due, queue_test_empty),
		cmocka_unit_test_setup(
			a_job_that_yields_goes_on_after_the_others_and_before_its_tenants_next,
			queue_test_empty),
		cmocka_unit_test_setup(only_what_is_due_of_another_tenant_waits, queue_test_empty),
		cmocka_unit_test_setup(a_cancel_reaches_the_worker_at_its_heartbeat, queue_test_empty),
		cmocka_unit_test_setup(a_cancelled_job_does_not_wait_for_its_next_attempt,
			queue_test_empty),
		cmocka_unit_test_setup(the_creator_may_claim_its_own_job_once, queue_test_empty),
		cmocka_unit_test_setup(a_deleted_job_is_not_claimed, queue_test_empty),
		cmocka_unit_test_setup(parallel_claimers_take_each_job_once, queue_test_empty),
		cmocka_unit_test(waits_grow_and_stay_within_their_bound),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, queue_test_open, queue_test_close);
}
