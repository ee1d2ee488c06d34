/* SPDX-License-Identifier: Apache-2.0 */
/* turns.h: whose call an engine takes next: by tenant, round robin over tokens. No thread, no clock: the
 * caller locks, and time is an argument.
 *
 * Each tenant has a clock that runs by the tokens its calls take; the tenant whose clock is furthest
 * behind is next, and within a tenant the call that came first. A tenant that returns after a pause
 * starts level with the one that is furthest behind, so that turns cannot be saved up. A call is charged
 * what its input takes when it begins and the rest when it ends. Nothing is given back: tenants that
 * arrived in the meantime started level with the charge, and would then be behind the charged tenant
 * again.
 *
 * There are two lanes with clocks of the same kind between them. While both wait, calls of a service's
 * own accord (a document being embedded) get a quarter of the tokens. */
#ifndef BH_MODEL_TURNS_H
#define BH_MODEL_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

enum model_lane { MODEL_FOREGROUND, MODEL_BACKGROUND, MODEL_LANES };

/* One call. Owned by the caller, who neither moves nor frees it while it waits. */
struct model_turn {
	struct bh_uuid tenant;
	enum model_lane lane;
	int64_t tokens;          /* of its input; at least 1 */
	struct model_turn *next; /* in its tenant's queue */
};

struct model_turns_flow {
	struct model_turn *first, *last; /* borrowed: those that wait */
	int64_t clock;                   /* tokens charged */
	size_t waiting, running;
	uint64_t served; /* number of its latest turn; 0: none */
};

struct model_turns_tenant {
	struct bh_uuid tenant;
	struct model_turns_flow flows[MODEL_LANES];
};

/* Zeroed means no places and nobody there. */
struct model_turns {
	size_t places; /* calls that may run at once */
	bool keep_one; /* the last free place is for a tenant that runs nothing, if there are several */
	size_t running, waiting;
	uint64_t n_served;
	int64_t lane_clocks[MODEL_LANES];
	int64_t level[MODEL_LANES];         /* the clock furthest behind when it was last asked for */
	struct model_turns_tenant *tenants; /* owned: those that wait, run, or are ahead of others */
	size_t n_tenants, room;
	int64_t seen_us;             /* of the last event */
	int64_t busy_us, done_calls; /* the measured rate, older times counting less */
};

void model_turns_close(struct model_turns *turns);

/* The call waits from here on. BH_E_MEMORY. */
BH_MUST_CHECK int model_turns_add(struct model_turns *turns, struct model_turn *turn);

/* The call that may run now, which no longer waits then; NULL: none, or no place. To be asked until it is
 * NULL, after whatever gives a place or a call. */
struct model_turn *model_turns_next(struct model_turns *turns, int64_t now_us);

/* A call that waits gives up. */
void model_turns_leave(struct model_turns *turns, struct model_turn *turn);

/* A call that ran is over and has taken `used` tokens, input and output. */
void model_turns_end(struct model_turns *turns, const struct model_turn *turn, int64_t used,
	int64_t now_us);

/* Calls of the tenant that wait, in both lanes. */
size_t model_turns_waiting(const struct model_turns *turns, const struct bh_uuid *tenant);

/* The place in its tenant's queue, from 1, of a call that waits. */
size_t model_turns_position(const struct model_turns *turns, const struct model_turn *turn);

/* How long a new call of the tenant would wait, by the rate measured so far. At least 100 ms. */
int64_t model_turns_wait_ms(const struct model_turns *turns, const struct bh_uuid *tenant,
	enum model_lane lane);

#endif
