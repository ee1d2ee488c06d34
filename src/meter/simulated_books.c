/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_books.c: each function does what its statement does, between two points at which others act and
 * connections break. */
#include "meter/simulated_books.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "model/price.h"
#include "meter/books.h"

enum { HISTORY = 48, SESSIONS = 32 };

struct session {
	bool lent, broken;
	int64_t life; /* of the server, in which it was opened */
};

static struct {
	uint64_t random;
	struct sim_listener listener;
	struct sim_books now;
	struct sim_books history[HISTORY]; /* [0] is durable, the rest in the order of commits */
	size_t n_history;
	struct session sessions[SESSIONS];
	int64_t life; /* grows with each crash */
	int64_t clock_ms;
	bool calm;
	bool spoilt[SIM_CALLS], remote[SIM_CALLS];
	int64_t reserved_month[SIM_CALLS];
	uint64_t orders, reserved_order[SIM_CALLS];
	struct {
		bool is;
		size_t tenant, call;
		int64_t nanos;
	} late;
} sim;

uint64_t
sim_random(uint64_t below)
{
	/* splitmix64 */
	uint64_t z = sim.random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) % below;
}

struct bh_uuid
sim_id(size_t number)
{
	struct bh_uuid id = {.bytes = {(uint8_t)number, 1}};

	return id;
}

size_t
sim_number(const struct bh_uuid *id)
{
	BH_ASSERT(id->bytes[1] == 1 && id->bytes[0] < SIM_CALLS);
	return id->bytes[0];
}

void
sim_books_open(uint64_t seed, const struct sim_listener *listener)
{
	memset(&sim, 0, sizeof(sim));
	sim.random = seed;
	sim.listener = *listener;
	sim.clock_ms = 45 * SIM_DAY;
	for (size_t i = 0; i < SIM_TENANTS; i++)
		sim.now.tenants[i].limit = -1;
	for (size_t i = 0; i < SIM_CALLS; i++)
		sim.now.calls[i].expired_month = -1;
	sim.history[0] = sim.now;
	sim.n_history = 1;
}

const struct sim_books *
sim_books(void)
{
	return &sim.now;
}

/* ---- what is durable ---- */

static void
make_durable(void)
{
	sim.history[0] = sim.now;
	sim.n_history = 1;
}

static void
commit(bool durable)
{
	if (sim.n_history == HISTORY) { /* the server writes its log by itself */
		memmove(sim.history, sim.history + 1, (HISTORY - 1) * sizeof(sim.history[0]));
		sim.n_history--;
	}
	sim.history[sim.n_history++] = sim.now;
	if (durable)
		make_durable();
}

void
sim_books_crash(void)
{
	sim.now = sim.history[sim_random(sim.n_history)];
	make_durable();
	sim.life++;
}

void
sim_books_limit(size_t tenant, int64_t limit)
{
	sim.now.tenants[tenant].limit = limit;
	sim.now.tenants[tenant].has_row = true;
	sim.now.tenants[tenant].month = sim_books_month(tenant);
	commit(true);
}

void
sim_books_spoil(size_t call)
{
	sim.spoilt[call] = true;
}

void
sim_books_remote(size_t call)
{
	sim.remote[call] = true;
}

void
sim_books_calm(void)
{
	sim.calm = true;
}

void
sim_books_clock(int64_t by_ms)
{
	sim.clock_ms += by_ms;
	if (sim.clock_ms < 2 * SIM_DAY)
		sim.clock_ms = 2 * SIM_DAY;
	if (sim.clock_ms > (SIM_MONTHS * 30 - 2) * SIM_DAY)
		sim.clock_ms = (SIM_MONTHS * 30 - 2) * SIM_DAY;
}

/* budget_month() of the database, with months of thirty days. */
int64_t
sim_books_month(size_t tenant)
{
	int64_t counted = sim.now.tenants[tenant].month;
	int64_t day = sim.clock_ms / SIM_DAY;

	if (counted * 30 > day + 1 || counted < day / 30)
		return day / 30;
	return counted;
}

