/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_books.c: each function does what its namesake of the database does, between two points at which others
 * act and connections break (simulated_server.c). */
#include "meter/simulated_books.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "meter/books.h"
#include "meter/simulated_money.h"
#include "meter/simulated_server.h"

/* What is kept of an act that ended: a slot's, for its process may be killed under the statement. */
struct ended {
	size_t act;
	unsigned spenders;
	int64_t prices[METER_LINES], used[METER_LINES];
};

static struct {
	struct sim_books *now; /* the server's */
	bool (*is_seen)(uint64_t instance);
	bool spoilt[SIM_ACTS], remote[SIM_ACTS];
	int64_t reserved_day[SIM_ACTS];
	uint64_t orders, reserved_order[SIM_ACTS], repeated;
	struct {
		bool is;
		size_t tenant;
		struct meter_wanted want;
		uint64_t instance;
	} late;
	struct {
		size_t tenant, count;
		struct ended ended[SIM_ACTS];
	} late_settle;
} sim;

struct bh_uuid
sim_id(size_t number)
{
	struct bh_uuid id = {.bytes = {(uint8_t)number, 1}};

	return id;
}

size_t
sim_number(const struct bh_uuid *id)
{
	BH_ASSERT(id->bytes[1] == 1 && id->bytes[0] < SIM_ACTS);
	return id->bytes[0];
}

struct bh_uuid
sim_owner_id(enum sim_owner_number owner)
{
	struct bh_uuid id = {.bytes = {(uint8_t)owner, 2}};

	return id;
}

void
sim_books_open(uint64_t seed, const struct sim_listener *listener)
{
	sim_server_open(seed, listener);
	memset(&sim, 0, sizeof(sim));
	sim.now = sim_server_books();
	sim.is_seen = listener->is_seen;
	for (size_t t = 0; t < SIM_TENANTS; t++) {
		for (size_t o = 0; o < SIM_OWNERS; o++) {
			for (int window = 0; window < SIM_WINDOWS; window++)
				sim.now->tenants[t].owners[o].limits[window] = -1;
		}
	}
	for (size_t i = 0; i < SIM_ACTS; i++)
		sim.now->acts[i].expired_day = -1;
	sim_server_durable();
}

const struct sim_books *
sim_books(void)
{
	return sim.now;
}

void
sim_books_limit(size_t tenant, size_t owner, enum sim_window window, int64_t limit)
{
	sim.now->tenants[tenant].owners[owner].limits[window] = limit;
	sim_server_durable();
}

void
sim_books_fund(size_t number, int64_t line, int64_t amount, int64_t ends_ms)
{
	struct sim_tenant *tenant = &sim.now->tenants[number];

	BH_ASSERT(tenant->n_funds < SIM_FUNDS);
	tenant->funds[tenant->n_funds++] = (struct sim_fund){line, ends_ms, amount, amount, 0};
	sim_server_durable();
}

void
sim_books_prepaid(size_t tenant)
{
	sim.now->tenants[tenant].prepaid = true;
	sim_server_durable();
}

void
sim_books_spoil(size_t act)
{
	sim.spoilt[act] = true;
}

void
sim_books_remote(size_t act)
{
	sim.remote[act] = true;
}

uint64_t
sim_books_reserved_order(size_t act)
{
	return sim.reserved_order[act];
}

int64_t
sim_books_reserved_day(size_t act)
{
	return sim.reserved_day[act];
}

uint64_t
sim_books_repeated(void)
{
	return sim.repeated;
}

static bool
is_limited(const struct sim_owner *owner)
{
	return owner->limits[SIM_DAY] >= 0 || owner->limits[SIM_MONTH] >= 0 ||
		owner->limits[SIM_TOTAL] >= 0;
}

static unsigned
owner_bits(const struct bh_uuid *team, const struct bh_uuid *user, const struct bh_uuid *key)
{
	const struct bh_uuid *ids[] = {team, user, key};
	unsigned bits = 1u << SIM_SELF;

	for (size_t i = 0; i < BH_COUNT(ids); i++) {
		if (!bh_uuid_is_zero(ids[i]))
			bits |= 1u << ids[i]->bytes[0];
	}
	return bits;
}

