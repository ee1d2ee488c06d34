/* SPDX-License-Identifier: Apache-2.0 */
/* test_two.c: two processes as on two machines, one budget: they admit exactly as many acts as it holds, though one
 * is killed with all of its in flight; what it held is charged, and settled once when its machine is back. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "meter/testing.h"

enum { THREADS = 6, TRIES = 12, HOLDS = 50, MOST = 10, COST = 3 };

#define UNSEEN \
	"UPDATE bulkhead.instance SET seen_at = seen_at - interval '16 seconds' WHERE $1 = $1"

#define BEAT "SELECT live FROM instance_beat($1, 'test', 15000)"

/* One process. What it says comes through a pipe: how many acts it has in flight. */
struct process {
	struct bh_uuid tenant;
	char path[40];
	pid_t pid;
	int said, told;
};

struct admitting {
	const struct process *process;
	struct bh_db_pool *pool;
	struct meter_slots *slots;
	struct meter_settle *settle;
	struct meter_slot *held[TRIES];
	size_t n_held;
	pthread_t thread;
};

static void *
admit_many(void *arg)
{
	struct admitting *mine = arg;

	for (size_t i = 0; i < TRIES; i++) {
		struct bh_arena arena = {0};
		struct bh_db db = {.pool = mine->pool, .arena = &arena, .context = mine->process->tenant};
		struct meter_test fix = {.tenant = mine->process->tenant, .slots = mine->slots};
		struct meter_refusal refusal = {0};
		struct meter_slot *slot = NULL;

		BH_ASSERT(meter_slots_take(fix.slots, &fix.tenant, &slot) == 0);
		slot->act = bh_uuid_new();
		slot->model_tenant = slot->model_id = fix.tenant;
		slot->started_ms = slot->ended_ms = 1793500000000;
		snprintf(slot->request_id, sizeof(slot->request_id), "r");
		snprintf(slot->model, sizeof(slot->model), "m");
		slot->kind = METER_CHAT;
		slot->prices[METER_INPUT] = 1000000;
		slot->price_known = true;
		slot->most[METER_INPUT] = MOST;
		BH_ASSERT(meter_settle_admit(mine->settle, &db, slot, 0, &refusal) == 0);
		if (refusal.span == METER_ADMITTED)
			mine->held[mine->n_held++] = slot;
		bh_arena_close(&arena);
	}
	return NULL;
}

static struct bh_db_pool *
pool_open(const char *instance)
{
	char conninfo[512];
	const struct bh_db_conf conf = {
		.conninfo = conninfo,
		.connections = THREADS,
		.wait_ms = 60000,
		.statement_ms = 60000,
		.instance = instance,
	};
	struct bh_db_pool *pool = NULL;

	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s user=bulkhead_model",
		getenv("BULKHEAD_TEST_DATABASE"), bh_test_group.name);
	BH_ASSERT(bh_db_pool_open(&conf, &pool) == 0);
	return pool;
}

static void
end_all(struct admitting *threads, struct bh_db *db)
{
	size_t settled;

	for (size_t i = 0; i < THREADS; i++) {
		for (size_t k = 0; k < threads[i].n_held; k++) {
			threads[i].held[k]->used[METER_INPUT] = COST;
			(void)meter_settle_end(threads[i].settle, threads[i].held[k]);
		}
	}
	do
		BH_ASSERT(meter_settle_round(threads->settle, db, &settled) == 0);
	while (settled > 0);
}

