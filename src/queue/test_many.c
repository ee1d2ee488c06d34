/* SPDX-License-Identifier: Apache-2.0 */
/* test_many.c: one statement for many jobs, of whichever tenants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "queue/queue.h"
#include "queue/testing.h"

static void
one_beat_holds_the_leases_of_many_tenants(void **state)
{
	struct bh_lease leases[3], newer;
	const struct bh_lease *const held[] = {&leases[0], &leases[1], &leases[2]};
	struct bh_lease_state states[3];
	struct bh_db own;

	(void)state;
	for (int i = 0; i < 3; i++) {
		queue_test_add_any();
		leases[i] = queue_test_claim("a");
	}
	own = bh_db_as(&queue_worker, &leases[1].tenant);
	assert_int_equal(bh_job_cancel(&own, &leases[1].tenant, &leases[1].job), 0);
	assert_int_equal(bh_lease_extend_all(&queue_worker, "rag", held, 3, 30000, states), 0);
	for (int i = 0; i < 3; i++) {
		assert_true(states[i].held);
		assert_int_equal(states[i].cancelled, i == 1);
	}

	/* All have run out; one is claimed by another process, one is done, the last is still held. */
	queue_test_leases_expire();
	newer = queue_test_claim("b");
	assert_int_equal(bh_lease_extend_all(&queue_worker, "rag", held, 3, 30000, states), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(states[i].held, !bh_uuid_equal(&leases[i].job, &newer.job));
	for (int i = 0; i < 3; i++) {
		if (!states[i].held)
			continue;
		own = bh_db_as(&queue_worker, &leases[i].tenant);
		assert_int_equal(bh_lease_done(&own, &leases[i]), 0);
		assert_int_equal(bh_lease_extend_all(&queue_worker, "rag", held, 3, 30000, states), 0);
		assert_false(states[i].held);
		break;
	}
	own = bh_db_as(&queue_worker, &newer.tenant);
	assert_int_equal(bh_lease_extend(&own, &newer, 30000, NULL), 0);
	/* What was extended is not due. */
	assert_int_equal(bh_lease_claim(&queue_worker, "rag", "c", 30000, NULL, &newer), BH_E_EMPTY);
}

static void
another_queues_leases_are_not_held(void **state)
{
	const struct bh_lease *held;
	struct bh_lease_state found;
	struct bh_lease lease;

	(void)state;
	queue_test_add_any();
	lease = queue_test_claim("a");
	held = &lease;
	assert_int_equal(bh_lease_extend_all(&queue_worker, "agent", &held, 1, 30000, &found), 0);
	assert_false(found.held);
}

static void
one_look_tells_what_waits_what_is_held_and_what_is_over(void **state)
{
	struct bh_job_name names[3];
	enum bh_job_state states[3];
	struct bh_lease leases[2];
	struct bh_db own;

	(void)state;
	queue_test_add_any();
	leases[0] = queue_test_claim("a");
	queue_test_add_any();
	leases[1] = queue_test_claim("a");
	for (int i = 0; i < 2; i++)
		names[i] = (struct bh_job_name){leases[i].tenant, leases[i].job};
	/* Another tenant's name for a job is none. */
	names[2] = (struct bh_job_name){leases[0].tenant, leases[1].job};
	own = bh_db_as(&queue_worker, &leases[1].tenant);
	assert_int_equal(bh_lease_yield(&own, &leases[1], true), 0);
	assert_int_equal(bh_queue_states(&queue_worker, "rag", names, 3, states), 0);
	assert_int_equal(states[0], BH_JOB_HELD);
	assert_int_equal(states[1], BH_JOB_WAITS);
	assert_int_equal(states[2], BH_JOB_OVER);
	own = bh_db_as(&queue_worker, &leases[0].tenant);
	assert_int_equal(bh_lease_done(&own, &leases[0]), 0);
	assert_int_equal(bh_queue_states(&queue_worker, "rag", names, 3, states), 0);
	assert_int_equal(states[0], BH_JOB_OVER);
}

static void
whoever_claims_a_job_learns_when_it_was_last_waited_for(void **state)
{
	struct bh_lease lease;
	struct bh_job_name name;
	struct bh_db own;

	(void)state;
	queue_test_add_any();
	lease = queue_test_claim("a");
	own = bh_db_as(&queue_worker, &lease.tenant);
	assert_int_equal(bh_lease_yield(&own, &lease, true), 0);
	assert_int_equal(bh_test_db_script(&queue_test,
						 "UPDATE bulkhead.job_ready SET watched_at = now() - interval '1 hour'"),
		0);
	lease = queue_test_claim("a");
	assert_in_range(lease.unwatched_ms, 3600000, 3700000);
	assert_int_equal(bh_lease_yield(&own, &lease, true), 0);
	name = (struct bh_job_name){lease.tenant, lease.job};
	assert_int_equal(bh_queue_note_watched(&queue_worker, "rag", &name, 1), 0);
	assert_in_range(queue_test_claim("a").unwatched_ms, 0, 100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_beat_holds_the_leases_of_many_tenants, queue_test_empty),
		cmocka_unit_test_setup(another_queues_leases_are_not_held, queue_test_empty),
		cmocka_unit_test_setup(one_look_tells_what_waits_what_is_held_and_what_is_over,
			queue_test_empty),
		cmocka_unit_test_setup(whoever_claims_a_job_learns_when_it_was_last_waited_for,
			queue_test_empty),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, queue_test_open, queue_test_close);
}
