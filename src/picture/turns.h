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

/* How long somebody waits. */
struct bh_picture_wait {
	int64_t most_ms;
	int watch_fd;       /* the client's socket: it may leave; 0 or -1: none */
	const bool *cancel; /* polled; NULL: none */
};

/* Waits. BH_E_BUSY when the tenant has too many waiting or the turn did not come; BH_E_GONE, BH_E_CANCELLED; then there
 * is nothing to leave. */
BH_MUST_CHECK int bh_picture_turns_enter(struct bh_picture_turns *turns,
	const struct bh_uuid *tenant, const struct bh_picture_wait *wait, struct bh_picture_turn *turn);
void bh_picture_turns_leave(struct bh_picture_turns *turns, struct bh_picture_turn *turn);

#endif
