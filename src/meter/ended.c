/* SPDX-License-Identifier: Apache-2.0 */
/* ended.c: a ring with a place for every slot there is, so that it is never full. */
#include "meter/ended.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

struct meter_ended {
	pthread_mutex_t lock;
	pthread_cond_t written; /* on the steady clock */
	bool failing;           /* the last write failed */
	size_t first, count;
	struct meter_slot *ring[METER_SLOTS]; /* borrowed */
};

int
meter_ended_open(struct meter_ended **out)
{
	struct meter_ended *ended = calloc(1, sizeof(*ended));

	if (ended == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&ended->lock, NULL);
	bh_clock_cond_init(&ended->written);
	*out = ended;
	return 0;
}

void
meter_ended_close(struct meter_ended *ended)
{
	if (ended == NULL)
		return;
	pthread_cond_destroy(&ended->written);
	pthread_mutex_destroy(&ended->lock);
	free(ended);
}

bool
meter_ended_add(struct meter_ended *ended, struct meter_slot *slot)
{
	bool wakes;

	atomic_store(&slot->state, METER_SLOT_ENDED);
	pthread_mutex_lock(&ended->lock);
	BH_ASSERT(ended->count < METER_SLOTS);
	ended->ring[(ended->first + ended->count) % METER_SLOTS] = slot;
	ended->count++;
	wakes = ended->count == 1 || ended->count == METER_ENDED_MOST;
	pthread_mutex_unlock(&ended->lock);
	return wakes;
}

size_t
meter_ended_take(struct meter_ended *ended, struct meter_slot **slots, size_t most)
{
	size_t count;

	pthread_mutex_lock(&ended->lock);
	count = ended->count < most ? ended->count : most;
	for (size_t i = 0; i < count; i++)
		slots[i] = ended->ring[(ended->first + i) % METER_SLOTS];
	ended->first = (ended->first + count) % METER_SLOTS;
	ended->count -= count;
	pthread_mutex_unlock(&ended->lock);
	return count;
}

void
meter_ended_written(struct meter_ended *ended, bool failed)
{
	pthread_mutex_lock(&ended->lock);
	ended->failing = failed;
	pthread_cond_broadcast(&ended->written);
	pthread_mutex_unlock(&ended->lock);
}

/* Under the lock. Looks at every act only when there are many. */
static bool
is_crowded(const struct meter_ended *ended, const struct bh_uuid *tenant)
{
	size_t own = 0;

	if (ended->count < METER_ENDED_MOST)
		return false;
	for (size_t i = 0; i < ended->count; i++)
		own += bh_uuid_equal(&ended->ring[(ended->first + i) % METER_SLOTS]->tenant, tenant);
	return own >= METER_ENDED_MOST;
}

int
meter_ended_wait(struct meter_ended *ended, const struct bh_uuid *tenant, int64_t wait_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	bool crowded, in_time = true;

	pthread_mutex_lock(&ended->lock);
	while ((crowded = is_crowded(ended, tenant)) && !ended->failing && in_time)
		in_time = bh_clock_wait_until(&ended->written, &ended->lock, until_ms);
	pthread_mutex_unlock(&ended->lock);
	return crowded ? bh_error(BH_E_UNAVAILABLE,
						 "The usage of your last %d calls has not been recorded yet because the "
						 "database is overloaded; try again later.",
						 METER_ENDED_MOST)
				   : 0;
}