/* The process's life: admits with all threads at once, tells, waits for a word, ends what it has, tells again. */
_Noreturn static void
live(struct process *process, int told, int say)
{
	struct admitting threads[THREADS] = {0};
	struct bh_arena arena = {0};
	const struct bh_uuid instance = bh_uuid_new();
	struct bh_db db = {.arena = &arena};
	char id[BH_UUID_TEXT], word;
	int32_t count = 0;
	int64_t alive;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bh_uuid_format(&instance, id);
	db.pool = pool_open(id);
	BH_ASSERT(bh_db_one(&db, BEAT, BH_PARAMS(&instance), &bh_row_int, &alive) == 0);
	BH_ASSERT(meter_slots_open(process->path, 0, &threads[0].slots) == 0);
	BH_ASSERT(meter_settle_open(threads[0].slots, &threads[0].settle) == 0);
	BH_ASSERT(read(told, &word, 1) == 1);
	for (size_t i = 0; i < THREADS; i++) {
		threads[i].process = process;
		threads[i].pool = db.pool;
		threads[i].slots = threads[0].slots;
		threads[i].settle = threads[0].settle;
		BH_ASSERT(pthread_create(&threads[i].thread, NULL, admit_many, &threads[i]) == 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i].thread, NULL);
		count += (int32_t)threads[i].n_held;
	}
	BH_ASSERT(write(say, &count, sizeof(count)) == sizeof(count));
	BH_ASSERT(read(told, &word, 1) == 1);
	end_all(threads, &db);
	BH_ASSERT(write(say, &count, sizeof(count)) == sizeof(count));
	_exit(0);
}

static void
process_start(struct process *process, const struct bh_uuid *tenant)
{
	int said[2], told[2];

	*process = (struct process){.tenant = *tenant, .path = "/tmp/bh-two-XXXXXX"};
	close(mkstemp(process->path));
	assert_int_equal(pipe(said), 0);
	assert_int_equal(pipe(told), 0);
	process->pid = fork();
	assert_true(process->pid >= 0);
	if (process->pid == 0)
		live(process, told[0], said[1]);
	close(said[1]);
	close(told[0]);
	process->said = said[0];
	process->told = told[1];
}

static void
process_tell(const struct process *process)
{
	assert_int_equal(write(process->told, "x", 1), 1);
}

static int32_t
process_listen(const struct process *process)
{
	int32_t count = -1;

	assert_int_equal(read(process->said, &count, sizeof(count)), sizeof(count));
	return count;
}

static void
process_end(struct process *process)
{
	kill(process->pid, SIGKILL);
	waitpid(process->pid, NULL, 0);
	close(process->said);
	close(process->told);
}

/* Its machine is back: the next process on it finds the slots. */
static size_t
settle_what_it_left(struct meter_test *fix, const struct process *dead)
{
	struct meter_test back = {.tenant = fix->tenant, .db = fix->db};
	struct meter_slot *slot;
	size_t at = 0, written;

	assert_int_equal(meter_slots_open(dead->path, 0, &back.slots), 0);
	assert_int_equal(meter_settle_open(back.slots, &back.settle), 0);
	while ((slot = meter_settle_adopt(back.settle, &at)) != NULL) {
		slot->status = METER_LOST;
		meter_test_end(&back, slot, COST);
	}
	written = meter_test_write_rows(&back);
	meter_settle_close(back.settle);
	meter_slots_close(back.slots);
	return written;
}

static void
a_budget_for_so_many_admits_so_many_of_two_processes(void **state)
{
	static const char events[] = "SELECT count(*) FROM usage_event WHERE tenant_id = $1";
	struct meter_test *fix = *state;
	struct process lost, stays;
	int32_t by_lost, by_stays;

	meter_test_set_budget(fix, HOLDS * MOST);
	process_start(&lost, &fix->tenant);
	process_start(&stays, &fix->tenant);
	process_tell(&lost);
	process_tell(&stays);
	by_lost = process_listen(&lost);
	by_stays = process_listen(&stays);
	assert_int_equal(by_lost + by_stays, HOLDS);
	process_end(&lost);
	meter_test_change(fix, UNSEEN);
	/* The other one ends its own before anybody judges it. */
	process_tell(&stays);
	assert_int_equal(process_listen(&stays), by_stays);
	process_end(&stays);
	meter_settle_judges(fix->settle, true);
	assert_int_equal(meter_settle_bury(fix->settle, &fix->db), 0);
	meter_test_expect(fix, by_stays * COST + by_lost * MOST, 0);
	assert_int_equal(settle_what_it_left(fix, &lost), by_lost);
	meter_test_expect(fix, HOLDS * COST, 0);
	assert_int_equal(meter_test_number(fix, events), HOLDS);
	unlink(lost.path);
	unlink(stays.path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, meter_test_set_up, meter_test_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_budget_for_so_many_admits_so_many_of_two_processes),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
