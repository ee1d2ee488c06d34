/* SPDX-License-Identifier: Apache-2.0 */
/* test_simulation.c: settle.c, calls.c, ended.c, reserve.c and reassert.c as they are, over a database that
 * is made of arrays (simulated_books.c), through killed processes, crashes of the server, connections that
 * break before and after a commit, clocks that jump and statements that come late. A seed decides
 * everything. Afterwards each call has one row or none, as settle.h says, and the money is right.
 *
 *     test_model_simulation [SEEDS [FIRST]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/log.h"
#include "meter/settle.h"
#include "meter/simulated_books.h"
#include "meter/simulated_file.h"

enum { SEEDS = 3000, PROCESSES = 2, STEPS = 80, DEPTH = 3, BUDGET = 100 };

/* An act of a process. When it is killed meanwhile, what its code still writes did not happen. */
struct frame {
	struct frame *outer;
	char *shared; /* owned: the shared file when the killed process went on */
};

struct process {
	struct sim_pool pool; /* first: the database knows a process by it */
	uint64_t owner;
	bool is_alive;
	struct meter_slots *calls;
	struct meter_settle *settle;
	struct frame *frame;
	bool is_admitting, is_writing;
};

/* What really happened to a call. */
enum fate {
	FATE_NONE,     /* not begun */
	FATE_UNKNOWN,  /* being admitted, or killed in it */
	FATE_REFUSED,  /* for want of money or of a database, and told so */
	FATE_FAILED,   /* told that nobody knows: not made */
	FATE_ADMITTED, /* in flight, or ended */
	FATE_VANISHED  /* its machine has lost its slot */
};

struct call {
	enum fate fate;
	bool is_ended; /* with its full cost */
	bool is_lost;  /* with what was counted */
	int64_t nanos, cost, lost_cost;
	struct meter_slot *slot;
	struct process *by;
	uint64_t owner; /* the process that began it */
};

static struct {
	struct process processes[PROCESSES];
	uint64_t owners; /* given so far */
	struct call calls[SIM_CALLS];
	size_t begun;
	size_t depth;
	bool calm, is_test;
	uint64_t seed;
	uint64_t kills, crashes, jumps, quarantined, admitted;
} world;

_Noreturn static void
wrong(const char *what, size_t call)
{
	fprintf(stderr, "seed %llu: %s (call %zu)\n", (unsigned long long)world.seed, what, call);
	if (world.is_test)
		fail();
	exit(1);
}

static size_t
tenant_of(size_t call)
{
	return call % SIM_TENANTS;
}

static bool
is_recorded(size_t call)
{
	return sim_books()->calls[call].is_written || sim_books()->calls[call].is_quarantined;
}

/* ---- what an admission may rest on ---- */

/* What a call in flight may cost still; what it cost, once it has ended. */
static int64_t
promised(const struct call *call)
{
	if (call->is_ended)
		return call->cost;
	return call->is_lost ? call->lost_cost : call->nanos;
}

/* What those calls that reserved before `call` have cost in its month, and what those of them in flight may
 * cost: however much of it the database has lost at the moment, it was promised. And the call itself. */
static int64_t
committed(size_t call)
{
	const struct sim_books *books = sim_books();
	int64_t month = sim_books_reserved_month(call), sum = 0;

	for (size_t i = tenant_of(call); i < SIM_CALLS; i += SIM_TENANTS) {
		if (sim_books_reserved_order(i) == 0 ||
			sim_books_reserved_order(i) > sim_books_reserved_order(call))
			continue;
		/* Nobody had vouched for it, and another month was charged for what it was promised. */
		if (books->calls[i].expired_month >= 0 && books->calls[i].expired_month != month)
			continue;
		if (is_recorded(i))
			sum += books->calls[i].month == month ? books->calls[i].cost : 0;
		else if (books->calls[i].reservation == SIM_CHARGED)
			sum += world.calls[i].nanos;
		else if (world.calls[i].fate == FATE_ADMITTED)
			sum += promised(&world.calls[i]);
	}
	return sum;
}

/* A call that is admitted now may have been promised its money before others: they are looked at again. */
static void
check_promises(size_t tenant)
{
	for (size_t i = tenant; i < SIM_CALLS; i += SIM_TENANTS) {
		if (world.calls[i].fate == FATE_ADMITTED && committed(i) > BUDGET)
			wrong("admitted beyond the budget", i);
	}
}

/* ---- processes ---- */

