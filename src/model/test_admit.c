/* SPDX-License-Identifier: Apache-2.0 */
/* test_admit.c: many threads at one gate: never more inside than places, and nobody is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "model/admit.h"

enum { CALLERS = 24, TIMES = 200, PLACES = 3, LONG_MS = 60000 };

static struct model_admit *admit;

static int
set_up(void **state)
{
	(void)state;
	return model_admit_open(&admit);
}

static int
tear_down(void **state)
{
	(void)state;
	model_admit_close(admit);
	admit = NULL;
	return 0;
}

static struct model_admit_ask
ask_of(const struct bh_uuid *tenant, size_t places)
{
	return (struct model_admit_ask){
		.engine = "unix:/run/chat.sock",
		.places = places,
		.tenant = *tenant,
		.tokens = 10,
		.waiting_most = 64,
		.wait_ms = LONG_MS,
	};
}

static size_t
waiting(void)
{
	size_t n, running;

	model_admit_count(admit, NULL, &n, &running);
	return n;
}

/* One call in a thread of its own. */
struct caller {
	pthread_t thread;
	struct model_admit_ask ask;
	struct model_ticket ticket;
	struct model_admit_refusal refusal;
	atomic_bool over;
	int rc;
};

static void *
enter(void *arg)
{
	struct caller *caller = arg;

	caller->rc = model_admit_enter(admit, &caller->ask, &caller->ticket, &caller->refusal);
	atomic_store(&caller->over, true);
	return NULL;
}

/* Begins it and returns once it waits at the gate, as the n-th. */
static void
begin(struct caller *caller, size_t n)
{
	assert_int_equal(pthread_create(&caller->thread, NULL, enter, caller), 0);
	while (waiting() < n)
		sched_yield();
}

static void
finish(struct caller *caller)
{
	assert_int_equal(pthread_join(caller->thread, NULL), 0);
}

static atomic_int inside, inside_most;

static void *
come_and_go(void *arg)
{
	struct caller *caller = arg;

	for (int i = 0; i < TIMES && caller->rc == 0; i++) {
		struct model_ticket ticket = {0};
		int now, most;

		caller->rc = model_admit_enter(admit, &caller->ask, &ticket, &caller->refusal);
		if (caller->rc < 0)
			break;
		now = atomic_fetch_add(&inside, 1) + 1;
		most = atomic_load(&inside_most);
		while (now > most && !atomic_compare_exchange_weak(&inside_most, &most, now))
			continue;
		sched_yield();
		atomic_fetch_sub(&inside, 1);
		model_ticket_close(&ticket);
	}
	return NULL;
}

static void
many_threads_never_hold_more_than_the_places(void **state)
{
	struct caller callers[CALLERS] = {0};
	struct bh_uuid tenants[4] = {bh_uuid_new(), bh_uuid_new(), bh_uuid_new(), bh_uuid_new()};

	(void)state;
	for (size_t i = 0; i < CALLERS; i++) {
		callers[i].ask = ask_of(&tenants[i % 4], PLACES);
		callers[i].ask.shared = true;
		callers[i].ask.lane = i % 3 == 0 ? MODEL_BACKGROUND : MODEL_FOREGROUND;
		assert_int_equal(pthread_create(&callers[i].thread, NULL, come_and_go, &callers[i]), 0);
	}
	for (size_t i = 0; i < CALLERS; i++) {
		finish(&callers[i]);
		assert_int_equal(callers[i].rc, 0);
	}
	assert_in_range(inside_most, 1, PLACES);
	assert_int_equal(waiting(), 0);
}

static void
another_tenant_is_next_however_many_wait(void **state)
{
	struct bh_uuid greedy = bh_uuid_new(), light = bh_uuid_new();
	struct model_admit_ask first = ask_of(&greedy, 1);
	struct model_admit_refusal refusal;
	struct model_ticket ticket = {0};
	struct caller callers[11] = {0};

	(void)state;
	assert_int_equal(model_admit_enter(admit, &first, &ticket, &refusal), 0);
	for (size_t i = 0; i < 11; i++) {
		callers[i].ask = ask_of(i < 10 ? &greedy : &light, 1);
		begin(&callers[i], i + 1);
	}
	model_ticket_close(&ticket);
	finish(&callers[10]);
	assert_int_equal(callers[10].rc, 0);
	for (size_t i = 0; i < 10; i++)
		assert_false(atomic_load(&callers[i].over));
	model_ticket_close(&callers[10].ticket);
	for (size_t i = 0; i < 10; i++) {
		finish(&callers[i]);
		model_ticket_close(&callers[i].ticket);
	}
}