uint64_t
sim_books_reserved_order(size_t call)
{
	return sim.reserved_order[call];
}

int64_t
sim_books_reserved_month(size_t call)
{
	return sim.reserved_month[call];
}

static int64_t
spent_now(size_t tenant)
{
	int64_t month = sim_books_month(tenant);

	return month == sim.now.tenants[tenant].month ? sim.now.tenants[tenant].spent
												  : sim.now.tenants[tenant].totals[month];
}

/* ---- connections ---- */

static struct sim_pool *
pool_of(const struct bh_db *db)
{
	return (struct sim_pool *)db->pool;
}

static struct session *
session_of(const struct bh_db *db)
{
	return (struct session *)db->session;
}

/* What the pool does with a connection that was kept over a crash. */
static void
pool_look(struct sim_pool *pool)
{
	if (pool->idle_life >= 0 && pool->idle_life != sim.life)
		pool->losses++;
	pool->idle_life = sim.life;
}

uint64_t
bh_db_pool_losses(const struct bh_db_pool *pool)
{
	return ((const struct sim_pool *)pool)->losses;
}

static int
returns(struct sim_pool *pool, int rc)
{
	sim.listener.returns(pool);
	return rc;
}

static bool
is_bad_luck(uint64_t one_in)
{
	return !sim.calm && sim_random(one_in) == 0;
}

int
bh_db_session_open(const struct bh_db *db, struct bh_db *out)
{
	struct sim_pool *pool = pool_of(db);
	size_t i = 0;

	if (sim.listener.lives(pool))
		sim.listener.meanwhile(pool);
	if (!sim.listener.lives(pool) || is_bad_luck(60))
		return returns(pool, bh_error(BH_E_DB_DOWN, "no connection"));
	while (sim.sessions[i].lent)
		i++;
	BH_ASSERT(i < SESSIONS);
	pool_look(pool);
	sim.sessions[i] = (struct session){.lent = true, .life = sim.life};
	*out = *db;
	out->session = (struct bh_conn *)&sim.sessions[i];
	return returns(pool, 0);
}

void
bh_db_session_close(struct bh_db *db)
{
	struct session *session = session_of(db);
	struct sim_pool *pool = pool_of(db);

	if (session == NULL)
		return;
	if (sim.listener.lives(pool))
		sim.listener.meanwhile(pool);
	if (session->broken || session->life != sim.life)
		pool->losses++;
	else
		pool->idle_life = sim.life;
	session->lent = false;
	*db = (struct bh_db){0};
	(void)returns(pool, 0);
}

static bool
is_over(const struct bh_db *db)
{
	const struct session *session = session_of(db);

	return session != NULL && (session->broken || session->life != sim.life);
}

static void
break_connection(const struct bh_db *db)
{
	if (session_of(db) != NULL)
		session_of(db)->broken = true;
	else
		pool_of(db)->losses++;
}

/* Up to the server: 0 when it is there, and may be applied. */
static int
arrive(const struct bh_db *db)
{
	struct sim_pool *pool = pool_of(db);

	if (sim.listener.lives(pool))
		sim.listener.meanwhile(pool);
	if (!sim.listener.lives(pool) || is_over(db))
		return returns(pool, bh_error(BH_E_DB_DOWN, "the connection is gone"));
	if (session_of(db) == NULL)
		pool_look(pool);
	if (is_bad_luck(40)) {
		break_connection(db);
		return returns(pool, bh_error(BH_E_DB_UNKNOWN, "broken before it arrived"));
	}
	if (is_bad_luck(40))
		return returns(pool, bh_error(sim_random(2) ? BH_E_DB_LATE : BH_E_DB_RETRY, "in vain"));
	return 0;
}

/* Back from the server, where it was applied and committed. */
static int
come_back(const struct bh_db *db, bool durable)
{
	struct sim_pool *pool = pool_of(db);

	commit(durable);
	sim.listener.meanwhile(pool);
	if (!sim.listener.lives(pool))
		return returns(pool, bh_error(BH_E_DB_DOWN, "killed"));
	if (is_over(db) || is_bad_luck(40)) {
		break_connection(db);
		return returns(pool, bh_error(BH_E_DB_UNKNOWN, "broken before its answer arrived"));
	}
	return returns(pool, 0);
}

