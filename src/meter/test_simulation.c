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
#include "meter/settle.h"
#include "meter/simulated_books.h"
#include "meter/simulated_file.h"

enum { SEEDS = 3000, PROCESSES = 2, STEPS = 100, DEPTH = 3 };

/* One has limits in all scopes; one pays beforehand, and what it is promised can be told exactly; of the third
 * some is included and some ends, so that only sums can be told. */
enum { LIMITED, PREPAID, MIXED };

/* An act of a process. When it is killed meanwhile, what its code still writes did not happen. */
struct frame {
	struct frame *outer;
	char *shared; /* owned: the shared file when the killed process went on */
};

struct process {
	struct sim_pool pool; /* first: the database knows a process by it */
	uint64_t owner;
	bool is_alive;
	struct meter_slots *slots;
	struct meter_settle *settle;
	struct frame *frame;
	bool is_admitting, is_writing;
};

/* What really happened to an act. */
enum fate {
	FATE_NONE,     /* not begun */
	FATE_UNKNOWN,  /* being admitted, or killed in it */
	FATE_REFUSED,  /* for want of money or of a database, and told so */
	FATE_FAILED,   /* told that nobody knows: not made */
	FATE_ADMITTED, /* in flight, or ended */
	FATE_VANISHED  /* its machine has lost its slot */
};

struct act {
	enum fate fate;
	bool is_ended; /* with its full cost */
	bool is_lost;  /* with what was counted */
	int64_t nanos, cost, lost_cost;
	unsigned owners; /* a bit for each that it counts for */
	bool is_bound;   /* it needs a reservation */
	struct meter_slot *slot;
	struct process *by;
	uint64_t owner; /* the process that began it */
};

static struct {
	struct process processes[PROCESSES];
	uint64_t owners; /* given so far */
	struct act acts[SIM_ACTS];
	size_t begun;
	size_t depth;
	bool calm, is_test;
	uint64_t seed;
	uint64_t kills, crashes, jumps, quarantined, admitted, repeated, charged, owed;
	uint64_t refused[METER_PRICE + 1]; /* by span */
} world;

_Noreturn static void
wrong(const char *what, size_t act)
{
	fprintf(stderr, "seed %llu: %s (act %zu)\n", (unsigned long long)world.seed, what, act);
	if (world.is_test)
		fail();
	exit(1);
}

static size_t
tenant_of(size_t act)
{
	return act % SIM_TENANTS;
}

static bool
is_recorded(size_t act)
{
	return sim_books()->acts[act].is_written || sim_books()->acts[act].is_quarantined;
}

/* ---- what an admission may rest on ---- */

/* What an act in flight may cost still; what it cost, once it has ended. */
static int64_t
promised(const struct act *act)
{
	if (act->is_ended)
		return act->cost;
	return act->is_lost ? act->lost_cost : act->nanos;
}

/* Whether two days lie in one window. */
static bool
is_same(enum sim_window window, int64_t day, int64_t other)
{
	if (window == SIM_MONTH)
		return day / SIM_MONTH_DAYS == other / SIM_MONTH_DAYS;
	return window == SIM_TOTAL || day == other;
}

/* What one of those acts that reserved before `act`, or itself, takes of its window: its cost, or while it is in
 * flight what it may cost: however much of it the database has lost at the moment, it was promised. */
static int64_t
taken(size_t i, size_t act, enum sim_window window)
{
	const struct sim_act *row = &sim_books()->acts[i];
	int64_t day = sim_books_reserved_day(act);

	if (sim_books_reserved_order(i) == 0 ||
		sim_books_reserved_order(i) > sim_books_reserved_order(act))
		return 0;
	/* Nobody had vouched for it, and another window was charged for what it was promised. */
	if (row->expired_day >= 0 && !is_same(window, row->expired_day, day))
		return 0;
	if (is_recorded(i))
		return is_same(window, row->day, day) ? row->cost : 0;
	/* One that was charged though it has ended is settled yet, and its charge given back. */
	if (world.acts[i].fate == FATE_ADMITTED)
		return promised(&world.acts[i]);
	return row->reservation == SIM_CHARGED ? world.acts[i].nanos : 0;
}

