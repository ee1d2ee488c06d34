/* SPDX-License-Identifier: Apache-2.0 */
/* turns.c: clocks of tenants and lanes; the one furthest behind is next. */
#include "model/turns.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum {
	TENANTS_MOST = 4096,    /* remembered while they do nothing */
	RATE_US = 60 * 1000000, /* older work counts half */
	WAIT_MS_LEAST = 100,    /* what a client is told to wait */
	WAIT_MS_UNKNOWN = 1000  /* and while nothing was measured */
};

/* A token in the background counts as this many: when both lanes wait it gets a quarter of them. */
static const int64_t lane_cost[MODEL_LANES] = {1, 3};

void
model_turns_close(struct model_turns *turns)
{
	free(turns->tenants);
	*turns = (struct model_turns){0};
}

static bool
is_active(const struct model_turns_flow *flow)
{
	return flow->waiting > 0 || flow->running > 0;
}

/* The clock furthest behind of those that wait or run in the lane. False when there is none. */
static bool
lane_floor(const struct model_turns *turns, enum model_lane lane, int64_t *out)
{
	bool any = false;

	for (size_t i = 0; i < turns->n_tenants; i++) {
		const struct model_turns_flow *flow = &turns->tenants[i].flows[lane];

		if (!is_active(flow) || (any && flow->clock >= *out))
			continue;
		*out = flow->clock;
		any = true;
	}
	return any;
}

static struct model_turns_tenant *
tenant_find(const struct model_turns *turns, const struct bh_uuid *tenant)
{
	for (size_t i = 0; i < turns->n_tenants; i++) {
		if (bh_uuid_equal(&turns->tenants[i].tenant, tenant))
			return &turns->tenants[i];
	}
	return NULL;
}

/* Where somebody starts who comes to the lane now. It never goes back. */
static int64_t
lane_level(struct model_turns *turns, enum model_lane lane)
{
	int64_t floor = 0;

	if (lane_floor(turns, lane, &floor) && floor > turns->level[lane])
		turns->level[lane] = floor;
	return turns->level[lane];
}

/* Forgets who does nothing and is ahead of nobody: coming back, they would start level all the same. */
static void
tenants_sweep(struct model_turns *turns)
{
	int64_t levels[MODEL_LANES];
	size_t kept = 0;

	for (size_t lane = 0; lane < MODEL_LANES; lane++)
		levels[lane] = lane_level(turns, (enum model_lane)lane);
	for (size_t i = 0; i < turns->n_tenants; i++) {
		const struct model_turns_flow *flows = turns->tenants[i].flows;
		bool active = is_active(&flows[0]) || is_active(&flows[1]);
		bool ahead = flows[0].clock > levels[0] || flows[1].clock > levels[1];

		if (active || (ahead && turns->n_tenants < TENANTS_MOST))
			turns->tenants[kept++] = turns->tenants[i];
	}
	turns->n_tenants = kept;
}

static struct model_turns_tenant *
tenant_get(struct model_turns *turns, const struct bh_uuid *tenant)
{
	struct model_turns_tenant *found = tenant_find(turns, tenant);

	if (found != NULL)
		return found;
	tenants_sweep(turns);
	if (turns->n_tenants == turns->room) {
		size_t room = turns->room == 0 ? 8 : turns->room * 2;
		struct model_turns_tenant *more = realloc(turns->tenants, room * sizeof(*more));

		if (more == NULL)
			return NULL;
		turns->tenants = more;
		turns->room = room;
	}
	found = &turns->tenants[turns->n_tenants++];
	*found = (struct model_turns_tenant){.tenant = *tenant};
	return found;
}

/* Who comes while doing nothing starts level; so does a lane in which nobody waits or runs. */
static void
clocks_lift(struct model_turns *turns, struct model_turns_flow *flow, enum model_lane lane)
{
	enum model_lane other = lane == MODEL_FOREGROUND ? MODEL_BACKGROUND : MODEL_FOREGROUND;
	int64_t level = lane_level(turns, lane);
	int64_t floor;

	if (is_active(flow))
		return;
	if (flow->clock < level)
		flow->clock = level;
	if (!lane_floor(turns, lane, &floor) && turns->lane_clocks[lane] < turns->lane_clocks[other])
		turns->lane_clocks[lane] = turns->lane_clocks[other];
}

int
model_turns_add(struct model_turns *turns, struct model_turn *turn)
{
	struct model_turns_tenant *tenant = tenant_get(turns, &turn->tenant);
	struct model_turns_flow *flow;

	if (tenant == NULL)
		return BH_E_MEMORY;
	flow = &tenant->flows[turn->lane];
	clocks_lift(turns, flow, turn->lane);
	turn->next = NULL;
	if (flow->last != NULL)
		flow->last->next = turn;
	else
		flow->first = turn;
	flow->last = turn;
	flow->waiting++;
	turns->waiting++;
	return 0;
}

static size_t
tenant_running(const struct model_turns_tenant *tenant)
{
	return tenant->flows[MODEL_FOREGROUND].running + tenant->flows[MODEL_BACKGROUND].running;
}

static bool
may_run(const struct model_turns *turns, const struct model_turns_tenant *tenant)
{
	size_t free_places = turns->places - turns->running;

	return !turns->keep_one || turns->places < 2 || free_places > 1 || tenant_running(tenant) == 0;
}

/* Level clocks: first who runs less, then who had a turn longest ago. */
static bool
comes_before(const struct model_turns_tenant *one, const struct model_turns_tenant *other,
	enum model_lane lane)
{
	const struct model_turns_flow *a = &one->flows[lane], *b = &other->flows[lane];