/* ---- settlement ---- */

struct sums {
	int64_t fresh, held, charged_now;
};

/* Takes the call's reservation away. */
static void
give_back(size_t tenant, size_t call, int64_t month, struct sums *sums)
{
	int64_t nanos = sim.now.calls[call].nanos;

	if (sim.now.calls[call].reservation == SIM_HELD)
		sums->held += nanos;
	if (sim.now.calls[call].reservation == SIM_CHARGED) {
		int64_t charged_month = sim.now.calls[call].expired_month;

		sim.now.tenants[tenant].totals[charged_month] -= nanos;
		sums->charged_now += charged_month == month ? nanos : 0;
	}
	sim.now.calls[call].reservation = SIM_NONE;
}

static void
settle(size_t tenant, struct meter_slot *const *slots, size_t count, bool quarantined)
{
	int64_t month = sim_books_month(tenant);
	int64_t spent = spent_now(tenant);
	struct sums sums = {0};

	for (size_t i = 0; i < count; i++) {
		size_t call = sim_number(&slots[i]->call);
		int64_t cost = model_cost(slots[i]->price_in, slots[i]->price_out, slots[i]->prompt_tokens,
			slots[i]->completion_tokens);

		give_back(tenant, call, month, &sums);
		if (sim.now.calls[call].is_written || sim.now.calls[call].is_quarantined)
			continue;
		sim.now.calls[call].is_written = !quarantined;
		sim.now.calls[call].is_quarantined = quarantined;
		sim.now.calls[call].cost = cost;
		sim.now.calls[call].month = month;
		sums.fresh += cost;
	}
	sim.now.tenants[tenant].has_row = true;
	sim.now.tenants[tenant].reserved -= sums.held;
	sim.now.tenants[tenant].spent = spent + sums.fresh - sums.charged_now;
	sim.now.tenants[tenant].totals[month] += sums.fresh;
	sim.now.tenants[tenant].month = month;
}

int
meter_books_settle(struct bh_db *db, const struct bh_uuid *tenant,
	struct meter_slot *const *slots, size_t count)
{
	int rc = arrive(db);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		BH_ASSERT(bh_uuid_equal(&slots[i]->tenant, tenant));
		if (sim.spoilt[sim_number(&slots[i]->call)])
			return returns(pool_of(db), bh_error(BH_E_DB_DATA, "22021 data exception"));
	}
	settle(sim_number(tenant), slots, count, false);
	return come_back(db, false);
}

int
meter_books_quarantine(struct bh_db *db, const struct bh_uuid *tenant,
	const struct meter_slot *slot, const char *reason)
{
	struct meter_slot *const slots[] = {(struct meter_slot *)(uintptr_t)slot};
	int rc = arrive(db);

	if (rc < 0)
		return rc;
	BH_ASSERT(reason[0] != '\0');
	settle(sim_number(tenant), slots, 1, true);
	return come_back(db, false);
}

int
meter_books_trim(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out_dropped)
{
	(void)db, (void)tenant, (void)most;
	*out_dropped = 0;
	return 0;
}

int
meter_books_flush(struct bh_db *db)
{
	int rc = arrive(db);

	return rc < 0 ? rc : come_back(db, true);
}

/* ---- reservations ---- */

static bool
reserve(size_t tenant, size_t call, int64_t nanos)
{
	int64_t spent = spent_now(tenant);
	int64_t limit = sim.now.tenants[tenant].limit;

	if (limit >= 0 && nanos > limit - sim.now.tenants[tenant].reserved - spent)
		return false;
	BH_ASSERT(sim.now.calls[call].reservation == SIM_NONE);
	sim.now.tenants[tenant].spent = spent;
	sim.now.tenants[tenant].month = sim_books_month(tenant);
	sim.now.tenants[tenant].reserved += nanos;
	sim.now.calls[call].reservation = SIM_HELD;
	sim.now.calls[call].nanos = nanos;
	sim.now.calls[call].renewed_ms = sim.clock_ms;
	sim.reserved_order[call] = ++sim.orders;
	sim.reserved_month[call] = sim.now.tenants[tenant].month;
	return true;
}