static bool
is_alive(uint64_t owner)
{
	if (owner == 0)
		return true;
	for (size_t i = 0; i < PROCESSES; i++) {
		if (world.processes[i].is_alive && world.processes[i].owner == owner)
			return true;
	}
	return false;
}

static void
start(struct process *process)
{
	const struct meter_slots_as as = {++world.owners, is_alive, SIM_SLOTS};

	process->owner = as.owner;
	process->is_alive = true;
	process->is_admitting = process->is_writing = false;
	process->pool = (struct sim_pool){.idle_life = -1};
	BH_ASSERT(meter_slots_open_as(sim_file_path(), &as, &process->calls) == 0);
	BH_ASSERT(meter_settle_open(process->calls, &process->settle) == 0);
}

static void
bury(struct process *process)
{
	process->is_alive = false;
	meter_settle_close(process->settle);
	meter_slots_close(process->calls);
	process->settle = NULL;
	process->calls = NULL;
}

static bool
pool_lives(struct sim_pool *pool)
{
	return ((struct process *)pool)->is_alive;
}

static void
pool_returns(struct sim_pool *pool)
{
	struct process *process = (struct process *)pool;

	if (process->is_alive || process->frame->shared != NULL)
		return;
	process->frame->shared = sim_file_save();
}

static void
act(struct process *process, void (*what)(struct process *process))
{
	struct frame frame = {.outer = process->frame};

	process->frame = &frame;
	what(process);
	process->frame = frame.outer;
	if (frame.shared != NULL)
		sim_file_restore(frame.shared);
	free(frame.shared);
}

/* ---- what processes do ---- */

static struct bh_db
db_of(struct process *process, struct bh_arena *arena, size_t tenant)
{
	return (struct bh_db){
		.pool = (struct bh_db_pool *)&process->pool,
		.arena = arena,
		.context = sim_id(tenant),
	};
}

static void
fill(struct process *process, struct call *call, size_t number)
{
	struct meter_slot *slot = call->slot;

	slot->act = sim_id(number);
	slot->price_in = 1000000; /* a token costs a nano */
	slot->price_known = true;
	slot->prompt_tokens = 0;
	call->by = process;
	call->owner = process->owner;
	call->nanos = 15 + (int64_t)sim_random(40);
	call->cost = (int64_t)sim_random((uint64_t)call->nanos + 1);
	call->lost_cost = call->cost / 2;
	if (sim_random(12) == 0)
		sim_books_spoil(number);
	if (sim_random(6) == 0)
		sim_books_remote(number);
}

static void
begin(struct process *process)
{
	struct bh_arena arena = {0};
	size_t number = world.begun;
	size_t tenant = tenant_of(number);
	struct call *call = &world.calls[number];
	struct bh_uuid id = sim_id(tenant);
	struct bh_db db = db_of(process, &arena, tenant);
	bool admitted = false;
	int rc;

	if (number == SIM_CALLS || process->is_admitting)
		return;
	world.begun++;
	BH_ASSERT(meter_slots_take(process->calls, &id, &call->slot) == 0);
	fill(process, call, number);
	if (sim_books()->tenants[tenant].limit < 0) {
		meter_settle_begin(call->slot);
		call->fate = FATE_ADMITTED;
		return;
	}
	call->fate = FATE_UNKNOWN;
	process->is_admitting = true;
	rc = meter_settle_admit(process->settle, &db, call->slot, call->nanos, 0, &admitted);
	bh_arena_close(&arena);
	if (!process->is_alive)
		return;
	process->is_admitting = false;
	if (rc == BH_E_DB_DOWN)
		call->fate = FATE_REFUSED;
	else
		call->fate = rc < 0 ? FATE_FAILED : admitted ? FATE_ADMITTED : FATE_REFUSED;
	world.admitted += admitted;
	if (rc == 0 && admitted)
		check_promises(tenant);
}

static void
end(struct process *process)
{
	for (size_t i = 0; i < world.begun; i++) {
		struct call *call = &world.calls[(i + world.seed) % world.begun];

		if (call->fate != FATE_ADMITTED || call->is_ended || call->owner != process->owner ||
			(!world.calm && sim_random(2) == 0))
			continue;
		call->slot->prompt_tokens = call->cost;
		call->is_ended = true;
		(void)meter_settle_end(process->settle, call->slot);
		return;
	}
}

static void
write_rows(struct process *process)
{
	struct bh_arena arena = {0};
	struct bh_db db = db_of(process, &arena, 0);
	size_t settled;
	int rc;

	if (process->is_writing)
		return;
	process->is_writing = true;
	rc = meter_settle_round(process->settle, &db, &settled);
	if (rc < 0)
		bh_error_clear();
	process->is_writing = false;
	bh_arena_close(&arena);
}

