/* SPDX-License-Identifier: Apache-2.0 */
/* test_rounds.c: many callers at once on a balance that pays for k acts, in several processes of which one is killed:
 * exactly k are paid, whoever is killed where. Real processes, a real file, a real database.
 *
 *     test_meter_rounds [ROUNDS [CALLERS]] */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/testing.h"
#include "meter/settle.h"

enum { ROUNDS = 4, CALLERS = 24, PROCESSES = 3, CALLERS_MOST = 512, COST = 1000, LEAST = 20 };

/* A process of the service. */
struct process {
	struct bh_db_pool *pool;
	struct meter_slots *slots;
	struct meter_settle *settle;
	struct bh_uuid tenant;
	pthread_mutex_t writing;
	int told; /* a byte for each act that was admitted */
};

static void
process_open(struct process *process, const char *database, const char *path,
	const struct bh_uuid *tenant)
{
	char conninfo[1024];
	const struct bh_db_conf conf = {
		.conninfo = conninfo,
		.connections = 6,
		.vital_connections = 1,
		.wait_ms = 60000,
		.statement_ms = 60000,
		.application = "rounds",
	};

	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s user=bulkhead_model",
		getenv("BULKHEAD_TEST_DATABASE"), database);
	*process = (struct process){.tenant = *tenant, .told = -1};
	pthread_mutex_init(&process->writing, NULL);
	BH_ASSERT(bh_db_pool_open(&conf, &process->pool) == 0);
	BH_ASSERT(meter_slots_open(path, 0, &process->slots) == 0);
	BH_ASSERT(meter_settle_open(process->slots, &process->settle) == 0);
}

static void
process_close(struct process *process)
{
	meter_settle_close(process->settle);
	meter_slots_close(process->slots);
	bh_db_pool_close(process->pool);
	pthread_mutex_destroy(&process->writing);
}

/* One of them writes; the others' events go with its next round. */
static void
write_events(struct process *process)
{
	pthread_mutex_lock(&process->writing);
	meter_settle_write(process->settle, process->pool);
	pthread_mutex_unlock(&process->writing);
}

/* What dead processes had in flight is paid if it was made. */
static void
sweep(struct process *process)
{
	struct meter_slot *slot;
	size_t at = 0;

	while ((slot = meter_settle_adopt(process->settle, &at)) != NULL) {
		slot->used[METER_INPUT] = slot->is_made ? COST : 0;
		slot->status = METER_LOST;
		(void)meter_settle_end(process->settle, slot);
	}
	meter_settle_tend(process->settle, process->pool, bh_clock_steady_ms());
	write_events(process);
}

/* False when it was refused for want of money. */
static bool
act(struct process *process)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = process->pool, .arena = &arena, .context = process->tenant};
	struct meter_refusal refusal = {0};
	struct meter_slot *slot;
	int rc;

	BH_ASSERT(meter_slots_take(process->slots, &process->tenant, &slot) == 0);
	slot->act = bh_uuid_new();
	slot->kind = METER_CHAT;
	slot->prices[METER_INPUT] = 1000000; /* a token costs a nano */
	slot->price_known = true;
	slot->most[METER_INPUT] = COST;
	slot->started_ms = slot->ended_ms = bh_clock_wall_ms();
	rc = meter_settle_admit(process->settle, &db, slot, bh_clock_wall_ms(), &refusal);
	bh_arena_close(&arena);
	/* Another process looked for what a crash might have taken: this one cannot be sure, and tries again. */
	if (rc == BH_E_UNAVAILABLE)
		return true;
	BH_ASSERT(rc == 0);
	if (refusal.span != METER_ADMITTED)
		return false;
	if (process->told >= 0)
		BH_ASSERT(write(process->told, "+", 1) == 1);
	slot->used[METER_INPUT] = COST;
	(void)meter_settle_end(process->settle, slot);
	write_events(process);
	return true;
}

static void *
call(void *ctx)
{
	while (act(ctx))
		continue;
	return NULL;
}

/* A process of its own: argv as start() makes it. */
static int
serve(char **argv)
{
	struct process process;
	struct bh_uuid tenant;
	long callers = strtol(argv[5], NULL, 10);
	pthread_t threads[CALLERS_MOST];

	bh_log_open("rounds", BH_LOG_ERROR + 1);
	BH_ASSERT(callers <= CALLERS_MOST && bh_uuid_parse(argv[4], &tenant) == 0);
	process_open(&process, argv[2], argv[3], &tenant);
	process.told = STDOUT_FILENO;
	sweep(&process);
	for (long i = 0; i < callers; i++)
		BH_ASSERT(pthread_create(&threads[i], NULL, call, &process) == 0);
	for (long i = 0; i < callers; i++)
		pthread_join(threads[i], NULL);
	write_events(&process);
	process_close(&process);
	return 0;
}

