/* SPDX-License-Identifier: Apache-2.0 */
/* test_simulation.c: settle.c, slot.c, ended.c, reserve.c and reassert.c as they are, over a database that
 * is made of arrays (simulated_books.c), through killed processes, crashes of the server, connections that
 * break before and after a commit, clocks that jump, and statements that come late or twice. A seed decides
 * everything. Afterwards each act has one event or none, as settle.h says, and the money of all scopes is right.
 *
 *     test_meter_simulation [SEEDS [FIRST]] */
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
#include "meter/simulated_file.h"
#include "meter/simulated_world.h"

enum { SEEDS = 3000, STEPS = 100, DEPTH = 3 };

struct sim_world sim_world;

/* ---- processes ---- */

static bool
is_alive(uint64_t owner)
{
	if (owner == 0)
		return true;
	for (size_t i = 0; i < SIM_PROCESSES; i++) {
		if (sim_world.processes[i].is_alive && sim_world.processes[i].owner == owner)
			return true;
	}
	return false;
}

static void
start(struct sim_process *process)
{
	const struct meter_slots_as as = {++sim_world.owners, is_alive, SIM_SLOTS, 0};

	process->owner = as.owner;
	process->is_alive = true;
	process->is_admitting = process->is_writing = false;
	process->pool = (struct sim_pool){.idle_life = -1, .instance = as.owner};
	BH_ASSERT(meter_slots_open_as(sim_file_path(), &as, &process->slots) == 0);
	BH_ASSERT(meter_settle_open(process->slots, &process->settle) == 0);
}

static void
bury(struct sim_process *process)
{
	process->is_alive = false;
	meter_settle_close(process->settle);
	meter_slots_close(process->slots);
	process->settle = NULL;
	process->slots = NULL;
}

static bool
pool_lives(struct sim_pool *pool)
{
	return ((struct sim_process *)pool)->is_alive;
}

/* One that lives may not have been seen: it was slow, or cut off. In the end all who live are. */
static bool
is_seen(uint64_t instance)
{
	return is_alive(instance) && (sim_world.calm || sim_random(4) > 0);
}

static void
pool_returns(struct sim_pool *pool)
{
	struct sim_process *process = (struct sim_process *)pool;

	if (process->is_alive || process->frame->shared != NULL)
		return;
	process->frame->shared = sim_file_save();
}

static void
act(struct sim_process *process, void (*what)(struct sim_process *process))
{
	struct sim_frame frame = {.outer = process->frame};

	process->frame = &frame;
	what(process);
	process->frame = frame.outer;
	if (frame.shared != NULL)
		sim_file_restore(frame.shared);
	free(frame.shared);
}

/* ---- what processes do ---- */

static struct bh_db
db_of(struct sim_process *process, struct bh_arena *arena, size_t tenant)
{
	return (struct bh_db){
		.pool = (struct bh_db_pool *)&process->pool,
		.arena = arena,
		.context = sim_id(tenant),
	};
}

/* Whether the slot's act needs a reservation, as terms.h tells. */
static bool
is_bound(size_t number, unsigned owners)
{
	const struct sim_tenant *tenant = &sim_books()->tenants[number];

	if (tenant->prepaid)
		return true;
	for (size_t i = 0; i < SIM_OWNERS; i++) {
		for (int window = 0; window < SIM_WINDOWS; window++) {
			if (owners & 1u << i && tenant->owners[i].limits[window] >= 0)
				return true;
		}
	}
	return false;
}

static void
take_owner(struct sim_truth *act, struct bh_uuid *out, enum sim_owner_number owner)
{
	*out = sim_owner_id(owner);
	act->owners |= 1u << owner;
}

static void
fill(struct sim_process *process, struct sim_truth *act, size_t number)
{
	struct meter_slot *slot = act->slot;

	slot->act = sim_id(number);
	slot->kind = METER_CHAT;
	slot->prices[METER_INPUT] = 1000000; /* a token costs a nano */
	slot->price_known = true;
	act->owners = 1u << SIM_SELF;
	if (sim_random(2) == 0)
		take_owner(act, &slot->team, SIM_TEAM);
	if (sim_random(3) > 0)
		take_owner(act, &slot->user, SIM_USER);
	if (sim_random(3) > 0)
		take_owner(act, &slot->key, sim_random(2) ? SIM_KEY : SIM_OTHER_KEY);
	act->by = process;
	act->owner = process->owner;
	act->nanos = 15 + (int64_t)sim_random(40);
	act->cost = (int64_t)sim_random((uint64_t)act->nanos + 1);
	act->lost_cost = act->cost / 2;
	act->is_bound = is_bound(sim_tenant_of(number), act->owners);
	slot->most[METER_INPUT] = act->nanos;
	if (sim_random(12) == 0)
		sim_books_spoil(number);
	if (sim_random(6) == 0)
		sim_books_remote(number);
}