static void
check_limits(size_t act)
{
	const struct sim_tenant *tenant = &sim_books()->tenants[tenant_of(act)];

	for (size_t owner = 0; owner < SIM_OWNERS; owner++) {
		if (!(world.acts[act].owners & 1u << owner))
			continue;
		for (int window = 0; window < SIM_WINDOWS; window++) {
			int64_t limit = tenant->owners[owner].limits[window], sum = 0;

			for (size_t i = tenant_of(act); limit >= 0 && i < SIM_ACTS; i += SIM_TENANTS) {
				if (world.acts[i].owners & 1u << owner)
					sum += taken(i, act, (enum sim_window)window);
			}
			if (limit >= 0 && sum > limit)
				wrong("admitted beyond a limit", act);
		}
	}
}

static void
check_balance(size_t act)
{
	const struct sim_tenant *tenant = &sim_books()->tenants[tenant_of(act)];
	int64_t left = 0;

	for (size_t f = 0; f < tenant->n_funds; f++)
		left += tenant->funds[f].amount;
	for (size_t i = tenant_of(act); i < SIM_ACTS; i += SIM_TENANTS)
		left -= taken(i, act, SIM_TOTAL);
	if (left < 0)
		wrong("admitted beyond the balance", act);
}

/* An act that is admitted now may have been promised its money before others: they are looked at again. */
static void
check_promises(size_t tenant)
{
	if (tenant == MIXED)
		return;
	for (size_t i = tenant; i < SIM_ACTS; i += SIM_TENANTS) {
		if (world.acts[i].fate != FATE_ADMITTED || !world.acts[i].is_bound)
			continue;
		check_limits(i);
		if (tenant == PREPAID)
			check_balance(i);
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
	const struct meter_slots_as as = {++world.owners, is_alive, SIM_SLOTS, 0};

	process->owner = as.owner;
	process->is_alive = true;
	process->is_admitting = process->is_writing = false;
	process->pool = (struct sim_pool){.idle_life = -1};
	BH_ASSERT(meter_slots_open_as(sim_file_path(), &as, &process->slots) == 0);
	BH_ASSERT(meter_settle_open(process->slots, &process->settle) == 0);
}

static void
bury(struct process *process)
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
take_owner(struct act *act, struct bh_uuid *out, enum sim_owner_number owner)
{
	*out = sim_owner_id(owner);
	act->owners |= 1u << owner;
}

static void
fill(struct process *process, struct act *act, size_t number)
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
	act->is_bound = is_bound(tenant_of(number), act->owners);
	slot->most[METER_INPUT] = act->nanos;
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
	struct act *act = &world.acts[number];
	struct bh_uuid id = sim_id(tenant);
	struct bh_db db = db_of(process, &arena, tenant);
	struct meter_refusal refusal = {0};
	int rc;

	if (number == SIM_ACTS || process->is_admitting)
		return;
	world.begun++;
	BH_ASSERT(meter_slots_take(process->slots, &id, &act->slot) == 0);
	fill(process, act, number);
	if (!act->is_bound) {
		meter_settle_begin(act->slot);
		act->fate = FATE_ADMITTED;
		return;
	}
	act->fate = FATE_UNKNOWN;
	process->is_admitting = true;
	rc = meter_settle_admit(process->settle, &db, act->slot, 0, &refusal);
	bh_arena_close(&arena);
	if (!process->is_alive)
		return;
	process->is_admitting = false;
	if (rc < 0)
		act->fate = rc == BH_E_DB_DOWN ? FATE_REFUSED : FATE_FAILED;
	else
		act->fate = refusal.span == METER_ADMITTED ? FATE_ADMITTED : FATE_REFUSED;
	world.admitted += act->fate == FATE_ADMITTED;
	world.refused[refusal.span] += rc == 0;
	if (act->fate == FATE_ADMITTED)
		check_promises(tenant);
}

