/* SPDX-License-Identifier: Apache-2.0 */
/* test_worker.c: a pool of threads and kinds of the test's own: how each job ends, and whose comes next. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "queue/testing.h"
#include "queue/worker.h"

enum { LEASE_MS = 900, PLACES = 4, OF_ONE = 2, FINISH_MS = 20000, PATIENCE_MS = 20000 };

/* Shared with the threads of the pool; atomic. */
static bool stop, hold, yields;
static int fault, begun, given_up, given_up_for;
static int gone; /* threads that had a job */
static pthread_key_t had_job;

static struct bh_worker_pool *pool;
static pthread_t pool_thread;

#define GET(what) __atomic_load_n(&(what), __ATOMIC_SEQ_CST)
#define SET(what, value) __atomic_store_n(&(what), value, __ATOMIC_SEQ_CST)

/* Waits for it, or fails. */
#define UNTIL(condition) \
	do { \
		int64_t until_ms = bh_clock_steady_ms() + PATIENCE_MS; \
\
		while (!(condition) && bh_clock_steady_ms() < until_ms) \
			usleep(2000); \
		assert_true(condition); \
	} while (0)

static void
count_gone(void *count)
{
	__atomic_add_fetch((int *)count, 1, __ATOMIC_SEQ_CST);
}

/* ---- the kinds ---- */

static int
run(struct bh_job *job)
{
	bh_job_tend(job, true);
	pthread_setspecific(had_job, &gone);
	__atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
	while (GET(hold) && !GET(job->stop.now))
		usleep(2000);
	if (GET(job->stop.now))
		return BH_E_CANCELLED;
	return __atomic_exchange_n(&yields, false, __ATOMIC_SEQ_CST) ? BH_JOB_YIELD : GET(fault);
}

static int
give_up(struct bh_job *job)
{
	int rc = bh_lease_fail(&job->db, &job->lease, "given up");

	SET(given_up_for, job->error);
	__atomic_add_fetch(&given_up, 1, __ATOMIC_SEQ_CST);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

static void
brake_at_once(struct bh_job *job)
{
	bh_job_stop_set(&job->stop, BH_JOB_STOP_OWN);
}

static const struct bh_job_kind kinds[] = {
	{"plain", .run = run, .give_up = give_up, .attempts_max = 2},
	{"removal", .run = run},
	{"patient", .run = run, .finish_ms = FINISH_MS},
	{"braked", .run = run, .tend = brake_at_once},
	{0},
};

/* ---- the pool ---- */

static void *
work(void *ctx)
{
	(void)ctx;
	bh_worker_pool_run(pool);
	return NULL;
}

static int
open_pool(void **state)
{
	const struct bh_worker_conf conf = {.queue = "rag",
		.kinds = kinds,
		.seats = {.places = PLACES,
			.tenant_percent = 100,
			.tenant_most = OF_ONE,
			.tenant_background_most = OF_ONE,
			.background_most = PLACES},
		.lease_ms = LEASE_MS,
		.db = queue_worker.pool,
		.stop = &stop};

	stop = hold = yields = false;
	fault = begun = given_up = given_up_for = gone = 0;
	pool = bh_worker_pool_new(&conf);
	if (queue_test_empty(state) < 0)
		return -1;
	return pthread_create(&pool_thread, NULL, work, NULL);
}

static void
drain(void)
{
	SET(stop, true);
	pthread_join(pool_thread, NULL);
}

static int
close_pool(void **state)
{
	(void)state;
	if (!GET(stop))
		drain();
	bh_worker_pool_free(pool);
	return 0;
}

/* ---- jobs ---- */

static struct bh_job_name
add_due(struct bh_uuid tenant, const char *kind, int64_t due_ms)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = "rag",
		.kind = kind,
		.subject = bh_uuid_new(),
		.payload = "{}",
		.due_ms = due_ms,
	};

	queue_test_add(&tenant, &job);
	return (struct bh_job_name){tenant, job.id};
}

static struct bh_job_name
add_of(struct bh_uuid tenant, const char *kind)
{
	return add_due(tenant, kind, 0);
}

static struct bh_job_name
add(const char *kind)
{
	struct bh_job_name name = add_of(bh_uuid_new(), kind);

	bh_worker_pool_wake(pool);
	return name;
}