static void
begin(struct sim_process *process)
{
	struct bh_arena arena = {0};
	size_t number = sim_world.begun;
	size_t tenant = sim_tenant_of(number);
	struct sim_truth *act = &sim_world.acts[number];
	struct bh_uuid id = sim_id(tenant);
	struct bh_db db = db_of(process, &arena, tenant);
	struct meter_refusal refusal = {0};
	int rc;

	if (number == SIM_ACTS || process->is_admitting)
		return;
	sim_world.begun++;
	BH_ASSERT(meter_slots_take(process->slots, &id, &act->slot) == 0);
	fill(process, act, number);
	if (!act->is_bound) {
		meter_settle_begin(act->slot);
		act->fate = SIM_FATE_ADMITTED;
		return;
	}
	act->fate = SIM_FATE_UNKNOWN;
	process->is_admitting = true;
	rc = meter_settle_admit(process->settle, &db, act->slot, 0, &refusal);
	bh_arena_close(&arena);
	if (!process->is_alive)
		return;
	process->is_admitting = false;
	if (rc < 0)
		act->fate = rc == BH_E_DB_DOWN ? SIM_FATE_REFUSED : SIM_FATE_FAILED;
	else
		act->fate = refusal.span == METER_ADMITTED ? SIM_FATE_ADMITTED : SIM_FATE_REFUSED;
	sim_world.admitted += act->fate == SIM_FATE_ADMITTED;
	sim_world.refused[refusal.span] += rc == 0;
	if (act->fate == SIM_FATE_ADMITTED)
		sim_check_promises(tenant);
}

static void
end(struct sim_process *process)
{
	for (size_t i = 0; i < sim_world.begun; i++) {
		struct sim_truth *act = &sim_world.acts[(i + sim_world.seed) % sim_world.begun];

		if (act->fate != SIM_FATE_ADMITTED || act->is_ended || act->owner != process->owner ||
			(!sim_world.calm && sim_random(2) == 0))
			continue;
		act->slot->used[METER_INPUT] = act->cost;
		act->is_ended = true;
		(void)meter_settle_end(process->settle, act->slot);
		return;
	}
}

static void
write_rows(struct sim_process *process)
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
sweep(struct sim_process *process)
{
	struct bh_arena arena = {0};
	struct bh_db db = db_of(process, &arena, 0);
	struct meter_slot *slot;
	size_t at = 0;

	while ((slot = meter_settle_adopt(process->settle, &at)) != NULL) {
		slot->used[METER_INPUT] = slot->is_made ? sim_world.acts[sim_number(&slot->act)].lost_cost
												: 0;
		sim_world.acts[sim_number(&slot->act)].is_lost = true;
		slot->status = METER_LOST;
		(void)meter_settle_end(process->settle, slot);
	}
	if (meter_settle_renew(process->settle, &db, METER_RENEW_MS * (int64_t)(1 + sim_random(3))) < 0)
		bh_error_clear();
	meter_settle_judges(process->settle, sim_random(2) == 0);
	if (meter_settle_bury(process->settle, &db) < 0)
		bh_error_clear();
	bh_arena_close(&arena);
}

/* ---- what befalls them ---- */

static void
kill_one(struct sim_process *process)
{
	if (!process->is_alive)
		return;
	sim_world.kills++;
	process->is_alive = false;
	if (process->frame == NULL)
		bury(process);
}

/* A machine without power: the slots of a process that is dead are gone before anybody saw them. */
static void
lose_slots(void)
{
	struct meter_slot *slots = sim_file_slots();

	for (size_t i = 0; i < sim_world.begun; i++) {
		struct sim_truth *act = &sim_world.acts[i];

		if (is_alive(act->owner) || act->fate == SIM_FATE_REFUSED || sim_is_recorded(i))
			continue;
		for (size_t k = 0; k < SIM_SLOTS; k++) {
			/* One that a sweeper has taken over has another owner, who lives or will be followed. */
			if (slots[k].state == METER_SLOT_FREE || slots[k].owner != act->owner ||
				sim_number(&slots[k].act) != i)
				continue;
			slots[k].owner = 0;
			slots[k].state = METER_SLOT_FREE;
			act->fate = SIM_FATE_VANISHED;
		}
	}
}

