/* SPDX-License-Identifier: Apache-2.0 */
/* turns.h: how many pictures a process has read at once, in all and of one tenant; others wait, and of those that wait
 * the tenant with the fewest at work comes first. */
#ifndef BH_PICTURE_TURNS_H
#define BH_PICTURE_TURNS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

/* One that is at work or waits; lies on its thread's stack. */
struct bh_picture_turn {
	struct bh_uuid tenant;
	bool running;
	pthread_cond_t wake;
	struct bh_picture_turn *next;
};

struct bh_picture_turns {
	pthread_mutex_t lock;
	struct bh_picture_turn *first, **end; /* in the order they came */
	size_t running;
	size_t most, of_one; /* at work: in all, of a tenant */
	size_t waiting_of_one;
};

/* most, of_one 0: as many as the machine has processors, but 2 at least, and half of them. */
void bh_picture_turns_init(struct bh_picture_turns *turns, size_t most, size_t of_one);

/* Waits up to wait_ms. BH_E_BUSY when the tenant has too many waiting or the turn did not come; then there is nothing
 * to leave. */
BH_MUST_CHECK int bh_picture_turns_enter(struct bh_picture_turns *turns,
	const struct bh_uuid *tenant, int64_t wait_ms, struct bh_picture_turn *turn);
void bh_picture_turns_leave(struct bh_picture_turns *turns, struct bh_picture_turn *turn);

#endif
