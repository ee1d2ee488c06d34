/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_world.h: what the simulation knows beside its database: its processes, and what really happened to each
 * act. For test_simulation.c and simulated_check.c alone. */
#ifndef BH_METER_SIMULATED_WORLD_H
#define BH_METER_SIMULATED_WORLD_H

#include "meter/settle.h"
#include "meter/simulated_books.h"

enum { SIM_PROCESSES = 2 };

/* One has limits in all scopes; one pays beforehand, and what it is promised can be told exactly; of the third
 * some is included and some ends, so that only sums can be told. */
enum { SIM_LIMITED, SIM_PREPAID, SIM_MIXED };

/* An act of a process. When it is killed meanwhile, what its code still writes did not happen. */
struct sim_frame {
	struct sim_frame *outer;
	char *shared; /* owned: the shared file when the killed process went on */
};

struct sim_process {
	struct sim_pool pool; /* first: the database knows a process by it */
	uint64_t owner;
	bool is_alive;
	struct meter_slots *slots;
	struct meter_settle *settle;
	struct sim_frame *frame;
	bool is_admitting, is_writing;
};

/* What really happened to an act. */
enum sim_fate {
	SIM_FATE_NONE,     /* not begun */
	SIM_FATE_UNKNOWN,  /* being admitted, or killed in it */
	SIM_FATE_REFUSED,  /* for want of money or of a database, and told so */
	SIM_FATE_FAILED,   /* told that nobody knows: not made */
	SIM_FATE_ADMITTED, /* in flight, or ended */
	SIM_FATE_VANISHED  /* its machine has lost its slot */
};

struct sim_truth {
	enum sim_fate fate;
	bool is_ended; /* with its full cost */
	bool is_lost;  /* with what was counted */
	int64_t nanos, cost, lost_cost;
	unsigned owners; /* a bit for each that it counts for */
	bool is_bound;   /* it needs a reservation */
	struct meter_slot *slot;
	struct sim_process *by;
	uint64_t owner; /* the process that began it */
};

struct sim_world {
	struct sim_process processes[SIM_PROCESSES];
	uint64_t owners; /* given so far */
	struct sim_truth acts[SIM_ACTS];
	size_t begun;
	size_t depth;
	bool calm, is_test;
	uint64_t seed;
	uint64_t kills, crashes, jumps, quarantined, admitted, repeated, charged, owed;
	uint64_t refused[METER_PRICE + 1]; /* by span */
};
extern struct sim_world sim_world;

static inline size_t
sim_tenant_of(size_t act)
{
	return act % SIM_TENANTS;
}

static inline bool
sim_is_recorded(size_t act)
{
	return sim_books()->acts[act].is_written || sim_books()->acts[act].is_quarantined;
}

/* Tells the seed, and ends the test. */
_Noreturn void sim_wrong(const char *what, size_t act);

/* An act that is admitted now may have been promised its money before others: they are looked at again. */
void sim_check_promises(size_t tenant);
/* The whole world, when it has come to rest. */
void sim_check(void);

#endif
