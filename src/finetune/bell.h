/* SPDX-License-Identifier: Apache-2.0 */
/* bell.h: wakes those who wait for a job of this process; of other processes' jobs they read by themselves, several times a
 * second. */
#ifndef BH_FINETUNE_BELL_H
#define BH_FINETUNE_BELL_H

#include <pthread.h>
#include <stdint.h>

struct finetune_bell {
	pthread_mutex_t lock;
	pthread_cond_t rung; /* on the steady clock */
	uint64_t count;
};

void finetune_bell_init(struct finetune_bell *bell);
void finetune_bell_ring(struct finetune_bell *bell);
/* How often it has rung: to be asked before one looks. */
uint64_t finetune_bell_count(struct finetune_bell *bell);
/* Until it has rung again, or wait_ms have passed. */
void finetune_bell_wait(struct finetune_bell *bell, uint64_t count, int64_t wait_ms);

#endif