static bool
is_settled(size_t act)
{
	return sim.now->acts[act].is_written || sim.now->acts[act].is_quarantined;
}

/* ---- settlement ---- */

static struct ended
ended_of(const struct meter_slot *slot)
{
	struct ended ended = {.act = sim_number(&slot->act),
		.spenders = owner_bits(&slot->team, &slot->user, &slot->key)};

	memcpy(ended.prices, slot->prices, sizeof(ended.prices));
	memcpy(ended.used, slot->used, sizeof(ended.used));
	return ended;
}

static void
write_event(struct sim_tenant *tenant, const struct ended *ended, bool quarantined)
{
	struct sim_act *act = &sim.now->acts[ended->act];
	int64_t q[METER_LINES], need = 0;

	memcpy(q, ended->used, sizeof(q));
	act->is_written = !quarantined;
	act->is_quarantined = quarantined;
	act->spenders = ended->spenders;
	act->day = tenant->day;
	act->cost = sim_money_draw(tenant, ended->prices, q, false, true, act->drawn, &need);
	act->covered = act->cost - need;
	if (tenant->prepaid)
		tenant->owed += need;
	sim_money_spend(tenant, act->spenders, act->cost);
}

/* meter_settle. */
static void
settle(size_t number, const struct ended *ended, size_t count, bool quarantined)
{
	struct sim_tenant *tenant = sim_money_lock(number);

	for (size_t i = 0; i < count; i++)
		sim_money_return(tenant, &sim.now->acts[ended[i].act]);
	sim_money_repay(number);
	for (size_t i = 0; i < count; i++) {
		sim_money_give_back(tenant, &sim.now->acts[ended[i].act]);
		if (!is_settled(ended[i].act))
			write_event(tenant, &ended[i], quarantined);
	}
}

/* The statement goes on in the server when its process was killed: it comes late, or not at all. */
static void
keep_late(struct bh_db *db, size_t tenant, const struct ended *ended, size_t count)
{
	if (sim_server_lives(db) || sim.late_settle.count > 0 || sim_random(2) != 0)
		return;
	sim.late_settle.tenant = tenant;
	sim.late_settle.count = count;
	memcpy(sim.late_settle.ended, ended, count * sizeof(*ended));
}

int
meter_books_settle(struct bh_db *db, const struct bh_uuid *tenant, struct meter_slot *const *slots,
	size_t count)
{
	struct ended ended[SIM_ACTS];
	int rc;

	BH_ASSERT(count <= SIM_ACTS);
	for (size_t i = 0; i < count; i++) {
		BH_ASSERT(bh_uuid_equal(&slots[i]->tenant, tenant));
		ended[i] = ended_of(slots[i]);
	}
	rc = sim_server_arrive(db);
	for (size_t i = 0; i < count; i++) {
		if (sim.spoilt[ended[i].act])
			return rc < 0 ? rc
						  : sim_server_returns((struct sim_pool *)db->pool,
								bh_error(BH_E_DB_DATA, "22021 data exception"));
	}
	if (rc < 0) {
		keep_late(db, sim_number(tenant), ended, count);
		return rc;
	}
	settle(sim_number(tenant), ended, count, false);
	if (sim_server_is_bad_luck(20)) {
		sim.repeated++;
		settle(sim_number(tenant), ended, count, false);
	}
	return sim_server_come_back(db, false);
}

int
meter_books_quarantine(struct bh_db *db, const struct bh_uuid *tenant, struct meter_slot *slot,
	const char *reason)
{
	struct ended ended = ended_of(slot);
	int rc = sim_server_arrive(db);

	if (rc < 0)
		return rc;
	BH_ASSERT(reason[0] != '\0');
	settle(sim_number(tenant), &ended, 1, true);
	return sim_server_come_back(db, false);
}

int
meter_books_trim(struct bh_db *db, const struct bh_uuid *tenant, int64_t most, int64_t *out_dropped)
{
	(void)db, (void)tenant, (void)most;
	*out_dropped = 0;
	return 0;
}

