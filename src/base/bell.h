/* SPDX-License-Identifier: Apache-2.0 */
/* bell.h: wakes those who wait for a job of this process; of other processes' jobs they read by themselves, several times a
 * second. */
#ifndef BH_BASE_BELL_H
#define BH_BASE_BELL_H

#include <pthread.h>
#include <stdint.h>

struct bh_bell {
	pthread_mutex_t lock;
	pthread_cond_t rung; /* on the steady clock */
	uint64_t count;
};

void bh_bell_init(struct bh_bell *bell);
void bh_bell_ring(struct bh_bell *bell);
/* How often it has rung: to be asked before one looks. */
uint64_t bh_bell_count(struct bh_bell *bell);
/* Until it has rung again, or wait_ms have passed. */
void bh_bell_wait(struct bh_bell *bell, uint64_t count, int64_t wait_ms);

#endif
