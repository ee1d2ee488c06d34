/* SPDX-License-Identifier: Apache-2.0 */
/* turns.h: limits how many requests of one tenant run at the same time; others wait, those of the lowest rank
 * first and those of one rank in order of arrival. */
#ifndef RAG_TURNS_H
#define RAG_TURNS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

#define RAG_TURN_PASSED \
	16 /* a waiting one's rank falls by this when another of its tenant goes first */

/* One that runs or waits; lies on its thread's stack. */
struct rag_turn {
	struct bh_uuid tenant;
	int64_t rank;
	bool running;
	pthread_cond_t wake;
	struct rag_turn *next;
};

struct rag_turns {
	pthread_mutex_t lock;
	struct rag_turn *first, **end; /* in the order they came */
	size_t of_one;                 /* of a tenant at once */
};

void rag_turns_init(struct rag_turns *turns, size_t of_one);

/* Waits up to `wait_ms`. BH_E_BUSY when its turn did not come; then there is nothing to leave. */
BH_MUST_CHECK int rag_turns_enter(struct rag_turns *turns, const struct bh_uuid *tenant,
	int64_t wait_ms, struct rag_turn *turn);
/* The same with a rank; turn->rank is what has become of it. */
BH_MUST_CHECK int rag_turns_enter_ranked(struct rag_turns *turns, const struct bh_uuid *tenant,
	int64_t rank, int64_t wait_ms, struct rag_turn *turn);

/* Goes on with this rank, or waits behind one of a lower rank that waits now. BH_E_BUSY as above. */
BH_MUST_CHECK int rag_turns_pass(struct rag_turns *turns, int64_t rank, int64_t wait_ms,
	struct rag_turn *turn);
void rag_turns_leave(struct rag_turns *turns, struct rag_turn *turn);

#endif
