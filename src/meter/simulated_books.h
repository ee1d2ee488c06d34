/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_books.h: a stand-in for the database under settle.c: the statements of store.h and the sessions
 * of db.h on a few arrays, with everything that may go wrong in between. Linked in place of the real ones,
 * by test_simulation.c alone. */
#ifndef BH_METER_SIMULATED_BOOKS_H
#define BH_METER_SIMULATED_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "db/db.h"

enum { SIM_TENANTS = 2, SIM_CALLS = 16, SIM_MONTHS = 8 };

#define SIM_MINUTE INT64_C(60000)
#define SIM_DAY (24 * 60 * SIM_MINUTE)

enum sim_reservation_state { SIM_NONE, SIM_HELD, SIM_CHARGED };

/* What the database holds. Copied as a whole: that is how a crash goes back in time. */
struct sim_books {
	struct {
		bool has_row;
		int64_t limit; /* below 0: no budget */
		int64_t month, spent, reserved;
		int64_t totals[SIM_MONTHS];
	} tenants[SIM_TENANTS];
	struct {
		enum sim_reservation_state reservation;
		int64_t nanos, renewed_ms;
		int64_t expired_month; /* that was charged, though given back since; -1: none was */
		bool is_written, is_quarantined;
		int64_t cost, month; /* of what was written or quarantined */
	} calls[SIM_CALLS];
};

/* One process's pool, in place of the real one. */
struct sim_pool {
	uint64_t losses;
	int64_t idle_life; /* of the server, when a connection was last given back; -1: none is kept */
};

/* Who is told when something may happen in the middle of a statement. */
struct sim_listener {
	/* Others act; this very process may be killed. */
	void (*meanwhile)(struct sim_pool *pool);
	/* False when the process of this pool was killed. */
	bool (*lives)(struct sim_pool *pool);
	/* The process's own code goes on, or, when it was killed, would not. */
	void (*returns)(struct sim_pool *pool);
};

/* Everything anew; `seed` decides all that follows. */
void sim_books_open(uint64_t seed, const struct sim_listener *listener);
const struct sim_books *sim_books(void);
void sim_books_limit(size_t tenant, int64_t limit);
void sim_books_spoil(size_t call);  /* the database refuses its row */
void sim_books_remote(size_t call); /* no other process of its machine vouches for it */
void sim_books_calm(void);          /* nothing goes wrong any more */
void sim_books_crash(void);         /* of the server: what was not flushed may be gone */
void sim_books_clock(int64_t by_ms);
/* The month that counts for the tenant now. */
int64_t sim_books_month(size_t tenant);
/* The month in which the call's money was set aside. */
int64_t sim_books_reserved_month(size_t call);
/* Its place among all such statements; 0: never. */
uint64_t sim_books_reserved_order(size_t call);
/* A reservation of a killed process that the server still makes. */
void sim_books_late(void);

/* Ids say which tenant or call they are. */
struct bh_uuid sim_id(size_t number);
size_t sim_number(const struct bh_uuid *id);

uint64_t sim_random(uint64_t below);

#endif