static void
befall(void)
{
	static const int64_t jumps[] = {SIM_MINUTE, SIM_HOUR, -SIM_HOUR, 2 * SIM_HOUR, -2 * SIM_HOUR,
		SIM_DAY_MS, -SIM_DAY_MS, 9 * SIM_DAY_MS, -9 * SIM_DAY_MS};

	switch (sim_random(8)) {
	case 0:
		sim_world.crashes++;
		sim_books_crash();
		break;
	case 1:
	case 2:
		kill_one(&sim_world.processes[sim_random(SIM_PROCESSES)]);
		break;
	case 3:
	case 4:
		sim_world.jumps++;
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
	struct sim_process *process = &sim_world.processes[sim_random(SIM_PROCESSES)];

	sim_world.depth++;
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
	sim_world.depth--;
}

static void
meanwhile(struct sim_pool *pool)
{
	(void)pool;
	if (sim_world.calm || sim_world.depth >= DEPTH)
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
	struct sim_process *process = &sim_world.processes[0];

	sim_world.calm = true;
	sim_books_calm();
	sim_books_late();
	for (size_t i = 1; i < SIM_PROCESSES; i++)
		kill_one(&sim_world.processes[i]);
	if (!process->is_alive)
		start(process);
	for (size_t i = 0; i < SIM_ACTS; i++)
		act(process, end);
	for (size_t i = 0; i < 4; i++) {
		act(process, sweep);
		act(process, write_rows);
	}
	for (size_t i = 1; i < SIM_PROCESSES; i++) {
		if (sim_world.processes[i].settle != NULL)
			bury(&sim_world.processes[i]);
	}
}

/* Each limit is there or not, and holds two or three acts. */
static void
limit_some(size_t tenant, uint64_t one_in)
{
	for (size_t owner = 0; owner < SIM_OWNERS; owner++) {
		for (int window = 0; window < SIM_WINDOWS; window++) {
			if (sim_random(one_in) == 0)
				sim_books_limit(tenant, owner, (enum sim_window)window,
					60 + (int64_t)sim_random(60) + 10 * window);
		}
	}
}

static void
arrange(void)
{
	limit_some(SIM_LIMITED, 5);
	limit_some(SIM_PREPAID, 12);
	sim_books_prepaid(SIM_PREPAID);
	sim_books_fund(SIM_PREPAID, -1, 40 + (int64_t)sim_random(40), SIM_NEVER);
	sim_books_fund(SIM_PREPAID, -1, 40 + (int64_t)sim_random(40), SIM_NEVER);
	limit_some(SIM_MIXED, 9);
	if (sim_random(3) > 0)
		sim_books_prepaid(SIM_MIXED);
	sim_books_fund(SIM_MIXED, METER_INPUT, 20 + (int64_t)sim_random(60), SIM_NEVER);
	sim_books_fund(SIM_MIXED, -1, 60, sim_books_now() + SIM_HOUR * (1 + (int64_t)sim_random(24)));
	sim_books_fund(SIM_MIXED, -1, (int64_t)sim_random(60), SIM_NEVER);
}

static void
simulate(uint64_t seed)
{
	const struct sim_listener listener = {meanwhile, pool_lives, is_seen, pool_returns};

	sim_world.seed = seed;
	sim_world.calm = false;
	sim_world.begun = sim_world.depth = 0;
	memset(sim_world.acts, 0, sizeof(sim_world.acts));
	sim_file_clear();
	sim_books_open(seed, &listener);
	arrange();
	for (size_t i = 0; i < SIM_PROCESSES; i++)
		start(&sim_world.processes[i]);
	for (size_t i = 0; i < STEPS; i++) {
		step();
		if (sim_random(10) == 0)
			befall();
	}
	come_to_rest();
	sim_check();
	bury(&sim_world.processes[0]);
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
		(sim_world.admitted < seeds || sim_world.quarantined < seeds / 4 ||
			sim_world.kills < seeds / 2 || sim_world.crashes < seeds / 4 ||
			sim_world.jumps < seeds / 2 || sim_world.repeated < seeds / 4 ||
			sim_world.charged < seeds / 20 || sim_world.owed < seeds / 100))
		sim_wrong("too little has happened", 0);
	for (int span = METER_DAY; span <= METER_BALANCE; span++) {
		if (seeds >= 100 && sim_world.refused[span] < seeds / 20)
			sim_wrong("too little was refused", (size_t)span);
	}
}

static void
each_act_has_one_event_and_the_money_is_right_whatever_happens(void **state)
{
	(void)state;
	simulate_all(SEEDS, 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_act_has_one_event_and_the_money_is_right_whatever_happens),
	};
	uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : SEEDS;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	bh_log_open("simulation", BH_LOG_ERROR + 1);
	sim_world.is_test = argc == 1;
	if (sim_world.is_test)
		return cmocka_run_group_tests_name("meter/simulation", tests, NULL, NULL);
	simulate_all(seeds, first);
	printf("%llu seeds: 0 lost, 0 doubled; %llu admitted under limits, refused by day %llu, month "
		   "%llu, "
		   "total %llu, balance %llu; %llu charged, %llu in debt, %llu in quarantine; %llu kills, "
		   "%llu crashes of the "
		   "server, %llu jumps of the clock, %llu statements repeated\n",
		(unsigned long long)seeds, (unsigned long long)sim_world.admitted,
		(unsigned long long)sim_world.refused[METER_DAY],
		(unsigned long long)sim_world.refused[METER_MONTH],
		(unsigned long long)sim_world.refused[METER_TOTAL],
		(unsigned long long)sim_world.refused[METER_BALANCE], (unsigned long long)sim_world.charged,
		(unsigned long long)sim_world.owed, (unsigned long long)sim_world.quarantined,
		(unsigned long long)sim_world.kills, (unsigned long long)sim_world.crashes,
		(unsigned long long)sim_world.jumps, (unsigned long long)sim_world.repeated);
	return 0;
}
