/* turns.h: who gets the next of a number of places: tenants in turn, each its oldest waiter, none more
 * than its share. Private to src/db but for the rule, which the queue's workers go by too; it takes no lock,
 * its owner holds one around every call.
 *
 * A tenant takes another place only while share percent of (what it has and what is free) stay above
 * what it has: alone it comes to that share of the places, n such tenants to share each of what is left,
 * and whoever has none finds one free. Some places are kept for what is vital; vital takers come first. */
#ifndef BH_DB_TURNS_H
#define BH_DB_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

enum { BH_TURNS_BUCKETS = 64 };

struct bh_turns_payer;

/* One who waits. Lives in the waiter, who may not leave while `waiting`. */
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

/* The waiter whose turn it is and who may have a place: it has one now. NULL: none. Called after
 * every leave and withdraw until it says so. */
struct bh_turn *bh_turns_next(struct bh_turns *turns);

#endif