int
model_store_budget_reserve(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *calls, const int64_t *nanos, size_t count, int64_t sum,
	bool *out_admitted)
{
	bool admitted;
	int rc = arrive(db);

	BH_ASSERT(count == 1 && sum == nanos[0]);
	if (rc < 0) {
		/* Its process was killed, and it waits in the server for a lock. */
		if (!sim.listener.lives(pool_of(db)) && !sim.late.is && sim_random(2) == 0) {
			sim.late.is = true;
			sim.late.tenant = sim_number(tenant);
			sim.late.call = sim_number(calls);
			sim.late.nanos = nanos[0];
		}
		return rc;
	}
	admitted = reserve(sim_number(tenant), sim_number(calls), nanos[0]);
	rc = come_back(db, false);
	if (rc == 0)
		*out_admitted = admitted;
	return rc;
}

void
sim_books_late(void)
{
	if (sim.late.is && sim.now.calls[sim.late.call].reservation == SIM_NONE &&
		reserve(sim.late.tenant, sim.late.call, sim.late.nanos))
		commit(false);
	sim.late.is = false;
}

int
model_store_budget_reassert(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t nanos)
{
	size_t call = sim_number(id), of = sim_number(tenant);
	int rc = arrive(db);

	if (rc < 0)
		return rc;
	if (sim.now.tenants[of].has_row && sim.now.calls[call].reservation == SIM_NONE &&
		!sim.now.calls[call].is_written && !sim.now.calls[call].is_quarantined) {
		sim.now.calls[call].reservation = SIM_HELD;
		sim.now.calls[call].nanos = nanos;
		sim.now.calls[call].renewed_ms = sim.clock_ms;
		sim.now.tenants[of].reserved += nanos;
	}
	return come_back(db, true);
}

int
meter_books_renew(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *calls, size_t count)
{
	int rc = arrive(db);

	(void)tenant;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		sim.now.calls[sim_number(&calls[i])].renewed_ms = sim.clock_ms;
	return come_back(db, true);
}

static bool
is_live(size_t call, const struct bh_uuid *live, size_t n_live)
{
	for (size_t i = 0; i < n_live; i++) {
		/* The slot of a call that is just being taken has no id yet. */
		if (live[i].bytes[1] == 1 && sim_number(&live[i]) == call)
			return !sim.remote[call];
	}
	return false;
}

int
meter_books_expire(struct bh_db *db, const struct bh_uuid *id, int64_t age_ms,
	const struct bh_uuid *live, size_t n_live, int64_t *out_expired)
{
	size_t tenant = sim_number(id);
	int64_t month, spent, back = 0, charged = 0;
	int rc = arrive(db);

	if (rc < 0)
		return rc;
	month = sim_books_month(tenant);
	spent = spent_now(tenant);
	for (size_t i = 0; i < SIM_CALLS; i++) {
		bool settled = sim.now.calls[i].is_written || sim.now.calls[i].is_quarantined;
		bool old = sim.now.calls[i].renewed_ms < sim.clock_ms - age_ms;

		if (i % SIM_TENANTS != tenant || sim.now.calls[i].reservation != SIM_HELD)
			continue;
		if (settled) {
			back += sim.now.calls[i].nanos;
			sim.now.calls[i].reservation = SIM_NONE;
		} else if (old && !is_live(i, live, n_live)) {
			charged += sim.now.calls[i].nanos;
			sim.now.calls[i].reservation = SIM_CHARGED;
			sim.now.calls[i].expired_month = month;
		}
	}
	*out_expired = back + charged > 0;
	sim.now.tenants[tenant].reserved -= back + charged;
	sim.now.tenants[tenant].spent = spent + charged;
	sim.now.tenants[tenant].totals[month] += charged;
	sim.now.tenants[tenant].month = month;
	return come_back(db, true);
}