#define JOBS_IN(state) \
	queue_test_count("SELECT count(*) FROM bulkhead.job WHERE state = '" state "'")

/* Plays the passing of the time that a job waits for. */
static void
wait_is_over(void)
{
	assert_int_equal(bh_test_db_script(&queue_test,
						 "UPDATE bulkhead.job_ready SET due_at = now(), fresh = true"
						 " WHERE worker IS NULL"),
		0);
	bh_worker_pool_wake(pool);
}

static int64_t
attempts(void)
{
	return queue_test_count("SELECT sum(attempts)::bigint FROM bulkhead.job");
}

/* ---- how a job ends ---- */

static void
a_job_is_done_and_leaves_the_queue(void **state)
{
	(void)state;
	add("plain");
	UNTIL(JOBS_IN("done") == 1);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job_ready"), 0);
	UNTIL(bh_worker_pool_busy(pool) == 0);
}

static void
what_may_pass_is_tried_again_for_as_long_as_it_takes(void **state)
{
	(void)state;
	SET(fault, BH_E_UNAVAILABLE);
	add("plain");
	for (int i = 1; i <= 3; i++) {
		UNTIL(GET(begun) == i && JOBS_IN("waiting") == 1);
		assert_int_equal(queue_test_count(
							 "SELECT count(*) FROM bulkhead.job_ready WHERE due_at > now()"
							 " AND due_at < now() + interval '1 minute'"),
			1);
		if (i == 3)
			SET(fault, 0);
		wait_is_over();
	}
	UNTIL(JOBS_IN("done") == 1);
	assert_int_equal(GET(given_up), 0);
	assert_int_equal(attempts(), 4);
}

static void
what_does_not_pass_is_given_up_at_its_last_attempt(void **state)
{
	(void)state;
	SET(fault, BH_E_INTERNAL);
	add("plain");
	UNTIL(GET(begun) == 1 && JOBS_IN("waiting") == 1);
	assert_int_equal(GET(given_up), 0);
	wait_is_over();
	UNTIL(JOBS_IN("failed") == 1);
	assert_int_equal(GET(given_up_for), BH_E_INTERNAL);
	assert_int_equal(GET(begun), 2);
}

static void
wrong_data_is_given_up_at_once(void **state)
{
	(void)state;
	SET(fault, BH_E_INVALID);
	add("plain");
	UNTIL(JOBS_IN("failed") == 1);
	assert_int_equal(GET(given_up_for), BH_E_INVALID);
	assert_int_equal(GET(begun), 1);
}

static void
what_must_not_stay_is_never_given_up(void **state)
{
	(void)state;
	SET(fault, BH_E_INVALID);
	add("removal");
	for (int i = 1; i <= 3; i++) {
		UNTIL(GET(begun) == i && JOBS_IN("waiting") == 1);
		wait_is_over();
	}
}

static void
a_kind_that_nobody_knows_waits(void **state)
{
	(void)state;
	add("strange");
	UNTIL(queue_test_count("SELECT count(*) FROM bulkhead.job WHERE state = 'waiting'"
						   " AND error = 'internal_error'") == 1);
}

/* As if its processes had died of it. */
static void
add_spent(const char *kind)
{
	add_due(bh_uuid_new(), kind, bh_clock_wall_ms() + 3600000);
	assert_int_equal(bh_test_db_script(&queue_test, "UPDATE bulkhead.job_ready SET lapses = 4"), 0);
	wait_is_over();
}

static void
a_spent_job_is_given_up_without_another_run(void **state)
{
	(void)state;
	add_spent("plain");
	UNTIL(JOBS_IN("failed") == 1);
	assert_int_equal(GET(given_up_for), 0);
	assert_int_equal(GET(begun), 0);
}

static void
a_spent_job_that_may_not_be_given_up_waits_a_day(void **state)
{
	(void)state;
	add_spent("removal");
	UNTIL(queue_test_count("SELECT count(*) FROM bulkhead.job_ready"
						   " WHERE due_at > now() + interval '23 hours' AND lapses = 0") == 1);
	assert_int_equal(GET(begun), 0);
	assert_int_equal(attempts(), 0);
}

static void
a_job_that_yields_comes_again_and_no_attempt_is_counted(void **state)
{
	(void)state;
	SET(yields, true);
	add("plain");
	UNTIL(JOBS_IN("done") == 1);
	assert_int_equal(GET(begun), 2);
	assert_int_equal(attempts(), 1);
}

