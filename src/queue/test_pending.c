/* SPDX-License-Identifier: Apache-2.0 */
/* test_pending.c: jobs whose processes die, and one pending job for a subject. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "queue/queue.h"
#include "queue/testing.h"

/* ---- processes that die ---- */

static void
a_job_whose_processes_die_again_and_again_is_spent(void **state)
{
	static const char *const processes[] = {"a", "b", "c", "d", "e"};
	struct bh_lease lease;

	(void)state;
	queue_test_add_any();
	for (int64_t i = 0; i <= BH_LAPSES_MOST; i++) {
		lease = queue_test_claim(processes[i]);
		assert_int_equal(lease.lapses, i);
		assert_int_equal(lease.spent, i == BH_LAPSES_MOST);
		queue_test_leases_expire();
	}
}

static void
a_lease_that_its_own_process_claims_anew_is_no_lapse(void **state)
{
	(void)state;
	queue_test_add_any();
	(void)queue_test_claim("a");
	queue_test_leases_expire();
	assert_int_equal(queue_test_claim("a").lapses, 0);
}

static void
a_job_that_was_given_back_has_not_lapsed(void **state)
{
	struct bh_lease lease;

	(void)state;
	queue_test_add_any();
	lease = queue_test_claim("a");
	assert_int_equal(bh_lease_yield(&queue_worker, &lease, true), 0);
	lease = queue_test_claim("b");
	assert_int_equal(lease.lapses, 0);
	assert_int_equal(bh_lease_retry(&queue_worker, &lease, 0, "busy"), 0);
	assert_int_equal(queue_test_claim("c").lapses, 0);
}

static void
what_a_job_did_for_good_clears_it_of_earlier_deaths(void **state)
{
	struct bh_lease lease;

	(void)state;
	queue_test_add_any();
	(void)queue_test_claim("a");
	queue_test_leases_expire();
	lease = queue_test_claim("b");
	assert_int_equal(lease.lapses, 1);
	/* A turn without a step forward ends before what the last process died of. */
	assert_int_equal(bh_lease_yield(&queue_worker, &lease, false), 0);
	lease = queue_test_claim("b");
	assert_int_equal(lease.lapses, 1);
	assert_int_equal(bh_lease_yield(&queue_worker, &lease, true), 0);
	assert_int_equal(queue_test_claim("c").lapses, 0);
}

static void
a_spent_job_that_is_put_off_is_begun_anew_and_one_that_only_waits_keeps_its_deaths(void **state)
{
	struct bh_lease lease;

	(void)state;
	queue_test_add_any();
	lease = queue_test_claim("a");
	assert_int_equal(lease.attempt, 1);
	assert_int_equal(bh_lease_put_off(&queue_worker, &lease, 1, "full"), 0);
	assert_int_equal(bh_lease_put_off(&queue_worker, &lease, 1, "full"), BH_E_LOST);
	(void)queue_test_claim("a");
	queue_test_leases_expire();
	lease = queue_test_claim("b");
	assert_int_equal(bh_lease_put_off(&queue_worker, &lease, 1, "full"), 0);
	lease = queue_test_claim("b");
	assert_int_equal(lease.lapses, 1);
	/* The one that its process died in, and this one: those put off do not count. */
	assert_int_equal(lease.attempt, 2);

	assert_int_equal(bh_lease_retry(&queue_worker, &lease, 1, ""), 0);
	assert_int_equal(bh_test_db_script(&queue_test, "UPDATE bulkhead.job_ready SET lapses = 4"), 0);
	lease = queue_test_claim("c");
	assert_true(lease.spent);
	assert_int_equal(bh_lease_put_off(&queue_worker, &lease, 1, "tomorrow"), 0);
	lease = queue_test_claim("c");
	assert_false(lease.spent);
	assert_int_equal(lease.lapses, 0);
}

static void
jobs_that_lapsed_twice_are_begun_one_at_a_time_beside_the_others(void **state)
{
	struct bh_lease suspect, other;

	(void)state;
	for (int i = 0; i < 3; i++)
		queue_test_add_any();
	assert_int_equal(bh_test_db_script(&queue_test, "UPDATE bulkhead.job_ready SET lapses = 2"), 0);
	suspect = queue_test_claim("a");
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	queue_test_add_any();
	other = queue_test_claim("a");
	assert_int_equal(other.lapses, 0);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);

	queue_worker.context = suspect.tenant;
	assert_int_equal(bh_lease_done(&queue_worker, &suspect), 0);
	suspect = queue_test_claim("a");
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	/* The process dies: who ran beside the suspect is none for that, and begins beside the next one. */
	queue_test_leases_expire();
	assert_int_not_equal(queue_test_claim("b").lapses, queue_test_claim("b").lapses);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

/* ---- one for a subject ---- */

static void
asking_again_moves_the_job_that_waits(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), subject = bh_uuid_new();

	(void)state;
	queue_test_add_expiry(&tenant, &subject, bh_clock_wall_ms() + 3600000);
	queue_test_add_expiry(&tenant, &subject, bh_clock_wall_ms() + 7200000);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job"), 1);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job_ready"
									  " WHERE due_at > now() + interval '90 minutes'"),
		1);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	queue_test_add_expiry(&tenant, &subject, 0);
	(void)queue_test_claim("a");
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

