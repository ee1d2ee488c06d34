/* SPDX-License-Identifier: Apache-2.0 */
/* test_hub.c: who listens, what runs, and who is woken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/hub.h"
#include "base/arena.h"

static struct bh_uuid acme;

/* `place` is the byte by which the hub sorts. */
static struct agent_response
a_response(uint8_t place)
{
	struct agent_response response = {.id = bh_uuid_new(), .job = bh_uuid_new()};

	response.id.bytes[15] = place;
	return response;
}

static bool
is_woken(const struct agent_watch *watch)
{
	uint64_t count;

	return read(watch->fd, &count, sizeof(count)) == sizeof(count);
}

static void
the_hub_tells_how_long_nobody_has_listened(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	struct bh_uuid id = bh_uuid_new();
	struct agent_response response = {.id = id, .job = bh_uuid_new()};
	struct bh_job_stop stop = {0};
	struct agent_watch first, second;

	(void)state;
	assert_false(agent_hub_stop(hub, &id, BH_JOB_STOP_CANCELLED));
	assert_int_equal(agent_hub_watch(hub, &acme, &response, &first), 0);
	agent_hub_run_begin(hub, &id, &stop, 1000);
	assert_int_equal(agent_hub_watch(hub, &acme, &response, &second), 0);
	agent_hub_unwatch(&first, 2000);
	assert_int_equal(agent_hub_unwatched_ms(hub, &id, 9000), 0);
	agent_hub_unwatch(&second, 3000);
	agent_hub_unwatch(&second, 4000);
	assert_int_equal(agent_hub_unwatched_ms(hub, &id, 9000), 6000);
	assert_true(agent_hub_stop(hub, &id, AGENT_STOP_LEFT));
	assert_true(agent_hub_stop(hub, &id, BH_JOB_STOP_CANCELLED));
	assert_int_equal(bh_job_stop_reason(&stop), AGENT_STOP_LEFT);
	agent_hub_run_end(hub, &id, &stop);
	assert_false(agent_hub_runs(hub, &id));
	agent_hub_free(hub);
}

static void
only_those_who_listen_to_the_response_are_woken(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	/* In one place: the hub's lists are walked. */
	const struct agent_response one = a_response(7), two = a_response(7);
	struct agent_watch first, again, other;

	(void)state;
	assert_int_equal(agent_hub_watch(hub, &acme, &one, &first), 0);
	assert_int_equal(agent_hub_watch(hub, &acme, &two, &other), 0);
	assert_int_equal(agent_hub_watch(hub, &acme, &one, &again), 0);
	agent_hub_notify(hub, &one.id);
	agent_hub_notify(hub, &one.id);
	assert_true(is_woken(&first));
	assert_false(is_woken(&first));
	assert_true(is_woken(&again));
	assert_false(is_woken(&other));
	agent_hub_unwatch(&first, 0);
	agent_hub_notify(hub, &one.id);
	assert_true(is_woken(&again));
	agent_hub_unwatch(&again, 0);
	agent_hub_notify(hub, &one.id);
	assert_false(agent_hub_watched(hub, &one.id));
	assert_true(agent_hub_watched(hub, &two.id));
	agent_hub_unwatch(&other, 0);
	agent_hub_free(hub);
}

static void
what_is_listened_to_and_does_not_run_here_is_elsewhere(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	const struct agent_response runs = a_response(1), waits = a_response(2), alone = a_response(1);
	struct bh_job_stop stop = {0}, unheard = {0};
	struct agent_watch watches[2];
	struct bh_uuid *responses;
	struct bh_job_name *jobs;
	struct bh_arena arena = {0};
	size_t n;

	(void)state;
	assert_int_equal(agent_hub_watch(hub, &acme, &runs, &watches[0]), 0);
	assert_int_equal(agent_hub_watch(hub, &acme, &waits, &watches[1]), 0);
	agent_hub_run_begin(hub, &runs.id, &stop, 0);
	agent_hub_run_begin(hub, &alone.id, &unheard, 0);
	agent_hub_elsewhere(hub, &arena, &responses, &jobs, &n);
	assert_int_equal(n, 1);
	assert_true(bh_uuid_equal(&responses[0], &waits.id));
	assert_true(bh_uuid_equal(&jobs[0].job, &waits.job));
	agent_hub_run_end(hub, &runs.id, &stop);
	agent_hub_elsewhere(hub, &arena, &responses, &jobs, &n);
	assert_int_equal(n, 2);
	agent_hub_unwatch(&watches[0], 0);
	agent_hub_unwatch(&watches[1], 0);
	agent_hub_run_end(hub, &alone.id, &unheard);
	agent_hub_elsewhere(hub, &arena, &responses, &jobs, &n);
	assert_int_equal(n, 0);
	bh_arena_close(&arena);
	agent_hub_free(hub);
}

static void
nothing_is_known_of_a_response_nobody_spoke_of(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	const struct agent_response response = a_response(3);
	struct agent_watch none = {0};

	(void)state;
	agent_hub_unwatch(&none, 5);
	agent_hub_notify(hub, &response.id);
	agent_hub_run_end(hub, &response.id, &(struct bh_job_stop){0});
	assert_false(agent_hub_runs(hub, &response.id));
	assert_false(agent_hub_watched(hub, &response.id));
	assert_int_equal(agent_hub_unwatched_ms(hub, &response.id, 9000), 0);
	agent_hub_free(hub);
	agent_hub_free(NULL);
}

/* A run that lost its lease is slow to end, and its process has claimed the job again. */
static void
the_hub_keeps_the_run_that_came_after_another(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	struct bh_uuid id = bh_uuid_new();
	struct bh_job_stop lost = {0}, stop = {0};

	(void)state;
	agent_hub_run_begin(hub, &id, &lost, 1000);
	agent_hub_run_begin(hub, &id, &stop, 7000);
	agent_hub_run_end(hub, &id, &lost);
	assert_int_equal(agent_hub_unwatched_ms(hub, &id, 9000), 2000);
	assert_true(agent_hub_stop(hub, &id, BH_JOB_STOP_CANCELLED));
	assert_int_equal(bh_job_stop_reason(&stop), BH_JOB_STOP_CANCELLED);
	agent_hub_run_end(hub, &id, &stop);
	assert_false(agent_hub_runs(hub, &id));
	agent_hub_free(hub);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hub_tells_how_long_nobody_has_listened),
		cmocka_unit_test(the_hub_keeps_the_run_that_came_after_another),
		cmocka_unit_test(only_those_who_listen_to_the_response_are_woken),
		cmocka_unit_test(what_is_listened_to_and_does_not_run_here_is_elsewhere),
		cmocka_unit_test(nothing_is_known_of_a_response_nobody_spoke_of),
	};

	acme = bh_uuid_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