int
meter_books_flush(struct bh_db *db)
{
	int rc = sim_server_arrive(db);

	return rc < 0 ? rc : sim_server_come_back(db, true);
}

/* ---- reservations ---- */

static const enum meter_span spans[SIM_WINDOWS] = {METER_DAY, METER_MONTH, METER_TOTAL};

/* The first limit that does not hold so much more. */
static enum meter_span
over(const struct sim_owner *owner, int64_t nanos)
{
	for (int window = 0; window < SIM_WINDOWS; window++) {
		if (owner->limits[window] >= 0 &&
			owner->spent[window] + owner->reserved + nanos > owner->limits[window])
			return spans[window];
	}
	return METER_ADMITTED;
}

static uint64_t
instance_of(const struct bh_db *db)
{
	return ((const struct sim_pool *)db->pool)->instance;
}

/* meter_reserve for one act; what it changed is undone when it refuses. */
static enum meter_span
reserve(size_t number, const struct meter_wanted *want, bool forced, uint64_t instance)
{
	struct sim_tenant *tenant = sim_money_lock(number);
	struct sim_act *act = &sim.now->acts[sim_number(&want->act)];
	struct sim_tenant before = *tenant;
	unsigned bits = owner_bits(&want->team, &want->user, &want->key), counted = 1u << SIM_SELF;
	int64_t q[METER_LINES], held[SIM_FUNDS] = {0}, need = 0, nanos = want->nanos;
	enum meter_span span = METER_ADMITTED;

	memcpy(q, want->most, sizeof(q));
	if (tenant->n_funds > 0 || tenant->prepaid) {
		nanos = sim_money_draw(tenant, want->prices, q, true, tenant->prepaid, held, &need);
		if (tenant->prepaid && nanos > 0 && (need > 0 || tenant->owed > 0) && !forced)
			span = METER_BALANCE;
	}
	for (size_t i = 0; i < SIM_OWNERS; i++) {
		if (!(bits & 1u << i) || (i != SIM_SELF && !is_limited(&tenant->owners[i])))
			continue;
		counted |= 1u << i;
		if (span == METER_ADMITTED && !forced)
			span = over(&tenant->owners[i], nanos);
		tenant->owners[i].reserved += nanos;
	}
	if (span != METER_ADMITTED) {
		*tenant = before;
		return span;
	}
	/* More is held than there is, and nobody else is admitted on it. */
	for (size_t f = 0; f < tenant->n_funds && forced && tenant->prepaid && need > 0; f++) {
		if (tenant->funds[f].line >= 0 || tenant->funds[f].ends_ms <= sim_books_now())
			continue;
		tenant->funds[f].held += need;
		held[f] += need;
		need = 0;
	}
	act->reservation = SIM_HELD;
	act->owners = counted;
	act->nanos = nanos;
	act->renewed_ms = sim_books_now();
	act->instance = instance;
	memcpy(act->held, held, sizeof(held));
	return span;
}

static enum meter_span
reserve_first(size_t number, const struct meter_wanted *want, uint64_t instance)
{
	size_t act = sim_number(&want->act);
	enum meter_span span = reserve(number, want, false, instance);

	if (span == METER_ADMITTED) {
		sim.reserved_order[act] = ++sim.orders;
		sim.reserved_day[act] = sim.now->tenants[number].day;
	}
	return span;
}

int
meter_books_reserve(struct bh_db *db, const struct bh_uuid *tenant, const struct meter_wanted *acts,
	size_t count, struct meter_refusal *out)
{
	struct meter_refusal refusal = {0};
	int rc = sim_server_arrive(db);

	BH_ASSERT(count == 1 && sim.now->acts[sim_number(&acts->act)].reservation == SIM_NONE);
	if (rc < 0) {
		/* Its process was killed, and it waits in the server for a lock. */
		if (!sim_server_lives(db) && !sim.late.is && sim_random(2) == 0) {
			sim.late.is = true;
			sim.late.tenant = sim_number(tenant);
			sim.late.want = acts[0];
			sim.late.instance = instance_of(db);
		}
		return rc;
	}
	refusal.span = reserve_first(sim_number(tenant), acts, instance_of(db));
	rc = sim_server_come_back(db, false);
	if (rc == 0)
		*out = refusal;
	return rc;
}

