/* SPDX-License-Identifier: Apache-2.0 */
/* bell.c: a counter and its condition. */
#include "base/bell.h"

#include "base/clock.h"

void
bh_bell_init(struct bh_bell *bell)
{
	pthread_mutex_init(&bell->lock, NULL);
	bh_clock_cond_init(&bell->rung);
	bell->count = 0;
}

void
bh_bell_ring(struct bh_bell *bell)
{
	pthread_mutex_lock(&bell->lock);
	bell->count++;
	pthread_cond_broadcast(&bell->rung);
	pthread_mutex_unlock(&bell->lock);
}

uint64_t
bh_bell_count(struct bh_bell *bell)
{
	uint64_t count;

	pthread_mutex_lock(&bell->lock);
	count = bell->count;
	pthread_mutex_unlock(&bell->lock);
	return count;
}

void
bh_bell_wait(struct bh_bell *bell, uint64_t count, int64_t wait_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;

	pthread_mutex_lock(&bell->lock);
	while (bell->count == count && bh_clock_wait_until(&bell->rung, &bell->lock, until_ms))
		continue;
	pthread_mutex_unlock(&bell->lock);
}
