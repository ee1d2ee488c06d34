/* SPDX-License-Identifier: Apache-2.0 */
/* turns.h: assigns a limited number of places: tenants take turns, the oldest waiter of each first, and
 * none gets more than its share. Private to src/db except for the rule, which the queue's workers use as
 * well. Takes no lock: the owner must hold one around every call.
 *
 * A tenant gets another place only while it has less than share percent of its own places and the free
 * ones: alone it gets that share of all places, several tenants get that share of what is left, and a
 * tenant that has none finds one free. Some places are reserved for vital takers, which come first. */
#ifndef BH_DB_TURNS_H
#define BH_DB_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

enum { BH_TURNS_BUCKETS = 64 };

struct bh_turns_payer;

/* One waiter. Owned by the waiting thread, which may not return while `waiting`. */
struct bh_turn {
	struct bh_turn *next;
	struct bh_turns_payer *payer; /* NULL: vital */
	bool waiting;
};

/* First come, first served. */
struct bh_turns_line {
	struct bh_turn *first, *last;
};

struct bh_turns {
	int64_t places; /* in all */
	int64_t kept;   /* of these, for vital takers only */
	int64_t share_percent;
	int64_t vital_held, payers_held;
	struct bh_turns_line vital;
	struct bh_turns_payer *waiting, *waiting_last;    /* in the order of their turns */
	struct bh_turns_payer *buckets[BH_TURNS_BUCKETS]; /* those who hold or wait, by id; owned */
	struct bh_turns_payer *spare;                     /* owned */
};

/* 0 < share_percent <= 100, 0 <= kept < places. */
void bh_turns_init(struct bh_turns *turns, int64_t places, int64_t kept, int64_t share_percent);
/* Nobody holds or waits. */
void bh_turns_close(struct bh_turns *turns);

/* The rule: whether a tenant that holds so many may take one more while so many are free. */
bool bh_turns_has_room(int64_t held, int64_t free, int64_t share_percent);

/* Asks for a place; `payer` is a tenant (zero counts as one more), NULL is vital. True: it has one, and
 * turn->payer says whose it is. False: it waits until bh_turns_next names it or bh_turns_withdraw. */
bool bh_turns_ask(struct bh_turns *turns, const struct bh_uuid *payer, struct bh_turn *turn);

/* Gives up waiting. */
void bh_turns_withdraw(struct bh_turns *turns, struct bh_turn *turn);

/* Gives a place back; payer is what turn->payer was. */
void bh_turns_leave(struct bh_turns *turns, struct bh_turns_payer *payer);

/* Gives a place to the waiter whose turn it is and returns it; NULL if there is none. Call it after
 * every leave and withdraw until it returns NULL. */
struct bh_turn *bh_turns_next(struct bh_turns *turns);

#endif