void
sim_books_late(void)
{
	/* A second reservation of an act is refused by its key. */
	if (sim.late.is && sim.now->acts[sim_number(&sim.late.want.act)].reservation == SIM_NONE &&
		reserve_first(sim.late.tenant, &sim.late.want, sim.late.instance) == METER_ADMITTED)
		sim_server_commit(false);
	sim.late.is = false;
	if (sim.late_settle.count > 0) {
		settle(sim.late_settle.tenant, sim.late_settle.ended, sim.late_settle.count, false);
		sim_server_commit(false);
	}
	sim.late_settle.count = 0;
}

int
meter_books_reassert(struct bh_db *db, const struct bh_uuid *tenant,
	const struct meter_wanted *acts, size_t count)
{
	int rc = sim_server_arrive(db);
	size_t act = sim_number(&acts->act);

	BH_ASSERT(count == 1);
	if (rc < 0)
		return rc;
	if (sim.now->acts[act].reservation == SIM_NONE && !is_settled(act))
		(void)reserve(sim_number(tenant), acts, true, instance_of(db));
	return sim_server_come_back(db, false);
}

int
meter_books_renew(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *acts,
	size_t count)
{
	int rc = sim_server_arrive(db);

	(void)tenant;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		struct sim_act *act = &sim.now->acts[sim_number(&acts[i])];

		if (act->reservation != SIM_HELD)
			continue;
		act->renewed_ms = sim_books_now();
		act->instance = instance_of(db);
	}
	return sim_server_come_back(db, true);
}

static bool
is_live(size_t act, const struct bh_uuid *live, size_t n_live)
{
	for (size_t i = 0; i < n_live; i++) {
		/* The slot of an act that is just being taken has no id yet. */
		if (live[i].bytes[1] == 1 && sim_number(&live[i]) == act)
			return !sim.remote[act];
	}
	return false;
}

/* Whom nobody has seen for dead_ms. */
static bool
is_dead(const struct sim_act *act, int64_t dead_ms)
{
	return dead_ms > 0 && !sim.is_seen(act->instance);
}

int
meter_books_dead(struct bh_db *db, int64_t dead_ms, int64_t most, struct bh_uuid **out,
	size_t *out_count)
{
	struct bh_uuid *tenants = bh_arena_array(db->arena, SIM_TENANTS, sizeof(*tenants));
	int rc = sim_server_arrive(db);
	size_t n = 0;

	BH_ASSERT(most >= SIM_TENANTS);
	for (size_t t = 0; rc == 0 && t < SIM_TENANTS; t++) {
		bool found = false;

		for (size_t i = t; i < SIM_ACTS; i += SIM_TENANTS)
			found = found ||
				(sim.now->acts[i].reservation == SIM_HELD && is_dead(&sim.now->acts[i], dead_ms));
		if (found)
			tenants[n++] = sim_id(t);
	}
	if (rc == 0)
		rc = sim_server_come_back(db, true);
	if (rc == 0) {
		*out = tenants;
		*out_count = n;
	}
	return rc;
}

int
meter_books_expire(struct bh_db *db, const struct bh_uuid *id, int64_t age_ms, int64_t dead_ms,
	const struct bh_uuid *live, size_t n_live, int64_t *out_expired)
{
	size_t number = sim_number(id);
	struct sim_tenant *tenant;
	int64_t expired = 0;
	int rc = sim_server_arrive(db);

	if (rc < 0)
		return rc;
	tenant = sim_money_lock(number);
	for (size_t i = number; i < SIM_ACTS; i += SIM_TENANTS) {
		struct sim_act *act = &sim.now->acts[i];
		bool old = act->renewed_ms < sim_books_now() - age_ms || is_dead(act, dead_ms);

		if (act->reservation != SIM_HELD || (!is_settled(i) && (!old || is_live(i, live, n_live))))
			continue;
		sim_money_charge(tenant, act, is_settled(i));
		expired++;
	}
	rc = sim_server_come_back(db, true);
	if (rc == 0)
		*out_expired = expired;
	return rc;
}