	if (a->clock != b->clock)
		return a->clock < b->clock;
	if (tenant_running(one) != tenant_running(other))
		return tenant_running(one) < tenant_running(other);
	return a->served < b->served;
}

static struct model_turns_tenant *
lane_next(const struct model_turns *turns, enum model_lane lane)
{
	struct model_turns_tenant *best = NULL;

	for (size_t i = 0; i < turns->n_tenants; i++) {
		struct model_turns_tenant *tenant = &turns->tenants[i];

		if (tenant->flows[lane].waiting == 0 || !may_run(turns, tenant))
			continue;
		if (best == NULL || comes_before(tenant, best, lane))
			best = tenant;
	}
	return best;
}

static void
flow_remove(struct model_turns *turns, struct model_turns_flow *flow, struct model_turn *turn)
{
	struct model_turn **link = &flow->first, *before = NULL;

	for (; *link != turn; link = &(*link)->next) {
		BH_ASSERT(*link != NULL);
		before = *link;
	}
	*link = turn->next;
	if (flow->last == turn)
		flow->last = before;
	flow->waiting--;
	turns->waiting--;
}

/* Work done until now is charged to the rate before the number of running calls changes. */
static void
rate_note(struct model_turns *turns, int64_t now_us)
{
	if (turns->running > 0 && now_us > turns->seen_us)
		turns->busy_us += now_us - turns->seen_us;
	turns->seen_us = now_us;
	while (turns->busy_us > RATE_US) {
		turns->busy_us /= 2;
		turns->done_calls /= 2;
	}
}

struct model_turn *
model_turns_next(struct model_turns *turns, int64_t now_us)
{
	struct model_turns_tenant *tenant, *background;
	enum model_lane lane = MODEL_FOREGROUND;
	struct model_turns_flow *flow;
	struct model_turn *turn;

	if (turns->waiting == 0 || turns->running >= turns->places)
		return NULL;
	tenant = lane_next(turns, MODEL_FOREGROUND);
	background = lane_next(turns, MODEL_BACKGROUND);
	if (tenant == NULL ||
		(background != NULL &&
			turns->lane_clocks[MODEL_BACKGROUND] < turns->lane_clocks[MODEL_FOREGROUND])) {
		tenant = background;
		lane = MODEL_BACKGROUND;
	}
	if (tenant == NULL)
		return NULL;
	rate_note(turns, now_us);
	flow = &tenant->flows[lane];
	turn = flow->first;
	flow_remove(turns, flow, turn);
	flow->running++;
	flow->served = ++turns->n_served;
	flow->clock += turn->tokens;
	turns->lane_clocks[lane] += turn->tokens * lane_cost[lane];
	turns->running++;
	return turn;
}

void
model_turns_leave(struct model_turns *turns, struct model_turn *turn)
{
	struct model_turns_tenant *tenant = tenant_find(turns, &turn->tenant);

	BH_ASSERT(tenant != NULL);
	flow_remove(turns, &tenant->flows[turn->lane], turn);
}

void
model_turns_end(struct model_turns *turns, const struct model_turn *turn, int64_t used,
	int64_t now_us)
{
	struct model_turns_tenant *tenant = tenant_find(turns, &turn->tenant);
	int64_t more = used > turn->tokens ? used - turn->tokens : 0;
	struct model_turns_flow *flow;

	BH_ASSERT(tenant != NULL && turns->running > 0);
	rate_note(turns, now_us);
	flow = &tenant->flows[turn->lane];
	BH_ASSERT(flow->running > 0);
	flow->clock += more;
	(void)lane_level(turns, turn->lane);
	flow->running--;
	turns->lane_clocks[turn->lane] += more * lane_cost[turn->lane];
	turns->running--;
	turns->done_calls++;
}

size_t
model_turns_waiting(const struct model_turns *turns, const struct bh_uuid *tenant)
{
	const struct model_turns_tenant *found = tenant_find(turns, tenant);

	return found == NULL
		? 0
		: found->flows[MODEL_FOREGROUND].waiting + found->flows[MODEL_BACKGROUND].waiting;
}

size_t
model_turns_position(const struct model_turns *turns, const struct model_turn *turn)
{
	const struct model_turns_tenant *tenant = tenant_find(turns, &turn->tenant);
	size_t position = 1;

	BH_ASSERT(tenant != NULL);
	for (const struct model_turn *at = tenant->flows[turn->lane].first; at != turn; at = at->next) {
		BH_ASSERT(at != NULL);
		position++;
	}
	return position;
}

/* Before it come its tenant's own calls, and as many of each other tenant at most. */
int64_t
model_turns_wait_ms(const struct model_turns *turns, const struct bh_uuid *tenant,
	enum model_lane lane)
{
	const struct model_turns_tenant *mine = tenant_find(turns, tenant);
	size_t own = mine != NULL ? mine->flows[lane].waiting : 0;
	size_t ahead = own + 1;
	double wait_ms = WAIT_MS_UNKNOWN;

	for (size_t i = 0; i < turns->n_tenants; i++) {
		size_t others = turns->tenants[i].flows[lane].waiting;

		if (&turns->tenants[i] != mine)
			ahead += others < own + 1 ? others : own + 1;
	}
	if (turns->done_calls > 0)
		wait_ms = (double)ahead * (double)turns->busy_us / (double)turns->done_calls / 1000;
	return wait_ms < WAIT_MS_LEAST ? WAIT_MS_LEAST : (int64_t)wait_ms;
}