static pid_t
start(const char *path, const char *tenant, int callers, int told)
{
	pid_t pid = fork();
	char number[16];

	if (pid != 0)
		return pid;
	snprintf(number, sizeof(number), "%d", callers);
	dup2(told, STDOUT_FILENO);
	execl("/proc/self/exe", "rounds", "serve", bh_test_group.name, path, tenant, number,
		(char *)NULL);
	_exit(127);
}

static void
give(const char *tenant, int64_t acts)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		"SELECT set_config('bulkhead.tenant_id', '%s', false);"
		"SELECT bulkhead.meter_prepaid('%s', true, NULL);"
		"SELECT bulkhead.meter_fund('%s', gen_random_uuid(), -1, -1, 0, 'infinity', now(), %lld)",
		tenant, tenant, tenant, (long long)(acts * COST + COST / 2));
	BH_ASSERT(bh_test_db_script(&bh_test_group, sql) == 0);
}

struct end {
	int64_t paid, nothing, owed, remains, held, reserved;
};
static const struct bh_row end_row = BH_ROW(struct end, paid, nothing, owed, remains, held,
	reserved);

static void
check(struct process *process, int64_t acts)
{
	static const char sql[] =
		"SELECT (SELECT count(*) FROM usage_event WHERE tenant_id = $1 AND cost_nanos = 1000),"
		"       (SELECT count(*) FROM usage_event WHERE tenant_id = $1 AND cost_nanos NOT IN (0, "
		"1000)),"
		"       f.owed, f.remains[1], f.held[1], o.reserved"
		"  FROM meter_funds AS f JOIN meter_owner AS o ON o.tenant_id = f.tenant_id AND o.id = $1"
		" WHERE f.tenant_id = $1";
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = process->pool, .arena = &arena, .context = process->tenant};
	struct end end;

	BH_ASSERT(bh_db_one(&db, sql, BH_PARAMS((const struct bh_uuid *)&process->tenant), &end_row,
				  &end) == 0);
	bh_arena_close(&arena);
	assert_int_equal(end.paid, acts);
	assert_int_equal(end.nothing, 0);
	assert_int_equal(end.owed, 0);
	assert_int_equal(end.remains, COST / 2);
	assert_int_equal(end.held, 0);
	assert_int_equal(end.reserved, 0);
}

/* The first is killed when so many were admitted. */
static void
run_round(uint64_t number, int callers)
{
	int64_t acts = LEAST + (int64_t)(number * 7919 % 60);
	int64_t kill_at = 1 + (int64_t)(number * 104729 % (uint64_t)acts);
	char path[] = "/tmp/bh-rounds-XXXXXX", tenant[BH_UUID_TEXT], byte;
	struct bh_uuid id = bh_uuid_new();
	struct process last;
	pid_t pids[PROCESSES];
	int told[2], status;

	close(mkstemp(path));
	bh_uuid_format(&id, tenant);
	give(tenant, acts);
	BH_ASSERT(pipe(told) == 0);
	for (size_t i = 0; i < PROCESSES; i++)
		pids[i] = start(path, tenant, callers / PROCESSES, told[1]);
	close(told[1]);
	for (int64_t seen = 0; seen < kill_at && read(told[0], &byte, 1) == 1;)
		seen++;
	kill(pids[0], SIGKILL);
	while (read(told[0], &byte, 1) == 1)
		continue;
	close(told[0]);
	for (size_t i = 0; i < PROCESSES; i++) {
		BH_ASSERT(waitpid(pids[i], &status, 0) == pids[i]);
		assert_true(i == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
	}
	/* What it left is settled, and what it had not used is used. */
	process_open(&last, bh_test_group.name, path, &id);
	sweep(&last);
	(void)call(&last);
	write_events(&last);
	assert_int_equal(meter_slots_used(last.slots), 0);
	check(&last, acts);
	process_close(&last);
	unlink(path);
}

static void
exactly_as_many_acts_are_paid_as_the_balance_holds(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= ROUNDS; number++)
		run_round(number, CALLERS);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_as_many_acts_are_paid_as_the_balance_holds),
	};
	uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

	if (argc == 6 && strcmp(argv[1], "serve") == 0)
		return serve(argv);
	if (!bh_test_db_named())
		return 77;
	if (argc == 1)
		return cmocka_run_group_tests_name("meter/rounds", tests, bh_test_group_open,
			bh_test_group_close);
	if (bh_test_db_open(&bh_test_group) < 0)
		return 1;
	for (uint64_t number = 1; number <= rounds; number++)
		run_round(number, argc > 2 ? (int)strtol(argv[2], NULL, 10) : CALLERS);
	bh_test_db_close(&bh_test_group);
	printf("%llu rounds: exactly as many as the balance holds\n", (unsigned long long)rounds);
	return 0;
}