/* ---- leases and brakes ---- */

static void
a_lease_is_held_for_as_long_as_its_job_takes(void **state)
{
	struct bh_lease lease;

	(void)state;
	SET(hold, true);
	add("plain");
	UNTIL(GET(begun) == 1);
	usleep(2 * LEASE_MS * 1000);
	assert_int_equal(bh_lease_claim(&queue_worker, "rag", "other", 30000, NULL, &lease),
		BH_E_EMPTY);
	SET(hold, false);
	UNTIL(JOBS_IN("done") == 1);
	assert_int_equal(GET(begun), 1);
}

static void
who_cancels_a_job_brakes_it(void **state)
{
	struct bh_job_name name;
	struct bh_db own;

	(void)state;
	SET(hold, true);
	name = add("plain");
	own = bh_db_as(&queue_worker, &name.tenant);
	UNTIL(GET(begun) == 1);
	assert_int_equal(bh_job_cancel(&own, &name.tenant, &name.job), 0);
	UNTIL(JOBS_IN("cancelled") == 1);
}

static void
a_job_that_somebody_newer_has_is_left_alone(void **state)
{
	(void)state;
	SET(hold, true);
	add("plain");
	UNTIL(GET(begun) == 1);
	assert_int_equal(bh_test_db_script(&queue_test,
						 "UPDATE bulkhead.job_ready"
						 " SET epoch = epoch + 1, due_at = now() + interval '1 hour'"),
		0);
	UNTIL(bh_worker_pool_busy(pool) == 0);
	assert_int_equal(JOBS_IN("running"), 1);
}

static void
a_kind_may_brake_its_jobs_itself(void **state)
{
	(void)state;
	SET(hold, true);
	add("braked");
	UNTIL(JOBS_IN("failed") == 1);
}

/* ---- whose turn it is ---- */

static void
no_tenant_has_more_than_its_share_of_the_threads(void **state)
{
	struct bh_uuid loud = bh_uuid_new(), other = bh_uuid_new(), quiet = bh_uuid_new();
	const struct bh_job job = {.pool = pool, .lease = {.tenant = loud}};
	bool wait = true;

	(void)state;
	SET(hold, true);
	for (int i = 0; i < 3; i++)
		add_of(loud, "plain");
	bh_worker_pool_wake(pool);
	UNTIL(GET(begun) == OF_ONE);
	for (int i = 0; i < 3; i++)
		add_of(other, "plain");
	bh_worker_pool_wake(pool);
	UNTIL(GET(begun) == 2 * OF_ONE);
	assert_int_equal(bh_worker_pool_busy(pool), PLACES);
	/* What waits is of tenants that have as much as they may. */
	assert_int_equal(bh_job_others_wait(&job, &queue_worker, &wait), 0);
	assert_false(wait);
	add_of(quiet, "plain");
	assert_int_equal(bh_job_others_wait(&job, &queue_worker, &wait), 0);
	assert_true(wait);
	SET(hold, false);
	UNTIL(JOBS_IN("done") == 7);
}

/* A claim of the queue takes note of a job; who is handed one does not. */
static int64_t
handed(void)
{
	return queue_test_count("SELECT count(*) FROM bulkhead.job_ready WHERE fresh AND epoch = 1");
}

static void
a_job_that_is_handed_over_begins_without_a_look_into_the_queue(void **state)
{
	struct bh_job_name name;

	(void)state;
	SET(hold, true);
	for (int tries = 0; handed() == 0; tries++) {
		/* A look of the pool's own may come first. */
		assert_true(tries < PLACES);
		name = add_of(bh_uuid_new(), "plain");
		bh_worker_pool_hand(pool, &name.tenant, &name.job, false);
		UNTIL(GET(begun) == tries + 1);
	}
}

static void
a_job_of_a_tenant_that_has_its_share_is_not_handed_over(void **state)
{
	struct bh_uuid loud = bh_uuid_new();
	struct bh_job_name name;

	(void)state;
	SET(hold, true);
	for (int i = 0; i < OF_ONE + 1; i++) {
		name = add_of(loud, "plain");
		bh_worker_pool_hand(pool, &name.tenant, &name.job, false);
	}
	UNTIL(GET(begun) == OF_ONE);
	assert_int_equal(bh_worker_pool_busy(pool), OF_ONE);
	SET(hold, false);
	UNTIL(JOBS_IN("done") == OF_ONE + 1);
}