static void
asking_for_what_is_being_done_adds_nothing_and_afterwards_it_does(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), subject = bh_uuid_new();
	struct bh_lease lease;

	(void)state;
	queue_test_add_expiry(&tenant, &subject, 0);
	lease = queue_test_claim("a");
	queue_test_add_expiry(&tenant, &subject, 0);
	assert_int_equal(bh_lease_extend(&queue_worker, &lease, 30000, NULL), 0);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	assert_int_equal(bh_lease_done(&queue_worker, &lease), 0);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
	queue_test_add_expiry(&tenant, &subject, 0);
	(void)queue_test_claim("a");
}

static void
another_tenants_subject_is_another_one(void **state)
{
	struct bh_uuid tenants[2] = {bh_uuid_new(), bh_uuid_new()}, subject = bh_uuid_new();

	(void)state;
	queue_test_add_expiry(&tenants[0], &subject, 0);
	queue_test_add_expiry(&tenants[1], &subject, 0);
	(void)queue_test_claim("a");
	(void)queue_test_claim("a");
}

static void
what_waits_for_a_subject_that_is_gone_is_dropped_and_what_is_being_done_stays(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), subject = bh_uuid_new(), other = bh_uuid_new();
	struct bh_db own = bh_db_as(&queue_worker, &tenant);

	(void)state;
	queue_test_add_expiry(&tenant, &subject, bh_clock_wall_ms() + 3600000);
	queue_test_add_expiry(&tenant, &other, bh_clock_wall_ms() + 3600000);
	assert_int_equal(bh_job_drop(&own, &tenant, "rag", "expire_store", &subject), 0);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job"), 1);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job_ready"), 1);

	queue_test_add_expiry(&tenant, &other, 0);
	(void)queue_test_claim("a");
	assert_int_equal(bh_job_drop(&own, &tenant, "rag", "expire_store", &other), 0);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job"), 1);
}

/* ---- what triggers want ---- */

static void
what_a_trigger_wants_is_made_a_job_once(void **state)
{
	static const char wish[] =
		"INSERT INTO bulkhead.job_wanted (tenant_id, id, queue, kind, subject)"
		" VALUES ('0a000000-0000-7000-8000-000000000001', '0a000000-0000-7000-8000-000000000002',"
		"         'rag', 'expire', '0a000000-0000-7000-8000-000000000003') RETURNING 1::bigint";
	static const char jobs[] = "SELECT count(*) FROM bulkhead.job"
							   " WHERE id = '0a000000-0000-7000-8000-000000000002'";
	struct bh_lease lease;

	(void)state;
	assert_int_equal(queue_test_count(wish), 1);
	assert_int_equal(bh_queue_make_wanted(&queue_worker, "agent"), 0);
	assert_int_equal(queue_test_count(jobs), 0);
	assert_int_equal(bh_queue_make_wanted(&queue_worker, "rag"), 0);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job_wanted"), 0);

	/* A process that died before it removed the wish: another finds the job made, even one that is done. */
	lease = queue_test_claim("a");
	assert_int_equal(bh_lease_done(&queue_worker, &lease), 0);
	assert_int_equal(queue_test_count(wish), 1);
	queue_worker.context = (struct bh_uuid){0};
	assert_int_equal(bh_queue_make_wanted(&queue_worker, "rag"), 0);
	assert_int_equal(queue_test_count("SELECT count(*) FROM bulkhead.job_wanted"), 0);
	assert_int_equal(queue_test_count(jobs), 1);
	assert_int_equal(queue_test_claim_fails(), BH_E_EMPTY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_job_whose_processes_die_again_and_again_is_spent,
			queue_test_empty),
		cmocka_unit_test_setup(a_lease_that_its_own_process_claims_anew_is_no_lapse,
			queue_test_empty),
		cmocka_unit_test_setup(a_job_that_was_given_back_has_not_lapsed, queue_test_empty),
		cmocka_unit_test_setup(what_a_job_did_for_good_clears_it_of_earlier_deaths,
			queue_test_empty),
		cmocka_unit_test_setup(
			a_spent_job_that_is_put_off_is_begun_anew_and_one_that_only_waits_keeps_its_deaths,
			queue_test_empty),
		cmocka_unit_test_setup(jobs_that_lapsed_twice_are_begun_one_at_a_time_beside_the_others,
			queue_test_empty),
		cmocka_unit_test_setup(asking_again_moves_the_job_that_waits, queue_test_empty),
		cmocka_unit_test_setup(asking_for_what_is_being_done_adds_nothing_and_afterwards_it_does,
			queue_test_empty),
		cmocka_unit_test_setup(another_tenants_subject_is_another_one, queue_test_empty),
		cmocka_unit_test_setup(what_a_trigger_wants_is_made_a_job_once, queue_test_empty),
		cmocka_unit_test_setup(
			what_waits_for_a_subject_that_is_gone_is_dropped_and_what_is_being_done_stays,
			queue_test_empty),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, queue_test_open, queue_test_close);
}
