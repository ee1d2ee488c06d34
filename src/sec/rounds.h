/* SPDX-License-Identifier: Apache-2.0 */
/* rounds.h: who is next at the hashing threads: kinds take turns, and within a kind owners do. */
#ifndef BH_SEC_ROUNDS_H
#define BH_SEC_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BH_ROUND_KINDS = 3 };

/* A waiter; on the stack of the waiting caller. */
struct bh_round_waiter {
	struct bh_round_waiter *next;
	unsigned kind; /* below BH_ROUND_KINDS */
	uint64_t owner;
	uint64_t round; /* the lowest is next: an owner's third waiter is two rounds behind its first */
};

/* Not thread-safe by itself. Zeroed but for waiting_max means empty. */
struct bh_rounds {
	struct bh_round_queue {
		struct bh_round_waiter *first; /* in the order of their coming */
		unsigned waiting;
		uint64_t round;  /* of the one served last */
		uint64_t served; /* counts like the others while it is empty */
	} queues[BH_ROUND_KINDS];
	uint64_t served;      /* of the queue served last */
	unsigned waiting_max; /* of each kind */
};

/* Adds a waiter: `kind` and `owner` are set. False when there is no room for this owner. *out_ousted: who lost the
 * place for it, or NULL. */
bool bh_rounds_enter(struct bh_rounds *rounds, struct bh_round_waiter *waiter,
	struct bh_round_waiter **out_ousted);

/* Whose turn it is, taken out; NULL when nobody waits. */
struct bh_round_waiter *bh_rounds_next(struct bh_rounds *rounds);

#endif