static void
a_client_that_leaves_is_dropped_from_the_queue(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct model_admit_ask first = ask_of(&tenant, 1);
	struct model_admit_refusal refusal;
	struct model_ticket ticket = {0};
	struct caller caller = {.ask = first};
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(model_admit_enter(admit, &first, &ticket, &refusal), 0);
	caller.ask.watch_fd = ends[0];
	begin(&caller, 1);
	close(ends[1]);
	finish(&caller);
	assert_int_equal(caller.rc, BH_E_GONE);
	assert_int_equal(waiting(), 0);
	model_ticket_close(&ticket);
	close(ends[0]);
}

static void
a_wait_that_is_over_says_the_position(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct model_admit_ask ask = ask_of(&tenant, 1);
	struct model_admit_refusal refusal = {0};
	struct model_ticket ticket = {0}, none = {0};
	struct caller waits = {.ask = ask};

	(void)state;
	assert_int_equal(model_admit_enter(admit, &ask, &ticket, &refusal), 0);
	begin(&waits, 1);
	ask.wait_ms = 1;
	assert_int_equal(model_admit_enter(admit, &ask, &none, &refusal), BH_E_BUSY);
	assert_int_equal(refusal.position, 2);
	assert_false(refusal.full);
	assert_true(refusal.retry_ms > 0);
	model_ticket_close(&ticket);
	finish(&waits);
	model_ticket_close(&waits.ticket);
}

static void
a_tenants_queue_is_bounded_over_all_engines_and_nobody_elses(void **state)
{
	struct bh_uuid tenant = bh_uuid_new(), other = bh_uuid_new();
	struct model_admit_ask ask = ask_of(&tenant, 1);
	struct model_admit_refusal refusal = {0};
	struct model_ticket chat = {0}, embed = {0}, none = {0};
	struct caller waits[3] = {{.ask = ask}, {.ask = ask}, {.ask = ask_of(&other, 1)}};

	(void)state;
	ask.waiting_most = 2;
	assert_int_equal(model_admit_enter(admit, &ask, &chat, &refusal), 0);
	ask.engine = "unix:/run/embed.sock";
	assert_int_equal(model_admit_enter(admit, &ask, &embed, &refusal), 0);
	waits[1].ask.engine = ask.engine;
	begin(&waits[0], 1);
	begin(&waits[1], 2);
	assert_int_equal(model_admit_enter(admit, &ask, &none, &refusal), BH_E_BUSY);
	assert_true(refusal.full);
	assert_int_equal(refusal.position, 2);
	begin(&waits[2], 3);
	model_ticket_close(&chat);
	model_ticket_close(&embed);
	for (size_t i = 3; i-- > 0;) { /* the other tenant goes first */
		finish(&waits[i]);
		assert_int_equal(waits[i].rc, 0);
		model_ticket_close(&waits[i].ticket);
	}
}

static void
more_places_let_more_in_and_stopping_ends_the_wait(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();
	struct model_admit_ask ask = ask_of(&tenant, 1);
	struct model_admit_refusal refusal = {0};
	struct model_ticket one = {0}, two = {0};
	struct caller waits = {.ask = ask};
	bool stop = false;

	(void)state;
	assert_int_equal(model_admit_enter(admit, &ask, &one, &refusal), 0);
	ask.places = 2;
	assert_int_equal(model_admit_enter(admit, &ask, &two, &refusal), 0);
	waits.ask.cancel = &stop;
	begin(&waits, 1);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	finish(&waits);
	assert_int_equal(waits.rc, BH_E_CANCELLED);
	model_ticket_close(&one);
	model_ticket_close(&two);
	model_ticket_close(&two);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(many_threads_never_hold_more_than_the_places),
		TEST(another_tenant_is_next_however_many_wait),
		TEST(a_client_that_leaves_is_dropped_from_the_queue),
		TEST(a_wait_that_is_over_says_the_position),
		TEST(a_tenants_queue_is_bounded_over_all_engines_and_nobody_elses),
		TEST(more_places_let_more_in_and_stopping_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