/* ---- the end ---- */

static void
what_is_under_way_is_given_back_when_the_process_stops(void **state)
{
	(void)state;
	SET(hold, true);
	add("plain");
	UNTIL(GET(begun) == 1);
	drain();
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job_ready JOIN bulkhead.job"
									  " ON job.id = job_id WHERE due_at <= now() AND worker IS NULL"
									  " AND error = 'the service is stopping'"),
		1);
}

static void
a_kind_may_give_its_jobs_the_time_to_end(void **state)
{
	(void)state;
	SET(hold, true);
	add("patient");
	UNTIL(GET(begun) == 1);
	SET(stop, true);
	usleep(3 * BH_JOB_TEND_MS * 1000);
	SET(hold, false);
	pthread_join(pool_thread, NULL);
	assert_int_equal(JOBS_IN("done"), 1);
}

static void
no_thread_is_gone_before_the_last_job_is_done(void **state)
{
	(void)state;
	SET(hold, true);
	add_of(bh_uuid_new(), "plain");
	add_of(bh_uuid_new(), "patient");
	UNTIL(GET(begun) == 2);
	SET(stop, true);
	usleep(3 * BH_JOB_TEND_MS * 1000);
	assert_int_equal(GET(gone), 0);
	SET(hold, false);
	pthread_join(pool_thread, NULL);
	assert_int_equal(GET(gone), 2);
	assert_int_equal(JOBS_IN("done"), 1);
}

static void
jobs_of_a_tenant_that_goes_stop_and_write_nothing(void **state)
{
	const struct bh_uuid leaving = bh_uuid_new(), other = bh_uuid_new();

	(void)state;
	SET(hold, true);
	add_of(leaving, "plain");
	add_of(leaving, "removal");
	add_of(other, "plain");
	bh_worker_pool_wake(pool);
	UNTIL(GET(begun) == 3);
	assert_int_equal(bh_worker_pool_drop(pool, &leaving), 2);
	UNTIL(bh_worker_pool_drop(pool, &leaving) == 0);
	/* Left as they were; their rows go with the tenant. */
	assert_int_equal(JOBS_IN("running"), 3);
	assert_int_equal(GET(given_up), 0);
	SET(hold, false);
	UNTIL(JOBS_IN("done") == 1);
}

#define POOL_TEST(name) cmocka_unit_test_setup_teardown(name, open_pool, close_pool)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(a_job_is_done_and_leaves_the_queue),
		POOL_TEST(what_may_pass_is_tried_again_for_as_long_as_it_takes),
		POOL_TEST(what_does_not_pass_is_given_up_at_its_last_attempt),
		POOL_TEST(wrong_data_is_given_up_at_once),
		POOL_TEST(what_must_not_stay_is_never_given_up),
		POOL_TEST(a_kind_that_nobody_knows_waits),
		POOL_TEST(a_spent_job_is_given_up_without_another_run),
		POOL_TEST(a_spent_job_that_may_not_be_given_up_waits_a_day),
		POOL_TEST(a_job_that_yields_comes_again_and_no_attempt_is_counted),
		POOL_TEST(a_lease_is_held_for_as_long_as_its_job_takes),
		POOL_TEST(who_cancels_a_job_brakes_it),
		POOL_TEST(a_job_that_somebody_newer_has_is_left_alone),
		POOL_TEST(a_kind_may_brake_its_jobs_itself),
		POOL_TEST(no_tenant_has_more_than_its_share_of_the_threads),
		POOL_TEST(a_job_that_is_handed_over_begins_without_a_look_into_the_queue),
		POOL_TEST(a_job_of_a_tenant_that_has_its_share_is_not_handed_over),
		POOL_TEST(what_is_under_way_is_given_back_when_the_process_stops),
		POOL_TEST(a_kind_may_give_its_jobs_the_time_to_end),
		POOL_TEST(no_thread_is_gone_before_the_last_job_is_done),
		POOL_TEST(jobs_of_a_tenant_that_goes_stop_and_write_nothing),
	};

	if (!bh_test_db_named())
		return 77;
	if (pthread_key_create(&had_job, count_gone) != 0)
		return 1;
	return cmocka_run_group_tests(tests, queue_test_open, queue_test_close);
}
