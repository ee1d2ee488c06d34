/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_books.h: a stand-in for the database under settle.c: the functions of the books (books.h) and the
 * sessions of db.h on a few arrays, with everything that may go wrong in between. What each function does is
 * what its namesake in db/migrations/0101-meter-books.sql does. Linked in place of the real ones, by
 * test_simulation.c alone. */
#ifndef BH_METER_SIMULATED_BOOKS_H
#define BH_METER_SIMULATED_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "db/db.h"

enum { SIM_TENANTS = 3, SIM_ACTS = 24, SIM_FUNDS = 3 };

/* Of a tenant; the first is itself. */
enum sim_owner_number { SIM_SELF, SIM_TEAM, SIM_USER, SIM_KEY, SIM_OTHER_KEY, SIM_OWNERS };

enum sim_window { SIM_DAY, SIM_MONTH, SIM_TOTAL, SIM_WINDOWS };

/* Months are short, so that a few of them fit. */
enum { SIM_DAYS = 48, SIM_MONTH_DAYS = 6 };

#define SIM_MINUTE INT64_C(60000)
#define SIM_HOUR (60 * SIM_MINUTE)
#define SIM_DAY_MS (24 * SIM_HOUR)
#define SIM_NEVER INT64_MAX

enum sim_reservation_state { SIM_NONE, SIM_HELD, SIM_CHARGED };

struct sim_owner {
	int64_t limits[SIM_WINDOWS]; /* below 0: none */
	int64_t spent[SIM_WINDOWS];
	int64_t reserved;
	int64_t days[SIM_DAYS];
};

struct sim_fund {
	int64_t line; /* below 0: money; else what of an act it includes */
	int64_t ends_ms;
	int64_t amount, remains, held;
};

struct sim_tenant {
	bool has_row, prepaid;
	int64_t day, owed, repaid;
	size_t n_funds;
	struct sim_fund funds[SIM_FUNDS]; /* as they are drawn */
	struct sim_owner owners[SIM_OWNERS];
};

struct sim_act {
	enum sim_reservation_state reservation;
	unsigned owners; /* a bit for each in whose row it is counted */
	int64_t nanos, renewed_ms;
	uint64_t instance; /* the process that last said that it is in flight */
	int64_t held[SIM_FUNDS];
	int64_t expired_day; /* that was charged, though given back since; -1: none was */
	bool is_written, is_quarantined;
	unsigned spenders; /* a bit for each owner that what was written or quarantined counts for */
	int64_t cost, covered, day; /* of that */
	int64_t drawn[SIM_FUNDS];   /* by that */
};

/* What the database holds. Copied as a whole: that is how a crash goes back in time. */
struct sim_books {
	struct sim_tenant tenants[SIM_TENANTS];
	struct sim_act acts[SIM_ACTS];
	int64_t repaid[SIM_TENANTS][SIM_FUNDS]; /* what of each fund repaid a debt */
};

/* One process's pool, in place of the real one. */
struct sim_pool {
	uint64_t losses;
	uint64_t instance; /* what its sessions say of who they are */
	int64_t idle_life; /* of the server, when a connection was last given back; -1: none is kept */
};

/* Who is told when something may happen in the middle of a statement. */
struct sim_listener {
	/* Others act; this very process may be killed. */
	void (*meanwhile)(struct sim_pool *pool);
	/* False when the process of this pool was killed. */
	bool (*lives)(struct sim_pool *pool);
	/* Whether that process was seen lately. */
	bool (*is_seen)(uint64_t instance);
	/* The process's own code goes on, or, when it was killed, would not. */
	void (*returns)(struct sim_pool *pool);
};

/* Everything anew; `seed` decides all that follows. */
void sim_books_open(uint64_t seed, const struct sim_listener *listener);
const struct sim_books *sim_books(void);
void sim_books_limit(size_t tenant, size_t owner, enum sim_window window, int64_t limit);
/* Adds a fund, which is drawn after those that are there. */
void sim_books_fund(size_t tenant, int64_t line, int64_t amount, int64_t ends_ms);
void sim_books_prepaid(size_t tenant);
void sim_books_spoil(size_t act);  /* the database refuses its event */
void sim_books_remote(size_t act); /* no other process of its machine vouches for it */
void sim_books_calm(void);         /* nothing goes wrong any more */
void sim_books_crash(void);        /* of the server: what was not flushed may be gone */
void sim_books_clock(int64_t by_ms);
int64_t sim_books_now(void);
/* The day in which the act's money was set aside. */
int64_t sim_books_reserved_day(size_t act);
/* Its place among all such statements; 0: never. */
uint64_t sim_books_reserved_order(size_t act);
/* What of killed processes the server still does: a reservation, a settlement. */
void sim_books_late(void);
/* How many statements were done a second time. */
uint64_t sim_books_repeated(void);

/* Ids say which tenant or act they are, or which owner. */
struct bh_uuid sim_id(size_t number);
size_t sim_number(const struct bh_uuid *id);
struct bh_uuid sim_owner_id(enum sim_owner_number owner);

uint64_t sim_random(uint64_t below);

#endif