static void
sweep(struct process *process)
{
	struct bh_arena arena = {0};
	struct bh_db db = db_of(process, &arena, 0);
	struct meter_slot *slot;
	size_t at = 0;

	while ((slot = meter_settle_adopt(process->settle, &at)) != NULL) {
		slot->prompt_tokens = slot->is_made ? world.calls[sim_number(&slot->act)].lost_cost : 0;
		world.calls[sim_number(&slot->act)].is_lost = true;
		slot->status = METER_LOST;
		(void)meter_settle_end(process->settle, slot);
	}
	if (meter_settle_renew(process->settle, &db, METER_RENEW_MS * (int64_t)(1 + sim_random(3))) < 0)
		bh_error_clear();
	bh_arena_close(&arena);
}

/* ---- what befalls them ---- */

static void
kill_one(struct process *process)
{
	if (!process->is_alive)
		return;
	world.kills++;
	process->is_alive = false;
	if (process->frame == NULL)
		bury(process);
}

/* A machine without power: the slots of a process that is dead are gone before anybody saw them. */
static void
lose_slots(void)
{
	struct meter_slot *slots = sim_file_slots();

	for (size_t i = 0; i < world.begun; i++) {
		struct call *call = &world.calls[i];

		if (is_alive(call->owner) || call->fate == FATE_REFUSED || is_recorded(i))
			continue;
		for (size_t k = 0; k < SIM_SLOTS; k++) {
			/* One that a sweeper has taken over has another owner, who lives or will be followed. */
			if (slots[k].state == METER_SLOT_FREE || slots[k].owner != call->owner ||
				sim_number(&slots[k].call) != i)
				continue;
			slots[k].owner = 0;
			slots[k].state = METER_SLOT_FREE;
			call->fate = FATE_VANISHED;
		}
	}
}

static void
befall(void)
{
	static const int64_t jumps[] = {SIM_MINUTE, 2 * 60 * SIM_MINUTE, 40 * SIM_DAY, -40 * SIM_DAY,
		-2 * 60 * SIM_MINUTE};

	switch (sim_random(8)) {
	case 0:
		world.crashes++;
		sim_books_crash();
		break;
	case 1:
	case 2:
		kill_one(&world.processes[sim_random(PROCESSES)]);
		break;
	case 3:
	case 4:
		world.jumps++;
		sim_books_clock(jumps[sim_random(BH_COUNT(jumps))]);
		break;
	case 5:
		sim_books_late();
		break;
	case 6:
		if (sim_random(8) == 0)
			lose_slots();
		break;
	default:
		break;
	}
}

static void
step(void)
{
	struct process *process = &world.processes[sim_random(PROCESSES)];

	world.depth++;
	if (!process->is_alive && process->frame == NULL) {
		if (process->settle != NULL)
			bury(process);
		start(process);
		act(process, sweep);
	} else if (process->is_alive) {
		switch (sim_random(8)) {
		case 0:
		case 1:
		case 2:
			act(process, begin);
			break;
		case 3:
		case 4:
			act(process, end);
			break;
		case 5:
		case 6:
			act(process, write_rows);
			break;
		default:
			act(process, sweep);
		}
	}
	if (!process->is_alive && process->frame == NULL && process->settle != NULL)
		bury(process);
	world.depth--;
}

static void
meanwhile(struct sim_pool *pool)
{
	(void)pool;
	if (world.calm || world.depth >= DEPTH)
		return;
	if (sim_random(16) == 0)
		befall();
	if (sim_random(5) == 0)
		step();
}

/* ---- the end ---- */

/* Nothing goes wrong any more: all that is in flight ends, and is settled. */
static void
come_to_rest(void)
{
	struct process *process = &world.processes[0];

	world.calm = true;
	sim_books_calm();
	sim_books_late();
	for (size_t i = 1; i < PROCESSES; i++)
		kill_one(&world.processes[i]);
	if (!process->is_alive)
		start(process);
	for (size_t i = 0; i < SIM_CALLS; i++)
		act(process, end);
	for (size_t i = 0; i < 4; i++) {
		act(process, sweep);
		act(process, write_rows);
	}
	for (size_t i = 1; i < PROCESSES; i++) {
		if (world.processes[i].settle != NULL)
			bury(&world.processes[i]);
	}
}

