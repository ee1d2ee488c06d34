/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_server.c: the server of the simulation: its clock, its log, its connections. */
#include "meter/simulated_server.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum { HISTORY = 48, SESSIONS = 32 };

struct session {
	bool lent, broken;
	int64_t life; /* of the server, in which it was opened */
};

static struct {
	uint64_t random;
	struct sim_listener listener;
	struct sim_books now;
	struct sim_books
		history[HISTORY]; /* a ring: [first] is durable, the rest in the order of commits */
	size_t first, n_history;
	struct session sessions[SESSIONS];
	int64_t life; /* grows with each crash */
	int64_t clock_ms;
	bool calm;
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

struct sim_books *
sim_server_books(void)
{
	return &sim.now;
}

void
sim_server_open(uint64_t seed, const struct sim_listener *listener)
{
	memset(&sim, 0, sizeof(sim));
	sim.random = seed;
	sim.listener = *listener;
	sim.clock_ms = SIM_DAYS / 3 * SIM_DAY_MS;
}

/* ---- what is durable ---- */

void
sim_server_durable(void)
{
	sim.first = 0;
	sim.history[0] = sim.now;
	sim.n_history = 1;
}

void
sim_server_commit(bool durable)
{
	if (durable) {
		sim_server_durable();
		return;
	}
	if (sim.n_history == HISTORY) { /* the server writes its log by itself */
		sim.first = (sim.first + 1) % HISTORY;
		sim.n_history--;
	}
	sim.history[(sim.first + sim.n_history++) % HISTORY] = sim.now;
}

void
sim_books_crash(void)
{
	sim.now = sim.history[(sim.first + sim_random(sim.n_history)) % HISTORY];
	sim_server_durable();
	sim.life++;
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
	if (sim.clock_ms < SIM_DAY_MS)
		sim.clock_ms = SIM_DAY_MS;
	if (sim.clock_ms > (SIM_DAYS - 2) * SIM_DAY_MS)
		sim.clock_ms = (SIM_DAYS - 2) * SIM_DAY_MS;
}

int64_t
sim_books_now(void)
{
	return sim.clock_ms;
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

int
sim_server_returns(struct sim_pool *pool, int rc)
{
	sim.listener.returns(pool);
	return rc;
}

bool
sim_server_is_bad_luck(uint64_t one_in)
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
	if (!sim.listener.lives(pool) || sim_server_is_bad_luck(60))
		return sim_server_returns(pool, bh_error(BH_E_DB_DOWN, "no connection"));
	while (sim.sessions[i].lent)
		i++;
	BH_ASSERT(i < SESSIONS);
	pool_look(pool);
	sim.sessions[i] = (struct session){.lent = true, .life = sim.life};
	*out = *db;
	out->session = (struct bh_conn *)&sim.sessions[i];
	return sim_server_returns(pool, 0);
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
	(void)sim_server_returns(pool, 0);
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
int
sim_server_arrive(const struct bh_db *db)
{
	struct sim_pool *pool = pool_of(db);

	if (sim.listener.lives(pool))
		sim.listener.meanwhile(pool);
	if (!sim.listener.lives(pool) || is_over(db))
		return sim_server_returns(pool, bh_error(BH_E_DB_DOWN, "the connection is gone"));
	if (session_of(db) == NULL)
		pool_look(pool);
	if (sim_server_is_bad_luck(40)) {
		break_connection(db);
		return sim_server_returns(pool, bh_error(BH_E_DB_UNKNOWN, "broken before it arrived"));
	}
	if (sim_server_is_bad_luck(40))
		return sim_server_returns(pool,
			bh_error(sim_random(2) ? BH_E_DB_LATE : BH_E_DB_RETRY, "in vain"));
	return 0;
}

/* Back from the server, where it was applied and committed. */
int
sim_server_come_back(const struct bh_db *db, bool durable)
{
	struct sim_pool *pool = pool_of(db);

	sim_server_commit(durable);
	sim.listener.meanwhile(pool);
	if (!sim.listener.lives(pool))
		return sim_server_returns(pool, bh_error(BH_E_DB_DOWN, "killed"));
	if (is_over(db) || sim_server_is_bad_luck(40)) {
		break_connection(db);
		return sim_server_returns(pool,
			bh_error(BH_E_DB_UNKNOWN, "broken before its answer arrived"));
	}
	return sim_server_returns(pool, 0);
}

bool
sim_server_lives(const struct bh_db *db)
{
	return sim.listener.lives(pool_of(db));
}