static void
end(struct process *process)
{
	for (size_t i = 0; i < world.begun; i++) {
		struct act *act = &world.acts[(i + world.seed) % world.begun];

		if (act->fate != FATE_ADMITTED || act->is_ended || act->owner != process->owner ||
			(!world.calm && sim_random(2) == 0))
			continue;
		act->slot->used[METER_INPUT] = act->cost;
		act->is_ended = true;
		(void)meter_settle_end(process->settle, act->slot);
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
		slot->used[METER_INPUT] = slot->is_made ? world.acts[sim_number(&slot->act)].lost_cost : 0;
		world.acts[sim_number(&slot->act)].is_lost = true;
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
		struct act *act = &world.acts[i];

		if (is_alive(act->owner) || act->fate == FATE_REFUSED || is_recorded(i))
			continue;
		for (size_t k = 0; k < SIM_SLOTS; k++) {
			/* One that a sweeper has taken over has another owner, who lives or will be followed. */
			if (slots[k].state == METER_SLOT_FREE || slots[k].owner != act->owner ||
				sim_number(&slots[k].act) != i)
				continue;
			slots[k].owner = 0;
			slots[k].state = METER_SLOT_FREE;
			act->fate = FATE_VANISHED;
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
	for (size_t i = 0; i < SIM_ACTS; i++)
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
check_act(size_t number)
{
	const struct act *act = &world.acts[number];
	const struct sim_act *row = &sim_books()->acts[number];
	int64_t used = act->fate != FATE_ADMITTED ? 0 : act->is_ended ? act->cost : act->lost_cost;

	if (row->is_written && row->is_quarantined)
		wrong("written and quarantined", number);
	if (act->fate == FATE_NONE || act->fate == FATE_REFUSED) {
		if (is_recorded(number))
			wrong("an event of an act that was not made", number);
		return;
	}
	if (act->fate == FATE_VANISHED)
		return;
	if (!is_recorded(number))
		wrong("an act without an event", number);
	/* What is included takes off what it costs. */
	if (tenant_of(number) == MIXED ? row->cost > used : row->cost != used)
		wrong("an event of another cost", number);
	if (row->spenders != act->owners)
		wrong("an event of other owners", number);
	if (row->reservation == SIM_CHARGED)
		wrong("settled, and charged as well", number);
}

/* What the acts of a tenant say that an owner has spent, by day, and reserved. */
static void
check_owner(size_t tenant, size_t number)
{
	const struct sim_owner *owner = &sim_books()->tenants[tenant].owners[number];
	int64_t days[SIM_DAYS] = {0}, sums[SIM_WINDOWS] = {0}, reserved = 0;

	for (size_t i = tenant; i < SIM_ACTS; i += SIM_TENANTS) {
		const struct sim_act *act = &sim_books()->acts[i];

		if (is_recorded(i) && act->spenders & 1u << number)
			days[act->day] += act->cost;
		if (!(act->owners & 1u << number))
			continue;
		if (act->reservation == SIM_CHARGED)
			days[act->expired_day] += act->nanos;
		if (act->reservation == SIM_HELD)
			reserved += act->nanos;
	}
	for (int64_t day = 0; day < SIM_DAYS; day++) {
		if (owner->days[day] != days[day])
			wrong("a day's sum is not that of its acts", tenant);
		for (int window = 0; window < SIM_WINDOWS; window++) {
			if (is_same((enum sim_window)window, day, sim_books()->tenants[tenant].day))
				sums[window] += days[day];
		}
	}
	for (int window = 0; window < SIM_WINDOWS; window++) {
		if (owner->spent[window] != sums[window])
			wrong("what is spent is not the sum of the window's days", tenant);
	}
	if (owner->reserved != reserved)
		wrong("what is reserved is not the sum of reservations", tenant);
}

static void
check_funds(size_t number)
{
	const struct sim_tenant *tenant = &sim_books()->tenants[number];
	int64_t owed = -tenant->repaid;

	for (size_t i = number; i < SIM_ACTS; i += SIM_TENANTS) {
		if (is_recorded(i) && tenant->prepaid)
			owed += sim_books()->acts[i].cost - sim_books()->acts[i].covered;
	}
	if (tenant->owed != owed || owed < 0)
		wrong("what is owed is not what credits did not cover", number);
	world.owed += owed > 0 || tenant->repaid > 0;
	for (size_t f = 0; f < tenant->n_funds; f++) {
		int64_t drawn = sim_books()->repaid[number][f], held = 0;

		for (size_t i = number; i < SIM_ACTS; i += SIM_TENANTS) {
			const struct sim_act *act = &sim_books()->acts[i];

			drawn += act->drawn[f];
			drawn += act->reservation == SIM_CHARGED ? act->held[f] : 0;
			held += act->reservation == SIM_HELD ? act->held[f] : 0;
		}
		if (tenant->funds[f].amount != tenant->funds[f].remains + drawn)
			wrong("a fund is not what remains of it and what was drawn", number);
		if (tenant->funds[f].held != held)
			wrong("what is held of a fund is not what reservations hold", number);
	}
}

static void
check(void)
{
	struct meter_slot *slot;
	size_t at = 0;

	if ((slot = meter_slots_next(world.processes[0].slots, &at)) != NULL)
		wrong("a slot is still in use", sim_number(&slot->act));
	for (size_t i = 0; i < SIM_ACTS; i++) {
		check_act(i);
		world.quarantined += sim_books()->acts[i].is_quarantined;
	}
	for (size_t i = 0; i < SIM_ACTS; i++)
		world.charged += sim_books()->acts[i].expired_day >= 0;
	for (size_t i = 0; i < SIM_TENANTS; i++) {
		for (size_t owner = 0; owner < SIM_OWNERS; owner++)
			check_owner(i, owner);
		check_funds(i);
	}
	world.repeated += sim_books_repeated();
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
	limit_some(LIMITED, 5);
	limit_some(PREPAID, 12);
	sim_books_prepaid(PREPAID);
	sim_books_fund(PREPAID, -1, 40 + (int64_t)sim_random(40), SIM_NEVER);
	sim_books_fund(PREPAID, -1, 40 + (int64_t)sim_random(40), SIM_NEVER);
	limit_some(MIXED, 9);
	if (sim_random(3) > 0)
		sim_books_prepaid(MIXED);
	sim_books_fund(MIXED, METER_INPUT, 20 + (int64_t)sim_random(60), SIM_NEVER);
	sim_books_fund(MIXED, -1, 60, sim_books_now() + SIM_HOUR * (1 + (int64_t)sim_random(24)));
	sim_books_fund(MIXED, -1, (int64_t)sim_random(60), SIM_NEVER);
}

static void
simulate(uint64_t seed)
{
	const struct sim_listener listener = {meanwhile, pool_lives, pool_returns};

	world.seed = seed;
	world.calm = false;
	world.begun = world.depth = 0;
	memset(world.acts, 0, sizeof(world.acts));
	sim_file_clear();
	sim_books_open(seed, &listener);
	arrange();
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
			world.crashes < seeds / 4 || world.jumps < seeds / 2 || world.repeated < seeds / 4 ||
			world.charged < seeds / 20 || world.owed < seeds / 100))
		wrong("too little has happened", 0);
	for (int span = METER_DAY; span <= METER_BALANCE; span++) {
		if (seeds >= 100 && world.refused[span] < seeds / 20)
			wrong("too little was refused", (size_t)span);
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
	world.is_test = argc == 1;
	if (world.is_test)
		return cmocka_run_group_tests_name("meter/simulation", tests, NULL, NULL);
	simulate_all(seeds, first);
	printf("%llu seeds: 0 lost, 0 doubled; %llu admitted under limits, refused by day %llu, month "
		   "%llu, "
		   "total %llu, balance %llu; %llu charged, %llu in debt, %llu in quarantine; %llu kills, "
		   "%llu crashes of the "
		   "server, %llu jumps of the clock, %llu statements repeated\n",
		(unsigned long long)seeds, (unsigned long long)world.admitted,
		(unsigned long long)world.refused[METER_DAY],
		(unsigned long long)world.refused[METER_MONTH],
		(unsigned long long)world.refused[METER_TOTAL],
		(unsigned long long)world.refused[METER_BALANCE], (unsigned long long)world.charged,
		(unsigned long long)world.owed, (unsigned long long)world.quarantined,
		(unsigned long long)world.kills, (unsigned long long)world.crashes,
		(unsigned long long)world.jumps, (unsigned long long)world.repeated);
	return 0;
}