static void
check_call(size_t number)
{
	const struct call *call = &world.calls[number];
	int64_t cost = sim_books()->calls[number].cost;
	bool recorded = is_recorded(number);

	if (sim_books()->calls[number].is_written && sim_books()->calls[number].is_quarantined)
		wrong("written and quarantined", number);
	if (call->fate == FATE_NONE || call->fate == FATE_REFUSED) {
		if (recorded)
			wrong("a row of a call that was not made", number);
		return;
	}
	if (call->fate == FATE_VANISHED)
		return;
	if (!recorded)
		wrong("a call without a row", number);
	if (cost != (call->fate != FATE_ADMITTED ? 0 : call->is_ended ? call->cost : call->lost_cost))
		wrong("a row of another cost", number);
	if (sim_books()->calls[number].reservation == SIM_CHARGED)
		wrong("settled, and charged as well", number);
}

static void
check_money(size_t tenant)
{
	int64_t totals[SIM_MONTHS] = {0}, reserved = 0;

	for (size_t i = tenant; i < SIM_CALLS; i += SIM_TENANTS) {
		if (is_recorded(i))
			totals[sim_books()->calls[i].month] += sim_books()->calls[i].cost;
		if (sim_books()->calls[i].reservation == SIM_CHARGED)
			totals[sim_books()->calls[i].expired_month] += sim_books()->calls[i].nanos;
		if (sim_books()->calls[i].reservation == SIM_HELD)
			reserved += sim_books()->calls[i].nanos;
	}
	for (size_t i = 0; i < SIM_MONTHS; i++) {
		if (sim_books()->tenants[tenant].totals[i] != totals[i])
			wrong("a month's total is not the sum of its calls", tenant);
	}
	if (sim_books()->tenants[tenant].spent != totals[sim_books()->tenants[tenant].month])
		wrong("what is spent is not the month's total", tenant);
	if (sim_books()->tenants[tenant].reserved != reserved)
		wrong("what is reserved is not the sum of reservations", tenant);
}

static void
check(void)
{
	struct meter_slot *slot;
	size_t at = 0;

	if ((slot = meter_slots_next(world.processes[0].calls, &at)) != NULL)
		wrong("a slot is still in use", sim_number(&slot->act));
	for (size_t i = 0; i < SIM_CALLS; i++) {
		check_call(i);
		world.quarantined += sim_books()->calls[i].is_quarantined;
	}
	for (size_t i = 0; i < SIM_TENANTS; i++)
		check_money(i);
}

static void
simulate(uint64_t seed)
{
	const struct sim_listener listener = {meanwhile, pool_lives, pool_returns};

	world.seed = seed;
	world.calm = false;
	world.begun = world.depth = 0;
	memset(world.calls, 0, sizeof(world.calls));
	sim_file_clear();
	sim_books_open(seed, &listener);
	sim_books_limit(0, BUDGET);
	for (size_t i = 0; i < PROCESSES; i++)
		start(&world.processes[i]);
	for (size_t i = 0; i < STEPS; i++) {
		step();
		if (sim_random(10) == 0)
			befall();
	}
	come_to_rest();
	check();
	bury(&world.processes[0]);
}

static void
simulate_all(uint64_t seeds, uint64_t first)
{
	sim_file_open(is_alive);
	for (uint64_t seed = first; seed < first + seeds; seed++)
		simulate(seed);
	sim_file_close();
	/* A world in which nothing happens proves nothing. */
	if (seeds >= 100 &&
		(world.admitted < seeds || world.quarantined < seeds / 4 || world.kills < seeds / 2 ||
			world.crashes < seeds / 4 || world.jumps < seeds / 2))
		wrong("too little has happened", 0);
}

static void
each_call_has_one_row_and_the_money_is_right_whatever_happens(void **state)
{
	(void)state;
	simulate_all(SEEDS, 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_has_one_row_and_the_money_is_right_whatever_happens),
	};
	uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : SEEDS;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	bh_log_open("simulation", BH_LOG_ERROR + 1);
	world.is_test = argc == 1;
	if (world.is_test)
		return cmocka_run_group_tests_name("model/simulation", tests, NULL, NULL);
	simulate_all(seeds, first);
	printf("%llu seeds: 0 lost, 0 doubled; %llu admitted on a budget, %llu in quarantine; "
		   "%llu kills, %llu crashes of the server, %llu jumps of the clock\n",
		(unsigned long long)seeds, (unsigned long long)world.admitted,
		(unsigned long long)world.quarantined, (unsigned long long)world.kills,
		(unsigned long long)world.crashes, (unsigned long long)world.jumps);
	return 0;
}
